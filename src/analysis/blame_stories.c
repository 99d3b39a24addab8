// SPDX-License-Identifier: GPL-2.0-only
/* The longest waits, each with all that ran ahead of its victim, in order. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/blame_internal.h"

#define STAYS_MAX 64

int story_heap_init(struct story_heap *h, uint32_t limit)
{
	h->limit = limit;
	h->stories = calloc(limit ? limit : 1, sizeof(*h->stories));
	return h->stories ? 0 : -ENOMEM;
}

void story_heap_free(struct story_heap *h)
{
	for (uint32_t i = 0; i < h->count; i++)
		free(h->stories[i].stays);
	free(h->stories);
	memset(h, 0, sizeof(*h));
}

static uint64_t length(const struct blame_story *story)
{
	return story->wait.until_ns - story->wait.since_ns;
}

/* A total order, so that what is kept does not depend on when waits were explained. */
static bool is_less(const struct blame_story *a, const struct blame_story *b)
{
	if (length(a) != length(b))
		return length(a) < length(b);
	if (a->wait.since_ns != b->wait.since_ns)
		return a->wait.since_ns > b->wait.since_ns;
	return a->wait.task > b->wait.task;
}

/* Puts a story in the root's place and restores the order of the first n. */
static void sift_down(struct blame_story *heap, uint32_t n, struct blame_story story)
{
	uint32_t i = 0;

	for (uint64_t child = 1; child < n; child = 2 * (uint64_t)i + 1) {
		if (child + 1 < n && is_less(&heap[child + 1], &heap[child]))
			child++;
		if (!is_less(&heap[child], &story))
			break;
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = story;
}

static void sift_up(struct blame_story *heap, uint32_t i, struct blame_story story)
{
	while (i && is_less(&story, &heap[(i - 1) / 2])) {
		heap[i] = heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	heap[i] = story;
}

/* Stays come the latest first. A long slice may come in pieces. Beyond the limit the earliest are
 * left out: what ran last is nearest to why it did not run. */
static void put_stay(struct blame_story *story, const struct cpu_stay *stay, uint16_t cpu)
{
	struct blame_stay *last = story->stay_count ? &story->stays[story->stay_count - 1] : NULL;

	if (last && last->task == stay->task && last->cpu == cpu && last->from_ns == stay->to_ns &&
	    stay->task != TASK_IDLE) {
		last->from_ns = stay->from_ns;
	} else if (story->stay_count < STAYS_MAX) {
		story->stays[story->stay_count++] =
			(struct blame_stay){ stay->from_ns, stay->to_ns, stay->task, cpu };
	} else {
		story->left_out++;
		story->left_out_ns += stay->to_ns - stay->from_ns;
	}
}

static int tell(struct blame_story *story, const struct wait_segment *segments,
		const struct cpu_history *history)
{
	struct cpu_stay stay;

	story->stays = malloc(STAYS_MAX * sizeof(*story->stays));
	if (!story->stays)
		return -ENOMEM;
	for (uint32_t i = story->wait.segment_count; i-- > 0;) {
		struct cpu_walk walk = cpu_history_walk(history, segments[i].cpu,
							segments[i].from_ns, segments[i].to_ns);

		while (cpu_walk_next(&walk, &stay))
			put_stay(story, &stay, segments[i].cpu);
	}
	for (uint32_t i = 0; i < story->stay_count / 2; i++) {
		struct blame_stay other = story->stays[story->stay_count - 1 - i];

		story->stays[story->stay_count - 1 - i] = story->stays[i];
		story->stays[i] = other;
	}
	return 0;
}

int story_heap_offer(struct story_heap *h, const struct wait *wait,
		     const struct wait_segment *segments, const struct cpu_history *history)
{
	struct blame_story story = { .wait = *wait };

	if (!h->limit || wait->until_ns <= wait->since_ns)
		return 0;
	if (h->count == h->limit && !is_less(&h->stories[0], &story))
		return 0;
	if (tell(&story, segments, history))
		return -ENOMEM;
	if (h->count < h->limit) {
		sift_up(h->stories, h->count++, story);
		return 0;
	}
	free(h->stories[0].stays);
	sift_down(h->stories, h->count, story);
	return 0;
}

static int longest_first(const void *a, const void *b)
{
	if (is_less(a, b))
		return 1;
	return is_less(b, a) ? -1 : 0;
}

void story_heap_sort(struct story_heap *h)
{
	qsort(h->stories, h->count, sizeof(*h->stories), longest_first);
}
