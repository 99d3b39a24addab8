// SPDX-License-Identifier: GPL-2.0-only
/* What the programs are told before they are loaded: struct session_config of include/record.h. */
#include "capture/internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "capture/complain.h"
#include "capture/kernel.h"

static void set_comm(struct session_config *config, uint32_t i, const char *comm)
{
	char text[RECORD_COMM_LEN] = "", mask[RECORD_COMM_LEN];
	size_t length = strnlen(comm, RECORD_COMM_LEN - 1);
	bool prefix = length && comm[length - 1] == '*';

	if (prefix)
		length--;
	memcpy(text, comm, length);
	/*
	 * An exact name ends in a NUL that must match too; what the kernel keeps behind it does not
	 * matter.
	 */
	memset(mask, 0, sizeof(mask));
	memset(mask, 0xff, prefix ? length : length + 1);
	memcpy(config->comms[i], text, sizeof(text));
	memcpy(config->comm_masks[i], mask, sizeof(mask));
}

/* A slot for every tid where that takes at most 4 MiB; tids share slots on machines with more. */
uint32_t config_task_slots(void)
{
	unsigned long tids = 0;
	uint32_t count = 1024;
	FILE *file = fopen("/proc/sys/kernel/pid_max", "re");

	if (file) {
		if (fscanf(file, "%lu", &tids) != 1)
			tids = 0;
		fclose(file);
	}
	while (count < TASK_SLOTS_MAX && (!tids || count < tids))
		count *= 2;
	return count;
}

/* Of N tasks with S slots some N*N/2S have to share: a quarter is room for 46,000 tasks. */
uint32_t config_task_hash(bool beside_slots)
{
	return config_task_slots() / (beside_slots ? 4 : 1);
}

int config_set(struct capture *capture, const struct kernel_facts *facts, char *why)
{
	const struct filter *filter = capture->options.filter;
	struct bpf_map *map = bpf_object__find_map_by_name(capture->object, ".rodata");
	struct session_config *config;
	size_t size;

	config = map ? (void *)bpf_map__initial_value(map, &size) : NULL;
	if (!config || size < sizeof(*config))
		return complain(why, -EINVAL,
				"the BPF object has no configuration: a broken build");
	if (filter->pid_count > RECORD_MAX_PIDS || filter->comm_count > RECORD_MAX_COMMS)
		return complain(why, -E2BIG,
				"at most %d ids (-p) and %d names (-t) can be followed live",
				RECORD_MAX_PIDS, RECORD_MAX_COMMS);
	config->record = capture->options.record;
	config->aggregate = capture->options.aggregate;
	config->groups = capture->options.groups;
	config->aggregate_tasks = capture->options.by & DISTRIBUTION_BY_TASK;
	config->all_cpus = capture->meta.all_cpus;
	config->small_masks = capture->cpu_count <= 64;
	config->knows_preempt_count = facts->knows_preempt_count;
	config->counts_irq_disable = facts->counts_irq_disable;
	config->has_rdonly_cast = facts->has_rdonly_cast;
	config->preempt_count_distance = facts->preempt_count_distance;
	config->cpus = capture->cpu_count;
	config->hooks = capture->options.hooks != HOOKS_NONE;
	config->llc_id_distance = facts->llc_id_distance;
	machine_configure(capture, config);
	config->slots = capture->slot_count;
	config->slot_mask = config_task_slots() - 1;
	config->pid_count = filter->pid_count;
	for (uint32_t i = 0; i < filter->pid_count; i++)
		config->pids[i] = filter->pids[i];
	config->comm_count = filter->comm_count;
	for (uint32_t i = 0; i < filter->comm_count; i++)
		set_comm(config, i, filter->comms[i]);
	return 0;
}
