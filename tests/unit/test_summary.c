// SPDX-License-Identifier: GPL-2.0-only
/* Who ran, who waited, how long: hand-computed answers for literal streams. */
#include "unit/summing.h"

static void an_empty_stream_has_no_rows(void **state)
{
	struct summary *s = summary_new(SUMMARY_BY_TASK);

	(void)state;
	assert_int_equal(row_count(s), 0);
	summary_free(s);
}

static void runs_and_both_delays_of_a_task_add_up_apart(void **state)
{
	const struct event events[] = {
		WOKEN(1, 0, 100, 130, 200),	   /* wake 30, run 70 */
		PREEMPTED(1, 0, 200, 600, 650),	   /* preempt 400, run 50 */
		WOKEN(1, 0, 700, 710, 1000),	   /* wake 10, run 290 */
		WOKEN(2, 1, 1000, 1001, 1002),	   /* another task */
		PREEMPTED(1, 0, 1000, 1100, 1101), /* preempt 100, run 1 */
	};
	struct summary *s = SUM(SUMMARY_BY_TASK, events);
	const struct summary_row *r = row(s, 1, CPU_UNKNOWN);

	(void)state;
	assert_int_equal(row_count(s), 2);
	assert_int_equal(r->slices, 4);
	assert_int_equal(r->run_total_ns, 411);
	assert_int_equal(r->run.ns.count, 4);
	assert_int_equal(r->run.ns.sum_ns, 411);
	assert_int_equal(r->run.ns.min_ns, 1);
	assert_int_equal(r->wake_delay.ns.count, 2);
	assert_int_equal(r->wake_delay.ns.sum_ns, 40);
	assert_int_equal(r->preempt_delay.ns.count, 2);
	assert_int_equal(r->preempt_delay.ns.sum_ns, 500);
	assert_int_equal(r->unknown_delays, 0);
	assert_int_equal(row(s, 2, CPU_UNKNOWN)->run_total_ns, 1);
	summary_free(s);
}

static void a_maximum_says_where_it_was_the_first_of_equals(void **state)
{
	const struct event events[] = {
		WOKEN(1, 3, 100, 130, 200),
		WOKEN(1, 5, 300, 350, 400, .prev_out_ns = 250), /* wake 50, run 50 */
		WOKEN(1, 6, 500, 550, 620),			/* wake 50 again, run 70 again */
		PREEMPTED(1, 7, 620, 900, 901),
	};
	struct summary *s = SUM(SUMMARY_BY_TASK, events);
	const struct summary_row *r = row(s, 1, CPU_UNKNOWN);

	(void)state;
	assert_int_equal(r->run.ns.max_ns, 70);
	assert_int_equal(r->run.max_at_ns, 130);
	assert_int_equal(r->run.max_cpu, 3);
	assert_int_equal(r->run.max_task, 1);
	assert_int_equal(r->wake_delay.ns.max_ns, 50);
	assert_int_equal(r->wake_delay.max_at_ns, 350);
	assert_int_equal(r->wake_delay.max_cpu, 5);
	assert_int_equal(r->preempt_delay.ns.max_ns, 280);
	assert_int_equal(r->preempt_delay.max_at_ns, 900);
	assert_int_equal(r->preempt_delay.max_cpu, 7);
	summary_free(s);
}

static void a_task_woken_while_running_waited_since_its_switch_out(void **state)
{
	const struct event events[] = {
		WOKEN(1, 0, 10, 20, 100),
		/* Woken at 90, off at 100, on at 350: perf prints 0.000. */
		WOKEN(1, 0, 90, 350, 400, .prev_out_ns = 100, .flags = SLICE_WOKEN_ON_CPU),
	};
	struct summary *s = SUM(SUMMARY_BY_TASK, events);

	(void)state;
	assert_int_equal(row(s, 1, CPU_UNKNOWN)->wake_delay.ns.max_ns, 250);
	summary_free(s);
}

static void a_requeued_task_waited_since_the_waking_not_since_it_left_the_cpu(void **state)
{
	const struct event events[] = {
		WOKEN(1, 0, 5000, 5030, 5100, .prev_out_ns = 1000, .flags = SLICE_REQUEUED),
	};
	struct summary *s = SUM(SUMMARY_BY_TASK, events);
	const struct summary_row *r = row(s, 1, CPU_UNKNOWN);

	(void)state;
	assert_int_equal(r->wake_delay.ns.sum_ns, 30);
	assert_int_equal(r->preempt_delay.ns.count, 0);
	assert_int_equal(r->wakeups, 1);
	summary_free(s);
}

static void an_unknown_delay_is_counted_not_measured_as_zero(void **state)
{
	const struct event events[] = {
		SLICE(1, 0, 100, 200, .kind = DELAY_UNKNOWN),
		SLICE(1, 0, 300, 400, .kind = DELAY_PREEMPT), /* its switch-out was not seen */
		WOKEN(1, 0, 500, 500, 600),		      /* 0, and known */
	};
	struct summary *s = SUM(SUMMARY_BY_TASK, events);
	const struct summary_row *r = row(s, 1, CPU_UNKNOWN);

	(void)state;
	assert_int_equal(r->unknown_delays, 2);
	assert_int_equal(r->wake_delay.ns.count, 1);
	assert_int_equal(r->wake_delay.ns.max_ns, 0);
	assert_int_equal(r->wake_delay.max_at_ns, 500);
	assert_int_equal(r->preempt_delay.ns.count, 0);
	summary_free(s);
}

static void equal_timestamps_are_known_durations_of_zero(void **state)
{
	const struct event events[] = {
		WOKEN(1, 2, 100, 100, 100),
		PREEMPTED(1, 2, 100, 100, 100),
	};
	struct summary *s = SUM(SUMMARY_BY_TASK, events);
	const struct summary_row *r = row(s, 1, CPU_UNKNOWN);

	(void)state;
	assert_int_equal(r->run.ns.count, 2);
	assert_int_equal(r->run.ns.sum_ns, 0);
	assert_int_equal(r->run.max_cpu, 2);
	assert_int_equal(r->wake_delay.ns.count, 1);
	assert_int_equal(r->preempt_delay.ns.count, 1);
	assert_int_equal(r->unknown_delays, 0);
	summary_free(s);
}

static void slices_cut_by_the_traces_edges_count_seen_time_but_no_duration(void **state)
{
	const struct event events[] = {
		SLICE(1, 0, 100, 400, .flags = SLICE_CUT_START),
		WOKEN(1, 0, 500, 520, 600),
		WOKEN(1, 0, 690, 700, 950, .flags = SLICE_CUT_END),
	};
	struct summary *s = SUM(SUMMARY_BY_TASK, events);
	const struct summary_row *r = row(s, 1, CPU_UNKNOWN);

	(void)state;
	assert_int_equal(r->slices, 3);
	assert_int_equal(r->cut_slices, 2);
	assert_int_equal(r->run_total_ns, 300 + 80 + 250);
	assert_int_equal(r->run.ns.count, 1);
	assert_int_equal(r->run.ns.max_ns, 80);
	/* What began within the trace has a delay; what the trace's end cut has not ended. */
	assert_int_equal(r->wake_delay.ns.count, 2);
	assert_int_equal(r->unknown_delays, 1);
	assert_int_equal(r->voluntary, 2);
	assert_int_equal(r->involuntary, 0);
	summary_free(s);
}

static void a_slice_over_the_whole_trace_is_cut_once(void **state)
{
	const struct event events[] = {
		SLICE(1, 0, 100, 1100, .flags = SLICE_CUT_START | SLICE_CUT_END),
	};
	struct summary *s = SUM(SUMMARY_BY_TASK, events);
	const struct summary_row *r = row(s, 1, CPU_UNKNOWN);

	(void)state;
	assert_int_equal(r->slices, 1);
	assert_int_equal(r->cut_slices, 1);
	assert_int_equal(r->run_total_ns, 1000);
	assert_int_equal(r->voluntary + r->involuntary, 0);
	summary_free(s);
}

static void a_gap_is_counted_and_adds_no_time(void **state)
{
	const struct event events[] = {
		SLICE(1, 0, 100, 400, .flags = SLICE_GAP | SLICE_INVOLUNTARY),
		PREEMPTED(1, 0, 400, 500, 507),
	};
	struct summary *s = SUM(SUMMARY_BY_TASK, events);
	const struct summary_row *r = row(s, 1, CPU_UNKNOWN);

	(void)state;
	assert_int_equal(r->slices, 2);
	assert_int_equal(r->gaps, 1);
	assert_int_equal(r->cut_slices, 0);
	assert_int_equal(r->run_total_ns, 7);
	assert_int_equal(r->run.ns.count, 1);
	assert_int_equal(r->unknown_delays, 1);
	assert_int_equal(r->involuntary, 1);	  /* its end was seen */
	assert_true(r->gap_max_ns == UINT64_MAX); /* nothing is known of before */
	summary_free(s);
}

static void a_gap_ran_since_the_slice_before_it_at_most(void **state)
{
	const struct event events[] = {
		SLICE(2, 1, 0, 90),
		SLICE(TASK_IDLE, 0, 0, 100),
		SLICE(1, 0, 380, 400, .flags = SLICE_GAP), /* at least 20, at most 300 */
		SLICE(1, 1, 90, 95),
		SLICE(1, 1, 105, 110, .flags = SLICE_GAP),
	};
	struct summary *s = SUM(SUMMARY_BY_TASK, events);

	(void)state;
	assert_int_equal(row(s, 1, CPU_UNKNOWN)->gaps, 2);
	assert_int_equal(row(s, 1, CPU_UNKNOWN)->gap_max_ns, 300);
	assert_int_equal(row(s, 2, CPU_UNKNOWN)->gap_max_ns, 0);
	summary_free(s);
}

static void slices_end_voluntarily_or_not(void **state)
{
	const struct event events[] = {
		WOKEN(1, 0, 100, 110, 120, .flags = SLICE_INVOLUNTARY | SLICE_LEFT_QUEUED),
		PREEMPTED(1, 0, 120, 130, 140, .flags = SLICE_LEFT_QUEUED), /* a pending signal */
		PREEMPTED(1, 0, 140, 150, 160, .out_state = 1),
	};
	struct summary *s = SUM(SUMMARY_BY_TASK, events);
	const struct summary_row *r = row(s, 1, CPU_UNKNOWN);

	(void)state;
	assert_int_equal(r->involuntary, 1);
	assert_int_equal(r->voluntary, 2);
	summary_free(s);
}

static void wakeups_are_observed_wakings_and_the_spare_ones(void **state)
{
	const struct event events[] = {
		WOKEN(1, 0, 100, 110, 120),
		WOKEN(1, 0, 0, 210, 220, .spare_wakes = 3), /* its own waking was not observed */
		PREEMPTED(1, 0, 220, 310, 320, .waking_ns = 300, .spare_wakes = 1),
	};
	struct summary *s = SUM(SUMMARY_BY_TASK, events);
	const struct summary_row *r = row(s, 1, CPU_UNKNOWN);

	(void)state;
	assert_int_equal(r->wakeups, 1 + 3 + 1);
	assert_int_equal(r->spare_wakes, 4);
	summary_free(s);
}

static void a_migration_is_a_slice_on_another_cpu_than_the_one_before(void **state)
{
	const struct event events[] = {
		WOKEN(1, 5, 100, 110, 120), /* the first seen: no migration */
		WOKEN(2, 6, 100, 111, 121), WOKEN(1, 5, 200, 210, 220), WOKEN(1, 6, 300, 310, 320),
		WOKEN(2, 6, 400, 410, 420), WOKEN(1, 0, 500, 510, 520), WOKEN(1, 0, 600, 610, 620),
	};
	struct summary *s = SUM(SUMMARY_BY_TASK, events);

	(void)state;
	assert_int_equal(row(s, 1, CPU_UNKNOWN)->migrations, 2);
	assert_int_equal(row(s, 2, CPU_UNKNOWN)->migrations, 0);
	summary_free(s);

	s = SUM(SUMMARY_BY_CPU, events);
	assert_int_equal(row(s, TASK_UNKNOWN, 5)->migrations, 0);
	assert_int_equal(row(s, TASK_UNKNOWN, 6)->migrations, 1);
	assert_int_equal(row(s, TASK_UNKNOWN, 0)->migrations, 1);
	summary_free(s);

	s = SUM(SUMMARY_BY_TASK_CPU, events);
	assert_int_equal(row(s, 1, 6)->migrations, 1);
	assert_int_equal(row(s, 2, 6)->migrations, 0);
	summary_free(s);
}

static void a_task_moved_while_queued_counts_moves_and_one_delay(void **state)
{
	const struct event events[] = {
		MOVE(1, 150, 0, 3),
		MOVE(1, 180, 3, 4),
		WOKEN(1, 4, 100, 250, 300, .prev_cpu = 0, .chosen_cpu = 0, .moves = 2),
	};
	struct summary *s = SUM(SUMMARY_BY_TASK, events);
	const struct summary_row *r = row(s, 1, CPU_UNKNOWN);

	(void)state;
	assert_int_equal(r->moves, 2);
	assert_int_equal(r->slices, 1);
	assert_int_equal(r->wake_delay.ns.count, 1);
	assert_int_equal(r->wake_delay.ns.max_ns, 150);
	summary_free(s);

	s = SUM(SUMMARY_BY_CPU, events);
	assert_int_equal(row(s, TASK_UNKNOWN, 3)->moves, 1);
	assert_int_equal(row(s, TASK_UNKNOWN, 3)->slices, 0);
	assert_int_equal(row(s, TASK_UNKNOWN, 4)->moves, 1);
	assert_null(row(s, TASK_UNKNOWN, 0));
	summary_free(s);

	s = SUM(SUMMARY_BY_TASK_CPU, events);
	assert_int_equal(row(s, 1, 3)->moves, 1);
	assert_int_equal(row(s, 1, 4)->moves, 1);
	assert_int_equal(row(s, 1, 4)->slices, 1);
	summary_free(s);
}

static void a_wait_cut_by_the_end_is_counted_never_in_a_distribution(void **state)
{
	const struct event events[] = {
		WAITING(1, 2, 1000, .kind = DELAY_WAKE, .waking_ns = 400, .prev_out_ns = 300),
		WAITING(1, 2, 1000, .kind = DELAY_PREEMPT, .prev_out_ns = 900),
		WAITING(2, 2, 1000, .kind = DELAY_UNKNOWN),
		WAITING(TASK_IDLE, 2, 1000, .kind = DELAY_NONE),
	};
	struct summary *s = SUM(SUMMARY_BY_TASK, events);
	const struct summary_row *r = row(s, 1, CPU_UNKNOWN);

	(void)state;
	assert_int_equal(r->cut_waits, 2);
	assert_int_equal(r->cut_wait_max_ns, 600);
	assert_int_equal(r->slices, 0);
	assert_int_equal(r->wake_delay.ns.count, 0);
	assert_int_equal(r->preempt_delay.ns.count, 0);
	assert_int_equal(r->unknown_delays, 0);
	r = row(s, 2, CPU_UNKNOWN);
	assert_int_equal(r->cut_waits, 1);
	assert_int_equal(r->cut_wait_max_ns, 0);
	assert_null(row(s, TASK_IDLE, CPU_UNKNOWN));
	summary_free(s);

	s = SUM(SUMMARY_BY_CPU, events);
	assert_int_equal(row(s, TASK_UNKNOWN, 2)->cut_waits, 3);
	assert_int_equal(row(s, TASK_UNKNOWN, 2)->cut_wait_max_ns, 600);
	summary_free(s);
}

static void idle_never_waits_and_counts_only_as_a_cpus_idle_time(void **state)
{
	const struct event events[] = {
		IDLE(0, 100, 300, .flags = SLICE_CUT_START),
		WOKEN(1, 0, 290, 300, 350),
		IDLE(0, 350, 1000),
		IDLE(0, 1000, 9000, .flags = SLICE_GAP),
		IDLE(1, 100, 1000, .flags = SLICE_CUT_START | SLICE_CUT_END),
	};
	struct summary *s = SUM(SUMMARY_BY_CPU, events);
	const struct summary_row *r = row(s, TASK_UNKNOWN, 0);

	(void)state;
	assert_int_equal(row_count(s), 2);
	assert_int_equal(r->idle_ns, 200 + 650);
	assert_int_equal(r->slices, 1);
	assert_int_equal(r->run_total_ns, 50);
	assert_int_equal(r->unknown_delays, 0);
	assert_int_equal(r->voluntary + r->involuntary, 1);
	assert_int_equal(r->gaps + r->cut_slices, 0);
	assert_int_equal(row(s, TASK_UNKNOWN, 1)->idle_ns, 900);
	assert_int_equal(row(s, TASK_UNKNOWN, 1)->slices, 0);
	summary_free(s);

	s = SUM(SUMMARY_BY_TASK, events);
	assert_int_equal(row_count(s), 1);
	assert_int_equal(row(s, 1, CPU_UNKNOWN)->idle_ns, 0);
	summary_free(s);

	s = SUM(SUMMARY_BY_TASK_CPU, events);
	assert_int_equal(row_count(s), 1);
	summary_free(s);
}

static void an_exec_that_changes_name_and_tid_stays_one_row(void **state)
{
	const struct event events[] = {
		TASK(1, 90, 4242, 4000, "worker"),
		WOKEN(1, 0, 100, 110, 120),
		TASK(1, 125, 4000, 4000, "new-program"),
		WOKEN(1, 0, 200, 210, 220),
	};
	struct summary *s = SUM(SUMMARY_BY_TASK, events);

	(void)state;
	assert_int_equal(row_count(s), 1);
	assert_int_equal(row(s, 1, CPU_UNKNOWN)->slices, 2);
	summary_free(s);
}

static void a_reused_tid_is_two_rows(void **state)
{
	const struct event events[] = {
		TASK(1, 90, 4242, 4242, "sh"),
		WOKEN(1, 0, 100, 110, 120, .flags = SLICE_EXIT),
		TASK(2, 500, 4242, 4242, "sh"),
		WOKEN(2, 0, 500, 510, 570, .flags = SLICE_NEW),
	};
	struct summary *s = SUM(SUMMARY_BY_TASK, events);

	(void)state;
	assert_int_equal(row_count(s), 2);
	assert_int_equal(row(s, 1, CPU_UNKNOWN)->run_total_ns, 10);
	assert_true(row(s, 1, CPU_UNKNOWN)->exited);
	assert_int_equal(row(s, 2, CPU_UNKNOWN)->run_total_ns, 60);
	assert_false(row(s, 2, CPU_UNKNOWN)->exited);
	summary_free(s);
}

static void the_last_slice_of_an_exiting_thread_is_its_own(void **state)
{
	const struct event events[] = {
		WOKEN(1, 0, 100, 110, 120),
		WOKEN(1, 1, 200, 210, 290, .flags = SLICE_EXIT, .out_state = 0x80),
	};
	struct summary *s = SUM(SUMMARY_BY_TASK, events);
	const struct summary_row *r = row(s, 1, CPU_UNKNOWN);

	(void)state;
	assert_int_equal(row_count(s), 1);
	assert_int_equal(r->slices, 2);
	assert_int_equal(r->run_total_ns, 90);
	assert_true(r->exited);
	summary_free(s);

	s = SUM(SUMMARY_BY_TASK_CPU, events);
	assert_false(row(s, 1, 0)->exited);
	assert_true(row(s, 1, 1)->exited);
	summary_free(s);
}

static void losses_names_and_choices_make_no_rows(void **state)
{
	const struct event events[] = { TASK(1, 10, 5, 5, "x"), LOST(0, 10, 20, LOST_SLICE, 7),
					CHOICE(1, 0, 30, 0, 1) };
	struct summary *s = SUM(SUMMARY_BY_CPU, events);

	(void)state;
	assert_int_equal(row_count(s), 0);
	summary_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_stream_has_no_rows),
		cmocka_unit_test(runs_and_both_delays_of_a_task_add_up_apart),
		cmocka_unit_test(a_maximum_says_where_it_was_the_first_of_equals),
		cmocka_unit_test(a_task_woken_while_running_waited_since_its_switch_out),
		cmocka_unit_test(a_requeued_task_waited_since_the_waking_not_since_it_left_the_cpu),
		cmocka_unit_test(an_unknown_delay_is_counted_not_measured_as_zero),
		cmocka_unit_test(equal_timestamps_are_known_durations_of_zero),
		cmocka_unit_test(slices_cut_by_the_traces_edges_count_seen_time_but_no_duration),
		cmocka_unit_test(a_slice_over_the_whole_trace_is_cut_once),
		cmocka_unit_test(a_gap_is_counted_and_adds_no_time),
		cmocka_unit_test(a_gap_ran_since_the_slice_before_it_at_most),
		cmocka_unit_test(slices_end_voluntarily_or_not),
		cmocka_unit_test(wakeups_are_observed_wakings_and_the_spare_ones),
		cmocka_unit_test(a_migration_is_a_slice_on_another_cpu_than_the_one_before),
		cmocka_unit_test(a_task_moved_while_queued_counts_moves_and_one_delay),
		cmocka_unit_test(a_wait_cut_by_the_end_is_counted_never_in_a_distribution),
		cmocka_unit_test(idle_never_waits_and_counts_only_as_a_cpus_idle_time),
		cmocka_unit_test(an_exec_that_changes_name_and_tid_stays_one_row),
		cmocka_unit_test(a_reused_tid_is_two_rows),
		cmocka_unit_test(the_last_slice_of_an_exiting_thread_is_its_own),
		cmocka_unit_test(losses_names_and_choices_make_no_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
