// SPDX-License-Identifier: GPL-2.0-only
/* Which families of metrics there are, and their samples: see report_metrics.h. */
#include "output/report_metrics.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/loss_view.h"
#include "output/report_metrics_common.h"
#include "output/report_metrics_ksm.h"

/*
 * Two labels that most samples have. The CPU comes first, here and elsewhere: where it is not
 * known, labels begin behind it.
 */
#define CPU_TASK(row, series)                                                                      \
	{                                                                                          \
		{ "cpu", NULL, (row)->cpu },                                                       \
		{                                                                                  \
			"task", (series)->names[(row)->task], 0                                    \
		}                                                                                  \
	}

static const struct metrics_label *known(const struct series *series,
					 const struct metrics_label *labels)
{
	return labels + series->of_all_cpus;
}

static int count_known(const struct series *series, int n)
{
	return n - series->of_all_cpus;
}

static int put_runs(struct metrics *m, const struct series *series)
{
	static const struct metrics_family family = {
		"interloper_run_seconds", METRICS_HISTOGRAM, "seconds",
		"How long tasks ran in one go, from switch-in to switch-out."
	};
	int err = metrics_family(m, &family);

	for (uint32_t i = 0; i < series->row_count && !err; i++) {
		const struct summary_row *row = series->rows[i];
		const struct metrics_label labels[] = CPU_TASK(row, series);

		if (row->run.ns.count)
			err = metrics_histogram(m, known(series, labels), count_known(series, 2),
						&row->run.ns);
	}
	return err;
}

static int put_delay(struct metrics *m, const struct series *series, const struct summary_row *row,
		     const char *kind, const struct histogram *ns)
{
	const struct metrics_label labels[] = { { "cpu", NULL, row->cpu },
						{ "task", series->names[row->task], 0 },
						{ "kind", kind, 0 } };

	if (!ns->count)
		return 0;
	return metrics_histogram(m, known(series, labels), count_known(series, 3), ns);
}

static int put_delays(struct metrics *m, const struct series *series)
{
	static const struct metrics_family family = {
		"interloper_delay_seconds", METRICS_HISTOGRAM, "seconds",
		"How long tasks waited to run: after a wakeup, or after a preemption."
	};
	int err = metrics_family(m, &family);

	for (uint32_t i = 0; i < series->row_count && !err; i++) {
		const struct summary_row *row = series->rows[i];

		err = put_delay(m, series, row, "preempt", &row->preempt_delay.ns);
		if (!err)
			err = put_delay(m, series, row, "wake", &row->wake_delay.ns);
	}
	return err;
}

/* A family with one count of each row. */
struct row_count {
	struct metrics_family family;
	size_t offset; /* in struct summary_row */
};

static uint64_t count_of(const struct summary_row *row, size_t offset)
{
	uint64_t count;

	memcpy(&count, (const char *)row + offset, sizeof(count));
	return count;
}

static int put_row_count(struct metrics *m, const struct series *series,
			 const struct row_count *what)
{
	int err = metrics_family(m, &what->family);

	for (uint32_t i = 0; i < series->row_count && !err; i++) {
		const struct metrics_label labels[] = CPU_TASK(series->rows[i], series);
		const struct metrics_label *first = known(series, labels);
		uint64_t count = count_of(series->rows[i], what->offset);
		int n = count_known(series, 2);

		err = what->family.unit ? metrics_seconds(m, first, n, count)
					: metrics_count(m, first, n, count);
	}
	return err;
}

static int put_row_counts(struct metrics *m, const struct series *series)
{
	static const struct row_count counts[] = {
		{ { "interloper_run_time_seconds", METRICS_COUNTER, "seconds",
		    "Time that tasks ran, with what was seen of slices that the trace's edge "
		    "cut." },
		  offsetof(struct summary_row, run_total_ns) },
		{ { "interloper_slices", METRICS_COUNTER, NULL,
		    "Slices: stays of a task on a CPU; whole, cut, and with an unseen start." },
		  offsetof(struct summary_row, slices) },
		{ { "interloper_migrations", METRICS_COUNTER, NULL,
		    "Slices on another CPU than the task's slice before." },
		  offsetof(struct summary_row, migrations) },
		{ { "interloper_involuntary_switches", METRICS_COUNTER, NULL,
		    "Slices that ended by preemption." },
		  offsetof(struct summary_row, involuntary) },
	};
	/* Of distributions alone, the time on CPU is known, and nothing else. */
	size_t n = series->durations_only ? 1 : sizeof(counts) / sizeof(counts[0]);
	int err = 0;

	for (size_t i = 0; i < n && !err; i++)
		err = put_row_count(m, series, &counts[i]);
	return err;
}

static int put_cpu_count(struct metrics *m, const struct series *series,
			 const struct row_count *what)
{
	int err = metrics_family(m, &what->family);

	for (uint32_t i = 0; i < series->cpu_count && !err; i++) {
		const struct metrics_label label = { "cpu", NULL, series->cpus[i]->cpu };

		err = metrics_count(m, known(series, &label), count_known(series, 1),
				    count_of(series->cpus[i], what->offset));
	}
	return err;
}

static int put_cpu_counts(struct metrics *m, const struct series *series)
{
	static const struct row_count counts[] = {
		{ { "interloper_gaps", METRICS_COUNTER, NULL,
		    "Slices whose start was not seen: they are in no duration." },
		  offsetof(struct summary_row, gaps) },
		{ { "interloper_cut_slices", METRICS_COUNTER, NULL,
		    "Slices that the trace's edge cut: they are in run time, not in the "
		    "histogram." },
		  offsetof(struct summary_row, cut_slices) },
		{ { "interloper_unknown_delays", METRICS_COUNTER, NULL,
		    "Slices of which is not known how long the task had waited." },
		  offsetof(struct summary_row, unknown_delays) },
		{ { "interloper_waiting_tasks", METRICS_GAUGE, NULL,
		    "Tasks that still waited when the trace ended: in no histogram." },
		  offsetof(struct summary_row, cut_waits) },
	};
	int err = 0;

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]) && !err; i++)
		err = put_cpu_count(m, series, &counts[i]);
	return err;
}

static int put_wakeups(struct metrics *m, const struct placement_counts *counts)
{
	int err = report_metrics_wakeups(m);

	for (uint32_t cpu = 0; cpu < counts->cpu_count && !err; cpu++)
		err = report_metrics_cpu_wakeups(m, cpu, counts->classes[cpu]);
	return err;
}

static int put_trespasses(struct metrics *m, const struct series *series,
			  const struct host_snapshot *host)
{
	static const struct metrics_family family = {
		"interloper_trespasses", METRICS_COUNTER, NULL,
		"Wakeups that chose an isolated CPU for a task that may run elsewhere."
	};
	int err = metrics_family(m, &family);

	for (uint32_t i = 0; i < series->row_count && !err; i++) {
		const struct metrics_label labels[] = CPU_TASK(series->rows[i], series);

		if (hwloc_bitmap_isset(host->isolated, series->rows[i]->cpu))
			err = metrics_count(m, labels, 2, series->trespasses[i]);
	}
	return err;
}

static bool is_target(const struct trace_meta *meta, uint32_t cpu)
{
	return cpu < meta->cpu_count && hwloc_bitmap_isset(meta->target_cpus, cpu);
}

/* Of a CPU, CPU_UNKNOWN: of all together. counted: 0 is known, too. */
static int put_loss_view(struct metrics *m, uint32_t cpu, const struct loss_view *view,
			 bool counted)
{
	/* Kinds by name, the last of the view's own. */
	static const struct {
		const char *name;
		int kind;
	} kinds[] = { { "choice", LOST_CHOICE },
		      { "move", LOST_MOVE },
		      { "slice", LOST_SLICE },
		      { "state", LOST_KINDS },
		      { "task", LOST_TASK } };
	bool no_cpu = cpu == CPU_UNKNOWN;
	int err = 0;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && !err; i++) {
		const struct metrics_label labels[] = { { "cpu", NULL, cpu },
							{ "kind", kinds[i].name, 0 } };
		uint64_t lost =
			kinds[i].kind == LOST_KINDS ? view->state_lost : view->lost[kinds[i].kind];

		if (lost || counted)
			err = metrics_count(m, labels + no_cpu, 2 - no_cpu, lost);
	}
	return err;
}

/* A CPU's losses: 0 only where the recorder's own counts say so. */
static int put_cpu_losses(struct metrics *m, const struct metrics_report *report, uint32_t cpu)
{
	struct loss_view view = loss_view_cpu(report->meta, report->losses, cpu);

	return put_loss_view(m, cpu, &view,
			     is_target(report->meta, cpu) && !report->meta->incomplete);
}

static int put_losses(struct metrics *m, const struct metrics_report *report)
{
	static const struct metrics_family lost = {
		"interloper_lost_events", METRICS_COUNTER, NULL,
		"Events that the kernel side could not deliver, or could not keep the state of."
	};
	static const struct metrics_family skipped = {
		"interloper_skipped_programs", METRICS_COUNTER, NULL,
		"Events that a BPF program missed as it was running already, on all CPUs."
	};
	uint32_t count = loss_view_cpu_count(report->meta, report->losses);
	struct loss_view all = loss_view_all(report->meta, report->losses);
	int err = metrics_family(m, &lost);

	if (!err && report->series->of_all_cpus)
		err = put_loss_view(m, CPU_UNKNOWN, &all, !report->meta->incomplete);
	else
		for (uint32_t cpu = 0; cpu < count && !err; cpu++)
			err = put_cpu_losses(m, report, cpu);
	if (!err)
		err = metrics_family(m, &skipped);
	if (!err && (all.programs_skipped || !report->meta->incomplete))
		err = metrics_count(m, NULL, 0, all.programs_skipped);
	return err;
}

static int put_trace(struct metrics *m, const struct metrics_report *report)
{
	static const struct metrics_family length = { "interloper_trace_seconds", METRICS_GAUGE,
						      "seconds", "How long the trace is." };
	static const struct metrics_family complete = {
		"interloper_trace_complete", METRICS_GAUGE, NULL,
		"1: the recorder finished, and all of its trace was read. Else 0."
	};
	static const struct metrics_family groups = {
		"interloper_other_task_groups", METRICS_GAUGE, NULL,
		"Groups of tasks that are counted as the task other."
	};
	static const struct metrics_family rows = {
		"interloper_summary_rows_left_out", METRICS_GAUGE, NULL,
		"Rows that the saved summary was made without: they are in nothing here."
	};
	const struct trace_meta *meta = report->meta;
	int err = 0;

	if (meta->end_ns > meta->start_ns)
		err = report_metrics_one(m, &length, meta->end_ns - meta->start_ns);
	if (!err)
		err = report_metrics_one(m, &complete, !meta->incomplete && !report->damaged);
	if (!err)
		err = report_metrics_one(m, &groups, report->series->left_out);
	if (!err && report->rows_left_out)
		err = report_metrics_one(m, &rows, report->rows_left_out);
	return err;
}

/* The latest of the samples, else what there was when the trace began. */
static int put_ksm(struct metrics *m, const struct metrics_report *report)
{
	const struct ksm_samples *samples = report->ksm;
	struct ksm_state state = { 0 };

	if (samples && samples->count)
		state = samples->list[samples->count - 1].state;
	else if (report->host)
		ksm_state_from_snapshot(&state, report->host);
	return report_metrics_ksm(m, &state);
}

static int put_all(struct metrics *m, const struct metrics_report *report)
{
	const struct series *series = report->series;
	int err = report_metrics_build(m);

	if (!err && report->host)
		err = report_metrics_host(m, report->host);
	if (!err)
		err = put_trace(m, report);
	if (!err)
		err = put_losses(m, report);
	if (!err)
		err = put_cpu_counts(m, series);
	if (!err)
		err = put_row_counts(m, series);
	if (!err && report->placements)
		err = put_wakeups(m, report->placements);
	if (!err && series->trespasses && report->host && report->host->isolated)
		err = put_trespasses(m, series, report->host);
	if (!err)
		err = put_runs(m, series);
	if (!err)
		err = put_delays(m, series);
	/* KSM's counters count since boot, not since the trace's start. */
	metrics_set_created(m, 0);
	return err ? err : put_ksm(m, report);
}

int report_metrics(FILE *file, enum metrics_form form, const struct metrics_report *report)
{
	const struct trace_meta *meta = report->meta;
	struct metrics *m = metrics_new(file, form);
	int err;

	if (!m)
		return -ENOMEM;
	if (meta->realtime_offset_ns && meta->start_ns)
		metrics_set_created(m, meta->start_ns + meta->realtime_offset_ns);
	err = put_all(m, report);
	if (!err)
		err = metrics_end(m);
	metrics_free(m);
	return err;
}
