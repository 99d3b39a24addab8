// SPDX-License-Identifier: GPL-2.0-only
/* Where a task waited: moves at the edges of a wait, too many of them, and those nobody saw. */
#include "unit/stream.h"

#include <errno.h>
#include <string.h>

#include "analysis/waits.h"
#include "host/cpulist.h"

#define ANYWHERE CPU_UNKNOWN

enum { V = 1, OTHER };

struct scene {
	struct waits *waits;
	struct wait wait;
	const struct wait_segment *segments;
};

static void open_scene(struct scene *s, hwloc_const_bitmap_t traced)
{
	memset(s, 0, sizeof(*s));
	s->waits = waits_new(traced);
	assert_non_null(s->waits);
}

static void move(struct scene *s, uint32_t task, uint64_t time_ns, uint16_t from, uint16_t to)
{
	assert_int_equal(waits_add_move(s->waits, &MOVE(task, time_ns, from, to)), 0);
}

static int take(struct scene *s, struct event e)
{
	return waits_take(s->waits, &e, &s->wait, &s->segments);
}

static void assert_segment(const struct scene *s, uint32_t i, uint64_t from_ns, uint64_t to_ns,
			   uint16_t cpu)
{
	assert_true(i < s->wait.segment_count);
	assert_int_equal(s->segments[i].from_ns, from_ns);
	assert_int_equal(s->segments[i].to_ns, to_ns);
	assert_int_equal(s->segments[i].cpu, cpu);
}

/* Whatever happened: in order, without holes, none of them empty unless the wait is. */
static void assert_tiles(const struct scene *s)
{
	uint64_t at = s->wait.since_ns;

	assert_true(s->wait.segment_count >= 1);
	for (uint32_t i = 0; i < s->wait.segment_count; i++) {
		assert_int_equal(s->segments[i].from_ns, at);
		assert_true(s->segments[i].to_ns > at || s->wait.segment_count == 1);
		at = s->segments[i].to_ns;
	}
	assert_int_equal(at, s->wait.until_ns);
}

static void a_wait_without_a_move_is_where_the_task_ran(void **state)
{
	struct scene s;

	open_scene(&s, NULL);
	assert_int_equal(take(&s, WOKEN(V, 3, 100, 150, 160, .waker = OTHER, .waker_cpu = 7,
					.context = WAKER_TASK)),
			 1);
	assert_int_equal(s.wait.since_ns, 100);
	assert_int_equal(s.wait.until_ns, 150);
	assert_int_equal(s.wait.task, V);
	assert_int_equal(s.wait.cpu, 3);
	assert_int_equal(s.wait.kind, DELAY_WAKE);
	assert_false(s.wait.cut);
	assert_int_equal(s.wait.waker, OTHER);
	assert_int_equal(s.wait.waker_cpu, 7);
	assert_int_equal(s.wait.segment_count, 1);
	assert_segment(&s, 0, 100, 150, 3);
	waits_free(s.waits);
}

static void a_preempted_task_has_no_waker(void **state)
{
	struct scene s;

	open_scene(&s, NULL);
	assert_int_equal(take(&s, PREEMPTED(V, 3, 100, 150, 160, .waker = OTHER)), 1);
	assert_int_equal(s.wait.kind, DELAY_PREEMPT);
	assert_int_equal(s.wait.waker, TASK_UNKNOWN);
	waits_free(s.waits);
}

static void a_move_as_it_wakes_is_where_it_waits(void **state)
{
	struct scene s;

	open_scene(&s, NULL);
	move(&s, V, 100, 0, 1);
	assert_int_equal(take(&s, WOKEN(V, 1, 100, 150, 160, .moves = 1)), 1);
	assert_int_equal(s.wait.segment_count, 1);
	assert_segment(&s, 0, 100, 150, 1);
	waits_free(s.waits);
}

static void a_move_as_it_is_switched_in_takes_no_time(void **state)
{
	struct scene s;

	open_scene(&s, NULL);
	move(&s, V, 150, 0, 1);
	assert_int_equal(take(&s, WOKEN(V, 1, 100, 150, 160, .moves = 1)), 1);
	assert_int_equal(s.wait.segment_count, 1);
	assert_segment(&s, 0, 100, 150, 0);
	waits_free(s.waits);
}

static void two_moves_at_one_ns_leave_no_empty_segment(void **state)
{
	struct scene s;

	open_scene(&s, NULL);
	move(&s, V, 120, 0, 1);
	move(&s, V, 120, 1, 2);
	assert_int_equal(take(&s, WOKEN(V, 2, 100, 150, 160, .moves = 2)), 1);
	assert_int_equal(s.wait.segment_count, 2);
	assert_segment(&s, 0, 100, 120, 0);
	assert_segment(&s, 1, 120, 150, 2);
	waits_free(s.waits);
}

static void a_wait_of_nothing_has_one_empty_segment_where_it_ran(void **state)
{
	struct scene s;

	open_scene(&s, NULL);
	move(&s, V, 100, 0, 1);
	assert_int_equal(take(&s, WOKEN(V, 1, 100, 100, 160, .moves = 1)), 1);
	assert_int_equal(s.wait.segment_count, 1);
	assert_segment(&s, 0, 100, 100, 1);
	waits_free(s.waits);
}

static void a_move_while_it_slept_is_no_part_of_the_wait(void **state)
{
	struct scene s;

	/* Delayed dequeue: it is moved at 90, and wakes at 100. */
	open_scene(&s, NULL);
	move(&s, V, 90, 0, 1);
	assert_int_equal(take(&s, WOKEN(V, 1, 100, 150, 160)), 1);
	assert_int_equal(s.wait.segment_count, 1);
	assert_segment(&s, 0, 100, 150, 1);
	waits_free(s.waits);
}

static void moves_of_one_wait_are_not_those_of_the_next(void **state)
{
	struct scene s;

	open_scene(&s, NULL);
	move(&s, V, 120, 0, 1);
	move(&s, OTHER, 121, 5, 6);
	assert_int_equal(take(&s, WOKEN(V, 1, 100, 150, 160, .moves = 1)), 1);
	assert_int_equal(s.wait.segment_count, 2);
	assert_int_equal(take(&s, WOKEN(V, 1, 110, 170, 180, .prev_out_ns = 160)), 1);
	assert_int_equal(s.wait.segment_count, 1);
	assert_segment(&s, 0, 160, 170, 1);
	/* The other task's moves are its own. */
	assert_int_equal(take(&s, WOKEN(OTHER, 6, 111, 131, 140, .moves = 1)), 1);
	assert_segment(&s, 0, 111, 121, 5);
	assert_segment(&s, 1, 121, 131, 6);
	waits_free(s.waits);
}

static void a_wait_that_is_not_known_takes_its_moves_with_it(void **state)
{
	struct scene s;

	open_scene(&s, NULL);
	move(&s, V, 120, 0, 1);
	assert_int_equal(take(&s, SLICE(V, 1, 150, 160)), 0);
	assert_int_equal(take(&s, PREEMPTED(V, 1, 160, 170, 180)), 1);
	assert_int_equal(s.wait.segment_count, 1);
	waits_free(s.waits);
}

static void where_moves_do_not_meet_the_queue_between_is_not_known(void **state)
{
	struct scene s;

	/* To CPU 1, and away from CPU 2: one between them was lost, and another one made up for. */
	open_scene(&s, NULL);
	move(&s, V, 120, 0, 1);
	move(&s, V, 130, 2, 3);
	assert_int_equal(take(&s, WOKEN(V, 3, 100, 150, 160, .moves = 2)), 1);
	assert_int_equal(s.wait.segment_count, 3);
	assert_segment(&s, 0, 100, 120, 0);
	assert_segment(&s, 1, 120, 130, ANYWHERE);
	assert_segment(&s, 2, 130, 150, 3);
	waits_free(s.waits);
}

static void a_last_move_to_elsewhere_than_it_ran_is_not_believed(void **state)
{
	struct scene s;

	open_scene(&s, NULL);
	move(&s, V, 120, 0, 1);
	assert_int_equal(take(&s, WOKEN(V, 4, 100, 150, 160, .moves = 1)), 1);
	assert_segment(&s, 0, 100, 120, 0);
	assert_segment(&s, 1, 120, 150, ANYWHERE);
	waits_free(s.waits);
}

static void fewer_moves_seen_than_made_leave_the_whole_wait_open(void **state)
{
	struct scene s;

	open_scene(&s, NULL);
	move(&s, V, 130, 1, 2);
	assert_int_equal(take(&s, WOKEN(V, 2, 100, 150, 160, .moves = 2)), 1);
	assert_int_equal(s.wait.segment_count, 1);
	assert_segment(&s, 0, 100, 150, ANYWHERE);
	assert_int_equal(take(&s, WOKEN(V, 2, 170, 180, 190, .moves = 1)), 1);
	assert_segment(&s, 0, 170, 180, ANYWHERE);
	waits_free(s.waits);
}

static void moves_between_untraced_cpus_are_not_missed(void **state)
{
	hwloc_bitmap_t traced = hwloc_bitmap_alloc();
	struct scene s;

	cpulist_parse(traced, "2");
	open_scene(&s, traced);
	/* From 0 to 1, which nobody saw, then from 1 to 2. */
	move(&s, V, 130, 1, 2);
	assert_int_equal(take(&s, WOKEN(V, 2, 100, 150, 160, .moves = 2)), 1);
	assert_int_equal(s.wait.segment_count, 2);
	assert_segment(&s, 0, 100, 130, 1);
	assert_segment(&s, 1, 130, 150, 2);
	waits_free(s.waits);
	hwloc_bitmap_free(traced);
}

static void more_moves_seen_than_counted_are_all_told(void **state)
{
	struct scene s;
	uint64_t time = 1000;

	/* The slice counts no further than 255. */
	open_scene(&s, NULL);
	for (int i = 0; i < 300; i++)
		move(&s, V, ++time, i % 2, !(i % 2));
	assert_int_equal(take(&s, WOKEN(V, 0, 1000, 2000, 2001, .moves = UINT8_MAX)), 1);
	assert_int_equal(s.wait.segment_count, 301);
	assert_segment(&s, 0, 1000, 1001, 0);
	assert_segment(&s, 299, 1299, 1300, 1);
	assert_segment(&s, 300, 1300, 2000, 0);
	assert_tiles(&s);
	waits_free(s.waits);
}

static void of_moves_without_end_the_last_ones_are_kept(void **state)
{
	struct scene s;
	uint64_t time = 1000;

	/* On CPUs that are not traced it may be moved, and run, for ever. */
	open_scene(&s, NULL);
	for (int i = 0; i < 100000; i++)
		move(&s, V, ++time, i % 2, !(i % 2));
	assert_int_equal(take(&s, WOKEN(V, 0, 1000, time + 10, time + 11, .moves = UINT8_MAX)), 1);
	assert_true(s.wait.segment_count > 256 && s.wait.segment_count <= 513);
	assert_tiles(&s);
	assert_segment(&s, s.wait.segment_count - 1, time, time + 10, 0);
	/* Nothing of it is left. */
	assert_int_equal(take(&s, WOKEN(V, 0, time + 20, time + 30, time + 40)), 1);
	assert_int_equal(s.wait.segment_count, 1);
	waits_free(s.waits);
}

static void a_wait_cut_by_the_end_is_split_like_any(void **state)
{
	struct scene s;

	open_scene(&s, NULL);
	move(&s, V, 130, 0, 1);
	assert_int_equal(take(&s, WAITING(V, 1, 200, .kind = DELAY_PREEMPT, .prev_out_ns = 100,
					  .waker = TASK_UNKNOWN, .moves = 1)),
			 1);
	assert_true(s.wait.cut);
	assert_int_equal(s.wait.until_ns, 200);
	assert_int_equal(s.wait.cpu, 1);
	assert_segment(&s, 0, 100, 130, 0);
	assert_segment(&s, 1, 130, 200, 1);
	waits_free(s.waits);
}

static void what_never_waits_is_no_wait(void **state)
{
	struct scene s;

	open_scene(&s, NULL);
	assert_int_equal(take(&s, IDLE(0, 100, 200)), -ENOENT);
	assert_int_equal(take(&s, IDLE(0, 100, 200, .flags = SLICE_GAP | SLICE_OFFLINE)), -ENOENT);
	assert_int_equal(take(&s, TASK(V, 0, 1, 1, "v")), -ENOENT);
	assert_int_equal(take(&s, LOST(0, 1, 2, LOST_MOVE, 1)), -ENOENT);
	assert_int_equal(take(&s, MOVE(V, 100, 0, 1)), -ENOENT);
	assert_int_equal(waits_add_move(s.waits, &IDLE(0, 100, 200)), 0);
	waits_free(s.waits);
	waits_free(NULL);
}

static void damaged_times_and_cpus_do_no_harm(void **state)
{
	struct scene s;

	open_scene(&s, NULL);
	/* Runnable since after it ran: not known. */
	assert_int_equal(take(&s, WOKEN(V, 0, 200, 150, 160)), 0);
	/* Moves back in time. */
	move(&s, V, 140, 65535, 65534);
	move(&s, V, 120, 65534, 0);
	move(&s, V, UINT64_MAX, 0, 1);
	assert_int_equal(take(&s, WOKEN(V, 0, 100, 150, 160, .moves = 2)), 1);
	assert_tiles(&s);
	waits_free(s.waits);
}

int main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test(a_wait_without_a_move_is_where_the_task_ran),
		cmocka_unit_test(a_preempted_task_has_no_waker),
		cmocka_unit_test(a_move_as_it_wakes_is_where_it_waits),
		cmocka_unit_test(a_move_as_it_is_switched_in_takes_no_time),
		cmocka_unit_test(two_moves_at_one_ns_leave_no_empty_segment),
		cmocka_unit_test(a_wait_of_nothing_has_one_empty_segment_where_it_ran),
		cmocka_unit_test(a_move_while_it_slept_is_no_part_of_the_wait),
		cmocka_unit_test(moves_of_one_wait_are_not_those_of_the_next),
		cmocka_unit_test(a_wait_that_is_not_known_takes_its_moves_with_it),
		cmocka_unit_test(where_moves_do_not_meet_the_queue_between_is_not_known),
		cmocka_unit_test(a_last_move_to_elsewhere_than_it_ran_is_not_believed),
		cmocka_unit_test(fewer_moves_seen_than_made_leave_the_whole_wait_open),
		cmocka_unit_test(moves_between_untraced_cpus_are_not_missed),
		cmocka_unit_test(more_moves_seen_than_counted_are_all_told),
		cmocka_unit_test(of_moves_without_end_the_last_ones_are_kept),
		cmocka_unit_test(a_wait_cut_by_the_end_is_split_like_any),
		cmocka_unit_test(what_never_waits_is_no_wait),
		cmocka_unit_test(damaged_times_and_cpus_do_no_harm),
	};

	return cmocka_run_group_tests_name("waits", all, NULL, NULL);
}
