// SPDX-License-Identifier: GPL-2.0-only
/* What the running kernel offers, as far as files tell: see facilities.h. */
#include "host/facilities.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "host/cpulist.h"
#include "host/read.h"
#include "host/snapshot.h"
#include "host/taskflags.h"
#include "host/taskscan.h"

static int64_t read_number(const char *root, const char *path)
{
	char *text = host_read_text(root, path), *end;
	long long value = -1;

	if (text && *text) {
		value = strtoll(text, &end, 10);
		if (*end || value < 0)
			value = -1;
	}
	free(text);
	return value;
}

static bool exists(const char *root, const char *path)
{
	char full[PATH_MAX];

	return (size_t)snprintf(full, sizeof(full), "%s%s", root, path) < sizeof(full) &&
	       !access(full, F_OK);
}

static int open_error(const char *root, const char *path)
{
	char full[PATH_MAX], byte[2];
	long got;

	snprintf(full, sizeof(full), "%s%s", root, path);
	got = host_read_at(AT_FDCWD, full, byte, sizeof(byte));
	return got < 0 ? (int)got : 0;
}

static void read_kernel(struct facilities *f, const char *root)
{
	struct utsname live;

	f->release = host_read_text(root, "/proc/sys/kernel/osrelease");
	f->machine = host_read_text(root, "/proc/sys/kernel/arch");
	if (!f->machine && !*root && !uname(&live))
		f->machine = strdup(live.machine);
	f->btf_error = open_error(root, "/sys/kernel/btf/vmlinux");
	if (exists(root, "/sys/bus/event_source/devices/kprobe/type"))
		f->kprobes = PRESENCE_YES;
	else if (exists(root, "/sys/bus/event_source/devices"))
		f->kprobes = PRESENCE_NO;
	if (exists(root, "/proc/self/schedstat"))
		f->sched_info = PRESENCE_YES;
	else if (exists(root, "/proc/self"))
		f->sched_info = PRESENCE_NO;
	f->schedstats = read_number(root, "/proc/sys/kernel/sched_schedstats");
}

static int read_cpus(struct facilities *f, const char *root)
{
	hwloc_bitmap_t nodes = hwloc_bitmap_alloc();
	int64_t smt;

	f->possible = hwloc_bitmap_alloc();
	f->present = hwloc_bitmap_alloc();
	f->online = hwloc_bitmap_alloc();
	if (!nodes || !f->possible || !f->present || !f->online) {
		hwloc_bitmap_free(nodes);
		return -ENOMEM;
	}
	host_read_cpus(f->possible, root, "/sys/devices/system/cpu/possible");
	host_read_cpus(f->present, root, "/sys/devices/system/cpu/present");
	host_read_cpus(f->online, root, "/sys/devices/system/cpu/online");
	/* A kernel without CONFIG_NUMA has no such folder. */
	if (host_read_cpus(nodes, root, "/sys/devices/system/node/online"))
		f->nodes = hwloc_bitmap_weight(nodes);
	hwloc_bitmap_free(nodes);
	smt = read_number(root, "/sys/devices/system/cpu/smt/active");
	f->smt = smt < 0 ? PRESENCE_UNKNOWN : smt ? PRESENCE_YES : PRESENCE_NO;
	return 0;
}

/* "none [scan-time]" to "scan-time" */
static char *chosen(char *text)
{
	char *begin = text ? strchr(text, '[') : NULL, *end = begin ? strchr(begin, ']') : NULL;
	char *word = end ? strndup(begin + 1, end - begin - 1) : NULL;

	free(text);
	return word;
}

static bool is_ksmd(struct host_task *task, const char *root, const char *pid)
{
	char path[64], *stat;
	bool found;

	snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
	stat = host_read_text(root, path);
	/* Any program can be named ksmd. */
	found = stat && strstr(stat, "(ksmd)") && !taskscan_parse_stat(task, stat) &&
		task->flags & TASK_KTHREAD;
	free(stat);
	return found;
}

static void read_allowed(struct ksm_facts *ksm, const char *root, const char *pid)
{
	static const char name[] = "\nCpus_allowed_list:";
	char path[64], *status, *list;

	snprintf(path, sizeof(path), "/proc/%.20s/status", pid);
	status = host_read_text(root, path);
	list = status ? strstr(status, name) : NULL;
	if (list) {
		list += strlen(name);
		list[strcspn(list, "\n")] = '\0';
	}
	if (!list || cpulist_parse(ksm->allowed, list))
		hwloc_bitmap_zero(ksm->allowed);
	free(status);
}

/* ksmd is as old as the machine, so it comes early in /proc. */
static void find_ksmd(struct ksm_facts *ksm, const char *root)
{
	const struct dirent *entry;
	struct host_task task = {};
	char path[PATH_MAX];
	DIR *dir;

	snprintf(path, sizeof(path), "%s/proc", root);
	dir = opendir(path);
	while (dir && !ksm->tid && (entry = readdir(dir))) {
		if (entry->d_name[0] < '0' || entry->d_name[0] > '9' ||
		    !is_ksmd(&task, root, entry->d_name))
			continue;
		ksm->tid = atoi(entry->d_name);
		ksm->last_cpu = task.last_cpu;
		read_allowed(ksm, root, entry->d_name);
	}
	if (dir)
		closedir(dir);
}

static int read_ksm(struct ksm_facts *ksm, const char *root)
{
	ksm->allowed = hwloc_bitmap_alloc();
	if (!ksm->allowed)
		return -ENOMEM;
	ksm->there = exists(root, "/sys/kernel/mm/ksm");
	ksm->run = read_number(root, "/sys/kernel/mm/ksm/run");
	ksm->pages = read_number(root, "/sys/kernel/mm/ksm/pages_to_scan");
	ksm->sleep_ms = read_number(root, "/sys/kernel/mm/ksm/sleep_millisecs");
	ksm->advisor = chosen(host_read_text(root, "/sys/kernel/mm/ksm/advisor_mode"));
	if (ksm->there)
		find_ksmd(ksm, root);
	return 0;
}

static int add_event(struct ftrace_facts *ftrace, const char *name)
{
	char *before = ftrace->enabled, *joined;

	if (asprintf(&joined, "%s%s%s", before ? before : "", before ? ", " : "", name) < 0)
		return -ENOMEM;
	free(before);
	ftrace->enabled = joined;
	return 0;
}

/* What is on costs at every event, whether somebody reads the trace or not. */
static int read_events(struct ftrace_facts *ftrace, const char *root, const char *tracefs)
{
	static const char *const events[] = { "sched_switch", "sched_waking", "sched_wakeup",
					      "sched_wakeup_new", "sched_migrate_task" };
	char path[PATH_MAX], name[64];
	char *all;
	int err = 0;

	snprintf(path, sizeof(path), "%s/events/sched/enable", tracefs);
	all = host_read_text(root, path);
	if (all && !strcmp(all, "1"))
		err = add_event(ftrace, "all of sched");
	/* "X": some of them. */
	for (size_t i = 0; i < sizeof(events) / sizeof(*events) && all && *all == 'X' && !err;
	     i++) {
		char *on;

		snprintf(path, sizeof(path), "%s/events/sched/%s/enable", tracefs, events[i]);
		on = host_read_text(root, path);
		snprintf(name, sizeof(name), "sched:%s", events[i]);
		if (on && *on == '1')
			err = add_event(ftrace, name);
		free(on);
	}
	free(all);
	return err;
}

static int read_instances(struct ftrace_facts *ftrace, const char *root, const char *tracefs)
{
	char path[2 * PATH_MAX], instance[PATH_MAX];
	const struct dirent *entry;
	DIR *dir;
	int err = 0;

	snprintf(path, sizeof(path), "%s%s/instances", root, tracefs);
	dir = opendir(path);
	while (dir && !err && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(instance, sizeof(instance), "%s/instances/%s", tracefs, entry->d_name);
		err = read_events(ftrace, root, instance);
	}
	if (dir)
		closedir(dir);
	return err;
}

static int read_ftrace(struct ftrace_facts *ftrace, const char *root)
{
	static const char *const mounts[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };
	char path[64];
	int err;

	for (size_t i = 0; i < sizeof(mounts) / sizeof(*mounts); i++) {
		snprintf(path, sizeof(path), "%s/current_tracer", mounts[i]);
		err = open_error(root, path);
		/* Root's own, or shut by lockdown=confidentiality. */
		ftrace->mounted |= err == -EACCES || err == -EPERM;
		ftrace->tracer = host_read_text(root, path);
		if (!ftrace->tracer)
			continue;
		ftrace->known = true;
		ftrace->mounted = true;
		if (!strcmp(ftrace->tracer, "nop")) {
			free(ftrace->tracer);
			ftrace->tracer = NULL;
		}
		err = read_events(ftrace, root, mounts[i]);
		return err ? err : read_instances(ftrace, root, mounts[i]);
	}
	return 0;
}

int facilities_read(struct facilities *facilities, const char *root)
{
	int err;

	memset(facilities, 0, sizeof(*facilities));
	read_kernel(facilities, root);
	err = read_cpus(facilities, root);
	if (!err)
		err = read_ksm(&facilities->ksm, root);
	if (!err)
		err = read_ftrace(&facilities->ftrace, root);
	return err;
}

void facilities_free(struct facilities *facilities)
{
	free(facilities->release);
	free(facilities->machine);
	hwloc_bitmap_free(facilities->possible);
	hwloc_bitmap_free(facilities->present);
	hwloc_bitmap_free(facilities->online);
	free(facilities->ksm.advisor);
	hwloc_bitmap_free(facilities->ksm.allowed);
	free(facilities->ftrace.tracer);
	free(facilities->ftrace.enabled);
	memset(facilities, 0, sizeof(*facilities));
}
