/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads a source on a thread of its own, one batch ahead of who uses it: decoding a file and summing
 * it up take about as long as each other.
 */
#ifndef INTERLOPER_READ_AHEAD_H
#define INTERLOPER_READ_AHEAD_H

#include "event/event.h"

struct read_ahead;

/* Begins to read source, which nobody else may touch until read_ahead_free(). NULL without memory or
 * a thread. */
struct read_ahead *read_ahead_new(struct event_source *source);
void read_ahead_free(struct read_ahead *ahead); /* NULL is fine */

/*
 * The next batch, valid until the next call. What the source's read() returned: how many events, 0 at
 * the end, or a negative errno.
 */
int read_ahead_next(struct read_ahead *ahead, const struct event **events);

#endif
