// SPDX-License-Identifier: GPL-2.0-only
/* What a trace gives by time block. Windows of 40 blocks. */
#include "unit/verify_stage.h"

/* 40 blocks of 100 ns, from 1000 on. */
static void start_small(struct verify_side *side)
{
	assert_int_equal(verify_side_start(side, 1000, 4000, 1), 0);
}

static void a_stay_counts_in_every_block_that_it_touches(void **state)
{
	const struct event events[] = {
		SLICE(GUEST, 1, 1010, 1030),
		SLICE(GUEST, 1, 1080, 1330), /* 20 + 100 + 100 + 30 */
		SLICE(OTHER, 1, 1330, 1360),
		SLICE(GUEST, 1, 1400, 1500), /* one block, from border to border */
		SLICE(GUEST, 1, 4990, 5000),
	};
	struct verify_side side;

	start_small(&side);
	feed(&side, events, COUNT_OF(events));
	verify_side_finish(&side, 5000);
	assert_int_equal(side.blocks[0].run_ns, 20 + 20);
	assert_int_equal(side.blocks[1].run_ns, 100);
	assert_int_equal(side.blocks[2].run_ns, 100);
	assert_int_equal(side.blocks[3].run_ns, 30);
	assert_int_equal(side.blocks[4].run_ns, 100);
	assert_int_equal(side.blocks[5].run_ns, 0);
	assert_int_equal(side.blocks[39].run_ns, 10);
	/* As a stay it counts where it ends. */
	assert_int_equal(side.blocks[0].slices, 1);
	assert_int_equal(side.blocks[0].longest_ns, 20);
	assert_int_equal(side.blocks[1].slices, 0);
	assert_int_equal(side.blocks[3].slices, 1);
	assert_int_equal(side.blocks[3].longest_ns, 250);
	assert_int_equal(side.blocks[4].slices, 1);
	assert_int_equal(side.blocks[5].slices, 0);
	assert_int_equal(side.slices, 4);
	assert_int_equal(side.cut_slices, 0);
	assert_int_equal(side.longest_ns, 250);
	assert_false(side.impossible);
	verify_side_free(&side);
}

static void the_windows_edges_cut_stays(void **state)
{
	const struct event events[] = {
		SLICE(GUEST, 1, 500, 900),
		SLICE(GUEST, 1, 900, 1040),
		SLICE(GUEST, 1, 1100, 1150, .flags = SLICE_CUT_START),
		SLICE(GUEST, 1, 4800, 7000),
		SLICE(GUEST, 1, 7000, 7100),
	};
	struct verify_side side;

	start_small(&side);
	feed(&side, events, COUNT_OF(events));
	verify_side_finish(&side, 8000);
	assert_int_equal(side.end_ns, 5000);
	assert_int_equal(side.slices, 3);
	assert_int_equal(side.cut_slices, 3);
	assert_int_equal(side.blocks[0].run_ns, 40);
	assert_int_equal(side.blocks[1].run_ns, 50);
	assert_int_equal(side.blocks[38].run_ns, 100);
	assert_int_equal(side.blocks[39].run_ns, 100);
	assert_int_equal(side.longest_ns, 0);
	assert_int_equal(side.longest_cut_ns, 200);
	assert_false(side.impossible);
	verify_side_free(&side);
}

static void delays_count_where_they_end_and_only_whole_ones_are_in_the_distribution(void **state)
{
	const struct event events[] = {
		WOKEN(OWNER, 1, 1010, 1015, 1020),
		PREEMPTED(OWNER, 1, 1020, 1220, 1240),
		WOKEN(OWNER, 1, 1310, 1310, 1320), /* at once */
		WOKEN(OWNER, 1, 900, 1450, 1460),  /* waits since before the window */
		SLICE(OWNER, 1, 1500, 1510),	   /* nobody knows since when */
		SLICE(OWNER, 1, 1000, 1005, .flags = SLICE_CUT_START),
		WOKEN(OWNER, 1, 1600, 1690, 1695, .flags = SLICE_GAP),
		WOKEN(GUEST, 1, 1700, 1720, 1730), /* not the owner's */
		WAITING(OWNER, 1, 4950, .kind = DELAY_WAKE, .waking_ns = 4920),
		WAITING(OWNER, 1, 4960),
		WOKEN(OWNER, 1, 4990, 5010, 5020), /* runs after the window */
	};
	struct verify_side side;

	start_small(&side);
	feed(&side, events, COUNT_OF(events));
	verify_side_finish(&side, 5000);
	assert_int_equal(side.blocks[0].delays.count, 1);
	assert_int_equal(side.blocks[0].delay_ns, 5);
	assert_int_equal(side.blocks[2].delays.count, 1);
	assert_int_equal(side.blocks[2].delays.sum_ns, 200);
	assert_int_equal(side.blocks[2].delays.max_ns, 200);
	assert_int_equal(side.waits, 3);
	assert_int_equal(side.max_delay_ns, 200);
	assert_int_equal(side.blocks[4].delays.count, 0);
	assert_int_equal(side.blocks[4].waits, 1);
	assert_int_equal(side.blocks[4].delay_ns, 450);
	assert_int_equal(side.blocks[39].delay_ns, 30 + 10);
	assert_int_equal(side.cut_waits, 3);
	assert_int_equal(side.max_cut_delay_ns, 450);
	assert_int_equal(side.unknown_waits, 3);
	assert_int_equal(side.gaps, 1);
	assert_int_equal(side.gap_ns, 5);
	assert_int_equal(side.owner_slices, 10);
	verify_side_free(&side);
}

static void a_trace_that_ends_early_shortens_the_window(void **state)
{
	const struct event events[] = { SLICE(GUEST, 1, 1000, 1500) };
	struct verify_side side, none = { 0 };
	struct verify_result r;

	start_small(&side);
	feed(&side, events, COUNT_OF(events));
	verify_side_finish(&side, 2050);
	assert_false(side.impossible);
	assert_int_equal(side.end_ns, 2050);
	assert_int_equal(verify_compare(&side, &side, &r), 0);
	assert_float_equal(r.metrics[VERIFY_SHARE].before.value, 500 / 1050.0, 1e-12);
	assert_int_equal(r.verdict, VERIFY_NO_CHANGE); /* 11 blocks */
	verify_side_finish(&side, 1700);
	assert_int_equal(verify_compare(&side, &side, &r), 0);
	assert_int_equal(r.verdict, VERIFY_UNKNOWN);
	assert_int_equal(r.reason, VERIFY_SHORT);
	assert_false(r.reason_after);
	/* A side that was never started has no window. */
	assert_int_equal(verify_compare(&none, &none, &r), 0);
	assert_int_equal(r.reason, VERIFY_SHORT);
	verify_side_free(&side);
}

static void a_window_must_have_time_and_cpus(void **state)
{
	struct verify_side side;

	assert_int_equal(verify_side_start(&side, 1000, 39, 1), -EINVAL);
	assert_int_equal(verify_side_start(&side, 1000, 4000, 0), -EINVAL);
	assert_int_equal(verify_side_start(&side, UINT64_MAX - 10, 4000, 1), -EINVAL);
	assert_int_equal(verify_side_start(&side, 0, UINT64_MAX, UINT32_MAX), 0);
	verify_side_free(&side);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stay_counts_in_every_block_that_it_touches),
		cmocka_unit_test(the_windows_edges_cut_stays),
		cmocka_unit_test(
			delays_count_where_they_end_and_only_whole_ones_are_in_the_distribution),
		cmocka_unit_test(a_trace_that_ends_early_shortens_the_window),
		cmocka_unit_test(a_window_must_have_time_and_cpus),
	};

	return cmocka_run_group_tests_name("verify_side", tests, NULL, NULL);
}
