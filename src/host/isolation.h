/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which CPUs are isolated, and by what: the scheduling domains they were left out of at boot,
 * cpuset partitions, nohz_full, and what the command line asked for.
 */
#ifndef INTERLOPER_HOST_ISOLATION_H
#define INTERLOPER_HOST_ISOLATION_H

#include <hwloc.h>
#include <stdbool.h>

#include "host/bootline.h"
#include "host/snapshot.h"

struct isolation {
	bool boot_known, cmdline_known; /* could be read */
	hwloc_bitmap_t possible;
	hwloc_bitmap_t boot;	   /* sysfs: not in the scheduling domains made at boot */
	hwloc_bitmap_t partitions; /* in isolated cpuset partitions */
	hwloc_bitmap_t nohz_full;
	enum cpusets cpusets;
	char *partition_names;	/* "/vms (6-7), /rt (9)": those found; NULL: none */
	char *broken_partition; /* "/vms: isolated invalid (...)": asked for, not in force; or NULL */
	struct isolcpus asked;	/* isolcpus= */
	bool nocbs_given;	/* rcu_nocbs, or rcu_nocbs=LIST */
	hwloc_bitmap_t nocbs;	/* its list */
};

/* Reads the machine below root ("": the live one). 0 or -ENOMEM; isolation_free() in any case. */
int isolation_read(struct isolation *isolation, const char *root);
/* The same from what a trace carries. */
int isolation_from_snapshot(struct isolation *isolation, const struct host_snapshot *host);
void isolation_free(struct isolation *isolation);

enum cpusets isolation_read_cpusets(const char *root);

/*
 * Adds the CPUs of isolated cpuset partitions (cgroup v2) to set. A partition is taken out of the
 * scheduling domains at run time, and the boot-time list of sysfs does not change. names and broken
 * may be NULL, else as in struct isolation. 0 or -ENOMEM.
 */
int isolation_add_partitions(hwloc_bitmap_t set, const char *root, char **names, char **broken);

#endif
