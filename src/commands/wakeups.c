// SPDX-License-Identifier: GPL-2.0-only
/*
 * interloper wakeups: where wakeups put their tasks, by which branch of the kernel's code, and what
 * it cost; live or of a file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/commands.h"
#include "commands/input.h"
#include "commands/live.h"
#include "commands/options.h"
#include "commands/recording.h"
#include "output/report.h"
#include "output/report_wakeups.h"

#define ROWS_SHOWN	 10
#define CPUS_IN_A_MATRIX 16 /* with more, pairs of caches say more than pairs of CPUs */

struct wakeups_command {
	struct live_options live;
	struct filter targets; /* live: what the kernel side has not filtered yet */
	struct recording_options recording;
	const char *input;
	unsigned int tables;
	uint32_t limit, stories;
	bool tells_stories, confusion;
	bool place_chosen; /* --matrix was given */
	enum wakeups_place place;
	bool json;
};

enum { KEY_BY = 0x200, KEY_LIMIT, KEY_MATRIX, KEY_STORIES, KEY_CONFUSION, KEY_JSON, KEY_TIME };

static const struct argp_option argp_options[] = {
	{ "input", 'i', "FILE", 0, "of a trace file (- is stdin) instead of live", 0 },
	{ "time", KEY_TIME, "A,B", 0, "with a file: only from second A to second B of its clock",
	  0 },
	{ "by", KEY_BY, "WHAT", 0,
	  "task, cpu, or task,cpu (default: a table by task and one by CPU)", 0 },
	{ "limit", KEY_LIMIT, "N", 0, "the first N rows of each table (default: 10; 0: all)", 0 },
	{ "matrix", KEY_MATRIX, "WHAT", 0,
	  "from where to where: cpu, llc, or node (default: cpu; llc with more than 16 CPUs)", 0 },
	{ "stories", KEY_STORIES, "N", 0,
	  "how the first N tasks (0: all) came to an isolated CPU, and why they stayed; to a "
	  "target "
	  "CPU where none is isolated",
	  0 },
	{ "confusion", KEY_CONFUSION, NULL, 0,
	  "hold the model's answers against what --hooks saw: a table", 0 },
	{ "json", KEY_JSON, NULL, 0, "one JSON object", 0 },
	{ 0 }
};

static int parse_by(const char *text, unsigned int *tables)
{
	if (!strcmp(text, "task"))
		*tables = 1 << WAKEUPS_BY_TASK;
	else if (!strcmp(text, "cpu"))
		*tables = 1 << WAKEUPS_BY_CPU;
	else if (!strcmp(text, "task,cpu") || !strcmp(text, "cpu,task"))
		*tables = 1 << WAKEUPS_BY_TASK_CPU;
	else
		return -1;
	return 0;
}

static int parse_place(const char *text, enum wakeups_place *place)
{
	if (!strcmp(text, "cpu"))
		*place = PLACE_CPU;
	else if (!strcmp(text, "llc"))
		*place = PLACE_LLC;
	else if (!strcmp(text, "node"))
		*place = PLACE_NODE;
	else
		return -1;
	return 0;
}

static int parse_count(const char *text, uint32_t *n)
{
	unsigned long value;
	char *end;

	value = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || value > UINT32_MAX)
		return -1;
	*n = value;
	return 0;
}

static int check(const struct wakeups_command *command, const struct argp_state *state)
{
	const struct live_options *live = &command->live;

	if (command->input && (live->command || command->recording.file || live->duration_ns))
		return options_refuse(state,
				      "%s: a file is read whole: -d, -o and COMMAND are for a live "
				      "trace",
				      command->input);
	if (!command->input && (live->filter.from_ns || live->filter.to_ns))
		return options_refuse(state, "--time: only with a file");
	if (command->recording.file && !strcmp(command->recording.file, "-"))
		return options_refuse(state,
				      "-o -: the report goes to stdout: to write the trace there, "
				      "use \"interloper record\"");
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct wakeups_command *command = state->input;

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
		if (parse_by(arg, &command->tables))
			return options_refuse(state, "--by %s: expected task, cpu, or task,cpu",
					      arg);
		return 0;
	case KEY_LIMIT:
		if (parse_count(arg, &command->limit))
			return options_refuse(state, "--limit %s: not a number", arg);
		return 0;
	case KEY_MATRIX:
		command->place_chosen = true;
		if (parse_place(arg, &command->place))
			return options_refuse(state, "--matrix %s: expected cpu, llc, or node",
					      arg);
		return 0;
	case KEY_CONFUSION:
		command->confusion = true;
		return 0;
	case KEY_STORIES:
		command->tells_stories = true;
		if (parse_count(arg, &command->stories))
			return options_refuse(state, "--stories %s: not a number", arg);
		return 0;
	case KEY_JSON:
		command->json = true;
		command->live.stdout_is_taken = true;
		return 0;
	case ARGP_KEY_ARG:
		/* "wakeups FILE" reads a file; a command to run live stands behind "--". */
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
	.doc = "Shows where wakeups put their tasks, by which branch of the kernel's code, who "
	       "issued "
	       "them, and what they cost."
	       "\vA wakeup's class says where its CPU lies, seen from the one before: a fact. Its "
	       "branch is the part of the kernel that chose it: observed, or worked out from what "
	       "was captured, sure or unsure. Tasks on isolated CPUs that may run elsewhere come "
	       "first.\n\n"
	       "  sudo interloper wakeups -C 43 -d 10\n"
	       "  interloper wakeups trace.ilt --by task,cpu\n",
	.children = children,
};

/* The source of a report, live or a file. */
struct source {
	const struct trace_meta *meta;
	const struct host_snapshot *host; /* NULL: not known */
	struct placement_host *placement;
	const char *damage; /* NULL: none */
};

/* Moves may lead to CPUs that were not traced: of those the report has nothing to say. */
static int keep_target_cpus(struct filter *filter, const struct trace_meta *meta)
{
	if (meta->all_cpus || filter->cpus)
		return 0;
	filter->cpus = hwloc_bitmap_dup(meta->target_cpus);
	return filter->cpus ? 0 : fail("out of memory");
}

static int prepare(struct wakeups_command *command, struct gather *gather,
		   const struct trace_meta *meta, const struct placement_host *placement)
{
	struct filter *filter = command->input ? &command->live.filter : &command->targets;

	if (keep_target_cpus(filter, meta))
		return EXIT_FAILED;
	gather_set_filter(gather, filter);
	if (!placement)
		return fail("out of memory");
	gather->wakeups = wakeups_new(placement, command->tables);
	gather->arrivals = arrivals_new(placement, meta->all_cpus ? NULL : meta->target_cpus);
	return gather->wakeups && gather->arrivals ? 0 : fail("out of memory");
}

static int print_report(const struct wakeups_command *command, struct gather *gather,
			const struct source *source)
{
	struct wakeups_report report = {
		.wakeups = gather->wakeups,
		.tasks = &gather->tasks,
		.host = source->host,
		.tables = command->tables,
		.place = command->place,
		.limit = command->limit,
		.confusion = command->confusion,
	};
	json_t *object;

	if (!command->place_chosen && source->host && source->meta->cpu_count > CPUS_IN_A_MATRIX)
		report.place = PLACE_LLC;
	if (wakeups_finish(gather->wakeups))
		return fail("out of memory");
	if (!gather->out->json) {
		print_header(gather, source->meta, source->host, source->damage);
		if (report_wakeups(gather->out, &report))
			return fail("out of memory");
		if (command->tells_stories &&
		    print_stories(gather, source->placement, source->host, command->stories))
			return EXIT_FAILED;
		return finish_output(gather->out);
	}
	object = report_header_json(source->meta, source->host, &gather->losses, source->damage);
	json_object_set_new(object, "wakeups", report_wakeups_json(&report));
	json_object_set_new(object, "why_here",
			    why_here_json(gather, source->placement, source->host));
	return print_json(gather->out, object);
}

static int wakeups_of_file(struct wakeups_command *command, struct gather *gather)
{
	struct filter *filter = &command->live.filter;
	struct source source;
	struct input input;
	int result;

	if (input_open(&input, command->input, filter))
		return EXIT_FAILED;
	source.meta = trace_reader_meta(input.reader);
	source.host = input.has_host ? &input.host : NULL;
	source.placement = placement_host_new(source.host);
	result = prepare(command, gather, source.meta, source.placement);
	if (!result)
		result = input_read(&input, gather);
	source.damage = trace_reader_damage(input.reader);
	if (!result)
		result = print_report(command, gather, &source);
	if (!result && source.damage)
		result = fail("%s: %s", command->input, source.damage);
	placement_host_free(source.placement);
	input_close(&input);
	return result;
}

static int record(struct wakeups_command *command, struct gather *gather, struct live *live)
{
	struct recording recording = {};
	int err, result;

	result = recording_open(&recording, &command->recording, live_meta(live));
	if (result)
		return result;
	gather->writer = recording.writer;
	err = live_run(live, &gather->sink);
	result = recording_close(&recording, live_meta(live), err);
	return result || err ? EXIT_FAILED : 0;
}

static int run_live(struct wakeups_command *command, struct gather *gather, struct live *live)
{
	struct source source = { .meta = live_meta(live) };
	struct host_snapshot host = {};
	char why[128];
	int result;

	if (!host_snapshot_from_json(&host, source.meta->host_json, why, sizeof(why)))
		source.host = &host;
	source.placement = placement_host_new(source.host);
	result = prepare(command, gather, source.meta, source.placement);
	if (!result)
		result = record(command, gather, live);
	if (!result)
		result = print_report(command, gather, &source);
	placement_host_free(source.placement);
	host_snapshot_free(&host);
	return result ? result : live_verdict(live);
}

static int wakeups_live(struct wakeups_command *command, struct gather *gather, int argc,
			char **argv)
{
	struct capture_options capture = { .record = true };
	struct live *live = live_open(&command->live, capture, argc, argv);
	int result = EXIT_FAILED;

	if (live)
		result = run_live(command, gather, live);
	live_close(live);
	return result;
}

int command_wakeups(int argc, char **argv)
{
	struct wakeups_command command = {
		.tables = 1 << WAKEUPS_BY_TASK | 1 << WAKEUPS_BY_CPU,
		.limit = ROWS_SHOWN,
	};
	int result = EXIT_FAILED;
	struct gather gather;
	struct output out;

	if (!options_parse(&argp, argc, argv, &command)) {
		out = output_stdout(command.json);
		if (gather_init(&gather, &out))
			fail("out of memory");
		else if (command.input)
			result = wakeups_of_file(&command, &gather);
		else
			result = wakeups_live(&command, &gather, argc, argv);
		gather_free(&gather);
	}
	live_options_free(&command.live);
	filter_free(&command.targets);
	return result;
}
