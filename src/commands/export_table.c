// SPDX-License-Identifier: GPL-2.0-only
/* The tables of `export`, read from the stream and written as it goes: csv, ndjson, json. */
#include <errno.h>
#include <string.h>

#include "commands/commands.h"
#include "commands/export.h"
#include "commands/options.h"
#include "output/json.h"
#include "output/report.h"

struct table_taker {
	struct taker taker; /* first */
	struct export_job *job;
	struct export_cells cells;
	struct export_view view;
};

static int take(struct taker *taker, const struct event *event)
{
	struct table_taker *table = (struct table_taker *)taker;
	struct export_job *job = table->job;
	enum export_table which = job->options->table;
	int err;

	/* Of the waits that the end cut, wakeups have rows for those that a wakeup began. */
	if (event->type == EVENT_WAITING &&
	    (which != EXPORT_WAKEUPS || !placement_is_told(&event->slice)))
		job->waiting++;
	err = export_event(&table->cells, which, &table->view, event);
	if (err)
		job->gather->output_failed = true;
	return err;
}

static int write_rows(struct export_job *job, struct table_taker *table)
{
	struct distribution_row *const *rows;
	enum export_table which = job->options->table;
	int err = input_read(job->input, job->gather);
	uint32_t n;

	if (err || !job->gather->distribution)
		return err;
	n = distribution_rows(job->gather->distribution, &rows);
	/* An error of the file is told when it is closed. */
	export_distributions(&table->cells, which, rows, n, &job->gather->tasks);
	return 0;
}

static int prepare(struct export_job *job, struct table_taker *table,
		   struct placement_host **placement)
{
	const struct host_snapshot *host = job->input->has_host ? &job->input->host : NULL;
	const struct trace_meta *meta = trace_reader_meta(job->input->reader);
	enum export_table which = job->options->table;
	struct gather *gather = job->gather;

	*placement = placement_host_new(host);
	gather->choices = choices_new();
	if (which == EXPORT_HISTOGRAMS || which == EXPORT_TOTALS) {
		gather->distribution = distribution_new(job->options->by);
		if (!gather->distribution)
			return -ENOMEM;
	}
	if (!*placement || !gather->choices)
		return -ENOMEM;
	table->job = job;
	table->taker.take = take;
	gather->taker = &table->taker;
	table->view = (struct export_view){
		.tasks = &gather->tasks,
		.placement = *placement,
		.isolation_known = host && host->isolated,
		.choices = gather->choices,
		.realtime_offset_ns = meta->realtime_offset_ns,
		.idle = job->options->idle,
	};
	return 0;
}

static int write_table(struct export_job *job, enum export_form form)
{
	struct placement_host *placement = NULL;
	struct table_taker table = {};
	int err;

	if (prepare(job, &table, &placement) ||
	    export_open_table(&table.cells, job->file, form, job->options->table))
		err = fail("out of memory");
	else
		err = write_rows(job, &table);
	err = export_close(&table.cells) && !err ? finish_output(job->gather->out) : err;
	job->gather->taker = NULL;
	placement_host_free(placement);
	return err;
}

int export_write_csv(struct export_job *job)
{
	int err = write_table(job, EXPORT_CSV);

	if (!err)
		export_tell_missing(job);
	return err;
}

int export_write_ndjson(struct export_job *job)
{
	int err = write_table(job, EXPORT_NDJSON);

	if (!err)
		export_tell_missing(job);
	return err;
}

/* The members behind the table: what was lost and where reading ended is known only then. */
static int write_members(struct export_job *job)
{
	const struct host_snapshot *host = job->input->has_host ? &job->input->host : NULL;
	const struct trace_meta *meta = trace_reader_meta(job->input->reader);
	json_t *object =
		report_header_json(meta, host, &job->gather->losses, input_damage(job->input));
	const char *key;
	json_t *value;
	int err = 0;

	json_put(&object, "still_waiting", json_u64(job->waiting));
	if (!object)
		return fail("out of memory");
	json_object_foreach(object, key, value)
	{
		fprintf(job->file, ",\n\"%s\": ", key);
		if (json_print(job->file, value) == -ENOMEM)
			err = -ENOMEM;
	}
	fputs("\n}\n", job->file);
	json_decref(object);
	return err ? fail("out of memory") : 0;
}

int export_write_json(struct export_job *job)
{
	int err;

	fprintf(job->file, "{\n\"%s\": ", export_table_name(job->options->table));
	err = write_table(job, EXPORT_JSON);
	return err ? err : write_members(job);
}
