// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whose slices filled a delay, on literal streams: V is the victim, A, B, C others. Times are in
 * ns, and so small that every answer is an addition.
 */
#include "unit/blame_scene.h"

static void the_one_that_ran_while_the_victim_waited_pays(void **state)
{
	const struct event events[] = {
		SLICE(A, 0, 100, 150),
		WOKEN(V, 0, 120, 150, 160),
	};
	struct scene s;

	PLAY(&s, events);
	assert_int_equal(paid(&s, V, A, BLAME_WAKE), 30); /* 120 to 150: not what A ran before */
	assert_int_equal(paid(&s, V, A, BLAME_PREEMPT), 0);
	assert_int_equal(victim(&s, V)->delays[BLAME_WAKE].total_ns, 30);
	assert_int_equal(sum(&s, V, A, BLAME_WAKE)->worst_since_ns, 120);
	assert_parts_sum_up(&s);
	end(&s);
}

static void wake_and_preempt_delays_stay_apart(void **state)
{
	const struct event events[] = {
		SLICE(A, 0, 100, 150),
		WOKEN(V, 0, 120, 150, 160, .flags = SLICE_LEFT_QUEUED),
		SLICE(A, 0, 160, 165),
		PREEMPTED(V, 0, 160, 165, 170),
	};
	struct scene s;

	PLAY(&s, events);
	assert_int_equal(paid(&s, V, A, BLAME_WAKE), 30);
	assert_int_equal(paid(&s, V, A, BLAME_PREEMPT), 5);
	assert_int_equal(sum(&s, V, A, BLAME_PREEMPT)->count, 1);
	assert_int_equal(blame_count(victim(&s, V)->delays), 2);
	end(&s);
}

static void several_culprits_of_one_wait_have_a_part_each(void **state)
{
	const struct event events[] = {
		SLICE(A, 0, 100, 130),
		SLICE(B, 0, 130, 137),
		SLICE(A, 0, 137, 140),
		WOKEN(V, 0, 110, 140, 200),
	};
	struct scene s;

	PLAY(&s, events);
	/* A's two slices are one part of one wait. */
	assert_int_equal(paid(&s, V, A, BLAME_WAKE), 23);
	assert_int_equal(sum(&s, V, A, BLAME_WAKE)->count, 1);
	assert_int_equal(sum(&s, V, A, BLAME_WAKE)->worst_ns, 23);
	assert_int_equal(paid(&s, V, B, BLAME_WAKE), 7);
	/* Most first. */
	assert_int_equal(s.pairs[victim(&s, V)->first_pair]->culprit, A);
	end(&s);
}

static void nested_preemption_blames_each_for_what_it_ran(void **state)
{
	/* B preempts V, C preempts B; V waits for both, B for C. */
	const struct event events[] = {
		SLICE(V, 0, 100, 110, .flags = SLICE_LEFT_QUEUED),
		SLICE(B, 0, 110, 114, .flags = SLICE_LEFT_QUEUED),
		SLICE(C, 0, 114, 120),
		PREEMPTED(B, 0, 114, 120, 121),
		PREEMPTED(V, 0, 110, 121, 130),
	};
	struct scene s;

	PLAY(&s, events);
	assert_int_equal(paid(&s, V, B, BLAME_PREEMPT), 5);
	assert_int_equal(paid(&s, V, C, BLAME_PREEMPT), 6);
	assert_int_equal(paid(&s, B, C, BLAME_PREEMPT), 6);
	assert_int_equal(sum(&s, V, B, BLAME_PREEMPT)->worst_ns, 5);
	assert_parts_sum_up(&s);
	end(&s);
}

static void an_idle_cpu_is_a_culprit_of_its_own(void **state)
{
	const struct event events[] = {
		IDLE(0, 100, 140),
		WOKEN(V, 0, 135, 140, 200),
	};
	struct scene s;

	PLAY(&s, events);
	assert_int_equal(paid(&s, V, TASK_IDLE, BLAME_WAKE), 5);
	end(&s);
}

static void what_nobody_saw_is_unknown(void **state)
{
	const struct event events[] = {
		SLICE(A, 0, 100, 120),
		/* Lost: 120 to 130. A gap: its start is only a bound. */
		LOST(0, 120, 130, LOST_SLICE, 1),
		SLICE(B, 0, 130, 140),
		SLICE(C, 0, 145, 150, .flags = SLICE_GAP),
		WOKEN(V, 0, 110, 150, 160),
	};
	struct scene s;

	PLAY(&s, events);
	assert_int_equal(paid(&s, V, A, BLAME_WAKE), 10);
	assert_int_equal(paid(&s, V, B, BLAME_WAKE), 10);
	assert_int_equal(paid(&s, V, C, BLAME_WAKE), 0);
	assert_int_equal(paid(&s, V, TASK_UNKNOWN, BLAME_WAKE), 20);
	assert_parts_sum_up(&s);
	end(&s);
}

static void a_cpu_that_was_offline_is_not_idle(void **state)
{
	const struct event events[] = {
		IDLE(0, 100, 200, .flags = SLICE_GAP | SLICE_OFFLINE),
		WOKEN(V, 0, 150, 200, 210),
	};
	struct scene s;

	PLAY(&s, events);
	assert_int_equal(paid(&s, V, TASK_UNKNOWN, BLAME_WAKE), 50);
	assert_int_equal(paid(&s, V, TASK_IDLE, BLAME_WAKE), 0);
	end(&s);
}

static void a_culprit_cut_by_the_traces_start_ran_since_then(void **state)
{
	const struct event events[] = {
		SLICE(A, 0, 100, 150, .flags = SLICE_CUT_START),
		PREEMPTED(V, 0, 90, 150, 160), /* imported: it waits since before the trace */
	};
	struct scene s;

	PLAY(&s, events);
	assert_int_equal(paid(&s, V, A, BLAME_PREEMPT), 50);
	assert_int_equal(paid(&s, V, TASK_UNKNOWN, BLAME_PREEMPT), 10);
	end(&s);
}

static void a_wait_cut_by_the_traces_end_counts_so_far_and_says_so(void **state)
{
	const struct event events[] = {
		/* Before the culprit's own slice in the stream, as ties go by order of making. */
		WAITING(V, 0, 200, .kind = DELAY_WAKE, .waking_ns = 130),
		SLICE(A, 0, 100, 200, .flags = SLICE_CUT_END),
	};
	struct scene s;

	PLAY(&s, events);
	assert_int_equal(paid(&s, V, A, BLAME_WAKE), 70);
	assert_int_equal(victim(&s, V)->cut_waits, 1);
	assert_int_equal(victim(&s, V)->cut_ns, 70);
	assert_true(s.stories[0].wait.cut);
	end(&s);
}

static void a_delay_that_is_not_known_is_counted_and_in_no_sum(void **state)
{
	const struct event events[] = {
		SLICE(A, 0, 100, 150),
		SLICE(V, 0, 150, 160),
		WOKEN(V, 0, 170, 180, 190, .flags = SLICE_GAP),
	};
	struct scene s;

	PLAY(&s, events);
	assert_int_equal(victim(&s, V)->unknown_waits, 2);
	assert_int_equal(blame_total_ns(victim(&s, V)->delays), 0);
	assert_int_equal(victim(&s, V)->pair_count, 0);
	end(&s);
}

static void a_wait_of_1_ns_is_blamed(void **state)
{
	const struct event events[] = {
		SLICE(A, 0, 100, 150),
		WOKEN(V, 0, 149, 150, 151),
	};
	struct scene s;

	PLAY(&s, events);
	assert_int_equal(paid(&s, V, A, BLAME_WAKE), 1);
	end(&s);
}

static void a_wait_of_nothing_is_counted_and_has_no_culprit(void **state)
{
	const struct event events[] = {
		SLICE(A, 0, 100, 150),
		WOKEN(V, 0, 150, 150, 151),
	};
	struct scene s;

	PLAY(&s, events);
	assert_int_equal(victim(&s, V)->delays[BLAME_WAKE].count, 1);
	assert_int_equal(victim(&s, V)->pair_count, 0);
	assert_int_equal(s.story_count, 0);
	end(&s);
}

static void woken_on_its_way_off_the_cpu_it_waits_since_its_switch_out(void **state)
{
	const struct event events[] = {
		SLICE(V, 0, 100, 150),
		SLICE(A, 0, 150, 170),
		WOKEN(V, 0, 140, 170, 180, .prev_out_ns = 150, .flags = SLICE_WOKEN_ON_CPU),
	};
	struct scene s;

	PLAY(&s, events);
	assert_int_equal(paid(&s, V, A, BLAME_WAKE), 20);
	assert_int_equal(paid(&s, V, V, BLAME_WAKE), 0);
	end(&s);
}

static void past_the_limit_of_the_history_parts_are_unknown_and_counted(void **state)
{
	struct blame_options options = everything();
	struct event events[202];
	struct scene s;

	/* 100 slices each of A and B, of 1 ns; the history holds the last 64. */
	options.history = 64;
	for (int i = 0; i < 200; i++)
		events[i] = SLICE(i % 2 ? A : B, 0, 100 + i, 101 + i);
	events[200] = WOKEN(V, 0, 100, 300, 301);
	events[201] = SLICE(A, 0, 301, 302);
	play_with(&s, &options, events, COUNT_OF(events));
	assert_int_equal(paid(&s, V, A, BLAME_WAKE), 32);
	assert_int_equal(paid(&s, V, B, BLAME_WAKE), 32);
	assert_int_equal(paid(&s, V, TASK_UNKNOWN, BLAME_WAKE), 136);
	assert_true(blame_forgotten(s.blame) >= 136);
	end(&s);
}

static void culprits_on_other_cpus_have_nothing_to_do_with_it(void **state)
{
	const struct event events[] = {
		SLICE(B, 1, 100, 150),
		SLICE(A, 0, 100, 150),
		WOKEN(V, 0, 120, 150, 160),
	};
	struct scene s;

	PLAY(&s, events);
	assert_int_equal(paid(&s, V, A, BLAME_WAKE), 30);
	assert_int_equal(paid(&s, V, B, BLAME_WAKE), 0);
	end(&s);
}

static void equal_timestamps_leave_nobody_more_than_the_time_there_is(void **state)
{
	/* Three switches at 150: A out, B in and out, C in and out, V in. */
	const struct event events[] = {
		SLICE(A, 0, 100, 150),
		SLICE(B, 0, 150, 150),
		SLICE(C, 0, 150, 150),
		WOKEN(V, 0, 140, 150, 160),
	};
	struct scene s;

	PLAY(&s, events);
	assert_int_equal(paid(&s, V, A, BLAME_WAKE), 10);
	assert_int_equal(victim(&s, V)->pair_count, 1);
	end(&s);
}

static void more_culprits_than_a_few_are_told_apart(void **state)
{
	struct event events[101];
	struct scene s;

	/* 50 tasks, two slices each, 1 ns and 3 ns long. */
	for (int i = 0; i < 50; i++) {
		events[i] = SLICE(10 + i, 0, 1000 + i, 1001 + i);
		events[50 + i] = SLICE(10 + i, 0, 1050 + 3 * i, 1053 + 3 * i);
	}
	events[100] = WOKEN(V, 0, 1000, 1200, 1300);
	PLAY(&s, events);
	assert_int_equal(victim(&s, V)->pair_count, 50);
	for (int i = 0; i < 50; i++) {
		assert_int_equal(paid(&s, V, 10 + i, BLAME_WAKE), 4);
		assert_int_equal(sum(&s, V, 10 + i, BLAME_WAKE)->count, 1);
	}
	assert_int_equal(s.stories[0].stay_count + s.stories[0].left_out, 100);
	end(&s);
}

static void victims_and_culprits_come_most_first(void **state)
{
	const struct event events[] = {
		SLICE(A, 0, 100, 150),
		WOKEN(V, 0, 140, 150, 160),
		WOKEN(B, 0, 120, 160, 170),
		SLICE(A, 0, 170, 180),
	};
	const struct blame_culprit *culprits;
	struct scene s;

	PLAY(&s, events);
	assert_int_equal(s.victims[0]->task, B);
	assert_int_equal(s.victims[1]->task, V);
	assert_int_equal(blame_culprits(s.blame, &culprits), 2);
	assert_int_equal(culprits[0].task, A);
	assert_int_equal(culprits[0].total_ns, 10 + 30);
	assert_int_equal(culprits[0].victims, 2);
	assert_int_equal(culprits[1].task, V);
	assert_int_equal(culprits[1].total_ns, 10);
	end(&s);
}

static void the_longest_waits_are_told(void **state)
{
	struct blame_options options = everything();
	struct event events[40];
	struct scene s;

	/* Waits of 1 to 20 ns behind A. */
	for (uint64_t i = 0; i < 20; i++) {
		events[2 * i] = SLICE(A, 0, 1000 + i * 100, 1050 + i * 100);
		events[2 * i + 1] = WOKEN(V, 0, 1050 + i * 100 - (i * 7 % 20 + 1), 1050 + i * 100,
					  1060 + i * 100);
	}
	options.stories = 3;
	play_with(&s, &options, events, COUNT_OF(events));
	assert_int_equal(s.story_count, 3);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(s.stories[i].wait.until_ns - s.stories[i].wait.since_ns, 20 - i);
	end(&s);
}

static void what_is_not_asked_for_explains_and_is_no_victim(void **state)
{
	struct blame_options options = everything();
	const struct blame_victim *const *victims;
	const struct event events[] = {
		SLICE(A, 0, 100, 150),
		WOKEN(B, 0, 110, 150, 170),
		WOKEN(V, 0, 120, 170, 180),
	};
	struct blame *blame = blame_new(&options);

	for (size_t i = 0; i < COUNT_OF(events); i++)
		blame_add(blame, &events[i], events[i].slice.task == V);
	assert_int_equal(blame_finish(blame), 0);
	assert_int_equal(blame_victims(blame, &victims), 1);
	assert_int_equal(victims[0]->task, V);
	assert_int_equal(blame_total_ns(victims[0]->delays), 50);
	blame_free(blame);
}

static void the_99th_percentile_is_that_of_the_sorted_waits(void **state)
{
	const uint32_t counts[] = { 1, 2, 99, 100, 101, 200, 199, 1000, 4999 };

	for (size_t c = 0; c < COUNT_OF(counts); c++) {
		uint32_t n = counts[c], rank = n - n / 100;
		uint64_t p99_ns, at = 1000000, true_ns = 0;
		struct blame_options options = everything();
		struct blame *blame = blame_new(&options);
		const struct blame_victim *const *victims;

		/* Waits of 1000 * 1 .. 1000 * n ns behind A, in an order of their own. */
		for (uint32_t i = 0; i < n; i++) {
			uint64_t wait = 1000 * (1 + (uint64_t)i * 7919 % n);
			const struct event events[] = {
				SLICE(A, 0, at, at + 6000000),
				WOKEN(V, 0, at + 6000000 - wait, at + 6000000, at + 6000001),
			};

			if (wait == 1000 * (uint64_t)rank)
				true_ns = wait;
			assert_int_equal(blame_add(blame, &events[0], true), 0);
			assert_int_equal(blame_add(blame, &events[1], true), 0);
			at += 7000000;
		}
		assert_int_equal(blame_finish(blame), 0);
		blame_victims(blame, &victims);
		assert_int_equal(victims[0]->task, V);
		assert_int_equal(victims[0]->delays[BLAME_WAKE].count, n);
		assert_true(blame_p99_ns(blame, &victims[0]->delays[BLAME_WAKE], &p99_ns));
		if (n <= 100)
			assert_int_equal(p99_ns, victims[0]->delays[BLAME_WAKE].worst_ns);
		else
			assert_in_range(p99_ns, true_ns - true_ns / 31, true_ns + true_ns / 31);
		blame_free(blame);
	}
}

static void a_distribution_that_is_not_kept_has_no_percentile(void **state)
{
	struct blame_options options = everything();
	const struct blame_victim *const *victims;
	struct blame *blame;
	uint64_t p99_ns;

	options.spreads = 0;
	blame = blame_new(&options);
	for (uint64_t i = 0; i < 101; i++) {
		const struct event events[] = {
			SLICE(A, 0, 1000 * i, 1000 * i + 500),
			WOKEN(V, 0, 1000 * i + 400, 1000 * i + 500, 1000 * i + 600),
		};

		blame_add(blame, &events[0], true);
		blame_add(blame, &events[1], true);
	}
	assert_int_equal(blame_finish(blame), 0);
	blame_victims(blame, &victims);
	assert_int_equal(victims[0]->delays[BLAME_WAKE].total_ns, 101 * 100);
	assert_false(blame_p99_ns(blame, &victims[0]->delays[BLAME_WAKE], &p99_ns));
	blame_free(blame);
}

static void absurd_events_of_a_damaged_file_do_no_harm(void **state)
{
	const struct event events[] = {
		SLICE(A, 65534, 0, UINT64_MAX),
		SLICE(A, 0, 200, 100),
		WOKEN(V, 0, 1, UINT64_MAX - 1, UINT64_MAX),
		MOVE(V, UINT64_MAX, 65534, 65535),
		WOKEN(V, 65535, 1, 50, 40, .moves = 255),
		WAITING(V, 65535, 10, .kind = DELAY_PREEMPT, .prev_out_ns = 5),
	};
	struct scene s;

	PLAY(&s, events);
	assert_parts_sum_up(&s);
	end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_one_that_ran_while_the_victim_waited_pays),
		cmocka_unit_test(wake_and_preempt_delays_stay_apart),
		cmocka_unit_test(several_culprits_of_one_wait_have_a_part_each),
		cmocka_unit_test(nested_preemption_blames_each_for_what_it_ran),
		cmocka_unit_test(an_idle_cpu_is_a_culprit_of_its_own),
		cmocka_unit_test(what_nobody_saw_is_unknown),
		cmocka_unit_test(a_cpu_that_was_offline_is_not_idle),
		cmocka_unit_test(a_culprit_cut_by_the_traces_start_ran_since_then),
		cmocka_unit_test(a_wait_cut_by_the_traces_end_counts_so_far_and_says_so),
		cmocka_unit_test(a_delay_that_is_not_known_is_counted_and_in_no_sum),
		cmocka_unit_test(a_wait_of_1_ns_is_blamed),
		cmocka_unit_test(a_wait_of_nothing_is_counted_and_has_no_culprit),
		cmocka_unit_test(woken_on_its_way_off_the_cpu_it_waits_since_its_switch_out),
		cmocka_unit_test(past_the_limit_of_the_history_parts_are_unknown_and_counted),
		cmocka_unit_test(culprits_on_other_cpus_have_nothing_to_do_with_it),
		cmocka_unit_test(equal_timestamps_leave_nobody_more_than_the_time_there_is),
		cmocka_unit_test(more_culprits_than_a_few_are_told_apart),
		cmocka_unit_test(victims_and_culprits_come_most_first),
		cmocka_unit_test(the_longest_waits_are_told),
		cmocka_unit_test(what_is_not_asked_for_explains_and_is_no_victim),
		cmocka_unit_test(the_99th_percentile_is_that_of_the_sorted_waits),
		cmocka_unit_test(a_distribution_that_is_not_kept_has_no_percentile),
		cmocka_unit_test(absurd_events_of_a_damaged_file_do_no_harm),
	};

	return cmocka_run_group_tests_name("blame", tests, NULL, NULL);
}
