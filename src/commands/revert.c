// SPDX-License-Identifier: GPL-2.0-only
/* interloper revert: takes back what was applied. */
#include <errno.h>
#include <unistd.h>

#include "commands/commands.h"
#include "commands/gather.h"
#include "commands/options.h"
#include "host/revert.h"
#include "output/report_revert.h"

struct revert_command {
	struct revert_options options;
	bool json;
};

enum { KEY_JSON = 0x200, KEY_FORCE, KEY_DRY_RUN, KEY_STATE };

static const struct argp_option argp_options[] = {
	{ "dry-run", KEY_DRY_RUN, NULL, 0, "only tell what would be restored", 0 },
	{ "force", KEY_FORCE, NULL, 0, "restore what somebody else has changed since, too", 0 },
	{ "json", KEY_JSON, NULL, 0, "one JSON object", 0 },
	{ "state-dir", KEY_STATE, "DIR", 0,
	  "the folder with the journal of changes (default: " JOURNAL_FOLDER ")", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct revert_command *command = state->input;

	switch (key) {
	case KEY_JSON:
		command->json = true;
		return 0;
	case KEY_FORCE:
		command->options.force = true;
		return 0;
	case KEY_DRY_RUN:
		command->options.dry_run = true;
		return 0;
	case KEY_STATE:
		command->options.folder = arg;
		return 0;
	case ARGP_KEY_ARG:
		return options_refuse(state, "%s: it takes no argument", arg);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.doc = "Takes back every change that was applied: the values of before the first one, also "
	       "after a crash in the midst of it."
	       "\vWhat somebody else has changed since is left as it is, and told. A task that is "
	       "gone is told, too; it is known by its start time, so that another one with its id "
	       "is not touched. After a reboot nothing is left to restore. "
	       "The exit code is 1 if something could not be restored, or was left.\n\n"
	       "  sudo interloper revert\n",
};

static int report(const struct output *out, const struct revert_result *result, bool dry_run)
{
	if (out->json)
		return print_json(out, report_revert_json(result, dry_run));
	if (report_revert(out, result, dry_run))
		return fail("out of memory");
	return finish_output(out);
}

int command_revert(int argc, char **argv)
{
	struct revert_command command = { .options.root = "" };
	struct revert_result result;
	struct output out;
	int err, code;

	if (options_parse(&argp, argc, argv, &command))
		return EXIT_FAILED;
	out = output_stdout(command.json);
	err = revert_changes(&command.options, &result);
	/* What was done is told, whatever became of the journal. */
	code = err && !result.count ? EXIT_FAILED : report(&out, &result, command.options.dry_run);
	if (err)
		code = fail("%s%s", result.why, options_as_root(err));
	else if (result.left)
		code = EXIT_FAILED;
	revert_result_free(&result);
	return code;
}
