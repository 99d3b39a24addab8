// SPDX-License-Identifier: GPL-2.0-only
/* interloper summary: a file's totals and percentiles, per task, per CPU, or per task and CPU. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/commands.h"
#include "commands/input.h"
#include "commands/options.h"
#include "output/json.h"
#include "output/report.h"

struct summary_command {
	struct input_options input;
	const char *column;
	bool by_chosen; /* --by was given: one table instead of two */
	enum summary_by by;
	uint32_t limit;
	bool wide, json;
};

enum { KEY_BY = 0x200, KEY_SORT, KEY_LIMIT, KEY_WIDE, KEY_JSON };

static const struct argp_option argp_options[] = {
	{ "by", KEY_BY, "WHAT", 0,
	  "task, cpu, or task,cpu (default: a table by task and one by CPU)", 0 },
	{ "sort", KEY_SORT, "COLUMN", 0,
	  "run (default), slices, avg, p50, p99, p99.9, max; wake-total, wake-avg ... wake-max; "
	  "the same "
	  "with preempt-; voluntary, involuntary, wakeups, migrations, cpu, task",
	  0 },
	{ "limit", KEY_LIMIT, "N", 0, "only the first N rows", 0 },
	{ "wide", KEY_WIDE, NULL, 0, "all columns", 0 },
	{ "json", KEY_JSON, NULL, 0, "one JSON object", 0 },
	{ 0 }
};

static int parse_by(const char *text, enum summary_by *by)
{
	if (!strcmp(text, "task"))
		*by = SUMMARY_BY_TASK;
	else if (!strcmp(text, "cpu"))
		*by = SUMMARY_BY_CPU;
	else if (!strcmp(text, "task,cpu") || !strcmp(text, "cpu,task"))
		*by = SUMMARY_BY_TASK_CPU;
	else
		return -1;
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct summary_command *command = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &command->input;
		return 0;
	case KEY_BY:
		if (parse_by(arg, &command->by))
			return options_refuse(state, "--by %s: expected task, cpu, or task,cpu",
					      arg);
		command->by_chosen = true;
		return 0;
	case KEY_SORT:
		if (summary_sort(NULL, 0, arg))
			return options_refuse(state,
					      "--sort %s: no such column (--help lists them)", arg);
		command->column = arg;
		return 0;
	case KEY_LIMIT:
		return options_take_count(state, "--limit", arg, UINT32_MAX, &command->limit);
	case KEY_WIDE:
		command->wide = true;
		return 0;
	case KEY_JSON:
		command->json = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &input_argp, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.args_doc = "FILE",
	.doc = "Sums up a trace file: who ran, who waited, how long, and when it was worst."
	       "\vDelays are of two kinds, never mixed: wake (from its wakeup to running) and "
	       "preempt "
	       "(from losing the CPU to running again). Percentiles are off by at most 3.125 %; "
	       "counts, totals and maxima are exact.\n",
	.children = children,
};

static int prepare(struct gather *gather, const struct summary_command *command)
{
	gather_set_filter(gather, &command->input.filter);
	if (command->by_chosen) {
		gather->chosen = summary_new(command->by);
		return gather->chosen ? 0 : fail("out of memory");
	}
	gather->by_task = summary_new(SUMMARY_BY_TASK);
	gather->by_cpu = summary_new(SUMMARY_BY_CPU);
	return gather->by_task && gather->by_cpu ? 0 : fail("out of memory");
}

static int print_text(const struct summary_command *command, const struct gather *gather,
		      const struct input *input, const struct trace_meta *window)
{
	const char *column = command->column ? command->column : "run";
	int err;

	print_header(gather, input_meta(input), input->has_host ? &input->host : NULL,
		     input_damage(input));
	fputc('\n', gather->out->file);
	if (command->by_chosen)
		return print_summary(gather, gather->chosen, command->by, column, command->limit,
				     window, command->wide);
	err = print_summary(gather, gather->by_task, SUMMARY_BY_TASK, column, command->limit,
			    window, command->wide);
	fputc('\n', gather->out->file);
	if (err)
		return err;
	return print_summary(gather, gather->by_cpu, SUMMARY_BY_CPU,
			     command->column ? column : "cpu", command->limit, window,
			     command->wide);
}

/* The first rows of a table, as in text; how many are left out is told. */
static json_t *table_json(const struct summary_command *command, const struct gather *gather,
			  const struct summary *summary, enum summary_by by,
			  const struct trace_meta *window, struct summary_scope *scope)
{
	const char *column = by == SUMMARY_BY_CPU && !command->by_chosen ? "cpu" : "run";
	json_t *array = summary_json(gather, summary, by,
				     command->column ? command->column : column, window);

	while (command->limit && json_array_size(array) > command->limit) {
		json_array_remove(array, json_array_size(array) - 1);
		scope->rows_left_out[by]++;
	}
	return array;
}

static int print_as_json(const struct summary_command *command, const struct gather *gather,
			 const struct input *input, const struct trace_meta *window)
{
	const struct filter *filter = &command->input.filter;
	struct summary_scope scope = { .cpus = filter->cpus,
				       .tasks = filter_describe_tasks(filter),
				       .from_ns = filter->from_ns,
				       .to_ns = filter->to_ns };
	const struct {
		enum summary_by by;
		const struct summary *summary;
	} tables[] = { { command->by, gather->chosen },
		       { SUMMARY_BY_TASK, gather->by_task },
		       { SUMMARY_BY_CPU, gather->by_cpu } };
	json_t *object =
		report_header_json(input_meta(input), input->has_host ? &input->host : NULL,
				   &gather->losses, input_damage(input));

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (tables[i].summary)
			json_put(&object, summary_table_name(tables[i].by),
				 table_json(command, gather, tables[i].summary, tables[i].by,
					    window, &scope));
	json_put(&object, "summary",
		 filter_has_tasks(filter) && !scope.tasks ? NULL
							  : report_scope_json(&scope, window));
	free(scope.tasks);
	return print_json(gather->out, object);
}

static int summarize(const struct summary_command *command, struct input *input,
		     struct gather *gather)
{
	struct trace_meta window;
	const char *damage;
	int err;

	err = prepare(gather, command);
	if (!err)
		err = input_read(input, gather);
	if (err)
		return err;
	window = input_window(input, &command->input.filter);
	err = command->json ? print_as_json(command, gather, input, &window)
			    : print_text(command, gather, input, &window);
	if (!err)
		err = finish_output(gather->out);
	damage = input_damage(input);
	return !err && damage ? fail("%s: %s", command->input.file, damage) : err;
}

int command_summary(int argc, char **argv)
{
	struct summary_command command = {};
	struct output out;
	struct gather gather;
	struct input input;
	int result = EXIT_FAILED;

	if (!options_parse(&argp, argc, argv, &command)) {
		out = output_stdout(command.json);
		if (gather_init(&gather, &out)) {
			fail("out of memory");
		} else if (!input_open_once(&input, command.input.file, &command.input.filter)) {
			result = summarize(&command, &input, &gather);
			input_close(&input);
		}
		gather_free(&gather);
	}
	filter_free(&command.input.filter);
	return result;
}
