/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reader's end of one BPF ring buffer (kernel/bpf/ringbuf.c): records are read in place and
 * given back in bulk. libbpf's own consumer calls back per record and cannot look ahead, which
 * merging by time needs.
 */
#ifndef INTERLOPER_RING_H
#define INTERLOPER_RING_H

#include <stddef.h>
#include <stdint.h>

#include "record.h"

#define RING_RECORD_MAX 128 /* bytes; more than any record */

struct ring {
	int fd;
	size_t size;		     /* of the data area, bytes */
	unsigned long *consumer_pos; /* shared with the kernel */
	const unsigned long *producer_pos;
	const uint8_t *data;
	uint64_t split[RING_RECORD_MAX / 8]; /* a copy of the record that wraps around the end */
	unsigned long position, limit;	     /* next record; end of what the last look saw */
};

/* Creates and maps a ring of `bytes` (a power of two, at least a page). 0 or a negative errno. */
int ring_create(struct ring *ring, size_t bytes);
void ring_free(struct ring *ring); /* a zeroed ring with fd -1 is fine */

/* Sees what the kernel side has produced until now. Returns the bytes that are unread. */
size_t ring_look(struct ring *ring);

/* The next record, or NULL: nothing more since the last look, or one that is still being written.
 */
const struct record *ring_peek(struct ring *ring);

/* Passes the record that ring_peek() returned. */
void ring_next(struct ring *ring);

/* Gives the space of all passed records back to the kernel side. */
void ring_release(struct ring *ring);

#endif
