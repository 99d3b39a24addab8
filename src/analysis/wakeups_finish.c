// SPDX-License-Identifier: GPL-2.0-only
/* What is made of the counts of wakeups once all are in: totals, the most frequent, the order. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/wakeups_internal.h"

static struct wakeups_pair pair_of(uint64_t key, uint64_t count)
{
	uint16_t from = key >> 16, to = key;

	return (struct wakeups_pair){ .count = count,
				      .from = from == CPU_UNKNOWN ? -1 : from,
				      .to = to == CPU_UNKNOWN ? -1 : to };
}

/* Most frequent first; ties as they stand in their keys, an unknown one last. */
static int compare_pairs(const void *a, const void *b)
{
	const struct wakeups_pair *x = a, *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	if (x->from != y->from)
		return (uint32_t)x->from < (uint32_t)y->from ? -1 : 1;
	return ((uint32_t)x->to > (uint32_t)y->to) - ((uint32_t)x->to < (uint32_t)y->to);
}

static int compare_wakers(const void *a, const void *b)
{
	const struct wakeups_waker *x = a, *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	if (x->task != y->task)
		return x->task < y->task ? -1 : 1;
	return (x->context > y->context) - (x->context < y->context);
}

/* Takes an entry into a list of the WAKEUPS_TOP first ones by compare. */
static void top_take(void *list, size_t size, const void *entry,
		     int (*compare)(const void *, const void *))
{
	char *end = (char *)list + (WAKEUPS_TOP - 1) * size, *place = end;

	if (compare(entry, end) >= 0)
		return;
	for (; place > (char *)list && compare(entry, place - size) < 0; place -= size)
		memcpy(place, place - size, size);
	memcpy(place, entry, size);
}

static void find_tops(struct wakeups_row *const *rows, const struct tally *pairs,
		      const struct tally *wakers)
{
	for (uint64_t i = 0; i < pairs->slot_count; i++) {
		const struct tally_slot *slot = &pairs->slots[i];
		struct wakeups_pair pair = pair_of(slot->value, slot->count);

		if (slot->count)
			top_take(rows[slot->row]->pairs, sizeof(pair), &pair, compare_pairs);
	}
	for (uint64_t i = 0; i < wakers->slot_count; i++) {
		const struct tally_slot *slot = &wakers->slots[i];
		struct wakeups_waker waker = { .count = slot->count,
					       .task = slot->value >> 8,
					       .context = slot->value & 0xff };

		if (slot->count)
			top_take(rows[slot->row]->wakers, sizeof(waker), &waker, compare_wakers);
	}
}

static uint64_t branch_count(const struct wakeups_row *row, int branch)
{
	uint64_t n = 0;

	for (int certainty = 0; certainty < CERTAINTIES; certainty++)
		n += row->branches[branch][certainty];
	return n;
}

static int finish_row(struct wakeups_row *row)
{
	uint64_t most = 0;
	int err = 0;

	for (int i = 0; i < PLACEMENT_CLASSES && !err; i++) {
		if (row->classes[i] > row->classes[row->main_class])
			row->main_class = i;
		err = histogram_merge(&row->delay, &row->class_delay[i]);
	}
	for (int branch = 0; branch < BRANCHES; branch++) {
		uint64_t n = branch_count(row, branch);

		if (n > most) {
			most = n;
			row->main_branch = branch;
		}
		if (branch == BRANCH_UNKNOWN) {
			row->branch_unknown = n;
			continue;
		}
		for (int certainty = 0; certainty < CERTAINTIES; certainty++)
			row->certain[certainty] += row->branches[branch][certainty];
	}
	return err;
}

static int add_to_total(struct wakeups_row *total, const struct wakeups_row *row)
{
	int err = 0;

	total->wakeups += row->wakeups;
	total->spare_wakes += row->spare_wakes;
	total->cut_waits += row->cut_waits;
	total->arrivals += row->arrivals;
	total->stays += row->stays;
	total->origin_unknown += row->origin_unknown;
	for (int mover = 0; mover < MOVERS; mover++)
		total->movers[mover] += row->movers[mover];
	for (int context = 0; context < WAKER_CONTEXTS; context++)
		total->contexts[context] += row->contexts[context];
	for (int branch = 0; branch < BRANCHES; branch++)
		for (int certainty = 0; certainty < CERTAINTIES; certainty++)
			total->branches[branch][certainty] += row->branches[branch][certainty];
	for (int i = 0; i < PLACEMENT_CLASSES && !err; i++) {
		total->classes[i] += row->classes[i];
		err = histogram_merge(&total->class_delay[i], &row->class_delay[i]);
	}
	return err;
}

/* Adds a tally's counts over all rows into row 0 of another. */
static int tally_over_rows(struct tally *into, const struct tally *from)
{
	for (uint64_t i = 0; i < from->slot_count; i++)
		if (from->slots[i].count &&
		    tally_add(into, 0, from->slots[i].value, from->slots[i].count))
			return -ENOMEM;
	return 0;
}

/* Any table has all there is. */
static int finish_total(struct wakeups *w, const struct wakeups_table *table)
{
	struct wakeups_row *total = &w->total;
	int err = 0;

	for (uint32_t i = 0; i < table->rows.count && !err; i++)
		err = add_to_total(total, table->rows.all[i]);
	if (err || tally_over_rows(&w->pairs, &table->pairs) ||
	    tally_over_rows(&w->wakers, &table->wakers))
		return -ENOMEM;
	find_tops(&total, &w->pairs, &w->wakers);
	return finish_row(total);
}

static int compare_trespassers(const void *a, const void *b)
{
	const struct wakeups_row *x = *(struct wakeups_row *const *)a;
	const struct wakeups_row *y = *(struct wakeups_row *const *)b;

	if (wakeups_trespasses(x) != wakeups_trespasses(y))
		return wakeups_trespasses(x) > wakeups_trespasses(y) ? -1 : 1;
	if (x->wakeups != y->wakeups)
		return x->wakeups > y->wakeups ? -1 : 1;
	if (x->task != y->task)
		return x->task < y->task ? -1 : 1;
	return (x->cpu > y->cpu) - (x->cpu < y->cpu);
}

/* The tallies find their rows by index, so this is done before sorting. */
static int finish_table(struct wakeups_table *table)
{
	struct wakeups_row *const *rows = (struct wakeups_row *const *)table->rows.all;

	find_tops(rows, &table->pairs, &table->wakers);
	for (uint32_t i = 0; i < table->rows.count; i++)
		if (finish_row(rows[i]))
			return -ENOMEM;
	if (table->rows.count)
		qsort(table->rows.all, table->rows.count, sizeof(*table->rows.all),
		      compare_trespassers);
	return 0;
}

int wakeups_finish(struct wakeups *w)
{
	bool summed = false;

	for (int i = 0; i < WAKEUPS_TABLES; i++) {
		if (!(w->wanted & 1u << i))
			continue;
		if (finish_table(&w->tables[i]) || (!summed && finish_total(w, &w->tables[i])))
			return -ENOMEM;
		summed = true;
	}
	return 0;
}

static int32_t place_of(const struct wakeups *w, enum wakeups_place place, int32_t cpu)
{
	if (cpu < 0 || place == PLACE_CPU)
		return cpu;
	return place == PLACE_LLC ? placement_llc(w->host, cpu) : placement_node(w->host, cpu);
}

static struct wakeups_pair *pairs_list(const struct tally *tally)
{
	struct wakeups_pair *list = malloc((tally->used + 1) * sizeof(*list));
	uint64_t n = 0;

	for (uint64_t i = 0; list && i < tally->slot_count; i++) {
		const struct tally_slot *slot = &tally->slots[i];

		if (slot->count)
			list[n++] = (struct wakeups_pair){ .count = slot->count,
							   .from = (int32_t)(slot->value >> 32),
							   .to = (int32_t)slot->value };
	}
	if (list)
		qsort(list, n, sizeof(*list), compare_pairs);
	return list;
}

uint32_t wakeups_matrix(const struct wakeups *w, enum wakeups_place place,
			struct wakeups_pair **pairs)
{
	struct tally places = {};
	uint32_t n = 0;
	int err = 0;

	*pairs = NULL;
	for (uint64_t i = 0; i < w->pairs.slot_count && !err; i++) {
		const struct tally_slot *slot = &w->pairs.slots[i];
		struct wakeups_pair cpus = pair_of(slot->value, slot->count);
		uint32_t from = place_of(w, place, cpus.from), to = place_of(w, place, cpus.to);

		if (slot->count)
			err = tally_add(&places, 0, (uint64_t)from << 32 | to, slot->count);
	}
	if (!err)
		*pairs = pairs_list(&places);
	if (*pairs)
		n = places.used;
	tally_free(&places);
	return n;
}
