// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tasks that are alive, from /proc. Part of a trace's start-up, so it reads as little as it
 * can: stat (9 us a task; field numbers as in proc(5)), and for the mask sched_getaffinity (0.4 us)
 * where that says the same as status (14 us).
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "host/cpulist.h"
#include "host/read.h"
#include "host/taskflags.h"
#include "host/taskscan.h"

struct scan {
	struct host_snapshot *host;
	uint32_t capacity;
	char *status;	 /* TASKSCAN_STATUS_MAX bytes */
	bool ask_kernel; /* masks by system call, not from status */
};

/*
 * A kworker's name in /proc goes on with the work it does ("kworker/0:1-events"); its comm, which
 * the kernel's tracepoints tell, does not. A rescuer's ("kworker/R-xfs") has the '-' of its own.
 */
static void cut_work_name(struct host_task *task)
{
	if ((task->flags & TASK_WQ_WORKER) && !strncmp(task->comm, "kworker/", 8) &&
	    task->comm[8] != 'R')
		task->comm[strcspn(task->comm, "-+")] = '\0';
}

int taskscan_parse_stat(struct host_task *task, const char *stat)
{
	const char *open = strchr(stat, '('), *close = strrchr(stat, ')');
	char *end;
	size_t length;

	/* A comm may hold spaces and parentheses: it ends at the last one. */
	if (!open || !close || close < open)
		return -EINVAL;
	task->tid = (uint32_t)strtoul(stat, &end, 10);
	if (end == stat || !task->tid)
		return -EINVAL;
	/* 4 ppid, 9 flags, 19 nice, 22 starttime, 39 processor, 40 rt_priority, 41 policy */
	if (sscanf(close + 1,
		   " %*c %" SCNu32 " %*d %*d %*d %*d %" SCNu64
		   " %*u %*u %*u %*u %*u %*u %*d %*d %*d %d %*d %*d %" SCNu64
		   " %*u %*d %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*d %d %d %d",
		   &task->ppid, &task->flags, &task->nice, &task->start_ticks, &task->last_cpu,
		   &task->rt_priority, &task->policy) != 7)
		return -EINVAL;
	length = (size_t)(close - open - 1);
	if (length >= sizeof(task->comm))
		length = sizeof(task->comm) - 1;
	memcpy(task->comm, open + 1, length);
	task->comm[length] = '\0';
	cut_work_name(task);
	return 0;
}

bool taskscan_proc_is_ours(void)
{
	char self[32];
	ssize_t length;

	length = readlink("/proc/self", self, sizeof(self) - 1);
	if (length < 0)
		return false;
	self[length] = '\0';
	return atoi(self) == getpid();
}

/* Whether sched_getaffinity tells what status does: it hides CPUs that are offline. */
static bool can_ask_kernel(const struct host_snapshot *host, const char *root)
{
	return !*root && hwloc_bitmap_isequal(host->online, host->possible) &&
	       taskscan_proc_is_ours();
}

/* A mask that cannot be read is absent (NULL). 0 or -ENOMEM. */
static int ask_allowed(struct host_task *task)
{
	unsigned long words[CPULIST_CPU_MAX / (8 * sizeof(unsigned long))];
	long bytes = syscall(SYS_sched_getaffinity, task->tid, sizeof(words), words);

	if (bytes < 0)
		return 0;
	task->allowed = hwloc_bitmap_alloc();
	if (!task->allowed ||
	    hwloc_bitmap_from_ulongs(task->allowed, (unsigned int)bytes / sizeof(*words), words))
		return -ENOMEM;
	return 0;
}

char *taskscan_allowed_list(char *status)
{
	static const char key[] = "\nCpus_allowed_list:";
	char *list = strstr(status, key);

	if (!list)
		return NULL;
	list += sizeof(key) - 1;
	list[strcspn(list, "\n")] = '\0';
	return list;
}

/* The same, from status. */
static int read_allowed(struct host_task *task, int dir_fd, const char *path, char *status)
{
	char *list;

	if (host_read_at(dir_fd, path, status, TASKSCAN_STATUS_MAX) < 0)
		return 0;
	list = taskscan_allowed_list(status);
	if (!list)
		return 0;
	task->allowed = hwloc_bitmap_alloc();
	if (!task->allowed)
		return -ENOMEM;
	if (cpulist_parse(task->allowed, list)) {
		hwloc_bitmap_free(task->allowed);
		task->allowed = NULL;
	}
	return 0;
}

static struct host_task *task_next(struct scan *scan)
{
	struct host_snapshot *host = scan->host;
	struct host_task *tasks;
	uint32_t capacity;

	if (host->task_count == scan->capacity) {
		capacity = scan->capacity ? scan->capacity * 2 : 256;
		tasks = realloc(host->tasks, capacity * sizeof(*tasks));
		if (!tasks)
			return NULL;
		host->tasks = tasks;
		scan->capacity = capacity;
	}
	return memset(&host->tasks[host->task_count], 0, sizeof(*tasks));
}

static int scan_task(struct scan *scan, int process_fd, const char *tid, uint32_t pid)
{
	char path[NAME_MAX + 16], stat[2048];
	struct host_task *task;

	snprintf(path, sizeof(path), "%s/stat", tid);
	if (host_read_at(process_fd, path, stat, sizeof(stat)) < 0)
		return 0;
	task = task_next(scan);
	if (!task)
		return -ENOMEM;
	if (taskscan_parse_stat(task, stat))
		return 0;
	task->pid = pid;
	/* From here on the task counts, so that what it holds is freed whatever happens. */
	scan->host->task_count++;
	if (scan->ask_kernel)
		return ask_allowed(task);
	snprintf(path, sizeof(path), "%s/status", tid);
	return read_allowed(task, process_fd, path, scan->status);
}

/* The numbered entries of a folder that is open as fd, which this closes. */
static int each_number(int fd, struct scan *scan, uint32_t pid,
		       int (*visit)(struct scan *scan, int dir_fd, const char *name, uint32_t pid))
{
	struct dirent *entry;
	DIR *dir;
	int err = 0;

	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return -ENOMEM;
	}
	while (!err && (entry = readdir(dir))) {
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			err = visit(scan, dirfd(dir), entry->d_name, pid);
	}
	closedir(dir);
	return err;
}

static int scan_process(struct scan *scan, int proc_fd, const char *name, uint32_t pid)
{
	char path[NAME_MAX + 16];
	int fd;

	(void)pid;
	if ((size_t)snprintf(path, sizeof(path), "%s/task", name) >= sizeof(path))
		return 0;
	fd = openat(proc_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	return each_number(fd, scan, (uint32_t)strtoul(name, NULL, 10), scan_task);
}

static int by_tid(const void *a, const void *b)
{
	const struct host_task *left = a, *right = b;

	return left->tid < right->tid ? -1 : left->tid > right->tid;
}

int taskscan_read(struct host_snapshot *host, const char *root)
{
	struct scan scan = { .host = host };
	char path[PATH_MAX];
	int fd, err;

	if ((size_t)snprintf(path, sizeof(path), "%s/proc", root) >= sizeof(path))
		return 0;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	scan.status = malloc(TASKSCAN_STATUS_MAX);
	if (!scan.status) {
		close(fd);
		return -ENOMEM;
	}
	scan.ask_kernel = can_ask_kernel(host, root);
	err = each_number(fd, &scan, 0, scan_process);
	free(scan.status);
	if (host->task_count)
		qsort(host->tasks, host->task_count, sizeof(*host->tasks), by_tid);
	return err;
}
