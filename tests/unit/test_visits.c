// SPDX-License-Identifier: GPL-2.0-only
/* How often tasks come to a CPU, and how long they stay. */
#include "unit/stream.h"
#include "analysis/rhythm.h"
#include "analysis/visits.h"

#include <stdlib.h>
#include <string.h>

#define QUEUED (SLICE_INVOLUNTARY | SLICE_LEFT_QUEUED)

static struct visits *play(enum visits_by by, hwloc_const_bitmap_t cpus, const struct event *events,
			   size_t n)
{
	struct visits *v = visits_new(by, cpus);

	assert_non_null(v);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(visits_add(v, &events[i]), 0);
	assert_int_equal(visits_finish(v), 0);
	return v;
}

#define PLAY(by, events) play(by, NULL, events, COUNT_OF(events))

static const struct visits_row *row_of(const struct visits *v, uint32_t task, uint16_t cpu)
{
	const struct visits_row *const *rows, *found = NULL;
	uint32_t n = visits_rows(v, &rows);

	for (uint32_t i = 0; i < n; i++) {
		if (rows[i]->task != task || rows[i]->cpu != cpu)
			continue;
		assert_null(found);
		found = rows[i];
	}
	return found;
}

/* visits, cut, slices, run total */
static void assert_row(const struct visits_row *row, uint64_t visits, uint64_t cut, uint64_t slices,
		       uint64_t run_ns)
{
	assert_non_null(row);
	assert_int_equal(row->visits, visits);
	assert_int_equal(row->cut, cut);
	assert_int_equal(row->slices, slices);
	assert_int_equal(row->run_total_ns, run_ns);
	assert_int_equal(row->run.count, visits - cut);
	assert_int_equal(row->kept, visits - cut);
}

static void a_visit_lasts_from_a_wakeup_to_the_sleep(void **state)
{
	const struct event events[] = {
		WOKEN(1, 3, 90, 100, 150),
		WOKEN(1, 3, 190, 200, 270),
		WOKEN(1, 3, 290, 300, 310),
	};
	struct visits *v = PLAY(VISITS_BY_TASK_CPU, events);
	const struct visits_row *row = row_of(v, 1, 3);

	assert_row(row, 3, 0, 3, 50 + 70 + 10);
	assert_int_equal(row->run.max_ns, 70);
	assert_int_equal(row->run.min_ns, 10);
	assert_int_equal(row->longest_at_ns, 200);
	/* What is kept for the rhythm is when it was woken. */
	assert_int_equal(row->starts_ns[0], 90);
	assert_int_equal(row->starts_ns[2], 290);
	assert_int_equal(row->runs_ns[1], 70);
	visits_free(v);
}

static void preemption_does_not_make_visits(void **state)
{
	const struct event events[] = {
		WOKEN(1, 3, 90, 100, 150, .flags = QUEUED),
		WOKEN(2, 3, 149, 150, 160),
		PREEMPTED(1, 3, 150, 160, 200, .flags = QUEUED),
		WOKEN(2, 3, 199, 200, 210),
		PREEMPTED(1, 3, 200, 210, 230),
		WOKEN(1, 3, 300, 310, 320),
	};
	struct visits *v = PLAY(VISITS_BY_TASK_CPU, events);
	const struct visits_row *row = row_of(v, 1, 3);

	assert_row(row, 2, 0, 4, 50 + 40 + 20 + 10);
	assert_int_equal(row->run.max_ns, 110);
	assert_int_equal(row->longest_at_ns, 100);
	assert_row(row_of(v, 2, 3), 2, 0, 2, 20);
	visits_free(v);
}

static void a_pending_signal_does_not_end_a_visit(void **state)
{
	const struct event events[] = {
		WOKEN(1, 3, 90, 100, 150, .flags = SLICE_LEFT_QUEUED),
		PREEMPTED(1, 3, 150, 160, 200),
	};
	struct visits *v = PLAY(VISITS_BY_TASK_CPU, events);

	assert_row(row_of(v, 1, 3), 1, 0, 2, 90);
	visits_free(v);
}

static void going_elsewhere_ends_a_visit_and_begins_one_there(void **state)
{
	const struct event events[] = {
		WOKEN(1, 3, 90, 100, 150, .flags = QUEUED),
		MOVE(1, 155, 3, 4),
		PREEMPTED(1, 4, 150, 160, 200, .flags = QUEUED, .moves = 1),
		MOVE(1, 210, 4, 3),
		PREEMPTED(1, 3, 200, 220, 230, .moves = 1),
	};
	struct visits *v = PLAY(VISITS_BY_TASK_CPU, events);

	assert_row(row_of(v, 1, 3), 2, 0, 2, 50 + 10);
	assert_row(row_of(v, 1, 4), 1, 0, 1, 40);
	visits_free(v);
	v = PLAY(VISITS_BY_TASK, events);
	assert_row(row_of(v, 1, CPU_UNKNOWN), 3, 0, 3, 100);
	visits_free(v);
}

static void cpus_that_are_not_looked_at_have_no_visits_but_end_them(void **state)
{
	const struct event events[] = {
		WOKEN(1, 3, 90, 100, 150, .flags = QUEUED),
		PREEMPTED(1, 4, 150, 160, 200, .flags = QUEUED),
		PREEMPTED(1, 3, 200, 220, 230),
		WOKEN(2, 4, 290, 300, 310),
	};
	hwloc_bitmap_t cpus = hwloc_bitmap_alloc();
	struct visits *v;

	hwloc_bitmap_set(cpus, 3);
	v = play(VISITS_BY_TASK, cpus, events, COUNT_OF(events));
	assert_row(row_of(v, 1, CPU_UNKNOWN), 2, 0, 2, 50 + 10);
	assert_null(row_of(v, 2, CPU_UNKNOWN));
	visits_free(v);
	hwloc_bitmap_free(cpus);
}

/* The same, in a trace of CPU 3 alone. */
static void being_away_unseen_is_known_by_the_moves(void **state)
{
	const struct event events[] = {
		WOKEN(1, 3, 90, 100, 150, .flags = QUEUED),
		PREEMPTED(1, 3, 200, 220, 230, .moves = 1, .flags = QUEUED),
		WOKEN(1, 3, 290, 300, 310, .prev_cpu = 4),
	};
	struct visits *v = PLAY(VISITS_BY_TASK, events);

	assert_row(row_of(v, 1, CPU_UNKNOWN), 3, 0, 3, 50 + 10 + 10);
	visits_free(v);
}

static void a_missing_slice_cuts_the_visits_that_it_belonged_to(void **state)
{
	const struct event events[] = {
		/* Its preempted slice from 160 to 200 is missing: nobody moved it. */
		WOKEN(1, 3, 90, 100, 150, .flags = QUEUED),
		PREEMPTED(1, 3, 200, 220, 230),
		/* The one that it fell asleep in is. */
		WOKEN(1, 3, 290, 300, 340, .flags = QUEUED),
		WOKEN(1, 3, 390, 400, 407, .prev_cpu = 3),
	};
	struct visits *v = PLAY(VISITS_BY_TASK_CPU, events);
	const struct visits_row *row = row_of(v, 1, 3);

	assert_row(row, 4, 3, 4, 50 + 10 + 40 + 7);
	assert_int_equal(row->run.max_ns, 7);
	assert_int_equal(row->cut_longest_ns, 50);
	visits_free(v);
}

static void the_traces_edges_cut_visits(void **state)
{
	const struct event events[] = {
		SLICE(1, 3, 100, 150, .flags = SLICE_CUT_START | QUEUED),
		PREEMPTED(1, 3, 150, 160, 200),
		WOKEN(1, 3, 290, 300, 310),
		WOKEN(1, 3, 390, 400, 500, .flags = SLICE_CUT_END),
		WOKEN(2, 4, 390, 400, 450, .flags = QUEUED),
		WAITING(2, 4, 500, .kind = DELAY_PREEMPT, .prev_out_ns = 450),
	};
	struct visits *v = PLAY(VISITS_BY_TASK_CPU, events);
	const struct visits_row *row = row_of(v, 1, 3);

	assert_row(row, 3, 2, 4, 50 + 40 + 10 + 100);
	assert_int_equal(row->run.max_ns, 10);
	assert_int_equal(row->cut_longest_ns, 100);
	assert_row(row_of(v, 2, 4), 1, 1, 1, 50);
	visits_free(v);
}

static void who_was_moved_off_before_the_end_had_a_whole_visit(void **state)
{
	const struct event events[] = {
		WOKEN(1, 3, 90, 100, 150, .flags = QUEUED),
		MOVE(1, 160, 3, 4),
	};
	struct visits *v = PLAY(VISITS_BY_TASK_CPU, events);

	assert_row(row_of(v, 1, 3), 1, 0, 1, 50);
	visits_free(v);
}

static void a_gap_cuts_a_visit_and_adds_no_run(void **state)
{
	const struct event events[] = {
		WOKEN(1, 3, 90, 100, 150, .flags = QUEUED),
		PREEMPTED(1, 3, 150, 160, 200, .flags = SLICE_GAP),
		WOKEN(1, 3, 290, 300, 310),
	};
	struct visits *v = PLAY(VISITS_BY_TASK_CPU, events);

	assert_row(row_of(v, 1, 3), 2, 1, 3, 50 + 10);
	visits_free(v);
}

static void an_exit_ends_a_visit(void **state)
{
	const struct event events[] = {
		WOKEN(1, 3, 90, 100, 150, .flags = SLICE_EXIT | QUEUED),
	};
	struct visits *v = PLAY(VISITS_BY_TASK_CPU, events);

	assert_row(row_of(v, 1, 3), 1, 0, 1, 50);
	visits_free(v);
}

static void the_idle_task_and_offline_cpus_pay_no_visits(void **state)
{
	const struct event events[] = {
		IDLE(3, 100, 200),
		IDLE(3, 200, 300, .flags = SLICE_GAP | SLICE_OFFLINE),
	};
	const struct visits_row *const *rows;
	struct visits *v = PLAY(VISITS_BY_TASK_CPU, events);

	assert_int_equal(visits_rows(v, &rows), 0);
	visits_free(v);
}

static void rows_are_sorted_by_run(void **state)
{
	const struct event events[] = {
		WOKEN(1, 3, 90, 100, 110),
		WOKEN(2, 3, 190, 200, 270),
		WOKEN(1, 2, 190, 270, 340),
	};
	const struct visits_row *const *rows;
	struct visits *v = PLAY(VISITS_BY_TASK_CPU, events);

	assert_int_equal(visits_rows(v, &rows), 3);
	assert_int_equal(rows[0]->task, 1);
	assert_int_equal(rows[0]->cpu, 2);
	assert_int_equal(rows[1]->task, 2);
	assert_int_equal(rows[2]->run_total_ns, 10);
	visits_free(v);
}

/* Visit i begins at 1000 i and runs i % 100 + 1. */
static void what_is_kept_of_many_visits_are_whole_blocks_all_over_the_trace(void **state)
{
	const uint32_t n = 40000;
	struct visits *v = visits_new(VISITS_BY_TASK, NULL);
	const struct visits_row *row;

	for (uint32_t i = 1; i <= n; i++) {
		struct event e = WOKEN(1, 3, 1000 * i - 10, 1000 * i, 1000 * i + (i - 1) % 100 + 1);

		assert_int_equal(visits_add(v, &e), 0);
	}
	assert_int_equal(visits_finish(v), 0);
	row = row_of(v, 1, CPU_UNKNOWN);
	assert_int_equal(row->visits, n);
	assert_int_equal(row->run.count, n);
	assert_int_equal(row->run_total_ns, n / 100 * 5050);
	/* 79 blocks: of every 16th the first five, the last of them whole as well. */
	assert_int_equal(row->blocks_step, 16);
	assert_int_equal(row->kept, 5 * VISITS_BLOCK);
	for (uint32_t i = 0; i < row->kept; i++) {
		uint32_t nth = i / VISITS_BLOCK * 16 * VISITS_BLOCK + i % VISITS_BLOCK;

		assert_int_equal(row->starts_ns[i], 1000 * (nth + 1) - 10);
		assert_int_equal(row->runs_ns[i], nth % 100 + 1);
	}
	visits_free(v);
}

/* Woken every 20 ms, it waits up to 8 ms for whoever is there: the beat is its own. */
static void the_rhythm_is_of_its_wakeups_not_of_what_it_waits_for(void **state)
{
	const uint64_t ms = 1000000;
	struct visits *v = visits_new(VISITS_BY_TASK_CPU, NULL);
	const struct visits_row *row;
	struct rhythm r;

	for (uint64_t i = 1; i <= 50; i++) {
		uint64_t at = i * 20 * ms, start = at + i * 7 % 9 * ms;
		const struct event e = WOKEN(1, 3, at, start, start + 2 * ms);

		assert_int_equal(visits_add(v, &e), 0);
	}
	assert_int_equal(visits_finish(v), 0);
	row = row_of(v, 1, 3);
	assert_true(rhythm_find(row->starts_ns, row->runs_ns, row->kept, &r));
	assert_int_equal(r.period_ns, 20 * ms);
	assert_int_equal(r.jitter_ns, 0);
	visits_free(v);
}

/* 12 ms of work every 20 ms, preempted for 100 us after each 4 ms. */
static void the_rhythm_of_visits_does_not_see_preemption(void **state)
{
	const uint64_t ms = 1000000, us = 1000;
	struct visits *v = visits_new(VISITS_BY_TASK_CPU, NULL);
	const struct visits_row *row;
	struct rhythm r;

	for (uint64_t at = 5 * ms; at < 605 * ms; at += 20 * ms) {
		const struct event slices[] = {
			WOKEN(1, 3, at - us, at, at + 4 * ms, .flags = QUEUED),
			PREEMPTED(1, 3, at + 4 * ms, at + 4100 * us, at + 8100 * us,
				  .flags = QUEUED),
			PREEMPTED(1, 3, at + 8100 * us, at + 8200 * us, at + 12200 * us),
		};

		for (size_t i = 0; i < COUNT_OF(slices); i++)
			assert_int_equal(visits_add(v, &slices[i]), 0);
	}
	assert_int_equal(visits_finish(v), 0);
	row = row_of(v, 1, 3);
	assert_row(row, 30, 0, 90, 30 * 12 * ms);
	assert_true(rhythm_find(row->starts_ns, row->runs_ns, row->kept, &r));
	assert_int_equal(r.period_ns, 20 * ms);
	assert_int_equal(r.beats, 30);
	assert_int_equal(r.run_p50_ns, 12 * ms);
	assert_true(r.duty > 0.599 && r.duty < 0.601);
	visits_free(v);
}

static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* Whatever it is made of: the sums hold, nothing is allocated by the size of an id. */
static void any_stream_leaves_the_counts_consistent(void **state)
{
	uint64_t seed = 4711, slices = 0, counted = 0;
	struct visits *v = visits_new(VISITS_BY_TASK_CPU, NULL);
	const struct visits_row *const *rows;
	uint32_t n;

	for (int i = 0; i < 100000; i++) {
		uint64_t a = next_random(&seed), b = next_random(&seed), c = next_random(&seed);
		uint32_t task = a % 3 ? (uint32_t)(a >> 8) % 50 : UINT32_MAX - (a >> 8) % 5;
		struct event e = SLICE(task, b % 3 ? b % 8 : UINT16_MAX - b % 5, c % 1000000,
				       (c >> 32) % 1000000, .kind = (b >> 32) % 4, .flags = b >> 40,
				       .prev_out_ns = a % 1000000, .moves = c % 2);

		if (i % 10 == 0) {
			e.type = EVENT_MOVE;
			e.move = (struct move){ .task = task, .from = 1, .to = (uint16_t)b };
		} else {
			slices += task != TASK_IDLE && !event_is_offline(&e);
		}
		assert_int_equal(visits_add(v, &e), 0);
	}
	assert_int_equal(visits_finish(v), 0);
	n = visits_rows(v, &rows);
	for (uint32_t i = 0; i < n; i++) {
		counted += rows[i]->slices;
		assert_true(rows[i]->visits <= rows[i]->slices);
		assert_true(rows[i]->cut <= rows[i]->visits);
		assert_int_equal(rows[i]->run.count, rows[i]->visits - rows[i]->cut);
		assert_true(rows[i]->run.sum_ns <= rows[i]->run_total_ns);
	}
	assert_int_equal(counted, slices);
	visits_free(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_visit_lasts_from_a_wakeup_to_the_sleep),
		cmocka_unit_test(preemption_does_not_make_visits),
		cmocka_unit_test(a_pending_signal_does_not_end_a_visit),
		cmocka_unit_test(going_elsewhere_ends_a_visit_and_begins_one_there),
		cmocka_unit_test(cpus_that_are_not_looked_at_have_no_visits_but_end_them),
		cmocka_unit_test(being_away_unseen_is_known_by_the_moves),
		cmocka_unit_test(a_missing_slice_cuts_the_visits_that_it_belonged_to),
		cmocka_unit_test(the_traces_edges_cut_visits),
		cmocka_unit_test(who_was_moved_off_before_the_end_had_a_whole_visit),
		cmocka_unit_test(a_gap_cuts_a_visit_and_adds_no_run),
		cmocka_unit_test(an_exit_ends_a_visit),
		cmocka_unit_test(the_idle_task_and_offline_cpus_pay_no_visits),
		cmocka_unit_test(rows_are_sorted_by_run),
		cmocka_unit_test(what_is_kept_of_many_visits_are_whole_blocks_all_over_the_trace),
		cmocka_unit_test(the_rhythm_is_of_its_wakeups_not_of_what_it_waits_for),
		cmocka_unit_test(the_rhythm_of_visits_does_not_see_preemption),
		cmocka_unit_test(any_stream_leaves_the_counts_consistent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
