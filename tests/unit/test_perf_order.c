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
	/* Only the older half goes: what comes next may belong in between. */
	assert_true(stage.given <= added - PERF_HELD_IN_ORDER / SIZE / 2 + PERF_BLOCK_EVENTS);
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

static uint64_t next_random(uint64_t *random)
{
	*random = *random * 6364136223846793005ull + 1442695040888963407ull;
	return *random >> 33;
}

/* What was added and did not come out yet, by its number; what comes out must be the first of it.
 */
struct waiting {
	uint64_t times[4000]; /* by number; UINT64_MAX: it came */
	uint32_t count, first, left;
};

static void check_is_first(struct waiting *w, const struct sched_event *e)
{
	assert_true(e->cpu < w->count);
	assert_int_equal(w->times[e->cpu], e->time_ns);
	for (uint32_t i = w->first; i < w->count; i++) {
		assert_true(w->times[i] >= e->time_ns);
		/* Of equals the one that was added first. */
		assert_false(i < e->cpu && w->times[i] == e->time_ns);
	}
	w->times[e->cpu] = UINT64_MAX;
	while (w->first < w->count && w->times[w->first] == UINT64_MAX)
		w->first++;
	w->left--;
}

static void take_some(struct stage *stage, struct waiting *w, bool end, uint32_t most)
{
	const struct sched_event *e;

	perf_order_settle(&stage->order, end);
	while (most-- && (e = perf_order_take(&stage->order))) {
		check_is_first(w, e);
		stage->given++;
	}
	perf_order_pass(&stage->order);
}

/* Rounds of up to five CPUs, each with ties and interrupts out of order, taken in parts. */
static void events_come_as_a_stable_sort_has_them(void **state)
{
	static struct waiting w;
	struct stage stage;

	for (uint64_t seed = 1; seed <= 40; seed++) {
		uint64_t random = seed, base_ns = 1, before_ns = 0;
		uint32_t spread = 1 + seed % 50;

		begin(&stage);
		memset(&w, 0, sizeof(w));
		while (w.count < 3500) {
			for (uint64_t cpu = 0; cpu <= seed % 5; cpu++) {
				uint64_t now_ns = base_ns, n = next_random(&random) % 60;

				for (uint64_t i = 0; i < n; i++) {
					struct sched_event *e = perf_order_room(&stage.order);

					now_ns += next_random(&random) % 3;
					e->cpu = w.count;
					e->time_ns =
						now_ns + (next_random(&random) % 16 ? 0 : spread);
					w.times[w.count++] = e->time_ns;
					w.left++;
					perf_order_add(&stage.order);
				}
			}
			/* What follows is younger than the youngest of the round before this one.
			 */
			base_ns = before_ns + 1;
			before_ns = stage.order.youngest_ns;
			perf_order_round(&stage.order);
			take_some(&stage, &w, false, next_random(&random) % 300);
		}
		take_some(&stage, &w, true, UINT32_MAX);
		assert_int_equal(w.left, 0);
		perf_order_free(&stage.order);
	}
}

/* Blocks are used again; not before nobody looks at what is in them. */
static void what_was_taken_stays_until_the_second_pass(void **state)
{
	const uint32_t many = 3 * PERF_BLOCK_EVENTS;
	const struct sched_event *taken[2] = { NULL, NULL };
	uint64_t time_ns = 1;
	struct stage stage;

	begin(&stage);
	for (int call = 0; call < 8; call++) {
		const struct sched_event *last = NULL, *e;

		perf_order_pass(&stage.order);
		for (uint32_t i = 0; i < many; i++)
			add(&stage, time_ns++);
		perf_order_settle(&stage.order, true);
		for (uint32_t i = 0; i < many; i++, last = e)
			assert_non_null(e = perf_order_take(&stage.order));
		assert_null(perf_order_take(&stage.order));
		taken[call % 2] = last;
		assert_int_equal(last->time_ns, (call + 1) * many);
		if (call)
			assert_int_equal(taken[(call + 1) % 2]->time_ns, call * many);
	}
	/* Three calls' at most. */
	assert_true(stage.order.held <= 10 * PERF_BLOCK_SIZE);
	perf_order_free(&stage.order);
}

/* All that is in a block may have gone before it is full. */
static void a_block_that_fills_slowly_is_kept_and_then_freed(void **state)
{
	const uint32_t step = PERF_BLOCK_EVENTS / 16;
	struct stage stage;

	begin(&stage);
	for (uint64_t added = 0; added < 10 * PERF_BLOCK_EVENTS;) {
		for (uint32_t i = 0; i < step; i++)
			add(&stage, ++added);
		take(&stage, true);
		assert_int_equal(stage.given, added);
		assert_in_range(stage.order.held, PERF_BLOCK_SIZE, 2 * PERF_BLOCK_SIZE);
	}
	perf_order_free(&stage.order);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_block_that_fills_slowly_is_kept_and_then_freed),
		cmocka_unit_test(events_come_as_a_stable_sort_has_them),
		cmocka_unit_test(what_was_taken_stays_until_the_second_pass),
		cmocka_unit_test(in_order_without_marks_a_bounded_part_is_kept),
		cmocka_unit_test(mixed_without_marks_is_kept),
		cmocka_unit_test(two_rounds_are_kept),
		cmocka_unit_test(who_reads_ahead_stops_at_a_rounds_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
