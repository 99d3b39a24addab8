/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * perf's events in the order of time. perf record empties one CPU's ring after another and marks
 * each round (FINISHED_ROUND): whatever comes after a round's mark is younger than the youngest
 * record of the round before it (tools/perf/util/ordered-events.c). So events are kept for two
 * rounds, or more where who reads is ahead of who takes (PERF_HELD_AHEAD): memory is bounded by
 * perf's rings. A file without marks, in order from its beginning (perf inject --jit makes such),
 * is given as it comes; one that is not is kept up to PERF_HELD_MAX.
 *
 * A CPU's events are in order but for interrupts, so there are few runs in which none is older than
 * the one before it. These are merged as events are taken; nothing is sorted or moved.
 */
#ifndef INTERLOPER_PERF_ORDER_H
#define INTERLOPER_PERF_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "import/sched_event.h"

#define PERF_BLOCK_EVENTS 8192u
#define PERF_BLOCK_SIZE	  (PERF_BLOCK_EVENTS * sizeof(struct sched_event))
#define PERF_BLOCKS_KEPT  32
/*
 * Rings of 4 MB on 96 CPUs, twice: an event takes about the place of its record. Files that keep more
 * between two marks lose their order there.
 */
#define PERF_HELD_MAX (1ull << 30)
/*
 * What is kept of a file that was in order until now and has no mark. Where a CPU's ring is larger
 * than that, and is the first to be emptied, what is older in the next ones' comes too late.
 */
#define PERF_HELD_IN_ORDER (64ull << 20)

/* Who reads ahead of who takes stops at a round's end beyond that. */
#define PERF_HELD_AHEAD (8ull << 20)

struct perf_block {
	struct sched_event *events; /* NULL: a free place in the table */
	uint32_t runs;		    /* in it that are not done, or not passed */
	uint32_t done[2];	    /* of these: since the last pass, and before it, in turns */
};

/* Events of one block, in order. */
struct perf_run {
	struct sched_event *next, *end; /* next == end: it is done. end: unless it grows */
	uint32_t block;
};

/* A run by its next event: the older, and of equals the earlier run's, goes first. */
struct perf_turn {
	uint64_t time_ns;
	uint32_t run;
};

struct perf_order {
	struct perf_block *blocks;
	uint32_t block_count, block_free; /* block_free: no free place below it */
	uint64_t held; /* bytes of blocks; runs and spare are not counted */
	/* Of blocks that are free again: new memory costs page faults. */
	struct sched_event *kept[PERF_BLOCKS_KEPT];
	uint32_t kept_count;
	struct sched_event *room, *room_end; /* of the block that is being filled */
	uint32_t filling;
	struct perf_run *runs; /* in the order that their events were added */
	struct perf_turn *turns; /* a heap of those that were settled; as many fit as do runs */
	uint32_t run_count, run_capacity, turn_count;
	bool grows; /* the last run does, up to room */
	unsigned int passes;
	uint64_t may_go; /* so many events, at most, and none that is younger than until_ns */
	uint64_t until_ns;
	/* Of the run whose turn it is: what goes before any other's next event. */
	struct sched_event *next, *stretch_end;
	uint64_t stretch_ns; /* until then */
	uint64_t limit_ns, round_ns, youngest_ns;
	bool marked, mixed; /* a round's mark came; an event came that is older than one before it */
};

void perf_order_free(struct perf_order *order);

/* Room for one more event, and for the run that it may begin. 0 or -ENOMEM. */
int perf_order_make_room(struct perf_order *order);

/* Where the next event is to be made; NULL without memory. The same until it is added. */
static inline struct sched_event *perf_order_room(struct perf_order *order)
{
	if (order->room == order->room_end || order->run_count == order->run_capacity)
		if (perf_order_make_room(order))
			return NULL;
	return order->room;
}

/* It is older than the one before it, or in another block. */
void perf_order_begin_run(struct perf_order *order);

/* Adds the event that was made there, by its time. */
static inline void perf_order_add(struct perf_order *order)
{
	const struct sched_event *e = order->room;

	if (!order->grows || e->time_ns < e[-1].time_ns)
		perf_order_begin_run(order);
	order->room++;
	if (e->time_ns >= order->youngest_ns)
		order->youngest_ns = e->time_ns;
	else
		order->mixed = true;
}

/* A FINISHED_ROUND was read. */
void perf_order_round(struct perf_order *order);

/* Whether some of what is not ready may go, or must: then perf_order_settle() has something to do. */
bool perf_order_can_settle(const struct perf_order *order);

/* Whether that is so, and who has time should wait for it to go before more is added. */
bool perf_order_is_full(const struct perf_order *order);

/*
 * Makes ready what may go: all of it at the end of the file, and the older half if too much is
 * held (PERF_HELD_MAX, PERF_HELD_IN_ORDER).
 */
void perf_order_settle(struct perf_order *order, bool end);

/* Takes the next ready event; NULL: there is none. It is valid until the second perf_order_pass(). */
struct sched_event *perf_order_take(struct perf_order *order);

/* Nobody looks any more at what was taken before the last pass. */
void perf_order_pass(struct perf_order *order);

#endif
