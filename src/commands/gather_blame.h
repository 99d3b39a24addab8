/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What blame's reports are made of: who waited for whom, which CPUs stood idle meanwhile, who visited
 * the target CPUs.
 */
#ifndef INTERLOPER_GATHER_BLAME_H
#define INTERLOPER_GATHER_BLAME_H

#include "commands/gather.h"

struct gather_blame_options {
	const struct trace_meta *meta;
	const struct host_snapshot *host; /* NULL: not known. The caller's, as meta */
	bool live;		     /* it may last long: less is kept */
	uint32_t stories;	     /* how many waits are told in full */
	bool idleness;		     /* look for idle CPUs too */
	hwloc_const_bitmap_t targets; /* whose visitors are looked at; NULL: nobody's */
};

/* Sets the analyses in gather. 0 or EXIT_FAILED after a line on stderr. */
int gather_blame(struct gather *gather, const struct gather_blame_options *options);

/* gather_add()'s: an event, and whether the filter lets it pass. 0 or a negative errno. */
int gather_blame_add(struct gather *gather, const struct event *event, bool wanted);

/* After the last event. 0 or EXIT_FAILED. */
int gather_blame_finish(struct gather *gather);

#endif
