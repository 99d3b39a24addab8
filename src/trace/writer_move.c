// SPDX-License-Identifier: GPL-2.0-only
/*
 * A trace goes on in another file, under another description. Chunks are numbered, and indexed by
 * where they lie, from the file's beginning: the description is one chunk there as here, and the
 * index is shifted.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "trace/writer_internal.h"

#define PIECE (256u << 10)

static int copy_segments(struct output_file *out, const char *path, uint64_t from)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint8_t *piece = malloc(PIECE);
	int err = fd < 0 ? -errno : piece ? 0 : -ENOMEM;
	ssize_t n = 1;

	while (!err && n > 0) {
		n = pread(fd, piece, PIECE, (off_t)from);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n < 0)
			err = -errno;
		else
			err = output_file_put(out, piece, n), from += n;
	}
	free(piece);
	if (fd >= 0)
		close(fd);
	return err;
}

static void shift_index(struct trace_index *index, uint64_t from, uint64_t to)
{
	for (uint32_t i = 0; i < index->count; i++)
		index->entries[i].offset += to - from;
}

/* Everything so far into w->out, which is new. */
static int write_again(struct trace_writer *w, const char *draft, const struct trace_meta *meta)
{
	uint64_t from = w->segments_at;
	uint32_t chunks = w->chunks;
	int err;

	w->chunks = 0;
	err = writer_put_start(w, meta);
	if (err)
		return err;
	w->chunks = chunks;
	shift_index(&w->index, from, w->segments_at);
	return copy_segments(&w->out, draft, from);
}

int trace_writer_move(struct trace_writer *w, const char *path, const struct trace_meta *meta,
		      unsigned int flags)
{
	struct output_file out, draft = w->out;
	char *draft_path = w->path, *new_path;
	int err = w->error;

	if (!err && meta->cpu_count > w->cpu_count)
		err = -EINVAL;
	if (!err && w->count)
		err = w->error = writer_put_segment(w);
	if (err)
		return err;
	new_path = strdup(path);
	err = new_path ? output_file_open(&out, new_path, flags & TRACE_WRITER_REPLACE) : -ENOMEM;
	if (err) {
		free(new_path);
		return err;
	}
	w->out = out;
	w->path = new_path;
	w->cpu_count = w->limits.cpu_count = meta->cpu_count;
	w->error = write_again(w, draft_path, meta);
	output_file_close(&draft, true);
	free(draft_path);
	return w->error;
}
