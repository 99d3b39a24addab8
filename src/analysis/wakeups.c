// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counts wakeups by where they put their tasks. What each number means: wakeups.h; what is made of
 * the counts at the end: wakeups_finish.c.
 */
#include "analysis/wakeups.h"

#include <errno.h>
#include <stdlib.h>

#include "analysis/choices.h"
#include "analysis/wakeups_internal.h"

/* One wakeup, as all tables count it. */
struct wakeup {
	uint64_t waker; /* wakeups_waker_key() */
	uint64_t delay_ns;
	uint32_t pair; /* wakeups_pair_key() */
	bool delay_known, cut, arrival, stay, origin_unknown;
	uint8_t context;
	enum placement_class class;
	struct placement_verdict verdict;
};

struct wakeups *wakeups_new(const struct placement_host *host, unsigned int tables)
{
	static const enum rows_by by[WAKEUPS_TABLES] = {
		[WAKEUPS_BY_TASK] = ROWS_BY_TASK,
		[WAKEUPS_BY_CPU] = ROWS_BY_CPU,
		[WAKEUPS_BY_TASK_CPU] = ROWS_BY_CPU_TASK,
	};
	struct wakeups *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->host = host;
	w->wanted = tables;
	w->total.task = TASK_UNKNOWN;
	w->total.cpu = CPU_UNKNOWN;
	for (int i = 0; i < WAKEUPS_TABLES; i++)
		rows_init(&w->tables[i].rows, by[i], sizeof(struct wakeups_row));
	w->choices = choices_new();
	if (w->choices)
		return w;
	wakeups_free(w);
	return NULL;
}

static void row_free(struct wakeups_row *row)
{
	for (int i = 0; i < PLACEMENT_CLASSES; i++)
		histogram_free(&row->class_delay[i]);
	histogram_free(&row->delay);
}

void wakeups_free(struct wakeups *w)
{
	if (!w)
		return;
	for (int i = 0; i < WAKEUPS_TABLES; i++) {
		struct wakeups_table *table = &w->tables[i];

		for (uint32_t n = 0; n < table->rows.count; n++)
			row_free(table->rows.all[n]);
		rows_free(&table->rows);
		tally_free(&table->pairs);
		tally_free(&table->wakers);
	}
	row_free(&w->total);
	tally_free(&w->pairs);
	tally_free(&w->wakers);
	choices_free(w->choices);
	free(w);
}

static struct wakeups_row *make_wakeups_row(struct rows *rows, uint16_t cpu, uint32_t task)
{
	struct wakeups_row *row = rows_make(rows, cpu, task);

	if (row) {
		row->task = rows->by & ROWS_BY_TASK ? task : TASK_UNKNOWN;
		row->cpu = rows->by & ROWS_BY_CPU ? cpu : CPU_UNKNOWN;
		row->index = rows->count - 1;
	}
	return row;
}

static inline struct wakeups_row *wakeups_row_of(struct rows *rows, uint16_t cpu, uint32_t task)
{
	struct wakeups_row *row = rows_find(rows, cpu, task);

	return row ? row : make_wakeups_row(rows, cpu, task);
}

static struct wakeup judge(struct wakeups *w, const struct event *e)
{
	const struct slice *s = &e->slice;
	struct told_choice told = choices_take(w->choices, e);
	enum placement_trespass trespass = placement_trespass(w->host, e);
	struct wakeup wakeup = {
		.pair = wakeups_pair_key(s->prev_cpu, s->chosen_cpu),
		.cut = e->type == EVENT_WAITING,
		.context = s->context < WAKER_CONTEXTS ? s->context : WAKER_UNKNOWN,
		.class = placement_class(w->host, s),
		.verdict = placement_explain(w->host, s, told.choice, told.fallback),
	};

	if (told.choice)
		confusion_add(&w->confusion, w->host, s, told.choice, told.fallback);
	wakeup.waker = wakeups_waker_key(s->waker, wakeup.context);
	wakeup.delay_known = !wakeup.cut && slice_delay_ns(s, &wakeup.delay_ns);
	wakeup.arrival = trespass == TRESPASS_ARRIVAL;
	wakeup.stay = trespass == TRESPASS_STAY;
	wakeup.origin_unknown = trespass == TRESPASS_UNKNOWN;
	return wakeup;
}

static int count_in_row(struct wakeups_table *table, struct wakeups_row *row,
			const struct wakeup *wakeup)
{
	row->wakeups++;
	row->cut_waits += wakeup->cut;
	row->classes[wakeup->class]++;
	row->branches[wakeup->verdict.branch][wakeup->verdict.certainty]++;
	row->contexts[wakeup->context]++;
	row->arrivals += wakeup->arrival;
	row->stays += wakeup->stay;
	row->origin_unknown += wakeup->origin_unknown;
	if (tally_add(&table->pairs, row->index, wakeup->pair, 1) ||
	    tally_add(&table->wakers, row->index, wakeup->waker, 1))
		return -ENOMEM;
	return wakeup->delay_known
		       ? histogram_add(&row->class_delay[wakeup->class], wakeup->delay_ns)
		       : 0;
}

static int count_wakeup(struct wakeups *w, const struct event *e)
{
	const struct slice *s = &e->slice;
	bool told = placement_is_told(s);
	struct wakeup wakeup = {};
	int err = 0;

	if (s->task == TASK_IDLE)
		return 0;
	if (!told && s->kind != DELAY_PREEMPT)
		w->unobserved++;
	if (!told && !s->spare_wakes)
		return 0;
	if (told)
		wakeup = judge(w, e);
	for (int i = 0; i < WAKEUPS_TABLES && !err; i++) {
		struct wakeups_row *row;

		if (!(w->wanted & 1u << i))
			continue;
		row = wakeups_row_of(&w->tables[i].rows, e->cpu, s->task);
		if (!row)
			return -ENOMEM;
		row->spare_wakes += s->spare_wakes;
		if (told)
			err = count_in_row(&w->tables[i], row, &wakeup);
	}
	return err;
}

static int count_move(struct wakeups *w, const struct move *move)
{
	enum mover mover = move_mover(move);

	if (move->task == TASK_IDLE)
		return 0;
	w->exec_moves += mover == MOVER_EXEC;
	if (!placement_is_isolated(w->host, move->to))
		return 0;
	for (int i = 0; i < WAKEUPS_TABLES; i++) {
		struct wakeups_row *row;

		if (!(w->wanted & 1u << i))
			continue;
		row = wakeups_row_of(&w->tables[i].rows, move->to, move->task);
		if (!row)
			return -ENOMEM;
		row->movers[mover]++;
	}
	return 0;
}

int wakeups_add(struct wakeups *w, const struct event *e)
{
	switch (e->type) {
	case EVENT_SLICE:
	case EVENT_WAITING:
		return count_wakeup(w, e);
	case EVENT_MOVE:
		return count_move(w, &e->move);
	case EVENT_CHOICE:
		return choices_add(w->choices, e);
	default:
		return 0;
	}
}

const struct wakeups_row *wakeups_total(const struct wakeups *w)
{
	return &w->total;
}

const struct confusion *wakeups_confusion(const struct wakeups *w)
{
	return &w->confusion;
}

uint64_t wakeups_unobserved(const struct wakeups *w)
{
	return w->unobserved;
}

uint64_t wakeups_exec_moves(const struct wakeups *w)
{
	return w->exec_moves;
}

uint32_t wakeups_rows(const struct wakeups *w, enum wakeups_by by,
		      const struct wakeups_row *const **rows)
{
	*rows = (const struct wakeups_row *const *)w->tables[by].rows.all;
	return w->tables[by].rows.count;
}
