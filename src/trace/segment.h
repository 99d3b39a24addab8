/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One segment of a trace file in memory: its chunks decompressed, decoded as they are merged. The
 * reader feeds it whole chunks whose checksums are right; what they say is still not trusted.
 */
#ifndef INTERLOPER_TRACE_SEGMENT_H
#define INTERLOPER_TRACE_SEGMENT_H

#include <zstd.h>
#include "trace/merge.h"
#include "trace/predict.h"
#include "trace/task_record.h"
#include "trace/varint.h"

/* A chunk's payload in the arena. */
struct segment_chunk {
	uint32_t at, size, events;
	uint16_t cpu;
};

/* Where one CPU's events are up to; the next one's time is known, the rest not decoded yet. */
struct cursor {
	uint64_t start_ns, time_ns;
	uint16_t control;
	uint16_t cpu;
	bool bad;
	uint32_t left;			/* events in the chunk behind the next one */
	uint32_t next_chunk, end_chunk; /* the CPU's further chunks */
	struct cpu_guess guess;
	struct bit_reader bits;
	const uint8_t *at[COL_BITS], *end[COL_BITS];
};

struct segment {
	uint64_t first_ns, last_ns;
	uint32_t events, task_chunks, event_chunks, task_limit, cpu_count;
	uint64_t from_ns, to_ns; /* the reader's window */

	uint8_t *arena;
	size_t used, room;
	struct segment_chunk *chunks; /* task chunks first */
	uint32_t chunk_count, chunk_room;
	uint64_t events_seen; /* in the event chunks */

	struct cursor *cursors;
	uint32_t cursor_room;
	struct merge_head *nodes;
	struct merge merge;

	struct task_record_state task_state;
	uint32_t task_chunk, tasks_left; /* in the task chunk being read */
	const uint8_t *task_at, *task_end;

	uint64_t decoded, tasks, moves, lost, waiting, choices; /* over all segments */
	struct guesses guesses;
};

/* Empty, and without a window. */
void segment_init(struct segment *s, uint32_t cpu_count);
void segment_free(struct segment *s);

/* Starts a new segment with the payload of a SEGMENT chunk; events_before counts those of all
 * segments before. 0 or -EBADMSG. */
int segment_begin(struct segment *s, const uint8_t *data, size_t size, uint64_t events_before);

/* Whether no event of the segment can lie in the window. */
bool segment_is_outside(const struct segment *s);

/* Checks a TASKS or EVENTS chunk's header (in host byte order) in its place. 0 or -EBADMSG. */
int segment_check_chunk(const struct segment *s, const struct ilt_chunk *chunk);

/* Takes over the chunk's payload. 0, -EBADMSG or -ENOMEM. */
int segment_add_chunk(struct segment *s, ZSTD_DCtx *zstd, const struct ilt_chunk *chunk,
		      const uint8_t *payload);

/* Once all chunks are there: makes ready to read. 0, -EBADMSG or -ENOMEM. */
int segment_start(struct segment *s);

/* Reads up to n events in stream order: how many, 0 at the end, or -EBADMSG. */
int segment_read(struct segment *s, struct event *events, int n);

/* The same of only the task chunks, for a segment that is skipped: segment_start() not needed. */
int segment_read_tasks(struct segment *s, struct event *events, int n);

/* Decompresses a payload into raw, which has room for chunk->raw_bytes. 0 or -EBADMSG. */
int segment_unpack(ZSTD_DCtx *zstd, const struct ilt_chunk *chunk, const uint8_t *payload,
		   uint8_t *raw);

#endif
