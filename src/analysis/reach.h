/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether a task can come to a CPU, and by which ways of the kernel: rules over the host snapshot,
 * without a trace. They say what may happen, not what did.
 *
 * A CPU in no scheduling domain (isolated) is found by no search and no balancing. Tasks come there
 * all the same, by the ways below, and then stay: without a domain a wakeup keeps the previous CPU
 * (kernel/sched/fair.c, select_task_rq_fair() and select_idle_sibling()), and no CPU pulls from
 * there. Where a way was open in some kernels only, the release decides; it is a hint, for
 * distributions carry fixes back.
 */
#ifndef INTERLOPER_REACH_H
#define INTERLOPER_REACH_H

#include "host/cpuset.h"
#include "host/domains.h"
#include "host/snapshot.h"

enum reach_answer { REACH_NO, REACH_ONLY_IF, REACH_YES, REACH_UNKNOWN };

/* The last three are asked of isolated CPUs only: elsewhere they are part of the first. */
enum reach_way_id {
	REACH_WAKEUP,
	REACH_FORK,
	REACH_BALANCE,
	REACH_NUMA,
	REACH_AFFINITY,
	REACH_HOTPLUG,
	REACH_RECENT, /* recent_used_cpu: a shortcut of the wakeup's search */
	REACH_SMT,    /* the search for idle cores and SMT siblings */
	REACH_BOOT,   /* kernel threads begin on the boot CPU */
	REACH_WAYS
};

struct reach_way {
	bool asked;
	enum reach_answer answer;
	char *why; /* one sentence without its full stop; behind "only if" a condition */
};

struct reach {
	struct reach_way ways[REACH_WAYS];
	enum reach_answer answer; /* of all together */
	char *why;
	hwloc_bitmap_t home; /* where it should be (homes.h), where it is movable, has a CPU in
				domains in its mask, and the CPU is isolated; else empty */
};

/* task is of host; cpuset may be NULL (not known). 0 or -ENOMEM; reach_free() in any case. */
int reach_judge(struct reach *reach, const struct host_snapshot *host, const struct host_task *task,
		uint32_t cpu, const struct task_cpuset *cpuset);
void reach_free(struct reach *reach);

/* Whether a CPU is in scheduling domains: from the domains, else from what is isolated. */
enum membership reach_membership(const struct host_snapshot *host, uint32_t cpu);

/* "wakeup", "load balancing", ... */
const char *reach_way_name(enum reach_way_id way);
/* "no", "only if", "yes", "unknown" */
const char *reach_answer_name(enum reach_answer answer);

#endif
