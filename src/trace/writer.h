/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes a trace file (.ilt): docs/trace-format.md. Streams in bounded memory (about 10 MiB), to a
 * file or a pipe; what was written before a failure or a kill is readable up to the last whole
 * segment: at most the last second of the trace, or its last 96 Ki events, is missing.
 */
#ifndef INTERLOPER_TRACE_WRITER_H
#define INTERLOPER_TRACE_WRITER_H

#include "event/event.h"
#include "event/meta.h"

struct trace_writer;

enum trace_writer_flags {
	TRACE_WRITER_REPLACE = 1 << 0, /* replace an existing file */
	/* Nobody needs what is in it before it is closed: segments are not ended after a second, for longer
	 * ones pack better. */
	TRACE_WRITER_AT_ONCE = 1 << 1,
};

/*
 * Creates path (mode 0600; "-" is stdout) and writes the header with what meta knows at the start.
 * Errors: -EEXIST (a file exists, and REPLACE not given), any errno of open/write, -E2BIG (meta's
 * strings pass 16 MiB, or more than 16,384 CPUs), -ENOMEM. On failure nothing is left behind and
 * *writer is NULL.
 */
int trace_writer_open(struct trace_writer **writer, const char *path,
		      const struct trace_meta *meta, unsigned int flags);

/*
 * Appends events in stream order. 0 or a negative errno (-ENOSPC..., -EINVAL for an event no reader
 * would take: an unknown type, kind or context, a CPU that is neither below meta->cpu_count nor
 * CPU_UNKNOWN where that is a value, a task id that is not dense), after which only close is legal.
 * Events out of order are kept: moved to their place among those still in memory or, where that
 * place is already written, returned by the reader a little late.
 */
int trace_writer_add(struct trace_writer *writer, const struct event *events, int n);

/* Bytes written, slices taken, and events that came too late for their place, so far. */
uint64_t trace_writer_bytes(const struct trace_writer *writer);
uint64_t trace_writer_slices(const struct trace_writer *writer);
uint64_t trace_writer_late(const struct trace_writer *writer);

/*
 * The trace goes on in another file, under a description that was not known when the first one was opened:
 * what was written is copied byte for byte, and the draft is closed (and removed, if it was made here).
 * meta->cpu_count may be less than the first one's if no event so far needs more: the reader checks that.
 * path and flags are as for open, and the draft must be a regular file. On -EEXIST and what else keeps path from being
 * opened, the writer is as before. -EINVAL: more CPUs than before.
 */
int trace_writer_move(struct trace_writer *writer, const char *path, const struct trace_meta *meta,
		      unsigned int flags);

/*
 * With meta: flushes, writes the final meta (end, counts) and the index, clears the INCOMPLETE flag
 * where the output can seek. With meta NULL: gives up; what is on disk stays, marked incomplete.
 * Frees writer (NULL is fine). 0 or the first error met.
 */
int trace_writer_close(struct trace_writer *writer, const struct trace_meta *meta);

#endif
