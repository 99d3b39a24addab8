// SPDX-License-Identifier: GPL-2.0-only
/* The N worst slices of a stream. */
#include "unit/stream.h"
#include "analysis/worst.h"

#include <stdlib.h>

static struct worst *worst_of(enum worst_by by, uint32_t n, const struct event *events,
			      size_t count)
{
	struct worst *w = worst_new(by, n);

	assert_non_null(w);
	for (size_t i = 0; i < count; i++)
		worst_add(w, &events[i]);
	return w;
}

static void assert_tasks(struct worst *w, const uint32_t *tasks, uint32_t n)
{
	const struct event *events;

	assert_int_equal(worst_events(w, &events), n);
	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(events[i].slice.task, tasks[i]);
}

#define ASSERT_TASKS(w, ...)                                                                       \
	assert_tasks(w, (const uint32_t[]){ __VA_ARGS__ },                                         \
		     COUNT_OF(((const uint32_t[]){ __VA_ARGS__ })))

static const struct event delays[] = {
	WOKEN(1, 0, 100, 150, 900),	/* 50 */
	PREEMPTED(2, 0, 100, 300, 310), /* 200 */
	WOKEN(3, 0, 300, 310, 320),	/* 10 */
	WOKEN(4, 0, 400, 600, 700),	/* 200, later than 2 */
	SLICE(5, 0, 500, 9000),		/* not known */
	WOKEN(6, 0, 600, 675, 680),	/* 75 */
	IDLE(0, 100, 99999),
	WAITING(7, 0, 99999, .kind = DELAY_WAKE, .waking_ns = 1),
};

static void by_delay_the_longest_known_come_first(void **state)
{
	struct worst *w = worst_of(WORST_BY_DELAY, 3, delays, COUNT_OF(delays));
	const struct event *events;

	(void)state;
	ASSERT_TASKS(w, 2, 4, 6);
	worst_events(w, &events);
	assert_int_equal(events[0].time_ns, 310);
	assert_int_equal(events[0].slice.prev_out_ns, 100);
	worst_free(w);
}

static void fewer_slices_than_asked_for_are_all_kept(void **state)
{
	struct worst *w = worst_of(WORST_BY_DELAY, 100, delays, COUNT_OF(delays));

	(void)state;
	ASSERT_TASKS(w, 2, 4, 6, 1, 3);
	worst_free(w);
}

static void of_equal_values_the_earlier_is_kept_and_comes_first(void **state)
{
	struct worst *w = worst_new(WORST_BY_DELAY, 3);

	(void)state;
	for (uint32_t task = 1; task <= 20; task++)
		worst_add(w, &WOKEN(task, 0, 100 * task, 100 * task + 7, 100 * task + 8));
	ASSERT_TASKS(w, 1, 2, 3);
	worst_add(w, &WOKEN(21, 0, 5000, 5008, 5009));
	ASSERT_TASKS(w, 21, 1, 2);
	worst_free(w);
}

static void by_run_seen_time_counts_but_neither_idle_nor_gaps(void **state)
{
	const struct event events[] = {
		SLICE(1, 0, 100, 150),
		SLICE(2, 0, 100, 900, .flags = SLICE_CUT_START),
		SLICE(3, 0, 100, 9000, .flags = SLICE_GAP),
		IDLE(0, 0, 99999),
		SLICE(4, 0, 100, 400),
		SLICE(5, 0, 100, 600, .flags = SLICE_CUT_END),
		WAITING(6, 0, 99999, .kind = DELAY_WAKE, .waking_ns = 1),
	};
	struct worst *w = worst_of(WORST_BY_RUN, 10, events, COUNT_OF(events));

	(void)state;
	ASSERT_TASKS(w, 2, 5, 4, 1);
	worst_free(w);
}

static void a_zero_delay_is_known_and_kept(void **state)
{
	struct worst *w = worst_new(WORST_BY_DELAY, 2);

	(void)state;
	worst_add(w, &WOKEN(1, 0, 100, 100, 150));
	worst_add(w, &SLICE(2, 0, 100, 150));
	ASSERT_TASKS(w, 1);
	worst_free(w);
}

static void asking_for_none_keeps_none(void **state)
{
	struct worst *w = worst_of(WORST_BY_DELAY, 0, delays, COUNT_OF(delays));
	const struct event *events;

	(void)state;
	assert_int_equal(worst_events(w, &events), 0);
	worst_free(w);
}

static int compare_descending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x < y) - (x > y);
}

static void the_worst_of_a_long_stream_equal_the_head_of_its_sort(void **state)
{
	static const uint32_t sizes[] = { 1, 2, 7, 100, 4999, 5000 };
	static uint64_t runs[5000];

	(void)state;
	for (size_t s = 0; s < COUNT_OF(sizes); s++) {
		unsigned short seed[3] = { 3, 2, s };
		struct worst *w = worst_new(WORST_BY_RUN, sizes[s]);
		const struct event *events;

		for (size_t i = 0; i < COUNT_OF(runs); i++) {
			runs[i] = nrand48(seed) % 3000;
			worst_add(w, &SLICE(1, 0, 1000, 1000 + runs[i]));
			if (i % 1000 == 0) /* reading must not disturb what is added later */
				worst_events(w, &events);
		}
		qsort(runs, COUNT_OF(runs), sizeof(*runs), compare_descending);
		assert_int_equal(worst_events(w, &events), sizes[s]);
		for (uint32_t i = 0; i < sizes[s]; i++)
			assert_int_equal(slice_run_ns(&events[i]), runs[i]);
		worst_free(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_delay_the_longest_known_come_first),
		cmocka_unit_test(fewer_slices_than_asked_for_are_all_kept),
		cmocka_unit_test(of_equal_values_the_earlier_is_kept_and_comes_first),
		cmocka_unit_test(by_run_seen_time_counts_but_neither_idle_nor_gaps),
		cmocka_unit_test(a_zero_delay_is_known_and_kept),
		cmocka_unit_test(asking_for_none_keeps_none),
		cmocka_unit_test(the_worst_of_a_long_stream_equal_the_head_of_its_sort),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
