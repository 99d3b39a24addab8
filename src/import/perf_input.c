// SPDX-License-Identifier: GPL-2.0-only
/* The bytes of a perf.data: see perf_input.h. */
#include "import/perf_input.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int probe(struct perf_input *in)
{
	struct stat st;

	in->end = UINT64_MAX;
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

int perf_input_open(struct perf_input *in, const char *path)
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
	if (err)
		perf_input_close(in);
	return err;
}

void perf_input_close(struct perf_input *in)
{
	if (in->owned)
		close(in->fd);
	in->owned = false;
}

static ssize_t read_head(struct perf_input *in, void *data, size_t size)
{
	size_t left = in->head_size - in->head_at;

	if (size > left)
		size = left;
	memcpy(data, (const char *)in->head + in->head_at, size);
	in->head_at += size;
	in->offset += size;
	return (ssize_t)size;
}

ssize_t perf_input_read(struct perf_input *in, void *data, size_t size)
{
	ssize_t n;

	if (size > in->end - in->offset)
		size = in->end - in->offset;
	if (size && in->head_at < in->head_size)
		return read_head(in, data, size);
	do
		n = in->seekable ? pread(in->fd, data, size, in->base + (off_t)in->offset)
				 : read(in->fd, data, size);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	in->offset += n;
	return n;
}

int perf_input_skip(struct perf_input *in, uint64_t size)
{
	char dull[4096];
	ssize_t n;

	if (size > in->end - in->offset)
		return -ENODATA;
	if (in->seekable) {
		if (in->offset > in->size || size > in->size - in->offset)
			return -ENODATA;
		in->offset += size;
		return 0;
	}
	while (size) {
		n = perf_input_read(in, dull, size < sizeof(dull) ? size : sizeof(dull));
		if (n <= 0)
			return n ? n : -ENODATA;
		size -= n;
	}
	return 0;
}

int perf_input_at(struct perf_input *in, uint64_t offset, void *data, size_t size)
{
	size_t done = 0;
	ssize_t n;

	if (offset > in->size || size > in->size - offset)
		return -ENODATA;
	while (done < size) {
		n = pread(in->fd, (char *)data + done, size - done,
			  in->base + (off_t)(offset + done));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -ENODATA;
		done += n;
	}
	return 0;
}
