// SPDX-License-Identifier: GPL-2.0-only
/* Small files of /proc and /sys below a root. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "host/cpulist.h"
#include "host/read.h"

/* The longest there is, a kernel command line, has 4 KiB on most architectures, 64 KiB on none. */
#define TEXT_MAX 65536

long host_read_at(int dir_fd, const char *path, char *text, size_t size)
{
	size_t length = 0;
	ssize_t got;
	int fd;

	fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while (length < size - 1) {
		got = read(fd, text + length, size - 1 - length);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			got = -errno;
			close(fd);
			return got;
		}
		if (got == 0)
			break;
		length += (size_t)got;
	}
	close(fd);
	text[length] = '\0';
	return (long)length;
}

char *host_read_text(const char *root, const char *path)
{
	char full[PATH_MAX], text[TEXT_MAX];
	long length;

	if ((size_t)snprintf(full, sizeof(full), "%s%s", root, path) >= sizeof(full))
		return NULL;
	length = host_read_at(AT_FDCWD, full, text, sizeof(text));
	if (length < 0)
		return NULL;
	if (length > 0 && text[length - 1] == '\n')
		text[length - 1] = '\0';
	return strdup(text);
}

int host_read_number(const char *root, const char *path)
{
	char *text = host_read_text(root, path), *end;
	long value = -1;

	if (text && *text) {
		value = strtol(text, &end, 10);
		if (*end || value < 0 || value > INT_MAX)
			value = -1;
	}
	free(text);
	return (int)value;
}

/* Files of /proc have no size to ask for: room is made as they come. */
static char *read_all(int fd, size_t max)
{
	size_t size = TEXT_MAX, length = 0;
	char *text = malloc(size), *grown;
	ssize_t got = text ? 1 : -1;

	while (got > 0) {
		if (length == size - 1) {
			grown = size <= max ? realloc(text, size *= 2) : NULL;
			if (!grown)
				break;
			text = grown;
		}
		do {
			got = read(fd, text + length, size - 1 - length);
		} while (got < 0 && errno == EINTR);
		length += got > 0 ? (size_t)got : 0;
	}
	if (got || length > max) {
		free(text);
		return NULL;
	}
	text[length] = '\0';
	return text;
}

char *host_read_long_text(const char *root, const char *path, size_t max)
{
	char full[PATH_MAX], *text;
	int fd;

	if ((size_t)snprintf(full, sizeof(full), "%s%s", root, path) >= sizeof(full))
		return NULL;
	fd = open(full, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	text = read_all(fd, max);
	close(fd);
	return text;
}

const char *host_next_line(const char *line)
{
	const char *end = strchr(line, '\n');

	return end && end[1] ? end + 1 : NULL;
}

bool host_read_cpus(hwloc_bitmap_t set, const char *root, const char *path)
{
	char full[PATH_MAX];

	if ((size_t)snprintf(full, sizeof(full), "%s%s", root, path) < sizeof(full) &&
	    !cpulist_read(set, full))
		return true;
	hwloc_bitmap_zero(set);
	return false;
}
