// SPDX-License-Identifier: GPL-2.0-only
/* Distributions as rows of tables, bucket by bucket or summed up: see export_tables.h. */
#include "output/export_tables.h"

const char *export_kind_name(enum export_kind kind)
{
	static const char *const names[EXPORT_KINDS] = { "run", "wake_delay", "preempt_delay" };

	return names[kind];
}

const struct histogram *export_histogram(const struct distribution_row *row, enum export_kind kind)
{
	switch (kind) {
	case EXPORT_WAKE_DELAY:
		return &row->wake_delay;
	case EXPORT_PREEMPT_DELAY:
		return &row->preempt_delay;
	default:
		return &row->run;
	}
}

static void put_of_what(struct export_cells *out, const struct distribution_row *row,
			enum export_kind kind, const struct task_table *tasks)
{
	export_text(out, export_kind_name(kind));
	export_cpu(out, row->cpu);
	export_task(out, tasks, row->task);
}

static int put_buckets(struct export_cells *out, const struct distribution_row *row,
		       enum export_kind kind, const struct task_table *tasks)
{
	const struct histogram *h = export_histogram(row, kind);
	int err = 0;

	for (unsigned int i = 0; i < LOGLIN_BUCKETS && !err; i++) {
		uint64_t count = histogram_bucket_count(h, i);

		if (!count)
			continue;
		put_of_what(out, row, kind, tasks);
		export_u64(out, loglin_lower(i));
		/* The last bucket is open: it also takes everything above. */
		export_u64_if(out, i + 1 < LOGLIN_BUCKETS, loglin_lower(i + 1));
		export_u64(out, count);
		err = export_end_row(out);
	}
	return err;
}

static int put_totals(struct export_cells *out, const struct distribution_row *row,
		      enum export_kind kind, const struct task_table *tasks)
{
	static const double percentiles[] = { 50, 90, 99, 99.9, 99.99 };
	const struct histogram *h = export_histogram(row, kind);

	put_of_what(out, row, kind, tasks);
	export_u64(out, h->count);
	export_u64(out, h->sum_ns);
	export_u64_if(out, h->count, h->min_ns);
	export_u64_if(out, h->count, histogram_mean_ns(h));
	for (size_t i = 0; i < sizeof(percentiles) / sizeof(percentiles[0]); i++)
		export_u64_if(out, h->count, histogram_percentile_ns(h, percentiles[i]));
	export_u64_if(out, h->count, h->max_ns);
	return export_end_row(out);
}

int export_distributions(struct export_cells *out, enum export_table table,
			 struct distribution_row *const *rows, uint32_t n,
			 const struct task_table *tasks)
{
	int err = 0;

	for (uint32_t i = 0; i < n && !err; i++)
		for (enum export_kind kind = 0; kind < EXPORT_KINDS && !err; kind++)
			err = table == EXPORT_TOTALS ? put_totals(out, rows[i], kind, tasks)
						     : put_buckets(out, rows[i], kind, tasks);
	return err;
}
