/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a reader must know about a trace beside its events: when, where, of what, resting on what.
 * A live session fills it, the trace file carries it, every report's header prints it.
 */
#ifndef INTERLOPER_META_H
#define INTERLOPER_META_H

#include <hwloc.h>
#include "event/event.h"

/* What the kernel side counted on one CPU, whether it could deliver it or not. */
struct cpu_counts {
	uint64_t slices_made;	     /* slices that ended here and matched the filter */
	uint64_t lost[LOST_KINDS];   /* records made but not delivered, by enum lost_kind */
	uint64_t state_lost;	     /* wakeups or switches whose task state could not be kept */
	uint64_t programs_skipped;   /* events a program missed (recursion), all CPUs: on CPU 0 */
};

struct trace_meta {
	uint64_t start_ns, end_ns;   /* CLOCK_MONOTONIC; end 0: not known (an incomplete file) */
	int64_t realtime_offset_ns;  /* CLOCK_REALTIME - CLOCK_MONOTONIC at the start */
	hwloc_bitmap_t target_cpus;  /* the CPUs whose slices are in the stream */
	bool all_cpus;		     /* no -C was given: target_cpus is every possible CPU */
	char *task_filter;	     /* NULL: every task; else the filter as text, for people.
					With one, a CPU's idle time is not in the stream */
	char *command;		     /* the command line that made the trace */
	char *rests_on;		     /* one line: "tp_btf, task storage, waker context, ..." */
	char *host_json;	     /* the host snapshot (host/snapshot.h), as JSON text */
	char *ksm_json;		     /* KSM's states before, during and after it (host/ksm.h); NULL:
					none were taken. Known at the end */
	bool incomplete;	     /* the recorder did not finish: counts and end are unknown */
	uint32_t cpu_count;	     /* length of cpus[]: possible CPUs */
	struct cpu_counts *cpus;
};

/* Zeroes meta and allocates its CPU set and counts. 0 or -ENOMEM. */
int trace_meta_init(struct trace_meta *meta, uint32_t cpu_count);
void trace_meta_free(struct trace_meta *meta);

/* Sum over all CPUs and kinds of what was lost. */
uint64_t trace_meta_lost(const struct trace_meta *meta);

#endif
