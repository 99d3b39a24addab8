// SPDX-License-Identifier: GPL-2.0-only
/* The reader's end of one CPU's ring: see ring.h. */
#include "capture/ring.h"

#include <stddef.h>

void ring_open(struct ring *ring, const union ring_slot *slots, const uint32_t *head,
	       uint32_t *tail)
{
	ring->slots = slots;
	ring->head = head;
	ring->tail = tail;
	ring->next = ring->limit = *tail;
}

uint32_t ring_look(struct ring *ring)
{
	ring->limit = __atomic_load_n(ring->head, __ATOMIC_ACQUIRE);
	return ring->limit - *ring->tail;
}

const struct record *ring_peek(const struct ring *ring)
{
	if (ring->next == ring->limit)
		return NULL;
	return &ring->slots[ring->next & (ring->slot_count - 1)].head;
}

void ring_next(struct ring *ring)
{
	ring->next++;
}

void ring_release(struct ring *ring)
{
	__atomic_store_n(ring->tail, ring->next, __ATOMIC_RELEASE);
}
