// SPDX-License-Identifier: GPL-2.0-only
/*
 * The journal on disk. What is in it will be written to the machine by root, so nobody else may
 * reach it: the folder is opened once, looked at through its descriptor, and everything in it named
 * from there.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/journal.h"
#include "host/read.h"

#define NEW_NAME  JOURNAL_NAME ".new"
#define LOCK_NAME "lock"

void journal_step(const struct journal_step *step)
{
	if (step->step)
		step->step(step->data);
}

/* Signals that end a process wait: apply is all or nothing for who types ^C, too. */
static void hold_signals(sigset_t *before)
{
	static const int held[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(held) / sizeof(*held); i++)
		sigaddset(&set, held[i]);
	sigprocmask(SIG_BLOCK, &set, before);
}

/* A slash at the end would have open() follow a symlink all the same. */
static int plain_path(char path[PATH_MAX], const char *folder)
{
	size_t length = strlen(folder);

	while (length > 1 && folder[length - 1] == '/')
		length--;
	if (!length || length >= PATH_MAX)
		return length ? -ENAMETOOLONG : -ENOENT;
	memcpy(path, folder, length);
	path[length] = '\0';
	return 0;
}

static int open_folder(struct journal_file *file, bool create, char *why, size_t why_size)
{
	char path[PATH_MAX];
	int err = plain_path(path, file->folder);

	if (!err && create && mkdir(path, 0700) && errno != EEXIST)
		err = -errno;
	if (!err) {
		file->folder_fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		err = file->folder_fd < 0 ? -errno : 0;
	}
	if (err == -ENOTDIR || err == -ELOOP)
		snprintf(why, why_size, "%s: not a folder (a symlink is not followed)",
			 file->folder);
	else if (err)
		snprintf(why, why_size, "%s: %s", file->folder, strerror(-err));
	return err;
}

static int check_folder(const struct journal_file *file, char *why, size_t why_size)
{
	struct stat st;

	if (fstat(file->folder_fd, &st)) {
		snprintf(why, why_size, "%s: %s", file->folder, strerror(errno));
		return -EIO;
	}
	if (st.st_uid != geteuid()) {
		snprintf(why, why_size, "%s: belongs to user %u, not to user %u", file->folder,
			 st.st_uid, geteuid());
		return -EPERM;
	}
	if (st.st_mode & 077) {
		snprintf(why, why_size,
			 "%s: others may reach it (mode %04o): it must be a folder of mode 0700",
			 file->folder, st.st_mode & 07777);
		return -EINVAL;
	}
	return 0;
}

static int lock(struct journal_file *file, char *why, size_t why_size)
{
	int err = 0;

	file->lock_fd =
		openat(file->folder_fd, LOCK_NAME, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (file->lock_fd < 0 || flock(file->lock_fd, LOCK_EX | LOCK_NB))
		err = errno == EWOULDBLOCK ? -EBUSY : -errno;
	if (err == -EBUSY)
		snprintf(why, why_size, "%s: another interloper applies or reverts right now",
			 file->folder);
	else if (err)
		snprintf(why, why_size, "%s/" LOCK_NAME ": %s", file->folder, strerror(-err));
	return err;
}

int journal_open(struct journal_file *file, const char *folder, bool create,
		 const struct journal_step *step, char *why, size_t why_size)
{
	int err;

	*file = (struct journal_file){ .folder_fd = -1, .lock_fd = -1, .folder = folder };
	file->step = *step;
	hold_signals(&file->signals);
	err = open_folder(file, create, why, why_size);
	if (!err)
		err = check_folder(file, why, why_size);
	if (!err)
		err = lock(file, why, why_size);
	if (err)
		journal_close(file);
	return err;
}

/* The lock file stays: to remove it would let two hold a lock of that name. */
void journal_close(struct journal_file *file)
{
	if (file->lock_fd >= 0)
		close(file->lock_fd);
	if (file->folder_fd >= 0)
		close(file->folder_fd);
	file->lock_fd = file->folder_fd = -1;
	sigprocmask(SIG_SETMASK, &file->signals, NULL);
}

static int complain(const struct journal_file *file, int err, char *why, size_t why_size)
{
	snprintf(why, why_size, "%s/" JOURNAL_NAME ": %s", file->folder, strerror(-err));
	return err;
}

static int parse(const struct journal_file *file, struct journal *journal, const char *text,
		 char *why, size_t why_size)
{
	char reason[160] = "";
	int err = journal_parse(journal, text, reason, sizeof(reason));

	if (err == -ENOMEM)
		return complain(file, err, why, why_size);
	if (err)
		snprintf(why, why_size,
			 "%s/" JOURNAL_NAME " is damaged: %s; nothing was touched, it is kept",
			 file->folder, reason);
	return err;
}

int journal_load(const struct journal_file *file, struct journal *journal, char *why,
		 size_t why_size)
{
	struct stat st;
	char *text;
	long length;
	int err;

	memset(journal, 0, sizeof(*journal));
	if (fstatat(file->folder_fd, JOURNAL_NAME, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : complain(file, -errno, why, why_size);
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || st.st_size > JOURNAL_BYTES_MAX) {
		snprintf(why, why_size, "%s/" JOURNAL_NAME " is no file of ours; it is kept",
			 file->folder);
		return -EINVAL;
	}
	text = malloc((size_t)st.st_size + 2);
	if (!text)
		return complain(file, -ENOMEM, why, why_size);
	length = host_read_at(file->folder_fd, JOURNAL_NAME, text, (size_t)st.st_size + 2);
	if (length < 0)
		err = complain(file, (int)length, why, why_size);
	else
		err = parse(file, journal, strlen(text) == (size_t)length ? text : "", why,
			    why_size);
	free(text);
	return err;
}

static int write_all(int fd, const char *text)
{
	size_t length = strlen(text);

	while (length) {
		ssize_t written = write(fd, text, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		text += written;
		length -= (size_t)written;
	}
	return 0;
}

static int write_new(const struct journal_file *file, const char *text)
{
	int fd, err;

	/* One that a killed process left. */
	if (unlinkat(file->folder_fd, NEW_NAME, 0) && errno != ENOENT)
		return -errno;
	journal_step(&file->step);
	fd = openat(file->folder_fd, NEW_NAME, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    0600);
	if (fd < 0)
		return -errno;
	journal_step(&file->step);
	err = write_all(fd, text);
	journal_step(&file->step);
	if (!err && fsync(fd))
		err = -errno;
	if (close(fd) && !err)
		err = -errno;
	if (err)
		unlinkat(file->folder_fd, NEW_NAME, 0);
	return err;
}

static int replace(const struct journal_file *file, const struct journal *journal)
{
	char *text = journal_print(journal);
	int err;

	if (!text)
		return -EILSEQ;
	err = strlen(text) > JOURNAL_BYTES_MAX ? -EFBIG : write_new(file, text);
	free(text);
	journal_step(&file->step);
	if (!err && renameat(file->folder_fd, NEW_NAME, file->folder_fd, JOURNAL_NAME))
		err = -errno;
	return err;
}

static int drop(const struct journal_file *file)
{
	static const char *const names[] = { NEW_NAME, JOURNAL_NAME };

	for (size_t i = 0; i < 2; i++) {
		journal_step(&file->step);
		if (unlinkat(file->folder_fd, names[i], 0) && errno != ENOENT)
			return -errno;
	}
	return 0;
}

int journal_save(const struct journal_file *file, const struct journal *journal, char *why,
		 size_t why_size)
{
	int err = journal->count ? replace(file, journal) : drop(file);

	journal_step(&file->step);
	if (!err && fsync(file->folder_fd))
		err = -errno;
	journal_step(&file->step);
	return err ? complain(file, err, why, why_size) : 0;
}

int journal_boot_id(char boot_id[JOURNAL_BOOT_ID_MAX], const char *root, char *why, size_t why_size)
{
	static const char name[] = "/proc/sys/kernel/random/boot_id";
	char path[PATH_MAX];
	long length;

	if (snprintf(path, sizeof(path), "%s%s", root, name) >= PATH_MAX)
		length = -ENAMETOOLONG;
	else
		length = host_read_at(AT_FDCWD, path, boot_id, JOURNAL_BOOT_ID_MAX);
	if (length >= 0) {
		boot_id[strcspn(boot_id, "\n")] = '\0';
		if (*boot_id)
			return 0;
		length = -EINVAL;
	}
	snprintf(why, why_size, "%s: %s", name, strerror((int)-length));
	return (int)length;
}
