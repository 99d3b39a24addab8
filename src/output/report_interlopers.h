/* SPDX-License-Identifier: GPL-2.0-only */
/* Who ran on the target CPUs beside their owners, as text and JSON. */
#ifndef INTERLOPER_REPORT_INTERLOPERS_H
#define INTERLOPER_REPORT_INTERLOPERS_H

#include "analysis/interlopers.h"
#include "output/output.h"
#include "output/who.h"

struct interlopers_report {
	const struct interlopers *interlopers;
	struct who who;
	uint64_t window_ns; /* of the target CPUs together: what shares refer to; 0: not known */
	uint32_t limit;	    /* how many are shown; 0: all */
};

/* Who owns the CPUs, then a row an interloper. 0 or -ENOMEM. */
int report_interlopers(const struct output *out, const struct interlopers_report *report);
/* The same in a few lines: who owns the CPUs, then a line for each of the first interlopers that cost them
 * anything. Nothing where nobody owns them. */
void report_interlopers_lines(const struct output *out, const struct interlopers_report *report);
/* A new reference, or NULL without memory. Field names: docs/json-schema.md. */
json_t *report_interlopers_json(const struct interlopers_report *report);

/* "every 20.3 ms +-0.4, 12.1 ms long, duty 60 %". Returns buf. */
#define RHYTHM_TEXT_MAX 128
char *report_rhythm(char buf[RHYTHM_TEXT_MAX], const struct rhythm *rhythm);

#endif
