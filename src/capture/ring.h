/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reader's end of one CPU's ring (bpf/ring.h): records are read in place and given back in
 * bulk.
 */
#ifndef INTERLOPER_RING_H
#define INTERLOPER_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "record.h"

struct ring {
	const union ring_slot *slots; /* slot_count of them, a power of two; mapped */
	uint32_t slot_count;
	const uint32_t *head; /* records written, by the kernel side */
	uint32_t *tail;	      /* records given back to it */
	uint32_t next, limit; /* the next record to read; the head that the last look saw */
};

/* A ring over memory that the kernel side writes to; slot_count is set already. */
void ring_open(struct ring *ring, const union ring_slot *slots, const uint32_t *head,
	       uint32_t *tail);

/* Sees what the kernel side has written until now. Returns the records that are unread. */
uint32_t ring_look(struct ring *ring);

/* The next record, or NULL: nothing more since the last look. */
const struct record *ring_peek(const struct ring *ring);

/* Passes the record that ring_peek() returned. */
void ring_next(struct ring *ring);

/* Gives the space of all passed records back to the kernel side. */
void ring_release(struct ring *ring);

#endif
