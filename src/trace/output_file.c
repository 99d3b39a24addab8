// SPDX-License-Identifier: GPL-2.0-only
/* The writer's output: see output_file.h. */
#include "trace/output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_SIZE (256u << 10)

/*
 * A file that was truncated, if only from nothing to nothing, is written to the disk when it is
 * closed (ext4's auto_da_alloc), and who removes it then waits for that: 4 ms for a draft of 3 MB.
 */
static int make_empty(int fd, const struct stat *st)
{
	return fchmod(fd, 0600) || (st->st_size && ftruncate(fd, 0)) ? -errno : 0;
}

/* An existing path: a regular file only to replace it; a FIFO or a device is not lost by writing.
 */
static int open_existing(struct output_file *out, bool replace)
{
	struct stat st;
	int err = 0;

	if (stat(out->path, &st))
		return -errno;
	if (!replace && !S_ISFIFO(st.st_mode) && !S_ISCHR(st.st_mode) && !S_ISSOCK(st.st_mode))
		return -EEXIST;
	out->fd = open(out->path, O_WRONLY | O_CLOEXEC);
	if (out->fd < 0)
		return -errno;
	if (fstat(out->fd, &st))
		err = -errno;
	else if (S_ISREG(st.st_mode) && !replace)
		err = -EEXIST;
	else if (S_ISREG(st.st_mode))
		err = make_empty(out->fd, &st);
	if (err)
		close(out->fd);
	return err;
}

static int open_path(struct output_file *out, bool replace)
{
	out->owned = true;
	out->fd = open(out->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (out->fd >= 0) {
		out->created = true;
		return 0;
	}
	return errno == EEXIST ? open_existing(out, replace) : -errno;
}

/* On Linux pwrite() to an O_APPEND file appends, wherever it was told to write. */
static void probe_seekable(struct output_file *out)
{
	struct stat st;

	out->base = lseek(out->fd, 0, SEEK_CUR);
	out->seekable = out->base >= 0 && !fstat(out->fd, &st) && S_ISREG(st.st_mode) &&
			!(fcntl(out->fd, F_GETFL) & O_APPEND);
}

int output_file_open(struct output_file *out, const char *path, bool replace)
{
	int err = 0;

	memset(out, 0, sizeof(*out));
	out->path = path;
	out->fd = STDOUT_FILENO;
	out->buffer = malloc(BUFFER_SIZE);
	if (!out->buffer)
		return -ENOMEM;
	if (strcmp(path, "-"))
		err = open_path(out, replace);
	if (err) {
		free(out->buffer);
		return err;
	}
	probe_seekable(out);
	return 0;
}

static int write_all(struct output_file *out, const uint8_t *data, size_t size)
{
	while (size) {
		ssize_t n = write(out->fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		data += n;
		size -= n;
	}
	return 0;
}

int output_file_flush(struct output_file *out)
{
	int err = write_all(out, out->buffer, out->used);

	out->used = 0;
	return err;
}

int output_file_put(struct output_file *out, const void *data, size_t size)
{
	int err;

	out->bytes += size;
	if (size > BUFFER_SIZE - out->used) {
		err = output_file_flush(out);
		if (err)
			return err;
	}
	if (size >= BUFFER_SIZE)
		return write_all(out, data, size);
	memcpy(out->buffer + out->used, data, size);
	out->used += size;
	return 0;
}

int output_file_patch(struct output_file *out, const void *data, size_t size)
{
	ssize_t n;

	if (!out->seekable)
		return 0;
	do
		n = pwrite(out->fd, data, size, out->base);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n == size ? 0 : -EIO;
}

int output_file_close(struct output_file *out, bool forget)
{
	int err = 0;

	if (out->owned && close(out->fd))
		err = -errno;
	if (forget && out->created)
		unlink(out->path);
	free(out->buffer);
	return err;
}
