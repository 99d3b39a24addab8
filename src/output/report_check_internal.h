/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of report_check.h and report_diff.h share. */
#ifndef INTERLOPER_REPORT_CHECK_INTERNAL_H
#define INTERLOPER_REPORT_CHECK_INTERNAL_H

#include "output/report_check.h"

struct check_counts {
	uint32_t all, of[CHECK_VERDICTS];
	uint32_t improved; /* of those that pass */
};

struct check_counts check_count(const struct check_file *files, uint32_t count);

/* "1.234 ms", "0.52 %", "1,234"; of what is compared, totals and counts are per second: "12 ms/s", "3.5 /s". */
#define CHECK_VALUE_MAX 64
char *check_value(char buf[CHECK_VALUE_MAX], const struct limit *what, double value);

/* What was found, or "-". */
char *check_found(char buf[CHECK_VALUE_MAX], const struct check_row *row);

/* A text from outside, cleaned (text_clean). */
void check_put_clean(FILE *file, const char *text);

/* Of a comparison's answer, each "-" where it is not known: "2.1 ms (2.0 ms .. 2.3 ms)"; "+24 %"; "6 %"; "0.3 %",
 * "< 0.01 %". */
#define CHECK_BASELINE_MAX (3 * CHECK_VALUE_MAX + 8)
char *check_baseline(char buf[CHECK_BASELINE_MAX], const struct check_row *row, bool range);
char *check_change(char buf[CHECK_VALUE_MAX], const struct compare_answer *answer);
char *check_noise(char buf[CHECK_VALUE_MAX], const struct compare_answer *answer);
char *check_chance(char buf[CHECK_VALUE_MAX], const struct compare_answer *answer);

/* From where on a change counts, and what chance is. */
void check_put_legend(const struct output *out, const struct compare_options *options,
		      uint32_t baselines, uint32_t comparisons);

/* "unit", "value", "samples", ... of a row: what limits and comparisons have in common. */
json_t *check_row_json(const struct check_row *row);
/* "baseline", "change", ... */
json_t *check_answer_json(const struct check_row *row);

/* The forms of CI systems. 0 or -ENOMEM. */
int report_check_junit(const struct output *out, const struct check_report *report);
int report_check_tap(const struct output *out, const struct check_report *report);
int report_check_markdown(const struct output *out, const struct check_report *report);
int report_check_github(const struct output *out, const struct check_report *report);

#endif
