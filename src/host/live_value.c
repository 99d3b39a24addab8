// SPDX-License-Identifier: GPL-2.0-only
/* What a file reads, which CPUs a task may use: see live_value.h. */
#include "host/live_value.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/cpulist.h"
#include "host/read.h"
#include "host/taskflags.h"
#include "host/taskscan.h"

static int full_path(char path[PATH_MAX], const struct change *target, const char *root)
{
	int length = snprintf(path, PATH_MAX, "%s%s", root, target->path);

	return length < PATH_MAX ? 0 : -ENAMETOOLONG;
}

static int read_file(char **text, const struct change *target, const char *root)
{
	char path[PATH_MAX], buffer[CHANGE_TEXT_MAX + 2];
	long length;
	int err;

	err = full_path(path, target, root);
	if (err)
		return err;
	length = host_read_at(AT_FDCWD, path, buffer, sizeof(buffer));
	if (length < 0)
		return (int)length;
	if (length > CHANGE_TEXT_MAX)
		return -EFBIG;
	if (strlen(buffer) != (size_t)length)
		return -EINVAL;
	*text = strdup(buffer);
	return *text ? 0 : -ENOMEM;
}

/* Whether the task is still the one that is meant. */
static int find_task(struct host_task *task, const struct change *target, const char *root)
{
	char path[PATH_MAX], stat[2048];
	long length;

	if (snprintf(path, sizeof(path), "%s/proc/%" PRIu32 "/stat", root, target->tid) >= PATH_MAX)
		return -ENAMETOOLONG;
	length = host_read_at(AT_FDCWD, path, stat, sizeof(stat));
	if (length < 0)
		return length == -ENOENT ? -ESRCH : (int)length;
	memset(task, 0, sizeof(*task));
	if (taskscan_parse_stat(task, stat))
		return -EINVAL;
	return task->start_ticks == target->start_ticks ? 0 : -ESTALE;
}

/* The list in a form of its own, so that equal sets are equal texts. */
static int canonical(char **text, const char *list)
{
	hwloc_bitmap_t set = hwloc_bitmap_alloc();
	int err = set ? cpulist_parse(set, list) : -ENOMEM;

	if (!err) {
		*text = cpulist_format(set);
		err = *text ? 0 : -ENOMEM;
	}
	hwloc_bitmap_free(set);
	return err;
}

static int read_mask(char **text, const struct change *target, const char *root)
{
	struct host_task task;
	char path[64], *status, *list;
	int err;

	err = find_task(&task, target, root);
	if (err)
		return err;
	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/status", target->tid);
	status = host_read_long_text(root, path, TASKSCAN_STATUS_MAX);
	list = status ? taskscan_allowed_list(status) : NULL;
	err = find_task(&task, target, root);
	if (!err)
		err = list ? canonical(text, list) : -ENODATA;
	free(status);
	return err;
}

int live_value_read(char **text, const struct change *target, const char *root)
{
	*text = NULL;
	return target->kind == CHANGE_FILE ? read_file(text, target, root)
					   : read_mask(text, target, root);
}

/* Opened as for writing: mode bits tell root nothing of what sysfs will refuse. */
static int check_file(const struct change *target, const char *root)
{
	char path[PATH_MAX];
	struct stat st;
	int err, fd;

	err = full_path(path, target, root);
	if (err)
		return err;
	fd = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	err = fstat(fd, &st) ? -errno : 0;
	if (!err && !S_ISREG(st.st_mode))
		err = -EINVAL;
	close(fd);
	return err;
}

int live_value_check(const struct change *target, const char *root)
{
	struct host_task task;
	int err;

	if (target->kind == CHANGE_FILE)
		return check_file(target, root);
	err = taskscan_proc_is_ours() ? find_task(&task, target, root) : -EXDEV;
	if (err)
		return err;
	return task.flags & TASK_NO_SETAFFINITY ? -EPERM : 0;
}

/* As the shell's "echo value >file": with O_TRUNC, which kernel files take no notice of. */
static int write_file(const struct change *target, const char *root, const char *text)
{
	size_t length = strlen(text);
	char path[PATH_MAX];
	ssize_t written;
	int err, fd;

	err = full_path(path, target, root);
	if (err)
		return err;
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	written = write(fd, text, length);
	if (written < 0)
		err = -errno;
	else if ((size_t)written != length)
		err = -EIO;
	if (close(fd) && !err)
		err = -errno;
	return err;
}

static int write_mask(const struct change *target, const char *root, const char *list)
{
	unsigned long words[CPULIST_CPU_MAX / (8 * sizeof(unsigned long))];
	hwloc_bitmap_t set = hwloc_bitmap_alloc();
	struct host_task task;
	int err;

	err = set ? cpulist_parse(set, list) : -ENOMEM;
	/* The kernel takes as much of a longer mask as it has CPUs. */
	if (!err && hwloc_bitmap_to_ulongs(set, sizeof(words) / sizeof(*words), words))
		err = -ENOMEM;
	hwloc_bitmap_free(set);
	if (!err)
		err = taskscan_proc_is_ours() ? find_task(&task, target, root) : -EXDEV;
	if (!err && syscall(SYS_sched_setaffinity, target->tid, sizeof(words), words))
		err = -errno;
	return err;
}

int live_value_write(const struct change *target, const char *root, const char *text)
{
	return target->kind == CHANGE_FILE ? write_file(target, root, text)
					   : write_mask(target, root, text);
}

/* Whether two lists differ by CPUs that are offline, and by nothing else. */
static bool same_online(const char *a, const char *b, const char *root)
{
	hwloc_bitmap_t online = hwloc_bitmap_alloc(), x = hwloc_bitmap_alloc(),
		       y = hwloc_bitmap_alloc();
	bool same = online && x && y &&
		    host_read_cpus(online, root, "/sys/devices/system/cpu/online") &&
		    !cpulist_parse(x, a) && !cpulist_parse(y, b) &&
		    !hwloc_bitmap_and(x, x, online) && !hwloc_bitmap_and(y, y, online) &&
		    hwloc_bitmap_isequal(x, y);

	hwloc_bitmap_free(online);
	hwloc_bitmap_free(x);
	hwloc_bitmap_free(y);
	return same;
}

int live_value_restore(const struct change *target, const char *root, const char *original)
{
	char *text = change_text(target->value, original), *now = NULL;
	int err = text ? live_value_write(target, root, text) : -ENOMEM;

	if (!err)
		err = live_value_read(&now, target, root);
	if (!err && !change_same(target->value, now, original) &&
	    !(target->kind == CHANGE_AFFINITY && same_online(now, original, root)))
		err = -EIO;
	free(text);
	free(now);
	return err;
}

const char *live_value_error(int err)
{
	switch (err) {
	case -ESRCH:
		return "the task is gone";
	case -ESTALE:
		return "the task is gone, and its id is another task's now";
	case -EIO:
		return "the kernel did not take the value as it was written";
	case -EXDEV:
		return "/proc shows another pid namespace's tasks";
	case -EFBIG:
		return "its value is longer than any that we know";
	default:
		return strerror(-err);
	}
}
