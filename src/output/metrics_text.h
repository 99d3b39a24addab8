/* SPDX-License-Identifier: GPL-2.0-only */
/* What metrics are written with: numbers as text, and text that grows. */
#ifndef INTERLOPER_OUTPUT_METRICS_TEXT_H
#define INTERLOPER_OUTPUT_METRICS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define NUMBER_MAX 40

/* Each ends in a NUL; gives back the length without it. */
size_t number_count(char text[NUMBER_MAX], uint64_t value);
/* All digits that there are, and no more: "12", "0.000001023". */
size_t number_seconds(char text[NUMBER_MAX], uint64_t ns);
/* The shortest that reads back as the same double; "NaN", "+Inf", "-Inf". */
void number_real(char text[NUMBER_MAX], double value);

/* A zeroed struct is empty; the text is the owner's to free, and ends in no NUL unless one is added. */
struct grown {
	char *text;
	size_t length, capacity;
};

/* Makes room for so many bytes behind the text, which stay the caller's to write and to add to its
 * length. NULL without memory. */
char *grown_room(struct grown *grown, size_t bytes);

/* Each adds: bytes, text, text with escapes. 0 or -ENOMEM. */
int grown_add(struct grown *grown, const char *bytes, size_t length);
int grown_text(struct grown *grown, const char *text);
int grown_escaped(struct grown *grown, const char *text, bool quotes);

/* Both write at p and return the end of what they wrote. Text with escapes, for a backslash, a newline
 * and, on request, a quote, may be twice as long as it was. */
static inline char *put_bytes(char *p, const char *bytes, size_t length)
{
	memcpy(p, bytes, length);
	return p + length;
}

static inline char *put_escaped(char *p, const char *text, bool quotes)
{
	for (; *text; text++) {
		if (*text == '\\' || *text == '\n' || (*text == '"' && quotes))
			*p++ = '\\';
		*p++ = *text == '\n' ? 'n' : *text;
	}
	return p;
}

#endif
