/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Families of metrics, written as OpenMetrics 1.0 or as Prometheus' older text (0.0.4): the same
 * samples, each form by its own rules.
 *
 *   family     one name, type, unit and help. Its name is the OpenMetrics one: a counter's without
 *              _total, an info's without _info. A family without samples is not written at all
 *   sample     the labels, always the same ones of a family and in the same order, and a value
 *   order      samples of a family come in rising order of their labels' values, compared one by one
 *              (numbers as numbers, text by strcmp). So no sample can come twice
 *   numbers    integers are written as such, nanoseconds as seconds with all their digits
 *              ("0.000123456"), others as the shortest text that reads back as the same double
 *   histogram  of durations. Its bounds are those of group.h, which are ends of the buckets of loglin.h,
 *              so the counts are exact: four an octave, from 2^10 ns (1 us) to 2^34 ns (17 s), and
 *              +Inf. As le is inclusive and our values are whole nanoseconds, a bucket that ends
 *              below 1024 ns is le="0.000001023". The four are at 16/16, 19/16, 23/16 and 27/16 of
 *              the octave: no bucket is wider than 21.1 % of its lower bound (19/16 to 23/16)
 *   cost       a scrape writes some 70,000 lines: about 20 ns each of a histogram, 90 ns of a counter,
 *              and 60 ns each where the file is memory that grows (open_memstream)
 *
 * What breaks these rules is refused, and nothing after it is written: every call on a writer keeps
 * its first error, and metrics_end() gives it. Text is kept back and goes to the file in large pieces,
 * the last of it at metrics_end().
 *
 * https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */
#ifndef INTERLOPER_OUTPUT_METRICS_H
#define INTERLOPER_OUTPUT_METRICS_H

#include <stdint.h>
#include <stdio.h>

#include "analysis/histogram.h"
#include "group.h"

enum metrics_form { METRICS_OPENMETRICS, METRICS_PROMETHEUS };

enum metrics_type { METRICS_COUNTER, METRICS_GAUGE, METRICS_HISTOGRAM, METRICS_INFO };

#define METRICS_LABELS_MAX 8
#define METRICS_BOUNDS	   GROUP_BOUNDS /* without +Inf */

struct metrics_family {
	const char *name;
	enum metrics_type type;
	const char *unit; /* the name ends in it; NULL: a plain number */
	const char *help; /* one sentence */
};

/* Text is taken as it is, and escaped: to be UTF-8 it must have been through text_clean(). */
struct metrics_label {
	const char *name;
	const char *text; /* NULL: number */
	uint64_t number;
};

struct metrics;

/* The Content-Type by which a server must send this form. */
const char *metrics_content_type(enum metrics_form form);

/* Writes to file, which stays the caller's. NULL without memory. */
struct metrics *metrics_new(FILE *file, enum metrics_form form);
void metrics_free(struct metrics *metrics);

/* Since when the counters and histograms count that are written from now on, in ns since 1970; 0 (the
 * default): not said. Only OpenMetrics has a place for it. */
void metrics_set_created(struct metrics *metrics, uint64_t unix_ns);

/*
 * Begins a family; its text must live as long as the writer. -EINVAL for a name or unit that is none,
 * or that ends as samples' names do ("_total", "_count", ...); -EEXIST: it was written before.
 */
int metrics_family(struct metrics *metrics, const struct metrics_family *family);

/*
 * A sample of the family begun last. 0; -EINVAL: not a value for its type, labels that are no
 * names, come twice, or are not those of the sample before; -ERANGE: out of order; -ENOMEM.
 */
int metrics_count(struct metrics *metrics, const struct metrics_label *labels, int n,
		  uint64_t value);
int metrics_integer(struct metrics *metrics, const struct metrics_label *labels, int n,
		    int64_t value);
int metrics_real(struct metrics *metrics, const struct metrics_label *labels, int n, double value);
int metrics_seconds(struct metrics *metrics, const struct metrics_label *labels, int n,
		    uint64_t ns);
int metrics_histogram(struct metrics *metrics, const struct metrics_label *labels, int n,
		      const struct histogram *ns);
/* Counts by group.h's buckets, with every step-th bound: 1: all of them, 4: one an octave, no bucket wider
 * than its lower bound. step divides METRICS_BOUNDS - 1, else -EINVAL. */
int metrics_counts(struct metrics *metrics, const struct metrics_label *labels, int n,
		   const uint64_t buckets[GROUP_BUCKETS], uint64_t sum_ns, unsigned int step);
int metrics_info(struct metrics *metrics, const struct metrics_label *labels, int n);

/* The end of the whole. The first error of any call, -errno or -EIO of the file, or 0: all is written,
 * as far as the file's buffer. After an error the file has any part of what came before it. */
int metrics_end(struct metrics *metrics);

/* The bounds, i < METRICS_BOUNDS: the largest duration that counts up to it. */
uint64_t metrics_bound_ns(unsigned int i);

#endif
