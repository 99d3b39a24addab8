/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Feeds an idleness on a thread of its own: beside blame, which it needs only the waits of, it is a
 * quarter of the work on a file.
 */
#ifndef INTERLOPER_IDLE_ASIDE_H
#define INTERLOPER_IDLE_ASIDE_H

#include "analysis/idleness.h"

struct idle_aside;

/*
 * Nobody else may touch idleness until idle_aside_finish(). Of its usable (analysis/usable.h), sets
 * that are there stay, so more may be made meanwhile. NULL without memory or a thread.
 */
struct idle_aside *idle_aside_new(struct idleness *idleness);
void idle_aside_free(struct idle_aside *aside); /* ends the thread; NULL is fine */

/* idleness_add() and idleness_wait(), later; an error may be that of an earlier call. */
int idle_aside_add(struct idle_aside *aside, const struct event *event);
int idle_aside_wait(struct idle_aside *aside, const struct idleness_wait *wait);

/* Lets it come to the end of what it was given, and ends the thread. 0 or its first error. */
int idle_aside_finish(struct idle_aside *aside);

#endif
