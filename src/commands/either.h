/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A report made live or of a trace file, by the same options: "FILE | -- COMMAND", -i, --time, --json and
 * all that a live session takes.
 */
#ifndef INTERLOPER_EITHER_H
#define INTERLOPER_EITHER_H

#include <argp.h>
#include "commands/gather.h"
#include "commands/live.h"
#include "commands/recording.h"

struct either_options {
	struct live_options live;
	struct recording_options recording;
	const char *input; /* NULL: live */
	bool json;
	bool reads_all; /* set by the command: of a file it needs what is outside of --time, too */
};

/* Input: a struct either_options. */
extern const struct argp either_argp;
void either_options_free(struct either_options *options);

/* Where a report's stream comes from. */
struct either_source {
	const struct trace_meta *meta;
	const struct host_snapshot *host; /* NULL: not known */
	struct placement_host *placement;
	const char *damage; /* NULL: none; known when everything is read */
	bool live;
	struct filter *filter; /* what is not filtered yet: the command may add to it */
};

/* What a command does: both return 0 or EXIT_FAILED after a line on stderr. */
struct either_job {
	/* Sets gather's analyses, and its filter. Before anything is read. */
	int (*prepare)(void *command, struct gather *gather, const struct either_source *source);
	/* When everything is read. */
	int (*print)(void *command, struct gather *gather, const struct either_source *source);
};

/* Runs a job, which may add to the options' filter. Returns the exit code. argc and argv are kept as a live trace's command line. */
int either_run(struct either_options *options, const struct either_job *job, void *command,
	       int argc, char **argv);

#endif
