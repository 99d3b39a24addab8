/* SPDX-License-Identifier: GPL-2.0-only */
/* "Why here": how movable tasks came to isolated (or target) CPUs and why they stay, as text and JSON. */
#ifndef INTERLOPER_OUTPUT_REPORT_TRESPASS_H
#define INTERLOPER_OUTPUT_REPORT_TRESPASS_H

#include "analysis/trespass.h"
#include "output/output.h"

/*
 * The section of trace's report, at most eight lines: tasks on isolated CPUs take three lines each,
 * others one, and the last line is on those that found no room. Nothing where there are none.
 */
void report_why_here(const struct output *out, const struct trespasses *trespasses,
		     const struct task_table *tasks);

/* A story a task: its first residence and the one that ran most. limit 0: all. */
void report_stories(const struct output *out, const struct trespasses *trespasses,
		    const struct task_table *tasks, uint32_t limit);

/* An array; docs/json-schema.md, "why_here". NULL without memory. */
json_t *report_trespasses_json(const struct trespasses *trespasses, const struct task_table *tasks);

#endif
