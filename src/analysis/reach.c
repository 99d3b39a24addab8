// SPDX-License-Identifier: GPL-2.0-only
/* Whether a task can come to a CPU: see reach.h. */
#include "analysis/reach.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/homes.h"
#include "host/cpulist.h"
#include "host/numa.h"
#include "host/release.h"
#include "host/taskflags.h"

enum class { CLASS_FAIR, CLASS_REALTIME, CLASS_DEADLINE, CLASS_OTHER };

/* What the rules ask for. */
struct facts {
	struct reach *reach;
	const struct host_snapshot *host;
	const struct host_task *task;
	uint32_t cpu;
	const struct task_cpuset *cpuset;
	enum membership membership;
	enum class class;
	bool kthread, fixed; /* PF_KTHREAD, PF_NO_SETAFFINITY */
	bool pinned;	     /* one CPU allowed */
	bool there;	     /* it was there last */
	int release;	     /* 100 * major + minor; 0: unknown */
	const char *release_text;
	bool no_memory;
};

static void __attribute__((format(printf, 4, 5)))
say(struct facts *f, enum reach_way_id id, enum reach_answer answer, const char *format, ...)
{
	struct reach_way *way = &f->reach->ways[id];
	va_list args;

	va_start(args, format);
	if (vasprintf(&way->why, format, args) < 0) {
		way->why = NULL;
		f->no_memory = true;
	}
	va_end(args);
	way->asked = true;
	way->answer = answer;
}

enum membership reach_membership(const struct host_snapshot *host, uint32_t cpu)
{
	enum membership membership = domains_membership(&host->domains, cpu);

	if (membership != MEMBERSHIP_UNKNOWN)
		return membership;
	if (host->isolated && hwloc_bitmap_isset(host->isolated, cpu))
		return MEMBERSHIP_NONE;
	/* In domains, for all that is known; an offline CPU is in none until it comes back. */
	return host->boot_isolated ? MEMBERSHIP_SOME : MEMBERSHIP_UNKNOWN;
}

static enum class class_of(int policy) {
	switch (policy){
		case 0 :		 /* SCHED_OTHER */
			case 3 :	 /* SCHED_BATCH */
				case 5 : /* SCHED_IDLE */
					return CLASS_FAIR;
		case 1 :	 /* SCHED_FIFO */
			case 2 : /* SCHED_RR */
				return CLASS_REALTIME;
		case 6 : /* SCHED_DEADLINE */
			return CLASS_DEADLINE;
		default : return CLASS_OTHER;
	}
}

/* The task's CPUs that are online and in domains: where a search finds it a place. */
static int find_home(struct facts *f)
{
	hwloc_bitmap_t home = f->reach->home;

	if (hwloc_bitmap_and(home, f->task->allowed, f->host->online))
		return -ENOMEM;
	for (int cpu = hwloc_bitmap_first(home); cpu >= 0; cpu = hwloc_bitmap_next(home, cpu))
		if (reach_membership(f->host, (uint32_t)cpu) == MEMBERSHIP_NONE &&
		    hwloc_bitmap_clr(home, (unsigned int)cpu))
			return -ENOMEM;
	return 0;
}

static void judge_wakeup(struct facts *f)
{
	if (f->pinned)
		say(f, REACH_WAKEUP, REACH_YES, "it is the only CPU of its mask");
	else if (f->membership == MEMBERSHIP_UNKNOWN)
		say(f, REACH_WAKEUP, REACH_UNKNOWN, "the CPU's scheduling domains are not known");
	else if (f->membership == MEMBERSHIP_SOME)
		say(f, REACH_WAKEUP, REACH_YES,
		    "the CPU is in the scheduling domains that a wakeup searches");
	else if (hwloc_bitmap_iszero(f->reach->home))
		say(f, REACH_WAKEUP, REACH_YES, "no CPU of its mask is in a scheduling domain");
	else if (f->there)
		say(f, REACH_WAKEUP, REACH_YES,
		    "it was there last, and with no domain to search a wakeup keeps the previous "
		    "CPU");
	else if (f->class == CLASS_OTHER)
		say(f, REACH_WAKEUP, REACH_UNKNOWN, "its scheduler decides (policy %d)",
		    f->task->policy);
	else if (f->class != CLASS_FAIR)
		say(f, REACH_WAKEUP, REACH_ONLY_IF,
		    "it is on a CPU without domains already: its class searches among such CPUs, "
		    "or among the others");
	else
		say(f, REACH_WAKEUP, REACH_ONLY_IF,
		    "it was there before: no search finds the CPU, but the previous CPU is kept");
}

static const struct host_task *find_tid(const struct host_snapshot *host, uint32_t tid)
{
	for (uint32_t i = 0; i < host->task_count; i++)
		if (host->tasks[i].tid == tid)
			return &host->tasks[i];
	return NULL;
}

/* A thread is made by another one of its process, all else by the parent. */
static void judge_fork(struct facts *f)
{
	const struct host_task *task = f->task;
	bool thread = task->tid != task->pid;
	uint32_t maker_tid = thread ? task->pid : task->ppid;
	const struct host_task *maker = maker_tid ? find_tid(f->host, maker_tid) : NULL;

	if (f->membership == MEMBERSHIP_UNKNOWN)
		say(f, REACH_FORK, REACH_UNKNOWN, "the CPU's scheduling domains are not known");
	else if (f->membership == MEMBERSHIP_SOME)
		say(f, REACH_FORK, REACH_YES, "a fork searches the domains for the idlest CPU");
	else if (maker && maker->last_cpu == (int)f->cpu)
		say(f, REACH_FORK, REACH_YES,
		    "%s[%u] was there last, and what it forks begins where it is", maker->comm,
		    maker->tid);
	else if (maker)
		say(f, REACH_FORK, REACH_ONLY_IF, "%s[%u] was on the CPU when it forked it",
		    maker->comm, maker->tid);
	else
		say(f, REACH_FORK, REACH_ONLY_IF, "the task that forked it was on the CPU then");
}

static void judge_balance(struct facts *f)
{
	if (f->pinned)
		say(f, REACH_BALANCE, REACH_NO, "it has no other CPU to be taken from");
	else if (f->membership == MEMBERSHIP_UNKNOWN)
		say(f, REACH_BALANCE, REACH_UNKNOWN, "the CPU's scheduling domains are not known");
	else if (f->membership == MEMBERSHIP_SOME)
		say(f, REACH_BALANCE, REACH_YES, "the CPU balances with the others of its domains");
	else if (f->class == CLASS_REALTIME || f->class == CLASS_DEADLINE)
		say(f, REACH_BALANCE, REACH_ONLY_IF,
		    "it is on a CPU without domains already: its class pushes and pulls among "
		    "such CPUs");
	else
		say(f, REACH_BALANCE, REACH_NO,
		    "the CPU is in no domain: nothing is balanced onto it, nor away from it");
}

/* task_numa_find_cpu() and what it calls do not ask for domains, up to 7.3 at least. */
static void judge_numa(struct facts *f)
{
	int node = f->cpu < f->host->cpu_count ? f->host->cpus[f->cpu].node : -1;

	if (f->pinned)
		say(f, REACH_NUMA, REACH_NO, "it has no other CPU to be taken from");
	else if (f->kthread)
		say(f, REACH_NUMA, REACH_NO, "a kernel thread has no memory of its own to follow");
	else if (numa_type(f->host) == NUMA_SINGLE)
		say(f, REACH_NUMA, REACH_NO, "the machine has one NUMA node");
	else if (f->class != CLASS_FAIR)
		say(f, REACH_NUMA, REACH_NO, "it moves tasks of the fair class only");
	else if (f->host->numa_balancing < 0)
		say(f, REACH_NUMA, REACH_UNKNOWN, "kernel.numa_balancing is not known");
	else if (!f->host->numa_balancing)
		say(f, REACH_NUMA, REACH_NO, "kernel.numa_balancing is 0");
	else if (node < 0)
		say(f, REACH_NUMA, REACH_UNKNOWN, "the CPU's node is not known");
	else
		say(f, REACH_NUMA, REACH_ONLY_IF, "its memory is on node %d%s", node,
		    f->membership == MEMBERSHIP_NONE ? "; that the CPU is isolated is not asked"
						     : "");
}

static void judge_affinity(struct facts *f)
{
	const struct task_cpuset *cpuset = f->cpuset;
	char *list;

	if (!hwloc_bitmap_isset(f->host->online, f->cpu)) {
		say(f, REACH_AFFINITY, REACH_NO, "the CPU is offline");
	} else if (f->fixed) {
		say(f, REACH_AFFINITY, REACH_NO, "PF_NO_SETAFFINITY: the kernel refuses the call");
	} else if (cpuset && !hwloc_bitmap_iszero(cpuset->cpus) &&
		   !hwloc_bitmap_isset(cpuset->cpus, f->cpu)) {
		list = cpulist_format(cpuset->cpus);
		say(f, REACH_AFFINITY, REACH_NO, "its cpuset %s has CPUs %s only", cpuset->path,
		    list ? list : "?");
		free(list);
	} else if (f->class == CLASS_DEADLINE) {
		say(f, REACH_AFFINITY, REACH_UNKNOWN,
		    "the mask of a SCHED_DEADLINE task must cover its root domain");
	} else {
		say(f, REACH_AFFINITY, REACH_YES,
		    "taskset can move it (no PF_NO_SETAFFINITY): any CPU of a new mask will do, "
		    "isolated or not");
	}
}

/* The CPU's push goes through select_fallback_rq(), which knows masks and nodes, no domains. */
static void judge_hotplug(struct facts *f)
{
	if (f->pinned)
		say(f, REACH_HOTPLUG, REACH_NO, "it has no other CPU to be taken from");
	else
		say(f, REACH_HOTPLUG, REACH_ONLY_IF,
		    "the CPU it is on goes offline: any CPU of its mask will do, isolated or not");
}

/*
 * An isolated CPU of boot never had its sd_llc_id set; it reads 0, as that of CPU 0's cache does,
 * so cpus_share_cache() holds where it should not (seen on 5.10 to 7.0; -1 on 7.3). A partition's
 * CPU had one: up to 7.0 one of its own, on 7.3 the one it had before.
 */
static void judge_recent(struct facts *f)
{
	const struct host_snapshot *host = f->host;
	bool boot = host->boot_isolated && hwloc_bitmap_isset(host->boot_isolated, f->cpu);

	if (f->class != CLASS_FAIR || f->pinned)
		return;
	if (!f->release || (f->release > 700 && f->release < 703))
		say(f, REACH_RECENT, REACH_UNKNOWN, "it depends on the kernel, %s",
		    f->release_text);
	else if (boot && f->release <= 700)
		say(f, REACH_RECENT, REACH_ONLY_IF,
		    "it ran there lately and wakes by CPU 0's cache: up to 7.0 an isolated CPU's "
		    "sd_llc_id reads as CPU 0's (this is %s)",
		    f->release_text);
	else if (boot)
		say(f, REACH_RECENT, REACH_NO,
		    "from 7.3 on an isolated CPU's sd_llc_id is no cache's (this is %s)",
		    f->release_text);
	else if (f->release <= 700)
		say(f, REACH_RECENT, REACH_NO, "a partition's CPU shares its sd_llc_id with none");
	else
		say(f, REACH_RECENT, REACH_UNKNOWN,
		    "7.3 leaves a partition's CPU the sd_llc_id it had (this is %s)",
		    f->release_text);
}

/* Whether the CPU's core has other CPUs that are in domains. */
static bool is_core_split(const struct facts *f, hwloc_const_bitmap_t siblings)
{
	for (int cpu = hwloc_bitmap_first(siblings); cpu >= 0;
	     cpu = hwloc_bitmap_next(siblings, cpu))
		if (cpu != (int)f->cpu &&
		    reach_membership(f->host, (uint32_t)cpu) == MEMBERSHIP_SOME)
			return true;
	return false;
}

/*
 * select_idle_smt() lost its test of the domain in 6.1 (3e6efe87cd5c), select_idle_core() in 5.12
 * (9fe1f127b913); both have it again since 6.9 (8aeaffef8c6e, 23d04d8c6b8e) and in stable kernels
 * of March 2024 on. 5.10 and 5.11 have both. Before, it depends on df3cb4ea1fb6.
 */
static void judge_smt(struct facts *f)
{
	hwloc_const_bitmap_t siblings =
		f->cpu < f->host->cpu_count ? f->host->cpus[f->cpu].siblings : NULL;

	if (f->class != CLASS_FAIR || f->pinned)
		return;
	if (!siblings || hwloc_bitmap_iszero(siblings))
		say(f, REACH_SMT, REACH_UNKNOWN, "the CPU's core is not known");
	else if (hwloc_bitmap_weight(siblings) == 1)
		say(f, REACH_SMT, REACH_NO, "the CPU has no SMT sibling");
	else if (!is_core_split(f, siblings))
		say(f, REACH_SMT, REACH_NO, "its whole core is isolated");
	else if (f->release >= 609 || f->release == 510 || f->release == 511)
		say(f, REACH_SMT, REACH_NO, "this kernel tests the domain there (%s)",
		    f->release_text);
	else if (f->release < 510)
		say(f, REACH_SMT, REACH_UNKNOWN, "it depends on the kernel, %s", f->release_text);
	else
		say(f, REACH_SMT, REACH_ONLY_IF,
		    "this kernel, %s, lacks 8aeaffef8c6e and 23d04d8c6b8e (stable kernels have "
		    "them since March 2024); the CPU's core is isolated in part",
		    f->release_text);
}

/* Seen: ksmd, kthreadd and some thirty more up to 6.18; of these only workers from 7.0 on. */
static void judge_boot(struct facts *f)
{
	const struct host_snapshot *host = f->host;

	if (f->cpu || !f->kthread || f->pinned || !host->boot_isolated ||
	    !hwloc_bitmap_isset(host->boot_isolated, 0))
		return;
	if (!f->release)
		say(f, REACH_BOOT, REACH_UNKNOWN, "it depends on the kernel, %s", f->release_text);
	else if (f->release < 700)
		say(f, REACH_BOOT, REACH_YES,
		    "before 7.0 kernel threads begin on the boot CPU, and stay (this is %s)",
		    f->release_text);
	else
		say(f, REACH_BOOT, REACH_NO,
		    "from 7.0 on kernel threads, but for some workers, begin on CPUs that are not "
		    "isolated (this is %s)",
		    f->release_text);
}

/* What rules out every way but a new mask. */
static bool is_out(struct facts *f, enum reach_answer *answer, const char **why)
{
	*answer = REACH_NO;
	if (!hwloc_bitmap_isset(f->host->online, f->cpu)) {
		*why = "the CPU is offline";
	} else if (!f->task->allowed) {
		*answer = REACH_UNKNOWN;
		*why = "its mask is not known";
	} else if (!hwloc_bitmap_isset(f->task->allowed, f->cpu)) {
		*why = "the CPU is not in its mask";
	} else {
		return false;
	}
	return true;
}

static int conclude(struct facts *f, enum reach_answer answer, const char *why)
{
	f->reach->answer = answer;
	f->reach->why = strdup(why);
	return f->reach->why ? 0 : -ENOMEM;
}

/* The first way in with this answer, of the kernel's own: an affinity call is somebody's. */
static const struct reach_way *first_way(const struct reach *reach, enum reach_answer answer)
{
	for (int id = 0; id < REACH_WAYS; id++)
		if (id != REACH_AFFINITY && reach->ways[id].asked &&
		    reach->ways[id].answer == answer)
			return &reach->ways[id];
	return NULL;
}

static int judge_all(struct facts *f)
{
	const struct reach_way *wakeup = &f->reach->ways[REACH_WAKEUP], *way;

	way = first_way(f->reach, REACH_YES);
	if (way)
		return conclude(f, REACH_YES, way->why);
	if (wakeup->answer == REACH_UNKNOWN)
		return conclude(f, REACH_UNKNOWN, wakeup->why);
	way = first_way(f->reach, REACH_ONLY_IF);
	if (way)
		return conclude(f, REACH_ONLY_IF, way->why);
	if (f->reach->ways[REACH_AFFINITY].answer == REACH_YES)
		return conclude(f, REACH_ONLY_IF, "somebody gives it a mask that has the CPU");
	return conclude(f, REACH_NO, wakeup->why);
}

static void judge_ways(struct facts *f)
{
	enum reach_answer answer;
	const char *why;

	judge_affinity(f);
	if (is_out(f, &answer, &why)) {
		for (int id = REACH_WAKEUP; id <= REACH_HOTPLUG; id++)
			if (id != REACH_AFFINITY)
				say(f, id, answer, "%s", why);
		return;
	}
	judge_wakeup(f);
	judge_fork(f);
	judge_balance(f);
	judge_numa(f);
	judge_hotplug(f);
	if (f->membership != MEMBERSHIP_NONE)
		return;
	judge_recent(f);
	judge_smt(f);
	judge_boot(f);
}

/* From where it may be to where it should be; nowhere stays nowhere. */
static int advise_home(struct facts *f)
{
	hwloc_bitmap_t owned, target;
	struct homes_input input = { .host = f->host, .task = f->task };
	struct homes homes = { 0 };
	int err = -ENOMEM;

	if (hwloc_bitmap_iszero(f->reach->home))
		return 0;
	input.owned = owned = hwloc_bitmap_alloc();
	input.targets = target = hwloc_bitmap_alloc();
	if (owned && target && !hwloc_bitmap_only(target, f->cpu))
		err = homes_owned(owned, f->host, NULL, 0);
	if (!err)
		err = homes_find(&homes, &input);
	if (!err && hwloc_bitmap_copy(f->reach->home, homes.cpus))
		err = -ENOMEM;
	homes_free(&homes);
	hwloc_bitmap_free(owned);
	hwloc_bitmap_free(target);
	return err;
}

int reach_judge(struct reach *reach, const struct host_snapshot *host, const struct host_task *task,
		uint32_t cpu, const struct task_cpuset *cpuset)
{
	struct facts f = {
		.reach = reach,
		.host = host,
		.task = task,
		.cpu = cpu,
		.cpuset = cpuset,
		.membership = reach_membership(host, cpu),
		.class = class_of(task->policy),
		.kthread = task->flags & TASK_KTHREAD,
		.fixed = task->flags & TASK_NO_SETAFFINITY,
		.pinned = task->allowed && hwloc_bitmap_weight(task->allowed) == 1,
		.there = task->last_cpu == (int)cpu,
		.release = host_release(host),
		.release_text = host->kernel_release ? host->kernel_release : "which is not known",
	};
	int err;

	memset(reach, 0, sizeof(*reach));
	reach->home = hwloc_bitmap_alloc();
	if (!reach->home || (task->allowed && find_home(&f)))
		return -ENOMEM;
	judge_ways(&f);
	if (f.no_memory)
		return -ENOMEM;
	err = judge_all(&f);
	/* Advice is for those who can take it, and only where the CPU is to be kept free. */
	if (f.fixed || f.pinned || f.membership != MEMBERSHIP_NONE)
		hwloc_bitmap_zero(reach->home);
	return err ? err : advise_home(&f);
}

void reach_free(struct reach *reach)
{
	for (int id = 0; id < REACH_WAYS; id++)
		free(reach->ways[id].why);
	free(reach->why);
	hwloc_bitmap_free(reach->home);
	memset(reach, 0, sizeof(*reach));
}

const char *reach_way_name(enum reach_way_id way)
{
	static const char *const names[] = {
		[REACH_WAKEUP] = "wakeup",	    [REACH_FORK] = "fork",
		[REACH_BALANCE] = "load balancing", [REACH_NUMA] = "NUMA balancing",
		[REACH_AFFINITY] = "affinity call", [REACH_HOTPLUG] = "CPU hotplug",
		[REACH_RECENT] = "recent_used_cpu", [REACH_SMT] = "idle core, SMT",
		[REACH_BOOT] = "boot CPU",
	};

	return names[way];
}

const char *reach_answer_name(enum reach_answer answer)
{
	static const char *const names[] = {
		[REACH_NO] = "no",
		[REACH_ONLY_IF] = "only if",
		[REACH_YES] = "yes",
		[REACH_UNKNOWN] = "unknown",
	};

	return names[answer];
}
