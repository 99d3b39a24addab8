// SPDX-License-Identifier: GPL-2.0-only
/* Unions of spans of time. */
#include <stdlib.h>
#include <string.h>

#include "unit/stream.h"
#include "analysis/spans.h"

#define TIMES 300

static void add(struct spans *s, uint64_t start_ns, uint64_t end_ns)
{
	assert_int_equal(spans_add(s, start_ns, end_ns, NULL), 0);
}

static void spans_that_touch_or_overlap_are_one(void **state)
{
	struct spans s = { 0 };

	add(&s, 10, 20);
	add(&s, 30, 40);
	add(&s, 50, 50); /* empty */
	add(&s, 60, 50); /* reversed */
	assert_int_equal(s.count, 2);
	add(&s, 20, 25);
	assert_int_equal(s.count, 2);
	assert_int_equal(spans_measure(&s, 0, 100), 25);
	assert_int_equal(spans_measure(&s, 15, 35), 15);
	add(&s, 5, 40);
	assert_int_equal(s.count, 1);
	assert_int_equal(s.total_ns, 35);
	spans_free(&s);
}

static void what_is_dropped_still_counts_in_the_total(void **state)
{
	struct spans s = { 0 };

	for (uint64_t t = 0; t < 100; t += 10)
		add(&s, t, t + 5);
	spans_drop(&s, 55);
	assert_int_equal(s.count, 4);
	assert_int_equal(s.total_ns, 50);
	assert_int_equal(spans_measure(&s, 60, 100), 20);
	spans_drop(&s, 1000);
	assert_int_equal(s.count, 0);
	add(&s, 2000, 2001);
	assert_int_equal(s.total_ns, 51);
	assert_int_equal(spans_measure(&s, 1000, 3000), 1);
	spans_free(&s);
}

struct noted {
	struct spans_news news;
	bool *is_new;
};

static int note(struct spans_news *news, uint64_t start_ns, uint64_t end_ns)
{
	for (uint64_t t = start_ns; t < end_ns; t++)
		((struct noted *)news)->is_new[t] = true;
	return 0;
}

static void random_spans_cover_what_was_added_and_tell_what_is_new(void **state)
{
	srand(1);
	for (int round = 0; round < 500; round++) {
		bool covered[TIMES] = { false };
		struct spans s = { 0 };

		for (int i = 0; i < 30; i++) {
			uint64_t start = (uint64_t)(rand() % 200), total = 0, part = 0;
			uint64_t end = start + (uint64_t)(rand() % 40);
			uint64_t from = (uint64_t)(rand() % 250), to = from + 30;
			bool is_new[TIMES] = { false };
			struct noted noted = { { note }, is_new };

			assert_int_equal(spans_add(&s, start, end, &noted.news), 0);
			for (uint64_t t = 0; t < TIMES; t++) {
				bool now = t >= start && t < end;

				assert_int_equal(is_new[t], now && !covered[t]);
				covered[t] |= now;
				total += covered[t];
				part += covered[t] && t >= from && t < to;
			}
			assert_int_equal(s.total_ns, total);
			assert_int_equal(spans_measure(&s, from, to), part);
		}
		spans_free(&s);
	}
}

static int refuse(struct spans_news *news, uint64_t start_ns, uint64_t end_ns)
{
	return -5;
}

static void what_fails_is_not_added(void **state)
{
	struct spans_news news = { refuse };
	struct spans s = { 0 };

	assert_int_equal(spans_add(&s, 10, 20, &news), -5);
	assert_int_equal(s.count, 0);
	spans_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spans_that_touch_or_overlap_are_one),
		cmocka_unit_test(what_is_dropped_still_counts_in_the_total),
		cmocka_unit_test(random_spans_cover_what_was_added_and_tell_what_is_new),
		cmocka_unit_test(what_fails_is_not_added),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
