// SPDX-License-Identifier: GPL-2.0-only
/* Where a task waited: see waits.h. */
#include "analysis/waits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/rows.h"

/* With target CPUs a task's slices elsewhere are not seen, which would end its log. A slice counts
 * no more than 255 moves. */
#define LOG_MAX 512

struct move_at {
	uint64_t time_ns;
	uint16_t from, to;
};

/* A task's moves since its last slice. */
struct log {
	struct move_at *moves;
	uint32_t count, capacity;
};

struct waits {
	hwloc_const_bitmap_t traced;
	struct rows logs; /* by task; only of tasks that were ever moved */
	struct wait_segment *segments;
	uint32_t capacity;
};

struct waits *waits_new(hwloc_const_bitmap_t traced)
{
	struct waits *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->traced = traced;
	rows_init(&w->logs, ROWS_BY_TASK, sizeof(struct log));
	return w;
}

void waits_free(struct waits *w)
{
	if (!w)
		return;
	for (uint32_t i = 0; i < w->logs.count; i++)
		free(((struct log *)w->logs.all[i])->moves);
	rows_free(&w->logs);
	free(w->segments);
	free(w);
}

static void forget_moves(struct log *log, uint32_t n)
{
	if (!n)
		return;
	log->count -= n;
	memmove(log->moves, log->moves + n, log->count * sizeof(*log->moves));
}

/* In a damaged file time may go back; waits' segments rest on its order. */
static uint64_t time_of_move(const struct log *log, const struct event *e)
{
	uint64_t last_ns = log->count ? log->moves[log->count - 1].time_ns : 0;

	return e->time_ns > last_ns ? e->time_ns : last_ns;
}

int waits_add_move(struct waits *w, const struct event *e)
{
	struct log *log;

	if (e->type != EVENT_MOVE)
		return 0;
	log = rows_find(&w->logs, 0, e->move.task);
	if (!log)
		log = rows_make(&w->logs, 0, e->move.task);
	if (!log)
		return -ENOMEM;
	if (log->count == LOG_MAX)
		forget_moves(log, LOG_MAX / 2);
	if (log->count == log->capacity) {
		uint32_t capacity = log->capacity ? 2 * log->capacity : 4;
		struct move_at *moves = realloc(log->moves, capacity * sizeof(*moves));

		if (!moves)
			return -ENOMEM;
		log->moves = moves;
		log->capacity = capacity;
	}
	log->moves[log->count] = (struct move_at){ time_of_move(log, e), e->move.from, e->move.to };
	log->count++;
	return 0;
}

/* A move at the very ns at which the slice ends belongs to the wait after it. */
static uint32_t moves_until(const struct log *log, uint64_t time_ns)
{
	uint32_t n = 0;

	while (log && n < log->count && log->moves[n].time_ns <= time_ns)
		n++;
	return n;
}

/* The segment before all there are; empty ones are left out. */
static void put_segment(struct wait_segment *segments, uint32_t *first, uint64_t from_ns,
			uint64_t to_ns, uint16_t cpu)
{
	if (from_ns < to_ns)
		segments[--*first] = (struct wait_segment){ from_ns, to_ns, cpu };
}

static bool is_traced(const struct waits *w, uint16_t cpu)
{
	return !w->traced || hwloc_bitmap_isset(w->traced, cpu);
}

/*
 * Whether all moves of a wait were seen, or are missing where it does not matter: moves between two
 * CPUs that are not traced are not in the stream.
 */
static bool is_whole(const struct waits *w, const struct move_at *moves, uint32_t n, uint8_t made)
{
	if (n >= made)
		return true;
	for (uint32_t i = 0; i < n; i++)
		if (!is_traced(w, moves[i].from) || !is_traced(w, moves[i].to))
			return true;
	return false;
}

/*
 * Backwards from where the task ran: each move says where it was before. Where one does not lead to
 * where the next one begins it was somewhere between. Returns the index of the first segment.
 */
static uint32_t split(struct waits *w, uint32_t room, const struct wait *wait,
		      const struct move_at *moves, uint32_t n, uint8_t made)
{
	struct wait_segment *segments = w->segments;
	uint64_t until = wait->until_ns;
	uint16_t cpu = wait->cpu;
	uint32_t first = room;

	if (!is_whole(w, moves, n, made)) {
		cpu = CPU_UNKNOWN;
		n = 0;
	}
	for (uint32_t i = n; i-- > 0;) {
		put_segment(segments, &first, moves[i].time_ns, until,
			    moves[i].to == cpu ? cpu : CPU_UNKNOWN);
		until = moves[i].time_ns;
		cpu = moves[i].from;
	}
	put_segment(segments, &first, wait->since_ns, until, cpu);
	if (first == room) /* no time at all */
		segments[--first] =
			(struct wait_segment){ wait->since_ns, wait->until_ns, wait->cpu };
	return first;
}

static int reserve(struct waits *w, uint32_t n)
{
	struct wait_segment *segments;

	if (n <= w->capacity)
		return 0;
	segments = realloc(w->segments, n * sizeof(*segments));
	if (!segments)
		return -ENOMEM;
	w->segments = segments;
	w->capacity = n;
	return 0;
}

int waits_take(struct waits *w, const struct event *e, struct wait *wait,
	       const struct wait_segment **segments)
{
	const struct slice *s = &e->slice;
	uint32_t moves, before, room, first;
	struct log *log;
	uint64_t delay;
	int known;

	if ((e->type != EVENT_SLICE && e->type != EVENT_WAITING) || s->task == TASK_IDLE ||
	    event_is_offline(e))
		return -ENOENT;
	log = w->logs.count ? rows_find(&w->logs, 0, s->task) : NULL;
	moves = moves_until(log, s->start_ns);
	known = slice_delay_ns(s, &delay);
	if (known) {
		room = moves + 2;
		if (reserve(w, room))
			return -ENOMEM;
		*wait = (struct wait){
			.since_ns = s->start_ns - delay,
			.until_ns = s->start_ns,
			.task = s->task,
			.cpu = e->cpu,
			.kind = s->kind,
			.cut = e->type == EVENT_WAITING,
			.waker = s->kind == DELAY_WAKE ? s->waker : TASK_UNKNOWN,
			.waker_cpu = s->waker_cpu,
			.context = s->context,
		};
		/* Moves of a task that still slept (delayed dequeue) are no part of the wait. */
		before = wait->since_ns ? moves_until(log, wait->since_ns - 1) : 0;
		first = split(w, room, wait, log ? log->moves + before : NULL, moves - before,
			      s->moves);
		wait->segment_count = room - first;
		*segments = w->segments + first;
	}
	forget_moves(log, moves);
	return known;
}
