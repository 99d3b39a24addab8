/* SPDX-License-Identifier: GPL-2.0-only */
/* Rows held back until those that belong before them are known: a heap by time, then by arrival. */
#ifndef INTERLOPER_OUTPUT_HOLD_H
#define INTERLOPER_OUTPUT_HOLD_H

#include "output/labels.h"

struct held_row {
	uint64_t time_ns, number; /* number: order of arrival */
	uint32_t len;
	uint16_t cpu;
	uint16_t next_at; /* see timehist_row.h */
	bool next_known;
	struct label next;
	char text[];
};

struct hold {
	struct held_row **heap;
	uint32_t count, size;
	uint64_t numbers;
};

void hold_free(struct hold *hold);
/* A copy of the text, held; NULL without memory. */
struct held_row *hold_push(struct hold *hold, uint64_t time_ns, const char *text, uint32_t len);
/* The earliest row, still held; NULL: none. */
const struct held_row *hold_first(const struct hold *hold);
/* Takes the earliest row out; the caller frees it. NULL: none. */
struct held_row *hold_pop(struct hold *hold);

#endif
