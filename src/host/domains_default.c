// SPDX-License-Identifier: GPL-2.0-only
/* The scheduling domains that a topology leads to: see domains_default.h. */
#include "host/domains_default.h"

#include <errno.h>
#include <string.h>

#include "host/domains.h"
#include "host/topology.h"

struct build {
	struct host_domains *domains;
	const struct host_snapshot *host;
	hwloc_bitmap_t balanced; /* online, not isolated */
	hwloc_bitmap_t span, below;
};

/* Adds b->span as the CPU's next level, if there is anything new in it. */
static int add_level(struct build *b, uint32_t cpu, const char *name, uint32_t *level)
{
	if (hwloc_bitmap_and(b->span, b->span, b->balanced))
		return -ENOMEM;
	if (hwloc_bitmap_weight(b->span) <= 1 || hwloc_bitmap_isequal(b->span, b->below))
		return 0;
	if (!domains_add(b->domains, (*level)++, name, b->span, cpu) ||
	    hwloc_bitmap_copy(b->below, b->span))
		return -ENOMEM;
	return 0;
}

/* The smallest distance above this one that the node has; 0: none. */
static uint32_t next_distance(const struct host_snapshot *host, uint32_t node, uint32_t above)
{
	uint32_t next = 0;

	for (uint32_t i = 0; i < host->node_count; i++) {
		uint32_t d = host->distances[node * host->node_count + i];

		if (d > above && (!next || d < next))
			next = d;
	}
	return next;
}

static int add_numa(struct build *b, uint32_t cpu, uint32_t *level)
{
	const struct host_snapshot *host = b->host;
	uint32_t node = (uint32_t)host->cpus[cpu].node, distance;
	int err = 0;

	distance = host->distances[node * host->node_count + node];
	while (!err && (distance = next_distance(host, node, distance))) {
		hwloc_bitmap_zero(b->span);
		for (uint32_t i = 0; i < host->cpu_count; i++) {
			int other = host->cpus[i].node;
			uint32_t d =
				other < 0 ? 0 : host->distances[node * host->node_count + other];

			if (d && d <= distance && hwloc_bitmap_set(b->span, i))
				return -ENOMEM;
		}
		err = add_level(b, cpu, "NUMA", level);
	}
	return err;
}

static int add_cpu(struct build *b, uint32_t cpu)
{
	const struct host_cpu *place = &b->host->cpus[cpu];
	uint32_t level = 0;
	int err;

	hwloc_bitmap_zero(b->below);
	if (hwloc_bitmap_set(b->domains->told, cpu) || hwloc_bitmap_copy(b->span, place->siblings))
		return -ENOMEM;
	err = add_level(b, cpu, "SMT", &level);
	if (!err)
		err = topology_peers(b->host, cpu, PLACE_LLC, b->span);
	if (!err)
		err = add_level(b, cpu, "MC", &level);
	if (!err)
		err = topology_peers(b->host, cpu, PLACE_NODE, b->span);
	if (!err)
		err = add_level(b, cpu, "PKG", &level);
	if (!err && b->host->distances && place->node >= 0)
		err = add_numa(b, cpu, &level);
	return err;
}

int domains_default(struct host_domains *domains, const struct host_snapshot *host)
{
	struct build b = { .domains = domains, .host = host };
	int err = -ENOMEM;

	if (!host->boot_isolated)
		return 0;
	domains->told = hwloc_bitmap_alloc();
	b.balanced = hwloc_bitmap_alloc();
	b.span = hwloc_bitmap_alloc();
	b.below = hwloc_bitmap_alloc();
	if (domains->told && b.balanced && b.span && b.below &&
	    !hwloc_bitmap_andnot(b.balanced, host->online, host->isolated)) {
		err = 0;
		for (uint32_t cpu = 0; cpu < host->cpu_count && !err; cpu++) {
			if (hwloc_bitmap_isset(b.balanced, cpu) && host->cpus[cpu].node >= 0)
				err = add_cpu(&b, cpu);
			else if (hwloc_bitmap_isset(host->isolated, cpu))
				err = hwloc_bitmap_set(domains->told, cpu) ? -ENOMEM : 0;
		}
	}
	hwloc_bitmap_free(b.balanced);
	hwloc_bitmap_free(b.span);
	hwloc_bitmap_free(b.below);
	if (domains->told && !hwloc_bitmap_iszero(domains->told))
		domains->source = domains->spans = DOMAINS_DERIVED;
	return err;
}

static bool same_level(const char *ours, const char *theirs)
{
	return !strcmp(ours, strcmp(theirs, "DIE") ? theirs : "PKG");
}

const struct host_domain *domains_default_named(const struct host_domains *defaults, uint32_t cpu,
						const char *name, uint32_t *at)
{
	const struct host_domain *domain;

	for (uint32_t level = *at; (domain = domains_get(defaults, cpu, level)); level++) {
		if (!same_level(domain->name, name))
			continue;
		*at = level + 1;
		return domain;
	}
	return NULL;
}
