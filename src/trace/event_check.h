/* SPDX-License-Identifier: GPL-2.0-only */
/* Which events a trace file may hold: those a reader's user can take indices from. */
#ifndef INTERLOPER_TRACE_EVENT_CHECK_H
#define INTERLOPER_TRACE_EVENT_CHECK_H

#include "event/event.h"

struct event_limits {
	uint32_t cpu_count;
	uint64_t task_max;   /* what task ids must be below */
	uint32_t task_limit; /* what those seen so far are below: kept by event_check() */
};

/* 0, or -EINVAL for an event that the reader would refuse. */
int event_check(struct event_limits *limits, const struct event *e);

#endif
