// SPDX-License-Identifier: GPL-2.0-only
/* Lines that begin with a word: see line.h. */
#include "output/line.h"

#include <stdarg.h>
#include <stdlib.h>

#define NAME_WIDTH 12

bool line_begin(struct line *line)
{
	line->file = open_memstream(&line->text, &line->size);
	return line->file != NULL;
}

void line_end(struct line *line, const struct output *out, const char *name, const char *colour)
{
	if (fclose(line->file))
		return;
	text_clean(line->text);
	fprintf(out->file, "%s%-*s%s%s%s%s\n", out->colour ? COLOUR_BOLD : "", NAME_WIDTH, name,
		out->colour ? COLOUR_RESET : "", out->colour && colour ? colour : "", line->text,
		out->colour && colour ? COLOUR_RESET : "");
	free(line->text);
}

void line_print(const struct output *out, const char *name, const char *format, ...)
{
	struct line line;
	va_list args;

	if (!line_begin(&line))
		return;
	va_start(args, format);
	vfprintf(line.file, format, args);
	va_end(args);
	line_end(&line, out, name, NULL);
}
