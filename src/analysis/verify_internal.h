/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of verify.h share. */
#ifndef INTERLOPER_VERIFY_INTERNAL_H
#define INTERLOPER_VERIFY_INTERNAL_H

#include "analysis/verify.h"

/* So many that each tail of an interval has 8. */
#define VERIFY_DRAWS 1000

/* How long a block of a finished side is; 0: the trace ended before it. */
uint64_t verify_block_length_ns(const struct verify_side *side, unsigned int block);
/* How many have a length: the first ones. */
unsigned int verify_block_count(const struct verify_side *side);

/*
 * A quantity's deviations, one a draw: what the resampled blocks give, less what all blocks give,
 * stretched as verify.h says. NaN: that draw had none of what it is about.
 */
struct verify_draws {
	double share[VERIFY_DRAWS], p50[VERIFY_DRAWS], p99[VERIFY_DRAWS], delay[VERIFY_DRAWS];
};

/* Of a finished side of at least 2 blocks. seed: not 0, and another one for the other side, or both
 * are drawn alike. 0 or -ENOMEM. */
int verify_draw(const struct verify_side *side, uint64_t seed, struct verify_draws *draws);

/* Each of an interval's two tails, and where the normal distribution has it. */
#define VERIFY_TAIL   (0.05 / 3 / 2)
#define VERIFY_TAIL_Z 2.39398

/*
 * Of two finished sides, one with stays and one without any: how often they may come on the latter
 * in truth, as a part of how often they come on the former. The upper limit that the spells of
 * verify.h allow, with VERIFY_TAIL of being wrong; 1 or more: they may have stayed away by chance.
 */
double verify_spells_left(const struct verify_side *with, const struct verify_side *without);

/* What a side's blocks give as a whole. */
double verify_share(uint64_t run_ns, uint64_t length_ns, uint32_t cpus);
double verify_delay_rate(uint64_t delay_ns, uint64_t length_ns);

#endif
