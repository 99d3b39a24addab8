/* SPDX-License-Identifier: GPL-2.0-only */
/* What the commands' options share: how they are parsed, how they fail, the filters. */
#ifndef INTERLOPER_OPTIONS_H
#define INTERLOPER_OPTIONS_H

#include <argp.h>
#include "analysis/filter.h"

/* One line on stderr, "interloper: ...". Always returns EXIT_FAILED. */
int fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What to add to a refusal with that negative errno: "; it needs root", or nothing. */
const char *options_as_root(int err);

/*
 * Parses argv with argp: --help goes to stdout and exits 0; anything wrong is one line on stderr.
 * argv[0] must be the command's name. 0, or -EINVAL after the line was printed.
 */
int options_parse(const struct argp *argp, int argc, char **argv, void *input);

/* For use in parsers: prints "interloper COMMAND: ..." and returns EINVAL, argp's word for it. */
int options_refuse(const struct argp_state *state, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A number from 0 to limit, of an option as "--top"; 0, or options_refuse(). */
int options_take_count(const struct argp_state *state, const char *option, const char *text,
		       uint32_t limit, uint32_t *n);

/* -C, -t, -p: a child parser whose input is a struct filter. */
extern const struct argp filter_argp;

/* "10", "0.5": seconds above 0 as ns. 0 or -EINVAL. */
int parse_seconds(const char *text, uint64_t *ns);
/* "500us", "2ms", "1.5s": above 0, as ns. 0 or -EINVAL. */
int parse_duration(const char *text, uint64_t *ns);
/* "5%", "0.5%": above 0, up to 100, as 0..1. 0 or -EINVAL. */
int parse_percent(const char *text, double *share);
/* "64K", "4M", "1048576". 0 or -EINVAL. */
int parse_bytes(const char *text, size_t *bytes);
/* Any number from 0 on; 0, or options_refuse(). */
int options_take_number(const struct argp_state *state, const char *option, const char *text,
			uint64_t *number);
/* perf's "--time A,B": seconds of the trace's clock, each may be left out. 0, or options_refuse(). */
int options_take_window(const struct argp_state *state, const char *text, struct filter *filter);

#endif
