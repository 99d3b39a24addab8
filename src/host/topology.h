/* SPDX-License-Identifier: GPL-2.0-only */
/* Packages, cores, last-level caches, NUMA nodes and their distances, as hwloc finds them. */
#ifndef INTERLOPER_HOST_TOPOLOGY_H
#define INTERLOPER_HOST_TOPOLOGY_H

#include "host/snapshot.h"

/*
 * Loads the topology below root; host->cpus must exist. Not knowing a topology is no error: the
 * ids stay -1. 0 or -ENOMEM.
 */
int topology_read(struct host_snapshot *host, const char *root);

/* The same from a topology that is loaded already (in tests: a synthetic one). */
int topology_fill(struct host_snapshot *host, hwloc_topology_t topology);

enum topology_place { PLACE_PACKAGE, PLACE_LLC, PLACE_NODE };

/*
 * Sets set to the CPUs of the same package, last-level cache or NUMA node as cpu, itself included;
 * empty where its place is not known. 0 or -ENOMEM.
 */
int topology_peers(const struct host_snapshot *host, uint32_t cpu, enum topology_place place,
		   hwloc_bitmap_t set);

#endif
