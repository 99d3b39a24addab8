// SPDX-License-Identifier: GPL-2.0-only
/* What the programs must know of the machine: which CPUs are isolated, and which share a core. */
#include "capture/internal.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "host/cpulist.h"

static bool is_isolated(const struct host_snapshot *host, uint32_t cpu)
{
	return host && hwloc_bitmap_isset(host->isolated, cpu);
}

static hwloc_const_bitmap_t siblings_of(const struct host_snapshot *host, uint32_t cpu)
{
	return host && cpu < host->cpu_count ? host->cpus[cpu].siblings : NULL;
}

void machine_configure(const struct capture *capture, struct session_config *config)
{
	const struct host_snapshot *host = capture->options.host;

	memset(config->housekeeping, 0, sizeof(config->housekeeping));
	for (uint32_t cpu = 0; cpu < capture->cpu_count && cpu < RECORD_MAX_CPUS; cpu++) {
		hwloc_const_bitmap_t siblings = siblings_of(host, cpu);

		if (!is_isolated(host, cpu))
			config->housekeeping[cpu / 64] |= 1ull << cpu % 64;
		if (siblings && hwloc_bitmap_weight(siblings) > 1)
			config->smt = 1;
	}
}

void machine_describe_cpus(struct capture *capture)
{
	const struct host_snapshot *host = capture->options.host;

	for (uint32_t cpu = 0; cpu < capture->cpu_count; cpu++) {
		hwloc_const_bitmap_t siblings = siblings_of(host, cpu);
		struct cpu_state *state = &capture->cpu_states[cpu];
		int sibling = -1;

		state->target = hwloc_bitmap_isset(capture->meta.target_cpus, cpu);
		state->isolated = is_isolated(host, cpu);
		while (siblings && state->sibling_count < RECORD_SIBLINGS &&
		       (sibling = hwloc_bitmap_next(siblings, sibling)) >= 0)
			if ((uint32_t)sibling != cpu)
				state->siblings[state->sibling_count++] = sibling;
	}
}

int machine_mark_offline(struct capture *capture)
{
	hwloc_bitmap_t online = hwloc_bitmap_alloc();

	if (!online)
		return -ENOMEM;
	if (!cpulist_read(online, "/sys/devices/system/cpu/online"))
		for (uint32_t cpu = 0; cpu < capture->cpu_count; cpu++)
			capture->cpu_states[cpu].offline = !hwloc_bitmap_isset(online, cpu);
	hwloc_bitmap_free(online);
	return 0;
}

static void take_llc_ids(struct host_snapshot *host, int fd)
{
	struct cpu_entry entries[256];
	ssize_t got;

	while ((got = read(fd, entries, sizeof(entries))) > 0 || (got < 0 && errno == EINTR)) {
		for (size_t i = 0; got > 0 && i < got / sizeof(entries[0]); i++) {
			struct host_cpu *cpu;

			if (entries[i].cpu >= host->cpu_count)
				continue;
			cpu = &host->cpus[entries[i].cpu];
			cpu->llc_id = entries[i].llc_id;
			cpu->llc_id_known = true;
		}
	}
}

void machine_learn_llc_ids(struct capture *capture)
{
	struct bpf_program *program = bpf_object__find_program_by_name(capture->object, "cpu_scan");
	struct bpf_link *link;
	int fd;

	if (!program || bpf_program__fd(program) < 0)
		return;
	link = bpf_program__attach_iter(program, NULL);
	fd = link ? bpf_iter_create(bpf_link__fd(link)) : -1;
	if (fd >= 0) {
		take_llc_ids(capture->options.host, fd);
		close(fd);
	}
	bpf_link__destroy(link);
}
