/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads on a thread of its own, one batch ahead of who uses it: decoding a file and making something of
 * it take about as long as each other.
 */
#ifndef INTERLOPER_READ_AHEAD_H
#define INTERLOPER_READ_AHEAD_H

#include <stddef.h>
#include "event/event.h"

struct read_ahead;

/*
 * Begins to read by read(), which gives up to n items of item_size bytes: how many, 0 at the end, or a negative
 * errno. Nobody else may touch what it uses until read_ahead_free(). NULL without memory or a thread.
 */
struct read_ahead *read_ahead_new(int (*read)(void *source, void *items, int n), void *source,
				  size_t item_size);
void read_ahead_free(struct read_ahead *ahead); /* NULL is fine */

/* The next batch, valid until the next call; what read() returned for it. */
int read_ahead_next(struct read_ahead *ahead, const void **items);

/* The same for an event source. */
struct read_ahead *read_ahead_events(struct event_source *source);
int read_ahead_next_events(struct read_ahead *ahead, const struct event **events);

#endif
