// SPDX-License-Identifier: GPL-2.0-only
/* Which events a trace file may hold: see event_check.h. */
#include "trace/event_check.h"

#include <errno.h>

static bool task_ok(struct event_limits *limits, uint32_t id)
{
	if (id >= limits->task_max || id == TASK_UNKNOWN)
		return false;
	if (id >= limits->task_limit)
		limits->task_limit = id + 1;
	return true;
}

static bool other_task_ok(struct event_limits *limits, uint32_t id)
{
	return id == TASK_UNKNOWN || task_ok(limits, id);
}

/* CPU_UNKNOWN, the largest there is, wraps to 0. */
static bool cpu_ok(const struct event_limits *limits, uint16_t cpu)
{
	return (uint16_t)(cpu + 1) <= limits->cpu_count;
}

static bool slice_ok(struct event_limits *limits, const struct slice *s)
{
	return cpu_ok(limits, s->prev_cpu) && cpu_ok(limits, s->chosen_cpu) &&
	       cpu_ok(limits, s->waker_cpu) && cpu_ok(limits, s->recent_cpu) &&
	       s->kind <= DELAY_PREEMPT && s->context <= WAKER_INTERRUPT &&
	       task_ok(limits, s->task) && other_task_ok(limits, s->waker);
}

static bool move_ok(struct event_limits *limits, const struct move *m)
{
	return cpu_ok(limits, m->from) && cpu_ok(limits, m->to) && m->context <= WAKER_INTERRUPT &&
	       task_ok(limits, m->task) && other_task_ok(limits, m->by);
}

static bool choice_ok(struct event_limits *limits, const struct choice *c)
{
	for (unsigned int i = 0; i < choice_trail_length(c); i++)
		if ((c->trail[i] & ~CHOICE_IDLE) >= limits->cpu_count)
			return false;
	return cpu_ok(limits, c->prev_cpu) && cpu_ok(limits, c->chosen_cpu) &&
	       task_ok(limits, c->task);
}

static bool event_ok(struct event_limits *limits, const struct event *e)
{
	if (e->cpu >= limits->cpu_count)
		return false;
	switch (e->type) {
	case EVENT_SLICE:
	case EVENT_WAITING:
		return slice_ok(limits, &e->slice);
	case EVENT_TASK:
		return task_ok(limits, e->identity.task);
	case EVENT_MOVE:
		return move_ok(limits, &e->move);
	case EVENT_LOST:
		return e->lost.kind < LOST_KINDS;
	case EVENT_CHOICE:
		return choice_ok(limits, &e->choice);
	default:
		return false;
	}
}

int event_check(struct event_limits *limits, const struct event *e)
{
	return event_ok(limits, e) ? 0 : -EINVAL;
}
