/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which limits held (analysis/limit.h), and what got worse than it was in earlier traces
 * (analysis/compare.h): as tables for people, and in the forms that CI systems read: JSON, JUnit's XML, TAP,
 * Markdown, GitHub's annotations. The same input gives the same bytes.
 */
#ifndef INTERLOPER_REPORT_CHECK_H
#define INTERLOPER_REPORT_CHECK_H

#include "analysis/compare.h"
#include "analysis/limit.h"
#include "event/meta.h"
#include "output/output.h"

enum check_verdict {
	CHECK_PASS,
	CHECK_FAIL,	    /* of a limit */
	CHECK_REGRESSION,   /* of a comparison */
	CHECK_INCONCLUSIVE,
	CHECK_VERDICTS
};

/* A limit held against a trace, or a quantity of it compared with baselines. */
struct check_row {
	const struct limit *what;
	enum check_verdict verdict;
	const char *why; /* what else is to be said of the verdict; NULL: nothing */
	bool known;	 /* the value: of a comparison, the one that is compared */
	double value;
	uint64_t samples;
	/* The longest sample: in words (empty: none), how long, and where (0: none). */
	char worst[128];
	uint64_t worst_ns, worst_at_ns;
	/* Of a comparison (what->compared): */
	struct compare_answer answer;
	char worst_before[128]; /* the longest of all baselines */
};

/* All that a trace was held against. */
struct check_file {
	const char *name;
	const struct trace_meta *meta;
	const char *hostname, *kernel; /* NULL: not known */
	struct check_row *rows; /* limits first */
	uint32_t count;
	char **notes; /* what the reader should know of the comparisons */
	uint32_t note_count;
	uint32_t left_out; /* names of tasks that were not compared */
};

void check_file_free(struct check_file *file); /* its rows and notes */

struct check_report {
	const struct check_file *files;
	uint32_t count;
	char *const *baselines; /* their names */
	uint32_t baseline_count;
	struct compare_options options;
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
int report_check(const struct output *out, enum check_format format,
		 const struct check_report *report);

/* "pass", "fail", "regression", "inconclusive": for text and JSON. */
const char *check_verdict_name(enum check_verdict verdict);

#endif
