/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes a trace file (.ilt): docs/trace-format.md. Streams in bounded memory, to a file or a pipe;
 * what was written before a failure or a kill is readable up to the last whole chunk.
 */
#ifndef INTERLOPER_TRACE_WRITER_H
#define INTERLOPER_TRACE_WRITER_H

#include "event/event.h"
#include "event/meta.h"

struct trace_writer;

enum trace_writer_flags {
	TRACE_WRITER_REPLACE = 1 << 0, /* replace an existing file */
};

/*
 * Creates path (mode 0600; "-" is stdout) and writes the header with what meta knows at the start.
 * Errors: -EEXIST (exists, and REPLACE not given), any errno of open/write, -ENOMEM. On failure
 * nothing is left behind and *writer is NULL.
 */
int trace_writer_open(struct trace_writer **writer, const char *path,
		      const struct trace_meta *meta, unsigned int flags);

/* Appends events in stream order. 0 or a negative errno (-ENOSPC...), after which only close is legal. */
int trace_writer_add(struct trace_writer *writer, const struct event *events, int n);

/* Bytes written, and events taken, so far. */
uint64_t trace_writer_bytes(const struct trace_writer *writer);
uint64_t trace_writer_slices(const struct trace_writer *writer);

/*
 * With meta: flushes, writes the final meta (end, counts) and the index, clears the INCOMPLETE flag
 * where the output can seek. With meta NULL: gives up; what is on disk stays, marked incomplete.
 * Frees writer (NULL is fine). 0 or the first error met.
 */
int trace_writer_close(struct trace_writer *writer, const struct trace_meta *meta);

#endif
