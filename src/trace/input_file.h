/* SPDX-License-Identifier: GPL-2.0-only */
/* The reader's input: a file, a pipe or stdin, read in large pieces and skipped where it can be. */
#ifndef INTERLOPER_TRACE_INPUT_FILE_H
#define INTERLOPER_TRACE_INPUT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct input_file {
	int fd;
	bool owned;
	bool seekable;
	off_t base;	 /* where the trace begins in a file given as stdin */
	uint64_t size;	 /* of the trace, if seekable */
	uint64_t offset; /* of the next byte to take, from the trace's start */
	uint8_t *buffer;
	size_t head, len; /* the buffer's unread bytes */
};

/* 0 or a negative errno, with nothing to close. "-" is stdin. */
int input_file_open(struct input_file *in, const char *path);
void input_file_close(struct input_file *in);

/* Takes size bytes, fewer only at the end: returns how many, or a negative errno. */
ssize_t input_file_read(struct input_file *in, void *data, size_t size);

/* Passes over size bytes: 0, -ENODATA if the file ends before, or another negative errno. */
int input_file_skip(struct input_file *in, uint64_t size);

/* Continues at offset; seekable inputs only. */
int input_file_seek(struct input_file *in, uint64_t offset);

#endif
