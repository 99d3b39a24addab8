// SPDX-License-Identifier: GPL-2.0-only
/* What an event says of its times (event.h), and who its ids are (tasks.h, meta.h). */
#include "unit/stream.h"
#include "event/meta.h"
#include "event/tasks.h"

#include <errno.h>
#include <string.h>

static void assert_delay(struct event e, uint64_t expected)
{
	uint64_t delay_ns = 12345;

	assert_true(slice_delay_ns(&e.slice, &delay_ns));
	assert_int_equal(delay_ns, expected);
}

static void assert_delay_unknown(struct event e)
{
	uint64_t delay_ns = 12345;

	assert_false(slice_delay_ns(&e.slice, &delay_ns));
	assert_int_equal(delay_ns, 12345);
}

static void a_sleeper_is_runnable_since_its_waking(void **state)
{
	(void)state;
	assert_delay(WOKEN(1, 0, 300, 350, 400, .prev_out_ns = 100), 50);
}

static void a_task_woken_while_running_is_runnable_since_its_switch_out(void **state)
{
	/* Woken at 90, on its way off until 100: of 250 ns since the waking it waited 240. */
	struct event e = WOKEN(1, 0, 90, 340, 400, .prev_out_ns = 100, .flags = SLICE_WOKEN_ON_CPU);

	(void)state;
	assert_int_equal(slice_runnable_since(&e.slice), 100);
	assert_delay(e, 240);
}

static void a_new_task_is_runnable_since_its_first_wakeup(void **state)
{
	(void)state;
	assert_delay(WOKEN(1, 0, 300, 320, 400, .flags = SLICE_NEW), 20);
}

static void a_preempted_task_is_runnable_since_its_switch_out(void **state)
{
	(void)state;
	assert_delay(PREEMPTED(1, 0, 200, 350, 400), 150);
}

static void a_preempted_task_stays_so_when_a_wakeup_finds_it_queued(void **state)
{
	/* It left still runnable without the kernel's preempt argument, then was woken to no
	 * effect. */
	struct event e = PREEMPTED(1, 0, 200, 350, 400, .waking_ns = 300, .spare_wakes = 1);

	(void)state;
	assert_delay(e, 150);
}

static void a_delayed_dequeue_is_runnable_since_the_waking_that_requeued_it(void **state)
{
	/* On the queue all the time, but asleep from 100 until it was woken at 300. */
	struct event e = WOKEN(1, 0, 300, 310, 400, .prev_out_ns = 100, .flags = SLICE_REQUEUED);

	(void)state;
	assert_delay(e, 10);
}

static void an_unknown_delay_is_not_zero(void **state)
{
	(void)state;
	assert_delay_unknown(SLICE(1, 0, 300, 400, .kind = DELAY_UNKNOWN));
	assert_delay_unknown(SLICE(1, 0, 300, 400, .kind = DELAY_UNKNOWN, .waking_ns = 200));
	assert_delay_unknown(SLICE(1, 0, 300, 400, .kind = DELAY_PREEMPT));
	assert_delay_unknown(SLICE(1, 0, 300, 400, .kind = DELAY_WAKE));
}

static void a_delay_that_would_be_negative_is_unknown(void **state)
{
	(void)state;
	assert_delay_unknown(WOKEN(1, 0, 301, 300, 400));
	assert_delay_unknown(PREEMPTED(1, 0, 301, 300, 400));
}

static void equal_times_are_a_known_delay_of_zero(void **state)
{
	(void)state;
	assert_delay(WOKEN(1, 0, 300, 300, 300), 0);
	assert_delay(PREEMPTED(1, 0, 300, 300, 300), 0);
}

static void the_idle_task_never_waits(void **state)
{
	(void)state;
	assert_delay_unknown(IDLE(0, 300, 400, .prev_out_ns = 100, .waking_ns = 200));
}

static void off_is_the_time_since_the_previous_switch_out(void **state)
{
	struct event e = WOKEN(1, 0, 300, 350, 400, .prev_out_ns = 100);
	struct event unseen = WOKEN(1, 0, 300, 350, 400);
	struct event backwards = WOKEN(1, 0, 300, 350, 400, .prev_out_ns = 351);
	uint64_t off_ns = 12345;

	(void)state;
	assert_false(slice_off_ns(&unseen.slice, &off_ns));
	assert_false(slice_off_ns(&backwards.slice, &off_ns));
	assert_int_equal(off_ns, 12345);
	assert_true(slice_off_ns(&e.slice, &off_ns));
	assert_int_equal(off_ns, 250);
}

static void only_a_slice_seen_from_in_to_out_is_whole(void **state)
{
	struct slice s = { .flags = SLICE_INVOLUNTARY | SLICE_LEFT_QUEUED | SLICE_EXIT | SLICE_NEW |
				    SLICE_REQUEUED | SLICE_WOKEN_ON_CPU };

	(void)state;
	assert_true(slice_is_whole(&s));
	s.flags = SLICE_GAP;
	assert_false(slice_is_whole(&s));
	s.flags = SLICE_CUT_START;
	assert_false(slice_is_whole(&s));
	s.flags = SLICE_CUT_END;
	assert_false(slice_is_whole(&s));
}

static void a_table_knows_the_idle_task_and_reads_strangers_as_unnamed(void **state)
{
	struct task_table table;

	(void)state;
	assert_int_equal(task_table_init(&table), 0);
	assert_string_equal(task_table_get(&table, TASK_IDLE)->comm, "<idle>");
	assert_string_equal(task_table_get(&table, 7)->comm, "?");
	assert_string_equal(task_table_get(&table, TASK_UNKNOWN)->comm, "?");
	assert_int_equal(task_table_get(&table, 7)->tid, 0);
	task_table_free(&table);
}

static void an_exec_changes_name_and_tid_of_one_task(void **state)
{
	struct event fork = TASK(5, 100, 4242, 4000, "worker"),
		     exec = TASK(5, 200, 4000, 4000, "new");
	struct task_table table;

	(void)state;
	assert_int_equal(task_table_init(&table), 0);
	assert_int_equal(task_table_put(&table, &fork.identity), 0);
	assert_int_equal(task_table_get(&table, 5)->tid, 4242);
	assert_int_equal(task_table_put(&table, &exec.identity), 0);
	assert_int_equal(task_table_get(&table, 5)->tid, 4000);
	assert_string_equal(task_table_get(&table, 5)->comm, "new");
	assert_string_equal(task_table_get(&table, 4)->comm, "?");
	task_table_free(&table);
}

static void a_reused_tid_is_two_tasks(void **state)
{
	struct event first = TASK(1, 100, 4242, 4242, "first"),
		     second = TASK(2, 900, 4242, 4242, "next");
	struct task_table table;

	(void)state;
	assert_int_equal(task_table_init(&table), 0);
	assert_int_equal(task_table_put(&table, &first.identity), 0);
	assert_int_equal(task_table_put(&table, &second.identity), 0);
	assert_string_equal(task_table_get(&table, 1)->comm, "first");
	assert_string_equal(task_table_get(&table, 2)->comm, "next");
	task_table_free(&table);
}

static void a_table_grows_to_any_dense_id_and_refuses_an_absurd_one(void **state)
{
	struct task_table table;

	(void)state;
	assert_int_equal(task_table_init(&table), 0);
	for (uint32_t id = 1; id < 2000; id++) {
		struct event e = TASK(id, id, id + 10000, 1, "t");

		assert_int_equal(task_table_put(&table, &e.identity), 0);
	}
	for (uint32_t id = 1; id < 2000; id++)
		assert_int_equal(task_table_get(&table, id)->tid, id + 10000);
	assert_int_equal(task_table_put(&table, &(struct task_identity){ .task = TASK_UNKNOWN }),
			 -EINVAL);
	task_table_free(&table);
}

static void a_comm_that_fills_its_array_is_cut_not_overrun(void **state)
{
	struct task_identity full = { .task = 1, .tid = 9, .pid = 9 };
	struct task_table table;

	(void)state;
	memset(full.comm, 'x', sizeof(full.comm));
	assert_int_equal(task_table_init(&table), 0);
	assert_int_equal(task_table_put(&table, &full), 0);
	assert_string_equal(task_table_get(&table, 1)->comm, "xxxxxxxxxxxxxxx");
	task_table_free(&table);
}

static void assert_label(struct task_identity task, const char *expected)
{
	char label[TASK_LABEL_MAX];

	assert_int_equal(task_label(label, &task), strlen(expected));
	assert_string_equal(label, expected);
}

static void a_label_names_thread_and_process(void **state)
{
	(void)state;
	assert_label((struct task_identity){ .task = TASK_IDLE, .comm = "<idle>" }, "<idle>");
	assert_label((struct task_identity){ .task = 1, .tid = 510, .pid = 510, .comm = "ksmd" },
		     "ksmd[510]");
	assert_label((struct task_identity){ .task = 2, .tid = 12, .pid = 10, .comm = "CPU 0/KVM" },
		     "CPU 0/KVM[12/10]");
	assert_label((struct task_identity){ .task = 3, .tid = 1, .pid = 1, .comm = "a\n\x1b[1mb" },
		     "a??[1mb[1]");
}

static void the_longest_label_fits(void **state)
{
	(void)state;
	assert_label((struct task_identity){ .task = 1,
					     .tid = UINT32_MAX,
					     .pid = UINT32_MAX - 1,
					     .comm = "fifteen letters" },
		     "fifteen letters[4294967295/4294967294]");
	assert_true(strlen("fifteen letters[4294967295/4294967294]") < TASK_LABEL_MAX);
}

static void a_traces_losses_sum_over_cpus_and_kinds(void **state)
{
	struct trace_meta meta;

	(void)state;
	assert_int_equal(trace_meta_init(&meta, 3), 0);
	assert_int_equal(trace_meta_lost(&meta), 0);
	meta.cpus[0].lost[LOST_SLICE] = 5;
	meta.cpus[2].lost[LOST_SLICE] = 70;
	meta.cpus[2].lost[LOST_TASK] = 200;
	meta.cpus[1].slices_made = 1000000;
	assert_int_equal(trace_meta_lost(&meta), 275);
	trace_meta_free(&meta);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sleeper_is_runnable_since_its_waking),
		cmocka_unit_test(a_task_woken_while_running_is_runnable_since_its_switch_out),
		cmocka_unit_test(a_new_task_is_runnable_since_its_first_wakeup),
		cmocka_unit_test(a_preempted_task_is_runnable_since_its_switch_out),
		cmocka_unit_test(a_preempted_task_stays_so_when_a_wakeup_finds_it_queued),
		cmocka_unit_test(a_delayed_dequeue_is_runnable_since_the_waking_that_requeued_it),
		cmocka_unit_test(an_unknown_delay_is_not_zero),
		cmocka_unit_test(a_delay_that_would_be_negative_is_unknown),
		cmocka_unit_test(equal_times_are_a_known_delay_of_zero),
		cmocka_unit_test(the_idle_task_never_waits),
		cmocka_unit_test(off_is_the_time_since_the_previous_switch_out),
		cmocka_unit_test(only_a_slice_seen_from_in_to_out_is_whole),
		cmocka_unit_test(a_table_knows_the_idle_task_and_reads_strangers_as_unnamed),
		cmocka_unit_test(an_exec_changes_name_and_tid_of_one_task),
		cmocka_unit_test(a_reused_tid_is_two_tasks),
		cmocka_unit_test(a_table_grows_to_any_dense_id_and_refuses_an_absurd_one),
		cmocka_unit_test(a_comm_that_fills_its_array_is_cut_not_overrun),
		cmocka_unit_test(a_label_names_thread_and_process),
		cmocka_unit_test(the_longest_label_fits),
		cmocka_unit_test(a_traces_losses_sum_over_cpus_and_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
