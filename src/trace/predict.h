/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What writer and reader both expect of the next slice, from the slices before it in the segment:
 * only what differs is stored. Both walk a segment in stream order and make the same updates here,
 * so a table slot that two tasks share costs bytes, never correctness.
 */
#ifndef INTERLOPER_TRACE_PREDICT_H
#define INTERLOPER_TRACE_PREDICT_H

#include <string.h>
#include "event/event.h"
#include "trace/file_format.h"

#define GUESS_SLOTS 8192u /* part of the format: which tasks share a slot */

/* What a task did last, on any CPU. */
struct task_guess {
	uint64_t out_ns;
	uint32_t task;
	uint32_t next; /* who followed it on its CPU */
	uint32_t waker;
	uint16_t cpu;
	uint16_t flags;
	uint16_t sleep_state; /* out_state of its last voluntary switch-out */
	uint16_t placed;      /* of its last wakeup */
	uint16_t recent_cpu;  /* expected at its next wakeup */
	uint8_t context;
	uint8_t prio;
};
static_assert(sizeof(struct task_guess) == 32, "two to a cache line");

struct cpu_guess {
	uint64_t slice_end; /* where the next slice starts */
	uint64_t last_ns;   /* time of the CPU's last event of any type */
	uint32_t last_task;
	struct task_guess *last; /* its slot, whoever has it now */
	struct task_guess idle; /* each CPU has its own idle task */
};

struct guesses {
	struct task_guess tasks[GUESS_SLOTS];
};

/* At each segment's start: a segment is decoded without those before it. */
static inline void guesses_reset(struct guesses *g)
{
	memset(g, 0xff, sizeof(*g)); /* every slot is TASK_UNKNOWN's */
}

static inline void cpu_guess_reset(struct cpu_guess *c, uint64_t first_ns)
{
	memset(c, 0xff, sizeof(*c));
	c->slice_end = c->last_ns = first_ns;
	c->last_task = TASK_IDLE;
	c->last = &c->idle;
}

static inline struct task_guess *guess_slot(struct guesses *g, struct cpu_guess *c, uint32_t task)
{
	return task == TASK_IDLE ? &c->idle : &g->tasks[task & (GUESS_SLOTS - 1)];
}

/* The guess for a task about to be coded on a CPU; a fresh one if its slot was another's. */
static inline struct task_guess *guess_task(struct guesses *g, struct cpu_guess *c, uint32_t task,
					    uint16_t cpu)
{
	struct task_guess *t = guess_slot(g, c, task);

	if (t->task != task) {
		*t = (struct task_guess){
			.task = task,
			.next = TASK_UNKNOWN,
			.waker = TASK_UNKNOWN,
			.cpu = cpu,
			.sleep_state = 1,
			.recent_cpu = CPU_UNKNOWN,
			.context = WAKER_TASK,
			.prio = 120,
		};
	}
	return t;
}

static inline uint16_t guess_flags(const struct task_guess *t)
{
	return t->flags & (SLICE_INVOLUNTARY | SLICE_LEFT_QUEUED | SLICE_REQUEUED |
			   SLICE_WOKEN_ON_CPU);
}

static inline uint8_t guess_kind(const struct task_guess *t, bool woken)
{
	if (t->task == TASK_IDLE)
		return DELAY_NONE;
	if (woken)
		return DELAY_WAKE;
	return t->flags & SLICE_LEFT_QUEUED ? DELAY_PREEMPT : DELAY_UNKNOWN;
}

/* A task wakes others where it runs, and it ran there last as far as the stream has told. */
static inline uint16_t guess_waker_cpu(const struct guesses *g, uint32_t waker, uint16_t cpu)
{
	const struct task_guess *t = &g->tasks[waker & (GUESS_SLOTS - 1)];

	return waker != TASK_IDLE && waker != TASK_UNKNOWN && t->task == waker ? t->cpu : cpu;
}

/*
 * The bits of placed that change from wakeup to wakeup, from PLACED_IDLE_CORES to the waker's CPU,
 * become the lowest seven: what a prediction missed is then one byte of a varint, mostly.
 */
static_assert(PLACED_IDLE_CORES == 1 << 5 && PLACED_WAKER_SHIFT == 10, "seven bits together");

static inline uint16_t placed_pack(uint16_t placed)
{
	return placed >> 5 | placed << 11;
}

static inline uint16_t placed_unpack(uint16_t packed)
{
	return packed << 5 | packed >> 11;
}

/*
 * recent_used_cpu at the task's next wakeup. select_idle_sibling() makes it the previous CPU where
 * that was not idle, for then it has to search; a wakeup without a choice leaves it alone. Where a
 * kernel keeps it otherwise (5.10 does) the guess fails more often, and costs bytes.
 */
static inline uint16_t guess_recent_cpu(const struct slice *s)
{
	const uint16_t prev_busy = CPU_IS_BUSY << PLACED_PREV_SHIFT;
	uint16_t placed = s->placed & (3 << PLACED_PREV_SHIFT | PLACED_PINNED);
	uint16_t unchosen = s->flags & (SLICE_REQUEUED | SLICE_WOKEN_ON_CPU);
	uint16_t searched = -!((placed ^ prev_busy) | unchosen);

	return s->recent_cpu ^ ((s->recent_cpu ^ s->prev_cpu) & searched);
}

static inline void guess_learn(struct task_guess *t, struct cpu_guess *c, const struct slice *s,
			       uint64_t end_ns, uint16_t cpu)
{
	t->out_ns = end_ns;
	t->cpu = cpu;
	t->flags = s->flags;
	if (!(s->flags & SLICE_INVOLUNTARY))
		t->sleep_state = s->out_state;
	if (s->waking_ns) {
		t->waker = s->waker;
		t->context = s->context;
		t->placed = s->placed;
		t->recent_cpu = guess_recent_cpu(s);
	}
	t->prio = s->prio;
	c->slice_end = end_ns;
	c->last_ns = end_ns;
	c->last_task = s->task;
	c->last = t;
}

#endif
