// SPDX-License-Identifier: GPL-2.0-only
/*
 * A trace file as metrics on stdout, or as a text file that is replaced as a whole.
 *
 *   metrics_of FILE openmetrics|prometheus [TASKS [TEXTFILE]]
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output/output.h"
#include "output/report_metrics.h"
#include "output/textfile.h"
#include "trace/reader.h"

#define BATCH 4096

struct made {
	struct trace_reader *reader;
	struct host_snapshot host;
	bool has_host;
	struct placement_host *placement;
	struct summary *rows;
	struct placement_counts placements;
	struct losses losses;
	struct ksm_samples ksm;
	struct task_table tasks;
	struct series series;
	enum metrics_form form;
};

static int begin(struct made *made, const char *path)
{
	const struct trace_meta *meta;
	char why[200];

	if (trace_reader_open(&made->reader, path, why, sizeof(why))) {
		fprintf(stderr, "metrics_of: %s: %s\n", path, why);
		return -EINVAL;
	}
	meta = trace_reader_meta(made->reader);
	made->has_host = meta->host_json &&
			 !host_snapshot_from_json(&made->host, meta->host_json, why, sizeof(why));
	made->placement = placement_host_new(made->has_host ? &made->host : NULL);
	made->rows = summary_new(SUMMARY_BY_TASK_CPU);
	if (!made->placement || !made->rows)
		return -ENOMEM;
	placement_counts_init(&made->placements, made->placement);
	return task_table_init(&made->tasks);
}

static int add(struct made *made, const struct event *events, int n)
{
	int err = summary_add_many(made->rows, events, n);

	for (int i = 0; i < n && !err; i++) {
		if (events[i].type == EVENT_TASK)
			task_table_put(&made->tasks, &events[i].identity);
		err = losses_add(&made->losses, &events[i]);
		if (!err)
			err = placement_counts_add(&made->placements, &events[i]);
	}
	return err;
}

static int gather(struct made *made, uint32_t max_tasks)
{
	static struct event events[BATCH];
	const struct series_options options = { max_tasks, text_clean };
	struct event_source *source = trace_reader_source(made->reader);
	const struct trace_meta *meta;
	char why[200];
	int n, err = 0;

	while (!err && (n = source->read(source, events, BATCH)) > 0)
		err = add(made, events, n);
	if (!err)
		err = series_from_summary(&made->series, made->rows, &made->tasks, &options);
	if (!err)
		err = series_add_trespasses(&made->series, &made->placements, &made->tasks);
	meta = trace_reader_meta(made->reader);
	if (!err && meta->ksm_json)
		ksm_samples_from_json(&made->ksm, meta->ksm_json, why, sizeof(why));
	return err;
}

static int print(FILE *file, void *context)
{
	struct made *made = context;
	const struct metrics_report report = { .series = &made->series,
					       .placements = &made->placements,
					       .meta = trace_reader_meta(made->reader),
					       .losses = &made->losses,
					       .host = made->has_host ? &made->host : NULL,
					       .ksm = &made->ksm,
					       .damaged = trace_reader_damage(made->reader) };

	return report_metrics(file, made->form, &report);
}

int main(int argc, char **argv)
{
	struct made made = { 0 };
	int err;

	if (argc < 3 || argc > 5) {
		fputs("usage: metrics_of FILE openmetrics|prometheus [TASKS [TEXTFILE]]\n", stderr);
		return 1;
	}
	made.form = strcmp(argv[2], "openmetrics") ? METRICS_PROMETHEUS : METRICS_OPENMETRICS;
	err = begin(&made, argv[1]);
	if (!err)
		err = gather(&made, argc > 3 ? strtoul(argv[3], NULL, 10) : SERIES_TASKS);
	if (!err)
		err = argc > 4 ? textfile_put(argv[4], print, &made) : print(stdout, &made);
	if (!err && fflush(stdout))
		err = -errno;
	if (err)
		fprintf(stderr, "metrics_of: %s\n", strerror(-err));
	return err ? 1 : 0; /* what it holds goes with it */
}
