// SPDX-License-Identifier: GPL-2.0-only
/* The hooks' choices, joined to the wakeups that they were made for: see choices.h. */
#include "analysis/choices.h"

#include <errno.h>
#include <stdlib.h>

#include "analysis/placement.h"
#include "analysis/rows.h"

struct waiting_choice {
	uint64_t time_ns; /* 0: none, or handed out */
	struct choice choice;
};

/* Two choices, as one made at execve() comes between a wakeup's and the end of its slice. */
struct task_choices {
	struct waiting_choice last, before, fallback;
	uint64_t waking_ns; /* of the wakeup last asked about */
};

struct choices {
	struct rows by_task;
};

struct choices *choices_new(void)
{
	struct choices *c = calloc(1, sizeof(*c));

	if (c)
		rows_init(&c->by_task, ROWS_BY_TASK, sizeof(struct task_choices));
	return c;
}

void choices_free(struct choices *c)
{
	if (!c)
		return;
	rows_free(&c->by_task);
	free(c);
}

int choices_add(struct choices *c, const struct event *e)
{
	const struct waiting_choice waiting = { .time_ns = e->time_ns, .choice = e->choice };
	struct task_choices *task;

	if (e->type != EVENT_CHOICE || e->choice.task == TASK_IDLE ||
	    e->choice.task == TASK_UNKNOWN)
		return 0;
	task = rows_find(&c->by_task, CPU_UNKNOWN, e->choice.task);
	if (!task)
		task = rows_make(&c->by_task, CPU_UNKNOWN, e->choice.task);
	if (!task)
		return -ENOMEM;
	if (e->choice.fallback) {
		task->fallback = waiting;
	} else {
		task->before = task->last;
		task->last = waiting;
	}
	return 0;
}

static bool is_within(const struct waiting_choice *w, uint64_t first_ns, uint64_t last_ns)
{
	return w->time_ns && w->time_ns >= first_ns && w->time_ns <= last_ns;
}

static const struct choice *take(struct waiting_choice *w)
{
	w->time_ns = 0;
	return &w->choice;
}

struct told_choice choices_take(struct choices *c, const struct event *e)
{
	const struct slice *s = &e->slice;
	bool new = s->flags &SLICE_NEW;
	struct told_choice told = {};
	struct waiting_choice *choice;
	struct task_choices *task;
	uint64_t first_ns;

	if (!placement_is_told(s))
		return told;
	task = rows_find(&c->by_task, CPU_UNKNOWN, s->task);
	if (!task)
		return told;
	first_ns = new ? task->waking_ns + 1 : s->waking_ns;
	/* The one nearest to the waking: the first after it, or the last before it. */
	choice = new ? &task->last : &task->before;
	if (!is_within(choice, first_ns, s->start_ns))
		choice = new ? &task->before : &task->last;
	if (is_within(choice, first_ns, s->start_ns)) {
		first_ns = choice->time_ns;
		told.choice = take(choice);
	}
	if (is_within(&task->fallback, first_ns, s->start_ns))
		told.fallback = take(&task->fallback);
	task->waking_ns = s->waking_ns;
	return told;
}
