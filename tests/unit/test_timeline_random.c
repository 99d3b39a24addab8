// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random streams of which the truth is known, told as the tracepoints would, and imported: every
 * slice, kind, delay and move must be the same. Then with losses: what is told must still be true.
 */
#include "unit/stream.h"
#include "unit/simulator.h"
#include "import/timeline.h"

#include <stdlib.h>
#include <string.h>

enum { SEEDS = 300, TOLD_DEAD = 0x10 };

struct list {
	struct sched_event *at;
	uint32_t count, room;
};

struct import {
	struct event_sink sink;
	struct event *events;
	uint32_t count, room;
	uint32_t tids[4096]; /* by id */
	struct trace_meta meta;
};

/* In the same nanosecond: who is gone can be woken, and who was woken can be moved. */
static uint32_t rank(const struct sched_event *e)
{
	static const uint8_t ranks[SCHED_EVENT_TYPES] = {
		[SCHED_LOST] = 0,   [SCHED_SWITCH] = 1,	    [SCHED_WAKING] = 2,
		[SCHED_WAKEUP] = 4, [SCHED_WAKEUP_NEW] = 4, [SCHED_MIGRATE] = 3,
	};

	return ranks[e->type];
}

static int by_time(const void *a_, const void *b_)
{
	const struct sched_event *a = a_, *b = b_;

	if (a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns ? -1 : 1;
	if (rank(a) != rank(b))
		return rank(a) < rank(b) ? -1 : 1;
	return a->cpu < b->cpu ? -1 : a->cpu > b->cpu;
}

static int32_t tid_of(uint32_t task)
{
	return task == TASK_IDLE ? 0 : task == TASK_UNKNOWN ? TID_UNKNOWN : SIM_TID((int32_t)task);
}

static struct sched_event *add(struct list *list, uint64_t time_ns, uint16_t cpu, uint8_t type,
			       uint32_t task)
{
	struct sched_event *e;

	if (list->count == list->room) {
		list->room = list->room ? 2 * list->room : 256;
		list->at = realloc(list->at, list->room * sizeof(*list->at));
		assert_non_null(list->at);
	}
	e = &list->at[list->count++];
	*e = (struct sched_event){ .time_ns = time_ns,
				   .cpu = cpu,
				   .type = type,
				   .tid = tid_of(task),
				   .pid = TID_UNKNOWN,
				   .current_tid = TID_UNKNOWN,
				   .current_pid = TID_UNKNOWN,
				   .prio = 120 };
	return e;
}

static const struct event *next_on_cpu(const struct sim *sim, uint32_t i)
{
	for (uint32_t k = i + 1; k < sim->count; k++)
		if (sim->events[k].type == EVENT_SLICE && sim->events[k].cpu == sim->events[i].cpu)
			return &sim->events[k];
	return NULL;
}

static void tell_switch(struct list *list, const struct sim *sim, uint32_t i)
{
	const struct event *e = &sim->events[i], *next = next_on_cpu(sim, i);
	struct sched_event *told;

	if (e->slice.flags & SLICE_CUT_END)
		return;
	assert_non_null(next);
	told = add(list, e->time_ns, e->cpu, SCHED_SWITCH, e->slice.task);
	told->current_tid = told->tid;
	told->other_tid = tid_of(next->slice.task);
	told->state = e->slice.flags & SLICE_EXIT ? TOLD_DEAD : e->slice.out_state;
}

/*
 * An interrupt cannot wake who is on its way off that same CPU: they are off from before it is
 * dequeued until it is gone. The simulator can: told as if nobody had.
 */
static bool is_impossible(const struct slice *s)
{
	return s->flags & SLICE_WOKEN_ON_CPU && s->waker == s->task;
}

/* A migration of one that was woken on its CPU comes once it has left: the wakeup tells the same.
 */
static void tell_wakeup(struct list *list, const struct event *e)
{
	const struct slice *s = &e->slice;
	bool in_flight = s->flags & SLICE_WOKEN_ON_CPU;
	uint64_t awake_ns = in_flight ? s->prev_out_ns : s->waking_ns;
	struct sched_event *told;

	if (s->kind != DELAY_WAKE || is_impossible(s))
		return;
	if (s->flags & SLICE_NEW) {
		told = add(list, s->waking_ns, s->waker_cpu, SCHED_WAKEUP_NEW, s->task);
		told->orig_cpu = s->chosen_cpu;
		told->current_tid = tid_of(s->waker);
		return;
	}
	told = add(list, s->waking_ns, s->waker_cpu, SCHED_WAKING, s->task);
	told->orig_cpu = s->prev_cpu;
	told->current_tid = tid_of(s->waker);
	if (!in_flight && s->chosen_cpu != s->prev_cpu) {
		told = add(list, s->waking_ns, s->waker_cpu, SCHED_MIGRATE, s->task);
		told->orig_cpu = s->prev_cpu;
		told->dest_cpu = s->chosen_cpu;
	}
	told = add(list, awake_ns, s->waker_cpu, SCHED_WAKEUP, s->task);
	told->orig_cpu = s->chosen_cpu;
}

static void tell_move(struct list *list, const struct event *e)
{
	struct sched_event *told = add(list, e->time_ns, e->cpu, SCHED_MIGRATE, e->move.task);

	told->orig_cpu = e->move.from;
	told->dest_cpu = e->move.to;
	told->current_tid = tid_of(e->move.by);
}

static struct list tell(const struct sim *sim)
{
	struct list list = { 0 };

	for (uint32_t i = 0; i < sim->count; i++) {
		const struct event *e = &sim->events[i];

		if (e->type == EVENT_SLICE)
			tell_switch(&list, sim, i);
		if (e->type == EVENT_SLICE || e->type == EVENT_WAITING)
			tell_wakeup(&list, e);
		if (e->type == EVENT_MOVE)
			tell_move(&list, e);
	}
	if (list.count)
		qsort(list.at, list.count, sizeof(*list.at), by_time);
	return list;
}

static int take(struct event_sink *sink, const struct event *events, int n)
{
	struct import *im = (struct import *)sink;

	for (int i = 0; i < n; i++) {
		if (events[i].type == EVENT_TASK) {
			assert_true(events[i].identity.task < COUNT_OF(im->tids));
			im->tids[events[i].identity.task] = events[i].identity.tid;
			continue;
		}
		if (im->count == im->room) {
			im->room = im->room ? 2 * im->room : 256;
			im->events = realloc(im->events, im->room * sizeof(*im->events));
			assert_non_null(im->events);
		}
		if (im->count) {
			const struct event *last = &im->events[im->count - 1];

			assert_true(
				last->time_ns < events[i].time_ns ||
				(last->time_ns == events[i].time_ns && last->cpu <= events[i].cpu));
		}
		im->events[im->count++] = events[i];
	}
	return 0;
}

static struct import *import_list(const struct list *list, const struct sim *sim, uint32_t has)
{
	struct recording_facts facts = {
		.has = has, .all_cpus = true, .start_ns = sim->start_ns, .end_ns = sim->end_ns
	};
	struct import *im = calloc(1, sizeof(*im));
	struct timeline *t;

	im->sink.take = take;
	t = timeline_new(&facts, &im->sink);
	assert_non_null(t);
	for (uint32_t i = 0; i < list->count; i++)
		if (list->at[i].type == SCHED_LOST || has & SCHED_HAS(list->at[i].type))
			assert_int_equal(timeline_add(t, &list->at[i]), 0);
	assert_int_equal(timeline_end(t, &im->meta), 0);
	timeline_free(t);
	return im;
}

static void import_free(struct import *im)
{
	trace_meta_free(&im->meta);
	free(im->events);
	free(im);
}

static uint32_t task_of(const struct import *im, uint32_t id)
{
	return id == TASK_UNKNOWN || id == TASK_IDLE ? id : im->tids[id] - SIM_TID(0);
}

static bool is_unswitched(const struct event *e)
{
	return e->slice.flags & SLICE_CUT_START && e->slice.flags & SLICE_CUT_END;
}

/* What the recording cannot tell, taken out of the truth. */
static struct slice as_told(const struct slice *truth, bool after_yield)
{
	struct slice s = *truth;

	if (s.flags & SLICE_LEFT_QUEUED && !(s.flags & SLICE_INVOLUNTARY))
		s.flags &= ~SLICE_LEFT_QUEUED;
	if (after_yield && s.kind == DELAY_PREEMPT)
		s.kind = DELAY_UNKNOWN;
	if (s.flags & SLICE_NEW)
		s.prev_cpu = CPU_UNKNOWN;
	if (is_impossible(&s)) {
		if (s.chosen_cpu != s.prev_cpu)
			s.prev_out_ns = 0; /* it was somewhere else without a word */
		s.kind = DELAY_UNKNOWN;
		s.flags &= ~SLICE_WOKEN_ON_CPU;
		s.waking_ns = 0;
		s.waker = TASK_UNKNOWN;
		s.prev_cpu = s.chosen_cpu = s.waker_cpu = CPU_UNKNOWN;
	}
	s.context = WAKER_UNKNOWN;
	return s;
}

static void compare_slices(const struct slice *a, const struct slice *b)
{
	assert_int_equal(a->start_ns, b->start_ns);
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->waking_ns, b->waking_ns);
	assert_int_equal(a->prev_out_ns, b->prev_out_ns);
	assert_int_equal(a->task, b->task);
	assert_int_equal(a->waker, b->waker);
	assert_int_equal(a->prev_cpu, b->prev_cpu);
	assert_int_equal(a->chosen_cpu, b->chosen_cpu);
	assert_int_equal(a->waker_cpu, b->waker_cpu);
	assert_int_equal(a->flags, b->flags);
	assert_int_equal(a->out_state, b->out_state);
	assert_int_equal(a->prio, b->prio);
	assert_int_equal(a->moves, b->moves);
	assert_int_equal(a->spare_wakes, b->spare_wakes);
	assert_int_equal(a->context, b->context);
	assert_int_equal(a->placed, b->placed);
}

struct truth {
	struct event *events; /* as the recording can tell them */
	uint32_t count;
};

static struct truth truth_of(const struct sim *sim)
{
	struct truth truth = { .events = calloc(sim->count + 1, sizeof(*truth.events)) };
	bool yielded[SIM_TASKS_MAX + 1] = { 0 };

	for (uint32_t i = 0; i < sim->count; i++) {
		struct event e = sim->events[i];
		bool yields;

		if (e.type == EVENT_MOVE) {
			e.move.flags = e.move.on_rq = e.move.context = 0;
			truth.events[truth.count++] = e;
		}
		if (e.type != EVENT_SLICE && e.type != EVENT_WAITING)
			continue;
		yields = e.slice.flags & SLICE_LEFT_QUEUED && !(e.slice.flags & SLICE_INVOLUNTARY);
		e.slice = as_told(&e.slice, yielded[e.slice.task]);
		yielded[e.slice.task] = yields;
		if (e.type == EVENT_SLICE ? !is_unswitched(&e) : e.slice.kind != DELAY_UNKNOWN)
			truth.events[truth.count++] = e;
	}
	return truth;
}

static struct sim *make(uint64_t seed)
{
	struct sim_options options = sim_options_full(seed);

	options.same_time = options.losses = options.offline = false;
	return sim_run(&options);
}

static void compare_moves(const struct import *im, const struct move *a, const struct move *b)
{
	assert_int_equal(task_of(im, a->task), b->task);
	assert_int_equal(task_of(im, a->by), b->by);
	assert_int_equal(a->from, b->from);
	assert_int_equal(a->to, b->to);
	assert_int_equal(a->flags, b->flags);
	assert_int_equal(a->asleep, b->asleep);
}

static void compare_all(const struct import *im, const struct truth *truth)
{
	assert_int_equal(im->count, truth->count);
	for (uint32_t i = 0; i < im->count; i++) {
		const struct event *b = &truth->events[i];
		struct event a = im->events[i];

		assert_int_equal(a.type, b->type);
		assert_int_equal(a.time_ns, b->time_ns);
		assert_int_equal(a.cpu, b->cpu);
		if (a.type == EVENT_MOVE) {
			compare_moves(im, &a.move, &b->move);
			continue;
		}
		a.slice.task = task_of(im, a.slice.task);
		a.slice.waker = task_of(im, a.slice.waker);
		compare_slices(&a.slice, &b->slice);
	}
}

#define EVERYTHING                                                                                 \
	(SCHED_HAS(SCHED_SWITCH) | SCHED_HAS(SCHED_WAKING) | SCHED_HAS(SCHED_WAKEUP) |             \
	 SCHED_HAS(SCHED_WAKEUP_NEW) | SCHED_HAS(SCHED_MIGRATE))

static void what_was_recorded_whole_is_imported_as_it_was(void **state)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct sim *sim = make(seed);
		struct list list = tell(sim);
		struct import *im = import_list(&list, sim, EVERYTHING);
		struct truth truth = truth_of(sim);

		compare_all(im, &truth);
		assert_int_equal(im->meta.start_ns, sim->start_ns);
		assert_int_equal(im->meta.end_ns, sim->end_ns);
		free(truth.events);
		import_free(im);
		free(list.at);
		sim_free(sim);
	}
}

static void delays_are_the_same_from_wakeups_alone(void **state)
{
	uint32_t has = EVERYTHING & ~SCHED_HAS(SCHED_WAKING), delays = 0;

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct sim *sim = make(seed);
		struct list list = tell(sim);
		struct import *im = import_list(&list, sim, has);
		struct truth truth = truth_of(sim);

		for (uint32_t i = 0, k = 0; k < truth.count; i++, k++) {
			uint64_t a = 0, b = 0;

			/* Moves are not told of whom it is not known whether a wakeup moves it. */
			for (; i < im->count && im->events[i].type != EVENT_SLICE; i++)
				;
			for (; k < truth.count && truth.events[k].type != EVENT_SLICE; k++)
				;
			assert_int_equal(i < im->count, k < truth.count);
			if (k == truth.count)
				break;
			assert_int_equal(slice_delay_ns(&im->events[i].slice, &a),
					 slice_delay_ns(&truth.events[k].slice, &b));
			assert_int_equal(a, b);
			delays += a > 0;
		}
		free(truth.events);
		import_free(im);
		free(list.at);
		sim_free(sim);
	}
	assert_true(delays > 1000);
}

static const struct event *find_slice(const struct truth *truth, const struct event *e,
				      uint64_t start_ns)
{
	for (uint32_t i = 0; i < truth->count; i++) {
		const struct event *other = &truth->events[i];

		if (other->type == EVENT_SLICE && other->cpu == e->cpu &&
		    other->time_ns == e->time_ns && other->slice.start_ns == start_ns)
			return other;
	}
	return NULL;
}

struct window {
	uint64_t first_ns, told_ns;
};

/* What a CPU recorded for a while is not there; somebody says so later. */
static struct window lose(struct list *list, uint16_t cpu, uint32_t first, uint32_t n)
{
	struct window window = { list->at[first].time_ns, list->at[first + n].time_ns };
	uint32_t kept = first, lost = 0, i = first;

	for (; i < first + n; i++) {
		if (list->at[i].cpu == cpu)
			lost++;
		else
			list->at[kept++] = list->at[i];
	}
	if (!lost)
		return (struct window){ 0 };
	list->at[kept++] = (struct sched_event){
		.time_ns = window.told_ns, .cpu = cpu, .type = SCHED_LOST, .lost = lost
	};
	memmove(&list->at[kept], &list->at[i], (list->count - i) * sizeof(*list->at));
	list->count -= i - kept;
	return window;
}

enum { WINDOWS = 4, WINDOW_EVENTS = 12 };

struct honesty {
	uint32_t whole, delays, gaps;
};

/* Until the word of a loss nobody can know of it, and what began meanwhile may rest on what it hid.
 */
static bool is_in(const struct window *windows, uint64_t ns)
{
	for (int i = 0; i < WINDOWS; i++)
		if (ns >= windows[i].first_ns && ns <= windows[i].told_ns)
			return true;
	return false;
}

static void check_slice(const struct import *im, const struct truth *truth, const struct event *e,
			struct honesty *counts)
{
	const struct event *was = find_slice(truth, e, e->slice.start_ns);
	uint64_t delay_ns, true_ns = 0;

	counts->whole++;
	assert_non_null(was);
	assert_int_equal(was->slice.task, task_of(im, e->slice.task));
	if (!slice_delay_ns(&e->slice, &delay_ns))
		return;
	counts->delays++;
	/* Of a pending signal nobody is told; then the wakeup that follows is of no use. */
	if (slice_delay_ns(&was->slice, &true_ns))
		assert_int_equal(delay_ns, true_ns);
}

static void what_is_told_behind_a_loss_is_true(void **state)
{
	struct honesty counts = { 0 };

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct sim *sim = make(seed);
		struct list list = tell(sim);
		struct truth truth = truth_of(sim);
		struct window windows[WINDOWS] = { 0 };
		struct import *im;

		for (uint32_t i = 0; i < WINDOWS && list.count > 5 * WINDOW_EVENTS; i++)
			windows[i] = lose(&list, seed % sim->options.cpus,
					  list.count / (WINDOWS + 1) * (i + 1), WINDOW_EVENTS);
		im = import_list(&list, sim, EVERYTHING);
		for (uint32_t i = 0; i < im->count; i++) {
			const struct event *e = &im->events[i];

			if (e->type != EVENT_SLICE)
				continue;
			counts.gaps += !!(e->slice.flags & SLICE_GAP);
			if (slice_is_whole(&e->slice) && !is_in(windows, e->slice.start_ns))
				check_slice(im, &truth, e, &counts);
		}
		import_free(im);
		free(truth.events);
		free(list.at);
		sim_free(sim);
	}
	assert_true(counts.gaps > SEEDS);
	assert_true(counts.delays > 100 * SEEDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_recorded_whole_is_imported_as_it_was),
		cmocka_unit_test(delays_are_the_same_from_wakeups_alone),
		cmocka_unit_test(what_is_told_behind_a_loss_is_true),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
