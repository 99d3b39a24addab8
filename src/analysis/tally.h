/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How often each value came in each row of a table: an open hash of counts, 24 bytes each. Unlike
 * struct rows it is for many small counts, whose values are no dense ids (a pair of CPUs, a waker).
 */
#ifndef INTERLOPER_TALLY_H
#define INTERLOPER_TALLY_H

#include <stdint.h>

struct tally_slot {
	uint64_t count; /* 0: free */
	uint64_t value;
	uint32_t row;
};

/* A zeroed struct is empty; so is one that was freed. */
struct tally {
	struct tally_slot *slots; /* slot_count of them, to be walked over; skip those with count 0 */
	uint64_t slot_count, used;
};

void tally_free(struct tally *tally);

/* Adds n (> 0) to a count. 0 or -ENOMEM (nothing is counted then). */
int tally_add(struct tally *tally, uint32_t row, uint64_t value, uint64_t n);

#endif
