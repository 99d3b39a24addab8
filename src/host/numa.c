// SPDX-License-Identifier: GPL-2.0-only
/* How NUMA nodes are connected: see numa.h. */
#include "host/numa.h"

#include <stdbool.h>

struct matrix {
	const uint32_t *distances;
	uint32_t count;
	hwloc_const_bitmap_t nodes;
};

static uint32_t distance(const struct matrix *m, int a, int b)
{
	return m->distances[(uint32_t)a * m->count + (uint32_t)b];
}

/* The largest distance, and how many distances beside it there are: 0 (all alike), 1, or 2 for
 * more. False where one is missing. */
static bool survey(const struct matrix *m, uint32_t *max, int *others)
{
	uint32_t seen[2] = {}, d;

	*max = 0;
	*others = -1;
	for (int a = hwloc_bitmap_first(m->nodes); a >= 0; a = hwloc_bitmap_next(m->nodes, a))
		for (int b = hwloc_bitmap_first(m->nodes); b >= 0;
		     b = hwloc_bitmap_next(m->nodes, b)) {
			d = distance(m, a, b);
			if (!d)
				return false;
			if (d > *max)
				*max = d;
			if (d == seen[0] || d == seen[1] || *others == 2)
				continue;
			if (++*others < 2)
				seen[*others] = d;
		}
	return true;
}

static bool has_between(const struct matrix *m, int a, int b, uint32_t max)
{
	for (int c = hwloc_bitmap_first(m->nodes); c >= 0; c = hwloc_bitmap_next(m->nodes, c))
		if (distance(m, a, c) < max && distance(m, b, c) < max)
			return true;
	return false;
}

enum numa_type numa_type_of(const uint32_t *distances, uint32_t count, hwloc_const_bitmap_t nodes)
{
	const struct matrix m = { distances, count, nodes };
	uint32_t max;
	int others;

	if (hwloc_bitmap_weight(nodes) <= 1)
		return NUMA_SINGLE;
	if (!distances || hwloc_bitmap_last(nodes) >= (int)count || !survey(&m, &max, &others))
		return NUMA_UNKNOWN;
	if (others < 2)
		return NUMA_DIRECT;
	for (int a = hwloc_bitmap_first(nodes); a >= 0; a = hwloc_bitmap_next(nodes, a))
		for (int b = hwloc_bitmap_first(nodes); b >= 0; b = hwloc_bitmap_next(nodes, b))
			if (distance(&m, a, b) == max)
				return has_between(&m, a, b, max) ? NUMA_GLUELESS_MESH
								  : NUMA_BACKPLANE;
	return NUMA_UNKNOWN;
}

enum numa_type numa_type(const struct host_snapshot *host)
{
	hwloc_bitmap_t nodes = hwloc_bitmap_alloc();
	enum numa_type type = NUMA_UNKNOWN;
	bool failed = !nodes;

	for (uint32_t i = 0; i < host->cpu_count && !failed; i++)
		if (host->cpus[i].node >= 0)
			failed = hwloc_bitmap_set(nodes, (unsigned int)host->cpus[i].node);
	if (!failed && !hwloc_bitmap_iszero(nodes))
		type = numa_type_of(host->distances, host->node_count, nodes);
	hwloc_bitmap_free(nodes);
	return type;
}

const char *numa_type_name(enum numa_type type)
{
	static const char *const names[] = {
		[NUMA_UNKNOWN] = "unknown",	[NUMA_SINGLE] = "one node",
		[NUMA_DIRECT] = "direct",	[NUMA_GLUELESS_MESH] = "glueless mesh",
		[NUMA_BACKPLANE] = "backplane",
	};

	return names[type];
}
