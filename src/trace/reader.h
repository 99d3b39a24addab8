/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads a trace file (.ilt) back into the event stream: docs/trace-format.md. Input is untrusted:
 * every length, count and offset is checked; damage is an error or an early end, never a crash.
 */
#ifndef INTERLOPER_TRACE_READER_H
#define INTERLOPER_TRACE_READER_H

#include "event/event.h"
#include "event/meta.h"

struct trace_reader;

/*
 * Opens path ("-" is stdin). On failure returns a negative errno and writes one line that says what
 * is wrong with the file into why: -ENOENT..., -EPROTO (not a trace file), -EPROTONOSUPPORT (another
 * format version), -EBADMSG (damaged before the first chunk), -ENOMEM.
 */
int trace_reader_open(struct trace_reader **reader, const char *path, char *why, size_t why_size);
void trace_reader_close(struct trace_reader *reader);

/* Valid until close. For a pipe, or an incomplete file, end_ns and counts are final only at the end. */
const struct trace_meta *trace_reader_meta(const struct trace_reader *reader);

/* The merged stream, in stream order. Only events with time_ns in [from_ns, to_ns] are returned if a
 * window was set before the first read (task identities always are: names do not depend on it). */
struct event_source *trace_reader_source(struct trace_reader *reader);
void trace_reader_window(struct trace_reader *reader, uint64_t from_ns, uint64_t to_ns);

/*
 * After the stream's end: NULL if the file was read whole, else one line on where and why reading
 * stopped early ("cut after 41 chunks at byte 123456: ..."). Valid until close.
 */
const char *trace_reader_damage(const struct trace_reader *reader);

/* Sizes for `info`. */
struct trace_reader_stats {
	uint64_t bytes;		   /* file size read so far */
	uint64_t chunks, slices, tasks, moves, lost;
	uint64_t raw_bytes;	   /* chunk payloads before compression */
};
struct trace_reader_stats trace_reader_stats(const struct trace_reader *reader);

#endif
