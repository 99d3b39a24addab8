// SPDX-License-Identifier: GPL-2.0-only
/* The writer's index: see index.h. */
#include "trace/index.h"

#include <string.h>

static void join(struct ilt_index_entry *a, const struct ilt_index_entry *b)
{
	if (b->first_ns < a->first_ns)
		a->first_ns = b->first_ns;
	if (b->last_ns > a->last_ns)
		a->last_ns = b->last_ns;
	a->task_chunks += b->task_chunks;
}

static void halve(struct trace_index *index)
{
	for (uint32_t i = 0; i < index->count / 2; i++) {
		index->entries[i] = index->entries[2 * i];
		join(&index->entries[i], &index->entries[2 * i + 1]);
	}
	index->count /= 2;
	index->span *= 2;
	index->in_last = index->span;
}

void trace_index_add(struct trace_index *index, const struct ilt_index_entry *segment)
{
	if (!index->span)
		index->span = index->in_last = 1;
	if (index->count && index->in_last < index->span) {
		join(&index->entries[index->count - 1], segment);
		index->in_last++;
		return;
	}
	if (index->count == ILT_INDEX_MAX)
		halve(index);
	index->entries[index->count++] = *segment;
	index->in_last = 1;
}

void trace_index_finish(struct trace_index *index)
{
	for (uint32_t i = 0; i < index->count; i++) {
		struct ilt_index_entry *e = &index->entries[i];

		e->offset = htole64(e->offset);
		e->first_ns = htole64(e->first_ns);
		e->last_ns = htole64(e->last_ns);
		e->events_before = htole64(e->events_before);
		e->first_chunk = htole32(e->first_chunk);
		e->task_chunks = htole32(e->task_chunks);
	}
}

struct ilt_index_entry trace_index_entry(const uint8_t *data)
{
	struct ilt_index_entry e;

	memcpy(&e, data, sizeof(e));
	e.offset = le64toh(e.offset);
	e.first_ns = le64toh(e.first_ns);
	e.last_ns = le64toh(e.last_ns);
	e.events_before = le64toh(e.events_before);
	e.first_chunk = le32toh(e.first_chunk);
	e.task_chunks = le32toh(e.task_chunks);
	return e;
}
