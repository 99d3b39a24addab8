/* SPDX-License-Identifier: GPL-2.0-only */
/* The bytes of a perf.data: a file that is read at its places, or a pipe that is read once. */
#ifndef INTERLOPER_PERF_INPUT_H
#define INTERLOPER_PERF_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct perf_input {
	int fd;
	bool owned, seekable;
	off_t base;	 /* where it begins in a file given as stdin */
	uint64_t size;	 /* if seekable */
	uint64_t offset; /* of the next byte to read in turn */
	uint64_t end;	 /* no byte is read in turn from here on */
	/* What of a pipe somebody has read already, and how much of that was read in turn. */
	const void *head;
	size_t head_size, head_at;
};

/* 0 or a negative errno, with nothing to close. "-" is stdin. */
int perf_input_open(struct perf_input *in, const char *path);
void perf_input_close(struct perf_input *in);

/* The next bytes, at least one unless it is the end: how many, or a negative errno. */
ssize_t perf_input_read(struct perf_input *in, void *data, size_t size);

/* Passes over bytes: 0, -ENODATA if there are not so many, or another negative errno. */
int perf_input_skip(struct perf_input *in, uint64_t size);

/*
 * size bytes at offset, of a seekable input: 0, -ENODATA if it has not so many, another negative
 * errno.
 */
int perf_input_at(struct perf_input *in, uint64_t offset, void *data, size_t size);

#endif
