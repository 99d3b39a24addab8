// SPDX-License-Identifier: GPL-2.0-only
/* interloper trace: the on-demand job. Traces live, then prints one report. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/commands.h"
#include "commands/gather_advice.h"
#include "commands/gather_blame.h"
#include "commands/input.h"
#include "commands/live.h"
#include "commands/options.h"
#include "commands/recording.h"
#include "output/report.h"
#include "output/report_advice.h"
#include "output/report_blame.h"
#include "output/report_interlopers.h"

#define WORST_WAITS	  8
#define WORST_RUNS	  5
#define TASKS_SHOWN	  15
#define VICTIMS_SHOWN	  3
#define CULPRITS_SHOWN	  3
#define INTERLOPERS_SHOWN 3
#define ADVICE_SHOWN	  3

struct trace_options {
	struct live_options live;
	struct recording_options recording;
	bool all, follow, json;
};

enum { KEY_ALL = 0x200, KEY_FOLLOW, KEY_JSON };

static const struct argp_option argp_options[] = {
	{ "all", KEY_ALL, NULL, 0, "every slice in the report, not the worst ones only", 0 },
	{ "follow", KEY_FOLLOW, NULL, 0, "print slices as they end, then the report", 0 },
	{ "json", KEY_JSON, NULL, 0,
	  "the report as one JSON object; with --follow the events too, each an object on a line",
	  0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct trace_options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->live;
		state->child_inputs[1] = &options->recording;
		return 0;
	case KEY_ALL:
		options->all = true;
		return 0;
	case KEY_FOLLOW:
		options->follow = true;
		return 0;
	case KEY_JSON:
		options->json = true;
		options->live.stdout_is_taken = true;
		return 0;
	case ARGP_KEY_ARG:
		options->live.command = &state->argv[state->next - 1];
		state->next = state->argc;
		return 0;
	case ARGP_KEY_END:
		if (options->all && options->follow)
			return options_refuse(state, "--all and --follow: choose one: rows in the "
						     "report, or rows as they come");
		if (options->recording.file && !strcmp(options->recording.file, "-"))
			return options_refuse(state,
					      "-o -: the report goes to stdout: to write the "
					      "trace there, use \"interloper record\"");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &live_argp, 0, NULL, 0 },
					      { &recording_argp, 0, NULL, 0 },
					      { 0 } };

static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.args_doc = "[-- COMMAND [ARG...]]",
	.doc = "Traces the scheduler live and reports who ran, who waited, and for whom."
	       "\vA filter by task is on the task that runs or is woken, wherever its waker runs. "
	       "Ends after -d, at COMMAND's end, or at Ctrl-C.\n\n"
	       "  sudo interloper trace -C 43 -d 10\n"
	       "  sudo interloper trace -t ksmd -d 30 -o ksmd.ilt\n",
	.children = children,
};

/* Where --all keeps the slices without -o: a file that is gone when we are. */
static int spool_open(struct recording *recording, const struct trace_meta *meta, int *fd)
{
	struct recording_options options = { .force = true };
	char *path = recording_temporary("--all", fd);
	int err;

	if (!path)
		return EXIT_FAILED;
	options.file = path;
	err = recording_open(recording, &options, meta);
	unlink(path);
	free(path);
	return err;
}

/* Opens what is written during the trace and, for --all, the same to be read after it: by then the
 * privilege to reach the file may be gone. */
static int open_files(const struct trace_options *options, struct recording *recording,
		      const struct trace_meta *meta, int *all_fd)
{
	const char *file = options->recording.file;
	int result;

	if (options->all && !file)
		return spool_open(recording, meta, all_fd);
	result = recording_open(recording, &options->recording, meta);
	if (result || !options->all)
		return result;
	*all_fd = open(file, O_RDONLY | O_CLOEXEC);
	return *all_fd < 0 ? fail("--all: cannot read %s: %s", file, strerror(errno)) : 0;
}

/* Where the trace is made: known before it begins, and needed by its analyses. */
struct place {
	struct host_snapshot host;
	bool has_host;
	struct placement_host *placement;
};

static int place_init(struct place *place, const struct trace_meta *meta)
{
	char why[128];

	memset(place, 0, sizeof(*place));
	place->has_host = !host_snapshot_from_json(&place->host, meta->host_json, why, sizeof(why));
	place->placement = placement_host_new(place->has_host ? &place->host : NULL);
	return place->placement ? 0 : fail("out of memory");
}

static void place_free(struct place *place)
{
	placement_host_free(place->placement);
	host_snapshot_free(&place->host);
}

static const struct host_snapshot *place_host(const struct place *place)
{
	return place->has_host ? &place->host : NULL;
}

static int prepare(struct gather *gather, const struct trace_options *options,
		   const struct trace_meta *meta, const struct place *place)
{
	struct timehist_options rows = { .idle = true, .hold_ns = 1000000000 };
	struct gather_blame_options blame = { .meta = meta,
					      .host = place_host(place),
					      .live = true,
					      .targets =
						      meta->all_cpus ? NULL : meta->target_cpus };

	gather->by_task = summary_new(SUMMARY_BY_TASK);
	gather->by_cpu = summary_new(SUMMARY_BY_CPU);
	gather->waits = worst_new(WORST_BY_DELAY, WORST_WAITS);
	gather->runs = worst_new(WORST_BY_RUN, WORST_RUNS);
	gather->arrivals =
		arrivals_new(place->placement, meta->all_cpus ? NULL : meta->target_cpus);
	/* A filter by task leaves out whom its tasks waited for. */
	if (!meta->task_filter && gather_blame(gather, &blame))
		return EXIT_FAILED;
	if (!meta->task_filter)
		gather_advice(gather);
	if (options->follow && options->json)
		gather->json_rows = true;
	else if (options->follow)
		gather->rows = timehist_new(gather->out, &rows, &gather->tasks, meta);
	if (!gather->by_task || !gather->by_cpu || !gather->waits || !gather->runs ||
	    !gather->arrivals || (options->follow && !options->json && !gather->rows))
		return fail("out of memory");
	if (gather->rows)
		timehist_header(gather->rows);
	return 0;
}

/* Every slice, from the file that was just written: a reader takes an open file as stdin. */
static int print_all(const struct gather *report, int fd)
{
	struct timehist_options rows = { .idle = true };
	struct gather gather;
	struct input input;
	int err;

	if (dup2(fd, STDIN_FILENO) < 0)
		return fail("--all: cannot read the slices: %s", strerror(errno));
	if (gather_init(&gather, report->out))
		return fail("out of memory");
	err = input_open(&input, "-", NULL);
	if (err)
		goto out;
	gather.rows =
		timehist_new(report->out, &rows, &gather.tasks, trace_reader_meta(input.reader));
	if (gather.rows) {
		fputs("\nevery slice:\n", report->out->file);
		timehist_header(gather.rows);
		err = input_read(&input, &gather);
		timehist_flush(gather.rows);
	}
	input_close(&input);
out:
	gather_free(&gather);
	return err;
}

static struct blame_report blame_of(const struct gather *gather, const struct place *place)
{
	return (struct blame_report){ .blame = gather->blame,
				      .who = { &gather->tasks, place_host(place) },
				      .victims = VICTIMS_SHOWN,
				      .culprits = CULPRITS_SHOWN };
}

/* Who owns the target CPUs, and who else ran there; nothing without target CPUs. */
static int make_interlopers(struct interlopers *interlopers, const struct gather *gather,
			    const struct trace_meta *meta, const struct place *place)
{
	struct owner_options owner = { .targets = meta->target_cpus, .host = place_host(place) };

	memset(interlopers, 0, sizeof(*interlopers));
	if (gather->visits && interlopers_make(interlopers, gather->visits, gather->blame,
					       &gather->tasks, &owner, INTERLOPERS_SHOWN))
		return fail("out of memory");
	return 0;
}

static int make_advice(struct advice_made *advice, struct gather *gather,
		       const struct interlopers *interlopers, const struct trace_meta *meta,
		       const struct place *place)
{
	struct advice_request request = { .meta = meta,
					  .host = place_host(place),
					  .targets = meta->target_cpus,
					  .interlopers = gather->visits ? interlopers : NULL,
					  .limits = KSM_LIMITS_DEFAULT };

	return gather_advise(gather, &request, advice);
}

static int print_who_pays(struct gather *gather, const struct trace_meta *meta,
			  const struct place *place)
{
	struct blame_report report = blame_of(gather, place);
	struct interlopers interlopers;
	struct interlopers_report others = { .interlopers = &interlopers,
					     .who = report.who,
					     .limit = INTERLOPERS_SHOWN };
	struct advice_made advice;
	int result;

	if (!gather->blame)
		return 0;
	if (gather_blame_finish(gather) || make_interlopers(&interlopers, gather, meta, place))
		return EXIT_FAILED;
	result = make_advice(&advice, gather, &interlopers, meta, place);
	if (!result) {
		if (gather->visits)
			report_interlopers_lines(gather->out, &others);
		report_who_pays(gather->out, &report);
		report_advice_lines(gather->out, &advice.list, ADVICE_SHOWN);
	}
	advice_list_free(&advice.list);
	interlopers_free(&interlopers);
	return result;
}

/* Adds to the report. 0 or EXIT_FAILED. */
static int put_blame(json_t *report, struct gather *gather, const struct trace_meta *meta,
		     const struct place *place)
{
	struct blame_report blame = blame_of(gather, place);
	struct interlopers interlopers;
	struct interlopers_report others = {
		.interlopers = &interlopers,
		.who = blame.who,
		.window_ns =
			(meta->end_ns - meta->start_ns) * hwloc_bitmap_weight(meta->target_cpus),
	};
	struct advice_made advice;
	int result;

	if (gather_blame_finish(gather) || make_interlopers(&interlopers, gather, meta, place))
		return EXIT_FAILED;
	result = make_advice(&advice, gather, &interlopers, meta, place);
	json_object_set_new(report, "advice",
			    result ? json_null()
				   : report_advice_json(&advice.list, &gather->tasks));
	advice_list_free(&advice.list);
	json_object_set_new(report, "blame", report_blame_json(&blame));
	json_object_set_new(report, "interlopers",
			    gather->visits ? report_interlopers_json(&others) : json_null());
	interlopers_free(&interlopers);
	return result;
}

static int report_text(struct gather *gather, const struct trace_meta *meta,
		       const struct place *place, int all_fd)
{
	int err;

	if (gather->rows) {
		timehist_flush(gather->rows);
		fputc('\n', gather->out->file);
	}
	print_header(gather, meta, place_host(place), NULL);
	err = print_who_pays(gather, meta, place);
	if (!err)
		err = print_why_here(gather, place->placement, place_host(place));
	if (err)
		return err;
	if (all_fd >= 0)
		err = print_all(gather, all_fd);
	else
		print_worst(gather, meta);
	if (!err) {
		fputs("\ntasks:\n", gather->out->file);
		err = print_summary(gather, gather->by_task, SUMMARY_BY_TASK, "run", TASKS_SHOWN,
				    meta, false);
	}
	if (!err) {
		fputs("\nCPUs:\n", gather->out->file);
		err = print_summary(gather, gather->by_cpu, SUMMARY_BY_CPU, "cpu", 0, meta, false);
	}
	return err ? err : finish_output(gather->out);
}

static int report_json(struct gather *gather, const struct trace_meta *meta,
		       const struct place *place)
{
	json_t *report = report_header_json(meta, place_host(place), &gather->losses, NULL);

	if (!report)
		return fail("out of memory");
	json_object_set_new(report, "why_here",
			    why_here_json(gather, place->placement, place_host(place)));
	if (gather->blame && put_blame(report, gather, meta, place)) {
		json_decref(report);
		return EXIT_FAILED;
	}
	json_object_set_new(report, "longest_waits", worst_json(gather, gather->waits));
	json_object_set_new(report, "longest_runs", worst_json(gather, gather->runs));
	json_object_set_new(report, "tasks",
			    summary_json(gather, gather->by_task, SUMMARY_BY_TASK, "run", meta));
	json_object_set_new(report, "cpus",
			    summary_json(gather, gather->by_cpu, SUMMARY_BY_CPU, "cpu", meta));
	if (gather->json_rows) {
		json_dumpf(report, gather->out->file, JSON_COMPACT);
		fputc('\n', gather->out->file);
		json_decref(report);
		return finish_output(gather->out);
	}
	return print_json(gather->out, report);
}

static int trace(struct live *live, const struct trace_options *options, const struct output *out)
{
	const struct trace_meta *meta = live_meta(live);
	struct recording recording = {};
	int all_fd = -1, err, result;
	struct gather gather;
	struct place place;

	if (gather_init(&gather, out))
		return fail("out of memory");
	result = place_init(&place, meta);
	if (result)
		goto out;
	result = open_files(options, &recording, meta, &all_fd);
	if (!result)
		result = prepare(&gather, options, meta, &place);
	if (result)
		goto out;
	gather.writer = recording.writer;
	err = live_run(live, &gather.sink);
	if (options->recording.file)
		result = recording_close(&recording, meta, err);
	else
		trace_writer_close(recording.writer, meta);
	recording.writer = NULL;
	if (gather.output_failed)
		result = finish_output(out);
	else if (err)
		result = EXIT_FAILED;
	if (!result)
		result = options->json ? report_json(&gather, meta, &place)
				       : report_text(&gather, meta, &place, all_fd);
	if (!result)
		result = live_verdict(live);
out:
	trace_writer_close(recording.writer, NULL);
	if (all_fd >= 0)
		close(all_fd);
	gather_free(&gather);
	place_free(&place);
	return result;
}

int command_trace(int argc, char **argv)
{
	struct capture_options capture = { .record = true };
	struct trace_options options = {};
	struct output out;
	struct live *live;
	int result = EXIT_FAILED;

	if (!options_parse(&argp, argc, argv, &options) && !recording_check(&options.recording)) {
		out = output_stdout(options.json);
		live = live_open(&options.live, capture, argc, argv);
		if (live)
			result = trace(live, &options, &out);
		live_close(live);
	}
	live_options_free(&options.live);
	return result;
}
