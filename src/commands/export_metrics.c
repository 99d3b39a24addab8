// SPDX-License-Identifier: GPL-2.0-only
/* `export --format openmetrics` and prometheus: a trace's counts and distributions as metrics
 * (docs/metrics.md). */
#include <stdlib.h>
#include <string.h>

#include "analysis/placement_counts.h"
#include "commands/commands.h"
#include "commands/export.h"
#include "commands/options.h"
#include "host/ksm.h"
#include "output/report_metrics.h"
#include "output/textfile.h"

struct metrics_taker {
	struct taker taker; /* first */
	struct placement_counts placements;
};

static int take(struct taker *taker, const struct event *event)
{
	struct metrics_taker *to = (struct metrics_taker *)taker;

	return placement_counts_add(&to->placements, event);
}

/* All that is printed. */
struct metrics {
	const struct metrics_report *report;
	enum metrics_form form;
};

static int print(FILE *file, void *context)
{
	const struct metrics *metrics = context;

	return report_metrics(file, metrics->form, metrics->report);
}

int export_put_metrics(const struct export_options *options, FILE *file,
		       const struct metrics_report *report)
{
	bool is_open = options->format->write == export_write_openmetrics;
	struct metrics metrics = { report, is_open ? METRICS_OPENMETRICS : METRICS_PROMETHEUS };
	const char *path = options->textfile;
	int err = path ? textfile_put(path, print, &metrics) : print(file, &metrics);

	if (err == -ENOMEM)
		return fail("out of memory");
	if (err)
		return fail("%s%scannot write the output: %s", path ? path : "", path ? ": " : "",
			    strerror(-err));
	return 0;
}

int export_make_series(struct series *series, const struct export_options *options,
		       const struct summary *rows, const struct task_table *tasks, bool of_all_cpus)
{
	const struct series_options how = { .max_tasks = options->max_series,
					    .of_all_cpus = of_all_cpus,
					    .clean = text_clean };
	int err = series_from_summary(series, rows, tasks, &how);

	if (!err)
		return 0;
	return err == -ENOMEM ? fail("out of memory")
			      : fail("%s: its sums are beyond 64 bits", options->name);
}

static int make_series(struct series *series, const struct export_job *job,
		       const struct placement_counts *placements)
{
	const struct gather *gather = job->gather;

	if (export_make_series(series, job->options, gather->chosen, &gather->tasks, false))
		return EXIT_FAILED;
	if (!series_add_trespasses(series, placements, &gather->tasks))
		return 0;
	series_free(series);
	return fail("out of memory");
}

static int write_metrics(const struct export_job *job, const struct placement_counts *placements)
{
	struct trace_meta window = input_window(job->input, &job->options->live.filter);
	struct ksm_samples ksm = {};
	struct series series;
	struct metrics_report report = {
		.series = &series,
		.placements = placements,
		.meta = &window,
		.losses = &job->gather->losses,
		.host = job->input->has_host ? &job->input->host : NULL,
		.ksm = &ksm,
		.damaged = input_damage(job->input),
	};
	char why[256];
	int err = make_series(&series, job, placements);

	if (err)
		return err;
	/* KSM's states that cannot be read cost their families, not the others. */
	if (window.ksm_json && ksm_samples_from_json(&ksm, window.ksm_json, why, sizeof(why)))
		fail("%s: KSM's states cannot be read: %s", job->options->name, why);
	err = export_put_metrics(job->options, job->file, &report);
	ksm_samples_free(&ksm);
	series_free(&series);
	return err;
}

static int export_metrics(struct export_job *job)
{
	struct metrics_taker to = { .taker.take = take };
	struct placement_host *host =
		placement_host_new(job->input->has_host ? &job->input->host : NULL);
	struct gather *gather = job->gather;
	int err;

	gather->chosen = summary_new(SUMMARY_BY_TASK_CPU);
	if (!host || !gather->chosen) {
		placement_host_free(host);
		return fail("out of memory");
	}
	placement_counts_init(&to.placements, host);
	gather->taker = &to.taker;
	err = input_read(job->input, gather);
	gather->taker = NULL;
	if (!err)
		err = write_metrics(job, &to.placements);
	placement_counts_free(&to.placements);
	placement_host_free(host);
	return err;
}

int export_write_openmetrics(struct export_job *job)
{
	return export_metrics(job);
}

int export_write_prometheus(struct export_job *job)
{
	return export_metrics(job);
}
