// SPDX-License-Identifier: GPL-2.0-only
/* A saved summary as a file: see saved_file.h. */
#include "commands/saved_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/options.h"
#include "host/read.h"

#define SAVED_BYTES_MAX (1u << 30)

bool saved_file_looks_so(const char *path)
{
	char begin[64];
	ssize_t n = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return false;
	if (lseek(fd, 0, SEEK_SET) == 0)
		n = read(fd, begin, sizeof(begin));
	close(fd);
	return n > 0 && saved_summary_looks_so(begin, n);
}

int saved_file_load(struct saved_summary *saved, const char *path)
{
	char *text = host_read_long_text("", path, SAVED_BYTES_MAX);
	char why[256];
	int err;

	if (!text)
		return fail("%s: cannot be read, or is longer than 1 GiB", path);
	err = saved_summary_parse(saved, text, strlen(text), why, sizeof(why));
	free(text);
	if (err == -ENOMEM)
		return fail("out of memory");
	if (err)
		return fail("%s: no trace, and no saved summary: %s", path, why);
	return 0;
}
