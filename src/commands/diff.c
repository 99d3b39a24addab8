// SPDX-License-Identifier: GPL-2.0-only
/* interloper diff: two traces side by side. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/commands.h"
#include "commands/compare_runs.h"
#include "commands/options.h"
#include "commands/run.h"
#include "output/report_diff.h"

struct diff_command {
	const char *before, *after;
	struct limits asked;
	struct filter owners; /* nobody: as interloper blame finds them */
	struct compare_options compare;
	uint64_t max_loss;
	bool json;
};

enum { KEY_COMPARE = 0x200, KEY_OWNER, KEY_MAX_LOSS, KEY_JSON };

static const struct argp_option argp_options[] = {
	{ "compare", KEY_COMPARE, "EXPRESSION", 0,
	  "what to compare, as \"p99(wake_delay, task=web*)\" (interloper check --help-limits); "
	  "may be "
	  "repeated (default: p50 and p99 of delays, of all tasks and of those that waited "
	  "longest)",
	  0 },
	{ "owner", KEY_OWNER, "TASK", 0,
	  "what the CPUs are for, where an expression speaks of interloper or owner", 0 },
	{ "max-loss", KEY_MAX_LOSS, "N", 0,
	  "how many lost events leave a trace fit for a verdict (default: 0)", 0 },
	{ "json", KEY_JSON, NULL, 0, "one JSON object", 0 },
	{ 0 }
};

static int take_file(struct diff_command *command, const struct argp_state *state, const char *name)
{
	if (!strcmp(name, "-"))
		return options_refuse(state, "-: a trace is read twice: save it to a file first");
	if (command->after)
		return options_refuse(state, "%s: two traces at a time", name);
	if (command->before)
		command->after = name;
	else
		command->before = name;
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct diff_command *command = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &command->compare;
		return 0;
	case KEY_COMPARE:
		return limits_take(&command->asked, state, arg, true);
	case KEY_OWNER:
		return filter_add_tasks(&command->owners, arg)
			       ? options_refuse(state, "--owner %s: expected tasks", arg)
			       : 0;
	case KEY_MAX_LOSS:
		return options_take_number(state, "--max-loss", arg, &command->max_loss);
	case KEY_JSON:
		command->json = true;
		return 0;
	case ARGP_KEY_ARG:
		return take_file(command, state, arg);
	case ARGP_KEY_END:
		return command->after ? 0 : options_refuse(state, "which two traces?");
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &compare_argp, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.args_doc = "BEFORE AFTER",
	.doc = "Shows two traces side by side, or summaries of them that were saved as JSON: "
	       "delays then and "
	       "now, whether the change is more than chance, and the worst moments of each."
	       "\vWhat a change must be to count, and which test it is put to, is the same as for "
	       "interloper check --baseline, which gives verdicts for CI. Two traces alone do not "
	       "show by "
	       "how much runs differ from each other: see docs/ci.md.\n",
	.children = children,
};

static int show(const struct diff_command *command, const struct output *out,
		const struct run *runs)
{
	struct compare_runs compared = { .runs = &runs[1],
					 .run_count = 1,
					 .baselines = &runs[0],
					 .baseline_count = 1,
					 .asked = &command->asked,
					 .options = command->compare };
	struct check_file file = { .name = command->after };
	struct diff_report report = { .file = &file,
				      .options = command->compare,
				      .sides = { { .name = command->before,
						   .meta = run_meta(&runs[0]),
						   .kernel = run_kernel(&runs[0]) },
						 { .name = command->after,
						   .meta = run_meta(&runs[1]),
						   .kernel = run_kernel(&runs[1]) } } };
	int result = compare_runs_prepare(&compared);

	if (!result) {
		file.count = compare_runs_count(&compared);
		file.rows = calloc(file.count + 1, sizeof(*file.rows));
		result = file.rows ? compare_runs_rows(&compared, 0, file.rows, &file)
				   : fail("out of memory");
	}
	if (!result && report_diff(out, &report))
		result = fail("out of memory");
	if (!result)
		result = finish_output(out);
	check_file_free(&file);
	compare_runs_free(&compared);
	return result;
}

static int load_and_show(const struct diff_command *command)
{
	struct output out = output_stdout(command->json);
	struct run_options options = { .out = &out,
				       .owners = &command->owners,
				       .needs = limits_needs(&command->asked),
				       .max_loss = command->max_loss };
	struct run runs[2] = {};
	int result = run_load(&runs[0], command->before, &options);

	if (!result)
		result = run_load(&runs[1], command->after, &options);
	if (!result)
		result = show(command, &out, runs);
	run_free(&runs[0]);
	run_free(&runs[1]);
	return result;
}

int command_diff(int argc, char **argv)
{
	struct diff_command command = {};
	int result = EXIT_FAILED;

	if (!options_parse(&argp, argc, argv, &command))
		result = load_and_show(&command);
	limits_free(&command.asked);
	filter_free(&command.owners);
	return result;
}
