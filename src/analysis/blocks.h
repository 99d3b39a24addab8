/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One group of slices of one run, by time block: what a limit's statistic comes to, and by how much
 * chance moves it within the run. Who is in the group is the caller's choice.
 *
 *   block      a 40th of the window; the last one takes what the division left over
 *   what counts by the rules of summary.h: whole slices alone are in run; delays that are known,
 *              by kind; what was seen of cut slices is in run_ns, of gaps nothing is
 *   where      a slice, its run and its preemption count in the block where it ends, its delay and
 *              its wakeups where it begins; run_ns is spread over the blocks that it touches. What
 *              lies beyond the window's edge does not count, and cuts a slice
 *   value      percentiles are interpolated within their bucket; totals and counts are per second
 *              of the window, shares of the CPUs' time in it
 *   deviation  the standard deviation of log(value + floor) over 1,000 draws of a block bootstrap
 *              (Kunsch, Annals of Statistics 17 (1989)): as many blocks as there are, with
 *              replacement. Stretched by sqrt(n / (n - 1)); by what dependence between blocks
 *              hides: the correlation of what each block adds to the value with the next one's
 *              (chance_dependence); and, as it is itself known the worse the fewer independent
 *              blocks tell of the value, by Student's t of these over that of 40 (at a tail of
 *              0.5 %). A p99.9 that rests on samples in two blocks becomes as uncertain as it
 *              is. The same input gives the same bits
 *
 * Migrations cannot be told from a part of the stream: they are not known here. Nor are maximum and
 * minimum (single events), trespasses and losses.
 */
#ifndef INTERLOPER_BLOCKS_H
#define INTERLOPER_BLOCKS_H

#include "analysis/histogram.h"
#include "analysis/limit.h"
#include "event/event.h"

#define BLOCKS_COUNT 40
/* With a sample, below which nothing is said of chance. */
#define BLOCKS_FILLED_MIN 8

struct block {
	struct histogram run, wake_delay, preempt_delay;
	uint64_t counts[LIMIT_QUANTITIES]; /* slices, wakeups, preemptions; else 0 */
	uint64_t run_ns;
};

struct blocks {
	uint64_t begin_ns, end_ns; /* the window, [begin, end) */
	uint64_t block_ns;
	uint64_t impossible; /* slices that end before they start: left out */
	struct block list[BLOCKS_COUNT];
};

/* Begins a window. 0, or -EINVAL: its blocks would be empty. blocks_free() works after both. */
int blocks_start(struct blocks *blocks, uint64_t begin_ns, uint64_t end_ns);

/* Takes slices, in any order; the idle task's and all other events are ignored. 0 or -ENOMEM (the
 * event is then not counted in full). */
int blocks_add(struct blocks *blocks, const struct event *event);

void blocks_free(struct blocks *blocks); /* a zeroed struct is empty */

struct blocks_value {
	bool known;
	double value;	  /* ns, 0..1, or per second; 0 where not known */
	uint64_t samples; /* slices, delays, counts */
};

/* Only the limit's statistic, percentile and quantity are used; cpus: that a share is of.
 * Percentiles and means of nothing are not known; sums are 0. 0 or -ENOMEM. */
int blocks_value(const struct blocks *blocks, const struct limit *what, uint32_t cpus,
		 struct blocks_value *out);

struct blocks_deviation {
	bool known;	     /* at least BLOCKS_FILLED_MIN blocks are filled, and half of the draws */
	double deviation;    /* of the logarithm: 0.05 is about 5 %. 0 where not known */
	unsigned int filled; /* blocks with a sample */
};

/* floor: > 0, in the value's unit (compare_floor). 0 or -ENOMEM. */
int blocks_deviation(const struct blocks *blocks, const struct limit *what, uint32_t cpus,
		     double floor, struct blocks_deviation *out);

#endif
