// SPDX-License-Identifier: GPL-2.0-only
/* interloper import: what another tracer recorded, as a trace file. */
#include <string.h>
#include <unistd.h>

#include "commands/commands.h"
#include "commands/imported.h"
#include "commands/options.h"

#define FILE_DEFAULT "trace.ilt"

struct import_options {
	struct recording_options recording;
	const char *file, *host_file;
};

enum { KEY_HOST = 0x200 };

static const struct argp_option argp_options[] = {
	{ "host", KEY_HOST, "FILE", 0,
	  "the machine's facts, as scripts/host-snapshot took them there", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct import_options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->recording;
		return 0;
	case KEY_HOST:
		options->host_file = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (options->file)
			return options_refuse(state, "%s: one recording at a time", arg);
		options->file = arg;
		return 0;
	case ARGP_KEY_END:
		if (!options->file)
			return options_refuse(state, "no recording: name one (perf sched record "
						     "makes it), or - for stdin");
		if (options->host_file && !strcmp(options->host_file, "-") &&
		    !strcmp(options->file, "-"))
			return options_refuse(state, "--host -: stdin is the recording already");
		if (!strcmp(options->recording.file, "-") && isatty(STDOUT_FILENO))
			return options_refuse(state,
					      "-o -: stdout is a terminal: pipe it somewhere");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &recording_argp, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.args_doc = "RECORDING",
	.doc = "Makes a trace file (" FILE_DEFAULT "; -o - is stdout) of what perf or trace-cmd "
	       "recorded: perf.data, trace.dat, the text of perf script."
	       "\vFor kernels that cannot run us. Every reading command takes a perf.data or "
	       "trace.dat itself, "
	       "too. What such a recording does not tell is unknown in every report. "
	       "docs/import.md says how to "
	       "record, and what is lost.\n\n"
	       "  perf sched record -a -o perf.data sleep 10      on that machine, as root\n"
	       "  sh host-snapshot -o host.tar                    likewise: its CPUs, masks, KSM\n"
	       "  interloper import perf.data --host host.tar -o trace.ilt\n",
	.children = children,
};

int command_import(int argc, char **argv)
{
	struct import_options options = { .recording.file = FILE_DEFAULT };
	struct imported imported;
	const char *name;
	int result = EXIT_FAILED;

	if (!options_parse(&argp, argc, argv, &options))
		result = imported_write(&imported, options.file, options.host_file,
					&options.recording);
	name = options.file && !strcmp(options.file, "-") ? "stdin" : options.file;
	if (!result && imported.odd[0])
		fail("%s: %s", name, imported.odd);
	/* What could be read is in the file; that it is not all is not a success. */
	if (!result && imported.cut[0])
		result = fail("%s: %s", name, imported.cut);
	return result;
}
