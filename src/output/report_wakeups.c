// SPDX-License-Identifier: GPL-2.0-only
/*
 * Wakeups as text: classes and what they cost, branches and how sure, then who and where. Delays
 * are in milliseconds, as in the timehist.
 */
#include "output/report_wakeups.h"

#include <errno.h>
#include <stdlib.h>

#include "host/cpulist.h"
#include "output/cells.h"
#include "output/labels.h"

/* "name 98%" of what most of a row's wakeups are; truncated, so that 100% is all of them. */
static void cell_main(struct table *table, const char *name, uint64_t n, uint64_t all)
{
	if (all)
		table_cell(table, "%s %u%%", name, (unsigned int)(100.0 * n / all));
	else
		table_cell(table, "-");
}

static void print_sum(const struct output *out, const struct wakeups_report *report)
{
	const struct wakeups_row *total = wakeups_total(report->wakeups);
	char wakeups[COUNT_MAX], spare[COUNT_MAX], unobserved[COUNT_MAX], cut[COUNT_MAX];

	fprintf(out->file,
		"wakeups     %s; spare: %s (found their task running or queued); not observed: "
		"%s\n",
		format_count(wakeups, total->wakeups), format_count(spare, total->spare_wakes),
		format_count(unobserved, wakeups_unobserved(report->wakeups)));
	if (total->cut_waits)
		fprintf(out->file,
			"            after %s of them the task still waited at the end: without a "
			"delay\n",
			format_count(cut, total->cut_waits));
	if (wakeups_exec_moves(report->wakeups))
		fprintf(out->file,
			"            beside them, tasks moved by the balance at execve(): %s\n",
			format_count(cut, wakeups_exec_moves(report->wakeups)));
	fprintf(out->file, "branches    observed %s, sure %s, unsure %s, unknown %s\n",
		format_count(wakeups, total->certain[OBSERVED]),
		format_count(spare, total->certain[SURE]),
		format_count(unobserved, total->certain[UNSURE]),
		format_count(cut, total->branch_unknown));
}

/* What the model is worth here: seen only where hooks told the truth. */
static void print_model(const struct output *out, const struct confusion *c)
{
	char sure[COUNT_MAX], unsure[COUNT_MAX];

	if (!c->observed)
		return;
	fprintf(out->file, "model       without hooks it would be sure of %s",
		format_count(sure, c->sure));
	if (c->sure)
		fprintf(out->file, ", rightly of %.2f %%", 100.0 * c->agreed / c->sure);
	fprintf(out->file, "; unsure of %s", format_count(unsure, c->unsure));
	if (c->unsure)
		fprintf(out->file, ", right in %.2f %%", 100.0 * c->unsure_agreed / c->unsure);
	fputc('\n', out->file);
}

static int print_confusion(const struct output *out, const struct confusion *c)
{
	struct table *table;
	char count[COUNT_MAX];
	int err;

	fputs("\nthe model's answers, and what the hooks saw\n", out->file);
	if (!c->observed) {
		fputs("  nothing: no branch was observed, which takes a trace made with "
		      "--hooks=looks\n",
		      out->file);
		return 0;
	}
	table = table_new();
	if (!table)
		return -ENOMEM;
	table_column(table, "observed", NULL, TABLE_LEFT);
	table_column(table, "the model says", NULL, TABLE_LEFT);
	table_column(table, "and is", NULL, TABLE_LEFT);
	table_column(table, "wakeups", NULL, TABLE_RIGHT);
	table_column(table, "", NULL, TABLE_LEFT);
	for (int i = 0; i < BRANCHES * BRANCHES * 2; i++) {
		int seen = i / 2 / BRANCHES, said = i / 2 % BRANCHES, sure = i % 2;

		if (!c->counts[seen][said][sure])
			continue;
		table_cell(table, "%s", placement_branch_name(seen));
		table_cell(table, "%s", placement_branch_name(said));
		table_cell(table, "%s", sure ? "sure" : "unsure");
		table_cell(table, "%s", format_count(count, c->counts[seen][said][sure]));
		table_cell(table, "%s", seen == said ? "" : "wrong");
		table_end_row(table);
	}
	err = table_print(table, out);
	table_free(table);
	return err;
}

static const char *const mover_texts[MOVERS] = {
	[MOVER_UNKNOWN] = "by somebody not known",
	[MOVER_NUMA_SWAP] = "by a NUMA balancing swap",
	[MOVER_NUMA] = "by NUMA balancing",
	[MOVER_EXEC] = "at execve()",
	[MOVER_AFFINITY] = "by a change of affinity",
	[MOVER_HOTPLUG] = "by CPU hotplug",
	[MOVER_STOPPER] = "by the stopper, on request",
	[MOVER_PULL] = "pulled by load balance",
};

static void print_moves(FILE *file, const struct wakeups_row *total)
{
	const char *before = "            moved there otherwise: ";
	char count[COUNT_MAX];

	for (int i = 0; i < MOVERS; i++) {
		if (!total->movers[i])
			continue;
		fprintf(file, "%s%s %s", before, format_count(count, total->movers[i]),
			mover_texts[i]);
		before = ", ";
	}
	if (*before == ',')
		fputc('\n', file);
}

static void print_trespasses(const struct output *out, const struct wakeups_report *report)
{
	const struct wakeups_row *total = wakeups_total(report->wakeups);
	char arrivals[COUNT_MAX], stays[COUNT_MAX], unknown[COUNT_MAX];
	bool colour = out->colour && wakeups_trespasses(total);
	FILE *file = out->file;

	if (!report->host) {
		fputs("trespasses  - (which CPUs are isolated is not known)\n", file);
		return;
	}
	if (!report->host->isolated || hwloc_bitmap_iszero(report->host->isolated)) {
		fputs("trespasses  none: no CPU is known to be isolated\n", file);
		return;
	}
	fprintf(file, "%strespasses  %s arrival%s, %s stay%s", colour ? COLOUR_YELLOW : "",
		format_count(arrivals, total->arrivals), total->arrivals == 1 ? "" : "s",
		format_count(stays, total->stays), total->stays == 1 ? "" : "s");
	if (total->origin_unknown)
		fprintf(file, ", %s from a CPU not known",
			format_count(unknown, total->origin_unknown));
	fprintf(file, " on isolated CPUs, of tasks that may run elsewhere%s\n",
		colour ? COLOUR_RESET : "");
	print_moves(file, total);
}

static int print_classes(const struct output *out, const struct wakeups_row *total)
{
	struct table *table = table_new();

	if (!table)
		return -ENOMEM;
	table_column(table, "class", NULL, TABLE_LEFT);
	table_column(table, "wakeups", NULL, TABLE_RIGHT);
	table_column(table, "share", "(%)", TABLE_RIGHT);
	table_column(table, "wake p50", "(ms)", TABLE_RIGHT);
	table_column(table, "wake p99", "(ms)", TABLE_RIGHT);
	table_column(table, "wake max", "(ms)", TABLE_RIGHT);
	for (int i = 0; i < PLACEMENT_CLASSES; i++) {
		const struct histogram *delay = &total->class_delay[i];

		if (!total->classes[i])
			continue;
		table_cell(table, "%s", placement_class_name(i));
		cell_count(table, total->classes[i]);
		cell_share(table, true, total->classes[i], total->wakeups);
		cell_percentile(table, delay, 50);
		cell_percentile(table, delay, 99);
		cell_msec(table, delay->count, delay->max_ns);
		table_end_row(table);
	}
	return table_finish(table, out);
}

static uint64_t branch_count(const struct wakeups_row *row, int branch)
{
	const uint64_t *n = row->branches[branch];

	return n[UNSURE] + n[SURE] + n[OBSERVED];
}

static int print_branches(const struct output *out, const struct wakeups_row *total)
{
	struct table *table = table_new();

	if (!table)
		return -ENOMEM;
	table_column(table, "branch", NULL, TABLE_LEFT);
	table_column(table, "wakeups", NULL, TABLE_RIGHT);
	table_column(table, "share", "(%)", TABLE_RIGHT);
	table_column(table, "observed", NULL, TABLE_RIGHT);
	table_column(table, "sure", NULL, TABLE_RIGHT);
	table_column(table, "unsure", NULL, TABLE_RIGHT);
	for (int i = 0; i < BRANCHES; i++) {
		uint64_t n = branch_count(total, i);

		if (!n)
			continue;
		table_cell(table, "%s", placement_branch_name(i));
		cell_count(table, n);
		cell_share(table, true, n, total->wakeups);
		for (int certainty = OBSERVED; certainty >= UNSURE; certainty--)
			if (i == BRANCH_UNKNOWN)
				table_cell(table, "-");
			else
				cell_count(table, total->branches[i][certainty]);
		table_end_row(table);
	}
	return table_finish(table, out);
}

static void row_columns(struct table *table, enum wakeups_by by)
{
	if (by != WAKEUPS_BY_CPU)
		table_column(table, "task", "[tid/pid]", TABLE_LEFT);
	if (by != WAKEUPS_BY_TASK)
		table_column(table, "cpu", NULL, TABLE_RIGHT);
	table_column(table, "wakeups", NULL, TABLE_RIGHT);
	table_column(table, "class", "(mostly)", TABLE_LEFT);
	table_column(table, "branch", "(mostly)", TABLE_LEFT);
	table_column(table, "from>to", "(mostly)", TABLE_LEFT);
	table_column(table, "waker", "(mostly)", TABLE_LEFT);
	table_column(table, "wake p50", "(ms)", TABLE_RIGHT);
	table_column(table, "wake p99", "(ms)", TABLE_RIGHT);
	table_column(table, "arrivals", NULL, TABLE_RIGHT);
	table_column(table, "stays", NULL, TABLE_RIGHT);
	table_column(table, "moved in", NULL, TABLE_RIGHT);
}

static char *pair_end(char *buf, size_t size, int32_t cpu)
{
	if (cpu < 0)
		snprintf(buf, size, "-");
	else
		snprintf(buf, size, "%d", (int)cpu);
	return buf;
}

static void cell_pair(struct table *table, const struct wakeups_pair *pair)
{
	char from[12], to[12];

	if (pair->count)
		table_cell(table, "%s>%s", pair_end(from, sizeof(from), pair->from),
			   pair_end(to, sizeof(to), pair->to));
	else
		table_cell(table, "-");
}

static void cell_waker(struct table *table, const struct wakeups_report *report,
		       const struct wakeups_waker *waker)
{
	const char *context = label_context(waker->context);
	char label[TASK_LABEL_MAX];

	if (waker->count && context)
		table_cell(table, "%s", context);
	else if (waker->count && waker->task != TASK_UNKNOWN)
		table_cell(table, "%s", label_text(label, report->tasks, waker->task));
	else
		table_cell(table, "-");
}

static void cell_trespass(struct table *table, const struct wakeups_report *report, uint64_t n)
{
	if (report->host)
		cell_count(table, n);
	else
		table_cell(table, "-");
}

static void row_cells(struct table *table, const struct wakeups_report *report, enum wakeups_by by,
		      const struct wakeups_row *row)
{
	char label[TASK_LABEL_MAX];

	if (by != WAKEUPS_BY_CPU)
		table_cell(table, "%s", label_text(label, report->tasks, row->task));
	if (by != WAKEUPS_BY_TASK)
		table_cell(table, "%u", row->cpu);
	cell_count(table, row->wakeups);
	cell_main(table, placement_class_name(row->main_class), row->classes[row->main_class],
		  row->wakeups);
	cell_main(table, placement_branch_name(row->main_branch),
		  branch_count(row, row->main_branch), row->wakeups);
	cell_pair(table, &row->pairs[0]);
	cell_waker(table, report, &row->wakers[0]);
	cell_percentile(table, &row->delay, 50);
	cell_percentile(table, &row->delay, 99);
	cell_trespass(table, report, row->arrivals);
	cell_trespass(table, report, row->stays);
	cell_trespass(table, report, wakeups_moved_in(row));
	if (wakeups_trespasses(row))
		table_row_colour(table, COLOUR_YELLOW);
	table_end_row(table);
}

static uint32_t shown_of(const struct wakeups_report *report, uint32_t n)
{
	return report->limit && report->limit < n ? report->limit : n;
}

static void note_hidden(const struct output *out, uint32_t hidden, const char *one,
			const char *many)
{
	if (hidden)
		fprintf(out->file, "%u more %s not shown.\n", hidden, hidden == 1 ? one : many);
}

static int print_rows(const struct output *out, const struct wakeups_report *report,
		      enum wakeups_by by)
{
	const struct wakeups_row *const *rows;
	uint32_t n = wakeups_rows(report->wakeups, by, &rows), shown = shown_of(report, n);
	struct table *table;
	int err;

	if (!n)
		return 0;
	table = table_new();
	if (!table)
		return -ENOMEM;
	row_columns(table, by);
	for (uint32_t i = 0; i < shown; i++)
		row_cells(table, report, by, rows[i]);
	fputc('\n', out->file);
	err = table_finish(table, out);
	note_hidden(out, n - shown, "row", "rows");
	return err;
}

char *report_place_cpus(const struct wakeups_report *report, int32_t id)
{
	const struct host_snapshot *host = report->host;
	hwloc_bitmap_t set = hwloc_bitmap_alloc();
	char *list = NULL;

	for (uint32_t i = 0; set && host && i < host->cpu_count; i++) {
		const struct host_cpu *cpu = &host->cpus[i];

		if ((report->place == PLACE_LLC ? cpu->llc : cpu->node) == id)
			hwloc_bitmap_set(set, i);
	}
	if (set && !hwloc_bitmap_iszero(set))
		list = cpulist_format(set);
	hwloc_bitmap_free(set);
	return list;
}

/* A CPU's number; of a cache or node its number and its CPUs. */
static void cell_place(struct table *table, const struct wakeups_report *report, int32_t id)
{
	char *cpus = NULL;

	if (id >= 0 && report->place != PLACE_CPU)
		cpus = report_place_cpus(report, id);
	if (id < 0)
		table_cell(table, "-");
	else if (cpus)
		table_cell(table, "%d (%s)", (int)id, cpus);
	else
		table_cell(table, "%d", (int)id);
	free(cpus);
}

static int print_matrix(const struct output *out, const struct wakeups_report *report)
{
	static const char *const units[] = {
		[PLACE_CPU] = "(cpu)", [PLACE_LLC] = "LLC (CPUs)", [PLACE_NODE] = "node (CPUs)"
	};
	const struct wakeups_row *total = wakeups_total(report->wakeups);
	struct wakeups_pair *pairs;
	uint32_t n = wakeups_matrix(report->wakeups, report->place, &pairs), shown;
	struct table *table = table_new();
	int err = -ENOMEM;

	if (!table || !pairs)
		goto out;
	shown = shown_of(report, n);
	table_column(table, "previous", units[report->place], TABLE_RIGHT);
	table_column(table, "chosen", units[report->place], TABLE_RIGHT);
	table_column(table, "wakeups", NULL, TABLE_RIGHT);
	table_column(table, "share", "(%)", TABLE_RIGHT);
	for (uint32_t i = 0; i < shown; i++) {
		cell_place(table, report, pairs[i].from);
		cell_place(table, report, pairs[i].to);
		cell_count(table, pairs[i].count);
		cell_share(table, true, pairs[i].count, total->wakeups);
		table_end_row(table);
	}
	fputc('\n', out->file);
	err = table_print(table, out);
	note_hidden(out, n - shown, "pair", "pairs");
out:
	table_free(table);
	free(pairs);
	return err;
}

int report_wakeups(const struct output *out, const struct wakeups_report *report)
{
	const struct wakeups_row *total = wakeups_total(report->wakeups);
	int err;

	print_sum(out, report);
	print_model(out, wakeups_confusion(report->wakeups));
	print_trespasses(out, report);
	if (!total->wakeups)
		return 0;
	fputc('\n', out->file);
	err = print_classes(out, total);
	fputc('\n', out->file);
	if (!err)
		err = print_branches(out, total);
	for (int by = 0; by < WAKEUPS_TABLES && !err; by++)
		if (report->tables & 1u << by)
			err = print_rows(out, report, by);
	if (!err)
		err = print_matrix(out, report);
	if (!err && report->confusion)
		err = print_confusion(out, wakeups_confusion(report->wakeups));
	return err;
}
