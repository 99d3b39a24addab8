// SPDX-License-Identifier: GPL-2.0-only
/* What must hold for the simulated machine's streams and truth, whatever the seed. */
#include "unit/stream.h"

#include <string.h>

#include "trace/event_check.h"
#include "unit/simulator.h"

#define SEEDS 200

/* As the seed says, also with CPUs that are not traced, and a live tail. */
static struct sim_options varied(uint64_t seed)
{
	struct sim_options options = sim_options_full(seed);

	options.untraced = seed % 3 == 1 ? (uint32_t)seed * 2654435761u >> 16 : 0;
	options.live_tail = seed % 4 == 2;
	options.tangled = seed % 5 == 3;
	options.losses = seed % 7 != 4;
	options.slow_exit = seed % 11 != 5;
	return options;
}

static void assert_ordered(const struct sim *s)
{
	for (uint32_t i = 1; i < s->count; i++) {
		const struct event *a = &s->events[i - 1], *b = &s->events[i];

		assert_true(a->time_ns <= b->time_ns);
		if (a->time_ns == b->time_ns && !s->options.live_tail)
			assert_true(a->cpu <= b->cpu);
	}
}

static void assert_named_before_use(const struct sim *s)
{
	uint32_t named = 0;

	for (uint32_t i = 0; i < s->count; i++) {
		const struct event *e = &s->events[i];

		if (e->type == EVENT_TASK) {
			assert_int_equal(e->identity.task, ++named);
			assert_int_equal(e->identity.cpus_allowed,
					 __builtin_popcount(s->allowed[named]));
		} else if (e->type == EVENT_MOVE) {
			assert_true(e->move.task && e->move.task <= named);
			assert_true(e->move.by <= named);
		} else if (e->type == EVENT_SLICE || e->type == EVENT_WAITING) {
			assert_true(e->slice.task <= named);
			assert_true(e->slice.waker <= named || e->slice.waker == TASK_UNKNOWN);
		}
	}
	assert_int_equal(named, s->task_count);
}

/* Slices follow each other without a hole, but where one was lost; and as long as the truth says.
 */
static void assert_tiled(const struct sim *s, uint16_t cpu)
{
	uint64_t told = s->start_ns, holes = 0, busy = 0, idle = 0, offline = 0;
	bool traced = !(s->options.untraced >> cpu & 1);

	for (uint32_t i = 0; i < s->count; i++) {
		const struct event *e = &s->events[i];

		if (e->type != EVENT_SLICE || e->cpu != cpu)
			continue;
		assert_true(traced);
		assert_true(e->slice.start_ns >= told);
		holes += e->slice.start_ns - told;
		told = e->time_ns;
		*(event_is_offline(e)	       ? &offline
		  : e->slice.task == TASK_IDLE ? &idle
					       : &busy) += slice_run_ns(e);
	}
	assert_int_equal(traced ? told : s->start_ns, traced ? s->end_ns : told);
	assert_int_equal(s->cpus[cpu].busy_ns, busy);
	assert_int_equal(s->cpus[cpu].idle_ns, idle);
	assert_int_equal(s->cpus[cpu].offline_ns, offline);
	assert_int_equal(s->cpus[cpu].unknown_ns, traced ? holes : s->end_ns - s->start_ns);
}

/* Every known delay in the stream is a wait of the truth, as long, and there are no others. */
static void assert_delays_are_waits(const struct sim *s)
{
	const struct sim_wait *w = s->waits;
	uint64_t delay;

	for (uint32_t i = 0; i < s->count; i++) {
		const struct event *e = &s->events[i];

		if (e->type != EVENT_SLICE && e->type != EVENT_WAITING)
			continue;
		assert_true(slice_runnable_since(&e->slice) <= e->slice.start_ns);
		if (!slice_delay_ns(&e->slice, &delay))
			continue;
		assert_true(w < s->waits + s->wait_count);
		assert_int_equal(w->event, i);
		assert_int_equal(w->victim, e->slice.task);
		assert_int_equal(w->kind, e->slice.kind);
		assert_int_equal(w->since_ns, slice_runnable_since(&e->slice));
		assert_int_equal(w->end_ns, e->slice.start_ns);
		assert_int_equal(w->end_ns - w->since_ns, delay);
		assert_int_equal(w->cut, e->type == EVENT_WAITING);
		assert_int_equal(w->moves, e->slice.moves);
		w++;
	}
	assert_ptr_equal(w, s->waits + s->wait_count);
}

static void assert_parts_sum(const struct sim *s)
{
	uint64_t waiting = 0, blamed = 0;

	for (const struct sim_wait *w = s->waits; w < s->waits + s->wait_count; w++) {
		const struct sim_idle *idle = &w->idle;
		uint64_t own = 0, left = w->end_ns - w->since_ns;

		waiting += left;
		assert_int_equal(idle->own_ns + idle->llc_ns + idle->node_ns + idle->far_ns +
					 idle->unknown_ns + idle->busy_ns,
				 left);
		assert_true(idle->offline_ns <= idle->unknown_ns);
		for (uint32_t i = 0; i < w->part_count; i++) {
			assert_true(w->parts[i].ns);
			assert_int_not_equal(w->parts[i].culprit, w->victim);
			own += w->parts[i].culprit == TASK_IDLE ? w->parts[i].ns : 0;
			left -= w->parts[i].ns;
		}
		assert_int_equal(left, 0);
		assert_int_equal(own, idle->own_ns);
	}
	for (uint16_t cpu = 0; cpu < s->options.cpus; cpu++) {
		assert_true(s->cpus[cpu].wasted_ns <= s->cpus[cpu].with_waiters_ns);
		assert_true(s->cpus[cpu].with_waiters_ns <= s->cpus[cpu].waiting_ns);
		waiting -= s->cpus[cpu].waiting_ns;
	}
	assert_int_equal(waiting, 0);
	for (uint32_t victim = 1; victim <= s->task_count; victim++)
		for (uint32_t i = 0; i <= s->task_count + 1; i++) {
			uint32_t culprit = i <= s->task_count ? i : TASK_UNKNOWN;

			blamed += sim_blame_ns(s, DELAY_WAKE, victim, culprit);
			blamed += sim_blame_ns(s, DELAY_PREEMPT, victim, culprit);
		}
	for (uint16_t cpu = 0; cpu < s->options.cpus; cpu++)
		blamed -= s->cpus[cpu].waiting_ns;
	assert_int_equal(blamed, 0);
}

/* A slice at a time on the CPUs, as far as the stream tells; and only on allowed ones. */
static void assert_each_task_is_at_one_place(const struct sim *s)
{
	uint64_t out[SIM_TASKS_MAX + 1] = { 0 };

	for (uint32_t i = 0; i < s->count; i++) {
		const struct event *e = &s->events[i];

		if (e->type != EVENT_SLICE || !e->slice.task)
			continue;
		assert_true(s->allowed[e->slice.task] >> e->cpu & 1);
		assert_true(e->slice.start_ns >= out[e->slice.task]);
		if (e->slice.prev_out_ns)
			assert_true(e->slice.prev_out_ns >= out[e->slice.task]);
		out[e->slice.task] = e->time_ns;
	}
}

/* The last event of a task before another is the one that befell it before. */
static void assert_not_tangled(const struct sim *s)
{
	uint16_t at[SIM_TASKS_MAX + 1];

	memset(at, 0xff, sizeof(at));
	for (uint32_t i = 0; i < s->count; i++) {
		const struct event *e = &s->events[i];
		uint16_t *cpu;

		if (e->type == EVENT_SLICE) {
			at[e->slice.task] =
				e->slice.flags & SLICE_LEFT_QUEUED ? e->cpu : CPU_UNKNOWN;
			continue;
		}
		if (e->type == EVENT_WAITING && at[e->slice.task] != CPU_UNKNOWN)
			assert_int_equal(at[e->slice.task], e->cpu);
		if (e->type != EVENT_MOVE)
			continue;
		cpu = &at[e->move.task];
		if (*cpu != CPU_UNKNOWN)
			assert_int_equal(*cpu, e->move.from);
		*cpu = e->move.to;
	}
}

static void assert_readable(const struct sim *s)
{
	struct event_limits limits = { .cpu_count = s->options.cpus,
				       .task_max = s->task_count + 1 };

	for (uint32_t i = 0; i < s->count; i++)
		assert_int_equal(event_check(&limits, &s->events[i]), 0);
}

static void add_counts(struct sim_counts *sum, const struct sim_counts *more)
{
	for (size_t i = 0; i < sizeof(*sum) / sizeof(uint32_t); i++)
		((uint32_t *)sum)[i] += ((const uint32_t *)more)[i];
}

static void of_every_seed_stream_and_truth_agree(void **state)
{
	struct sim_counts c = { 0 };

	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		struct sim_options options = varied(seed);
		struct sim *s = sim_run(&options);

		assert_readable(s);
		assert_ordered(s);
		assert_named_before_use(s);
		for (uint16_t cpu = 0; cpu < options.cpus; cpu++)
			assert_tiled(s, cpu);
		assert_delays_are_waits(s);
		assert_parts_sum(s);
		if (!options.tangled)
			assert_each_task_is_at_one_place(s);
		if (!options.tangled && !options.untraced && !options.losses)
			assert_not_tangled(s);
		add_counts(&c, &s->counts);
		sim_free(s);
	}
	for (size_t i = 0; i < sizeof(c) / sizeof(uint32_t); i++)
		assert_true(((uint32_t *)&c)[i]);
	assert_true(c.one_ns_waits >= SEEDS);
	assert_true(c.same_time >= SEEDS);
	assert_true(c.nested_preempts >= SEEDS);
	assert_true(c.moves_of_preempted >= SEEDS);
	assert_true(c.cut_start >= SEEDS && c.cut_waits >= SEEDS && c.unknown_waits >= SEEDS);
}

static void what_is_switched_off_does_not_happen(void **state)
{
	for (uint64_t seed = 0; seed < 20; seed++) {
		const struct sim_options options = {
			.seed = seed, .cpus = 3, .tasks = 9, .steps = 500
		};
		struct sim *s = sim_run(&options);

		assert_true(s->counts.wakes);
		assert_true(s->wait_count);
		assert_int_equal(s->task_count, 9);
		assert_int_equal(s->counts.births + s->counts.exits + s->counts.moves, 0);
		assert_int_equal(s->counts.woken_on_cpu + s->counts.preempts, 0);
		assert_int_equal(s->counts.lost + s->counts.offline, 0);
		assert_int_equal(s->counts.unknown_waits, 0);
		for (const struct sim_wait *w = s->waits; w < s->waits + s->wait_count; w++) {
			assert_int_equal(w->kind, DELAY_WAKE);
			assert_int_equal(w->idle.own_ns + w->idle.unknown_ns, 0);
		}
		sim_free(s);
	}
}

static void the_same_seed_makes_the_same_trace(void **state)
{
	const struct sim_options options = sim_options_full(7), others = sim_options_full(8);
	struct sim *a = sim_run(&options), *b = sim_run(&options), *c = sim_run(&others);

	assert_int_equal(a->count, b->count);
	assert_memory_equal(a->events, b->events, a->count * sizeof(*a->events));
	assert_memory_equal(a->cpus, b->cpus, sizeof(a->cpus));
	assert_true(a->count != c->count ||
		    memcmp(a->events, c->events, a->count * sizeof(*a->events)));
	sim_free(a);
	sim_free(b);
	sim_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_every_seed_stream_and_truth_agree),
		cmocka_unit_test(what_is_switched_off_does_not_happen),
		cmocka_unit_test(the_same_seed_makes_the_same_trace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
