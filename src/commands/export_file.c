// SPDX-License-Identifier: GPL-2.0-only
/* Where an export goes: see export_file.h. */
#include "commands/export_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands/commands.h"
#include "commands/options.h"

static int refuse(struct export_file *file, int err)
{
	/* Of open_target() alone: the trace itself would be replaced. */
	fail("-o %s: cannot write it: %s", file->path,
	     err == EBUSY ? "it is what is read" : strerror(err));
	export_file_drop(file);
	return EXIT_FAILED;
}

/* As a shell's redirection would make it. */
static mode_t default_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

/* A file without a name, where the file system has such; else with one that nobody else has. */
static int open_beside(struct export_file *file)
{
	char *copy = strdup(file->target);
	int fd;

	if (!copy || asprintf(&file->temporary, "%s.XXXXXX", file->target) < 0) {
		free(copy);
		file->temporary = NULL;
		errno = ENOMEM;
		return -1;
	}
	fd = open(dirname(copy), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
	free(copy);
	if (fd >= 0) {
		free(file->temporary);
		file->temporary = NULL;
		return fd;
	}
	if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)
		return -1;
	fd = mkostemp(file->temporary, O_CLOEXEC);
	if (fd < 0) {
		free(file->temporary);
		file->temporary = NULL;
	} else {
		fchmod(fd, default_mode());
	}
	return fd;
}

static int open_target(struct export_file *file, const char *input)
{
	struct stat there, read;

	if (stat(file->path, &there)) {
		if (errno != ENOENT)
			return -1;
		file->target = strdup(file->path);
	} else if (!S_ISREG(there.st_mode)) {
		return open(file->path, O_WRONLY | O_CLOEXEC);
	} else if (input && !stat(input, &read) && read.st_dev == there.st_dev &&
		   read.st_ino == there.st_ino) {
		errno = EBUSY;
		return -1;
	} else {
		file->target = realpath(file->path, NULL);
	}
	if (!file->target) {
		errno = ENOMEM;
		return -1;
	}
	return open_beside(file);
}

int export_file_open(struct export_file *file, const char *path, const char *input)
{
	int fd;

	*file = (struct export_file){ .path = path };
	if (!path || !strcmp(path, "-")) {
		file->file = stdout;
		return 0;
	}
	fd = open_target(file, input);
	if (fd < 0)
		return refuse(file, errno);
	file->file = fdopen(fd, "w");
	if (file->file)
		return 0;
	close(fd);
	return refuse(file, ENOMEM);
}

/* Gives a file without a name one, to be renamed: a link cannot replace what is there. */
static int give_name(struct export_file *file)
{
	char from[64];

	snprintf(from, sizeof(from), "/proc/self/fd/%d", fileno(file->file));
	for (int i = 0; i < 100; i++) {
		free(file->temporary);
		if (asprintf(&file->temporary, "%s.%d-%d", file->target, getpid(), i) < 0) {
			file->temporary = NULL;
			return -ENOMEM;
		}
		if (!linkat(AT_FDCWD, from, AT_FDCWD, file->temporary, AT_SYMLINK_FOLLOW))
			return 0;
		if (errno != EEXIST)
			break;
	}
	free(file->temporary);
	file->temporary = NULL;
	return -errno;
}

int export_file_close(struct export_file *file)
{
	int err = 0;

	if (fflush(file->file) || ferror(file->file))
		err = errno ? errno : EIO;
	if (file->file == stdout)
		return err ? fail("cannot write the output: %s", strerror(err)) : 0;
	if (!err && file->target && !file->temporary)
		err = -give_name(file);
	if (fclose(file->file) && !err)
		err = errno;
	file->file = NULL;
	if (!err && file->target && rename(file->temporary, file->target))
		err = errno;
	if (err)
		return refuse(file, err);
	free(file->temporary);
	file->temporary = NULL;
	export_file_drop(file);
	return 0;
}

void export_file_drop(struct export_file *file)
{
	if (file->file && file->file != stdout)
		fclose(file->file);
	if (file->temporary)
		unlink(file->temporary);
	free(file->temporary);
	free(file->target);
	*file = (struct export_file){};
}
