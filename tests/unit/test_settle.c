// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel side's rules for how a slice began (bpf/settle.h), each on a literal task state, as
 * the programs would have left it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "../../bpf/settle.h"

/* A slice's begin as slice_begin() hands it to slice_settle(). */
static struct slice_begin settle(struct task_state *state, __u32 switches)
{
	struct slice_begin begin = { .start_ns = 1000,
				     .waker = RECORD_NO_TASK,
				     .prev_cpu = RECORD_NO_CPU,
				     .chosen_cpu = RECORD_NO_CPU,
				     .waker_cpu = RECORD_NO_CPU,
				     .kind = RECORD_KIND_UNKNOWN };

	slice_settle(&begin, state, switches);
	return begin;
}

static void a_sleeper_that_is_woken_has_a_wake_delay(void **unused)
{
	struct task_state state = { .out_ns = 100,
				    .out_switches = 5,
				    .waking_ns = 900,
				    .waking_switches = 5,
				    .waker = 42,
				    .prev_cpu = 1,
				    .moved_to = 3,
				    .waker_cpu = 3,
				    .context = RECORD_CONTEXT_TASK };
	struct slice_begin begin = settle(&state, 5);

	assert_int_equal(begin.kind, RECORD_KIND_WAKE);
	assert_int_equal(begin.waking_ns, 900);
	assert_int_equal(begin.prev_out_ns, 100);
	assert_int_equal(begin.waker, 42);
	assert_int_equal(begin.prev_cpu, 1);
	assert_int_equal(begin.chosen_cpu, 2);
	assert_int_equal(begin.waker_cpu, 3);
	assert_int_equal(begin.context, RECORD_CONTEXT_TASK);
}

/* Up to 37 % of blocking switch-outs; the waking comes before the task's own switch-out. */
static void a_task_woken_on_its_way_off_the_cpu_keeps_its_waking(void **unused)
{
	struct task_state state = { .waking_ns = 90,
				    .waking_switches = 4,
				    .flags = RECORD_WOKEN_ON_CPU,
				    .out_ns = 100,
				    .out_switches = 5 };
	struct slice_begin begin = settle(&state, 5);

	assert_int_equal(begin.kind, RECORD_KIND_WAKE);
	assert_int_equal(begin.waking_ns, 90);
	assert_int_equal(begin.prev_out_ns, 100);
	assert_int_equal(begin.flags, RECORD_WOKEN_ON_CPU);
}

static void woken_on_its_way_off_needs_the_switch_out_to_know_since_when(void **unused)
{
	struct task_state state = { .waking_ns = 90,
				    .waking_switches = 4,
				    .flags = RECORD_WOKEN_ON_CPU };

	assert_int_equal(settle(&state, 5).kind, RECORD_KIND_UNKNOWN);
}

static void a_task_that_left_queued_has_a_preempt_delay_whatever_was_stamped(void **unused)
{
	struct task_state state = { .out_ns = 100,
				    .out_switches = 5,
				    .left_queued = 1,
				    .waking_ns = 50,
				    .waking_switches = 4,
				    .flags = WAKING_SPARE,
				    .spare_wakes = 1 };
	struct slice_begin begin = settle(&state, 5);

	assert_int_equal(begin.kind, RECORD_KIND_PREEMPT);
	assert_int_equal(begin.waking_ns, 0);
	assert_int_equal(begin.waker, RECORD_NO_TASK);
	assert_int_equal(begin.spare_wakes, 1);
}

/* The task left the CPU between our look at on_rq and the kernel's own, under the lock. */
static void a_spare_wakeup_that_nothing_follows_was_the_real_one(void **unused)
{
	struct task_state state = { .out_ns = 100,
				    .out_switches = 5,
				    .waking_ns = 99,
				    .waking_switches = 4,
				    .flags = WAKING_SPARE | RECORD_WOKEN_ON_CPU,
				    .spare_wakes = 1 };
	struct slice_begin begin = settle(&state, 5);

	assert_int_equal(begin.kind, RECORD_KIND_WAKE);
	assert_int_equal(begin.spare_wakes, 0);
	assert_int_equal(begin.flags, RECORD_WOKEN_ON_CPU);
}

static void a_delayed_requeue_is_a_wake_delay_and_says_so(void **unused)
{
	struct task_state state = { .out_ns = 100,
				    .out_switches = 5,
				    .waking_ns = 300,
				    .waking_switches = 5,
				    .flags = RECORD_REQUEUED };
	struct slice_begin begin = settle(&state, 5);

	assert_int_equal(begin.kind, RECORD_KIND_WAKE);
	assert_int_equal(begin.flags, RECORD_REQUEUED);
}

/* Pulled by another CPU in the middle of its wakeup, whichever of the two programs came first. */
static void a_requeued_task_was_woken_where_it_was_pulled_to(void **unused)
{
	struct task_state state = { .out_ns = 100,
				    .out_switches = 5,
				    .waking_ns = 300,
				    .waking_switches = 5,
				    .prev_cpu = 2,
				    .moved_to = 3 + 1,
				    .flags = RECORD_REQUEUED };
	struct slice_begin begin = settle(&state, 5);

	assert_int_equal(begin.prev_cpu, 2);
	assert_int_equal(begin.chosen_cpu, 3);
	assert_int_equal(state.moved_to, 0);
}

static void a_wakee_that_nobody_moves_stays_on_its_previous_cpu(void **unused)
{
	struct task_state state = { .waking_ns = 300, .waking_switches = 5, .prev_cpu = 2 };

	assert_int_equal(settle(&state, 5).chosen_cpu, 2);
}

static void a_new_task_waits_from_its_first_wakeup(void **unused)
{
	struct task_state state = { .waking_ns = 300, .flags = RECORD_NEW };
	struct slice_begin begin = settle(&state, 0);

	assert_int_equal(begin.kind, RECORD_KIND_WAKE);
	assert_int_equal(begin.waking_ns, 300);
	assert_int_equal(begin.prev_out_ns, 0);
	assert_int_equal(begin.flags, RECORD_NEW);
}

static void nothing_observed_is_unknown_not_zero(void **unused)
{
	struct task_state state = {};

	assert_int_equal(settle(&state, 5).kind, RECORD_KIND_UNKNOWN);
}

/* A switch of the task went by unseen: both stamps belong to another wait. */
static void stamps_of_another_wait_do_not_count(void **unused)
{
	struct task_state state = { .out_ns = 100,
				    .out_switches = 5,
				    .left_queued = 1,
				    .waking_ns = 200,
				    .waking_switches = 5 };
	struct slice_begin begin = settle(&state, 6);

	assert_int_equal(begin.kind, RECORD_KIND_UNKNOWN);
	assert_int_equal(begin.prev_out_ns, 0);
	assert_int_equal(begin.waking_ns, 0);
}

static void a_waking_off_the_cpu_one_switch_ago_is_stale(void **unused)
{
	struct task_state state = { .waking_ns = 200, .waking_switches = 5 };

	assert_int_equal(settle(&state, 6).kind, RECORD_KIND_UNKNOWN);
}

/* -C: the task went to sleep on a CPU that is not traced, and was woken in sight. */
static void a_waking_alone_is_enough_for_a_task_that_was_asleep(void **unused)
{
	struct task_state state = { .waking_ns = 200, .waking_switches = 6 };
	struct slice_begin begin = settle(&state, 6);

	assert_int_equal(begin.kind, RECORD_KIND_WAKE);
	assert_int_equal(begin.prev_out_ns, 0);
}

static void a_wakeup_is_used_once(void **unused)
{
	struct task_state state = { .out_ns = 100,
				    .out_switches = 5,
				    .waking_ns = 200,
				    .waking_switches = 5,
				    .moves = 2,
				    .left_queued = 0 };
	struct slice_begin begin = settle(&state, 5);

	assert_int_equal(begin.moves, 2);
	begin = settle(&state, 5);
	assert_int_equal(begin.kind, RECORD_KIND_UNKNOWN);
	assert_int_equal(begin.moves, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sleeper_that_is_woken_has_a_wake_delay),
		cmocka_unit_test(a_task_woken_on_its_way_off_the_cpu_keeps_its_waking),
		cmocka_unit_test(woken_on_its_way_off_needs_the_switch_out_to_know_since_when),
		cmocka_unit_test(a_task_that_left_queued_has_a_preempt_delay_whatever_was_stamped),
		cmocka_unit_test(a_spare_wakeup_that_nothing_follows_was_the_real_one),
		cmocka_unit_test(a_delayed_requeue_is_a_wake_delay_and_says_so),
		cmocka_unit_test(a_requeued_task_was_woken_where_it_was_pulled_to),
		cmocka_unit_test(a_wakee_that_nobody_moves_stays_on_its_previous_cpu),
		cmocka_unit_test(a_new_task_waits_from_its_first_wakeup),
		cmocka_unit_test(nothing_observed_is_unknown_not_zero),
		cmocka_unit_test(stamps_of_another_wait_do_not_count),
		cmocka_unit_test(a_waking_off_the_cpu_one_switch_ago_is_stale),
		cmocka_unit_test(a_waking_alone_is_enough_for_a_task_that_was_asleep),
		cmocka_unit_test(a_wakeup_is_used_once),
	};

	return cmocka_run_group_tests_name("settle", tests, NULL, NULL);
}
