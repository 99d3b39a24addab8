/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A literal machine for tests of placements: 8 CPUs, cores {0,1} {2,3} {4,5} {6,7}, two last-level
 * caches and nodes of 4 CPUs each.
 */
#ifndef INTERLOPER_TEST_MACHINE_H
#define INTERLOPER_TEST_MACHINE_H

#include <string.h>

#include "host/cpulist.h"
#include "host/snapshot.h"

#define MACHINE_CPUS 8

/* isolated: a CPU list. To be freed with host_snapshot_free(). */
static inline void machine_make(struct host_snapshot *host, const char *isolated,
				const char *release)
{
	memset(host, 0, sizeof(*host));
	host->kernel_release = strdup(release);
	host->cpu_count = MACHINE_CPUS;
	host->node_count = 2;
	host->cpus = calloc(MACHINE_CPUS, sizeof(*host->cpus));
	host->possible = hwloc_bitmap_alloc();
	host->present = hwloc_bitmap_alloc();
	host->online = hwloc_bitmap_alloc();
	host->isolated = hwloc_bitmap_alloc();
	host->nohz_full = hwloc_bitmap_alloc();
	cpulist_parse(host->possible, "0-7");
	cpulist_parse(host->present, "0-7");
	cpulist_parse(host->online, "0-7");
	cpulist_parse(host->isolated, isolated);
	for (int cpu = 0; cpu < MACHINE_CPUS; cpu++) {
		host->cpus[cpu].package = host->cpus[cpu].node = cpu / 4;
		host->cpus[cpu].llc = cpu / 4;
		host->cpus[cpu].core = cpu / 2;
		host->cpus[cpu].siblings = hwloc_bitmap_alloc();
		hwloc_bitmap_set_range(host->cpus[cpu].siblings, cpu / 2 * 2, cpu / 2 * 2 + 1);
	}
}

/* Adds a task; tids must come in order. allowed: a CPU list. */
static inline void machine_add_task(struct host_snapshot *host, uint32_t tid, const char *comm,
				    uint64_t flags, int last_cpu, const char *allowed)
{
	struct host_task *task;

	host->tasks = realloc(host->tasks, (host->task_count + 1) * sizeof(*host->tasks));
	task = &host->tasks[host->task_count++];
	memset(task, 0, sizeof(*task));
	task->tid = task->pid = tid;
	task->ppid = flags & 0x00200000 && tid > 2 ? 2 : 0; /* of kernel threads: kthreadd */
	task->flags = flags;
	task->last_cpu = last_cpu;
	strncpy(task->comm, comm, sizeof(task->comm) - 1);
	task->allowed = hwloc_bitmap_alloc();
	cpulist_parse(task->allowed, allowed);
}

#endif
