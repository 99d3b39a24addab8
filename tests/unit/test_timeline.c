// SPDX-License-Identifier: GPL-2.0-only
/* What other tracers recorded, as our event stream: rule by rule, on literal events. */
#include "unit/stream.h"
#include "import/timeline.h"

#include <stdlib.h>
#include <string.h>

#define EVENT(type_, time, cpu_, ...)                                                              \
	((struct sched_event){ .time_ns = (time),                                                  \
			       .cpu = (cpu_),                                                      \
			       .type = (type_),                                                    \
			       .pid = TID_UNKNOWN,                                                 \
			       .current_tid = TID_UNKNOWN,                                         \
			       .current_pid = TID_UNKNOWN,                                         \
			       .prio = 120,                                                        \
			       __VA_ARGS__ })
/* A task leaves with a state (0: preempted), another comes. */
#define SWITCH(time, cpu, prev, state_, next, ...)                                                 \
	EVENT(SCHED_SWITCH, time, cpu, .tid = (prev), .state = (state_), .other_tid = (next),      \
	      ##__VA_ARGS__)
/* by: who is current there. to: the CPU that the event names. */
#define WAKING(time, cpu, by, tid_, to, ...)                                                       \
	EVENT(SCHED_WAKING, time, cpu, .current_tid = (by), .tid = (tid_), .orig_cpu = (to),       \
	      ##__VA_ARGS__)
#define WAKEUP(time, cpu, by, tid_, to, ...)                                                       \
	EVENT(SCHED_WAKEUP, time, cpu, .current_tid = (by), .tid = (tid_), .orig_cpu = (to),       \
	      ##__VA_ARGS__)
#define BIRTH(time, cpu, by, tid_, to)                                                             \
	EVENT(SCHED_WAKEUP_NEW, time, cpu, .current_tid = (by), .tid = (tid_), .orig_cpu = (to))
#define MIGRATE(time, cpu, tid_, from, to)                                                         \
	EVENT(SCHED_MIGRATE, time, cpu, .tid = (tid_), .orig_cpu = (from), .dest_cpu = (to))
#define MISSING(time, cpu, n) EVENT(SCHED_LOST, time, cpu, .lost = (n))

/* Where each scene ends. */
#define END 1000

enum { S = 1, DEAD = 0x10, IDLE_STATE = 0x80 };

#define ALL_KINDS                                                                                  \
	(SCHED_HAS(SCHED_SWITCH) | SCHED_HAS(SCHED_WAKING) | SCHED_HAS(SCHED_WAKEUP) |             \
	 SCHED_HAS(SCHED_WAKEUP_NEW) | SCHED_HAS(SCHED_MIGRATE))

struct scene {
	struct event_sink sink;
	struct recording_facts facts;
	struct event events[256]; /* all but names */
	struct event names[64];
	int count, name_count;
	struct trace_meta meta;
	struct timeline_counts counts;
	char oddities[512];
};

static int take(struct event_sink *sink, const struct event *events, int n)
{
	struct scene *s = (struct scene *)sink;

	for (int i = 0; i < n; i++) {
		if (events[i].type == EVENT_TASK)
			s->names[s->name_count++ % 64] = events[i];
		else
			s->events[s->count++ % 256] = events[i];
	}
	return 0;
}

static void scene_play(struct scene *s, const struct sched_event *events, size_t n)
{
	struct timeline *t;
	char *oddities;

	s->sink.take = take;
	if (n)
		s->facts.end_ns = END;
	if (!s->facts.has)
		s->facts.has = ALL_KINDS;
	t = timeline_new(&s->facts, &s->sink);
	assert_non_null(t);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(timeline_add(t, &events[i]), 0);
	assert_int_equal(timeline_end(t, &s->meta), 0);
	s->counts = *timeline_counts(t);
	oddities = timeline_oddities(t);
	assert_non_null(oddities);
	snprintf(s->oddities, sizeof(s->oddities), "%s", oddities);
	free(oddities);
	timeline_free(t);
}

/* The scene's events are at the place given; what is expected is a list of them. */
#define PLAY(s, ...)                                                                               \
	do {                                                                                       \
		const struct sched_event events_[] = { __VA_ARGS__ };                              \
		scene_play(s, events_, COUNT_OF(events_));                                         \
	} while (0)

static void expect_slice(const struct event *e, const struct event *want)
{
	assert_int_equal(e->type, want->type);
	assert_int_equal(e->time_ns, want->time_ns);
	assert_int_equal(e->cpu, want->cpu);
	assert_int_equal(e->slice.start_ns, want->slice.start_ns);
	assert_int_equal(e->slice.task, want->slice.task);
	assert_int_equal(e->slice.kind, want->slice.kind);
	assert_int_equal(e->slice.flags, want->slice.flags);
	assert_int_equal(e->slice.waking_ns, want->slice.waking_ns);
	assert_int_equal(e->slice.prev_out_ns, want->slice.prev_out_ns);
	assert_int_equal(e->slice.waker, want->slice.waker);
	assert_int_equal(e->slice.prev_cpu, want->slice.prev_cpu);
	assert_int_equal(e->slice.chosen_cpu, want->slice.chosen_cpu);
	assert_int_equal(e->slice.waker_cpu, want->slice.waker_cpu);
	assert_int_equal(e->slice.recent_cpu, want->slice.recent_cpu);
	assert_int_equal(e->slice.moves, want->slice.moves);
	assert_int_equal(e->slice.spare_wakes, want->slice.spare_wakes);
	assert_int_equal(e->slice.context, want->slice.context);
	assert_int_equal(e->slice.placed, 0);
}

#define EXPECT(s, ...)                                                                             \
	do {                                                                                       \
		const struct event want_[] = { __VA_ARGS__ };                                      \
		assert_int_equal((s)->count, COUNT_OF(want_));                                     \
		for (size_t i_ = 0; i_ < COUNT_OF(want_); i_++)                                    \
			expect_slice(&(s)->events[i_], &want_[i_]);                                \
		trace_meta_free(&(s)->meta);                                                       \
	} while (0)

static void a_wakeup_is_told_whole(void **state)
{
	struct scene s = { 0 };

	PLAY(&s, SWITCH(100, 0, 0, 0, 11), SWITCH(110, 1, 22, S, 0), WAKING(150, 0, 11, 22, 1),
	     MIGRATE(151, 0, 22, 1, 2), WAKEUP(152, 0, 11, 22, 2), SWITCH(160, 2, 0, 0, 22),
	     SWITCH(190, 2, 22, S, 0));
	EXPECT(&s, IDLE(0, 100, 100, .flags = SLICE_CUT_START),
	       SLICE(1, 1, 100, 110, .flags = SLICE_CUT_START),
	       IDLE(2, 100, 160, .flags = SLICE_CUT_START),
	       WOKEN(1, 2, 150, 160, 190, .prev_out_ns = 110, .waker = 2, .waker_cpu = 0,
		     .prev_cpu = 1, .chosen_cpu = 2),
	       SLICE(2, 0, 100, END, .flags = SLICE_CUT_END),
	       IDLE(1, 110, END, .flags = SLICE_CUT_END),
	       IDLE(2, 190, END, .flags = SLICE_CUT_END));
}

#define PREEMPTION (SLICE_INVOLUNTARY | SLICE_LEFT_QUEUED)

static void who_leaves_runnable_waits_since_then(void **state)
{
	struct scene s = { 0 };

	PLAY(&s, SWITCH(100, 0, 11, 0, 22), SWITCH(120, 0, 22, S, 11),
	     SWITCH(130, 0, 11, S, 22, .preempt = true));
	EXPECT(&s, SLICE(1, 0, 100, 100, .flags = SLICE_CUT_START | PREEMPTION),
	       SLICE(2, 0, 100, 120), PREEMPTED(1, 0, 100, 120, 130, .flags = PREEMPTION),
	       SLICE(2, 0, 130, END, .prev_out_ns = 120, .flags = SLICE_CUT_END),
	       WAITING(1, 0, END, .kind = DELAY_PREEMPT, .prev_out_ns = 130, .waker = TASK_UNKNOWN,
		       .prev_cpu = CPU_UNKNOWN, .chosen_cpu = CPU_UNKNOWN, .waker_cpu = CPU_UNKNOWN,
		       .recent_cpu = CPU_UNKNOWN, .flags = SLICE_CUT_END));
}

static void who_is_woken_on_its_way_off_waits_since_it_left(void **state)
{
	struct scene s = { 0 };

	PLAY(&s, SWITCH(100, 0, 0, 0, 11), WAKING(140, 1, 0, 11, 0), SWITCH(150, 0, 11, S, 0),
	     WAKEUP(151, 1, 0, 11, 0), SWITCH(160, 0, 0, 0, 11), SWITCH(170, 0, 11, S, 0));
	expect_slice(&s.events[3],
		     &WOKEN(1, 0, 140, 160, 170, .prev_out_ns = 150, .waker = 0, .waker_cpu = 1,
			    .prev_cpu = 0, .chosen_cpu = 0, .flags = SLICE_WOKEN_ON_CPU));
	trace_meta_free(&s.meta);
}

static void wakeups_of_who_goes_on_are_spare(void **state)
{
	struct scene s = { 0 };

	/* Complete while it runs; then of one that leaves runnable; then by itself. */
	PLAY(&s, SWITCH(100, 0, 0, 0, 11), WAKING(110, 1, 0, 11, 0), WAKEUP(111, 1, 0, 11, 0),
	     SWITCH(120, 0, 11, S, 0), WAKING(130, 1, 0, 11, 0), WAKEUP(131, 1, 0, 11, 0),
	     SWITCH(140, 0, 0, 0, 11), WAKING(150, 1, 0, 11, 0), SWITCH(160, 0, 11, 0, 22),
	     SWITCH(170, 0, 22, S, 11), WAKING(180, 0, 11, 11, 0), WAKEUP(181, 0, 11, 11, 0),
	     SWITCH(190, 0, 11, S, 0));
	expect_slice(&s.events[3],
		     &WOKEN(1, 0, 130, 140, 160, .prev_out_ns = 120, .waker = 0, .waker_cpu = 1,
			    .prev_cpu = 0, .chosen_cpu = 0, .spare_wakes = 1, .flags = PREEMPTION));
	expect_slice(&s.events[5], &PREEMPTED(1, 0, 160, 170, 190, .spare_wakes = 1));
	trace_meta_free(&s.meta);
}

static void a_leaver_who_did_not_come_is_a_gap(void **state)
{
	struct scene s = { 0 };

	PLAY(&s, SWITCH(100, 0, 11, S, 22), SWITCH(150, 0, 33, S, 0), SWITCH(160, 0, 0, 0, 22));
	EXPECT(&s, SLICE(1, 0, 100, 100, .flags = SLICE_CUT_START),
	       SLICE(2, 0, 100, 150, .flags = SLICE_GAP), IDLE(0, 150, 160),
	       SLICE(3, 0, 160, END, .flags = SLICE_CUT_END));
}

static void who_exits_as_nobody_is_who_came(void **state)
{
	struct scene s = { 0 };

	PLAY(&s, SWITCH(100, 0, 0, 0, 11), SWITCH(150, 0, -1, DEAD, 0));
	expect_slice(&s.events[1], &SLICE(1, 0, 100, 150, .flags = SLICE_EXIT));
	assert_int_equal(s.events[1].slice.out_state, 0x80);
	assert_int_equal(s.names[0].identity.tid, 11);
	trace_meta_free(&s.meta);
}

static void a_tid_after_an_exit_is_another_task(void **state)
{
	struct scene s = { 0 };

	PLAY(&s, SWITCH(100, 0, 0, 0, 11), SWITCH(150, 0, 11, DEAD, 22),
	     EVENT(SCHED_FORK, 155, 0, .tid = 11, .pid = 11, .other_tid = 22, .current_tid = 22,
		   .current_pid = 20, .comm = "child"),
	     BIRTH(160, 0, 22, 11, 0), SWITCH(170, 0, 22, S, 11), SWITCH(180, 0, 11, S, 0));
	EXPECT(&s, IDLE(0, 100, 100, .flags = SLICE_CUT_START),
	       SLICE(1, 0, 100, 150, .flags = SLICE_EXIT), SLICE(2, 0, 150, 170),
	       WOKEN(3, 0, 160, 170, 180, .waker = 2, .waker_cpu = 0, .chosen_cpu = 0,
		     .flags = SLICE_NEW),
	       IDLE(0, 180, END, .flags = SLICE_CUT_END));
	assert_int_equal(s.name_count, 3);
	assert_int_equal(s.names[1].identity.pid, 20);
	assert_int_equal(s.names[2].identity.tid, 11);
	assert_int_equal(s.names[2].identity.ppid, 20);
	assert_string_equal(s.names[2].identity.comm, "child");
}

static void a_thread_that_execs_keeps_its_slice(void **state)
{
	struct scene s = { 0 };

	PLAY(&s, SWITCH(90, 1, 11, DEAD, 0), SWITCH(100, 0, 0, 0, 12),
	     EVENT(SCHED_EXEC, 120, 0, .tid = 11, .other_tid = 12), SWITCH(150, 0, 11, S, 0));
	expect_slice(&s.events[2], &SLICE(2, 0, 100, 150));
	assert_int_equal(s.names[1].identity.tid, 11);
	assert_int_equal(s.names[1].identity.pid, 11);
	trace_meta_free(&s.meta);
}

/* It switches before the tracepoint says that it took its leader's tid. */
static void a_thread_that_switches_in_its_exec_does_too(void **state)
{
	struct scene s = { 0 };

	PLAY(&s, EVENT(SCHED_NAME, 0, 0, .tid = 12, .pid = 11, .comm = "web"),
	     SWITCH(90, 1, 11, DEAD, 0), SWITCH(100, 0, 0, 0, 12), SWITCH(150, 0, 11, S, 0),
	     WAKING(160, 1, 0, 11, 0), SWITCH(170, 0, 0, 0, 11),
	     EVENT(SCHED_EXEC, 180, 0, .tid = 11, .other_tid = 12), SWITCH(190, 0, 11, S, 0));
	expect_slice(&s.events[2], &SLICE(2, 0, 100, 150));
	assert_int_equal(s.events[4].slice.task, 2);
	assert_int_equal(s.events[4].slice.flags, 0);
	trace_meta_free(&s.meta);
}

static void a_pid_that_nobody_told_is_unknown(void **state)
{
	struct scene s = { 0 };

	PLAY(&s, SWITCH(100, 0, 0, 0, 11, .other_comm = "web"),
	     SWITCH(150, 0, 11, S, 0, .comm = "web-7", .current_tid = 11, .current_pid = 9),
	     SWITCH(160, 0, 0, 0, 12), SWITCH(170, 0, 12, S, 0));
	assert_int_equal(s.name_count, 2);
	assert_int_equal(s.names[0].identity.pid, 9);
	assert_string_equal(s.names[0].identity.comm, "web-7");
	assert_int_equal(s.names[1].identity.pid, 0);
	assert_int_equal(s.names[1].identity.flags, 0);
	assert_int_equal(s.names[1].identity.cpus_allowed, 0);
	assert_string_equal(s.names[1].identity.comm, "?");
	trace_meta_free(&s.meta);
}

static void a_move_of_who_waits_is_told_and_counted(void **state)
{
	struct scene s = { 0 };

	PLAY(&s, SWITCH(100, 0, 11, 0, 22), MIGRATE(120, 1, 11, 0, 1), SWITCH(130, 1, 0, 0, 11),
	     SWITCH(140, 1, 11, S, 0));
	assert_int_equal(s.events[1].type, EVENT_MOVE);
	assert_int_equal(s.events[1].move.task, 1);
	assert_int_equal(s.events[1].move.from, 0);
	assert_int_equal(s.events[1].move.to, 1);
	assert_int_equal(s.events[1].move.flags, 0);
	assert_int_equal(s.events[1].move.by, TASK_UNKNOWN);
	expect_slice(&s.events[3], &PREEMPTED(1, 1, 100, 130, 140, .moves = 1));
	trace_meta_free(&s.meta);
}

static void a_loss_makes_a_gap_and_waits_unknown(void **state)
{
	struct scene s = { 0 };

	PLAY(&s, SWITCH(100, 0, 11, 0, 22), SWITCH(105, 1, 0, 0, 33), MISSING(110, 0, 7),
	     SWITCH(120, 0, 22, S, 11), SWITCH(130, 0, 11, S, 0), SWITCH(140, 1, 33, S, 0));
	assert_int_equal(s.events[2].type, EVENT_LOST);
	assert_int_equal(s.events[2].lost.count, 7);
	assert_int_equal(s.events[2].lost.kind, LOST_SLICE);
	assert_int_equal(s.meta.cpus[0].lost[LOST_SLICE], 7);
	expect_slice(&s.events[3], &SLICE(2, 0, 100, 120, .flags = SLICE_GAP));
	expect_slice(&s.events[4], &SLICE(1, 0, 120, 130));
	expect_slice(&s.events[5], &SLICE(3, 1, 105, 140));
	trace_meta_free(&s.meta);
}

static void a_loss_on_no_cpu_is_one_on_all(void **state)
{
	struct scene s = { 0 };

	PLAY(&s, SWITCH(105, 1, 0, 0, 33), MISSING(110, UINT32_MAX, 0), SWITCH(140, 1, 33, S, 0));
	assert_int_equal(s.events[1].cpu, 0);
	assert_int_equal(s.events[1].lost.count, 1);
	expect_slice(&s.events[2], &SLICE(1, 1, 105, 140, .flags = SLICE_GAP));
	trace_meta_free(&s.meta);
}

static void without_wakings_the_wakeup_counts(void **state)
{
	struct scene s = { .facts = { .has = ALL_KINDS & ~SCHED_HAS(SCHED_WAKING) } };

	PLAY(&s, SWITCH(100, 2, 11, S, 0), SWITCH(105, 0, 0, 0, 22), MIGRATE(109, 0, 11, 2, 1),
	     WAKEUP(110, 0, 22, 11, 1), SWITCH(120, 1, 0, 0, 11), SWITCH(130, 1, 11, S, 0),
	     WAKEUP(140, 1, 0, 11, 1), SWITCH(150, 1, 0, 0, 11), SWITCH(160, 1, 11, S, 0));
	expect_slice(&s.events[3], &WOKEN(1, 1, 110, 120, 130, .prev_out_ns = 100, .waker = 2,
					  .waker_cpu = 0, .prev_cpu = 2, .chosen_cpu = 1));
	/* Perhaps by an interrupt from another CPU. */
	expect_slice(&s.events[5], &WOKEN(1, 1, 140, 150, 160, .prev_out_ns = 130, .prev_cpu = 1,
					  .chosen_cpu = 1));
	assert_non_null(strstr(s.meta.rests_on, "no wakings"));
	trace_meta_free(&s.meta);
}

static void a_waking_tells_in_which_context_its_waker_was(void **state)
{
	static const struct {
		int32_t current;
		uint8_t told, context;
	} cases[] = {
		{ 22, WAKER_TASK, WAKER_TASK },
		{ 0, WAKER_TASK, WAKER_IDLE },
		{ 22, WAKER_SOFTIRQ, WAKER_SOFTIRQ },
		{ 0, WAKER_HARDIRQ, WAKER_HARDIRQ },
		{ 22, WAKER_NMI, WAKER_NMI },
		{ 22, WAKER_UNKNOWN, WAKER_UNKNOWN },
		/* The idle task, or another? */
		{ TID_UNKNOWN, WAKER_TASK, WAKER_UNKNOWN },
		{ TID_UNKNOWN, WAKER_SOFTIRQ, WAKER_SOFTIRQ },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct scene s = { 0 };

		PLAY(&s, SWITCH(100, 1, 11, S, 0),
		     WAKING(110, 0, cases[i].current, 11, 1, .context = cases[i].told),
		     WAKEUP(111, 1, 0, 11, 1, .context = WAKER_NMI), SWITCH(120, 1, 0, 0, 11),
		     SWITCH(130, 1, 11, 0, 0), SWITCH(140, 1, 0, 0, 11), SWITCH(150, 1, 11, S, 0));
		assert_int_equal(s.events[2].slice.context, cases[i].context);
		assert_int_equal(s.events[4].slice.kind, DELAY_PREEMPT);
		assert_int_equal(s.events[4].slice.context, WAKER_UNKNOWN);
		assert_int_equal(!strstr(s.meta.rests_on, "waker contexts"),
				 cases[i].context != WAKER_UNKNOWN);
		trace_meta_free(&s.meta);
	}
}

/* A task on CPU 1, woken there or from CPU 0 by an event that fires in some context. */
static void wake_alone(struct scene *s, uint32_t from, int32_t current, uint8_t told)
{
	*s = (struct scene){ .facts = { .has = ALL_KINDS & ~SCHED_HAS(SCHED_WAKING) } };
	PLAY(s, SWITCH(100, 1, 11, S, 0), WAKEUP(110, from, current, 11, 1, .context = told),
	     SWITCH(120, 1, 0, 0, 11), SWITCH(130, 1, 11, S, 0));
	assert_int_equal(s->events[2].slice.waking_ns, 110);
	trace_meta_free(&s->meta);
}

static void a_wakeup_on_the_wakees_cpu_may_be_anothers(void **state)
{
	struct scene s;

	/* The interrupt that another CPU sends, and the idle task that looks before it sleeps. */
	wake_alone(&s, 1, 22, WAKER_HARDIRQ);
	assert_int_equal(s.events[2].slice.waker, TASK_UNKNOWN);
	assert_int_equal(s.events[2].slice.waker_cpu, CPU_UNKNOWN);
	assert_int_equal(s.events[2].slice.context, WAKER_UNKNOWN);
	wake_alone(&s, 1, 0, WAKER_TASK);
	assert_int_equal(s.events[2].slice.waker, TASK_UNKNOWN);
	assert_int_equal(s.events[2].slice.context, WAKER_UNKNOWN);
	wake_alone(&s, 1, 22, WAKER_UNKNOWN);
	assert_int_equal(s.events[2].slice.waker, TASK_UNKNOWN);
	/* These do so for nobody. */
	wake_alone(&s, 1, 0, WAKER_SOFTIRQ);
	assert_int_equal(s.events[2].slice.waker, TASK_IDLE);
	assert_int_equal(s.events[2].slice.waker_cpu, 1);
	assert_int_equal(s.events[2].slice.context, WAKER_SOFTIRQ);
	wake_alone(&s, 1, 22, WAKER_TASK);
	assert_int_equal(s.events[2].slice.waker_cpu, 1);
	assert_true(s.events[2].slice.waker != TASK_UNKNOWN);
	assert_int_equal(s.events[2].slice.context, WAKER_TASK);
	/* On another CPU only the waker makes it. */
	wake_alone(&s, 0, 0, WAKER_HARDIRQ);
	assert_int_equal(s.events[2].slice.waker, TASK_IDLE);
	assert_int_equal(s.events[2].slice.waker_cpu, 0);
	assert_int_equal(s.events[2].slice.context, WAKER_HARDIRQ);
	wake_alone(&s, 0, 0, WAKER_TASK);
	assert_int_equal(s.events[2].slice.context, WAKER_IDLE);
}

static void without_migrations_a_waking_does_not_tell_the_choice(void **state)
{
	struct scene s = { .facts = { .has = SCHED_HAS(SCHED_SWITCH) | SCHED_HAS(SCHED_WAKING) } };

	PLAY(&s, SWITCH(100, 2, 11, S, 0), WAKING(110, 0, 0, 11, 2), SWITCH(120, 1, 0, 0, 11),
	     SWITCH(130, 1, 11, S, 0), WAKING(140, 0, 0, 11, 1));
	expect_slice(&s.events[2], &WOKEN(1, 1, 110, 120, 130, .prev_out_ns = 100, .waker = 0,
					  .waker_cpu = 0, .prev_cpu = 2));
	assert_int_equal(s.counts.waits_untold, 1); /* on which CPU? */
	assert_string_equal(
		s.oddities,
		"1 task still waiting at the end is left out: on which CPU is not known");
	trace_meta_free(&s.meta);
}

static void without_wakeups_the_time_off_is_known_and_the_delay_is_not(void **state)
{
	struct scene s = { .facts = { .has = SCHED_HAS(SCHED_SWITCH) } };

	PLAY(&s, SWITCH(100, 2, 11, S, 0), SWITCH(120, 1, 0, 0, 11), SWITCH(130, 1, 11, 0, 0),
	     SWITCH(140, 1, 0, 0, 11), SWITCH(150, 1, 11, S, 0));
	expect_slice(&s.events[2], &SLICE(1, 1, 120, 130, .prev_out_ns = 100, .flags = PREEMPTION));
	expect_slice(&s.events[4], &PREEMPTED(1, 1, 130, 140, 150));
	assert_non_null(strstr(s.meta.rests_on, "wake delays are unknown"));
	trace_meta_free(&s.meta);
}

static void wakeups_from_cpus_that_were_not_recorded_are_unknown(void **state)
{
	struct scene s = { .facts = { .recorded_cpus = (char *)"3" } };

	/* Woken elsewhere; then preempted, but its CPU had nothing to do: it was away. */
	PLAY(&s, SWITCH(100, 3, 11, S, 0), WAKEUP(110, 3, 0, 11, 3), SWITCH(120, 3, 0, 0, 11),
	     SWITCH(130, 3, 11, 0, 22), SWITCH(140, 3, 22, S, 0), SWITCH(150, 3, 0, 0, 11),
	     SWITCH(160, 3, 11, 0, 22), SWITCH(170, 3, 22, S, 11), SWITCH(180, 3, 11, S, 0));
	expect_slice(&s.events[2], &SLICE(1, 3, 120, 130, .prev_out_ns = 100, .flags = PREEMPTION));
	expect_slice(&s.events[5], &SLICE(1, 3, 150, 160, .prev_out_ns = 130, .flags = PREEMPTION));
	expect_slice(&s.events[7], &PREEMPTED(1, 3, 160, 170, 180));
	assert_false(s.meta.all_cpus);
	assert_string_equal(s.oddities, "");
	assert_int_equal(hwloc_bitmap_weight(s.meta.target_cpus), 1);
	assert_non_null(strstr(s.meta.rests_on, "of CPUs 3 alone"));
	trace_meta_free(&s.meta);
}

static void events_of_one_time_are_in_the_order_of_cpus(void **state)
{
	struct scene s = { 0 };

	PLAY(&s, SWITCH(100, 2, 0, 0, 11), SWITCH(150, 2, 11, S, 0), SWITCH(150, 1, 0, 0, 22),
	     SWITCH(150, 0, 0, 0, 33));
	for (int i = 0; i < 3; i++) {
		assert_int_equal(s.events[1 + i].time_ns, 150);
		assert_int_equal(s.events[1 + i].cpu, i);
	}
	trace_meta_free(&s.meta);
}

static void a_state_of_the_format_becomes_one_of_the_kernel(void **state)
{
	struct scene s = { 0 };

	PLAY(&s, SWITCH(100, 0, 11, IDLE_STATE, 0), SWITCH(110, 1, 12, 0x20, 0));
	assert_int_equal(s.events[0].slice.out_state, 0x402);
	assert_int_equal(s.events[1].slice.out_state, 0x80);
	assert_true(s.events[1].slice.flags & SLICE_EXIT);
	trace_meta_free(&s.meta);
}

/* 4.13 and older: x (dead) is where later kernels have P (parked). */
static void who_exits_on_an_old_kernel_is_gone(void **state)
{
	struct scene s = { 0 };

	PLAY(&s, SWITCH(100, 0, 0, 0, 11), EVENT(SCHED_EXIT, 110, 0, .tid = 11, .pid = 11),
	     SWITCH(120, 0, 11, 0x40, 22), SWITCH(130, 0, 22, 0x40, 0));
	assert_true(s.events[1].slice.flags & SLICE_EXIT);
	assert_int_equal(s.events[1].slice.out_state, 0x80);
	assert_false(s.events[2].slice.flags & SLICE_EXIT);
	assert_int_equal(s.events[2].slice.out_state, 0x40);
	trace_meta_free(&s.meta);
}

static void an_exit_that_is_told_twice_is_one(void **state)
{
	struct scene s = { 0 };

	PLAY(&s, SWITCH(100, 0, 0, 0, 11), EVENT(SCHED_EXIT, 110, 0, .tid = 11, .comm = "a"),
	     EVENT(SCHED_EXIT, 111, 0, .tid = 11, .pid = 11), SWITCH(120, 0, 11, DEAD, 0));
	EXPECT(&s, IDLE(0, 100, 100, .flags = SLICE_CUT_START),
	       SLICE(1, 0, 100, 120, .flags = SLICE_EXIT, .out_state = 0x80),
	       IDLE(0, 120, END, .flags = SLICE_CUT_END));
	assert_string_equal(s.oddities, "");
}

static void all_that_is_odd_is_told(void **state)
{
	struct scene s = { 0 };

	/* Two switches at once; a task that ran elsewhere; CPUs and tids that no machine has. */
	PLAY(&s, SWITCH(100, 0, 0, 0, 11), SWITCH(99, 1, 0, 0, 11), SWITCH(98, 1, 11, S, 0),
	     WAKING(110, 9000, 0, 11, 1));
	assert_string_equal(s.oddities,
			    "1 time a task was not as it was left: its delay is unknown; "
			    "2 events were out of order, and got the time of the one before; "
			    "1 event was damaged, and is left out");
	trace_meta_free(&s.meta);
}

static uint64_t next_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
	return *seed >> 33;
}

/* Whatever comes: no crash, no endless loop, times that rise, and CPUs and ids in bounds. */
static void damage_is_survived(void **state)
{
	static const uint32_t cpus[] = { 0, 1, 2, 7, 8191, 8192, 65535, 70000, UINT32_MAX };
	static const int32_t tids[] = { 0, 1, 2, 3, 4, 5, -1, TID_UNKNOWN, 1 << 22, INT32_MAX };
	uint64_t seed = 1;

	for (int round = 0; round < 200; round++) {
		struct scene s = { .facts = { .recorded_cpus =
						      round & 1 ? (char *)"0-2,,x" : NULL } };
		struct sched_event events[300];
		uint64_t last = 0;

		for (size_t i = 0; i < COUNT_OF(events); i++) {
			events[i] = EVENT(next_random(&seed) % 13, next_random(&seed) % 1000,
					  cpus[next_random(&seed) % COUNT_OF(cpus)]);
			events[i].tid = tids[next_random(&seed) % COUNT_OF(tids)];
			events[i].other_tid = tids[next_random(&seed) % COUNT_OF(tids)];
			events[i].current_tid = tids[next_random(&seed) % COUNT_OF(tids)];
			events[i].current_pid = tids[next_random(&seed) % COUNT_OF(tids)];
			events[i].pid = tids[next_random(&seed) % COUNT_OF(tids)];
			events[i].state = next_random(&seed) & 0x1ff;
			events[i].orig_cpu = cpus[next_random(&seed) % COUNT_OF(cpus)];
			events[i].dest_cpu = cpus[next_random(&seed) % COUNT_OF(cpus)];
			events[i].lost = next_random(&seed) % 3;
			memset(events[i].comm, 'a' + round % 26, sizeof(events[i].comm));
		}
		scene_play(&s, events, COUNT_OF(events));
		assert_true(s.counts.damaged > 0);
		assert_true(s.counts.late > 0);
		for (int i = 0; i < s.count && i < 256 && s.count <= 256; i++) {
			assert_true(s.events[i].time_ns >= last);
			assert_true(s.events[i].cpu < s.meta.cpu_count);
			last = s.events[i].time_ns;
		}
		trace_meta_free(&s.meta);
	}
}

static void nothing_recorded_is_an_empty_trace(void **state)
{
	struct scene s = { .facts = { .what = "perf.data" } };

	scene_play(&s, NULL, 0);
	assert_int_equal(s.count, 0);
	assert_int_equal(s.meta.cpu_count, 1);
	trace_meta_free(&s.meta);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wakeup_is_told_whole),
		cmocka_unit_test(who_leaves_runnable_waits_since_then),
		cmocka_unit_test(who_is_woken_on_its_way_off_waits_since_it_left),
		cmocka_unit_test(wakeups_of_who_goes_on_are_spare),
		cmocka_unit_test(a_leaver_who_did_not_come_is_a_gap),
		cmocka_unit_test(who_exits_as_nobody_is_who_came),
		cmocka_unit_test(a_tid_after_an_exit_is_another_task),
		cmocka_unit_test(a_thread_that_execs_keeps_its_slice),
		cmocka_unit_test(a_thread_that_switches_in_its_exec_does_too),
		cmocka_unit_test(a_pid_that_nobody_told_is_unknown),
		cmocka_unit_test(a_move_of_who_waits_is_told_and_counted),
		cmocka_unit_test(a_loss_makes_a_gap_and_waits_unknown),
		cmocka_unit_test(a_loss_on_no_cpu_is_one_on_all),
		cmocka_unit_test(without_wakings_the_wakeup_counts),
		cmocka_unit_test(a_waking_tells_in_which_context_its_waker_was),
		cmocka_unit_test(a_wakeup_on_the_wakees_cpu_may_be_anothers),
		cmocka_unit_test(who_exits_on_an_old_kernel_is_gone),
		cmocka_unit_test(an_exit_that_is_told_twice_is_one),
		cmocka_unit_test(all_that_is_odd_is_told),
		cmocka_unit_test(without_migrations_a_waking_does_not_tell_the_choice),
		cmocka_unit_test(without_wakeups_the_time_off_is_known_and_the_delay_is_not),
		cmocka_unit_test(wakeups_from_cpus_that_were_not_recorded_are_unknown),
		cmocka_unit_test(events_of_one_time_are_in_the_order_of_cpus),
		cmocka_unit_test(a_state_of_the_format_becomes_one_of_the_kernel),
		cmocka_unit_test(damage_is_survived),
		cmocka_unit_test(nothing_recorded_is_an_empty_trace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
