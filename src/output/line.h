/* SPDX-License-Identifier: GPL-2.0-only */
/* "host        vmhost7, Linux ...": a line that begins with a word, as reports' headers have them.
 */
#ifndef INTERLOPER_OUTPUT_LINE_H
#define INTERLOPER_OUTPUT_LINE_H

#include "output/output.h"

/* Built in memory, by printing to file: it is cleaned (text_clean) before it is printed. */
struct line {
	char *text;
	size_t size;
	FILE *file;
};

/* False without memory; else line_end() must follow, which prints it. colour may be NULL. */
bool line_begin(struct line *line);
void line_end(struct line *line, const struct output *out, const char *name, const char *colour);

/* A line in one go. */
void line_print(const struct output *out, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
