/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of idleness share.
 *
 *   circle  a set of traced CPUs whose idle time is kept as one: a CPU alone, the usable CPUs of a
 *           cache, of a node, all of them. Idle slices are added to the union of each circle that
 *           their CPU is in, so a wait's part is a difference of two sums
 *   spot    where a wait happens: a CPU and a set of usable CPUs. It has four circles, each within
 *           the next. Where the CPU is not of the set, as with a task that came to an isolated one,
 *           it is in its own circle alone: else each such CPU would need wide circles of its own
 *
 * A wait is held until all CPUs of its widest circle have told its end, in the queue of the CPU it
 * waits on, so that the unions of a CPU's waits grow in order. A circle that is made in mid-stream is
 * built from those of its CPUs alone, as far back as it is asked for.
 */
#ifndef INTERLOPER_IDLENESS_INTERNAL_H
#define INTERLOPER_IDLENESS_INTERNAL_H

#include "analysis/idleness.h"
#include "analysis/rows.h"
#include "analysis/spans.h"

/* Beside the CPUs' own: each costs time with every idle slice in it. */
#define CIRCLES_MAX 4096u

struct spot {
	uint32_t own, llc, node, all; /* circles */
	uint32_t index;		      /* in spots.all */
	uint16_t cpu;
	bool apart;   /* its own circle is not within the next */
	bool blind;   /* a usable CPU is never known: not traced; or the mask is not known */
	bool refused; /* likewise, as there are CIRCLES_MAX circles */
	struct spans waits;
};

struct held_wait {
	uint64_t from_ns, to_ns;
	uint32_t spot; /* its index */
	uint32_t task;
};

struct circle {
	hwloc_bitmap_t cpus;
	uint16_t *members;
	uint32_t member_count;
	uint64_t hash;
	uint64_t since_ns;   /* it reaches back to there; UINT64_MAX: not built yet */
	struct spans idle;   /* at least one CPU is idle */
	struct spans either; /* ... or unknown; only kept once one is */
	bool has_unknown;
	uint64_t told_ns; /* by all its CPUs, as of look */
	uint32_t look;
	uint64_t overtaken_ns; /* its CPUs have told up to there, or were overtaken */
};

struct queue {
	struct held_wait *held; /* from first to end */
	size_t first, end, capacity;
};

struct cpu_state {
	bool traced;
	bool silent;	   /* offline in the snapshot, and no slice yet */
	uint64_t told_ns;  /* its state is told up to there */
	uint32_t *circles; /* those it is in; the first is its own */
	uint32_t circle_count, circle_capacity;
	struct queue queue;
	struct spans waited, wasted;
	struct idle_cpu result;
};

struct idleness {
	struct idleness_options options;
	hwloc_bitmap_t traced, offline; /* offline: in the snapshot */
	struct cpu_state *cpus; /* cpu_count, and one for the waits on all others */
	struct circle **circles;
	uint32_t circle_count, circle_capacity;
	struct rows spots; /* by CPU, and the set in the place of the task */
	struct rows tasks; /* struct idle_parts; hashed: ids may be absurd */
	struct idle_parts all;
	struct idleness_counts counts;
	uint64_t start_ns, now_ns; /* now: the latest that any CPU told */
	uint64_t floor_ns;	   /* what lies before is forgotten */
	size_t held, span_count;
	size_t trim_at; /* spans */
	uint32_t since_settled; /* events and waits */
	uint32_t look;		/* the number of the look at what CPUs have told */
};

enum cpu_is_at { AT_UNKNOWN, AT_IDLE };

/* idleness_circles.c */

/* NULL without memory. */
struct spot *idleness_spot(struct idleness *i, uint16_t cpu, uint32_t set);
/* Lets a spot's circles reach back to a time, or to what is kept. 0 or -ENOMEM. */
int idleness_reach_back(struct idleness *i, const struct spot *spot, uint64_t from_ns);
/* The index of the circle of some traced CPUs; -ENOSPC: there are CIRCLES_MAX; -ENOMEM. */
int64_t idleness_circle(struct idleness *i, hwloc_const_bitmap_t cpus);
void idleness_circle_free(struct circle *c);
/* Adds a stretch of a CPU's time to all its circles. 0 or -ENOMEM. */
int idleness_mark(struct idleness *i, uint16_t cpu, enum cpu_is_at is, uint64_t start_ns,
		  uint64_t end_ns);
/* spans_add(), counted. */
int idleness_span(struct idleness *i, struct spans *spans, uint64_t start_ns, uint64_t end_ns,
		  struct spans_news *news);

/* idleness_settle.c */

/* Takes a wait for later. 0 or -ENOMEM. */
int idleness_hold(struct idleness *i, const struct spot *spot, const struct held_wait *wait);
/* Decides what can be, and keeps to the limits. 0 or -ENOMEM. */
int idleness_settle(struct idleness *i);
/* Decides everything that is held. 0 or -ENOMEM. */
int idleness_settle_all(struct idleness *i);

#endif
