/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the target CPUs are for: the tasks that own them. Everything else that runs there is an
 * interloper. By the first of these rules that finds one among the tasks that ran there:
 *
 *   asked    those that the user names; then no other rule
 *   vcpus    vCPU threads of virtual machines
 *   bound    tasks, no kernel threads, that may run on the target CPUs alone
 */
#ifndef INTERLOPER_OWNER_H
#define INTERLOPER_OWNER_H

#include "analysis/filter.h"
#include "event/tasks.h"
#include "host/snapshot.h"

enum owner_rule { OWNER_NOBODY, OWNER_ASKED, OWNER_VCPUS, OWNER_BOUND };

/* What is asked for, and what it is judged by; all the caller's. */
struct owner_options {
	const struct filter *asked; /* its tasks; NULL or without any: not asked */
	hwloc_const_bitmap_t targets;
	const struct host_snapshot *host; /* NULL: not known */
};

/* Whether a task is an owner by one rule. */
bool owner_is(const struct owner_options *options, enum owner_rule rule,
	      const struct task_identity *task);

/* The rule that holds, by the tasks (ids) that ran on the target CPUs. */
enum owner_rule owner_rule_of(const struct owner_options *options, const uint32_t *ids, uint32_t n,
			      const struct task_table *tasks);

/* "asked", "vcpus", "bound"; NULL for OWNER_NOBODY. */
const char *owner_rule_name(enum owner_rule rule);

#endif
