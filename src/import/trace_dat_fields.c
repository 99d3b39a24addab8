// SPDX-License-Identifier: GPL-2.0-only
/* The scheduler's events of a trace.dat, by their formats: see trace_dat_fields.h. */
#include "import/trace_dat_fields.h"

#include <stddef.h>
#include <string.h>
#include "import/script_text.h"
#include "import/trace_flags.h"

#define CPUS_MAX 65536
/* sched_switch's "R+" since 4.14: (TASK_REPORT + 1) << 1, include/trace/events/sched.h. */
#define STATE_PREEMPTED 0x100

enum kind { KIND_TID, KIND_PRIO, KIND_STATE, KIND_CPU, KIND_COMM };

struct known_field {
	const char *name;
	enum kind kind;
	size_t to; /* the member of struct sched_event */
};

#define TO(member) offsetof(struct sched_event, member)

static const struct {
	const char *name;
	struct known_field fields[TRACE_DAT_FIELDS_MAX];
} known[SCHED_EVENT_TYPES] = {
	[SCHED_SWITCH] = { "sched_switch",
			   { { "prev_comm", KIND_COMM, TO(comm) },
			     { "prev_pid", KIND_TID, TO(tid) },
			     { "prev_prio", KIND_PRIO, TO(prio) },
			     { "prev_state", KIND_STATE, TO(state) },
			     { "next_comm", KIND_COMM, TO(other_comm) },
			     { "next_pid", KIND_TID, TO(other_tid) },
			     { "next_prio", KIND_PRIO, TO(other_prio) } } },
#define WAKEUP_FIELDS                                                                              \
	{                                                                                          \
		{ "comm", KIND_COMM, TO(comm) }, { "pid", KIND_TID, TO(tid) },                     \
			{ "prio", KIND_PRIO, TO(prio) },                                           \
		{                                                                                  \
			"target_cpu", KIND_CPU, TO(orig_cpu)                                       \
		}                                                                                  \
	}
	[SCHED_WAKING] = { "sched_waking", WAKEUP_FIELDS },
	[SCHED_WAKEUP] = { "sched_wakeup", WAKEUP_FIELDS },
	[SCHED_WAKEUP_NEW] = { "sched_wakeup_new", WAKEUP_FIELDS },
	[SCHED_MIGRATE] = { "sched_migrate_task",
			    { { "comm", KIND_COMM, TO(comm) },
			      { "pid", KIND_TID, TO(tid) },
			      { "prio", KIND_PRIO, TO(prio) },
			      { "orig_cpu", KIND_CPU, TO(orig_cpu) },
			      { "dest_cpu", KIND_CPU, TO(dest_cpu) } } },
	[SCHED_FORK] = { "sched_process_fork",
			 { { "parent_comm", KIND_COMM, TO(other_comm) },
			   { "parent_pid", KIND_TID, TO(other_tid) },
			   { "child_comm", KIND_COMM, TO(comm) },
			   { "child_pid", KIND_TID, TO(tid) } } },
	[SCHED_EXEC] = { "sched_process_exec",
			 { { "pid", KIND_TID, TO(tid) }, { "old_pid", KIND_TID, TO(other_tid) } } },
	[SCHED_EXIT] = { "sched_process_exit",
			 { { "comm", KIND_COMM, TO(comm) },
			   { "pid", KIND_TID, TO(tid) },
			   { "prio", KIND_PRIO, TO(prio) } } },
};

static struct trace_dat_field take_format(const struct tep_format_field *format)
{
	struct trace_dat_field field = {};

	/* Places that are counted from the field's own end (__rel_loc) are of no scheduler event.
	 */
	if (!format || format->offset < 0 || format->size <= 0 ||
	    format->flags & TEP_FIELD_IS_RELATIVE)
		return field;
	field.offset = (uint32_t)format->offset;
	field.size = (uint32_t)format->size;
	field.dynamic = format->flags & TEP_FIELD_IS_DYNAMIC;
	return field;
}

/* Of an event, the task that it is about must be known. */
static bool take_layout(struct trace_dat_layout *layout, struct tep_event *event, int type)
{
	bool has_task = false;

	for (int i = 0; i < TRACE_DAT_FIELDS_MAX && known[type].fields[i].name; i++) {
		const struct known_field *field = &known[type].fields[i];

		layout->fields[i] = take_format(tep_find_field(event, field->name));
		if (field->to == TO(tid))
			has_task = layout->fields[i].size;
	}
	layout->id = event->id;
	layout->known = has_task;
	return has_task;
}

bool trace_dat_fields_find(struct trace_dat_fields *fields, struct tep_handle *tep)
{
	bool found = false;

	memset(fields, 0, sizeof(*fields));
	for (int type = 1; type < SCHED_EVENT_TYPES; type++) {
		struct tep_event *event;

		if (!known[type].name)
			continue;
		event = tep_find_event_by_name(tep, "sched", known[type].name);
		if (!event || !take_layout(&fields->layouts[type], event, type))
			continue;
		found |= type <= SCHED_WAKEUP_NEW;
		fields->type = take_format(tep_find_common_field(event, "common_type"));
		fields->flags = take_format(tep_find_common_field(event, "common_flags"));
		fields->current = take_format(tep_find_common_field(event, "common_pid"));
	}
	return found && fields->type.size;
}

/* A signed number of the field's size; false: it is not within the record. */
static bool read_number(const struct tep_record *record, struct trace_dat_field field,
			int64_t *value)
{
	const char *at = (const char *)record->data + field.offset;
	uint16_t two;
	int32_t four;

	if (record->size < 0 || field.offset > (uint32_t)record->size ||
	    field.size > (uint32_t)record->size - field.offset)
		return false;
	switch (field.size) {
	case 1:
		*value = *(const unsigned char *)at;
		return true;
	case 2:
		memcpy(&two, at, 2);
		*value = two;
		return true;
	case 4:
		memcpy(&four, at, 4);
		*value = four;
		return true;
	case 8:
		memcpy(value, at, 8);
		return true;
	}
	return false;
}

static bool read_comm(const struct tep_record *record, struct trace_dat_field field, char *comm)
{
	int64_t place;

	if (field.dynamic) {
		if (!read_number(record, field, &place))
			return false;
		field.offset = (uint32_t)place & 0xffff;
		field.size = (uint32_t)place >> 16 & 0xffff;
	}
	if (record->size < 0 || field.offset > (uint32_t)record->size ||
	    field.size > (uint32_t)record->size - field.offset)
		return false;
	if (field.size > TASK_COMM_LEN - 1)
		field.size = TASK_COMM_LEN - 1;
	memcpy(comm, (const char *)record->data + field.offset, field.size);
	comm[field.size] = '\0';
	memset(comm + strlen(comm), 0, TASK_COMM_LEN - strlen(comm));
	return true;
}

static bool read_field(const struct tep_record *record, struct trace_dat_field field,
		       const struct known_field *what, struct sched_event *event)
{
	char *to = (char *)event + what->to;
	int64_t value;

	if (!field.size)
		return true;
	if (what->kind == KIND_COMM)
		return read_comm(record, field, to);
	if (!read_number(record, field, &value))
		return false;
	switch (what->kind) {
	case KIND_TID:
		if (value < 0 || value > INT32_MAX)
			return false;
		break;
	case KIND_PRIO:
		if (value < -1 || value > INT32_MAX)
			return false;
		break;
	case KIND_STATE:
		event->preempt = value & STATE_PREEMPTED;
		value &= ~(int64_t)STATE_PREEMPTED;
		break;
	case KIND_CPU:
		if (value < 0 || value >= CPUS_MAX)
			return false;
		break;
	case KIND_COMM:
		break;
	}
	memcpy(to, &(uint32_t){ (uint32_t)value }, sizeof(uint32_t));
	return true;
}

static int type_of(const struct trace_dat_fields *fields, const struct tep_record *record)
{
	int64_t id;

	if (!read_number(record, fields->type, &id))
		return 0;
	for (int type = 1; type < SCHED_EVENT_TYPES; type++)
		if (fields->layouts[type].known && fields->layouts[type].id == id)
			return type;
	return 0;
}

bool trace_dat_fields_is_ours(const struct trace_dat_fields *fields,
			      const struct tep_record *record)
{
	return type_of(fields, record);
}

bool trace_dat_fields_read(const struct trace_dat_fields *fields, const struct tep_record *record,
			   struct sched_event *event)
{
	int type = type_of(fields, record);
	int64_t current, flags;

	script_event_clear(event);
	event->type = (uint8_t)type;
	if (fields->current.size && read_number(record, fields->current, &current) &&
	    current >= 0 && current <= INT32_MAX)
		event->current_tid = (int32_t)current;
	if (fields->flags.size && read_number(record, fields->flags, &flags))
		event->context = trace_flags_context((uint8_t)flags, event->type, fields->modern);
	for (int i = 0; i < TRACE_DAT_FIELDS_MAX && known[type].fields[i].name; i++)
		if (!read_field(record, fields->layouts[type].fields[i], &known[type].fields[i],
				event))
			return false;
	return true;
}
