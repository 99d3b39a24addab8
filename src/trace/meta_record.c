// SPDX-License-Identifier: GPL-2.0-only
/* The payloads of the META and TRAILER chunks: see meta_record.h and docs/trace-format.md. */
#include "trace/meta_record.h"

#include <errno.h>
#include <stdlib.h>
#include "trace/file_format.h"
#include "trace/varint.h"

#define NUMBER_MAX 10 /* bytes of a varint */

static size_t text_room(const char *text)
{
	return NUMBER_MAX + (text ? strlen(text) : 0);
}

/* 0 for NULL, else the length plus one and the bytes. */
static uint8_t *put_text(uint8_t *p, const char *text)
{
	size_t len = text ? strlen(text) : 0;

	p = put_varint(p, text ? len + 1 : 0);
	if (len)
		memcpy(p, text, len);
	return p + len;
}

uint8_t *meta_record_make(const struct trace_meta *meta, size_t *size)
{
	size_t room = 4 * NUMBER_MAX + meta->cpu_count + text_room(meta->task_filter) +
		      text_room(meta->command) + text_room(meta->rests_on) +
		      text_room(meta->host_json);
	uint8_t *data, *p;

	*size = 0;
	if (room > ILT_META_RAW_MAX)
		return NULL;
	*size = room;
	data = p = calloc(1, room);
	if (!data)
		return NULL;
	p = put_varint(p, meta->cpu_count);
	p = put_varint(p, meta->start_ns);
	p = put_varint(p, zigzag(meta->realtime_offset_ns));
	p = put_varint(p, meta->all_cpus);
	for (uint32_t cpu = 0; meta->target_cpus && cpu < meta->cpu_count; cpu++)
		if (hwloc_bitmap_isset(meta->target_cpus, cpu))
			p[cpu / 8] |= 1 << cpu % 8;
	p += (meta->cpu_count + 7) / 8;
	p = put_text(p, meta->task_filter);
	p = put_text(p, meta->command);
	p = put_text(p, meta->rests_on);
	p = put_text(p, meta->host_json);
	*size = p - data;
	return data;
}

static int get_text(const uint8_t **p, const uint8_t *end, char **text)
{
	uint64_t len;

	if (!get_varint(p, end, &len))
		return -EBADMSG;
	if (!len)
		return 0;
	if (--len > (uint64_t)(end - *p) || memchr(*p, '\0', len))
		return -EBADMSG;
	*text = strndup((const char *)*p, len);
	*p += len;
	return *text ? 0 : -ENOMEM;
}

static int get_cpu_set(const uint8_t **p, const uint8_t *end, struct trace_meta *meta)
{
	size_t bytes = (meta->cpu_count + 7) / 8;

	if ((size_t)(end - *p) < bytes)
		return -EBADMSG;
	for (uint32_t cpu = 0; cpu < meta->cpu_count; cpu++)
		if ((*p)[cpu / 8] >> cpu % 8 & 1 && hwloc_bitmap_set(meta->target_cpus, cpu))
			return -ENOMEM;
	*p += bytes;
	return 0;
}

static int get_texts(const uint8_t **p, const uint8_t *end, struct trace_meta *meta)
{
	char **texts[] = { &meta->task_filter, &meta->command, &meta->rests_on, &meta->host_json };

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		int err = get_text(p, end, texts[i]);

		if (err)
			return err;
	}
	return *p == end ? 0 : -EBADMSG;
}

int meta_record_parse(struct trace_meta *meta, const uint8_t *data, size_t size)
{
	const uint8_t *p = data, *end = data + size;
	uint64_t cpu_count, start_ns, offset, all_cpus;
	int err;

	if (!get_varint(&p, end, &cpu_count) || !get_varint(&p, end, &start_ns) ||
	    !get_varint(&p, end, &offset) || !get_varint(&p, end, &all_cpus) ||
	    cpu_count > ILT_CPUS_MAX)
		return -EBADMSG;
	err = trace_meta_init(meta, cpu_count);
	if (err)
		return err;
	meta->start_ns = start_ns;
	meta->realtime_offset_ns = unzigzag(offset);
	meta->all_cpus = all_cpus;
	meta->incomplete = true;
	err = get_cpu_set(&p, end, meta);
	if (!err)
		err = get_texts(&p, end, meta);
	if (err)
		trace_meta_free(meta);
	return err;
}

uint8_t *trailer_record_make(const struct trace_meta *meta, uint32_t cpu_count, uint64_t late,
			     size_t *size)
{
	static const struct cpu_counts none;
	uint8_t *data, *p;
	size_t room;

	*size = 0;
	room = 3 * NUMBER_MAX + (size_t)cpu_count * (LOST_KINDS + 3) * NUMBER_MAX +
	       text_room(meta->ksm_json);
	data = p = room > ILT_META_RAW_MAX ? NULL : malloc(room);
	if (!data)
		return NULL;
	p = put_varint(p, cpu_count);
	p = put_varint(p, meta->end_ns);
	p = put_varint(p, late);
	for (uint32_t cpu = 0; cpu < cpu_count; cpu++) {
		const struct cpu_counts *c = cpu < meta->cpu_count ? &meta->cpus[cpu] : &none;

		p = put_varint(p, c->slices_made);
		for (int kind = 0; kind < LOST_KINDS; kind++)
			p = put_varint(p, c->lost[kind]);
		p = put_varint(p, c->state_lost);
		p = put_varint(p, c->programs_skipped);
	}
	/* Nothing where there is nothing, as in files of before there was something. */
	if (meta->ksm_json)
		p = put_text(p, meta->ksm_json);
	*size = p - data;
	return data;
}

static bool get_counts(const uint8_t **p, const uint8_t *end, struct cpu_counts *c)
{
	if (!get_varint(p, end, &c->slices_made))
		return false;
	for (int kind = 0; kind < LOST_KINDS; kind++)
		if (!get_varint(p, end, &c->lost[kind]))
			return false;
	return get_varint(p, end, &c->state_lost) && get_varint(p, end, &c->programs_skipped);
}

int trailer_record_parse(struct trace_meta *meta, uint64_t *late, const uint8_t *data, size_t size)
{
	const uint8_t *p = data, *end = data + size;
	uint64_t cpu_count, end_ns;
	char *ksm_json = NULL;
	int err = 0;

	if (!get_varint(&p, end, &cpu_count) || !get_varint(&p, end, &end_ns) ||
	    !get_varint(&p, end, late) || cpu_count != meta->cpu_count)
		return -EBADMSG;
	for (uint32_t cpu = 0; cpu < cpu_count; cpu++)
		if (!get_counts(&p, end, &meta->cpus[cpu]))
			return -EBADMSG;
	if (p != end)
		err = get_text(&p, end, &ksm_json);
	if (err || p != end) {
		free(ksm_json);
		return err ? err : -EBADMSG;
	}
	/* A file's end may be read twice: ahead, and when its turn comes. */
	free(meta->ksm_json);
	meta->ksm_json = ksm_json;
	meta->end_ns = end_ns;
	meta->incomplete = false;
	return 0;
}
