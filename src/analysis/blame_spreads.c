// SPDX-License-Identifier: GPL-2.0-only
/*
 * Blame's distributions. There are tens of thousands, in more memory than the near caches hold, and
 * what comes next goes to any of them: counting each duration at once waits for the memory most of
 * the time (200 ns each, measured over 10 M slices of 96 CPUs; prefetching helps little). So they
 * are written down one after the other, and counted many at a time, distribution by distribution.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/blame_internal.h"

#define NOTES_MAX    (1u << 18)
#define SPREAD_ALIGN (LOGLIN_SUB * sizeof(uint32_t)) /* an octave */

void spread_table_free(struct spread_table *t)
{
	for (uint32_t i = 0; i < t->count; i++)
		free(t->spreads[i].counts);
	free(t->spreads);
	free(t->notes);
	memset(t, 0, sizeof(*t));
}

int spread_table_make(struct spread_table *t, uint32_t *spread)
{
	uint32_t capacity = t->capacity ? 2 * t->capacity : 256;
	struct spread *spreads;

	if (t->count == t->limit)
		return 0;
	if (t->count == t->capacity) {
		spreads = realloc(t->spreads, capacity * sizeof(*spreads));
		if (!spreads)
			return -ENOMEM;
		t->spreads = spreads;
		t->capacity = capacity;
	}
	t->spreads[t->count++] = (struct spread){};
	*spread = t->count;
	return 0;
}

/* Widens the span to hold the octave of a bucket. */
static int widen(struct spread *s, unsigned int bucket)
{
	unsigned int first = bucket & ~(LOGLIN_SUB - 1u), end = first + LOGLIN_SUB;
	uint32_t *counts;

	if (s->span) {
		first = first < s->first ? first : s->first;
		end = end > s->first + (unsigned int)s->span ? end : s->first + s->span;
	}
	counts = aligned_alloc(SPREAD_ALIGN, (end - first) * sizeof(*counts));
	if (!counts)
		return -ENOMEM;
	memset(counts, 0, (end - first) * sizeof(*counts));
	if (s->span)
		memcpy(counts + (s->first - first), s->counts, s->span * sizeof(*counts));
	free(s->counts);
	s->counts = counts;
	s->first = first;
	s->span = end - first;
	return 0;
}

static int count(struct spread *s, unsigned int bucket)
{
	/* One comparison, as below first the difference wraps. */
	if (bucket - s->first >= s->span && widen(s, bucket))
		return -ENOMEM;
	s->counts[bucket - s->first]++;
	return 0;
}

/* Where each distribution's buckets begin in an array of all of them, and one past the last. */
static uint32_t *find_places(const struct spread_table *t)
{
	uint32_t *places = calloc(t->count + 1, sizeof(*places));

	if (!places)
		return NULL;
	for (uint32_t i = 0; i < t->note_count; i++)
		places[t->notes[i].spread]++;
	for (uint32_t i = 0; i < t->count; i++)
		places[i + 1] += places[i];
	return places;
}

int spread_table_settle(struct spread_table *t)
{
	uint16_t *buckets = malloc((t->note_count + 1) * sizeof(*buckets));
	uint32_t *places = find_places(t);
	int err = buckets && places ? 0 : -ENOMEM;

	/* From the end: what was the end of a distribution's buckets becomes their beginning. */
	for (uint32_t i = t->note_count; i-- && !err;)
		buckets[--places[t->notes[i].spread]] = t->notes[i].bucket;
	for (uint32_t n = 1; n <= t->count && !err; n++) {
		uint32_t end = n < t->count ? places[n + 1] : t->note_count;

		for (uint32_t i = places[n]; i < end && !err; i++)
			err = count(&t->spreads[n - 1], buckets[i]);
	}
	free(buckets);
	free(places);
	t->note_count = 0;
	return err;
}

int spread_table_add(struct spread_table *t, uint32_t spread, uint64_t ns)
{
	if (!t->notes)
		t->notes = malloc(NOTES_MAX * sizeof(*t->notes));
	if (!t->notes)
		return -ENOMEM;
	t->notes[t->note_count++] =
		(struct spread_note){ .spread = spread, .bucket = loglin_bucket(ns) };
	return t->note_count == NOTES_MAX ? spread_table_settle(t) : 0;
}

uint64_t spread_p99_ns(const struct spread_table *t, const struct blame_sum *sum)
{
	const struct spread *s = &t->spreads[sum->spread - 1];
	uint32_t above = sum->count / 100, seen = 0; /* so many are beyond the rank */
	unsigned int i = s->span;
	uint64_t lower, mid;

	if (!above)
		return sum->worst_ns;
	while (i > 0 && seen <= above)
		seen += s->counts[--i];
	lower = loglin_lower(s->first + i);
	mid = lower + (loglin_lower(s->first + i + 1) - lower) / 2;
	return mid < sum->worst_ns ? mid : sum->worst_ns;
}
