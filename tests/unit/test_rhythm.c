// SPDX-License-Identifier: GPL-2.0-only
/* Whether visits come in a rhythm, and which: literal ones, and random ones of fixed seeds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/rhythm.h"

#define MS	 1000000u
#define PERIOD	 (20.0 * MS)
#define VISITS	 5000
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A stream of visits, as it is made. */
struct stream {
	uint64_t starts[VISITS], runs[VISITS];
	uint32_t n;
	uint64_t seed;
};

static void begin(struct stream *s, uint64_t seed)
{
	s->n = 0;
	s->seed = (seed + 1) * 0x9e3779b97f4a7c15ULL;
}

/* In (0, 1). */
static double uniform(struct stream *s)
{
	s->seed ^= s->seed << 13;
	s->seed ^= s->seed >> 7;
	s->seed ^= s->seed << 17;
	return ((double)(s->seed >> 11) + 0.5) / 9007199254740992.0;
}

static double exponential(struct stream *s)
{
	return -log(uniform(s));
}

static double normal(struct stream *s)
{
	return sqrt(-2 * log(uniform(s))) * cos(2 * M_PI * uniform(s));
}

static void visit(struct stream *s, double at_ns)
{
	s->runs[s->n] = 5 * MS;
	s->starts[s->n++] = (uint64_t)(1e9 + at_ns);
}

static int by_time(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return left < right ? -1 : left > right;
}

static bool find(struct stream *s, struct rhythm *r)
{
	qsort(s->starts, s->n, sizeof(*s->starts), by_time);
	return rhythm_find(s->starts, s->runs, s->n, r);
}

/* Work and sleep: each beat is counted from the one before it, and may be missed. */
static double renewal(struct stream *s, uint32_t n, double jitter, double missed)
{
	double at = 0;

	for (uint32_t i = 0; i < n; i++) {
		visit(s, at);
		do
			at += PERIOD * (1 + jitter * normal(s));
		while (uniform(s) < missed);
	}
	return at;
}

static void extras(struct stream *s, uint32_t n, double until)
{
	for (uint32_t i = 0; i < n; i++)
		visit(s, until * uniform(s));
}

static double off_by(const struct rhythm *r, double period)
{
	return fabs((double)r->period_ns / period - 1);
}

/* ------------------------------------------------------------------------- literal */

static void a_steady_rhythm_is_told_exactly(void **state)
{
	uint64_t starts[10], runs[10];
	struct rhythm r;

	for (int i = 0; i < 10; i++) {
		starts[i] = 7 * MS + i * 20ull * MS;
		runs[i] = i == 4 ? 14 * MS : i == 7 ? 10 * MS : 12 * MS;
	}
	assert_true(rhythm_find(starts, runs, 10, &r));
	assert_int_equal(r.period_ns, 20 * MS);
	assert_int_equal(r.jitter_ns, 0);
	assert_int_equal(r.visits, 10);
	assert_int_equal(r.beats, 10);
	assert_int_equal(r.missed, 0);
	assert_int_equal(r.pauses, 0);
	assert_true(r.explained == 1);
	assert_true(fabs(r.duty - 0.6) < 1e-9); /* nine visits' 108 ms of 180; the last is open */
	assert_int_equal(r.run_p50_ns, 12 * MS);
	assert_int_equal(r.run_min_ns, 10 * MS);
	assert_int_equal(r.run_max_ns, 14 * MS);
}

static void the_jitter_is_the_median_deviation_of_the_links(void **state)
{
	/* Intervals in ms: 19, 21, 20, 19, 21, 20, 20, 20, 22, 18: mean 20. */
	static const uint32_t at[] = { 0, 19, 40, 60, 79, 100, 120, 140, 160, 182, 200 };
	uint64_t starts[COUNT(at)], runs[COUNT(at)] = { 0 };
	struct rhythm r;

	for (size_t i = 0; i < COUNT(at); i++)
		starts[i] = 1000ull * MS + at[i] * (uint64_t)MS;
	assert_true(rhythm_find(starts, runs, COUNT(at), &r));
	assert_int_equal(r.period_ns, 20 * MS);
	/* Deviations 0 0 0 0 1 1 1 1 2 2: their median is 1. */
	assert_int_equal(r.jitter_ns, 1482600);
	assert_true(r.duty == 0);
}

static void missed_beats_and_a_pause_are_counted(void **state)
{
	uint64_t starts[40], runs[40], at = 50 * MS;
	struct rhythm r;

	for (int i = 0; i < 40; i++) {
		starts[i] = at;
		runs[i] = 2 * MS;
		at += 20 * MS;
		if (i == 5 || i == 11)
			at += 20 * MS;
		if (i == 30)
			at += 40 * MS;
		if (i == 20)
			at += 1003 * MS;
	}
	assert_true(rhythm_find(starts, runs, 40, &r));
	assert_int_equal(r.period_ns, 20 * MS);
	assert_int_equal(r.beats, 40);
	assert_int_equal(r.missed, 4);
	assert_int_equal(r.pauses, 1);
}

static void extra_visits_are_left_out(void **state)
{
	uint64_t starts[24], runs[24];
	struct rhythm r;
	int n = 0;

	for (int i = 0; i < 20; i++) {
		runs[n] = 4 * MS;
		starts[n++] = 20ull * MS * i;
		if (i % 5 == 2) {
			runs[n] = MS;
			starts[n++] = 20ull * MS * i + 7 * MS;
		}
	}
	assert_true(rhythm_find(starts, runs, n, &r));
	assert_int_equal(r.period_ns, 20 * MS);
	assert_int_equal(r.visits, 24);
	assert_int_equal(r.beats, 20);
	assert_int_equal(r.missed, 0);
	assert_int_equal(r.run_min_ns, 4 * MS);
	/* 19 beats of 4 ms and four extra visits of 1 ms in 380 ms. */
	assert_true(fabs(r.duty - 80.0 / 380) < 1e-9);
}

static void six_beats_are_enough_and_five_are_not(void **state)
{
	uint64_t starts[6], runs[6] = { 0 };
	struct rhythm r;

	for (int i = 0; i < 6; i++)
		starts[i] = 100 * MS + 20ull * MS * i;
	assert_false(rhythm_find(starts, runs, 5, &r));
	assert_int_equal(r.visits, 5);
	assert_int_equal(r.period_ns, 0);
	assert_true(rhythm_find(starts, runs, 6, &r));
	assert_int_equal(r.period_ns, 20 * MS);
	assert_false(rhythm_find(NULL, NULL, 0, &r));
}

static void a_rhythm_of_nanoseconds_or_of_days_is_one_too(void **state)
{
	static const uint64_t periods[] = { 1000, 86400ull * 1000 * MS };
	uint64_t starts[20], runs[20] = { 0 };
	struct rhythm r;

	for (size_t p = 0; p < COUNT(periods); p++) {
		for (int i = 0; i < 20; i++)
			starts[i] = 12345 + periods[p] * i;
		assert_true(rhythm_find(starts, runs, 20, &r));
		assert_int_equal(r.period_ns, periods[p]);
	}
}

static void damaged_times_are_no_rhythm(void **state)
{
	static struct stream s;
	struct rhythm r;

	for (uint32_t i = 0; i < 100; i++) {
		s.starts[i] = 5;
		s.runs[i] = UINT64_MAX;
	}
	assert_false(rhythm_find(s.starts, s.runs, 100, &r));
	for (uint32_t i = 0; i < 100; i++)
		s.starts[i] = i % 2 ? UINT64_MAX : 0;
	assert_false(rhythm_find(s.starts, s.runs, 100, &r));
	for (uint32_t i = 0; i < 100; i++)
		s.starts[i] = 20ull * MS * (100 - i);
	assert_false(rhythm_find(s.starts, s.runs, 100, &r));
	begin(&s, 3);
	for (uint32_t i = 0; i < VISITS; i++)
		s.starts[i] = (uint64_t)(uniform(&s) * 0x1p64);
	rhythm_find(s.starts, s.runs, VISITS, &r);
}

static void of_too_many_visits_the_first_are_looked_at(void **state)
{
	static struct stream s;
	struct rhythm r;

	begin(&s, 1);
	renewal(&s, VISITS, 0.02, 0);
	assert_true(find(&s, &r));
	assert_int_equal(r.visits, RHYTHM_VISITS_MAX);
	assert_true(r.beats > RHYTHM_VISITS_MAX - 10);
}

/* -------------------------------------------------------------------------- random */

/* In how many of so many streams a rhythm is claimed. */
static uint32_t claims(void (*make)(struct stream *s, uint32_t n), uint32_t n, uint32_t streams)
{
	static struct stream s;
	uint32_t claimed = 0;
	struct rhythm r;

	for (uint32_t seed = 0; seed < streams; seed++) {
		begin(&s, seed);
		make(&s, n);
		claimed += find(&s, &r);
	}
	return claimed;
}

static void memoryless(struct stream *s, uint32_t n)
{
	for (double at = 0; s->n < n; at += PERIOD * exponential(s))
		visit(s, at);
}

static void anywhere(struct stream *s, uint32_t n)
{
	extras(s, n, n * PERIOD);
}

static void up_to_two_periods(struct stream *s, uint32_t n)
{
	for (double at = 0; s->n < n; at += 2 * PERIOD * uniform(s))
		visit(s, at);
}

static void one_to_two_periods(struct stream *s, uint32_t n)
{
	for (double at = 0; s->n < n; at += PERIOD * (1 + uniform(s)))
		visit(s, at);
}

static void bursts(struct stream *s, uint32_t n)
{
	for (double at = 0; s->n < n;) {
		visit(s, at);
		at += PERIOD * exponential(s) * (uniform(s) < 0.2 ? 10 : 0.1);
	}
}

/* Steady within, memoryless between. */
static void regular_bursts(struct stream *s, uint32_t n)
{
	for (double at = 0; s->n < n;) {
		visit(s, at);
		at += s->n % 7 ? PERIOD / 10 : 10 * PERIOD * exponential(s);
	}
}

static void chance_makes_no_rhythm(void **state)
{
	static const uint32_t ns[] = { 6, 7, 8, 10, 14, 20, 50, 100 };

	for (size_t i = 0; i < COUNT(ns); i++) {
		assert_in_range(claims(memoryless, ns[i], 1000), 0, 10);
		assert_in_range(claims(anywhere, ns[i], 1000), 0, 10);
	}
	assert_in_range(claims(memoryless, 1000, 100), 0, 1);
	assert_in_range(claims(anywhere, 1000, 100), 0, 1);
	assert_in_range(claims(up_to_two_periods, 20, 1000), 0, 15);
	assert_in_range(claims(up_to_two_periods, 100, 1000), 0, 10);
	assert_in_range(claims(up_to_two_periods, 1000, 100), 0, 1);
	assert_in_range(claims(one_to_two_periods, 100, 1000), 0, 10);
}

static void bursts_are_no_rhythm(void **state)
{
	assert_in_range(claims(bursts, 20, 1000), 0, 10);
	assert_in_range(claims(bursts, 100, 500), 0, 5);
	assert_in_range(claims(bursts, 1000, 50), 0, 0);
	assert_in_range(claims(regular_bursts, 50, 500), 0, 5);
	assert_in_range(claims(regular_bursts, 100, 500), 0, 5);
	assert_in_range(claims(regular_bursts, 1000, 50), 0, 0);
}

/* What was asked of a disturbed rhythm: how often it is found, and how exactly. */
struct demand {
	uint32_t n;
	double jitter, missed, extra; /* extra: the share of all visits */
	double found, off;	      /* at least; at most, from the mean of its own intervals */
};

static void assert_demand(const struct demand *d, uint32_t streams)
{
	uint32_t beats = (uint32_t)(d->n * (1 - d->extra)), found = 0;
	static struct stream s;
	struct rhythm r;

	for (uint32_t seed = 0; seed < streams; seed++) {
		double until;

		begin(&s, seed);
		until = renewal(&s, beats, d->jitter, d->missed);
		extras(&s, d->n - beats, until);
		if (!find(&s, &r))
			continue;
		found++;
		/* Of the jitter's own making: its sum, over so many periods. */
		assert_true(off_by(&r, PERIOD) < d->off + 4 * d->jitter / sqrt(beats));
		if (d->n >= 50)
			assert_true(fabs((double)r.jitter_ns / PERIOD - d->jitter) <
				    0.01 + 5 * d->jitter / sqrt(beats));
	}
	if (found < d->found * streams)
		print_error("n %u jitter %g missed %g extra %g: %u of %u\n", d->n, d->jitter,
			    d->missed, d->extra, found, streams);
	assert_true(found >= d->found * streams);
}

static void a_rhythm_is_found_in_spite_of_what_disturbs_it(void **state)
{
	static const struct demand demands[] = {
		{ 6, 0.01, 0, 0, 0.99, 0.01 },	      { 6, 0.05, 0, 0, 0.8, 0.03 },
		{ 10, 0.05, 0, 0, 0.99, 0.02 },	      { 20, 0.1, 0, 0, 0.98, 0.02 },
		{ 50, 0.05, 0, 0, 1, 0.005 },	      { 50, 0.1, 0, 0, 0.99, 0.01 },
		{ 50, 0.05, 0.25, 0, 0.97, 0.005 },   { 100, 0.1, 0.25, 0, 0.99, 0.01 },
		{ 50, 0.05, 0, 0.2, 0.95, 0.01 },     { 100, 0.1, 0, 0.2, 0.98, 0.015 },
		{ 100, 0.1, 0.15, 0.2, 0.98, 0.015 },
	};

	for (size_t i = 0; i < COUNT(demands); i++)
		assert_demand(&demands[i], 300);
	assert_demand(&(struct demand){ 1000, 0.1, 0.15, 0.2, 1, 0.005 }, 20);
}

/* The intervals' mean is what a rhythm that carries its errors on has for a period. */
static void the_period_is_exact_to_a_percent_from_fifty_visits_on(void **state)
{
	static struct stream s;
	struct rhythm r;

	for (uint32_t seed = 0; seed < 300; seed++) {
		begin(&s, seed);
		renewal(&s, 50 + seed, 0.05, 0);
		assert_true(find(&s, &r));
		assert_true(off_by(&r, (double)(s.starts[s.n - 1] - s.starts[0]) / (s.n - 1)) <
			    0.01);
		begin(&s, seed);
		for (uint32_t i = 0; i < 50 + seed; i++)
			visit(&s, PERIOD * (i + 0.05 * normal(&s)));
		assert_true(find(&s, &r));
		assert_true(off_by(&r, PERIOD) < 0.01);
	}
}

static void a_slow_drift_does_not_lose_the_rhythm(void **state)
{
	static struct stream s;
	struct rhythm r;
	double at = 0;

	begin(&s, 5);
	for (uint32_t i = 0; i < 200; i++) {
		visit(&s, at);
		at += PERIOD * (0.95 + 0.1 * i / 200 + 0.01 * normal(&s));
	}
	assert_true(find(&s, &r));
	assert_true(off_by(&r, PERIOD) < 0.01);
	assert_true(r.explained > 0.98);
}

/* Two at once: the stronger or none. Their periods' ratio and phase are random. */
static void of_two_rhythms_the_stronger_is_named_or_none(void **state)
{
	static struct stream s;
	uint32_t named = 0, wrong = 0;
	struct rhythm r;

	for (uint32_t seed = 0; seed < 2000; seed++) {
		double ratio, phase, jitter, until = 100 * PERIOD;

		begin(&s, seed);
		ratio = 1 + 7 * uniform(&s);
		phase = uniform(&s) * ratio;
		jitter = 0.05 * uniform(&s);
		for (double at = 0; at < until; at += PERIOD)
			visit(&s, at + jitter * PERIOD * (1 + normal(&s)));
		for (double at = phase * PERIOD; at < until; at += ratio * PERIOD)
			visit(&s, at + jitter * PERIOD * (1 + normal(&s)));
		if (!find(&s, &r))
			continue;
		named++;
		wrong += off_by(&r, PERIOD) > 0.02;
	}
	assert_true(named > 500);
	/* Where two of one period lie half a period apart, their half is what they make. */
	assert_in_range(wrong, 0, 20);
}

static void two_rhythms_of_one_period_are_not_taken_for_a_faster_one(void **state)
{
	static struct stream s;
	struct rhythm r;

	for (int percent = 5; percent <= 42; percent++) {
		begin(&s, percent);
		for (int i = 0; i < 50; i++) {
			visit(&s, PERIOD * i);
			visit(&s, PERIOD * i + PERIOD * percent / 100);
		}
		assert_false(find(&s, &r));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_steady_rhythm_is_told_exactly),
		cmocka_unit_test(the_jitter_is_the_median_deviation_of_the_links),
		cmocka_unit_test(missed_beats_and_a_pause_are_counted),
		cmocka_unit_test(extra_visits_are_left_out),
		cmocka_unit_test(six_beats_are_enough_and_five_are_not),
		cmocka_unit_test(a_rhythm_of_nanoseconds_or_of_days_is_one_too),
		cmocka_unit_test(damaged_times_are_no_rhythm),
		cmocka_unit_test(of_too_many_visits_the_first_are_looked_at),
		cmocka_unit_test(chance_makes_no_rhythm),
		cmocka_unit_test(bursts_are_no_rhythm),
		cmocka_unit_test(a_rhythm_is_found_in_spite_of_what_disturbs_it),
		cmocka_unit_test(the_period_is_exact_to_a_percent_from_fifty_visits_on),
		cmocka_unit_test(a_slow_drift_does_not_lose_the_rhythm),
		cmocka_unit_test(of_two_rhythms_the_stronger_is_named_or_none),
		cmocka_unit_test(two_rhythms_of_one_period_are_not_taken_for_a_faster_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
