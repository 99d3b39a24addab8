// SPDX-License-Identifier: GPL-2.0-only
/* How one task works and sleeps: see bursts.h. */
#include "analysis/bursts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Of the kernel's include/linux/sched.h; a kernel thread that idles has both (TASK_IDLE). */
#define TASK_UNINTERRUPTIBLE 0x0002
#define TASK_NOLOAD	     0x0400

void bursts_init(struct bursts *b, uint32_t task)
{
	memset(b, 0, sizeof(*b));
	b->task = task;
}

void bursts_free(struct bursts *b)
{
	free(b->kept);
	bursts_init(b, b->task);
}

static int reserve(struct bursts *b)
{
	uint32_t capacity = b->capacity ? 2 * b->capacity : 64;
	struct burst *kept;

	if (b->count < b->capacity)
		return 0;
	kept = realloc(b->kept, capacity * sizeof(*kept));
	if (!kept)
		return -ENOMEM;
	b->kept = kept;
	b->capacity = capacity;
	return 0;
}

static void drop_every_other(struct bursts *b)
{
	for (uint32_t i = 0; i < b->count / 2; i++)
		b->kept[i] = b->kept[2 * i];
	b->count /= 2;
	b->step *= 2;
}

static int keep(struct bursts *b)
{
	int err;

	if (!b->step)
		b->step = 1;
	if ((b->open.nth - 1) % b->step)
		return 0;
	if (b->count == BURSTS_KEPT)
		drop_every_other(b);
	err = reserve(b);
	if (err)
		return err;
	b->kept[b->count++] = b->open;
	return 0;
}

static int end_burst(struct bursts *b)
{
	b->is_open = false;
	if (b->open_is_cut) {
		b->cut++;
		return 0;
	}
	b->open.nth = ++b->whole;
	b->open.run_total_ns = b->run_total_ns;
	b->open.breaks = b->breaks;
	return keep(b);
}

static void begin_burst(struct bursts *b, const struct event *e)
{
	uint64_t since = slice_runnable_since(&e->slice), out = e->slice.prev_out_ns;

	b->is_open = true;
	b->open_is_cut = e->slice.kind != DELAY_WAKE;
	b->open = (struct burst){
		.due_ns = since && since <= e->slice.start_ns ? since : e->slice.start_ns,
		.start_ns = e->slice.start_ns,
	};
	if (out && out < b->open.due_ns)
		b->open.sleep_ns = b->open.due_ns - out;
}

/* Whether the task was on a CPU after its last slice in the stream. */
static bool slice_is_missing(const struct bursts *b, const struct event *e)
{
	return b->slices && e->slice.prev_out_ns > b->last_ns;
}

/* Of an open burst. A task that was preempted goes on by itself, one that blocked by a wakeup. */
static bool goes_on(const struct bursts *b, const struct event *e)
{
	return e->slice.kind == (b->is_blocked ? DELAY_WAKE : DELAY_PREEMPT);
}

static bool is_blocking(const struct slice *s)
{
	return s->out_state & TASK_UNINTERRUPTIBLE && !(s->out_state & TASK_NOLOAD);
}

static void count_slice(struct bursts *b, const struct event *e)
{
	uint64_t run_ns = e->slice.flags & SLICE_GAP ? 0 : slice_run_ns(e);

	if (!b->slices)
		b->first_ns = e->slice.start_ns;
	b->slices++;
	b->run_total_ns += run_ns;
	b->last_ns = e->time_ns;
	b->open.slices++;
	b->open.run_ns += run_ns;
	b->open.end_ns = e->time_ns;
	if (run_ns > b->open.longest_slice_ns)
		b->open.longest_slice_ns = run_ns;
	b->open_is_cut |= !slice_is_whole(&e->slice);
}

int bursts_add(struct bursts *b, const struct event *e)
{
	bool missing;
	int err = 0;

	if (e->type != EVENT_SLICE || e->slice.task != b->task || event_is_offline(e))
		return 0;
	missing = slice_is_missing(b, e) || (b->is_open && !goes_on(b, e));
	b->breaks += missing || e->slice.flags & SLICE_GAP;
	if (b->is_open && missing) {
		b->open_is_cut = true;
		err = end_burst(b);
	}
	if (!b->is_open)
		begin_burst(b, e);
	else if (b->is_blocked && slice_runnable_since(&e->slice) > b->last_ns)
		b->open.blocked_ns += slice_runnable_since(&e->slice) - b->last_ns;
	count_slice(b, e);
	b->is_blocked = false;
	if (e->slice.flags & SLICE_EXIT)
		return err ? err : end_burst(b);
	if (e->slice.flags & (SLICE_LEFT_QUEUED | SLICE_CUT_END))
		return err;
	b->is_blocked = is_blocking(&e->slice);
	if (b->is_blocked || err)
		return err;
	return end_burst(b);
}

void bursts_finish(struct bursts *b)
{
	if (!b->is_open)
		return;
	b->open_is_cut = true;
	end_burst(b);
}

/* How many kept bursts ended at or before a time. */
static uint32_t ended_until(const struct bursts *b, uint64_t time_ns)
{
	uint32_t low = 0, high = b->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (b->kept[middle].end_ns <= time_ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The part of a stretch that lies before a time: 0..1. */
static double part_before(uint64_t time_ns, uint64_t start_ns, uint64_t end_ns)
{
	if (time_ns <= start_ns || end_ns <= start_ns)
		return 0;
	return time_ns >= end_ns ? 1 : (double)(time_ns - start_ns) / (double)(end_ns - start_ns);
}

double bursts_run_until(const struct bursts *b, uint64_t time_ns)
{
	uint32_t n = ended_until(b, time_ns);
	const struct burst *next = n < b->count ? &b->kept[n] : NULL;
	uint64_t before_ns = n ? b->kept[n - 1].run_total_ns : 0;
	uint64_t until_ns = next ? next->run_total_ns : b->run_total_ns;
	uint64_t start_ns = n ? b->kept[n - 1].end_ns : b->first_ns;

	/* Nothing ran between the two. */
	if (next && until_ns - before_ns == next->run_ns)
		start_ns = next->start_ns;
	return (double)before_ns +
	       part_before(time_ns, start_ns, next ? next->end_ns : b->last_ns) *
		       (double)(until_ns - before_ns);
}

uint64_t bursts_breaks_until(const struct bursts *b, uint64_t time_ns)
{
	uint32_t n = ended_until(b, time_ns);

	return n ? b->kept[n - 1].breaks : 0;
}
