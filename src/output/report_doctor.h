/* SPDX-License-Identifier: GPL-2.0-only */
/* "interloper doctor": first whether it can trace, then every finding, problems first. */
#ifndef INTERLOPER_REPORT_DOCTOR_H
#define INTERLOPER_REPORT_DOCTOR_H

#include <stdbool.h>

#include "host/facilities.h"
#include "host/finding.h"
#include "host/isolation.h"
#include "output/output.h"

/* Whether a command's session can be opened by this user. */
struct doctor_job {
	const char *commands; /* "trace, record" */
	const char *why;      /* why not; NULL: it can */
};

struct doctor_report {
	struct doctor_job trace, hist;
	const struct findings *findings;
	const struct facilities *facilities;
	const struct isolation *isolation;
};

/* The table of findings alone, and the array. */
int report_findings(const struct output *out, const struct findings *findings);
json_t *report_findings_json(const struct findings *findings);

/* 0 or -ENOMEM. */
int report_doctor(const struct output *out, const struct doctor_report *report);
/* A new reference, or NULL without memory; field names: docs/json-schema.md. */
json_t *report_doctor_json(const struct doctor_report *report);

#endif
