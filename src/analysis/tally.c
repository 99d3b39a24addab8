// SPDX-License-Identifier: GPL-2.0-only
/* Counts by row and value: see tally.h. */
#include "analysis/tally.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS 1024 /* a power of two, as all sizes */

void tally_free(struct tally *t)
{
	free(t->slots);
	memset(t, 0, sizeof(*t));
}

/* The slot of a row's value, or the free one where it belongs; less than all slots are used. */
static inline struct tally_slot *probe(const struct tally *t, uint32_t row, uint64_t value)
{
	/* Fibonacci hashing, as in rows.c. */
	uint64_t key = value ^ (uint64_t)row << 40 ^ row >> 24;
	uint64_t i = (key * 0x9e3779b97f4a7c15ULL) >> 32;

	for (;; i++) {
		struct tally_slot *slot = &t->slots[i & (t->slot_count - 1)];

		if (!slot->count || (slot->value == value && slot->row == row))
			return slot;
	}
}

static int tally_grow(struct tally *t)
{
	struct tally bigger = { .slot_count = t->slot_count ? 2 * t->slot_count : FIRST_SLOTS };

	bigger.slots = calloc(bigger.slot_count, sizeof(*bigger.slots));
	if (!bigger.slots)
		return -ENOMEM;
	bigger.used = t->used;
	for (uint64_t i = 0; i < t->slot_count; i++)
		if (t->slots[i].count)
			*probe(&bigger, t->slots[i].row, t->slots[i].value) = t->slots[i];
	free(t->slots);
	*t = bigger;
	return 0;
}

int tally_add(struct tally *t, uint32_t row, uint64_t value, uint64_t n)
{
	struct tally_slot *slot;

	if (2 * t->used >= t->slot_count && tally_grow(t))
		return -ENOMEM;
	slot = probe(t, row, value);
	if (!slot->count) {
		slot->row = row;
		slot->value = value;
		t->used++;
	}
	slot->count += n;
	return 0;
}
