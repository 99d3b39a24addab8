/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The writer's output: a new file, an existing one that may be replaced, a pipe or stdout. Buffers
 * small pieces, writes large ones through, and never gives up on a short write.
 */
#ifndef INTERLOPER_TRACE_OUTPUT_FILE_H
#define INTERLOPER_TRACE_OUTPUT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct output_file {
	int fd;
	bool owned;    /* opened here, not stdout */
	bool created;  /* did not exist before */
	bool seekable; /* the header can be rewritten */
	off_t base;    /* where the trace begins in a file given as stdout */
	const char *path;
	uint64_t bytes; /* put so far, buffered ones included */
	uint8_t *buffer;
	size_t used;
};

/* Opens path ("-": stdout), which must outlive it. -EEXIST for an existing regular file unless
 * replace; any errno of open; -ENOMEM. Leaves nothing to close on failure. */
int output_file_open(struct output_file *out, const char *path, bool replace);

int output_file_put(struct output_file *out, const void *data, size_t size);
int output_file_flush(struct output_file *out);

/* Rewrites bytes at the start of the trace, if the output can seek. */
int output_file_patch(struct output_file *out, const void *data, size_t size);

/* Drops what is still buffered. With forget, also removes the file if it was created here. */
int output_file_close(struct output_file *out, bool forget);

#endif
