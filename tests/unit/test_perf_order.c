// SPDX-License-Identifier: GPL-2.0-only
/* What is kept of a perf.data to bring it in the order of time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <linux/perf_event.h>
#include <string.h>
#include "import/perf_order.h"

#define RECORD 4096

struct stage {
	struct perf_order order;
	struct perf_stream stream;
	uint64_t given, youngest_given_ns;
	uint64_t most_held;
};

static void add(struct stage *stage, uint64_t time_ns)
{
	struct perf_event_header header = { .type = PERF_RECORD_SAMPLE, .size = RECORD };
	const uint8_t *record;
	uint32_t offset;
	uint8_t *at;
	size_t room;

	assert_int_equal(perf_stream_room(&stage->stream, &at, &room), 0);
	assert_true(room >= RECORD);
	memset(at, 0, RECORD);
	memcpy(at, &header, sizeof(header));
	perf_stream_put(&stage->stream, RECORD);
	assert_int_equal(perf_stream_next(&stage->stream, &record, &offset), 1);
	assert_int_equal(perf_order_add(&stage->order, time_ns, stage->stream.block, offset, 0), 0);
	if (stage->order.held > stage->most_held)
		stage->most_held = stage->order.held;
}

static void take(struct stage *stage, bool end)
{
	struct perf_entry entry;

	assert_int_equal(perf_order_settle(&stage->order, end), 0);
	while (perf_order_take(&stage->order, &entry)) {
		assert_true(entry.time_ns >= stage->youngest_given_ns);
		stage->youngest_given_ns = entry.time_ns;
		stage->given++;
		perf_order_release(&stage->order, entry.block);
	}
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
	stage->stream.order = &stage->order;
}

static void in_order_without_marks_a_bounded_part_is_kept(void **state)
{
	const uint64_t added = 3 * PERF_HELD_IN_ORDER / RECORD;
	struct stage stage;

	begin(&stage);
	for (uint64_t i = 0; i < added; i++) {
		add(&stage, 1000 + i / 2);
		take(&stage, false);
	}
	assert_true(stage.most_held <= PERF_HELD_IN_ORDER + 2 * PERF_BLOCK_SIZE);
	assert_true(stage.given >= added - PERF_HELD_IN_ORDER / RECORD);
	end(&stage, added);
}

/* Two CPUs' rings without a mark: nothing goes before all is there, and then in order. */
static void mixed_without_marks_is_kept(void **state)
{
	const uint64_t added = 2 * PERF_HELD_IN_ORDER / RECORD;
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
	const uint64_t round = 1000, rounds = 40;
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
	assert_true(stage.most_held <= 3 * round * RECORD + 3 * PERF_BLOCK_SIZE);
	end(&stage, round * rounds);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_order_without_marks_a_bounded_part_is_kept),
		cmocka_unit_test(mixed_without_marks_is_kept),
		cmocka_unit_test(two_rounds_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
