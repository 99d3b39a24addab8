// SPDX-License-Identifier: GPL-2.0-only
/* The rules by which a switch-in is explained, and the stream's order: see timeline.h. */
#include "import/timeline_internal.h"

#include <errno.h>
#include <stdlib.h>

/* A tick of more events is damage: it goes out in parts. */
enum { TICK_MAX = 4096 };

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

static int flush_unsorted(struct timeline *t)
{
	const struct event **order = calloc(t->tick.count, sizeof(*order));
	int err = 0;

	if (!order)
		return -ENOMEM;
	for (int i = 0; i < t->tick.count; i++)
		order[i] = &t->tick.events[i];
	qsort(order, t->tick.count, sizeof(*order), by_cpu);
	for (int i = 0; i < t->tick.count && !err; i++)
		err = t->sink->take(t->sink, order[i], 1);
	free(order);
	return err;
}

int timeline_flush(struct timeline *t)
{
	int err;

	if (!t->tick.count)
		return 0;
	if (t->tick.sorted)
		err = t->sink->take(t->sink, t->tick.events, t->tick.count);
	else
		err = flush_unsorted(t);
	t->tick.count = 0;
	return err;
}

static int grow_tick(struct timeline_tick *tick)
{
	int room = tick->room ? 2 * tick->room : 16;
	struct event *events = realloc(tick->events, room * sizeof(*events));

	if (!events)
		return -ENOMEM;
	tick->events = events;
	tick->room = room;
	return 0;
}

int timeline_emit(struct timeline *t, const struct event *e)
{
	struct timeline_tick *tick = &t->tick;
	int err = 0;

	if (tick->count &&
	    (tick->events[0].time_ns != e->time_ns || (tick->count >= TICK_MAX && !t->ending)))
		err = timeline_flush(t);
	if (!err && tick->count == tick->room)
		err = grow_tick(tick);
	if (err)
		return err;
	if (!tick->count)
		tick->sorted = true;
	else if (tick->events[tick->count - 1].cpu > e->cpu)
		tick->sorted = false;
	tick->events[tick->count++] = *e;
	return 0;
}
