/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What could put a task on a CPU, and what the CPU is: all that "interloper explain" tells, from
 * the host snapshot.
 */
#ifndef INTERLOPER_EXPLAIN_H
#define INTERLOPER_EXPLAIN_H

#include "analysis/reach.h"
#include "host/finding.h"
#include "host/isolation.h"
#include "host/numa.h"

/* Where a task's mask comes from. What fits first counts: a snapshot holds masks, not history. */
enum mask_origin {
	MASK_UNKNOWN,
	MASK_BOUND,    /* PF_NO_SETAFFINITY: by the kernel, when it made the thread */
	MASK_KTHREADD, /* a kernel thread's: the one that kthreadd has, and hands on */
	MASK_NODE,     /* a kernel thread's: the CPUs of one NUMA node */
	MASK_CPUSET,   /* all that its cpuset leaves it */
	MASK_ALL,      /* every CPU there is */
	MASK_PARENT,   /* its parent has the same, and hands it on */
	MASK_SET,      /* none of these: an affinity call, by the task or by somebody */
};

struct explanation {
	const struct host_snapshot *host;
	const struct isolation *isolation;
	uint32_t cpu;
	enum membership membership; /* of the CPU in scheduling domains */
	hwloc_bitmap_t llc, node;   /* the CPUs of its last-level cache, its node; empty: unknown */
	enum numa_type numa;
	struct findings findings; /* on isolation */

	const struct host_task *task;	  /* NULL: none was asked for */
	uint32_t others;		  /* further tasks that match */
	const struct task_cpuset *cpuset; /* NULL: not known */
	enum mask_origin origin;
	struct reach reach;
	bool is_ksmd;

	/* Tasks whose last CPU it is: those that could be elsewhere, and how many could not. */
	uint32_t movable_count, bound_count;
	const struct host_task **movable;
};

/* The task with this tid. NULL: none. */
const struct host_task *explain_find_tid(const struct host_snapshot *host, uint32_t tid);
/*
 * The first task, by tid, of this name ("ksmd", "kworker*"); others: how many more there are. NULL:
 * none.
 */
const struct host_task *explain_find_name(const struct host_snapshot *host, const char *name,
					  uint32_t *others);

/*
 * Explains a CPU that host has, and the way there of a task of host (or NULL), whose cpuset may be
 * NULL. All of these must outlive the explanation. 0 or -ENOMEM; explain_free() in any case.
 */
int explain(struct explanation *explanation, const struct host_snapshot *host,
	    const struct isolation *isolation, uint32_t cpu, const struct host_task *task,
	    const struct task_cpuset *cpuset);
void explain_free(struct explanation *explanation);

/* "kthreadd's, inherited", ... */
const char *mask_origin_text(enum mask_origin origin);
/* "bound", "kthreadd", "node", "cpuset", "all", "parent", "set"; NULL for unknown. */
const char *mask_origin_name(enum mask_origin origin);

/* The value of a file of /sys/kernel/mm/ksm; NULL: none. */
const char *explain_ksm(const struct host_snapshot *host, const char *file);

#endif
