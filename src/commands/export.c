// SPDX-License-Identifier: GPL-2.0-only
/* interloper export: a trace file in forms that other tools read; which, and where to. */
#include "commands/export.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "analysis/loss_view.h"
#include "analysis/series.h"
#include "commands/commands.h"
#include "commands/export_file.h"
#include "commands/live_file.h"
#include "commands/options.h"
#include "commands/saved_file.h"

#define ALL_TABLES ((1u << EXPORT_TABLES) - 1)

static const struct export_format formats[] = {
	{ "csv", ALL_TABLES, false, export_write_csv },
	{ "ndjson", ALL_TABLES, false, export_write_ndjson },
	{ "json", ALL_TABLES, false, export_write_json },
	{ "hdr", 1u << EXPORT_HISTOGRAMS, true, export_write_hdr },
	{ "openmetrics", 0, false, export_write_openmetrics },
	{ "prometheus", 0, false, export_write_prometheus },
	{ "perfetto", 0, false, export_write_perfetto },
};

#define FORMATS "csv, ndjson, json, hdr, openmetrics, prometheus, or perfetto"

enum {
	KEY_FORMAT = 0x200,
	KEY_TABLE,
	KEY_BY,
	KEY_KIND,
	KEY_IDLE,
	KEY_TEXTFILE,
	KEY_MAX_SERIES,
	KEY_TIME
};

static const struct argp_option argp_options[] = {
	{ "input", 'i', "FILE", 0, "of a trace file (- is stdin; also without -i) instead of live",
	  0 },
	{ "time", KEY_TIME, "A,B", 0, "with a file: only from second A to second B of its clock",
	  0 },
	{ "format", KEY_FORMAT, "FORMAT", 0, FORMATS, 0 },
	{ "table", KEY_TABLE, "TABLE", 0,
	  "slices (default), wakeups, histograms, or totals: of csv, ndjson, json", 0 },
	{ "output", 'o', "FILE", 0,
	  "write to FILE, which appears when it is whole; hdr: or to the files of a folder", 0 },
	{ "by", KEY_BY, "WHAT", 0,
	  "histograms, totals, hdr: a distribution for each cpu, task, or cpu,task", 0 },
	{ "kind", KEY_KIND, "KIND", 0,
	  "hdr: only run, wake_delay, or preempt_delay (default: wake_delay; to a folder: all)",
	  0 },
	{ "idle", KEY_IDLE, NULL, 0, "slices: the idle task's too", 0 },
	{ "textfile", KEY_TEXTFILE, "FILE", 0,
	  "metrics for node_exporter's textfile collector: prometheus' form, to a file that is "
	  "there as a "
	  "whole or as it was",
	  0 },
	{ "max-series", KEY_MAX_SERIES, "N", 0,
	  "metrics: tell N names of tasks apart (default: 50), all others are other", 0 },
	{ 0 }
};

static int take_format(struct export_options *options, const struct argp_state *state,
		       const char *name)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (strcmp(name, formats[i].name) != 0)
			continue;
		options->format = &formats[i];
		return 0;
	}
	return options_refuse(state, "--format %s: expected " FORMATS, name);
}

static int take_table(struct export_options *options, const struct argp_state *state,
		      const char *name)
{
	for (options->table = 0; options->table < EXPORT_TABLES; options->table++)
		if (!strcmp(name, export_table_name(options->table)))
			return 0;
	return options_refuse(state, "--table %s: expected slices, wakeups, histograms, or totals",
			      name);
}

static int take_by(struct export_options *options, const struct argp_state *state, const char *by)
{
	if (!strcmp(by, "cpu"))
		options->by = DISTRIBUTION_BY_CPU;
	else if (!strcmp(by, "task"))
		options->by = DISTRIBUTION_BY_TASK;
	else if (!strcmp(by, "cpu,task") || !strcmp(by, "task,cpu"))
		options->by = DISTRIBUTION_BY_CPU_TASK;
	else
		return options_refuse(state, "--by %s: expected cpu, task, or cpu,task", by);
	return 0;
}

static int take_kind(struct export_options *options, const struct argp_state *state,
		     const char *name)
{
	for (options->kind = 0; options->kind < EXPORT_KINDS; options->kind++)
		if (!strcmp(name, export_kind_name(options->kind)))
			return 0;
	return options_refuse(state, "--kind %s: expected run, wake_delay, or preempt_delay", name);
}

/* What does not go together is refused: an option that did nothing would mislead. */
static int check_metrics(struct export_options *options, const struct argp_state *state)
{
	const struct export_format *format;
	bool metrics;

	if (options->textfile && !options->format && take_format(options, state, "prometheus"))
		return EINVAL;
	format = options->format;
	metrics = format && (format->write == export_write_openmetrics ||
			     format->write == export_write_prometheus);
	if (options->textfile && (!format || format->write != export_write_prometheus))
		return options_refuse(state,
				      "--textfile: the collector takes --format prometheus alone");
	if (options->textfile && options->output)
		return options_refuse(state, "--textfile and -o: one of them");
	if (options->max_series != SERIES_TASKS && !metrics)
		return options_refuse(state,
				      "--max-series: only with --format openmetrics or prometheus");
	return 0;
}

static int check(struct export_options *options, const struct argp_state *state)
{
	const struct export_format *format;
	enum export_table table = options->table;
	bool distributions;

	if (check_metrics(options, state))
		return EINVAL;
	format = options->format;
	if (!format)
		return options_refuse(state, "no --format: " FORMATS);
	if (table != EXPORT_NO_TABLE && !(format->tables & 1u << table))
		return options_refuse(state, "--format %s has no --table %s", format->name,
				      export_table_name(table));
	if (table == EXPORT_NO_TABLE && format->tables)
		for (table = 0; !(format->tables & 1u << table);)
			table++;
	options->table = table;
	distributions = table == EXPORT_HISTOGRAMS || table == EXPORT_TOTALS;
	if (options->by != DISTRIBUTION_ALL && !distributions)
		return options_refuse(state, "--by: only with histograms, totals, hdr");
	if (options->kind != EXPORT_NO_KIND && !format->folder)
		return options_refuse(state, "--kind: only with --format hdr");
	if (options->idle && table != EXPORT_SLICES)
		return options_refuse(state, "--idle: only with --table slices");
	return 0;
}

static int take_file(struct export_options *options, const struct argp_state *state,
		     const char *file)
{
	if (options->file)
		return options_refuse(state, "%s: one trace file at a time", file);
	options->file = file;
	return 0;
}

static int check_source(const struct export_options *options, const struct argp_state *state)
{
	const struct live_options *live = &options->live;

	if (options->file && (live->command || live->duration_ns))
		return options_refuse(
			state, "%s: a file is read whole: -d and COMMAND are for a live trace",
			options->file);
	if (!options->file && (live->filter.from_ns || live->filter.to_ns))
		return options_refuse(state, "--time: only with a file");
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct export_options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->live;
		return 0;
	case 'i':
		return take_file(options, state, arg);
	case KEY_TIME:
		return options_take_window(state, arg, &options->live.filter);
	case KEY_FORMAT:
		return take_format(options, state, arg);
	case KEY_TABLE:
		return take_table(options, state, arg);
	case KEY_BY:
		return take_by(options, state, arg);
	case KEY_KIND:
		return take_kind(options, state, arg);
	case KEY_IDLE:
		options->idle = true;
		return 0;
	case KEY_TEXTFILE:
		options->textfile = arg;
		return 0;
	case KEY_MAX_SERIES:
		return options_take_count(state, "--max-series", arg, UINT32_MAX,
					  &options->max_series);
	case 'o':
		options->output = arg;
		return 0;
	case ARGP_KEY_ARG:
		/* "export FILE" reads a file; a command to run live stands behind "--". */
		if (strcmp(state->argv[state->next - 2], "--"))
			return take_file(options, state, arg);
		options->live.command = &state->argv[state->next - 1];
		state->next = state->argc;
		return 0;
	case ARGP_KEY_END:
		return check_source(options, state) ? EINVAL : check(options, state);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &live_argp, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.args_doc = "[FILE | -- COMMAND [ARG...]]",
	.doc = "Writes a trace file, or a live trace when it ends, in a form that other tools read."
	       "\vTables for databases and notebooks, with a fact a column, and empty cells (null) "
	       "for what is not known; distributions for HdrHistogram's plotters; metrics; a trace "
	       "that "
	       "ui.perfetto.dev opens. docs/export.md has every column, docs/metrics.md every "
	       "family. What was lost is said on standard error, in json in the object "
	       "itself. FILE may be what interloper summary --by task,cpu --json or interloper "
	       "merge wrote: metrics can be made of these, too.\n\n"
	       "  interloper export trace.ilt --format csv -o slices.csv\n"
	       "  sudo interloper export -C 43 -d 10 --format perfetto -o trace.pftrace\n"
	       "  interloper export trace.ilt --format ndjson --table wakeups -t ksmd\n"
	       "  interloper export trace.ilt --format hdr --by cpu -o delays/\n"
	       "  interloper export trace.ilt --textfile /var/lib/node_exporter/interloper.prom\n"
	       "",
	.children = children,
};

void export_tell_missing(const struct export_job *job)
{
	const struct trace_meta *meta = trace_reader_meta(job->input->reader);
	struct loss_view view = loss_view_all(meta, &job->gather->losses);
	uint64_t lost = loss_view_total(&view);
	char n[COUNT_MAX], waiting[COUNT_MAX];

	if (!lost && !job->waiting)
		return;
	fprintf(stderr, "interloper: %s: in no row:", job->options->name);
	if (lost)
		fprintf(stderr, " %s lost event%s%s", format_count(n, lost), lost == 1 ? "" : "s",
			job->waiting ? "," : "");
	if (job->waiting)
		fprintf(stderr, " %s task%s still waiting at the end",
			format_count(waiting, job->waiting), job->waiting == 1 ? "" : "s");
	fputc('\n', stderr);
}

/* Whether it goes to files of a folder: by its name's end, or as there is one. */
static bool wants_folder(const struct export_options *options)
{
	size_t length = options->output ? strlen(options->output) : 0;
	struct stat there;

	return options->format->folder && length &&
	       (options->output[length - 1] == '/' ||
		(!stat(options->output, &there) && S_ISDIR(there.st_mode)));
}

static int write_file(struct export_job *job, struct output *out)
{
	const struct export_options *options = job->options;
	const char *input = strcmp(options->file, "-") ? options->file : NULL;
	struct export_file file;
	int err;

	if (options->by != DISTRIBUTION_ALL && options->format->folder)
		return fail("--by: more than one distribution: -o FOLDER/ for a file each");
	if (export_file_open(&file, options->output, input))
		return EXIT_FAILED;
	job->file = file.file;
	out->file = file.file;
	err = options->format->write(job);
	out->file = stdout;
	if (!err)
		return export_file_close(&file);
	export_file_drop(&file);
	return err;
}

static int write_folder(struct export_job *job)
{
	job->file = stdout;
	job->folder = job->options->output;
	if (mkdir(job->folder, 0777) && errno != EEXIST)
		return fail("-o %s: cannot make it: %s", job->folder, strerror(errno));
	return job->options->format->write(job);
}

static int export(const struct export_options *options, struct input *input)
{
	struct output out = output_stdout(true);
	struct gather gather;
	struct export_job job = { .options = options, .input = input, .gather = &gather };
	const char *damage;
	int err;

	if (gather_init(&gather, &out)) {
		err = fail("out of memory");
	} else {
		gather_set_filter(&gather, &options->live.filter);
		err = wants_folder(options) ? write_folder(&job) : write_file(&job, &out);
	}
	gather_free(&gather);
	damage = input_damage(input);
	/* What could be read is written; that it is not all is not a success. */
	return !err && damage ? fail("%s: %s", options->name, damage) : err;
}

static int export_file(struct export_options *options)
{
	struct input input;
	int result;

	if (input_open(&input, options->file, &options->live.filter))
		return EXIT_FAILED;
	result = export(options, &input);
	input_close(&input);
	return result;
}

/* By way of a file, as several forms know what goes first only at the end. */
static int export_live(struct export_options *options, int argc, char **argv)
{
	int verdict = EXIT_DONE, result;
	char *path;

	options->live.stdout_is_taken = true;
	if (live_file_record(&path, &verdict, "export", &options->live, argc, argv))
		return EXIT_FAILED;
	options->file = path;
	result = export_file(options);
	live_file_remove(path);
	return result ? result : verdict;
}

int command_export(int argc, char **argv)
{
	struct export_options options = { .table = EXPORT_NO_TABLE,
					  .kind = EXPORT_NO_KIND,
					  .max_series = SERIES_TASKS };
	int result = EXIT_FAILED;

	if (!options_parse(&argp, argc, argv, &options)) {
		options.name = options.file ? options.file : "the live trace";
		if (!options.file)
			result = export_live(&options, argc, argv);
		else if (saved_file_looks_so(options.file))
			result = export_saved(&options);
		else
			result = export_file(&options);
	}
	live_options_free(&options.live);
	return result;
}
