/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who pays, and to whom: for each task that waited, whose slices filled its delay on the CPU where it
 * waited.
 *
 *   wait      from runnable since to switch-in, a wake or a preempt delay (event/event.h). One that was
 *             cut by the trace's end counts with what of it was seen, and is marked; one of which is
 *             not known when it began is counted, and in no sum
 *   part      how much of one wait one culprit's slices filled, on all CPUs that it waited on together
 *   culprit   a task; TASK_IDLE: the CPU sat idle while the task was queued (the way out of idleness, a
 *             late interrupt); TASK_UNKNOWN: no slice was seen (a gap, a loss, a CPU not traced)
 *
 * The parts of a wait sum up to it exactly, in ns; so do a victim's parts to its delay.
 */
#ifndef INTERLOPER_BLAME_H
#define INTERLOPER_BLAME_H

#include <hwloc.h>

#include "analysis/cpu_history.h"
#include "analysis/idleness.h"
#include "analysis/waits.h"
#include "event/tasks.h"

/* Wake and preempt delays are never mixed. */
enum blame_kind { BLAME_WAKE, BLAME_PREEMPT, BLAME_KINDS };

/* Durations of one kind: waits, or the parts of waits that a culprit filled. */
struct blame_sum {
	uint64_t total_ns, worst_ns;
	uint64_t worst_since_ns; /* when the wait of the longest one began: the first of equals */
	uint32_t count;
	uint32_t spread; /* private: where their distribution is; 0: it is not kept */
};

/* What one victim paid to one culprit. */
struct blame_pair {
	uint32_t victim, culprit;
	struct blame_sum sums[BLAME_KINDS];
};

struct blame_victim {
	uint32_t task;
	uint32_t first_pair, pair_count;     /* after blame_finish(): of blame_pairs() */
	struct blame_sum delays[BLAME_KINDS]; /* whole waits, also of 0 ns */
	uint64_t cut_waits, cut_ns;	     /* of these: cut by the trace's end, their time so far */
	uint64_t unknown_waits;		     /* slices and waits whose delay is not known */
};

/* What a culprit cost all victims. */
struct blame_culprit {
	uint32_t task;
	uint32_t victims;
	uint64_t waits, total_ns; /* parts, of both kinds */
};

/* A wait told in full: who ran ahead of the victim, in order. */
struct blame_story {
	struct wait wait;
	uint32_t stay_count; /* of stays[]; more than that are in left_out */
	struct blame_stay {
		uint64_t from_ns, to_ns;
		uint32_t task;
		uint16_t cpu;
	} *stays;
	uint32_t left_out;
	uint64_t left_out_ns;
};

struct blame_options {
	hwloc_const_bitmap_t traced; /* the CPUs whose slices come; NULL: all. The caller's */
	uint64_t history; /* slices that are kept to explain waits by, 16 bytes each */
	uint32_t pending; /* moved waits that are kept until their CPUs have told */
	uint32_t spreads; /* distributions that are kept, some 300 bytes each: first come, first kept */
	uint32_t stories; /* the longest waits, told in full */
	/*
	 * Hears of each wait of a victim, when it comes (idleness_hear()); NULL: nobody. 0 or a negative
	 * errno, which blame_add() returns. All is the caller's.
	 */
	int (*hear)(void *listener, const struct idleness_wait *wait);
	void *listener;
	struct usable *usable;		/* with hear: the CPUs that a victim may use */
	const struct task_table *tasks; /* with hear: who the victims are */
};

struct blame;

/* NULL without memory. */
struct blame *blame_new(const struct blame_options *options);
void blame_free(struct blame *blame);

/*
 * Takes slices, waits and moves in stream order, of all tasks and CPUs: they are what delays are
 * explained by. wanted: whether the report is about this slice's or wait's own delay. 0 or -ENOMEM.
 */
int blame_add(struct blame *blame, const struct event *event, bool wanted);

/* Once, after the last event. 0 or -ENOMEM. What follows is valid until blame_free(). */
int blame_finish(struct blame *blame);

/* By delay, most first, ties by task. */
uint32_t blame_victims(const struct blame *blame, const struct blame_victim *const **victims);
/* Grouped by victim, in the victims' order; of one victim by time, most first, ties by culprit. */
const struct blame_pair *const *blame_pairs(const struct blame *blame);
/* By time, most first, ties by task; TASK_IDLE and TASK_UNKNOWN among them. */
uint32_t blame_culprits(const struct blame *blame, const struct blame_culprit **culprits);
/* By delay, most first. */
uint32_t blame_stories(const struct blame *blame, const struct blame_story **stories);

/*
 * The 99th percentile of a sum's durations by the nearest-rank rule: the midpoint of its bucket
 * (include/loglin.h: at most 1/32 off), and exact up to 100 of them, where it is the longest. False: there are none, or their distribution was not kept.
 */
bool blame_p99_ns(const struct blame *blame, const struct blame_sum *sum, uint64_t *p99_ns);

/* Waits of which a part is unknown because a limit was reached: by pending, or by history. */
uint64_t blame_forced(const struct blame *blame);
uint64_t blame_forgotten(const struct blame *blame);

/* Both kinds together. */
static inline uint64_t blame_total_ns(const struct blame_sum sums[BLAME_KINDS])
{
	return sums[BLAME_WAKE].total_ns + sums[BLAME_PREEMPT].total_ns;
}

static inline uint64_t blame_count(const struct blame_sum sums[BLAME_KINDS])
{
	return (uint64_t)sums[BLAME_WAKE].count + sums[BLAME_PREEMPT].count;
}

#endif
