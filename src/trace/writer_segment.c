// SPDX-License-Identifier: GPL-2.0-only
/* A segment in memory becomes chunks: its task identities first, then the events of each CPU. */
#include <stdlib.h>
#include <string.h>
#include "trace/writer_internal.h"

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

	for (uint32_t cpu = 0; cpu < w->cpu_limit; cpu++)
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
			err = writer_put_chunk(
				w, (struct ilt_chunk){ .type = ILT_TASKS, .events = part },
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
			err = writer_put_chunk(
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

	for (uint32_t cpu = 0; cpu < w->cpu_limit; cpu++) {
		uint32_t n = w->cpu_end[cpu];

		w->cpu_end[cpu] = start;
		start += n;
	}
	chunk_encoder_begin(&w->encoder, w->first_ns, w->cpu_limit);
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
	for (uint32_t cpu = 0; cpu < w->cpu_limit && !err; cpu++) {
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

int writer_put_segment(struct trace_writer *w)
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
	err = writer_put_bytes(w, ILT_SEGMENT, 0, &segment, sizeof(segment));
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
	memset(w->cpu_end, 0, w->cpu_limit * sizeof(*w->cpu_end));
	w->count = w->tasks = w->cpus = w->cpu_limit = 0;
	return 0;
}
