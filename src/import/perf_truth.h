/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The true delay before a slice, by event.h's rules, kept beside perf's own idea of it so that the
 * rows where perf is wrong can be counted. It holds to what the same events say, and no more. A loss
 * counts from when it is told: of a slice that began between a loss and its telling, the wait may be
 * taken for another, unless the slice was still on when it was told.
 */
#ifndef INTERLOPER_PERF_TRUTH_H
#define INTERLOPER_PERF_TRUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "import/sched_event.h"

enum perf_wait {
	PERF_WAIT_UNKNOWN,	 /* the recording began, or lost events, while the task was off; or it
				    may have run on a CPU that was not recorded */
	PERF_WAIT_WOKEN,	 /* slept, and was woken; or is new */
	PERF_WAIT_WOKEN_RUNNING, /* was woken while it was still on its CPU, on its way off */
	PERF_WAIT_PREEMPTED,	 /* left its previous slice runnable */
	PERF_WAIT_NO_WAKEUP,	 /* slept and ran again, but no wakeup of it was recorded */
};

/* Of one task; all zero at its start. */
struct perf_truth {
	uint64_t left_ns;   /* its last switch-out; 0: not seen */
	uint64_t woken_ns;  /* its first wakeup since; 0: none */
	uint64_t delay_ns;  /* before its present slice; where wait says that it is known */
	uint32_t losses;    /* how many losses had been told when left_ns or woken_ns was noted */
	uint8_t wait;	    /* enum perf_wait, of its present slice */
	bool left_runnable;
	bool running;
	bool woken_running; /* in its present or last slice */
};

/* The times are the recording's; losses counts what was told as lost so far. */
void perf_truth_wakeup(struct perf_truth *truth, uint64_t time_ns, uint32_t losses);
void perf_truth_switch_out(struct perf_truth *truth, const struct sched_event *e, uint32_t losses);
/* partial: of some CPUs only, so that wakeups and slices may be missing without a loss. */
void perf_truth_switch_in(struct perf_truth *truth, uint64_t time_ns, uint32_t losses,
			  bool partial);

/* Stores the delay before the present slice; false where it is not known. */
bool perf_truth_delay_ns(const struct perf_truth *truth, uint64_t *delay_ns);

#endif
