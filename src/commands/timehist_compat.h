/* SPDX-License-Identifier: GPL-2.0-only */
/* timehist --compat: perf's own rows of a recording, and what is wrong with them. */
#ifndef INTERLOPER_TIMEHIST_COMPAT_H
#define INTERLOPER_TIMEHIST_COMPAT_H

#include <stdbool.h>

struct compat_options {
	const char *perf; /* "perf", "perf-6.1", "perf-6.12"; NULL: not asked for */
	const char *file;
	bool state, next;
};

/* Whether it is one of these words. */
bool timehist_compat_is(const char *perf);

/* Prints it all; the exit code, after a line on stderr where that is not 0. */
int timehist_compat(const struct compat_options *options);

#endif
