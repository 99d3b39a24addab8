/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which limits held (analysis/limit.h), as a table for people, and in the forms that CI systems read:
 * JSON, JUnit's XML, TAP, Markdown, GitHub's annotations. The same input gives the same bytes.
 */
#ifndef INTERLOPER_REPORT_CHECK_H
#define INTERLOPER_REPORT_CHECK_H

#include "analysis/limit.h"
#include "event/tasks.h"
#include "output/output.h"

/* One limit, held against one trace. */
struct check_row {
	const struct limit *limit;
	struct limit_result result;
	const char *why;  /* of an unknown verdict: result.why, or what else made it so */
	char worst[128];  /* the longest sample, in words; empty: none */
};

/* All limits, held against one trace. */
struct check_file {
	const char *name;
	struct check_row *rows;
	uint32_t count;
	const char *note; /* what the reader should know of the trace; NULL: nothing */
};

enum check_format {
	CHECK_TEXT,
	CHECK_JSON,
	CHECK_JUNIT,
	CHECK_TAP,
	CHECK_MARKDOWN,
	CHECK_GITHUB,
	CHECK_FORMATS
};

/* "text", "json", ... */
const char *check_format_name(enum check_format format);

/* 0 or -ENOMEM. */
int report_check(const struct output *out, enum check_format format, const struct check_file *files,
		 uint32_t count);

/* "kept", "broken", "unknown": for text and JSON. */
const char *check_verdict_name(enum limit_verdict verdict);

/* "1.234 ms", "0.52 %", "1,234": a value of a limit's unit. */
#define CHECK_VALUE_MAX 48
char *check_value(char buf[CHECK_VALUE_MAX], const struct limit *limit, double value);

#endif
