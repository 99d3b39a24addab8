// SPDX-License-Identifier: GPL-2.0-only
/* Which CPUs are isolated, and by what: see isolation.h. */
#include "host/isolation.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/cpulist.h"
#include "host/read.h"

#define PARTITION_DEPTH_MAX 32

/* cgroup2 may be mounted below a v1 hierarchy. */
static const char *const cgroup_mounts[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };

struct walk {
	const char *root;
	size_t mount_length;
	hwloc_bitmap_t set, own;
	char **names, **broken;
	int err;
};

static char *read_below(const char *root, const char *folder, const char *file)
{
	char path[PATH_MAX];

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder, file) >= sizeof(path))
		return NULL;
	return host_read_text(root, path);
}

static void append(struct walk *walk, char **list, const char *format, const char *name,
		   const char *rest)
{
	char *before = *list, *item = NULL, *joined = NULL;

	if (asprintf(&item, format, name, rest) < 0)
		item = NULL;
	else if (asprintf(&joined, "%s%s%s", before ? before : "", before ? ", " : "", item) < 0)
		joined = NULL;
	free(item);
	if (!joined) {
		walk->err = -ENOMEM;
		return;
	}
	free(before);
	*list = joined;
}

static void add_partition(struct walk *walk, const char *folder)
{
	char path[PATH_MAX + 32], *list;

	/* What it keeps for itself: children that are partitions too have theirs. */
	snprintf(path, sizeof(path), "%s/cpuset.cpus.effective", folder);
	if (!host_read_cpus(walk->own, walk->root, path))
		return;
	if (hwloc_bitmap_or(walk->set, walk->set, walk->own))
		walk->err = -ENOMEM;
	list = walk->names ? cpulist_format(walk->own) : NULL;
	if (list)
		append(walk, walk->names, "%s (%s)", folder + walk->mount_length, list);
	free(list);
}

static void walk_children(struct walk *walk, const char *folder, int depth);

static void walk_cgroup(struct walk *walk, const char *folder, int depth)
{
	char *state = read_below(walk->root, folder, "cpuset.cpus.partition");

	if (state && strstr(state, "invalid") && walk->broken)
		append(walk, walk->broken, "%s: %s", folder + walk->mount_length, state);
	else if (state && !strcmp(state, "isolated"))
		add_partition(walk, folder);
	/*
	 * Below a member there is none: before 6.7 a partition's parent must be one, and since then
	 * the root sums all of them up.
	 */
	if (state && strcmp(state, "member") && depth < PARTITION_DEPTH_MAX)
		walk_children(walk, folder, depth + 1);
	free(state);
}

static void walk_children(struct walk *walk, const char *folder, int depth)
{
	char path[PATH_MAX], child[PATH_MAX];
	const struct dirent *entry;
	DIR *dir;

	if ((size_t)snprintf(path, sizeof(path), "%s%s", walk->root, folder) >= sizeof(path))
		return;
	dir = opendir(path);
	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.' &&
		    (entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN) &&
		    (size_t)snprintf(child, sizeof(child), "%s/%s", folder, entry->d_name) <
			    sizeof(child))
			walk_cgroup(walk, child, depth);
	if (dir)
		closedir(dir);
}

int isolation_add_partitions(hwloc_bitmap_t set, const char *root, char **names, char **broken)
{
	struct walk walk = { .root = root, .set = set, .names = names, .broken = broken };
	char path[64];

	walk.own = hwloc_bitmap_alloc();
	if (!walk.own)
		return -ENOMEM;
	for (size_t i = 0; i < sizeof(cgroup_mounts) / sizeof(*cgroup_mounts); i++) {
		/* The sum of all partitions: kernel 6.7, commit 877c737db935. */
		snprintf(path, sizeof(path), "%s/cpuset.cpus.isolated", cgroup_mounts[i]);
		if (host_read_cpus(walk.own, root, path) && hwloc_bitmap_or(set, set, walk.own))
			walk.err = -ENOMEM;
		walk.mount_length = strlen(cgroup_mounts[i]);
		walk_children(&walk, cgroup_mounts[i], 0);
	}
	hwloc_bitmap_free(walk.own);
	return walk.err;
}

enum cpusets isolation_read_cpusets(const char *root)
{
	enum cpusets found = CPUSETS_UNKNOWN;
	char *text;

	for (size_t i = 0; i < sizeof(cgroup_mounts) / sizeof(*cgroup_mounts); i++) {
		text = read_below(root, cgroup_mounts[i], "cgroup.controllers");
		if (text && strstr(text, "cpuset"))
			found = CPUSETS_V2;
		free(text);
	}
	text = host_read_text(root, "/sys/fs/cgroup/cpuset/cpuset.sched_load_balance");
	if (text && found != CPUSETS_V2)
		found = strcmp(text, "0") ? CPUSETS_V1 : CPUSETS_UNBALANCED;
	free(text);
	return found;
}

struct cmdline_taker {
	struct isolation *isolation;
	unsigned int nr_cpus;
	int err;
};

static void take_param(const char *param, const char *value, void *data)
{
	struct cmdline_taker *taker = data;
	struct isolation *isolation = taker->isolation;
	int err = 0;

	if (bootline_is(param, "isolcpus") && value)
		err = isolcpus_take(&isolation->asked, value, taker->nr_cpus);
	if (bootline_is(param, "rcu_nocbs")) {
		isolation->nocbs_given = true;
		if (value)
			err = bootline_cpus(isolation->nocbs, value, taker->nr_cpus);
	}
	if (err == -ENOMEM)
		taker->err = err;
}

static int take_cmdline(struct isolation *isolation, const char *cmdline)
{
	int last = hwloc_bitmap_last(isolation->possible);
	struct cmdline_taker taker = { isolation, last < 0 ? CPULIST_CPU_MAX : last + 1, 0 };
	int err;

	if (!cmdline)
		return 0;
	isolation->cmdline_known = true;
	err = bootline_each(cmdline, take_param, &taker);
	if (!err)
		err = taker.err;
	/* The kernel isolates no CPU that cannot exist. */
	for (int kind = 0; kind < ISOLCPUS_KINDS && !err && last >= 0; kind++)
		if (hwloc_bitmap_and(isolation->asked.cpus[kind], isolation->asked.cpus[kind],
				     isolation->possible))
			err = -ENOMEM;
	return err;
}

static int allocate(struct isolation *isolation)
{
	int err;

	memset(isolation, 0, sizeof(*isolation));
	err = isolcpus_init(&isolation->asked);
	isolation->possible = hwloc_bitmap_alloc();
	isolation->boot = hwloc_bitmap_alloc();
	isolation->partitions = hwloc_bitmap_alloc();
	isolation->nohz_full = hwloc_bitmap_alloc();
	isolation->nocbs = hwloc_bitmap_alloc();
	if (err || !isolation->possible || !isolation->boot || !isolation->partitions ||
	    !isolation->nohz_full || !isolation->nocbs)
		return -ENOMEM;
	return 0;
}

int isolation_read(struct isolation *isolation, const char *root)
{
	int err = allocate(isolation);
	char *cmdline;

	if (err)
		return err;
	host_read_cpus(isolation->possible, root, "/sys/devices/system/cpu/possible");
	isolation->boot_known =
		host_read_cpus(isolation->boot, root, "/sys/devices/system/cpu/isolated");
	/* A kernel without CONFIG_NO_HZ_FULL has no such file, and so no such CPUs. */
	host_read_cpus(isolation->nohz_full, root, "/sys/devices/system/cpu/nohz_full");
	isolation->cpusets = isolation_read_cpusets(root);
	err = isolation_add_partitions(isolation->partitions, root, &isolation->partition_names,
				       &isolation->broken_partition);
	if (err)
		return err;
	cmdline = host_read_text(root, "/proc/cmdline");
	err = take_cmdline(isolation, cmdline);
	free(cmdline);
	return err;
}

static int copy_text(char **copy, const char *text)
{
	if (!text)
		return 0;
	*copy = strdup(text);
	return *copy ? 0 : -ENOMEM;
}

int isolation_from_snapshot(struct isolation *isolation, const struct host_snapshot *host)
{
	int err = allocate(isolation);

	if (err)
		return err;
	isolation->boot_known = host->boot_isolated != NULL;
	isolation->cpusets = host->cpusets;
	if (hwloc_bitmap_copy(isolation->possible, host->possible) ||
	    (host->boot_isolated && hwloc_bitmap_copy(isolation->boot, host->boot_isolated)) ||
	    hwloc_bitmap_copy(isolation->partitions, host->partitions) ||
	    hwloc_bitmap_copy(isolation->nohz_full, host->nohz_full) ||
	    copy_text(&isolation->partition_names, host->partition_names) ||
	    copy_text(&isolation->broken_partition, host->broken_partition))
		return -ENOMEM;
	return take_cmdline(isolation, host->cmdline);
}

void isolation_free(struct isolation *isolation)
{
	isolcpus_free(&isolation->asked);
	hwloc_bitmap_free(isolation->possible);
	hwloc_bitmap_free(isolation->boot);
	hwloc_bitmap_free(isolation->partitions);
	hwloc_bitmap_free(isolation->nohz_full);
	hwloc_bitmap_free(isolation->nocbs);
	free(isolation->partition_names);
	free(isolation->broken_partition);
	memset(isolation, 0, sizeof(*isolation));
}
