// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sums up the event stream per task, per CPU, or both. What each number means: summary.h.
 * Costs a few tens of ns a slice, as it reads every slice of traces with hundreds of millions.
 */
#include "analysis/summary.h"
#include "analysis/rows.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct summary {
	struct rows rows;
	uint16_t *last_cpu_plus_1; /* by task: where its last slice ran; 0: none seen */
	uint64_t last_cpu_count;
	uint64_t *last_end_ns; /* by CPU: when its last slice ended; 0: none seen */
};

static enum rows_by summary_rows_by(enum summary_by by)
{
	switch (by) {
	case SUMMARY_BY_CPU:
		return ROWS_BY_CPU;
	case SUMMARY_BY_TASK_CPU:
		return ROWS_BY_CPU_TASK;
	default:
		return ROWS_BY_TASK;
	}
}

struct summary *summary_new(enum summary_by by)
{
	struct summary *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	/* Zeroed pages: those of CPUs that are not there are never touched. */
	s->last_end_ns = calloc(UINT16_MAX + 1, sizeof(*s->last_end_ns));
	if (!s->last_end_ns) {
		free(s);
		return NULL;
	}
	rows_init(&s->rows, summary_rows_by(by), sizeof(struct summary_row));
	return s;
}

void summary_free(struct summary *s)
{
	if (!s)
		return;
	for (uint32_t i = 0; i < s->rows.count; i++) {
		struct summary_row *row = s->rows.all[i];

		histogram_free(&row->run.ns);
		histogram_free(&row->wake_delay.ns);
		histogram_free(&row->preempt_delay.ns);
	}
	rows_free(&s->rows);
	free(s->last_cpu_plus_1);
	free(s->last_end_ns);
	free(s);
}

static struct summary_row *make_row(struct summary *s, uint16_t cpu, uint32_t task)
{
	struct summary_row *row = rows_make(&s->rows, cpu, task);

	if (row) {
		row->task = s->rows.by & ROWS_BY_TASK ? task : TASK_UNKNOWN;
		row->cpu = s->rows.by & ROWS_BY_CPU ? cpu : CPU_UNKNOWN;
	}
	return row;
}

static inline struct summary_row *row_of(struct summary *s, uint16_t cpu, uint32_t task)
{
	struct summary_row *row = rows_find(&s->rows, cpu, task);

	return row ? row : make_row(s, cpu, task);
}

static int grow_last_cpus(struct summary *s, uint32_t task)
{
	uint64_t count = s->last_cpu_count ? s->last_cpu_count : 64;
	uint16_t *last;

	while (count <= task)
		count *= 2;
	/* Zeroed pages, not realloc and memset: see slot_for() in rows.c. */
	last = calloc(count, sizeof(*last));
	if (!last)
		return -ENOMEM;
	if (s->last_cpu_plus_1)
		memcpy(last, s->last_cpu_plus_1, s->last_cpu_count * sizeof(*last));
	free(s->last_cpu_plus_1);
	s->last_cpu_plus_1 = last;
	s->last_cpu_count = count;
	return 0;
}

static inline int spread_add(struct summary_spread *spread, uint64_t ns, const struct event *e)
{
	if (__builtin_expect(!spread->ns.count || ns > spread->ns.max_ns, 0)) {
		spread->max_at_ns = e->slice.start_ns;
		spread->max_cpu = e->cpu;
		spread->max_task = e->slice.task;
	}
	return histogram_add(&spread->ns, ns);
}

static void add_gap(struct summary_row *row, const struct event *e, uint64_t last_end_ns)
{
	uint64_t most_ns =
		last_end_ns && last_end_ns <= e->time_ns ? e->time_ns - last_end_ns : UINT64_MAX;

	row->gaps++;
	if (most_ns > row->gap_max_ns)
		row->gap_max_ns = most_ns;
}

static inline int add_run(struct summary_row *row, const struct event *e, uint64_t last_end_ns)
{
	uint16_t flags = e->slice.flags;

	row->slices++;
	if (!(flags & SLICE_CUT_END)) {
		row->involuntary += !!(flags & SLICE_INVOLUNTARY);
		row->voluntary += !(flags & SLICE_INVOLUNTARY);
	}
	if (flags & SLICE_GAP) {
		add_gap(row, e, last_end_ns);
		return 0;
	}
	row->run_total_ns += slice_run_ns(e);
	if (flags & (SLICE_CUT_START | SLICE_CUT_END)) {
		row->cut_slices++;
		return 0;
	}
	return spread_add(&row->run, slice_run_ns(e), e);
}

static inline struct summary_spread *delay_spread(struct summary_row *row,
						  const struct slice *slice)
{
	return slice->kind == DELAY_WAKE ? &row->wake_delay : &row->preempt_delay;
}

static inline int add_delay(struct summary_row *row, const struct event *e)
{
	const struct slice *slice = &e->slice;
	uint64_t delay_ns;

	row->wakeups += (slice->kind == DELAY_WAKE && slice->waking_ns) + slice->spare_wakes;
	row->spare_wakes += slice->spare_wakes;
	if (!slice_delay_ns(slice, &delay_ns)) {
		row->unknown_delays++;
		return 0;
	}
	return spread_add(delay_spread(row, slice), delay_ns, e);
}

static int add_idle(struct summary *s, const struct event *e)
{
	struct summary_row *row;

	if (s->rows.by != ROWS_BY_CPU)
		return 0;
	row = row_of(s, e->cpu, TASK_IDLE);
	if (!row)
		return -ENOMEM;
	if (!(e->slice.flags & SLICE_GAP))
		row->idle_ns += slice_run_ns(e);
	return 0;
}

static inline int add_slice(struct summary *s, const struct event *e)
{
	uint32_t task = e->slice.task;
	uint64_t last_end_ns = s->last_end_ns[e->cpu];
	struct summary_row *row;
	uint16_t *last;
	int err;

	s->last_end_ns[e->cpu] = e->time_ns;
	if (task == TASK_IDLE)
		return add_idle(s, e);
	if (task >= s->last_cpu_count && grow_last_cpus(s, task))
		return -ENOMEM;
	row = row_of(s, e->cpu, task);
	if (!row)
		return -ENOMEM;
	last = &s->last_cpu_plus_1[task];
	row->migrations += *last && *last != (uint16_t)(e->cpu + 1);
	*last = e->cpu + 1;
	if (s->rows.by & ROWS_BY_TASK && e->slice.flags & SLICE_EXIT)
		row->exited = true;
	err = add_run(row, e, last_end_ns);
	return err ? err : add_delay(row, e);
}

static int add_wait(struct summary *s, const struct event *e)
{
	uint64_t since = slice_runnable_since(&e->slice);
	struct summary_row *row;

	if (e->slice.task == TASK_IDLE)
		return 0;
	row = row_of(s, e->cpu, e->slice.task);
	if (!row)
		return -ENOMEM;
	row->cut_waits++;
	if (since && since < e->time_ns && e->time_ns - since > row->cut_wait_max_ns)
		row->cut_wait_max_ns = e->time_ns - since;
	return 0;
}

static int add_move(struct summary *s, const struct event *e)
{
	struct summary_row *row = row_of(s, e->move.to, e->move.task);

	if (!row)
		return -ENOMEM;
	row->moves++;
	return 0;
}

int summary_add(struct summary *s, const struct event *e)
{
	switch (e->type) {
	case EVENT_SLICE:
		return add_slice(s, e);
	case EVENT_WAITING:
		return add_wait(s, e);
	case EVENT_MOVE:
		return add_move(s, e);
	default:
		return 0;
	}
}

/*
 * With more rows than the nearest cache holds, a slice costs a farther one's latency several times
 * over: row, bucket of the run, bucket of the delay. Asking for them some slices ahead overlaps
 * these waits: 68 -> 32 ns a slice at 500 tasks, 169 -> 53 at 2,000. With few rows it would only
 * cost (9 ns of 15).
 */
#define AHEAD	  8
#define MANY_ROWS 256

static inline struct summary_row *row_ahead(const struct summary *s, const struct event *e)
{
	return e->type == EVENT_SLICE ? rows_find(&s->rows, e->cpu, e->slice.task) : NULL;
}

static inline void prefetch_row(const struct summary *s, const struct event *e)
{
	struct summary_row *row = row_ahead(s, e);

	if (row) {
		__builtin_prefetch(row, 1);
		__builtin_prefetch(&row->run, 1);
		__builtin_prefetch(delay_spread(row, &e->slice), 1);
	}
}

static inline void prefetch_buckets(const struct summary *s, const struct event *e)
{
	struct summary_row *row = row_ahead(s, e);
	uint64_t delay_ns;

	if (!row)
		return;
	histogram_prefetch(&row->run.ns, slice_run_ns(e));
	if (slice_delay_ns(&e->slice, &delay_ns))
		histogram_prefetch(&delay_spread(row, &e->slice)->ns, delay_ns);
}

int summary_add_many(struct summary *s, const struct event *events, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		bool many = s->rows.count >= MANY_ROWS;
		int err;

		if (many && i + 2 * AHEAD < n)
			prefetch_row(s, &events[i + 2 * AHEAD]);
		if (many && i + AHEAD < n)
			prefetch_buckets(s, &events[i + AHEAD]);
		err = summary_add(s, &events[i]);
		if (err)
			return err;
	}
	return 0;
}

/* What adds up when rows do. */
static const size_t counters[] = {
	offsetof(struct summary_row, slices),	      offsetof(struct summary_row, run_total_ns),
	offsetof(struct summary_row, voluntary),      offsetof(struct summary_row, involuntary),
	offsetof(struct summary_row, wakeups),	      offsetof(struct summary_row, spare_wakes),
	offsetof(struct summary_row, migrations),     offsetof(struct summary_row, moves),
	offsetof(struct summary_row, gaps),	      offsetof(struct summary_row, cut_slices),
	offsetof(struct summary_row, unknown_delays), offsetof(struct summary_row, cut_waits),
	offsetof(struct summary_row, idle_ns),
};

static bool spreads_fit(const struct summary_spread *a, const struct summary_spread *b)
{
	uint64_t sum;

	return !__builtin_add_overflow(a->ns.count, b->ns.count, &sum) &&
	       !__builtin_add_overflow(a->ns.sum_ns, b->ns.sum_ns, &sum);
}

static bool rows_fit(const struct summary_row *a, const struct summary_row *b)
{
	for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++) {
		uint64_t sum, x, y;

		memcpy(&x, (const char *)a + counters[i], sizeof(x));
		memcpy(&y, (const char *)b + counters[i], sizeof(y));
		if (__builtin_add_overflow(x, y, &sum))
			return false;
	}
	return spreads_fit(&a->run, &b->run) && spreads_fit(&a->wake_delay, &b->wake_delay) &&
	       spreads_fit(&a->preempt_delay, &b->preempt_delay);
}

static int spread_merge(struct summary_spread *into, const struct summary_spread *from)
{
	if (from->ns.count && (!into->ns.count || from->ns.max_ns > into->ns.max_ns)) {
		into->max_at_ns = from->max_at_ns;
		into->max_cpu = from->max_cpu;
		into->max_file = from->max_file;
		into->max_task = from->max_task;
	}
	return histogram_merge(&into->ns, &from->ns);
}

static void add_counters(struct summary_row *into, const struct summary_row *from)
{
	for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++) {
		uint64_t sum, more;

		memcpy(&sum, (const char *)into + counters[i], sizeof(sum));
		memcpy(&more, (const char *)from + counters[i], sizeof(more));
		sum += more;
		memcpy((char *)into + counters[i], &sum, sizeof(sum));
	}
	if (from->gap_max_ns > into->gap_max_ns)
		into->gap_max_ns = from->gap_max_ns;
	if (from->cut_wait_max_ns > into->cut_wait_max_ns)
		into->cut_wait_max_ns = from->cut_wait_max_ns;
}

int summary_put(struct summary *s, const struct summary_row *row)
{
	struct summary_row *into = row_of(s, row->cpu, row->task);

	if (!into)
		return -ENOMEM;
	if (!rows_fit(into, row))
		return -ERANGE;
	if (spread_merge(&into->run, &row->run) ||
	    spread_merge(&into->wake_delay, &row->wake_delay) ||
	    spread_merge(&into->preempt_delay, &row->preempt_delay))
		return -ENOMEM;
	add_counters(into, row);
	into->exited |= row->exited && s->rows.by & ROWS_BY_TASK;
	return 0;
}

const struct summary_row *summary_find(const struct summary *s, uint32_t task, uint16_t cpu)
{
	return rows_find(&s->rows, cpu, task);
}

uint32_t summary_rows(const struct summary *s, const struct summary_row *const **rows)
{
	*rows = (const struct summary_row *const *)s->rows.all;
	return s->rows.count;
}
