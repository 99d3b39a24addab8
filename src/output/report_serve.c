// SPDX-License-Identifier: GPL-2.0-only
/* What `serve` tells at a scrape: see report_serve.h. */
#include "output/report_serve.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "output/report_metrics_common.h"
#include "output/report_metrics_ksm.h"

#define EACH_BOUND  1
#define EACH_OCTAVE 4

/* By name, as samples must come in that order. */
static const struct {
	enum group_kind kind;
	const char *name;
} delays[] = { { GROUP_PREEMPT, "preempt" }, { GROUP_WAKE, "wake" } };

#define DELAYS (sizeof(delays) / sizeof(delays[0]))

static bool is_told(const struct serve_report *report, uint32_t cpu)
{
	return cpu < report->cpu_count && report->cpus[cpu].traced;
}

static const char *task_of(const struct groups_view *groups, const struct group_cell *cell)
{
	return groups->tasks[cell->task].name;
}

/* A family with one count of each cell, or of each CPU. */
struct count {
	struct metrics_family family;
	size_t offset; /* in struct group_cell, or struct group_cpu_counts */
};

static uint64_t count_of(const void *from, size_t offset)
{
	uint64_t count;

	memcpy(&count, (const char *)from + offset, sizeof(count));
	return count;
}

static int put_cell_count(struct metrics *m, const struct serve_report *report,
			  const struct count *what, bool isolated_only)
{
	const struct groups_view *groups = &report->groups;
	int err = metrics_family(m, &what->family);

	for (uint32_t i = 0; i < groups->cell_count && !err; i++) {
		const struct group_cell *cell = &groups->cells[i];
		const struct metrics_label labels[] = { { "cpu", NULL, cell->cpu },
							{ "task", task_of(groups, cell), 0 } };
		uint64_t count = count_of(cell, what->offset);

		if (!is_told(report, cell->cpu) ||
		    (isolated_only && !report->cpus[cell->cpu].isolated))
			continue;
		err = what->family.unit ? metrics_seconds(m, labels, 2, count)
					: metrics_count(m, labels, 2, count);
	}
	return err;
}

static int put_cell_counts(struct metrics *m, const struct serve_report *report)
{
	static const struct count counts[] = {
		{ { "interloper_run_time_seconds", METRICS_COUNTER, "seconds",
		    "Time that tasks ran, with slices that still go on." },
		  offsetof(struct group_cell, time_ns[GROUP_RUN]) },
		{ { "interloper_slices", METRICS_COUNTER, NULL,
		    "Slices that ended: stays of a task on a CPU." },
		  offsetof(struct group_cell, slices) },
		{ { "interloper_involuntary_switches", METRICS_COUNTER, NULL,
		    "Slices that ended by preemption." },
		  offsetof(struct group_cell, involuntary) },
	};
	static const struct count trespasses = {
		{ "interloper_trespasses", METRICS_COUNTER, NULL,
		  "Wakeups that chose an isolated CPU for a task that may run elsewhere." },
		offsetof(struct group_cell, trespasses)
	};
	int err = 0;

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]) && !err; i++)
		err = put_cell_count(m, report, &counts[i], false);
	return err ? err : put_cell_count(m, report, &trespasses, true);
}

static int put_cell_delays(struct metrics *m, const struct groups_view *groups,
			   const struct group_cell *cell)
{
	int err = 0;

	for (size_t i = 0; i < DELAYS && !err; i++) {
		const struct metrics_label labels[] = { { "cpu", NULL, cell->cpu },
							{ "task", task_of(groups, cell), 0 },
							{ "kind", delays[i].name, 0 } };

		err = metrics_seconds(m, labels, 3, cell->time_ns[delays[i].kind]);
	}
	return err;
}

static int put_delay_times(struct metrics *m, const struct serve_report *report)
{
	static const struct metrics_family family = {
		"interloper_delay_time_seconds", METRICS_COUNTER, "seconds",
		"Time that tasks waited to run: after a wakeup, or after a preemption."
	};
	const struct groups_view *groups = &report->groups;
	int err = metrics_family(m, &family);

	for (uint32_t i = 0; i < groups->cell_count && !err; i++)
		if (is_told(report, groups->cells[i].cpu))
			err = put_cell_delays(m, groups, &groups->cells[i]);
	return err;
}

static int put_histogram(struct metrics *m, const struct metrics_label *labels, int n,
			 const struct group_histogram *h, unsigned int step)
{
	return h->count ? metrics_counts(m, labels, n, h->buckets, h->sum_ns, step) : 0;
}

static int put_task_runs(struct metrics *m, const struct groups_view *groups)
{
	static const struct metrics_family family = {
		"interloper_task_run_seconds", METRICS_HISTOGRAM, "seconds",
		"How long tasks ran in one go, from switch-in to switch-out, on all CPUs."
	};
	int err = metrics_family(m, &family);

	for (uint32_t i = 0; i < groups->task_count && !err; i++) {
		const struct metrics_label label = { "task", groups->tasks[i].name, 0 };

		err = put_histogram(m, &label, 1, &groups->tasks[i].series[GROUP_RUN], EACH_BOUND);
	}
	return err;
}

static int put_task_delays(struct metrics *m, const struct groups_view *groups)
{
	static const struct metrics_family family = {
		"interloper_task_delay_seconds", METRICS_HISTOGRAM, "seconds",
		"How long tasks waited to run, on all CPUs: after a wakeup, or after a preemption."
	};
	int err = metrics_family(m, &family);

	for (uint32_t i = 0; i < groups->task_count * DELAYS && !err; i++) {
		const struct group_task *task = &groups->tasks[i / DELAYS];
		const struct metrics_label labels[] = { { "task", task->name, 0 },
							{ "kind", delays[i % DELAYS].name, 0 } };

		err = put_histogram(m, labels, 2, &task->series[delays[i % DELAYS].kind],
				    EACH_BOUND);
	}
	return err;
}

static int put_cpu_runs(struct metrics *m, const struct serve_report *report)
{
	static const struct metrics_family family = {
		"interloper_cpu_run_seconds", METRICS_HISTOGRAM, "seconds",
		"How long tasks of a class ran in one go, from switch-in to switch-out."
	};
	const struct groups_view *groups = &report->groups;
	int err = metrics_family(m, &family);

	for (uint32_t i = 0; i < groups->class_count && !err; i++) {
		const struct group_class_cell *cell = &groups->classes[i];
		const struct metrics_label labels[] = {
			{ "cpu", NULL, cell->cpu }, { "class", task_class_name(cell->class), 0 }
		};

		if (is_told(report, cell->cpu))
			err = put_histogram(m, labels, 2, &cell->series[GROUP_RUN], EACH_OCTAVE);
	}
	return err;
}

static int put_cpu_delays(struct metrics *m, const struct serve_report *report)
{
	static const struct metrics_family family = {
		"interloper_cpu_delay_seconds", METRICS_HISTOGRAM, "seconds",
		"How long tasks of a class waited to run: after a wakeup, or after a preemption."
	};
	const struct groups_view *groups = &report->groups;
	int err = metrics_family(m, &family);

	for (uint32_t i = 0; i < groups->class_count * DELAYS && !err; i++) {
		const struct group_class_cell *cell = &groups->classes[i / DELAYS];
		const struct metrics_label labels[] = { { "cpu", NULL, cell->cpu },
							{ "class", task_class_name(cell->class),
							  0 },
							{ "kind", delays[i % DELAYS].name, 0 } };

		if (is_told(report, cell->cpu))
			err = put_histogram(m, labels, 3, &cell->series[delays[i % DELAYS].kind],
					    EACH_OCTAVE);
	}
	return err;
}

static int put_wakeups(struct metrics *m, const struct serve_report *report)
{
	uint64_t counts[PLACEMENT_CLASSES];
	int err = report_metrics_wakeups(m);

	for (uint32_t cpu = 0; cpu < report->cpu_count && !err; cpu++) {
		if (!is_told(report, cpu))
			continue;
		memcpy(counts, report->cpus[cpu].counts->wakeups, sizeof(counts));
		err = report_metrics_cpu_wakeups(m, cpu, counts);
	}
	return err;
}

static int put_cpu_count(struct metrics *m, const struct serve_report *report,
			 const struct count *what)
{
	int err = metrics_family(m, &what->family);

	for (uint32_t cpu = 0; cpu < report->cpu_count && !err; cpu++) {
		const struct metrics_label label = { "cpu", NULL, cpu };

		if (is_told(report, cpu))
			err = metrics_count(m, &label, 1,
					    count_of(report->cpus[cpu].counts, what->offset));
	}
	return err;
}

static int put_cpu_counts(struct metrics *m, const struct serve_report *report)
{
	static const struct count counts[] = {
		{ { "interloper_gaps", METRICS_COUNTER, NULL,
		    "Slices whose start was not seen: they are in no duration." },
		  offsetof(struct group_cpu_counts, gaps) },
		{ { "interloper_cut_slices", METRICS_COUNTER, NULL,
		    "Slices that went on when counting began: they are in no duration." },
		  offsetof(struct group_cpu_counts, cut_slices) },
		{ { "interloper_unknown_delays", METRICS_COUNTER, NULL,
		    "Slices of which is not known how long the task had waited." },
		  offsetof(struct group_cpu_counts, unknown_delays) },
		{ { "interloper_crowded_slices", METRICS_COUNTER, NULL,
		    "Slices counted as the task other, as the CPU's table of groups was full." },
		  offsetof(struct group_cpu_counts, crowded) },
	};
	int err = 0;

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]) && !err; i++)
		err = put_cpu_count(m, report, &counts[i]);
	return err;
}

static int put_losses(struct metrics *m, const struct serve_report *report)
{
	static const struct metrics_family lost = {
		"interloper_lost_events", METRICS_COUNTER, NULL,
		"Events that the kernel side could not keep the state of."
	};
	static const struct metrics_family skipped = {
		"interloper_skipped_programs", METRICS_COUNTER, NULL,
		"Events that a BPF program missed as it was running already, on all CPUs."
	};
	int err = metrics_family(m, &lost);

	for (uint32_t cpu = 0; cpu < report->cpu_count && !err; cpu++) {
		const struct metrics_label labels[] = { { "cpu", NULL, cpu },
							{ "kind", "state", 0 } };

		/* With -C a wakeup is lost where it was issued. */
		if (is_told(report, cpu) || report->cpus[cpu].state_lost)
			err = metrics_count(m, labels, 2, report->cpus[cpu].state_lost);
	}
	return err ? err : report_metrics_one(m, &skipped, report->programs_skipped);
}

static int put_coverage(struct metrics *m, const struct serve_report *report)
{
	static const struct metrics_family unseen = {
		"interloper_unseen_cpus", METRICS_GAUGE, NULL,
		"CPUs that are traced and online, and on which no switch was seen yet."
	};
	static const struct metrics_family groups = {
		"interloper_other_task_groups", METRICS_GAUGE, NULL,
		"Groups of tasks that are counted as the task other."
	};
	int err = report_metrics_one(m, &unseen, report->unseen_cpus);

	return err ? err : report_metrics_one(m, &groups, report->groups.left_out);
}

static uint64_t kernel_ns(const struct serve_report *report)
{
	uint64_t timed_ns = 0;

	for (uint32_t cpu = 0; cpu < report->cpu_count; cpu++)
		if (report->cpus[cpu].counts)
			timed_ns += report->cpus[cpu].counts->timed_ns;
	return timed_ns * GROUP_TIMED_EVERY;
}

static int put_scrapes(struct metrics *m, const struct serve_report *report)
{
	static const struct metrics_family scrapes = { "interloper_scrapes", METRICS_COUNTER, NULL,
						       "Scrapes before this one." };
	static const struct metrics_family last = {
		"interloper_last_scrape_duration_seconds", METRICS_GAUGE, "seconds",
		"What the scrape before this one took to make."
	};
	static const struct metrics_family kernel = {
		"interloper_kernel_cpu_seconds", METRICS_COUNTER, "seconds",
		"CPU time of the BPF programs on all CPUs: an estimate, from one run in 61."
	};
	int err = report_metrics_one(m, &scrapes, report->scrapes);

	if (!err && report->last_scrape_ns)
		err = report_metrics_one(m, &last, report->last_scrape_ns);
	return err ? err : report_metrics_one(m, &kernel, kernel_ns(report));
}

/* As every exporter calls them. */
static int put_process(struct metrics *m, const struct serve_report *report)
{
	static const struct metrics_family cpu = { "process_cpu_seconds", METRICS_COUNTER,
						   "seconds",
						   "CPU time of this process, user and system." };
	static const struct metrics_family memory = { "process_resident_memory_bytes",
						      METRICS_GAUGE, "bytes",
						      "Memory of this process that is resident." };
	int err = report_metrics_one(m, &cpu, report->cpu_time_ns);

	if (!err && report->resident_bytes)
		err = report_metrics_one(m, &memory, report->resident_bytes);
	return err;
}

/* What counts since one time for all. */
static int put_machine(struct metrics *m, const struct serve_report *report)
{
	int err = report_metrics_build(m);

	if (!err && report->host)
		err = report_metrics_host(m, report->host);
	if (!err)
		err = put_coverage(m, report);
	if (!err)
		err = put_losses(m, report);
	if (!err)
		err = put_scrapes(m, report);
	if (!err)
		err = put_cpu_counts(m, report);
	if (!err)
		err = put_wakeups(m, report);
	if (!err)
		err = put_cpu_runs(m, report);
	return err ? err : put_cpu_delays(m, report);
}

/* What counts since another time each: groups, this process, KSM. */
static int put_others(struct metrics *m, const struct serve_report *report)
{
	int err = put_cell_counts(m, report);

	if (!err)
		err = put_delay_times(m, report);
	if (!err)
		err = put_task_runs(m, &report->groups);
	if (!err)
		err = put_task_delays(m, &report->groups);
	if (!err)
		err = put_process(m, report);
	if (!err && report->ksm)
		err = report_metrics_ksm(m, report->ksm);
	return err;
}

int report_serve(FILE *file, enum metrics_form form, const struct serve_report *report)
{
	struct metrics *m = metrics_new(file, form);
	int err;

	if (!m)
		return -ENOMEM;
	metrics_set_created(m, report->created_unix_ns);
	err = put_machine(m, report);
	metrics_set_created(m, 0);
	if (!err)
		err = put_others(m, report);
	if (!err)
		err = metrics_end(m);
	metrics_free(m);
	return err;
}
