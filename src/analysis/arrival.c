// SPDX-License-Identifier: GPL-2.0-only
/* How tasks came to CPUs that they need not be on: see arrival.h. */
#include "analysis/arrival.h"

#include <errno.h>
#include <stdlib.h>

#include "analysis/choices.h"
#include "analysis/rows.h"

/* Where a task was last, and what is about to bring it elsewhere. */
struct whereabouts {
	uint16_t cpu; /* of its last slice in the stream */
	bool seen;
	struct arrival here; /* how it came to that CPU, be it as one that is bound to it */
	struct event move;   /* its last move since then; type 0: none */
};

struct arrivals {
	const struct placement_host *host;
	hwloc_const_bitmap_t targets;
	struct choices *choices;
	struct rows rows;  /* struct arrival_row by task and CPU */
	struct rows tasks; /* struct whereabouts by task */
};

struct arrivals *arrivals_new(const struct placement_host *host, hwloc_const_bitmap_t targets)
{
	struct arrivals *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->host = host;
	a->targets = targets;
	rows_init(&a->rows, ROWS_BY_CPU_TASK, sizeof(struct arrival_row));
	rows_init(&a->tasks, ROWS_BY_TASK, sizeof(struct whereabouts));
	a->choices = choices_new();
	if (a->choices)
		return a;
	arrivals_free(a);
	return NULL;
}

void arrivals_free(struct arrivals *a)
{
	if (!a)
		return;
	choices_free(a->choices);
	rows_free(&a->rows);
	rows_free(&a->tasks);
	free(a);
}

/* Whether the task could as well be elsewhere. */
static bool is_guest(const struct arrivals *a, const struct event *e)
{
	return e->slice.flags & SLICE_MOVABLE &&
	       (placement_is_isolated(a->host, e->cpu) ||
		(a->targets && hwloc_bitmap_isset(a->targets, e->cpu)));
}

static const enum arrival_door door_of_mover[MOVERS] = {
	[MOVER_UNKNOWN] = DOOR_UNKNOWN, [MOVER_NUMA_SWAP] = DOOR_NUMA,
	[MOVER_NUMA] = DOOR_NUMA,	[MOVER_EXEC] = DOOR_EXEC,
	[MOVER_HOTPLUG] = DOOR_HOTPLUG, [MOVER_AFFINITY] = DOOR_AFFINITY,
	[MOVER_STOPPER] = DOOR_STOPPER, [MOVER_PULL] = DOOR_BALANCE,
};

static struct arrival arrival_by_move(const struct event *e)
{
	return (struct arrival){
		.time_ns = e->time_ns,
		.door = door_of_mover[move_mover(&e->move)],
		.from_cpu = e->move.from,
		.by = e->move.by,
		.by_cpu = e->cpu,
		.context = e->move.context,
	};
}

static struct arrival arrival_by_wakeup(const struct slice *s, struct placement_verdict verdict)
{
	enum arrival_door door = DOOR_WAKEUP;

	if (s->flags & SLICE_NEW)
		door = DOOR_FORK;
	/* Bound to a CPU that is not the one before: it was bound anew. */
	else if (verdict.branch == BRANCH_PINNED)
		door = DOOR_FALLBACK;
	/* It may still go where it was, but not now: that CPU is offline, or about to be. */
	else if (verdict.branch == BRANCH_FALLBACK)
		door = s->placed & PLACED_PREV_FORBIDDEN ? DOOR_FALLBACK : DOOR_HOTPLUG;
	return (struct arrival){
		.time_ns = s->waking_ns,
		.door = door,
		.verdict = verdict,
		.from_cpu = s->prev_cpu,
		.by = s->waker,
		.by_cpu = s->waker_cpu,
		.context = s->context,
	};
}

static struct arrival arrival_unseen(const struct whereabouts *was)
{
	return (struct arrival){
		.door = was->seen ? DOOR_UNKNOWN : DOOR_BEFORE,
		.from_cpu = was->seen ? was->cpu : CPU_UNKNOWN,
		.by = TASK_UNKNOWN,
		.by_cpu = CPU_UNKNOWN,
	};
}

static void close_residence(struct arrival_row *row, bool left)
{
	struct residence *now = &row->now;

	if (!now->slices)
		return;
	now->left = left;
	if (!row->residences)
		row->first = *now;
	if (!row->residences || now->run_ns > row->longest.run_ns)
		row->longest = *now;
	row->residences++;
	row->doors[now->arrival.door]++;
	*now = (struct residence){ 0 };
}

/* What a slice says of how its task came to this CPU. True: it was here already, and stays. */
static bool was_here(const struct event *e, const struct whereabouts *was)
{
	const struct slice *s = &e->slice;

	if (was->move.type && was->move.move.to == e->cpu)
		return false;
	if (placement_is_told(s))
		return s->prev_cpu == e->cpu && !(s->flags & SLICE_NEW);
	return was->seen && was->cpu == e->cpu;
}

static struct arrival how_it_came(const struct event *e, const struct whereabouts *was,
				  struct placement_verdict verdict)
{
	const struct slice *s = &e->slice;

	if (was->move.type && was->move.move.to == e->cpu)
		return arrival_by_move(&was->move);
	if (placement_is_told(s) && s->chosen_cpu == e->cpu &&
	    (s->prev_cpu != e->cpu || s->flags & SLICE_NEW))
		return arrival_by_wakeup(s, verdict);
	return arrival_unseen(was);
}

static void count_slice(struct arrival_row *row, const struct event *e,
			struct placement_verdict verdict, bool stayed)
{
	uint64_t run_ns = e->slice.flags & SLICE_GAP ? 0 : slice_run_ns(e);
	struct residence *now = &row->now;

	if (!now->slices)
		now->first_ns = e->slice.start_ns;
	now->last_ns = e->time_ns;
	now->slices++;
	now->run_ns += run_ns;
	row->slices++;
	row->run_ns += run_ns;
	if (run_ns > row->run_max_ns)
		row->run_max_ns = run_ns;
	if (!stayed || !placement_is_told(&e->slice))
		return;
	now->stays++;
	now->stay_branches[verdict.branch]++;
	row->stays++;
}

static int add_guest(struct arrivals *a, const struct event *e, const struct whereabouts *is,
		     struct placement_verdict verdict, bool stayed)
{
	struct arrival_row *row = rows_find(&a->rows, e->cpu, e->slice.task);

	if (!row) {
		row = rows_make(&a->rows, e->cpu, e->slice.task);
		if (!row)
			return -ENOMEM;
		row->task = e->slice.task;
		row->cpu = e->cpu;
		row->isolated = placement_is_isolated(a->host, e->cpu);
	}
	if (!row->now.slices) {
		row->now.task = e->slice.task;
		row->now.cpu = e->cpu;
		row->now.arrival = is->here;
	}
	count_slice(row, e, verdict, stayed);
	return 0;
}

static void leave(struct arrivals *a, uint32_t task, uint16_t cpu)
{
	struct arrival_row *row = rows_find(&a->rows, cpu, task);

	if (row)
		close_residence(row, true);
}

static int add_slice(struct arrivals *a, const struct event *e)
{
	struct told_choice told = choices_take(a->choices, e);
	struct placement_verdict verdict = { 0 };
	bool guest = is_guest(a, e), stays, comes;
	struct whereabouts *was;

	if (e->slice.task == TASK_IDLE)
		return 0;
	was = rows_find(&a->tasks, CPU_UNKNOWN, e->slice.task);
	if (!was)
		was = rows_make(&a->tasks, CPU_UNKNOWN, e->slice.task);
	if (!was)
		return -ENOMEM;
	stays = was_here(e, was);
	comes = !stays || !was->seen || was->cpu != e->cpu;
	if (guest || comes)
		verdict = placement_explain(a->host, &e->slice, told.choice, told.fallback);
	/* Also where it comes back to the CPU that it left: it was on one that was not traced. */
	if (comes && was->seen)
		leave(a, e->slice.task, was->cpu);
	if (comes)
		was->here = how_it_came(e, was, verdict);
	was->seen = true;
	was->cpu = e->cpu;
	was->move.type = 0;
	return guest ? add_guest(a, e, was, verdict, stays) : 0;
}

/* A move that leads away from where the task waited for what an earlier one led to replaces it. */
static int add_move(struct arrivals *a, const struct event *e)
{
	struct whereabouts *was = rows_find(&a->tasks, CPU_UNKNOWN, e->move.task);

	if (!was)
		was = rows_make(&a->tasks, CPU_UNKNOWN, e->move.task);
	if (!was)
		return -ENOMEM;
	was->move = *e;
	return 0;
}

int arrivals_add(struct arrivals *a, const struct event *e)
{
	switch (e->type) {
	case EVENT_SLICE:
		return add_slice(a, e);
	case EVENT_MOVE:
		return add_move(a, e);
	case EVENT_CHOICE:
		return choices_add(a->choices, e);
	default:
		return 0;
	}
}

static int by_run(const void *a, const void *b)
{
	const struct arrival_row *left = *(void *const *)a, *right = *(void *const *)b;

	if (left->run_ns != right->run_ns)
		return left->run_ns < right->run_ns ? 1 : -1;
	if (left->task != right->task)
		return left->task < right->task ? -1 : 1;
	return left->cpu < right->cpu ? -1 : left->cpu > right->cpu;
}

uint32_t arrivals_finish(struct arrivals *a, const struct arrival_row *const **rows)
{
	for (uint32_t i = 0; i < a->rows.count; i++)
		close_residence(a->rows.all[i], false);
	if (a->rows.count)
		qsort(a->rows.all, a->rows.count, sizeof(*a->rows.all), by_run);
	*rows = (const struct arrival_row *const *)a->rows.all;
	return a->rows.count;
}

const char *arrival_door_name(enum arrival_door door)
{
	static const char *const names[DOORS] = {
		[DOOR_UNKNOWN] = "not observed",
		[DOOR_BEFORE] = "before the trace began",
		[DOOR_WAKEUP] = "wakeup",
		[DOOR_FORK] = "fork",
		[DOOR_AFFINITY] = "affinity change while queued",
		[DOOR_FALLBACK] = "affinity change while asleep",
		[DOOR_NUMA] = "NUMA balancing",
		[DOOR_EXEC] = "execve",
		[DOOR_BALANCE] = "load balancing",
		[DOOR_HOTPLUG] = "CPU hotplug",
		[DOOR_STOPPER] = "stopper on request",
	};

	return door < DOORS ? names[door] : names[DOOR_UNKNOWN];
}
