/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which time series a trace makes for a system of metrics, whose cost is their number: a series a CPU
 * and a group of tasks, of bounded many groups. Of many hosts together: a series a group, as each has
 * CPUs of its own.
 *
 *   group      tasks of one name, or of names that differ in a number at their end alone (family.h):
 *              never a pid, which would make new series with every process
 *   kept       the max_tasks groups with the most time, run and delay together, on all CPUs; ties by
 *              name
 *   other      all others, as one group. A group whose own name is that is in there, too
 *   ?          tasks whose name is empty, or was lost
 *   row        what a summary says of a CPU and a group: the sum of its tasks' rows
 *
 * The sum of all rows is that of all rows given, whatever is kept.
 */
#ifndef INTERLOPER_SERIES_H
#define INTERLOPER_SERIES_H

#include "analysis/distribution.h"
#include "analysis/family.h"
#include "analysis/placement_counts.h"
#include "analysis/summary.h"
#include "event/tasks.h"

#define SERIES_OTHER	 "other"
#define SERIES_TASKS	 50 /* where nobody says how many */

struct series_options {
	uint32_t max_tasks; /* groups that are kept; 0: none, all is other */
	/* Makes a name fit for the output, in place, never longer: groups that are one name then are
	 * one group. NULL: names are as they are. */
	size_t (*clean)(char *text);
	bool of_all_cpus; /* rows are by task alone: a series a group */
};

struct series {
	char (*names)[FAMILY_NAME_MAX]; /* of groups, sorted; other is always one */
	uint32_t name_count;
	uint32_t left_out; /* groups that are in other */
	bool durations_only; /* rows know the distributions, and no other count */
	bool of_all_cpus;    /* of all CPUs together: each row's cpu is CPU_UNKNOWN, and so is that
				of the one in cpus */
	/* By CPU, then group: row->task is the group, an index into names. */
	const struct summary_row **rows;
	uint32_t row_count;
	/* By CPU: what is in no series of a group, over all tasks. Without distributions. */
	const struct summary_row **cpus;
	uint32_t cpu_count;
	/* Of each row: by series_add_trespasses(); NULL: not known. */
	uint64_t *trespasses;
	/* Private. */
	struct summary *by_group, *by_cpu;
	size_t (*clean)(char *text);
};

/*
 * From rows by task and CPU: of a trace, or a saved summary; or from distributions by CPU and task,
 * for which the sum of run stands for run_total_ns, and durations_only is set. Rows without slices
 * and waits (of CPUs that tasks were moved to) are left out. 0; -EINVAL: not rows by both (with
 * of_all_cpus: not by task alone); -ERANGE: sums beyond 64 bits; -ENOMEM. Only after 0 it is to be
 * freed.
 */
int series_from_summary(struct series *series, const struct summary *summary,
			const struct task_table *tasks, const struct series_options *options);
int series_from_distribution(struct series *series, struct distribution *distribution,
			     const struct task_table *tasks,
			     const struct series_options *options);

/* Once, with counts of the events that the rows are of. 0 or -ENOMEM. */
int series_add_trespasses(struct series *series, const struct placement_counts *counts,
			  const struct task_table *tasks);

void series_free(struct series *series);

/* The group that tasks of this name are in. */
uint32_t series_group(const struct series *series, const char *comm);

#endif
