// SPDX-License-Identifier: GPL-2.0-only
/* What one of two traces gave, by time block: see verify.h. */
#include "analysis/verify_internal.h"

#include <errno.h>
#include <string.h>

int verify_side_start(struct verify_side *side, uint64_t begin_ns, uint64_t duration_ns,
		      uint32_t cpus)
{
	memset(side, 0, sizeof(*side));
	if (duration_ns < VERIFY_BLOCKS || duration_ns > UINT64_MAX - begin_ns || !cpus)
		return -EINVAL;
	side->begin_ns = begin_ns;
	side->end_ns = begin_ns + duration_ns;
	side->block_ns = duration_ns / VERIFY_BLOCKS;
	side->cpus = cpus;
	return 0;
}

void verify_side_free(struct verify_side *side)
{
	for (int b = 0; b < VERIFY_BLOCKS; b++)
		histogram_free(&side->blocks[b].delays);
	memset(side, 0, sizeof(*side));
}

/* A stretch of time, and what of it lies in the window. */
struct stretch {
	uint64_t from_ns, to_ns;
	bool outside; /* all of it */
	bool cut;     /* a part of it */
};

static struct stretch clip(const struct verify_side *side, uint64_t from_ns, uint64_t to_ns)
{
	struct stretch s = { .from_ns = from_ns, .to_ns = to_ns };

	if (from_ns < side->begin_ns)
		s.from_ns = side->begin_ns;
	if (to_ns > side->end_ns)
		s.to_ns = side->end_ns;
	s.outside = s.to_ns < s.from_ns || (s.to_ns == s.from_ns && from_ns != to_ns);
	s.cut = s.from_ns != from_ns || s.to_ns != to_ns;
	return s;
}

static unsigned int block_at(const struct verify_side *side, uint64_t time_ns)
{
	uint64_t block = (time_ns - side->begin_ns) / side->block_ns;

	return block < VERIFY_BLOCKS ? block : VERIFY_BLOCKS - 1;
}

/* What ends on a border belongs to the block that ends there. */
static struct verify_block *block_of_end(struct verify_side *side, const struct stretch *s)
{
	return &side->blocks[s->to_ns > side->begin_ns ? block_at(side, s->to_ns - 1) : 0];
}

static void spread_run(struct verify_side *side, const struct stretch *s)
{
	uint64_t from_ns = s->from_ns;

	while (from_ns < s->to_ns) {
		unsigned int block = block_at(side, from_ns);
		uint64_t border_ns = side->begin_ns + (block + 1) * side->block_ns;

		if (block == VERIFY_BLOCKS - 1 || border_ns > s->to_ns)
			border_ns = s->to_ns;
		side->blocks[block].run_ns += border_ns - from_ns;
		from_ns = border_ns;
	}
}

static void add_stay(struct verify_side *side, const struct event *e)
{
	struct stretch s = clip(side, e->slice.start_ns, e->time_ns);
	uint64_t run_ns = s.to_ns - s.from_ns;
	struct verify_block *block;
	uint64_t *longest;

	if (s.outside)
		return;
	s.cut = s.cut || !slice_is_whole(&e->slice);
	spread_run(side, &s);
	block = block_of_end(side, &s);
	block->slices++;
	if (run_ns > block->longest_ns)
		block->longest_ns = run_ns;
	side->slices++;
	side->cut_slices += s.cut;
	longest = s.cut ? &side->longest_cut_ns : &side->longest_ns;
	if (run_ns > *longest)
		*longest = run_ns;
}

/* still: it waits on. */
static int add_wait(struct verify_side *side, uint64_t since_ns, uint64_t until_ns, bool still)
{
	struct stretch s = clip(side, since_ns, until_ns);
	uint64_t delay_ns = s.to_ns - s.from_ns;
	struct verify_block *block;

	if (s.outside)
		return 0;
	block = block_of_end(side, &s);
	if (s.cut || still) {
		side->cut_waits++;
		if (delay_ns > side->max_cut_delay_ns)
			side->max_cut_delay_ns = delay_ns;
	} else {
		if (histogram_add(&block->delays, delay_ns))
			return -ENOMEM;
		side->waits++;
		if (delay_ns > side->max_delay_ns)
			side->max_delay_ns = delay_ns;
	}
	block->waits++;
	block->delay_ns += delay_ns;
	return 0;
}

static bool in_window(const struct verify_side *side, uint64_t first_ns, uint64_t last_ns)
{
	return first_ns < side->end_ns && last_ns >= side->begin_ns;
}

/* Also of a slice beyond the window: its wait may have begun in it. */
static int add_owner(struct verify_side *side, const struct event *e)
{
	uint64_t since_ns = slice_runnable_since(&e->slice), delay_ns;
	bool still = e->type == EVENT_WAITING;
	uint64_t until_ns = still ? e->time_ns : e->slice.start_ns;

	side->owner_slices++;
	if (!still && e->slice.flags & SLICE_CUT_START)
		return 0; /* its wait was before the trace */
	if (still ? since_ns && since_ns <= until_ns : slice_delay_ns(&e->slice, &delay_ns))
		return add_wait(side, since_ns, until_ns, still);
	side->unknown_waits += in_window(side, until_ns, until_ns);
	return 0;
}

static void add_gap(struct verify_side *side, const struct event *e)
{
	struct stretch s = clip(side, e->slice.start_ns, e->time_ns);

	if (s.outside)
		return;
	side->gaps++;
	side->gap_ns += s.to_ns - s.from_ns;
}

static int add_slice(struct verify_side *side, const struct event *e, enum verify_role role)
{
	if (event_is_offline(e))
		return 0;
	if (e->slice.start_ns > e->time_ns) {
		side->impossible = true;
		return 0;
	}
	if (e->slice.flags & SLICE_GAP)
		add_gap(side, e);
	else if (role == VERIFY_INTERLOPER)
		add_stay(side, e);
	return role == VERIFY_OWNER ? add_owner(side, e) : 0;
}

static void add_lost(struct verify_side *side, const struct event *e)
{
	if (e->lost.kind == LOST_MOVE || e->lost.kind == LOST_CHOICE ||
	    !in_window(side, e->lost.first_ns, e->time_ns))
		return;
	if (__builtin_add_overflow(side->lost, e->lost.count, &side->lost))
		side->lost = UINT64_MAX;
}

int verify_side_add(struct verify_side *side, const struct event *e, enum verify_role role)
{
	switch (e->type) {
	case EVENT_SLICE:
		return add_slice(side, e, role);
	case EVENT_WAITING:
		return role == VERIFY_OWNER ? add_owner(side, e) : 0;
	case EVENT_LOST:
		add_lost(side, e);
		return 0;
	default:
		return 0;
	}
}

uint64_t verify_block_length_ns(const struct verify_side *side, unsigned int block)
{
	uint64_t begin_ns = side->begin_ns + block * side->block_ns;
	uint64_t length_ns = begin_ns < side->end_ns ? side->end_ns - begin_ns : 0;

	/* The last block takes what the division by their number left over. */
	return block < VERIFY_BLOCKS - 1 && length_ns > side->block_ns ? side->block_ns : length_ns;
}

void verify_side_finish(struct verify_side *side, uint64_t end_ns)
{
	if (end_ns < side->begin_ns)
		end_ns = side->begin_ns;
	if (end_ns < side->end_ns)
		side->end_ns = end_ns;
	for (unsigned int b = 0; b < VERIFY_BLOCKS; b++) {
		const struct verify_block *block = &side->blocks[b];
		uint64_t length_ns = verify_block_length_ns(side, b);

		if (block->run_ns > (double)length_ns * side->cpus ||
		    (!length_ns && (block->slices || block->waits)))
			side->impossible = true;
	}
}
