/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Takes back what the journal says was changed (host/journal.h). It may be killed at any point and
 * begun again: what is as it was needs nothing.
 */
#ifndef INTERLOPER_HOST_REVERT_H
#define INTERLOPER_HOST_REVERT_H

#include <stdbool.h>
#include <stdint.h>

#include "host/change.h"
#include "host/journal.h"

struct revert_options {
	const char *root;   /* "": the live machine */
	const char *folder; /* of the journal; NULL: JOURNAL_FOLDER */
	bool force;	    /* also what somebody else has changed since */
	bool dry_run;	    /* change nothing, the journal neither; tell what would be done */
	struct journal_step step;
};

enum revert_outcome {
	REVERT_SAME,	 /* it was as before already */
	REVERT_RESTORED, /* in a dry run: would be */
	REVERT_GONE,	 /* the file or the task is there no more */
	REVERT_REUSED,	 /* the task is gone, and its id is another task's */
	REVERT_REBOOTED, /* the machine was started anew since, and has values of its own */
	REVERT_LEFT,	 /* somebody else has changed it since; it stays in the journal */
	REVERT_FAILED,	 /* it could not be restored, or not be read; it stays in the journal */
};

struct reverted {
	struct change change; /* of what; from: the original; to: what was found, NULL: nothing */
	enum revert_outcome outcome;
	int err; /* of REVERT_FAILED: a negative errno, for live_value_error() */
};

struct revert_result {
	struct reverted *list; /* the last change first */
	uint32_t count;
	uint32_t left; /* how many are still to be restored: left, or failed */
	char why[512]; /* one line, if the journal itself is what failed */
};

/*
 * 0: each entry has its outcome; without a journal there is none. A negative errno: the journal
 * cannot be read (then nothing was touched), or not be written back (result tells what was done), or
 * there is no memory; why says which. revert_result_free() in any case.
 */
int revert_changes(const struct revert_options *options, struct revert_result *result);
void revert_result_free(struct revert_result *result);

/* "restored", as text and JSON have it. */
const char *revert_outcome_name(enum revert_outcome outcome);

#endif
