/* SPDX-License-Identifier: GPL-2.0-only */
/* For tests of verify: who is who, and how events get into a side. */
#ifndef INTERLOPER_TESTS_VERIFY_STAGE_H
#define INTERLOPER_TESTS_VERIFY_STAGE_H

#include <errno.h>
#include <math.h>
#include <string.h>

#include "unit/stream.h"
#include "analysis/verify.h"

#define SECOND 1000000000ull
#define MS     1000000ull
#define BEGIN  SECOND

enum { GUEST = 1, OWNER, OTHER };

static inline enum verify_role role_of(const struct event *e)
{
	if (e->type != EVENT_SLICE && e->type != EVENT_WAITING)
		return VERIFY_NOBODY;
	return e->slice.task == GUEST	? VERIFY_INTERLOPER
	       : e->slice.task == OWNER ? VERIFY_OWNER
					: VERIFY_NOBODY;
}

static inline void feed(struct verify_side *side, const struct event *events, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_int_equal(verify_side_add(side, &events[i], role_of(&events[i])), 0);
}

#endif
