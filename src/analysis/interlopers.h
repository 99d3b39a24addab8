/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who ran on the target CPUs beside their owners (owner.h), and what that cost the owners.
 *
 *   run time stolen  what it ran on the target CPUs
 *   visits           visits.h: preemption does not make two of one
 *   delay caused     the parts of the owners' waits that its slices filled (blame.h)
 *   rhythm           rhythm.h: of its visits
 */
#ifndef INTERLOPER_INTERLOPERS_H
#define INTERLOPER_INTERLOPERS_H

#include "analysis/blame.h"
#include "analysis/owner.h"
#include "analysis/rhythm.h"
#include "analysis/visits.h"

struct interloper {
	const struct visits_row *visits; /* its task, run time, visits */
	uint64_t waits, delay_ns;	 /* of owners, for it */
	uint64_t worst_ns, worst_since_ns; /* the longest such part, and when that wait began */
	bool is_rhythmic;		 /* asked for the first ones alone */
	struct rhythm rhythm;
};

struct interlopers {
	enum owner_rule rule;
	bool asked; /* for owners; OWNER_NOBODY then says that none of those ran there */
	uint32_t *owners; /* ids, by run time */
	uint32_t owner_count;
	uint64_t owners_run_ns, owners_waits, owners_delay_ns; /* delay: all of theirs */
	uint64_t caused_ns;					/* of it: by interlopers */
	uint64_t run_ns;					/* all interlopers' */
	struct interloper *list; /* by delay caused, then run time, most first; ties by task */
	uint32_t count;
};

/*
 * visits: by task, of the target CPUs, finished; blame: finished, of all who waited there. rhythms: of
 * so many interlopers a rhythm is looked for (some ms each). Without an owner everybody is in the
 * list. 0 or -ENOMEM.
 */
int interlopers_make(struct interlopers *interlopers, const struct visits *visits,
		     const struct blame *blame, const struct task_table *tasks,
		     const struct owner_options *options, uint32_t rhythms);
void interlopers_free(struct interlopers *interlopers);

#endif
