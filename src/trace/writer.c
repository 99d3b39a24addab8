// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes a trace file: gathers events into segments (disjoint in time, bounded in count and
 * span), and a segment into chunks: its task identities first, then the events of each CPU. A
 * segment is written as soon as it is full: a reader needs no more than one at a time.
 */
#include "trace/writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include "trace/chunk_encode.h"
#include "trace/event_check.h"
#include "trace/index.h"
#include "trace/meta_record.h"
#include "trace/output_file.h"

/* A killed recorder loses no more than this. */
#define SEGMENT_SPAN_NS 1000000000ull

struct trace_writer {
	struct output_file out;
	struct chunk_encoder encoder;
	struct trace_index index;
	int error; /* the first; sticky */
	uint32_t cpu_count;
	uint32_t chunks;
	struct event_limits limits;
	uint64_t events_total, slices, late;
	uint64_t written_ns; /* the latest time in a written segment */

	/* The segment in memory. */
	struct event *events;
	uint32_t count, tasks; /* events; those of them that are identities */
	bool unsorted;
	uint64_t first_ns, last_ns;
	uint32_t *order;   /* indices of events in stream order */
	uint32_t *picked;  /* those of them that go to chunks of one kind */
	uint32_t *cpu_end; /* how many events each CPU has; later where they end in picked */
	uint16_t *control; /* each event's control word, once reduced */
	char path[];
};

static int put_chunk(struct trace_writer *w, struct ilt_chunk chunk, const struct packed *packed)
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

static int put_bytes(struct trace_writer *w, uint8_t type, uint32_t events, const void *data,
		     size_t size)
{
	struct ilt_chunk chunk = { .type = type, .events = events };
	struct packed packed;
	int err = chunk_encoder_pack_bytes(&w->encoder, data, size, &packed);

	return err ?: put_chunk(w, chunk, &packed);
}

static struct ilt_header make_header(uint32_t flags)
{
	struct ilt_header header = { .magic = ILT_MAGIC };

	header.version = htole32(ILT_VERSION);
	header.flags = htole32(flags);
	header.crc = htole32(crc32_z(0, (void *)&header, offsetof(struct ilt_header, crc)));
	return header;
}

static int put_start(struct trace_writer *w, const struct trace_meta *meta)
{
	struct ilt_header header = make_header(ILT_INCOMPLETE);
	size_t size;
	uint8_t *data = meta_record_make(meta, &size);
	int err;

	if (!data)
		return size ? -ENOMEM : -E2BIG;
	err = output_file_put(&w->out, &header, sizeof(header));
	if (!err)
		err = put_bytes(w, ILT_META, 0, data, size);
	if (!err)
		err = output_file_flush(&w->out);
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
	w = calloc(1, sizeof(*w) + strlen(path) + 1);
	if (!w)
		return -ENOMEM;
	strcpy(w->path, path);
	err = writer_alloc(w, meta->cpu_count);
	if (err)
		goto cleanup;
	err = output_file_open(&w->out, w->path, flags & TRACE_WRITER_REPLACE);
	if (err)
		goto cleanup;
	err = put_start(w, meta);
	if (!err) {
		*writer = w;
		return 0;
	}
	output_file_close(&w->out, true);
cleanup:
	writer_free(w);
	return err;
}

static int compare_events(const void *a, const void *b, void *arg)
{
	const struct event *events = arg, *x, *y;
	uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;

	x = &events[i];
	y = &events[j];
	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	if (x->cpu != y->cpu)
		return x->cpu < y->cpu ? -1 : 1;
	return i < j ? -1 : 1;
}

/* order[]: stream order, so that the reader's merge comes out the same. */
static void order_events(struct trace_writer *w)
{
	for (uint32_t i = 0; i < w->count; i++)
		w->order[i] = i;
	if (w->unsorted)
		qsort_r(w->order, w->count, sizeof(*w->order), compare_events, w->events);
}

static uint32_t chunks_of(uint32_t events)
{
	return (events + ILT_CHUNK_EVENTS_MAX - 1) / ILT_CHUNK_EVENTS_MAX;
}

/* How many EVENTS chunks the segment needs. */
static uint32_t event_chunks(const struct trace_writer *w)
{
	uint32_t chunks = 0;

	for (uint32_t cpu = 0; cpu < w->cpu_count; cpu++)
		chunks += chunks_of(w->cpu_end[cpu]);
	return chunks;
}

static void pick_tasks(struct trace_writer *w)
{
	uint32_t n = 0;

	for (uint32_t i = 0; n < w->tasks; i++)
		if (w->events[w->order[i]].type == EVENT_TASK)
			w->picked[n++] = w->order[i];
}

static int put_tasks(struct trace_writer *w)
{
	uint32_t n = w->tasks;
	struct packed packed;
	int err;

	pick_tasks(w);
	for (uint32_t done = 0; done < n;) {
		uint32_t part = n - done < ILT_CHUNK_EVENTS_MAX ? n - done : ILT_CHUNK_EVENTS_MAX;

		err = chunk_encoder_pack_tasks(&w->encoder, w->events, w->picked + done, part,
					       &packed);
		if (!err)
			err = put_chunk(w, (struct ilt_chunk){ .type = ILT_TASKS, .events = part },
					&packed);
		if (err)
			return err;
		done += part;
	}
	return 0;
}

static int put_cpu(struct trace_writer *w, uint16_t cpu, uint32_t from, uint32_t to)
{
	struct packed packed;
	int err = 0;

	while (from < to && !err) {
		uint32_t n = to - from < ILT_CHUNK_EVENTS_MAX ? to - from : ILT_CHUNK_EVENTS_MAX;

		err = chunk_encoder_pack_events(&w->encoder, w->events, w->control,
						w->picked + from, n, &packed);
		if (!err)
			err = put_chunk(
				w,
				(struct ilt_chunk){ .type = ILT_EVENTS, .cpu = cpu, .events = n },
				&packed);
		from += n;
	}
	return err;
}

/*
 * Reduces the events in stream order, and picks them by CPU; within each they keep that order. One
 * pass for both, for a segment's events are more than the nearer caches hold.
 */
static void reduce_events(struct trace_writer *w)
{
	uint32_t start = 0;

	for (uint32_t cpu = 0; cpu < w->cpu_count; cpu++) {
		uint32_t n = w->cpu_end[cpu];

		w->cpu_end[cpu] = start;
		start += n;
	}
	chunk_encoder_begin(&w->encoder, w->first_ns);
	for (uint32_t i = 0; i < w->count; i++) {
		uint32_t event = w->order[i];
		struct event *e = &w->events[event];

		w->picked[w->cpu_end[e->cpu]++] = event;
		w->control[event] = chunk_encoder_reduce(&w->encoder, e);
	}
}

static int put_events(struct trace_writer *w)
{
	uint32_t from = 0;
	int err = 0;

	reduce_events(w);
	for (uint32_t cpu = 0; cpu < w->cpu_count && !err; cpu++) {
		err = put_cpu(w, cpu, from, w->cpu_end[cpu]);
		from = w->cpu_end[cpu];
	}
	return err;
}

static void index_segment(struct trace_writer *w, uint64_t offset, uint32_t first_chunk,
			  uint32_t task_chunks)
{
	struct ilt_index_entry entry = {
		.offset = offset,
		.first_ns = w->first_ns,
		.last_ns = w->last_ns,
		.events_before = w->events_total - w->count,
		.first_chunk = first_chunk,
		.task_chunks = task_chunks,
	};

	trace_index_add(&w->index, &entry);
}

static int put_segment(struct trace_writer *w)
{
	uint64_t offset = w->out.bytes;
	uint32_t first_chunk = w->chunks;
	struct ilt_segment segment = { 0 };
	int err;

	order_events(w);
	segment.first_ns = htole64(w->first_ns);
	segment.last_ns = htole64(w->last_ns);
	segment.events = htole32(w->count);
	segment.task_chunks = htole32(chunks_of(w->tasks));
	segment.event_chunks = htole32(event_chunks(w));
	segment.task_limit = htole32(w->limits.task_limit);
	err = put_bytes(w, ILT_SEGMENT, 0, &segment, sizeof(segment));
	if (!err)
		err = put_tasks(w);
	if (!err)
		err = put_events(w);
	if (!err)
		err = output_file_flush(&w->out);
	if (err)
		return err;
	index_segment(w, offset, first_chunk, chunks_of(w->tasks));
	if (w->last_ns > w->written_ns)
		w->written_ns = w->last_ns;
	w->count = w->tasks = 0;
	memset(w->cpu_end, 0, w->cpu_count * sizeof(*w->cpu_end));
	return 0;
}

static bool segment_is_full(const struct trace_writer *w, uint64_t time_ns)
{
	return w->count == ILT_SEGMENT_EVENTS_MAX ||
	       (w->count && time_ns > w->first_ns && time_ns - w->first_ns > SEGMENT_SPAN_NS);
}

/* Keeps the segment's bounds, and whether the event came out of order. */
static void note_time(struct trace_writer *w, const struct event *e)
{
	const struct event *last = w->count ? &w->events[w->count - 1] : NULL;

	if (last &&
	    (e->time_ns < last->time_ns || (e->time_ns == last->time_ns && e->cpu < last->cpu)))
		w->unsorted = true;
	if (!last)
		w->unsorted = false;
	if (!last || e->time_ns < w->first_ns)
		w->first_ns = e->time_ns;
	if (!last || e->time_ns > w->last_ns)
		w->last_ns = e->time_ns;
	if (e->time_ns < w->written_ns)
		w->late++;
}

static int add_event(struct trace_writer *w, const struct event *e)
{
	int err = 0;

	if (segment_is_full(w, e->time_ns))
		err = put_segment(w);
	if (err)
		return err;
	w->limits.task_max = ilt_task_limit_max(++w->events_total);
	err = event_check(&w->limits, e);
	if (err)
		return err;
	note_time(w, e);
	w->events[w->count++] = *e;
	w->tasks += e->type == EVENT_TASK;
	w->cpu_end[e->cpu]++;
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
	err = put_bytes(w, ILT_TRAILER, 0, data, size);
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
	err = put_bytes(w, ILT_INDEX, n, w->index.entries, n * sizeof(*w->index.entries));
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
		err = put_segment(w);
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
