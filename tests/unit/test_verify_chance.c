// SPDX-License-Identifier: GPL-2.0-only
/*
 * How often chance alone passes for a change, and how often a change is found: random traces, made
 * of visits that each keep the owner waiting. CHANCE_TRACES=n takes so many
 * pairs of each load, and tells what came of them.
 */
#include <math.h>
#include <stdlib.h>

#include "unit/stream.h"
#include "analysis/verify.h"

#define SECOND 1000000000ull
#define MS     1000000ull

enum { GUEST = 1, OWNER };

/* xorshift64*; in (0, 1). */
static double uniform(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return ((*state * 2685821657736338717ull >> 11) + 0.5) / 9007199254740992.0;
}

static double exponential(uint64_t *state, double mean)
{
	return -mean * log(uniform(state));
}

static uint64_t random_start(uint64_t seed)
{
	uint64_t state = (seed + 1) * 0x9e3779b97f4a7c15ull;

	state = (state ^ state >> 31) | 1;
	for (int i = 0; i < 8; i++)
		uniform(&state);
	return state;
}

struct load {
	const char *name;
	double seconds;
	double off_ms, run_ms; /* means of both */
	bool rhythmic;	       /* off and run hardly vary */
	bool heavy;	       /* run is Pareto-distributed (shape 1.8), as kernel work often is */
	double wakes_per_s;    /* of the owner, beside; each waits 5 us, exponentially */
	double moody_s; /* the load comes and goes in spells of so many seconds; 0: it does not */
};

static uint64_t length_ns(const struct load *load, uint64_t *state, double mean_ms)
{
	if (load->rhythmic)
		return mean_ms * MS * (0.98 + 0.04 * uniform(state));
	return exponential(state, mean_ms * MS);
}

static uint64_t run_ns(const struct load *load, uint64_t *state)
{
	double pareto_ms = load->run_ms * 0.8 / 1.8;

	if (load->heavy)
		return pareto_ms * MS * pow(uniform(state), -1 / 1.8);
	return length_ns(load, state, load->run_ms);
}

static void visits(struct verify_side *side, const struct load *load, uint64_t *state)
{
	uint64_t time_ns = SECOND, mood_ns = SECOND, end_ns = side->end_ns;
	bool away = false;

	while (time_ns < end_ns) {
		uint64_t start_ns = time_ns + length_ns(load, state, load->off_ms), stop_ns;

		while (load->moody_s && mood_ns < start_ns) {
			mood_ns += exponential(state, load->moody_s * SECOND);
			away = !away;
		}
		time_ns = stop_ns = start_ns + run_ns(load, state);
		if (away)
			continue;
		if (stop_ns > end_ns)
			stop_ns = end_ns;
		if (start_ns >= end_ns)
			return;
		assert_int_equal(verify_side_add(side, &SLICE(GUEST, 1, start_ns, stop_ns),
						 VERIFY_INTERLOPER),
				 0);
		assert_int_equal(
			verify_side_add(side,
					&PREEMPTED(OWNER, 1, start_ns, stop_ns, stop_ns + 1000),
					VERIFY_OWNER),
			0);
	}
}

static void wakes(struct verify_side *side, const struct load *load, uint64_t *state)
{
	uint64_t time_ns = SECOND;

	while (load->wakes_per_s) {
		uint64_t start_ns;

		time_ns += exponential(state, SECOND / load->wakes_per_s);
		start_ns = time_ns + exponential(state, 5000);
		if (start_ns >= side->end_ns)
			return;
		assert_int_equal(
			verify_side_add(side, &WOKEN(OWNER, 1, time_ns, start_ns, start_ns + 1000),
					VERIFY_OWNER),
			0);
	}
}

static void play(struct verify_side *side, const struct load *load, uint64_t seed)
{
	uint64_t state = random_start(seed);

	assert_int_equal(verify_side_start(side, SECOND, load->seconds * SECOND, 1), 0);
	visits(side, load, &state);
	wakes(side, load, &state);
	verify_side_finish(side, side->end_ns);
	assert_false(side->impossible);
}

struct tally {
	unsigned int verdicts[VERIFY_WORSE + 1], by_quantity[VERIFY_QUANTITIES];
};

static unsigned int pairs(void)
{
	return getenv("CHANCE_TRACES") ? atoi(getenv("CHANCE_TRACES")) : 100;
}

static void compare(struct tally *t, const struct load *before, const struct load *after)
{
	*t = (struct tally){ 0 };
	for (unsigned int i = 0; i < pairs(); i++) {
		struct verify_side sides[2];
		struct verify_result r;

		play(&sides[0], before, 2 * i);
		play(&sides[1], after, 2 * i + 1);
		assert_int_equal(verify_compare(&sides[0], &sides[1], &r), 0);
		t->verdicts[r.verdict]++;
		for (int q = 0; q < VERIFY_QUANTITIES; q++)
			t->by_quantity[q] += r.metrics[q].verdict >= VERIFY_BETTER;
		verify_side_free(&sides[0]);
		verify_side_free(&sides[1]);
	}
	if (getenv("CHANCE_TRACES"))
		print_message("%-30s better %u worse %u none %u unknown %u, share %u p50 %u p99 %u "
			      "delay %u\n",
			      before->name, t->verdicts[VERIFY_BETTER], t->verdicts[VERIFY_WORSE],
			      t->verdicts[VERIFY_NO_CHANGE], t->verdicts[VERIFY_UNKNOWN],
			      t->by_quantity[VERIFY_SHARE], t->by_quantity[VERIFY_P50],
			      t->by_quantity[VERIFY_P99], t->by_quantity[VERIFY_DELAY]);
}

static const struct load loads[] = {
	{ "often", 10, 30, 3, .wakes_per_s = 200 },
	{ "seldom", 10, 500, 3, .wakes_per_s = 200 },
	{ "once a second", 10, 1000, 20, .wakes_per_s = 50 },
	{ "every two seconds", 10, 2000, 200, .wakes_per_s = 50 },
	{ "rhythmic", 10, 20, 12, .rhythmic = true, .wakes_per_s = 100 },
	{ "short stays, hardly any owner", 10, 5, 0.05, .wakes_per_s = 12 },
	{ "a short window", 1, 30, 3, .wakes_per_s = 200 },
	{ "heavy tail", 10, 50, 2, .heavy = true, .wakes_per_s = 100 },
	{ "long stays", 10, 700, 600, .wakes_per_s = 100 },
	{ "spells", 10, 20, 3, .wakes_per_s = 100, .moody_s = 0.7 },
	{ "few, of any length", 10, 1500, 80, .heavy = true },
	{ "owner alone", 10, 1e6, 1, .wakes_per_s = 300 },
};

/* Measured with 400 pairs of each load: 0 to 4.75 % ("spells"), 2.2 % of all. */
static void chance_passes_for_a_change_in_at_most_one_of_twenty(void **state)
{
	unsigned int found = 0, asked = 0;

	for (size_t i = 0; i < COUNT_OF(loads); i++) {
		unsigned int changes;
		struct tally t;

		compare(&t, &loads[i], &loads[i]);
		changes = t.verdicts[VERIFY_BETTER] + t.verdicts[VERIFY_WORSE];
		/* Of 100 pairs, 5 % come out as 8 or less in 94 of 100 cases. */
		assert_in_range(changes, 0, pairs() * 8 / 100);
		found += changes;
		asked += pairs();
	}
	assert_in_range(found, 0, asked / 20);
}

static const struct load gone = { "gone", 10, 1e6, 1, .wakes_per_s = 200 };
static const struct load founding = { "the founding case", 10, 20, 12, .rhythmic = true,
				      .wakes_per_s = 100 };
static const struct load slower = { "sleeps four times as long", 10, 80, 12, .rhythmic = true,
				    .wakes_per_s = 100 };
static const struct load often = { "often", 10, 30, 3, .wakes_per_s = 200 };
static const struct load few = { "few, of any length", 10, 500, 80, .heavy = true };
static const struct load half_of_it = { "half as often", 10, 63, 3, .wakes_per_s = 200 };

static void what_helped_is_found(void **state)
{
	const struct load *const cases[][2] = { { &founding, &gone },
						{ &founding, &slower },
						{ &often, &gone },
						{ &few, &gone },
						{ &often, &half_of_it } };

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct tally t;

		compare(&t, cases[i][0], cases[i][1]);
		assert_in_range(t.verdicts[VERIFY_BETTER], pairs() * 95 / 100, pairs());
		assert_int_equal(t.verdicts[VERIFY_WORSE], 0);
	}
}

static void what_made_it_worse_is_found(void **state)
{
	const struct load *const cases[][2] = { { &gone, &founding },
						{ &slower, &founding },
						{ &gone, &often },
						{ &half_of_it, &often } };

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct tally t;

		compare(&t, cases[i][0], cases[i][1]);
		assert_in_range(t.verdicts[VERIFY_WORSE], pairs() * 95 / 100, pairs());
		assert_int_equal(t.verdicts[VERIFY_BETTER], 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chance_passes_for_a_change_in_at_most_one_of_twenty),
		cmocka_unit_test(what_helped_is_found),
		cmocka_unit_test(what_made_it_worse_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
