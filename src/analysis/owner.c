// SPDX-License-Identifier: GPL-2.0-only
/* What the target CPUs are for: see owner.h. */
#include "analysis/owner.h"

#include <stdlib.h>

#include "host/vcpu.h"

#define PF_KTHREAD 0x00200000u /* include/linux/sched.h */

static int compare_tid(const void *key, const void *element)
{
	const uint32_t *tid = key;
	const struct host_task *task = element;

	return (*tid > task->tid) - (*tid < task->tid);
}

/* A task's mask in the snapshot, if it is of as many CPUs as the stream says. */
static hwloc_const_bitmap_t mask_of(const struct host_snapshot *host, uint32_t tid,
				    uint32_t cpus_allowed)
{
	const struct host_task *task;

	if (!host || !host->task_count)
		return NULL;
	task = bsearch(&tid, host->tasks, host->task_count, sizeof(*task), compare_tid);
	if (!task || !task->allowed)
		return NULL;
	if (cpus_allowed && hwloc_bitmap_weight(task->allowed) != (int)cpus_allowed)
		return NULL;
	return task->allowed;
}

/* Of a task that ran on a target CPU: a mask of one CPU is then that one. */
static bool is_bound(const struct owner_options *o, const struct task_identity *task)
{
	hwloc_const_bitmap_t mask;

	if (task->flags & PF_KTHREAD)
		return false;
	if (task->cpus_allowed == 1)
		return true;
	mask = mask_of(o->host, task->tid, task->cpus_allowed);
	if (!mask && task->cpus_allowed) /* threads inherit masks */
		mask = mask_of(o->host, task->pid, task->cpus_allowed);
	return mask && hwloc_bitmap_isincluded(mask, o->targets);
}

static bool is_vcpu(const struct owner_options *o, const struct task_identity *task)
{
	uint32_t vm_pid, number;
	const char *vm_name;

	return vcpu_of(o->host, task->pid, task->comm, &vm_pid, &vm_name, &number);
}

static bool is_asked(const struct owner_options *o)
{
	return o->asked && filter_has_tasks(o->asked);
}

bool owner_is(const struct owner_options *o, enum owner_rule rule, const struct task_identity *task)
{
	switch (rule) {
	case OWNER_ASKED:
		return is_asked(o) && filter_matches_task(o->asked, task);
	case OWNER_VCPUS:
		return is_vcpu(o, task);
	case OWNER_BOUND:
		return is_bound(o, task);
	default:
		return false;
	}
}

static bool finds_one(const struct owner_options *o, enum owner_rule rule, const uint32_t *ids,
		      uint32_t n, const struct task_table *tasks)
{
	for (uint32_t i = 0; i < n; i++)
		if (ids[i] != TASK_IDLE && owner_is(o, rule, task_table_get(tasks, ids[i])))
			return true;
	return false;
}

enum owner_rule owner_rule_of(const struct owner_options *o, const uint32_t *ids, uint32_t n,
			      const struct task_table *tasks)
{
	if (is_asked(o))
		return finds_one(o, OWNER_ASKED, ids, n, tasks) ? OWNER_ASKED : OWNER_NOBODY;
	if (finds_one(o, OWNER_VCPUS, ids, n, tasks))
		return OWNER_VCPUS;
	return finds_one(o, OWNER_BOUND, ids, n, tasks) ? OWNER_BOUND : OWNER_NOBODY;
}

const char *owner_rule_name(enum owner_rule rule)
{
	static const char *const names[] = {
		[OWNER_ASKED] = "asked",
		[OWNER_VCPUS] = "vcpus",
		[OWNER_BOUND] = "bound",
	};

	return names[rule];
}
