// SPDX-License-Identifier: GPL-2.0-only
/* What to do about it, as text and JSON: see report_advice.h. */
#include "output/report_advice.h"

#include <stdlib.h>
#include <string.h>

#include "output/json.h"
#include "output/line.h"

#define WIDTH	 100
#define INDENT	 3
#define NAME	 7 /* "seen   " */
#define DEEP	 (INDENT + NAME)
#define DO_LINES 12

/* A word and its text, broken at blanks, and everything below itself. It is cleaned in place. */
static void print_wrapped(const struct output *out, const char *name, char *text)
{
	size_t column = DEEP;

	text_clean(text);
	fprintf(out->file, "%*s%-*s", INDENT, "", NAME, name);
	for (char *word = strtok(text, " "); word; word = strtok(NULL, " ")) {
		size_t width = text_width(word);

		if (column > DEEP && column + 1 + width > WIDTH) {
			fprintf(out->file, "\n%*s", DEEP, "");
			column = DEEP;
		}
		column += fprintf(out->file, "%s%s", column > DEEP ? " " : "", word) > 0
				  ? width + (column > DEEP)
				  : 0;
	}
	fputc('\n', out->file);
}

static void print_text(const struct output *out, const char *name, const char *text)
{
	char *copy = text ? strdup(text) : NULL;

	if (copy)
		print_wrapped(out, name, copy);
	free(copy);
}

/* A command must not be broken: it is there to be copied. */
static void print_command(const struct output *out, const char *name, const char *command)
{
	char *copy = command ? strdup(command) : NULL;

	if (copy) {
		text_clean(copy);
		fprintf(out->file, "%*s%-*s%s%s%s\n", INDENT, "", NAME, name,
			out->colour ? COLOUR_BOLD : "", copy, out->colour ? COLOUR_RESET : "");
	}
	free(copy);
}

static void print_more(const struct output *out, uint32_t more)
{
	fprintf(out->file, "%*sand %u more like these (--script has all)\n", DEEP, "", more);
}

static void print_changes(const struct output *out, const struct advice *advice)
{
	uint32_t shown = advice->change_count > DO_LINES ? DO_LINES - 1 : advice->change_count;

	for (uint32_t i = 0; i < shown; i++) {
		char *command = change_command(&advice->changes[i]);

		print_command(out, i ? "" : "do", command);
		free(command);
	}
	if (shown < advice->change_count)
		print_more(out, advice->change_count - shown);
}

static void print_steps(const struct output *out, const struct advice *advice)
{
	bool first = !advice->change_count;

	for (uint32_t i = 0; i < advice->step_count; i++) {
		const struct advice_step *step = &advice->steps[i];

		if (step->kind != STEP_COMMAND)
			continue;
		print_command(out, first ? "do" : "", step->text);
		first = false;
	}
	for (uint32_t i = 0; i < advice->step_count; i++)
		if (advice->steps[i].kind == STEP_NOTE)
			print_text(out, "note", advice->steps[i].text);
}

/* The last change is the first to be taken back. Without changes of ours, undo is a command, too.
 */
static void print_undo(const struct output *out, const struct advice *advice)
{
	uint32_t shown = advice->change_count > DO_LINES ? DO_LINES - 1 : advice->change_count;

	if (!advice->change_count)
		print_command(out, "undo", advice->undo);
	for (uint32_t i = 0; i < shown; i++) {
		char *command = change_undo_command(&advice->changes[advice->change_count - 1 - i]);

		print_command(out, i ? "" : "undo", command);
		free(command);
	}
	if (shown < advice->change_count)
		print_more(out, advice->change_count - shown);
}

static void print_persistent(const struct output *out, const struct advice *advice)
{
	for (uint32_t i = 0; i < advice->step_count; i++) {
		const struct advice_step *step = &advice->steps[i];
		char *text, *rest;

		if (step->kind != STEP_PERSIST)
			continue;
		fprintf(out->file, "%*s%-*sover a reboot, by %s:\n", INDENT, "", NAME, "keep",
			step->file ? step->file : "a file");
		text = rest = step->text ? strdup(step->text) : NULL;
		for (char *line; (line = strsep(&rest, "\n"));) {
			text_clean(line);
			if (*line)
				fprintf(out->file, "%*s  %s\n", DEEP, "", line);
		}
		free(text);
	}
}

static void print_advice(const struct output *out, const struct advice *advice, uint32_t number)
{
	char *title = advice->title ? strdup(advice->title) : NULL;

	if (title)
		text_clean(title);
	fprintf(out->file, "\n%u. %s%s%s (%s; %s)\n", number, out->colour ? COLOUR_BOLD : "",
		title ? title : advice->rule, out->colour ? COLOUR_RESET : "", advice->rule,
		advice_sure_name(advice->sure));
	free(title);
	print_text(out, "seen", advice->seen);
	print_text(out, "why", advice->why);
	print_changes(out, advice);
	print_steps(out, advice);
	print_text(out, "then", advice->predicted);
	print_undo(out, advice);
	print_persistent(out, advice);
	print_text(out, advice_sure_name(advice->sure), advice->sure_why);
}

static uint32_t count_changes(const struct advice_list *list)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < list->count; i++)
		n += list->list[i].change_count;
	return n;
}

static uint32_t count_to_do(const struct advice_list *list)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < list->count; i++)
		n += list->list[i].is_advice;
	return n;
}

static char *first_command(const struct advice *advice)
{
	if (advice->change_count)
		return change_command(&advice->changes[0]);
	for (uint32_t i = 0; i < advice->step_count; i++)
		if (advice->steps[i].kind == STEP_COMMAND)
			return strdup(advice->steps[i].text);
	return NULL;
}

static void print_line(const struct output *out, const struct advice *advice)
{
	char *command = first_command(advice);

	line_print(out, "", "%s%s%s%s", advice->title ? advice->title : advice->rule,
		   command ? ": " : "", command ? command : "",
		   command && advice->change_count > 1 ? ", and more" : "");
	free(command);
}

/* One that would change little takes its title and a command. */
static void print_minor(const struct output *out, const struct advice_list *list)
{
	bool first = true;

	for (uint32_t i = 0; i < list->count; i++) {
		if (!list->list[i].is_minor)
			continue;
		fputs(first ? "\nless than 1 % of it all, each (--all tells more):\n" : "",
		      out->file);
		first = false;
		print_line(out, &list->list[i]);
	}
}

/* What stands between two texts: the first may be a sentence. */
static const char *after(const char *text)
{
	return text && *text && text[strlen(text) - 1] == '.' ? " " : "; ";
}

/* One for which nothing is to be done takes a line, or two. */
static void print_rest(const struct output *out, const struct advice_list *list)
{
	bool first = true;

	for (uint32_t i = 0; i < list->count; i++) {
		const struct advice *advice = &list->list[i];
		char *line = NULL;

		if (advice->is_advice)
			continue;
		fputs(first ? "\nnothing to do:\n" : "", out->file);
		first = false;
		if (asprintf(&line, "%s%s%s%s%s", advice->title ? advice->title : advice->rule,
			     advice->seen ? ": " : "", advice->seen ? advice->seen : "",
			     advice->why ? after(advice->seen) : "",
			     advice->why ? advice->why : "") >= 0)
			print_wrapped(out, "-", line);
		free(line);
	}
}

void report_advice(const struct output *out, const struct advice_list *list, bool all)
{
	uint32_t to_do = count_to_do(list), changes = count_changes(list), number = 0;

	if (!to_do)
		line_print(out, "advice", "nothing was seen that should be changed");
	else
		line_print(out, "advice",
			   "%u thing%s to do, most costly first; nothing was changed%s", to_do,
			   to_do == 1 ? "" : "s",
			   changes ? " (--apply changes what can be taken back by \"interloper "
				     "revert\")"
				   : "");
	for (uint32_t i = 0; i < list->count; i++)
		if (list->list[i].is_advice && (all || !list->list[i].is_minor))
			print_advice(out, &list->list[i], ++number);
	if (!all)
		print_minor(out, list);
	print_rest(out, list);
}

void report_advice_lines(const struct output *out, const struct advice_list *list, uint32_t limit)
{
	uint32_t to_do = count_to_do(list), shown = 0;

	if (!to_do)
		return;
	line_print(out, "what to do", "%u thing%s; why, how and how sure: interloper advise", to_do,
		   to_do == 1 ? "" : "s");
	for (uint32_t i = 0; i < list->count && shown < limit; i++) {
		if (!list->list[i].is_advice || list->list[i].is_minor)
			continue;
		print_line(out, &list->list[i]);
		shown++;
	}
}

static json_t *change_json(const struct change *change)
{
	json_t *object = json_object();
	char *command = change_command(change), *undo = change_undo_command(change);
	bool file = change->kind == CHANGE_FILE;

	json_put(&object, "path", json_text(file ? change->path : NULL));
	json_put(&object, "tid", json_u64_if(!file, change->tid));
	json_put(&object, "comm", json_text(file ? NULL : change->comm));
	json_put(&object, "from", json_text(change->from));
	json_put(&object, "to", json_text(change->to));
	json_put(&object, "command", command ? json_text(command) : NULL);
	json_put(&object, "undo", undo ? json_text(undo) : NULL);
	free(command);
	free(undo);
	return object;
}

static json_t *changes_json(const struct advice *advice)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < advice->change_count; i++)
		json_add(&array, change_json(&advice->changes[i]));
	return array;
}

static json_t *step_json(const struct advice_step *step)
{
	static const char *const kinds[] = { "command", "note", "persist" };
	json_t *object = json_object();
	json_t *lines = json_array();
	char *text = strdup(step->text), *rest = text;

	/* Line by line, as the ends of lines do not survive cleaning. */
	for (char *line; (line = strsep(&rest, "\n"));)
		if (rest || *line)
			json_add(&lines, json_text(line));
	json_put(&object, "kind", json_string(kinds[step->kind]));
	json_put(&object, "file", json_text(step->file));
	json_put(&object, "lines", text ? lines : NULL);
	free(text);
	return object;
}

static json_t *steps_json(const struct advice *advice)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < advice->step_count; i++)
		json_add(&array, step_json(&advice->steps[i]));
	return array;
}

static json_t *advice_json(const struct advice *advice, const struct task_table *tasks)
{
	json_t *object = json_object();

	json_put(&object, "rule", json_string(advice->rule));
	json_put(&object, "title", json_text(advice->title));
	json_put(&object, "task", json_task(tasks, advice->task));
	json_put(&object, "to_do", json_boolean(advice->is_advice));
	json_put(&object, "minor", json_boolean(advice->is_minor));
	json_put(&object, "cost_ns", json_u64(advice->cost_ns));
	json_put(&object, "run_ns", json_u64(advice->run_ns));
	json_put(&object, "seen", json_text(advice->seen));
	json_put(&object, "why", json_text(advice->why));
	json_put(&object, "predicted", json_text(advice->predicted));
	json_put(&object, "undo", json_text(advice->undo));
	json_put(&object, "sure", json_string(advice_sure_name(advice->sure)));
	json_put(&object, "sure_why", json_text(advice->sure_why));
	json_put(&object, "changes", changes_json(advice));
	json_put(&object, "steps", steps_json(advice));
	return object;
}

json_t *report_advice_json(const struct advice_list *list, const struct task_table *tasks)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < list->count; i++)
		json_add(&array, advice_json(&list->list[i], tasks));
	return array;
}
