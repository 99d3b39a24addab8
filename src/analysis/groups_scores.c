// SPDX-License-Identifier: GPL-2.0-only
/* The names of groups and their scores: see groups_internal.h. */
#include "analysis/groups_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/vcpu.h"

/* Names that are remembered beside those that are told. */
#define SPARE_NAMES 256

static uint64_t hash(const char name[GROUP_NAME_MAX])
{
	uint64_t halves[2];

	memcpy(halves, name, sizeof(halves));
	halves[0] = (halves[0] ^ halves[0] >> 32) * 0x9e3779b97f4a7c15ull;
	halves[0] ^= halves[1] + (halves[0] >> 29);
	halves[0] *= 0xbf58476d1ce4e5b9ull;
	return halves[0] >> 32;
}

/* Where a name's id is, or belongs. */
static uint32_t *probe(const struct group_scores *s, const char name[GROUP_NAME_MAX])
{
	for (uint64_t i = hash(name);; i++) {
		uint32_t *slot = &s->slots[i & (s->slot_count - 1)];

		if (!*slot || !memcmp(s->all[*slot - 1].name, name, GROUP_NAME_MAX))
			return slot;
	}
}

static void rehash(struct group_scores *s)
{
	memset(s->slots, 0, s->slot_count * sizeof(*s->slots));
	for (uint32_t id = 0; id < s->count; id++)
		*probe(s, s->all[id].name) = id + 1;
}

int group_scores_init(struct group_scores *s, uint32_t max_tasks)
{
	uint64_t keep = 8 * (uint64_t)max_tasks + SPARE_NAMES;

	memset(s, 0, sizeof(*s));
	s->keep = keep < UINT32_MAX / 4 ? (uint32_t)keep : UINT32_MAX / 4;
	if (group_scores_reserve(s, (size_t)s->keep + 1))
		return -ENOMEM;
	group_scores_id(s, (char[GROUP_NAME_MAX]){ GROUPS_OTHER });
	s->all[GROUP_OTHER_ID].slot = GROUP_OTHER_ID;
	return 0;
}

void group_scores_free(struct group_scores *s)
{
	free(s->all);
	free(s->slots);
	free(s->order);
	memset(s, 0, sizeof(*s));
}

int group_scores_reserve(struct group_scores *s, size_t more)
{
	size_t capacity = s->count + more;
	uint32_t slot_count = 64, *slots;
	struct group_score **order, *all;

	if (capacity <= s->capacity)
		return 0;
	if (more > UINT32_MAX / 4 || capacity > UINT32_MAX / 4 + 1u)
		return -ENOMEM;
	while (slot_count < 2 * capacity)
		slot_count *= 2;
	all = realloc(s->all, capacity * sizeof(*all));
	if (!all)
		return -ENOMEM;
	s->all = all;
	order = realloc(s->order, capacity * sizeof(*order));
	if (!order)
		return -ENOMEM;
	s->order = order;
	slots = realloc(s->slots, slot_count * sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	s->slots = slots;
	s->slot_count = slot_count;
	s->capacity = (uint32_t)capacity;
	rehash(s);
	return 0;
}

/* Numbers at a name's end read as "*": that of a vCPU did so, too. */
static bool is_vcpu(const char name[GROUP_NAME_MAX])
{
	size_t length = strlen(name);
	char numbered[GROUP_NAME_MAX];
	uint32_t number;

	memcpy(numbered, name, GROUP_NAME_MAX);
	if (length && numbered[length - 1] == '*')
		numbered[length - 1] = '0';
	return vcpu_from_comm(numbered, &number);
}

uint32_t group_scores_id(struct group_scores *s, const char name[GROUP_NAME_MAX])
{
	uint32_t *slot = probe(s, name);

	if (!*slot) {
		s->all[s->count] =
			(struct group_score){ .slot = GROUP_NOT_TOLD, .is_vcpu = is_vcpu(name) };
		memcpy(s->all[s->count].name, name, GROUP_NAME_MAX);
		*slot = ++s->count;
	}
	return *slot - 1;
}

void group_scores_cut(struct group_scores *s, uint32_t count)
{
	s->count = count;
	rehash(s);
}

static int by_score(const void *a, const void *b)
{
	const struct group_score *left = *(void *const *)a, *right = *(void *const *)b;

	if (left->score != right->score)
		return left->score < right->score ? 1 : -1;
	return strcmp(left->name, right->name);
}

uint32_t group_scores_rank(struct group_scores *s)
{
	for (uint32_t id = 1; id < s->count; id++)
		s->order[id - 1] = &s->all[id];
	qsort(s->order, s->count - 1, sizeof(*s->order), by_score);
	return s->count - 1;
}

void group_scores_trim(struct group_scores *s)
{
	uint32_t ranked, excess, kept = 0;

	if (s->count - 1 <= s->keep)
		return;
	ranked = group_scores_rank(s);
	excess = ranked - s->keep;
	while (excess && ranked--) {
		if (s->order[ranked]->slot != GROUP_NOT_TOLD)
			continue;
		s->order[ranked]->name[0] = '\0'; /* no name is empty */
		excess--;
	}
	for (uint32_t id = 0; id < s->count; id++)
		if (s->all[id].name[0])
			s->all[kept++] = s->all[id];
	group_scores_cut(s, kept);
}
