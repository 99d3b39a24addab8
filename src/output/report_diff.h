/* SPDX-License-Identifier: GPL-2.0-only */
/* Two traces side by side, for people: what changed, whether by chance, and the worst moments of each. */
#ifndef INTERLOPER_REPORT_DIFF_H
#define INTERLOPER_REPORT_DIFF_H

#include "event/meta.h"
#include "output/report_check.h"

struct diff_side {
	const char *name;
	const struct trace_meta *meta;
	const char *kernel; /* NULL: not known */
};

struct diff_report {
	struct diff_side sides[2]; /* before, after */
	const struct check_file *file; /* comparisons alone: of the one after with the one before */
	struct compare_options options;
};

/* As out says, text or JSON. 0 or -ENOMEM. */
int report_diff(const struct output *out, const struct diff_report *report);

#endif
