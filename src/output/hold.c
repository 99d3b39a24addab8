// SPDX-License-Identifier: GPL-2.0-only
/* Rows held back for their order: see hold.h. */
#include "output/hold.h"

#include <stdlib.h>
#include <string.h>

void hold_free(struct hold *hold)
{
	for (uint32_t i = 0; i < hold->count; i++)
		free(hold->heap[i]);
	free(hold->heap);
	memset(hold, 0, sizeof(*hold));
}

static bool row_before(const struct held_row *a, const struct held_row *b)
{
	return a->time_ns < b->time_ns || (a->time_ns == b->time_ns && a->number < b->number);
}

struct held_row *hold_push(struct hold *hold, uint64_t time_ns, const char *text, uint32_t len)
{
	struct held_row *row;
	uint32_t i, parent;

	if (hold->count == hold->size) {
		uint32_t size = hold->size ? hold->size * 2 : 1024;
		struct held_row **heap = realloc(hold->heap, size * sizeof(*heap));

		if (!heap)
			return NULL;
		hold->heap = heap;
		hold->size = size;
	}
	row = malloc(sizeof(*row) + len);
	if (!row)
		return NULL;
	memset(row, 0, sizeof(*row));
	row->time_ns = time_ns;
	row->number = hold->numbers++;
	row->len = len;
	memcpy(row->text, text, len);

	for (i = hold->count++; i; i = parent) {
		parent = (i - 1) / 2;
		if (!row_before(row, hold->heap[parent]))
			break;
		hold->heap[i] = hold->heap[parent];
	}
	hold->heap[i] = row;
	return row;
}

const struct held_row *hold_first(const struct hold *hold)
{
	return hold->count ? hold->heap[0] : NULL;
}

struct held_row *hold_pop(struct hold *hold)
{
	struct held_row *first, *last;
	uint32_t i = 0, child;

	if (!hold->count)
		return NULL;
	first = hold->heap[0];
	last = hold->heap[--hold->count];
	while ((child = 2 * i + 1) < hold->count) {
		if (child + 1 < hold->count && row_before(hold->heap[child + 1], hold->heap[child]))
			child++;
		if (!row_before(hold->heap[child], last))
			break;
		hold->heap[i] = hold->heap[child];
		i = child;
	}
	hold->heap[i] = last;
	return first;
}
