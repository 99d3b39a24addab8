/* SPDX-License-Identifier: GPL-2.0-only */
/* How a machine's NUMA nodes are connected, as the kernel judges it from their distances. */
#ifndef INTERLOPER_HOST_NUMA_H
#define INTERLOPER_HOST_NUMA_H

#include <hwloc.h>

#include "host/snapshot.h"

enum numa_type {
	NUMA_UNKNOWN,	    /* several nodes, and no distances */
	NUMA_SINGLE,	    /* one node */
	NUMA_DIRECT,	    /* each node reaches each other in one hop */
	NUMA_GLUELESS_MESH, /* the farthest nodes have a node between them */
	NUMA_BACKPLANE,	    /* they have none: there is something between them that runs nothing */
};

/*
 * The rule of kernel/sched/topology.c, init_numa_topology_type(): one distance beside the local one
 * is direct; else the first two nodes that are farthest apart decide, by whether a third one is
 * nearer to both. Only nodes that have CPUs count (to older kernels: all). distances is count x
 * count, by node id.
 */
enum numa_type numa_type_of(const uint32_t *distances, uint32_t count, hwloc_const_bitmap_t nodes);

/* Of a machine, from its distances and its CPUs' nodes. NUMA_UNKNOWN also without memory. */
enum numa_type numa_type(const struct host_snapshot *host);

/* "direct", "glueless mesh", "backplane", "one node", "unknown" */
const char *numa_type_name(enum numa_type type);

#endif
