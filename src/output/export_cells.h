/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A table for other tools, written row by row as CSV, as one JSON object a line, or as the array of a
 * JSON object. Nothing but the row at hand is in memory.
 *
 *   unknown    an empty cell, null; never 0. A text that is known and empty is "" in all forms
 *   bool       0 and 1 in CSV; true and false
 *   integer    up to INT64_MAX, which stands for all above it: SQL and many readers of JSON end there
 *   text       cleaned (text_clean), quoted and escaped as the form wants it
 *   CSV        RFC 4180, but lines end in LF alone, as Unix tools expect it; the first names the columns
 */
#ifndef INTERLOPER_OUTPUT_EXPORT_CELLS_H
#define INTERLOPER_OUTPUT_EXPORT_CELLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum export_form { EXPORT_CSV, EXPORT_NDJSON, EXPORT_JSON, EXPORT_FORMS };

struct export_cells {
	FILE *file;
	enum export_form form;
	const char *const *columns; /* their names: lower case, digits and '_' */
	uint32_t count;
	/* Private. */
	uint32_t next; /* column */
	uint64_t rows;
	size_t used;
	char *buffer;
	struct export_key *keys; /* what stands before each value */
	int err;
};

/* Writes what stands above the rows. columns must live as long. 0 or -ENOMEM. */
int export_open(struct export_cells *out, FILE *file, enum export_form form, const char *const *columns,
	       uint32_t count);

/*
 * Writes what stands below the rows, and frees; of a JSON array its end, without a newline. A zeroed
 * struct is fine. 0, or the first error of all calls, negative errno: of the file, mostly.
 */
int export_close(struct export_cells *out);

/* A row's cells in the order of its columns, then export_end_row(): 0, or the first error as above. */
void export_none(struct export_cells *out);
void export_u64(struct export_cells *out, uint64_t n);
void export_text(struct export_cells *out, const char *text); /* NULL: unknown */
void export_bool(struct export_cells *out, bool yes);
int export_end_row(struct export_cells *out);

static inline void export_u64_if(struct export_cells *out, bool known, uint64_t n)
{
	if (known)
		export_u64(out, n);
	else
		export_none(out);
}

static inline void export_bool_if(struct export_cells *out, bool known, bool yes)
{
	if (known)
		export_bool(out, yes);
	else
		export_none(out);
}

void export_cpu(struct export_cells *out, uint16_t cpu); /* CPU_UNKNOWN: unknown */

#endif
