// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the rings to the event stream: records of all CPUs merged by time and interpreted.
 *
 * A record may be handed out once no CPU can still come with an earlier one. A program takes its
 * time stamp before it reserves room, so a stamp taken before a look at all rings is a safe bound
 * only for programs that were not in between at that moment: the bound is used one look later.
 */
#include "capture/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

_Static_assert((int)RECORD_GAP == SLICE_GAP && (int)RECORD_CUT_START == SLICE_CUT_START &&
		       (int)RECORD_INVOLUNTARY == SLICE_INVOLUNTARY &&
		       (int)RECORD_LEFT_QUEUED == SLICE_LEFT_QUEUED &&
		       (int)RECORD_EXIT == SLICE_EXIT && (int)RECORD_NEW == SLICE_NEW &&
		       (int)RECORD_REQUEUED == SLICE_REQUEUED &&
		       (int)RECORD_WOKEN_ON_CPU == SLICE_WOKEN_ON_CPU &&
		       (int)RECORD_OFFLINE == SLICE_OFFLINE,
	       "flags pass through");
_Static_assert((int)RECORD_KIND_UNKNOWN == DELAY_UNKNOWN && (int)RECORD_KIND_IDLE == DELAY_NONE &&
		       (int)RECORD_KIND_WAKE == DELAY_WAKE &&
		       (int)RECORD_KIND_PREEMPT == DELAY_PREEMPT,
	       "kinds pass through");
_Static_assert((int)RECORD_CONTEXT_IDLE == WAKER_IDLE && (int)RECORD_CONTEXT_TASK == WAKER_TASK,
	       "contexts pass through");
_Static_assert((int)RECORD_MOVABLE == SLICE_MOVABLE && (int)RECORD_PLACED_SEEN == PLACED_SEEN &&
		       (int)RECORD_PLACED_WAKER_ALONE == PLACED_WAKER_ALONE &&
		       (int)RECORD_PLACED_IDLE_CORES == PLACED_IDLE_CORES &&
		       (int)RECORD_PLACED_CORE_SHIFT == PLACED_CORE_SHIFT &&
		       (int)RECORD_CPU_IDLE == CPU_IS_IDLE,
	       "facts of a placement pass through");
_Static_assert((int)RECORD_MOVE_BY_STOPPER == MOVE_BY_STOPPER &&
		       (int)RECORD_MOVE_SEEN == MOVE_SEEN && (int)RECORD_MOVE_EXEC == MOVE_EXEC &&
		       (int)RECORD_MOVE_HOTPLUG == MOVE_HOTPLUG,
	       "facts of a move pass through");
_Static_assert(CHOICE_TRAIL == CHOICE_TRAIL_MAX, "trails pass through");
_Static_assert((int)RECORD_LOST_KINDS == LOST_KINDS, "kinds of loss pass through");

uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

int stream_init(struct stream *stream, uint32_t cpu_count)
{
	memset(stream, 0, sizeof(*stream));
	stream->rings = calloc(cpu_count, sizeof(*stream->rings));
	stream->last_ns = calloc(cpu_count, sizeof(*stream->last_ns));
	stream->heap = calloc(cpu_count, sizeof(*stream->heap));
	stream->ids = calloc(cpu_count, sizeof(*stream->ids));
	stream->next_id = 1;
	if (!stream->rings || !stream->last_ns || !stream->heap || !stream->ids)
		return -ENOMEM;
	return 0;
}

void stream_free(struct stream *stream, uint32_t cpu_count)
{
	for (uint32_t cpu = 0; stream->ids && cpu < cpu_count; cpu++)
		free(stream->ids[cpu].dense);
	free(stream->rings);
	free(stream->last_ns);
	free(stream->heap);
	free(stream->ids);
	free(stream->tail);
	memset(stream, 0, sizeof(*stream));
}

uint32_t stream_task_id(struct capture *capture, uint32_t raw)
{
	struct id_column *column;
	uint32_t seq, count, *dense;

	if (!raw)
		return TASK_IDLE;
	if (raw == RECORD_NO_TASK)
		return TASK_UNKNOWN;
	column = &capture->stream.ids[(raw - 1) % capture->cpu_count];
	seq = (raw - 1) / capture->cpu_count;
	if (seq >= column->count) {
		count = seq + seq / 2 + 64;
		dense = realloc(column->dense, count * sizeof(*dense));
		if (!dense)
			return TASK_UNKNOWN;
		memset(dense + column->count, 0, (count - column->count) * sizeof(*dense));
		column->dense = dense;
		column->count = count;
	}
	if (!column->dense[seq])
		column->dense[seq] = capture->stream.next_id++;
	return column->dense[seq];
}

uint32_t stream_runner_id(struct capture *capture, uint32_t raw)
{
	uint32_t id = stream_task_id(capture, raw);

	if (id != TASK_UNKNOWN)
		return id;
	if (!capture->stream.nobody)
		capture->stream.nobody = capture->stream.next_id++;
	return capture->stream.nobody;
}

static int take_slice(struct capture *capture, struct event *e, const struct record_slice *r)
{
	const struct slice_begin *b = &r->begin;
	uint64_t start = capture->meta.start_ns;

	e->type = EVENT_SLICE;
	e->slice = (struct slice){
		.start_ns = b->start_ns,
		.waking_ns = b->waking_ns,
		.prev_out_ns = b->prev_out_ns,
		.task = stream_runner_id(capture, r->head.task),
		.waker = stream_task_id(capture, b->waker),
		.prev_cpu = b->prev_cpu,
		.chosen_cpu = b->chosen_cpu,
		.waker_cpu = b->waker_cpu,
		.recent_cpu = b->recent_cpu,
		.placed = b->placed,
		.flags = b->flags,
		.out_state = b->out_state,
		.kind = b->kind,
		.context = b->context,
		.prio = b->prio,
		.moves = b->moves,
		.spare_wakes = b->spare_wakes,
	};
	/* The gate opens a moment before its time is read. */
	if (b->flags & RECORD_CUT_START)
		e->slice.start_ns = start < e->time_ns ? start : e->time_ns;
	return 1;
}

static int take_task(struct capture *capture, struct event *e, const struct record_task *r)
{
	e->type = EVENT_TASK;
	e->identity = (struct task_identity){
		.task = stream_task_id(capture, r->head.task),
		.tid = r->tid,
		.pid = r->pid,
		.ppid = r->ppid,
		.flags = r->flags,
		.cpus_allowed = r->cpus_allowed,
	};
	memcpy(e->identity.comm, r->comm, sizeof(e->identity.comm));
	return 1;
}

static int take_move(struct capture *capture, struct event *e, const struct record_move *r)
{
	e->type = EVENT_MOVE;
	e->move = (struct move){
		.task = stream_runner_id(capture, r->head.task),
		.by = stream_task_id(capture, r->by),
		.from = r->from,
		.to = r->to,
		.on_rq = r->on_rq,
		.asleep = r->asleep,
		.flags = r->flags,
		.context = r->context,
	};
	return 1;
}

static int take_choice(struct capture *capture, struct event *e, const struct record_choice *r)
{
	e->type = EVENT_CHOICE;
	e->choice = (struct choice){
		.task = stream_runner_id(capture, r->head.task),
		.prev_cpu = r->prev_cpu,
		.chosen_cpu = r->chosen_cpu,
		.wake_flags = r->wake_flags,
		.fallback = r->fallback,
		.looks = capture->sees_looks ? r->looks : CHOICE_NO_TRAIL,
	};
	memcpy(e->choice.trail, r->trail, sizeof(e->choice.trail));
	return 1;
}

static int take_losses(struct event *e, const struct record_lost *r)
{
	struct event base = *e;
	int n = 0;

	for (int kind = 0; kind < LOST_KINDS; kind++) {
		if (!r->count[kind])
			continue;
		e[n] = base;
		e[n].type = EVENT_LOST;
		e[n].lost = (struct lost){ .first_ns = r->first_ns,
					   .count = r->count[kind],
					   .kind = kind };
		n++;
	}
	return n;
}

/* One record becomes up to LOST_KINDS events. */
static int take_record(struct capture *capture, uint32_t cpu, const struct record *record,
		       struct event *e)
{
	uint64_t *last = &capture->stream.last_ns[cpu];

	if (record->time_ns > *last)
		*last = record->time_ns;
	e->time_ns = *last;
	e->cpu = cpu;
	switch (record->type) {
	case RECORD_SLICE:
		return take_slice(capture, e, (const struct record_slice *)record);
	case RECORD_TASK:
		return take_task(capture, e, (const struct record_task *)record);
	case RECORD_MOVE:
		return take_move(capture, e, (const struct record_move *)record);
	case RECORD_CHOICE:
		return take_choice(capture, e, (const struct record_choice *)record);
	case RECORD_LOST:
		return take_losses(e, (const struct record_lost *)record);
	default:
		return 0;
	}
}

/* The time of a ring's next record, or UINT64_MAX if it has none that may be handed out. */
static uint64_t head_ns(struct stream *stream, uint32_t cpu)
{
	const struct record *record = ring_peek(&stream->rings[cpu]);

	if (!record || (!stream->at_end && record->time_ns > stream->watermark_ns))
		return UINT64_MAX;
	return record->time_ns > stream->last_ns[cpu] ? record->time_ns : stream->last_ns[cpu];
}

static bool comes_before(struct stream *stream, uint32_t a, uint32_t b)
{
	uint64_t a_ns = head_ns(stream, a), b_ns = head_ns(stream, b);

	return a_ns < b_ns || (a_ns == b_ns && a < b);
}

static void heap_sift_down(struct stream *stream, uint32_t at)
{
	uint32_t *heap = stream->heap;

	for (;;) {
		uint32_t child = 2 * at + 1, cpu;

		if (child >= stream->heap_size)
			return;
		if (child + 1 < stream->heap_size &&
		    comes_before(stream, heap[child + 1], heap[child]))
			child++;
		if (!comes_before(stream, heap[child], heap[at]))
			return;
		cpu = heap[at];
		heap[at] = heap[child];
		heap[child] = cpu;
		at = child;
	}
}

/* Looks at all rings; what was before the previous look may now be handed out. */
static void stream_look(struct capture *capture)
{
	struct stream *stream = &capture->stream;
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

	stream->watermark_ns = stream->looked_ns;
	stream->looked_ns = now;
	stream->heap_size = 0;
	stream->pressure = 0;
	for (uint32_t cpu = 0; cpu < capture->cpu_count; cpu++) {
		struct ring *ring = &stream->rings[cpu];
		unsigned int percent;

		if (!ring->slot_count)
			continue;
		percent = ring_look(ring) * 100ull / ring->slot_count;
		if (percent > stream->pressure)
			stream->pressure = percent;
	}
	/* A store that came before the head that was seen is visible once its CPU passed a barrier.
	 */
	if (!capture->programs_order_stores)
		capture_all_cpus_barrier();
	for (uint32_t cpu = 0; cpu < capture->cpu_count; cpu++)
		if (head_ns(stream, cpu) != UINT64_MAX)
			stream->heap[stream->heap_size++] = cpu;
	for (uint32_t at = stream->heap_size / 2; at-- > 0;)
		heap_sift_down(stream, at);
}

static int stream_take(struct capture *capture, struct event *events, int n)
{
	struct stream *stream = &capture->stream;
	int taken = 0;

	while (stream->heap_size && taken + LOST_KINDS <= n) {
		uint32_t cpu = stream->heap[0];
		struct ring *ring = &stream->rings[cpu];

		taken += take_record(capture, cpu, ring_peek(ring), &events[taken]);
		ring_next(ring);
		if (head_ns(stream, cpu) == UINT64_MAX) {
			ring_release(ring);
			stream->heap[0] = stream->heap[--stream->heap_size];
		}
		heap_sift_down(stream, 0);
	}
	for (uint32_t at = 0; at < stream->heap_size; at++)
		ring_release(&stream->rings[stream->heap[at]]);
	return taken;
}

static int tail_take(struct stream *stream, struct event *events, int n)
{
	uint32_t left = stream->tail_count - stream->tail_next;
	int taken = left < (uint32_t)n ? (int)left : n;

	memcpy(events, &stream->tail[stream->tail_next], taken * sizeof(*events));
	stream->tail_next += taken;
	return taken;
}

int capture_read(struct capture *capture, struct event *events, int n)
{
	struct stream *stream = &capture->stream;
	int taken;

	/* One look a drain: a busy machine would otherwise keep the reader here for ever. */
	if (!stream->heap_size && stream->handed_out && !stream->at_end) {
		stream->handed_out = false;
		return 0;
	}
	if (!stream->heap_size)
		stream_look(capture);
	taken = stream_take(capture, events, n);
	stream->handed_out = taken > 0;
	if (!taken && stream->at_end && stream->tail_count > stream->tail_next)
		taken = tail_take(stream, events, n);
	return taken;
}

int stream_add_tail(struct stream *stream, const struct event *event)
{
	struct event *tail;
	uint32_t capacity;

	if (stream->tail_count == stream->tail_capacity) {
		capacity = stream->tail_capacity ? stream->tail_capacity * 2 : 64;
		tail = realloc(stream->tail, capacity * sizeof(*tail));
		if (!tail)
			return -ENOMEM;
		stream->tail = tail;
		stream->tail_capacity = capacity;
	}
	stream->tail[stream->tail_count++] = *event;
	return 0;
}
