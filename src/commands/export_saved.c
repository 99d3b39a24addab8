// SPDX-License-Identifier: GPL-2.0-only
/* `export` of a summary that was saved as JSON: metrics, without what a summary cannot know. */
#include "analysis/series.h"
#include "commands/commands.h"
#include "commands/export.h"
#include "commands/export_file.h"
#include "commands/options.h"
#include "commands/saved_file.h"
#include "output/report_merge.h"

static bool is_filtered(const struct filter *filter)
{
	return filter->cpus || filter_has_tasks(filter) || filter->from_ns || filter->to_ns;
}

/* Merged ones are by task alone: each host has CPUs of its own. */
static const struct summary *rows_of(const struct saved_summary *saved)
{
	return saved->merged ? saved->by_task : saved->by_task_cpu;
}

static int refuse(const struct export_options *options, const struct saved_summary *saved)
{
	const char *name = options->name;

	if (options->format->write != export_write_openmetrics &&
	    options->format->write != export_write_prometheus)
		return fail("%s: a saved summary becomes metrics alone: --format openmetrics or "
			    "prometheus, or export its trace",
			    name);
	if (is_filtered(&options->live.filter))
		return fail("%s: a saved summary is taken whole: -C, -t, -p and --time are for "
			    "traces",
			    name);
	if (rows_of(saved))
		return 0;
	return saved->merged ? fail("%s: it has no tasks: merge without --by cpu", name)
			     : fail("%s: it has no rows by task and CPU: make it with interloper "
				    "summary TRACE --by task,cpu --json",
				    name);
}

static int put(const struct export_options *options, const struct saved_summary *saved, FILE *file)
{
	enum summary_by by = saved->merged ? SUMMARY_BY_TASK : SUMMARY_BY_TASK_CPU;
	struct series series;
	const struct metrics_report report = {
		.series = &series,
		.meta = &saved->meta,
		.losses = &saved->losses,
		.host = saved->has_host ? &saved->host : NULL,
		.rows_left_out = saved->scope.rows_left_out[by],
		.damaged = saved->damaged,
	};
	int err = export_make_series(&series, options, rows_of(saved), &saved->tasks,
				     saved->merged != NULL);

	if (err)
		return err;
	err = export_put_metrics(options, file, &report);
	series_free(&series);
	return err;
}

static int write_out(const struct export_options *options, const struct saved_summary *saved)
{
	struct export_file file;
	int err;

	if (export_file_open(&file, options->output, options->file))
		return EXIT_FAILED;
	err = put(options, saved, file.file);
	if (!err)
		return export_file_close(&file);
	export_file_drop(&file);
	return err;
}

int export_saved(const struct export_options *options)
{
	struct saved_summary saved;
	int err = saved_file_load(&saved, options->file);

	if (err)
		return err;
	merge_clean_text(&saved);
	err = refuse(options, &saved);
	if (!err)
		err = write_out(options, &saved);
	/* As of a damaged trace. */
	if (!err && saved.damaged)
		err = fail("%s: %s", options->name, saved.damage);
	saved_summary_free(&saved);
	return err;
}
