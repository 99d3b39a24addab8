// SPDX-License-Identifier: GPL-2.0-only
/* Slices by time block, and what they come to: see blocks.h. */
#include "analysis/blocks_internal.h"

#include <errno.h>
#include <string.h>

int blocks_start(struct blocks *b, uint64_t begin_ns, uint64_t end_ns)
{
	memset(b, 0, sizeof(*b));
	if (end_ns < begin_ns || end_ns - begin_ns < BLOCKS_COUNT)
		return -EINVAL;
	b->begin_ns = begin_ns;
	b->end_ns = end_ns;
	b->block_ns = (end_ns - begin_ns) / BLOCKS_COUNT;
	return 0;
}

void blocks_free(struct blocks *b)
{
	for (int i = 0; i < BLOCKS_COUNT; i++) {
		histogram_free(&b->list[i].run);
		histogram_free(&b->list[i].wake_delay);
		histogram_free(&b->list[i].preempt_delay);
	}
	memset(b, 0, sizeof(*b));
}

static unsigned int index_at(const struct blocks *b, uint64_t time_ns)
{
	uint64_t i = (time_ns - b->begin_ns) / b->block_ns;

	return i < BLOCKS_COUNT ? i : BLOCKS_COUNT - 1;
}

/* What ends on a border belongs to the block that ends there. */
static struct block *block_of_end(struct blocks *b, uint64_t end_ns)
{
	return &b->list[end_ns > b->begin_ns ? index_at(b, end_ns - 1) : 0];
}

static void spread_run(struct blocks *b, uint64_t from_ns, uint64_t to_ns)
{
	while (from_ns < to_ns) {
		unsigned int i = index_at(b, from_ns);
		uint64_t border_ns = b->begin_ns + (i + 1) * b->block_ns;

		if (i == BLOCKS_COUNT - 1 || border_ns > to_ns)
			border_ns = to_ns;
		b->list[i].run_ns += border_ns - from_ns;
		from_ns = border_ns;
	}
}

static int add_run(struct blocks *b, const struct event *e)
{
	uint64_t from_ns = e->slice.start_ns, to_ns = e->time_ns;
	uint16_t flags = e->slice.flags;
	struct block *block;
	bool cut;

	if (from_ns < b->begin_ns)
		from_ns = b->begin_ns;
	if (to_ns > b->end_ns)
		to_ns = b->end_ns;
	if (to_ns < from_ns || (to_ns == from_ns && e->slice.start_ns != e->time_ns))
		return 0; /* all of it is outside */
	cut = from_ns != e->slice.start_ns || to_ns != e->time_ns;
	block = block_of_end(b, to_ns);
	block->counts[LIMIT_SLICES]++;
	if (to_ns == e->time_ns && flags & SLICE_INVOLUNTARY && !(flags & SLICE_CUT_END))
		block->counts[LIMIT_PREEMPTIONS]++;
	if (flags & SLICE_GAP)
		return 0;
	spread_run(b, from_ns, to_ns);
	return cut || !slice_is_whole(&e->slice) ? 0 : histogram_add(&block->run, to_ns - from_ns);
}

static int add_delay(struct blocks *b, const struct event *e)
{
	const struct slice *slice = &e->slice;
	struct block *block;
	uint64_t delay_ns;

	if (slice->start_ns < b->begin_ns || slice->start_ns >= b->end_ns)
		return 0;
	block = &b->list[index_at(b, slice->start_ns)];
	block->counts[LIMIT_WAKEUPS] +=
		(slice->kind == DELAY_WAKE && slice->waking_ns) + slice->spare_wakes;
	if (!slice_delay_ns(slice, &delay_ns))
		return 0;
	return histogram_add(slice->kind == DELAY_WAKE ? &block->wake_delay : &block->preempt_delay,
			     delay_ns);
}

int blocks_add(struct blocks *b, const struct event *e)
{
	int err;

	if (e->type != EVENT_SLICE || e->slice.task == TASK_IDLE || !b->block_ns)
		return 0;
	if (e->slice.start_ns > e->time_ns) {
		b->impossible++;
		return 0;
	}
	err = add_run(b, e);
	return err ? err : add_delay(b, e);
}

const struct histogram *block_samples(const struct block *block, enum limit_quantity quantity)
{
	switch (quantity) {
	case LIMIT_RUN:
		return &block->run;
	case LIMIT_WAKE_DELAY:
		return &block->wake_delay;
	case LIMIT_PREEMPT_DELAY:
		return &block->preempt_delay;
	default:
		return NULL;
	}
}

uint64_t block_count(const struct block *block, const struct limit *what)
{
	const struct histogram *samples = block_samples(block, what->quantity);

	if (what->statistic == LIMIT_SHARE)
		return block->counts[LIMIT_SLICES];
	return samples ? samples->count : block->counts[what->quantity];
}

double block_sum(const struct block *block, const struct limit *what)
{
	const struct histogram *samples = block_samples(block, what->quantity);

	switch (what->statistic) {
	case LIMIT_SHARE:
		return block->run_ns;
	case LIMIT_COUNT:
		return block_count(block, what);
	default:
		return samples ? samples->sum_ns : 0;
	}
}

bool blocks_can_tell(const struct blocks *b, const struct limit *what, uint32_t cpus)
{
	if (!b->block_ns || what->quantity >= LIMIT_QUANTITIES)
		return false;
	switch (what->statistic) {
	case LIMIT_PERCENTILE:
	case LIMIT_MEAN:
	case LIMIT_TOTAL:
		return block_samples(&b->list[0], what->quantity);
	case LIMIT_COUNT:
		return what->quantity != LIMIT_MIGRATIONS;
	case LIMIT_SHARE:
		return cpus > 0;
	default:
		return false;
	}
}

double blocks_unit(const struct blocks *b, const struct limit *what, uint32_t cpus)
{
	double window_ns = b->end_ns - b->begin_ns;

	return what->statistic == LIMIT_SHARE ? window_ns * cpus : window_ns / 1e9;
}

static int percentile_of(const struct blocks *b, const struct limit *what, double *value)
{
	struct histogram all = {};
	int err = 0;

	for (int i = 0; i < BLOCKS_COUNT && !err; i++)
		err = histogram_merge(&all, block_samples(&b->list[i], what->quantity));
	*value = histogram_percentile_interpolated_ns(&all, what->percentile);
	histogram_free(&all);
	return err;
}

int blocks_value(const struct blocks *b, const struct limit *what, uint32_t cpus,
		 struct blocks_value *out)
{
	bool is_sum = what->statistic > LIMIT_MEAN;
	double sum = 0;
	int err = 0;

	*out = (struct blocks_value){};
	if (!blocks_can_tell(b, what, cpus))
		return 0;
	for (int i = 0; i < BLOCKS_COUNT; i++) {
		out->samples += block_count(&b->list[i], what);
		sum += block_sum(&b->list[i], what);
	}
	if (!is_sum && !out->samples)
		return 0;
	if (what->statistic == LIMIT_PERCENTILE)
		err = percentile_of(b, what, &out->value);
	else
		out->value = sum / (is_sum ? blocks_unit(b, what, cpus) : out->samples);
	out->known = !err;
	return err;
}
