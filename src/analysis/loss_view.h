/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What was lost on a CPU, or on all of them, from both witnesses: the recorder's counts at the
 * trace's end, and the loss records in the stream (an incomplete trace has only those, and the last
 * burst may have left none). The larger count is shown.
 */
#ifndef INTERLOPER_LOSS_VIEW_H
#define INTERLOPER_LOSS_VIEW_H

#include "analysis/losses.h"
#include "event/meta.h"

struct loss_view {
	uint64_t lost[LOST_KINDS];
	uint64_t state_lost;
	uint64_t programs_skipped;	    /* of all CPUs: 0 in the view of one */
	uint64_t bursts, first_ns, last_ns; /* 0: the stream has no record of them */
};

/* losses may be NULL: the stream told of none. */
struct loss_view loss_view_cpu(const struct trace_meta *meta, const struct losses *losses,
			       uint32_t cpu);
struct loss_view loss_view_all(const struct trace_meta *meta, const struct losses *losses);
uint64_t loss_view_total(const struct loss_view *view);
/* CPUs to look at: either witness may know more of them. */
uint32_t loss_view_cpu_count(const struct trace_meta *meta, const struct losses *losses);

#endif
