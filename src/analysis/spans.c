// SPDX-License-Identifier: GPL-2.0-only
/* A union of spans of time: see spans.h. */
#include "analysis/spans.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 16

void spans_free(struct spans *s)
{
	free(s->all);
	memset(s, 0, sizeof(*s));
}

/* Those asked for are mostly among the youngest: in ever longer steps back, then by halves. */
size_t spans_first(const struct spans *s, uint64_t time_ns)
{
	size_t low = s->count, high = s->count, step = 1;

	for (; high; step *= 2) {
		low = high > step ? high - step : 0;
		if (s->all[low].end_ns <= time_ns)
			break;
		high = low;
	}
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (s->all[middle].end_ns <= time_ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int reserve_one(struct spans *s)
{
	size_t capacity = s->capacity ? 2 * s->capacity : FIRST_CAPACITY;
	struct span *all;

	if (s->count < s->capacity)
		return 0;
	all = realloc(s->all, capacity * sizeof(*all));
	if (!all)
		return -ENOMEM;
	s->all = all;
	s->capacity = capacity;
	return 0;
}

static uint64_t length(const struct span *span)
{
	return span->end_ns - span->start_ns;
}

static int tell_news(struct spans_news *news, const struct span *old, size_t n, uint64_t start_ns,
		     uint64_t end_ns)
{
	int err;

	for (size_t i = 0; i < n; i++) {
		if (old[i].start_ns > start_ns) {
			err = news->tell(news, start_ns, old[i].start_ns);
			if (err)
				return err;
		}
		if (old[i].end_ns > start_ns)
			start_ns = old[i].end_ns;
	}
	return start_ns < end_ns ? news->tell(news, start_ns, end_ns) : 0;
}

/* Puts one span in the place of n, of which there may be none; room is reserved. */
static void replace(struct spans *s, size_t at, size_t n, struct span by)
{
	uint64_t added_ns = length(&by);

	by.before_ns = at < s->count ? s->all[at].before_ns : s->total_ns;
	for (size_t i = at; i < at + n; i++)
		added_ns -= length(&s->all[i]);
	if (n != 1)
		memmove(&s->all[at + 1], &s->all[at + n], (s->count - at - n) * sizeof(*s->all));
	s->count = s->count + 1 - n;
	s->all[at] = by;
	for (size_t i = at + 1; i < s->count; i++)
		s->all[i].before_ns += added_ns;
	s->total_ns += added_ns;
}

int spans_add(struct spans *s, uint64_t start_ns, uint64_t end_ns, struct spans_news *news)
{
	struct span by = { .start_ns = start_ns, .end_ns = end_ns };
	size_t first, next;
	int err;

	if (start_ns >= end_ns)
		return 0;
	/* Also what only touches is merged. */
	first = start_ns ? spans_first(s, start_ns - 1) : 0;
	for (next = first; next < s->count && s->all[next].start_ns <= end_ns; next++)
		;
	if (next == first + 1 && s->all[first].start_ns <= start_ns &&
	    s->all[first].end_ns >= end_ns)
		return 0;
	err = news ? tell_news(news, s->all + first, next - first, start_ns, end_ns) : 0;
	if (!err)
		err = reserve_one(s);
	if (err)
		return err;
	if (next > first && s->all[first].start_ns < by.start_ns)
		by.start_ns = s->all[first].start_ns;
	if (next > first && s->all[next - 1].end_ns > by.end_ns)
		by.end_ns = s->all[next - 1].end_ns;
	replace(s, first, next - first, by);
	return 0;
}

/* What is covered before a time. */
static uint64_t covered(const struct spans *s, uint64_t time_ns)
{
	size_t i = spans_first(s, time_ns);
	const struct span *span = s->all + i;

	if (i == s->count)
		return s->total_ns;
	return span->before_ns + (time_ns > span->start_ns ? time_ns - span->start_ns : 0);
}

uint64_t spans_measure(const struct spans *s, uint64_t start_ns, uint64_t end_ns)
{
	if (start_ns >= end_ns)
		return 0;
	return covered(s, end_ns) - covered(s, start_ns);
}

void spans_drop(struct spans *s, uint64_t time_ns)
{
	size_t n = spans_first(s, time_ns);
	struct span *all;

	if (!n)
		return;
	s->count -= n;
	memmove(s->all, s->all + n, s->count * sizeof(*s->all));
	if (s->count > s->capacity / 4 || s->capacity <= FIRST_CAPACITY)
		return;
	all = realloc(s->all, s->capacity / 2 * sizeof(*all));
	if (!all)
		return;
	s->all = all;
	s->capacity /= 2;
}
