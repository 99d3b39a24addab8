// SPDX-License-Identifier: GPL-2.0-only
/*
 * interloper hist: distributions of run, wake delay and preempt delay; live they are filled in the
 * kernel and nothing streams (unless -o wants the slices too), of a file they are counted here.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/commands.h"
#include "commands/input.h"
#include "commands/live.h"
#include "commands/options.h"
#include "commands/recording.h"
#include "output/report.h"

struct hist_command {
	struct live_options live;
	enum distribution_by by;
	struct recording_options recording;
	const char *input;
	uint32_t slots;
	bool json;
};

enum { KEY_BY = 0x200, KEY_JSON, KEY_TIME, KEY_SLOTS };

static const struct argp_option argp_options[] = {
	{ "input", 'i', "FILE", 0, "of a trace file (- is stdin) instead of live", 0 },
	{ "time", KEY_TIME, "A,B", 0, "with -i: only from second A to second B of its clock", 0 },
	{ "by", KEY_BY, "WHAT", 0, "cpu, task, or cpu,task (default: all together)", 0 },
	{ "slots", KEY_SLOTS, "N", 0,
	  "by task, live: room for N tasks on a CPU each (default: 1800, 17 KiB each)", 0 },
	{ "json", KEY_JSON, NULL, 0, "one JSON object", 0 },
	{ 0 }
};

static int parse_by(const char *text, enum distribution_by *by)
{
	if (!strcmp(text, "cpu"))
		*by = DISTRIBUTION_BY_CPU;
	else if (!strcmp(text, "task"))
		*by = DISTRIBUTION_BY_TASK;
	else if (!strcmp(text, "cpu,task") || !strcmp(text, "task,cpu"))
		*by = DISTRIBUTION_BY_CPU_TASK;
	else
		return -1;
	return 0;
}

static int check(const struct hist_command *command, const struct argp_state *state)
{
	if (command->input &&
	    (command->live.command || command->recording.file || command->live.duration_ns))
		return options_refuse(state,
				      "-i %s: a file is read whole: -d, -o and COMMAND are for a "
				      "live trace",
				      command->input);
	if (!command->input && (command->live.filter.from_ns || command->live.filter.to_ns))
		return options_refuse(state, "--time: only with a file (-i)");
	if (command->recording.file && !strcmp(command->recording.file, "-"))
		return options_refuse(state,
				      "-o -: the report goes to stdout: to write the trace there, "
				      "use \"interloper record\"");
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct hist_command *command = state->input;
	char *end;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &command->live;
		state->child_inputs[1] = &command->recording;
		return 0;
	case 'i':
		command->input = arg;
		return 0;
	case KEY_TIME:
		return options_take_window(state, arg, &command->live.filter);
	case KEY_BY:
		if (parse_by(arg, &command->by))
			return options_refuse(state, "--by %s: expected cpu, task, or cpu,task",
					      arg);
		return 0;
	case KEY_SLOTS:
		command->slots = strtoul(arg, &end, 10);
		if (*end || command->slots < 1 || command->slots > 1000000)
			return options_refuse(state, "--slots %s: expected 1 to 1000000", arg);
		return 0;
	case KEY_JSON:
		command->json = true;
		command->live.stdout_is_taken = true;
		return 0;
	case ARGP_KEY_ARG:
		/* "hist FILE" reads a file; a command to run live stands behind "--". */
		if (strcmp(state->argv[state->next - 2], "--")) {
			if (command->input)
				return options_refuse(state, "%s: one trace file at a time", arg);
			command->input = arg;
			return 0;
		}
		command->live.command = &state->argv[state->next - 1];
		state->next = state->argc;
		return 0;
	case ARGP_KEY_END:
		return check(command, state);
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
	.args_doc = "[FILE | -- COMMAND [ARG...]]",
	.doc = "Distributions of run, wake delay and preempt delay, with percentiles up to p99.99."
	       "\vLive, the kernel side counts and nothing streams: the cheapest way to watch for "
	       "long; -o streams the slices too. "
	       "A value read back is off by at most 3.125 %.\n\n"
	       "  sudo interloper hist -C 43 -d 60\n"
	       "  interloper hist trace.ilt --by task\n",
	.children = children,
};

static int print_distribution(struct gather *gather, struct distribution *d,
			      const struct trace_meta *meta, const struct host_snapshot *host,
			      const char *damage, uint64_t missed)
{
	struct distribution_row *const *rows;
	uint32_t n = distribution_rows(d, &rows);
	json_t *object;

	if (!rows)
		return fail("out of memory");
	if (!gather->out->json) {
		print_header(gather, meta, host, damage);
		fputc('\n', gather->out->file);
		report_distribution(gather->out, rows, n, &gather->tasks);
		if (missed)
			fprintf(gather->out->file,
				"\n%" PRIu64
				" slices not counted: more tasks than slots (--slots)\n",
				missed);
		return finish_output(gather->out);
	}
	object = report_header_json(meta, host, &gather->losses, damage);
	json_object_set_new(object, "distributions",
			    report_distribution_json(rows, n, &gather->tasks));
	json_object_set_new(object, "slices_not_counted", json_integer(missed));
	return print_json(gather->out, object);
}

static int hist_of_file(struct hist_command *command, struct gather *gather)
{
	struct input input;
	const char *damage;
	int err;

	gather_set_filter(gather, &command->live.filter);
	gather->distribution = distribution_new(command->by);
	if (!gather->distribution)
		return fail("out of memory");
	if (input_open(&input, command->input, &command->live.filter))
		return EXIT_FAILED;
	err = input_read(&input, gather);
	damage = input_damage(&input);
	if (!err)
		err = print_distribution(gather, gather->distribution,
					 trace_reader_meta(input.reader),
					 input.has_host ? &input.host : NULL, damage, 0);
	if (!err && damage)
		err = fail("%s: %s", command->input, damage);
	input_close(&input);
	return err;
}

static int run_live(struct hist_command *command, struct gather *gather, struct live *live)
{
	const struct trace_meta *meta = live_meta(live);
	struct recording recording = {};
	struct host_snapshot host = {};
	struct distribution *d;
	char why[128];
	uint64_t missed;
	int err, result;

	result = recording_open(&recording, &command->recording, meta);
	if (result)
		return result;
	gather->writer = recording.writer;
	err = live_run(live, command->recording.file ? &gather->sink : NULL);
	result = recording_close(&recording, meta, err);
	if (result || err)
		return EXIT_FAILED;
	d = distribution_new(command->by);
	if (!d || capture_distributions(live_capture(live), d, &gather->tasks, &missed)) {
		distribution_free(d);
		return fail("out of memory");
	}
	if (host_snapshot_from_json(&host, meta->host_json, why, sizeof(why)))
		memset(&host, 0, sizeof(host));
	result = print_distribution(gather, d, meta, host.possible ? &host : NULL, NULL, missed);
	host_snapshot_free(&host);
	distribution_free(d);
	return result ? result : live_verdict(live);
}

static int hist_live(struct hist_command *command, struct gather *gather, int argc, char **argv)
{
	struct capture_options capture = {
		.record = command->recording.file,
		.aggregate = true,
		.by = command->by,
		.slots = command->slots,
	};
	struct live *live = recording_check(&command->recording)
				    ? NULL
				    : live_open(&command->live, capture, argc, argv);
	int result = EXIT_FAILED;

	if (live)
		result = run_live(command, gather, live);
	live_close(live);
	return result;
}

int command_hist(int argc, char **argv)
{
	struct hist_command command = {};
	int result = EXIT_FAILED;
	struct gather gather;
	struct output out;

	if (!options_parse(&argp, argc, argv, &command)) {
		out = output_stdout(command.json);
		if (gather_init(&gather, &out))
			fail("out of memory");
		else if (command.input)
			result = hist_of_file(&command, &gather);
		else
			result = hist_live(&command, &gather, argc, argv);
		gather_free(&gather);
	}
	live_options_free(&command.live);
	return result;
}
