// SPDX-License-Identifier: GPL-2.0-only
/*
 * interloper wakeups: where wakeups put their tasks, by which branch of the kernel's code, and what
 * it cost; live or of a file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/commands.h"
#include "commands/either.h"
#include "commands/options.h"
#include "output/report.h"
#include "output/report_wakeups.h"

#define ROWS_SHOWN	 10
#define CPUS_IN_A_MATRIX 16 /* with more, pairs of caches say more than pairs of CPUs */

struct wakeups_command {
	struct either_options either;
	unsigned int tables;
	uint32_t limit, stories;
	bool tells_stories, confusion;
	bool place_chosen; /* --matrix was given */
	enum wakeups_place place;
};

enum { KEY_BY = 0x200, KEY_LIMIT, KEY_MATRIX, KEY_STORIES, KEY_CONFUSION };

static const struct argp_option argp_options[] = {
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
	  "hold the model's answers against what --hooks=looks saw: a table", 0 },
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

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct wakeups_command *command = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &command->either;
		return 0;
	case KEY_BY:
		if (parse_by(arg, &command->tables))
			return options_refuse(state, "--by %s: expected task, cpu, or task,cpu",
					      arg);
		return 0;
	case KEY_LIMIT:
		return options_take_count(state, "--limit", arg, UINT32_MAX, &command->limit);
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
		return options_take_count(state, "--stories", arg, UINT32_MAX, &command->stories);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &either_argp, 0, NULL, 0 }, { 0 } };

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

static int prepare(void *context, struct gather *gather, const struct either_source *source)
{
	const struct wakeups_command *command = context;
	const struct trace_meta *meta = source->meta;

	gather_set_filter(gather, source->filter);
	gather->wakeups = wakeups_new(source->placement, command->tables);
	gather->arrivals =
		arrivals_new(source->placement, meta->all_cpus ? NULL : meta->target_cpus);
	return gather->wakeups && gather->arrivals ? 0 : fail("out of memory");
}

static int print(void *context, struct gather *gather, const struct either_source *source)
{
	const struct wakeups_command *command = context;
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

int command_wakeups(int argc, char **argv)
{
	static const struct either_job job = { prepare, print };
	struct wakeups_command command = {
		.tables = 1 << WAKEUPS_BY_TASK | 1 << WAKEUPS_BY_CPU,
		.limit = ROWS_SHOWN,
	};
	int result = EXIT_FAILED;

	if (!options_parse(&argp, argc, argv, &command))
		result = either_run(&command.either, &job, &command, argc, argv);
	either_options_free(&command.either);
	return result;
}
