/* SPDX-License-Identifier: GPL-2.0-only */
/* "--verify": before and after a change side by side, and whether it helped, as text and JSON. */
#ifndef INTERLOPER_REPORT_VERIFY_H
#define INTERLOPER_REPORT_VERIFY_H

#include <jansson.h>

#include "analysis/verify.h"
#include "output/output.h"

struct verify_report {
	const struct verify_result *result;
	const struct verify_side *before, *after; /* finished */
	const char *interlopers; /* who was meant: "ksmd"; NULL: all of them */
	const char *cpus;	 /* the target CPUs: "0-3,8" */
};

/*
 * The verdict in words, what each trace had, a row for each quantity. Without an owner there are no
 * rows of delays, without readings of the scan rate none of it. 0 or -ENOMEM.
 */
int report_verify(const struct output *out, const struct verify_report *report);
/* A new reference, or NULL without memory; field names: docs/json-schema.md. */
json_t *report_verify_json(const struct verify_report *report);

#endif
