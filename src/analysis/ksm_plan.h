/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which settings of KSM keep limits: of how long ksmd stays on a CPU, and of how much of one it
 * takes. By the model of what was measured (ksm_model.h).
 *
 *   pages cap    the most pages of which the 99th percentile of a batch stays below slice_max, less
 *                KSM_MARGIN. Where no distribution is known, of which the median stays below half
 *                of it
 *   target rate  the scan rate as it is; less where the duty, which is rate x ns per page however
 *                the batches are cut, would be over duty_max
 *   the plan     if the batches are below the cap as they are: a longer sleep alone. Else the
 *                longest sleep with which batches below the cap reach the target rate, and of these
 *                the smallest that reach it. If not even 1 ms of sleep lets them: the cap, and 1 ms
 *
 * The timer's granularity is in all of it. The limits hold if what was measured is within them; a
 * plan must be so by the prediction. Where the settings now are not those that were measured, what
 * is now is predicted, too. Without sleep (sleep_millisecs 0) ksmd never stops: its slices are over
 * any limit.
 *
 * With the advisor active (since 6.8) the kernel computes pages_to_scan at the end of each full
 * scan (scan_time_advisor(), mm/ksm.c): what leads to advisor_target_scan_time; at most what costs
 * advisor_max_cpu percent of a CPU; at least what costs 10 percent (KSM_ADVISOR_MIN_CPU); and,
 * last, at most advisor_max_pages_to_scan. So the last alone bounds a batch, and with
 * sleep_millisecs, which may still be written, the duty. The sleep is not made shorter: until the scan's
 * end batches are as large as they were. The scan time is made longer as the rate falls, so that the advisor
 * does not ask for what it cannot have.
 */
#ifndef INTERLOPER_KSM_PLAN_H
#define INTERLOPER_KSM_PLAN_H

#include "analysis/ksm_model.h"

#define KSM_SLICE_MAX_NS 1000000.0
#define KSM_DUTY_MAX	 0.05
#define KSM_MARGIN	 0.1
#define KSM_RATE_KEPT	 0.98 /* a rate of so much of what it was is as good as kept */
#define KSM_SLEEP_MAX_MS 600000
#define KSM_ADVISOR_MIN_CPU 10

/* NAN: off. */
struct ksm_limits {
	double slice_max_ns;
	double duty_max; /* 0..1 */
};

#define KSM_LIMITS_DEFAULT ((struct ksm_limits){ KSM_SLICE_MAX_NS, KSM_DUTY_MAX })

enum ksm_plan_kind {
	KSM_PLAN_UNKNOWN, /* what a page costs is not known, or what the settings are */
	KSM_PLAN_HOLDS,	  /* the limits hold: nothing to change */
	KSM_PLAN_SCAN,	  /* pages_to_scan and sleep_millisecs */
	KSM_PLAN_ADVISOR, /* the advisor's knobs, and sleep_millisecs */
};

/* One set of numbers, as it is or as it will be; NAN: not known. */
struct ksm_figures {
	double slice_p50_ns, slice_p99_ns;
	double duty, rate;
};

struct ksm_plan {
	enum ksm_plan_kind kind;
	struct ksm_limits limits;
	bool slice_over, duty_over; /* which limit does not hold */
	int64_t pages_now, sleep_now_ms;
	bool before_is_measured; /* else it is predicted: see above */
	int64_t pages, sleep_ms; /* of KSM_PLAN_ADVISOR: the most pages that it may take */
	bool slice_unreachable; /* not even one page keeps the limit: pages is 1 */
	bool duty_unreachable; /* not even the longest sleep does */
	bool slice_by_median;	/* no distribution is known: see above */
	struct ksm_figures before, after;
	double rate_ratio;
	bool rate_kept;
	/* KSM_PLAN_ADVISOR; -1: leave it as it is, or it is not known. */
	int64_t advisor_max_pages, advisor_min_pages, advisor_max_cpu, advisor_target_scan_s;
	int64_t later_sleep_ms; /* what brings the rate back, once a scan has ended; -1: nothing */
};

void ksm_plan_make(struct ksm_plan *plan, const struct ksm_model *model,
		   const struct ksm_limits *limits);

#endif
