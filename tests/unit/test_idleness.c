// SPDX-License-Identifier: GPL-2.0-only
/*
 * Idle-while-waiting, rule by rule. The machine has two caches, CPUs 0-3 and 4-7; where a test says
 * so, they share a node. The trace starts at 100.
 */
#include <stdlib.h>

#include "unit/stream.h"
#include "unit/machine.h"
#include "analysis/idleness.h"

#define START_NS 100
#define OTHER	 77 /* a task */

struct scene {
	struct host_snapshot host;
	struct usable *usable;
	hwloc_bitmap_t traced;
	struct idleness_options options;
	struct idleness *idleness;
};

static void begin(struct scene *s, const char *isolated)
{
	memset(s, 0, sizeof(*s));
	machine_make(&s->host, isolated, "6.1.0");
	s->traced = hwloc_bitmap_alloc();
	cpulist_parse(s->traced, "0-7");
	s->options = (struct idleness_options){
		.host = &s->host,
		.traced = s->traced,
		.cpu_count = MACHINE_CPUS,
		.trace_start_ns = START_NS,
		.settle_every = 1,
	};
}

/* After the machine was changed, and its tasks were added. */
static void begin_trace(struct scene *s)
{
	s->usable = usable_new(s->options.host, MACHINE_CPUS);
	s->options.usable = s->usable;
	s->idleness = idleness_new(&s->options);
	assert_non_null(s->idleness);
}

static void end(struct scene *s)
{
	idleness_free(s->idleness);
	usable_free(s->usable);
	hwloc_bitmap_free(s->traced);
	host_snapshot_free(&s->host);
}

static void tell(struct scene *s, struct event e)
{
	assert_int_equal(idleness_add(s->idleness, &e), 0);
}

/* CPUs of a list are busy from start to end. */
static void busy(struct scene *s, const char *list, uint64_t start_ns, uint64_t end_ns)
{
	hwloc_bitmap_t cpus = hwloc_bitmap_alloc();

	cpulist_parse(cpus, list);
	for (int cpu = hwloc_bitmap_first(cpus); cpu >= 0; cpu = hwloc_bitmap_next(cpus, cpu))
		tell(s, SLICE(OTHER, cpu, start_ns, end_ns));
	hwloc_bitmap_free(cpus);
}

/* The set of a task with that many CPUs in its mask, by its tid in the snapshot or without. */
static uint32_t set_of(struct scene *s, uint32_t tid, uint32_t cpus_allowed)
{
	struct task_identity task = { .task = tid, .tid = tid, .cpus_allowed = cpus_allowed };
	uint32_t set;

	assert_int_equal(usable_of(s->usable, &task, &set), 0);
	return set;
}

static void wait_on(struct scene *s, uint32_t task, uint16_t cpu, uint32_t set, uint64_t from_ns,
		    uint64_t to_ns)
{
	const struct idleness_wait wait = { from_ns, to_ns, task, set, cpu };

	assert_int_equal(idleness_wait(s->idleness, &wait), 0);
}

static void finish(struct scene *s)
{
	assert_int_equal(idleness_finish(s->idleness), 0);
}

static void assert_parts(const struct idle_parts *parts, struct idle_parts expected)
{
	assert_non_null(parts);
	assert_int_equal(parts->own_ns, expected.own_ns);
	assert_int_equal(parts->llc_ns, expected.llc_ns);
	assert_int_equal(parts->node_ns, expected.node_ns);
	assert_int_equal(parts->anywhere_ns, expected.anywhere_ns);
	assert_int_equal(parts->unknown_ns, expected.unknown_ns);
	assert_int_equal(parts->none_ns, expected.none_ns);
	assert_int_equal(parts->waited_ns, expected.own_ns + expected.llc_ns + expected.node_ns +
						   expected.anywhere_ns + expected.unknown_ns +
						   expected.none_ns);
}

#define ASSERT_TASK(s, task, ...)                                                                  \
	assert_parts(idleness_task((s)->idleness, task), (struct idle_parts){ __VA_ARGS__ })

static void the_nearest_idle_cpu_counts(void **state)
{
	struct scene s;

	begin(&s, "");
	s.host.cpus[4].node = 0; /* another cache of CPU 0's node */
	begin_trace(&s);
	busy(&s, "0", 100, 110);
	tell(&s, IDLE(0, 110, 120)); /* own */
	tell(&s, IDLE(1, 100, 140)); /* llc */
	tell(&s, IDLE(4, 100, 150)); /* node */
	tell(&s, IDLE(5, 100, 170)); /* anywhere */
	busy(&s, "0", 120, 200);
	busy(&s, "1", 140, 200);
	busy(&s, "4", 150, 200);
	busy(&s, "5", 170, 200);
	busy(&s, "2-3,6-7", 100, 200);
	wait_on(&s, 1, 0, set_of(&s, 1, 8), 105, 200);
	finish(&s);
	ASSERT_TASK(&s, 1, .own_ns = 10, .llc_ns = 5 + 20, .node_ns = 10, .anywhere_ns = 20,
		    .none_ns = 30);
	assert_parts(&idleness_cpu(s.idleness, 0)->parts, *idleness_task(s.idleness, 1));
	assert_parts(idleness_all(s.idleness), *idleness_task(s.idleness, 1));
	assert_int_equal(idleness_cpu(s.idleness, 0)->with_waiters_ns, 95);
	assert_int_equal(idleness_cpu(s.idleness, 0)->wasted_ns, 65);
	assert_int_equal(idleness_cpu(s.idleness, 0)->idle_ns, 10);
	assert_int_equal(idleness_cpu(s.idleness, 0)->busy_ns, 90);
	end(&s);
}

static void without_topology_there_is_own_and_anywhere(void **state)
{
	struct scene s;

	begin(&s, "");
	s.options.host = NULL;
	begin_trace(&s);
	tell(&s, IDLE(0, 100, 110));
	tell(&s, IDLE(1, 100, 150));
	busy(&s, "0", 110, 200);
	busy(&s, "1", 150, 200);
	busy(&s, "2-7", 100, 200);
	wait_on(&s, 1, 0, set_of(&s, 1, 8), 100, 200);
	finish(&s);
	ASSERT_TASK(&s, 1, .own_ns = 10, .anywhere_ns = 40, .none_ns = 50);
	end(&s);
}

static void an_idle_cpu_outside_the_mask_does_not_count(void **state)
{
	struct scene s;

	begin(&s, "");
	machine_add_task(&s.host, 1, "some", 0, 0, "0,2");
	begin_trace(&s);
	tell(&s, IDLE(1, 100, 200));
	tell(&s, IDLE(2, 100, 120));
	busy(&s, "0,3-7", 100, 200);
	busy(&s, "2", 120, 200);
	wait_on(&s, 1, 0, set_of(&s, 1, 2), 100, 200);
	wait_on(&s, 2, 0, set_of(&s, 2, 1), 100, 200); /* bound to one */
	finish(&s);
	ASSERT_TASK(&s, 1, .llc_ns = 20, .none_ns = 80);
	ASSERT_TASK(&s, 2, .none_ns = 100);
	end(&s);
}

static void an_isolated_cpu_counts_only_for_who_waits_on_it(void **state)
{
	struct scene s;

	begin(&s, "1");
	begin_trace(&s);
	tell(&s, IDLE(1, 100, 130));
	busy(&s, "1", 130, 200);
	tell(&s, IDLE(2, 120, 150)); /* with a hole before */
	busy(&s, "2", 150, 200);
	busy(&s, "0,3-7", 100, 200);
	wait_on(&s, 1, 0, set_of(&s, 1, 8), 120, 200);
	wait_on(&s, 2, 1, set_of(&s, 2, 8), 110, 200);
	finish(&s);
	ASSERT_TASK(&s, 1, .llc_ns = 30, .none_ns = 50);
	ASSERT_TASK(&s, 2, .own_ns = 20, .llc_ns = 20, .none_ns = 50);
	assert_int_equal(idleness_cpu(s.idleness, 1)->wasted_ns, 40);
	end(&s);
}

static void what_is_not_known_is_never_none(void **state)
{
	struct scene s;

	begin(&s, "");
	machine_add_task(&s.host, 1, "two", 0, 0, "0-1");
	machine_add_task(&s.host, 2, "untraced", 0, 0, "0,7");
	hwloc_bitmap_clr(s.traced, 7);
	begin_trace(&s);
	busy(&s, "0", 100, 180); /* then it tells nothing more */
	busy(&s, "1", 100, 110);
	tell(&s, SLICE(OTHER, 1, 110, 120, .flags = SLICE_GAP));
	tell(&s, IDLE(1, 120, 130));
	busy(&s, "1", 140, 190); /* behind a hole */
	tell(&s, IDLE(1, 190, 200));
	wait_on(&s, 1, 0, set_of(&s, 1, 2), 90, 200);
	wait_on(&s, 2, 0, set_of(&s, 2, 2), 100, 150);
	wait_on(&s, 3, 0, set_of(&s, 3, 5), 100, 150); /* a mask nobody knows */
	wait_on(&s, 4, 7, USABLE_ONE, 100, 150);
	wait_on(&s, 5, 65535, set_of(&s, 5, 1), 100, 150);
	finish(&s);
	ASSERT_TASK(&s, 1, .llc_ns = 10 + 10, .unknown_ns = 10 + 10 + 10 + 10, .none_ns = 10 + 40);
	ASSERT_TASK(&s, 2, .unknown_ns = 50);
	ASSERT_TASK(&s, 3, .unknown_ns = 50);
	ASSERT_TASK(&s, 4, .unknown_ns = 50);
	ASSERT_TASK(&s, 5, .unknown_ns = 50);
	assert_int_equal(idleness_cpu(s.idleness, 0)->unknown_ns, 20);
	assert_int_equal(idleness_cpu(s.idleness, 1)->unknown_ns, 20);
	assert_int_equal(idleness_cpu(s.idleness, 7)->unknown_ns, 100);
	assert_null(idleness_cpu(s.idleness, 8));
	assert_null(idleness_task(s.idleness, 6));
	end(&s);
}

static void an_offline_cpu_is_not_usable(void **state)
{
	struct scene s;

	begin(&s, "");
	machine_add_task(&s.host, 1, "three", 0, 0, "0-2");
	hwloc_bitmap_clr(s.host.online, 2); /* and tells nothing */
	begin_trace(&s);
	busy(&s, "0", 100, 200);
	tell(&s, IDLE(1, 100, 160, .flags = SLICE_GAP | SLICE_OFFLINE));
	busy(&s, "1", 160, 200);
	wait_on(&s, 1, 0, set_of(&s, 1, 3), 100, 200);
	finish(&s);
	ASSERT_TASK(&s, 1, .none_ns = 100);
	assert_int_equal(idleness_cpu(s.idleness, 1)->offline_ns, 60);
	assert_int_equal(idleness_cpu(s.idleness, 2)->offline_ns, 100);
	end(&s);
}

static void an_idle_slice_that_is_told_late_still_counts(void **state)
{
	struct scene s;

	begin(&s, "");
	machine_add_task(&s.host, 1, "two", 0, 0, "0-1");
	begin_trace(&s);
	for (uint64_t t = 100; t < 190; t += 10) {
		busy(&s, "0", t, t + 10);
		wait_on(&s, 1, 0, set_of(&s, 1, 2), t + 2, t + 5);
	}
	tell(&s, IDLE(1, 100, 190));
	finish(&s);
	ASSERT_TASK(&s, 1, .llc_ns = 27);
	assert_int_equal(idleness_counts(s.idleness)->forced, 0);
	assert_int_equal(idleness_cpu(s.idleness, 0)->wasted_ns, 27);
	end(&s);
}

static void a_wait_is_decided_at_the_end_with_what_was_told(void **state)
{
	struct scene s;

	begin(&s, "");
	machine_add_task(&s.host, 1, "two", 0, 0, "0-1");
	begin_trace(&s);
	busy(&s, "0", 100, 200);
	tell(&s, IDLE(1, 100, 150, .flags = SLICE_CUT_END));
	wait_on(&s, 1, 0, set_of(&s, 1, 2), 140, 210);
	finish(&s);
	ASSERT_TASK(&s, 1, .llc_ns = 10, .unknown_ns = 60);
	end(&s);
}

static void past_the_limit_of_waits_the_late_cpu_is_unknown(void **state)
{
	struct scene s;

	begin(&s, "");
	machine_add_task(&s.host, 1, "two", 0, 0, "0-1");
	s.options.held_max = 4;
	begin_trace(&s);
	for (uint64_t t = 100; t < 150; t += 10) {
		busy(&s, "0", t, t + 10);
		wait_on(&s, 1, 0, set_of(&s, 1, 2), t, t + 10);
	}
	tell(&s, IDLE(1, 100, 150));
	finish(&s);
	ASSERT_TASK(&s, 1, .llc_ns = 20, .unknown_ns = 30);
	assert_int_equal(idleness_counts(s.idleness)->forced, 3);
	assert_int_equal(idleness_counts(s.idleness)->forced_ns, 30);
	assert_int_equal(idleness_cpu(s.idleness, 1)->idle_ns, 20);
	assert_int_equal(idleness_cpu(s.idleness, 1)->unknown_ns, 30);
	end(&s);
}

static void what_was_forgotten_is_unknown(void **state)
{
	struct scene s;

	begin(&s, "");
	s.options.spans_max = 16;
	begin_trace(&s);
	for (uint64_t t = 100; t < 200; t += 4) {
		tell(&s, IDLE(0, t, t + 2));
		busy(&s, "0", t + 2, t + 4);
	}
	wait_on(&s, 1, 0, USABLE_ONE, 100, 200);
	finish(&s);
	/* With the 17th span, at 166, only the last quarter of the time holds at most 8. */
	assert_int_equal(idleness_counts(s.idleness)->cut_ns, 50);
	ASSERT_TASK(&s, 1, .unknown_ns = 50, .own_ns = 24, .none_ns = 26);
	assert_int_equal(idleness_cpu(s.idleness, 0)->with_waiters_ns, 50);
	end(&s);
}

static void wall_time_counts_once_whoever_waits(void **state)
{
	struct scene s;

	begin(&s, "");
	machine_add_task(&s.host, 1, "near", 0, 0, "0-1");
	machine_add_task(&s.host, 2, "far", 0, 0, "0,4");
	begin_trace(&s);
	busy(&s, "0", 100, 200);
	tell(&s, IDLE(1, 100, 130));
	tell(&s, IDLE(4, 120, 160));
	busy(&s, "1", 130, 200);
	busy(&s, "4", 160, 200);
	wait_on(&s, 1, 0, set_of(&s, 1, 2), 110, 150); /* wasted: 110-130 */
	wait_on(&s, 2, 0, set_of(&s, 2, 2), 120, 140); /* 120-140 */
	wait_on(&s, 1, 0, set_of(&s, 1, 2), 125, 170); /* 125-130 */
	finish(&s);
	ASSERT_TASK(&s, 1, .llc_ns = 20 + 5, .none_ns = 20 + 40);
	ASSERT_TASK(&s, 2, .anywhere_ns = 20);
	assert_int_equal(idleness_cpu(s.idleness, 0)->with_waiters_ns, 60);
	assert_int_equal(idleness_cpu(s.idleness, 0)->wasted_ns, 30);
	assert_int_equal(idleness_cpu(s.idleness, 0)->parts.waited_ns, 40 + 20 + 45);
	end(&s);
}

static void single_nanoseconds_and_equal_times_are_exact(void **state)
{
	struct scene s;

	begin(&s, "");
	begin_trace(&s);
	busy(&s, "0", 100, 110);
	busy(&s, "0", 110, 110);
	tell(&s, IDLE(0, 110, 111));
	busy(&s, "0", 111, 200);
	wait_on(&s, 1, 0, USABLE_ONE, 109, 110);
	wait_on(&s, 2, 0, USABLE_ONE, 110, 111);
	wait_on(&s, 3, 0, USABLE_ONE, 111, 112);
	wait_on(&s, 4, 0, USABLE_ONE, 111, 111);
	finish(&s);
	ASSERT_TASK(&s, 1, .none_ns = 1);
	ASSERT_TASK(&s, 2, .own_ns = 1);
	ASSERT_TASK(&s, 3, .none_ns = 1);
	assert_null(idleness_task(s.idleness, 4));
	end(&s);
}

static void a_set_that_is_met_late_knows_what_was_before(void **state)
{
	struct scene s;

	begin(&s, "");
	machine_add_task(&s.host, 1, "two", 0, 0, "0-1");
	begin_trace(&s);
	busy(&s, "0", 100, 200);
	for (uint64_t t = 100; t < 200; t += 10) {
		tell(&s, IDLE(1, t, t + 5));
		busy(&s, "1", t + 5, t + 10);
	}
	wait_on(&s, 1, 0, set_of(&s, 1, 2), 190, 200);
	wait_on(&s, 1, 0, set_of(&s, 1, 2), 100, 200);
	finish(&s);
	ASSERT_TASK(&s, 1, .llc_ns = 5 + 50, .none_ns = 5 + 50);
	end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_nearest_idle_cpu_counts),
		cmocka_unit_test(without_topology_there_is_own_and_anywhere),
		cmocka_unit_test(an_idle_cpu_outside_the_mask_does_not_count),
		cmocka_unit_test(an_isolated_cpu_counts_only_for_who_waits_on_it),
		cmocka_unit_test(what_is_not_known_is_never_none),
		cmocka_unit_test(an_offline_cpu_is_not_usable),
		cmocka_unit_test(an_idle_slice_that_is_told_late_still_counts),
		cmocka_unit_test(a_wait_is_decided_at_the_end_with_what_was_told),
		cmocka_unit_test(past_the_limit_of_waits_the_late_cpu_is_unknown),
		cmocka_unit_test(what_was_forgotten_is_unknown),
		cmocka_unit_test(wall_time_counts_once_whoever_waits),
		cmocka_unit_test(single_nanoseconds_and_equal_times_are_exact),
		cmocka_unit_test(a_set_that_is_met_late_knows_what_was_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
