/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `hist`: the distributions of run, wake delay and preempt delay, per CPU, per task, or both.
 * Filled from the event stream here, or from the kernel's histograms by capture/; the same events
 * give the same counts either way: whole slices for run, known delays for the two delays.
 */
#ifndef INTERLOPER_DISTRIBUTION_H
#define INTERLOPER_DISTRIBUTION_H

#include "analysis/histogram.h"
#include "event/event.h"

enum distribution_by {
	DISTRIBUTION_ALL,
	DISTRIBUTION_BY_CPU = 1 << 0,
	DISTRIBUTION_BY_TASK = 1 << 1,
	DISTRIBUTION_BY_CPU_TASK = DISTRIBUTION_BY_CPU | DISTRIBUTION_BY_TASK,
};

struct distribution_row {
	uint32_t task; /* TASK_UNKNOWN unless by task */
	uint16_t cpu;  /* CPU_UNKNOWN unless by CPU */
	struct histogram run, wake_delay, preempt_delay;
};

struct distribution;

/* NULL without memory. DISTRIBUTION_ALL has its one row from the start. */
struct distribution *distribution_new(enum distribution_by by);
void distribution_free(struct distribution *d);

/* Takes slices; the idle task's are not counted, and a slice that adds to no distribution makes no
 * row. 0 or -ENOMEM (of that event, a part may have been counted). */
int distribution_add(struct distribution *d, const struct event *event);

/* The row of a key, made if there is none (for capture/); what the rows are not by is ignored. NULL
 * without memory. */
struct distribution_row *distribution_row(struct distribution *d, uint16_t cpu, uint32_t task);

/* Ordered by CPU, then task; valid until the next add, row or free. */
uint32_t distribution_rows(struct distribution *d, struct distribution_row *const **rows);

#endif
