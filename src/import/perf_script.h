/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scheduler events from text: `perf script`'s, of any perf from 4.19 to 6.12, whose -F list has
 * tid, cpu, time, event and trace; ftrace's trace and trace_pipe; `trace-cmd report`. For a
 * machine whose recording cannot leave it, or is no longer there. What a line may be:
 * script_line.h.
 *
 * Lines that are none of ours are passed over and counted. A time before the one before it is
 * against the order that the text promises: the event is not given, but told as lost (a loss whose
 * CPU is not known, or that is of several, has cpu UINT32_MAX). Text does
 * not say what was recorded: "has" is what was met. Memory is bounded by the longest line
 * taken (64 KiB; a longer one is passed over), and 8 bytes a CPU.
 */
#ifndef INTERLOPER_IMPORT_PERF_SCRIPT_H
#define INTERLOPER_IMPORT_PERF_SCRIPT_H

#include <stddef.h>
#include "import/sched_event.h"

struct perf_script;

/*
 * Opens a text; "-" is stdin. It reads on to the first event of ours, but no more than 16 MiB.
 * Errors as foreign_open(): -EINVAL, none of ours, or lines that lack their CPU or time; -ENOMSG,
 * a tracer's text without scheduler events.
 */
int perf_script_open(struct perf_script **script, const char *path, char why[RECORDING_WHY_MAX]);

/*
 * The same from an open descriptor of which head_size bytes were read before (to see what it is).
 * They are copied. fd is the caller's, and must stay open; -1: head is all there is.
 */
int perf_script_open_fd(struct perf_script **script, int fd, const void *head, size_t head_size,
			char why[RECORDING_WHY_MAX]);
void perf_script_close(struct perf_script *script);

/* As foreign_facts(), foreign_next(), foreign_why(). */
const struct recording_facts *perf_script_facts(const struct perf_script *script);
int perf_script_next(struct perf_script *script, struct sched_event *events, int n);
const char *perf_script_why(const struct perf_script *script);

struct perf_script_counts {
	uint64_t lines;	    /* that were read */
	uint64_t foreign;   /* none of ours */
	uint64_t damaged;   /* of ours, but not to be read: each is told as lost */
	uint64_t backwards; /* of ours, with a time before the one before: likewise */
};

/* Of what was read so far. */
struct perf_script_counts perf_script_counts(const struct perf_script *script);

#endif
