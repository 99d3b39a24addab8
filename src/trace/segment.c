// SPDX-License-Identifier: GPL-2.0-only
/* A segment's chunks in memory, and their merge into stream order: see segment.h. */
#include "trace/segment.h"

#include <errno.h>
#include <stdlib.h>
#include "trace/chunk_decode.h"

#define ARENA_SLACK 16 /* a bit_reader loads 8 bytes at a time */

void segment_init(struct segment *s, uint32_t cpu_count)
{
	memset(s, 0, sizeof(*s));
	s->cpu_count = cpu_count;
	s->to_ns = UINT64_MAX;
}

void segment_free(struct segment *s)
{
	free(s->arena);
	free(s->chunks);
	free(s->cursors);
	free(s->nodes);
	memset(s, 0, sizeof(*s));
}

int segment_begin(struct segment *s, const uint8_t *data, size_t size, uint64_t events_before)
{
	struct ilt_segment disk;

	if (size != sizeof(disk))
		return -EBADMSG;
	memcpy(&disk, data, sizeof(disk));
	s->first_ns = le64toh(disk.first_ns);
	s->last_ns = le64toh(disk.last_ns);
	s->events = le32toh(disk.events);
	s->task_chunks = le32toh(disk.task_chunks);
	s->event_chunks = le32toh(disk.event_chunks);
	s->task_limit = le32toh(disk.task_limit);
	s->used = s->chunk_count = 0;
	s->events_seen = 0;
	s->task_chunk = s->tasks_left = 0;
	if (!s->events || s->events > ILT_SEGMENT_EVENTS_MAX || s->task_chunks > s->events ||
	    s->event_chunks > s->events || s->first_ns > s->last_ns ||
	    s->task_limit > ilt_task_limit_max(events_before + s->events))
		return -EBADMSG;
	return 0;
}

bool segment_is_outside(const struct segment *s)
{
	return s->last_ns < s->from_ns || s->first_ns > s->to_ns;
}

int segment_check_chunk(const struct segment *s, const struct ilt_chunk *chunk)
{
	bool tasks = s->chunk_count < s->task_chunks;
	uint32_t raw_max = chunk->events * ILT_EVENT_RAW_MAX + (tasks ? 0 : ILT_DIRECTORY_MAX);

	if (chunk->type != (tasks ? ILT_TASKS : ILT_EVENTS) || !chunk->events ||
	    chunk->events > ILT_CHUNK_EVENTS_MAX || chunk->raw_bytes > raw_max)
		return -EBADMSG;
	if (tasks)
		return 0;
	if (chunk->cpu >= s->cpu_count || s->events_seen + chunk->events > s->events)
		return -EBADMSG;
	/* In CPU order: a cursor's chunks lie together. */
	if (s->chunk_count > s->task_chunks && chunk->cpu < s->chunks[s->chunk_count - 1].cpu)
		return -EBADMSG;
	return 0;
}

static int reserve_arena(struct segment *s, size_t more)
{
	size_t need = s->used + more + ARENA_SLACK, room = s->room ? s->room : 64 << 10;
	uint8_t *arena;

	if (need <= s->room)
		return 0;
	while (room < need)
		room *= 2;
	arena = realloc(s->arena, room);
	if (!arena)
		return -ENOMEM;
	s->arena = arena;
	s->room = room;
	return 0;
}

static int reserve_chunk(struct segment *s)
{
	uint32_t room = s->chunk_room ? 2 * s->chunk_room : 64;
	struct segment_chunk *chunks;

	if (s->chunk_count < s->chunk_room)
		return 0;
	chunks = realloc(s->chunks, room * sizeof(*chunks));
	if (!chunks)
		return -ENOMEM;
	s->chunks = chunks;
	s->chunk_room = room;
	return 0;
}

int segment_unpack(ZSTD_DCtx *zstd, const struct ilt_chunk *chunk, const uint8_t *payload,
		   uint8_t *raw)
{
	if (chunk->codec == ILT_ZSTD)
		return ZSTD_decompressDCtx(zstd, raw, chunk->raw_bytes, payload,
					   chunk->stored_bytes) == chunk->raw_bytes
			       ? 0
			       : -EBADMSG;
	if (chunk->stored_bytes != chunk->raw_bytes)
		return -EBADMSG;
	memcpy(raw, payload, chunk->raw_bytes);
	return 0;
}

int segment_add_chunk(struct segment *s, ZSTD_DCtx *zstd, const struct ilt_chunk *chunk,
		      const uint8_t *payload)
{
	int err = reserve_arena(s, chunk->raw_bytes);

	if (!err)
		err = reserve_chunk(s);
	if (!err)
		err = segment_unpack(zstd, chunk, payload, s->arena + s->used);
	if (err)
		return err;
	s->chunks[s->chunk_count++] = (struct segment_chunk){
		.at = s->used,
		.size = chunk->raw_bytes,
		.events = chunk->events,
		.cpu = chunk->cpu,
	};
	s->used += chunk->raw_bytes;
	memset(s->arena + s->used, 0, ARENA_SLACK);
	if (chunk->type == ILT_EVENTS)
		s->events_seen += chunk->events;
	return 0;
}

static int reserve_cursors(struct segment *s, uint32_t n)
{
	if (n <= s->cursor_room)
		return 0;
	free(s->cursors);
	free(s->nodes);
	s->cursor_room = 0;
	s->cursors = malloc(n * sizeof(*s->cursors));
	s->nodes = malloc(merge_nodes(n) * sizeof(*s->nodes));
	if (!s->cursors || !s->nodes)
		return -ENOMEM;
	s->cursor_room = n;
	return 0;
}

static uint32_t count_cpus(const struct segment *s)
{
	uint32_t cpus = 0;

	for (uint32_t i = s->task_chunks; i < s->chunk_count; i++)
		if (i == s->task_chunks || s->chunks[i].cpu != s->chunks[i - 1].cpu)
			cpus++;
	return cpus;
}

int segment_start(struct segment *s)
{
	uint32_t cpus = count_cpus(s), chunk = s->task_chunks;
	int err = s->events_seen == s->events ? reserve_cursors(s, cpus) : -EBADMSG;

	if (err)
		return err;
	guesses_reset(&s->guesses);
	for (uint32_t i = 0; i < cpus; i++) {
		struct cursor *c = &s->cursors[i];
		uint32_t end = chunk + 1;

		while (end < s->chunk_count && s->chunks[end].cpu == s->chunks[chunk].cpu)
			end++;
		cursor_init(c, s, chunk, end);
		if (cursor_next(c, s) <= 0)
			return -EBADMSG;
		s->nodes[merge_nodes(cpus) / 2 + i] = (struct merge_head){ c->time_ns, i };
		chunk = end;
	}
	merge_start(&s->merge, s->nodes, cpus);
	return 0;
}

static bool in_window(const struct segment *s, const struct event *e)
{
	return e->type == EVENT_TASK || (e->time_ns >= s->from_ns && e->time_ns <= s->to_ns);
}

int segment_read(struct segment *s, struct event *events, int n)
{
	struct merge *merge = &s->merge;
	int got = 0;

	while (got < n && !(merge->winner.cursor & MERGE_DONE)) {
		struct cursor *c = &s->cursors[merge->winner.cursor];
		int more;

		s->decoded++;
		more = cursor_read(c, s, &events[got]);
		if (more < 0)
			return more;
		got += in_window(s, &events[got]);
		merge_next(merge, c->time_ns, !more);
	}
	if (!got && (s->tasks_left || s->task_chunk != s->task_chunks))
		return -EBADMSG; /* identities that no event chunk speaks of */
	return got;
}

int segment_read_tasks(struct segment *s, struct event *events, int n)
{
	int got = 0;

	while (got < n && (s->tasks_left || s->task_chunk < s->task_chunks)) {
		s->decoded++;
		if (!segment_next_task(s, &events[got]))
			return -EBADMSG;
		got++;
	}
	return got;
}
