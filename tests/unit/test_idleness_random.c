// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random machines, streams and waits: idle-while-waiting against its definition, nanosecond by
 * nanosecond; and what must hold where limits are passed, or the input is damaged.
 */
#include <stdlib.h>

#include "unit/stream.h"
#include "unit/machine.h"
#include "analysis/idleness.h"

#define CPUS	 8
#define TIMES	 256
#define START_NS 20
#define WAITS	 120
#define SETS	 4
#define SEEDS	 1000

enum is { IS_UNKNOWN, IS_IDLE, IS_BUSY, IS_OFFLINE };

struct world {
	struct host_snapshot host;
	struct usable *usable;
	hwloc_bitmap_t traced;
	uint32_t sets[SETS];		  /* numbers of usable_of() */
	hwloc_bitmap_t usable_cpus[SETS]; /* NULL: not known, or one */
	enum is is[CPUS][TIMES];
	struct event events[CPUS * TIMES];
	uint32_t event_count;
	struct idleness_wait waits[WAITS];
	struct idleness *idleness;
	uint64_t last_ns;
	uint32_t seed;
};

static uint32_t any(struct world *w, uint32_t below)
{
	w->seed = w->seed * 1664525 + 1013904223;
	return (w->seed >> 8) % below;
}

static bool is_traced(const struct world *w, int cpu)
{
	return hwloc_bitmap_isset(w->traced, cpu);
}

static void make_machine(struct world *w)
{
	machine_make(&w->host, "", "6.1.0");
	w->traced = hwloc_bitmap_alloc();
	for (int cpu = 0; cpu < CPUS; cpu++) {
		w->host.cpus[cpu].llc = (int)any(w, 3) - !any(w, 4);
		w->host.cpus[cpu].node = (int)any(w, 3) - !any(w, 4);
		if (any(w, 6))
			hwloc_bitmap_set(w->traced, cpu);
		if (!any(w, 8))
			hwloc_bitmap_clr(w->host.online, cpu);
		if (!any(w, 5))
			hwloc_bitmap_set(w->host.isolated, cpu);
	}
	if (!any(w, 2))
		hwloc_bitmap_fill(w->traced);
}

static void make_sets(struct world *w)
{
	for (uint32_t i = 0; i < SETS - 2; i++) {
		hwloc_bitmap_t cpus = hwloc_bitmap_alloc();

		hwloc_bitmap_set(cpus, any(w, CPUS));
		for (int cpu = 0; cpu < CPUS; cpu++)
			if (any(w, 3))
				hwloc_bitmap_set(cpus, cpu);
		machine_add_task(&w->host, i + 1, "task", 0, 0, "0");
		hwloc_bitmap_copy(w->host.tasks[i].allowed, cpus);
		hwloc_bitmap_andnot(cpus, cpus, w->host.isolated);
		if (hwloc_bitmap_iszero(cpus))
			hwloc_bitmap_copy(cpus, w->host.tasks[i].allowed);
		w->usable_cpus[i] = cpus;
	}
	w->usable = usable_new(&w->host, CPUS);
	for (uint32_t i = 0; i < SETS - 2; i++) {
		struct task_identity task = { .task = i + 1, .tid = i + 1 };

		usable_of(w->usable, &task, &w->sets[i]);
	}
	w->sets[SETS - 2] = USABLE_ONE;
	w->sets[SETS - 1] = USABLE_UNKNOWN;
}

/* One CPU's slices, holes and gaps; what is beyond the last stays unknown. */
static void make_cpu(struct world *w, int cpu)
{
	bool offline = !hwloc_bitmap_isset(w->host.online, cpu);
	uint32_t longest = any(w, 2) ? 8 : 90;
	uint64_t now = START_NS;

	for (uint64_t t = START_NS; t < TIMES && offline; t++)
		w->is[cpu][t] = IS_OFFLINE;
	if (offline && any(w, 2))
		return;
	if (offline) {
		now += any(w, 100);
		w->events[w->event_count++] =
			IDLE(cpu, START_NS, now, .flags = SLICE_GAP | SLICE_OFFLINE);
		for (uint64_t t = now; t < TIMES; t++)
			w->is[cpu][t] = now > START_NS ? IS_UNKNOWN : IS_OFFLINE;
		if (now == START_NS)
			return;
	}
	for (;;) {
		uint64_t start = now + (any(w, 12) ? 0 : any(w, 20));
		uint64_t end = start + 1 + any(w, longest);
		uint32_t kind = any(w, 24);
		struct event e = SLICE(kind % 2 ? 1 + any(w, 5) : TASK_IDLE, cpu, start, end);
		enum is is = kind % 2 ? IS_BUSY : IS_IDLE;

		if (end > 200)
			return;
		if (kind == 0) {
			e.slice.flags = SLICE_GAP;
			is = IS_UNKNOWN;
		} else if (kind == 2) {
			e.slice.flags = SLICE_GAP | SLICE_OFFLINE;
			is = IS_OFFLINE;
		}
		w->events[w->event_count++] = e;
		for (uint64_t t = start; t < end; t++)
			w->is[cpu][t] = is;
		now = end;
	}
}

static int by_time(const void *a, const void *b)
{
	const struct event *left = a, *right = b;

	if (left->time_ns != right->time_ns)
		return left->time_ns < right->time_ns ? -1 : 1;
	if (left->cpu != right->cpu)
		return left->cpu < right->cpu ? -1 : 1;
	return left->slice.start_ns < right->slice.start_ns ? -1 : 1;
}

static int by_to(const void *a, const void *b)
{
	const struct idleness_wait *left = a, *right = b;

	return left->to_ns < right->to_ns ? -1 : left->to_ns > right->to_ns;
}

static void make_stream(struct world *w)
{
	for (int cpu = 0; cpu < CPUS; cpu++)
		if (is_traced(w, cpu))
			make_cpu(w, cpu);
	qsort(w->events, w->event_count, sizeof(*w->events), by_time);
	w->last_ns = START_NS;
	for (uint32_t i = 0; i < w->event_count; i++)
		if (w->events[i].time_ns > w->last_ns)
			w->last_ns = w->events[i].time_ns;
	for (uint32_t i = 0; i < WAITS; i++) {
		struct idleness_wait *wait = &w->waits[i];

		wait->from_ns = any(w, 190);
		wait->to_ns = wait->from_ns + any(w, any(w, 2) ? 6 : 60);
		wait->cpu = (uint16_t)any(w, any(w, 20) ? CPUS : CPUS + 2);
		wait->set = w->sets[any(w, SETS)];
		wait->task = 1 + any(w, 5);
	}
	qsort(w->waits, WAITS, sizeof(*w->waits), by_to);
}

static void play(struct world *w, const struct idleness_options *limits)
{
	const struct idleness_options options = {
		.host = &w->host,
		.usable = w->usable,
		.traced = w->traced,
		.cpu_count = CPUS,
		.trace_start_ns = START_NS,
		.held_max = limits ? limits->held_max : 0,
		.spans_max = limits ? limits->spans_max : 0,
		.settle_every = any(w, 3) ? 1 + any(w, 20) : 0,
	};
	uint32_t next = 0, late = any(w, 30);

	w->idleness = idleness_new(&options);
	assert_non_null(w->idleness);
	for (uint32_t i = 0; i < w->event_count; i++) {
		const struct event *e = &w->events[i];

		for (; next < WAITS && w->waits[next].to_ns + late <= e->time_ns; next++)
			assert_int_equal(idleness_wait(w->idleness, &w->waits[next]), 0);
		assert_int_equal(idleness_add(w->idleness, e), 0);
	}
	for (; next < WAITS; next++)
		assert_int_equal(idleness_wait(w->idleness, &w->waits[next]), 0);
	assert_int_equal(idleness_finish(w->idleness), 0);
}

static void make_world(struct world *w, uint32_t seed)
{
	memset(w, 0, sizeof(*w));
	w->seed = seed;
	make_machine(w);
	make_sets(w);
	make_stream(w);
}

static void free_world(struct world *w)
{
	idleness_free(w->idleness);
	usable_free(w->usable);
	for (int i = 0; i < SETS; i++)
		hwloc_bitmap_free(w->usable_cpus[i]);
	hwloc_bitmap_free(w->traced);
	host_snapshot_free(&w->host);
}

/* By the definition: the state of each CPU, at each nanosecond of each wait. */
enum part { OWN, LLC, NODE, ANYWHERE, UNKNOWN, NONE };

static enum is is_at(const struct world *w, int cpu, uint64_t t)
{
	bool is_known = cpu < CPUS && is_traced(w, cpu) && t >= START_NS && t < TIMES;

	return is_known ? w->is[cpu][t] : IS_UNKNOWN;
}

static enum part distance(const struct world *w, int a, int b)
{
	const struct host_cpu *cpus = w->host.cpus;

	if (a == b)
		return OWN;
	if (a >= CPUS || b >= CPUS)
		return ANYWHERE;
	if (cpus[a].llc >= 0 && cpus[a].llc == cpus[b].llc)
		return LLC;
	return cpus[a].node >= 0 && cpus[a].node == cpus[b].node ? NODE : ANYWHERE;
}

static bool is_usable(const struct world *w, const struct idleness_wait *wait, int cpu)
{
	if (cpu == wait->cpu)
		return true;
	/* Neither traced nor online: not there. */
	if (!is_traced(w, cpu) && !hwloc_bitmap_isset(w->host.online, cpu))
		return false;
	for (int i = 0; i < SETS; i++)
		if (w->sets[i] == wait->set && w->usable_cpus[i])
			return hwloc_bitmap_isset(w->usable_cpus[i], cpu);
	return false;
}

static enum part part_at(const struct world *w, const struct idleness_wait *wait, uint64_t t)
{
	enum part best = wait->set == USABLE_UNKNOWN ? UNKNOWN : NONE;

	for (int cpu = 0; cpu < CPUS + 2; cpu++) {
		enum is is;
		enum part part;

		if (!(cpu < CPUS ? is_usable(w, wait, cpu) : cpu == wait->cpu))
			continue;
		is = is_at(w, cpu, t);
		part = is == IS_IDLE	  ? distance(w, wait->cpu, cpu)
		       : is == IS_UNKNOWN ? UNKNOWN
					  : NONE;
		if (part < best)
			best = part;
	}
	return best;
}

static void count(struct idle_parts *parts, enum part part)
{
	uint64_t *const by_part[] = { &parts->own_ns,	   &parts->llc_ns,     &parts->node_ns,
				      &parts->anywhere_ns, &parts->unknown_ns, &parts->none_ns };

	(*by_part[part])++;
	parts->waited_ns++;
}

struct expected {
	struct idle_parts all, tasks[6];
	struct idle_cpu cpus[CPUS];
};

static void expect_waits(const struct world *w, struct expected *expected)
{
	static bool waits[CPUS][TIMES], wastes[CPUS][TIMES];

	memset(waits, 0, sizeof(waits));
	memset(wastes, 0, sizeof(wastes));
	for (uint32_t i = 0; i < WAITS; i++) {
		const struct idleness_wait *wait = &w->waits[i];

		for (uint64_t t = wait->from_ns; t < wait->to_ns; t++) {
			enum part part = part_at(w, wait, t);

			count(&expected->all, part);
			count(&expected->tasks[wait->task], part);
			if (wait->cpu >= CPUS)
				continue;
			count(&expected->cpus[wait->cpu].parts, part);
			waits[wait->cpu][t] = true;
			wastes[wait->cpu][t] |= part < UNKNOWN;
		}
	}
	for (int cpu = 0; cpu < CPUS; cpu++)
		for (int t = 0; t < TIMES; t++) {
			expected->cpus[cpu].with_waiters_ns += waits[cpu][t];
			expected->cpus[cpu].wasted_ns += wastes[cpu][t];
		}
}

static void expect_cpus(const struct world *w, struct expected *expected)
{
	for (int cpu = 0; cpu < CPUS; cpu++) {
		struct idle_cpu *its = &expected->cpus[cpu];

		for (uint64_t t = START_NS; t < w->last_ns; t++) {
			its->unknown_ns += is_at(w, cpu, t) == IS_UNKNOWN;
			its->idle_ns += is_at(w, cpu, t) == IS_IDLE;
			its->busy_ns += is_at(w, cpu, t) == IS_BUSY;
			its->offline_ns += is_at(w, cpu, t) == IS_OFFLINE;
		}
	}
}

static void assert_parts(const struct idle_parts *parts, const struct idle_parts *expected)
{
	assert_int_equal(parts->waited_ns, expected->waited_ns);
	assert_int_equal(parts->own_ns, expected->own_ns);
	assert_int_equal(parts->llc_ns, expected->llc_ns);
	assert_int_equal(parts->node_ns, expected->node_ns);
	assert_int_equal(parts->anywhere_ns, expected->anywhere_ns);
	assert_int_equal(parts->unknown_ns, expected->unknown_ns);
	assert_int_equal(parts->none_ns, expected->none_ns);
}

static void it_equals_its_definition_in_every_random_stream(void **state)
{
	static struct world w;

	for (uint32_t seed = 1; seed <= SEEDS; seed++) {
		struct expected expected = { 0 };

		make_world(&w, seed * 7919);
		play(&w, NULL);
		expect_waits(&w, &expected);
		expect_cpus(&w, &expected);
		assert_parts(idleness_all(w.idleness), &expected.all);
		for (uint32_t task = 1; task < 6; task++) {
			const struct idle_parts *its = idleness_task(w.idleness, task);

			if (its || expected.tasks[task].waited_ns)
				assert_parts(its, &expected.tasks[task]);
		}
		for (uint16_t cpu = 0; cpu < CPUS; cpu++) {
			const struct idle_cpu *its = idleness_cpu(w.idleness, cpu);

			assert_parts(&its->parts, &expected.cpus[cpu].parts);
			assert_int_equal(its->with_waiters_ns, expected.cpus[cpu].with_waiters_ns);
			assert_int_equal(its->wasted_ns, expected.cpus[cpu].wasted_ns);
			assert_int_equal(its->busy_ns, expected.cpus[cpu].busy_ns);
			assert_int_equal(its->idle_ns, expected.cpus[cpu].idle_ns);
			assert_int_equal(its->offline_ns, expected.cpus[cpu].offline_ns);
			assert_int_equal(its->unknown_ns, expected.cpus[cpu].unknown_ns);
		}
		assert_int_equal(idleness_counts(w.idleness)->forced, 0);
		assert_int_equal(idleness_counts(w.idleness)->cut_ns, 0);
		free_world(&w);
	}
}

static uint64_t sum_of(const struct idle_parts *p)
{
	return p->own_ns + p->llc_ns + p->node_ns + p->anywhere_ns + p->unknown_ns + p->none_ns;
}

/* What is known where limits are passed is true; the rest is unknown, and nothing is lost. */
static void assert_no_guess(const struct idle_parts *parts, const struct idle_parts *expected)
{
	assert_int_equal(parts->waited_ns, expected->waited_ns);
	assert_int_equal(sum_of(parts), expected->waited_ns);
	assert_true(parts->unknown_ns >= expected->unknown_ns);
	assert_true(parts->own_ns <= expected->own_ns);
	assert_true(parts->none_ns <= expected->none_ns);
	assert_true(parts->own_ns + parts->llc_ns + parts->node_ns + parts->anywhere_ns <=
		    expected->own_ns + expected->llc_ns + expected->node_ns +
			    expected->anywhere_ns);
}

static void past_the_limits_it_knows_less_but_never_wrong(void **state)
{
	static struct world w;
	uint64_t forced = 0, cut_ns = 0;

	for (uint32_t seed = 1; seed <= SEEDS; seed++) {
		struct idleness_options limits = { .held_max = 1 + seed % 9,
						   .spans_max = 1 + seed % 61 };
		struct expected expected = { 0 };

		make_world(&w, seed * 104729);
		play(&w, &limits);
		expect_waits(&w, &expected);
		assert_no_guess(idleness_all(w.idleness), &expected.all);
		for (uint16_t cpu = 0; cpu < CPUS; cpu++) {
			const struct idle_cpu *its = idleness_cpu(w.idleness, cpu);

			assert_no_guess(&its->parts, &expected.cpus[cpu].parts);
			assert_true(its->with_waiters_ns <= expected.cpus[cpu].with_waiters_ns);
			assert_true(its->wasted_ns <= expected.cpus[cpu].wasted_ns);
			assert_int_equal(its->busy_ns + its->idle_ns + its->offline_ns +
						 its->unknown_ns,
					 w.last_ns - START_NS);
		}
		forced += idleness_counts(w.idleness)->forced;
		cut_ns += idleness_counts(w.idleness)->cut_ns;
		free_world(&w);
	}
	assert_true(forced > 0);
	assert_true(cut_ns > 0);
}

static uint64_t absurd(struct world *w)
{
	switch (any(w, 5)) {
	case 0:
		return 0;
	case 1:
		return UINT64_MAX - any(w, 3);
	default:
		return any(w, 300);
	}
}

static void damaged_input_is_survived_and_its_sums_hold(void **state)
{
	static struct world w;

	for (uint32_t seed = 1; seed <= SEEDS; seed++) {
		struct idleness_options limits = { .held_max = 1 + seed % 20,
						   .spans_max = 1 + seed % 100 };

		make_world(&w, seed * 15485863);
		for (uint32_t i = 0; i < w.event_count; i++) {
			if (any(&w, 4))
				continue;
			w.events[i].time_ns = absurd(&w);
			w.events[i].slice.start_ns = absurd(&w);
			w.events[i].cpu = any(&w, 3) ? any(&w, CPUS) : UINT16_MAX - any(&w, 2);
			w.events[i].slice.flags = any(&w, 1 << 11);
			w.events[i].slice.task = any(&w, 2) ? TASK_IDLE : UINT32_MAX;
		}
		for (uint32_t i = 0; i < WAITS; i++) {
			if (any(&w, 4))
				continue;
			w.waits[i].from_ns = absurd(&w);
			w.waits[i].to_ns = absurd(&w);
			w.waits[i].cpu = any(&w, 3) ? any(&w, CPUS) : UINT16_MAX - any(&w, 2);
			w.waits[i].task = UINT32_MAX - any(&w, 3);
			w.waits[i].set = any(&w, 2) ? any(&w, 5) : UINT32_MAX - any(&w, 5);
		}
		play(&w, any(&w, 2) ? &limits : NULL);
		assert_int_equal(sum_of(idleness_all(w.idleness)),
				 idleness_all(w.idleness)->waited_ns);
		free_world(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_equals_its_definition_in_every_random_stream),
		cmocka_unit_test(past_the_limits_it_knows_less_but_never_wrong),
		cmocka_unit_test(damaged_input_is_survived_and_its_sums_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
