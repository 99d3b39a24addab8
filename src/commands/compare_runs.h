/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs compared with baselines: what check and diff share. Which quantities (analysis/family.h, or those that
 * were asked for), their values, and, by a second reading of each trace, what they were in blocks of its time
 * (analysis/blocks.h): that is what tells chance from change (analysis/compare.h).
 */
#ifndef INTERLOPER_COMPARE_RUNS_H
#define INTERLOPER_COMPARE_RUNS_H

#include <argp.h>
#include "analysis/compare.h"
#include "commands/limits.h"
#include "commands/run.h"
#include "output/report_check.h"

/* --min-change, --min-delta; its input is a struct compare_options, which it gives its defaults. */
extern const struct argp compare_argp;

struct compare_runs {
	const struct run *runs;	     /* new ones */
	const struct run *baselines; /* at least one */
	uint32_t run_count, baseline_count;
	const struct limits *asked; /* of these, what is compared; nothing: the family */
	struct compare_options options;
	const struct run_options *run_options;
	/* Made. */
	struct limits family;
	uint32_t left_out; /* groups of tasks that are not compared */
	struct comparison_private *private;
};

/*
 * Finds out all that is needed. 0, or EXIT_FAILED after a line on stderr. compare_runs_free() in both cases;
 * the runs must live as long.
 */
int compare_runs_prepare(struct compare_runs *c);
void compare_runs_free(struct compare_runs *c);

/* How many comparisons a run has. */
uint32_t compare_runs_count(const struct compare_runs *c);
/* Fills that many rows, of one of the new runs, and its notes. 0 or EXIT_FAILED after a line on stderr. */
int compare_runs_rows(const struct compare_runs *c, uint32_t run, struct check_row *rows,
		      struct check_file *notes);

#endif
