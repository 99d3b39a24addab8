// SPDX-License-Identifier: GPL-2.0-only
/* interloper merge: many files' summaries added up to one. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/merge.h"
#include "commands/commands.h"
#include "commands/input.h"
#include "commands/options.h"
#include "commands/saved_file.h"
#include "output/report_merge.h"

struct merge_command {
	char **files;
	uint32_t file_count;
	enum summary_by by;
	bool by_group;
	const char *column;
	uint32_t limit;
	bool text, wide;
};

enum { KEY_BY = 0x200, KEY_GROUP, KEY_SORT, KEY_LIMIT, KEY_WIDE, KEY_TEXT, KEY_JSON };

static const struct argp_option argp_options[] = {
	{ "by", KEY_BY, "WHAT", 0,
	  "task (default: by name, as tasks of different hosts are not the same), or cpu (files of "
	  "one host alone)",
	  0 },
	{ "group", KEY_GROUP, NULL, 0,
	  "names that differ in a number at their end are one: web-1 and web-2 are web-*", 0 },
	{ "sort", KEY_SORT, "COLUMN", 0, "a column of interloper summary --sort (default: run)",
	  0 },
	{ "json", KEY_JSON, NULL, 0, "one JSON object, which merge, check and diff read (default)",
	  0 },
	{ "text", KEY_TEXT, NULL, 0, "tables as interloper summary's", 0 },
	{ "limit", KEY_LIMIT, "N", 0, "with --text: only the first N rows", 0 },
	{ "wide", KEY_WIDE, NULL, 0, "with --text: all columns", 0 },
	{ 0 }
};

static error_t take_by(struct merge_command *command, const struct argp_state *state,
		       const char *text)
{
	if (!strcmp(text, "task"))
		command->by = SUMMARY_BY_TASK;
	else if (!strcmp(text, "cpu"))
		command->by = SUMMARY_BY_CPU;
	else
		return options_refuse(state, "--by %s: expected task or cpu", text);
	return 0;
}

static error_t take_file(struct merge_command *command, char *name)
{
	char **files = realloc(command->files, (command->file_count + 1) * sizeof(*command->files));

	if (!files)
		return ENOMEM;
	command->files = files;
	files[command->file_count++] = name;
	return 0;
}

static error_t finish_options(const struct merge_command *command, const struct argp_state *state)
{
	if (!command->file_count)
		return options_refuse(state, "which files?");
	if (command->by_group && command->by == SUMMARY_BY_CPU)
		return options_refuse(state, "--group is of tasks, --by cpu has none");
	if (!command->text && (command->limit || command->wide))
		return options_refuse(state, "--limit and --wide are for --text");
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct merge_command *command = state->input;

	switch (key) {
	case KEY_BY:
		return take_by(command, state, arg);
	case KEY_GROUP:
		command->by_group = true;
		return 0;
	case KEY_SORT:
		if (summary_sort(NULL, 0, arg))
			return options_refuse(
				state, "--sort %s: no such column (summary --help lists them)",
				arg);
		command->column = arg;
		return 0;
	case KEY_LIMIT:
		return options_take_count(state, "--limit", arg, UINT32_MAX, &command->limit);
	case KEY_WIDE:
		command->wide = true;
		return 0;
	case KEY_TEXT:
		command->text = true;
		return 0;
	case KEY_JSON:
		command->text = false;
		return 0;
	case ARGP_KEY_ARG:
		return take_file(command, arg);
	case ARGP_KEY_END:
		return finish_options(command, state);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.args_doc = "FILE...",
	.doc = "Adds up trace files, and summaries that were saved as JSON, of one host or of "
	       "many: "
	       "exactly what one summary of all their slices would have."
	       "\vRows are by name: all tasks of a name, on whatever host, are one. Shares are of "
	       "one "
	       "CPU's time in all files' windows together. A result can be merged again: order and "
	       "steps do not change it. Files that are damaged are taken as far as they can be "
	       "read; "
	       "the exit code is then 1. docs/json-schema.md has the fields.\n",
};

/* A trace as the summary that would be saved of it: its own are the rows, all else is borrowed. */
static struct saved_summary summary_of(const struct gather *gather, const struct input *input)
{
	const char *damage = input_damage(input);
	/* Its text is the reader's, which is asked no more. */
	struct saved_summary saved = { .meta = *trace_reader_meta(input->reader),
				       .losses = gather->losses,
				       .tasks = gather->tasks,
				       .by_task = gather->by_task,
				       .by_cpu = gather->by_cpu,
				       .damage = (char *)damage,
				       .damaged = damage != NULL,
				       .has_host = input->has_host };

	if (input->has_host) {
		saved.host = input->host;
		saved.kernel = input->host.kernel_release;
	}
	return saved;
}

static int add(struct merge *merge, const struct saved_summary *saved, const char *name)
{
	char *shown = strdup(name), why[256] = "";
	int err;

	if (!shown)
		return fail("out of memory");
	text_clean(shown);
	err = merge_add(merge, saved, shown, why, sizeof(why));
	free(shown);
	if (err == -ENOMEM)
		return fail("out of memory");
	return err ? fail("%s: %s", name, why) : 0;
}

static int read_trace(struct merge *merge, struct gather *gather, struct input *input,
		      const struct merge_command *command, const char *name)
{
	struct summary **rows = command->by == SUMMARY_BY_CPU ? &gather->by_cpu : &gather->by_task;
	struct saved_summary saved;
	int result;

	*rows = summary_new(command->by);
	if (!*rows)
		return fail("out of memory");
	result = input_read(input, gather);
	if (result)
		return result;
	saved = summary_of(gather, input);
	merge_clean_text(&saved);
	return add(merge, &saved, name);
}

static int add_trace(struct merge *merge, const struct merge_command *command, const char *name)
{
	struct output out = output_stdout(true);
	struct gather gather;
	struct input input;
	int result;

	if (gather_init(&gather, &out))
		return fail("out of memory");
	result = input_open(&input, name, NULL);
	if (!result) {
		result = read_trace(merge, &gather, &input, command, name);
		input_close(&input);
	}
	gather_free(&gather);
	return result;
}

static int add_saved(struct merge *merge, const char *name)
{
	struct saved_summary saved;
	int result = saved_file_load(&saved, name);

	if (result)
		return result;
	merge_clean_text(&saved);
	result = add(merge, &saved, name);
	saved_summary_free(&saved);
	return result;
}

/* One file open at a time, however many they are. */
static int add_files(struct merge *merge, const struct merge_command *command)
{
	int result = 0;

	for (uint32_t i = 0; i < command->file_count && !result; i++) {
		const char *name = command->files[i];

		result = saved_file_looks_so(name) ? add_saved(merge, name)
						   : add_trace(merge, command, name);
	}
	return result;
}

static int print(const struct output *out, const struct merge_command *command,
		 const struct saved_summary *merged, const struct summary *total)
{
	struct merge_report report = { .merged = merged, .total = total };
	const char *column = command->by == SUMMARY_BY_CPU ? "cpu" : "run";
	const struct summary_row *const *rows;
	const struct summary_row **sorted;
	int result;

	report.count = summary_rows(merged->by_cpu ? merged->by_cpu : merged->by_task, &rows);
	sorted = malloc(((size_t)report.count + 1) * sizeof(*sorted));
	if (!sorted)
		return fail("out of memory");
	if (report.count)
		memcpy(sorted, rows, report.count * sizeof(*sorted));
	report.rows = sorted;
	if (summary_sort(sorted, report.count, command->column ? command->column : column)) {
		result = fail("out of memory");
	} else if (command->text) {
		report_merge(out, &report, command->limit, command->wide);
		result = finish_output(out);
	} else {
		result = print_json(out, report_merge_json(&report));
	}
	free(sorted);
	return result;
}

/* What is missing is in the report; here, for those who do not read it. */
static int tell_damage(const struct saved_summary *merged)
{
	const struct merged_file *first = NULL;

	for (uint32_t i = 0; i < merged->merged->count && !first; i++)
		if (merged->merged->files[i].damage)
			first = &merged->merged->files[i];
	if (first)
		return fail("%s, the first is %s: %s", merged->damage, first->file, first->damage);
	if (merged->rows_left_out)
		return fail("of summaries that --limit cut, only the rows they have were added");
	return 0;
}

static int finish(struct merge *merge, const struct merge_command *command)
{
	struct output out = output_stdout(!command->text);
	struct saved_summary merged;
	struct summary *total;
	char why[256] = "";
	int err = merge_finish(merge, &merged, why, sizeof(why)), result;

	if (err)
		return fail("%s", err == -ENOMEM ? "out of memory" : why);
	err = merge_total(&merged, &total);
	if (err) {
		result = fail("%s",
			      err == -ENOMEM ? "out of memory" : "the rows do not fit when added");
	} else {
		result = print(&out, command, &merged, total);
		summary_free(total);
	}
	if (!result)
		result = tell_damage(&merged);
	saved_summary_free(&merged);
	return result;
}

static int merge_files(const struct merge_command *command)
{
	struct merge *merge = merge_new(command->by, command->by_group);
	int result;

	if (!merge)
		return fail("out of memory");
	result = add_files(merge, command);
	if (!result)
		result = finish(merge, command);
	merge_free(merge);
	return result;
}

int command_merge(int argc, char **argv)
{
	struct merge_command command = { .by = SUMMARY_BY_TASK };
	int result = EXIT_FAILED;

	if (!options_parse(&argp, argc, argv, &command))
		result = merge_files(&command);
	free(command.files);
	return result;
}
