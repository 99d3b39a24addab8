// SPDX-License-Identifier: GPL-2.0-only
/*
 * That a simulated stream tells all that its truth says: the truth is found again from the events
 * alone, by cutting time at everything that happened and looking who had which CPU in between. What
 * an analysis is asked for in a property test is thus there to be found.
 */
#include "unit/stream.h"

#include <stdlib.h>
#include <string.h>

#include "unit/simulator.h"

#define SEEDS	    200
#define HAD_OFFLINE (TASK_UNKNOWN - 1)
#define PLACES	    (SIM_TASKS_MAX + 2)

/* Time cut into pieces: piece i is from cut_ns[i] to cut_ns[i + 1]. */
struct found {
	const struct sim *sim;
	uint64_t *cut_ns;
	uint32_t cuts;
	uint32_t (*had)[SIM_CPUS_MAX]; /* by piece: who had each CPU */
	uint32_t (*waiting)[SIM_CPUS_MAX];
	bool (*wasted)[SIM_CPUS_MAX];
	uint64_t blame_ns[2][SIM_TASKS_MAX + 1][PLACES];
	bool complete; /* no wait was left out */
};

static int compare_ns(const void *a_, const void *b_)
{
	uint64_t a = *(const uint64_t *)a_, b = *(const uint64_t *)b_;

	return (a > b) - (a < b);
}

static void cut_at(struct found *f, uint64_t ns)
{
	if (ns >= f->sim->start_ns && ns <= f->sim->end_ns)
		f->cut_ns[f->cuts++] = ns;
}

static uint32_t piece_of(const struct found *f, uint64_t ns)
{
	uint64_t *at = bsearch(&ns, f->cut_ns, f->cuts, sizeof(ns), compare_ns);

	assert_non_null(at);
	return at - f->cut_ns;
}

static void cut_time(struct found *f)
{
	const struct sim *s = f->sim;
	uint32_t n = 0;

	f->cut_ns = calloc(3 * s->count + 2, sizeof(*f->cut_ns));
	assert_non_null(f->cut_ns);
	cut_at(f, s->start_ns);
	cut_at(f, s->end_ns);
	for (uint32_t i = 0; i < s->count; i++) {
		const struct event *e = &s->events[i];

		cut_at(f, e->time_ns);
		if (e->type != EVENT_SLICE && e->type != EVENT_WAITING)
			continue;
		cut_at(f, e->slice.start_ns);
		cut_at(f, slice_runnable_since(&e->slice));
	}
	qsort(f->cut_ns, f->cuts, sizeof(*f->cut_ns), compare_ns);
	for (uint32_t i = 0; i < f->cuts; i++)
		if (!i || f->cut_ns[i] != f->cut_ns[n - 1])
			f->cut_ns[n++] = f->cut_ns[i];
	f->cuts = n;
}

static void look_who_had_cpus(struct found *f)
{
	memset(f->had, 0xff, f->cuts * sizeof(*f->had));
	for (uint32_t i = 0; i < f->sim->count; i++) {
		const struct event *e = &f->sim->events[i];
		uint32_t end;

		if (e->type != EVENT_SLICE)
			continue;
		end = piece_of(f, e->time_ns);
		for (uint32_t p = piece_of(f, e->slice.start_ns); p < end; p++) {
			assert_int_equal(f->had[p][e->cpu], TASK_UNKNOWN);
			f->had[p][e->cpu] = event_is_offline(e) ? HAD_OFFLINE : e->slice.task;
		}
	}
}

static struct found *found_new(const struct sim *s)
{
	struct found *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->sim = s;
	f->complete = true;
	cut_time(f);
	f->had = calloc(f->cuts, sizeof(*f->had));
	f->waiting = calloc(f->cuts, sizeof(*f->waiting));
	f->wasted = calloc(f->cuts, sizeof(*f->wasted));
	assert_true(f->had && f->waiting && f->wasted);
	look_who_had_cpus(f);
	return f;
}

static void found_free(struct found *f)
{
	free(f->cut_ns);
	free(f->had);
	free(f->waiting);
	free(f->wasted);
	free(f);
}

/* Whether one of the CPUs that matter to the wait, of cpu's group of so many, was had by who. */
static bool some_cpu_was(const struct found *f, uint32_t piece, uint32_t task, uint16_t cpu,
			 uint16_t group, uint32_t who)
{
	for (uint16_t i = 0; i < f->sim->options.cpus; i++)
		if (i / group == cpu / group && f->sim->allowed[task] >> i & 1 &&
		    f->had[piece][i] == who)
			return true;
	return false;
}

static void look_for_idle(struct found *f, uint32_t p, uint32_t task, uint16_t cpu,
			  struct sim_idle *idle)
{
	uint64_t ns = f->cut_ns[p + 1] - f->cut_ns[p];

	if (some_cpu_was(f, p, task, cpu, SIM_CPUS_MAX, TASK_IDLE))
		f->wasted[p][cpu] = true;
	if (f->had[p][cpu] == TASK_IDLE)
		idle->own_ns += ns;
	else if (some_cpu_was(f, p, task, cpu, SIM_LLC_CPUS, TASK_IDLE))
		idle->llc_ns += ns;
	else if (some_cpu_was(f, p, task, cpu, SIM_NODE_CPUS, TASK_IDLE))
		idle->node_ns += ns;
	else if (some_cpu_was(f, p, task, cpu, SIM_CPUS_MAX, TASK_IDLE))
		idle->far_ns += ns;
	else if (some_cpu_was(f, p, task, cpu, SIM_CPUS_MAX, TASK_UNKNOWN))
		idle->unknown_ns += ns;
	else if (some_cpu_was(f, p, task, cpu, SIM_CPUS_MAX, HAD_OFFLINE))
		idle->offline_ns += ns;
	else
		idle->busy_ns += ns;
}

/* Where the wait of event i began, and the moves that followed; back from its end. */
static uint32_t whereabouts(const struct sim *s, uint32_t i, struct move *moves, uint64_t *ns)
{
	const struct event *e = &s->events[i];
	uint32_t n = e->slice.moves, left = n;

	while (left && i--) {
		const struct event *m = &s->events[i];

		if (m->type != EVENT_MOVE || m->move.task != e->slice.task)
			continue;
		left--;
		moves[left] = m->move;
		ns[left] = m->time_ns;
		assert_true(m->time_ns <= e->slice.start_ns);
	}
	assert_int_equal(left, 0);
	return n;
}

static void wait_on(struct found *f, const struct sim_wait *w, uint16_t cpu, uint64_t from,
		    uint64_t to, uint64_t (*parts)[PLACES], struct sim_idle *idle)
{
	uint32_t end = piece_of(f, to);

	for (uint32_t p = piece_of(f, from); p < end; p++) {
		uint64_t ns = f->cut_ns[p + 1] - f->cut_ns[p];
		uint32_t who = f->had[p][cpu];

		who = who <= SIM_TASKS_MAX ? who : PLACES - 1;
		parts[cpu][who] += ns;
		f->blame_ns[w->kind == DELAY_PREEMPT][w->victim][who] += ns;
		f->waiting[p][cpu]++;
		look_for_idle(f, p, w->victim, cpu, idle);
	}
}

static void assert_found_as_in_truth(const struct sim_wait *w, uint64_t (*parts)[PLACES],
				     struct sim_idle *idle)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < w->part_count; i++) {
		const struct sim_part *p = &w->parts[i];
		uint32_t who = p->culprit == TASK_UNKNOWN ? PLACES - 1 : p->culprit;

		assert_int_equal(parts[p->cpu][who], p->ns);
	}
	for (uint16_t cpu = 0; cpu < SIM_CPUS_MAX; cpu++)
		for (uint32_t who = 0; who < PLACES; who++)
			n += !!parts[cpu][who];
	assert_int_equal(n, w->part_count);
	idle->unknown_ns += idle->offline_ns;
	assert_memory_equal(idle, &w->idle, sizeof(*idle));
}

static void find_wait(struct found *f, const struct sim_wait *w)
{
	const struct event *e = &f->sim->events[w->event];
	uint64_t parts[SIM_CPUS_MAX][PLACES] = { 0 }, ns[UINT8_MAX], from;
	struct sim_idle idle = { 0 };
	struct move moves[UINT8_MAX];
	uint16_t cpu = e->cpu;
	uint32_t n;

	if (w->hidden || w->moves >= UINT8_MAX) {
		f->complete = false;
		return;
	}
	n = whereabouts(f->sim, w->event, moves, ns);
	from = slice_runnable_since(&e->slice);
	if (n)
		cpu = moves[0].from;
	if (w->kind == DELAY_WAKE)
		assert_int_equal(cpu, e->slice.chosen_cpu);
	for (uint32_t i = 0; i < n; i++) {
		assert_int_equal(cpu, moves[i].from);
		wait_on(f, w, cpu, from, ns[i], parts, &idle);
		cpu = moves[i].to;
		from = ns[i];
	}
	assert_int_equal(cpu, e->cpu);
	wait_on(f, w, cpu, from, e->slice.start_ns, parts, &idle);
	assert_found_as_in_truth(w, parts, &idle);
}

static void assert_cpus_as_in_truth(const struct found *f)
{
	for (uint16_t cpu = 0; cpu < f->sim->options.cpus; cpu++) {
		const struct sim_cpu_truth *truth = &f->sim->cpus[cpu];
		uint64_t with = 0, wasted = 0, waiting = 0;

		for (uint32_t p = 0; p + 1 < f->cuts; p++) {
			uint64_t ns = f->cut_ns[p + 1] - f->cut_ns[p];

			with += f->waiting[p][cpu] ? ns : 0;
			wasted += f->wasted[p][cpu] ? ns : 0;
			waiting += f->waiting[p][cpu] * ns;
		}
		assert_int_equal(with, truth->with_waiters_ns);
		assert_int_equal(wasted, truth->wasted_ns);
		assert_int_equal(waiting, truth->waiting_ns);
	}
}

static void assert_blame_as_in_truth(const struct found *f)
{
	for (uint32_t victim = 1; victim <= f->sim->task_count; victim++)
		for (uint32_t i = 0; i < PLACES; i++) {
			uint32_t who = i == PLACES - 1 ? TASK_UNKNOWN : i;

			if (who > f->sim->task_count && who != TASK_UNKNOWN)
				continue;
			assert_int_equal(f->blame_ns[0][victim][i],
					 sim_blame_ns(f->sim, DELAY_WAKE, victim, who));
			assert_int_equal(f->blame_ns[1][victim][i],
					 sim_blame_ns(f->sim, DELAY_PREEMPT, victim, who));
		}
}

/* How many waits there were. */
static uint32_t find_truth_of(const struct sim_options *options)
{
	struct sim *s = sim_run(options);
	struct found *f = found_new(s);
	uint32_t n = s->wait_count;

	for (uint32_t i = 0; i < s->wait_count; i++)
		find_wait(f, &s->waits[i]);
	if (f->complete) {
		assert_cpus_as_in_truth(f);
		assert_blame_as_in_truth(f);
	}
	found_free(f);
	sim_free(s);
	return n;
}

static void the_truth_is_found_again_from_the_events(void **state)
{
	uint32_t waits = 0;

	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		struct sim_options options = sim_options_full(seed);

		options.live_tail = seed % 2;
		waits += find_truth_of(&options);
	}
	assert_true(waits > 100 * SEEDS);
}

static void so_it_is_where_some_cpus_are_not_traced(void **state)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct sim_options options = sim_options_full(seed);

		options.untraced = (uint32_t)seed * 2654435761u >> 16;
		find_truth_of(&options);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_truth_is_found_again_from_the_events),
		cmocka_unit_test(so_it_is_where_some_cpus_are_not_traced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
