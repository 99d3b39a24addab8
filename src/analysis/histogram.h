/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A distribution of durations: exact count, sum, minimum and maximum, and log-linear buckets
 * (include/loglin.h) for the percentiles. Only the span of octaves in use is allocated, so that
 * thousands of tasks can each have one, and adding touches two cache lines.
 */
#ifndef INTERLOPER_HISTOGRAM_H
#define INTERLOPER_HISTOGRAM_H

#include <stdint.h>
#include "loglin.h"

struct histogram {
	uint64_t count, sum_ns, min_ns, max_ns; /* min and max are 0 while count is 0 */
	uint64_t *buckets;			/* counts of the buckets first, first + 1, ... */
	uint32_t first, span; /* whole octaves; private, as buckets: use histogram_bucket_count() */
};

/* A zeroed struct is an empty histogram; so is one that was freed. */
void histogram_free(struct histogram *h);

/* Asks the memory for the bucket of a value that is soon to be added. */
static inline void histogram_prefetch(const struct histogram *h, uint64_t ns)
{
	/* An integer, as a bucket outside the span gives a wild address: a prefetch may have one.
	 */
	uintptr_t bucket = (uintptr_t)h->buckets +
			   (uintptr_t)(loglin_bucket(ns) - h->first) * sizeof(*h->buckets);

	__builtin_prefetch((const void *)bucket, 1);
}

/* 0 or -ENOMEM (the value is then not counted at all). */
int histogram_add(struct histogram *h, uint64_t ns);

/*
 * Adds n values of one bucket, for histograms filled in the kernel: sum, min and max are the
 * caller's to set, before percentiles are asked for. 0, -EINVAL for a bucket out of range, -ENOMEM.
 */
int histogram_add_bucket(struct histogram *h, unsigned int bucket, uint64_t n);

/* into += from. 0 or -ENOMEM (into is then unchanged). */
int histogram_merge(struct histogram *into, const struct histogram *from);

/* 0 for a bucket out of range, too. */
uint64_t histogram_bucket_count(const struct histogram *h, unsigned int bucket);

/* Mean in ns, rounded down; 0 when empty. */
uint64_t histogram_mean_ns(const struct histogram *h);

/*
 * The p-th percentile (0 < p <= 100) by the nearest-rank rule: the smallest value with at least
 * p % of the values at or below it. The lowest and the highest rank are the exact minimum and
 * maximum; any other is the midpoint of its value's bucket, clamped to them: off by at most 1/32
 * (LOGLIN) for values below 2^48 ns. 0 when empty.
 */
uint64_t histogram_percentile_ns(const struct histogram *h, double p);

/*
 * The same without steps, for comparisons: the values of a bucket are taken to be spread evenly
 * over it, and the rank is not rounded. Monotone in p, from the minimum to the maximum.
 */
double histogram_percentile_interpolated_ns(const struct histogram *h, double p);

/* The smallest and the largest value that a bucket (< LOGLIN_BUCKETS) may hold, by the histogram's
 * minimum and maximum, too. */
void histogram_bucket_edges(const struct histogram *h, unsigned int bucket, double *low_ns,
			    double *high_ns);

#endif
