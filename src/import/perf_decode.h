/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * perf's records as scheduler events, in two steps: what a record says by itself, as soon as it is
 * read; and what of that rests on the records before it, in the order of time.
 */
#ifndef INTERLOPER_PERF_DECODE_H
#define INTERLOPER_PERF_DECODE_H

#include "import/perf_head.h"
#include "import/sched_event.h"

#define PERF_FORKS 256 /* forks between a FORK record and its tracepoint, at most */

struct perf_cpu {
	uint64_t last_ns; /* of the records that came from this CPU */
	uint64_t lost;	  /* as LOST records say */
	uint64_t lost_in_all; /* as the recorder says at its end; 0: it does not */
};

struct perf_decoder {
	const struct perf_head *head;
	uint64_t now_ns; /* no event is older from here on */
	struct perf_cpu *cpus;
	uint32_t cpu_count, next_cpu; /* next_cpu: whose losses at the end are told next */
	struct {
		int32_t tid, pid;
	} forks[PERF_FORKS]; /* by tid; a process known from a FORK record */
};

void perf_decoder_free(struct perf_decoder *decoder);

/*
 * Makes an event of a sample, at its time; attr is its event, one of the scheduler's. 1, 0 if it makes
 * none, or -ENOTSUP: it does not fit the formats that were taken from this kernel.
 */
int perf_decode_sample(struct perf_decoder *decoder, const uint8_t *record,
		       const struct perf_attr *attr, struct sched_event *e);

/* The same of another record: 1, 0 or -ENOMEM. Of FORK and LOST it is one for perf_settle() alone. */
int perf_decode(struct perf_decoder *decoder, const uint8_t *record, struct sched_event *e);

/*
 * Completes the next event in the order of time. One that comes too late for it becomes a loss; a
 * LOST that does keeps its count, but not since when. 1, 0 if there is no event after all, or -ENOMEM.
 */
int perf_settle(struct perf_decoder *decoder, struct sched_event *e);

/* The losses that no LOST record told, after the last record: 1, or 0: no more. */
int perf_decode_rest(struct perf_decoder *decoder, struct sched_event *e);

#endif
