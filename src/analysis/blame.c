// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whose slices filled a task's delay: see blame.h.
 *
 * A slice comes at its end, so what ran on its CPU before it began has all been told: such a wait
 * is explained at once. A wait that a move split has parts on other CPUs, where the slice that ran
 * meanwhile may still go on: it is kept until that CPU has told. Waits that the trace's end cut are
 * kept until everything is told.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/blame_internal.h"

#define FEW_PARTS 64
#define EXACT_P99 100 /* of so many durations the nearest rank of 99 % is the last */

struct part {
	uint64_t ns;
	uint32_t task;
};

struct pending {
	struct pending *next;
	struct wait wait;
	struct wait_segment segments[];
};

struct blame {
	struct blame_options options;
	struct cpu_history *history;
	struct waits *waits;
	struct rows victims;
	struct pair_table pairs;
	struct spread_table spreads;
	struct story_heap stories;
	struct pending **pending; /* by the CPU whose word they wait for */
	struct pending *at_end;
	uint32_t pending_cpus, pending_count;
	uint64_t forced;
	struct part *parts; /* of the wait in hand */
	uint32_t part_count, part_capacity;
	struct blame_results results;
};

struct blame *blame_new(const struct blame_options *options)
{
	struct blame *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->options = *options;
	b->spreads.limit = options->spreads;
	rows_init(&b->victims, ROWS_BY_TASK, sizeof(struct blame_victim));
	b->history = cpu_history_new(options->history);
	b->waits = waits_new(options->traced);
	if (!b->history || !b->waits || story_heap_init(&b->stories, options->stories)) {
		blame_free(b);
		return NULL;
	}
	return b;
}

static void free_list(struct pending *list)
{
	while (list) {
		struct pending *next = list->next;

		free(list);
		list = next;
	}
}

void blame_free(struct blame *b)
{
	if (!b)
		return;
	rows_free(&b->victims);
	for (uint32_t cpu = 0; cpu < b->pending_cpus; cpu++)
		free_list(b->pending[cpu]);
	free(b->pending);
	free_list(b->at_end);
	blame_results_free(&b->results);
	pair_table_free(&b->pairs);
	spread_table_free(&b->spreads);
	story_heap_free(&b->stories);
	cpu_history_free(b->history);
	waits_free(b->waits);
	free(b->parts);
	free(b);
}

static struct blame_victim *victim_get(struct blame *b, uint32_t task)
{
	struct blame_victim *victim = rows_find(&b->victims, 0, task);

	if (!victim) {
		victim = rows_make(&b->victims, 0, task);
		if (victim)
			victim->task = task;
	}
	return victim;
}

static enum blame_kind kind_of(const struct wait *wait)
{
	return wait->kind == DELAY_WAKE ? BLAME_WAKE : BLAME_PREEMPT;
}

static int part_put(struct blame *b, uint32_t task, uint64_t ns)
{
	uint32_t capacity = b->part_capacity ? 2 * b->part_capacity : 64;
	struct part *parts;

	/* Mostly there are few culprits; with many, equal ones meet when they are sorted. */
	for (uint32_t i = 0; i < b->part_count && i < FEW_PARTS; i++) {
		if (b->parts[i].task == task) {
			b->parts[i].ns += ns;
			return 0;
		}
	}
	if (b->part_count == b->part_capacity) {
		parts = realloc(b->parts, capacity * sizeof(*parts));
		if (!parts)
			return -ENOMEM;
		b->parts = parts;
		b->part_capacity = capacity;
	}
	b->parts[b->part_count++] = (struct part){ .ns = ns, .task = task };
	return 0;
}

static int by_task(const void *a, const void *b)
{
	const struct part *one = a, *other = b;

	return (one->task > other->task) - (one->task < other->task);
}

static void merge_parts(struct blame *b)
{
	uint32_t kept = 0;

	qsort(b->parts, b->part_count, sizeof(*b->parts), by_task);
	for (uint32_t i = 1; i < b->part_count; i++) {
		if (b->parts[i].task == b->parts[kept].task)
			b->parts[kept].ns += b->parts[i].ns;
		else
			b->parts[++kept] = b->parts[i];
	}
	b->part_count = kept + 1;
}

static int collect_parts(struct blame *b, const struct wait *wait,
			 const struct wait_segment *segments)
{
	struct cpu_stay stay;

	b->part_count = 0;
	for (uint32_t i = 0; i < wait->segment_count; i++) {
		struct cpu_walk walk = cpu_history_walk(b->history, segments[i].cpu,
							segments[i].from_ns, segments[i].to_ns);

		while (cpu_walk_next(&walk, &stay))
			if (part_put(b, stay.task, stay.to_ns - stay.from_ns))
				return -ENOMEM;
	}
	if (b->part_count > FEW_PARTS)
		merge_parts(b);
	return 0;
}

/*
 * With thousands of tasks the pairs are spread over more memory than the near caches hold, and a
 * wait on a crowded CPU has dozens of parts: each step asks the memory for what the next one will
 * read.
 */
static int charge_parts(struct blame *b, const struct wait *wait, enum blame_kind kind)
{
	for (uint32_t i = 0; i < b->part_count; i++)
		pair_table_prefetch_slot(&b->pairs, wait->task, b->parts[i].task);
	for (uint32_t i = 0; i < b->part_count; i++)
		pair_table_prefetch_pair(&b->pairs, wait->task, b->parts[i].task);
	for (uint32_t i = 0; i < b->part_count; i++) {
		struct blame_pair *pair = pair_table_get(&b->pairs, wait->task, b->parts[i].task);

		if (!pair ||
		    blame_sum_add(&pair->sums[kind], &b->spreads, b->parts[i].ns, wait->since_ns))
			return -ENOMEM;
	}
	return 0;
}

static int explain(struct blame *b, const struct wait *wait, const struct wait_segment *segments)
{
	struct blame_victim *victim = victim_get(b, wait->task);
	uint64_t delay = wait->until_ns - wait->since_ns;
	enum blame_kind kind = kind_of(wait);

	if (!victim || blame_sum_add(&victim->delays[kind], &b->spreads, delay, wait->since_ns))
		return -ENOMEM;
	if (wait->cut) {
		victim->cut_waits++;
		victim->cut_ns += delay;
	}
	if (collect_parts(b, wait, segments))
		return -ENOMEM;
	if (charge_parts(b, wait, kind))
		return -ENOMEM;
	return story_heap_offer(&b->stories, wait, segments, b->history);
}

static bool has_told(const struct blame *b, const struct wait_segment *segment)
{
	if (segment->cpu == CPU_UNKNOWN ||
	    (b->options.traced && !hwloc_bitmap_isset(b->options.traced, segment->cpu)))
		return true;
	return cpu_history_told_until(b->history, segment->cpu) >= segment->to_ns;
}

/*
 * The first CPU that has yet to tell who ran during a segment; CPU_UNKNOWN: none. The CPU where the
 * task then ran has told.
 */
static uint16_t blocking_cpu(const struct blame *b, const struct wait *wait,
			     const struct wait_segment *segments)
{
	for (uint32_t i = 0; i < wait->segment_count; i++)
		if (segments[i].cpu != wait->cpu && !has_told(b, &segments[i]))
			return segments[i].cpu;
	return CPU_UNKNOWN;
}

static struct pending **pending_of(struct blame *b, uint16_t cpu)
{
	uint32_t count = cpu + 1u;
	struct pending **pending;

	if (cpu < b->pending_cpus)
		return &b->pending[cpu];
	pending = realloc(b->pending, count * sizeof(*pending));
	if (!pending)
		return NULL;
	memset(pending + b->pending_cpus, 0, (count - b->pending_cpus) * sizeof(*pending));
	b->pending = pending;
	b->pending_cpus = count;
	return &pending[cpu];
}

static int postpone(struct pending **list, struct blame *b, const struct wait *wait,
		    const struct wait_segment *segments)
{
	size_t size = wait->segment_count * sizeof(*segments);
	struct pending *pending;

	if (!list)
		return -ENOMEM;
	pending = malloc(sizeof(*pending) + size);
	if (!pending)
		return -ENOMEM;
	pending->wait = *wait;
	memcpy(pending->segments, segments, size);
	pending->next = *list;
	*list = pending;
	b->pending_count++;
	return 0;
}

static int take_wait(struct blame *b, const struct wait *wait, const struct wait_segment *segments)
{
	uint16_t blocking;

	if (wait->cut)
		return postpone(&b->at_end, b, wait, segments);
	blocking = blocking_cpu(b, wait, segments);
	if (blocking == CPU_UNKNOWN)
		return explain(b, wait, segments);
	if (b->pending_count < b->options.pending)
		return postpone(pending_of(b, blocking), b, wait, segments);
	b->forced++;
	return explain(b, wait, segments);
}

/* A CPU has told more: the waits that were kept for it are explained, or kept for another CPU. */
static int take_pending(struct blame *b, struct pending **list)
{
	struct pending *pending = *list, *next;
	int err = 0;

	for (*list = NULL; pending; pending = next) {
		next = pending->next;
		b->pending_count--;
		if (!err && list == &b->at_end)
			err = explain(b, &pending->wait, pending->segments);
		else if (!err)
			err = take_wait(b, &pending->wait, pending->segments);
		free(pending);
	}
	return err;
}

static int tell_listener(struct blame *b, const struct wait *wait,
			 const struct wait_segment *segments)
{
	const struct task_identity *victim = task_table_get(b->options.tasks, wait->task);
	uint32_t set;
	int err = usable_of(b->options.usable, victim, &set);

	for (uint32_t i = 0; i < wait->segment_count && !err; i++) {
		struct idleness_wait part = { .from_ns = segments[i].from_ns,
					      .to_ns = segments[i].to_ns,
					      .task = wait->task,
					      .set = set,
					      .cpu = segments[i].cpu };

		err = b->options.hear(b->options.listener, &part);
	}
	return err;
}

int blame_add(struct blame *b, const struct event *e, bool wanted)
{
	const struct wait_segment *segments;
	struct blame_victim *victim;
	struct wait wait;
	int known, err = 0;

	if (e->type == EVENT_MOVE)
		return waits_add_move(b->waits, e);
	if (e->type != EVENT_SLICE && e->type != EVENT_WAITING)
		return 0;
	known = waits_take(b->waits, e, &wait, &segments);
	if (known == -ENOMEM)
		return known;
	if (wanted && known == 1) {
		err = b->options.hear ? tell_listener(b, &wait, segments) : 0;
		if (!err)
			err = take_wait(b, &wait, segments);
	} else if (wanted && !known) {
		victim = victim_get(b, e->slice.task);
		if (!victim)
			return -ENOMEM;
		victim->unknown_waits++;
	}
	if (!err)
		err = cpu_history_add(b->history, e);
	if (!err && e->cpu < b->pending_cpus && b->pending[e->cpu])
		err = take_pending(b, &b->pending[e->cpu]);
	return err;
}

int blame_finish(struct blame *b)
{
	int err = 0;

	/* Everything is told now: what a CPU has not said of a time stays unknown. */
	for (uint32_t cpu = 0; cpu < b->pending_cpus && !err; cpu++) {
		struct pending *list = b->pending[cpu];

		b->pending[cpu] = NULL;
		while (list) {
			struct pending *next = list->next;

			list->next = b->at_end;
			b->at_end = list;
			list = next;
		}
	}
	err = take_pending(b, &b->at_end);
	if (!err)
		err = spread_table_settle(&b->spreads);
	if (err)
		return err;
	story_heap_sort(&b->stories);
	return blame_results_make(&b->results, &b->victims, &b->pairs);
}

uint32_t blame_victims(const struct blame *b, const struct blame_victim *const **victims)
{
	*victims = b->results.victims;
	return b->results.victim_count;
}

const struct blame_pair *const *blame_pairs(const struct blame *b)
{
	return b->results.pairs;
}

uint32_t blame_culprits(const struct blame *b, const struct blame_culprit **culprits)
{
	*culprits = b->results.culprits;
	return b->results.culprit_count;
}

uint32_t blame_stories(const struct blame *b, const struct blame_story **stories)
{
	*stories = b->stories.stories;
	return b->stories.count;
}

bool blame_p99_ns(const struct blame *b, const struct blame_sum *sum, uint64_t *p99_ns)
{
	if (!sum->count || (!sum->spread && sum->count > EXACT_P99))
		return false;
	*p99_ns = sum->count <= EXACT_P99 ? sum->worst_ns : spread_p99_ns(&b->spreads, sum);
	return true;
}

uint64_t blame_forced(const struct blame *b)
{
	return b->forced;
}

uint64_t blame_forgotten(const struct blame *b)
{
	return cpu_history_forgotten(b->history);
}
