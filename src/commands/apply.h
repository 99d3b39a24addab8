/* SPDX-License-Identifier: GPL-2.0-only */
/* --apply: makes the changes that advice proposes, after asking. */
#ifndef INTERLOPER_COMMANDS_APPLY_H
#define INTERLOPER_COMMANDS_APPLY_H

#include <stdbool.h>
#include <stdio.h>

#include "analysis/advice.h"

struct apply_request {
	bool yes;	   /* do not ask */
	const char *state; /* the journal's folder; NULL: the default */
};

/*
 * Prints the commands of all changes in the list to out, asks on the terminal that is standard
 * input, makes them, all or none, and tells what was done and how to undo it. EXIT_DONE (also: there
 * is nothing to change), or EXIT_FAILED: refused, or failed; one line on stderr.
 */
int apply_advice(const struct advice_list *list, const struct apply_request *request, FILE *out);

#endif
