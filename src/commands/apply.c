// SPDX-License-Identifier: GPL-2.0-only
/* The changes that advice proposes, asked for and made: see apply.h. */
#include "commands/apply.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/commands.h"
#include "commands/options.h"
#include "host/apply.h"
#include "output/output.h"

/* Views into the list: what they hold is the list's. */
struct planned {
	struct change *changes;
	uint32_t count;
};

static bool is_planned(const struct planned *planned, const struct change *change)
{
	for (uint32_t i = 0; i < planned->count; i++)
		if (change_same_target(&planned->changes[i], change) &&
		    change_same(change->value, planned->changes[i].to, change->to))
			return true;
	return false;
}

/* Two pieces of advice may ask for the same change: it is printed, counted and made once. */
static int plan(struct planned *planned, const struct advice_list *list)
{
	size_t count = 0;

	for (uint32_t i = 0; i < list->count; i++)
		count += list->list[i].change_count;
	planned->count = 0;
	planned->changes = calloc(count + 1, sizeof(*planned->changes));
	if (!planned->changes)
		return fail("out of memory");
	for (uint32_t i = 0; i < list->count; i++)
		for (uint32_t j = 0; j < list->list[i].change_count; j++)
			if (!is_planned(planned, &list->list[i].changes[j]))
				planned->changes[planned->count++] = list->list[i].changes[j];
	return 0;
}

/* Paths are of this machine, but a name in a terminal is a name in a terminal. */
static int print_commands(const struct planned *planned, FILE *out)
{
	for (uint32_t i = 0; i < planned->count; i++) {
		char *command = change_command(&planned->changes[i]);

		if (!command)
			return fail("out of memory");
		text_clean(command);
		fprintf(out, "  %s\n", command);
		free(command);
	}
	return 0;
}

/* Only "y" and "yes" are one. */
static bool says_yes(void)
{
	char *line = NULL;
	size_t size = 0;
	bool yes;

	if (getline(&line, &size, stdin) >= 0)
		line[strcspn(line, "\n")] = '\0';
	yes = line && (!strcasecmp(line, "y") || !strcasecmp(line, "yes"));
	free(line);
	return yes;
}

static int ask(uint32_t count, FILE *out)
{
	if (!isatty(STDIN_FILENO))
		return fail("nothing was changed: there is no terminal to ask on; --yes applies "
			    "without asking");
	fprintf(out, "Apply %s %u change%s? [y/N] ", count == 1 ? "this" : "these", count,
		count == 1 ? "" : "s");
	fflush(out);
	return says_yes() ? 0 : fail("nothing was changed");
}

static int make(const struct planned *planned, const struct apply_request *request, FILE *out)
{
	const struct apply_options options = { .root = "", .folder = request->state };
	struct apply_result result = {};
	int err = apply_changes(planned->changes, planned->count, &options, &result);

	if (!err) {
		fprintf(out, "%u change%s applied; to undo: interloper revert%s%s\n",
			planned->count, planned->count == 1 ? "" : "s",
			request->state ? " --state-dir " : "",
			request->state ? request->state : "");
		return EXIT_DONE;
	}
	text_clean(result.why);
	if (result.left)
		return fail("%s; %u change%s could not be rolled back: \"interloper revert%s%s\" "
			    "tells which",
			    result.why, result.left, result.left == 1 ? "" : "s",
			    request->state ? " --state-dir " : "",
			    request->state ? request->state : "");
	return fail("%s; nothing was changed%s", result.why, options_as_root(err));
}

int apply_advice(const struct advice_list *list, const struct apply_request *request, FILE *out)
{
	struct planned planned;
	int code = plan(&planned, list);

	if (!code && !planned.count) {
		fputs("nothing to apply\n", out);
	} else if (!code) {
		fputs("to be changed:\n", out);
		code = print_commands(&planned, out);
		if (!code && !request->yes)
			code = ask(planned.count, out);
		if (!code)
			code = make(&planned, request, out);
	}
	free(planned.changes);
	return code;
}
