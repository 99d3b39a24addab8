/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a host snapshot adds to an imported stream, which knows no masks: for tasks that the snapshot has by
 * tid and name, taken on the same machine some time before or after.
 *
 *   identity   process, parent, flags and the mask's length, where the recording does not tell them
 *   slices     SLICE_MOVABLE, as event/event.h has it: on an isolated CPU, of a task whose mask has one that
 *              is not; so that a stay there can be told as a trespass
 *
 * A task that is not in the snapshot, or has another name there, stays as it is: unknown.
 */
#ifndef INTERLOPER_HOST_JOIN_H
#define INTERLOPER_HOST_JOIN_H

#include "event/event.h"
#include "host/snapshot.h"

struct host_join;

/* host must live as long. NULL without memory. */
struct host_join *host_join_new(const struct host_snapshot *host);
void host_join_free(struct host_join *join); /* NULL is fine */

/* Adds to events in stream order. 0 or -ENOMEM. */
int host_join_add(struct host_join *join, struct event *events, int n);

/* Of the tasks met so far: which the snapshot has. */
uint64_t host_join_known(const struct host_join *join);

#endif
