/* SPDX-License-Identifier: GPL-2.0-only */
/* A summary of a literal stream, and its rows by key. */
#ifndef INTERLOPER_TEST_SUMMING_H
#define INTERLOPER_TEST_SUMMING_H

#include "unit/stream.h"
#include "analysis/summary.h"

static inline struct summary *sum(enum summary_by by, const struct event *events, uint32_t n)
{
	struct summary *s = summary_new(by);

	assert_non_null(s);
	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(summary_add(s, &events[i]), 0);
	return s;
}

#define SUM(by, events) sum(by, events, COUNT_OF(events))

/* The row of a key, NULL if there is none; fails on a second row of the same key. */
static inline const struct summary_row *row(const struct summary *s, uint32_t task, uint16_t cpu)
{
	const struct summary_row *const *rows, *found = NULL;
	uint32_t n = summary_rows(s, &rows);

	for (uint32_t i = 0; i < n; i++) {
		if (rows[i]->task != task || rows[i]->cpu != cpu)
			continue;
		assert_null(found);
		found = rows[i];
	}
	return found;
}

static inline uint32_t row_count(const struct summary *s)
{
	const struct summary_row *const *rows;

	return summary_rows(s, &rows);
}

#endif
