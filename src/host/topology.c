// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packages, cores, last-level caches and NUMA nodes, from hwloc.
 *
 * Looking must not disturb: hwloc's x86 component binds the caller to every CPU in turn to ask its
 * CPUID, isolated ones too, and I/O discovery walks the PCI tree. Both stay off; what Linux says in
 * sysfs is what its scheduler uses.
 */
#include <errno.h>
#include <stdlib.h>
#include "host/topology.h"

/* The scheduler's LLC is the outermost cache on the way from a CPU to the machine. */
static hwloc_obj_t last_level_cache(hwloc_obj_t pu)
{
	hwloc_obj_t cache = NULL;

	for (hwloc_obj_t obj = pu->parent; obj; obj = obj->parent) {
		if (hwloc_obj_type_is_dcache(obj->type))
			cache = obj;
	}
	return cache;
}

/*
 * LLC domains are numbered by their first CPU. hwloc's own indexes count per level, and on a hybrid
 * machine the last level is not the same everywhere.
 */
static int llc_index(struct host_snapshot *host, hwloc_topology_t topology, uint32_t cpu, int *next)
{
	hwloc_obj_t pu = hwloc_get_pu_obj_by_os_index(topology, cpu);
	hwloc_obj_t cache = pu ? last_level_cache(pu) : NULL;
	int first;

	if (!cache)
		return -1;
	first = hwloc_bitmap_first(cache->cpuset);
	if (first >= 0 && (uint32_t)first < cpu)
		return host->cpus[first].llc;
	return (*next)++;
}

static int cpu_fill(struct host_cpu *cpu, hwloc_topology_t topology, hwloc_obj_t pu)
{
	hwloc_obj_t core, package;

	package = hwloc_get_ancestor_obj_by_type(topology, HWLOC_OBJ_PACKAGE, pu);
	if (package && package->os_index != HWLOC_UNKNOWN_INDEX)
		cpu->package = (int)package->os_index;
	else if (package)
		cpu->package = (int)package->logical_index;
	core = hwloc_get_ancestor_obj_by_type(topology, HWLOC_OBJ_CORE, pu);
	if (core) {
		/* The kernel's core_id repeats in every package; the logical index does not. */
		cpu->core = (int)core->logical_index;
		if (hwloc_bitmap_copy(cpu->siblings, core->cpuset))
			return -ENOMEM;
	}
	/* Memory without CPUs (HBM, CXL) may be as near; a CPU's own node has the lowest number. */
	cpu->node = hwloc_bitmap_first(pu->nodeset);
	return 0;
}

/* hwloc keeps the kernel's SLIT values under this name, for two nodes and more. */
static int distances_fill(struct host_snapshot *host, hwloc_topology_t topology)
{
	struct hwloc_distances_s *found;
	unsigned int count = 1;
	uint32_t row, column;
	int err = 0;

	if (hwloc_distances_get_by_name(topology, "NUMALatency", &count, &found, 0) || !count)
		return 0;
	host->distances = calloc((size_t)host->node_count * host->node_count, sizeof(uint32_t));
	if (!host->distances) {
		err = -ENOMEM;
		goto out;
	}
	for (unsigned int i = 0; i < found->nbobjs * found->nbobjs; i++) {
		row = found->objs[i / found->nbobjs]->os_index;
		column = found->objs[i % found->nbobjs]->os_index;
		if (row < host->node_count && column < host->node_count)
			host->distances[row * host->node_count + column] =
				(uint32_t)found->values[i];
	}
out:
	hwloc_distances_release(topology, found);
	return err;
}

int topology_fill(struct host_snapshot *host, hwloc_topology_t topology)
{
	int llc_next = 0;
	int err, last;

	for (uint32_t i = 0; i < host->cpu_count; i++) {
		hwloc_obj_t pu = hwloc_get_pu_obj_by_os_index(topology, i);

		if (!pu)
			continue;
		err = cpu_fill(&host->cpus[i], topology, pu);
		if (err)
			return err;
		host->cpus[i].llc = llc_index(host, topology, i, &llc_next);
	}
	last = hwloc_bitmap_last(hwloc_topology_get_topology_nodeset(topology));
	host->node_count = last < 0 ? 0 : (uint32_t)last + 1;
	return distances_fill(host, topology);
}

static int topology_load(hwloc_topology_t topology)
{
	if (hwloc_topology_set_components(topology, HWLOC_TOPOLOGY_COMPONENTS_FLAG_BLACKLIST,
					  "x86"))
		return -1;
	/* A container's cpuset does not bound what the scheduler does. */
	if (hwloc_topology_set_flags(topology, HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED) ||
	    hwloc_topology_set_all_types_filter(topology, HWLOC_TYPE_FILTER_KEEP_NONE) ||
	    hwloc_topology_set_cache_types_filter(topology, HWLOC_TYPE_FILTER_KEEP_ALL) ||
	    hwloc_topology_set_type_filter(topology, HWLOC_OBJ_PACKAGE,
					   HWLOC_TYPE_FILTER_KEEP_ALL) ||
	    hwloc_topology_set_type_filter(topology, HWLOC_OBJ_CORE, HWLOC_TYPE_FILTER_KEEP_ALL))
		return -1;
	return hwloc_topology_load(topology);
}

/*
 * hwloc 2 has no call for these, only its environment:
 * - its plugins (PCI, GPUs, XML) are of no use here, take 4 ms to load (15 ms cold), and in a
 * static binary would bring in the libraries of a libc that may be another;
 * - another root than "/" (only tests have one).
 */
int topology_read(struct host_snapshot *host, const char *root)
{
	bool plugins_set = getenv("HWLOC_PLUGINS_PATH") != NULL;
	hwloc_topology_t topology;
	int err = 0;

	if (setenv("HWLOC_PLUGINS_PATH", "/dev/null", 0) ||
	    (*root && setenv("HWLOC_FSROOT", root, 1)))
		return -ENOMEM;
	if (hwloc_topology_init(&topology)) {
		err = -ENOMEM;
	} else {
		if (!topology_load(topology))
			err = topology_fill(host, topology);
		hwloc_topology_destroy(topology);
	}
	if (!plugins_set)
		unsetenv("HWLOC_PLUGINS_PATH");
	if (*root)
		unsetenv("HWLOC_FSROOT");
	return err;
}

static int place_of(const struct host_cpu *cpu, enum topology_place place)
{
	switch (place) {
	case PLACE_PACKAGE:
		return cpu->package;
	case PLACE_LLC:
		return cpu->llc;
	case PLACE_NODE:
		return cpu->node;
	}
	return -1;
}

int topology_peers(const struct host_snapshot *host, uint32_t cpu, enum topology_place place,
		   hwloc_bitmap_t set)
{
	int here = cpu < host->cpu_count ? place_of(&host->cpus[cpu], place) : -1;

	hwloc_bitmap_zero(set);
	for (uint32_t i = 0; i < host->cpu_count && here >= 0; i++)
		if (place_of(&host->cpus[i], place) == here && hwloc_bitmap_set(set, i))
			return -ENOMEM;
	return 0;
}
