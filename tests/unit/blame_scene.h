/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For tests of blame: a literal stream is played, and what a victim paid to a culprit asked for. V is the
 * victim, A, B, C are others.
 */
#ifndef INTERLOPER_TESTS_BLAME_SCENE_H
#define INTERLOPER_TESTS_BLAME_SCENE_H

#include "unit/stream.h"

#include "analysis/blame.h"
#include "host/cpulist.h"

enum { V = 1, A, B, C };

struct scene {
	struct blame *blame;
	hwloc_bitmap_t traced;
	const struct blame_victim *const *victims;
	const struct blame_pair *const *pairs;
	const struct blame_story *stories;
	uint32_t victim_count, story_count;
};

static inline struct blame_options everything(void)
{
	return (struct blame_options){
		.history = 1 << 20, .pending = 1000, .spreads = 1000, .stories = 10
	};
}

static inline void play_with(struct scene *s, const struct blame_options *options,
		      const struct event *events, size_t n)
{
	memset(s, 0, sizeof(*s));
	s->blame = blame_new(options);
	assert_non_null(s->blame);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(blame_add(s->blame, &events[i], true), 0);
	assert_int_equal(blame_finish(s->blame), 0);
	s->victim_count = blame_victims(s->blame, &s->victims);
	s->pairs = blame_pairs(s->blame);
	s->story_count = blame_stories(s->blame, &s->stories);
}

static inline void play(struct scene *s, const struct event *events, size_t n)
{
	struct blame_options options = everything();

	play_with(s, &options, events, n);
}

#define PLAY(s, events) play(s, events, COUNT_OF(events))

static inline void end(struct scene *s)
{
	blame_free(s->blame);
}

static inline const struct blame_victim *victim(const struct scene *s, uint32_t task)
{
	for (uint32_t i = 0; i < s->victim_count; i++)
		if (s->victims[i]->task == task)
			return s->victims[i];
	return NULL;
}

static inline const struct blame_sum *sum(const struct scene *s, uint32_t task, uint32_t culprit,
				   enum blame_kind kind)
{
	static const struct blame_sum none;
	const struct blame_victim *v = victim(s, task);

	for (uint32_t i = 0; v && i < v->pair_count; i++)
		if (s->pairs[v->first_pair + i]->culprit == culprit)
			return &s->pairs[v->first_pair + i]->sums[kind];
	return &none;
}

static inline uint64_t paid(const struct scene *s, uint32_t task, uint32_t culprit, enum blame_kind kind)
{
	return sum(s, task, culprit, kind)->total_ns;
}

/* Whatever happened: the parts are the delay. */
static inline void assert_parts_sum_up(const struct scene *s)
{
	for (uint32_t i = 0; i < s->victim_count; i++) {
		const struct blame_victim *v = s->victims[i];
		uint64_t parts[BLAME_KINDS] = {};

		for (uint32_t p = 0; p < v->pair_count; p++)
			for (int kind = 0; kind < BLAME_KINDS; kind++)
				parts[kind] += s->pairs[v->first_pair + p]->sums[kind].total_ns;
		for (int kind = 0; kind < BLAME_KINDS; kind++)
			assert_int_equal(parts[kind], v->delays[kind].total_ns);
	}
}

#endif
