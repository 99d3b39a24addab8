/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads on a thread of its own, one batch ahead of who uses it: decoding a file and making something of
 * it take about as long as each other.
 */
#ifndef INTERLOPER_READ_AHEAD_H
#define INTERLOPER_READ_AHEAD_H

#include <stdbool.h>
#include <stddef.h>
#include "event/event.h"

struct read_ahead;

struct read_ahead_source {
	/* Gives up to n items: how many, 0 at the end, or a negative errno. */
	int (*read)(void *of, void *items, int n);
	/* Does some of the next read()'s work while all batches are full; false: there is none to do.
	 * May be NULL */
	bool (*meanwhile)(void *of);
	void *of;
	size_t item_size;
};

/*
 * Begins to read. Nobody else may touch what the source uses until read_ahead_free(). NULL without memory or a
 * thread.
 */
struct read_ahead *read_ahead_new(const struct read_ahead_source *source);
void read_ahead_free(struct read_ahead *ahead); /* NULL is fine */

/* The next batch, valid until the next call; what read() returned for it. */
int read_ahead_next(struct read_ahead *ahead, const void **items);

/* The same for an event source. */
struct read_ahead *read_ahead_events(struct event_source *source);
int read_ahead_next_events(struct read_ahead *ahead, const struct event **events);

#endif
