/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is compared between traces where nobody says what: delays of all tasks together, and of the tasks that
 * waited longest.
 *
 *   group     tasks of one name, or of names that differ in a number at their end alone: what comes after one
 *             of "-_.:#/ " and is all digits reads as *, and so does all after a kworker's slash. Threads of a pool, and
 *             kernel threads, have other numbers in every run
 *   compared  p50 and p99 of the wake delay, p99 of the preempt delay, each where every run has at least
 *             FAMILY_SAMPLES of them; of the FAMILY_GROUPS groups whose tasks waited longest in the baselines
 *             (in the sum of their runs: the new run has no say in what is looked at), and of all tasks
 *             together, unless one group has nine tenths of the baselines' waits: it would be asked twice
 *
 * The fewer are compared, the smaller a change can be told (compare.h): hence the limits.
 */
#ifndef INTERLOPER_FAMILY_H
#define INTERLOPER_FAMILY_H

#include "analysis/summary.h"
#include "event/tasks.h"

#define FAMILY_GROUPS  10
#define FAMILY_SAMPLES 100

struct family_run {
	const struct summary *rows; /* by task, or by task and CPU */
	const struct task_table *tasks;
	bool is_baseline;
};

struct family {
	char **texts; /* expressions as limit_parse_compared() takes them */
	uint32_t count;
	uint32_t groups, left_out; /* of those that a new run has: compared, and not */
};

/* 0 or -ENOMEM. A zeroed struct is empty, and so is one that was freed. */
int family_make(struct family *family, const struct family_run *runs, uint32_t count);
void family_free(struct family *family);

/* The group of a name: "web-7" is in "web-*". */
#define FAMILY_NAME_MAX (TASK_COMM_LEN + 1)
void family_group_name(char name[FAMILY_NAME_MAX], const char *comm);

#endif
