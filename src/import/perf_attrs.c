// SPDX-License-Identifier: GPL-2.0-only
/* The events that a perf.data was recorded with: see perf_attrs.h. */
#include "import/perf_attrs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "import/perf_bytes.h"

#define HEADER_SIZE ((uint16_t)sizeof(struct perf_event_header))

void perf_attrs_free(struct perf_attrs *attrs)
{
	free(attrs->attrs);
	free(attrs->ids);
}

/* Gives the next place of eight bytes to a field that sample_type has. */
static uint16_t place(uint64_t sample_type, uint64_t field, uint16_t *at)
{
	uint16_t here = *at;

	if (!(sample_type & field))
		return PERF_NO_FIELD;
	*at += 8;
	return here;
}

static void place_sample(struct perf_attr *a)
{
	uint64_t type = a->attr.sample_type;
	uint16_t at = HEADER_SIZE, identifier, id;

	identifier = place(type, PERF_SAMPLE_IDENTIFIER, &at);
	place(type, PERF_SAMPLE_IP, &at);
	a->tid = place(type, PERF_SAMPLE_TID, &at);
	a->time = place(type, PERF_SAMPLE_TIME, &at);
	place(type, PERF_SAMPLE_ADDR, &at);
	id = place(type, PERF_SAMPLE_ID, &at);
	place(type, PERF_SAMPLE_STREAM_ID, &at);
	a->cpu = place(type, PERF_SAMPLE_CPU, &at);
	place(type, PERF_SAMPLE_PERIOD, &at);
	a->id = identifier != PERF_NO_FIELD ? identifier : id;
	a->fixed = at;
	a->only_raw =
		type & PERF_SAMPLE_RAW && !(type & (PERF_SAMPLE_READ | PERF_SAMPLE_CALLCHAIN));
}

static void place_trailer(struct perf_attr *a)
{
	uint64_t type = a->attr.sample_id_all ? a->attr.sample_type : 0;
	uint16_t at = 0, identifier, id;

	a->trailer_tid = place(type, PERF_SAMPLE_TID, &at);
	a->trailer_time = place(type, PERF_SAMPLE_TIME, &at);
	id = place(type, PERF_SAMPLE_ID, &at);
	place(type, PERF_SAMPLE_STREAM_ID, &at);
	a->trailer_cpu = place(type, PERF_SAMPLE_CPU, &at);
	identifier = place(type, PERF_SAMPLE_IDENTIFIER, &at);
	a->trailer_id = identifier != PERF_NO_FIELD ? identifier : id;
	a->trailer = at;
}

int perf_attrs_add(struct perf_attrs *attrs, const uint8_t *data, size_t size)
{
	struct perf_attr *grown, *a;

	if (size < PERF_ATTR_SIZE_VER0 || attrs->count == PERF_ATTRS_MAX)
		return -EINVAL;
	grown = realloc(attrs->attrs, (attrs->count + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	attrs->attrs = grown;
	a = &grown[attrs->count++];
	memset(a, 0, sizeof(*a));
	memcpy(&a->attr, data, size < sizeof(a->attr) ? size : sizeof(a->attr));
	place_sample(a);
	place_trailer(a);
	return 0;
}

/* Kernels count ids up, so that they need no mixing to have a place each. */
static struct perf_id *id_place(const struct perf_attrs *attrs, uint64_t id)
{
	uint32_t mask = attrs->id_size - 1, i = id & mask;

	/* Nearly always the first that is looked at is it. */
	while (attrs->ids[i].id != id && attrs->ids[i].attr != UINT32_MAX)
		i = (i + 1) & mask;
	return &attrs->ids[i];
}

static int grow_ids(struct perf_attrs *attrs)
{
	struct perf_attrs old = *attrs;

	attrs->id_size = old.id_size ? old.id_size * 2 : 64;
	attrs->ids = malloc(attrs->id_size * sizeof(*attrs->ids));
	if (!attrs->ids) {
		*attrs = old;
		return -ENOMEM;
	}
	memset(attrs->ids, 0xff, attrs->id_size * sizeof(*attrs->ids));
	for (uint32_t i = 0; i < old.id_size; i++)
		if (old.ids[i].attr != UINT32_MAX)
			*id_place(attrs, old.ids[i].id) = old.ids[i];
	free(old.ids);
	return 0;
}

int perf_attrs_add_id(struct perf_attrs *attrs, uint64_t id, uint32_t attr)
{
	struct perf_id *at;
	int err;

	if (attrs->id_count >= attrs->id_size / 2) {
		err = grow_ids(attrs);
		if (err)
			return err;
	}
	at = id_place(attrs, id);
	if (at->attr == UINT32_MAX) {
		attrs->id_count++;
		*at = (struct perf_id){ id, attr, UINT32_MAX };
	}
	return 0;
}

const struct perf_id *perf_attrs_find_id(const struct perf_attrs *attrs, uint64_t id)
{
	const struct perf_id *at;

	if (!attrs->id_size)
		return NULL;
	at = id_place(attrs, id);
	return at->attr == UINT32_MAX ? NULL : at;
}

void perf_attrs_set_cpu(struct perf_attrs *attrs, uint64_t id, uint32_t cpu)
{
	struct perf_id *at = (struct perf_id *)perf_attrs_find_id(attrs, id);

	if (at)
		at->cpu = cpu;
}

/* Without PERF_SAMPLE_IDENTIFIER an id is found only if all events have it at one place. */
static bool ids_have_one_place(const struct perf_attrs *attrs)
{
	for (uint32_t i = 1; i < attrs->count; i++) {
		const struct perf_attr *a = &attrs->attrs[i], *b = &attrs->attrs[0];

		if (a->id != b->id || a->id == PERF_NO_FIELD)
			return false;
		if (a->trailer && b->trailer &&
		    a->trailer - a->trailer_id != b->trailer - b->trailer_id)
			return false;
	}
	return true;
}

int perf_attrs_resolve(struct perf_attrs *attrs, const struct perf_formats *formats, uint32_t *has)
{
	*has = attrs->count ? SCHED_HAS(SCHED_LOST) : 0;
	if (!ids_have_one_place(attrs))
		return -EINVAL;
	attrs->id = attrs->count > 1 ? attrs->attrs[0].id : PERF_NO_FIELD;
	/* Of events without ids, too: so there is a place to look at. */
	if (!attrs->id_size && grow_ids(attrs))
		return -ENOMEM;
	for (uint32_t i = 0; i < attrs->count; i++) {
		struct perf_attr *a = &attrs->attrs[i];

		if (a->attr.comm)
			*has |= SCHED_HAS(SCHED_NAME);
		if (a->attr.task)
			*has |= SCHED_HAS(SCHED_FORK) | SCHED_HAS(SCHED_EXIT);
		a->format = NULL;
		if (a->attr.type == PERF_TYPE_TRACEPOINT)
			a->format = perf_formats_find(formats, a->attr.config);
		if (!a->format)
			continue;
		*has |= SCHED_HAS(a->format->type);
		if (a->time == PERF_NO_FIELD || a->cpu == PERF_NO_FIELD ||
		    !(a->attr.sample_type & PERF_SAMPLE_RAW))
			return -ENOTSUP;
	}
	return 0;
}

const struct perf_attr *perf_attrs_of_sample(const struct perf_attrs *attrs, const uint8_t *record,
					     uint16_t size)
{
	static const struct perf_attr none;
	const struct perf_attr *a = attrs->attrs;

	if (attrs->id != PERF_NO_FIELD) {
		const struct perf_id *id;

		if (size < attrs->id + 8)
			return &none;
		id = id_place(attrs, get_u64(record + attrs->id));
		if (id->attr == UINT32_MAX)
			return &none;
		a += id->attr;
	}
	return size >= a->fixed ? a : &none;
}

static const struct perf_who nobody = { .pid = TID_UNKNOWN, .tid = TID_UNKNOWN, .cpu = UINT32_MAX };

/* Into its place: a structure that is copied while its fields are yet being stored costs a stall.
 */
static void read_who(const uint8_t *at, uint16_t id, uint16_t tid, uint16_t time, uint16_t cpu,
		     struct perf_who *who)
{
	who->id = id != PERF_NO_FIELD ? get_u64(at + id) : 0;
	who->pid = tid != PERF_NO_FIELD ? (int32_t)get_u32(at + tid) : TID_UNKNOWN;
	who->tid = tid != PERF_NO_FIELD ? (int32_t)get_u32(at + tid + 4) : TID_UNKNOWN;
	who->time_ns = time != PERF_NO_FIELD ? get_u64(at + time) : 0;
	who->cpu = cpu != PERF_NO_FIELD ? get_u32(at + cpu) : UINT32_MAX;
	if (who->cpu >= PERF_CPU_MAX)
		who->cpu = UINT32_MAX;
}

/* Passes over n numbers of eight bytes. */
static bool pass(uint32_t *at, uint16_t size, uint64_t n)
{
	if (n > (uint64_t)(size - *at) / 8)
		return false;
	*at += n * 8;
	return true;
}

/* Reads the number at *at, and passes over it. */
static bool pass_number(uint32_t *at, uint16_t size, const uint8_t *record, uint64_t *n)
{
	uint32_t here = *at;

	if (!pass(at, size, 1))
		return false;
	*n = get_u64(record + here);
	return true;
}

/* PERF_SAMPLE_READ: counts of the event, or of its group. */
static bool pass_read(uint32_t *at, uint16_t size, const uint8_t *record, uint64_t format)
{
	uint64_t times = !!(format & PERF_FORMAT_TOTAL_TIME_ENABLED) +
			 !!(format & PERF_FORMAT_TOTAL_TIME_RUNNING);
	uint64_t each = 1 + !!(format & PERF_FORMAT_ID) + !!(format & PERF_FORMAT_LOST), n = 1;

	if (format & PERF_FORMAT_GROUP && !pass_number(at, size, record, &n))
		return false;
	return n <= PERF_ATTRS_MAX && pass(at, size, times + n * each);
}

static const uint8_t *raw_at(const uint8_t *record, uint32_t at, uint16_t size, uint32_t *raw_size)
{
	if (size - at < sizeof(*raw_size))
		return NULL;
	*raw_size = get_u32(record + at);
	at += sizeof(*raw_size);
	return *raw_size <= size - at ? record + at : NULL;
}

const uint8_t *perf_sample_raw(const struct perf_attr *a, const uint8_t *record, uint16_t size,
			       uint32_t *raw_size)
{
	uint64_t type = a->attr.sample_type, callers;
	uint32_t at = a->fixed;

	if (a->only_raw)
		return raw_at(record, at, size, raw_size);
	if (type & PERF_SAMPLE_READ && !pass_read(&at, size, record, a->attr.read_format))
		return NULL;
	if (type & PERF_SAMPLE_CALLCHAIN &&
	    (!pass_number(&at, size, record, &callers) || !pass(&at, size, callers)))
		return NULL;
	return type & PERF_SAMPLE_RAW ? raw_at(record, at, size, raw_size) : NULL;
}

bool perf_attrs_trailer(const struct perf_attrs *attrs, const uint8_t *record, uint16_t size,
			uint16_t body, struct perf_who *who)
{
	const struct perf_attr *a = attrs->attrs;
	const struct perf_id *id;
	const uint8_t *end = record + size;

	*who = nobody;
	if (!attrs->count || !a->trailer || size < body + a->trailer)
		return false;
	if (attrs->count > 1) {
		id = perf_attrs_find_id(attrs, get_u64(end - (a->trailer - a->trailer_id)));
		/* What perf itself made up has no id: all events' are alike then, it says. */
		a = id ? &attrs->attrs[id->attr] : a;
		if (!a->trailer || size < body + a->trailer)
			return false;
	}
	end -= a->trailer;
	read_who(end, a->trailer_id, a->trailer_tid, a->trailer_time, a->trailer_cpu, who);
	return true;
}
