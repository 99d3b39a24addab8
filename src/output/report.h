/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of a report, each in text and JSON: header, losses, summaries, distributions. */
#ifndef INTERLOPER_REPORT_H
#define INTERLOPER_REPORT_H

#include "analysis/distribution.h"
#include "analysis/losses.h"
#include "analysis/summary.h"
#include "event/meta.h"
#include "event/tasks.h"
#include "host/snapshot.h"
#include "output/output.h"

/* Header: host, kernel, duration, CPUs, filter, what the numbers rest on, losses. */
void report_header(const struct output *out, const struct trace_meta *meta,
		   const struct host_snapshot *host, const struct losses *losses,
		   const char *damage);
json_t *report_header_json(const struct trace_meta *meta, const struct host_snapshot *host,
			   const struct losses *losses, const char *damage);

/* Rows already sorted; shows the first limit rows (0: all) and says how many are left out. */
void report_summary(const struct output *out, enum summary_by by,
		    const struct summary_row *const *rows, uint32_t n, uint32_t limit,
		    const struct task_table *tasks, const struct trace_meta *meta);
json_t *report_summary_json(enum summary_by by, const struct summary_row *const *rows, uint32_t n,
			    const struct task_table *tasks, const struct trace_meta *meta);

/* Terminal histogram with percentiles up to p99.99. */
void report_distribution(const struct output *out, struct distribution_row *const *rows,
			 uint32_t n, const struct task_table *tasks);
json_t *report_distribution_json(struct distribution_row *const *rows, uint32_t n,
				 const struct task_table *tasks);

/* One slice as JSON, the same facts as a timehist row. */
json_t *report_event_json(const struct event *event, const struct task_table *tasks);

#endif
