// SPDX-License-Identifier: GPL-2.0-only
/*
 * Summaries as text: in the first screen who ran how long, who waited how long, and where the worst
 * of it is to be seen. All durations in milliseconds, as in the timehist.
 */
#include "output/report.h"

#include <inttypes.h>

#include "output/cells.h"
#include "output/labels.h"

struct summary_view {
	const struct output *out;
	enum summary_by by;
	const struct task_table *tasks;
	uint64_t window_ns; /* 0: not known */
	const char *task_filter;
	struct table *table;
};

static void cell_max(struct table *table, const struct summary_spread *spread)
{
	cell_msec(table, spread->ns.count, spread->ns.max_ns);
}

/* Where a maximum is to be seen: "1119.585632 [0043]", to look up in the timehist. */
static void cell_place(struct table *table, const struct summary_spread *spread, bool cpu)
{
	char text[DURATION_MAX];

	if (!spread->ns.count)
		table_cell(table, "-");
	else if (!cpu || spread->max_cpu == CPU_UNKNOWN)
		table_cell(table, "%s", format_time(text, spread->max_at_ns));
	else
		table_cell(table, "%s [%04u]", format_time(text, spread->max_at_ns),
			   spread->max_cpu);
}

static void cell_task(const struct summary_view *view, bool known, uint32_t task)
{
	char label[TASK_LABEL_MAX];

	table_cell(view->table, "%s", known ? label_text(label, view->tasks, task) : "-");
}

/* The longer of a row's two worst delays. */
static const struct summary_spread *worst_delay(const struct summary_row *row)
{
	if (!row->preempt_delay.ns.count)
		return &row->wake_delay;
	if (!row->wake_delay.ns.count || row->preempt_delay.ns.max_ns > row->wake_delay.ns.max_ns)
		return &row->preempt_delay;
	return &row->wake_delay;
}

static void key_columns(const struct summary_view *view)
{
	struct table *t = view->table;

	if (view->by != SUMMARY_BY_CPU)
		table_column(t, "task", "[tid/pid]", TABLE_LEFT);
	if (view->by != SUMMARY_BY_TASK)
		table_column(t, "cpu", NULL, TABLE_RIGHT);
	if (view->by == SUMMARY_BY_CPU) {
		table_column(t, "busy", "(%)", TABLE_RIGHT);
		table_column(t, "idle", "(%)", TABLE_RIGHT);
	} else {
		table_column(t, "cpu share", "(%)", TABLE_RIGHT);
	}
	table_column(t, "slices", NULL, TABLE_RIGHT);
}

static void key_cells(const struct summary_view *view, const struct summary_row *row)
{
	struct table *t = view->table;

	if (view->by != SUMMARY_BY_CPU)
		cell_task(view, true, row->task);
	if (view->by != SUMMARY_BY_TASK)
		table_cell(t, "%u", row->cpu);
	cell_share(t, true, row->run_total_ns, view->window_ns);
	/* Idle time is no part of a stream of some tasks only. */
	if (view->by == SUMMARY_BY_CPU)
		cell_share(t, !view->task_filter, row->idle_ns, view->window_ns);
	cell_count(t, row->slices);
}

/* A CPU's row names two tasks: what its share and its place say already makes room for them. */
static void main_columns(const struct summary_view *view)
{
	bool by_cpu = view->by == SUMMARY_BY_CPU;
	struct table *t = view->table;

	key_columns(view);
	if (!by_cpu)
		table_column(t, "run total", "(ms)", TABLE_RIGHT);
	table_column(t, "run max", "(ms)", TABLE_RIGHT);
	if (by_cpu)
		table_column(t, "by", "[tid/pid]", TABLE_LEFT);
	else
		table_column(t, "wake p50", "(ms)", TABLE_RIGHT);
	table_column(t, "wake p99", "(ms)", TABLE_RIGHT);
	table_column(t, "wake max", "(ms)", TABLE_RIGHT);
	table_column(t, "preempt p99", "(ms)", TABLE_RIGHT);
	table_column(t, "preempt max", "(ms)", TABLE_RIGHT);
	table_column(t, "worst delay at", by_cpu ? "(sec)" : "(sec) [cpu]", TABLE_RIGHT);
	if (by_cpu)
		table_column(t, "of", "[tid/pid]", TABLE_LEFT);
	table_column(t, "invol", NULL, TABLE_RIGHT);
	if (!by_cpu)
		table_column(t, "migr", NULL, TABLE_RIGHT);
}

static void main_cells(const struct summary_view *view, const struct summary_row *row)
{
	const struct summary_spread *worst = worst_delay(row);
	bool by_cpu = view->by == SUMMARY_BY_CPU;
	struct table *t = view->table;

	key_cells(view, row);
	if (!by_cpu)
		cell_msec(t, true, row->run_total_ns);
	cell_max(t, &row->run);
	if (by_cpu)
		cell_task(view, row->run.ns.count, row->run.max_task);
	else
		cell_percentile(t, &row->wake_delay.ns, 50);
	cell_percentile(t, &row->wake_delay.ns, 99);
	cell_max(t, &row->wake_delay);
	cell_percentile(t, &row->preempt_delay.ns, 99);
	cell_max(t, &row->preempt_delay);
	cell_place(t, worst, !by_cpu);
	if (by_cpu)
		cell_task(view, worst->ns.count, worst->max_task);
	cell_count(t, row->involuntary);
	if (!by_cpu)
		cell_count(t, row->migrations);
}

static void spread_columns(const struct summary_view *view, const char *name, bool delay)
{
	static const char *const columns[] = { "avg", "p50", "p99", "p99.9", "max" };
	struct table *t = view->table;
	char title[32];

	if (delay) {
		snprintf(title, sizeof(title), "%ss", name);
		table_column(t, title, "(known)", TABLE_RIGHT);
		snprintf(title, sizeof(title), "%s total", name);
		table_column(t, title, "(ms)", TABLE_RIGHT);
	}
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		snprintf(title, sizeof(title), "%s %s", name, columns[i]);
		table_column(t, title, "(ms)", TABLE_RIGHT);
	}
	snprintf(title, sizeof(title), "%s max at", name);
	table_column(t, title, "(sec) [cpu]", TABLE_RIGHT);
	if (view->by == SUMMARY_BY_CPU)
		table_column(t, delay ? "of" : "by", "[tid/pid]", TABLE_LEFT);
}

static void spread_cells(const struct summary_view *view, const struct summary_spread *spread,
			 bool delay)
{
	struct table *t = view->table;

	if (delay) {
		cell_count(t, spread->ns.count);
		cell_msec(t, spread->ns.count, spread->ns.sum_ns);
	}
	cell_msec(t, spread->ns.count, histogram_mean_ns(&spread->ns));
	cell_percentile(t, &spread->ns, 50);
	cell_percentile(t, &spread->ns, 99);
	cell_percentile(t, &spread->ns, 99.9);
	cell_max(t, spread);
	cell_place(t, spread, true);
	if (view->by == SUMMARY_BY_CPU)
		cell_task(view, spread->ns.count, spread->max_task);
}

static void wide_columns(const struct summary_view *view)
{
	static const char *const counts[] = { "voluntary",   "involuntary", "wakeups",
					      "spare wakes", "migrations",  "moves",
					      "gaps",	     "cut slices",  "unknown delays",
					      "waiting" };
	struct table *t = view->table;

	key_columns(view);
	table_column(t, "run total", "(ms)", TABLE_RIGHT);
	spread_columns(view, "run", false);
	spread_columns(view, "wake", true);
	spread_columns(view, "preempt", true);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		table_column(t, counts[i], NULL, TABLE_RIGHT);
	table_column(t, "waiting for", ">= (ms)", TABLE_RIGHT);
	if (view->by != SUMMARY_BY_CPU)
		table_column(t, "exited", NULL, TABLE_LEFT);
}

static void wide_cells(const struct summary_view *view, const struct summary_row *row)
{
	const uint64_t counts[] = { row->voluntary,   row->involuntary, row->wakeups,
				    row->spare_wakes, row->migrations,	row->moves,
				    row->gaps,	      row->cut_slices,	row->unknown_delays,
				    row->cut_waits };
	struct table *t = view->table;

	key_cells(view, row);
	cell_msec(t, true, row->run_total_ns);
	spread_cells(view, &row->run, false);
	spread_cells(view, &row->wake_delay, true);
	spread_cells(view, &row->preempt_delay, true);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		cell_count(t, counts[i]);
	cell_msec(t, row->cut_wait_max_ns, row->cut_wait_max_ns);
	if (view->by != SUMMARY_BY_CPU)
		table_cell(t, "%s", row->exited ? "yes" : "no");
}

static const char *note_count(const struct summary_view *view, const char *before, uint64_t n,
			      const char *one, const char *many)
{
	char count[COUNT_MAX];

	if (!n)
		return before;
	fprintf(view->out->file, "%s%s %s", before, format_count(count, n), n == 1 ? one : many);
	return ", ";
}

/* What is in no distribution, so that nobody takes the table for all there was. */
static void note_left_out(const struct summary_view *view, const struct summary_row *const *rows,
			  uint32_t n)
{
	uint64_t gaps = 0, cuts = 0, unknown = 0;
	const char *before = "Left out of the statistics: ";

	for (uint32_t i = 0; i < n; i++) {
		gaps += rows[i]->gaps;
		cuts += rows[i]->cut_slices;
		unknown += rows[i]->unknown_delays;
	}
	if (!gaps && !cuts && !unknown)
		return;
	before = note_count(view, before, cuts, "run cut by the trace's edge",
			    "runs cut by the trace's edge");
	before = note_count(view, before, gaps, "slice whose start was not seen (gap)",
			    "slices whose start was not seen (gaps)");
	note_count(view, before, unknown, "delay not observed", "delays not observed");
	fputs(".\n", view->out->file);
}

static void note_waiting(const struct summary_view *view, const struct summary_row *const *rows,
			 uint32_t n)
{
	char label[TASK_LABEL_MAX], duration[DURATION_MAX];
	const struct summary_row *longest = NULL;
	FILE *file = view->out->file;
	uint64_t waits = 0;

	for (uint32_t i = 0; i < n; i++) {
		waits += rows[i]->cut_waits;
		if (rows[i]->cut_waits &&
		    (!longest || rows[i]->cut_wait_max_ns > longest->cut_wait_max_ns))
			longest = rows[i];
	}
	if (!longest)
		return;
	fprintf(file, "%sStill waiting at the end: %" PRIu64 " task%s",
		view->out->colour ? COLOUR_YELLOW : "", waits, waits == 1 ? "" : "s");
	if (longest->cut_wait_max_ns) {
		fputs("; the longest,", file);
		if (view->by != SUMMARY_BY_CPU)
			fprintf(file, " %s", label_text(label, view->tasks, longest->task));
		if (view->by != SUMMARY_BY_TASK)
			fprintf(file, " on CPU %u", longest->cpu);
		fprintf(file, ", for at least %s",
			format_duration(duration, longest->cut_wait_max_ns));
	}
	fprintf(file, ".%s\n", view->out->colour ? COLOUR_RESET : "");
}

static void notes(const struct summary_view *view, const struct summary_row *const *rows,
		  uint32_t n, uint32_t shown)
{
	FILE *file = view->out->file;

	if (shown < n)
		fprintf(file, "%u more row%s not shown.\n", n - shown, n - shown == 1 ? "" : "s");
	note_waiting(view, rows, n);
	note_left_out(view, rows, n);
	if (view->by == SUMMARY_BY_CPU && view->task_filter)
		fputs("busy: of the traced tasks only; idle is not known.\n", file);
	if (!view->window_ns)
		fputs("The trace's length is not known: no shares.\n", file);
}

/* The shown row with the longest delay. */
static uint32_t worst_row(const struct summary_row *const *rows, uint32_t shown)
{
	uint32_t worst = 0;

	for (uint32_t i = 1; i < shown; i++)
		if (worst_delay(rows[i])->ns.max_ns > worst_delay(rows[worst])->ns.max_ns)
			worst = i;
	return worst;
}

void report_summary(const struct output *out, enum summary_by by,
		    const struct summary_row *const *rows, uint32_t n, uint32_t limit,
		    const struct task_table *tasks, const struct trace_meta *meta, bool wide)
{
	struct summary_view view = { .out = out,
				     .by = by,
				     .tasks = tasks,
				     .task_filter = meta->task_filter,
				     .table = table_new() };
	uint32_t shown = limit && limit < n ? limit : n, worst = worst_row(rows, shown);

	if (meta->end_ns > meta->start_ns)
		view.window_ns = meta->end_ns - meta->start_ns;
	if (!n) {
		fputs("No slices.\n", out->file);
		table_free(view.table);
		return;
	}
	if (!view.table) {
		fputs("Not enough memory for the summary.\n", out->file);
		return;
	}
	if (wide)
		wide_columns(&view);
	else
		main_columns(&view);
	for (uint32_t i = 0; i < shown; i++) {
		if (i == worst && worst_delay(rows[i])->ns.count)
			table_row_colour(view.table, COLOUR_YELLOW);
		if (wide)
			wide_cells(&view, rows[i]);
		else
			main_cells(&view, rows[i]);
		table_end_row(view.table);
	}
	if (table_print(view.table, out))
		fputs("Not enough memory for the summary.\n", out->file);
	notes(&view, rows, n, shown);
	table_free(view.table);
}
