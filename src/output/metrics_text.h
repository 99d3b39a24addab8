/* SPDX-License-Identifier: GPL-2.0-only */
/* What metrics are written with: numbers as text, and text that grows. */
#ifndef INTERLOPER_OUTPUT_METRICS_TEXT_H
#define INTERLOPER_OUTPUT_METRICS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NUMBER_MAX 40

/* All digits that there are, and no more: "12", "0.000001023". */
void number_seconds(char text[NUMBER_MAX], uint64_t ns);
/* The shortest that reads back as the same double; "NaN", "+Inf", "-Inf". */
void number_real(char text[NUMBER_MAX], double value);

/* A zeroed struct is empty; the text is the owner's to free, and ends in no NUL unless one is added. */
struct grown {
	char *text;
	size_t length, capacity;
};

/* Each adds: bytes, text, text as it stands between a label's quotes. 0 or -ENOMEM. */
int grown_add(struct grown *grown, const char *bytes, size_t length);
int grown_text(struct grown *grown, const char *text);
int grown_escaped(struct grown *grown, const char *text);

/* What is written instead of a backslash, a newline and, on request, a quote; else NULL. */
const char *metrics_escape(char c, bool quotes);

#endif
