// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any text as each of the kernel's files that explain reads, and as the texts that name a virtual
 * machine: it is refused, or what comes out keeps the headers' promises. The first byte chooses the
 * file.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "host/bootline.h"
#include "host/cpulist.h"
#include "host/cpuset.h"
#include "host/domains.h"
#include "host/numa.h"
#include "host/vcpu.h"
#include "host/vmname.h"

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
static void take_distances(const char *text, size_t size)
{
	const unsigned char *data = (const unsigned char *)text;
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

/* Bytes as a thread's name, a cgroup file, and the command line of each program. */
static void take_vm(const char *text, size_t size)
{
	char name[VM_NAME_SIZE], printed[16];
	uint32_t number;

	if (vcpu_from_comm(text, &number) && number > 99999)
		abort();
	if (vcpu_worker_of(text, &number)) {
		snprintf(printed, sizeof(printed), "vhost-%u", number);
		if (strcmp(printed, text))
			abort();
	}
	if (vmname_from_cgroup(name, text) && !vm_name_is_valid(name))
		abort();
	for (enum vmm vmm = VMM_UNKNOWN; vmm <= VMM_KVMTOOL; vmm++)
		if (vmname_from_cmdline(name, vmm, text, size) && !vm_name_is_valid(name))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const takers[])(const char *text) = { take_schedstat, take_flags, take_cgroup,
							    take_mask, take_isolcpus };
	/* Of these a '\0' is a part. */
	static void (*const byte_takers[])(const char *bytes, size_t size) = { take_distances,
									       take_vm };
	size_t texts = sizeof(takers) / sizeof(*takers);
	size_t kinds = texts + sizeof(byte_takers) / sizeof(*byte_takers);
	char *text;

	if (!size)
		return 0;
	text = malloc(size);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	if (*data % kinds < texts)
		takers[*data % kinds](text);
	else
		byte_takers[*data % kinds - texts](text, size - 1);
	free(text);
	return 0;
}
