// SPDX-License-Identifier: GPL-2.0-only
/* Orders the rows of a summary by any of its columns: see summary.h. */
#include "analysis/summary.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum value { COUNT, TOTAL, MEAN, MAX, P50, P99, P99_9, SMALLEST_CPU, SMALLEST_TASK };

#define COLUMNS(column)                                                                            \
	column("run", run_total_ns, COUNT) column("slices", slices, COUNT) column(                 \
		"avg", run, MEAN) column("p50", run, P50) column("p99", run,                       \
								 P99) column("p99.9", run, P99_9)  \
		column("max", run, MAX) column("wake-total", wake_delay, TOTAL) column(            \
			"wake-avg", wake_delay, MEAN) column("wake-p50", wake_delay, P50)          \
			column("wake-p99", wake_delay, P99) column(                                \
				"wake-p99.9", wake_delay,                                          \
				P99_9) column("wake-max", wake_delay,                              \
					      MAX) column("preempt-total", preempt_delay, TOTAL)   \
				column("preempt-avg", preempt_delay,                               \
				       MEAN) column("preempt-p50", preempt_delay,                  \
						    P50) column("preempt-p99", preempt_delay, P99) \
					column("preempt-p99.9", preempt_delay,                     \
					       P99_9) column("preempt-max", preempt_delay, MAX)    \
						column("voluntary", voluntary, COUNT) column(      \
							"involuntary", involuntary,                \
							COUNT) column("wakeups", wakeups, COUNT)   \
							column("migrations", migrations, COUNT)    \
								column("cpu", cpu, SMALLEST_CPU)   \
									column("task", task,       \
									       SMALLEST_TASK)

#define NAME(name, field, value)   name,
#define COLUMN(name, field, value) { offsetof(struct summary_row, field), value },

const char *const summary_columns[] = { COLUMNS(NAME) NULL };

static const struct column {
	size_t offset; /* of a uint64_t for COUNT, else of a struct summary_spread */
	enum value value;
} columns[] = { COLUMNS(COLUMN) };

struct sort_key {
	bool known;
	uint64_t value;
	const struct summary_row *row;
};

static uint64_t spread_value(const struct histogram *h, enum value value)
{
	switch (value) {
	case TOTAL:
		return h->sum_ns;
	case MEAN:
		return histogram_mean_ns(h);
	case P50:
		return histogram_percentile_ns(h, 50);
	case P99:
		return histogram_percentile_ns(h, 99);
	case P99_9:
		return histogram_percentile_ns(h, 99.9);
	default:
		return h->max_ns;
	}
}

static struct sort_key key_of(const struct summary_row *row, const struct column *column)
{
	const void *field = (const char *)row + column->offset;
	struct sort_key key = { .known = true, .row = row };

	switch (column->value) {
	case COUNT:
		key.value = *(const uint64_t *)field;
		break;
	case SMALLEST_CPU:
		key.value = UINT64_MAX - row->cpu;
		break;
	case SMALLEST_TASK:
		key.value = UINT64_MAX - row->task;
		break;
	default:
		key.known = ((const struct summary_spread *)field)->ns.count;
		key.value =
			spread_value(&((const struct summary_spread *)field)->ns, column->value);
	}
	return key;
}

static int compare_keys(const void *a, const void *b)
{
	const struct sort_key *x = a, *y = b;

	if (x->known != y->known)
		return x->known ? -1 : 1;
	if (x->value != y->value)
		return x->value > y->value ? -1 : 1;
	if (x->row->task != y->row->task)
		return x->row->task < y->row->task ? -1 : 1;
	return (x->row->cpu > y->row->cpu) - (x->row->cpu < y->row->cpu);
}

static const struct column *find_column(const char *name)
{
	for (size_t i = 0; summary_columns[i]; i++)
		if (!strcmp(name, summary_columns[i]))
			return &columns[i];
	return NULL;
}

int summary_sort(const struct summary_row **rows, uint32_t n, const char *name)
{
	const struct column *column = find_column(name);
	struct sort_key *keys;

	if (!column)
		return -EINVAL;
	if (n < 2)
		return 0;
	/* Keys first: a percentile walks hundreds of buckets, too much for every comparison. */
	keys = malloc(n * sizeof(*keys));
	if (!keys)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++)
		keys[i] = key_of(rows[i], column);
	qsort(keys, n, sizeof(*keys), compare_keys);
	for (uint32_t i = 0; i < n; i++)
		rows[i] = keys[i].row;
	free(keys);
	return 0;
}
