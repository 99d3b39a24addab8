/* SPDX-License-Identifier: GPL-2.0-only */
/* Machines for tests of what follows from a host snapshot: a topology as hwloc makes it from a
 * description, and tasks. */
#ifndef INTERLOPER_TESTS_HOSTS_H
#define INTERLOPER_TESTS_HOSTS_H

#include <stdlib.h>
#include <string.h>

#include "host/cpulist.h"
#include "host/domains.h"
#include "host/snapshot.h"
#include "host/topology.h"

static inline hwloc_bitmap_t machine_set(const char *list)
{
	hwloc_bitmap_t set = hwloc_bitmap_alloc();

	assert_non_null(set);
	assert_int_equal(cpulist_parse(set, list), 0);
	return set;
}

/* All CPUs are online; isolated: those of boot. Domains are not read yet. */
static inline void machine_make(struct host_snapshot *host, const char *description,
				const char *isolated)
{
	hwloc_topology_t topology;
	int count;

	memset(host, 0, sizeof(*host));
	assert_int_equal(hwloc_topology_init(&topology), 0);
	assert_int_equal(hwloc_topology_set_synthetic(topology, description), 0);
	assert_int_equal(hwloc_topology_load(topology), 0);
	count = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_PU);
	assert_true(count > 0);
	host->cpu_count = count;
	host->cpus = calloc(host->cpu_count, sizeof(*host->cpus));
	for (int i = 0; i < count; i++)
		host->cpus[i] = (struct host_cpu){ -1, -1, -1, -1, hwloc_bitmap_alloc(), false, 0 };
	host->online = hwloc_bitmap_alloc();
	hwloc_bitmap_set_range(host->online, 0, count - 1);
	host->possible = hwloc_bitmap_dup(host->online);
	host->isolated = machine_set(isolated);
	host->boot_isolated = machine_set(isolated);
	host->partitions = hwloc_bitmap_alloc();
	host->nohz_full = hwloc_bitmap_alloc();
	host->numa_balancing = -1;
	assert_int_equal(topology_fill(host, topology), 0);
	hwloc_topology_destroy(topology);
}

/* Isolates CPUs by a partition, too. */
static inline void machine_partition(struct host_snapshot *host, const char *list)
{
	assert_int_equal(cpulist_parse(host->partitions, list), 0);
	hwloc_bitmap_or(host->isolated, host->isolated, host->partitions);
}

/* In the order of their tids. The pointer is valid until the next one is added. */
static inline struct host_task *machine_task(struct host_snapshot *host, uint32_t tid,
					     const char *comm, uint64_t flags, const char *allowed,
					     int last_cpu)
{
	struct host_task *task;

	host->tasks = realloc(host->tasks, (host->task_count + 1) * sizeof(*host->tasks));
	assert_non_null(host->tasks);
	task = memset(&host->tasks[host->task_count++], 0, sizeof(*task));
	task->tid = task->pid = tid;
	task->ppid = tid > 2 ? 2 : 0;
	task->flags = flags;
	task->last_cpu = last_cpu;
	strcpy(task->comm, comm);
	task->allowed = allowed ? machine_set(allowed) : NULL;
	return task;
}

#endif
