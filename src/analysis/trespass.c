// SPDX-License-Identifier: GPL-2.0-only
/* What let a movable task onto an isolated CPU: see trespass.h. */
#include "analysis/trespass.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/taskflags.h"

#define PF_KTHREAD   0x00200000u
#define KTHREADD_TID 2u

const struct host_task *trespass_host_task(const struct host_snapshot *host, uint32_t tid)
{
	uint32_t low = 0, high = host ? host->task_count : 0;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (host->tasks[middle].tid < tid)
			low = middle + 1;
		else
			high = middle;
	}
	return host && low < host->task_count && host->tasks[low].tid == tid ? &host->tasks[low]
									     : NULL;
}

/* kswapd, kcompactd and their like: kernel threads whose mask is a whole node's. */
static bool is_node_thread(const struct host_snapshot *host, const struct host_task *task)
{
	int node = -1, cpu = -1;

	if (!(task->flags & PF_KTHREAD) || !task->allowed || host->node_count < 2)
		return false;
	while ((cpu = hwloc_bitmap_next(task->allowed, cpu)) >= 0) {
		int its = (uint32_t)cpu < host->cpu_count ? host->cpus[cpu].node : -1;

		if (its < 0 || (node >= 0 && its != node))
			return false;
		node = its;
	}
	return node >= 0;
}

/* The arrival lies before the trace: what the snapshot says of the task and the CPU. */
static enum trespass_cause cause_before(uint16_t cpu, const struct task_identity *task,
					const struct host_snapshot *host)
{
	const struct host_task *its = trespass_host_task(host, task->tid);
	const struct host_task *kthreadd = trespass_host_task(host, KTHREADD_TID);

	if (!host)
		return CAUSE_UNKNOWN;
	if (its && is_node_thread(host, its))
		return CAUSE_NODE_THREAD;
	if (!(task->flags & PF_KTHREAD))
		return CAUSE_UNKNOWN;
	/* Linux boots on the CPU that it then numbers 0. */
	if (cpu == 0)
		return CAUSE_BOOT_CPU;
	if (kthreadd && kthreadd->last_cpu == cpu)
		return CAUSE_BORN_THERE;
	return CAUSE_UNKNOWN;
}

static enum trespass_cause cause_wakeup(const struct arrival *arrival, uint16_t cpu,
					const struct placement_host *placement)
{
	switch (arrival->verdict.branch) {
	case BRANCH_RECENT:
		return CAUSE_LLC_ID;
	case BRANCH_IDLE_SMT:
		return CAUSE_SMT_CHECK;
	case BRANCH_IDLE_CORE:
	case BRANCH_IDLE_CPU:
		return placement_shares_core(placement, cpu, arrival->from_cpu) ? CAUSE_SMT_CHECK
										: CAUSE_CORE_CHECK;
	default:
		return CAUSE_UNKNOWN;
	}
}

struct trespass_verdict trespass_cause(const struct arrival *arrival, uint16_t cpu,
				       const struct task_identity *task,
				       const struct placement_host *placement,
				       const struct host_snapshot *host)
{
	static const enum trespass_cause by_door[DOORS] = {
		[DOOR_FORK] = CAUSE_BORN_THERE,	  [DOOR_AFFINITY] = CAUSE_AFFINITY,
		[DOOR_FALLBACK] = CAUSE_AFFINITY, [DOOR_NUMA] = CAUSE_NUMA,
		[DOOR_STOPPER] = CAUSE_STOPPER,	  [DOOR_HOTPLUG] = CAUSE_HOTPLUG,
	};
	enum trespass_cause cause = by_door[arrival->door];

	if (arrival->door == DOOR_BEFORE)
		return (struct trespass_verdict){ cause_before(cpu, task, host), false };
	if (arrival->door == DOOR_WAKEUP)
		return (struct trespass_verdict){ cause_wakeup(arrival, cpu, placement),
						  arrival->verdict.certainty != UNSURE };
	return (struct trespass_verdict){ cause, cause != CAUSE_UNKNOWN };
}

static const struct {
	const char *name, *text, *history;
} causes[CAUSES] = {
	[CAUSE_UNKNOWN] = { "unknown", NULL, NULL },
	[CAUSE_BOOT_CPU] = { "boot CPU isolated",
			     "it is the boot CPU: kernel threads are born on it, isolated or not",
			     "up to 6.19; 7.0 starts them on housekeeping CPUs" },
	[CAUSE_BORN_THERE] = { "born there", "its parent was there: a fork starts from its CPU",
			       NULL },
	[CAUSE_AFFINITY] = { "affinity change",
			     "its mask was changed: an affinity call takes isolated CPUs as any "
			     "others",
			     "all kernels" },
	[CAUSE_LLC_ID] = { "recent_used_cpu",
			   "a CPU isolated at boot has no sd_llc_id, which reads as CPU 0's: "
			   "recent_used_cpu takes it",
			   "up to 7.0; 7.3 has -1 there" },
	[CAUSE_SMT_CHECK] = { "SMT sibling without domain check",
			      "select_idle_smt() takes a sibling that is not in the domain",
			      "up to 5.9, fixed by df3cb4ea1fb6; from 6.1, 3e6efe87cd5c, fixed by "
			      "8aeaffef8c6e in 6.9 and stable of 2024-03" },
	[CAUSE_CORE_CHECK] = { "idle CPU without domain check",
			       "select_idle_core() keeps an idle CPU that is not in the domain",
			       "from 5.12, 9fe1f127b913, fixed by 23d04d8c6b8e in 6.9 and stable "
			       "of "
			       "2024-03" },
	[CAUSE_NUMA] = { "NUMA balancing",
			 "NUMA balancing does not ask whether its destination is isolated",
			 "all kernels up to 7.3" },
	[CAUSE_NODE_THREAD] = { "thread of a node", "it is bound to the CPUs of its node", NULL },
	[CAUSE_HOTPLUG] = { "CPU hotplug",
			    "its CPU went offline: any CPU of its mask will do, isolated or not",
			    NULL },
	[CAUSE_STOPPER] = { "moved on request", "the stopper moved it: an active balance", NULL },
};

const char *trespass_cause_name(enum trespass_cause cause)
{
	return causes[cause < CAUSES ? cause : CAUSE_UNKNOWN].name;
}

const char *trespass_cause_text(enum trespass_cause cause)
{
	return causes[cause < CAUSES ? cause : CAUSE_UNKNOWN].text;
}

const char *trespass_history(enum trespass_cause cause)
{
	return causes[cause < CAUSES ? cause : CAUSE_UNKNOWN].history;
}

static void take_llc_ids(struct trespass *t, const struct host_snapshot *host)
{
	uint16_t cpu = t->row->cpu, from = t->row->longest.arrival.from_cpu;

	if (!host || cpu >= host->cpu_count || from >= host->cpu_count ||
	    !host->cpus[cpu].llc_id_known || !host->cpus[from].llc_id_known)
		return;
	t->llc_ids_known = true;
	t->llc_id = host->cpus[cpu].llc_id;
	t->from_llc_id = host->cpus[from].llc_id;
}

/* What all rows' homes rest on. */
struct surroundings {
	hwloc_bitmap_t targets; /* the CPUs of all rows */
	hwloc_bitmap_t owned, isolated;
};

static int look_around(struct surroundings *s, const struct arrival_row *const *rows, uint32_t n,
		       const struct host_snapshot *host)
{
	int err;

	s->targets = hwloc_bitmap_alloc();
	s->owned = hwloc_bitmap_alloc();
	s->isolated = hwloc_bitmap_alloc();
	if (!s->targets || !s->owned || !s->isolated)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++)
		if (hwloc_bitmap_set(s->targets, rows[i]->cpu))
			return -ENOMEM;
	err = homes_isolated(s->isolated, host);
	return err ? err : homes_owned(s->owned, host, NULL, 0);
}

static int find_homes(struct trespass *t, const struct surroundings *s,
		      const struct host_snapshot *host)
{
	const struct homes_input input = {
		.host = host,
		.task = t->host_task,
		.targets = s->targets,
		.owned = s->owned,
		.isolated = s->isolated,
	};

	if (!t->task->tid || t->task->flags & TASK_NO_SETAFFINITY)
		return 0;
	return homes_find(&t->homes, &input);
}

static int add_row(struct trespasses *t, const struct arrival_row *row,
		   const struct task_table *tasks, const struct placement_host *placement,
		   const struct host_snapshot *host, const struct surroundings *around)
{
	const struct task_identity *task = task_table_get(tasks, row->task);
	const struct host_task *its = trespass_host_task(host, task->tid);
	struct trespass *trespass = &t->all[t->count++];

	*trespass = (struct trespass){
		.row = row,
		.task = task,
		.host_task = its,
		.parent = its ? trespass_host_task(host, its->ppid) : NULL,
		.why = trespass_cause(&row->longest.arrival, row->cpu, task, placement, host),
	};
	take_llc_ids(trespass, host);
	t->run_ns += row->run_ns;
	return host ? find_homes(trespass, around, host) : 0;
}

int trespasses_make(struct trespasses *t, const struct arrival_row *const *rows, uint32_t n,
		    const struct task_table *tasks, const struct placement_host *placement,
		    const struct host_snapshot *host)
{
	struct surroundings around = { 0 };
	int err = 0;

	memset(t, 0, sizeof(*t));
	t->all = calloc(n ? n : 1, sizeof(*t->all));
	if (!t->all)
		err = -ENOMEM;
	else if (host)
		err = look_around(&around, rows, n, host);
	for (uint32_t i = 0; i < n && !err; i++)
		if (rows[i]->isolated)
			err = add_row(t, rows[i], tasks, placement, host, &around);
	for (uint32_t i = 0; i < n && !err; i++)
		if (!rows[i]->isolated)
			err = add_row(t, rows[i], tasks, placement, host, &around);
	hwloc_bitmap_free(around.targets);
	hwloc_bitmap_free(around.owned);
	hwloc_bitmap_free(around.isolated);
	if (err)
		trespasses_free(t);
	return err;
}

void trespasses_free(struct trespasses *t)
{
	for (uint32_t i = 0; i < t->count; i++)
		homes_free(&t->all[i].homes);
	free(t->all);
	memset(t, 0, sizeof(*t));
}
