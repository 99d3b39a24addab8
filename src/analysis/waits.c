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
	struct rows logs; /* by task; only of tasks that were ever moved */
	struct wait_segment *segments;
	uint32_t capacity;
};

struct waits *waits_new(void)
{
	struct waits *w = calloc(1, sizeof(*w));

	if (w)
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
	log->moves[log->count++] = (struct move_at){ e->time_ns, e->move.from, e->move.to };
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

/*
 * Backwards from where the task ran: each move says where it was before. As many moves must have
 * been seen as the task's state counted, and each lead to where the next begins; beyond a missing
 * one the queue is not known. Moves of a task that still slept (delayed dequeue) come before
 * since_ns.
 */
static uint32_t split(struct wait_segment *segments, uint32_t n, const struct wait *wait,
		      const struct move_at *moves, uint32_t move_count, uint8_t moves_made)
{
	uint64_t until = wait->until_ns;
	uint16_t cpu = wait->cpu;
	uint32_t first = n, seen = 0;

	for (uint32_t i = move_count; i-- > 0 && moves[i].time_ns >= wait->since_ns; seen++) {
		if (moves[i].to != cpu)
			break;
		put_segment(segments, &first, moves[i].time_ns, until, cpu);
		until = moves[i].time_ns;
		cpu = moves[i].from;
	}
	put_segment(segments, &first, wait->since_ns, until,
		    seen >= moves_made ? cpu : CPU_UNKNOWN);
	if (first == n) /* no time at all */
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
	uint32_t moves, room, first;
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
		first = split(w->segments, room, wait, log ? log->moves : NULL, moves, s->moves);
		wait->segment_count = room - first;
		*segments = w->segments + first;
	}
	forget_moves(log, moves);
	return known;
}
