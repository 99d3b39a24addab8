/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What let a movable task onto an isolated CPU: the way it came (analysis/arrival.h) held against what
 * is known of the machine. Pure rules; the history of each is in docs/placement.md.
 */
#ifndef INTERLOPER_TRESPASS_H
#define INTERLOPER_TRESPASS_H

#include "analysis/arrival.h"
#include "analysis/homes.h"
#include "event/tasks.h"
#include "host/snapshot.h"

enum trespass_cause {
	CAUSE_UNKNOWN,
	CAUSE_BOOT_CPU,	   /* a kernel thread, born on the boot CPU, which is isolated */
	CAUSE_BORN_THERE,  /* forked by a task that was there */
	CAUSE_AFFINITY,	   /* its mask was set to that CPU, or to lists it had to go to */
	CAUSE_LLC_ID,	   /* recent_used_cpu: an isolated CPU has no sd_llc_id of its own */
	CAUSE_SMT_CHECK,   /* select_idle_smt() does not check the domain */
	CAUSE_CORE_CHECK,  /* select_idle_core() and _cpu() do not */
	CAUSE_NUMA,	   /* NUMA balancing does not */
	CAUSE_NODE_THREAD, /* a thread bound to a node all of whose CPUs are isolated but some */
	CAUSE_HOTPLUG,	   /* its CPU went offline */
	CAUSE_STOPPER,	   /* an active balance: the stopper moved it */
	CAUSES
};

struct trespass_verdict {
	enum trespass_cause cause;
	bool certain; /* seen in the trace; else concluded from what the host snapshot says */
};

/* host: the trace's snapshot; task: who it is. */
struct trespass_verdict trespass_cause(const struct arrival *arrival, uint16_t cpu,
				       const struct task_identity *task,
				       const struct placement_host *placement,
				       const struct host_snapshot *host);

/* A row of arrivals with what is to be said of it. */
struct trespass {
	const struct arrival_row *row;
	const struct task_identity *task;
	const struct host_task *host_task; /* NULL: not alive when the snapshot was taken */
	const struct host_task *parent;	   /* likewise */
	struct trespass_verdict why;	   /* of the residence that ran most */
	bool llc_ids_known; /* the sd_llc_id of the CPU, and of the one it came from */
	int llc_id, from_llc_id;
	struct homes homes; /* where it may be moved to; cpus is NULL where its mask may not be
			       changed, or it or the machine is not known */
};

struct trespasses {
	struct trespass *all; /* isolated CPUs' first; else as the rows came */
	uint32_t count;
	uint64_t run_ns;	     /* of all rows */
};

/* rows from arrivals_finish(), which must live as long, as must tasks and host. 0 or -ENOMEM. */
int trespasses_make(struct trespasses *trespasses, const struct arrival_row *const *rows,
		    uint32_t n, const struct task_table *tasks,
		    const struct placement_host *placement, const struct host_snapshot *host);
void trespasses_free(struct trespasses *trespasses);

/* One line each, NULL where there is nothing to say. */
const char *trespass_cause_name(enum trespass_cause cause); /* short, for tables and JSON */
const char *trespass_cause_text(enum trespass_cause cause); /* what the kernel does */
const char *trespass_history(enum trespass_cause cause);    /* since when, fixed by what */

/* The task of a snapshot by its tid; NULL: it was not alive then. */
const struct host_task *trespass_host_task(const struct host_snapshot *host, uint32_t tid);

#endif
