// SPDX-License-Identifier: GPL-2.0-only
/* The trace file of a live session: see recording.h. */
#include "commands/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands/commands.h"
#include "commands/options.h"
#include "output/output.h"

enum { KEY_FORCE = 0x300 };

static const struct argp_option recording_argp_options[] = {
	{ "output", 'o', "FILE", 0, "write the trace to FILE", 2 },
	{ "force", KEY_FORCE, NULL, 0, "replace FILE if it exists", 2 },
	{ 0 }
};

static error_t parse_recording(int key, char *arg, struct argp_state *state)
{
	struct recording_options *options = state->input;

	switch (key) {
	case 'o':
		options->file = arg;
		return 0;
	case KEY_FORCE:
		options->force = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp recording_argp = { .options = recording_argp_options, .parser = parse_recording };

static void recording_init(struct recording *recording, const struct recording_options *options)
{
	recording->writer = NULL;
	recording->path = options->file;
	recording->quiet = options->quiet;
	recording->path_fd = -1;
}

static int refuse_existing(const char *path)
{
	return fail("-o %s: it exists: choose another name, or --force to replace it", path);
}

/* Of a file that was opened, or was not: err. */
static int recording_opened(struct recording *recording, int err)
{
	const char *path = recording->path;

	if (err == -EEXIST)
		return refuse_existing(path);
	if (err)
		return fail("-o %s: cannot write it: %s", path, strerror(-err));
	recording->path_fd = open(path, O_PATH | O_CLOEXEC);
	return 0;
}

static unsigned int writer_flags(const struct recording_options *options)
{
	return options->force ? TRACE_WRITER_REPLACE : 0;
}

int recording_check(const struct recording_options *options)
{
	struct stat info;

	if (options->force || !options->file || !strcmp(options->file, "-") ||
	    stat(options->file, &info))
		return 0;
	return S_ISREG(info.st_mode) ? refuse_existing(options->file) : 0;
}

int recording_open(struct recording *recording, const struct recording_options *options,
		   const struct trace_meta *meta)
{
	recording_init(recording, options);
	if (!options->file)
		return 0;
	return recording_opened(recording, trace_writer_open(&recording->writer, options->file,
							     meta, writer_flags(options)));
}

int recording_take(struct recording *recording, const struct recording_options *options,
		   const struct trace_meta *meta, struct trace_writer *draft)
{
	int err = trace_writer_move(draft, options->file, meta, writer_flags(options));

	recording_init(recording, options);
	if (err)
		trace_writer_close(draft, NULL);
	else
		recording->writer = draft;
	return recording_opened(recording, err);
}

char *recording_temporary(const char *what, int *fd)
{
	const char *folder = getenv("TMPDIR");
	char *path;

	if (asprintf(&path, "%s/interloper-XXXXXX", folder ? folder : "/var/tmp") < 0) {
		fail("out of memory");
		return NULL;
	}
	*fd = mkstemp(path);
	if (*fd >= 0)
		return path;
	fail("%s: cannot keep the slices in %s: %s", what, path, strerror(errno));
	free(path);
	return NULL;
}

/* The file's size once it is closed; of a pipe, what had been written before its end. */
static uint64_t final_bytes(const struct recording *recording, uint64_t written)
{
	struct stat info;

	if (!fstat(recording->path_fd, &info) && S_ISREG(info.st_mode))
		return info.st_size;
	return written;
}

int recording_close(struct recording *recording, const struct trace_meta *meta, int err)
{
	char bytes[COUNT_MAX], slices[COUNT_MAX], lost[COUNT_MAX];
	uint64_t written;
	int close_err;

	if (!recording->writer)
		return 0;
	written = trace_writer_bytes(recording->writer);
	format_count(slices, trace_writer_slices(recording->writer));
	close_err = trace_writer_close(recording->writer, err ? NULL : meta);
	recording->writer = NULL;
	format_bytes(bytes, final_bytes(recording, written));
	if (recording->path_fd >= 0)
		close(recording->path_fd);
	if (!err)
		err = close_err;
	if (err)
		return fail("-o %s: %s after %s slices: the file (%s) is incomplete, what is whole "
			    "in it "
			    "is readable",
			    recording->path, strerror(-err), slices, bytes);
	if (recording->quiet)
		return 0;
	fprintf(stderr, "interloper: %s: %s slices, %s; %s lost\n", recording->path, slices, bytes,
		format_count(lost, trace_meta_lost(meta)));
	return 0;
}
