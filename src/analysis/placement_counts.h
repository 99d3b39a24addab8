/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Wakeups by CPU and class, and trespasses by CPU and task: what wakeups.h defines, counted and nothing
 * more. For these alone, its rows by task and CPU are dear: 800 MB and a microsecond a slice where
 * 2,000 tasks run on 96 CPUs. Here only trespasses have a row.
 */
#ifndef INTERLOPER_PLACEMENT_COUNTS_H
#define INTERLOPER_PLACEMENT_COUNTS_H

#include "analysis/placement.h"
#include "analysis/tally.h"

struct placement_counts {
	const struct placement_host *host; /* must live as long */
	uint64_t (*classes)[PLACEMENT_CLASSES]; /* by CPU: wakeups whose choice is known */
	uint32_t cpu_count;
	struct tally trespasses; /* row: the task, value: the CPU */
};

/* Empty; so is one that was freed, but for its host. */
void placement_counts_init(struct placement_counts *counts, const struct placement_host *host);
void placement_counts_free(struct placement_counts *counts);

/* Takes slices and waits, ignores others, and the idle task. 0 or -ENOMEM (a part may be counted). */
int placement_counts_add(struct placement_counts *counts, const struct event *event);

#endif
