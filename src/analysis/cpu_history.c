// SPDX-License-Identifier: GPL-2.0-only
/* Who ran on each CPU, and when: see cpu_history.h. One ring of slices a CPU. */
#include "analysis/cpu_history.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RING_MIN 64

/* A slice in 16 bytes; one longer than 4.3 s takes several. */
struct entry {
	uint64_t end_ns;
	uint32_t length_ns;
	uint32_t task;
};

struct cpu_history_ring {
	struct entry
		*entries; /* capacity of them, a power of two; entry i is at i & (capacity - 1) */
	uint64_t first, count; /* entries first .. count - 1 are kept */
	uint64_t capacity;
	uint64_t told_until_ns;
};

struct cpu_history {
	struct cpu_history_ring *rings; /* by CPU */
	uint32_t cpu_count;
	uint64_t limit, reserved, forgotten;
};

struct cpu_history *cpu_history_new(uint64_t limit)
{
	struct cpu_history *h = calloc(1, sizeof(*h));

	if (h)
		h->limit = limit;
	return h;
}

void cpu_history_free(struct cpu_history *h)
{
	if (!h)
		return;
	for (uint32_t cpu = 0; cpu < h->cpu_count; cpu++)
		free(h->rings[cpu].entries);
	free(h->rings);
	free(h);
}

static struct cpu_history_ring *ring_for(struct cpu_history *h, uint16_t cpu)
{
	uint32_t count = cpu + 1u;
	struct cpu_history_ring *rings;

	if (cpu < h->cpu_count)
		return &h->rings[cpu];
	rings = realloc(h->rings, count * sizeof(*rings));
	if (!rings)
		return NULL;
	memset(rings + h->cpu_count, 0, (count - h->cpu_count) * sizeof(*rings));
	h->rings = rings;
	h->cpu_count = count;
	return &rings[cpu];
}

static int ring_grow(struct cpu_history *h, struct cpu_history_ring *ring)
{
	uint64_t capacity = ring->capacity ? 2 * ring->capacity : RING_MIN;
	struct entry *entries;

	if (ring->capacity && h->reserved + capacity - ring->capacity > h->limit)
		return 0;
	entries = malloc(capacity * sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	for (uint64_t i = ring->first; i < ring->count; i++)
		entries[i & (capacity - 1)] = ring->entries[i & (ring->capacity - 1)];
	free(ring->entries);
	ring->entries = entries;
	h->reserved += capacity - ring->capacity;
	ring->capacity = capacity;
	return 0;
}

static int ring_put(struct cpu_history *h, struct cpu_history_ring *ring, const struct entry *entry)
{
	if (ring->count - ring->first == ring->capacity && ring_grow(h, ring))
		return -ENOMEM;
	if (ring->count - ring->first == ring->capacity) {
		ring->first++;
		h->forgotten++;
	}
	ring->entries[ring->count++ & (ring->capacity - 1)] = *entry;
	return 0;
}

int cpu_history_add(struct cpu_history *h, const struct event *e)
{
	struct cpu_history_ring *ring;
	uint64_t from = e->slice.start_ns;

	if (e->type != EVENT_SLICE || e->cpu == CPU_UNKNOWN)
		return 0;
	ring = ring_for(h, e->cpu);
	if (!ring)
		return -ENOMEM;
	/* Time on a CPU never goes back, but in a damaged file. */
	if (from < ring->told_until_ns)
		from = ring->told_until_ns;
	if (e->time_ns <= from)
		return 0;
	ring->told_until_ns = e->time_ns;
	if (e->slice.flags & SLICE_GAP)
		return 0;
	while (from < e->time_ns) {
		uint64_t length = e->time_ns - from;
		struct entry entry = { .task = e->slice.task };

		/* A corrupt start may lie years back: what does not fit into a few entries is not
		 * known. */
		if (length > 64ULL * UINT32_MAX)
			from = e->time_ns - 64ULL * UINT32_MAX, length = e->time_ns - from;
		entry.length_ns = length < UINT32_MAX ? length : UINT32_MAX;
		from += entry.length_ns;
		entry.end_ns = from;
		if (ring_put(h, ring, &entry))
			return -ENOMEM;
	}
	return 0;
}

uint64_t cpu_history_told_until(const struct cpu_history *h, uint16_t cpu)
{
	return cpu < h->cpu_count ? h->rings[cpu].told_until_ns : 0;
}

uint64_t cpu_history_forgotten(const struct cpu_history *h)
{
	return h->forgotten;
}

static const struct entry *ring_entry(const struct cpu_history_ring *ring, uint64_t i)
{
	return &ring->entries[i & (ring->capacity - 1)];
}

/* How many of a ring's slices, from its first, begin before a time. The end is near, mostly. */
static uint64_t ring_before(const struct cpu_history_ring *ring, uint64_t time_ns)
{
	uint64_t low = ring->first, high = ring->count, step = 1;

	while (high > low) {
		uint64_t at = high - low > step ? high - step : low;
		const struct entry *entry = ring_entry(ring, at);

		if (entry->end_ns - entry->length_ns < time_ns) {
			low = at + 1;
			break;
		}
		high = at;
		step *= 2;
	}
	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		const struct entry *entry = ring_entry(ring, middle);

		if (entry->end_ns - entry->length_ns < time_ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct cpu_walk cpu_history_walk(const struct cpu_history *h, uint16_t cpu, uint64_t from_ns,
				 uint64_t to_ns)
{
	struct cpu_walk walk = { .from_ns = from_ns, .to_ns = to_ns };

	if (cpu < h->cpu_count && h->rings[cpu].capacity) {
		walk.ring = &h->rings[cpu];
		walk.next = ring_before(walk.ring, to_ns);
	}
	return walk;
}

bool cpu_walk_next(struct cpu_walk *w, struct cpu_stay *stay)
{
	const struct entry *entry;
	uint64_t start;

	if (w->from_ns >= w->to_ns)
		return false;
	*stay = (struct cpu_stay){ w->from_ns, w->to_ns, TASK_UNKNOWN };
	if (w->ring && w->next > w->ring->first) {
		entry = ring_entry(w->ring, w->next - 1);
		start = entry->end_ns - entry->length_ns;
		if (entry->end_ns >= w->to_ns) {
			stay->task = entry->task;
			if (start > w->from_ns)
				stay->from_ns = start;
			w->next--;
		} else if (entry->end_ns > w->from_ns) {
			stay->from_ns = entry->end_ns; /* a hole behind it */
		}
	}
	w->to_ns = stay->from_ns;
	return true;
}
