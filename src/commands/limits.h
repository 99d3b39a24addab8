/* SPDX-License-Identifier: GPL-2.0-only */
/* What check and diff were asked: limits, and what is to be compared, in the order in which they came. */
#ifndef INTERLOPER_LIMITS_H
#define INTERLOPER_LIMITS_H

#include <argp.h>
#include "analysis/limit.h"

struct limits {
	struct limit *list;
	uint32_t count;
};

#define LIMITS_MAX 1000

/* Takes one: limit_parse() or limit_parse_compared(). 0 (nothing is added of an empty line), -EINVAL (error says where),
 * -E2BIG, -ENOMEM. */
int limits_add(struct limits *limits, const char *text, bool compared, struct limit_error *error);
void limits_free(struct limits *limits);
/* The same for an option, --limit or --compare, that must not be empty. 0, or options_refuse(). */
int limits_take(struct limits *limits, const struct argp_state *state, const char *text, bool compared);
/* One line on what limits_add() did not take, and where it stands; as options_refuse(). */
int limits_refuse(const struct argp_state *state, int err, const char *where, const char *text,
		  const struct limit_error *error);
/* What must be known of a trace for them: only that costs anything. */
struct limits_needs {
	bool cpus;	 /* tasks' rows by CPU, too */
	bool owners;	 /* interlopers and owners */
	bool blame;	 /* who waited for whom */
	bool trespasses; /* placements */
};
struct limits_needs limits_needs(const struct limits *limits);

#endif
