/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Visits: how often a task comes to a CPU, and how long it stays, as the CPU's owner feels it.
 *
 *   visit     one stay of a task on one CPU: from a slice that began by a wakeup, by a move onto
 *             the CPU, or in a way that was not observed, until the task sleeps, exits, or goes
 *             elsewhere. Preemption splits it into several slices: one with a preempt delay goes
 *             on with the visit that the task's slice before left open on the same CPU
 *             (SLICE_LEFT_QUEUED)
 *   cut       a visit whose begin or end was not observed: at the trace's edges, by a gap, or
 *             because a slice of it is missing from the stream
 *   run       a visit's time on CPU, without what it waited in between
 *
 * Cut visits count, and what was seen of them is in the run total; they are in no distribution and
 * no rhythm. A gap adds nothing to the run: its start is only a bound.
 *
 * A trace may be of some CPUs alone, so that a task runs elsewhere unseen. That a slice is missing
 * is concluded from what the next slice tells of its task: where it was woken from (prev_cpu),
 * when it left its CPU before (prev_out_ns), whether it was moved while it waited (moves).
 */
#ifndef INTERLOPER_VISITS_H
#define INTERLOPER_VISITS_H

#include <hwloc.h>

#include "analysis/histogram.h"
#include "event/event.h"

enum visits_by {
	VISITS_BY_TASK,	    /* its visits on all CPUs that are looked at, in one row */
	VISITS_BY_TASK_CPU, /* a row for each CPU */
};

/*
 * A row keeps so many visits for the rhythm. When they are full, every other block of so many
 * goes, and from then on every other is kept; and so on. What is kept are thus whole blocks of
 * successive visits, spread evenly over the trace, the same for the same stream.
 */
#define VISITS_KEPT  4096
#define VISITS_BLOCK 512

struct visits_row {
	uint32_t task;
	uint16_t cpu;	 /* CPU_UNKNOWN in rows per task */
	uint64_t visits; /* all of them: whole and cut */
	uint64_t cut;
	uint64_t slices;
	uint64_t run_total_ns;
	uint64_t longest_at_ns; /* when the longest whole visit began (the first, of equals); it ran
				   run.max_ns */
	uint64_t cut_longest_ns;	/* the most that was seen of a cut visit */
	struct histogram run;		/* of whole visits */
	/*
	 * Of the whole visits that are kept, for rhythm_find(): when the task was runnable (where that
	 * is known: its rhythm is not that of whoever it waits for), and what the visit ran.
	 */
	uint64_t *starts_ns, *runs_ns;
	uint32_t kept;
	uint32_t blocks_step; /* of so many blocks one is kept: 1 is all */
	/* Private. */
	uint32_t capacity;
};

struct visits;

/* cpus: the CPUs that are looked at, NULL: all; it must live as long. NULL without memory. */
struct visits *visits_new(enum visits_by by, hwloc_const_bitmap_t cpus);
void visits_free(struct visits *visits);

/*
 * Takes slices and moves in stream order, of all CPUs there are; others are ignored, as is the idle
 * task. 0 or -ENOMEM (of that event, a part may have been counted).
 */
int visits_add(struct visits *visits, const struct event *event);

/*
 * After the last event, once: ends the visits that are open, as cut; -ENOMEM is as above. Then
 * rows are sorted by run total, most first, ties by task, then CPU.
 */
int visits_finish(struct visits *visits);

/* Rows in the order they were met, or sorted after visits_finish(); valid until the next add. */
uint32_t visits_rows(const struct visits *visits, const struct visits_row *const **rows);

#endif
