// SPDX-License-Identifier: GPL-2.0-only
/*
 * Advice as a shell script: see report_advice.h. What is in it comes from a trace, which may be of
 * anybody: comments are cleaned, and what is run is only what a change may be (a file below /proc
 * or /sys, a task's id, a list of CPUs, a word or a number), in single quotes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "output/report_advice.h"

/* Comments: the text cannot end its line, as cleaning leaves no control characters. */
static int put_comment(const struct output *out, const char *before, const char *text)
{
	char *copy = text ? strdup(text) : NULL;

	if (text && !copy)
		return -ENOMEM;
	if (copy) {
		text_clean(copy);
		fprintf(out->file, *copy ? "# %s%s\n" : "#\n", before, copy);
	}
	free(copy);
	return 0;
}

/* A task may be gone, and its id another's: its start time is its name. */
static void put_change(const struct output *out, const struct change *change, bool undo)
{
	const char *value = undo ? change->from : change->to;

	if (change->kind == CHANGE_FILE)
		fprintf(out->file, "\tset_file '%s' '%s'\n", change->path, value);
	else
		fprintf(out->file, "\tset_cpus %u %llu '%s'\n", change->tid,
			(unsigned long long)change->start_ticks, value);
}

static int put_steps(const struct output *out, const struct advice *advice)
{
	int err = 0;

	for (uint32_t i = 0; i < advice->step_count && !err; i++) {
		const struct advice_step *step = &advice->steps[i];

		if (step->kind == STEP_COMMAND)
			err = put_comment(out, "by hand: ", step->text);
		else if (step->kind == STEP_NOTE)
			err = put_comment(out, "note: ", step->text);
	}
	return err;
}

static int put_persistent(const struct output *out, const struct advice *advice)
{
	for (uint32_t i = 0; i < advice->step_count; i++) {
		const struct advice_step *step = &advice->steps[i];
		char *text, *rest;

		if (step->kind != STEP_PERSIST)
			continue;
		if (put_comment(out, "to keep it over a reboot, in ", step->file))
			return -ENOMEM;
		text = rest = strdup(step->text);
		if (!text)
			return -ENOMEM;
		for (char *line; (line = strsep(&rest, "\n"));)
			if (rest || *line)
				put_comment(out, "    ", line);
		free(text);
	}
	return 0;
}

static int put_advice(const struct output *out, const struct advice *advice)
{
	int err;

	fputc('\n', out->file);
	if ((err = put_comment(out, "", advice->title)) ||
	    (err = put_comment(out, "seen: ", advice->seen)) ||
	    (err = put_comment(out, "why: ", advice->why)) ||
	    (err = put_comment(out, "then: ", advice->predicted)) || (err = put_steps(out, advice)))
		return err;
	return put_persistent(out, advice);
}

/* In a script only what means nothing to a shell. */
static bool is_plain(const char *text)
{
	return !text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				  "/:,.-_")];
}

static bool is_safe(const struct change *change)
{
	return change_is_valid(change, change->to) && change_is_valid(change, change->from) &&
	       (!change->path || is_plain(change->path)) && is_plain(change->to) &&
	       is_plain(change->from);
}

static void put_functions(const struct output *out, const struct advice_list *list, bool undo)
{
	bool any = false;

	fprintf(out->file, "\n%s() {\n", undo ? "undo" : "apply");
	for (uint32_t n = 0; n < list->count; n++) {
		const struct advice *advice = &list->list[undo ? list->count - 1 - n : n];

		for (uint32_t i = 0; i < advice->change_count; i++) {
			uint32_t at = undo ? advice->change_count - 1 - i : i;

			if (!is_safe(&advice->changes[at]))
				continue;
			put_change(out, &advice->changes[at], undo);
			any = true;
		}
	}
	fprintf(out->file, "%s}\n", any ? "" : "\t: # nothing\n");
}

static const char tools[] =
	"\nset_file() { # set_file PATH VALUE\n"
	"\techo \"$1: $2\"\n"
	"\techo \"$2\" >\"$1\"\n"
	"}\n"
	"\n"
	"# Field 22 of its stat is when it began: a task that is gone is not its successor.\n"
	"set_cpus() { # set_cpus TID START CPUS\n"
	"\tif ! stat=$(cat \"/proc/$1/stat\" 2>/dev/null); then\n"
	"\t\techo \"task $1 is gone\" >&2\n"
	"\t\treturn 0\n"
	"\tfi\n"
	"\tstart=$(echo \"${stat##*) }\" | cut -d ' ' -f 20)\n"
	"\tif [ \"$start\" != \"$2\" ]; then\n"
	"\t\techo \"task $1 is another one now\" >&2\n"
	"\t\treturn 0\n"
	"\tfi\n"
	"\ttaskset -pc \"$3\" \"$1\"\n"
	"}\n";

int report_advice_script(const struct output *out, const struct advice_list *list, const char *what)
{
	int err;

	fputs("#!/bin/sh\n", out->file);
	err = put_comment(out, "Made by interloper advise ", what);
	fputs("# Read it before you run it. \"undo\" as argument takes everything back.\n"
	      "set -eu\n",
	      out->file);
	for (uint32_t i = 0; i < list->count && !err; i++)
		err = put_advice(out, &list->list[i]);
	if (err)
		return err;
	fputs(tools, out->file);
	put_functions(out, list, false);
	put_functions(out, list, true);
	fputs("\ncase ${1:-apply} in\n"
	      "apply) apply ;;\n"
	      "undo) undo ;;\n"
	      "*)\n"
	      "\techo \"usage: $0 [apply | undo]\" >&2\n"
	      "\texit 1\n"
	      "\t;;\n"
	      "esac\n",
	      out->file);
	return 0;
}
