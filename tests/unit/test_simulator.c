// SPDX-License-Identifier: GPL-2.0-only
/* The simulated machine itself: literal stories, worked out by hand. */
#include "unit/stream.h"

#include <errno.h>
#include <stdlib.h>

#include "unit/simulator.h"

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
		cmocka_unit_test(the_host_has_the_masks_and_the_topology),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
