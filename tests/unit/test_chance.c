// SPDX-License-Identifier: GPL-2.0-only
/* Student's t against tables, near and far; numbers drawn at random; dependence in a row. */
#include "unit/stream.h"
#include "analysis/chance.h"

#include <math.h>

static void assert_near(double value, double expected, double relative)
{
	if (fabs(value - expected) > relative * fabs(expected))
		print_error("%.17g, not %.17g\n", value, expected);
	assert_true(fabs(value - expected) <= relative * fabs(expected));
}

/* Of the common tables, to their digits. */
static void students_tail_is_that_of_the_tables(void **state)
{
	static const struct {
		double t;
		unsigned int f;
		double p;
	} table[] = {
		{ 1, 1, 0.25 },
		{ 6.313752, 1, 0.05 },
		{ 63.65674, 1, 0.005 },
		{ 2.919986, 2, 0.05 },
		{ 9.924843, 2, 0.005 },
		{ 2.353363, 3, 0.05 },
		{ 2.131847, 4, 0.05 },
		{ 4.604095, 4, 0.005 },
		{ 1.372184, 10, 0.10 },
		{ 2.763769, 10, 0.01 },
		{ 1.684875, 39, 0.05 },
		{ 2.425841, 39, 0.01 },
		{ 0.253347, 1000000, 0.40 },
		{ 2.326348, 1000000, 0.01 },
	};

	for (size_t i = 0; i < COUNT_OF(table); i++) {
		double f = chance_student_tail(table[i].t, table[i].f);

		assert_near(f, table[i].p, 2e-5);
		assert_near(chance_student_tail(-table[i].t, table[i].f), 1 - table[i].p, 2e-5);
	}
}

/* Closed forms for f of 1 (Cauchy) and 2; the others by the incomplete beta function (mpmath). */
static void far_tails_are_exact(void **state)
{
	for (double t = 2; t < 1e9; t *= 3) {
		double x = t / sqrt(2 + t * t);

		assert_near(chance_student_tail(t, 1), atan(1 / t) / M_PI, 1e-13);
		/* (1 - x) / 2, without the difference. */
		assert_near(chance_student_tail(t, 2), 1 / (2 + t * t) / (1 + x), 1e-13);
	}
	assert_near(chance_student_tail(1.5, 3), 0.1152919326224115, 1e-12);
	assert_near(chance_student_tail(1000, 4), 2.999980000104999e-12, 1e-12);
	assert_near(chance_student_tail(12, 9), 3.849943111492826e-7, 1e-12);
	assert_near(chance_student_tail(3, 39), 0.002343283970182344, 1e-12);
	assert_near(chance_student_tail(5.6, 39), 9.303307941393431e-7, 1e-12);
	assert_near(chance_student_tail(9, 39), 2.315805844725854e-11, 1e-12);
}

static void the_tail_is_monotone_and_a_probability(void **state)
{
	static const unsigned int degrees[] = { 1, 2, 3, 4, 9, 39, 40 };

	for (size_t i = 0; i < COUNT_OF(degrees); i++) {
		double before = 1;

		for (double t = -50; t < 50; t += 0.01) {
			double p = chance_student_tail(t, degrees[i]);

			assert_true(p > 0 && p <= before);
			before = p;
		}
		assert_true(chance_student_tail(0, degrees[i]) == 0.5);
		assert_true(chance_student_tail(INFINITY, degrees[i]) == 0);
		assert_true(chance_student_tail(-INFINITY, degrees[i]) == 1);
		assert_true(chance_student_tail(1e308, degrees[i]) < 1e-300);
		assert_true(chance_student_tail(NAN, degrees[i]) == 1);
	}
	assert_true(chance_student_tail(1, 0) == 1);
}

static void the_quantile_is_the_tail_backwards(void **state)
{
	static const double tails[] = { 0.5, 0.3, 0.05, 0.05 / 12, 1e-6, 1e-12 };
	static const unsigned int degrees[] = { 1, 2, 5, 39 };

	for (size_t i = 0; i < COUNT_OF(tails); i++)
		for (size_t k = 0; k < COUNT_OF(degrees); k++)
			assert_near(
				chance_student_tail(chance_student_quantile(tails[i], degrees[k]),
						    degrees[k]),
				tails[i], 1e-12);
	assert_true(chance_student_quantile(0, 5) == 0);
	assert_true(chance_student_quantile(0.6, 5) == 0);
	assert_true(chance_student_quantile(NAN, 5) == 0);
	assert_true(isfinite(chance_student_quantile(1e-320, 1)));
	/* The approximation of ten degrees of freedom and more. */
	assert_near(chance_student(1.644854, 39), chance_student_quantile(0.05, 39), 1e-5);
}

static void draws_are_the_same_each_time_and_cover_all(void **state)
{
	uint64_t one = 7, other = 7;
	unsigned int times[40] = { 0 };

	for (int i = 0; i < 40000; i++) {
		uint32_t drawn = chance_below(&one, 40);

		assert_int_equal(drawn, chance_below(&other, 40));
		assert_in_range(drawn, 0, 39);
		times[drawn]++;
	}
	for (int i = 0; i < 40; i++)
		assert_in_range(times[i], 850, 1150);
}

static void values_alike_in_a_row_depend_on_one_another(void **state)
{
	double spells[40], turns[40], same[40];

	for (int i = 0; i < 40; i++) {
		spells[i] = i / 10 % 2;
		turns[i] = i % 2;
		same[i] = 3;
	}
	/* Three changes in 39 pairs: r = (36 - 3) / 40. */
	assert_near(chance_dependence(spells, 40), sqrt(1.825 / 0.175), 1e-9);
	assert_true(chance_dependence(turns, 40) == 1);
	assert_true(chance_dependence(same, 40) == 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(students_tail_is_that_of_the_tables),
		cmocka_unit_test(far_tails_are_exact),
		cmocka_unit_test(the_tail_is_monotone_and_a_probability),
		cmocka_unit_test(the_quantile_is_the_tail_backwards),
		cmocka_unit_test(draws_are_the_same_each_time_and_cover_all),
		cmocka_unit_test(values_alike_in_a_row_depend_on_one_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
