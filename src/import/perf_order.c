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
	free(order->runs);
	free(order->turns);
}

static int grow_runs(struct perf_order *order)
{
	uint32_t capacity = order->run_capacity ? order->run_capacity * 2 : 64;
	struct perf_run *runs;
	struct perf_turn *turns;

	runs = realloc(order->runs, capacity * sizeof(*runs));
	if (!runs)
		return -ENOMEM;
	order->runs = runs;
	turns = realloc(order->turns, capacity * sizeof(*turns));
	if (!turns)
		return -ENOMEM;
	order->turns = turns;
	order->run_capacity = capacity;
	return 0;
}

/* The place of a new block in the table, with its events; UINT32_MAX without memory. */
static uint32_t new_block(struct perf_order *order)
{
	uint32_t i = order->block_free;
	struct perf_block *block;

	while (i < order->block_count && order->blocks[i].events)
		i++;
	if (i == order->block_count) {
		struct perf_block *blocks;

		blocks = realloc(order->blocks, (order->block_count + 1) * sizeof(*blocks));
		if (!blocks)
			return UINT32_MAX;
		order->blocks = blocks;
		order->blocks[order->block_count++].events = NULL;
	}
	order->block_free = i;
	block = &order->blocks[i];
	*block = (struct perf_block){ 0 };
	block->events =
		order->kept_count ? order->kept[--order->kept_count] : calloc(1, PERF_BLOCK_SIZE);
	if (!block->events)
		return UINT32_MAX;
	order->held += PERF_BLOCK_SIZE;
	return i;
}

/* Nothing is in it that is looked at, and nothing more will be. */
static void free_block(struct perf_order *order, uint32_t i)
{
	struct perf_block *block = &order->blocks[i];

	if (order->kept_count < PERF_BLOCKS_KEPT)
		order->kept[order->kept_count++] = block->events;
	else
		free(block->events);
	block->events = NULL;
	order->held -= PERF_BLOCK_SIZE;
	if (i < order->block_free)
		order->block_free = i;
}

static void end_run(struct perf_order *order)
{
	if (order->grows)
		order->runs[order->run_count - 1].end = order->room;
	order->grows = false;
}

int perf_order_make_room(struct perf_order *order)
{
	uint32_t block;

	if (order->run_count == order->run_capacity && grow_runs(order))
		return -ENOMEM;
	if (order->room != order->room_end)
		return 0;
	block = new_block(order);
	if (block == UINT32_MAX)
		return -ENOMEM;
	end_run(order);
	/* All that was in the full one is passed: no pass comes by there again. */
	if (order->room && !order->blocks[order->filling].runs)
		free_block(order, order->filling);
	order->filling = block;
	order->room = order->blocks[block].events;
	order->room_end = order->room + PERF_BLOCK_EVENTS;
	return 0;
}

void perf_order_begin_run(struct perf_order *order)
{
	end_run(order);
	order->runs[order->run_count++] =
		(struct perf_run){ .next = order->room, .block = order->filling };
	order->blocks[order->filling].runs++;
	order->grows = true;
}

void perf_order_round(struct perf_order *order)
{
	order->limit_ns = order->round_ns;
	order->round_ns = order->youngest_ns;
	order->marked = true;
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

static bool goes_before(const struct perf_turn *a, const struct perf_turn *b)
{
	return a->time_ns != b->time_ns ? a->time_ns < b->time_ns : a->run < b->run;
}

/* Moves a run down the heap to its place, after its next event became another one. */
static void sift_down(struct perf_order *order, uint32_t at)
{
	struct perf_turn *turns = order->turns, moved = turns[at];

	for (uint32_t child; (child = 2 * at + 1) < order->turn_count; at = child) {
		if (child + 1 < order->turn_count && goes_before(&turns[child + 1], &turns[child]))
			child++;
		if (!goes_before(&turns[child], &moved))
			break;
		turns[at] = turns[child];
	}
	turns[at] = moved;
}

/* Drops the runs that are done. How many events are in the others. */
static uint64_t drop_done(struct perf_order *order)
{
	uint64_t events = 0;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < order->run_count; i++) {
		const struct perf_run *run = &order->runs[i];

		if (run->next == run->end)
			continue;
		events += run->end - run->next;
		order->runs[kept++] = *run;
	}
	order->run_count = kept;
	return events;
}

/* Tells its run what was taken. */
static void end_stretch(struct perf_order *order)
{
	struct perf_turn *turn = order->turns;
	struct perf_run *run;

	if (!order->next)
		return;
	run = &order->runs[turn->run];
	order->may_go -= order->next - run->next;
	run->next = order->next;
	order->next = order->stretch_end = NULL;
	if (run->next == run->end) {
		order->blocks[run->block].done[order->passes % 2]++;
		*turn = order->turns[--order->turn_count];
	} else {
		turn->time_ns = run->next->time_ns;
	}
	sift_down(order, 0);
}

void perf_order_settle(struct perf_order *order, bool end)
{
	uint64_t events;

	/* Without a mark since nothing can go. */
	if (!end && !perf_order_can_settle(order))
		return;
	end_run(order);
	end_stretch(order);
	events = drop_done(order);
	order->turn_count = order->run_count;
	for (uint32_t i = 0; i < order->run_count; i++)
		order->turns[i] = (struct perf_turn){ order->runs[i].next->time_ns, i };
	for (uint32_t i = order->turn_count / 2; i--;)
		sift_down(order, i);
	order->may_go = events;
	order->until_ns = end ? UINT64_MAX : order->limit_ns;
	order->limit_ns = 0;
	if (holds_too_much(order) && events && order->turns[0].time_ns > order->until_ns) {
		order->may_go = (events + 1) / 2;
		order->until_ns = UINT64_MAX;
	}
}

/* The stretch is over: whose turn is it now? NULL: nobody's. */
static __attribute__((noinline)) struct sched_event *change_turns(struct perf_order *order)
{
	const struct perf_turn *turn = order->turns, *other;
	const struct perf_run *run;
	uint64_t left;

	end_stretch(order);
	if (!order->may_go || turn->time_ns > order->until_ns)
		return NULL;
	run = &order->runs[turn->run];
	left = run->end - run->next;
	order->next = run->next;
	order->stretch_end = run->next + (left < order->may_go ? left : order->may_go);
	order->stretch_ns = order->until_ns;
	for (uint32_t i = 1; i < 3 && i < order->turn_count; i++) {
		other = &turn[i];
		if (other->time_ns - (other->run < turn->run) < order->stretch_ns)
			order->stretch_ns = other->time_ns - (other->run < turn->run);
	}
	return order->next;
}

struct sched_event *perf_order_take(struct perf_order *order)
{
	struct sched_event *e = order->next;

	if (e == order->stretch_end || e->time_ns > order->stretch_ns) {
		e = change_turns(order);
		if (!e)
			return NULL;
	}
	/* It was made some megabytes ago: the near caches do not have it any more. */
	__builtin_prefetch(e + AHEAD);
	order->next = e + 1;
	return e;
}

void perf_order_pass(struct perf_order *order)
{
	unsigned int turn = ++order->passes % 2;

	for (uint32_t i = 0; i < order->block_count; i++) {
		struct perf_block *block = &order->blocks[i];
		uint32_t done = block->done[turn];

		block->done[turn] = 0;
		block->runs -= done;
		if (done && !block->runs && i != order->filling)
			free_block(order, i);
	}
}
