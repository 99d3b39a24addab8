/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether visits (visits.h) come in a rhythm, and which: "every 20.3 ms +- 0.4, 12.1 ms long".
 *
 *   beat      a visit that is linked to the one before it, or the one after it, in the rhythm
 *   link      from one beat to the next: one period, or two or three where beats were missed
 *   missed    beats that a link passes over
 *   pause     a stretch between two beats that is no link; the rhythm begins anew behind it
 *   period    the links' time over their periods: the mean
 *   jitter    1.4826 x the median of |link - k periods| / sqrt(k), k being the link's periods. That
 *             is the standard deviation where the deviations are normal; outliers do not widen it
 *   duty      what the task ran from a link's first visit to its last, over the links' time
 *
 * How it is found. A task that works and then sleeps carries its errors on (ksmd: period = sleep +
 * work), so only distances between visits are looked at, never a fixed grid. Candidates are where
 * the intervals lie densest, in windows of a fixed ratio. For each, the chain of links that takes
 * in most visits is found by dynamic programming: it may skip visits that are not of the rhythm,
 * pass over missed beats, and break at pauses. The mean of its links is the new period, 3.5 of its
 * jitters the new tolerance, and the chain is made again. What k periods deviate grows with
 * sqrt(k), as errors that carry on do: past three periods almost any interval would fit.
 *
 * What is claimed. Of a memoryless stream (Poisson) with the same median interval, a share q of
 * the intervals would be links by chance. That n intervals have a share a of them has a
 * probability of at most exp(-n KL(a, q)) (Chernoff): n KL(a, q) is the score. It must pass a
 * threshold, and, as other streams are no rhythm either, so much per visit; the rest are limits of
 * form:
 *   beats     at least RHYTHM_BEATS_MIN, and RHYTHM_EXPLAINED_MIN of the visits
 *   single    RHYTHM_SINGLE_MIN of the links are one period: where two rhythms of the same period
 *             alternate (a, b, a, b), at most half of them would be
 *   pauses    one, and one more for every eight links
 *   time      half of it in links, bar the longest 2 % of the intervals, if there are 16 or more:
 *             what bursts fail
 *   spread    the best chain's deviations, as root mean square: RHYTHM_SPREAD_MAX
 *   overtone  no other period explains nearly all of what this one leaves out
 *
 * Measured by simulation (300 to 20000 streams each). Claimed wrongly: memoryless streams at most
 * 0.2 % at n = 6 .. 1000; intervals uniform in 0 .. 2p at most 0.8 %, in p .. 2p 8 % at n = 20 and
 * 1.6 % at 50, of gamma shape 4 5 % and 1 %. Found: jitter 5 %, n = 6: 87 % where errors carry on,
 * 48 % on a grid (whose links deviate by 7 %); from n = 8 on 99 %. Jitter 10 %: 90 % and 45 % at n
 * = 8, all and 87 % at 50, 96 % at 100. With 20 % of extra visits and jitter 10 %: 85 % at n = 14,
 * 99 % at 50. Of few visits, one regular burst is a rhythm; nothing in them tells otherwise.
 *
 * The period is the mean of what was seen: 5 % of jitter that carries on leave it 5 % /
 * sqrt(links) off what the task was set to (0.7 % at n = 50), on a grid 0.14 %.
 */
#ifndef INTERLOPER_RHYTHM_H
#define INTERLOPER_RHYTHM_H

#include <stdbool.h>
#include <stdint.h>

#define RHYTHM_VISITS_MAX    4096  /* of more visits, the first so many are looked at */
#define RHYTHM_BEATS_MIN     6
#define RHYTHM_SPREAD_MAX    0.148 /* of the period: the links' root mean square deviation */
#define RHYTHM_SINGLE_MIN    0.6   /* of the links: a single period */
#define RHYTHM_EXPLAINED_MIN 0.75  /* of the visits */

struct rhythm {
	uint64_t period_ns, jitter_ns;
	uint32_t visits; /* that were looked at */
	uint32_t beats, missed, pauses;
	double explained; /* beats / visits: 0..1 */
	double duty;	  /* 0..1 */
	uint64_t run_p50_ns, run_min_ns, run_max_ns; /* of the beats: time on CPU */
};

/*
 * starts_ns: when the visits began, or were due, ascending (one that is not makes no link); runs_ns: what each
 * ran. True: a rhythm, told in *out. False: none is claimed, and *out is zero but for visits.
 * Visits that were left out of the arrays (gaps, losses) count as missed, or as pauses.
 * Takes up to 15 ms for RHYTHM_VISITS_MAX visits, allocates nothing, but 200 KB of stack.
 */
bool rhythm_find(const uint64_t *starts_ns, const uint64_t *runs_ns, uint32_t n,
		 struct rhythm *out);

#endif
