// SPDX-License-Identifier: GPL-2.0-only
/* How one task works and sleeps. */
#include "unit/stream.h"
#include "analysis/bursts.h"

#include <math.h>

#define QUEUED (SLICE_INVOLUNTARY | SLICE_LEFT_QUEUED)

static void play(struct bursts *b, const struct event *events, size_t n)
{
	bursts_init(b, 1);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(bursts_add(b, &events[i]), 0);
	bursts_finish(b);
}

#define PLAY(b, events) play(b, events, COUNT_OF(events))

static void assert_burst(const struct burst *burst, uint64_t due, uint64_t start, uint64_t end,
			 uint64_t run, uint32_t slices)
{
	assert_int_equal(burst->due_ns, due);
	assert_int_equal(burst->start_ns, start);
	assert_int_equal(burst->end_ns, end);
	assert_int_equal(burst->run_ns, run);
	assert_int_equal(burst->slices, slices);
}

static void a_burst_split_by_preemption_and_moves_is_one(void **state)
{
	const struct event events[] = {
		WOKEN(1, 3, 90, 100, 150, .flags = QUEUED, .prev_out_ns = 40),
		WOKEN(2, 3, 149, 150, 160),
		PREEMPTED(1, 4, 150, 170, 230, .flags = QUEUED, .moves = 1),
		PREEMPTED(1, 3, 230, 240, 250),
		WOKEN(1, 3, 300, 310, 320, .prev_out_ns = 250),
	};
	struct bursts b;

	PLAY(&b, events);
	assert_int_equal(b.whole, 2);
	assert_int_equal(b.cut, 0);
	assert_int_equal(b.breaks, 0);
	assert_int_equal(b.count, 2);
	assert_burst(&b.kept[0], 90, 100, 250, 50 + 60 + 10, 3);
	assert_int_equal(b.kept[0].longest_slice_ns, 60);
	assert_int_equal(b.kept[0].sleep_ns, 50);
	assert_burst(&b.kept[1], 300, 310, 320, 10, 1);
	assert_int_equal(b.kept[1].sleep_ns, 50);
	assert_int_equal(b.kept[1].run_total_ns, 130);
	bursts_free(&b);
}

static void blocking_on_a_lock_does_not_end_a_burst(void **state)
{
	const struct event events[] = {
		WOKEN(1, 3, 90, 100, 150, .out_state = 2),
		WOKEN(1, 4, 170, 180, 200, .prev_out_ns = 150, .out_state = 1),
		/* TASK_IDLE is a kernel thread's sleep. */
		WOKEN(1, 3, 290, 300, 310, .prev_out_ns = 200, .out_state = 0x402),
		WOKEN(1, 3, 390, 400, 410, .prev_out_ns = 310, .out_state = 0x2001),
	};
	struct bursts b;

	PLAY(&b, events);
	assert_int_equal(b.whole, 3);
	assert_int_equal(b.cut, 0);
	assert_burst(&b.kept[0], 90, 100, 200, 70, 2);
	assert_int_equal(b.kept[0].blocked_ns, 20);
	assert_burst(&b.kept[1], 290, 300, 310, 10, 1);
	bursts_free(&b);
}

static void the_traces_edges_cut_bursts_but_break_nothing(void **state)
{
	const struct event events[] = {
		SLICE(1, 3, 100, 150, .flags = SLICE_CUT_START | QUEUED),
		PREEMPTED(1, 3, 150, 160, 200),
		WOKEN(1, 3, 290, 300, 310, .prev_out_ns = 200),
		WOKEN(1, 3, 390, 400, 500, .prev_out_ns = 310, .flags = SLICE_CUT_END),
	};
	struct bursts b;

	PLAY(&b, events);
	assert_int_equal(b.whole, 1);
	assert_int_equal(b.cut, 2);
	assert_int_equal(b.breaks, 0);
	assert_int_equal(b.run_total_ns, 50 + 40 + 10 + 100);
	assert_burst(&b.kept[0], 290, 300, 310, 10, 1);
	bursts_free(&b);
}

static void a_burst_that_is_still_preempted_at_the_end_is_cut(void **state)
{
	const struct event events[] = { WOKEN(1, 3, 90, 100, 150, .flags = QUEUED) };
	struct bursts b;

	PLAY(&b, events);
	assert_int_equal(b.whole, 0);
	assert_int_equal(b.cut, 1);
	bursts_free(&b);
}

static void a_missing_slice_cuts_the_burst_and_is_a_break(void **state)
{
	const struct event events[] = {
		WOKEN(1, 3, 90, 100, 150, .flags = QUEUED),
		/* It left another CPU at 190. */
		PREEMPTED(1, 3, 190, 220, 230),
		WOKEN(1, 3, 300, 310, 320, .prev_out_ns = 230),
		/* A whole burst elsewhere, that ended at 360. */
		WOKEN(1, 3, 400, 410, 430, .prev_out_ns = 360),
		/* The slice that it fell asleep in. */
		WOKEN(1, 3, 500, 510, 520, .prev_out_ns = 430, .flags = QUEUED),
		WOKEN(1, 3, 600, 610, 620, .prev_out_ns = 550),
		WOKEN(1, 3, 700, 710, 720, .prev_out_ns = 620, .flags = SLICE_GAP),
	};
	struct bursts b;

	PLAY(&b, events);
	assert_int_equal(b.whole, 3);
	assert_int_equal(b.cut, 4);
	assert_int_equal(b.breaks, 4);
	assert_burst(&b.kept[0], 300, 310, 320, 10, 1);
	assert_int_equal(b.kept[0].breaks, 1);
	assert_burst(&b.kept[1], 400, 410, 430, 20, 1);
	assert_int_equal(b.kept[1].sleep_ns, 40);
	assert_int_equal(b.kept[1].breaks, 2);
	assert_int_equal(b.kept[2].breaks, 3);
	/* A gap adds no run. */
	assert_int_equal(b.run_total_ns, 50 + 10 + 10 + 20 + 10 + 10);
	bursts_free(&b);
}

static void an_exit_ends_a_burst(void **state)
{
	const struct event events[] = { WOKEN(1, 3, 90, 100, 150, .flags = SLICE_EXIT | QUEUED) };
	struct bursts b;

	PLAY(&b, events);
	assert_int_equal(b.whole, 1);
	bursts_free(&b);
}

static void the_run_until_a_time_is_in_proportion_within_a_burst(void **state)
{
	const struct event events[] = {
		WOKEN(1, 3, 90, 100, 200),
		WOKEN(1, 3, 290, 300, 400, .prev_out_ns = 200),
	};
	struct bursts b;

	PLAY(&b, events);
	assert_int_equal(bursts_run_until(&b, 0), 0);
	assert_int_equal(bursts_run_until(&b, 100), 0);
	assert_int_equal(bursts_run_until(&b, 150), 50);
	assert_int_equal(bursts_run_until(&b, 200), 100);
	assert_int_equal(bursts_run_until(&b, 300), 100);
	assert_int_equal(bursts_run_until(&b, 325), 125);
	assert_int_equal(bursts_run_until(&b, UINT64_MAX), 200);
	bursts_free(&b);
}

/* Burst i begins at 1000 i and runs 100. */
static void many_bursts_are_thinned_evenly_and_all_counted(void **state)
{
	const uint64_t n = 5 * BURSTS_KEPT;
	struct bursts b;

	bursts_init(&b, 1);
	for (uint64_t i = 1; i <= n; i++) {
		struct event e = WOKEN(1, 3, 1000 * i - 10, 1000 * i, 1000 * i + 100);

		assert_int_equal(bursts_add(&b, &e), 0);
	}
	bursts_finish(&b);
	assert_int_equal(b.whole, n);
	assert_int_equal(b.run_total_ns, 100 * n);
	assert_int_equal(b.step, 8);
	assert_int_equal(b.count, n / 8);
	for (uint32_t i = 0; i < b.count; i++)
		assert_int_equal(b.kept[i].nth, 8 * i + 1);
	/* What is not kept is in the run all the same: half of it, half way. */
	assert_true(fabs(bursts_run_until(&b, 500 * n) - 50.0 * (double)n) < 200);
	bursts_free(&b);
}

static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static void any_stream_leaves_the_counts_consistent(void **state)
{
	uint64_t seed = 4711, slices = 0;
	struct bursts b;

	bursts_init(&b, 1);
	for (int i = 0; i < 100000; i++) {
		uint64_t a = next_random(&seed), c = next_random(&seed);
		struct event e =
			SLICE(a % 3, (uint16_t)a, c % 1000000, (c >> 32) % 1000000,
			      .kind = (a >> 32) % 4, .flags = a >> 40, .prev_out_ns = a % 1000000,
			      .waking_ns = c % 900000, .out_state = (uint16_t)c);

		slices += a % 3 == 1 && !event_is_offline(&e);
		assert_int_equal(bursts_add(&b, &e), 0);
	}
	bursts_finish(&b);
	assert_int_equal(b.slices, slices);
	assert_true(b.whole + b.cut <= b.slices);
	assert_true(b.count <= b.whole);
	for (uint64_t t = 0; t < 1000000; t += 1000)
		assert_true(isfinite(bursts_run_until(&b, t)));
	bursts_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_burst_split_by_preemption_and_moves_is_one),
		cmocka_unit_test(blocking_on_a_lock_does_not_end_a_burst),
		cmocka_unit_test(the_traces_edges_cut_bursts_but_break_nothing),
		cmocka_unit_test(a_burst_that_is_still_preempted_at_the_end_is_cut),
		cmocka_unit_test(a_missing_slice_cuts_the_burst_and_is_a_break),
		cmocka_unit_test(an_exit_ends_a_burst),
		cmocka_unit_test(the_run_until_a_time_is_in_proportion_within_a_burst),
		cmocka_unit_test(many_bursts_are_thinned_evenly_and_all_counted),
		cmocka_unit_test(any_stream_leaves_the_counts_consistent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
