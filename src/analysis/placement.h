/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a wakeup put its wakee, and by which branch of the kernel's code: docs/placement.md.
 *
 *   class    where the chosen CPU lies, seen from the previous one: a fact (include/placement_class.h)
 *   branch   which part of select_task_rq_fair() and what follows it returned that CPU: a model's
 *            answer from what was captured, with how sure; or, where hooks showed which CPUs the
 *            kernel looked at, read off that
 *
 * A slice that no wakeup led to (a preempted task that goes on) has neither.
 */
#ifndef INTERLOPER_PLACEMENT_H
#define INTERLOPER_PLACEMENT_H

#include "event/event.h"
#include "host/snapshot.h"
#include "placement_class.h"

enum placement_branch {
	BRANCH_UNKNOWN,
	BRANCH_PREV_IDLE,   /* "previous CPU idle" */
	BRANCH_TARGET_IDLE, /* "target idle": the waker's CPU, chosen by wake_affine() */
	BRANCH_RECENT,	    /* "recent_used_cpu" */
	BRANCH_IDLE_CORE,   /* "idle core" */
	BRANCH_IDLE_CPU,    /* "idle CPU in LLC" */
	BRANCH_IDLE_SMT,    /* "idle SMT sibling" */
	BRANCH_NONE_IDLE,   /* "no idle: target kept" */
	BRANCH_STACKED,	    /* "stacked on waker": a per-CPU kernel thread woke it (52262ee567ad) */
	BRANCH_SLOW,	    /* "slow path (fork/exec)" */
	BRANCH_FALLBACK,    /* "fallback": select_fallback_rq() */
	BRANCH_PINNED,	    /* "pinned" */
	BRANCH_REQUEUED,    /* "requeued" */
	BRANCH_ON_CPU,	    /* "still on CPU": queued there, nothing was chosen (2ebb17717550) */
	BRANCH_OTHER_CLASS, /* "other class": real-time and deadline tasks are placed otherwise */
	BRANCHES
};

enum certainty { UNSURE, SURE, OBSERVED };

struct placement_verdict {
	enum placement_branch branch;
	enum certainty certainty; /* UNSURE: the likeliest; another branch gives the same CPU */
};

/* The texts above; English, for tables and JSON. */
const char *placement_class_name(enum placement_class class);
const char *placement_branch_name(enum placement_branch branch);
const char *placement_certainty_name(enum certainty certainty);

/* What of a machine the kernel's choice depends on, in the form in which it is asked for. */
struct placement_host;

/* host may be NULL (not known): classes are then PLACEMENT_UNKNOWN but for the ones that the event
 * itself tells. NULL without memory. */
struct placement_host *placement_host_new(const struct host_snapshot *host);
void placement_host_free(struct placement_host *host);

bool placement_is_isolated(const struct placement_host *host, uint16_t cpu);
bool placement_shares_core(const struct placement_host *host, uint16_t a, uint16_t b);
/* Index of the CPU's last-level cache, NUMA node; -1: not known. */
int placement_llc(const struct placement_host *host, uint16_t cpu);
int placement_node(const struct placement_host *host, uint16_t cpu);

/* Whether a choice of CPU led to this slice (a wakeup or a fork; observed). */
static inline bool placement_is_told(const struct slice *s)
{
	return s->kind == DELAY_WAKE && s->waking_ns && s->chosen_cpu != CPU_UNKNOWN;
}

/* Of a slice or wait of which placement_is_told(). */
enum placement_class placement_class(const struct placement_host *host, const struct slice *s);

/* The model's answer from the slice alone. */
struct placement_verdict placement_model(const struct placement_host *host, const struct slice *s);

/* Whether it put a task onto an isolated CPU that may run on one that is not. */
enum placement_trespass {
	TRESPASS_NONE,
	TRESPASS_ARRIVAL, /* from a CPU that is not isolated */
	TRESPASS_STAY,	  /* from an isolated one, mostly the same */
	TRESPASS_UNKNOWN, /* from where is not known */
};

/* Of an event with a slice or wait of which placement_is_told(). */
enum placement_trespass placement_trespass(const struct placement_host *host,
					   const struct event *event);

/*
 * What the hooks saw of the same wakeup (struct choice; fallback NULL: it was not called, or not
 * hooked). OBSERVED where the trail of looks shows the branch; else what the model says, with the
 * choice's facts. choice may be NULL: placement_model().
 */
struct placement_verdict placement_explain(const struct placement_host *host, const struct slice *s,
					   const struct choice *choice,
					   const struct choice *fallback);

#endif
