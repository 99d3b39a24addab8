// SPDX-License-Identifier: GPL-2.0-only
/* Slices and wakeups as rows of tables: see export_tables.h. */
#include "output/export_tables.h"

#include <string.h>
#include <time.h>

#include "output/report.h"
#include "output/timehist_row.h"

/* The order of cells here and of names in export_columns.c is one. */

void export_task(struct export_cells *out, const struct task_table *tasks, uint32_t id)
{
	const struct task_identity *task = task_table_get(tasks, id);
	bool known = id != TASK_UNKNOWN && task->task != TASK_UNKNOWN;

	export_u64_if(out, id != TASK_UNKNOWN, id);
	export_text(out, known ? task->comm : NULL);
	export_u64_if(out, known, task->tid);
	export_u64_if(out, known && (task->pid || id == TASK_IDLE), task->pid);
}

static void put_time_of_day(struct export_cells *out, struct export_view *view, uint64_t time_ns)
{
	char text[48];
	int64_t wall_ns;
	time_t second;
	struct tm tm;

	/* Years of four digits: what a damaged file may say beyond them is no time. */
	if (!view->realtime_offset_ns || time_ns > INT64_MAX ||
	    __builtin_add_overflow((int64_t)time_ns, view->realtime_offset_ns, &wall_ns) ||
	    wall_ns < 0) {
		export_none(out);
		return;
	}
	second = wall_ns / 1000000000;
	if (!view->second_text[0] || second != view->second) {
		view->second = second;
		gmtime_r(&second, &tm);
		strftime(view->second_text, sizeof(view->second_text), "%Y-%m-%dT%H:%M:%S", &tm);
	}
	wall_ns %= 1000000000;
	stpcpy(text, view->second_text);
	text[19] = '.';
	for (int i = 28; i > 19; i--, wall_ns /= 10)
		text[i] = '0' + wall_ns % 10;
	strcpy(&text[29], "Z");
	export_text(out, text);
}

static void put_waker(struct export_cells *out, const struct export_view *view,
		      const struct slice *s)
{
	const struct task_identity *waker = task_table_get(view->tasks, s->waker);
	bool known = s->waker != TASK_UNKNOWN && waker->task != TASK_UNKNOWN;

	export_u64_if(out, s->waker != TASK_UNKNOWN, s->waker);
	export_text(out, known ? waker->comm : NULL);
	export_u64_if(out, known, waker->tid);
	export_text(out, context_name(s->context));
	export_cpu(out, s->waker_cpu);
}

static void put_placement(struct export_cells *out, const struct export_view *view,
			  const struct event *e)
{
	struct told_choice told = choices_take(view->choices, e);
	const struct slice *s = &e->slice;
	enum placement_class class = PLACEMENT_UNKNOWN;
	struct placement_verdict verdict = { BRANCH_UNKNOWN, UNSURE };
	bool branch;

	if (placement_is_told(s)) {
		class = placement_class(view->placement, s);
		verdict = placement_explain(view->placement, s, told.choice, told.fallback);
	}
	branch = verdict.branch != BRANCH_UNKNOWN;
	export_text(out, class != PLACEMENT_UNKNOWN ? placement_class_name(class) : NULL);
	export_text(out, branch ? placement_branch_name(verdict.branch) : NULL);
	export_text(out, branch ? placement_certainty_name(verdict.certainty) : NULL);
	export_bool_if(out, s->placed & PLACED_SEEN, s->placed & PLACED_PINNED);
}

static void put_durations(struct export_cells *out, const struct event *e)
{
	const struct slice *s = &e->slice;
	bool gap = s->flags & SLICE_GAP, cut = !gap && !slice_is_whole(s);
	uint64_t off_ns = 0, delay_ns = 0, since = slice_runnable_since(s);
	/* The idle task is off whenever others run: that is no wait. */
	bool off = s->task != TASK_IDLE && !gap && !(s->flags & SLICE_CUT_START) &&
		   slice_off_ns(s, &off_ns);
	bool delayed = slice_delay_ns(s, &delay_ns);

	export_u64_if(out, !gap && !cut, slice_run_ns(e));
	export_u64_if(out, cut, slice_run_ns(e));
	export_u64_if(out, gap, slice_run_ns(e));
	export_u64_if(out, off, off_ns);
	export_u64_if(out, since, since);
	export_u64_if(out, delayed, delay_ns);
	export_text(out, delay_kind_name(s->kind));
}

/* What is only known of a slice whose end, or start, was seen. */
static void put_flags(struct export_cells *out, const struct event *e)
{
	unsigned int flags = e->slice.flags;
	bool ended = !(flags & SLICE_CUT_END), begun = !(flags & (SLICE_GAP | SLICE_CUT_START));
	bool woken = e->slice.kind == DELAY_WAKE;
	char state[] = { state_letter(e), '\0' };

	export_text(out, state[0] != '-' ? state : NULL);
	export_u64_if(out, ended, e->slice.out_state);
	export_u64(out, e->slice.prio);
	export_bool_if(out, ended, flags & SLICE_INVOLUNTARY);
	export_bool_if(out, ended, flags & SLICE_LEFT_QUEUED);
	export_bool_if(out, ended, flags & SLICE_EXIT);
	export_bool_if(out, begun, flags & SLICE_NEW);
	export_bool_if(out, woken, flags & SLICE_REQUEUED);
	export_bool_if(out, woken, flags & SLICE_WOKEN_ON_CPU);
	export_bool(out, flags & SLICE_MOVABLE);
	export_bool(out, flags & SLICE_GAP);
	export_bool(out, flags & SLICE_CUT_START);
	export_bool(out, flags & SLICE_CUT_END);
	export_bool(out, flags & SLICE_OFFLINE);
}

static int put_slice(struct export_cells *out, struct export_view *view, const struct event *e)
{
	const struct slice *s = &e->slice;
	bool begun = !(s->flags & SLICE_GAP);

	export_u64_if(out, begun, s->start_ns);
	export_u64(out, e->time_ns);
	if (begun)
		put_time_of_day(out, view, s->start_ns);
	else
		export_none(out);
	export_cpu(out, e->cpu);
	export_task(out, view->tasks, s->task);
	put_durations(out, e);
	export_u64_if(out, s->waking_ns, s->waking_ns);
	put_waker(out, view, s);
	export_cpu(out, s->prev_cpu);
	export_cpu(out, s->chosen_cpu);
	export_cpu(out, s->recent_cpu);
	put_placement(out, view, e);
	export_u64(out, s->moves);
	export_u64(out, s->spare_wakes);
	put_flags(out, e);
	return export_end_row(out);
}

static void put_trespass(struct export_cells *out, const struct export_view *view,
			 const struct event *e)
{
	static const char *const names[] = { [TRESPASS_NONE] = "none",
					     [TRESPASS_ARRIVAL] = "arrival",
					     [TRESPASS_STAY] = "stay",
					     [TRESPASS_UNKNOWN] = "origin unknown" };

	export_text(out,
		    view->isolation_known ? names[placement_trespass(view->placement, e)] : NULL);
}

static int put_wakeup(struct export_cells *out, struct export_view *view, const struct event *e)
{
	const struct slice *s = &e->slice;
	bool waits = e->type == EVENT_WAITING;
	uint64_t delay_ns = 0;
	bool known = slice_delay_ns(s, &delay_ns);

	export_u64(out, s->waking_ns);
	put_time_of_day(out, view, s->waking_ns);
	export_task(out, view->tasks, s->task);
	put_waker(out, view, s);
	export_cpu(out, s->prev_cpu);
	export_cpu(out, s->chosen_cpu);
	export_cpu(out, s->recent_cpu);
	export_cpu(out, waits ? CPU_UNKNOWN : e->cpu);
	put_placement(out, view, e);
	put_trespass(out, view, e);
	export_u64_if(out, known && !waits, delay_ns);
	export_u64_if(out, known && waits, delay_ns);
	export_u64_if(out, !waits && !(s->flags & SLICE_GAP), s->start_ns);
	export_u64(out, s->moves);
	export_bool(out, s->flags & SLICE_NEW);
	export_bool(out, s->flags & SLICE_REQUEUED);
	export_bool(out, s->flags & SLICE_WOKEN_ON_CPU);
	export_bool(out, waits);
	return export_end_row(out);
}

int export_event(struct export_cells *out, enum export_table table, struct export_view *view,
		 const struct event *e)
{
	bool idle = e->slice.task == TASK_IDLE;

	switch (table) {
	case EXPORT_SLICES:
		if (e->type == EVENT_SLICE && (view->idle || !idle))
			return put_slice(out, view, e);
		return 0;
	case EXPORT_WAKEUPS:
		if ((e->type == EVENT_SLICE || e->type == EVENT_WAITING) && !idle &&
		    placement_is_told(&e->slice))
			return put_wakeup(out, view, e);
		return 0;
	default:
		return 0;
	}
}
