/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a task may be put so that it disturbs nobody: its homes. One rule for all advice:
 *
 *   the online CPUs, without
 *     isolated  out of the scheduling domains: isolcpus=domain, isolated cpuset partitions
 *     nohz_full
 *     owned     vCPU threads or an owner's tasks are pinned to it (homes_owned())
 *     target    it is asked to be kept free
 *     sibling   an SMT sibling of an owned or target CPU
 *   if nothing is left: the siblings; if nothing is: the nohz_full CPUs. Never an isolated, owned or
 *   target one: then the list is empty, and says why.
 *   Of these,
 *     mask      those of the task's mask, if it has one of them: somebody chose it
 *     node      those of its NUMA node, if at least HOMES_ROOM are left then. Only a task that is
 *               bound to a node has one: by its mask, or as a kernel thread of a node (kswapd1,
 *               kcompactd1)
 *     busy      without those that are clearly busier than others, if that was measured: by
 *               HOMES_CLEARLY or more above the median. At least half of them stay, and two
 *
 * The list is kept broad: the scheduler knows better than we which of the CPUs is idle.
 */
#ifndef INTERLOPER_HOMES_H
#define INTERLOPER_HOMES_H

#include "host/snapshot.h"

#define HOMES_ROOM    2
#define HOMES_CLEARLY 0.25 /* of a CPU's time */

enum homes_rule {
	HOMES_ISOLATED,
	HOMES_NOHZ_FULL,
	HOMES_OWNED,
	HOMES_TARGET,
	HOMES_SIBLING,
	HOMES_MASK,
	HOMES_NODE,
	HOMES_BUSY,
	HOMES_RULES
};

enum homes_choice {
	HOMES_FIRST,
	HOMES_SIBLINGS, /* only SMT siblings of owned or target CPUs are left */
	HOMES_NOHZ,	/* only nohz_full CPUs */
	HOMES_NONE,
};

/* What is asked; all the caller's. */
struct homes_input {
	const struct host_snapshot *host;
	const struct host_task *task;		/* NULL: any, or not in the snapshot */
	hwloc_const_bitmap_t targets, owned;	/* NULL: none */
	hwloc_const_bitmap_t isolated;		/* homes_isolated()'s; NULL: it is asked anew, which is
						   slow for many tasks */
	const uint64_t *busy_ns;		/* how long each CPU was busy; UINT64_MAX: not known;
						   NULL: not measured */
	uint32_t busy_count;			/* its length: from there on, not known */
	uint64_t window_ns;			/* of so much time */
};

struct homes {
	hwloc_bitmap_t cpus;		 /* the answer; empty: HOMES_NONE */
	hwloc_bitmap_t out[HOMES_RULES]; /* the online CPUs that each rule took out; each is taken
					    out once */
	enum homes_choice choice;
	int node; /* of which only CPUs are listed; -1: none */
	bool mask_has_none; /* its mask has none of them: it has to be widened, and a cpuset may
			       refuse that */
	char *why; /* "all online CPUs but 64-95 (isolated)"; "every online CPU is isolated" */
};

/* 0 or -ENOMEM; homes_free() in any case. */
int homes_find(struct homes *homes, const struct homes_input *input);
void homes_free(struct homes *homes);

/*
 * The CPUs that are owned: those that a vCPU thread, or one of the owners (tids, sorted; count may be
 * 0), is pinned to. Pinned is a task whose mask has not all CPUs, neither all that are online nor
 * all that are not isolated: that is what init's children get by default where CPUs are isolated.
 * Where a VM's vCPUs cannot be told from its other threads (vcpus_named is false), all its threads
 * count. 0 or -ENOMEM.
 */
int homes_owned(hwloc_bitmap_t owned, const struct host_snapshot *host, const uint32_t *owners,
		uint32_t count);

/* Whether a mask pins, in the sense above: 1, 0 or -ENOMEM. */
int homes_is_pinned(const struct host_snapshot *host, hwloc_const_bitmap_t mask);

/* The online CPUs that are isolated, into set. 0 or -ENOMEM. */
int homes_isolated(hwloc_bitmap_t set, const struct host_snapshot *host);

/* The node that a task is bound to, as above; -1: none. */
int homes_node(const struct host_snapshot *host, const struct host_task *task);

/* "isolated", "nohz_full", "vCPUs or owners are pinned there", ... */
const char *homes_rule_text(enum homes_rule rule);

#endif
