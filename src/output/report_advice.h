/* SPDX-License-Identifier: GPL-2.0-only */
/* What to do about it (analysis/advice.h): as text, as a shell script, and as JSON. */
#ifndef INTERLOPER_REPORT_ADVICE_H
#define INTERLOPER_REPORT_ADVICE_H

#include "analysis/advice.h"
#include "event/tasks.h"
#include "output/output.h"

/* A block each; of minor ones a line, unless all is asked for. */
void report_advice(const struct output *out, const struct advice_list *list, bool all);

/* The first so many that have something to do, in a line each, for a report of something else. */
void report_advice_lines(const struct output *out, const struct advice_list *list, uint32_t limit);

/*
 * A shell script that makes the changes, or with the argument "undo" takes them back: to be read
 * before it is run. what: a line on where it comes from. 0 or -ENOMEM.
 */
int report_advice_script(const struct output *out, const struct advice_list *list,
			 const char *what);

/* A new reference, or NULL without memory; field names: docs/json-schema.md. */
json_t *report_advice_json(const struct advice_list *list, const struct task_table *tasks);

#endif
