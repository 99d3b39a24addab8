// SPDX-License-Identifier: GPL-2.0-only
/*
 * Recordings as trace files: see imported.h. A trace file begins with what is known of a recording
 * only at its end: its start, its CPUs, what it rests on. So its events go into a draft first, that
 * nobody keeps.
 */
#include "commands/imported.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/commands.h"
#include "commands/options.h"
#include "host/snapshot_tar.h"
#include "import/foreign.h"
#include "import/host_join.h"
#include "import/timeline.h"
#include "trace/writer.h"

bool imported_is(const char *path)
{
	char head[FOREIGN_HEAD];
	ssize_t size = -1;
	int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;

	if (fd >= 0) {
		size = pread(fd, head, sizeof(head), 0);
		close(fd);
	}
	return size > 0 && foreign_is(head, size);
}

struct file_sink {
	struct event_sink sink;
	struct trace_writer *writer;
	struct host_join *join; /* NULL: no host snapshot was given */
};

/* The timeline's events are not ours to change. */
static int take_joined(struct file_sink *file, const struct event *events, int n)
{
	struct event joined[64];
	int err = 0;

	for (int taken = 0; taken < n && !err;) {
		int part = n - taken < 64 ? n - taken : 64;

		memcpy(joined, events + taken, part * sizeof(*joined));
		err = host_join_add(file->join, joined, part);
		if (!err)
			err = trace_writer_add(file->writer, joined, part);
		taken += part;
	}
	return err;
}

static int take(struct event_sink *sink, const struct event *events, int n)
{
	struct file_sink *file = (struct file_sink *)sink;

	return file->join ? take_joined(file, events, n)
			  : trace_writer_add(file->writer, events, n);
}

/* Any CPU may come yet. */
static int open_draft(struct trace_writer **writer, const char *path)
{
	struct trace_meta meta = {};
	int err = trace_meta_init(&meta, TIMELINE_CPU_MAX);

	if (!err)
		err = trace_writer_open(writer, path, &meta,
					TRACE_WRITER_REPLACE | TRACE_WRITER_AT_ONCE);
	trace_meta_free(&meta);
	return err;
}

/* What is read of --host, and what is made of it. */
struct joined_host {
	struct host_snapshot snapshot;
	struct host_join *join; /* NULL: none was given */
};

static int read_host(struct joined_host *host, const char *file)
{
	char why[SNAPSHOT_TAR_WHY_MAX];

	*host = (struct joined_host){};
	if (!file)
		return 0;
	if (host_snapshot_from_tar(&host->snapshot, file, why))
		return fail("--host %s: %s", file, why);
	host->join = host_join_new(&host->snapshot);
	if (host->join)
		return 0;
	host_snapshot_free(&host->snapshot);
	return fail("out of memory");
}

static void free_host(struct joined_host *host)
{
	if (!host->join)
		return;
	host_join_free(host->join);
	host_snapshot_free(&host->snapshot);
}

static int tell_host(struct trace_meta *meta, const struct joined_host *host)
{
	char *told;

	if (!host->join)
		return 0;
	meta->host_json = host_snapshot_to_json(&host->snapshot);
	if (!meta->host_json ||
	    asprintf(&told, "%s; masks and task flags are those of the host snapshot",
		     meta->rests_on) < 0)
		return -ENOMEM;
	free(meta->rests_on);
	meta->rests_on = told;
	return 0;
}

/* The draft's events in their file. Closes the draft's writer. */
static int write_final(struct trace_writer *draft, const struct trace_meta *meta,
		       const struct recording_options *options)
{
	struct recording recording;

	if (recording_take(&recording, options, meta, draft))
		return EXIT_FAILED;
	return recording_close(&recording, meta, 0);
}

/* By way of the file draft. */
static int write_by_draft(struct imported *imported, const char *path, const char *draft,
			  const struct joined_host *host, const struct recording_options *options)
{
	struct file_sink sink = { .sink.take = take, .join = host->join };
	const char *name = strcmp(path, "-") ? path : "stdin";
	struct trace_meta meta = {};
	int err = open_draft(&sink.writer, draft), result;

	if (err)
		return fail("%s: cannot keep its slices in %s: %s", name, draft, strerror(-err));
	result = imported_read(imported, path, &sink.sink, &meta);
	if (!result && tell_host(&meta, host))
		result = fail("out of memory");
	if (result)
		trace_writer_close(sink.writer, NULL);
	else
		result = write_final(sink.writer, &meta, options);
	trace_meta_free(&meta);
	return result;
}

int imported_write(struct imported *imported, const char *path, const char *host_file,
		   const struct recording_options *options)
{
	struct joined_host host;
	char *draft = NULL;
	int fd, result = recording_check(options);

	if (!result)
		result = read_host(&host, host_file);
	if (result)
		return result;
	draft = recording_temporary(strcmp(path, "-") ? path : "stdin", &fd);
	result = draft ? write_by_draft(imported, path, draft, &host, options) : EXIT_FAILED;
	if (draft) {
		close(fd);
		unlink(draft);
	}
	free(draft);
	free_host(&host);
	return result;
}

int imported_copy(struct imported *imported, const char *path, char **copy)
{
	int fd, result;

	*copy = recording_temporary(path, &fd);
	if (!*copy)
		return EXIT_FAILED;
	close(fd);
	result = imported_write(
		imported, path, NULL,
		&(struct recording_options){ .file = *copy, .force = true, .quiet = true });
	if (result) {
		unlink(*copy);
		free(*copy);
		*copy = NULL;
	}
	return result;
}
