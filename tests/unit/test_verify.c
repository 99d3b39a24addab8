// SPDX-License-Identifier: GPL-2.0-only
/* What two traces are said to show, before a change and after it. */
#include "unit/verify_stage.h"

/*
 * 10 s on one CPU: once in each block of 250 ms a stay of stay_ns that the owner waits for, and
 * wakes of the owner that wait 2 us each.
 */
static void play(struct verify_side *side, uint64_t stay_ns, unsigned int wakes)
{
	assert_int_equal(verify_side_start(side, BEGIN, 10 * SECOND, 1), 0);
	for (unsigned int b = 0; b < VERIFY_BLOCKS; b++) {
		uint64_t at = BEGIN + b * 250 * MS;
		const struct event events[] = {
			SLICE(GUEST, 1, at + MS, at + MS + stay_ns),
			PREEMPTED(OWNER, 1, at + MS, at + MS + stay_ns, at + MS + stay_ns + 1000),
		};

		if (stay_ns)
			feed(side, events, COUNT_OF(events));
		for (unsigned int i = 0; i < wakes; i++) {
			uint64_t woken = at + 200 * MS + i * MS;

			feed(side, &WOKEN(OWNER, 1, woken, woken + 2000, woken + 9000), 1);
		}
	}
	verify_side_finish(side, BEGIN + 10 * SECOND);
}

static struct verify_result compared(struct verify_side *before, struct verify_side *after)
{
	struct verify_result r;

	assert_int_equal(verify_compare(before, after, &r), 0);
	return r;
}

static void values_are_those_of_the_whole_window(void **state)
{
	struct verify_side before, after;
	struct verify_result r;
	struct verify_metric *m = r.metrics;

	play(&before, 25 * MS, 9); /* 40 waits of 25 ms, 360 of 2 us */
	play(&after, 10 * MS, 9);
	r = compared(&before, &after);
	assert_float_equal(m[VERIFY_SHARE].before.value, 0.1, 1e-12);
	assert_float_equal(m[VERIFY_SHARE].after.value, 0.04, 1e-12);
	assert_float_equal(m[VERIFY_SHARE].change, -0.06, 1e-12);
	/* All blocks are alike: chance has no part in it. */
	assert_true(m[VERIFY_SHARE].interval_known);
	assert_float_equal(m[VERIFY_SHARE].low, -0.06, 1e-12);
	assert_float_equal(m[VERIFY_SHARE].high, -0.06, 1e-12);
	assert_float_equal(m[VERIFY_LONGEST].before.value, 25 * MS, 0);
	assert_float_equal(m[VERIFY_LONGEST].after.value, 10 * MS, 0);
	assert_false(m[VERIFY_LONGEST].interval_known);
	assert_int_equal(m[VERIFY_LONGEST].verdict, VERIFY_UNKNOWN);
	assert_int_equal(m[VERIFY_LONGEST].reason, VERIFY_SINGLE);
	assert_float_equal(m[VERIFY_P50].before.value, 2000, 2000 / 32.0);
	assert_int_equal(m[VERIFY_P50].verdict, VERIFY_NO_CHANGE);
	assert_float_equal(m[VERIFY_P99].before.value, 25 * MS, 25 * MS / 32.0);
	assert_float_equal(m[VERIFY_P99].after.value, 10 * MS, 10 * MS / 32.0);
	assert_int_equal(m[VERIFY_P99].verdict, VERIFY_BETTER);
	assert_float_equal(m[VERIFY_MAX].before.value, 25 * MS, 0);
	/* 4 waits a second of 25 ms, and 36 of 2 us. */
	assert_float_equal(m[VERIFY_DELAY].before.value, 4 * 25 * MS + 36 * 2000, 1e-3);
	assert_float_equal(m[VERIFY_DELAY].after.value, 4 * 10 * MS + 36 * 2000, 1e-3);
	assert_int_equal(m[VERIFY_DELAY].verdict, VERIFY_BETTER);
	assert_int_equal(r.verdict, VERIFY_BETTER);
	assert_int_equal(r.decided_by, VERIFY_SHARE);
	assert_int_equal(m[VERIFY_SCAN].reason, VERIFY_NO_VALUE);
	verify_side_free(&before);
	verify_side_free(&after);
}

static void an_interloper_that_is_gone_is_the_best_outcome(void **state)
{
	struct verify_side before, after;
	struct verify_result r;

	play(&before, 25 * MS, 9);
	play(&after, 0, 9);
	r = compared(&before, &after);
	assert_int_equal(r.verdict, VERIFY_BETTER);
	assert_true(r.metrics[VERIFY_SHARE].after.known);
	assert_float_equal(r.metrics[VERIFY_SHARE].after.value, 0, 0);
	assert_int_equal(r.metrics[VERIFY_SHARE].verdict, VERIFY_BETTER);
	assert_false(r.metrics[VERIFY_LONGEST].after.known);
	assert_int_equal(r.metrics[VERIFY_LONGEST].reason, VERIFY_NO_VALUE);
	assert_int_equal(r.metrics[VERIFY_P99].verdict, VERIFY_BETTER);
	/* And one that comes is the worst. */
	r = compared(&after, &before);
	assert_int_equal(r.verdict, VERIFY_WORSE);
	assert_int_equal(r.metrics[VERIFY_DELAY].verdict, VERIFY_WORSE);
	verify_side_free(&before);
	verify_side_free(&after);
}

static void one_worse_quantity_outweighs_better_ones(void **state)
{
	struct verify_side before, after;
	struct verify_result r;

	play(&before, 25 * MS, 9);
	/* Half the stays, each of them longer: the share falls, the waits' tail grows. */
	assert_int_equal(verify_side_start(&after, BEGIN, 10 * SECOND, 1), 0);
	for (unsigned int b = 0; b < VERIFY_BLOCKS; b++) {
		uint64_t at = BEGIN + b * 250 * MS, stay_ns = b % 2 ? 40 * MS : 1 * MS;

		feed(&after, &SLICE(GUEST, 1, at, at + stay_ns), 1);
		feed(&after, &PREEMPTED(OWNER, 1, at, at + stay_ns, at + stay_ns + 10), 1);
		for (unsigned int i = 0; i < 9; i++)
			feed(&after,
			     &WOKEN(OWNER, 1, at + 100 * MS + i * MS, at + 100 * MS + i * MS + 2000,
				    at + 101 * MS + i * MS),
			     1);
	}
	verify_side_finish(&after, BEGIN + 10 * SECOND);
	r = compared(&before, &after);
	assert_int_equal(r.metrics[VERIFY_P99].verdict, VERIFY_WORSE);
	assert_int_equal(r.verdict, VERIFY_WORSE);
	assert_int_equal(r.decided_by, VERIFY_P99);
	verify_side_free(&before);
	verify_side_free(&after);
}

static void a_change_below_the_floors_is_none(void **state)
{
	struct verify_side before, after;
	struct verify_result r;

	/* 4 % of it, though there is no chance in it at all. */
	play(&before, 25 * MS, 9);
	play(&after, 24 * MS, 9);
	r = compared(&before, &after);
	assert_true(r.metrics[VERIFY_SHARE].high < 0);
	assert_int_equal(r.metrics[VERIFY_SHARE].verdict, VERIFY_NO_CHANGE);
	assert_int_equal(r.verdict, VERIFY_NO_CHANGE);
	verify_side_free(&before);
	verify_side_free(&after);
	/* All of it, but 0.008 % of the CPU's time: 80 us a second. */
	play(&before, 20000, 9);
	play(&after, 0, 9);
	r = compared(&before, &after);
	assert_int_equal(r.metrics[VERIFY_SHARE].verdict, VERIFY_NO_CHANGE);
	assert_int_equal(r.metrics[VERIFY_DELAY].verdict, VERIFY_NO_CHANGE);
	verify_side_free(&before);
	verify_side_free(&after);
}

static void the_same_input_gives_the_same_output(void **state)
{
	struct verify_side before, after;
	struct verify_result one, other;

	play(&before, 25 * MS, 9);
	play(&after, 10 * MS, 3);
	feed(&before, &SLICE(GUEST, 1, BEGIN + 100 * MS, BEGIN + 190 * MS), 1);
	one = compared(&before, &after);
	other = compared(&before, &after);
	assert_true(one.metrics[VERIFY_SHARE].low < one.metrics[VERIFY_SHARE].high);
	assert_memory_equal(&one, &other, sizeof(one));
	verify_side_free(&before);
	verify_side_free(&after);
}

/* Before, 40 stays of 25 ms in 10 s of one CPU: 10 %. */
static void gaps_widen_the_share_and_nothing_else(void **state)
{
	static const struct {
		uint64_t stay_after_ns, gap_ns;
		enum verify_verdict verdict;
	} cases[] = {
		{ 0, 900 * MS, VERIFY_BETTER },
		{ 0, 1100 * MS, VERIFY_UNKNOWN },
		{ 25 * MS, 10 * MS, VERIFY_NO_CHANGE },
		{ 25 * MS, 11 * MS, VERIFY_UNKNOWN },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct event gap =
			SLICE(OTHER, 1, BEGIN, BEGIN + cases[i].gap_ns, .flags = SLICE_GAP);
		struct verify_side before, after;
		struct verify_result r;

		play(&before, 25 * MS, 9);
		play(&after, cases[i].stay_after_ns, 9);
		feed(&after, &gap, 1);
		verify_side_finish(&after, BEGIN + 10 * SECOND);
		r = compared(&before, &after);
		assert_int_equal(r.metrics[VERIFY_SHARE].verdict, cases[i].verdict);
		assert_int_equal(r.metrics[VERIFY_SHARE].reason,
				 cases[i].verdict ? VERIFY_KNOWN : VERIFY_GAPS);
		verify_side_free(&before);
		verify_side_free(&after);
	}
}

static void damage_leaves_everything_unknown(void **state)
{
	const struct {
		struct event event;
		enum verify_reason reason;
	} cases[] = {
		{ LOST(1, BEGIN, BEGIN + SECOND, LOST_SLICE, 1), VERIFY_LOST },
		{ LOST(CPU_UNKNOWN, 0, BEGIN + SECOND, LOST_TASK, 5), VERIFY_LOST },
		{ LOST(1, BEGIN, BEGIN + SECOND, 200, 1), VERIFY_LOST },
		{ LOST(1, BEGIN, BEGIN + SECOND, LOST_MOVE, 1), VERIFY_KNOWN },
		{ LOST(1, BEGIN, BEGIN + SECOND, LOST_CHOICE, 1), VERIFY_KNOWN },
		{ LOST(1, 1, BEGIN - 1, LOST_SLICE, 1), VERIFY_KNOWN },
		{ LOST(1, BEGIN + 11 * SECOND, BEGIN + 12 * SECOND, LOST_SLICE, 1), VERIFY_KNOWN },
		/* Before, it may have been worse than was seen: it is better all the same. */
		{ SLICE(OTHER, 1, BEGIN, BEGIN + SECOND, .flags = SLICE_GAP), VERIFY_KNOWN },
		{ SLICE(TASK_IDLE, 1, BEGIN, BEGIN + SECOND, .flags = SLICE_GAP | SLICE_OFFLINE),
		  VERIFY_KNOWN },
		/* Two at a time on one CPU, and one that ends before it starts. */
		{ SLICE(GUEST, 1, BEGIN, BEGIN + SECOND), VERIFY_IMPOSSIBLE },
		{ SLICE(GUEST, 1, BEGIN + SECOND, BEGIN), VERIFY_IMPOSSIBLE },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct verify_side before, after;
		struct verify_result r;

		play(&before, 25 * MS, 9);
		play(&after, 0, 9);
		feed(&before, &cases[i].event, 1);
		verify_side_finish(&before, BEGIN + 10 * SECOND);
		r = compared(&before, &after);
		assert_int_equal(r.verdict, cases[i].reason ? VERIFY_UNKNOWN : VERIFY_BETTER);
		assert_int_equal(r.reason, cases[i].reason);
		assert_false(r.reason_after);
		assert_int_equal(r.metrics[VERIFY_SHARE].reason, cases[i].reason);
		/* What was seen is still told. */
		assert_true(r.metrics[VERIFY_SHARE].before.known);
		r = compared(&after, &before);
		assert_int_equal(r.verdict, cases[i].reason ? VERIFY_UNKNOWN : VERIFY_WORSE);
		assert_int_equal(r.reason_after, cases[i].reason != VERIFY_KNOWN);
		verify_side_free(&before);
		verify_side_free(&after);
	}
}

static void too_few_waits_leave_a_percentile_unknown_but_not_the_verdict(void **state)
{
	struct verify_side before, after;
	struct verify_result r;

	play(&before, 25 * MS, 9);
	play(&after, 0, 1); /* 40 waits: enough for p50 alone */
	r = compared(&before, &after);
	assert_int_equal(r.metrics[VERIFY_P50].verdict, VERIFY_NO_CHANGE);
	assert_int_equal(r.metrics[VERIFY_P99].verdict, VERIFY_UNKNOWN);
	assert_int_equal(r.metrics[VERIFY_P99].reason, VERIFY_FEW);
	assert_true(r.metrics[VERIFY_P99].after.known);
	assert_false(r.metrics[VERIFY_P99].interval_known);
	assert_int_equal(r.verdict, VERIFY_BETTER);
	verify_side_free(&after);
	/* An owner that ran, and never waited. */
	play(&after, 0, 0);
	feed(&after, &SLICE(OWNER, 1, BEGIN, BEGIN + 10 * SECOND, .flags = SLICE_CUT_START), 1);
	r = compared(&before, &after);
	assert_false(r.metrics[VERIFY_P50].after.known);
	assert_int_equal(r.metrics[VERIFY_P50].reason, VERIFY_FEW);
	assert_float_equal(r.metrics[VERIFY_DELAY].after.value, 0, 0);
	assert_int_equal(r.metrics[VERIFY_DELAY].verdict, VERIFY_BETTER);
	verify_side_free(&after);
	/* No owner at all: it may be gone. What it would wait is not known. */
	play(&after, 0, 0);
	r = compared(&before, &after);
	assert_false(r.metrics[VERIFY_DELAY].after.known);
	assert_int_equal(r.metrics[VERIFY_DELAY].reason, VERIFY_NO_OWNER);
	assert_int_equal(r.metrics[VERIFY_MAX].reason, VERIFY_NO_OWNER);
	assert_int_equal(r.metrics[VERIFY_SHARE].verdict, VERIFY_BETTER);
	assert_int_equal(r.verdict, VERIFY_BETTER);
	verify_side_free(&before);
	verify_side_free(&after);
}

/* A stay of 10 ms in each of the first so many blocks, and nothing else. */
static void play_rare(struct verify_side *side, unsigned int blocks)
{
	assert_int_equal(verify_side_start(side, BEGIN, 10 * SECOND, 1), 0);
	for (unsigned int b = 0; b < blocks; b++) {
		uint64_t at = BEGIN + b * 5 % VERIFY_BLOCKS * 250 * MS;

		feed(side, &SLICE(GUEST, 1, at, at + 10 * MS), 1);
	}
	verify_side_finish(side, BEGIN + 10 * SECOND);
}

static void who_came_seldom_may_have_stayed_away_by_chance(void **state)
{
	const struct {
		unsigned int blocks;
		enum verify_verdict verdict;
	} cases[] = {
		{ 0, VERIFY_NO_CHANGE },
		{ 1, VERIFY_NO_CHANGE }, /* 0.1 %: too little to matter */
		{ 6, VERIFY_UNKNOWN },
		{ 7, VERIFY_BETTER }, /* as a coin that falls on one side seven times */
		{ 8, VERIFY_BETTER },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct verify_side before, after;
		struct verify_result r;

		play_rare(&before, cases[i].blocks);
		play_rare(&after, 0);
		r = compared(&before, &after);
		assert_int_equal(r.verdict, cases[i].verdict);
		assert_int_equal(r.reason,
				 cases[i].verdict == VERIFY_UNKNOWN ? VERIFY_FEW : VERIFY_KNOWN);
		verify_side_free(&before);
		verify_side_free(&after);
	}
}

/* So many spells, a block apart: the first fills so many blocks, each other 20 ms of one. */
static void play_spells(struct verify_side *side, unsigned int spells, unsigned int first_blocks)
{
	uint64_t at = BEGIN;

	assert_int_equal(verify_side_start(side, BEGIN, 10 * SECOND, 1), 0);
	for (unsigned int i = 0; i < spells; i++) {
		uint64_t run_ns = i ? 20 * MS : first_blocks * 250 * MS;

		feed(side, &SLICE(GUEST, 1, at, at + run_ns), 1);
		at += (i ? 2 : first_blocks + 1) * 250 * MS;
	}
	verify_side_finish(side, BEGIN + 10 * SECOND);
}

/* Nearly all of the run is one stay: to the bootstrap alone, that may be chance. */
static void many_spells_do_not_end_by_chance_however_long_they_are(void **state)
{
	const struct {
		unsigned int spells;
		double left;
	} cases[] = { { 6, 1 }, { 7, 0.98165 }, { 10, 0.61405 }, { 14, 0.40771 } };

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		bool is_known = cases[i].left < 1;
		struct verify_side before, after;
		struct verify_metric m;

		play_spells(&before, cases[i].spells, 8);
		play_spells(&after, 0, 0);
		m = compared(&before, &after).metrics[VERIFY_SHARE];
		assert_true(m.interval_known);
		assert_int_equal(m.verdict, is_known ? VERIFY_BETTER : VERIFY_NO_CHANGE);
		if (is_known)
			assert_float_equal(m.high, (1 - cases[i].left) * m.change, 1e-5);
		else
			assert_true(m.high > 0);
		assert_true(m.low < m.change);
		/* And they do not begin so. */
		m = compared(&after, &before).metrics[VERIFY_SHARE];
		assert_int_equal(m.verdict, is_known ? VERIFY_WORSE : VERIFY_NO_CHANGE);
		if (is_known)
			assert_float_equal(m.low, (1 - cases[i].left) * m.change, 1e-5);
		verify_side_free(&before);
		verify_side_free(&after);
	}
}

static void a_shorter_window_has_less_to_say_of_who_is_gone(void **state)
{
	struct verify_side before, after;

	play_spells(&before, 10, 8);
	/* Half as long: 10 spells fall into the longer one by chance in 1.7 %. */
	assert_int_equal(verify_side_start(&after, BEGIN, 5 * SECOND, 1), 0);
	verify_side_finish(&after, BEGIN + 5 * SECOND);
	assert_int_equal(compared(&before, &after).metrics[VERIFY_SHARE].verdict, VERIFY_NO_CHANGE);
	verify_side_free(&before);
	play_spells(&before, 12, 8);
	assert_int_equal(compared(&before, &after).metrics[VERIFY_SHARE].verdict, VERIFY_BETTER);
	verify_side_free(&before);
	verify_side_free(&after);
}

static void one_long_stay_is_not_many_samples(void **state)
{
	struct verify_side before, after;
	struct verify_result r;

	/* 3 s of the 10: 12 blocks, but one event. */
	assert_int_equal(verify_side_start(&before, BEGIN, 10 * SECOND, 1), 0);
	feed(&before, &SLICE(GUEST, 1, BEGIN + 2 * SECOND, BEGIN + 5 * SECOND), 1);
	verify_side_finish(&before, BEGIN + 10 * SECOND);
	play_rare(&after, 0);
	r = compared(&before, &after);
	assert_float_equal(r.metrics[VERIFY_SHARE].before.value, 0.3, 1e-12);
	assert_int_equal(r.verdict, VERIFY_NO_CHANGE);
	verify_side_free(&before);
	/* All of the time is certain. */
	assert_int_equal(verify_side_start(&before, BEGIN, 10 * SECOND, 1), 0);
	feed(&before, &SLICE(GUEST, 1, 0, UINT64_MAX), 1);
	verify_side_finish(&before, BEGIN + 10 * SECOND);
	r = compared(&before, &after);
	assert_float_equal(r.metrics[VERIFY_SHARE].before.value, 1, 1e-12);
	assert_true(r.metrics[VERIFY_LONGEST].before.at_least);
	assert_int_equal(r.verdict, VERIFY_BETTER);
	verify_side_free(&before);
	verify_side_free(&after);
}

static void the_scan_rate_is_told_but_decides_nothing(void **state)
{
	struct verify_side before, after;
	struct verify_result r;

	play(&before, 25 * MS, 9);
	play(&after, 25 * MS, 9);
	before.scan_pages_per_s = 5000;
	before.scan_samples = 11;
	r = compared(&before, &after);
	assert_int_equal(r.metrics[VERIFY_SCAN].reason, VERIFY_NO_VALUE);
	after.scan_pages_per_s = 500;
	after.scan_samples = 1;
	r = compared(&before, &after);
	assert_int_equal(r.metrics[VERIFY_SCAN].reason, VERIFY_FEW);
	after.scan_samples = 2;
	r = compared(&before, &after);
	assert_int_equal(r.metrics[VERIFY_SCAN].verdict, VERIFY_WORSE);
	assert_float_equal(r.metrics[VERIFY_SCAN].change, -4500, 1e-9);
	assert_false(r.metrics[VERIFY_SCAN].interval_known);
	assert_int_equal(r.verdict, VERIFY_NO_CHANGE);
	after.scan_pages_per_s = 5200; /* 4 % */
	r = compared(&before, &after);
	assert_int_equal(r.metrics[VERIFY_SCAN].verdict, VERIFY_NO_CHANGE);
	after.scan_pages_per_s = 6000;
	r = compared(&before, &after);
	assert_int_equal(r.metrics[VERIFY_SCAN].verdict, VERIFY_BETTER);
	after.scan_pages_per_s = NAN;
	r = compared(&before, &after);
	assert_int_equal(r.metrics[VERIFY_SCAN].reason, VERIFY_NO_VALUE);
	verify_side_free(&before);
	verify_side_free(&after);
}

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 2685821657736338717ull;
}

/* Small, huge, or of the window. */
static uint64_t any_time(uint64_t *state)
{
	uint64_t n = next_random(state);

	switch (n >> 62) {
	case 0:
		return n & 0xff;
	case 1:
		return UINT64_MAX - (n & 0xff);
	default:
		return BEGIN + n % (12 * SECOND);
	}
}

static void a_damaged_stream_does_no_harm(void **state)
{
	uint64_t random = 1;

	for (int round = 0; round < 50; round++) {
		struct verify_side sides[2];
		struct verify_result r;

		for (int s = 0; s < 2; s++) {
			assert_int_equal(verify_side_start(&sides[s], round % 3 ? BEGIN : 0,
							   round % 3 ? 10 * SECOND : UINT64_MAX,
							   1 + (next_random(&random) & 0xffff)),
					 0);
			for (int i = 0; i < 2000; i++) {
				struct event e = { .time_ns = any_time(&random) };

				e.type = next_random(&random) % 8;
				e.cpu = next_random(&random);
				e.slice.start_ns = any_time(&random);
				e.slice.waking_ns = any_time(&random);
				e.slice.prev_out_ns = any_time(&random);
				e.slice.kind = next_random(&random) % 6;
				e.slice.flags = next_random(&random) & next_random(&random);
				if (e.type == EVENT_LOST)
					e.lost.count = round % 2 ? 0 : UINT64_MAX;
				assert_int_equal(
					verify_side_add(&sides[s], &e, next_random(&random) % 4),
					0);
			}
			/* Judged all the same, so that every path is walked. */
			verify_side_finish(&sides[s], any_time(&random) | 1ull << 40);
			sides[s].impossible = false;
			sides[s].gap_ns = 0;
			if (round % 4)
				sides[s].lost = 0;
		}
		assert_int_equal(verify_compare(&sides[0], &sides[1], &r), 0);
		assert_in_range(r.verdict, VERIFY_UNKNOWN, VERIFY_WORSE);
		verify_side_free(&sides[0]);
		verify_side_free(&sides[1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_those_of_the_whole_window),
		cmocka_unit_test(an_interloper_that_is_gone_is_the_best_outcome),
		cmocka_unit_test(one_worse_quantity_outweighs_better_ones),
		cmocka_unit_test(a_change_below_the_floors_is_none),
		cmocka_unit_test(the_same_input_gives_the_same_output),
		cmocka_unit_test(gaps_widen_the_share_and_nothing_else),
		cmocka_unit_test(damage_leaves_everything_unknown),
		cmocka_unit_test(too_few_waits_leave_a_percentile_unknown_but_not_the_verdict),
		cmocka_unit_test(who_came_seldom_may_have_stayed_away_by_chance),
		cmocka_unit_test(many_spells_do_not_end_by_chance_however_long_they_are),
		cmocka_unit_test(a_shorter_window_has_less_to_say_of_who_is_gone),
		cmocka_unit_test(one_long_stay_is_not_many_samples),
		cmocka_unit_test(the_scan_rate_is_told_but_decides_nothing),
		cmocka_unit_test(a_damaged_stream_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
