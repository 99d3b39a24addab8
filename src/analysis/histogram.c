// SPDX-License-Identifier: GPL-2.0-only
/* Distributions of durations in log-linear buckets: see histogram.h. */
#include "analysis/histogram.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void histogram_free(struct histogram *h)
{
	free(h->buckets);
	memset(h, 0, sizeof(*h));
}

/* Widens the span to hold the octave of every bucket from low to high. */
static int widen(struct histogram *h, unsigned int low, unsigned int high)
{
	unsigned int first = low & ~(LOGLIN_SUB - 1u), end = (high | (LOGLIN_SUB - 1u)) + 1;
	uint64_t *buckets;

	if (h->span) {
		first = first < h->first ? first : h->first;
		end = end > h->first + h->span ? end : h->first + h->span;
	}
	buckets = calloc(end - first, sizeof(*buckets));
	if (!buckets)
		return -ENOMEM;
	if (h->span)
		memcpy(buckets + (h->first - first), h->buckets, h->span * sizeof(*buckets));
	free(h->buckets);
	h->buckets = buckets;
	h->first = first;
	h->span = end - first;
	return 0;
}

/* Whether a bucket is in the span; one comparison, as below first the difference wraps. */
static inline bool in_span(const struct histogram *h, unsigned int bucket)
{
	return bucket - h->first < h->span;
}

/* The count of a bucket (< LOGLIN_BUCKETS), allocated if need be; NULL without memory. */
static inline uint64_t *bucket_slot(struct histogram *h, unsigned int bucket)
{
	if (!in_span(h, bucket) && widen(h, bucket, bucket))
		return NULL;
	return h->buckets + (bucket - h->first);
}

static inline void count(struct histogram *h, uint64_t *slot, uint64_t ns)
{
	++*slot;
	if (!h->count || ns < h->min_ns)
		h->min_ns = ns;
	if (ns > h->max_ns)
		h->max_ns = ns;
	h->count++;
	h->sum_ns += ns;
}

/* Kept out of histogram_add(), which is called often, and needs it seldom. */
static __attribute__((noinline)) int add_outside(struct histogram *h, uint64_t ns)
{
	uint64_t *slot = bucket_slot(h, loglin_bucket(ns));

	if (!slot)
		return -ENOMEM;
	count(h, slot, ns);
	return 0;
}

int histogram_add(struct histogram *h, uint64_t ns)
{
	unsigned int bucket = loglin_bucket(ns);

	if (__builtin_expect(!in_span(h, bucket), 0))
		return add_outside(h, ns);
	count(h, h->buckets + (bucket - h->first), ns);
	return 0;
}

int histogram_add_bucket(struct histogram *h, unsigned int bucket, uint64_t n)
{
	uint64_t *slot;

	if (bucket >= LOGLIN_BUCKETS)
		return -EINVAL;
	if (!n)
		return 0;
	slot = bucket_slot(h, bucket);
	if (!slot)
		return -ENOMEM;
	*slot += n;
	h->count += n;
	return 0;
}

int histogram_merge(struct histogram *into, const struct histogram *from)
{
	unsigned int last = from->first + from->span - 1;

	if (!from->count)
		return 0;
	if (!in_span(into, from->first) || !in_span(into, last))
		if (widen(into, from->first, last))
			return -ENOMEM;
	for (unsigned int i = 0; i < from->span; i++)
		into->buckets[from->first - into->first + i] += from->buckets[i];
	if (!into->count || from->min_ns < into->min_ns)
		into->min_ns = from->min_ns;
	if (from->max_ns > into->max_ns)
		into->max_ns = from->max_ns;
	into->count += from->count;
	into->sum_ns += from->sum_ns;
	return 0;
}

uint64_t histogram_bucket_count(const struct histogram *h, unsigned int bucket)
{
	return in_span(h, bucket) ? h->buckets[bucket - h->first] : 0;
}

uint64_t histogram_mean_ns(const struct histogram *h)
{
	return h->count ? h->sum_ns / h->count : 0;
}

/* The bucket of the value of a rank, 1 <= rank <= count. */
static unsigned int bucket_of_rank(const struct histogram *h, uint64_t rank)
{
	uint64_t seen = 0;

	for (unsigned int i = 0; i < h->span; i++) {
		seen += h->buckets[i];
		if (seen >= rank)
			return h->first + i;
	}
	return LOGLIN_BUCKETS - 1;
}

/*
 * p % of count, where what double arithmetic adds to a whole number (0.1 + 0.2) must not cost a
 * rank: 99.9 % of 1000 values is rank 999.
 */
static double rank_of(uint64_t count, double p)
{
	return p * (double)count / 100 * (1 - 4 * DBL_EPSILON);
}

static uint64_t nearest_rank(uint64_t count, double p)
{
	double rank = ceil(rank_of(count, p));

	if (!(rank > 1))
		return 1;
	return rank < (double)count ? (uint64_t)rank : count;
}

uint64_t histogram_percentile_ns(const struct histogram *h, double p)
{
	uint64_t rank, lower, width, mid;
	unsigned int bucket;

	if (!h->count)
		return 0;
	rank = nearest_rank(h->count, p);
	if (rank == h->count)
		return h->max_ns;
	if (rank == 1)
		return h->min_ns;
	bucket = bucket_of_rank(h, rank);
	lower = loglin_lower(bucket);
	width = loglin_lower(bucket + 1) - lower;
	mid = lower + width / 2;
	if (mid < h->min_ns)
		return h->min_ns;
	return mid > h->max_ns ? h->max_ns : mid;
}

void histogram_bucket_edges(const struct histogram *h, unsigned int bucket, double *low_ns,
			    double *high_ns)
{
	/* The last bucket has no end of its own. */
	uint64_t high = bucket < LOGLIN_BUCKETS - 1 ? loglin_lower(bucket + 1) - 1 : h->max_ns;

	*low_ns = fmin(fmax(loglin_lower(bucket), h->min_ns), h->max_ns);
	*high_ns = fmax(fmin(high, h->max_ns), *low_ns);
}

double histogram_percentile_interpolated_ns(const struct histogram *h, double p)
{
	double rank = rank_of(h->count, p), low_ns, high_ns;
	uint64_t below = 0, here;

	if (!h->count)
		return 0;
	if (!(rank > 0))
		return h->min_ns;
	for (unsigned int i = 0; i < h->span; i++, below += here) {
		here = h->buckets[i];
		if ((double)(below + here) < rank || !here)
			continue;
		histogram_bucket_edges(h, h->first + i, &low_ns, &high_ns);
		low_ns += (high_ns - low_ns) * ((rank - (double)below) / (double)here);
		return p < 100 ? fmin(low_ns, high_ns) : high_ns;
	}
	return h->max_ns;
}
