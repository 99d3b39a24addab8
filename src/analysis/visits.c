// SPDX-License-Identifier: GPL-2.0-only
/* How often tasks come to a CPU, and how long they stay: see visits.h. */
#include "analysis/visits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/rows.h"

/* A task's last slice, and the visit that it left open, if any. */
struct last_stay {
	uint32_t task;
	uint16_t cpu;
	bool open;
	bool cut;
	bool moved_away; /* while it waited to go on */
	uint64_t due_ns; /* when it was runnable; its start where that is not known */
	uint64_t start_ns, run_ns;
	uint64_t out_ns; /* the end of its last slice */
};

struct visits {
	enum visits_by by;
	hwloc_const_bitmap_t cpus;
	struct rows rows;  /* struct visits_row by task and CPU, the latter CPU_UNKNOWN per task */
	struct rows stays; /* struct last_stay by task, hashed: a damaged file's ids may be any */
};

struct visits *visits_new(enum visits_by by, hwloc_const_bitmap_t cpus)
{
	struct visits *v = calloc(1, sizeof(*v));

	if (!v)
		return NULL;
	v->by = by;
	v->cpus = cpus;
	rows_init(&v->rows, ROWS_BY_CPU_TASK, sizeof(struct visits_row));
	rows_init(&v->stays, ROWS_BY_CPU_TASK, sizeof(struct last_stay));
	return v;
}

void visits_free(struct visits *v)
{
	if (!v)
		return;
	for (uint32_t i = 0; i < v->rows.count; i++) {
		struct visits_row *row = v->rows.all[i];

		histogram_free(&row->run);
		free(row->starts_ns);
		free(row->runs_ns);
	}
	rows_free(&v->rows);
	rows_free(&v->stays);
	free(v);
}

static bool is_looked_at(const struct visits *v, uint16_t cpu)
{
	return !v->cpus || hwloc_bitmap_isset(v->cpus, cpu);
}

static struct visits_row *row_of(struct visits *v, uint16_t cpu, uint32_t task)
{
	uint16_t key = v->by == VISITS_BY_TASK ? CPU_UNKNOWN : cpu;
	struct visits_row *row = rows_find(&v->rows, key, task);

	if (row)
		return row;
	row = rows_make(&v->rows, key, task);
	if (row) {
		row->task = task;
		row->cpu = key;
		row->blocks_step = 1;
	}
	return row;
}

static struct last_stay *stay_of(struct visits *v, uint32_t task)
{
	struct last_stay *stay = rows_find(&v->stays, CPU_UNKNOWN, task);

	if (stay)
		return stay;
	stay = rows_make(&v->stays, CPU_UNKNOWN, task);
	if (stay) {
		stay->task = task;
		stay->cpu = CPU_UNKNOWN;
	}
	return stay;
}

static int reserve_kept(struct visits_row *row)
{
	uint32_t capacity = row->capacity ? 2 * row->capacity : 8;
	uint64_t *starts, *runs;

	if (row->kept < row->capacity)
		return 0;
	starts = realloc(row->starts_ns, capacity * sizeof(*starts));
	if (!starts)
		return -ENOMEM;
	row->starts_ns = starts;
	runs = realloc(row->runs_ns, capacity * sizeof(*runs));
	if (!runs)
		return -ENOMEM;
	row->runs_ns = runs;
	row->capacity = capacity;
	return 0;
}

static void drop_every_other_block(struct visits_row *row)
{
	for (uint32_t to = 0; to < VISITS_KEPT / 2; to += VISITS_BLOCK) {
		memmove(row->starts_ns + to, row->starts_ns + 2 * to,
			VISITS_BLOCK * sizeof(*row->starts_ns));
		memmove(row->runs_ns + to, row->runs_ns + 2 * to,
			VISITS_BLOCK * sizeof(*row->runs_ns));
	}
	row->kept = VISITS_KEPT / 2;
	row->blocks_step *= 2;
}

/* nth: how many whole visits there were before. */
static int keep(struct visits_row *row, uint64_t nth, uint64_t start_ns, uint64_t run_ns)
{
	uint64_t block = nth / VISITS_BLOCK;
	int err;

	if (block % row->blocks_step)
		return 0;
	if (row->kept == VISITS_KEPT)
		drop_every_other_block(row);
	err = reserve_kept(row);
	if (err)
		return err;
	row->starts_ns[row->kept] = start_ns;
	row->runs_ns[row->kept++] = run_ns;
	return 0;
}

static int count_whole(struct visits_row *row, const struct last_stay *stay)
{
	uint64_t nth = row->run.count;
	int err;

	if (!nth || stay->run_ns > row->run.max_ns)
		row->longest_at_ns = stay->start_ns;
	err = histogram_add(&row->run, stay->run_ns);
	return err ? err : keep(row, nth, stay->due_ns, stay->run_ns);
}

static int end_visit(struct visits *v, struct last_stay *stay)
{
	struct visits_row *row = row_of(v, stay->cpu, stay->task);

	stay->open = false;
	if (!row)
		return -ENOMEM;
	row->visits++;
	if (!stay->cut)
		return count_whole(row, stay);
	row->cut++;
	if (stay->run_ns > row->cut_longest_ns)
		row->cut_longest_ns = stay->run_ns;
	return 0;
}

/*
 * Whether the slice goes on with the task's open visit. Where it left a CPU later than its last
 * slice in the stream ended, it was on one that is not traced, or that slice is missing.
 */
static bool goes_on(const struct last_stay *stay, const struct event *e)
{
	return stay->open && stay->cpu == e->cpu && e->slice.kind == DELAY_PREEMPT &&
	       e->slice.prev_out_ns <= stay->out_ns;
}

/*
 * Of a slice that does not go on with its task's open visit: whether a slice between is missing
 * that was on the visit's CPU, for all that is known; else the task went elsewhere.
 */
static bool end_is_missing(const struct last_stay *stay, const struct event *e)
{
	switch (e->slice.kind) {
	case DELAY_WAKE:
		return e->slice.prev_cpu == stay->cpu || e->slice.prev_cpu == CPU_UNKNOWN;
	case DELAY_PREEMPT:
		return stay->cpu == e->cpu && !e->slice.moves;
	default:
		return true;
	}
}

/*
 * Whether a visit that this slice begins began earlier, in a slice that is missing: it waited since
 * a preemption, its slice before is not one of another CPU, and nobody moved it here.
 */
static bool begin_is_missing(const struct last_stay *stay, const struct event *e)
{
	bool came = stay->cpu != CPU_UNKNOWN && stay->cpu != e->cpu &&
		    e->slice.prev_out_ns <= stay->out_ns;

	return e->slice.kind == DELAY_PREEMPT && !came && !e->slice.moves;
}

static void begin_visit(struct last_stay *stay, const struct event *e)
{
	uint64_t delay;

	stay->cut = begin_is_missing(stay, e);
	stay->open = true;
	stay->start_ns = e->slice.start_ns;
	stay->due_ns =
		slice_delay_ns(&e->slice, &delay) ? e->slice.start_ns - delay : e->slice.start_ns;
	stay->run_ns = 0;
}

static int count_slice(struct visits *v, struct last_stay *stay, const struct event *e)
{
	struct visits_row *row = row_of(v, e->cpu, e->slice.task);
	uint64_t run_ns = e->slice.flags & SLICE_GAP ? 0 : slice_run_ns(e);

	if (!row)
		return -ENOMEM;
	row->slices++;
	row->run_total_ns += run_ns;
	stay->run_ns += run_ns;
	stay->cut |= !slice_is_whole(&e->slice);
	if (e->slice.flags & SLICE_LEFT_QUEUED && !(e->slice.flags & (SLICE_EXIT | SLICE_CUT_END)))
		return 0;
	return end_visit(v, stay);
}

static int add_slice(struct visits *v, const struct event *e)
{
	bool looked_at = is_looked_at(v, e->cpu), on;
	struct last_stay *stay;
	int err = 0;

	if (e->slice.task == TASK_IDLE || event_is_offline(e))
		return 0;
	stay = stay_of(v, e->slice.task);
	if (!stay)
		return -ENOMEM;
	on = goes_on(stay, e);
	if (stay->open && !on) {
		stay->cut |= end_is_missing(stay, e);
		err = end_visit(v, stay);
	}
	if (looked_at && !on)
		begin_visit(stay, e);
	stay->cpu = e->cpu;
	stay->out_ns = e->time_ns;
	stay->moved_away = false;
	if (looked_at && !err)
		err = count_slice(v, stay, e);
	return err;
}

static int add_move(struct visits *v, const struct event *e)
{
	struct last_stay *stay = rows_find(&v->stays, CPU_UNKNOWN, e->move.task);

	if (stay && stay->open)
		stay->moved_away = e->move.to != stay->cpu;
	return 0;
}

int visits_add(struct visits *v, const struct event *e)
{
	switch (e->type) {
	case EVENT_SLICE:
		return add_slice(v, e);
	case EVENT_MOVE:
		return add_move(v, e);
	default:
		return 0;
	}
}

static int by_run(const void *a, const void *b)
{
	const struct visits_row *left = *(void *const *)a, *right = *(void *const *)b;

	if (left->run_total_ns != right->run_total_ns)
		return left->run_total_ns < right->run_total_ns ? 1 : -1;
	if (left->task != right->task)
		return left->task < right->task ? -1 : 1;
	return left->cpu < right->cpu ? -1 : left->cpu > right->cpu;
}

int visits_finish(struct visits *v)
{
	int err = 0;

	for (uint32_t i = 0; i < v->stays.count && !err; i++) {
		struct last_stay *stay = v->stays.all[i];

		if (!stay->open)
			continue;
		stay->cut |= !stay->moved_away;
		err = end_visit(v, stay);
	}
	if (v->rows.count)
		qsort(v->rows.all, v->rows.count, sizeof(*v->rows.all), by_run);
	return err;
}

uint32_t visits_rows(const struct visits *v, const struct visits_row *const **rows)
{
	*rows = (const struct visits_row *const *)v->rows.all;
	return v->rows.count;
}
