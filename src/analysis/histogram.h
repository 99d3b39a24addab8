/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A distribution of durations: exact count, sum, minimum and maximum, and log-linear buckets
 * (include/loglin.h) for the percentiles. Octaves are allocated when first used, so that thousands
 * of tasks can each have one.
 */
#ifndef INTERLOPER_HISTOGRAM_H
#define INTERLOPER_HISTOGRAM_H

#include <stdint.h>
#include "loglin.h"

struct histogram {
	uint64_t count, sum_ns, min_ns, max_ns; /* min and max are 0 while count is 0 */
	uint64_t *octaves[LOGLIN_BUCKETS / LOGLIN_SUB]; /* LOGLIN_SUB counts each, or NULL */
};

/* A zeroed struct is an empty histogram. */
void histogram_free(struct histogram *h);

/* 0 or -ENOMEM (the value is then not counted at all). */
int histogram_add(struct histogram *h, uint64_t ns);

/* Adds n values of one bucket, for histograms filled in the kernel: sum, min and max are the
 * caller's to set. 0, -EINVAL for a bucket out of range, -ENOMEM. */
int histogram_add_bucket(struct histogram *h, unsigned int bucket, uint64_t n);

/* into += from. 0 or -ENOMEM. */
int histogram_merge(struct histogram *into, const struct histogram *from);

uint64_t histogram_bucket_count(const struct histogram *h, unsigned int bucket);

/* Mean in ns, rounded down; 0 when empty. */
uint64_t histogram_mean_ns(const struct histogram *h);

/*
 * The p-th percentile (0 < p <= 100) by the nearest-rank rule: the smallest value with at least
 * p % of the values at or below it. It is the midpoint of that value's bucket, clamped to the exact
 * minimum and maximum: off by at most 1/32 (LOGLIN). 0 when empty.
 */
uint64_t histogram_percentile_ns(const struct histogram *h, double p);

#endif
