/* SPDX-License-Identifier: GPL-2.0-only */
/* The trace file of a live session: -o FILE and what becomes of it. */
#ifndef INTERLOPER_RECORDING_H
#define INTERLOPER_RECORDING_H

#include <argp.h>
#include <stdbool.h>
#include "event/meta.h"
#include "trace/writer.h"

/* -o FILE, --force: a child parser whose input is a struct recording_options. */
struct recording_options {
	const char *file; /* NULL: none */
	bool force;	  /* replace it if it exists */
	bool quiet;	  /* set by a command: it is no file of the user's, so nothing is said of it */
};
extern const struct argp recording_argp;

struct recording {
	struct trace_writer *writer; /* NULL: none */
	const char *path;
	bool quiet;
	int path_fd; /* to look at the file without the privilege to reach it; -1: none */
};

/* Opens the file (none: nothing to do). 0, or EXIT_FAILED after a line on stderr. */
int recording_open(struct recording *recording, const struct recording_options *options,
		   const struct trace_meta *meta);

/*
 * The same for a trace of which a draft exists already: it goes on there (trace_writer_move()). The draft is
 * closed whatever happens. options->file must be given.
 */
int recording_take(struct recording *recording, const struct recording_options *options,
		   const struct trace_meta *meta, struct trace_writer *draft);

/*
 * Whether recording_open() would refuse to replace the file: then EXIT_FAILED after its line, else 0. For whoever has
 * long work to do before there is anything to write: reading a recording, or loading BPF.
 */
int recording_check(const struct recording_options *options);

/*
 * Makes an empty file in TMPDIR, or /var/tmp, for a trace that is none of the user's, and opens it for
 * reading as *fd. Its path, to be unlinked and freed; NULL after a line on stderr that begins with what.
 */
char *recording_temporary(const char *what, int *fd);

/*
 * Closes the file: whole, or (failed) as it is, marked incomplete and readable so far. Says on
 * stderr what was written. err: what trace_writer_add() said, or 0. 0 or EXIT_FAILED.
 */
int recording_close(struct recording *recording, const struct trace_meta *meta, int err);

#endif
