/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who pays, and to whom, as text and JSON: victims and culprits, and the longest waits told in full.
 */
#ifndef INTERLOPER_REPORT_BLAME_H
#define INTERLOPER_REPORT_BLAME_H

#include "analysis/blame.h"
#include "output/output.h"
#include "output/who.h"

struct blame_report {
	const struct blame *blame; /* after blame_finish() */
	struct who who;
	uint32_t victims;  /* how many are shown; 0: all */
	uint32_t culprits; /* of each victim; 0: all. The others are summed up in a row */
};

/* The table, with what is in no sum below it. 0 or -ENOMEM. */
int report_blame(const struct output *out, const struct blame_report *report);
/* In a line each: the first victims, and who it was mostly. Nothing where nobody waited. */
void report_who_pays(const struct output *out, const struct blame_report *report);
/* One block a wait: about ten lines each. */
void report_blame_stories(const struct output *out, const struct blame_report *report);
/* A new reference, or NULL without memory. Field names: docs/json-schema.md. */
json_t *report_blame_json(const struct blame_report *report);

/* What a part of a delay was filled by: "idle CPU", "not known", or a task. Returns buf. */
char *report_culprit(char buf[WHO_MAX], const struct who *who, uint32_t culprit);
/* Likewise: keys "what" ("task", "idle", "unknown") and "task" of an object. */
void report_culprit_json(json_t **object, const struct who *who, uint32_t culprit);

/* "81 %"; what is left of nearly all or nearly nothing is not rounded away: "<1 %", ">99 %". Returns
 * buf. */
#define SHARE_MAX 16
char *report_share(char buf[SHARE_MAX], uint64_t part_ns, uint64_t whole_ns);

#endif
