/* SPDX-License-Identifier: GPL-2.0-only */
/* The payloads of the META and TRAILER chunks: struct trace_meta to bytes and back. */
#ifndef INTERLOPER_TRACE_META_RECORD_H
#define INTERLOPER_TRACE_META_RECORD_H

#include <stddef.h>
#include "event/meta.h"

/*
 * What is known at the start. Returns malloc()ed bytes and their size; NULL for want of memory, or
 * with *size 0 if the strings are too long for the format.
 */
uint8_t *meta_record_make(const struct trace_meta *meta, size_t *size);

/* Initializes meta from a META payload; incomplete is true until a trailer says otherwise. 0,
 * -EBADMSG (nothing to free then) or -ENOMEM. */
int meta_record_parse(struct trace_meta *meta, const uint8_t *data, size_t size);

/* What is known at the end, for cpu_count CPUs. late: events that came after their time. */
uint8_t *trailer_record_make(const struct trace_meta *meta, uint32_t cpu_count, uint64_t late,
			     size_t *size);

/* Fills end_ns, counts, ksm_json and incomplete of a meta that meta_record_parse() made. 0, -EBADMSG or
 * -ENOMEM. */
int trailer_record_parse(struct trace_meta *meta, uint64_t *late, const uint8_t *data, size_t size);

#endif
