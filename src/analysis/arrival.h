/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How tasks came to CPUs that they need not be on, and why they stayed: the movable tasks on isolated
 * CPUs, or, where none is isolated, on the target CPUs.
 *
 *   residence  a task's time on one CPU, from its first slice there until it is seen elsewhere, or
 *              the trace ends
 *   arrival    what put it there: a wakeup that chose the CPU while its previous CPU was another, a
 *              fork, a move; or it was there before the trace began
 *   stay       a wakeup in a residence whose previous and chosen CPU are the residence's
 *   door       by what way it came in: the kind of arrival (enum arrival_door)
 *
 * The main reason why a stay lasts: a woken task prefers its previous CPU while that is idle, an
 * isolated CPU has no scheduling domain to search in, and nobody pulls a task off it.
 */
#ifndef INTERLOPER_ARRIVAL_H
#define INTERLOPER_ARRIVAL_H

#include <hwloc.h>

#include "analysis/placement.h"

enum arrival_door {
	DOOR_UNKNOWN,	/* it was elsewhere before, and what brought it was not observed */
	DOOR_BEFORE,	/* it was there before the trace began */
	DOOR_WAKEUP,	/* a wakeup chose it: arrival.verdict says by which branch */
	DOOR_FORK,	/* it was born there */
	DOOR_AFFINITY,	/* its mask was changed while it was queued: the stopper pushed it */
	DOOR_FALLBACK,	/* its mask was changed while it slept: select_fallback_rq() at its wakeup */
	DOOR_NUMA,	/* NUMA balancing moved it, or swapped it */
	DOOR_EXEC,	/* the balance at execve() */
	DOOR_BALANCE,	/* load balancing pulled it */
	DOOR_HOTPLUG,	/* its CPU went offline */
	DOOR_STOPPER,	/* the stopper moved it on request: an active balance */
	DOORS
};

struct arrival {
	uint64_t time_ns; /* of the wakeup, fork or move; 0: before the trace, or not observed */
	enum arrival_door door;
	struct placement_verdict verdict; /* DOOR_WAKEUP and DOOR_FALLBACK */
	uint16_t from_cpu;		  /* CPU_UNKNOWN: not known */
	uint32_t by;			  /* who woke, forked or moved it; TASK_UNKNOWN */
	uint16_t by_cpu;
	uint8_t context; /* enum waker_context */
};

struct residence {
	uint32_t task;
	uint16_t cpu;
	struct arrival arrival;
	uint64_t first_ns, last_ns; /* the first slice's start, the last one's end */
	uint64_t slices, run_ns;
	uint64_t stays;
	uint64_t stay_branches[BRANCHES];
	bool left; /* it was seen elsewhere afterwards; else it was still there at the end */
};

/* All residences of one task on one CPU. */
struct arrival_row {
	uint32_t task;
	uint16_t cpu;
	bool isolated; /* the CPU is */
	uint64_t residences, slices, run_ns, run_max_ns, stays;
	uint64_t doors[DOORS];
	struct residence first; /* as far as it lasted */
	struct residence longest; /* the one that ran most */
	/* Private. */
	struct residence now;
};

struct arrivals;

/*
 * targets: the CPUs whose tasks are looked at where no CPU is isolated; NULL: none. Both must live
 * as long. NULL without memory.
 */
struct arrivals *arrivals_new(const struct placement_host *host, hwloc_const_bitmap_t targets);
void arrivals_free(struct arrivals *arrivals);

/*
 * Takes slices, moves and choices in stream order; others are ignored, as are tasks that could not be
 * elsewhere (SLICE_MOVABLE). 0 or -ENOMEM.
 */
int arrivals_add(struct arrivals *arrivals, const struct event *event);

/*
 * After the last event: closes what is open, and sorts: rows by run time, most first, ties by task,
 * then CPU. Valid until arrivals_free().
 */
uint32_t arrivals_finish(struct arrivals *arrivals, const struct arrival_row *const **rows);

/* "before the trace began", "affinity change while queued", ...: for tables and JSON. */
const char *arrival_door_name(enum arrival_door door);

#endif
