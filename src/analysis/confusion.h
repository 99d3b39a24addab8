/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The model of the wakeup path held against what hooks saw: for each wakeup whose branch was observed
 * (placement.h), what the model would have said without the hooks.
 */
#ifndef INTERLOPER_CONFUSION_H
#define INTERLOPER_CONFUSION_H

#include "analysis/placement.h"

struct confusion {
	uint64_t observed; /* wakeups whose branch was observed */
	uint64_t sure, agreed; /* of these: where the model was sure; and said the same */
	uint64_t unsure, unsure_agreed;
	uint64_t counts[BRANCHES][BRANCHES][2]; /* observed, the model's, sure (1) or not (0) */
};

/* Takes one wakeup; told by hooks, choice not NULL. */
void confusion_add(struct confusion *confusion, const struct placement_host *host,
		   const struct slice *s, const struct choice *choice,
		   const struct choice *fallback);

#endif
