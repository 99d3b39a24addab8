/* SPDX-License-Identifier: GPL-2.0-only */
/* What report_check.c and report_check_formats.c share. */
#ifndef INTERLOPER_REPORT_CHECK_INTERNAL_H
#define INTERLOPER_REPORT_CHECK_INTERNAL_H

#include "output/report_check.h"

struct check_counts {
	uint32_t all, of[LIMIT_UNKNOWN + 1]; /* by verdict */
};

struct check_counts check_count(const struct check_file *files, uint32_t count);

/* What was found, or "-". */
char *check_found(char buf[CHECK_VALUE_MAX], const struct check_row *row);

/* A text from outside, cleaned (text_clean). */
void check_put_clean(FILE *file, const char *text);

/* The forms of CI systems. 0 or -ENOMEM. */
int report_check_junit(const struct output *out, const struct check_file *files, uint32_t count);
int report_check_tap(const struct output *out, const struct check_file *files, uint32_t count);
int report_check_markdown(const struct output *out, const struct check_file *files, uint32_t count);
int report_check_github(const struct output *out, const struct check_file *files, uint32_t count);

#endif
