/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Idle-while-waiting: which part of the waits there was a CPU for. Of each wait (a task queued on a
 * CPU during [from, to)) the part during which at least one CPU that the task may use stood idle,
 * by the nearest such CPU:
 *
 *   own       the CPU it waits on: what leaving idle costs
 *   llc       another one of that CPU's last-level cache
 *   node      another one of its NUMA node
 *   anywhere  any other
 *   unknown   no usable CPU is known to be idle, and of at least one the state is not known: not
 *             traced, a gap or a hole in its slices, before the trace or after what it told; or the
 *             task's mask is not known. An offline CPU is not usable
 *   none      no usable CPU was idle
 *
 * The parts are disjoint, exact to the nanosecond, and sum to the wait. The usable CPUs are those of
 * usable.h, and always the one it waits on. Where a CPU's cache or node is not known, llc or node
 * are in anywhere.
 *
 * The state of a CPU is told by its slices, each at its end, so the waits beside a CPU that is idle
 * for long stay undecided until it is told. They are held, and what was idle is kept, up to the
 * limits. Past a limit the CPUs that are late count as unknown for the time that is being decided,
 * and the older half of what was kept is forgotten: both are counted.
 */
#ifndef INTERLOPER_IDLENESS_H
#define INTERLOPER_IDLENESS_H

#include "analysis/usable.h"
#include "event/event.h"
#include "host/snapshot.h"

#define IDLENESS_HELD_MAX  (2u << 20) /* default limits: 24 bytes each */
#define IDLENESS_SPANS_MAX (3u << 20)
#define IDLENESS_SETTLE_EVERY 1024

struct idleness_options {
	const struct host_snapshot *host; /* NULL: not known */
	const struct usable *usable;	  /* where waits' sets are from; NULL: none is */
	hwloc_const_bitmap_t traced;	  /* whose slices are all in the stream; NULL: everybody's */
	uint32_t cpu_count;		  /* possible CPUs; others' states are never known */
	uint64_t trace_start_ns;
	size_t held_max;  /* waits that are held undecided; 0: the default */
	size_t spans_max; /* spans of idle time, and of waits, that are kept; 0: the default */
	uint32_t settle_every; /* events and waits between two looks at what can be decided: no
				  result depends on it within the limits; 0: the default */
};

/* A wait on one CPU; one that was moved while it waited is several. */
struct idleness_wait {
	uint64_t from_ns, to_ns;
	uint32_t task; /* id */
	uint32_t set;  /* of usable_of(), at that time */
	uint16_t cpu;
};

struct idle_parts {
	uint64_t own_ns, llc_ns, node_ns, anywhere_ns, unknown_ns, none_ns;
	uint64_t waited_ns; /* their sum. Of a CPU: the integral of its queue's length */
};

struct idle_cpu {
	struct idle_parts parts;  /* of all waits on it */
	uint64_t with_waiters_ns; /* wall time with at least one waiter */
	uint64_t wasted_ns;	  /* wall time with a waiter one of whose usable CPUs was known to
				     be idle */
	/* The CPU's own time, from the trace's start until the last that any CPU told. */
	uint64_t busy_ns, idle_ns, offline_ns, unknown_ns;
};

/* What the limits cost. */
struct idleness_counts {
	uint64_t forced;    /* waits, or first parts of them, that were decided before all was told */
	uint64_t forced_ns; /* CPU time that counts as unknown for that */
	uint64_t cut_ns;    /* of waits: in unknown, as it lies before what was kept. It is in no wall
			       time of waiters either */
	uint64_t refused;   /* waits with unknown, as there were too many different sets of CPUs */
};

struct idleness;

/* What options point to must live as long. NULL without memory. */
struct idleness *idleness_new(const struct idleness_options *options);
void idleness_free(struct idleness *idleness);

/*
 * Takes all slices of all tasks in stream order, those of the idle tasks and the offline ones too;
 * other events are ignored. A CPU that is offline in the host snapshot, and has no slice, is offline
 * until its first. 0 or -ENOMEM.
 */
int idleness_add(struct idleness *idleness, const struct event *event);

/*
 * Takes a wait, when it is known, in about the order of to_ns; an empty one is ignored. One that is
 * told much later than others that ended after it costs more. 0 or -ENOMEM.
 */
int idleness_wait(struct idleness *idleness, const struct idleness_wait *wait);
/* The same for blame (blame_options.hear). */
int idleness_hear(void *idleness, const struct idleness_wait *wait);

/* After the last event: decides what is held. 0 or -ENOMEM. */
int idleness_finish(struct idleness *idleness);

/* Results, after idleness_finish(). NULL: it had no wait. */
const struct idle_parts *idleness_task(const struct idleness *idleness, uint32_t task);
/* NULL: cpu >= cpu_count. */
const struct idle_cpu *idleness_cpu(const struct idleness *idleness, uint16_t cpu);
/* Of all waits, also of those on CPUs beyond cpu_count. */
const struct idle_parts *idleness_all(const struct idleness *idleness);
const struct idleness_counts *idleness_counts(const struct idleness *idleness);

#endif
