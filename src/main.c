// SPDX-License-Identifier: GPL-2.0-only
/* interloper: the table of commands, nothing else. */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/commands.h"

const char *argp_program_version = "interloper " INTERLOPER_VERSION;

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *what;
} commands[] = {
	{ "trace", command_trace, "trace live, then report: who ran, who waited, for whom" },
	{ "record", command_record, "trace live into a file" },
	{ "timehist", command_timehist, "a file's slices, one a row, in perf's layout" },
	{ "summary", command_summary, "a file's totals and percentiles, per task and per CPU" },
	{ "hist", command_hist, "distributions of run and delay, live in the kernel or of a file" },
	{ "blame", command_blame, "who waited, and whose slices filled the time" },
	{ "advise", command_advise, "what to do about it; with --apply, do it" },
	{ "check", command_check, "whether files keep limits, and got worse: for CI" },
	{ "diff", command_diff, "two files side by side: what changed, and whether by chance" },
	{ "merge", command_merge, "summaries of many files, of whatever hosts, added up" },
	{ "wakeups", command_wakeups, "where wakeups put their tasks, why, and what it cost" },
	{ "export", command_export, "a file as CSV, JSON or HdrHistogram's text, for other tools" },
	{ "serve", command_serve, "count for as long as it runs, and serve metrics to Prometheus" },
	{ "import", command_import, "what perf or trace-cmd recorded, as a trace file" },
	{ "info", command_info, "what a file holds: host, time, CPUs, losses" },
	{ "explain", command_explain,
	  "what a CPU is to the scheduler, what could put a task there" },
	{ "revert", command_revert, "take back what was applied to this machine" },
	{ "doctor", command_doctor, "whether this machine can be traced, and what it offers" },
};

static void usage(FILE *out)
{
	fputs("usage: interloper COMMAND [OPTION...]\n\n"
	      "Names the task that took your CPU, the wakeup that put it there, and what it "
	      "cost.\n\n",
	      out);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].what);
	fputs("\nsudo interloper trace -C 43 -d 10    what runs on CPU 43, and why it waits there\n"
	      "interloper COMMAND --help            a command's options\n",
	      out);
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;

	if (!name) {
		usage(stderr);
		return 1;
	}
	if (!strcmp(name, "help") && argc == 3) {
		/* "help trace" is "trace --help". */
		argv[1] = argv[2];
		argv[2] = "--help";
		return main(argc, argv);
	}
	if (!strcmp(name, "--help") || !strcmp(name, "-h") || !strcmp(name, "help")) {
		usage(stdout);
		return 0;
	}
	if (!strcmp(name, "--version") || !strcmp(name, "-V")) {
		puts(argp_program_version);
		return 0;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(name, commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	fprintf(stderr, "interloper: no command \"%s\": \"interloper --help\" lists them\n", name);
	return 1;
}
