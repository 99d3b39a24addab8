// SPDX-License-Identifier: GPL-2.0-only
/* The tables' columns; export_events.c and export_distributions.c fill them in this order. */
#include "output/export_tables.h"

#define WAKER_COLUMNS	  "waker_id", "waker_comm", "waker_tid", "waker_context", "waker_cpu"
#define CPU_COLUMNS	  "previous_cpu", "chosen_cpu", "recent_cpu"
#define TASK_COLUMNS	  "task_id", "comm", "tid", "pid"
#define PLACEMENT_COLUMNS "placement_class", "placement_branch", "placement_certainty", "pinned"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const slice_columns[] = {
	"start_ns",
	"end_ns",
	"start_time",
	"cpu",
	TASK_COLUMNS,
	"run_ns",
	"run_at_least_ns",
	"run_at_most_ns",
	"off_ns",
	"runnable_since_ns",
	"delay_ns",
	"delay_kind",
	"waking_ns",
	WAKER_COLUMNS,
	CPU_COLUMNS,
	PLACEMENT_COLUMNS,
	"moves",
	"spare_wakeups",
	"state",
	"out_state",
	"prio",
	"involuntary",
	"left_queued",
	"exit",
	"new",
	"requeued",
	"woken_on_cpu",
	"movable",
	"gap",
	"cut_start",
	"cut_end",
	"offline",
};

static const char *const wakeup_columns[] = {
	"waking_ns", "waking_time", TASK_COLUMNS,      WAKER_COLUMNS,
	CPU_COLUMNS, "ran_cpu",	    PLACEMENT_COLUMNS, "trespass",
	"delay_ns",  "waited_ns",   "start_ns",	       "moves",
	"new",	     "requeued",    "woken_on_cpu",    "still_waiting",
};

static const char *const histogram_columns[] = {
	"kind", "cpu", TASK_COLUMNS, "lower_ns", "upper_ns", "count",
};

static const char *const total_columns[] = {
	"kind",	  "cpu",    TASK_COLUMNS, "count",    "total_ns",  "min_ns", "mean_ns",
	"p50_ns", "p90_ns", "p99_ns",	  "p99_9_ns", "p99_99_ns", "max_ns",
};

static const struct {
	const char *name;
	const char *const *columns;
	uint32_t count;
} tables[EXPORT_TABLES] = {
	[EXPORT_SLICES] = { "slices", slice_columns, COUNT(slice_columns) },
	[EXPORT_WAKEUPS] = { "wakeups", wakeup_columns, COUNT(wakeup_columns) },
	[EXPORT_HISTOGRAMS] = { "histograms", histogram_columns, COUNT(histogram_columns) },
	[EXPORT_TOTALS] = { "totals", total_columns, COUNT(total_columns) },
};

const char *export_table_name(enum export_table table)
{
	return tables[table].name;
}

int export_open_table(struct export_cells *out, FILE *file, enum export_form form,
		      enum export_table table)
{
	return export_open(out, file, form, tables[table].columns, tables[table].count);
}
