/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rules by which a switch-in is explained: pure, on two structs, so that a unit test can hold
 * them against every case (tests/unit/test_settle.c).
 *
 * The kernel steps a task's switch counter once a slice, just before its switch-out. A stamp taken
 * at count n therefore belongs to the wait that ends in a switch-in at count n, unless the task was
 * still on its way off the CPU when it was stamped: then the count was n - 1.
 */
#ifndef INTERLOPER_SETTLE_H
#define INTERLOPER_SETTLE_H

#include "record.h"

/* The task runs: what made it runnable is used up. */
static inline __attribute__((always_inline)) void
task_state_consume(struct task_state *state)
{
	state->waking_ns = 0;
	state->moved_to = 0;
	state->left_queued = 0;
	state->moves = 0;
	state->asked = 0;
}

/* The CPU that the wakeup put it on. */
static inline __attribute__((always_inline)) __u16
task_chosen_cpu(const struct task_state *state)
{
	return state->moved_to ? state->moved_to - 1 : state->prev_cpu;
}

/*
 * Settles how `next` became runnable. What the task's state holds counts only if the task's own
 * switch counter proves that nothing was missed since; otherwise the delay is unknown.
 */
static inline __attribute__((always_inline)) void
slice_settle(struct slice_begin *begin, struct task_state *state, __u32 switches)
{
	__u8 out_known = state->out_ns && state->out_switches == switches;
	__u8 in_flight = !!(state->flags & (RECORD_WOKEN_ON_CPU | WAKING_SPARE));
	__u8 waking_known = state->waking_ns &&
			    (state->waking_switches == switches ||
			     (in_flight && state->waking_switches + 1 == switches));

	begin->prev_out_ns = out_known ? state->out_ns : 0;
	begin->moves = state->moves;
	begin->spare_wakes = state->spare_wakes;
	if (out_known && state->left_queued) {
		begin->kind = RECORD_KIND_PREEMPT;
	} else if (waking_known && (out_known || !in_flight)) {
		begin->kind = RECORD_KIND_WAKE;
		begin->waking_ns = state->waking_ns;
		begin->waker = state->waker;
		begin->prev_cpu = state->prev_cpu;
		begin->chosen_cpu = task_chosen_cpu(state);
		begin->waker_cpu = state->waker_cpu;
		begin->context = state->context;
		begin->recent_cpu = state->recent_cpu;
		begin->placed = state->placed;
		begin->flags = state->flags & ~WAKING_SPARE;
		if (state->flags & WAKING_SPARE && begin->spare_wakes)
			begin->spare_wakes--; /* it was needed after all */
	}
	task_state_consume(state);
	state->spare_wakes = 0;
}

#endif
