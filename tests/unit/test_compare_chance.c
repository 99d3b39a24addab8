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
	double pareto;	/* the delays' shape; 0: lognormal */
	double sigma;	/* of the latter */
	double memory;	/* from a delay to the next: AR(1), lognormal alone */
	double spell_s; /* everything is ten times slower in spells of so many seconds; 0: none */
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
		assert_int_equal(
			blocks_add(blocks, &WOKEN(1, 1, time_ns, start_ns, start_ns + run_ns)), 0);
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
	{ .statistic = LIMIT_PERCENTILE, .percentile = 90, .quantity = LIMIT_WAKE_DELAY },
	{ .statistic = LIMIT_PERCENTILE, .percentile = 99, .quantity = LIMIT_RUN },
	{ .statistic = LIMIT_TOTAL, .quantity = LIMIT_RUN },
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

/* And of runs that do not differ from each other. */
static const struct compare_options any_size = { .chance = 0.05 };
static const struct compare_options any_size_of_runs = { .chance = 0.05, .runs_differ = 0.05 };

#define BASELINES_MAX 10

/* Whether anything of a run is told to be worse than that of others of its kind, whose scales have
 * a standard deviation of noise; by counts what. */
static bool is_alarm(const struct load *load, double noise, uint32_t baselines, uint64_t seed,
		     unsigned int *worse)
{
	struct compare_run runs[ASKED][BASELINES_MAX + 1];
	struct compare_question questions[ASKED];
	struct compare_answer answers[ASKED];
	uint64_t state = random_start(seed);
	bool alarm = false;

	for (uint32_t r = 0; r <= baselines; r++) {
		struct blocks blocks;

		play(&blocks, load, exp(noise * normal(&state)), &state);
		for (size_t i = 0; i < ASKED; i++)
			runs[i][r] = measure(&blocks, &asked[i], &any_size);
		blocks_free(&blocks);
	}
	for (size_t i = 0; i < ASKED; i++)
		questions[i] = (struct compare_question){ &asked[i], runs[i][baselines], runs[i],
							  baselines };
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

static unsigned int alarms_of(const struct load *load, double noise, uint32_t baselines,
			      unsigned int n)
{
	unsigned int worse[ASKED] = {}, alarms = 0;

	for (unsigned int k = 0; k < n; k++)
		alarms += is_alarm(load, noise, baselines, k, worse);
	if (getenv("CHANCE_TRACES")) {
		print_message("%-20s %u baselines, noise %g: %u of %u:", load->name, baselines,
			      noise, alarms, n);
		for (size_t i = 0; i < ASKED; i++)
			print_message(" %u", worse[i]);
		print_message("\n");
	}
	return alarms;
}

static void chance_within_runs_passes_for_a_regression_in_one_of_twenty(void **state)
{
	unsigned int alarms = 0, n = checks(58);

	for (size_t i = 0; i < COUNT_OF(loads); i++)
		alarms += alarms_of(&loads[i], 0, 1, n);
	assert_true(alarms <= 0.06 * n * COUNT_OF(loads));
}

static void noise_between_runs_is_learned_from_the_baselines(void **state)
{
	unsigned int n = checks(20);

	assert_true(alarms_of(&loads[0], 0.05, 5, n) <= 0.06 * n);
}

/*
 * Runs as numbers: p99 of 2 ms, whose logarithms differ by a standard deviation between runs, and
 * by one within them, which is known as well as 40 blocks tell it.
 */
struct runs {
	double between, within;
	uint32_t baselines;
	unsigned int questions;
};

static struct compare_run number(const struct runs *runs, double value, uint64_t *state)
{
	double squares = 0;

	for (int i = 0; i < 39; i++)
		squares += pow(normal(state), 2);
	return (struct compare_run){
		.known = true,
		.value = value * exp(runs->between * normal(state) + runs->within * normal(state)),
		.samples = 20000,
		.deviation_known = true,
		.deviation = runs->within * sqrt(squares / 39) * 2e6 / (2e6 + 50e3),
	};
}

#define QUESTIONS_MAX 12

/* The first question's quantity grew by so much; returns whether any is told to be worse. */
static bool told(const struct runs *runs, double growth, const struct compare_options *options,
		 uint64_t seed, bool *first)
{
	static const struct limit p99 = { .statistic = LIMIT_PERCENTILE, .percentile = 99 };
	struct compare_run baselines[QUESTIONS_MAX][BASELINES_MAX];
	struct compare_question questions[QUESTIONS_MAX];
	struct compare_answer answers[QUESTIONS_MAX];
	uint64_t state = random_start(seed);
	bool any = false;

	for (unsigned int q = 0; q < runs->questions; q++) {
		for (uint32_t i = 0; i < runs->baselines; i++)
			baselines[q][i] = number(runs, 2e6, &state);
		questions[q] = (struct compare_question){
			.what = &p99,
			.now = number(runs, q ? 2e6 : 2e6 * (1 + growth), &state),
			.baselines = baselines[q],
			.baseline_count = runs->baselines,
		};
	}
	assert_int_equal(compare_all(answers, questions, runs->questions, options), 0);
	for (unsigned int q = 0; q < runs->questions; q++)
		any |= answers[q].verdict == COMPARE_REGRESSION;
	*first = answers[0].verdict == COMPARE_REGRESSION;
	return any;
}

static unsigned int regressions(const struct runs *runs, double growth,
				const struct compare_options *options, unsigned int n)
{
	unsigned int any = 0, first = 0;

	for (unsigned int k = 0; k < n; k++) {
		bool is_first;

		any += told(runs, growth, options, k, &is_first);
		first += is_first;
	}
	if (getenv("CHANCE_TRACES"))
		print_message("%u baselines, %u questions, between %g, within %g, growth %g, %s: "
			      "any %u, it %u of %u\n",
			      runs->baselines, runs->questions, runs->between, runs->within, growth,
			      options == &compare_defaults ? "default size" : "any size", any,
			      first, n);
	return growth ? first : any;
}

static void many_questions_of_noisy_runs_are_one_family(void **state)
{
	static const uint32_t baselines[] = { 3, 5, 10 };
	unsigned int n = checks(200);

	for (size_t i = 0; i < COUNT_OF(baselines); i++) {
		const struct runs runs = { 0.05, 0.015, baselines[i], 10 };

		assert_true(regressions(&runs, 0, &any_size_of_runs, n) <= 0.06 * n);
	}
}

static void a_fifth_more_is_found(void **state)
{
	const struct runs runs = { 0.015, 0.015, 10, 12 };
	unsigned int n = checks(200);

	assert_true(regressions(&runs, 0.2, &compare_defaults, n) >= 0.95 * n);
}

/* Noise between runs cannot be seen in one baseline, and hardly in two: until it can, it is taken
 * to be 5 %. */
static void noise_that_nobody_could_learn_yet_is_allowed_for(void **state)
{
	static const struct {
		double between;
		uint32_t baselines;
		double at_most;
	} cases[] = {
		{ 0.02, 1, 0.02 }, { 0.02, 2, 0.02 }, { 0.02, 3, 0.02 }, { 0.05, 1, 0.06 },
		{ 0.05, 2, 0.06 }, { 0.05, 3, 0.06 }, { 0.05, 5, 0.06 }, { 0.05, 10, 0.06 },
		{ 0.02, 4, 0.06 }, { 0.05, 4, 0.06 }, { 0.1, 3, 0.09 },	 { 0.1, 4, 0.09 },
		{ 0.1, 5, 0.09 },  { 0.1, 10, 0.09 },
	};
	unsigned int n = checks(200);

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct runs runs = { cases[i].between, 0.015, cases[i].baselines, 12 };

		assert_true(regressions(&runs, 0, &compare_defaults, n) <= cases[i].at_most * n);
	}
}

/* What it costs: how often a growth is found by few baselines. All are told with CHANCE_TRACES. */
static void few_baselines_find_what_is_large(void **state)
{
	static const double growths[] = { 0.2, 0.3, 0.5 }, noises[] = { 0.015, 0.05 };
	static const uint32_t baselines[] = { 1, 2, 3, 4, 5, 10 };
	unsigned int n = checks(100);

	for (size_t g = getenv("CHANCE_TRACES") ? 0 : 2; g < COUNT_OF(growths); g++) {
		for (size_t i = 0; i < COUNT_OF(noises) * COUNT_OF(baselines); i++) {
			const struct runs runs = { noises[i % 2], 0.015, baselines[i / 2], 12 };
			unsigned int found = regressions(&runs, growths[g], &compare_defaults, n);

			if (growths[g] == 0.5 && runs.between == 0.015)
				assert_true(found >= 0.9 * n);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chance_within_runs_passes_for_a_regression_in_one_of_twenty),
		cmocka_unit_test(noise_between_runs_is_learned_from_the_baselines),
		cmocka_unit_test(many_questions_of_noisy_runs_are_one_family),
		cmocka_unit_test(a_fifth_more_is_found),
		cmocka_unit_test(noise_that_nobody_could_learn_yet_is_allowed_for),
		cmocka_unit_test(few_baselines_find_what_is_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
