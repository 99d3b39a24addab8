// SPDX-License-Identifier: GPL-2.0-only
/*
 * Recordings as trace files: see imported.h. In two steps, as a trace file begins with what is
 * known of a recording only at its end: its start, its CPUs, what it rests on. The first one's file
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
#include "trace/reader.h"

#define EVENTS_A_READ 1024

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
};

static int take(struct event_sink *sink, const struct event *events, int n)
{
	return trace_writer_add(((struct file_sink *)sink)->writer, events, n);
}

/* Any CPU may come yet. */
static int open_draft(struct trace_writer **writer, const char *path)
{
	struct trace_meta meta = {};
	int err = trace_meta_init(&meta, TIMELINE_CPU_MAX);

	if (!err)
		err = trace_writer_open(writer, path, &meta, TRACE_WRITER_REPLACE);
	trace_meta_free(&meta);
	return err;
}

/* All of the recording, or what of it can be read. */
static int read_all(struct imported *imported, struct foreign *foreign, struct timeline *timeline,
		    const char *name)
{
	static const int batch = EVENTS_A_READ;
	struct sched_event *events = calloc(batch, sizeof(*events));
	int n, err = 0;

	if (!events)
		return fail("out of memory");
	while (!err && (n = foreign_next(foreign, events, batch)) > 0)
		err = timeline_add(timeline, events, n);
	free(events);
	if (err)
		return fail("%s: cannot be imported: %s", name, strerror(-err));
	if (n < 0)
		snprintf(imported->cut, sizeof(imported->cut), "%s", foreign_why(foreign));
	return 0;
}

/* Whose it is, as far as it says so, before what it rests on. */
static int tell_machine(struct trace_meta *meta, const struct recording_facts *facts)
{
	char *told;

	if (!facts->hostname && !facts->kernel_release)
		return 0;
	if (asprintf(&told, "%s%s%s%s%s%s: %s", facts->hostname ? "host " : "",
		     facts->hostname ? facts->hostname : "",
		     facts->hostname && facts->kernel_release ? ", " : "",
		     facts->kernel_release ? "Linux " : "",
		     facts->kernel_release ? facts->kernel_release : "",
		     facts->clock ? "" : " (clock not told)", meta->rests_on) < 0)
		return -ENOMEM;
	free(meta->rests_on);
	meta->rests_on = told;
	return 0;
}

/* Reads the snapshot of --host; *join is made of it, and what the trace rests on says so. */
static int add_host(struct trace_meta *meta, struct host_snapshot *host, const char *host_file,
		    struct host_join **join)
{
	char why[SNAPSHOT_TAR_WHY_MAX], *told;

	if (host_snapshot_from_tar(host, host_file, why))
		return fail("--host %s: %s", host_file, why);
	meta->host_json = host_snapshot_to_json(host);
	*join = host_join_new(host);
	if (!meta->host_json || !*join ||
	    asprintf(&told, "%s; masks and task flags are those of the host snapshot",
		     meta->rests_on) < 0)
		return fail("out of memory");
	free(meta->rests_on);
	meta->rests_on = told;
	return 0;
}

/* The first step: the events into the file draft, and what is known of them into meta. */
static int make_draft(struct imported *imported, const char *path, const char *name,
		      const char *draft, struct trace_meta *meta)
{
	struct file_sink sink = { .sink.take = take };
	char why[RECORDING_WHY_MAX];
	struct timeline *timeline = NULL;
	struct foreign *foreign;
	int err, result;

	if (foreign_open(&foreign, path, why))
		return fail("%s: %s", name, why);
	err = open_draft(&sink.writer, draft);
	if (!err && !(timeline = timeline_new(foreign_facts(foreign), &sink.sink)))
		err = -ENOMEM;
	result = err ? fail("%s: cannot keep its slices in %s: %s", name, draft, strerror(-err))
		     : read_all(imported, foreign, timeline, name);
	if (!result) {
		err = timeline_end(timeline, meta);
		if (!err)
			err = tell_machine(meta, foreign_facts(foreign));
		if (err)
			result = fail("%s: cannot be imported: %s", name, strerror(-err));
	}
	err = trace_writer_close(sink.writer, result ? NULL : meta);
	if (!result && err)
		result = fail("%s: cannot keep its slices in %s: %s", name, draft, strerror(-err));
	timeline_free(timeline);
	foreign_close(foreign);
	return result;
}

/* The second step. */
static int copy_events(struct trace_reader *reader, struct host_join *join,
		       struct trace_writer *writer)
{
	struct event_source *source = trace_reader_source(reader);
	struct event *events = calloc(EVENTS_A_READ, sizeof(*events));
	int n = 0, err = events ? 0 : -ENOMEM;

	while (!err && (n = source->read(source, events, EVENTS_A_READ)) > 0) {
		err = join ? host_join_add(join, events, n) : 0;
		if (!err)
			err = trace_writer_add(writer, events, n);
	}
	free(events);
	return err ? err : n;
}

static int write_final(const char *draft, struct host_join *join, const struct trace_meta *meta,
		       const struct recording_options *options)
{
	struct trace_reader *reader;
	struct recording recording;
	char why[256];
	int err, result;

	if (trace_reader_open(&reader, draft, why, sizeof(why)))
		return fail("%s: %s", draft, why);
	result = recording_open(&recording, options, meta);
	if (!result) {
		err = copy_events(reader, join, recording.writer);
		result = recording_close(&recording, meta, err);
	}
	trace_reader_close(reader);
	return result;
}

int imported_write(struct imported *imported, const char *path, const char *host_file,
		   const struct recording_options *options)
{
	const char *name = strcmp(path, "-") ? path : "stdin";
	struct host_snapshot host = {};
	struct host_join *join = NULL;
	struct trace_meta meta = {};
	int fd, result;
	char *draft;

	*imported = (struct imported){};
	draft = recording_temporary(name, &fd);
	if (!draft)
		return EXIT_FAILED;
	close(fd);
	result = make_draft(imported, path, name, draft, &meta);
	if (!result && host_file)
		result = add_host(&meta, &host, host_file, &join);
	if (!result)
		result = write_final(draft, join, &meta, options);
	for (uint32_t cpu = 0; !result && cpu < meta.cpu_count; cpu++)
		imported->slices += meta.cpus[cpu].slices_made;
	unlink(draft);
	free(draft);
	host_join_free(join);
	if (meta.host_json)
		host_snapshot_free(&host);
	trace_meta_free(&meta);
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
