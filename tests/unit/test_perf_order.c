// SPDX-License-Identifier: GPL-2.0-only
/* What is kept of a perf.data to bring it in the order of time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include "import/perf_order.h"

#define SIZE sizeof(struct sched_event)

struct stage {
	struct perf_order order;
	uint64_t given, youngest_given_ns;
	uint64_t most_held;
};

static void add(struct stage *stage, uint64_t time_ns)
{
	struct sched_event *e = perf_order_room(&stage->order);

	assert_non_null(e);
	e->time_ns = time_ns;
	perf_order_add(&stage->order);
	if (stage->order.held > stage->most_held)
		stage->most_held = stage->order.held;
}

static void take(struct stage *stage, bool end)
{
	const struct sched_event *e;

	perf_order_settle(&stage->order, end);
	while ((e = perf_order_take(&stage->order))) {
		assert_true(e->time_ns >= stage->youngest_given_ns);
		stage->youngest_given_ns = e->time_ns;
		stage->given++;
	}
	perf_order_pass(&stage->order);
	perf_order_pass(&stage->order);
}

static void end(struct stage *stage, uint64_t added)
{
	take(stage, true);
	assert_int_equal(stage->given, added);
	perf_order_free(&stage->order);
}

static void begin(struct stage *stage)
{
	memset(stage, 0, sizeof(*stage));
}

static void in_order_without_marks_a_bounded_part_is_kept(void **state)
{
	const uint64_t added = 3 * PERF_HELD_IN_ORDER / SIZE;
	struct stage stage;

	begin(&stage);
	for (uint64_t i = 0; i < added; i++) {
		add(&stage, 1000 + i / 2);
		take(&stage, false);
	}
	assert_true(stage.most_held <= PERF_HELD_IN_ORDER + 2 * PERF_BLOCK_SIZE);
	assert_true(stage.given >= added - PERF_HELD_IN_ORDER / SIZE);
	end(&stage, added);
}

/* Two CPUs' rings without a mark: nothing goes before all is there, and then in order. */
static void mixed_without_marks_is_kept(void **state)
{
	const uint64_t added = 2 * PERF_HELD_IN_ORDER / SIZE;
	struct stage stage;

	begin(&stage);
	for (uint64_t i = 0; i < added; i++) {
		add(&stage, i % 1000 < 500 ? 2 * i + 1001 : 2 * (i - 500));
		take(&stage, false);
	}
	assert_int_equal(stage.given, 0);
	end(&stage, added);
}

static void two_rounds_are_kept(void **state)
{
	const uint64_t round = 40000, rounds = 40;
	struct stage stage;

	begin(&stage);
	for (uint64_t i = 0; i < round * rounds; i++) {
		uint64_t in = i % round, base = i - in;

		/* The rings of two CPUs, one after the other. */
		add(&stage, 1 + base + (in < round / 2 ? 2 * in : 2 * (in - round / 2) + 1));
		if (in == round - 1)
			perf_order_round(&stage.order);
		take(&stage, false);
	}
	assert_true(stage.most_held <= 3 * round * SIZE + 3 * PERF_BLOCK_SIZE);
	end(&stage, round * rounds);
}

/* The rings of two CPUs, round after round, and nobody takes any. */
static void who_reads_ahead_stops_at_a_rounds_end(void **state)
{
	const uint64_t round = 10000;
	struct stage stage;
	uint64_t added = 0;

	begin(&stage);
	for (; !perf_order_is_full(&stage.order); added++) {
		uint64_t in = added % round, base = added - in;

		assert_true(added < 4 * PERF_HELD_AHEAD / SIZE);
		add(&stage, 1 + base + (in < round / 2 ? 2 * in : 2 * (in - round / 2) + 1));
		if (in == round - 1)
			perf_order_round(&stage.order);
	}
	assert_true(perf_order_can_settle(&stage.order));
	assert_true(stage.most_held >= PERF_HELD_AHEAD);
	assert_true(stage.most_held <= PERF_HELD_AHEAD + round * SIZE + PERF_BLOCK_SIZE);
	take(&stage, false);
	assert_true(stage.given >= PERF_HELD_AHEAD / SIZE - 3 * round);
	assert_false(perf_order_is_full(&stage.order));
	end(&stage, added);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_order_without_marks_a_bounded_part_is_kept),
		cmocka_unit_test(mixed_without_marks_is_kept),
		cmocka_unit_test(two_rounds_are_kept),
		cmocka_unit_test(who_reads_ahead_stops_at_a_rounds_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
