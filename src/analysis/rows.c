// SPDX-License-Identifier: GPL-2.0-only
/* The rows of a result, found by CPU, by task, or by both: see rows.h. */
#include "analysis/rows.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define CACHE_LINE 64

void rows_init(struct rows *rows, enum rows_by by, size_t row_size)
{
	memset(rows, 0, sizeof(*rows));
	rows->by = by;
	rows->row_size = (row_size + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
}

void rows_free(struct rows *rows)
{
	for (uint32_t i = 0; i < rows->count; i++)
		free(rows->all[i]);
	free(rows->all);
	free(rows->slots);
	memset(rows, 0, sizeof(*rows));
}

struct rows_slot *rows_probe(const struct rows *rows, uint64_t key)
{
	/* Fibonacci hashing: the high half of the product mixes all bits of task and CPU. */
	uint64_t i = (key * 0x9e3779b97f4a7c15ULL) >> 32;

	for (;; i++) {
		struct rows_slot *slot = &rows->slots[i & (rows->slot_count - 1)];

		if (!slot->row || slot->key == key)
			return slot;
	}
}

/*
 * Where a key belongs, the slots grown if need be. They grow into zeroed memory rather than by
 * realloc and memset, so that one absurd id of a damaged file reserves pages but touches none.
 */
static struct rows_slot *slot_for(struct rows *rows, uint64_t key)
{
	bool hashed = rows->by == ROWS_BY_CPU_TASK;
	uint64_t needed = hashed ? 2 * ((uint64_t)rows->count + 1) : key + 1;
	uint64_t old_count = rows->slot_count, count = old_count ? old_count : 64;
	struct rows_slot *old = rows->slots;

	if (needed > old_count) {
		while (count < needed)
			count *= 2;
		rows->slots = calloc(count, sizeof(*rows->slots));
		if (!rows->slots) {
			rows->slots = old;
			return NULL;
		}
		rows->slot_count = count;
		for (uint64_t i = 0; i < old_count; i++)
			if (old[i].row)
				*(hashed ? rows_probe(rows, old[i].key) : &rows->slots[i]) = old[i];
		free(old);
	}
	return hashed ? rows_probe(rows, key) : &rows->slots[key];
}

static int reserve_one(struct rows *rows)
{
	uint32_t capacity = rows->capacity ? 2 * rows->capacity : 64;
	void **all;

	if (rows->count < rows->capacity)
		return 0;
	all = realloc(rows->all, capacity * sizeof(*all));
	if (!all)
		return -ENOMEM;
	rows->all = all;
	rows->capacity = capacity;
	return 0;
}

void *rows_make(struct rows *rows, uint16_t cpu, uint32_t task)
{
	uint64_t key = rows_key(rows, cpu, task);
	struct rows_slot *slot;
	void *row;

	if (reserve_one(rows))
		return NULL;
	slot = slot_for(rows, key);
	row = slot ? aligned_alloc(CACHE_LINE, rows->row_size) : NULL;
	if (!row)
		return NULL;
	memset(row, 0, rows->row_size);
	slot->key = key;
	slot->row = row;
	rows->all[rows->count++] = row;
	return row;
}
