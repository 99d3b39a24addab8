/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A trace in Perfetto's binary format, for ui.perfetto.dev and trace_processor. What is shown
 * where: docs/export-perfetto.md.
 *
 * Slices and wakeups are told as ftrace's events (sched_switch, sched_waking), not as track events:
 * only from those do Perfetto's importers (src/trace_processor/importers/ftrace/) make their CPU
 * tracks, thread states with Runnable, wakers, and the tables sched_slice and thread_state. What
 * ftrace has not (losses, gaps, KSM) is told as track events.
 *
 * A switch names who comes and so must say who: where that is not in the stream (a gap, a loss,
 * another task with a task filter) it is a thread of our own, "(not recorded)", one a CPU. Never is
 * such a stretch told as idle, or as part of the slice before it.
 */
#ifndef INTERLOPER_PERFETTO_H
#define INTERLOPER_PERFETTO_H

#include <stdio.h>

#include "event/event.h"
#include "event/meta.h"
#include "event/tasks.h"
#include "host/snapshot.h"

/* trace_processor refuses a trace that has a CPU beyond (kMaxCpuCount, ftrace_tokenizer.cc). */
#define PERFETTO_CPUS 1024

/* Thread ids of our own begin here; Linux has none above 4,194,304 (PID_MAX_LIMIT). */
enum perfetto_tid {
	PERFETTO_TID_UNKNOWN = 0x40000000,	/* + task id: its identity is not known */
	PERFETTO_TID_PROCESS = 0x70000000,	/* the process of all that follow */
	PERFETTO_TID_WAKER = 0x70000001,	/* + enum waker_context, or one more */
	PERFETTO_TID_NOT_RECORDED = 0x70001000, /* + CPU */
};

/* What was written, and what could not be. */
struct perfetto_counts {
	uint64_t slices;
	uint64_t wakeups;
	uint64_t gaps;	       /* slices whose start was missed: told as an instant each */
	uint64_t lost;	       /* as the stream's loss records say */
	uint64_t beyond_cpus;  /* slices left out: on CPUs from PERFETTO_CPUS on */
	uint64_t out_of_order; /* slices left out: they end before they begin, or overlap another */
};

struct perfetto;

/*
 * Begins a trace on file, which must live as long and stays the caller's. host: NULL if it is not
 * known; needed only in this call, as is meta. NULL without memory; a write that failed is told by
 * the next call.
 */
struct perfetto *perfetto_new(FILE *file, const struct trace_meta *meta,
			      const struct host_snapshot *host);
void perfetto_free(struct perfetto *perfetto);

/*
 * Takes an event, in stream order. tasks: the task table as of this event; identities themselves,
 * moves and choices are ignored. 0, -ENOMEM, or the negative errno of a write. Memory is bounded: below
 * 130 KiB a busy CPU, and 32 bytes a task.
 */
int perfetto_add(struct perfetto *perfetto, const struct event *event,
		 const struct task_table *tasks);

/* Ends the trace: what is still held, KSM's samples, its end. meta: as known at that point. */
int perfetto_finish(struct perfetto *perfetto, const struct trace_meta *meta);

struct perfetto_counts perfetto_counts(const struct perfetto *perfetto);

#endif
