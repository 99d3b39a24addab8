// SPDX-License-Identifier: GPL-2.0-only
/* A new run against its baselines: what takes evidence, what takes size, and what has no answer. */
#include "unit/stream.h"
#include "analysis/compare.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define MS 1e6

static const struct limit p99 = { .statistic = LIMIT_PERCENTILE,
				  .percentile = 99,
				  .quantity = LIMIT_WAKE_DELAY };
static const struct limit total = { .statistic = LIMIT_TOTAL, .quantity = LIMIT_WAKE_DELAY };
static const struct limit slices = { .statistic = LIMIT_COUNT, .quantity = LIMIT_SLICES };
static const struct limit share = { .statistic = LIMIT_SHARE };

/* A run of 10,000 samples whose blocks tell a deviation. */
static struct compare_run run(double value, double deviation)
{
	return (struct compare_run){ .known = true,
				     .value = value,
				     .samples = 10000,
				     .deviation_known = true,
				     .deviation = deviation };
}

/* As a saved summary has it. */
static struct compare_run without_blocks(double value, uint64_t samples)
{
	return (struct compare_run){ .known = true, .value = value, .samples = samples };
}

static void assert_finite(const struct compare_answer *a)
{
	const double numbers[] = { a->reference, a->low,      a->high, a->change,
				   a->p_worse,	 a->p_better, a->noise };

	for (size_t i = 0; i < COUNT_OF(numbers); i++)
		assert_true(isfinite(numbers[i]));
	assert_in_range(a->verdict, COMPARE_PASS, COMPARE_INCONCLUSIVE);
	assert_int_equal(a->why != NULL, a->verdict == COMPARE_INCONCLUSIVE);
	assert_true(a->p_worse >= 0 && a->p_worse <= 1);
	assert_true(a->p_better >= 0 && a->p_better <= 1);
	assert_true(a->low <= a->reference && a->reference <= a->high);
}

static struct compare_answer ask(const struct limit *what, struct compare_run now,
				 const struct compare_run *baselines, uint32_t n,
				 const struct compare_options *options)
{
	const struct compare_question q = { what, now, baselines, n };
	struct compare_answer a;

	assert_int_equal(compare_all(&a, &q, 1, options), 0);
	assert_finite(&a);
	return a;
}

static struct compare_answer usual(const struct limit *what, struct compare_run now,
				   const struct compare_run *baselines, uint32_t n)
{
	return ask(what, now, baselines, n, &compare_defaults);
}

/* Of runs that do not differ from each other. */
static const struct compare_options repeatable = { .min_change = 0.1,
						   .min_delta_ns = 50000,
						   .chance = 0.05 };

static void a_run_like_its_baseline_passes(void **state)
{
	const struct compare_run then[] = { run(2 * MS, 0.02), run(2 * MS, 0.02),
					    run(2 * MS, 0.02) };

	for (uint32_t n = 1; n <= 3; n++) {
		struct compare_answer a = usual(&p99, then[0], then, n);

		assert_int_equal(a.verdict, COMPARE_PASS);
		assert_true(a.known && a.change_known && a.p_known);
		assert_float_equal(a.reference, 2 * MS, 1e-3);
		assert_float_equal(a.change, 0, 1e-9);
		assert_true(a.p_worse >= 0.3 && a.p_better >= 0.3);
		assert_int_equal(a.between_known, n >= 3);
	}
}

static void a_regression_takes_evidence_and_size(void **state)
{
	static const struct {
		double now, deviation;
		enum compare_verdict verdict;
	} cases[] = {
		{ 2.6 * MS, 0.02, COMPARE_REGRESSION },
		{ 2.6 * MS, 0.30, COMPARE_PASS },   /* size, but no evidence */
		{ 2.1 * MS, 0.001, COMPARE_PASS },  /* evidence, but no size */
		{ 2.19 * MS, 0.001, COMPARE_PASS }, /* of 10 % */
		{ 2.21 * MS, 0.001, COMPARE_REGRESSION },
		{ 1.5 * MS, 0.02, COMPARE_IMPROVED }, /* which is none */
		{ 1.5 * MS, 0.30, COMPARE_PASS },
		{ 1.9 * MS, 0.001, COMPARE_PASS },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct compare_run then = run(2 * MS, cases[i].deviation);
		struct compare_answer a =
			ask(&p99, run(cases[i].now, cases[i].deviation), &then, 1, &repeatable);

		assert_int_equal(a.verdict, cases[i].verdict);
	}
}

/* While fewer than three baselines show by how much runs differ, it is taken to be 5 %. */
static void what_one_baseline_cannot_show_is_assumed(void **state)
{
	const struct compare_run then = run(2 * MS, 0.001);
	struct compare_answer a = usual(&p99, run(2.21 * MS, 0.001), &then, 1);

	assert_int_equal(a.verdict, COMPARE_PASS);
	/* t39 of 5 %, of two runs that differ by 5 % each. */
	assert_float_equal(a.noise, exp(1.684875 * 0.05 * sqrt(2)) - 1, 1e-3);
	assert_false(a.between_known);
	assert_int_equal(usual(&p99, run(2.3 * MS, 0.001), &then, 1).verdict, COMPARE_REGRESSION);
}

static void a_size_is_absolute_too(void **state)
{
	static const struct {
		const struct limit *what;
		double then, now;
		enum compare_verdict verdict;
	} cases[] = {
		{ &p99, 10e3, 59e3, COMPARE_PASS }, /* 49 us more */
		{ &p99, 10e3, 61e3, COMPARE_REGRESSION },
		{ &total, 10e3, 59e3, COMPARE_PASS },
		{ &share, 0.0005, 0.0014, COMPARE_PASS },
		{ &share, 0.0005, 0.0016, COMPARE_REGRESSION },
		{ &slices, 0.5, 1.4, COMPARE_PASS },
		{ &slices, 0.5, 1.6, COMPARE_REGRESSION },
		{ &slices, 1.6, 0.5, COMPARE_IMPROVED },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct compare_run then = run(cases[i].then, 1e-4);

		assert_int_equal(usual(cases[i].what, run(cases[i].now, 1e-4), &then, 1).verdict,
				 cases[i].verdict);
	}
	assert_true(compare_floor(&p99, &compare_defaults) == 50000);
	assert_true(compare_floor(&share, &compare_defaults) == 0.001);
	assert_true(compare_floor(&slices, &compare_defaults) == 1);
	assert_true(compare_floor(&p99, &(struct compare_options){}) == 1);
	assert_true(compare_floor(&p99, &(struct compare_options){ .min_delta_ns = NAN }) == 1);
}

static void baselines_that_differ_widen_what_is_chance(void **state)
{
	const struct compare_run quiet[] = { run(2.00 * MS, 0.01), run(2.02 * MS, 0.01),
					     run(1.98 * MS, 0.01), run(2.01 * MS, 0.01) };
	const struct compare_run noisy[] = { run(2.0 * MS, 0.01), run(2.6 * MS, 0.01),
					     run(1.6 * MS, 0.01), run(2.3 * MS, 0.01) };
	struct compare_answer a = usual(&p99, run(2.7 * MS, 0.01), quiet, 4);

	assert_int_equal(a.verdict, COMPARE_REGRESSION);
	assert_true(a.noise_known && a.noise < 0.08);
	assert_true(a.low == 1.98 * MS && a.high == 2.02 * MS);
	a = usual(&p99, run(2.7 * MS, 0.01), noisy, 4);
	assert_int_equal(a.verdict, COMPARE_PASS);
	assert_true(a.noise > 0.4);
	/* Of two, their own difference is the measure. */
	assert_int_equal(usual(&p99, run(2.5 * MS, 0.01), noisy, 2).verdict, COMPARE_PASS);
	assert_int_equal(usual(&p99, run(3.5 * MS, 0.01), noisy, 2).verdict, COMPARE_REGRESSION);
	assert_true(usual(&p99, run(2.5 * MS, 0.01), noisy, 2).p_worse == 1);
}

/* By hand: three baselines of logarithms 0, s and -s, without a floor to speak of. */
static void three_baselines_give_a_prediction_interval(void **state)
{
	static const struct compare_options bare = { .chance = 0.05 };
	const double y = log(2 * MS + 1), s = 0.01;
	const struct compare_run then[] = { run(exp(y) - 1, 0), run(exp(y + s) - 1, 0),
					    run(exp(y - s) - 1, 0) };
	/* t2 of 5 % is 2.919986. */
	double edge = 2.919986 * s * sqrt(4 / 3.0);
	struct compare_answer a = ask(&p99, run(exp(y + edge) - 1, 0), then, 3, &bare);

	assert_float_equal(a.p_worse, 0.05, 1e-6);
	assert_true(a.p_better == 1); /* there is no chance within these runs */
	assert_float_equal(a.noise, exp(edge) - 1, 1e-6);
	assert_true(a.between_known);
	assert_int_equal(ask(&p99, run(exp(y + edge * 0.99) - 1, 0), then, 3, &bare).verdict,
			 COMPARE_PASS);
	assert_int_equal(ask(&p99, run(exp(y + edge * 1.01) - 1, 0), then, 3, &bare).verdict,
			 COMPARE_REGRESSION);
}

/* The difference at which T39, of two runs with a deviation of 1 %, has a tail of p. */
static struct compare_question with_tail(const struct compare_run *then, double t)
{
	double y = log(then->value + 1) + t * 0.01 * sqrt(2);

	return (struct compare_question){ &p99, run(exp(y) - 1, 0.01), then, 1 };
}

static void holm_steps_down_by_hand(void **state)
{
	static const struct compare_options bare = { .chance = 0.05 };
	const struct compare_run then = run(2 * MS, 0.01);
	/* Tails of 1 %, 5 %, 0.5 %, 50 %. */
	const struct compare_question family[] = { with_tail(&then, 2.425841),
						   with_tail(&then, 1.684875),
						   with_tail(&then, 2.707913),
						   with_tail(&then, 0) };
	struct compare_answer a[4];

	assert_int_equal(compare_all(a, family, 4, &bare), 0);
	assert_float_equal(a[2].p_worse, 0.02, 1e-5);
	assert_float_equal(a[0].p_worse, 0.03, 1e-5);
	assert_float_equal(a[1].p_worse, 0.10, 1e-5);
	assert_float_equal(a[3].p_worse, 0.5, 1e-5);
	assert_int_equal(a[2].verdict, COMPARE_REGRESSION);
	assert_int_equal(a[0].verdict, COMPARE_REGRESSION);
	assert_int_equal(a[1].verdict, COMPARE_PASS);
	assert_true(a[3].p_better == 1);
	/* Alone, it would have been one. */
	assert_int_equal(compare_all(a, family, 1, &bare), 0);
	assert_float_equal(a[0].p_worse, 0.01, 1e-5);
	assert_float_equal(a[0].noise, exp(1.684875 * 0.01 * sqrt(2)) - 1, 1e-7);
}

static void what_has_no_answer_is_not_in_the_family(void **state)
{
	static const struct compare_options bare = { .chance = 0.05 };
	const struct compare_run then = run(2 * MS, 0.01), none = { .why = "no sample" };
	const struct compare_question family[] = { with_tail(&then, 2.425841),
						   { &p99, none, &then, 1 } };
	struct compare_answer a[2];

	assert_int_equal(compare_all(a, family, 2, &bare), 0);
	assert_float_equal(a[0].p_worse, 0.01, 1e-5);
	assert_int_equal(a[1].verdict, COMPARE_INCONCLUSIVE);
	assert_string_equal(a[1].why, "no sample");
	assert_int_equal(compare_all(NULL, NULL, 0, &bare), 0);
}

static void adjusted_p_keeps_the_order(void **state)
{
	const struct compare_run then = run(2 * MS, 0.01);
	struct compare_question family[60];
	struct compare_answer a[60];

	for (int i = 0; i < 60; i++)
		family[i] = with_tail(&then, (i * 37 % 60 - 30) / 5.0);
	assert_int_equal(compare_all(a, family, 60, &compare_defaults), 0);
	for (int i = 0; i < 60; i++) {
		assert_finite(&a[i]);
		for (int k = 0; k < 60; k++) {
			if (family[i].now.value >= family[k].now.value)
				continue;
			assert_true(a[i].p_worse >= a[k].p_worse);
			assert_true(a[i].p_better <= a[k].p_better);
		}
	}
}

static void more_growth_never_has_a_larger_p(void **state)
{
	const struct compare_run then[] = { run(2 * MS, 0.02), run(2.1 * MS, 0.03),
					    run(1.9 * MS, 0.02) };

	for (uint32_t n = 1; n <= 3; n++) {
		double before = 1;

		for (double now = 0.5 * MS; now < 8 * MS; now *= 1.01) {
			double p = usual(&p99, run(now, 0.02), then, n).p_worse;

			assert_true(p <= before);
			before = p;
		}
		assert_true(before < 0.01);
	}
}

static void a_saved_summary_takes_the_deviation_of_the_new_run(void **state)
{
	static const struct compare_options bare = { .chance = 0.05 };
	const struct compare_run then = without_blocks(2 * MS, 2500), full = run(2 * MS, 0.02),
				 now = run(2.07 * MS, 0.01);
	struct compare_answer a = ask(&p99, now, &then, 1, &bare);

	/* A quarter of the samples: twice the deviation. */
	assert_true(a.p_known && a.p_worse == ask(&p99, now, &full, 1, &bare).p_worse);
	/* And the other way round. */
	a = ask(&p99, without_blocks(2.07 * MS, 2500), &now, 1, &bare);
	assert_true(a.p_known);
	/* Without any: not known within runs, but from three baselines on between them. */
	a = usual(&p99, without_blocks(9 * MS, 10000), &then, 1);
	assert_int_equal(a.verdict, COMPARE_INCONCLUSIVE);
	assert_true(a.known && !a.p_known && !a.noise_known);
	assert_true(a.change_known);
	{
		const struct compare_run saved[] = { without_blocks(2 * MS, 9999),
						     without_blocks(2.02 * MS, 9999),
						     without_blocks(1.98 * MS, 9999) };

		assert_int_equal(usual(&p99, without_blocks(2.6 * MS, 9999), saved, 3).verdict,
				 COMPARE_REGRESSION);
		assert_int_equal(usual(&p99, without_blocks(2.1 * MS, 9999), saved, 3).verdict,
				 COMPARE_PASS);
		assert_int_equal(usual(&p99, without_blocks(2.6 * MS, 9999), saved, 2).verdict,
				 COMPARE_REGRESSION);
	}
}

static void what_cannot_be_known_is_inconclusive(void **state)
{
	static const struct limit max = { .statistic = LIMIT_MAX },
				  min = { .statistic = LIMIT_MIN },
				  trespasses = { .statistic = LIMIT_TRESPASSES },
				  lost = { .statistic = LIMIT_LOST };
	const struct compare_run good[] = { run(2 * MS, 0.02), run(2 * MS, 0.02) };
	struct compare_run few = run(2 * MS, 0.02), none = { .why = "no such task in the trace" },
			   then[] = { run(2 * MS, 0.02), { 0 } };
	const struct {
		const struct limit *what;
		struct compare_run now;
		const struct compare_run *baselines;
		uint32_t n;
		const char *why;
	} cases[] = {
		{ &max, good[0], good, 1, "a single event cannot be compared" },
		{ &min, good[0], good, 1, "a single event cannot be compared" },
		{ &trespasses, good[0], good, 1, "this cannot be compared" },
		{ &lost, good[0], good, 1, "this cannot be compared" },
		{ &p99, none, good, 1, "no such task in the trace" },
		{ &p99, { 0 }, good, 1, "no value" },
		{ &p99, good[0], good, 0, "no baseline" },
		{ &p99, good[0], then, 2, "no sample in a baseline" },
		{ &p99, run(NAN, 0.02), good, 1, "the value is impossible" },
		{ &p99, run(-1, 0.02), good, 1, "the value is impossible" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct compare_answer a =
			usual(cases[i].what, cases[i].now, cases[i].baselines, cases[i].n);

		assert_int_equal(a.verdict, COMPARE_INCONCLUSIVE);
		assert_string_equal(a.why, cases[i].why);
		assert_false(a.known);
	}
	few.samples = 99; /* of p99 */
	assert_string_equal(usual(&p99, few, good, 2).why, "too few samples");
	assert_string_equal(usual(&p99, good[0], &few, 1).why, "too few samples in a baseline");
	few.samples = 100;
	assert_int_equal(usual(&p99, few, good, 2).verdict, COMPARE_PASS);
}

static void what_came_out_of_nothing_is_found(void **state)
{
	const struct compare_run nothing = without_blocks(0, 0), some = run(50, 0.05),
				 then[] = { nothing, nothing, nothing };

	for (uint32_t n = 1; n <= 3; n++) {
		struct compare_answer a = usual(&slices, run(500, 0.05), then, n);

		assert_int_equal(a.verdict, COMPARE_REGRESSION);
		assert_false(a.change_known);
		assert_true(a.reference == 0);
	}
	/* Nothing against nothing: known, and the same. */
	assert_int_equal(usual(&slices, nothing, then, 1).verdict, COMPARE_PASS);
	assert_false(usual(&slices, nothing, then, 1).p_known);
	/* Too little to tell of chance, and to be a change. */
	assert_int_equal(usual(&slices, without_blocks(0.9, 9), then, 1).verdict, COMPARE_PASS);
	assert_int_equal(usual(&slices, without_blocks(3, 30), then, 1).verdict,
			 COMPARE_INCONCLUSIVE);
	assert_int_equal(usual(&slices, nothing, &(struct compare_run){}, 1).verdict,
			 COMPARE_INCONCLUSIVE);
	/* And what is gone is an improvement. */
	assert_int_equal(usual(&slices, nothing, &some, 1).verdict, COMPARE_IMPROVED);
}

static void wild_numbers_stay_finite(void **state)
{
	static const double values[] = { 0,	DBL_MIN, 1e-300,   1,	2 * MS, 1e18,
					 1e300, DBL_MAX, INFINITY, NAN, -5 };
	static const double deviations[] = { 0, 1e-300, 0.05, 1e9, DBL_MAX, INFINITY, NAN, -1 };
	static const struct compare_options wild = { .min_delta_ns = INFINITY, .chance = 1 };
	const struct limit *const asked[] = { &p99, &total, &slices, &share };
	struct compare_run then[3];

	for (size_t i = 0; i < COUNT_OF(values) * COUNT_OF(values) * COUNT_OF(deviations); i++) {
		double one = values[i % COUNT_OF(values)],
		       other = values[i / COUNT_OF(values) % COUNT_OF(values)],
		       deviation = deviations[i / COUNT_OF(values) / COUNT_OF(values)];

		then[0] = run(one, deviation);
		then[1] = run(one, 0.02);
		then[2] = run(other, deviation);
		then[2].samples = UINT64_MAX;
		for (uint32_t n = 1; n <= 3; n++)
			for (size_t k = 0; k < COUNT_OF(asked); k++) {
				usual(asked[k], run(other, deviation), then, n);
				ask(asked[k], run(other, 0.02), then, n, &wild);
			}
	}
}

static void the_same_questions_get_the_same_bits(void **state)
{
	const struct compare_run then[] = { run(2 * MS, 0.02), run(2.1 * MS, 0.03),
					    run(1.9 * MS, 0.02) };
	struct compare_question q[3];
	struct compare_answer one[3], other[3];

	for (uint32_t i = 0; i < 3; i++)
		q[i] = (struct compare_question){ &p99, run((2 + i) * MS, 0.02), then, i + 1 };
	memset(one, 0, sizeof(one));
	memset(other, 0xff, sizeof(other));
	assert_int_equal(compare_all(one, q, 3, &compare_defaults), 0);
	assert_int_equal(compare_all(other, q, 3, &compare_defaults), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(one[i].verdict, other[i].verdict);
		assert_true(one[i].p_worse == other[i].p_worse);
		assert_true(one[i].noise == other[i].noise);
		assert_true(one[i].reference == other[i].reference);
	}
	assert_string_equal(compare_verdict_name(COMPARE_REGRESSION), "regression");
	assert_string_equal(compare_verdict_name(99), "inconclusive");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_like_its_baseline_passes),
		cmocka_unit_test(a_regression_takes_evidence_and_size),
		cmocka_unit_test(what_one_baseline_cannot_show_is_assumed),
		cmocka_unit_test(a_size_is_absolute_too),
		cmocka_unit_test(baselines_that_differ_widen_what_is_chance),
		cmocka_unit_test(three_baselines_give_a_prediction_interval),
		cmocka_unit_test(holm_steps_down_by_hand),
		cmocka_unit_test(what_has_no_answer_is_not_in_the_family),
		cmocka_unit_test(adjusted_p_keeps_the_order),
		cmocka_unit_test(more_growth_never_has_a_larger_p),
		cmocka_unit_test(a_saved_summary_takes_the_deviation_of_the_new_run),
		cmocka_unit_test(what_cannot_be_known_is_inconclusive),
		cmocka_unit_test(what_came_out_of_nothing_is_found),
		cmocka_unit_test(wild_numbers_stay_finite),
		cmocka_unit_test(the_same_questions_get_the_same_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
