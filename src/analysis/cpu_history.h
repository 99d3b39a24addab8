/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who ran on each CPU, and when: slices kept for as long as a wait may have to be explained by them.
 * A CPU's time is tiled by stays: a task's, the idle task's, or TASK_UNKNOWN's where no slice was seen
 * (before the trace, a gap, a loss, a CPU that was not traced or was offline).
 */
#ifndef INTERLOPER_CPU_HISTORY_H
#define INTERLOPER_CPU_HISTORY_H

#include "event/event.h"

struct cpu_stay {
	uint64_t from_ns, to_ns;
	uint32_t task; /* TASK_IDLE, TASK_UNKNOWN */
};

struct cpu_history;

/*
 * limit: how many slices are kept, on all CPUs together, at 16 bytes each; memory grows with use. When
 * it is reached a CPU forgets its oldest slice for each new one. NULL without memory.
 */
struct cpu_history *cpu_history_new(uint64_t limit);
void cpu_history_free(struct cpu_history *history);

/*
 * Takes the slices of all tasks in stream order; others are ignored. One whose start was missed (GAP) is
 * no stay: of its time is not known who had it. 0 or -ENOMEM (the slice is then not kept).
 */
int cpu_history_add(struct cpu_history *history, const struct event *event);

/* Until when it is known who ran on a CPU: the end of its last slice; 0: nothing was told yet. */
uint64_t cpu_history_told_until(const struct cpu_history *history, uint16_t cpu);

/* Slices that were forgotten as the limit was reached. */
uint64_t cpu_history_forgotten(const struct cpu_history *history);

/* A walk over the stays of a CPU that tile [from_ns, to_ns) exactly, the latest first. Private. */
struct cpu_walk {
	const struct cpu_history_ring *ring; /* NULL: nothing is known */
	uint64_t next; /* how many of the ring's slices are still before us */
	uint64_t from_ns, to_ns; /* what is left */
};

struct cpu_walk cpu_history_walk(const struct cpu_history *history, uint16_t cpu, uint64_t from_ns,
				 uint64_t to_ns);
/* False at the end. Valid while nothing is added. No stay is empty; neighbours may be of one task. */
bool cpu_walk_next(struct cpu_walk *walk, struct cpu_stay *stay);

#endif
