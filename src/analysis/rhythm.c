// SPDX-License-Identifier: GPL-2.0-only
/* The rhythm of visits: see rhythm.h. */
#include "analysis/rhythm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CANDIDATES    8
#define REFINEMENTS   3
#define PERIODS_MAX   3	   /* of a link */
#define LOOK_BACK     12   /* visits that a link may skip, bounded: bursts would cost n^2 */
#define TOLERANCE_MAX 0.3  /* of the period, for a single one */
#define TOLERANCE_MIN 0.05 /* clocks' ticks have tails that their jitter does not tell */
#define DEVIATION_MAX 0.35 /* likewise, for several: below one half, or all would fit */
#define JITTERS	      3.5
#define HOPELESS      0.6 /* of the visits */

/*
 * By trial on memoryless, gamma (shape 2 and 4), uniform and bursty streams on the one side, and
 * rhythms with 20 % of extra visits and 10 % of jitter (0.33 to 0.38 a visit) on the other.
 */
#define SCORE_MIN     5.0
#define SCORE_A_VISIT 0.28 /* and half a point more, for few visits */
#define LINKS_A_PAUSE 8
#define FEW_INTERVALS 16 /* a pause among fewer is not told from a burst's end */

struct link {
	uint16_t back; /* how many visits back its first one is; 0: no link ends here */
	uint8_t periods;
};

/* A chain of links through the visits, for one period and tolerance. */
struct chain {
	double period, tolerance; /* ns; of the period */
	double linked_ns, periods, jitter, rms;
	double score;
	uint32_t links, single_links, beats;
	struct link to[RHYTHM_VISITS_MAX];
};

struct visits_view {
	const uint64_t *starts, *runs;
	uint32_t n;
	double rate;			  /* of a memoryless stream with the same median interval */
	double sorted[RHYTHM_VISITS_MAX]; /* the intervals */
	uint32_t intervals;
};

static int by_value(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return left < right ? -1 : left > right;
}

/* Sorts the values, too; n > 0. */
static double median(double *values, uint32_t n)
{
	qsort(values, n, sizeof(*values), by_value);
	return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

/* From visit i to visit j, i < j; negative out of order. */
static double interval(const struct visits_view *v, uint32_t i, uint32_t j)
{
	uint64_t from = v->starts[i], to = v->starts[j];

	return to >= from ? (double)(to - from) : -(double)(from - to);
}

static double allowed_deviation(double tolerance, int periods)
{
	return fmin(tolerance * sqrt(periods), DEVIATION_MAX);
}

/* Whether a distance is a link: how many periods, else 0; and how badly it fits, 0..1. */
static int link_periods(const struct chain *c, double distance, double *misfit)
{
	double ratio = distance / c->period, k = rint(ratio), allowed;

	if (!(k >= 1 && k <= PERIODS_MAX))
		return 0;
	allowed = allowed_deviation(c->tolerance, (int)k);
	*misfit = fabs(ratio - k) / allowed;
	return *misfit <= 1 ? (int)k : 0;
}

/*
 * The best chain that ends at each visit, by what its links are worth: 1, less where beats were
 * missed or the fit is bad, so that of two visits the one nearer to the beat is taken.
 */
#define MISSED_COSTS 0.25
#define MISFIT_COSTS 0.25
#define PAUSE_COSTS  0.5

struct ending {
	double worth;
	uint16_t best; /* of the visits up to here, the one whose chain is worth most */
};

static struct ending best_ending(const struct visits_view *v, struct chain *c,
				 const struct ending *ends, uint32_t i)
{
	double most = i ? ends[ends[i - 1].best].worth : 0;
	struct ending end = { .worth = i ? most - PAUSE_COSTS : 0, .best = (uint16_t)i };

	c->to[i] = (struct link){ 0 };
	for (uint32_t back = 1; back <= LOOK_BACK && back <= i; back++) {
		double distance = interval(v, i - back, i), misfit, worth;
		int k = link_periods(c, distance, &misfit);

		if (distance > (PERIODS_MAX + 1) * c->period)
			break;
		if (!k)
			continue;
		worth = ends[i - back].worth + 1 - (k - 1) * MISSED_COSTS -
			misfit * misfit * MISFIT_COSTS;
		if (worth <= end.worth)
			continue;
		end.worth = worth;
		c->to[i] = (struct link){ .back = (uint16_t)back, .periods = (uint8_t)k };
	}
	if (i && most >= end.worth)
		end.best = ends[i - 1].best;
	return end;
}

/* Leaves in to[] the links of the best chain alone. */
static void make_chain(const struct visits_view *v, struct chain *c)
{
	struct ending ends[RHYTHM_VISITS_MAX];
	uint32_t i, kept;

	for (i = 0; i < v->n; i++)
		ends[i] = best_ending(v, c, ends, i);
	for (kept = v->n; kept > 0;) {
		/* Behind the chain's last visit, or behind a pause: on with the best before it. */
		i = ends[kept - 1].best;
		memset(&c->to[i + 1], 0, (kept - i - 1) * sizeof(*c->to));
		while (c->to[i].back) {
			uint32_t from = i - c->to[i].back;

			memset(&c->to[from + 1], 0, (i - from - 1) * sizeof(*c->to));
			i = from;
		}
		kept = i;
	}
}

static void mark_beats(const struct visits_view *v, const struct chain *c, bool *beats)
{
	memset(beats, 0, v->n * sizeof(*beats));
	for (uint32_t i = 0; i < v->n; i++)
		if (c->to[i].back)
			beats[i] = beats[i - c->to[i].back] = true;
}

static uint32_t count_beats(const struct visits_view *v, const struct chain *c)
{
	bool beats[RHYTHM_VISITS_MAX];
	uint32_t n = 0;

	mark_beats(v, c, beats);
	for (uint32_t i = 0; i < v->n; i++)
		n += beats[i];
	return n;
}

static void measure_chain(const struct visits_view *v, struct chain *c)
{
	double deviations[RHYTHM_VISITS_MAX];
	uint32_t n = 0;

	c->linked_ns = c->periods = c->jitter = c->rms = 0;
	c->links = c->single_links = 0;
	for (uint32_t i = 0; i < v->n; i++) {
		if (!c->to[i].back)
			continue;
		c->linked_ns += interval(v, i - c->to[i].back, i);
		c->periods += c->to[i].periods;
		c->links++;
		c->single_links += c->to[i].periods == 1;
	}
	if (!c->links)
		return;
	c->period = c->linked_ns / c->periods;
	for (uint32_t i = 0; i < v->n; i++) {
		double k = c->to[i].periods, deviation;

		if (!c->to[i].back)
			continue;
		deviation = fabs(interval(v, i - c->to[i].back, i) - k * c->period) / sqrt(k);
		deviations[n++] = deviation;
		c->rms += deviation * deviation;
	}
	c->rms = sqrt(c->rms / n);
	c->jitter = 1.4826 * median(deviations, n);
}

/* The share of a memoryless stream's intervals that would be links. */
static double chance_of_link(const struct visits_view *v, const struct chain *c)
{
	double beat = v->rate * c->period, share = 0;

	for (int k = 1; k <= PERIODS_MAX; k++) {
		double allowed = allowed_deviation(c->tolerance, k);

		share += exp(-beat * (k - allowed)) - exp(-beat * (k + allowed));
	}
	return share;
}

static double score_chain(const struct visits_view *v, const struct chain *c)
{
	double trials = v->n - 1, a = c->links / trials, q = chance_of_link(v, c);

	if (!(a > q))
		return 0;
	return trials * (a * log(a / q) + (a < 1 ? (1 - a) * log((1 - a) / (1 - q)) : 0));
}

static void refine_chain(const struct visits_view *v, struct chain *c, double period)
{
	c->period = period;
	c->tolerance = TOLERANCE_MAX;
	c->score = 0;
	for (int i = 0;; i++) {
		make_chain(v, c);
		measure_chain(v, c);
		c->beats = c->links ? count_beats(v, c) : 0;
		/* The first tolerance is the widest: there will not be many more. */
		if (c->beats < HOPELESS * v->n)
			return;
		if (i == REFINEMENTS)
			break;
		c->tolerance =
			fmin(fmax(JITTERS * c->jitter / c->period, TOLERANCE_MIN), TOLERANCE_MAX);
	}
	c->score = score_chain(v, c);
}

/*
 * The middles of the densest windows [x, ratio x] over the sorted intervals, the densest first;
 * windows do not overlap.
 */
static uint32_t dense_windows(const struct visits_view *v, double ratio, double *middles,
			      uint32_t max)
{
	uint8_t taken[RHYTHM_VISITS_MAX] = { 0 };
	uint32_t found = 0;

	for (; found < max; found++) {
		uint32_t best = 0, best_count = 1;

		for (uint32_t low = 0, high = 0; low < v->intervals; low++) {
			high = high > low ? high : low;
			while (high < v->intervals && v->sorted[high] <= ratio * v->sorted[low] &&
			       !taken[high])
				high++;
			if (high - low > best_count && !taken[low]) {
				best = low;
				best_count = high - low;
			}
		}
		if (best_count < 2)
			break;
		memset(&taken[best], 1, best_count);
		middles[found] = v->sorted[best + best_count / 2];
	}
	return found;
}

static bool look_at(struct visits_view *v, const uint64_t *starts, const uint64_t *runs, uint32_t n)
{
	v->starts = starts;
	v->runs = runs;
	v->n = n;
	v->intervals = 0;
	for (uint32_t i = 1; i < n; i++)
		if (interval(v, i - 1, i) > 0)
			v->sorted[v->intervals++] = interval(v, i - 1, i);
	if (!v->intervals)
		return false;
	v->rate = M_LN2 / median(v->sorted, v->intervals);
	return true;
}

/* A stretch has one beat more than links. */
static uint32_t pauses_of(const struct chain *c)
{
	return c->links ? c->beats - c->links - 1 : 0;
}

static double time_without_longest(const struct visits_view *v)
{
	uint32_t dropped = v->intervals < FEW_INTERVALS ? 0 : (v->intervals + 49) / 50;
	double sum = 0;

	for (uint32_t i = 0; i + dropped < v->intervals; i++)
		sum += v->sorted[i];
	return sum;
}

/* Whether it is more than chance. */
static bool is_likely(const struct chain *c)
{
	return c->beats >= RHYTHM_BEATS_MIN && c->score >= SCORE_MIN;
}

static bool has_form(const struct visits_view *v, const struct chain *c)
{
	return is_likely(c) && c->score >= SCORE_A_VISIT * v->n + 0.5 &&
	       c->beats >= RHYTHM_EXPLAINED_MIN * v->n &&
	       c->single_links >= RHYTHM_SINGLE_MIN * c->links &&
	       pauses_of(c) <= 1 + c->links / LINKS_A_PAUSE &&
	       2 * c->linked_ns >= time_without_longest(v);
}

/* Asked of the best chain alone: or a worse one that leaves out what deviates would do. */
static bool is_tight(const struct visits_view *v, const struct chain *c)
{
	/* That of few deviations is itself uncertain. */
	double rms_at_most = c->rms * (1 + 0.5 / sqrt(v->n));

	return rms_at_most <= RHYTHM_SPREAD_MAX * c->period;
}

/*
 * Whether another period leaves far fewer visits unexplained, though it is not to be claimed, as
 * too many of its beats were missed: then neither is.
 */
static bool is_overtone(const struct visits_view *v, const struct chain *c, uint32_t most_beats)
{
	uint32_t left_out = v->n - c->beats;

	return left_out >= 2 && left_out * 10 >= v->n && (v->n - most_beats) * 4 < left_out;
}

static double duty_of(const struct visits_view *v, const struct chain *c)
{
	double run = 0;

	for (uint32_t i = 0; i < v->n; i++)
		for (uint32_t back = 1; back <= c->to[i].back; back++)
			run += (double)v->runs[i - back];
	return fmin(run / c->linked_ns, 1);
}

static int by_run(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return left < right ? -1 : left > right;
}

static void measure_runs(const struct visits_view *v, const struct chain *c, struct rhythm *out)
{
	bool beats[RHYTHM_VISITS_MAX];
	uint64_t runs[RHYTHM_VISITS_MAX];
	uint32_t n = 0;

	mark_beats(v, c, beats);
	for (uint32_t i = 0; i < v->n; i++)
		if (beats[i])
			runs[n++] = v->runs[i];
	if (!n)
		return;
	qsort(runs, n, sizeof(*runs), by_run);
	out->run_p50_ns = runs[(n - 1) / 2];
	out->run_min_ns = runs[0];
	out->run_max_ns = runs[n - 1];
}

static void tell(const struct visits_view *v, const struct chain *c, struct rhythm *out)
{
	out->beats = c->beats;
	out->period_ns = (uint64_t)llrint(c->period);
	out->jitter_ns = (uint64_t)llrint(c->jitter);
	out->missed = (uint32_t)c->periods - c->links;
	out->pauses = pauses_of(c);
	out->explained = (double)c->beats / v->n;
	out->duty = duty_of(v, c);
	measure_runs(v, c, out);
}

bool rhythm_find(const uint64_t *starts_ns, const uint64_t *runs_ns, uint32_t n, struct rhythm *out)
{
	struct chain chains[2], *best = &chains[0], *next = &chains[1];
	double periods[CANDIDATES];
	struct visits_view v;
	uint32_t candidates, most_beats = 0;

	memset(out, 0, sizeof(*out));
	n = n < RHYTHM_VISITS_MAX ? n : RHYTHM_VISITS_MAX;
	out->visits = n;
	if (n < RHYTHM_BEATS_MIN || !look_at(&v, starts_ns, runs_ns, n))
		return false;
	candidates = dense_windows(&v, 1.15, periods, CANDIDATES / 2);
	candidates += dense_windows(&v, 1.6, periods + candidates, CANDIDATES / 2);
	best->score = 0;
	for (uint32_t i = 0; i < candidates; i++) {
		refine_chain(&v, next, periods[i]);
		if (next->beats > most_beats && is_likely(next))
			most_beats = next->beats;
		if (next->score > best->score && has_form(&v, next)) {
			struct chain *worse = best;

			best = next;
			next = worse;
		}
	}
	if (!(best->score > 0) || !is_tight(&v, best) || is_overtone(&v, best, most_beats))
		return false;
	tell(&v, best, out);
	return true;
}
