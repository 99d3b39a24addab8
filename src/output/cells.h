/* SPDX-License-Identifier: GPL-2.0-only */
/* The cells that tables share: counts, shares, milliseconds. What is not known is "-". */
#ifndef INTERLOPER_OUTPUT_CELLS_H
#define INTERLOPER_OUTPUT_CELLS_H

#include "analysis/histogram.h"
#include "output/output.h"

void cell_count(struct table *table, uint64_t n);
/* In percent; not known also of a whole of 0. */
void cell_share(struct table *table, bool known, uint64_t part, uint64_t whole);
void cell_msec(struct table *table, bool known, uint64_t ns);
void cell_percentile(struct table *table, const struct histogram *ns, double p);

/* Prints and frees a table. As table_print(). */
int table_finish(struct table *table, const struct output *out);

#endif
