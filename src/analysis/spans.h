/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A union of spans of time: disjoint, in order, with the time they cover so far, so that the covered
 * part of any stretch is two searches. Spans come in about the order of their ends: one that is the
 * youngest is added in amortised constant time, an older one by moving those behind it. Searches
 * begin at the young end.
 */
#ifndef INTERLOPER_SPANS_H
#define INTERLOPER_SPANS_H

#include <stddef.h>
#include <stdint.h>

struct span {
	uint64_t start_ns, end_ns;
	uint64_t before_ns; /* covered by all spans before it, dropped ones included */
};

struct spans {
	struct span *all; /* none touches the next */
	size_t count, capacity;
	uint64_t total_ns; /* covered by all spans, dropped ones included */
};

/* What a span covers that was not covered before, in order. 0 or a negative errno. */
struct spans_news {
	int (*tell)(struct spans_news *news, uint64_t start_ns, uint64_t end_ns);
};

/* A zeroed struct is empty; so is one that was freed. */
void spans_free(struct spans *spans);

/*
 * Adds [start, end); an empty or reversed span adds nothing. news may be NULL; it is told before
 * the span is in, and must not touch these spans. 0, -ENOMEM, or what news failed with (the span is
 * not added then).
 */
int spans_add(struct spans *spans, uint64_t start_ns, uint64_t end_ns,
	      struct spans_news *news);

/* How much of [start, end) is covered; wrong below what was dropped. */
uint64_t spans_measure(const struct spans *spans, uint64_t start_ns, uint64_t end_ns);

/* Index of the first span that ends after a time; count where none does. */
size_t spans_first(const struct spans *spans, uint64_t time_ns);

/* Drops the spans that end at or before a time, and the memory they took. */
void spans_drop(struct spans *spans, uint64_t time_ns);

#endif
