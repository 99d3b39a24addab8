/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every report shares: where it goes, whether it may use colour, how numbers look.
 * Output computes nothing: it prints result structs.
 */
#ifndef INTERLOPER_OUTPUT_H
#define INTERLOPER_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct output {
	FILE *file;
	bool colour; /* a terminal, and NO_COLOR is unset */
	bool json;
};

/* For stdout: colour only on a terminal with NO_COLOR unset or empty, and TERM not "dumb". */
struct output output_stdout(bool json);

/* Escape sequences, for use where output.colour is set. */
#define COLOUR_BOLD   "\033[1m"
#define COLOUR_RED    "\033[31m"
#define COLOUR_YELLOW "\033[33m"
#define COLOUR_RESET  "\033[0m"

/*
 * All of these truncate, as timehist does, and return buf.
 *
 * "12.345 ms": a duration with the unit that keeps 1..999 before the point (seconds are the largest
 * unit); exact below 1 us.
 */
#define DURATION_MAX 40
char *format_duration(char buf[DURATION_MAX], uint64_t ns);
/* "12,345.678": milliseconds with microseconds after the point, for columns of one unit. */
char *format_msec(char buf[DURATION_MAX], uint64_t ns);
/* "1119.585632": a point in time as timehist prints it. */
char *format_time(char buf[DURATION_MAX], uint64_t time_ns);
/* "1,234,567" */
#define COUNT_MAX 32
char *format_count(char buf[COUNT_MAX], uint64_t n);
/* "18.3 MiB" */
char *format_bytes(char buf[COUNT_MAX], uint64_t n);

/*
 * Text from outside (names, command lines, anything of a trace file) made safe for a terminal and
 * for JSON, in place: bytes that are not UTF-8 and control characters, C1 included, become '?'.
 * Never longer than before. Returns its length.
 */
size_t text_clean(char *text);
/* Display columns of UTF-8 text: code points. */
size_t text_width(const char *text);

/*
 * A text table: collects cells, then prints columns as wide as their widest cell, so that no name
 * breaks the alignment. Cells are copied, and cleaned (text_clean). No line ends in blanks.
 */
struct table;
enum table_align { TABLE_LEFT, TABLE_RIGHT };

struct table *table_new(void);
void table_free(struct table *table);
/* The header has up to two lines: the title and, where not NULL, the unit below it. */
int table_column(struct table *table, const char *title, const char *unit, enum table_align align);
int table_cell(struct table *table, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
int table_row_colour(struct table *table, const char *ansi); /* the row being filled; NULL: none */
int table_end_row(struct table *table); /* cells not given are empty */
/* 0, -EINVAL if a row had more cells than there are columns, or -ENOMEM if any call on the table ran
 * out of memory (nothing is printed then). Every call on a table keeps its first error. */
int table_print(const struct table *table, const struct output *out);

#endif
