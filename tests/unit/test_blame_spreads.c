// SPDX-License-Identifier: GPL-2.0-only
/* Distributions that are written down first and counted later lose nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "analysis/blame_internal.h"

#define SUMS 7

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Of durations 1 .. 1 s, unevenly many to each sum; so many that they are counted several times. */
static void each_sum_has_the_percentile_of_its_own_durations(void **state)
{
	enum { N = 1000000 };
	struct spread_table table = { .limit = SUMS };
	struct blame_sum sums[SUMS] = {};
	uint64_t *all[SUMS], random = 1, p99_ns, true_ns;
	uint32_t counts[SUMS] = {};

	for (int i = 0; i < SUMS; i++)
		all[i] = malloc(N * sizeof(*all[i]));
	for (uint32_t i = 0; i < N; i++) {
		uint32_t sum;
		uint64_t ns;

		random = random * 6364136223846793005ULL + 1442695040888963407ULL;
		sum = __builtin_ctz(1 << (SUMS - 1) | random >> 40);
		ns = 1 + (random >> 33) % (UINT64_C(1) << (10 + 3 * sum));
		all[sum][counts[sum]++] = ns;
		assert_int_equal(blame_sum_add(&sums[sum], &table, ns, i), 0);
	}
	assert_int_equal(spread_table_settle(&table), 0);
	for (int i = 0; i < SUMS; i++) {
		assert_true(counts[i] > 1000);
		qsort(all[i], counts[i], sizeof(**all), compare);
		true_ns = all[i][counts[i] - 1 - counts[i] / 100];
		p99_ns = spread_p99_ns(&table, &sums[i]);
		assert_in_range(p99_ns, true_ns - true_ns / 31, true_ns + true_ns / 31);
		assert_int_equal(sums[i].count, counts[i]);
		free(all[i]);
	}
	spread_table_free(&table);
}

static void beyond_the_limit_there_is_none(void **state)
{
	struct spread_table table = { .limit = 1 };
	struct blame_sum first = {}, second = {};

	assert_int_equal(blame_sum_add(&first, &table, 10, 0), 0);
	assert_int_equal(blame_sum_add(&second, &table, 20, 0), 0);
	assert_int_equal(blame_sum_add(&second, &table, 30, 5), 0);
	assert_int_equal(spread_table_settle(&table), 0);
	assert_int_equal(first.spread, 1);
	assert_int_equal(second.spread, 0);
	assert_int_equal(second.count, 2);
	assert_int_equal(second.worst_since_ns, 5);
	spread_table_free(&table);
}

static void without_any_nothing_is_to_settle(void **state)
{
	struct spread_table table = { .limit = 1 };

	assert_int_equal(spread_table_settle(&table), 0);
	spread_table_free(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_sum_has_the_percentile_of_its_own_durations),
		cmocka_unit_test(beyond_the_limit_there_is_none),
		cmocka_unit_test(without_any_nothing_is_to_settle),
	};

	return cmocka_run_group_tests_name("blame_spreads", tests, NULL, NULL);
}
