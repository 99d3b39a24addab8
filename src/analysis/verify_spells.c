// SPDX-License-Identifier: GPL-2.0-only
/* What is certain of interlopers that are there on one side alone: see verify.h. */
#include "analysis/verify_internal.h"

#include <math.h>

static unsigned int spells(const struct verify_side *side)
{
	unsigned int n = 0;

	for (unsigned int b = 0; b < VERIFY_BLOCKS; b++)
		n += side->blocks[b].run_ns && (!b || !side->blocks[b - 1].run_ns);
	return n;
}

static double window_ns(const struct verify_side *side)
{
	return side->end_ns - side->begin_ns;
}

double verify_spells_left(const struct verify_side *with, const struct verify_side *without)
{
	unsigned int n = spells(with);
	double longer = window_ns(with) / window_ns(without);

	return n ? (pow(VERIFY_TAIL, -1.0 / n) - 1) * fmax(longer, 1) : INFINITY;
}
