/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Another tracer's recording as a trace file: what `import` makes, and what a reading command reads when it is
 * given such a recording itself.
 */
#ifndef INTERLOPER_IMPORTED_H
#define INTERLOPER_IMPORTED_H

#include <stdbool.h>
#include "commands/recording.h"
#include "import/timeline.h"

/* What is odd about it, for a word to the user. */
struct imported {
	char cut[1024]; /* where and why reading ended early, and what else is odd; "": it did not */
	char odd[512];	/* what is odd though it did not; "": nothing */
};

/* Whether the file begins as a perf.data or a trace.dat; false also where it cannot be read. stdin is not
 * looked at. */
bool imported_is(const char *path);

/*
 * Reads path ("-": stdin): its events go to sink, in stream order; meta, to be freed whatever happens, is filled at
 * the end. 0, or EXIT_FAILED after a line on stderr; what could be read of a recording that is cut was given,
 * and *imported says so.
 */
int imported_read(struct imported *imported, const char *path, struct event_sink *sink,
		  struct trace_meta *meta);

/*
 * Reads path ("-": stdin) and writes a trace file as options say; host_file: the tar of
 * scripts/host-snapshot, NULL: none. 0, or EXIT_FAILED after a line on stderr; what could be read of a
 * recording that is cut is written, and *imported says so.
 */
int imported_write(struct imported *imported, const char *path, const char *host_file,
		   const struct recording_options *options);

/* The same into a file that nobody keeps: *copy is to be unlinked and freed. */
int imported_copy(struct imported *imported, const char *path, char **copy);

#endif
