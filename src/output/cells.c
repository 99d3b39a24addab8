// SPDX-License-Identifier: GPL-2.0-only
/* The cells that tables share: see cells.h. */
#include "output/cells.h"

void cell_count(struct table *table, uint64_t n)
{
	char text[COUNT_MAX];

	table_cell(table, "%s", format_count(text, n));
}

void cell_share(struct table *table, bool known, uint64_t part, uint64_t whole)
{
	if (known && whole)
		table_cell(table, "%.2f", 100.0 * part / whole);
	else
		table_cell(table, "-");
}

void cell_msec(struct table *table, bool known, uint64_t ns)
{
	char text[DURATION_MAX];

	table_cell(table, "%s", known ? format_msec(text, ns) : "-");
}

void cell_percentile(struct table *table, const struct histogram *ns, double p)
{
	cell_msec(table, ns->count, histogram_percentile_ns(ns, p));
}

int table_finish(struct table *table, const struct output *out)
{
	int err = table_print(table, out);

	table_free(table);
	return err;
}
