/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Makes a list of changes: all of them, or none. What was there before is in the journal, on disk,
 * before the first one is made (host/journal.h), so that host/revert.h can take them back.
 */
#ifndef INTERLOPER_HOST_APPLY_H
#define INTERLOPER_HOST_APPLY_H

#include <stdint.h>

#include "host/change.h"
#include "host/journal.h"

struct apply_options {
	const char *root;   /* "": the live machine */
	const char *folder; /* of the journal; NULL: JOURNAL_FOLDER */
	struct journal_step step;
};

struct apply_result {
	uint32_t failed; /* the change that could not be made; count: none, or not for one's sake */
	uint32_t left;	 /* how many could not be rolled back, or were not, as somebody else has
			    changed them meanwhile; they are in the journal */
	char why[512];	 /* one line: what failed, on what; empty: nothing */
};

/*
 * Checks all first: each file is there and can be written, each task is alive and lets its CPUs be
 * set, each value is still change->from. A change that stands twice is made once; two that
 * contradict are refused. Then notes them in the journal, makes them in order, and reads each back:
 * it must be change->to. If one fails, those before it are rolled back, the last first, to what they
 * were just before, and so is the journal. 0, or the negative errno of what failed.
 */
int apply_changes(const struct change *changes, uint32_t count,
		  const struct apply_options *options, struct apply_result *result);

#endif
