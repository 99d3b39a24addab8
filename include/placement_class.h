/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a wakeup put its wakee, seen from where that last ran: one rule for the BPF programs, which
 * count by it, and for src/analysis/placement.h. Names and meaning: docs/wakeups.md. */
#ifndef INTERLOPER_PLACEMENT_CLASS_H
#define INTERLOPER_PLACEMENT_CLASS_H

enum placement_class {
	PLACEMENT_UNKNOWN,  /* a CPU of it, or its place in the machine, is not known */
	PLACEMENT_KEPT,	    /* the previous CPU */
	PLACEMENT_WAKER,    /* the waker's CPU */
	PLACEMENT_SIBLING,  /* an SMT sibling of the previous or the waker's CPU */
	PLACEMENT_LLC,	    /* another CPU of the previous CPU's last-level cache */
	PLACEMENT_NODE,	    /* another CPU of the previous CPU's NUMA node */
	PLACEMENT_REMOTE,   /* a CPU of another node */
	PLACEMENT_PINNED,   /* no choice: one CPU allowed */
	PLACEMENT_REQUEUED, /* no choice: a delayed dequeue, re-enqueued where it was */
	PLACEMENT_RUNNING,  /* still on its CPU when woken, and kept there */
	PLACEMENT_NEW,	    /* a new task's first wakeup */
	PLACEMENT_EXEC,	    /* balanced at execve(): a move, never a slice's wakeup */
	PLACEMENT_CLASSES
};

/* A CPU's place in the machine; -1: not known. */
struct cpu_place {
	int core, llc, node;
};

#define CPU_PLACE_UNKNOWN                                                                          \
	(struct cpu_place)                                                                         \
	{                                                                                          \
		-1, -1, -1                                                                         \
	}

/* What is known of the wakeup beside the CPUs' places. */
struct placement_wakeup {
	unsigned int prev_cpu, chosen_cpu, waker_cpu; /* PLACEMENT_NO_CPU: not known */
	unsigned char is_new, requeued, pinned, woken_on_cpu;
};

#define PLACEMENT_NO_CPU 0xffffu

static inline __attribute__((always_inline)) int placement_same(int a, int b)
{
	return a >= 0 && a == b;
}

/* Where the places do not matter: a class, or PLACEMENT_CLASSES, and they decide. */
static inline __attribute__((always_inline)) enum placement_class
placement_class_of_facts(const struct placement_wakeup *w)
{
	if (w->is_new)
		return PLACEMENT_NEW;
	if (w->requeued)
		return PLACEMENT_REQUEUED;
	if (w->pinned)
		return PLACEMENT_PINNED;
	if (w->chosen_cpu == PLACEMENT_NO_CPU || w->prev_cpu == PLACEMENT_NO_CPU)
		return PLACEMENT_UNKNOWN;
	if (w->chosen_cpu == w->prev_cpu)
		return w->woken_on_cpu ? PLACEMENT_RUNNING : PLACEMENT_KEPT;
	if (w->chosen_cpu == w->waker_cpu)
		return PLACEMENT_WAKER;
	return PLACEMENT_CLASSES;
}

static inline __attribute__((always_inline)) enum placement_class
placement_class_of_places(const struct cpu_place *prev, const struct cpu_place *chosen,
			  const struct cpu_place *waker)
{
	if (placement_same(chosen->core, prev->core) || placement_same(chosen->core, waker->core))
		return PLACEMENT_SIBLING;
	if (placement_same(prev->llc, chosen->llc))
		return PLACEMENT_LLC;
	if (placement_same(prev->node, chosen->node))
		return PLACEMENT_NODE;
	return prev->node < 0 || chosen->node < 0 ? PLACEMENT_UNKNOWN : PLACEMENT_REMOTE;
}

#endif
