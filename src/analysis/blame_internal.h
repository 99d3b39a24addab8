/* SPDX-License-Identifier: GPL-2.0-only */
/* What blame's files share: the counts per victim and culprit, and the longest waits. */
#ifndef INTERLOPER_BLAME_INTERNAL_H
#define INTERLOPER_BLAME_INTERNAL_H

#include "analysis/blame.h"
#include "analysis/rows.h"
#include "loglin.h"

/* Pairs of victim and culprit: an array, and an open hash of indexes into it. */
struct pair_table {
	struct blame_pair *pairs;
	uint32_t count, capacity;
	uint32_t *slots; /* index + 1; 0: free */
	uint64_t slot_count;
};

/* The pair, made if need be, valid until the next call; NULL without memory. */
struct blame_pair *pair_table_get(struct pair_table *table, uint32_t victim, uint32_t culprit);
/* Ask the memory for what pair_table_get() will read: first the slot, when that is there the pair. */
void pair_table_prefetch_slot(const struct pair_table *table, uint32_t victim, uint32_t culprit);
void pair_table_prefetch_pair(const struct pair_table *table, uint32_t victim, uint32_t culprit);
void pair_table_free(struct pair_table *table);

/* The longest waits: a heap whose root is the shortest of those kept. */
struct story_heap {
	struct blame_story *stories;
	uint32_t count, limit;
};

int story_heap_init(struct story_heap *heap, uint32_t limit);
void story_heap_free(struct story_heap *heap);
/* Keeps the wait if it is one of the longest so far: of equals the first ones. 0 or -ENOMEM. */
int story_heap_offer(struct story_heap *heap, const struct wait *wait,
		     const struct wait_segment *segments, const struct cpu_history *history);
/* Sorts what is kept, longest first; it is no heap any more then. */
void story_heap_sort(struct story_heap *heap);

/*
 * A distribution of durations, slimmer than struct histogram, as there are many: an octave's counts are a
 * cache line. How many there are, their sum and the longest are in the blame_sum that it belongs to.
 */
struct spread {
	uint32_t *counts; /* of the buckets (include/loglin.h) first, first + 1, ... */
	uint16_t first, span; /* whole octaves */
};

/* A duration that is yet to be counted. */
struct spread_note {
	uint32_t spread;
	uint16_t bucket;
};

/* Distributions, by index from 1. Set limit, the rest zero. */
struct spread_table {
	struct spread *spreads;
	uint32_t count, capacity, limit;
	struct spread_note *notes;
	uint32_t note_count;
};

void spread_table_free(struct spread_table *table);
/* Stores a new one's index; beyond the limit nothing: what is frequent comes early. 0 or -ENOMEM. */
int spread_table_make(struct spread_table *table, uint32_t *spread);
/* Adds a duration, which is counted at the next spread_table_settle() at the latest. 0 or -ENOMEM. */
int spread_table_add(struct spread_table *table, uint32_t spread, uint64_t ns);
int spread_table_settle(struct spread_table *table);
/* The 99th percentile by the nearest-rank rule, as histogram_percentile_ns(); of a sum that has one,
 * when all is settled. */
uint64_t spread_p99_ns(const struct spread_table *table, const struct blame_sum *sum);

/* Adds a duration to a sum, of a wait since then. 0 or -ENOMEM. */
int blame_sum_add(struct blame_sum *sum, struct spread_table *spreads, uint64_t ns,
		  uint64_t since_ns);

struct blame_results {
	const struct blame_victim **victims;
	const struct blame_pair **pairs;
	uint32_t victim_count, pair_count;
	struct blame_culprit *culprits;
	uint32_t culprit_count;
};

/* Sorted; victims are rows of struct blame_victim. 0 or -ENOMEM. */
int blame_results_make(struct blame_results *results, struct rows *victims,
		       const struct pair_table *pairs);
void blame_results_free(struct blame_results *results);

#endif
