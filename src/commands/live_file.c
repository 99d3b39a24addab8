// SPDX-License-Identifier: GPL-2.0-only
/* A live session into a file that nobody keeps: see live_file.h. */
#include "commands/live_file.h"

#include <stdlib.h>
#include <unistd.h>

#include "commands/commands.h"
#include "commands/gather.h"
#include "commands/options.h"
#include "commands/recording.h"

static int record(struct live *live, const char *path)
{
	const struct recording_options options = { .file = path, .force = true, .quiet = true };
	struct output out = output_stdout(false);
	struct recording recording = {};
	struct gather gather;
	int err, result;

	if (gather_init(&gather, &out))
		return fail("out of memory");
	result = recording_open(&recording, &options, live_meta(live));
	if (!result) {
		gather.writer = recording.writer;
		err = live_run(live, &gather.sink);
		result = recording_close(&recording, live_meta(live), err);
		result = result || err ? EXIT_FAILED : 0;
	}
	gather_free(&gather);
	return result;
}

int live_file_record(char **path, int *verdict, const char *what,
		     const struct live_options *options, int argc, char **argv)
{
	struct capture_options capture = { .record = true };
	struct live *live;
	int fd, result = EXIT_FAILED;

	*path = recording_temporary(what, &fd);
	if (!*path)
		return EXIT_FAILED;
	close(fd);
	live = live_open(options, capture, argc, argv);
	if (live)
		result = record(live, *path);
	if (!result)
		*verdict = live_verdict(live);
	live_close(live);
	if (result) {
		live_file_remove(*path);
		*path = NULL;
	}
	return result;
}

void live_file_remove(char *path)
{
	if (path)
		unlink(path);
	free(path);
}
