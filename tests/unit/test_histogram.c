// SPDX-License-Identifier: GPL-2.0-only
/* Distributions of durations: exact counts and edges, percentiles off by at most 1/32. */
#include "unit/stream.h"
#include "analysis/histogram.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HOURS_78 (78ULL * 3600 * 1000000000)

static struct histogram of(const uint64_t *values, size_t n)
{
	struct histogram h = { 0 };

	for (size_t i = 0; i < n; i++)
		assert_int_equal(histogram_add(&h, values[i]), 0);
	return h;
}

static int compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void an_empty_histogram_reads_as_zero(void **state)
{
	struct histogram h = { 0 };

	(void)state;
	assert_int_equal(h.count, 0);
	assert_int_equal(histogram_mean_ns(&h), 0);
	assert_int_equal(histogram_percentile_ns(&h, 50), 0);
	assert_int_equal(histogram_bucket_count(&h, 0), 0);
	assert_int_equal(histogram_bucket_count(&h, LOGLIN_BUCKETS), 0);
	histogram_free(&h);
}

static void count_sum_min_max_and_mean_are_exact(void **state)
{
	const uint64_t values[] = { 1000003, 17, 999999999999, 18 };
	struct histogram h = of(values, COUNT_OF(values));

	(void)state;
	assert_int_equal(h.count, 4);
	assert_int_equal(h.sum_ns, 1000001000037);
	assert_int_equal(h.min_ns, 17);
	assert_int_equal(h.max_ns, 999999999999);
	assert_int_equal(histogram_mean_ns(&h), 250000250009);
	histogram_free(&h);
}

static void zero_ns_is_a_value(void **state)
{
	const uint64_t values[] = { 0, 0, 0, 8 };
	struct histogram h = of(values, COUNT_OF(values));

	(void)state;
	assert_int_equal(h.count, 4);
	assert_int_equal(h.min_ns, 0);
	assert_int_equal(h.max_ns, 8);
	assert_int_equal(histogram_bucket_count(&h, 0), 3);
	assert_int_equal(histogram_percentile_ns(&h, 75), 0);
	assert_int_equal(histogram_percentile_ns(&h, 75.1), 8);
	histogram_free(&h);
}

static void a_single_value_is_every_percentile_exactly(void **state)
{
	const uint64_t value = 123456789;
	struct histogram h = of(&value, 1);

	(void)state;
	assert_int_equal(histogram_percentile_ns(&h, 1e-9), value);
	assert_int_equal(histogram_percentile_ns(&h, 50), value);
	assert_int_equal(histogram_percentile_ns(&h, 100), value);
	histogram_free(&h);
}

static void equal_values_are_every_percentile_exactly(void **state)
{
	struct histogram h = { 0 };

	(void)state;
	for (int i = 0; i < 1000; i++)
		histogram_add(&h, 777777);
	assert_int_equal(histogram_percentile_ns(&h, 0.001), 777777);
	assert_int_equal(histogram_percentile_ns(&h, 50), 777777);
	assert_int_equal(histogram_percentile_ns(&h, 99.9), 777777);
	histogram_free(&h);
}

static void the_highest_rank_is_the_exact_maximum_and_the_lowest_the_minimum(void **state)
{
	/* All in the bucket [1048576, 1114112), whose midpoint is none of them. */
	const uint64_t values[] = { 1050000, 1060000, 1114111 };
	struct histogram h = of(values, COUNT_OF(values));

	(void)state;
	assert_int_equal(histogram_percentile_ns(&h, 1e-12), 1050000);
	assert_int_equal(histogram_percentile_ns(&h, 33), 1050000);
	assert_int_equal(histogram_percentile_ns(&h, 50), (1048576 + 1114112) / 2);
	assert_int_equal(histogram_percentile_ns(&h, 67), 1114111);
	assert_int_equal(histogram_percentile_ns(&h, 100), 1114111);
	histogram_free(&h);
}

static void a_rank_is_not_lost_to_rounding(void **state)
{
	/* 1..1000 with 999 and 1000 far apart: 99.9 % of 1000 is rank 999, not 1000. */
	struct histogram h = { 0 };

	(void)state;
	for (int i = 1; i <= 999; i++)
		histogram_add(&h, 5);
	histogram_add(&h, 1000000);
	assert_int_equal(histogram_percentile_ns(&h, 99.9), 5);
	assert_int_equal(histogram_percentile_ns(&h, 99.91), 1000000);
	histogram_free(&h);

	/* p tenths of a percent of 1000 values are p values: here the zeroes, and not one more. */
	for (int tenths = 1; tenths < 1000; tenths++) {
		histogram_add_bucket(&h, 0, tenths);
		histogram_add_bucket(&h, 1, 1000 - tenths);
		h.max_ns = 1;
		assert_int_equal(histogram_percentile_ns(&h, tenths / 10.0), 0);
		assert_int_equal(histogram_percentile_ns(&h, tenths / 10.0 + 0.001), 1);
		histogram_free(&h);
	}
}

static void beyond_78_hours_count_and_edges_stay_exact(void **state)
{
	const uint64_t values[] = { (1ULL << 48) - 1, 1ULL << 48, HOURS_78 * 2, 1ULL << 62 };
	struct histogram h = of(values, COUNT_OF(values));

	(void)state;
	assert_int_equal(histogram_bucket_count(&h, LOGLIN_BUCKETS - 1), 4);
	assert_int_equal(h.max_ns, 1ULL << 62);
	assert_int_equal(histogram_percentile_ns(&h, 100), 1ULL << 62);
	assert_int_equal(histogram_percentile_ns(&h, 1), (1ULL << 48) - 1);
	/* Clamped: the last bucket's midpoint is below the minimum. */
	assert_int_equal(histogram_percentile_ns(&h, 50), (1ULL << 48) - 1);
	histogram_free(&h);
}

enum shape { UNIFORM, EXPONENTIAL, LOG_UNIFORM, BIMODAL, HEAVY_TAIL, SHAPES };

static uint64_t draw(enum shape shape, unsigned short seed[3])
{
	double u = erand48(seed);

	switch (shape) {
	case UNIFORM:
		return u * 1e6;
	case EXPONENTIAL:
		return -log(1 - u) * 50000;
	case LOG_UNIFORM:
		return exp(u * 33);
	case BIMODAL:
		return u < 0.9 ? 2000 + erand48(seed) * 500 : 12e6 + erand48(seed) * 1e6;
	default:
		return 1000 / pow(1 - u, 1.5);
	}
}

static void percentiles_are_off_by_at_most_a_thirty_second(void **state)
{
	static const double ps[] = { 0.001, 0.1, 1,  5,	   10,	 25,	50,	75,
				     90,    95,	 99, 99.5, 99.9, 99.99, 99.999, 100 };
	static const int sizes[] = { 2, 3, 10, 1000, 20001 };
	static uint64_t values[20001];

	(void)state;
	for (enum shape shape = 0; shape < SHAPES; shape++) {
		for (size_t s = 0; s < COUNT_OF(sizes); s++) {
			unsigned short seed[3] = { 1, shape, s };
			int n = sizes[s];
			struct histogram h;

			for (int i = 0; i < n; i++)
				values[i] = draw(shape, seed);
			h = of(values, n);
			qsort(values, n, sizeof(*values), compare_u64);
			for (size_t p = 0; p < COUNT_OF(ps); p++) {
				int rank = ceil(ps[p] * n / 100 - 1e-9);
				double exact = values[rank - 1];
				double got = histogram_percentile_ns(&h, ps[p]);

				assert_true(fabs(got - exact) <= exact / 32);
			}
			histogram_free(&h);
		}
	}
}

static void percentiles_never_fall_as_p_grows(void **state)
{
	unsigned short seed[3] = { 4, 5, 6 };
	struct histogram h = { 0 };
	uint64_t before = 0;

	(void)state;
	for (int i = 0; i < 5000; i++)
		histogram_add(&h, draw(LOG_UNIFORM, seed));
	for (double p = 0.01; p <= 100; p += 0.01) {
		uint64_t value = histogram_percentile_ns(&h, p);

		assert_true(value >= before);
		before = value;
	}
	histogram_free(&h);
}

static void assert_same(const struct histogram *a, const struct histogram *b)
{
	assert_int_equal(a->count, b->count);
	assert_int_equal(a->sum_ns, b->sum_ns);
	assert_int_equal(a->min_ns, b->min_ns);
	assert_int_equal(a->max_ns, b->max_ns);
	for (unsigned int i = 0; i < LOGLIN_BUCKETS; i++)
		assert_int_equal(histogram_bucket_count(a, i), histogram_bucket_count(b, i));
}

static void merging_equals_adding_all_values_to_one(void **state)
{
	const uint64_t low[] = { 0, 3, 900, 17 }, high[] = { 1ULL << 40, 1000, 1ULL << 50 };
	const uint64_t all[] = { 0, 3, 900, 17, 1ULL << 40, 1000, 1ULL << 50 };
	struct histogram a = of(low, 4), b = of(high, 3), both = of(all, 7), none = { 0 };
	struct histogram into = { 0 };

	(void)state;
	assert_int_equal(histogram_merge(&a, &none), 0);
	assert_int_equal(a.min_ns, 0);
	assert_int_equal(a.count, 4);
	assert_int_equal(histogram_merge(&into, &b), 0);
	assert_same(&into, &b);
	assert_int_equal(histogram_merge(&into, &a), 0);
	assert_same(&into, &both);
	assert_int_equal(histogram_merge(&a, &b), 0);
	assert_same(&a, &both);
	histogram_free(&a);
	histogram_free(&b);
	histogram_free(&both);
	histogram_free(&into);
}

static void counts_from_the_kernel_give_the_same_percentiles(void **state)
{
	unsigned short seed[3] = { 7, 8, 9 };
	struct histogram h = { 0 }, kernel = { 0 };

	(void)state;
	for (int i = 0; i < 3000; i++)
		histogram_add(&h, draw(HEAVY_TAIL, seed));
	for (unsigned int i = 0; i < LOGLIN_BUCKETS; i++)
		assert_int_equal(histogram_add_bucket(&kernel, i, histogram_bucket_count(&h, i)),
				 0);
	kernel.sum_ns = h.sum_ns;
	kernel.min_ns = h.min_ns;
	kernel.max_ns = h.max_ns;
	assert_same(&kernel, &h);
	assert_int_equal(histogram_percentile_ns(&kernel, 99), histogram_percentile_ns(&h, 99));
	histogram_free(&h);
	histogram_free(&kernel);
}

static void a_bucket_out_of_range_is_refused(void **state)
{
	struct histogram h = { 0 };

	(void)state;
	assert_int_equal(histogram_add_bucket(&h, LOGLIN_BUCKETS, 1), -EINVAL);
	assert_int_equal(histogram_add_bucket(&h, LOGLIN_BUCKETS - 1, 2), 0);
	assert_int_equal(h.count, 2);
	histogram_free(&h);
}

static void a_freed_histogram_is_empty_and_can_be_used_again(void **state)
{
	struct histogram h = { 0 };

	(void)state;
	histogram_add(&h, 1000);
	histogram_free(&h);
	assert_int_equal(h.count, 0);
	histogram_add(&h, 5);
	assert_int_equal(h.min_ns, 5);
	assert_int_equal(h.max_ns, 5);
	histogram_free(&h);
}

static void an_interpolated_percentile_of_even_values_has_no_steps(void **state)
{
	static const double p[] = { 1, 10, 25, 50, 90, 99, 99.9 };
	struct histogram h = { 0 };

	(void)state;
	for (uint64_t i = 0; i < 100000; i++)
		assert_int_equal(histogram_add(&h, 1000000 + 20 * i), 0);
	for (size_t i = 0; i < COUNT_OF(p); i++) {
		double exact = 1000000 + 20000 * p[i];

		assert_float_equal(histogram_percentile_interpolated_ns(&h, p[i]), exact,
				   1e-4 * exact);
	}
	histogram_free(&h);
}

static void an_interpolated_percentile_is_monotone_from_min_to_max(void **state)
{
	const uint64_t values[] = { 3,	  17,	17,	   100,		 200,
				    5000, 5001, 123456789, HOURS_78 * 5, UINT64_MAX / 16,
				    5000, 5003, 123456780, 1u << 20,	 1 };
	struct histogram h = of(values, COUNT_OF(values));
	double before = 1;

	(void)state;
	for (double p = 0; p <= 100; p += 0.01) {
		double value = histogram_percentile_interpolated_ns(&h, p);

		assert_true(value >= before && value <= h.max_ns);
		before = value;
	}
	assert_true(histogram_percentile_interpolated_ns(&h, 0) == 1);
	assert_true(histogram_percentile_interpolated_ns(&h, 100) == h.max_ns);
	assert_true(histogram_percentile_interpolated_ns(&h, 1e9) == h.max_ns);
	assert_true(histogram_percentile_interpolated_ns(&h, -1) == 1);
	assert_true(histogram_percentile_interpolated_ns(&h, NAN) == 1);
	histogram_free(&h);
}

static void an_interpolated_percentile_of_equal_values_is_that_value(void **state)
{
	const uint64_t values[] = { 123456789, 123456789, 123456789 }, one = 14;
	struct histogram h = of(values, COUNT_OF(values)), small = of(&one, 1), empty = { 0 };

	(void)state;
	for (double p = 1; p <= 100; p++) {
		assert_true(histogram_percentile_interpolated_ns(&h, p) == 123456789);
		assert_true(histogram_percentile_interpolated_ns(&small, p) == 14);
		assert_true(histogram_percentile_interpolated_ns(&empty, p) == 0);
	}
	histogram_free(&h);
	histogram_free(&small);
}

/* 99.9 % of 1000 values is rank 999, though 0.999 is not a double. */
static void interpolation_does_not_slip_into_the_next_bucket(void **state)
{
	struct histogram h = { 0 };

	(void)state;
	for (int i = 0; i < 1000; i++)
		assert_int_equal(histogram_add(&h, i < 999 ? 1000 : 1000000), 0);
	assert_true(histogram_percentile_interpolated_ns(&h, 99.9) < 1100);
	histogram_free(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_interpolated_percentile_of_even_values_has_no_steps),
		cmocka_unit_test(an_interpolated_percentile_is_monotone_from_min_to_max),
		cmocka_unit_test(an_interpolated_percentile_of_equal_values_is_that_value),
		cmocka_unit_test(interpolation_does_not_slip_into_the_next_bucket),
		cmocka_unit_test(an_empty_histogram_reads_as_zero),
		cmocka_unit_test(count_sum_min_max_and_mean_are_exact),
		cmocka_unit_test(zero_ns_is_a_value),
		cmocka_unit_test(a_single_value_is_every_percentile_exactly),
		cmocka_unit_test(equal_values_are_every_percentile_exactly),
		cmocka_unit_test(the_highest_rank_is_the_exact_maximum_and_the_lowest_the_minimum),
		cmocka_unit_test(a_rank_is_not_lost_to_rounding),
		cmocka_unit_test(beyond_78_hours_count_and_edges_stay_exact),
		cmocka_unit_test(percentiles_are_off_by_at_most_a_thirty_second),
		cmocka_unit_test(percentiles_never_fall_as_p_grows),
		cmocka_unit_test(merging_equals_adding_all_values_to_one),
		cmocka_unit_test(counts_from_the_kernel_give_the_same_percentiles),
		cmocka_unit_test(a_bucket_out_of_range_is_refused),
		cmocka_unit_test(a_freed_histogram_is_empty_and_can_be_used_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
