// SPDX-License-Identifier: GPL-2.0-only
/* What could put a task on a CPU: see explain.h. */
#include "analysis/explain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/checkup.h"
#include "host/taskflags.h"
#include "host/topology.h"

#define KTHREADD 2 /* its tid, on every Linux */

const struct host_task *explain_find_tid(const struct host_snapshot *host, uint32_t tid)
{
	for (uint32_t i = 0; i < host->task_count; i++)
		if (host->tasks[i].tid == tid)
			return &host->tasks[i];
	return NULL;
}

static bool has_name(const struct host_task *task, const char *name)
{
	size_t length = strlen(name);

	if (length && name[length - 1] == '*')
		return !strncmp(task->comm, name, length - 1);
	return !strcmp(task->comm, name);
}

const struct host_task *explain_find_name(const struct host_snapshot *host, const char *name,
					  uint32_t *others)
{
	const struct host_task *found = NULL;

	*others = 0;
	for (uint32_t i = 0; i < host->task_count; i++) {
		if (!has_name(&host->tasks[i], name))
			continue;
		if (found)
			(*others)++;
		else
			found = &host->tasks[i];
	}
	return found;
}

static bool same_mask(const struct host_task *task, uint32_t tid, const struct host_snapshot *host)
{
	const struct host_task *other = explain_find_tid(host, tid);

	return other && other->allowed && hwloc_bitmap_isequal(task->allowed, other->allowed);
}

static bool is_one_node(const struct host_snapshot *host, hwloc_const_bitmap_t mask,
			hwloc_bitmap_t scratch)
{
	int first = hwloc_bitmap_first(mask);

	return first >= 0 && !topology_peers(host, (uint32_t)first, PLACE_NODE, scratch) &&
	       hwloc_bitmap_isequal(scratch, mask);
}

static enum mask_origin judge_mask(const struct explanation *e, hwloc_bitmap_t scratch)
{
	const struct host_task *task = e->task;
	const struct host_snapshot *host = e->host;
	bool kthread = task->flags & TASK_KTHREAD;

	if (!task->allowed)
		return MASK_UNKNOWN;
	if (task->flags & TASK_NO_SETAFFINITY)
		return MASK_BOUND;
	if (kthread && task->tid != KTHREADD && same_mask(task, KTHREADD, host))
		return MASK_KTHREADD;
	if (kthread && e->numa != NUMA_SINGLE && is_one_node(host, task->allowed, scratch))
		return MASK_NODE;
	if (hwloc_bitmap_isincluded(host->online, task->allowed))
		return MASK_ALL;
	if (!kthread && e->cpuset && !hwloc_bitmap_iszero(e->cpuset->cpus) &&
	    hwloc_bitmap_isequal(e->cpuset->cpus, task->allowed))
		return MASK_CPUSET;
	if (!kthread && task->ppid && same_mask(task, task->ppid, host))
		return MASK_PARENT;
	return MASK_SET;
}

/* Those that the scheduler could have put elsewhere. */
static bool is_movable(const struct host_task *task)
{
	return !(task->flags & TASK_NO_SETAFFINITY) && task->allowed &&
	       hwloc_bitmap_weight(task->allowed) > 1;
}

static int list_tasks(struct explanation *e)
{
	const struct host_snapshot *host = e->host;

	e->movable = calloc((size_t)host->task_count + 1, sizeof(*e->movable));
	if (!e->movable)
		return -ENOMEM;
	for (uint32_t i = 0; i < host->task_count; i++) {
		if (host->tasks[i].last_cpu != (int)e->cpu)
			continue;
		if (is_movable(&host->tasks[i]))
			e->movable[e->movable_count++] = &host->tasks[i];
		else
			e->bound_count++;
	}
	return 0;
}

/*
 * Making an isolated partition gives the root cgroup's tasks, the first process among them, all
 * CPUs but the partition's: also those of isolcpus=, which they had been kept from (6.1 to 7.3).
 */
static void check_forgotten(struct explanation *e, hwloc_bitmap_t scratch)
{
	const struct host_snapshot *host = e->host;
	const struct host_task *init = explain_find_tid(host, 1);
	struct finding *finding;

	if (!host->boot_isolated || !init || !init->allowed ||
	    hwloc_bitmap_andnot(scratch, host->partitions, host->boot_isolated) ||
	    hwloc_bitmap_iszero(scratch) || hwloc_bitmap_intersects(init->allowed, scratch) ||
	    !hwloc_bitmap_intersects(init->allowed, host->boot_isolated))
		return;
	finding = findings_add(&e->findings, "isolcpus= forgotten", VERDICT_LIMITED,
			       "%s[1] may run on CPUs of isolcpus=, and on none of the partitions'",
			       init->comm);
	finding_means(finding, "Making the partition rewrote the masks of the root cgroup's tasks: "
			       "what they start may now run on the isolated CPUs.");
	finding_remedy(finding, "set their masks again, or isolate all of it by partitions");
}

/* The domains are the truth; what the other files say of isolation should lead to the same. */
static void check_domains(struct explanation *e)
{
	const struct host_snapshot *host = e->host;
	bool isolated = hwloc_bitmap_isset(host->isolated, e->cpu);
	struct finding *finding;

	if (!host->domains.source || host->domains.source == DOMAINS_DERIVED ||
	    hwloc_bitmap_weight(host->online) < 2 || !hwloc_bitmap_isset(host->online, e->cpu))
		return;
	if (isolated && e->membership == MEMBERSHIP_SOME) {
		finding = findings_add(&e->findings, "domains", VERDICT_LIMITED,
				       "CPU %u should be isolated, and is in scheduling domains",
				       e->cpu);
		finding_means(finding, "Something made the domains anew: wakeups and balancing "
				       "place tasks there.");
	} else if (!isolated && e->membership == MEMBERSHIP_NONE) {
		finding = findings_add(&e->findings, "domains", VERDICT_LIMITED,
				       "CPU %u is in no scheduling domain, and no file says why",
				       e->cpu);
		finding_means(finding, "It is isolated all the same: by a cpuset of its own, or of "
				       "cgroup v1.");
	}
}

static int explain_task(struct explanation *e, hwloc_bitmap_t scratch)
{
	if (!e->task)
		return 0;
	e->origin = judge_mask(e, scratch);
	/* Any program can be named ksmd. */
	e->is_ksmd = !strcmp(e->task->comm, "ksmd") && e->task->flags & TASK_KTHREAD;
	return reach_judge(&e->reach, e->host, e->task, e->cpu, e->cpuset);
}

int explain(struct explanation *explanation, const struct host_snapshot *host,
	    const struct isolation *isolation, uint32_t cpu, const struct host_task *task,
	    const struct task_cpuset *cpuset)
{
	hwloc_bitmap_t scratch = hwloc_bitmap_alloc();
	int err = -ENOMEM;

	*explanation = (struct explanation){
		.host = host,
		.isolation = isolation,
		.cpu = cpu,
		.membership = reach_membership(host, cpu),
		.llc = hwloc_bitmap_alloc(),
		.node = hwloc_bitmap_alloc(),
		.numa = numa_type(host),
		.task = task,
		.cpuset = cpuset,
	};
	if (scratch && explanation->llc && explanation->node) {
		err = topology_peers(host, cpu, PLACE_LLC, explanation->llc);
		if (!err)
			err = topology_peers(host, cpu, PLACE_NODE, explanation->node);
		if (!err)
			err = list_tasks(explanation);
		if (!err)
			err = explain_task(explanation, scratch);
		checkup_isolation(&explanation->findings, isolation);
		check_forgotten(explanation, scratch);
		check_domains(explanation);
	}
	hwloc_bitmap_free(scratch);
	return explanation->findings.no_memory ? -ENOMEM : err;
}

void explain_free(struct explanation *explanation)
{
	hwloc_bitmap_free(explanation->llc);
	hwloc_bitmap_free(explanation->node);
	findings_free(&explanation->findings);
	reach_free(&explanation->reach);
	free(explanation->movable);
	memset(explanation, 0, sizeof(*explanation));
}

const char *mask_origin_text(enum mask_origin origin)
{
	static const char *const texts[] = {
		[MASK_UNKNOWN] = "where it comes from is not known",
		[MASK_BOUND] = "bound by the kernel",
		[MASK_KTHREADD] = "inherited from kthreadd",
		[MASK_NODE] = "the CPUs of its NUMA node, set by the kernel",
		[MASK_CPUSET] = "all CPUs of its cpuset",
		[MASK_ALL] = "every CPU",
		[MASK_PARENT] = "as its parent's, mostly inherited",
		[MASK_SET] = "set by an affinity call (taskset), or inherited from who was set so",
	};

	return texts[origin];
}

const char *mask_origin_name(enum mask_origin origin)
{
	static const char *const names[] = {
		[MASK_BOUND] = "bound",	  [MASK_KTHREADD] = "kthreadd", [MASK_NODE] = "node",
		[MASK_CPUSET] = "cpuset", [MASK_ALL] = "all",		[MASK_PARENT] = "parent",
		[MASK_SET] = "set",
	};

	return names[origin];
}

const char *explain_ksm(const struct host_snapshot *host, const char *file)
{
	for (uint32_t i = 0; i < host->ksm_file_count; i++)
		if (!strcmp(host->ksm_files[i].name, file))
			return host->ksm_files[i].value;
	return NULL;
}
