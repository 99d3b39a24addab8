// SPDX-License-Identifier: GPL-2.0-only
/* Files that are replaced as a whole: see textfile.h. */
#include "output/textfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXTFILE_MODE 0644

/* "folder/.name.XXXXXX"; *folder_length: of "folder/", 0 where path has none. NULL without memory.
 */
static char *name_beside(const char *path, size_t *folder_length)
{
	const char *slash = strrchr(path, '/');
	char *name;

	*folder_length = slash ? slash + 1 - path : 0;
	if (asprintf(&name, "%.*s.%s.XXXXXX", (int)*folder_length, path, path + *folder_length) < 0)
		return NULL;
	return name;
}

/* All of it, on disk. Takes fd. */
static int write_through(int fd, int (*write)(FILE *file, void *context), void *context)
{
	FILE *file = fdopen(fd, "w");
	int err;

	if (!file) {
		err = -errno;
		close(fd);
		return err;
	}
	err = write(file, context);
	errno = 0;
	if (!err && (fflush(file) || ferror(file)))
		err = errno ? -errno : -EIO;
	if (!err && (fchmod(fd, TEXTFILE_MODE) || fsync(fd)))
		err = -errno;
	if (fclose(file) && !err)
		err = -errno;
	return err;
}

/* So that the new name outlives a crash of the machine. Some file systems cannot: no failure. */
static void sync_folder(char *beside, size_t folder_length)
{
	int fd;

	beside[folder_length] = '\0';
	fd = open(folder_length ? beside : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

int textfile_put(const char *path, int (*write)(FILE *file, void *context), void *context)
{
	size_t folder_length;
	char *beside = name_beside(path, &folder_length);
	int fd, err;

	if (!beside)
		return -ENOMEM;
	fd = mkostemp(beside, O_CLOEXEC);
	if (fd < 0) {
		err = -errno;
		free(beside);
		return err;
	}
	err = write_through(fd, write, context);
	if (!err && rename(beside, path))
		err = -errno;
	if (err)
		unlink(beside);
	else
		sync_folder(beside, folder_length);
	free(beside);
	return err;
}
