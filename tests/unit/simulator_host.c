// SPDX-License-Identifier: GPL-2.0-only
/* The machine that is simulated, as a host snapshot: see simulator.h. */
#include "unit/simulator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static hwloc_bitmap_t set_of(uint32_t bits)
{
	hwloc_bitmap_t set = hwloc_bitmap_alloc();

	if (!set)
		abort();
	hwloc_bitmap_from_ulong(set, bits);
	return set;
}

static void fill_cpu(struct host_cpu *cpu, uint16_t number)
{
	cpu->package = cpu->node = number / SIM_NODE_CPUS;
	cpu->llc = number / SIM_LLC_CPUS;
	cpu->core = number;
	cpu->siblings = set_of(1u << number);
}

static void fill_task(struct host_task *task, uint32_t id, uint32_t allowed)
{
	task->tid = task->pid = SIM_TID(id);
	task->last_cpu = -1;
	snprintf(task->comm, sizeof(task->comm), "task-%u", id);
	task->allowed = set_of(allowed);
}

void sim_host(struct host_snapshot *host, const struct sim *sim)
{
	uint32_t cpus = sim->options.cpus, all = (1u << cpus) - 1;

	memset(host, 0, sizeof(*host));
	host->kernel_release = strdup("6.12.0");
	host->possible = set_of(all);
	host->present = set_of(all);
	host->online = set_of(all);
	host->isolated = set_of(0);
	host->nohz_full = set_of(0);
	host->numa_balancing = -1;
	host->cpu_count = cpus;
	host->node_count = (cpus + SIM_NODE_CPUS - 1) / SIM_NODE_CPUS;
	host->task_count = sim->task_count;
	host->cpus = calloc(cpus, sizeof(*host->cpus));
	host->tasks = calloc(sim->task_count + 1, sizeof(*host->tasks));
	if (!host->kernel_release || !host->cpus || !host->tasks)
		abort();
	for (uint32_t cpu = 0; cpu < cpus; cpu++)
		fill_cpu(&host->cpus[cpu], cpu);
	for (uint32_t id = 1; id <= sim->task_count; id++)
		fill_task(&host->tasks[id - 1], id, sim->allowed[id]);
}
