// SPDX-License-Identifier: GPL-2.0-only
/* Blame's counts per pair of victim and culprit, and their order at the end. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/blame_internal.h"

static uint64_t hash(uint32_t victim, uint32_t culprit)
{
	uint64_t key = (uint64_t)victim << 32 | culprit;

	/* Fibonacci hashing, as in rows.c. */
	return (key ^ key >> 29) * 0x9e3779b97f4a7c15ULL >> 32;
}

/* The slot of a pair, or the free one where it belongs. */
static uint32_t *probe(const struct pair_table *t, uint32_t victim, uint32_t culprit)
{
	for (uint64_t i = hash(victim, culprit);; i++) {
		uint32_t *slot = &t->slots[i & (t->slot_count - 1)];
		const struct blame_pair *pair = *slot ? &t->pairs[*slot - 1] : NULL;

		if (!pair || (pair->victim == victim && pair->culprit == culprit))
			return slot;
	}
}

static int slots_grow(struct pair_table *t)
{
	struct pair_table bigger = *t;

	bigger.slot_count = t->slot_count ? 2 * t->slot_count : 1024;
	bigger.slots = calloc(bigger.slot_count, sizeof(*bigger.slots));
	if (!bigger.slots)
		return -ENOMEM;
	for (uint32_t i = 0; i < t->count; i++)
		*probe(&bigger, t->pairs[i].victim, t->pairs[i].culprit) = i + 1;
	free(t->slots);
	*t = bigger;
	return 0;
}

static struct blame_pair *pair_make(struct pair_table *t)
{
	uint32_t capacity = t->capacity ? 2 * t->capacity : 256;
	struct blame_pair *pairs;

	if (t->count == t->capacity) {
		pairs = realloc(t->pairs, capacity * sizeof(*pairs));
		if (!pairs)
			return NULL;
		t->pairs = pairs;
		t->capacity = capacity;
	}
	return memset(&t->pairs[t->count++], 0, sizeof(*t->pairs));
}

struct blame_pair *pair_table_get(struct pair_table *t, uint32_t victim, uint32_t culprit)
{
	struct blame_pair *pair;
	uint32_t *slot;

	if (2 * (uint64_t)t->count >= t->slot_count && slots_grow(t))
		return NULL;
	slot = probe(t, victim, culprit);
	if (*slot)
		return &t->pairs[*slot - 1];
	pair = pair_make(t);
	if (!pair)
		return NULL;
	pair->victim = victim;
	pair->culprit = culprit;
	*slot = t->count;
	return pair;
}

void pair_table_prefetch_slot(const struct pair_table *t, uint32_t victim, uint32_t culprit)
{
	if (t->slot_count)
		__builtin_prefetch(&t->slots[hash(victim, culprit) & (t->slot_count - 1)]);
}

void pair_table_prefetch_pair(const struct pair_table *t, uint32_t victim, uint32_t culprit)
{
	uint32_t index;

	if (!t->slot_count)
		return;
	index = t->slots[hash(victim, culprit) & (t->slot_count - 1)];
	if (index)
		__builtin_prefetch(&t->pairs[index - 1], 1);
}

void pair_table_free(struct pair_table *t)
{
	free(t->pairs);
	free(t->slots);
	memset(t, 0, sizeof(*t));
}

int blame_sum_add(struct blame_sum *sum, struct spread_table *spreads, uint64_t ns,
		  uint64_t since_ns)
{
	if (!sum->count && spread_table_make(spreads, &sum->spread))
		return -ENOMEM;
	if (!sum->count || ns > sum->worst_ns) {
		sum->worst_ns = ns;
		sum->worst_since_ns = since_ns;
	}
	sum->count++;
	sum->total_ns += ns;
	return sum->spread ? spread_table_add(spreads, sum->spread, ns) : 0;
}

/* Most first, ties by what is lower. */
static int compare(uint64_t a_ns, uint64_t b_ns, uint32_t a, uint32_t b)
{
	if (a_ns != b_ns)
		return a_ns < b_ns ? 1 : -1;
	return (a > b) - (a < b);
}

static int compare_victims(const void *a, const void *b)
{
	const struct blame_victim *one = *(const struct blame_victim *const *)a;
	const struct blame_victim *other = *(const struct blame_victim *const *)b;

	return compare(blame_total_ns(one->delays), blame_total_ns(other->delays), one->task,
		       other->task);
}

/* Of one victim: victims are told apart before. */
static int compare_pairs(const void *a, const void *b)
{
	const struct blame_pair *one = *(const struct blame_pair *const *)a;
	const struct blame_pair *other = *(const struct blame_pair *const *)b;

	return compare(blame_total_ns(one->sums), blame_total_ns(other->sums), one->culprit,
		       other->culprit);
}

static int compare_culprits(const void *a, const void *b)
{
	const struct blame_culprit *one = a, *other = b;

	return compare(one->total_ns, other->total_ns, one->task, other->task);
}

/* Each victim's pairs next to each other, in the victims' order. */
static void group_pairs(struct blame_results *r, struct rows *victims,
			const struct pair_table *pairs)
{
	uint32_t first = 0;

	for (uint32_t i = 0; i < pairs->count; i++) {
		struct blame_victim *victim = rows_find(victims, 0, pairs->pairs[i].victim);

		victim->pair_count++;
	}
	for (uint32_t i = 0; i < r->victim_count; i++) {
		struct blame_victim *victim = rows_find(victims, 0, r->victims[i]->task);

		victim->first_pair = first;
		first += victim->pair_count;
		victim->pair_count = 0;
	}
	for (uint32_t i = 0; i < pairs->count; i++) {
		struct blame_victim *victim = rows_find(victims, 0, pairs->pairs[i].victim);

		r->pairs[victim->first_pair + victim->pair_count++] = &pairs->pairs[i];
	}
	for (uint32_t i = 0; i < r->victim_count; i++)
		qsort(r->pairs + r->victims[i]->first_pair, r->victims[i]->pair_count,
		      sizeof(*r->pairs), compare_pairs);
}

static int add_culprit(struct rows *rows, const struct blame_pair *pair)
{
	struct blame_culprit *culprit = rows_find(rows, 0, pair->culprit);

	if (!culprit)
		culprit = rows_make(rows, 0, pair->culprit);
	if (!culprit)
		return -ENOMEM;
	culprit->task = pair->culprit;
	culprit->victims++;
	culprit->waits += blame_count(pair->sums);
	culprit->total_ns += blame_total_ns(pair->sums);
	return 0;
}

/* TASK_UNKNOWN would be an absurd index for a row: it is summed up apart. */
static int make_culprits(struct blame_results *r, const struct pair_table *pairs)
{
	struct blame_culprit unknown = { .task = TASK_UNKNOWN };
	struct rows rows;
	int err = 0;

	rows_init(&rows, ROWS_BY_TASK, sizeof(struct blame_culprit));
	for (uint32_t i = 0; i < pairs->count && !err; i++) {
		const struct blame_pair *pair = &pairs->pairs[i];

		if (pair->culprit != TASK_UNKNOWN) {
			err = add_culprit(&rows, pair);
			continue;
		}
		unknown.victims++;
		unknown.waits += blame_count(pair->sums);
		unknown.total_ns += blame_total_ns(pair->sums);
	}
	r->culprits = err ? NULL : malloc((rows.count + 1) * sizeof(*r->culprits));
	if (r->culprits) {
		for (uint32_t i = 0; i < rows.count; i++)
			r->culprits[r->culprit_count++] = *(struct blame_culprit *)rows.all[i];
		if (unknown.victims)
			r->culprits[r->culprit_count++] = unknown;
		qsort(r->culprits, r->culprit_count, sizeof(*r->culprits), compare_culprits);
	}
	rows_free(&rows);
	return r->culprits ? 0 : -ENOMEM;
}

int blame_results_make(struct blame_results *r, struct rows *victims,
		       const struct pair_table *pairs)
{
	r->victims = malloc((victims->count + 1) * sizeof(*r->victims));
	r->pairs = malloc((pairs->count + 1) * sizeof(*r->pairs));
	if (!r->victims || !r->pairs)
		return -ENOMEM;
	r->pair_count = pairs->count;
	for (uint32_t i = 0; i < victims->count; i++)
		r->victims[r->victim_count++] = victims->all[i];
	qsort(r->victims, r->victim_count, sizeof(*r->victims), compare_victims);
	group_pairs(r, victims, pairs);
	return make_culprits(r, pairs);
}

void blame_results_free(struct blame_results *r)
{
	free(r->victims);
	free(r->pairs);
	free(r->culprits);
	memset(r, 0, sizeof(*r));
}
