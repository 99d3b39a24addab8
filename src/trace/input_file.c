// SPDX-License-Identifier: GPL-2.0-only
/* The reader's input: see input_file.h. */
#include "trace/input_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_SIZE (256u << 10)

static int probe(struct input_file *in)
{
	struct stat st;

	if (fstat(in->fd, &st))
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode))
		return 0;
	in->base = lseek(in->fd, 0, SEEK_CUR);
	if (in->base < 0)
		return 0;
	in->seekable = true;
	in->size = st.st_size > in->base ? st.st_size - in->base : 0;
	return 0;
}

int input_file_open(struct input_file *in, const char *path)
{
	int err;

	memset(in, 0, sizeof(*in));
	in->fd = STDIN_FILENO;
	if (strcmp(path, "-")) {
		in->fd = open(path, O_RDONLY | O_CLOEXEC);
		if (in->fd < 0)
			return -errno;
		in->owned = true;
	}
	err = probe(in);
	if (!err) {
		in->buffer = malloc(BUFFER_SIZE);
		if (in->buffer)
			return 0;
		err = -ENOMEM;
	}
	input_file_close(in);
	return err;
}

void input_file_close(struct input_file *in)
{
	if (in->owned)
		close(in->fd);
	free(in->buffer);
}

/* read() that only ends short at the end of the input. */
static ssize_t read_all(struct input_file *in, uint8_t *data, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = read(in->fd, data + done, size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		done += n;
	}
	return done;
}

static size_t take_buffered(struct input_file *in, uint8_t *data, size_t size)
{
	size_t n = size < in->len ? size : in->len;

	if (data)
		memcpy(data, in->buffer + in->head, n);
	in->head += n;
	in->len -= n;
	in->offset += n;
	return n;
}

/* One read(): a pipe's reader must not wait for more than it was asked for. */
static ssize_t refill(struct input_file *in)
{
	ssize_t n;

	do
		n = read(in->fd, in->buffer, BUFFER_SIZE);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	in->head = 0;
	in->len = n;
	return n;
}

ssize_t input_file_read(struct input_file *in, void *data, size_t size)
{
	size_t done = take_buffered(in, data, size);
	ssize_t n;

	if (size - done >= BUFFER_SIZE) {
		n = read_all(in, (uint8_t *)data + done, size - done);
		if (n < 0)
			return n;
		in->offset += n;
		return done + n;
	}
	while (done < size) {
		n = refill(in);
		if (n < 0)
			return n;
		if (!n)
			break;
		done += take_buffered(in, (uint8_t *)data + done, size - done);
	}
	return done;
}

int input_file_seek(struct input_file *in, uint64_t offset)
{
	if (offset > in->size)
		return -ENODATA;
	if (lseek(in->fd, in->base + (off_t)offset, SEEK_SET) < 0)
		return -errno;
	in->offset = offset;
	in->head = in->len = 0;
	return 0;
}

int input_file_skip(struct input_file *in, uint64_t size)
{
	size -= take_buffered(in, NULL, size < in->len ? size : in->len);
	if (size && in->seekable)
		return size > in->size || in->offset > in->size - size
			       ? -ENODATA
			       : input_file_seek(in, in->offset + size);
	while (size) {
		ssize_t n = refill(in);

		if (n <= 0)
			return n ? n : -ENODATA;
		size -= take_buffered(in, NULL, size < in->len ? size : in->len);
	}
	return 0;
}
