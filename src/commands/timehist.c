// SPDX-License-Identifier: GPL-2.0-only
/* interloper timehist: a file's slices, one a row, with perf sched timehist's options. */
#include <stdio.h>
#include <string.h>

#include "commands/commands.h"
#include "commands/input.h"
#include "commands/options.h"
#include "commands/timehist_compat.h"
#include "output/report.h"

struct timehist_command {
	struct input_options input;
	struct timehist_options rows;
	const char *compat; /* NULL: our own rows */
	bool summary_only, with_summary, idle_only, placement, json;
};

enum { KEY_STATE = 0x200, KEY_PRIO, KEY_PLACEMENT, KEY_JSON, KEY_COMPAT };

static const struct argp_option argp_options[] = {
	{ "summary", 's', NULL, 0, "only the summary", 0 },
	{ "with-summary", 'S', NULL, 0, "the summary too", 0 },
	{ "wakeups", 'w', NULL, 0, "rows for wakeups too", 0 },
	{ "next", 'n', NULL, 0, "who ran next on the CPU", 0 },
	{ "idle-hist", 'I', NULL, 0, "only the idle task's rows", 0 },
	{ "migrations", 'M', NULL, 0, "rows for migrations too", 0 },
	{ "cpu-visual", 'V', NULL, 0, "the CPUs as a row of marks", 0 },
	{ "state", KEY_STATE, NULL, 0, "the task's state when its slice ended", 0 },
	{ "prio", KEY_PRIO, NULL, 0, "the task's priority (kernel: 120 is nice 0)", 0 },
	{ "placement", KEY_PLACEMENT, NULL, 0,
	  "by which class and branch of the kernel's code the wakeup's CPU was chosen", 0 },
	{ "json", KEY_JSON, NULL, 0, "one JSON object a line for each event", 0 },
	{ "compat", KEY_COMPAT, "PERF", 0,
	  "of a perf.data: perf sched timehist's own rows, with its defects, which are counted "
	  "below; "
	  "PERF is perf-6.1, perf-6.12, or perf, the one that recorded. With --state and -n alone",
	  0 },
	{ 0 }
};

static bool has_only_compat(const struct timehist_command *command)
{
	const struct timehist_options *rows = &command->rows;
	const struct filter *filter = &command->input.filter;

	return !command->summary_only && !command->with_summary && !command->idle_only &&
	       !command->placement && !command->json && !rows->wakeups && !rows->migrations &&
	       !rows->cpu_visual && !rows->prio && !filter->cpus && !filter_has_tasks(filter) &&
	       !filter->from_ns && !filter->to_ns;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct timehist_command *command = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &command->input;
		return 0;
	case 's':
		command->summary_only = true;
		return 0;
	case 'S':
		command->with_summary = true;
		return 0;
	case 'w':
		command->rows.wakeups = true;
		return 0;
	case 'n':
		command->rows.next = true;
		return 0;
	case 'I':
		command->idle_only = true;
		return 0;
	case 'M':
		command->rows.migrations = true;
		return 0;
	case 'V':
		command->rows.cpu_visual = true;
		return 0;
	case KEY_STATE:
		command->rows.state = true;
		return 0;
	case KEY_PRIO:
		command->rows.prio = true;
		return 0;
	case KEY_PLACEMENT:
		command->placement = true;
		return 0;
	case KEY_JSON:
		command->json = true;
		return 0;
	case KEY_COMPAT:
		command->compat = arg;
		return timehist_compat_is(arg)
			       ? 0
			       : options_refuse(state,
						"--compat %s: expected perf, perf-6.1 or "
						"perf-6.12",
						arg);
	case ARGP_KEY_SUCCESS:
		return command->compat && !has_only_compat(command)
			       ? options_refuse(state, "--compat: goes with --state and -n alone")
			       : 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &input_argp, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.args_doc = "FILE",
	.doc = "Prints a trace file's slices, one a row, in the layout of perf sched timehist."
	       "\vTimes are CLOCK_MONOTONIC seconds. wait time: all the time off the CPU; sch "
	       "delay: "
	       "from runnable to running, by a wakeup or after a preemption; - is not known.\n",
	.children = children,
};

/* It stands for the rows: with the header that says what they rest on, and what is missing. */
static int print_totals(const struct timehist_command *command, const struct input *input,
			struct gather *gather)
{
	const struct trace_meta *meta = input_meta(input);
	const struct host_snapshot *host = input->has_host ? &input->host : NULL;
	struct trace_meta window = input_window(input, &command->input.filter);
	const char *damage = input_damage(input);
	json_t *object;

	if (command->json) {
		object = report_header_json(meta, host, &gather->losses, damage);
		json_object_set_new(
			object, "tasks",
			summary_json(gather, gather->by_task, SUMMARY_BY_TASK, "run", &window));
		return print_json(gather->out, object);
	}
	if (!command->summary_only)
		fputc('\n', gather->out->file);
	print_header(gather, meta, host, damage);
	fputc('\n', gather->out->file);
	return print_summary(gather, gather->by_task, SUMMARY_BY_TASK, "run", 0, &window, false);
}

/* For rows that tell class and branch; *placement is the caller's to free. 0 or EXIT_FAILED. */
static int prepare_placement(struct timehist_command *command, const struct input *input,
			     struct gather *gather, struct placement_host **placement)
{
	*placement = placement_host_new(input->has_host ? &input->host : NULL);
	gather->choices = choices_new();
	if (!*placement || !gather->choices)
		return fail("out of memory");
	gather->placement = *placement;
	command->rows.placement = *placement;
	command->rows.choices = gather->choices;
	return 0;
}

static int print_rows(const struct timehist_command *command, struct input *input,
		      struct gather *gather)
{
	const struct trace_meta *meta = input_meta(input);
	bool summary = command->summary_only || command->with_summary;
	const char *damage;
	int err;

	gather_set_filter(gather, &command->input.filter);
	gather->idle_only = command->idle_only;
	gather->json_rows = command->json && !command->summary_only;
	if (!command->summary_only && !command->json) {
		gather->rows = timehist_new(gather->out, &command->rows, &gather->tasks, meta);
		if (!gather->rows)
			return fail("out of memory");
		timehist_header(gather->rows);
	}
	if (summary && !(gather->by_task = summary_new(SUMMARY_BY_TASK)))
		return fail("out of memory");
	err = input_read(input, gather);
	if (!err && gather->rows && timehist_flush(gather->rows))
		return finish_output(gather->out);
	if (err)
		return err;
	if (summary)
		err = print_totals(command, input, gather);
	damage = input_damage(input);
	if (!err)
		err = finish_output(gather->out);
	/* What could be read stands above; that it is not all is not a success. */
	return !err && damage ? fail("%s: %s", command->input.file, damage) : err;
}

/* A summary alone looks at nothing before it has read all; rows and placements do. */
static int open_input(const struct timehist_command *command, struct input *input)
{
	bool once = command->summary_only && !command->placement;

	return (once ? input_open_once : input_open)(input, command->input.file,
						     &command->input.filter);
}

int command_timehist(int argc, char **argv)
{
	struct timehist_command command = { .rows.idle = true };
	struct placement_host *placement = NULL;
	struct output out;
	struct gather gather;
	struct input input;
	int result = EXIT_FAILED;

	if (options_parse(&argp, argc, argv, &command)) {
		result = EXIT_FAILED;
	} else if (command.compat) {
		result = timehist_compat(&(struct compat_options){ .perf = command.compat,
								   .file = command.input.file,
								   .state = command.rows.state,
								   .next = command.rows.next });
	} else {
		out = output_stdout(command.json);
		if (gather_init(&gather, &out)) {
			fail("out of memory");
		} else if (!open_input(&command, &input)) {
			result = command.placement
					 ? prepare_placement(&command, &input, &gather, &placement)
					 : 0;
			if (!result)
				result = print_rows(&command, &input, &gather);
			input_close(&input);
		}
		gather_free(&gather);
		placement_host_free(placement);
	}
	filter_free(&command.input.filter);
	return result;
}
