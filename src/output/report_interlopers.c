// SPDX-License-Identifier: GPL-2.0-only
/* Who ran on the target CPUs beside their owners: see report_interlopers.h. */
#include "output/report_interlopers.h"

#include <errno.h>

#include "output/cells.h"
#include "output/json.h"
#include "output/line.h"

#define OWNERS_NAMED 4

struct unit {
	const char *name;
	double ns;
};

static struct unit unit_of(uint64_t ns)
{
	static const struct unit units[] = { { "s", 1e9 }, { "ms", 1e6 }, { "us", 1e3 } };

	for (int i = 0; i < 3; i++)
		if (ns >= units[i].ns)
			return units[i];
	return (struct unit){ "ns", 1 };
}

/* Three digits: what a measured rhythm is worth. */
static int decimals(double value)
{
	return value < 10 ? 2 : value < 100 ? 1 : 0;
}

char *report_rhythm(char buf[RHYTHM_TEXT_MAX], const struct rhythm *r)
{
	struct unit period = unit_of(r->period_ns), run = unit_of(r->run_p50_ns);
	double every = r->period_ns / period.ns, length = r->run_p50_ns / run.ns;

	snprintf(buf, RHYTHM_TEXT_MAX, "every %.*f %s ± %.*f, %.*f %s long, duty %.0f %%",
		 decimals(every), every, period.name, decimals(every), r->jitter_ns / period.ns,
		 decimals(length), length, run.name, 100 * r->duty);
	return buf;
}

static const char *const rule_texts[] = {
	[OWNER_ASKED] = "as --owner says",
	[OWNER_VCPUS] = "vCPU threads",
	[OWNER_BOUND] = "bound to these CPUs alone",
};

static void print_owner(const struct output *out, const struct interlopers_report *report)
{
	const struct interlopers *r = report->interlopers;
	char name[WHO_MAX], delay[DURATION_MAX], caused[DURATION_MAX], waits[COUNT_MAX];
	struct line line;

	if (r->rule == OWNER_NOBODY && r->asked) {
		line_print(out, "owner", "not seen: no task that --owner names ran there");
		return;
	}
	if (r->rule == OWNER_NOBODY) {
		line_print(out, "owner",
			   "not known: neither a vCPU thread nor a task bound to these CPUs alone "
			   "ran there; --owner names it");
		return;
	}
	if (!line_begin(&line))
		return;
	for (uint32_t i = 0; i < r->owner_count && i < OWNERS_NAMED; i++)
		fprintf(line.file, "%s%s", i ? ", " : "",
			who_text(name, &report->who, r->owners[i]));
	if (r->owner_count > OWNERS_NAMED)
		fprintf(line.file, " and %u more", r->owner_count - OWNERS_NAMED);
	fprintf(line.file, " (%s): waited %s in %s wait%s, %s of it for interlopers",
		rule_texts[r->rule], format_duration(delay, r->owners_delay_ns),
		format_count(waits, r->owners_waits), r->owners_waits == 1 ? "" : "s",
		format_duration(caused, r->caused_ns));
	line_end(&line, out, "owner", NULL);
}

static void columns(struct table *table)
{
	table_column(table, "interloper", "[tid/pid]", TABLE_LEFT);
	table_column(table, "delay caused", "(ms)", TABLE_RIGHT);
	table_column(table, "waits", NULL, TABLE_RIGHT);
	table_column(table, "worst", "(ms)", TABLE_RIGHT);
	table_column(table, "run", "(ms)", TABLE_RIGHT);
	table_column(table, "share", "(%)", TABLE_RIGHT);
	table_column(table, "visits", NULL, TABLE_RIGHT);
	table_column(table, "p99", "(ms)", TABLE_RIGHT);
	table_column(table, "longest", "(ms)", TABLE_RIGHT);
	table_column(table, "rhythm", NULL, TABLE_LEFT);
}

/* A visit that was cut may be the longest: of it only so much was seen. */
static void cell_longest(struct table *table, const struct visits_row *row)
{
	char text[DURATION_MAX];

	if (row->cut_longest_ns > row->run.max_ns)
		table_cell(table, ">%s", format_msec(text, row->cut_longest_ns));
	else
		cell_msec(table, row->run.count, row->run.max_ns);
}

static void interloper_row(struct table *table, const struct interlopers_report *report,
			   const struct interloper *i)
{
	char name[WHO_MAX], rhythm[RHYTHM_TEXT_MAX];

	table_cell(table, "%s", who_text(name, &report->who, i->visits->task));
	cell_msec(table, true, i->delay_ns);
	cell_count(table, i->waits);
	cell_msec(table, i->waits, i->worst_ns);
	cell_msec(table, true, i->visits->run_total_ns);
	cell_share(table, report->window_ns, i->visits->run_total_ns, report->window_ns);
	cell_count(table, i->visits->visits);
	cell_percentile(table, &i->visits->run, 99);
	cell_longest(table, i->visits);
	table_cell(table, "%s", i->is_rhythmic ? report_rhythm(rhythm, &i->rhythm) : "-");
	table_end_row(table);
}

int report_interlopers(const struct output *out, const struct interlopers_report *report)
{
	const struct interlopers *r = report->interlopers;
	uint32_t shown = report->limit && report->limit < r->count ? report->limit : r->count;
	struct table *table;
	int err;

	print_owner(out, report);
	if (r->rule == OWNER_NOBODY || !r->count) {
		fputc('\n', out->file);
		return 0;
	}
	table = table_new();
	if (!table)
		return -ENOMEM;
	columns(table);
	for (uint32_t i = 0; i < shown; i++)
		interloper_row(table, report, &r->list[i]);
	fputc('\n', out->file);
	err = table_finish(table, out);
	if (shown < r->count)
		fprintf(out->file, "%u more interloper%s not shown.\n", r->count - shown,
			r->count - shown == 1 ? "" : "s");
	fputc('\n', out->file);
	return err;
}

/* "ksmd[510] ran 143.000 ms in 12 visits and cost them 135.000 ms; every 20.0 ms ± 0.0, ..." */
static void interloper_line(const struct output *out, const struct interlopers_report *report,
			    const char *head, const struct interloper *i)
{
	char name[WHO_MAX], run[DURATION_MAX], delay[DURATION_MAX], visits[COUNT_MAX],
		rhythm[RHYTHM_TEXT_MAX];

	line_print(out, head, "%s ran %s in %s visit%s and cost them %s%s%s",
		   who_text(name, &report->who, i->visits->task),
		   format_duration(run, i->visits->run_total_ns),
		   format_count(visits, i->visits->visits), i->visits->visits == 1 ? "" : "s",
		   format_duration(delay, i->delay_ns), i->is_rhythmic ? "; " : "",
		   i->is_rhythmic ? report_rhythm(rhythm, &i->rhythm) : "");
}

void report_interlopers_lines(const struct output *out, const struct interlopers_report *report)
{
	const struct interlopers *r = report->interlopers;

	if (r->rule == OWNER_NOBODY)
		return;
	print_owner(out, report);
	for (uint32_t i = 0; i < r->count && (!report->limit || i < report->limit); i++)
		if (r->list[i].delay_ns)
			interloper_line(out, report, i ? "" : "interlopers", &r->list[i]);
}

static json_t *rhythm_json(const struct interloper *i)
{
	const struct rhythm *r = &i->rhythm;
	json_t *object;

	if (!i->is_rhythmic)
		return json_null();
	object = json_object();
	json_put(&object, "period_ns", json_u64(r->period_ns));
	json_put(&object, "jitter_ns", json_u64(r->jitter_ns));
	json_put(&object, "duty", json_real(r->duty));
	json_put(&object, "explained", json_real(r->explained));
	json_put(&object, "beats", json_u64(r->beats));
	json_put(&object, "missed", json_u64(r->missed));
	json_put(&object, "pauses", json_u64(r->pauses));
	json_put(&object, "run_p50_ns", json_u64(r->run_p50_ns));
	json_put(&object, "run_min_ns", json_u64(r->run_min_ns));
	json_put(&object, "run_max_ns", json_u64(r->run_max_ns));
	return object;
}

static json_t *interloper_json(const struct interlopers_report *report, const struct interloper *i)
{
	bool has_owner = report->interlopers->rule != OWNER_NOBODY;
	const struct visits_row *visits = i->visits;
	json_t *object = json_object();

	json_put(&object, "task", who_json(&report->who, visits->task));
	json_put(&object, "delay_ns", json_u64_if(has_owner, i->delay_ns));
	json_put(&object, "waits", json_u64_if(has_owner, i->waits));
	json_put(&object, "worst_ns", json_u64_if(i->waits, i->worst_ns));
	json_put(&object, "worst_since_ns", json_u64_if(i->waits, i->worst_since_ns));
	json_put(&object, "run_total_ns", json_u64(visits->run_total_ns));
	json_put(&object, "slices", json_u64(visits->slices));
	json_put(&object, "visits", json_u64(visits->visits));
	json_put(&object, "cut_visits", json_u64(visits->cut));
	json_put(&object, "cut_longest_ns", json_u64_if(visits->cut, visits->cut_longest_ns));
	json_put(&object, "visit_run", json_histogram(&visits->run));
	json_put(&object, "longest_at_ns", json_u64_if(visits->run.count, visits->longest_at_ns));
	json_put(&object, "rhythm", rhythm_json(i));
	return object;
}

json_t *report_interlopers_json(const struct interlopers_report *report)
{
	const struct interlopers *r = report->interlopers;
	json_t *object = json_object(), *owners = json_array(), *tasks = json_array();
	bool has_owner = r->rule != OWNER_NOBODY;

	for (uint32_t i = 0; i < r->owner_count; i++)
		json_add(&owners, who_json(&report->who, r->owners[i]));
	for (uint32_t i = 0; i < r->count; i++)
		json_add(&tasks, interloper_json(report, &r->list[i]));
	json_put(&object, "owner_rule", json_text(owner_rule_name(r->rule)));
	json_put(&object, "owners", owners);
	json_put(&object, "owners_run_ns", json_u64_if(has_owner, r->owners_run_ns));
	json_put(&object, "owners_waits", json_u64_if(has_owner, r->owners_waits));
	json_put(&object, "owners_delay_ns", json_u64_if(has_owner, r->owners_delay_ns));
	json_put(&object, "caused_ns", json_u64_if(has_owner, r->caused_ns));
	json_put(&object, "run_ns", json_u64(r->run_ns));
	json_put(&object, "window_ns", json_u64_if(report->window_ns, report->window_ns));
	json_put(&object, "tasks", tasks);
	return object;
}
