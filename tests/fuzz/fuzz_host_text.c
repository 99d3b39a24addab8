// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any text as each of the kernel's files that explain reads: it is refused, or what comes out keeps
 * the headers' promises. The first byte chooses the file.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "host/bootline.h"
#include "host/cpulist.h"
#include "host/cpuset.h"
#include "host/domains.h"
#include "host/numa.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take_schedstat(const char *text)
{
	struct host_domains domains = {};

	if (domains_parse_schedstat(&domains, text)) {
		if (domains.told || domains.count)
			abort();
		return;
	}
	for (uint32_t i = 0; i < domains.count; i++) {
		const struct host_domain *domain = &domains.list[i];
		int cpu = hwloc_bitmap_first(domain->cpus);

		if (cpu < 0 || !hwloc_bitmap_isincluded(domain->cpus, domain->span) ||
		    !hwloc_bitmap_isincluded(domain->cpus, domains.told) ||
		    domains_get(&domains, (uint32_t)cpu, domain->level) == NULL)
			abort();
	}
	domains_free(&domains);
}

static void take_flags(const char *text)
{
	char *flags = domains_clean_flags(text);

	if (flags && strpbrk(flags, "\n\033"))
		abort();
	free(flags);
}

static void take_cgroup(const char *text)
{
	bool v1;
	char *path = cpuset_parse_path(text, &v1);

	if (path && *path != '/')
		abort();
	free(path);
}

static void take_mask(const char *text)
{
	hwloc_bitmap_t set = hwloc_bitmap_alloc();

	if (!cpulist_parse_mask(set, text, strlen(text)) &&
	    hwloc_bitmap_last(set) >= CPULIST_CPU_MAX)
		abort();
	hwloc_bitmap_free(set);
}

static void take_isolcpus(const char *text)
{
	struct isolcpus isolcpus;

	if (isolcpus_init(&isolcpus))
		abort();
	isolcpus_take(&isolcpus, text, CPULIST_CPU_MAX);
	isolcpus_take(&isolcpus, text, 64);
	for (int kind = 0; kind < ISOLCPUS_KINDS; kind++)
		if (hwloc_bitmap_last(isolcpus.cpus[kind]) >= CPULIST_CPU_MAX)
			abort();
	isolcpus_free(&isolcpus);
}

/* A square of bytes as distances. */
static void take_distances(const uint8_t *data, size_t size)
{
	uint32_t distances[16 * 16], count = 1;
	hwloc_bitmap_t nodes = hwloc_bitmap_alloc();

	while (count < 16 && (count + 1) * (count + 1) <= size)
		count++;
	for (uint32_t i = 0; i < count * count; i++)
		distances[i] = i < size ? data[i] : 0;
	hwloc_bitmap_set_range(nodes, 0, (int)count - 1);
	if (!numa_type_name(numa_type_of(distances, count, nodes)))
		abort();
	hwloc_bitmap_free(nodes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const takers[])(const char *text) = { take_schedstat, take_flags, take_cgroup,
							    take_mask, take_isolcpus };
	size_t kinds = sizeof(takers) / sizeof(*takers);
	char *text;

	if (!size)
		return 0;
	text = malloc(size);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	if (*data % (kinds + 1) == kinds)
		take_distances(data + 1, size - 1);
	else
		takers[*data % (kinds + 1)](text);
	free(text);
	return 0;
}
