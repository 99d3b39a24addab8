/* SPDX-License-Identifier: GPL-2.0-only */
/* The cpuset that one task is in, and the CPUs it leaves the task. Live only: not in the snapshot.
 */
#ifndef INTERLOPER_HOST_CPUSET_H
#define INTERLOPER_HOST_CPUSET_H

#include <hwloc.h>
#include <stdbool.h>
#include <stdint.h>

struct task_cpuset {
	char *path;	     /* of the cgroup, "/" the root; NULL: unknown */
	hwloc_bitmap_t cpus; /* empty: unknown */
};

/*
 * Reads the task's cgroup and, from it or the nearest parent that has the file, the cpuset's
 * effective CPUs, below root. 0 (also if nothing can be read) or -ENOMEM; cpuset_free() in any
 * case.
 */
int cpuset_read(struct task_cpuset *cpuset, const char *root, uint32_t tid);
void cpuset_free(struct task_cpuset *cpuset);

/*
 * The path in the text of /proc/PID/cgroup: of the hierarchy that has the cpuset controller (v1
 * sets *v1), else of v2. To be freed; NULL: none, or no memory.
 */
char *cpuset_parse_path(const char *text, bool *v1);

#endif
