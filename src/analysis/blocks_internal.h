/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of blocks.h share. */
#ifndef INTERLOPER_BLOCKS_INTERNAL_H
#define INTERLOPER_BLOCKS_INTERNAL_H

#include "analysis/blocks.h"

/* Whether there is anything here that the statistic is made of. */
bool blocks_can_tell(const struct blocks *blocks, const struct limit *what, uint32_t cpus);

/* The distribution of a quantity; NULL of one that is a count. */
const struct histogram *block_samples(const struct block *block, enum limit_quantity quantity);

/* How many samples the statistic has here, and the sum of which it is made. */
uint64_t block_count(const struct block *block, const struct limit *what);
double block_sum(const struct block *block, const struct limit *what);

/* What a sum over all blocks is divided by: seconds, or the CPUs' time in ns. */
double blocks_unit(const struct blocks *blocks, const struct limit *what, uint32_t cpus);

#endif
