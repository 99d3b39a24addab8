/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether quantities of a new run got worse against one or several baseline runs: a regression
 * needs evidence, and a practical size.
 *
 * Values are compared as y = log(value + floor), a started logarithm (Tukey, Exploratory Data
 * Analysis (1977)): changes are relative, but what is small beside the floor is alike. With
 * D = y_now - mean(y_base) and n baselines:
 *
 *   within runs    p_w = P(T39 > D / sqrt(v_now + sum(v_i) / n^2)), v being the square of each
 *                  run's deviation by a block bootstrap over 40 blocks (blocks.h; Kunsch, Annals of
 *                  Statistics 17 (1989)). Where nothing changed all runs are alike: a run whose
 *                  deviation is not known takes the new run's, or else the baselines' middle one,
 *                  scaled by the numbers of samples (of none: half as many)
 *   between runs   runs of the same thing differ by more than chance within them, so the run is the
 *                  unit of replication (Kalibera and Jones, "Rigorous Benchmarking in Reasonable
 *                  Time" (2013)):
 *                  n >= 3  the new run against the prediction interval of the baselines,
 *                          p_b = P(T(n-1) > D / (s sqrt(1 + 1/n))) (Hahn and Meeker, Statistical
 *                          Intervals (1991)), s being their standard deviation. Of three and four
 *                          it says little: runs_differ, with the chance within runs, counts as two
 *                          baselines more, or one
 *                  n < 3   not known: runs are taken to differ by runs_differ, a standard deviation,
 *                          whose square is added to those of p_w; with two
 *                          baselines, D must also be larger than the difference between them
 *   both           n >= 3: p = max(p_w, p_b), either must reject
 *   many questions Holm's step-down (Scandinavian Journal of Statistics 6 (1979)) over all that
 *                  could be answered: at least one false regression in at most so many checks as
 *                  chance says. Improvements are a family of their own
 *   size           the value must have grown by more than min_change of the reference, and by more
 *                  than min_delta_ns (times; totals: a second), 0.001 (shares) or 1 (counts, a
 *                  second). Improvements likewise, downwards
 *
 * Inconclusive: a value that is not known in any run; a percentile of fewer samples than tell it
 * (limit_is_enough); no evidence either way, within runs or between them; single events (max, min)
 * and trespasses and losses, which have no chance to be compared with. A count, total or share
 * without evidence that lies within the size of a change passes: it cannot have regressed.
 *
 * Measured (tests/unit/test_compare_chance.c, CHANCE_TRACES=1000): checks in which anything is told
 * to be worse though nothing changed, and how often a p99 that grew by a fifth is found.
 *
 *   chance within runs alone, 1 baseline, runs_differ 0, 10 questions, any size of a change: 1.1 to
 *   2.1 % (lognormal and heavy-tailed delays, few ones, AR(1)), 3.6 % (spells of 0.75 s in a run of
 *   10 s), 6.6 % (spells of 2 s: such a run is too short)
 *   runs that differ by 5 %, any size, 10 questions: 0.2 % (3 baselines), 4.3 % (5), 4.7 % (10)
 *
 *   12 questions, p99 of 2 ms, 1.5 % within runs, the defaults:
 *                     nothing changed, runs differ by   a fifth more, by     half more, by
 *                        2 %      5 %      10 %         1.5 %      5 %      1.5 %      5 %
 *     1 baseline          0      2.6 %                   20 %     38 %      100 %     99 %
 *     2                   0      2.0 %                   52 %     51 %      100 %    100 %
 *     3                   0      0        4.8 %           5 %     12 %      100 %     89 %
 *     4                   0      0.3 %    3.3 %          62 %     17 %      100 %     90 %
 *     5                          4.0 %    4.6 %          95 %     27 %      100 %     91 %
 *     10                         4.4 %    4.6 %         100 %     55 %      100 %    100 %
 *
 * So one baseline or two find what is large, where runs differ by 5 % at most; from three on it holds
 * however much they differ; five and more find a fifth where runs repeat within 1.5 %.
 */
#ifndef INTERLOPER_COMPARE_H
#define INTERLOPER_COMPARE_H

#include "analysis/limit.h"

/* One quantity in one run. */
struct compare_run {
	bool known;	  /* value */
	double value;	  /* ns, 0..1, or per second */
	uint64_t samples; /* that it is made of */
	bool deviation_known;
	double deviation; /* of log(value + floor), from time blocks */
	const char *why;  /* of an unknown value: a literal, or NULL */
};

/* All the caller's. */
struct compare_question {
	const struct limit *what; /* its statistic and percentile */
	struct compare_run now;
	const struct compare_run *baselines;
	uint32_t baseline_count;
};

struct compare_options {
	double min_change;   /* of the reference: 0.10 */
	double min_delta_ns; /* 50000 */
	double chance;	     /* of a false regression among all questions: 0.05 */
	double runs_differ;  /* what they are taken to differ by, while fewer than 3 baselines show
				it: a standard deviation, of the logarithm: 0.05 */
};

extern const struct compare_options compare_defaults;

enum compare_verdict { COMPARE_PASS, COMPARE_IMPROVED, COMPARE_REGRESSION, COMPARE_INCONCLUSIVE };

/* No number here is ever a NaN or infinite; what is not known is 0. */
struct compare_answer {
	enum compare_verdict verdict;
	const char *why; /* of an inconclusive one: a literal; else NULL */
	bool known;	 /* reference, low, high; p, noise and change only with their own bit */
	double reference; /* the baselines' middle: exp(mean(log(value + floor))) - floor */
	double low, high; /* the baselines' smallest and largest value */
	bool change_known;
	double change; /* now / reference - 1 */
	bool p_known;
	double p_worse, p_better; /* one-sided, by Holm for the family */
	bool noise_known;
	double noise; /* the relative change (of value + floor) that would be told here, at Holm's
			 first step */
	bool between_known; /* the noise between runs was: 3 baselines and more */
};

/* What is added to values before their logarithm, > 0: min_delta_ns of times, at least 1; 0.001 of
 * shares; 1 of counts. For blocks_deviation. */
double compare_floor(const struct limit *what, const struct compare_options *options);

/* An answer to each question. The same questions get the same bits. 0 or -ENOMEM. */
int compare_all(struct compare_answer *answers, const struct compare_question *questions,
		uint32_t count, const struct compare_options *options);

/* "pass", "improved", "regression", "inconclusive". */
const char *compare_verdict_name(enum compare_verdict verdict);

#endif
