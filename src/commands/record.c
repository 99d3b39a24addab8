// SPDX-License-Identifier: GPL-2.0-only
/* interloper record: traces live into a file, and nothing else. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands/commands.h"
#include "commands/live.h"
#include "commands/options.h"
#include "commands/recording.h"

#define FILE_DEFAULT "trace.ilt"

struct record_options {
	struct live_options live;
	struct recording_options recording;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct record_options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->live;
		state->child_inputs[1] = &options->recording;
		return 0;
	case ARGP_KEY_ARG:
		options->live.command = &state->argv[state->next - 1];
		state->next = state->argc;
		return 0;
	case ARGP_KEY_END:
		options->live.stdout_is_taken = !strcmp(options->recording.file, "-");
		if (options->live.stdout_is_taken && isatty(STDOUT_FILENO))
			return options_refuse(state,
					      "-o -: stdout is a terminal: pipe it somewhere");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &live_argp, 0, NULL, 0 },
					      { &recording_argp, 0, NULL, 0 },
					      { 0 } };

static const struct argp argp = {
	.parser = parse,
	.args_doc = "[-- COMMAND [ARG...]]",
	.doc = "Traces the scheduler live into a file (" FILE_DEFAULT "; -o - is stdout)."
	       "\vRead it with \"interloper timehist FILE\", \"summary FILE\", \"hist FILE\", "
	       "\"info "
	       "FILE\", on any machine. What was recorded before a failure or a kill stays "
	       "readable.\n",
	.children = children,
};

struct file_sink {
	struct live_sink sink;
	struct trace_writer *writer;
};

static int add_to_file(struct live_sink *sink, const struct event *events, int n)
{
	return trace_writer_add(((struct file_sink *)sink)->writer, events, n);
}

static int record(struct live *live, const struct record_options *options)
{
	struct file_sink sink = { .sink.add = add_to_file };
	struct recording recording;
	int err, result;

	result = recording_open(&recording, &options->recording, live_meta(live));
	if (result)
		return result;
	sink.writer = recording.writer;
	err = live_run(live, &sink.sink);
	result = recording_close(&recording, live_meta(live), err);
	return result ? result : live_verdict(live);
}

int command_record(int argc, char **argv)
{
	struct capture_options capture = { .record = true };
	struct record_options options = { .recording.file = FILE_DEFAULT };
	int result = EXIT_FAILED;
	struct live *live;

	if (!options_parse(&argp, argc, argv, &options) && !recording_check(&options.recording)) {
		live = live_open(&options.live, capture, argc, argv);
		if (live)
			result = record(live, &options);
		live_close(live);
	}
	live_options_free(&options.live);
	return result;
}
