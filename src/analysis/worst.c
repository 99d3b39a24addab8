// SPDX-License-Identifier: GPL-2.0-only
/*
 * The N worst slices of a stream: a heap whose root is the least bad of those kept, so that nearly
 * every slice costs one comparison.
 */
#include "analysis/worst.h"

#include <stdlib.h>

struct entry {
	uint64_t value_ns;
	uint64_t seq; /* position in the stream */
	struct event event;
};

struct worst {
	enum worst_by by;
	uint32_t n, count;
	uint64_t seen;
	struct entry *heap;
	struct event *sorted;
};

struct worst *worst_new(enum worst_by by, uint32_t n)
{
	struct worst *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->by = by;
	w->n = n;
	w->heap = calloc(n ? n : 1, sizeof(*w->heap));
	w->sorted = calloc(n ? n : 1, sizeof(*w->sorted));
	if (!w->heap || !w->sorted) {
		worst_free(w);
		return NULL;
	}
	return w;
}

void worst_free(struct worst *w)
{
	if (!w)
		return;
	free(w->heap);
	free(w->sorted);
	free(w);
}

static bool less_bad(const struct entry *a, const struct entry *b)
{
	return a->value_ns < b->value_ns || (a->value_ns == b->value_ns && a->seq > b->seq);
}

static void sift_up(struct entry *heap, uint32_t i, const struct entry *entry)
{
	while (i && less_bad(entry, &heap[(i - 1) / 2])) {
		heap[i] = heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	heap[i] = *entry;
}

/* Puts an entry in the root's place and restores the order of the first n. */
static void sift_down(struct entry *heap, uint32_t n, const struct entry *entry)
{
	uint32_t i = 0;

	for (uint64_t child = 1; child < n; child = 2 * (uint64_t)i + 1) {
		if (child + 1 < n && less_bad(&heap[child + 1], &heap[child]))
			child++;
		if (!less_bad(&heap[child], entry))
			break;
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = *entry;
}

static bool value_of(const struct worst *w, const struct event *e, uint64_t *value_ns)
{
	if (e->type != EVENT_SLICE || e->slice.task == TASK_IDLE)
		return false;
	if (w->by == WORST_BY_DELAY)
		return slice_delay_ns(&e->slice, value_ns);
	*value_ns = slice_run_ns(e);
	return !(e->slice.flags & SLICE_GAP);
}

void worst_add(struct worst *w, const struct event *e)
{
	struct entry entry;

	if (!value_of(w, e, &entry.value_ns) || !w->n)
		return;
	/* Equal to the least bad one kept: that one was earlier, and stays. */
	if (w->count == w->n && entry.value_ns <= w->heap->value_ns)
		return;
	entry.seq = w->seen++;
	entry.event = *e;
	if (w->count < w->n)
		sift_up(w->heap, w->count++, &entry);
	else
		sift_down(w->heap, w->n, &entry);
}

static int compare_worst_first(const void *a, const void *b)
{
	return less_bad(a, b) ? 1 : -1; /* no two entries are equal: seq differs */
}

uint32_t worst_events(struct worst *w, const struct event **events)
{
	/* Sorted worst first the heap is upside down, so it is turned into one again below. */
	qsort(w->heap, w->count, sizeof(*w->heap), compare_worst_first);
	for (uint32_t i = 0; i < w->count; i++)
		w->sorted[i] = w->heap[i].event;
	for (uint32_t i = 0; i < w->count / 2; i++) {
		struct entry entry = w->heap[i];

		w->heap[i] = w->heap[w->count - 1 - i];
		w->heap[w->count - 1 - i] = entry;
	}
	*events = w->sorted;
	return w->count;
}
