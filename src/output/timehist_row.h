/* SPDX-License-Identifier: GPL-2.0-only */
/* How one row of the timehist looks. timehist.c decides when it is printed. */
#ifndef INTERLOPER_OUTPUT_TIMEHIST_ROW_H
#define INTERLOPER_OUTPUT_TIMEHIST_ROW_H

#include "output/labels.h"
#include "output/timehist.h"

/* Columns that perf has not, or that have another width than a number. */
#define PRIO_WIDTH   8	/* as perf's --show-prio */
#define CPUS_WIDTH   9	/* "10>43>44" and one to spare */
#define NEXT_WIDTH   30 /* perf pads "next: ..." to the name's width */
#define CLASS_WIDTH  8	/* "requeued" */
#define BRANCH_WIDTH 22 /* "slow path (fork/exec)?" */

/* Marks that rows used and that the legend must explain. */
enum row_marks {
	MARK_CUT = 1 << 0,
	MARK_GAP = 1 << 1,
	MARK_NONE = 1 << 2,
	MARK_REQUEUED = 1 << 3,
	MARK_MOVED = 1 << 4,
	MARK_LATE = 1 << 5,
	MARK_UNSURE = 1 << 6,
};

struct row_style {
	struct timehist_options options;
	struct labels labels;
	uint32_t visual_cpus; /* width of the CPU visual; 0: none */
	bool colour;
	unsigned int marks; /* enum row_marks used so far */
};

/* Bytes that a row takes at most, "next" and slack included. */
size_t row_max(const struct row_style *style);

/* Where "next: ..." goes into a row of a slice: filled in when it is known. */
#define ROW_NO_NEXT 0

/*
 * Each writes one row at p, without its newline, and returns its end. row_slice and row_waiting
 * store where "next" belongs as an offset from p, or ROW_NO_NEXT.
 */
char *row_slice(struct row_style *style, char *p, const struct event *e, uint16_t *next_at);
char *row_waiting(struct row_style *style, char *p, const struct event *e, uint16_t *next_at);
char *row_wakeup(struct row_style *style, char *p, const struct event *e);
char *row_wakeup_move(struct row_style *style, char *p, const struct event *e);
char *row_move(struct row_style *style, char *p, const struct event *e);
char *row_lost(struct row_style *style, char *p, const struct event *e);
/* "  next: comm[tid]", padded; NULL: not known. */
char *row_next(char *p, const struct label *next);

void row_header(const struct row_style *style, FILE *file);
void row_legend(const struct row_style *style, FILE *file);

/* The letter of ps and perf for a slice's state at switch-out; '-' where it did not end. */
char state_letter(const struct event *e);

#endif
