/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bursts: how one task works and sleeps, on whatever CPUs.
 *
 *   burst   from the slice that follows a wakeup until the task sleeps or exits. Preemption and
 *           moves split it into several slices, but do not end it; nor does blocking, i.e. sleeping
 *           uninterruptibly on a lock or for I/O: the work is not done yet
 *   run     its time on CPUs: the sum of its slices
 *   sleep   off CPU before it, until the task was runnable
 *   cut     a burst of which a part was not observed: at the trace's edges, by a gap, or because a
 *           slice is missing from the stream (lost, or on a CPU that is not traced). That is
 *           concluded from when the next slice's task left its CPU before (prev_out_ns)
 *   break   each time that something of the task's run within the trace is missing: a gap, slices.
 *           Between two times with no break between them, all of its run was seen
 *
 * A burst that follows missing slices is whole, as it began by a wakeup.
 */
#ifndef INTERLOPER_BURSTS_H
#define INTERLOPER_BURSTS_H

#include "event/event.h"

/*
 * So many bursts are kept. When they are full every other one goes, and from then on every other is
 * kept; and so on. All are counted.
 */
#define BURSTS_KEPT 16384

/* A whole burst. */
struct burst {
	uint64_t due_ns; /* runnable since; its start where that is not known */
	uint64_t start_ns, end_ns;
	uint64_t run_ns;
	uint64_t sleep_ns;  /* before it; 0: not known */
	uint64_t blocked_ns; /* asleep within it: see above */
	uint64_t longest_slice_ns;
	uint32_t slices;
	/* Of all the trace until this burst's end, also of what is not kept: */
	uint64_t nth;	       /* whole bursts, with this one */
	uint64_t run_total_ns; /* what was seen of the task's run */
	uint64_t breaks;
};

struct bursts {
	uint32_t task;
	struct burst *kept; /* in the order they ended */
	uint32_t count;
	uint32_t step; /* of so many whole bursts one is kept: 1 is all; 0 while there is none */
	uint64_t whole, cut, breaks;
	uint64_t slices, run_total_ns; /* of all that was seen */
	uint64_t first_ns, last_ns;    /* the first slice's start, the last one's end */
	/* Private. */
	struct burst open;
	bool is_open, open_is_cut, is_blocked;
	uint32_t capacity;
};

void bursts_init(struct bursts *bursts, uint32_t task);
void bursts_free(struct bursts *bursts);

/* Takes the task's slices in stream order, ignores other events. 0 or -ENOMEM. */
int bursts_add(struct bursts *bursts, const struct event *event);

/* After the last event, once: cuts the burst that is open. */
void bursts_finish(struct bursts *bursts);

/*
 * What was seen of the task's run from the first slice to a time: exact between bursts, in
 * proportion within one, and over what is cut or not kept.
 */
double bursts_run_until(const struct bursts *bursts, uint64_t time_ns);

/* How many breaks there were until the last kept burst that ended at or before a time. */
uint64_t bursts_breaks_until(const struct bursts *bursts, uint64_t time_ns);

#endif
