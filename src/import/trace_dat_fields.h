/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the scheduler's events of a trace.dat have their fields: found by name, once. */
#ifndef INTERLOPER_IMPORT_TRACE_DAT_FIELDS_H
#define INTERLOPER_IMPORT_TRACE_DAT_FIELDS_H

#include <event-parse.h>
#include "import/sched_event.h"

#define TRACE_DAT_FIELDS_MAX 7

/* size 0: there is none, which is fine. */
struct trace_dat_field {
	uint32_t offset, size;
	bool dynamic; /* holds the place of a text in the record (__data_loc) */
};

struct trace_dat_layout {
	bool known;
	int id;
	struct trace_dat_field fields[TRACE_DAT_FIELDS_MAX];
};

struct trace_dat_fields {
	struct trace_dat_field type, flags, current; /* common_type, common_flags, common_pid */
	bool modern; /* the kernel is known to be 4.14 or newer (trace_flags.h); the caller's to say */
	struct trace_dat_layout layouts[SCHED_EVENT_TYPES];
};

/* False: not even sched_switch's or a wakeup's format is there. */
bool trace_dat_fields_find(struct trace_dat_fields *fields, struct tep_handle *tep);

bool trace_dat_fields_is_ours(const struct trace_dat_fields *fields,
			      const struct tep_record *record);

/* All of an event but its time and CPU; false: the record is too short, or a number absurd. */
bool trace_dat_fields_read(const struct trace_dat_fields *fields, const struct tep_record *record,
			   struct sched_event *event);

#endif
