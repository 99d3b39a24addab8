// SPDX-License-Identifier: GPL-2.0-only
/* How far chance moves a value within a run: the block bootstrap of blocks.h. */
#include "analysis/blocks_internal.h"
#include "analysis/chance.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>

#define DRAWS 1000
#define TAIL  0.005

/*
 * A quantity's distributions, summed up from the lowest bucket on and without the buckets that are
 * empty in all blocks: what is below a bucket's end in drawn blocks is then a sum over blocks, and
 * a percentile is found with ten of these instead of hundreds.
 */
struct tower {
	unsigned int floors;
	double *low_ns, *high_ns;	 /* of each bucket */
	uint64_t (*below)[BLOCKS_COUNT]; /* samples in it and below it, by block */
};

static void tower_free(struct tower *t)
{
	free(t->low_ns);
	free(t->high_ns);
	free(t->below);
}

static int tower_fill(struct tower *t, const struct blocks *b, enum limit_quantity quantity,
		      const struct histogram *all)
{
	uint64_t sum[BLOCKS_COUNT] = {};

	t->low_ns = malloc(LOGLIN_BUCKETS * sizeof(*t->low_ns));
	t->high_ns = malloc(LOGLIN_BUCKETS * sizeof(*t->high_ns));
	t->below = malloc(LOGLIN_BUCKETS * sizeof(*t->below));
	if (!t->low_ns || !t->high_ns || !t->below)
		return -ENOMEM;
	for (unsigned int bucket = 0; bucket < LOGLIN_BUCKETS; bucket++) {
		unsigned int floor = t->floors;

		if (!histogram_bucket_count(all, bucket))
			continue;
		histogram_bucket_edges(all, bucket, &t->low_ns[floor], &t->high_ns[floor]);
		for (int i = 0; i < BLOCKS_COUNT; i++) {
			sum[i] += histogram_bucket_count(block_samples(&b->list[i], quantity),
							 bucket);
			t->below[floor][i] = sum[i];
		}
		t->floors++;
	}
	return 0;
}

static int tower_make(struct tower *t, const struct blocks *b, enum limit_quantity quantity)
{
	struct histogram all = {};
	int err = 0;

	*t = (struct tower){};
	for (int i = 0; i < BLOCKS_COUNT && !err; i++)
		err = histogram_merge(&all, block_samples(&b->list[i], quantity));
	if (!err)
		err = tower_fill(t, b, quantity, &all);
	histogram_free(&all);
	if (err)
		tower_free(t);
	return err;
}

/* Samples in a bucket and below it, in so many of each block. */
static double seen_at(const struct tower *t, unsigned int floor,
		      const unsigned int times[BLOCKS_COUNT])
{
	uint64_t sum = 0;

	for (int i = 0; i < BLOCKS_COUNT; i++)
		sum += times[i] * t->below[floor][i];
	return sum;
}

/* Where a percentile is: in a bucket, and how far into it. */
struct place {
	unsigned int floor;
	double part;
};

/* As histogram_percentile_interpolated_ns(); false of nothing. */
static bool find(const struct tower *t, double p, const unsigned int times[BLOCKS_COUNT],
		 struct place *place)
{
	double total = t->floors ? seen_at(t, t->floors - 1, times) : 0, below;
	double rank = p * total / 100 * (1 - 4 * DBL_EPSILON);
	unsigned int low = 0, high = t->floors - 1;

	if (!(total > 0))
		return false;
	while (low < high) {
		unsigned int middle = low + (high - low) / 2;
		double seen = seen_at(t, middle, times);

		if (seen >= rank && seen > 0)
			high = middle;
		else
			low = middle + 1;
	}
	below = low ? seen_at(t, low - 1, times) : 0;
	place->floor = low;
	place->part = (rank - below) / (seen_at(t, low, times) - below);
	return true;
}

static double value_at(const struct tower *t, const struct place *place)
{
	return t->low_ns[place->floor] +
	       (t->high_ns[place->floor] - t->low_ns[place->floor]) * place->part;
}

/* What is drawn from. */
struct urn {
	const struct limit *what;
	double unit;
	double sums[BLOCKS_COUNT], counts[BLOCKS_COUNT];
	struct tower tower; /* of a percentile */
};

/* What so many of each block come to; NaN of nothing. */
static double value_of(const struct urn *urn, const unsigned int times[BLOCKS_COUNT])
{
	double sum = 0, count = 0;
	struct place place;

	if (urn->what->statistic == LIMIT_PERCENTILE)
		return find(&urn->tower, urn->what->percentile, times, &place)
			       ? value_at(&urn->tower, &place)
			       : NAN;
	for (int i = 0; i < BLOCKS_COUNT; i++) {
		sum += times[i] * urn->sums[i];
		count += times[i] * urn->counts[i];
	}
	if (urn->what->statistic == LIMIT_MEAN)
		return count > 0 ? sum / count : NAN;
	return sum / urn->unit;
}

/* What each block adds to the value, and how many blocks there are that tell anything of it. */
struct parts {
	double of_block[BLOCKS_COUNT];
	double telling;
};

/* Of a percentile: how many more samples are above it than should be. It rests on the blocks that
 * have any above it, and on those that have any below. */
static void split(const struct urn *urn, const unsigned int once[BLOCKS_COUNT], struct parts *parts)
{
	const struct tower *t = &urn->tower;
	double p = urn->what->percentile / 100, have_above = 0, have_below = 0;
	struct place place;

	if (!find(t, urn->what->percentile, once, &place))
		return;
	for (int i = 0; i < BLOCKS_COUNT; i++) {
		double below = place.floor ? t->below[place.floor - 1][i] : 0;

		below += (t->below[place.floor][i] - below) * place.part;
		parts->of_block[i] = p * urn->counts[i] - below;
		have_above += fmin(urn->counts[i] - below, 1);
		have_below += fmin(below, 1);
	}
	parts->telling = fmin(have_above, have_below);
}

static void part(const struct urn *urn, const unsigned int once[BLOCKS_COUNT], struct parts *parts)
{
	double mean = urn->what->statistic == LIMIT_MEAN ? value_of(urn, once) : 0;

	for (int i = 0; i < BLOCKS_COUNT; i++) {
		parts->of_block[i] = urn->sums[i] - mean * urn->counts[i];
		parts->telling += urn->sums[i] > 0;
	}
}

/*
 * By how much more than the draws show a value varies: blocks that depend on one another, and the
 * fewer degrees of freedom of what few independent blocks tell, by the t of a tail that decides
 * among ten questions.
 */
static double stretch(const struct urn *urn)
{
	unsigned int once[BLOCKS_COUNT], degrees = 1;
	struct parts parts = {};
	double by, independent;

	for (int i = 0; i < BLOCKS_COUNT; i++)
		once[i] = 1;
	if (urn->what->statistic == LIMIT_PERCENTILE)
		split(urn, once, &parts);
	else
		part(urn, once, &parts);
	by = chance_dependence(parts.of_block, BLOCKS_COUNT);
	independent = parts.telling / (by * by);
	if (independent > 2)
		degrees = round(independent) - 1;
	return by * sqrt(BLOCKS_COUNT / (BLOCKS_COUNT - 1.0)) *
	       chance_student_quantile(TAIL, degrees) /
	       chance_student_quantile(TAIL, BLOCKS_COUNT - 1);
}

static double deviation_of(const double *values, unsigned int n)
{
	double mean = 0, squares = 0;

	for (unsigned int i = 0; i < n; i++)
		mean += values[i] / n;
	for (unsigned int i = 0; i < n; i++)
		squares += (values[i] - mean) * (values[i] - mean);
	return sqrt(squares / n);
}

static void draw(const struct urn *urn, double floor, struct blocks_deviation *out)
{
	unsigned int n = 0;
	uint64_t state = 0x9e3779b97f4a7c15;
	double logs[DRAWS], deviation;

	for (int d = 0; d < DRAWS; d++) {
		unsigned int times[BLOCKS_COUNT] = {};
		double value;

		for (int i = 0; i < BLOCKS_COUNT; i++)
			times[chance_below(&state, BLOCKS_COUNT)]++;
		value = log(value_of(urn, times) + floor);
		if (isfinite(value))
			logs[n++] = value;
	}
	if (n < DRAWS / 2)
		return;
	deviation = deviation_of(logs, n) * stretch(urn);
	out->known = isfinite(deviation);
	out->deviation = out->known ? deviation : 0;
}

int blocks_deviation(const struct blocks *b, const struct limit *what, uint32_t cpus, double floor,
		     struct blocks_deviation *out)
{
	struct urn urn = { .what = what, .unit = blocks_unit(b, what, cpus) };

	*out = (struct blocks_deviation){};
	if (!blocks_can_tell(b, what, cpus) || !(floor > 0))
		return 0;
	for (int i = 0; i < BLOCKS_COUNT; i++) {
		urn.sums[i] = block_sum(&b->list[i], what);
		urn.counts[i] = block_count(&b->list[i], what);
		out->filled += urn.sums[i] > 0 || urn.counts[i] > 0;
	}
	if (out->filled < BLOCKS_FILLED_MIN)
		return 0;
	if (what->statistic == LIMIT_PERCENTILE && tower_make(&urn.tower, b, what->quantity))
		return -ENOMEM;
	draw(&urn, floor, out);
	tower_free(&urn.tower);
	return 0;
}
