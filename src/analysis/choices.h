/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which choice of the hooks (EVENT_CHOICE) belongs to which wakeup. A choice comes when the kernel
 * made it, the wakeup with the slice that it led to, when that ends. So it waits here, by task:
 *
 *   a wakeup      its choice lies between the waking and the switch-in. An older one is stale: of a
 *                 wakeup whose slice was lost, or of a balance at execve(), which no wakeup led to
 *   a new task    its CPU is chosen before its wakeup is told (wake_up_new_task()): the choice may be
 *                 older, but not than another wakeup of the task
 *   the fallback  (select_fallback_rq()) likewise, and not before the choice that it overrides
 */
#ifndef INTERLOPER_CHOICES_H
#define INTERLOPER_CHOICES_H

#include "event/event.h"

struct choices;

/* What the hooks told of one wakeup; NULL: nothing. Valid until the next choices_add(). */
struct told_choice {
	const struct choice *choice, *fallback;
};

/* NULL without memory. */
struct choices *choices_new(void);
void choices_free(struct choices *choices);

/* Keeps a choice; other events are ignored. 0 or -ENOMEM. */
int choices_add(struct choices *choices, const struct event *event);

/* Of the wakeup that led to a slice or wait; each is handed out once. Ask in stream order. */
struct told_choice choices_take(struct choices *choices, const struct event *event);

#endif
