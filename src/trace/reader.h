/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads a trace file (.ilt) back into the event stream: docs/trace-format.md. Input is untrusted:
 * every length, count and offset is checked; damage is an error or an early end, never a crash.
 * What it returns can be used as an index: cpu and the CPU fields of slices, moves and choices are
 * below cpu_count (or CPU_UNKNOWN), enums are in their range, and task ids (but TASK_UNKNOWN) are
 * below 65,536 plus four times the events of the file so far. Memory is bounded (below 64 MiB)
 * whatever the file says.
 */
#ifndef INTERLOPER_TRACE_READER_H
#define INTERLOPER_TRACE_READER_H

#include "event/event.h"
#include "event/meta.h"

struct trace_reader;

/*
 * Opens path ("-" is stdin). On failure returns a negative errno, *reader is NULL, and why has one
 * line that says what is wrong with the file: -ENOENT..., -EPROTO (not a trace file),
 * -EPROTONOSUPPORT (another format version), -EBADMSG (damaged before the first segment), -ENOMEM.
 */
int trace_reader_open(struct trace_reader **reader, const char *path, char *why, size_t why_size);
void trace_reader_close(struct trace_reader *reader);

/*
 * Valid until close. Of a finished file that can seek, all is known at once. For a pipe, or an
 * incomplete file, end_ns, incomplete and counts are final only at the end: until a trailer is
 * read, end_ns is 0 and incomplete is true.
 */
const struct trace_meta *trace_reader_meta(const struct trace_reader *reader);

/*
 * The merged stream, in stream order. Only events with time_ns in [from_ns, to_ns] are returned if
 * a window was set before the first read (task identities always are: names do not depend on it).
 * read() returns 0 at the end, also where damage ended the stream early: see trace_reader_damage().
 */
struct event_source *trace_reader_source(struct trace_reader *reader);
void trace_reader_window(struct trace_reader *reader, uint64_t from_ns, uint64_t to_ns);

/*
 * After the stream's end: NULL if the file was read whole, else one line on where and why reading
 * stopped early ("cut after 41 chunks at byte 123456: ..."). Valid until close. The chunks counted
 * are those of whole segments: a stretch of time of which some CPUs are missing is not returned.
 */
const char *trace_reader_damage(const struct trace_reader *reader);

/* Sizes for `info`: of what was read so far. */
struct trace_reader_stats {
	uint64_t bytes;		   /* file size read so far */
	uint64_t chunks, slices, tasks, moves, lost, choices;
	uint64_t raw_bytes;	   /* chunk payloads before compression */
	uint64_t late;		   /* events that came too late for their place in the order */
};
struct trace_reader_stats trace_reader_stats(const struct trace_reader *reader);

#endif
