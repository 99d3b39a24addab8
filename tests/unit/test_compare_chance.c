// SPDX-License-Identifier: GPL-2.0-only
/*
 * How often a new run is said to be worse than its baselines where only chance differs, and how
 * often what got worse is found. CHANCE_TRACES=n takes so many checks of each kind, and tells what
 * came of them.
 */
#include <math.h>
#include <stdlib.h>

#include "unit/stream.h"
#include "analysis/blocks.h"
#include "analysis/compare.h"

#define SECOND 1000000000ull
#define MS     1000000ull

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

static double normal(uint64_t *state)
{
	return sqrt(-2 * log(uniform(state))) * cos(2 * M_PI * uniform(state));
}

static uint64_t random_start(uint64_t seed)
{
	uint64_t state = (seed + 1) * 0x9e3779b97f4a7c15ull;

	state = (state ^ state >> 31) | 1;
	for (int i = 0; i < 8; i++)
		uniform(&state);
	return state;
}

/* What is woken, 10 s long on one CPU, and how long it waits. */
struct load {
	const char *name;
	double wakes_per_s;
	double pareto;	   /* the delays' shape; 0: lognormal */
	double sigma;	   /* of the latter */
	double memory;	   /* from a delay to the next: AR(1), lognormal alone */
	double spell_s;	   /* everything is ten times slower in spells of so many seconds; 0: none */
};

static double multiple(const struct load *load, double *mood, uint64_t *state)
{
	if (load->pareto)
		return pow(uniform(state), -1 / load->pareto);
	*mood = load->memory * *mood + sqrt(1 - load->memory * load->memory) * normal(state);
	return exp(load->sigma * *mood);
}

/* scale: of delays and runs; 1 is 200 us and 300 us. */
static void play(struct blocks *blocks, const struct load *load, double scale, uint64_t *state)
{
	double mood = normal(state), spell_ns = 0, time_ns = SECOND;
	bool slow = uniform(state) < 0.5;

	assert_int_equal(blocks_start(blocks, SECOND, 11 * SECOND), 0);
	for (;;) {
		double delay_ns = 200e3 * scale * multiple(load, &mood, state);
		double run_ns = exponential(state, 300e3 * scale);
		uint64_t start_ns;

		time_ns += exponential(state, SECOND / load->wakes_per_s);
		while (load->spell_s && SECOND + spell_ns < time_ns) {
			spell_ns += exponential(state, load->spell_s * SECOND);
			slow = !slow;
		}
		start_ns = time_ns + (load->spell_s && slow ? 10 : 1) * delay_ns;
		if (time_ns >= 11.0 * SECOND)
			return;
		assert_int_equal(blocks_add(blocks, &WOKEN(1, 1, time_ns, start_ns,
							   start_ns + run_ns)),
				 0);
	}
}

static const struct limit asked[] = {
	{ .statistic = LIMIT_PERCENTILE, .percentile = 50, .quantity = LIMIT_WAKE_DELAY },
	{ .statistic = LIMIT_PERCENTILE, .percentile = 99, .quantity = LIMIT_WAKE_DELAY },
	{ .statistic = LIMIT_PERCENTILE, .percentile = 99.9, .quantity = LIMIT_WAKE_DELAY },
	{ .statistic = LIMIT_MEAN, .quantity = LIMIT_WAKE_DELAY },
	{ .statistic = LIMIT_TOTAL, .quantity = LIMIT_WAKE_DELAY },
	{ .statistic = LIMIT_COUNT, .quantity = LIMIT_WAKEUPS },
	{ .statistic = LIMIT_SHARE },
};
#define ASKED COUNT_OF(asked)

static struct compare_run measure(const struct blocks *blocks, const struct limit *what,
				  const struct compare_options *options)
{
	struct blocks_deviation deviation;
	struct blocks_value value;

	assert_int_equal(blocks_value(blocks, what, 1, &value), 0);
	assert_int_equal(
		blocks_deviation(blocks, what, 1, compare_floor(what, options), &deviation), 0);
	return (struct compare_run){ .known = value.known,
				     .value = value.value,
				     .samples = value.samples,
				     .deviation_known = deviation.known,
				     .deviation = deviation.deviation };
}

static const struct compare_options any_size = { .chance = 0.05 };

/* Whether anything of two runs of a load is told to be worse; by counts what. */
static bool is_alarm(const struct load *load, uint64_t seed, unsigned int *worse)
{
	uint64_t state = random_start(seed);
	struct compare_question questions[ASKED];
	struct compare_run runs[2][ASKED];
	struct compare_answer answers[ASKED];
	bool alarm = false;

	for (int r = 0; r < 2; r++) {
		struct blocks blocks;

		play(&blocks, load, 1, &state);
		for (size_t i = 0; i < ASKED; i++)
			runs[r][i] = measure(&blocks, &asked[i], &any_size);
		blocks_free(&blocks);
	}
	for (size_t i = 0; i < ASKED; i++)
		questions[i] = (struct compare_question){ &asked[i], runs[1][i], &runs[0][i], 1 };
	assert_int_equal(compare_all(answers, questions, ASKED, &any_size), 0);
	for (size_t i = 0; i < ASKED; i++) {
		worse[i] += answers[i].verdict == COMPARE_REGRESSION;
		alarm |= answers[i].verdict == COMPARE_REGRESSION;
	}
	return alarm;
}

static unsigned int checks(unsigned int usual)
{
	return getenv("CHANCE_TRACES") ? (unsigned int)atoi(getenv("CHANCE_TRACES")) : usual;
}

static const struct load loads[] = {
	{ "lognormal", 200, .sigma = 1 },
	{ "heavy tail", 200, .pareto = 1.8 },
	{ "heavier tail, few", 40, .pareto = 1.3 },
	{ "few", 12, .sigma = 1 },
	{ "AR(1)", 200, .sigma = 1, .memory = 0.97 },
	{ "spells of 3 blocks", 100, .sigma = 0.5, .spell_s = 0.75 },
	{ "spells of 8 blocks", 100, .sigma = 0.5, .spell_s = 2 },
};

static void chance_within_runs_passes_for_a_regression_in_one_of_twenty(void **state)
{
	unsigned int all = 0, n = checks(60);

	for (size_t i = 0; i < COUNT_OF(loads); i++) {
		unsigned int worse[ASKED] = {}, alarms = 0;

		for (unsigned int k = 0; k < n; k++)
			alarms += is_alarm(&loads[i], k, worse);
		all += alarms;
		if (getenv("CHANCE_TRACES"))
			print_message("%-20s %u of %u: p50 %u p99 %u p99.9 %u mean %u total %u "
				      "count %u share %u\n",
				      loads[i].name, alarms, n, worse[0], worse[1], worse[2],
				      worse[3], worse[4], worse[5], worse[6]);
	}
	assert_true(all <= 0.06 * n * COUNT_OF(loads));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chance_within_runs_passes_for_a_regression_in_one_of_twenty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
