/* SPDX-License-Identifier: GPL-2.0-only */
/* What advice rests on, from a pass over a stream; and the advice. */
#ifndef INTERLOPER_GATHER_ADVICE_H
#define INTERLOPER_GATHER_ADVICE_H

#include "analysis/advice.h"
#include "analysis/interlopers.h"
#include "analysis/ksm_plan.h"
#include "commands/gather.h"

/* Lets gather see ksmd, too. Before anything is read. */
void gather_advice(struct gather *gather);

/* gather_add()'s. 0 or a negative errno. */
int gather_advice_add(struct gather *gather, const struct event *event);

struct advice_request {
	const struct trace_meta *meta;
	const struct host_snapshot *host;      /* NULL: not known */
	hwloc_const_bitmap_t targets;	       /* the CPUs to be kept free; NULL: none are known */
	const struct interlopers *interlopers; /* of these; NULL: not looked for */
	struct ksm_limits limits;
};

struct advice_made {
	struct ksm_model ksm;
	struct ksm_plan plan;
	struct advice_list list; /* by cost; advice_list_free() in any case */
};

/*
 * After the last event, and gather_blame_finish() where there is blame. 0 or EXIT_FAILED after a line
 * on stderr.
 */
int gather_advise(struct gather *gather, const struct advice_request *request,
		  struct advice_made *made);

/*
 * The CPUs that advice is to keep free where none are named: those that are isolated or nohz_full,
 * else those that have an owner (homes.h); empty: there are none. NULL without memory.
 */
hwloc_bitmap_t advice_targets(const struct host_snapshot *host);

#endif
