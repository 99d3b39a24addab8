// SPDX-License-Identifier: GPL-2.0-only
/* perf's events in the order of time: see perf_order.h. */
#include "import/perf_order.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define AHEAD 8 /* events */

void perf_order_free(struct perf_order *order)
{
	for (uint32_t i = 0; i < order->block_count; i++)
		free(order->blocks[i].events);
	while (order->kept_count)
		free(order->kept[--order->kept_count]);
	free(order->blocks);
	free(order->entries);
	free(order->spare);
}

static int grow_entries(struct perf_order *order)
{
	size_t capacity = order->capacity ? order->capacity * 2 : 4096;
	struct perf_entry *entries;

	if (order->first > order->capacity / 2) {
		memmove(order->entries, order->entries + order->first,
			(order->count - order->first) * sizeof(*order->entries));
		order->count -= order->first;
		order->ready -= order->first;
		order->first = 0;
		return 0;
	}
	entries = realloc(order->entries, capacity * sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	order->entries = entries;
	entries = realloc(order->spare, capacity * sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	order->spare = entries;
	order->capacity = capacity;
	return 0;
}

static int new_block(struct perf_order *order, uint32_t *block)
{
	uint32_t i = order->block_free;

	while (i < order->block_count && order->blocks[i].events)
		i++;
	if (i == order->block_count) {
		struct perf_block *blocks;

		blocks = realloc(order->blocks, (order->block_count + 1) * sizeof(*blocks));
		if (!blocks)
			return -ENOMEM;
		order->blocks = blocks;
		order->blocks[order->block_count++].events = NULL;
	}
	order->block_free = i;
	order->blocks[i].events =
		order->kept_count ? order->kept[--order->kept_count] : calloc(1, PERF_BLOCK_SIZE);
	if (!order->blocks[i].events)
		return -ENOMEM;
	order->blocks[i].users = 1;
	order->held += PERF_BLOCK_SIZE;
	*block = i;
	return 0;
}

void perf_order_release(struct perf_order *order, uint32_t block)
{
	struct perf_block *b = &order->blocks[block];

	if (--b->users)
		return;
	if (order->kept_count < PERF_BLOCKS_KEPT)
		order->kept[order->kept_count++] = b->events;
	else
		free(b->events);
	b->events = NULL;
	order->held -= PERF_BLOCK_SIZE;
	if (block < order->block_free)
		order->block_free = block;
}

/* Room for one more event and its entry. */
static int make_room(struct perf_order *order)
{
	uint32_t full = order->filling;
	int err;

	if (order->count == order->capacity) {
		err = grow_entries(order);
		if (err)
			return err;
	}
	if (order->open && order->filled < PERF_BLOCK_EVENTS)
		return 0;
	err = new_block(order, &order->filling);
	if (err)
		return err;
	if (order->open)
		perf_order_release(order, full);
	order->open = true;
	order->filled = 0;
	return 0;
}

struct sched_event *perf_order_room(struct perf_order *order)
{
	if (order->count == order->capacity || !order->open || order->filled == PERF_BLOCK_EVENTS)
		if (make_room(order))
			return NULL;
	return &order->blocks[order->filling].events[order->filled];
}

void perf_order_add(struct perf_order *order)
{
	struct perf_block *block = &order->blocks[order->filling];
	uint64_t time_ns = block->events[order->filled].time_ns;

	order->entries[order->count++] =
		(struct perf_entry){ time_ns, order->filling, order->filled++ };
	block->users++;
	if (time_ns > order->youngest_ns)
		order->youngest_ns = time_ns;
	else
		order->mixed |= time_ns < order->youngest_ns;
}

void perf_order_round(struct perf_order *order)
{
	order->limit_ns = order->round_ns;
	order->round_ns = order->youngest_ns;
	order->marked = true;
}

/* Merges two neighbouring runs; of equal times the left run's go first. */
static void merge(struct perf_entry *to, const struct perf_entry *left,
		  const struct perf_entry *right, const struct perf_entry *end)
{
	const struct perf_entry *middle = right;

	/* Whose turn it is cannot be foretold: a branch would be taken wrongly half of the time. */
	while (left < middle && right < end) {
		bool from_right = right->time_ns < left->time_ns;

		*to++ = *(from_right ? right : left);
		right += from_right;
		left += !from_right;
	}
	memcpy(to, left, (middle - left) * sizeof(*to));
	to += middle - left;
	memcpy(to, right, (end - right) * sizeof(*to));
}

static size_t count_runs(const struct perf_entry *entries, size_t n)
{
	size_t runs = 1;

	for (size_t i = 1; i < n; i++)
		runs += entries[i].time_ns < entries[i - 1].time_ns;
	return runs;
}

/* One pass over the runs whose starts, and the end, are in at[]: half as many are left. */
static size_t merge_pairs(struct perf_entry *to, const struct perf_entry *from, size_t *at,
			  size_t runs)
{
	size_t out = 0;

	for (size_t i = 0; i < runs; i += 2) {
		size_t middle = at[i + 1], end = i + 1 < runs ? at[i + 2] : middle;

		merge(to + at[i], from + at[i], from + middle, from + end);
		at[out++] = at[i];
	}
	at[out] = at[runs];
	return out;
}

/* A natural merge sort: a CPU's events are in order but for interrupts, so there are few runs. */
static int sort(struct perf_order *order)
{
	size_t first = order->first, n = order->count - first, runs, r = 0;
	struct perf_entry *swap, *from;
	size_t *at;

	if (!n)
		return 0;
	from = order->entries + first;
	runs = count_runs(from, n);
	if (runs < 2)
		return 0;
	at = malloc((runs + 1) * sizeof(*at));
	if (!at)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		if (!i || from[i].time_ns < from[i - 1].time_ns)
			at[r++] = i;
	at[r] = n;
	while (runs > 1) {
		runs = merge_pairs(order->spare + first, order->entries + first, at, runs);
		swap = order->entries;
		order->entries = order->spare;
		order->spare = swap;
	}
	free(at);
	return 0;
}

static size_t up_to(const struct perf_order *order, uint64_t limit_ns)
{
	size_t low = order->first, high = order->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (order->entries[middle].time_ns <= limit_ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool holds_too_much(const struct perf_order *order)
{
	return order->held > (order->marked || order->mixed ? PERF_HELD_MAX : PERF_HELD_IN_ORDER);
}

bool perf_order_can_settle(const struct perf_order *order)
{
	return order->limit_ns || holds_too_much(order);
}

bool perf_order_is_full(const struct perf_order *order)
{
	return (order->limit_ns && order->held >= PERF_HELD_AHEAD) || holds_too_much(order);
}

int perf_order_settle(struct perf_order *order, bool end)
{
	int err;

	/* Without a mark since nothing can go: do not sort the same again and again. */
	if (!end && !perf_order_can_settle(order))
		return 0;
	err = sort(order);
	if (err)
		return err;
	order->ready = end ? order->count : up_to(order, order->limit_ns);
	order->limit_ns = 0;
	if (holds_too_much(order) && order->ready == order->first)
		order->ready = order->first + (order->count - order->first + 1) / 2;
	return 0;
}

/* An event comes back some megabytes after it was made: the near caches do not have it any more. */
static void prefetch(const struct perf_order *order, size_t at)
{
	const struct perf_entry *entry = &order->entries[at];
	const struct sched_event *e;

	if (at >= order->ready)
		return;
	e = &order->blocks[entry->block].events[entry->at];
	__builtin_prefetch(e);
}

struct sched_event *perf_order_take(struct perf_order *order, uint32_t *block)
{
	const struct perf_entry *entry;

	if (order->first == order->ready)
		return NULL;
	prefetch(order, order->first + AHEAD);
	entry = &order->entries[order->first++];
	if (order->first == order->count)
		order->first = order->ready = order->count = 0;
	*block = entry->block;
	return &order->blocks[entry->block].events[entry->at];
}
