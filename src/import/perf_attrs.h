/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The events that a perf.data was recorded with, and where their samples keep what we need. A
 * sample names its event by an id, one per event and CPU (include/uapi/linux/perf_event.h).
 */
#ifndef INTERLOPER_PERF_ATTRS_H
#define INTERLOPER_PERF_ATTRS_H

#include <linux/perf_event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "import/perf_formats.h"

#define PERF_ATTRS_MAX 4096u
#define PERF_NO_FIELD  UINT16_MAX
#define PERF_CPU_MAX   UINT16_MAX /* a CPU from here on is damage */

struct perf_attr {
	struct perf_event_attr attr;
	const struct sched_format *format; /* NULL: not of the scheduler */
	/* Places in a sample, from the record's start; PERF_NO_FIELD: not there */
	uint16_t id, tid, time, cpu;
	uint16_t fixed; /* where what has no fixed size begins */
	bool only_raw;	/* which is the tracepoint's record alone */
	/* In the id that ends other records (sample_id_all): its size, and places from its start */
	uint16_t trailer, trailer_tid, trailer_time, trailer_cpu, trailer_id;
};

struct perf_id {
	uint64_t id;
	uint32_t attr; /* UINT32_MAX: a free place */
	uint32_t cpu;  /* UINT32_MAX: not told */
};

struct perf_attrs {
	struct perf_attr *attrs;
	uint32_t count;
	struct perf_id *ids; /* a hash table; its size is a power of two */
	uint32_t id_count, id_size;
	uint16_t id; /* in a sample, as all events have it; PERF_NO_FIELD: there is but one event */
};

/* What the id at a record's end tells: what is not there is TID_UNKNOWN, UINT32_MAX, 0. */
struct perf_who {
	uint64_t time_ns, id;
	int32_t pid, tid;
	uint32_t cpu;
};

void perf_attrs_free(struct perf_attrs *attrs);

/*
 * Adds an event from the size bytes that the file has of its perf_event_attr. 0, -EINVAL (damaged,
 * or more than PERF_ATTRS_MAX), -ENOMEM.
 */
int perf_attrs_add(struct perf_attrs *attrs, const uint8_t *data, size_t size);

/* Says that id is one of the attr-th event's. 0 or -ENOMEM. */
int perf_attrs_add_id(struct perf_attrs *attrs, uint64_t id, uint32_t attr);
void perf_attrs_set_cpu(struct perf_attrs *attrs, uint64_t id, uint32_t cpu);
const struct perf_id *perf_attrs_find_id(const struct perf_attrs *attrs, uint64_t id);

/*
 * Joins events and formats, when both are complete. *has: 1 << type of what was recorded. 0;
 * -EINVAL: a sample's id has no one place (damaged); -ENOTSUP: samples have no time or no CPU;
 * -ENOMEM.
 */
int perf_attrs_resolve(struct perf_attrs *attrs, const struct perf_formats *formats, uint32_t *has);

/* The event of a sample, all of whose fixed fields are there; one without a format: unknown, or damaged. */
const struct perf_attr *perf_attrs_of_sample(const struct perf_attrs *attrs, const uint8_t *record,
					     uint16_t size);

/* The tracepoint's record in a sample; NULL: there is none, or it is damaged. */
const uint8_t *perf_sample_raw(const struct perf_attr *attr, const uint8_t *record, uint16_t size,
			       uint32_t *raw_size);

/*
 * Who, when and where of a record that is no sample, from the id at its end. body: the bytes before
 * it that its type must have. false: it has no such id, or is too short for one.
 */
bool perf_attrs_trailer(const struct perf_attrs *attrs, const uint8_t *record, uint16_t size,
			uint16_t body, struct perf_who *who);

#endif
