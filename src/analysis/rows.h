/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rows of a result, found by CPU, by task, or by both: what summary and distribution share.
 * Ids of tasks and CPUs are dense, so either one alone is an array index; only the pair is hashed.
 */
#ifndef INTERLOPER_ROWS_H
#define INTERLOPER_ROWS_H

#include <stddef.h>
#include <stdint.h>

enum rows_by {
	ROWS_ALL, /* one row for everything */
	ROWS_BY_CPU = 1 << 0,
	ROWS_BY_TASK = 1 << 1,
	ROWS_BY_CPU_TASK = ROWS_BY_CPU | ROWS_BY_TASK,
};

struct rows_slot {
	uint64_t key;
	void *row;
};

struct rows {
	enum rows_by by;
	size_t row_size;
	void **all; /* in the order they were made; may be sorted in place */
	uint32_t count, capacity;
	struct rows_slot
		*slots; /* by key; for ROWS_BY_CPU_TASK an open hash, a power of two long */
	uint64_t slot_count;
};

void rows_init(struct rows *rows, enum rows_by by, size_t row_size);
/* Frees the rows too; what they own is the caller's to free first. */
void rows_free(struct rows *rows);

/* A new zeroed row for a key that rows_find does not find; NULL without memory. */
void *rows_make(struct rows *rows, uint16_t cpu, uint32_t task);

/* The slot of a hashed key, or the free one where it belongs; slot_count > 0. */
struct rows_slot *rows_probe(const struct rows *rows, uint64_t key);

static inline uint64_t rows_key(const struct rows *rows, uint16_t cpu, uint32_t task)
{
	switch (rows->by) {
	case ROWS_BY_CPU:
		return cpu;
	case ROWS_BY_TASK:
		return task;
	case ROWS_BY_CPU_TASK:
		return (uint64_t)task << 16 | cpu;
	default:
		return 0;
	}
}

/* The row of a key; what the rows are not by is ignored. NULL: there is none yet. */
static inline void *rows_find(const struct rows *rows, uint16_t cpu, uint32_t task)
{
	uint64_t key = rows_key(rows, cpu, task);

	if (rows->by == ROWS_BY_CPU_TASK)
		return rows->slot_count ? rows_probe(rows, key)->row : NULL;
	return key < rows->slot_count ? rows->slots[key].row : NULL;
}

#endif
