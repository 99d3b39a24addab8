// SPDX-License-Identifier: GPL-2.0-only
/* Which CPUs stood idle while tasks waited: see report_idleness.h. */
#include "output/report_idleness.h"

#include <errno.h>

#include "output/cells.h"
#include "output/json.h"

#define CPUS_SHOWN 16

/* In the order of columns: the nearest idle CPU decides. */
struct place {
	const char *title, *key;
	size_t offset;
};

static const struct place places[] = {
	{ "its own", "own_ns", offsetof(struct idle_parts, own_ns) },
	{ "same LLC", "llc_ns", offsetof(struct idle_parts, llc_ns) },
	{ "same node", "node_ns", offsetof(struct idle_parts, node_ns) },
	{ "elsewhere", "anywhere_ns", offsetof(struct idle_parts, anywhere_ns) },
	{ "none", "none_ns", offsetof(struct idle_parts, none_ns) },
	{ "not known", "unknown_ns", offsetof(struct idle_parts, unknown_ns) },
};

#define PLACES (sizeof(places) / sizeof(*places))

static uint64_t part_of(const struct idle_parts *parts, const struct place *place)
{
	return *(const uint64_t *)((const char *)parts + place->offset);
}

static void parts_row(struct table *table, const char *name, const struct idle_parts *parts)
{
	table_cell(table, "%s", name);
	cell_msec(table, true, parts->waited_ns);
	for (size_t i = 0; i < PLACES; i++)
		cell_msec(table, true, part_of(parts, &places[i]));
	cell_share(table, true, parts->llc_ns + parts->node_ns + parts->anywhere_ns,
		   parts->waited_ns);
	table_end_row(table);
}

static int print_tasks(const struct output *out, const struct idleness_report *report)
{
	const struct blame_victim *const *victims;
	uint32_t n = blame_victims(report->blame, &victims);
	struct table *table = table_new();
	char name[WHO_MAX];

	if (!table)
		return -ENOMEM;
	table_column(table, "victim", "[tid/pid]", TABLE_LEFT);
	table_column(table, "waited", "(ms)", TABLE_RIGHT);
	for (size_t i = 0; i < PLACES; i++)
		table_column(table, places[i].title, "(ms)", TABLE_RIGHT);
	table_column(table, "another", "(%)", TABLE_RIGHT);
	for (uint32_t i = 0; i < n && (!report->limit || i < report->limit); i++) {
		const struct idle_parts *parts = idleness_task(report->idleness, victims[i]->task);

		if (parts && parts->waited_ns)
			parts_row(table, who_text(name, &report->who, victims[i]->task), parts);
	}
	parts_row(table, "all", idleness_all(report->idleness));
	fputs("\nidle while they waited: of the CPUs that they may use, the nearest\n", out->file);
	return table_finish(table, out);
}

static void cpu_row(struct table *table, uint32_t number, const struct idle_cpu *cpu)
{
	uint64_t known = cpu->busy_ns + cpu->idle_ns, all = known + cpu->unknown_ns;

	table_cell(table, "%u", number);
	cell_share(table, true, cpu->busy_ns, all);
	cell_share(table, true, cpu->idle_ns, all);
	cell_share(table, true, cpu->unknown_ns, all);
	if (known)
		table_cell(table, "%.3f", (double)cpu->parts.waited_ns / known);
	else
		table_cell(table, "-");
	cell_msec(table, true, cpu->with_waiters_ns);
	cell_msec(table, true, cpu->wasted_ns);
	table_end_row(table);
}

static int print_cpus(const struct output *out, const struct idleness_report *report)
{
	struct table *table = table_new();
	uint32_t shown = 0, hidden = 0;
	int err;

	if (!table)
		return -ENOMEM;
	table_column(table, "cpu", NULL, TABLE_RIGHT);
	table_column(table, "busy", "(%)", TABLE_RIGHT);
	table_column(table, "idle", "(%)", TABLE_RIGHT);
	table_column(table, "not known", "(%)", TABLE_RIGHT);
	table_column(table, "waiting", "(tasks)", TABLE_RIGHT);
	table_column(table, "with waiters", "(ms)", TABLE_RIGHT);
	table_column(table, "wasted", "(ms)", TABLE_RIGHT);
	for (int number = hwloc_bitmap_first(report->cpus); number >= 0;
	     number = hwloc_bitmap_next(report->cpus, number)) {
		const struct idle_cpu *cpu = idleness_cpu(report->idleness, number);

		if (!cpu)
			break;
		if (!cpu->parts.waited_ns)
			continue;
		if (shown == CPUS_SHOWN) {
			hidden++;
			continue;
		}
		cpu_row(table, number, cpu);
		shown++;
	}
	if (shown)
		fputs("\nwasted: time with a waiter and, elsewhere or there, an idle CPU that it "
		      "may use\n",
		      out->file);
	else
		table_free(table);
	err = shown ? table_finish(table, out) : 0;
	if (hidden)
		fprintf(out->file, "%u more CPU%s not shown.\n", hidden, hidden == 1 ? "" : "s");
	return err;
}

static void print_notes(const struct output *out, const struct idleness_counts *counts)
{
	char number[COUNT_MAX], time[DURATION_MAX];

	if (counts->forced)
		fprintf(out->file,
			"%s wait%s judged before all CPUs had told: what these were is \"not "
			"known\".\n",
			format_count(number, counts->forced),
			counts->forced == 1 ? " was" : "s were");
	if (counts->cut_ns)
		fprintf(out->file, "%s of the waits lie too far back: \"not known\".\n",
			format_duration(time, counts->cut_ns));
	if (counts->refused)
		fprintf(out->file,
			"%s wait%s of tasks with too many different masks: \"not known\".\n",
			format_count(number, counts->refused),
			counts->refused == 1 ? " was" : "s were");
}

int report_idleness(const struct output *out, const struct idleness_report *report)
{
	int err;

	if (!idleness_all(report->idleness)->waited_ns)
		return 0;
	err = print_tasks(out, report);
	if (!err)
		err = print_cpus(out, report);
	print_notes(out, idleness_counts(report->idleness));
	return err;
}

static void put_parts(json_t **object, const struct idle_parts *parts)
{
	json_put(object, "waited_ns", json_u64(parts->waited_ns));
	for (size_t i = 0; i < PLACES; i++)
		json_put(object, places[i].key, json_u64(part_of(parts, &places[i])));
}

static json_t *tasks_json(const struct idleness_report *report)
{
	const struct blame_victim *const *victims;
	uint32_t n = blame_victims(report->blame, &victims);
	json_t *array = json_array();

	for (uint32_t i = 0; i < n; i++) {
		const struct idle_parts *parts = idleness_task(report->idleness, victims[i]->task);
		json_t *object;

		if (!parts)
			continue;
		object = json_object();
		json_put(&object, "task", who_json(&report->who, victims[i]->task));
		put_parts(&object, parts);
		json_add(&array, object);
	}
	return array;
}

static json_t *cpus_json(const struct idleness_report *report)
{
	json_t *array = json_array();

	for (int number = hwloc_bitmap_first(report->cpus); number >= 0;
	     number = hwloc_bitmap_next(report->cpus, number)) {
		const struct idle_cpu *cpu = idleness_cpu(report->idleness, number);
		json_t *object;

		if (!cpu)
			break;
		object = json_object();
		json_put(&object, "cpu", json_cpu(number));
		put_parts(&object, &cpu->parts);
		json_put(&object, "with_waiters_ns", json_u64(cpu->with_waiters_ns));
		json_put(&object, "wasted_ns", json_u64(cpu->wasted_ns));
		json_put(&object, "cpu_busy_ns", json_u64(cpu->busy_ns));
		json_put(&object, "cpu_idle_ns", json_u64(cpu->idle_ns));
		json_put(&object, "cpu_offline_ns", json_u64(cpu->offline_ns));
		json_put(&object, "cpu_unknown_ns", json_u64(cpu->unknown_ns));
		json_add(&array, object);
	}
	return array;
}

json_t *report_idleness_json(const struct idleness_report *report)
{
	const struct idleness_counts *counts = idleness_counts(report->idleness);
	json_t *object = json_object(), *all = json_object();

	put_parts(&all, idleness_all(report->idleness));
	json_put(&object, "all", all);
	json_put(&object, "tasks", tasks_json(report));
	json_put(&object, "cpus", cpus_json(report));
	json_put(&object, "forced_waits", json_u64(counts->forced));
	json_put(&object, "cut_ns", json_u64(counts->cut_ns));
	json_put(&object, "refused_waits", json_u64(counts->refused));
	return object;
}
