// SPDX-License-Identifier: GPL-2.0-only
/* The rules by which a switch-in is explained, and the stream's order: see timeline.h. */
#include "import/timeline_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A tick of more events is damage: it goes out in parts. */
enum { TICK_MAX = 4096 };
/* So many are handed out at once: each alone would go through three calls. */
enum { BATCH = 256 };

const struct slice timeline_nothing_known = {
	.waker = TASK_UNKNOWN,
	.prev_cpu = CPU_UNKNOWN,
	.chosen_cpu = CPU_UNKNOWN,
	.waker_cpu = CPU_UNKNOWN,
	.recent_cpu = CPU_UNKNOWN,
	.prio = 120,
};

bool timeline_is_elsewhere(const struct timeline *t, const struct timeline_task *task, uint16_t cpu)
{
	if (task->cpu == CPU_UNKNOWN || cpu == CPU_UNKNOWN || task->cpu == cpu)
		return false;
	return timeline_has(t, SCHED_MIGRATE) || task->stay == STAY_RUNS || t->facts->recorded_cpus;
}

/*
 * Where other CPUs were not recorded, a preempted task may have been pulled by one, have run there,
 * and be back. It was, if its CPU had nothing to run meanwhile.
 */
static bool may_have_left(const struct timeline *t, const struct timeline_task *task, uint16_t cpu)
{
	return t->facts->recorded_cpus && cpu < t->cpu_room && t->cpus[cpu].idle_ns >= task->out_ns;
}

void timeline_settle(const struct timeline *t, const struct timeline_task *task, uint16_t cpu,
		     struct slice *begin)
{
	bool holds = timeline_holds(t, task);
	bool out_known = holds && task->out_ns;

	*begin = timeline_nothing_known;
	begin->start_ns = t->now_ns;
	begin->moves = task->moves;
	begin->spare_wakes = task->spare_wakes;
	if (out_known)
		begin->prev_out_ns = task->out_ns;
	if (out_known && task->left_queued) {
		if (!may_have_left(t, task, cpu))
			begin->kind = DELAY_PREEMPT;
		return;
	}
	if (!holds || !task->waking_ns || (task->in_flight && !out_known))
		return;
	begin->kind = DELAY_WAKE;
	begin->waking_ns = task->waking_ns;
	begin->waker = task->waker;
	begin->waker_cpu = task->waker_cpu;
	begin->context = task->context;
	begin->prev_cpu = task->prev_cpu;
	begin->chosen_cpu = task->chosen_cpu;
	if (task->is_new)
		begin->flags |= SLICE_NEW;
	if (task->on_cpu)
		begin->flags |= SLICE_WOKEN_ON_CPU;
	if (task->in_flight && begin->spare_wakes)
		begin->spare_wakes--; /* it was needed after all */
}

static int by_cpu(const void *a_, const void *b_)
{
	const struct event *a = *(const struct event *const *)a_;
	const struct event *b = *(const struct event *const *)b_;

	if (a->cpu != b->cpu)
		return a->cpu < b->cpu ? -1 : 1;
	return a < b ? -1 : a > b;
}

/* The last nanosecond's events by CPU; within one they keep their order. */
static int sort_tick(struct timeline_batch *batch)
{
	struct event *tick = batch->events + batch->tick, *sorted;
	int n = batch->count - batch->tick;
	const struct event **order;

	order = malloc(n * sizeof(*order));
	sorted = malloc(n * sizeof(*sorted));
	if (order && sorted) {
		for (int i = 0; i < n; i++)
			order[i] = &tick[i];
		qsort(order, n, sizeof(*order), by_cpu);
		for (int i = 0; i < n; i++)
			sorted[i] = *order[i];
		memcpy(tick, sorted, n * sizeof(*tick));
		batch->sorted = true;
	}
	free(order);
	free(sorted);
	return batch->sorted ? 0 : -ENOMEM;
}

int timeline_flush(struct timeline *t)
{
	struct timeline_batch *batch = &t->batch;
	int n = batch->count, err;

	if (!n)
		return 0;
	err = batch->sorted ? 0 : sort_tick(batch);
	if (err)
		return err;
	batch->count = batch->tick = 0;
	batch->sorted = true;
	return t->sink->take(t->sink, batch->events, n);
}

static int grow_batch(struct timeline_batch *batch)
{
	int room = batch->room ? 2 * batch->room : 2 * BATCH;
	struct event *events = realloc(batch->events, room * sizeof(*events));

	if (!events)
		return -ENOMEM;
	batch->events = events;
	batch->room = room;
	return 0;
}

/* The nanosecond is over. */
static int end_tick(struct timeline *t)
{
	struct timeline_batch *batch = &t->batch;
	int err = batch->sorted ? 0 : sort_tick(batch);

	batch->tick = batch->count;
	batch->sorted = true;
	return !err && batch->count >= BATCH ? timeline_flush(t) : err;
}

static bool ends_tick(const struct timeline *t)
{
	const struct timeline_batch *batch = &t->batch;

	return batch->count > batch->tick &&
	       (batch->events[batch->tick].time_ns != t->now_ns ||
		(batch->count - batch->tick >= TICK_MAX && !t->ending));
}

int timeline_next(struct timeline *t, uint16_t cpu, uint8_t type, struct event **e)
{
	struct timeline_batch *batch = &t->batch;
	int err = ends_tick(t) ? end_tick(t) : 0;

	if (!err && batch->count == batch->room)
		err = grow_batch(batch);
	if (err)
		return err;
	if (batch->count > batch->tick && batch->events[batch->count - 1].cpu > cpu)
		batch->sorted = false;
	*e = &batch->events[batch->count++];
	(*e)->time_ns = t->now_ns;
	(*e)->cpu = cpu;
	(*e)->type = type;
	return 0;
}

int timeline_emit(struct timeline *t, const struct event *e)
{
	struct event *next;
	int err = timeline_next(t, e->cpu, e->type, &next);

	if (!err)
		*next = *e;
	return err;
}
