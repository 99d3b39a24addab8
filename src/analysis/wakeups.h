/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where wakeups put their tasks, by which branch of the kernel's code, and what it cost: per task,
 * per CPU where the task then ran, per both, and in total.
 *
 *   wakeup      one that led to a slice, or to a wait that the trace's end cut, and whose chosen
 *               CPU was observed (placement_is_told()); a fork's first wakeup too
 *   spare       a wakeup that found its task running or queued already: no CPU was chosen
 *   unobserved  a slice or wait that began by a wakeup of which too little was seen, or of which
 *               is not known how it began (before the trace, behind a loss)
 *   class, branch, certainty   analysis/placement.h. Each wakeup has one of each
 *   delay       the distribution of known wake delays. Waits that were cut are counted, not measured
 *   waker       the task in whose name it was issued; for an interrupt its context stands alone, as
 *               whom it interrupted says nothing
 *   trespass    a wakeup that chose an isolated CPU for a task that may run on another, which then
 *               ran on an isolated one (SLICE_MOVABLE):
 *     arrival     its previous CPU was not isolated
 *     stay        its previous CPU was isolated, mostly the same one
 *   moves       of tasks onto isolated CPUs, by something else than a wakeup: counted by whom. Here
 *               is not known whether the task may run elsewhere
 */
#ifndef INTERLOPER_WAKEUPS_H
#define INTERLOPER_WAKEUPS_H

#include "analysis/confusion.h"
#include "analysis/histogram.h"
#include "analysis/placement.h"

enum wakeups_by { WAKEUPS_BY_TASK, WAKEUPS_BY_CPU, WAKEUPS_BY_TASK_CPU, WAKEUPS_TABLES };

#define WAKER_CONTEXTS (WAKER_INTERRUPT + 1)
#define CERTAINTIES    (OBSERVED + 1)
#define WAKEUPS_TOP    4 /* the most frequent pairs and wakers that a row tells */

/* Previous and chosen CPU, or their LLCs or nodes; -1: not known. */
struct wakeups_pair {
	uint64_t count; /* 0: no more of them */
	int32_t from, to;
};

struct wakeups_waker {
	uint64_t count; /* 0: no more of them */
	uint32_t task;	/* TASK_UNKNOWN: in no task's name, or not known */
	uint8_t context; /* enum waker_context */
};

struct wakeups_row {
	uint32_t task; /* TASK_UNKNOWN in rows per CPU and in the total */
	uint16_t cpu;  /* CPU_UNKNOWN in rows per task and in the total */
	uint32_t index; /* private: of its table */
	uint64_t wakeups, spare_wakes;
	uint64_t cut_waits; /* wakeups after which the task still waited at the trace's end */
	uint64_t classes[PLACEMENT_CLASSES];
	uint64_t branches[BRANCHES][CERTAINTIES];
	uint64_t contexts[WAKER_CONTEXTS];
	uint64_t arrivals, stays;
	uint64_t origin_unknown; /* trespasses whose previous CPU is not known */
	uint64_t movers[MOVERS]; /* moves onto isolated CPUs, by enum mover */
	struct histogram class_delay[PLACEMENT_CLASSES];

	/* By wakeups_finish(). */
	struct histogram delay; /* of all classes */
	enum placement_class main_class;   /* the most frequent; of equals the first */
	enum placement_branch main_branch; /* likewise */
	struct wakeups_pair pairs[WAKEUPS_TOP]; /* CPUs, most frequent first */
	struct wakeups_waker wakers[WAKEUPS_TOP];
	uint64_t certain[CERTAINTIES]; /* wakeups with a known branch */
	uint64_t branch_unknown;       /* and those without */
};

struct wakeups;

/* tables: 1 << enum wakeups_by, or'ed; at least one. host must live as long. NULL without memory. */
struct wakeups *wakeups_new(const struct placement_host *host, unsigned int tables);
void wakeups_free(struct wakeups *wakeups);

/*
 * Takes slices, waits, moves and choices in stream order; others are ignored, as is the idle task.
 * A choice is joined to the wakeup it was made for (analysis/choices.h), so choices must come even of
 * wakers on CPUs that a filter leaves out. 0 or -ENOMEM (of that event, a part may have been counted).
 */
int wakeups_add(struct wakeups *wakeups, const struct event *event);

/* Once, after the last event: fills what the rows say of themselves, and sorts them. 0 or -ENOMEM. */
int wakeups_finish(struct wakeups *wakeups);

/* After wakeups_finish(). Rows by trespasses, then wakeups, most first; ties by task, then CPU. */
uint32_t wakeups_rows(const struct wakeups *wakeups, enum wakeups_by by,
		      const struct wakeups_row *const **rows);
const struct wakeups_row *wakeups_total(const struct wakeups *wakeups);
uint64_t wakeups_unobserved(const struct wakeups *wakeups);
/* The model against what hooks saw; all 0 where they showed no looks. */
const struct confusion *wakeups_confusion(const struct wakeups *wakeups);
/* Moves by the balance at execve(), onto any CPU: class "exec", which is no wakeup's. */
uint64_t wakeups_exec_moves(const struct wakeups *wakeups);

static inline uint64_t wakeups_moved_in(const struct wakeups_row *row)
{
	uint64_t n = 0;

	for (int mover = 0; mover < MOVERS; mover++)
		n += row->movers[mover];
	return n;
}

static inline uint64_t wakeups_trespasses(const struct wakeups_row *row)
{
	return row->arrivals + row->stays + row->origin_unknown;
}

enum wakeups_place { PLACE_CPU, PLACE_LLC, PLACE_NODE };

/*
 * From where to where the wakeups led, in total, after wakeups_finish(): pairs of CPUs, last-level
 * caches or nodes, most frequent first, ties by from, then to. *pairs is the caller's to free; NULL
 * without memory (then 0).
 */
uint32_t wakeups_matrix(const struct wakeups *wakeups, enum wakeups_place place,
			struct wakeups_pair **pairs);

#endif
