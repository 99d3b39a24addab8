// SPDX-License-Identifier: GPL-2.0-only
/* The trace file of a live session: see recording.h. */
#include "commands/recording.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "commands/commands.h"
#include "commands/options.h"
#include "output/output.h"

int recording_open(struct recording *recording, const char *path, bool force,
		   const struct trace_meta *meta)
{
	int err;

	recording->writer = NULL;
	recording->path = path;
	if (!path)
		return 0;
	err = trace_writer_open(&recording->writer, path, meta, force ? TRACE_WRITER_REPLACE : 0);
	if (err == -EEXIST)
		return fail("-o %s: it exists: choose another name, or --force to replace it",
			    path);
	if (err)
		return fail("-o %s: cannot write it: %s", path, strerror(-err));
	return 0;
}

int recording_close(struct recording *recording, const struct trace_meta *meta, int err)
{
	char bytes[COUNT_MAX], slices[COUNT_MAX], lost[COUNT_MAX];
	int close_err;

	if (!recording->writer)
		return 0;
	format_bytes(bytes, trace_writer_bytes(recording->writer));
	format_count(slices, trace_writer_slices(recording->writer));
	close_err = trace_writer_close(recording->writer, err ? NULL : meta);
	recording->writer = NULL;
	if (!err)
		err = close_err;
	if (err)
		return fail("-o %s: %s after %s (%s slices): the file is incomplete, but readable "
			    "so far",
			    recording->path, strerror(-err), bytes, slices);
	fprintf(stderr, "interloper: %s: %s slices, %s; %s lost\n", recording->path, slices, bytes,
		format_count(lost, trace_meta_lost(meta)));
	return 0;
}
