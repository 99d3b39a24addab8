/* SPDX-License-Identifier: GPL-2.0-only */
/* A trace file as a command's input: its options, and how it is read through a gather. */
#ifndef INTERLOPER_INPUT_H
#define INTERLOPER_INPUT_H

#include <argp.h>
#include "commands/gather.h"
#include "commands/imported.h"
#include "trace/reader.h"

/* What the child parsers below fill. */
struct input_options {
	struct filter filter;
	const char *file;
};
extern const struct argp file_argp;  /* FILE or -i FILE: one is required */
extern const struct argp input_argp; /* the same, --time, and the filters */

struct input {
	struct trace_reader *reader; /* NULL: a recording that is read as it is */
	const char *recording;	     /* that one */
	struct trace_meta meta;	     /* its own, once it was read */
	struct imported imported;    /* of a recording that was no trace file */
	const struct filter *filter; /* NULL: no time limits, nor CPUs */
	struct host_snapshot host;
	bool has_host;
};

/* Opens path, a trace file or a recording that imported_is(), and, where time limits are set in filter,
 * cuts the stream to them. 0, or EXIT_FAILED after a line on stderr. */
int input_open(struct input *input, const char *path, const struct filter *filter);

/*
 * The same for a command that looks at nothing of it before input_read(), which it calls once: what
 * imported_is() is then read as it is, not by way of a trace file. path and filter must live as long.
 */
int input_open_once(struct input *input, const char *path, const struct filter *filter);
void input_close(struct input *input);

/* Until it is closed. */
const struct trace_meta *input_meta(const struct input *input);

/* After the stream's end: where and why reading ended early, in a line; NULL: it did not. */
const char *input_damage(const struct input *input);

/* Its meta, with the start and end that a report's shares refer to: filter's time, within it. */
struct trace_meta input_window(const struct input *input, const struct filter *filter);

/* Reads all of it into gather. 0 or EXIT_FAILED after a line on stderr. */
int input_read(struct input *input, struct gather *gather);

#endif
