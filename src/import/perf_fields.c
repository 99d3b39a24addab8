// SPDX-License-Identifier: GPL-2.0-only
/* A tracepoint's record, read at the places that its format tells: see perf_formats.h. */
#include <endian.h>
#include <errno.h>
#include <string.h>
#include "import/perf_bytes.h"
#include "import/perf_formats.h"
#include "import/trace_flags.h"

#define PRIO_MAX 139

/* absent: where this kernel has no such field. The caller has checked the bounds. */
static int64_t number(const struct sched_field *field, const uint8_t *raw, int64_t absent)
{
	const uint8_t *at = raw + field->offset;
	uint64_t value, sign;

	if (field->kind != FIELD_NUMBER)
		return absent;
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

/* The bytes before a zero byte, the others 0; of 8, the lowest being the first. */
static uint64_t up_to_zero(uint64_t bytes)
{
	const uint64_t ones = 0x0101010101010101, highs = 0x8080808080808080;
	uint64_t zeros = (bytes - ones) & ~bytes & highs; /* its lowest bit is of the first zero */

	return zeros ? bytes & (((zeros & -zeros) >> 7) - 1) : bytes;
}

/* A name as all kernels record it: 16 bytes, with anything behind its end. */
static void plain_name(const uint8_t *at, char comm[TASK_COMM_LEN])
{
	uint64_t low = up_to_zero(le64toh(get_u64(at))), high = 0;

	if (low >> 56)
		high = up_to_zero(le64toh(get_u64(at + 8)) & (UINT64_MAX >> 8));
	low = htole64(low);
	high = htole64(high);
	memcpy(comm, &low, sizeof(low));
	memcpy(comm + 8, &high, sizeof(high));
}

static void text(const struct sched_field *field, const uint8_t *raw, size_t size,
		 char comm[TASK_COMM_LEN])
{
	size_t offset = field->offset, length = field->size, end;

	if (field->kind == FIELD_TEXT && length == TASK_COMM_LEN) {
		plain_name(raw + offset, comm);
		return;
	}
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

static int32_t prio(const struct sched_field *field, const uint8_t *raw)
{
	int64_t value = number(field, raw, -1);

	return value >= 0 && value <= PRIO_MAX ? value : -1;
}

static uint32_t cpu(const struct sched_field *field, const uint8_t *raw)
{
	int64_t value = number(field, raw, -1);

	return value >= 0 && value < UINT16_MAX ? value : UINT32_MAX;
}

int sched_format_decode(const struct sched_format *format, const uint8_t *raw, size_t size,
			bool modern, struct sched_event *e)
{
	uint64_t state;

	if (size < format->size)
		return -EINVAL;
	e->type = format->type;
	e->tid = number(&format->tid, raw, TID_UNKNOWN);
	e->other_tid = number(&format->other_tid, raw, TID_UNKNOWN);
	e->prio = prio(&format->prio, raw);
	e->other_prio = prio(&format->other_prio, raw);
	e->orig_cpu = cpu(&format->orig_cpu, raw);
	e->dest_cpu = cpu(&format->dest_cpu, raw);
	text(&format->comm, raw, size, e->comm);
	text(&format->other_comm, raw, size, e->other_comm);
	state = number(&format->state, raw, 0);
	e->preempt = state & format->preempt_bit;
	e->state = state & ~format->preempt_bit;
	if (format->flags.kind)
		e->context = trace_flags_context(number(&format->flags, raw, 0), e->type, modern);
	if (e->current_tid == TID_UNKNOWN)
		e->current_tid = number(&format->current_tid, raw, TID_UNKNOWN);
	return 0;
}
