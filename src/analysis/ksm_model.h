/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How ksmd works, by its measured bursts and what KSM said of itself: what a page costs, and so how
 * long a slice will be at other settings.
 *
 *   batch          what ksmd does between two sleeps: pages_to_scan pages, but fewer where the scan
 *                  of all memory comes to its end (ksm_do_scan() returns then, mm/ksm.c). It is a
 *                  burst (bursts.h)
 *   short          a batch at a scan's end: below 3/4 of the median; where full_scans is known, at
 *                  most as many as that, the shortest
 *   ns per page    of run; pages that smart_scan passes over cost time and are not counted, so
 *                  theirs is part of it, as is what each batch costs by itself
 *     by batches   the mean run of the batches that are not short, without the longest and the
 *                  shortest 10 % of them, by pages_to_scan. Not known where more than a third of
 *                  the batches are short: their pages are not known
 *     by pages     run by what pages_scanned grew by, of the stretches between two samples in which
 *                  nothing of ksmd's run is missing
 *                  By pages is what is told, unless the two differ by more than KSM_DISAGREE:
 *                  before 6.10 the kernel did not count the pages of short batches (host/ksm.h)
 *     error        the standard error, as a share. By batches: of the trimmed mean. By pages: that,
 *                  or one batch's part of all the run, whichever is more
 *   stretch        the part of the trace that is looked at: the longest in which all samples have
 *                  the same settings, or the whole trace if they never changed
 *   duty           ksmd's run by time
 *   period         from the start of one batch to the next
 *   saved          general_profit where there is one, else pages_sharing times the page size, which
 *                  counts not what KSM itself needs
 *   price          what others waited for ksmd, in ms an hour, for each GiB saved
 *
 * A number that is not known is NAN; what is computed from it is so, too.
 */
#ifndef INTERLOPER_KSM_MODEL_H
#define INTERLOPER_KSM_MODEL_H

#include <math.h>

#include "analysis/bursts.h"
#include "host/ksm.h"

#define KSM_BATCHES_MIN	 8    /* of fewer no distribution is told */
#define KSM_DISAGREE	 0.2
#define KSM_PERCENTILES	 101

struct ksm_model_input {
	const struct bursts *bursts;	   /* of ksmd, after bursts_finish(); NULL: none */
	const struct ksm_samples *samples; /* at least one, or KSM's state is not known */
	uint64_t start_ns, end_ns;	   /* of the trace */
	double others_delay_ns; /* what others waited for ksmd in the trace; NAN: not known */
	uint64_t page_size; /* 0: not known */
};

enum ksm_cost_source {
	KSM_COST_UNKNOWN,
	KSM_COST_BY_PAGES,
	KSM_COST_BY_BATCHES,
};

struct ksm_model {
	bool state_known;
	struct ksm_state now; /* the last sample's */
	bool changed;	      /* settings changed while it was traced */
	bool one_state; /* one sample only: that settings did not change is assumed */
	uint64_t from_ns, to_ns; /* the stretch; equal: none */
	int64_t pages_to_scan, sleep_ms; /* in the stretch; -1: not known */
	bool still_so; /* now the settings are as in the stretch, bar these two */
	uint64_t bursts;		 /* whole ones in the stretch */
	uint64_t short_bursts;		 /* of those that are kept */
	uint64_t breaks; /* in the stretch: something of ksmd's run was not seen */
	double seen_run_ns; /* of ksmd, in the whole trace */

	enum ksm_cost_source source;
	double ns_per_page, error;
	double by_pages_ns, by_batches_ns;
	double pages_per_burst;
	/* Of a batch that is not short, by its pages_to_scan: percentiles of run per page. */
	double page_ns[KSM_PERCENTILES];
	double burst_p50_ns, burst_p99_ns; /* of all bursts, as they were */

	double sleep_ns; /* the median, as it was */
	double awake_ns; /* the median from the wakeup to the sleep, with what it waited itself */
	double sleep_extra_ns; /* sleep_ns less sleep_millisecs */
	double tick_ns; /* that explains the extra: see ksm_timer.h */
	double period_ns;
	double duty; /* 0..1 */
	double rate; /* pages per second */
	double scan_s; /* of a full scan */

	uint64_t page_size;
	double saved_bytes; /* may be negative */
	bool saved_is_profit;
	double others_delay_ns, price_ms;
};

/* 0 or -ENOMEM. */
int ksm_model_make(struct ksm_model *model, const struct ksm_model_input *input);

/*
 * The run of a batch of so many pages, quantile 0..1. Its median goes with the pages; what the
 * quantile is off the median goes with them above the measured pages_to_scan, and with the square
 * root below: of fewer pages the mean varies more. Where no distribution is known, the median is
 * told from ns_per_page, and other quantiles are NAN.
 */
double ksm_model_burst_ns(const struct ksm_model *model, double pages, double quantile);

/*
 * From one batch to the next at these settings; by the timer's rule if the tick is known, else with
 * the measured extra. NAN for sleep_ms 0, too: it is no period of sleep and work.
 */
double ksm_model_period_ns(const struct ksm_model *model, double pages, uint64_t sleep_ms);

/* At these settings: share of time, and pages per second. */
double ksm_model_duty(const struct ksm_model *model, double pages, uint64_t sleep_ms);
double ksm_model_rate(const struct ksm_model *model, double pages, uint64_t sleep_ms);

#endif
