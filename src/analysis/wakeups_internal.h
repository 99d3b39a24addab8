/* SPDX-License-Identifier: GPL-2.0-only */
/* What the two sources of the wakeups analysis share: see wakeups.h. */
#ifndef INTERLOPER_WAKEUPS_INTERNAL_H
#define INTERLOPER_WAKEUPS_INTERNAL_H

#include "analysis/rows.h"
#include "analysis/tally.h"
#include "analysis/wakeups.h"

struct wakeups_table {
	struct rows rows;	    /* struct wakeups_row */
	struct tally pairs, wakers; /* by a row's index; values as below */
};

struct wakeups {
	const struct placement_host *host;
	struct choices *choices;
	unsigned int wanted; /* 1 << enum wakeups_by */
	struct wakeups_table tables[WAKEUPS_TABLES];
	uint64_t unobserved, exec_moves;
	struct confusion confusion;
	/* By wakeups_finish(); the tallies' row is 0. */
	struct wakeups_row total;
	struct tally pairs, wakers;
};

/* CPU_UNKNOWN stands for itself. */
static inline uint32_t wakeups_pair_key(uint16_t from, uint16_t to)
{
	return (uint32_t)from << 16 | to;
}

static inline uint64_t wakeups_waker_key(uint32_t task, uint8_t context)
{
	bool in_its_name = context == WAKER_TASK || context == WAKER_UNKNOWN;

	return (uint64_t)(in_its_name ? task : TASK_UNKNOWN) << 8 | context;
}

#endif
