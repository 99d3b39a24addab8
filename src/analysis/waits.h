/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a task waited: from when it was runnable until it ran, on whose queue. A task that is moved
 * while it is queued waits on more than one: the moves, which come before its slice in the stream,
 * split the time.
 */
#ifndef INTERLOPER_WAITS_H
#define INTERLOPER_WAITS_H

#include <hwloc.h>

#include "event/event.h"

struct wait_segment {
	uint64_t from_ns, to_ns;
	uint16_t cpu; /* whose queue; CPU_UNKNOWN: it was moved, and from where was not observed */
};

struct wait {
	uint64_t since_ns, until_ns; /* runnable since, switch-in: their difference is the delay */
	uint32_t task;
	uint16_t cpu;	  /* where it ran; of a cut wait: where it waited last */
	uint8_t kind;	  /* DELAY_WAKE or DELAY_PREEMPT */
	bool cut;	  /* by the trace's end: it lasted longer */
	uint32_t waker;	  /* of a wake delay; TASK_UNKNOWN */
	uint16_t waker_cpu;
	uint8_t context; /* enum waker_context */
	uint32_t segment_count; /* at least one; in order, they tile the wait */
};

struct waits;

/* traced: the CPUs whose slices, and moves from or to them, are in the stream; NULL: all. It must live
 * as long. NULL without memory. */
struct waits *waits_new(hwloc_const_bitmap_t traced);
void waits_free(struct waits *waits);

/* Takes a move, in stream order; ignores other events. 0 or -ENOMEM. */
int waits_add_move(struct waits *waits, const struct event *event);

/*
 * The wait that led to a slice, or that the trace's end cut (EVENT_WAITING). 1, and its segments,
 * valid until the next call; 0: it waited, but since when is not known; -ENOENT: no wait (another
 * event, the idle task, offline); -ENOMEM.
 */
int waits_take(struct waits *waits, const struct event *event, struct wait *wait,
	       const struct wait_segment **segments);

#endif
