// SPDX-License-Identifier: GPL-2.0-only
/* The facts of a machine that its trace carries: what is simple to read, and the whole. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "host/domains.h"
#include "host/isolation.h"
#include "host/knobs.h"
#include "host/read.h"
#include "host/snapshot.h"
#include "host/taskscan.h"
#include "host/topology.h"
#include "host/vmscan.h"

static int read_cpu_sets(struct host_snapshot *host, const char *root)
{
	const struct {
		hwloc_bitmap_t *set;
		const char *path;
	} files[] = {
		{ &host->possible, "/sys/devices/system/cpu/possible" },
		{ &host->present, "/sys/devices/system/cpu/present" },
		{ &host->online, "/sys/devices/system/cpu/online" },
		{ &host->nohz_full, "/sys/devices/system/cpu/nohz_full" },
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		*files[i].set = hwloc_bitmap_alloc();
		if (!*files[i].set)
			return -ENOMEM;
		host_read_cpus(*files[i].set, root, files[i].path);
	}
	return 0;
}

static int read_isolation(struct host_snapshot *host, const char *root)
{
	int err;

	host->isolated = hwloc_bitmap_alloc();
	host->partitions = hwloc_bitmap_alloc();
	if (!host->isolated || !host->partitions)
		return -ENOMEM;
	if (host_read_cpus(host->isolated, root, "/sys/devices/system/cpu/isolated")) {
		host->boot_isolated = hwloc_bitmap_dup(host->isolated);
		if (!host->boot_isolated)
			return -ENOMEM;
	}
	host->cpusets = isolation_read_cpusets(root);
	err = isolation_add_partitions(host->partitions, root, &host->partition_names,
				       &host->broken_partition);
	if (!err && hwloc_bitmap_or(host->isolated, host->isolated, host->partitions))
		err = -ENOMEM;
	return err;
}

static int allocate_cpus(struct host_snapshot *host)
{
	int last = hwloc_bitmap_last(host->possible);

	/* A tree without "possible" may still say who is present. */
	if (last < 0)
		last = hwloc_bitmap_last(host->present);
	if (last < 0)
		last = hwloc_bitmap_last(host->online);
	if (last < 0)
		return -ENOENT;
	host->cpus = calloc((size_t)last + 1, sizeof(*host->cpus));
	if (!host->cpus)
		return -ENOMEM;
	host->cpu_count = (uint32_t)last + 1;
	for (uint32_t i = 0; i < host->cpu_count; i++) {
		host->cpus[i] = (struct host_cpu){ -1, -1, -1, -1, hwloc_bitmap_alloc(), false, 0 };
		if (!host->cpus[i].siblings)
			return -ENOMEM;
	}
	return 0;
}

static void read_kernel(struct host_snapshot *host, const char *root)
{
	struct utsname live;

	host->hostname = host_read_text(root, "/proc/sys/kernel/hostname");
	host->kernel_release = host_read_text(root, "/proc/sys/kernel/osrelease");
	host->kernel_version = host_read_text(root, "/proc/sys/kernel/version");
	host->cmdline = host_read_text(root, "/proc/cmdline");
	host->page_size = *root ? 0 : (uint32_t)sysconf(_SC_PAGESIZE);
	host->numa_balancing = host_read_number(root, "/proc/sys/kernel/numa_balancing");
	/* Since kernel 6.1; before, only the system call knows. */
	host->machine = host_read_text(root, "/proc/sys/kernel/arch");
	if (!host->machine && !*root && !uname(&live))
		host->machine = strdup(live.machine);
}

static int is_file_name(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int read_ksm(struct host_snapshot *host, const char *root)
{
	char folder[PATH_MAX], path[PATH_MAX + NAME_MAX];
	struct dirent **names;
	int count, err = 0;

	if ((size_t)snprintf(folder, sizeof(folder), "%s/sys/kernel/mm/ksm", root) >=
	    sizeof(folder))
		return 0;
	count = scandir(folder, &names, is_file_name, alphasort);
	if (count < 0)
		return errno == ENOMEM ? -ENOMEM : 0;
	host->ksm_files = calloc((size_t)count + 1, sizeof(*host->ksm_files));
	if (!host->ksm_files)
		err = -ENOMEM;
	for (int i = 0; i < count; i++) {
		struct host_file file = { NULL, NULL };

		if (!err) {
			snprintf(path, sizeof(path), "/sys/kernel/mm/ksm/%s", names[i]->d_name);
			file.value = host_read_text(root, path);
		}
		if (file.value) {
			file.name = strdup(names[i]->d_name);
			host->ksm_files[host->ksm_file_count++] = file;
			if (!file.name)
				err = -ENOMEM;
		}
		free(names[i]);
	}
	free(names);
	return err;
}

int host_snapshot_take(struct host_snapshot *host, const char *root)
{
	int err;

	memset(host, 0, sizeof(*host));
	err = read_cpu_sets(host, root);
	if (!err)
		err = allocate_cpus(host);
	if (!err)
		err = read_isolation(host, root);
	if (!err)
		err = topology_read(host, root);
	if (!err)
		err = domains_read(host, root);
	if (!err)
		err = read_ksm(host, root);
	if (!err)
		err = taskscan_read(host, root);
	if (!err)
		err = vmscan_read(host, root);
	if (!err)
		err = knobs_read(host, root);
	if (err) {
		host_snapshot_free(host);
		return err;
	}
	read_kernel(host, root);
	return 0;
}

void host_snapshot_free(struct host_snapshot *host)
{
	free(host->hostname);
	free(host->kernel_release);
	free(host->kernel_version);
	free(host->machine);
	free(host->cmdline);
	hwloc_bitmap_free(host->possible);
	hwloc_bitmap_free(host->present);
	hwloc_bitmap_free(host->online);
	hwloc_bitmap_free(host->isolated);
	hwloc_bitmap_free(host->boot_isolated);
	hwloc_bitmap_free(host->partitions);
	free(host->partition_names);
	free(host->broken_partition);
	hwloc_bitmap_free(host->nohz_full);
	domains_free(&host->domains);
	for (uint32_t i = 0; i < host->cpu_count; i++)
		hwloc_bitmap_free(host->cpus[i].siblings);
	free(host->cpus);
	free(host->distances);
	for (uint32_t i = 0; i < host->ksm_file_count; i++) {
		free(host->ksm_files[i].name);
		free(host->ksm_files[i].value);
	}
	free(host->ksm_files);
	for (uint32_t i = 0; i < host->task_count; i++)
		hwloc_bitmap_free(host->tasks[i].allowed);
	free(host->tasks);
	for (uint32_t i = 0; i < host->vm_count; i++)
		free(host->vms[i].name);
	free(host->vms);
	knobs_free(host);
	memset(host, 0, sizeof(*host));
}
