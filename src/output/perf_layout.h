/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `perf sched timehist`'s own lines, byte for byte, of import/perf_rows.h's rows; below them what is
 * wrong with them. Control characters in names, and what is not UTF-8, become '?' as everywhere.
 */
#ifndef INTERLOPER_OUTPUT_PERF_LAYOUT_H
#define INTERLOPER_OUTPUT_PERF_LAYOUT_H

#include <stdio.h>

#include "import/perf_rows.h"

struct perf_layout {
	FILE *file;
	enum perf_compat version;
	bool state, next; /* --state, -n */
	int name_width;	  /* grows with the names: a name of 31 makes all after it as wide */
};

/* The file stays the caller's, who looks at its errors. */
void perf_layout_init(struct perf_layout *layout, FILE *file, enum perf_compat version, bool state,
		      bool next);
void perf_layout_head(const struct perf_layout *layout);
void perf_layout_row(struct perf_layout *layout, const struct perf_row *row);
/* A line for each kind of defect that there was; none if there was none. */
void perf_layout_footer(const struct perf_layout *layout, const struct perf_defect_counts *counts);

#endif
