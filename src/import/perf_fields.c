// SPDX-License-Identifier: GPL-2.0-only
/* A tracepoint's record, read at the places that its format tells: see perf_formats.h. */
#include <errno.h>
#include <string.h>
#include "import/perf_bytes.h"
#include "import/perf_formats.h"
#include "import/trace_flags.h"

#define PRIO_MAX 139

/* Whatever its size. */
static int64_t any_number(const struct sched_field *field, const uint8_t *raw)
{
	const uint8_t *at = raw + field->offset;
	uint64_t value, sign;

	switch (field->size) {
	case 1:
		value = *at;
		break;
	case 2:
		value = get_u16(at);
		break;
	case 4:
		value = get_u32(at);
		break;
	default:
		return get_u64(at);
	}
	sign = 1ull << (8 * field->size - 1);
	return field->is_signed ? (int64_t)(value ^ sign) - (int64_t)sign : (int64_t)value;
}

/* absent: where this kernel has no such field. The caller has checked the bounds. */
static inline int64_t number(const struct sched_field *field, const uint8_t *raw, bool plain,
			     int64_t absent)
{
	if (plain || field->kind == FIELD_INT)
		return (int32_t)get_u32(raw + field->offset);
	return field->kind == FIELD_NUMBER ? any_number(field, raw) : absent;
}

static void any_text(const struct sched_field *field, const uint8_t *raw, size_t size,
		     char comm[TASK_COMM_LEN])
{
	size_t offset = field->offset, length = field->size, end;

	memset(comm, 0, TASK_COMM_LEN);
	if (!field->kind)
		return;
	if (field->kind != FIELD_TEXT) {
		uint32_t place = get_u32(raw + offset);

		offset = place & 0xffff;
		length = place >> 16;
		if (field->kind == FIELD_RELATIVE)
			offset += field->offset + field->size;
		if (offset > size || length > size - offset)
			return;
	}
	if (length > TASK_COMM_LEN - 1)
		length = TASK_COMM_LEN - 1;
	end = strnlen((const char *)raw + offset, length);
	memcpy(comm, raw + offset, end);
}

static inline void text(const struct sched_field *field, const uint8_t *raw, bool plain,
			size_t size, char comm[TASK_COMM_LEN])
{
	if (!plain && field->kind != FIELD_NAME) {
		any_text(field, raw, size, comm);
		return;
	}
	memcpy(comm, raw + field->offset, TASK_COMM_LEN);
	comm[TASK_COMM_LEN - 1] = '\0';
}

static inline int32_t prio(const struct sched_field *field, const uint8_t *raw, bool plain)
{
	int64_t value = number(field, raw, plain, -1);

	return value >= 0 && value <= PRIO_MAX ? value : -1;
}

static inline uint32_t cpu(const struct sched_field *field, const uint8_t *raw, bool plain)
{
	int64_t value = number(field, raw, plain, -1);

	return value >= 0 && value < UINT16_MAX ? value : UINT32_MAX;
}

static inline void switch_fields(const struct sched_format *format, const uint8_t *raw, bool plain,
				 size_t size, struct sched_event *e)
{
	uint64_t state = plain ? get_u64(raw + format->state.offset)
			       : (uint64_t)number(&format->state, raw, false, 0);

	e->preempt = state & format->preempt_bit;
	e->state = state & ~format->preempt_bit;
	e->other_tid = number(&format->other_tid, raw, plain, TID_UNKNOWN);
	e->other_prio = prio(&format->other_prio, raw, plain);
	text(&format->other_comm, raw, plain, size, e->other_comm);
	e->orig_cpu = e->dest_cpu = UINT32_MAX;
}

/* Of all that are no switch. */
static inline void other_fields(const struct sched_format *format, const uint8_t *raw, bool plain,
				size_t size, struct sched_event *e)
{
	e->preempt = false;
	e->state = 0;
	e->other_prio = -1;
	if (plain) {
		e->other_tid = TID_UNKNOWN;
		memset(e->other_comm, 0, sizeof(e->other_comm));
	} else {
		e->other_tid = number(&format->other_tid, raw, false, TID_UNKNOWN);
		text(&format->other_comm, raw, false, size, e->other_comm);
	}
	e->orig_cpu = cpu(&format->orig_cpu, raw, plain);
	e->dest_cpu = format->dest_cpu.kind ? cpu(&format->dest_cpu, raw, plain) : UINT32_MAX;
}

/* Once for formats that are as expected, and once for any: then no field need be asked what it is.
 */
static inline __attribute__((always_inline)) void decode(const struct sched_format *format,
							 const uint8_t *raw, bool plain,
							 size_t size, bool modern,
							 struct sched_event *e)
{
	e->type = format->type;
	e->tid = number(&format->tid, raw, plain, TID_UNKNOWN);
	e->prio = prio(&format->prio, raw, plain);
	text(&format->comm, raw, plain, size, e->comm);
	if (format->type == SCHED_SWITCH)
		switch_fields(format, raw, plain, size, e);
	else
		other_fields(format, raw, plain, size, e);
	e->context = WAKER_UNKNOWN;
	if (plain)
		e->context = trace_flags_context(raw[format->flags.offset], format->type, modern);
	else if (format->flags.kind)
		e->context = trace_flags_context(number(&format->flags, raw, false, 0),
						 format->type, modern);
	if (e->current_tid == TID_UNKNOWN)
		e->current_tid = number(&format->current_tid, raw, plain, TID_UNKNOWN);
}

static __attribute__((noinline)) void decode_any(const struct sched_format *format,
						 const uint8_t *raw, size_t size, bool modern,
						 struct sched_event *e)
{
	decode(format, raw, false, size, modern, e);
}

int sched_format_decode(const struct sched_format *format, const uint8_t *raw, size_t size,
			bool modern, struct sched_event *e)
{
	if (size < format->size)
		return -EINVAL;
	if (format->plain)
		decode(format, raw, true, size, modern, e);
	else
		decode_any(format, raw, size, modern, e);
	return 0;
}
