/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts of a report, each in text and JSON: header, losses, summaries, distributions. The JSON
 * is a new reference for the caller to json_decref, or NULL without memory; its field names are in
 * docs/json-schema.md.
 */
#ifndef INTERLOPER_REPORT_H
#define INTERLOPER_REPORT_H

#include "analysis/distribution.h"
#include "analysis/losses.h"
#include "analysis/saved_summary.h"
#include "analysis/summary.h"
#include "event/meta.h"
#include "event/tasks.h"
#include "host/snapshot.h"
#include "output/output.h"

/*
 * Header: host, kernel, when and how long, CPUs, filter, what the numbers rest on, losses; 5 to 7
 * lines. host, losses and damage (one line, from trace_reader_damage) may be NULL: not known, none
 * seen, whole. What was lost is the larger of what meta counted and what the stream recorded: an
 * incomplete trace has only the latter.
 */
void report_header(const struct output *out, const struct trace_meta *meta,
		   const struct host_snapshot *host, const struct losses *losses,
		   const char *damage);
json_t *report_header_json(const struct trace_meta *meta, const struct host_snapshot *host,
			   const struct losses *losses, const char *damage);

/* Its first line alone: "host        vmhost7, Linux ..."; host may be NULL. */
void report_host(const struct output *out, const struct host_snapshot *host);

/*
 * Rows already sorted; shows the first limit rows (0: all) and says how many are left out. The main
 * columns, or all of them (wide); what is no fact (gaps, cuts, unknown delays, tasks still waiting)
 * is summed up below the table, over all n rows. meta's start and end are the window that shares
 * refer to: a command that cuts time passes a meta with that window, and one that leaves tasks out
 * sets its task_filter (idle shares are then not known). Shares are of one CPU's time.
 */
void report_summary(const struct output *out, enum summary_by by,
		    const struct summary_row *const *rows, uint32_t n, uint32_t limit,
		    const struct task_table *tasks, const struct trace_meta *meta, bool wide);
json_t *report_summary_json(enum summary_by by, const struct summary_row *const *rows, uint32_t n,
			    const struct task_table *tasks, const struct trace_meta *meta);

/* What of its trace a summary has; meta as above. With it, the header and the rows, the JSON can be read
 * back (analysis/saved_summary.h). */
json_t *report_scope_json(const struct summary_scope *scope, const struct trace_meta *meta);

/* Terminal histogram with percentiles up to p99.99. */
void report_distribution(const struct output *out, struct distribution_row *const *rows,
			 uint32_t n, const struct task_table *tasks);
json_t *report_distribution_json(struct distribution_row *const *rows, uint32_t n,
				 const struct task_table *tasks);

/* One event as JSON, the same facts as a timehist row, and those that have no row: identities and
 * choices of CPU. NULL for another type of event, or without memory. Field names: docs/json-schema.md. */
json_t *report_event_json(const struct event *event, const struct task_table *tasks);

/* An enum waker_context by name; null for WAKER_UNKNOWN. */
json_t *context_json(uint8_t context);

/* An enum waker_context and an enum delay_kind as JSON and exports name them; NULL: unknown. */
const char *context_name(uint8_t context);
const char *delay_kind_name(uint8_t kind);

#endif
