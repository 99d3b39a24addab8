// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes a trace file: gathers events into segments (disjoint in time, bounded in count and
 * span), which writer_segment.c makes chunks of. A segment is written as soon as it is full: a
 * reader needs no more than one at a time.
 */
#include "trace/writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include "trace/meta_record.h"
#include "trace/writer_internal.h"

/* A killed recorder loses no more than this. */
#define SEGMENT_SPAN_NS 1000000000ull

int writer_put_chunk(struct trace_writer *w, struct ilt_chunk chunk, const struct packed *packed)
{
	int err;

	chunk.magic = htole32(ILT_CHUNK_MAGIC);
	chunk.number = htole32(w->chunks++);
	chunk.cpu = htole16(chunk.cpu);
	chunk.events = htole32(chunk.events);
	chunk.codec = packed->codec;
	chunk.stored_bytes = htole32(packed->stored_bytes);
	chunk.raw_bytes = htole32(packed->raw_bytes);
	chunk.payload_crc = htole32(crc32_z(0, packed->data, packed->stored_bytes));
	chunk.crc = htole32(crc32_z(0, (void *)&chunk, offsetof(struct ilt_chunk, crc)));
	err = output_file_put(&w->out, &chunk, sizeof(chunk));
	return err ?: output_file_put(&w->out, packed->data, packed->stored_bytes);
}

int writer_put_bytes(struct trace_writer *w, uint8_t type, uint32_t events, const void *data,
		     size_t size)
{
	struct ilt_chunk chunk = { .type = type, .events = events };
	struct packed packed;
	int err = chunk_encoder_pack_bytes(&w->encoder, data, size, &packed);

	return err ?: writer_put_chunk(w, chunk, &packed);
}

static struct ilt_header make_header(uint32_t flags)
{
	struct ilt_header header = { .magic = ILT_MAGIC };

	header.version = htole32(ILT_VERSION);
	header.flags = htole32(flags);
	header.crc = htole32(crc32_z(0, (void *)&header, offsetof(struct ilt_header, crc)));
	return header;
}

int writer_put_start(struct trace_writer *w, const struct trace_meta *meta)
{
	struct ilt_header header = make_header(ILT_INCOMPLETE);
	size_t size;
	uint8_t *data = meta_record_make(meta, &size);
	int err;

	if (!data)
		return size ? -ENOMEM : -E2BIG;
	err = output_file_put(&w->out, &header, sizeof(header));
	if (!err)
		err = writer_put_bytes(w, ILT_META, 0, data, size);
	if (!err)
		err = output_file_flush(&w->out);
	w->segments_at = w->out.bytes;
	free(data);
	return err;
}

static void writer_free(struct trace_writer *w)
{
	chunk_encoder_free(&w->encoder);
	free(w->events);
	free(w->order);
	free(w->picked);
	free(w->cpu_end);
	free(w->control);
	free(w->path);
	free(w);
}

static int writer_alloc(struct trace_writer *w, uint32_t cpu_count)
{
	size_t n = ILT_SEGMENT_EVENTS_MAX;

	w->cpu_count = w->limits.cpu_count = cpu_count;
	w->events = malloc(n * sizeof(*w->events));
	w->order = malloc(n * sizeof(*w->order));
	w->picked = malloc(n * sizeof(*w->picked));
	w->cpu_end = calloc(cpu_count + 1, sizeof(*w->cpu_end));
	w->control = malloc(n * sizeof(*w->control));
	if (!w->events || !w->order || !w->picked || !w->cpu_end || !w->control)
		return -ENOMEM;
	return chunk_encoder_init(&w->encoder, cpu_count);
}

int trace_writer_open(struct trace_writer **writer, const char *path, const struct trace_meta *meta,
		      unsigned int flags)
{
	struct trace_writer *w;
	int err;

	*writer = NULL;
	if (meta->cpu_count > ILT_CPUS_MAX)
		return -E2BIG;
	w = calloc(1, sizeof(*w));
	if (!w)
		return -ENOMEM;
	w->span_ns = flags & TRACE_WRITER_AT_ONCE ? UINT64_MAX : SEGMENT_SPAN_NS;
	w->path = strdup(path);
	err = w->path ? writer_alloc(w, meta->cpu_count) : -ENOMEM;
	if (err)
		goto cleanup;
	err = output_file_open(&w->out, w->path, flags & TRACE_WRITER_REPLACE);
	if (err)
		goto cleanup;
	err = writer_put_start(w, meta);
	if (!err) {
		*writer = w;
		return 0;
	}
	output_file_close(&w->out, true);
cleanup:
	writer_free(w);
	return err;
}

/*
 * With a full chunk for each of its CPUs, on average, a segment packs no better by growing. And it
 * is gone through three times: the near caches keep a small one.
 */
static bool segment_is_full(const struct trace_writer *w, uint64_t time_ns)
{
	if (!w->count)
		return false;
	return w->count == ILT_SEGMENT_EVENTS_MAX || w->count >= ILT_CHUNK_EVENTS_MAX * w->cpus ||
	       (time_ns > w->first_ns && time_ns - w->first_ns > w->span_ns);
}

/* Keeps the segment's bounds, and whether the event came out of order. */
static void note_time(struct trace_writer *w, const struct event *e)
{
	const struct event *last = &w->events[w->count - 1];

	if (!w->count) {
		w->unsorted = false;
		w->first_ns = w->last_ns = e->time_ns;
	} else if (e->time_ns > last->time_ns) {
		if (e->time_ns > w->last_ns)
			w->last_ns = e->time_ns;
	} else if (e->time_ns < last->time_ns || e->cpu < last->cpu) {
		w->unsorted = true;
		if (e->time_ns < w->first_ns)
			w->first_ns = e->time_ns;
	}
	if (e->time_ns < w->written_ns)
		w->late++;
}

static void note_cpu(struct trace_writer *w, uint16_t cpu)
{
	w->cpus++;
	if (cpu >= w->cpu_limit)
		w->cpu_limit = cpu + 1;
}

static int add_event(struct trace_writer *w, const struct event *e)
{
	int err = 0;

	if (segment_is_full(w, e->time_ns))
		err = writer_put_segment(w);
	if (err)
		return err;
	w->limits.task_max = ilt_task_limit_max(++w->events_total);
	err = event_check(&w->limits, e);
	if (err)
		return err;
	note_time(w, e);
	w->events[w->count++] = *e;
	w->tasks += e->type == EVENT_TASK;
	if (!w->cpu_end[e->cpu]++)
		note_cpu(w, e->cpu);
	w->slices += e->type == EVENT_SLICE;
	return 0;
}

int trace_writer_add(struct trace_writer *w, const struct event *events, int n)
{
	for (int i = 0; i < n && !w->error; i++)
		w->error = add_event(w, &events[i]);
	return w->error;
}

uint64_t trace_writer_bytes(const struct trace_writer *w)
{
	return w->out.bytes;
}

uint64_t trace_writer_slices(const struct trace_writer *w)
{
	return w->slices;
}

uint64_t trace_writer_late(const struct trace_writer *w)
{
	return w->late;
}

static int put_trailer(struct trace_writer *w, const struct trace_meta *meta)
{
	size_t size;
	uint8_t *data = trailer_record_make(meta, w->cpu_count, w->late, &size);
	int err;

	if (!data)
		return -ENOMEM;
	err = writer_put_bytes(w, ILT_TRAILER, 0, data, size);
	free(data);
	return err;
}

static int put_index(struct trace_writer *w, uint64_t trailer_offset)
{
	struct ilt_footer footer = { .magic = ILT_FOOTER_MAGIC };
	uint64_t index_offset = w->out.bytes;
	uint32_t n = w->index.count;
	int err;

	trace_index_finish(&w->index);
	err = writer_put_bytes(w, ILT_INDEX, n, w->index.entries, n * sizeof(*w->index.entries));
	if (err)
		return err;
	footer.trailer_offset = htole64(trailer_offset);
	footer.index_offset = htole64(index_offset);
	footer.chunks = htole32(w->chunks);
	footer.crc = htole32(crc32_z(0, (void *)&footer, offsetof(struct ilt_footer, crc)));
	return output_file_put(&w->out, &footer, sizeof(footer));
}

static int finish(struct trace_writer *w, const struct trace_meta *meta)
{
	struct ilt_header header = make_header(0);
	uint64_t trailer_offset;
	int err = 0;

	if (w->count)
		err = writer_put_segment(w);
	trailer_offset = w->out.bytes;
	if (!err)
		err = put_trailer(w, meta);
	if (!err)
		err = put_index(w, trailer_offset);
	if (!err)
		err = output_file_flush(&w->out);
	if (!err)
		err = output_file_patch(&w->out, &header, sizeof(header));
	return err;
}

int trace_writer_close(struct trace_writer *w, const struct trace_meta *meta)
{
	int err, close_err;

	if (!w)
		return 0;
	err = w->error;
	if (!err && meta)
		err = finish(w, meta);
	close_err = output_file_close(&w->out, false);
	writer_free(w);
	return err ?: close_err;
}
