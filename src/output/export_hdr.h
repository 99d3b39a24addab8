/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One distribution as HdrHistogram's percentile distribution (outputPercentileDistribution(), 5 ticks a
 * half distance), which its plotters read (plotFiles.html, hdrhistogram tools; files named *.hgrm).
 *
 *   values        microseconds with 3 decimals. Each is the highest of its bucket, as HdrHistogram's is,
 *                 but never above the maximum: up to 6.25 % more than was measured
 *   Mean, Max     exact; StdDeviation from the buckets' midpoints
 *   Buckets       of this program's histograms, in HdrHistogram's terms: 44 of 32, halves overlapping
 */
#ifndef INTERLOPER_OUTPUT_EXPORT_HDR_H
#define INTERLOPER_OUTPUT_EXPORT_HDR_H

#include <stdio.h>
#include "analysis/histogram.h"

/* -EINVAL for an empty histogram (nothing is written: HdrHistogram would say 0), or the file's error. */
int export_hdr(FILE *file, const struct histogram *h);

#endif
