// SPDX-License-Identifier: GPL-2.0-only
/* Whose slices filled the delay of a task that was moved while it waited, on literal streams. */
#include "unit/blame_scene.h"

static void moved_while_queued_the_time_is_split_at_the_move(void **state)
{
	/* Queued on CPU 0 at 110 behind A, moved to CPU 1 at 130, behind B. A goes on until 200. */
	const struct event events[] = {
		MOVE(V, 130, 0, 1),
		SLICE(B, 1, 120, 145),
		WOKEN(V, 1, 110, 145, 150, .chosen_cpu = 0, .moves = 1),
		SLICE(A, 0, 100, 200),
	};
	struct scene s;

	PLAY(&s, events);
	assert_int_equal(paid(&s, V, A, BLAME_WAKE), 20);
	assert_int_equal(paid(&s, V, B, BLAME_WAKE), 15);
	assert_int_equal(paid(&s, V, TASK_UNKNOWN, BLAME_WAKE), 0);
	assert_int_equal(blame_forced(s.blame), 0);
	/* One wait, told in order. */
	assert_int_equal(s.story_count, 1);
	assert_int_equal(s.stories[0].stay_count, 2);
	assert_int_equal(s.stories[0].stays[0].cpu, 0);
	assert_int_equal(s.stories[0].stays[0].from_ns, 110);
	assert_int_equal(s.stories[0].stays[0].to_ns, 130);
	assert_int_equal(s.stories[0].stays[1].cpu, 1);
	end(&s);
}

static void the_same_culprit_on_two_cpus_has_one_part(void **state)
{
	const struct event events[] = {
		SLICE(A, 0, 100, 130), MOVE(V, 130, 0, 1),
		SLICE(A, 1, 130, 145), WOKEN(V, 1, 110, 145, 150, .moves = 1),
		SLICE(B, 0, 130, 200),
	};
	struct scene s;

	PLAY(&s, events);
	assert_int_equal(paid(&s, V, A, BLAME_WAKE), 35);
	assert_int_equal(sum(&s, V, A, BLAME_WAKE)->count, 1);
	end(&s);
}

static void moved_away_and_back_it_waited_on_both(void **state)
{
	const struct event events[] = {
		SLICE(A, 0, 100, 120),
		MOVE(V, 120, 0, 1),
		MOVE(V, 130, 1, 0),
		SLICE(B, 0, 120, 140),
		PREEMPTED(V, 0, 110, 140, 150, .moves = 2),
		SLICE(C, 1, 100, 300),
	};
	struct scene s;

	PLAY(&s, events);
	assert_int_equal(paid(&s, V, A, BLAME_PREEMPT), 10);
	assert_int_equal(paid(&s, V, C, BLAME_PREEMPT), 10);
	assert_int_equal(paid(&s, V, B, BLAME_PREEMPT), 10);
	end(&s);
}

static void where_a_move_was_lost_no_queue_is_certain(void **state)
{
	/* Two moves were made, one was seen. */
	const struct event events[] = {
		SLICE(A, 0, 100, 200),
		MOVE(V, 230, 1, 2),
		SLICE(B, 2, 100, 240),
		WOKEN(V, 2, 110, 240, 250, .moves = 2),
	};
	struct scene s;

	PLAY(&s, events);
	assert_int_equal(paid(&s, V, TASK_UNKNOWN, BLAME_WAKE), 130);
	end(&s);
}

static void a_move_at_the_ns_of_the_slices_end_is_of_the_next_wait(void **state)
{
	/* V's slice ends at 150 on CPU 1, and at once it is moved to CPU 0: told first, as CPU 0 is
	 * lower. */
	const struct event events[] = {
		SLICE(A, 1, 100, 140),
		MOVE(V, 150, 1, 0),
		WOKEN(V, 1, 130, 140, 150, .flags = SLICE_LEFT_QUEUED),
		SLICE(B, 0, 100, 160),
		PREEMPTED(V, 0, 150, 160, 170, .moves = 1),
	};
	struct scene s;

	PLAY(&s, events);
	assert_int_equal(paid(&s, V, A, BLAME_WAKE), 10);
	assert_int_equal(paid(&s, V, B, BLAME_PREEMPT), 10);
	assert_parts_sum_up(&s);
	end(&s);
}

static void a_queue_that_was_not_traced_is_unknown_and_waited_for_by_nobody(void **state)
{
	const struct event events[] = {
		MOVE(V, 130, 0, 1),
		SLICE(B, 1, 120, 145),
		WOKEN(V, 1, 110, 145, 150, .moves = 1),
	};
	struct blame_options options = everything();
	hwloc_bitmap_t traced = hwloc_bitmap_alloc();
	struct scene s;

	cpulist_parse(traced, "1");
	options.traced = traced;
	options.pending = 0; /* whoever was kept would be forced */
	play_with(&s, &options, events, COUNT_OF(events));
	assert_int_equal(paid(&s, V, TASK_UNKNOWN, BLAME_WAKE), 20);
	assert_int_equal(paid(&s, V, B, BLAME_WAKE), 15);
	assert_int_equal(blame_forced(s.blame), 0);
	hwloc_bitmap_free(traced);
	end(&s);
}

static void past_the_limit_of_pending_waits_parts_are_unknown_and_counted(void **state)
{
	const struct event events[] = {
		MOVE(V, 130, 0, 1),
		SLICE(B, 1, 120, 145),
		WOKEN(V, 1, 110, 145, 150, .moves = 1),
		SLICE(A, 0, 100, 200),
	};
	struct blame_options options = everything();
	struct scene s;

	options.pending = 0;
	play_with(&s, &options, events, COUNT_OF(events));
	assert_int_equal(paid(&s, V, TASK_UNKNOWN, BLAME_WAKE), 20);
	assert_int_equal(blame_forced(s.blame), 1);
	assert_parts_sum_up(&s);
	end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moved_while_queued_the_time_is_split_at_the_move),
		cmocka_unit_test(the_same_culprit_on_two_cpus_has_one_part),
		cmocka_unit_test(moved_away_and_back_it_waited_on_both),
		cmocka_unit_test(where_a_move_was_lost_no_queue_is_certain),
		cmocka_unit_test(a_move_at_the_ns_of_the_slices_end_is_of_the_next_wait),
		cmocka_unit_test(a_queue_that_was_not_traced_is_unknown_and_waited_for_by_nobody),
		cmocka_unit_test(past_the_limit_of_pending_waits_parts_are_unknown_and_counted),
	};

	return cmocka_run_group_tests_name("blame_moves", tests, NULL, NULL);
}
