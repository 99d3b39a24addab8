/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the scheduler's tracepoints keep their fields. perf.data brings the recording kernel's own
 * descriptions (tracefs' events/sched/NAME/format), which are read once; then a record is read at
 * fixed places. Fields are known by name alone: their places and sizes differ by kernel.
 */
#ifndef INTERLOPER_PERF_FORMATS_H
#define INTERLOPER_PERF_FORMATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "import/sched_event.h"

enum field_kind {
	FIELD_ABSENT,
	FIELD_INT, /* a signed number of 4 bytes, as nearly all are */
	FIELD_NUMBER,
	FIELD_NAME,	/* TASK_COMM_LEN characters in place, likewise */
	FIELD_TEXT,	/* characters in place */
	FIELD_DYNAMIC,	/* __data_loc: length and offset, from the record's start */
	FIELD_RELATIVE, /* __rel_loc: likewise, from the field's end */
};

struct sched_field {
	uint16_t offset, size;
	uint8_t kind; /* enum field_kind */
	bool is_signed;
};

struct sched_format {
	uint8_t type; /* enum sched_event_type */
	uint16_t id;  /* the tracepoint's, as in perf_event_attr.config */
	uint16_t size; /* of a record, without what is dynamic */
	bool dynamic;
	bool plain; /* its fields are of the kinds that nearly all kernels give them */
	struct sched_field current_tid, flags; /* common_pid, common_flags */
	struct sched_field tid, comm, prio, state, orig_cpu, dest_cpu;
	struct sched_field other_tid, other_comm, other_prio;
	/* SWITCH: the bit of prev_state that says "preempted": TASK_STATE_MAX of the kernels up to
	 * 4.13, TASK_REPORT_MAX (0x100) since, as the print format has it. 0: there is none */
	uint64_t preempt_bit;
};

#define SCHED_FORMATS_MAX 16

struct perf_formats {
	int count;
	struct sched_format formats[SCHED_FORMATS_MAX];
	bool modern; /* the kernel is known to be 4.14 or newer, by its sched_switch */
	bool local; /* taken from the kernel that runs here: the recording brings none */
};

/*
 * Reads the tracing data of a perf.data: 0, also where it has nothing of the scheduler; -EINVAL:
 * damaged; -ENOTSUP: of a machine with the other byte order; -ENOMEM.
 */
int perf_formats_read(struct perf_formats *formats, const uint8_t *data, size_t size);

/* Takes one event's text as tracefs has it; what we do not know is passed over. Errors as above. */
int perf_formats_add(struct perf_formats *formats, const char *text, size_t size);

/* The formats of the kernel that runs here, as far as they can be read. */
void perf_formats_read_local(struct perf_formats *formats);

/* NULL: none of the scheduler's. */
const struct sched_format *perf_formats_find(const struct perf_formats *formats, uint64_t id);

/*
 * What a tracepoint's record tells of an event: all of it from its type on, but for pid and losses,
 * which none tells; current_tid only where it is TID_UNKNOWN. What this one does not tell is as
 * sched_event.h has it. modern is its formats'. -EINVAL: the record is too short for its format.
 */
int sched_format_decode(const struct sched_format *format, const uint8_t *raw, size_t size,
			bool modern, struct sched_event *e);

#endif
