/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Merges the CPUs of a segment: a tournament tree of losers over the times of their next events.
 * Which CPU is next is a coin toss on a busy machine, so a match is played without branches: with
 * 96 CPUs a heap lost most of its time to mispredicted ones.
 */
#ifndef INTERLOPER_TRACE_MERGE_H
#define INTERLOPER_TRACE_MERGE_H

#include <stdbool.h>
#include <stdint.h>

#define MERGE_DONE (1ull << 32) /* in cursor: it has no more events, and loses to all that have */

struct merge_head {
	uint64_t time_ns;
	uint64_t cursor; /* ascending with the CPU: ties go by it */
};

struct merge {
	struct merge_head *nodes; /* 1 .. leaves - 1: the losers; leaves ..: the contestants */
	uint32_t leaves;	  /* a power of two */
	struct merge_head winner;
};

/* How many nodes n contestants need. */
static inline uint32_t merge_nodes(uint32_t n)
{
	uint32_t leaves = 1;

	while (leaves < n)
		leaves *= 2;
	return 2 * leaves;
}

static inline bool merge_before(struct merge_head a, struct merge_head b)
{
	return (a.time_ns < b.time_ns) | ((a.time_ns == b.time_ns) & (a.cursor < b.cursor));
}

/* Leaves the loser in a, the winner in b. */
static inline void merge_match(struct merge_head *a, struct merge_head *b)
{
	uint64_t swap = -(uint64_t)merge_before(*a, *b);
	uint64_t time_ns = (a->time_ns ^ b->time_ns) & swap;
	uint64_t cursor = (a->cursor ^ b->cursor) & swap;

	a->time_ns ^= time_ns;
	b->time_ns ^= time_ns;
	a->cursor ^= cursor;
	b->cursor ^= cursor;
}

static inline struct merge_head merge_play(struct merge *m, uint32_t node)
{
	struct merge_head a, b;

	if (node >= m->leaves)
		return m->nodes[node];
	a = merge_play(m, 2 * node);
	b = merge_play(m, 2 * node + 1);
	merge_match(&a, &b);
	m->nodes[node] = a;
	return b;
}

/* nodes has merge_nodes(n) entries, of which the contestants, from nodes[merge_nodes(n) / 2] on,
 * are filled in; the rest is not. */
static inline void merge_start(struct merge *m, struct merge_head *nodes, uint32_t n)
{
	m->nodes = nodes;
	m->leaves = merge_nodes(n) / 2;
	for (uint32_t i = n; i < m->leaves; i++)
		nodes[m->leaves + i] = (struct merge_head){ UINT64_MAX, MERGE_DONE | i };
	m->winner = merge_play(m, 1);
}

/* The winner's next event is at time_ns (it wins again, or another does); or it is done. */
static inline void merge_next(struct merge *m, uint64_t time_ns, bool done)
{
	uint32_t node = (m->leaves + (uint32_t)m->winner.cursor) / 2;
	struct merge_head head = { time_ns, m->winner.cursor };

	if (done)
		head = (struct merge_head){ UINT64_MAX, head.cursor | MERGE_DONE };
	for (; node; node /= 2)
		merge_match(&m->nodes[node], &head);
	m->winner = head;
}

#endif
