/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The writer's index: where segments lie and what time they span. Bounded: when it is full,
 * neighbours are joined, so a long trace has a coarser index, never a larger one.
 */
#ifndef INTERLOPER_TRACE_INDEX_H
#define INTERLOPER_TRACE_INDEX_H

#include "trace/file_format.h"

struct trace_index {
	struct ilt_index_entry entries[ILT_INDEX_MAX]; /* in host byte order */
	uint32_t count;
	uint32_t span; /* segments an entry covers; 0 before the first */
	uint32_t in_last; /* of them, how many the last entry has */
};

/* Adds a segment, described as an entry that covers it alone. */
void trace_index_add(struct trace_index *index, const struct ilt_index_entry *segment);

/* Turns the entries into the file's byte order; nothing can be added afterwards. */
void trace_index_finish(struct trace_index *index);

/* An entry of the file in host byte order. */
struct ilt_index_entry trace_index_entry(const uint8_t *data);

#endif
