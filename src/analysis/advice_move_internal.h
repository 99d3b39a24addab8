/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of advice_move() share: advice_move.c, advice_tasks.c, advice_knobs.c, advice_irqs.c
 * and advice_vms.c.
 */
#ifndef INTERLOPER_ADVICE_MOVE_INTERNAL_H
#define INTERLOPER_ADVICE_MOVE_INTERNAL_H

#include <string.h>

#include "analysis/advice_move.h"
#include "analysis/homes.h"
#include "analysis/kinds.h"

/* An interloper and what it is. */
struct moved {
	const struct move_task *task;
	struct task_kind kind;
	uint32_t group, key; /* which advice it goes to */
	uint32_t at;	     /* its place in the input */
};

/* Those that one advice is about, in the input's order. */
struct moved_group {
	const struct moved *list;
	uint32_t count;
	uint64_t run_ns, delay_ns, visits;
};

/* "CPU" or "CPUs", by their list. */
static inline const char *adviser_cpus(const char *list)
{
	return strpbrk(list, "-,") ? "CPUs" : "CPU";
}

struct adviser {
	struct advice_list *list;
	const struct move_advice_input *in;
	const struct host_snapshot *host; /* never NULL */
	hwloc_bitmap_t isolated, owned;
	struct homes general; /* of no task in particular */
	char *homes;	      /* its list */
	char *targets;	      /* "CPU 43", "CPUs 43-45" */
	char *target_list;    /* "43", "43-45" */
};

/*
 * A new advice on a group with its title, what was seen and what is predicted. NULL without memory.
 */
struct advice *adviser_add(struct adviser *m, const struct moved_group *group, const char *rule,
			 enum advice_sure sure, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
/* The same where there is nothing to do. */
struct advice *adviser_leave(struct adviser *m, const struct moved_group *group, const char *rule,
			   const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Room for the names of a group: "kworker/u8:1[77], kworker/u8:2[78] and 18 more" */
#define ADVISER_NAMES_MAX 256
char *adviser_names(char buf[ADVISER_NAMES_MAX], const struct moved_group *group);

/* The homes of one task, and their list; caller frees both. False without memory, which is told. */
bool adviser_homes(struct adviser *m, const struct task_kind *kind, struct homes *homes,
		   char **list);

/* Whether nothing can be done with a task: unknown, or gone. */
bool adviser_is_gone(const struct moved *moved);

/*
 * Adds the change of a task's mask to list, or the command where the snapshot does not know the
 * task. False: it has a mask without the targets already.
 */
bool adviser_affinity(struct adviser *m, struct advice *advice, const struct moved *moved,
		    const char *list);

/* How to take its changes of masks back. */
void adviser_undo(struct adviser *m, struct advice *advice);

/* What keeps the kernel threads that pgrep finds by its arguments on these CPUs at every boot. */
void adviser_persist(struct adviser *m, struct advice *advice, const char *unit, const char *pgrep,
		   const char *list);

/* advice_tasks.c */
void advise_tasks(struct adviser *m, const struct moved_group *group, const char *rule);
void advise_pinned(struct adviser *m, const struct moved_group *group);
void advise_leave(struct adviser *m, const struct moved_group *group);
void advise_gone(struct adviser *m, const struct moved_group *group);

/* advice_knobs.c */
void advise_unbound_workers(struct adviser *m, const struct moved_group *group);
void advise_workers(struct adviser *m, const struct moved_group *group);
void advise_rcu(struct adviser *m, const struct moved_group *group);
void advise_rcu_callbacks(struct adviser *m, const struct moved_group *group);
void advise_stoppers(struct adviser *m, const struct moved_group *group);
void advise_watchdogs(struct adviser *m, const struct moved_group *group);

/* advice_irqs.c */
void advise_irq(struct adviser *m, const struct moved_group *group);
void advise_softirqs(struct adviser *m, const struct moved_group *group);

/* advice_vms.c */
void advise_vm_helpers(struct adviser *m, const struct moved_group *group);
void advise_pinned_vcpus(struct adviser *m, const struct moved_group *group);
/* After all groups: the VMs of floating vCPUs among interlopers (moved, n) and owners. */
void advise_floating_vcpus(struct adviser *m, const struct moved *moved, uint32_t n);

#endif
