/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the writer share: its state, and how a chunk and a file's start are put. */
#ifndef INTERLOPER_TRACE_WRITER_INTERNAL_H
#define INTERLOPER_TRACE_WRITER_INTERNAL_H

#include "trace/chunk_encode.h"
#include "trace/event_check.h"
#include "trace/index.h"
#include "trace/output_file.h"
#include "trace/writer.h"

struct trace_writer {
	struct output_file out;
	struct chunk_encoder encoder;
	struct trace_index index;
	int error; /* the first; sticky */
	uint64_t span_ns; /* that a segment may have */
	uint32_t cpu_count;
	uint32_t chunks;
	struct event_limits limits;
	uint64_t events_total, slices, late;
	uint64_t written_ns; /* the latest time in a written segment */
	uint64_t segments_at; /* where in the file they begin */

	/* The segment in memory. */
	struct event *events;
	uint32_t count, tasks; /* events; those of them that are identities */
	uint32_t cpus, cpu_limit; /* that have any of them; the highest of these + 1 */
	bool unsorted;
	uint64_t first_ns, last_ns;
	uint32_t *order;   /* indices of events in stream order */
	uint32_t *picked;  /* those of them that go to chunks of one kind */
	uint32_t *cpu_end; /* how many events each CPU has; later where they end in picked */
	uint16_t *control; /* each event's control word, once reduced */
	char *path;
};

/* chunk: type, CPU and count; the rest is filled in. data: to be packed. 0 or a negative errno, as of all here. */
int writer_put_chunk(struct trace_writer *writer, struct ilt_chunk chunk, const struct packed *packed);
int writer_put_bytes(struct trace_writer *writer, uint8_t type, uint32_t events, const void *data, size_t size);

/* The header, as of a file that is not finished, and the META chunk; the segments begin behind them. */
int writer_put_start(struct trace_writer *writer, const struct trace_meta *meta);

/* The segment in memory becomes chunks, and memory is empty again. */
int writer_put_segment(struct trace_writer *writer);

#endif
