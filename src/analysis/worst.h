/* SPDX-License-Identifier: GPL-2.0-only */
/* The N worst slices of a stream, by delay or by run: what a report shows first. */
#ifndef INTERLOPER_WORST_H
#define INTERLOPER_WORST_H

#include "event/event.h"

enum worst_by { WORST_BY_DELAY, WORST_BY_RUN };

struct worst;

/* Keeps the n largest. NULL without memory. */
struct worst *worst_new(enum worst_by by, uint32_t n);
void worst_free(struct worst *worst);

/*
 * By delay: slices with a known delay. By run: all slices but the idle task's; what was seen of a
 * censored one counts, a gap does not (its start is a bound). Equal values: the earlier slice wins.
 */
void worst_add(struct worst *worst, const struct event *event);

/* Largest first, equal ones in stream order; valid until the next call or free. */
uint32_t worst_events(struct worst *worst, const struct event **events);

#endif
