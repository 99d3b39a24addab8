// SPDX-License-Identifier: GPL-2.0-only
/* The bucket maths that BPF and user space share: include/loglin.h. */
#include "unit/stream.h"
#include "loglin.h"

static unsigned int naive_log2(unsigned long long v)
{
	unsigned int r = 0;

	while (v >>= 1)
		r++;
	return r;
}

static void log2_by_shifts_equals_log2_by_clz_around_every_power_of_two(void **state)
{
	(void)state;
	for (unsigned int bit = 0; bit < 64; bit++) {
		for (int around = -40; around <= 40; around++) {
			unsigned long long v = (1ULL << bit) + around;

			if (!v)
				continue;
			assert_int_equal(loglin_log2(v), naive_log2(v));
			assert_int_equal(loglin_log2_shifts(v), naive_log2(v));
		}
	}
	assert_int_equal(loglin_log2(~0ULL), 63);
	assert_int_equal(loglin_log2_shifts(~0ULL), 63);
}

static void every_bucket_holds_its_bounds_and_nothing_beyond(void **state)
{
	(void)state;
	for (unsigned int b = 0; b < LOGLIN_BUCKETS; b++) {
		assert_int_equal(loglin_bucket(loglin_lower(b)), b);
		assert_int_equal(loglin_bucket(loglin_lower(b + 1) - 1), b);
		assert_true(loglin_lower(b) < loglin_lower(b + 1));
	}
}

static void buckets_are_no_wider_than_a_sixteenth_of_their_lower_bound(void **state)
{
	(void)state;
	for (unsigned int b = LOGLIN_SUB; b < LOGLIN_BUCKETS; b++)
		assert_true((loglin_lower(b + 1) - loglin_lower(b)) * 16 <= loglin_lower(b));
}

static void small_values_have_a_bucket_of_their_own(void **state)
{
	(void)state;
	for (unsigned int ns = 0; ns < 2 * LOGLIN_SUB; ns++) {
		assert_int_equal(loglin_bucket(ns), ns);
		assert_int_equal(loglin_lower(ns), ns);
	}
	assert_int_equal(loglin_bucket(32), 32);
	assert_int_equal(loglin_bucket(33), 32);
	assert_int_equal(loglin_bucket(34), 33);
}

static void the_last_bucket_takes_everything_from_2_to_the_48(void **state)
{
	(void)state;
	assert_int_equal(loglin_lower(LOGLIN_BUCKETS), 1ULL << 48);
	assert_int_equal(loglin_bucket((1ULL << 48) - 1), LOGLIN_BUCKETS - 1);
	assert_int_equal(loglin_bucket(1ULL << 48), LOGLIN_BUCKETS - 1);
	assert_int_equal(loglin_bucket(~0ULL), LOGLIN_BUCKETS - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(log2_by_shifts_equals_log2_by_clz_around_every_power_of_two),
		cmocka_unit_test(every_bucket_holds_its_bounds_and_nothing_beyond),
		cmocka_unit_test(buckets_are_no_wider_than_a_sixteenth_of_their_lower_bound),
		cmocka_unit_test(small_values_have_a_bucket_of_their_own),
		cmocka_unit_test(the_last_bucket_takes_everything_from_2_to_the_48),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
