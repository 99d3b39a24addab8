// SPDX-License-Identifier: GPL-2.0-only
/* How much of a difference chance could make: the block bootstrap of verify.h. */
#include "analysis/chance.h"
#include "analysis/verify_internal.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A side's waits by block, without the many buckets that are empty in all blocks. */
struct bins {
	unsigned int count;
	double *middle_ns;  /* of each bucket, within the side's minimum and maximum */
	uint64_t *by_block; /* count values a block */
};

static void bins_free(struct bins *bins)
{
	free(bins->middle_ns);
	free(bins->by_block);
}

static double middle_ns(const struct histogram *all, unsigned int bucket)
{
	double middle = (loglin_lower(bucket) + loglin_lower(bucket + 1)) / 2.0;

	return fmin(fmax(middle, all->min_ns), all->max_ns);
}

static int bins_fill(struct bins *bins, const struct verify_side *side, const struct histogram *all)
{
	bins->middle_ns = calloc(LOGLIN_BUCKETS, sizeof(*bins->middle_ns));
	bins->by_block = calloc((size_t)VERIFY_BLOCKS * LOGLIN_BUCKETS, sizeof(*bins->by_block));
	if (!bins->middle_ns || !bins->by_block)
		return -ENOMEM;
	for (unsigned int bucket = 0; bucket < LOGLIN_BUCKETS; bucket++) {
		if (!histogram_bucket_count(all, bucket))
			continue;
		bins->middle_ns[bins->count] = middle_ns(all, bucket);
		for (unsigned int b = 0; b < VERIFY_BLOCKS; b++)
			bins->by_block[b * LOGLIN_BUCKETS + bins->count] =
				histogram_bucket_count(&side->blocks[b].delays, bucket);
		bins->count++;
	}
	return 0;
}

static int bins_make(struct bins *bins, const struct verify_side *side)
{
	struct histogram all = {};
	int err = 0;

	memset(bins, 0, sizeof(*bins));
	for (unsigned int b = 0; b < VERIFY_BLOCKS && !err; b++)
		err = histogram_merge(&all, &side->blocks[b].delays);
	if (!err)
		err = bins_fill(bins, side, &all);
	histogram_free(&all);
	if (err)
		bins_free(bins);
	return err;
}

/* By the nearest-rank rule; NaN of nothing. */
static double percentile(const struct bins *bins, const uint64_t *counts, unsigned int percent)
{
	uint64_t total = 0, seen = 0, rank;

	for (unsigned int i = 0; i < bins->count; i++)
		total += counts[i];
	rank = total / 100 * percent + (total % 100 * percent + 99) / 100;
	for (unsigned int i = 0; i < bins->count; i++) {
		seen += counts[i];
		if (seen >= rank && seen)
			return bins->middle_ns[i];
	}
	return NAN;
}

double verify_share(uint64_t run_ns, uint64_t length_ns, uint32_t cpus)
{
	return run_ns / ((double)length_ns * cpus);
}

double verify_delay_rate(uint64_t delay_ns, uint64_t length_ns)
{
	return delay_ns * 1e9 / length_ns;
}

unsigned int verify_block_count(const struct verify_side *side)
{
	unsigned int n = 0;

	while (n < VERIFY_BLOCKS && verify_block_length_ns(side, n))
		n++;
	return n;
}

struct values {
	double share, p50, p99, delay;
};

/* What so many of each block give. */
static struct values values_of(const struct verify_side *side, const struct bins *bins,
			       const unsigned int times[VERIFY_BLOCKS], uint64_t *counts)
{
	uint64_t run_ns = 0, delay_ns = 0, length_ns = 0;

	memset(counts, 0, bins->count * sizeof(*counts));
	for (unsigned int b = 0; b < VERIFY_BLOCKS; b++) {
		const uint64_t *block = bins->by_block + b * LOGLIN_BUCKETS;

		if (!times[b])
			continue;
		run_ns += times[b] * side->blocks[b].run_ns;
		delay_ns += times[b] * side->blocks[b].delay_ns;
		length_ns += times[b] * verify_block_length_ns(side, b);
		for (unsigned int i = 0; i < bins->count; i++)
			counts[i] += times[b] * block[i];
	}
	return (struct values){
		.share = verify_share(run_ns, length_ns, side->cpus),
		.p50 = percentile(bins, counts, 50),
		.p99 = percentile(bins, counts, 99),
		.delay = verify_delay_rate(delay_ns, length_ns),
	};
}

static double stretch(const double *values, unsigned int n)
{
	return sqrt(n / (n - 1.0)) * chance_student(VERIFY_TAIL_Z, n - 1) / VERIFY_TAIL_Z *
	       chance_dependence(values, n);
}

static void stretches(const struct verify_side *side, unsigned int n, double *share, double *delay)
{
	double shares[VERIFY_BLOCKS], delays[VERIFY_BLOCKS];

	for (unsigned int b = 0; b < n; b++) {
		uint64_t length_ns = verify_block_length_ns(side, b);

		shares[b] = verify_share(side->blocks[b].run_ns, length_ns, side->cpus);
		delays[b] = verify_delay_rate(side->blocks[b].delay_ns, length_ns);
	}
	*share = stretch(shares, n);
	*delay = stretch(delays, n);
}

int verify_draw(const struct verify_side *side, uint64_t seed, struct verify_draws *draws)
{
	unsigned int n = verify_block_count(side), once[VERIFY_BLOCKS] = { 0 };
	uint64_t counts[LOGLIN_BUCKETS], state = seed;
	double by_share, by_delay;
	struct values all;
	struct bins bins;

	if (bins_make(&bins, side))
		return -ENOMEM;
	for (unsigned int b = 0; b < n; b++)
		once[b] = 1;
	all = values_of(side, &bins, once, counts);
	stretches(side, n, &by_share, &by_delay);
	for (unsigned int d = 0; d < VERIFY_DRAWS; d++) {
		unsigned int times[VERIFY_BLOCKS] = { 0 };
		struct values drawn;

		for (unsigned int i = 0; i < n; i++)
			times[chance_below(&state, n)]++;
		drawn = values_of(side, &bins, times, counts);
		draws->share[d] = by_share * (drawn.share - all.share);
		draws->p50[d] = by_delay * (drawn.p50 - all.p50);
		draws->p99[d] = by_delay * (drawn.p99 - all.p99);
		draws->delay[d] = by_delay * (drawn.delay - all.delay);
	}
	bins_free(&bins);
	return 0;
}
