/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tables that `export` writes for other tools, each fact in a column of its own. What every column
 * means: docs/export.md.
 *
 *   slices      a row a slice, in stream order
 *   wakeups     a row a wakeup that chose a CPU, in the order in which what it led to ended: its slice,
 *               or the trace, if the task still waited
 *   histograms  a row a bucket that is not empty
 *   totals      a row a distribution: count, sum, minimum, percentiles, maximum
 */
#ifndef INTERLOPER_OUTPUT_EXPORT_TABLES_H
#define INTERLOPER_OUTPUT_EXPORT_TABLES_H

#include "analysis/choices.h"
#include "analysis/distribution.h"
#include "analysis/placement.h"
#include "event/tasks.h"
#include "output/export_cells.h"

enum export_table {
	EXPORT_SLICES,
	EXPORT_WAKEUPS,
	EXPORT_HISTOGRAMS,
	EXPORT_TOTALS,
	EXPORT_TABLES,
};

/* "slices", ... */
const char *export_table_name(enum export_table table);
/* As export_open(): with the table's columns. */
int export_open_table(struct export_cells *out, FILE *file, enum export_form form,
		      enum export_table table);

/* What the rows of events need beside the event; all is the caller's. */
struct export_view {
	const struct task_table *tasks;
	const struct placement_host *placement; /* may know no machine */
	bool isolation_known;			/* the machine's isolated CPUs are known */
	struct choices *choices;		/* fed with the stream's choices */
	int64_t realtime_offset_ns;		/* 0: not known */
	bool idle;				/* with the idle task's slices */
	/* Private: the text of the last second. */
	int64_t second;
	char second_text[32];
};

/*
 * Writes the event's row, if it has one in this table (EXPORT_SLICES, EXPORT_WAKEUPS): ask in stream
 * order. 0, or a negative errno.
 */
int export_event(struct export_cells *out, enum export_table table, struct export_view *view,
		 const struct event *event);

/* All rows of EXPORT_HISTOGRAMS or EXPORT_TOTALS. 0, or a negative errno. */
int export_distributions(struct export_cells *out, enum export_table table,
			 struct distribution_row *const *rows, uint32_t n,
			 const struct task_table *tasks);

/* The cells id, comm, tid, pid of a task: unknown for TASK_UNKNOWN; of one whose identity was lost the id
 * alone. */
void export_task(struct export_cells *out, const struct task_table *tasks, uint32_t task);

/* The distributions of a row, by these names in all forms: "run", "wake_delay", "preempt_delay". */
enum export_kind { EXPORT_RUN, EXPORT_WAKE_DELAY, EXPORT_PREEMPT_DELAY, EXPORT_KINDS };
const char *export_kind_name(enum export_kind kind);
const struct histogram *export_histogram(const struct distribution_row *row, enum export_kind kind);

#endif
