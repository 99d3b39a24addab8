// SPDX-License-Identifier: GPL-2.0-only
/* A text table: cells are collected in one growing text, then printed as wide as they need. */
#include "output/output.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS_MAX 64
#define COLUMN_GAP  2

struct column {
	char *title, *unit;
	enum table_align align;
	size_t width;
};

struct row {
	size_t cells; /* index of its first cell */
	uint32_t count;
	const char *ansi;
};

struct table {
	struct column columns[COLUMNS_MAX];
	uint32_t column_count;
	char *text; /* all cells, each with its NUL */
	size_t text_len, text_size;
	size_t *cells; /* offsets into text */
	size_t cell_count, cell_size;
	struct row *rows; /* the one being filled is rows[row_count] */
	size_t row_count, row_size;
	struct row current;
	int err; /* the first error of any call */
};

struct table *table_new(void)
{
	return calloc(1, sizeof(struct table));
}

void table_free(struct table *table)
{
	if (!table)
		return;
	for (uint32_t i = 0; i < table->column_count; i++) {
		free(table->columns[i].title);
		free(table->columns[i].unit);
	}
	free(table->text);
	free(table->cells);
	free(table->rows);
	free(table);
}

static int table_fail(struct table *table, int err)
{
	if (!table->err)
		table->err = err;
	return table->err;
}

/* Makes room for one more element of an array. */
static int table_grow(struct table *table, void *array, size_t *size, size_t count, size_t element)
{
	void **data = array;
	size_t more = *size ? *size * 2 : 64;
	void *grown;

	if (count < *size)
		return 0;
	grown = realloc(*data, more * element);
	if (!grown)
		return table_fail(table, -ENOMEM);
	*data = grown;
	*size = more;
	return 0;
}

int table_column(struct table *table, const char *title, const char *unit, enum table_align align)
{
	struct column *column = &table->columns[table->column_count];

	if (table->err)
		return table->err;
	if (table->column_count == COLUMNS_MAX)
		return table_fail(table, -EINVAL);
	column->align = align;
	column->title = strdup(title);
	column->unit = strdup(unit ? unit : "");
	table->column_count++;
	if (!column->title || !column->unit)
		return table_fail(table, -ENOMEM);
	column->width = text_width(column->title);
	if (text_width(column->unit) > column->width)
		column->width = text_width(column->unit);
	return 0;
}

static int table_reserve_text(struct table *table, size_t len)
{
	size_t size = table->text_size ? table->text_size : 4096;
	char *text;

	while (size - table->text_len < len)
		size *= 2;
	if (size == table->text_size)
		return 0;
	text = realloc(table->text, size);
	if (!text)
		return table_fail(table, -ENOMEM);
	table->text = text;
	table->text_size = size;
	return 0;
}

int table_cell(struct table *table, const char *format, ...)
{
	struct column *column = &table->columns[table->current.count];
	va_list args;
	size_t width;
	char *cell;
	int len;

	if (table->err)
		return table->err;
	if (table->current.count == table->column_count)
		return table_fail(table, -EINVAL);
	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0 || table_reserve_text(table, len + 1) ||
	    table_grow(table, &table->cells, &table->cell_size, table->cell_count, sizeof(size_t)))
		return table_fail(table, -ENOMEM);
	cell = table->text + table->text_len;
	va_start(args, format);
	vsnprintf(cell, len + 1, format, args);
	va_end(args);
	text_clean(cell);
	width = text_width(cell);
	if (width > column->width)
		column->width = width;
	table->cells[table->cell_count++] = table->text_len;
	table->text_len += len + 1;
	table->current.count++;
	return 0;
}

int table_row_colour(struct table *table, const char *ansi)
{
	table->current.ansi = ansi;
	return table->err;
}

int table_end_row(struct table *table)
{
	if (table->err)
		return table->err;
	if (table_grow(table, &table->rows, &table->row_size, table->row_count, sizeof(struct row)))
		return table->err;
	table->rows[table->row_count++] = table->current;
	table->current = (struct row){ .cells = table->cell_count };
	return 0;
}

/* Prints one cell after the blanks due before it; returns the blanks due after it. */
static size_t print_cell(const struct column *column, const char *cell, size_t blanks, FILE *file)
{
	size_t pad = column->width - text_width(cell);

	if (column->align == TABLE_RIGHT)
		blanks += pad;
	if (*cell) {
		fprintf(file, "%*s%s", (int)blanks, "", cell);
		blanks = 0;
	}
	if (column->align == TABLE_LEFT)
		blanks += pad;
	return blanks + COLUMN_GAP;
}

static void print_row(const struct table *table, const struct row *row, const struct output *out)
{
	bool colour = out->colour && row->ansi;
	size_t blanks = 0;

	if (colour)
		fputs(row->ansi, out->file);
	for (uint32_t i = 0; i < row->count; i++)
		blanks = print_cell(&table->columns[i], table->text + table->cells[row->cells + i],
				    blanks, out->file);
	fprintf(out->file, "%s\n", colour ? COLOUR_RESET : "");
}

static void print_header(const struct table *table, bool units, const struct output *out)
{
	const struct column *column = table->columns;
	size_t blanks = 0;

	if (out->colour)
		fputs(COLOUR_BOLD, out->file);
	for (uint32_t i = 0; i < table->column_count; i++, column++)
		blanks =
			print_cell(column, units ? column->unit : column->title, blanks, out->file);
	fprintf(out->file, "%s\n", out->colour ? COLOUR_RESET : "");
}

int table_print(const struct table *table, const struct output *out)
{
	bool units = false;

	if (table->err)
		return table->err;
	for (uint32_t i = 0; i < table->column_count; i++)
		units |= *table->columns[i].unit != '\0';
	print_header(table, false, out);
	if (units)
		print_header(table, true, out);
	for (size_t i = 0; i < table->row_count; i++)
		print_row(table, &table->rows[i], out);
	return 0;
}
