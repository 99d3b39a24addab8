// SPDX-License-Identifier: GPL-2.0-only
/* interloper blame: who pays, and to whom; live or of a file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/commands.h"
#include "commands/either.h"
#include "commands/options.h"
#include "output/report.h"
#include "output/report_blame.h"

#define VICTIMS_SHOWN  5
#define CULPRITS_SHOWN 3
#define WORST_SHOWN    3
#define WORST_MAX      1000

struct blame_command {
	struct either_options either;
	struct filter victims; /* comms and pids alone */
	uint32_t top, worst;
};

enum { KEY_VICTIM = 0x200, KEY_TOP, KEY_WORST };

static const struct argp_option argp_options[] = {
	{ "victim", KEY_VICTIM, "TASK", 0,
	  "only what this task paid: a name (a prefix with *), a pid, or a list of them", 0 },
	{ "top", KEY_TOP, "N", 0, "the first N victims (default: 5; 0: all)", 0 },
	{ "worst", KEY_WORST, "N", 0, "tell the N longest waits in full (default: 3)", 0 },
	{ 0 }
};

static int take_count(const struct argp_state *state, const char *option, const char *text,
		      uint32_t limit, uint32_t *n)
{
	unsigned long value;
	char *end;

	value = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || value > limit)
		return options_refuse(state, "%s %s: expected a number up to %u", option, text,
				      limit);
	*n = value;
	return 0;
}

static int take_victims(const struct argp_state *state, struct filter *victims, const char *list)
{
	char *words = strdup(list), *word, *rest = words, why[256];
	int err = words ? 0 : -ENOMEM;

	while (!err && (word = strsep(&rest, ",")))
		err = strspn(word, "0123456789") == strlen(word)
			      ? filter_add_pids(victims, word, why, sizeof(why))
			      : filter_add_comms(victims, word, why, sizeof(why));
	free(words);
	if (!err)
		return 0;
	return options_refuse(
		state, "--victim %s: expected a task's name, a pid, or a list of them", list);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct blame_command *command = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &command->either;
		return 0;
	case KEY_VICTIM:
		return take_victims(state, &command->victims, arg);
	case KEY_TOP:
		return take_count(state, "--top", arg, UINT32_MAX, &command->top);
	case KEY_WORST:
		return take_count(state, "--worst", arg, WORST_MAX, &command->worst);
	case ARGP_KEY_END:
		if (filter_has_tasks(&command->either.live.filter))
			return options_refuse(state,
					      "-t and -p leave out the tasks that others wait for: "
					      "use --victim");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &either_argp, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.args_doc = "[FILE | -- COMMAND [ARG...]]",
	.doc = "Shows who waited to run, and whose slices filled the time."
	       "\vEach wait is from when the task was runnable until it ran. What ran on its CPU "
	       "meanwhile is what it waited for; the parts are the whole delay, to the ns. With a "
	       "file, -C and --time choose whose waits are shown; all slices explain them.\n\n"
	       "  sudo interloper blame -C 43 -d 10\n"
	       "  interloper blame trace.ilt --victim nginx --worst 10\n",
	.children = children,
};

/* The victims are what the filter lets through. */
static void add_victims(struct filter *filter, struct filter *victims)
{
	if (!filter_has_tasks(victims))
		return;
	filter->comms = victims->comms;
	filter->comm_count = victims->comm_count;
	filter->pids = victims->pids;
	filter->pid_count = victims->pid_count;
	memset(victims, 0, sizeof(*victims));
}

static int prepare(void *context, struct gather *gather, const struct either_source *source)
{
	struct blame_command *command = context;

	add_victims(source->filter, &command->victims);
	gather_set_filter(gather, source->filter);
	return gather_blame(gather, source->meta, source->live, command->worst);
}

static int print(void *context, struct gather *gather, const struct either_source *source)
{
	const struct blame_command *command = context;
	struct blame_report report = {
		.blame = gather->blame,
		.who = { &gather->tasks, source->host },
		.victims = command->top,
		.culprits = CULPRITS_SHOWN,
	};
	json_t *object;

	if (blame_finish(gather->blame))
		return fail("out of memory");
	if (!gather->out->json) {
		print_header(gather, source->meta, source->host, source->damage);
		if (report_blame(gather->out, &report))
			return fail("out of memory");
		report_blame_stories(gather->out, &report);
		return finish_output(gather->out);
	}
	object = report_header_json(source->meta, source->host, &gather->losses, source->damage);
	json_object_set_new(object, "blame", report_blame_json(&report));
	return print_json(gather->out, object);
}

int command_blame(int argc, char **argv)
{
	static const struct either_job job = { prepare, print };
	struct blame_command command = {
		.either.reads_all = true,
		.top = VICTIMS_SHOWN,
		.worst = WORST_SHOWN,
	};
	int result = EXIT_FAILED;

	if (!options_parse(&argp, argc, argv, &command))
		result = either_run(&command.either, &job, &command, argc, argv);
	either_options_free(&command.either);
	filter_free(&command.victims);
	return result;
}
