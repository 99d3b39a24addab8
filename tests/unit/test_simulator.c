// SPDX-License-Identifier: GPL-2.0-only
/* The simulated machine itself: a literal story by hand, and what must hold for every seed. */
#include "unit/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "trace/event_check.h"
#include "unit/simulator.h"

#define SEEDS 200
#define EVERY 0xffff

static uint64_t part_ns(const struct sim_wait *wait, uint32_t culprit, uint16_t cpu)
{
	for (uint32_t i = 0; i < wait->part_count; i++)
		if (wait->parts[i].culprit == culprit && wait->parts[i].cpu == cpu)
			return wait->parts[i].ns;
	return 0;
}

static void assert_slice(const struct event *e, uint32_t task, uint16_t cpu, uint64_t start,
			 uint64_t end, enum delay_kind kind, uint16_t flags)
{
	assert_int_equal(e->type, EVENT_SLICE);
	assert_int_equal(e->slice.task, task);
	assert_int_equal(e->cpu, cpu);
	assert_int_equal(e->slice.start_ns, start);
	assert_int_equal(e->time_ns, end);
	assert_int_equal(e->slice.kind, kind);
	assert_int_equal(e->slice.flags, flags);
}

#define CUT_BOTH      (SLICE_CUT_START | SLICE_CUT_END)
#define PREEMPTED_OUT (SLICE_INVOLUNTARY | SLICE_LEFT_QUEUED)

/*
 * CPU 0: A runs since before, B is woken at 100, preempts A at 110, is preempted by C at 120,
 * C sleeps at 150 and B goes on; A is pulled at 130 to the idle CPU 1, which takes it at 135.
 */
static void a_story_of_nested_preemption_is_told_and_accounted(void **state)
{
	const struct sim_options options = { .cpus = 2, .start_ns = 90 };
	struct sim *s = sim_new(&options);
	const uint32_t a = sim_runner(s, 3, 0), b = sim_sleeper(s, 1, 0), c = sim_sleeper(s, 3, 1);
	const struct sim_wait *w;

	sim_pass(s, 10);
	assert_int_equal(sim_wake(s, b, 0, 1, WAKER_IDLE), 0);
	sim_pass(s, 10);
	assert_int_equal(sim_preempt(s, 0, b), 0);
	sim_pass(s, 5);
	assert_int_equal(sim_wake(s, c, 0, 0, WAKER_TASK), 0);
	sim_pass(s, 5);
	assert_int_equal(sim_preempt(s, 0, c), 0);
	sim_pass(s, 10);
	assert_int_equal(sim_move(s, a, 1, 1), 0);
	sim_pass(s, 5);
	assert_int_equal(sim_dispatch(s, 1, a), 0);
	sim_pass(s, 15);
	assert_int_equal(sim_sleep(s, 0, b), 0);
	sim_pass(s, 10);
	sim_end(s);

	assert_int_equal(s->count, 3 + 7);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(s->events[i].type, EVENT_TASK);
	assert_slice(&s->events[3], a, 0, 90, 110, DELAY_UNKNOWN, SLICE_CUT_START | PREEMPTED_OUT);
	assert_slice(&s->events[4], b, 0, 110, 120, DELAY_WAKE, PREEMPTED_OUT);
	assert_int_equal(s->events[4].slice.waking_ns, 100);
	assert_int_equal(s->events[4].slice.prev_out_ns, 0);
	assert_int_equal(s->events[4].slice.waker, TASK_IDLE);
	assert_int_equal(s->events[4].slice.waker_cpu, 1);
	assert_int_equal(s->events[5].type, EVENT_MOVE);
	assert_int_equal(s->events[5].time_ns, 130);
	assert_int_equal(s->events[5].move.from, 0);
	assert_int_equal(s->events[5].move.to, 1);
	assert_slice(&s->events[6], TASK_IDLE, 1, 90, 135, DELAY_NONE, SLICE_CUT_START);
	assert_slice(&s->events[7], c, 0, 120, 150, DELAY_WAKE, 0);
	assert_int_equal(s->events[7].slice.waker, b);
	assert_int_equal(s->events[7].slice.prev_cpu, 1);
	assert_int_equal(s->events[7].slice.chosen_cpu, 0);
	assert_slice(&s->events[8], b, 0, 150, 160, DELAY_PREEMPT, SLICE_CUT_END);
	assert_int_equal(s->events[8].slice.prev_out_ns, 120);
	assert_slice(&s->events[9], a, 1, 135, 160, DELAY_PREEMPT, SLICE_CUT_END);
	assert_int_equal(s->events[9].slice.moves, 1);

	assert_int_equal(s->wait_count, 4);
	w = &s->waits[0]; /* B, woken */
	assert_int_equal(w->event, 4);
	assert_int_equal(w->part_count, 1);
	assert_int_equal(part_ns(w, a, 0), 10);
	assert_int_equal(w->idle.busy_ns, 10); /* it may not use CPU 1 */
	w = &s->waits[1];		       /* C, woken */
	assert_int_equal(part_ns(w, b, 0), 5);
	assert_int_equal(w->idle.llc_ns, 5);
	w = &s->waits[2]; /* B, preempted */
	assert_int_equal(part_ns(w, c, 0), 30);
	assert_int_equal(w->part_count, 1);
	w = &s->waits[3]; /* A */
	assert_int_equal(w->victim, a);
	assert_int_equal(w->since_ns, 110);
	assert_int_equal(w->end_ns, 135);
	assert_int_equal(w->kind, DELAY_PREEMPT);
	assert_int_equal(w->part_count, 3);
	assert_int_equal(part_ns(w, b, 0), 10);
	assert_int_equal(part_ns(w, c, 0), 10);
	assert_int_equal(part_ns(w, TASK_IDLE, 1), 5);
	assert_int_equal(w->idle.llc_ns, 20);
	assert_int_equal(w->idle.own_ns, 5);
	assert_int_equal(w->idle.busy_ns, 0);

	assert_int_equal(sim_blame_ns(s, DELAY_WAKE, b, a), 10);
	assert_int_equal(sim_blame_ns(s, DELAY_PREEMPT, b, a), 0);
	assert_int_equal(sim_blame_ns(s, DELAY_PREEMPT, b, c), 30);
	assert_int_equal(sim_blame_ns(s, DELAY_PREEMPT, a, TASK_IDLE), 5);
	assert_int_equal(s->cpus[0].busy_ns, 70);
	assert_int_equal(s->cpus[0].waiting_ns, 10 + 5 + 20 + 30);
	assert_int_equal(s->cpus[0].with_waiters_ns, 50); /* 100 to 150 */
	assert_int_equal(s->cpus[0].wasted_ns, 20);	  /* 110 to 130 */
	assert_int_equal(s->cpus[1].idle_ns, 45);
	assert_int_equal(s->cpus[1].busy_ns, 25);
	assert_int_equal(s->cpus[1].wasted_ns, 5);
	assert_int_equal(s->counts.nested_preempts, 1);
	assert_int_equal(s->counts.moves_of_preempted, 1);
	sim_free(s);
}

static void a_task_woken_on_its_cpu_waits_from_its_switch_out(void **state)
{
	const struct sim_options options = { .cpus = 2, .start_ns = 90 };
	struct sim *s = sim_new(&options);
	const uint32_t a = sim_runner(s, 3, 0), b = sim_runner(s, 3, 1);
	const struct event *e;
	uint64_t delay;

	sim_pass(s, 10);
	assert_int_equal(sim_wake(s, a, 1, 0, WAKER_TASK), -EINVAL); /* by itself */
	assert_int_equal(sim_wake(s, a, 1, 1, WAKER_TASK), 0);
	sim_pass(s, 3);
	assert_int_equal(sim_preempt(s, 0, TASK_IDLE), -EINVAL);
	assert_int_equal(sim_sleep(s, 0, TASK_IDLE), 0);
	sim_pass(s, 4);
	assert_int_equal(sim_exit(s, 1, a), 0);
	sim_pass(s, 2);
	sim_end(s);
	e = &s->events[5];
	assert_slice(e, a, 1, 107, 109, DELAY_WAKE, SLICE_WOKEN_ON_CPU | SLICE_CUT_END);
	assert_int_equal(e->slice.waking_ns, 100);
	assert_int_equal(e->slice.prev_out_ns, 103);
	assert_int_equal(e->slice.prev_cpu, 0);
	assert_true(slice_delay_ns(&e->slice, &delay));
	assert_int_equal(delay, 4);
	assert_int_equal(s->wait_count, 1);
	assert_int_equal(s->waits[0].since_ns, 103);
	assert_int_equal(part_ns(&s->waits[0], b, 1), 4);
	assert_int_equal(s->waits[0].idle.llc_ns, 4);
	assert_true(s->events[3].slice.flags & SLICE_EXIT);
	sim_free(s);
}

static void what_nobody_can_know_is_unknown(void **state)
{
	const struct sim_options options = { .cpus = 3, .start_ns = 100, .untraced = 1 << 2 };
	struct sim *s = sim_new(&options);
	const uint32_t a = sim_runner(s, EVERY, 0), b = sim_sleeper(s, EVERY, 2),
		       c = sim_queued(s, 1, 0);
	const struct sim_wait *w;

	assert_int_equal(sim_offline(s, 1), 0);
	assert_int_equal(sim_wake(s, b, 1, 0, WAKER_HARDIRQ), -EINVAL);
	assert_int_equal(sim_wake(s, b, 2, 0, WAKER_HARDIRQ), 0);
	sim_pass(s, 10); /* B on the untraced CPU */
	assert_int_equal(sim_move(s, b, 0, 0), 0);
	sim_pass(s, 20); /* behind A, whose record is lost */
	assert_int_equal(sim_lose(s, 0), 0);
	assert_int_equal(sim_sleep(s, 0, c), 0);
	sim_pass(s, 30); /* behind C */
	assert_int_equal(sim_online(s, 1), 0);
	sim_pass(s, 5);
	sim_end(s);

	/* Three identities, CPU 1: idle, offline; the move; CPU 0: loss, C; CPU 1: idle; B waits.
	 */
	assert_int_equal(s->count, 3 + 6 + 1);
	assert_slice(&s->events[3], TASK_IDLE, 1, 100, 100, DELAY_NONE, SLICE_CUT_START);
	assert_int_equal(s->events[4].type, EVENT_MOVE);
	assert_int_equal(s->events[5].type, EVENT_LOST);
	assert_int_equal(s->events[5].time_ns, 130);
	assert_int_equal(s->events[5].lost.first_ns, 130);
	assert_int_equal(s->events[5].lost.count, 1);
	assert_slice(&s->events[6], TASK_IDLE, 1, 100, 160, DELAY_NONE, SLICE_GAP | SLICE_OFFLINE);
	assert_slice(&s->events[7], c, 0, 130, 165, DELAY_UNKNOWN, SLICE_CUT_END);
	assert_int_equal(s->events[8].type, EVENT_WAITING);
	assert_int_equal(s->events[8].slice.start_ns, 165);
	assert_int_equal(s->events[8].slice.chosen_cpu, 2);
	assert_slice(&s->events[9], TASK_IDLE, 1, 160, 165, DELAY_NONE, SLICE_CUT_END);

	assert_int_equal(s->wait_count, 1);
	w = &s->waits[0];
	assert_int_equal(w->event, 8);
	assert_true(w->cut);
	assert_int_equal(w->victim, b);
	assert_int_equal(w->end_ns - w->since_ns, 65);
	assert_int_equal(part_ns(w, TASK_UNKNOWN, 2), 10);
	assert_int_equal(part_ns(w, TASK_UNKNOWN, 0), 20);
	assert_int_equal(part_ns(w, c, 0), 35);
	assert_int_equal(part_ns(w, a, 0), 0);
	assert_int_equal(w->idle.unknown_ns, 60); /* CPU 2 */
	assert_int_equal(w->idle.offline_ns, 0);
	assert_int_equal(w->idle.llc_ns, 5);
	assert_int_equal(s->cpus[0].unknown_ns, 30);
	assert_int_equal(s->cpus[1].offline_ns, 60);
	assert_int_equal(s->cpus[2].unknown_ns, 65);
	assert_int_equal(s->cpus[0].wasted_ns, 5);
	assert_int_equal(sim_blame_ns(s, DELAY_WAKE, b, TASK_UNKNOWN), 30);
	sim_free(s);
}

static void a_new_task_is_named_before_its_first_slice(void **state)
{
	const struct sim_options options = { .cpus = 2, .start_ns = 100 };
	struct sim *s = sim_new(&options);
	const uint32_t a = sim_runner(s, EVERY, 1);
	int b;

	sim_pass(s, 10);
	assert_int_equal(sim_fork(s, 1, 1, 1), -EINVAL);
	b = sim_fork(s, 1, 0, 1);
	assert_int_equal(b, 2);
	sim_pass(s, 1);
	assert_int_equal(sim_dispatch(s, 0, b), 0);
	assert_int_equal(sim_sleep(s, 0, TASK_IDLE), 0);
	sim_pass(s, 1);
	sim_end(s);
	assert_int_equal(s->events[1].type, EVENT_TASK);
	assert_int_equal(s->events[1].time_ns, 110);
	assert_int_equal(s->events[1].identity.cpus_allowed, 1);
	assert_slice(&s->events[3], b, 0, 111, 111, DELAY_WAKE, SLICE_NEW);
	assert_int_equal(s->events[3].slice.waker, a);
	assert_int_equal(s->events[3].slice.prev_out_ns, 0);
	assert_int_equal(s->waits[0].idle.own_ns, 1);
	assert_int_equal(s->counts.one_ns_waits, 1);
	sim_free(s);
}

static void what_cannot_happen_is_refused(void **state)
{
	const struct sim_options options = { .cpus = 2 };
	struct sim *s = sim_new(&options);
	const uint32_t a = sim_sleeper(s, 1, 0), b = sim_queued(s, 3, 1);

	assert_int_equal(sim_wake(s, a, 1, 0, WAKER_IDLE), -EINVAL); /* not allowed there */
	assert_int_equal(sim_wake(s, a, 0, 0, WAKER_TASK), -EINVAL); /* no task runs there */
	assert_int_equal(sim_wake(s, b, 1, 0, WAKER_IDLE), -EINVAL); /* awake */
	assert_int_equal(sim_wake(s, 9, 0, 0, WAKER_IDLE), -EINVAL);
	assert_int_equal(sim_dispatch(s, 0, b), -EINVAL); /* queued elsewhere */
	assert_int_equal(sim_dispatch(s, 0, TASK_IDLE), -EINVAL);
	assert_int_equal(sim_sleep(s, 0, TASK_IDLE), -EINVAL); /* the idle task */
	assert_int_equal(sim_move(s, b, 1, 0), -EINVAL);
	assert_int_equal(sim_move(s, b, 2, 0), -EINVAL);
	assert_int_equal(sim_offline(s, 1), -EINVAL); /* its queue is not empty */
	assert_int_equal(sim_online(s, 1), -EINVAL);
	assert_int_equal(sim_lose(s, 2), -EINVAL);
	sim_end(s);
	assert_int_equal(s->count, 2 + 2 + 1);
	assert_int_equal(s->wait_count, 0); /* since when B waits is not known */
	sim_free(s);
}

/* As the seed says, also with CPUs that are not traced, and a live tail. */
static struct sim_options varied(uint64_t seed)
{
	struct sim_options options = sim_options_full(seed);

	options.untraced = seed % 3 == 1 ? (uint32_t)seed * 2654435761u >> 16 : 0;
	options.live_tail = seed % 4 == 2;
	options.tangled = seed % 5 == 3;
	options.losses = seed % 7 != 4;
	options.slow_exit = seed % 11 != 5;
	return options;
}

static void assert_ordered(const struct sim *s)
{
	for (uint32_t i = 1; i < s->count; i++) {
		const struct event *a = &s->events[i - 1], *b = &s->events[i];

		assert_true(a->time_ns <= b->time_ns);
		if (a->time_ns == b->time_ns && !s->options.live_tail)
			assert_true(a->cpu <= b->cpu);
	}
}

static void assert_named_before_use(const struct sim *s)
{
	uint32_t named = 0;

	for (uint32_t i = 0; i < s->count; i++) {
		const struct event *e = &s->events[i];

		if (e->type == EVENT_TASK) {
			assert_int_equal(e->identity.task, ++named);
			assert_int_equal(e->identity.cpus_allowed,
					 __builtin_popcount(s->allowed[named]));
		} else if (e->type == EVENT_MOVE) {
			assert_true(e->move.task && e->move.task <= named);
			assert_true(e->move.by <= named);
		} else if (e->type == EVENT_SLICE || e->type == EVENT_WAITING) {
			assert_true(e->slice.task <= named);
			assert_true(e->slice.waker <= named || e->slice.waker == TASK_UNKNOWN);
		}
	}
	assert_int_equal(named, s->task_count);
}

/* Slices follow each other without a hole, but where one was lost; and as long as the truth says.
 */
static void assert_tiled(const struct sim *s, uint16_t cpu)
{
	uint64_t told = s->start_ns, holes = 0, busy = 0, idle = 0, offline = 0;
	bool traced = !(s->options.untraced >> cpu & 1);

	for (uint32_t i = 0; i < s->count; i++) {
		const struct event *e = &s->events[i];

		if (e->type != EVENT_SLICE || e->cpu != cpu)
			continue;
		assert_true(traced);
		assert_true(e->slice.start_ns >= told);
		holes += e->slice.start_ns - told;
		told = e->time_ns;
		*(event_is_offline(e)	       ? &offline
		  : e->slice.task == TASK_IDLE ? &idle
					       : &busy) += slice_run_ns(e);
	}
	assert_int_equal(traced ? told : s->start_ns, traced ? s->end_ns : told);
	assert_int_equal(s->cpus[cpu].busy_ns, busy);
	assert_int_equal(s->cpus[cpu].idle_ns, idle);
	assert_int_equal(s->cpus[cpu].offline_ns, offline);
	assert_int_equal(s->cpus[cpu].unknown_ns, traced ? holes : s->end_ns - s->start_ns);
}

/* Every known delay in the stream is a wait of the truth, as long, and there are no others. */
static void assert_delays_are_waits(const struct sim *s)
{
	const struct sim_wait *w = s->waits;
	uint64_t delay;

	for (uint32_t i = 0; i < s->count; i++) {
		const struct event *e = &s->events[i];

		if (e->type != EVENT_SLICE && e->type != EVENT_WAITING)
			continue;
		assert_true(slice_runnable_since(&e->slice) <= e->slice.start_ns);
		if (!slice_delay_ns(&e->slice, &delay))
			continue;
		assert_true(w < s->waits + s->wait_count);
		assert_int_equal(w->event, i);
		assert_int_equal(w->victim, e->slice.task);
		assert_int_equal(w->kind, e->slice.kind);
		assert_int_equal(w->since_ns, slice_runnable_since(&e->slice));
		assert_int_equal(w->end_ns, e->slice.start_ns);
		assert_int_equal(w->end_ns - w->since_ns, delay);
		assert_int_equal(w->cut, e->type == EVENT_WAITING);
		assert_int_equal(w->moves, e->slice.moves);
		w++;
	}
	assert_ptr_equal(w, s->waits + s->wait_count);
}

static void assert_parts_sum(const struct sim *s)
{
	uint64_t waiting = 0, blamed = 0;

	for (const struct sim_wait *w = s->waits; w < s->waits + s->wait_count; w++) {
		const struct sim_idle *idle = &w->idle;
		uint64_t own = 0, left = w->end_ns - w->since_ns;

		waiting += left;
		assert_int_equal(idle->own_ns + idle->llc_ns + idle->node_ns + idle->far_ns +
					 idle->unknown_ns + idle->busy_ns,
				 left);
		assert_true(idle->offline_ns <= idle->unknown_ns);
		for (uint32_t i = 0; i < w->part_count; i++) {
			assert_true(w->parts[i].ns);
			assert_int_not_equal(w->parts[i].culprit, w->victim);
			own += w->parts[i].culprit == TASK_IDLE ? w->parts[i].ns : 0;
			left -= w->parts[i].ns;
		}
		assert_int_equal(left, 0);
		assert_int_equal(own, idle->own_ns);
	}
	for (uint16_t cpu = 0; cpu < s->options.cpus; cpu++) {
		assert_true(s->cpus[cpu].wasted_ns <= s->cpus[cpu].with_waiters_ns);
		assert_true(s->cpus[cpu].with_waiters_ns <= s->cpus[cpu].waiting_ns);
		waiting -= s->cpus[cpu].waiting_ns;
	}
	assert_int_equal(waiting, 0);
	for (uint32_t victim = 1; victim <= s->task_count; victim++)
		for (uint32_t i = 0; i <= s->task_count + 1; i++) {
			uint32_t culprit = i <= s->task_count ? i : TASK_UNKNOWN;

			blamed += sim_blame_ns(s, DELAY_WAKE, victim, culprit);
			blamed += sim_blame_ns(s, DELAY_PREEMPT, victim, culprit);
		}
	for (uint16_t cpu = 0; cpu < s->options.cpus; cpu++)
		blamed -= s->cpus[cpu].waiting_ns;
	assert_int_equal(blamed, 0);
}

/* A slice at a time on the CPUs, as far as the stream tells; and only on allowed ones. */
static void assert_each_task_is_at_one_place(const struct sim *s)
{
	uint64_t out[SIM_TASKS_MAX + 1] = { 0 };

	for (uint32_t i = 0; i < s->count; i++) {
		const struct event *e = &s->events[i];

		if (e->type != EVENT_SLICE || !e->slice.task)
			continue;
		assert_true(s->allowed[e->slice.task] >> e->cpu & 1);
		assert_true(e->slice.start_ns >= out[e->slice.task]);
		if (e->slice.prev_out_ns)
			assert_true(e->slice.prev_out_ns >= out[e->slice.task]);
		out[e->slice.task] = e->time_ns;
	}
}

/* The last event of a task before another is the one that befell it before. */
static void assert_not_tangled(const struct sim *s)
{
	uint16_t at[SIM_TASKS_MAX + 1];

	memset(at, 0xff, sizeof(at));
	for (uint32_t i = 0; i < s->count; i++) {
		const struct event *e = &s->events[i];
		uint16_t *cpu;

		if (e->type == EVENT_SLICE) {
			at[e->slice.task] =
				e->slice.flags & SLICE_LEFT_QUEUED ? e->cpu : CPU_UNKNOWN;
			continue;
		}
		if (e->type == EVENT_WAITING && at[e->slice.task] != CPU_UNKNOWN)
			assert_int_equal(at[e->slice.task], e->cpu);
		if (e->type != EVENT_MOVE)
			continue;
		cpu = &at[e->move.task];
		if (*cpu != CPU_UNKNOWN)
			assert_int_equal(*cpu, e->move.from);
		*cpu = e->move.to;
	}
}

static void assert_readable(const struct sim *s)
{
	struct event_limits limits = { .cpu_count = s->options.cpus,
				       .task_max = s->task_count + 1 };

	for (uint32_t i = 0; i < s->count; i++)
		assert_int_equal(event_check(&limits, &s->events[i]), 0);
}

static void add_counts(struct sim_counts *sum, const struct sim_counts *more)
{
	for (size_t i = 0; i < sizeof(*sum) / sizeof(uint32_t); i++)
		((uint32_t *)sum)[i] += ((const uint32_t *)more)[i];
}

static void of_every_seed_stream_and_truth_agree(void **state)
{
	struct sim_counts c = { 0 };

	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		struct sim_options options = varied(seed);
		struct sim *s = sim_run(&options);

		assert_readable(s);
		assert_ordered(s);
		assert_named_before_use(s);
		for (uint16_t cpu = 0; cpu < options.cpus; cpu++)
			assert_tiled(s, cpu);
		assert_delays_are_waits(s);
		assert_parts_sum(s);
		if (!options.tangled)
			assert_each_task_is_at_one_place(s);
		if (!options.tangled && !options.untraced && !options.losses)
			assert_not_tangled(s);
		add_counts(&c, &s->counts);
		sim_free(s);
	}
	for (size_t i = 0; i < sizeof(c) / sizeof(uint32_t); i++)
		assert_true(((uint32_t *)&c)[i]);
	assert_true(c.one_ns_waits >= SEEDS);
	assert_true(c.same_time >= SEEDS);
	assert_true(c.nested_preempts >= SEEDS);
	assert_true(c.moves_of_preempted >= SEEDS);
	assert_true(c.cut_start >= SEEDS && c.cut_waits >= SEEDS && c.unknown_waits >= SEEDS);
}

static void what_is_switched_off_does_not_happen(void **state)
{
	for (uint64_t seed = 0; seed < 20; seed++) {
		const struct sim_options options = {
			.seed = seed, .cpus = 3, .tasks = 9, .steps = 500
		};
		struct sim *s = sim_run(&options);

		assert_true(s->counts.wakes);
		assert_true(s->wait_count);
		assert_int_equal(s->task_count, 9);
		assert_int_equal(s->counts.births + s->counts.exits + s->counts.moves, 0);
		assert_int_equal(s->counts.woken_on_cpu + s->counts.preempts, 0);
		assert_int_equal(s->counts.lost + s->counts.offline, 0);
		assert_int_equal(s->counts.unknown_waits, 0);
		for (const struct sim_wait *w = s->waits; w < s->waits + s->wait_count; w++) {
			assert_int_equal(w->kind, DELAY_WAKE);
			assert_int_equal(w->idle.own_ns + w->idle.unknown_ns, 0);
		}
		sim_free(s);
	}
}

static void the_same_seed_makes_the_same_trace(void **state)
{
	const struct sim_options options = sim_options_full(7), others = sim_options_full(8);
	struct sim *a = sim_run(&options), *b = sim_run(&options), *c = sim_run(&others);

	assert_int_equal(a->count, b->count);
	assert_memory_equal(a->events, b->events, a->count * sizeof(*a->events));
	assert_memory_equal(a->cpus, b->cpus, sizeof(a->cpus));
	assert_true(a->count != c->count ||
		    memcmp(a->events, c->events, a->count * sizeof(*a->events)));
	sim_free(a);
	sim_free(b);
	sim_free(c);
}

static void the_host_has_the_masks_and_the_topology(void **state)
{
	const struct sim_options options = { .cpus = 10 };
	struct sim *s = sim_new(&options);
	struct host_snapshot host;
	char *json;

	sim_sleeper(s, 1 << 9 | 1, 0);
	sim_end(s);
	sim_host(&host, s);
	assert_int_equal(host.cpu_count, 10);
	assert_int_equal(host.cpus[3].llc, 0);
	assert_int_equal(host.cpus[7].llc, 1);
	assert_int_equal(host.cpus[7].node, 0);
	assert_int_equal(host.cpus[9].node, 1);
	assert_int_equal(host.node_count, 2);
	assert_int_equal(host.task_count, 1);
	assert_int_equal(host.tasks[0].tid, s->events[0].identity.tid);
	assert_true(hwloc_bitmap_isset(host.tasks[0].allowed, 9));
	assert_int_equal(hwloc_bitmap_weight(host.tasks[0].allowed), 2);
	json = host_snapshot_to_json(&host);
	assert_non_null(json);
	free(json);
	host_snapshot_free(&host);
	sim_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_story_of_nested_preemption_is_told_and_accounted),
		cmocka_unit_test(a_task_woken_on_its_cpu_waits_from_its_switch_out),
		cmocka_unit_test(what_nobody_can_know_is_unknown),
		cmocka_unit_test(a_new_task_is_named_before_its_first_slice),
		cmocka_unit_test(what_cannot_happen_is_refused),
		cmocka_unit_test(of_every_seed_stream_and_truth_agree),
		cmocka_unit_test(what_is_switched_off_does_not_happen),
		cmocka_unit_test(the_same_seed_makes_the_same_trace),
		cmocka_unit_test(the_host_has_the_masks_and_the_topology),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
