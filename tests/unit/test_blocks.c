// SPDX-License-Identifier: GPL-2.0-only
/* What slices come to by time block, and how far chance moves it. Windows of 40 blocks. */
#include "unit/stream.h"
#include "analysis/blocks.h"

#include <errno.h>
#include <math.h>

#define SECOND 1000000000ull
#define MS     1000000ull

enum { TASK_A = 1, TASK_B };

static const struct limit wake_p50 = { .statistic = LIMIT_PERCENTILE,
				       .percentile = 50,
				       .quantity = LIMIT_WAKE_DELAY };
static const struct limit wake_mean = { .statistic = LIMIT_MEAN, .quantity = LIMIT_WAKE_DELAY };
static const struct limit wake_total = { .statistic = LIMIT_TOTAL, .quantity = LIMIT_WAKE_DELAY };
static const struct limit wakeups = { .statistic = LIMIT_COUNT, .quantity = LIMIT_WAKEUPS };
static const struct limit share = { .statistic = LIMIT_SHARE };

static void feed(struct blocks *b, const struct event *events, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_int_equal(blocks_add(b, &events[i]), 0);
}

/* 40 blocks of 100 ns, from 1000 on. */
static void start_small(struct blocks *b)
{
	assert_int_equal(blocks_start(b, 1000, 5000), 0);
}

static void run_is_spread_over_the_blocks_it_touches_and_counts_where_it_ends(void **state)
{
	const struct event events[] = {
		SLICE(TASK_A, 1, 1010, 1030),
		SLICE(TASK_B, 2, 1080, 1330), /* 20 + 100 + 100 + 30 */
		SLICE(TASK_A, 1, 1400, 1500,
		      .flags = SLICE_INVOLUNTARY), /* from border to border */
		SLICE(TASK_A, 1, 2000, 2050, .flags = SLICE_CUT_END | SLICE_INVOLUNTARY),
		SLICE(TASK_A, 1, 2110, 2150, .flags = SLICE_GAP | SLICE_INVOLUNTARY),
		IDLE(1, 3000, 3100),
		SLICE(TASK_IDLE, 1, 3000, 3100, .flags = SLICE_GAP | SLICE_OFFLINE),
		WAITING(TASK_A, 1, 3000),
		MOVE(TASK_A, 3000, 1, 2),
	};
	struct blocks b;

	start_small(&b);
	feed(&b, events, COUNT_OF(events));
	assert_int_equal(b.list[0].run_ns, 40);
	assert_int_equal(b.list[1].run_ns, 100);
	assert_int_equal(b.list[2].run_ns, 100);
	assert_int_equal(b.list[3].run_ns, 30);
	assert_int_equal(b.list[4].run_ns, 100);
	assert_int_equal(b.list[5].run_ns, 0);
	assert_int_equal(b.list[10].run_ns, 50);
	assert_int_equal(b.list[11].run_ns, 0);
	assert_int_equal(b.list[20].run_ns, 0);
	assert_int_equal(b.list[0].run.count, 1);
	assert_int_equal(b.list[3].run.max_ns, 250);
	assert_int_equal(b.list[4].run.max_ns, 100);
	assert_int_equal(b.list[4].counts[LIMIT_PREEMPTIONS], 1);
	/* What was cut is no run; it is a slice. */
	assert_int_equal(b.list[10].run.count, 0);
	assert_int_equal(b.list[10].counts[LIMIT_SLICES], 1);
	assert_int_equal(b.list[10].counts[LIMIT_PREEMPTIONS], 0);
	assert_int_equal(b.list[11].counts[LIMIT_PREEMPTIONS], 1);
	assert_int_equal(b.list[20].counts[LIMIT_SLICES], 0);
	blocks_free(&b);
}

static void delays_and_wakeups_count_where_the_slice_begins(void **state)
{
	const struct event events[] = {
		WOKEN(TASK_A, 1, 1090, 1105, 1290, .spare_wakes = 2),
		PREEMPTED(TASK_A, 1, 1290, 1320, 1330),
		SLICE(TASK_B, 1, 1400, 1410), /* nobody knows since when */
		WOKEN(TASK_B, 1, 1500, 1510, 1520, .flags = SLICE_GAP),
	};
	struct blocks b;

	start_small(&b);
	feed(&b, events, COUNT_OF(events));
	assert_int_equal(b.list[1].wake_delay.max_ns, 15);
	assert_int_equal(b.list[1].counts[LIMIT_WAKEUPS], 3);
	assert_int_equal(b.list[3].preempt_delay.max_ns, 30);
	assert_int_equal(b.list[3].counts[LIMIT_WAKEUPS], 0);
	assert_int_equal(b.list[4].wake_delay.count, 0);
	assert_int_equal(b.list[5].wake_delay.count, 0);
	assert_int_equal(b.list[5].counts[LIMIT_WAKEUPS], 1);
	blocks_free(&b);
}

static void the_windows_edges_cut(void **state)
{
	const struct event events[] = {
		WOKEN(TASK_A, 1, 400, 500, 900),
		WOKEN(TASK_A, 1, 880, 900, 1040),
		WOKEN(TASK_A, 1, 4700, 4800, 7000, .flags = SLICE_INVOLUNTARY),
		WOKEN(TASK_A, 1, 6900, 7000, 7100),
	};
	struct blocks_value value;
	struct blocks b;

	start_small(&b);
	feed(&b, events, COUNT_OF(events));
	assert_int_equal(b.list[0].run_ns, 40);
	assert_int_equal(b.list[0].run.count, 0);
	assert_int_equal(b.list[0].wake_delay.count, 0);
	assert_int_equal(b.list[38].run_ns, 100);
	assert_int_equal(b.list[38].wake_delay.max_ns, 100);
	assert_int_equal(b.list[39].run_ns, 100);
	assert_int_equal(b.list[39].counts[LIMIT_PREEMPTIONS], 0);
	assert_int_equal(blocks_value(&b, &share, 2, &value), 0);
	assert_float_equal(value.value, 240 / 8000.0, 1e-12);
	assert_int_equal(value.samples, 2);
	blocks_free(&b);
}

static void a_damaged_stream_does_no_harm(void **state)
{
	const struct event events[] = {
		SLICE(UINT32_MAX, 65535, 4000, 2000),
		SLICE(TASK_A, 65535, 0, UINT64_MAX),
		WOKEN(UINT32_MAX, 1, UINT64_MAX, UINT64_MAX, UINT64_MAX),
		WOKEN(TASK_A, 1, 3000, 2000, 2500),
		SLICE(TASK_A, 1, 0, 0),
		{ .type = 99 },
	};
	struct blocks b, empty = {};
	struct blocks_value value;

	start_small(&b);
	feed(&b, events, COUNT_OF(events));
	assert_int_equal(b.impossible, 1);
	assert_int_equal(b.list[17].run_ns, 100);
	assert_int_equal(b.list[0].wake_delay.count, 0);
	blocks_free(&b);
	assert_int_equal(blocks_start(&b, 1000, 1039), -EINVAL);
	assert_int_equal(blocks_start(&b, 1000, 900), -EINVAL);
	feed(&b, events, COUNT_OF(events));
	assert_int_equal(blocks_value(&b, &wakeups, 1, &value), 0);
	assert_false(value.known);
	blocks_free(&b);
	assert_int_equal(blocks_start(&b, 0, UINT64_MAX), 0);
	feed(&b, events, COUNT_OF(events));
	assert_int_equal(blocks_value(&b, &share, 1, &value), 0);
	assert_true(value.known);
	blocks_free(&b);
	assert_int_equal(blocks_value(&empty, &share, 1, &value), 0);
	assert_false(value.known);
}

/* 10 s: so many wakes a second, each waiting so long, but in every 2nd spell of so many blocks
 * twice as long; 0: alike. */
static void play(struct blocks *b, unsigned int wakes, uint64_t delay_ns, unsigned int spell)
{
	assert_int_equal(blocks_start(b, SECOND, 11 * SECOND), 0);
	for (unsigned int i = 0; i < 10 * wakes; i++) {
		uint64_t at = SECOND + i * SECOND / wakes;
		bool twice = spell && (at - SECOND) / (spell * 250 * MS) % 2;
		/* Not all alike within a block, but each block like the others. */
		uint64_t wait_ns = (twice ? 2 : 1) * delay_ns * (90 + i % 20) / 100;

		feed(b, &WOKEN(TASK_A, 1, at, at + wait_ns, at + wait_ns + 100000), 1);
	}
}

static void values_are_those_of_the_whole_window(void **state)
{
	static const struct limit unknown[] = {
		{ .statistic = LIMIT_MAX, .quantity = LIMIT_RUN },
		{ .statistic = LIMIT_MIN, .quantity = LIMIT_RUN },
		{ .statistic = LIMIT_TRESPASSES },
		{ .statistic = LIMIT_LOST },
		{ .statistic = LIMIT_COUNT, .quantity = LIMIT_MIGRATIONS },
		{ .statistic = LIMIT_MEAN, .quantity = LIMIT_WAKEUPS },
		{ .statistic = LIMIT_PERCENTILE, .percentile = 50, .quantity = LIMIT_SLICES },
		{ .statistic = LIMIT_MEAN, .quantity = LIMIT_PREEMPT_DELAY }, /* of nothing */
	};
	struct blocks_deviation deviation;
	struct blocks_value value;
	struct blocks b;

	play(&b, 80, MS, 0); /* 0.90 to 1.09 ms */
	assert_int_equal(blocks_value(&b, &wake_p50, 1, &value), 0);
	assert_true(value.known);
	assert_float_equal(value.value, 0.995 * MS, 0.01 * MS);
	assert_int_equal(value.samples, 800);
	assert_int_equal(blocks_value(&b, &wake_mean, 1, &value), 0);
	assert_float_equal(value.value, 0.995 * MS, 1);
	assert_int_equal(blocks_value(&b, &wake_total, 1, &value), 0);
	assert_float_equal(value.value, 80 * 0.995 * MS, 100); /* a second */
	assert_int_equal(blocks_value(&b, &wakeups, 1, &value), 0);
	assert_float_equal(value.value, 80, 1e-9);
	assert_int_equal(blocks_value(&b, &share, 4, &value), 0);
	assert_float_equal(value.value, 80 * 100000 / 4e9, 1e-9);
	assert_int_equal(blocks_value(&b, &share, 0, &value), 0);
	assert_false(value.known);
	for (size_t i = 0; i < COUNT_OF(unknown); i++) {
		assert_int_equal(blocks_value(&b, &unknown[i], 1, &value), 0);
		assert_false(value.known);
		assert_int_equal(blocks_deviation(&b, &unknown[i], 1, 1, &deviation), 0);
		assert_false(deviation.known);
	}
	blocks_free(&b);
}

static struct blocks_deviation deviation_of(const struct blocks *b, const struct limit *what,
					    double floor)
{
	struct blocks_deviation d;

	assert_int_equal(blocks_deviation(b, what, 1, floor, &d), 0);
	return d;
}

static void blocks_that_are_alike_have_no_deviation_and_spells_have_much(void **state)
{
	static const struct limit *const asked[] = { &wake_p50, &wake_mean, &wake_total };
	struct blocks alike, spells, long_spells;

	play(&alike, 80, MS, 0);
	play(&spells, 80, MS, 1);
	play(&long_spells, 80, MS, 5);
	for (size_t i = 0; i < COUNT_OF(asked); i++) {
		struct blocks_deviation none = deviation_of(&alike, asked[i], 1),
					some = deviation_of(&spells, asked[i], 1),
					more = deviation_of(&long_spells, asked[i], 1);

		assert_true(none.known && some.known && more.known);
		assert_int_equal(none.filled, 40);
		assert_true(none.deviation < 0.002);
		assert_true(some.deviation > 0.03);
		/* Blocks alike in a row tell less than they seem to. */
		assert_true(more.deviation > 2 * some.deviation);
		/* What is small beside the floor is alike. */
		assert_true(deviation_of(&spells, asked[i], 1e12).deviation < 1e-3);
		assert_false(deviation_of(&spells, asked[i], 0).known);
		assert_false(deviation_of(&spells, asked[i], NAN).known);
	}
	blocks_free(&alike);
	blocks_free(&spells);
	blocks_free(&long_spells);
}

static void the_mean_of_independent_blocks_deviates_as_theory_says(void **state)
{
	uint64_t random = 88172645463325252ull;
	struct blocks_deviation d;
	struct blocks b;

	/* 4000 waits, evenly in [0, 2 ms): a relative deviation of 1 / sqrt(3 * 4000). */
	assert_int_equal(blocks_start(&b, SECOND, 11 * SECOND), 0);
	for (unsigned int i = 0; i < 4000; i++) {
		uint64_t at = SECOND + i * 2500000ull;

		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		feed(&b, &WOKEN(TASK_A, 1, at, at + random % (2 * MS), at + 2 * MS), 1);
	}
	d = deviation_of(&b, &wake_mean, 1);
	assert_true(d.deviation > 0.7 / sqrt(12000) && d.deviation < 1.6 / sqrt(12000));
	blocks_free(&b);
}

static void few_filled_blocks_say_nothing_of_chance(void **state)
{
	for (unsigned int filled = 7; filled <= 8; filled++) {
		struct blocks_deviation d;
		struct blocks b;

		assert_int_equal(blocks_start(&b, SECOND, 11 * SECOND), 0);
		for (unsigned int i = 0; i < filled * 10; i++) {
			uint64_t at = SECOND + i % filled * 250 * MS + (i + 1) * MS;

			feed(&b, &WOKEN(TASK_A, 1, at, at + 1000 * i, at + 2 * MS), 1);
		}
		d = deviation_of(&b, &wake_p50, 1);
		assert_int_equal(d.filled, filled);
		assert_int_equal(d.known, filled == 8);
		assert_int_equal(deviation_of(&b, &wakeups, 1).known, filled == 8);
		blocks_free(&b);
	}
}

static void the_same_input_gives_the_same_bits(void **state)
{
	struct blocks_deviation one, other;
	struct blocks b;

	play(&b, 80, MS, 3);
	one = deviation_of(&b, &wake_p50, 1);
	other = deviation_of(&b, &wake_p50, 1);
	assert_true(one.deviation > 0 && one.deviation == other.deviation);
	blocks_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(run_is_spread_over_the_blocks_it_touches_and_counts_where_it_ends),
		cmocka_unit_test(delays_and_wakeups_count_where_the_slice_begins),
		cmocka_unit_test(the_windows_edges_cut),
		cmocka_unit_test(a_damaged_stream_does_no_harm),
		cmocka_unit_test(values_are_those_of_the_whole_window),
		cmocka_unit_test(blocks_that_are_alike_have_no_deviation_and_spells_have_much),
		cmocka_unit_test(the_mean_of_independent_blocks_deviates_as_theory_says),
		cmocka_unit_test(few_filled_blocks_say_nothing_of_chance),
		cmocka_unit_test(the_same_input_gives_the_same_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
