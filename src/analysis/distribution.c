// SPDX-License-Identifier: GPL-2.0-only
/* The distributions of run, wake delay and preempt delay: see distribution.h. */
#include "analysis/distribution.h"
#include "analysis/rows.h"

#include <errno.h>
#include <stdlib.h>

struct distribution {
	struct rows rows;
};

static enum rows_by distribution_rows_by(enum distribution_by by)
{
	switch (by) {
	case DISTRIBUTION_BY_CPU:
		return ROWS_BY_CPU;
	case DISTRIBUTION_BY_TASK:
		return ROWS_BY_TASK;
	case DISTRIBUTION_BY_CPU_TASK:
		return ROWS_BY_CPU_TASK;
	default:
		return ROWS_ALL;
	}
}

struct distribution *distribution_new(enum distribution_by by)
{
	struct distribution *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	rows_init(&d->rows, distribution_rows_by(by), sizeof(struct distribution_row));
	/* A stream without slices still has the one distribution of everything: an empty one. */
	if (by == DISTRIBUTION_ALL && !distribution_row(d, CPU_UNKNOWN, TASK_UNKNOWN)) {
		distribution_free(d);
		return NULL;
	}
	return d;
}

void distribution_free(struct distribution *d)
{
	if (!d)
		return;
	for (uint32_t i = 0; i < d->rows.count; i++) {
		struct distribution_row *row = d->rows.all[i];

		histogram_free(&row->run);
		histogram_free(&row->wake_delay);
		histogram_free(&row->preempt_delay);
	}
	rows_free(&d->rows);
	free(d);
}

struct distribution_row *distribution_row(struct distribution *d, uint16_t cpu, uint32_t task)
{
	struct distribution_row *row = rows_find(&d->rows, cpu, task);

	if (row)
		return row;
	row = rows_make(&d->rows, cpu, task);
	if (row) {
		row->task = d->rows.by & ROWS_BY_TASK ? task : TASK_UNKNOWN;
		row->cpu = d->rows.by & ROWS_BY_CPU ? cpu : CPU_UNKNOWN;
	}
	return row;
}

int distribution_add(struct distribution *d, const struct event *e)
{
	const struct slice *slice = &e->slice;
	bool whole, known;
	struct distribution_row *row;
	uint64_t delay_ns = 0;
	int err = 0;

	if (e->type != EVENT_SLICE || slice->task == TASK_IDLE)
		return 0;
	whole = slice_is_whole(slice);
	known = slice_delay_ns(slice, &delay_ns);
	if (!whole && !known)
		return 0;
	row = distribution_row(d, e->cpu, slice->task);
	if (!row)
		return -ENOMEM;
	if (whole)
		err = histogram_add(&row->run, slice_run_ns(e));
	if (!err && known)
		err = histogram_add(slice->kind == DELAY_WAKE ? &row->wake_delay
							      : &row->preempt_delay,
				    delay_ns);
	return err;
}

static int compare_rows(const void *a, const void *b)
{
	const struct distribution_row *x = *(struct distribution_row *const *)a;
	const struct distribution_row *y = *(struct distribution_row *const *)b;

	if (x->cpu != y->cpu)
		return x->cpu < y->cpu ? -1 : 1;
	return (x->task > y->task) - (x->task < y->task);
}

uint32_t distribution_rows(struct distribution *d, struct distribution_row *const **rows)
{
	if (d->rows.count)
		qsort(d->rows.all, d->rows.count, sizeof(*d->rows.all), compare_rows);
	*rows = (struct distribution_row *const *)d->rows.all;
	return d->rows.count;
}
