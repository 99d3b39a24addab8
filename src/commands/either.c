// SPDX-License-Identifier: GPL-2.0-only
/* A report made live or of a trace file: see either.h. */
#include "commands/either.h"

#include <string.h>

#include "commands/commands.h"
#include "commands/input.h"
#include "commands/options.h"

enum { KEY_JSON = 0x500, KEY_TIME };

static const struct argp_option argp_options[] = {
	{ "input", 'i', "FILE", 0, "of a trace file (- is stdin) instead of live", 0 },
	{ "time", KEY_TIME, "A,B", 0, "with a file: only from second A to second B of its clock",
	  0 },
	{ "json", KEY_JSON, NULL, 0, "one JSON object", 0 },
	{ 0 }
};

static int check(const struct either_options *options, const struct argp_state *state)
{
	const struct live_options *live = &options->live;

	if (options->input && (live->command || options->recording.file || live->duration_ns))
		return options_refuse(state,
				      "%s: a file is read whole: -d, -o and COMMAND are for a live "
				      "trace",
				      options->input);
	if (!options->input && (live->filter.from_ns || live->filter.to_ns))
		return options_refuse(state, "--time: only with a file");
	if (options->recording.file && !strcmp(options->recording.file, "-"))
		return options_refuse(state,
				      "-o -: the report goes to stdout: to write the trace there, "
				      "use \"interloper record\"");
	return 0;
}

static int take_input(struct either_options *options, struct argp_state *state, const char *file)
{
	if (options->input)
		return options_refuse(state, "%s: one trace file at a time", file);
	options->input = file;
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct either_options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->live;
		state->child_inputs[1] = &options->recording;
		return 0;
	case 'i':
		return take_input(options, state, arg);
	case KEY_TIME:
		return options_take_window(state, arg, &options->live.filter);
	case KEY_JSON:
		options->json = true;
		options->live.stdout_is_taken = true;
		return 0;
	case ARGP_KEY_ARG:
		/* "blame FILE" reads a file; a command to run live stands behind "--". */
		if (strcmp(state->argv[state->next - 2], "--"))
			return take_input(options, state, arg);
		options->live.command = &state->argv[state->next - 1];
		state->next = state->argc;
		return 0;
	case ARGP_KEY_END:
		return check(options, state);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &live_argp, 0, NULL, 0 },
					      { &recording_argp, 0, NULL, 0 },
					      { 0 } };

const struct argp either_argp = { .options = argp_options, .parser = parse, .children = children };

void either_options_free(struct either_options *options)
{
	live_options_free(&options->live);
}

/* Moves may lead to CPUs that were not traced: of those the report has nothing to say. */
static int keep_target_cpus(struct filter *filter, const struct trace_meta *meta)
{
	if (meta->all_cpus || filter->cpus)
		return 0;
	filter->cpus = hwloc_bitmap_dup(meta->target_cpus);
	return filter->cpus ? 0 : fail("out of memory");
}

static int prepare(const struct either_job *job, void *command, struct gather *gather,
		   struct either_source *source)
{
	source->placement = placement_host_new(source->host);
	if (!source->placement)
		return fail("out of memory");
	if (keep_target_cpus(source->filter, source->meta))
		return EXIT_FAILED;
	return job->prepare(command, gather, source);
}

static int of_file(struct either_options *options, const struct either_job *job, void *command,
		   struct gather *gather)
{
	struct filter *filter = &options->live.filter;
	struct either_source source = { .filter = filter };
	struct input input;
	int result;

	if (input_open(&input, options->input, options->reads_all ? NULL : filter))
		return EXIT_FAILED;
	source.meta = trace_reader_meta(input.reader);
	source.host = input.has_host ? &input.host : NULL;
	result = prepare(job, command, gather, &source);
	if (!result)
		result = input_read(&input, gather);
	source.damage = input_damage(&input);
	if (!result)
		result = job->print(command, gather, &source);
	if (!result && source.damage)
		result = fail("%s: %s", options->input, source.damage);
	placement_host_free(source.placement);
	input_close(&input);
	return result;
}

static int record(const struct either_options *options, struct gather *gather, struct live *live)
{
	struct recording recording = {};
	int err, result;

	result = recording_open(&recording, &options->recording, live_meta(live));
	if (result)
		return result;
	gather->writer = recording.writer;
	err = live_run(live, &gather->sink);
	result = recording_close(&recording, live_meta(live), err);
	return result || err ? EXIT_FAILED : 0;
}

static int run_live(const struct either_options *options, const struct either_job *job,
		    void *command, struct gather *gather, struct live *live)
{
	struct filter filter = {}; /* the kernel side has filtered the rest */
	struct either_source source = { .meta = live_meta(live), .live = true, .filter = &filter };
	struct host_snapshot host = {};
	char why[128];
	int result;

	if (!host_snapshot_from_json(&host, source.meta->host_json, why, sizeof(why)))
		source.host = &host;
	result = prepare(job, command, gather, &source);
	if (!result)
		result = record(options, gather, live);
	if (!result)
		result = job->print(command, gather, &source);
	gather->filter = NULL;
	filter_free(&filter);
	placement_host_free(source.placement);
	host_snapshot_free(&host);
	return result ? result : live_verdict(live);
}

static int of_live(const struct either_options *options, const struct either_job *job,
		   void *command, struct gather *gather, int argc, char **argv)
{
	struct capture_options capture = { .record = true };
	struct live *live = recording_check(&options->recording)
				    ? NULL
				    : live_open(&options->live, capture, argc, argv);
	int result = EXIT_FAILED;

	if (live)
		result = run_live(options, job, command, gather, live);
	live_close(live);
	return result;
}

int either_run(struct either_options *options, const struct either_job *job, void *command,
	       int argc, char **argv)
{
	struct output out = output_stdout(options->json);
	struct gather gather;
	int result;

	if (gather_init(&gather, &out))
		return fail("out of memory");
	if (options->input)
		result = of_file(options, job, command, &gather);
	else
		result = of_live(options, job, command, &gather, argc, argv);
	gather_free(&gather);
	return result;
}
