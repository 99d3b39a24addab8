/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What virtual machines paid: a machine's steal is the sum of its vCPUs' delays, told apart by whose
 * slices filled them. Its own other threads, and its other vCPUs, are culprits like any.
 */
#ifndef INTERLOPER_STEAL_H
#define INTERLOPER_STEAL_H

#include "analysis/blame.h"
#include "event/tasks.h"
#include "host/snapshot.h"

struct steal_part {
	uint32_t culprit; /* task, TASK_IDLE, TASK_UNKNOWN */
	uint64_t waits, total_ns;
};

struct steal {
	uint32_t vm_pid;
	const char *vm_name; /* NULL: not known. The host snapshot's */
	uint32_t vcpus;	     /* of those that waited, or whose waits are not known */
	uint64_t waits, total_ns;
	uint64_t worst_ns, worst_since_ns; /* the longest wait of any vCPU; 0 without waits */
	uint32_t part_count;
	struct steal_part *parts; /* most first, ties by culprit; they sum up to total_ns */
};

/*
 * Of finished blame: machines by steal, most first, ties by pid. host may be NULL (then vCPUs are known
 * by their threads' names). *machines is for steal_free(). 0 or -ENOMEM.
 */
int steal_make(struct steal **machines, uint32_t *count, const struct blame *blame,
	       const struct task_table *tasks, const struct host_snapshot *host);
void steal_free(struct steal *machines, uint32_t count);

#endif
