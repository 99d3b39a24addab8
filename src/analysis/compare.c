// SPDX-License-Identifier: GPL-2.0-only
/* A new run against its baselines: see compare.h. */
#include "analysis/compare.h"
#include "analysis/blocks.h"
#include "analysis/chance.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct compare_options compare_defaults = {
	.min_change = 0.10,
	.min_delta_ns = 50000,
	.chance = 0.05,
	.runs_differ = 0.05,
};

/* The smallest change that anybody wants to hear of. */
static double min_delta(const struct limit *what, const struct compare_options *options)
{
	switch (limit_unit(what)) {
	case LIMIT_FRACTION:
		return 0.001;
	case LIMIT_NUMBER:
		return 1;
	default:
		return options->min_delta_ns;
	}
}

double compare_floor(const struct limit *what, const struct compare_options *options)
{
	double delta = min_delta(what, options);

	if (limit_unit(what) != LIMIT_NS)
		return delta;
	return isfinite(delta) ? fmax(delta, 1) : 1;
}

/* From so many on, baselines alone say how runs differ. */
#define ENOUGH_BASELINES 5u

/* What a question's answer rests on. */
struct evidence {
	double difference; /* of the logarithms */
	bool within_known;
	double within; /* standard error of the difference; below 3 baselines, with what runs may
			  differ */
	bool between_known;
	double within_now;    /* the new run's variance; 0: not known */
	double between;	      /* with 3 baselines and more: likewise */
	unsigned int degrees; /* of freedom, of that */
	double spread;	      /* of 2: their difference */
	uint32_t baselines;
	double p[2]; /* worse, better: before Holm, and after it */
	bool counts; /* is in the family */
};

enum { WORSE, BETTER };

static bool is_sane(const struct compare_run *run)
{
	return run->known && isfinite(run->value) && run->value >= 0;
}

static bool has_deviation(const struct compare_run *run)
{
	return run->deviation_known && isfinite(run->deviation) && run->deviation >= 0;
}

static const char *why_not_now(const struct limit *what, const struct compare_run *now)
{
	if (!now->known)
		return now->why ? now->why : "no value";
	if (!is_sane(now))
		return "the value is impossible";
	return limit_is_enough(what, now->samples) ? NULL : "too few samples";
}

static const char *why_not_then(const struct limit *what, const struct compare_run *run)
{
	if (!run->known)
		return run->samples ? "not known in a baseline" : "no sample in a baseline";
	if (!is_sane(run))
		return "the value is impossible in a baseline";
	return limit_is_enough(what, run->samples) ? NULL : "too few samples in a baseline";
}

/* Why a question has no answer, whatever the values; NULL: it may have one. */
static const char *why_inconclusive(const struct compare_question *q)
{
	const char *why;

	if (q->what->statistic == LIMIT_MAX || q->what->statistic == LIMIT_MIN)
		return "a single event cannot be compared";
	if (q->what->statistic == LIMIT_TRESPASSES || q->what->statistic == LIMIT_LOST)
		return "this cannot be compared";
	why = why_not_now(q->what, &q->now);
	if (!why && !q->baseline_count)
		why = "no baseline";
	for (uint32_t i = 0; i < q->baseline_count && !why; i++)
		why = why_not_then(q->what, &q->baselines[i]);
	return why;
}

/* What runs tell of the deviation of others like them. */
struct example {
	bool known;
	double variance_of_one; /* that a run of one sample would have */
	double samples;
};

static void take_example(struct example *x, const struct compare_run *run, double weight)
{
	double samples = run->samples ? run->samples : 1;

	x->known = true;
	x->variance_of_one += run->deviation * run->deviation * samples * weight;
	x->samples += samples * weight;
}

/* The new run; or else the middle of the baselines that know theirs. */
static struct example find_example(const struct compare_question *q)
{
	struct example x = {};
	uint32_t n = 0;

	if (has_deviation(&q->now)) {
		take_example(&x, &q->now, 1);
		return x;
	}
	for (uint32_t i = 0; i < q->baseline_count; i++)
		n += has_deviation(&q->baselines[i]);
	for (uint32_t i = 0; i < q->baseline_count; i++)
		if (has_deviation(&q->baselines[i]))
			take_example(&x, &q->baselines[i], 1.0 / n);
	return x;
}

/* Where nothing changed, a run without samples should have had as many as both on average. */
static double variance_of(const struct compare_run *run, const struct example *x)
{
	if (has_deviation(run))
		return run->deviation * run->deviation;
	return x->variance_of_one / (run->samples ? run->samples : x->samples / 2);
}

static void weigh_within(struct evidence *e, const struct compare_question *q,
			 const struct compare_options *options)
{
	struct example x = find_example(q);
	double n = q->baseline_count, variance = 0;

	if (!x.known)
		return;
	for (uint32_t i = 0; i < q->baseline_count; i++)
		variance += variance_of(&q->baselines[i], &x) / (n * n);
	e->within_now = variance_of(&q->now, &x);
	variance += e->within_now;
	if (q->baseline_count < 3)
		variance += options->runs_differ * options->runs_differ * (1 + 1 / n);
	e->within = sqrt(variance);
	e->within_known = isfinite(e->within);
}

static double logarithm(const struct compare_run *run, double floor)
{
	return log(fmin(run->value, 1e300) + floor);
}

/* As how many more baselines it counts that runs are taken to differ: of three or four, their own
 * spread says little. */
static uint32_t assumed_baselines(const struct evidence *e, const struct compare_options *options)
{
	return options->runs_differ > 0 && e->baselines < ENOUGH_BASELINES
		       ? ENOUGH_BASELINES - e->baselines
		       : 0;
}

static void weigh_between(struct evidence *e, const struct compare_question *q, double mean,
			  double floor, const struct compare_options *options)
{
	double squares = 0, n = q->baseline_count, assumed = assumed_baselines(e, options);

	for (uint32_t i = 0; i < q->baseline_count; i++)
		squares += pow(logarithm(&q->baselines[i], floor) - mean, 2);
	if (n == 2)
		e->spread = sqrt(squares * 2);
	e->between_known = n >= 3;
	if (!e->between_known)
		return;
	squares += assumed * (options->runs_differ * options->runs_differ + e->within_now);
	e->degrees = n + assumed - 1;
	e->between = sqrt(squares / e->degrees * (1 + 1 / n));
}

/* P(T > difference / error). */
static double tail(double difference, double error, unsigned int degrees)
{
	if (!(error > 0))
		return difference > 0 ? 0 : difference < 0 ? 1 : 0.5;
	return chance_student_tail(difference / error, degrees);
}

static double p_of(const struct evidence *e, double difference)
{
	double p = e->within_known ? tail(difference, e->within, BLOCKS_COUNT - 1) : 0;

	if (e->between_known)
		p = fmax(p, tail(difference, e->between, e->degrees));
	if (e->baselines == 2 && !(difference > e->spread))
		p = 1;
	return p;
}

/* The baselines' middle, which rounding must not take out of their range. */
static void set_reference(struct compare_answer *a, const struct compare_question *q, double mean,
			  double floor)
{
	a->low = a->high = q->baselines[0].value;
	for (uint32_t i = 1; i < q->baseline_count; i++) {
		a->low = fmin(a->low, q->baselines[i].value);
		a->high = fmax(a->high, q->baselines[i].value);
	}
	a->reference = fmin(fmax(exp(mean) - floor, a->low), a->high);
	a->change = q->now.value / a->reference - 1;
	a->change_known = a->reference > 0 && isfinite(a->change);
	if (!a->change_known)
		a->change = 0;
	a->known = true;
}

static bool is_large(double growth, const struct compare_answer *a,
		     const struct compare_question *q, const struct compare_options *options)
{
	return growth > options->min_change * a->reference && growth > min_delta(q->what, options);
}

static void weigh(struct evidence *e, struct compare_answer *a, const struct compare_question *q,
		  const struct compare_options *options)
{
	double floor = compare_floor(q->what, options), mean = 0;

	*e = (struct evidence){ .baselines = q->baseline_count };
	*a = (struct compare_answer){ .why = why_inconclusive(q) };
	if (a->why) {
		a->verdict = COMPARE_INCONCLUSIVE;
		return;
	}
	for (uint32_t i = 0; i < q->baseline_count; i++)
		mean += logarithm(&q->baselines[i], floor) / q->baseline_count;
	set_reference(a, q, mean, floor);
	weigh_within(e, q, options);
	weigh_between(e, q, mean, floor, options);
	e->difference = logarithm(&q->now, floor) - mean;
	e->counts = e->within_known || e->baselines >= 2;
	e->p[WORSE] = p_of(e, e->difference);
	e->p[BETTER] = p_of(e, -e->difference);
	a->p_known = e->counts;
	a->between_known = e->between_known;
}

/* A question's place in the order of one family. */
struct rank {
	double p;
	uint32_t question;
};

static int by_p(const void *a, const void *b)
{
	const struct rank *one = a, *other = b;

	if (one->p != other->p)
		return one->p < other->p ? -1 : 1;
	return one->question < other->question ? -1 : 1;
}

static uint32_t family_size(const struct evidence *evidence, uint32_t count)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < count; i++)
		n += evidence[i].counts;
	return n;
}

/* Each p times the number of those that are not smaller, and none below the one before it. */
static void holm(struct evidence *evidence, uint32_t count, struct rank *ranks, int side)
{
	uint32_t n = 0;
	double p = 0;

	for (uint32_t i = 0; i < count; i++)
		if (evidence[i].counts)
			ranks[n++] = (struct rank){ .p = evidence[i].p[side], .question = i };
	qsort(ranks, n, sizeof(*ranks), by_p);
	for (uint32_t i = 0; i < n; i++) {
		p = fmin(fmax(p, ranks[i].p * (n - i)), 1);
		evidence[ranks[i].question].p[side] = p;
	}
}

static void set_noise(struct compare_answer *a, const struct evidence *e, double chance)
{
	double least = e->spread;

	if (!(chance > 0))
		return;
	chance = fmin(chance, 0.5);
	if (e->within_known)
		least = fmax(least, e->within * chance_student_quantile(chance, BLOCKS_COUNT - 1));
	if (e->between_known)
		least = fmax(least, e->between * chance_student_quantile(chance, e->degrees));
	a->noise = exp(least) - 1;
	a->noise_known = isfinite(a->noise);
	if (!a->noise_known)
		a->noise = 0;
}

static void judge(struct compare_answer *a, const struct evidence *e,
		  const struct compare_question *q, const struct compare_options *options)
{
	double growth = q->now.value - a->reference;
	bool grew = is_large(growth, a, q, options), shrank = is_large(-growth, a, q, options);

	if (!e->counts) {
		if (q->what->statistic > LIMIT_MEAN && !grew && !shrank)
			return;
		a->verdict = COMPARE_INCONCLUSIVE;
		a->why = "too few samples to know what chance does";
		return;
	}
	a->p_worse = e->p[WORSE];
	a->p_better = e->p[BETTER];
	if (grew && a->p_worse <= options->chance)
		a->verdict = COMPARE_REGRESSION;
	else if (shrank && a->p_better <= options->chance)
		a->verdict = COMPARE_IMPROVED;
}

int compare_all(struct compare_answer *answers, const struct compare_question *questions,
		uint32_t count, const struct compare_options *options)
{
	struct evidence *evidence = calloc(count ? count : 1, sizeof(*evidence));
	struct rank *ranks = calloc(count ? count : 1, sizeof(*ranks));
	uint32_t family;

	if (!evidence || !ranks) {
		free(evidence);
		free(ranks);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < count; i++)
		weigh(&evidence[i], &answers[i], &questions[i], options);
	family = family_size(evidence, count);
	holm(evidence, count, ranks, WORSE);
	holm(evidence, count, ranks, BETTER);
	for (uint32_t i = 0; i < count; i++) {
		if (!answers[i].known)
			continue;
		if (evidence[i].counts)
			set_noise(&answers[i], &evidence[i], options->chance / family);
		judge(&answers[i], &evidence[i], &questions[i], options);
	}
	free(evidence);
	free(ranks);
	return 0;
}

const char *compare_verdict_name(enum compare_verdict verdict)
{
	static const char *const names[] = {
		[COMPARE_PASS] = "pass",
		[COMPARE_IMPROVED] = "improved",
		[COMPARE_REGRESSION] = "regression",
		[COMPARE_INCONCLUSIVE] = "inconclusive",
	};

	return names[verdict <= COMPARE_INCONCLUSIVE ? verdict : COMPARE_INCONCLUSIVE];
}
