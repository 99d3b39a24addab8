/* SPDX-License-Identifier: GPL-2.0-only */
/* perf's records as scheduler events, one after another in the order of time. */
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
 * When a record is to come: 1, its time and, of a sample, the number of its event, or 0: it is none of those that
 * become events.
 */
int perf_record_time(const struct perf_head *head, const uint8_t *record, uint64_t *time_ns,
		     uint16_t *attr);

/*
 * Makes an event of a record, time_ns and attr being what perf_record_time() said: 1, 0 if it makes none, or
 * -ENOTSUP: it does not fit the formats that were taken from this kernel; -ENOMEM.
 */
int perf_decode(struct perf_decoder *decoder, const uint8_t *record, uint64_t time_ns,
		uint16_t attr, struct sched_event *e);

/* The losses that no LOST record told, after the last record: 1, or 0: no more. */
int perf_decode_rest(struct perf_decoder *decoder, struct sched_event *e);

#endif
