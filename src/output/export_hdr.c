// SPDX-License-Identifier: GPL-2.0-only
/*
 * HdrHistogram's percentile distribution: see export_hdr.h. Widths, footer and the steps from
 * percentile to percentile are those of its AbstractHistogram and PercentileIterator (2.1).
 */
#include "output/export_hdr.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>

#define TICKS_PER_HALF 5

static double usec(double ns)
{
	return ns / 1000;
}

/* The next percentile to report: five steps up to 50, five more up to 75, and so on. */
static double next_level(double level)
{
	double halvings = floor(log2(100 / (100 - level)));

	return level + 100 / (TICKS_PER_HALF * exp2(halvings + 1));
}

static double deviation_ns(const struct histogram *h)
{
	double mean = (double)h->sum_ns / (double)h->count, sum = 0;

	for (unsigned int i = 0; i < LOGLIN_BUCKETS; i++) {
		uint64_t count = histogram_bucket_count(h, i);
		double low, high, off;

		if (!count)
			continue;
		histogram_bucket_edges(h, i, &low, &high);
		off = (low + high) / 2 - mean;
		sum += off * off * (double)count;
	}
	return sqrt(sum / (double)h->count);
}

/* All lines of one bucket: a full one passes many percentiles. */
static double print_bucket(FILE *file, const struct histogram *h, unsigned int bucket,
			   uint64_t seen, double level)
{
	double low, high;

	histogram_bucket_edges(h, bucket, &low, &high);
	while (level < 100 && 100.0 * (double)seen / (double)h->count >= level) {
		fprintf(file, "%12.3f %2.12f %10" PRIu64 " %14.2f\n", usec(high), level / 100, seen,
			1 / (1 - level / 100));
		level = next_level(level);
		/* With all values passed, only the last line is left to say. */
		if (seen == h->count)
			break;
	}
	return level;
}

int export_hdr(FILE *file, const struct histogram *h)
{
	uint64_t seen = 0;
	double level = 0;

	if (!h->count)
		return -EINVAL;
	fprintf(file, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount",
		"1/(1-Percentile)");
	for (unsigned int i = 0; i < LOGLIN_BUCKETS; i++) {
		uint64_t count = histogram_bucket_count(h, i);

		seen += count;
		if (count)
			level = print_bucket(file, h, i, seen, level);
	}
	fprintf(file, "%12.3f %2.12f %10" PRIu64 "\n", usec(h->max_ns), 1.0, h->count);
	fprintf(file, "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n",
		usec((double)h->sum_ns / (double)h->count), usec(deviation_ns(h)));
	fprintf(file, "#[Max     = %12.3f, Total count    = %12" PRIu64 "]\n", usec(h->max_ns),
		h->count);
	fprintf(file, "#[Buckets = %12d, SubBuckets     = %12d]\n",
		LOGLIN_OCTAVES - LOGLIN_SUB_BITS, 2 * LOGLIN_SUB);
	return ferror(file) ? (errno ? -errno : -EIO) : 0;
}
