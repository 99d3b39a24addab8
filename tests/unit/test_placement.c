// SPDX-License-Identifier: GPL-2.0-only
/* Where a wakeup put its task, and by which branch: the model, and what a trail of looks tells. */
#include "unit/stream.h"
#include "unit/machine.h"
#include "analysis/placement.h"

#define IDLE_AT(shift) (CPU_IS_IDLE << (shift))
#define BUSY_AT(shift) (CPU_IS_BUSY << (shift))
#define PREV_IDLE      (PLACED_SEEN | IDLE_AT(PLACED_PREV_SHIFT))
#define PREV_BUSY      (PLACED_SEEN | BUSY_AT(PLACED_PREV_SHIFT))
#define WAKER_IDLE_CPU IDLE_AT(PLACED_WAKER_SHIFT)
#define WAKER_BUSY_CPU BUSY_AT(PLACED_WAKER_SHIFT)

/* A wakeup from CPU w of a task that was on CPU p and was put on CPU c. */
#define WOKE(p, w, c, ...)                                                                         \
	(WOKEN(1, c, 100, 110, 120, .prev_cpu = (p), .waker_cpu = (w), .chosen_cpu = (c),          \
	       .recent_cpu = CPU_UNKNOWN, ##__VA_ARGS__)                                           \
		 .slice)

struct machine {
	struct host_snapshot host;
	struct placement_host *placement;
};

static struct machine machine_of(const char *isolated, const char *release)
{
	struct machine m;

	machine_make(&m.host, isolated, release);
	m.placement = placement_host_new(&m.host);
	assert_non_null(m.placement);
	return m;
}

static void machine_free(struct machine *m)
{
	placement_host_free(m->placement);
	host_snapshot_free(&m->host);
}

static void expect(const struct machine *m, struct slice s, enum placement_branch branch,
		   enum certainty certainty)
{
	struct placement_verdict v = placement_model(m->placement, &s);

	assert_string_equal(placement_branch_name(v.branch), placement_branch_name(branch));
	assert_int_equal(v.certainty, certainty);
}

static void a_class_says_where_the_chosen_cpu_lies_seen_from_the_previous_one(void **state)
{
	struct machine m = machine_of("", "6.1.0");
	const struct {
		struct slice slice;
		enum placement_class class;
	} cases[] = {
		{ WOKE(2, 0, 2), PLACEMENT_KEPT },
		{ WOKE(2, 0, 0), PLACEMENT_WAKER },
		{ WOKE(2, 4, 3), PLACEMENT_SIBLING },
		{ WOKE(6, 2, 3), PLACEMENT_SIBLING }, /* of the waker's */
		{ WOKE(2, 4, 1), PLACEMENT_LLC },
		{ WOKE(2, 1, 6), PLACEMENT_REMOTE },
		{ WOKE(2, 1, 6, .placed = PLACED_SEEN | PLACED_PINNED), PLACEMENT_PINNED },
		{ WOKE(2, 1, 2, .flags = SLICE_REQUEUED), PLACEMENT_REQUEUED },
		{ WOKE(2, 1, 2, .flags = SLICE_WOKEN_ON_CPU), PLACEMENT_RUNNING },
		{ WOKE(2, 4, 1, .flags = SLICE_WOKEN_ON_CPU), PLACEMENT_LLC },
		{ WOKE(2, 1, 6, .flags = SLICE_NEW), PLACEMENT_NEW },
		{ WOKE(CPU_UNKNOWN, 1, 6), PLACEMENT_UNKNOWN },
		{ WOKE(2, 1, 100), PLACEMENT_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_string_equal(
			placement_class_name(placement_class(m.placement, &cases[i].slice)),
			placement_class_name(cases[i].class));
	m.host.cpus[6].node = m.host.cpus[7].node = 0;
	placement_host_free(m.placement);
	m.placement = placement_host_new(&m.host);
	assert_int_equal(placement_class(m.placement, &WOKE(2, 1, 6)), PLACEMENT_NODE);
	machine_free(&m);
}

static void without_a_machine_only_what_the_event_tells_is_known(void **state)
{
	struct placement_host *nothing = placement_host_new(NULL);

	(void)state;
	assert_int_equal(placement_class(nothing, &WOKE(2, 0, 2)), PLACEMENT_KEPT);
	assert_int_equal(placement_class(nothing, &WOKE(2, 0, 5)), PLACEMENT_UNKNOWN);
	assert_int_equal(placement_model(nothing, &WOKE(2, 0, 2, .placed = PREV_IDLE)).branch,
			 BRANCH_PREV_IDLE);
	assert_int_equal(placement_model(nothing, &WOKE(2, 0, 5, .placed = PREV_BUSY)).branch,
			 BRANCH_UNKNOWN);
	assert_false(placement_is_isolated(nothing, 1));
	placement_host_free(nothing);
}

static void what_was_not_recorded_is_unknown(void **state)
{
	struct machine m = machine_of("", "6.1.0");
	struct event preempted = PREEMPTED(1, 2, 100, 110, 120);

	(void)state;
	expect(&m, WOKE(2, 0, 2), BRANCH_UNKNOWN, UNSURE);
	expect(&m, WOKE(2, 0, 2, .placed = PLACED_SEEN), BRANCH_UNKNOWN, UNSURE);
	expect(&m, preempted.slice, BRANCH_UNKNOWN, UNSURE);
	machine_free(&m);
}

static void no_choice_is_no_branch_of_the_search(void **state)
{
	struct machine m = machine_of("", "6.12.0");

	(void)state;
	expect(&m, WOKE(2, 0, 2, .placed = PREV_IDLE, .flags = SLICE_REQUEUED), BRANCH_REQUEUED,
	       SURE);
	expect(&m, WOKE(2, 0, 2, .placed = PREV_IDLE | PLACED_PINNED), BRANCH_PINNED, SURE);
	expect(&m, WOKE(2, 0, 5, .placed = PREV_IDLE | PLACED_OTHER_CLASS), BRANCH_OTHER_CLASS,
	       SURE);
	expect(&m, WOKE(2, 0, 5, .placed = PLACED_SEEN, .flags = SLICE_NEW), BRANCH_SLOW, SURE);
	expect(&m, WOKE(2, 0, 2, .placed = PLACED_SEEN | PLACED_PINNED, .flags = SLICE_NEW),
	       BRANCH_PINNED, SURE);
	expect(&m, WOKE(2, 0, 2, .placed = PREV_BUSY, .flags = SLICE_WOKEN_ON_CPU), BRANCH_ON_CPU,
	       UNSURE);
	machine_free(&m);
}

static void the_previous_cpu_is_kept_for_one_of_three_reasons(void **state)
{
	struct machine m = machine_of("", "6.1.0");
	const uint16_t by_worker = PREV_BUSY | WAKER_BUSY_CPU | PLACED_WAKER_PER_CPU;

	(void)state;
	expect(&m, WOKE(2, 0, 2, .placed = PREV_IDLE | WAKER_BUSY_CPU), BRANCH_PREV_IDLE, SURE);
	expect(&m, WOKE(2, 0, 2, .placed = PREV_BUSY | WAKER_BUSY_CPU), BRANCH_NONE_IDLE, SURE);
	expect(&m, WOKE(2, 2, 2, .placed = by_worker | PLACED_WAKER_ALONE), BRANCH_STACKED, SURE);
	/* With company on its CPU a worker gets no such favour; nor from another CPU. */
	expect(&m, WOKE(2, 2, 2, .placed = by_worker), BRANCH_NONE_IDLE, SURE);
	expect(&m, WOKE(2, 3, 2, .placed = by_worker | PLACED_WAKER_ALONE), BRANCH_NONE_IDLE, SURE);
	machine_free(&m);
}

static void the_wakers_cpu_is_the_target_idle_or_not(void **state)
{
	struct machine m = machine_of("", "6.1.0");

	(void)state;
	expect(&m, WOKE(2, 0, 0, .placed = PREV_BUSY | WAKER_IDLE_CPU), BRANCH_TARGET_IDLE, SURE);
	expect(&m, WOKE(2, 0, 0, .placed = PREV_BUSY | WAKER_BUSY_CPU), BRANCH_NONE_IDLE, SURE);
	expect(&m, WOKE(2, 0, 0, .placed = PREV_BUSY), BRANCH_UNKNOWN, UNSURE);
	machine_free(&m);
}

static void the_recently_used_cpu_is_looked_at_before_any_search(void **state)
{
	struct machine m = machine_of("1", "6.1.0");
	const uint16_t busy = PREV_BUSY | WAKER_BUSY_CPU;

	(void)state;
	expect(&m, WOKE(2, 0, 3, .placed = busy, .recent_cpu = 3), BRANCH_RECENT, SURE);
	expect(&m, WOKE(4, 6, 1, .placed = busy, .recent_cpu = 1), BRANCH_RECENT, SURE);
	machine_free(&m);
}

static void a_search_is_told_by_the_chosen_core_and_the_hint(void **state)
{
	struct machine m = machine_of("", "6.1.0"), old = machine_of("", "5.10.0");
	const uint16_t busy = PREV_BUSY | WAKER_BUSY_CPU;
	const uint16_t core_idle = busy | IDLE_AT(PLACED_CORE_SHIFT);
	const uint16_t core_busy = busy | BUSY_AT(PLACED_CORE_SHIFT);

	(void)state;
	expect(&m, WOKE(4, 0, 2, .placed = core_idle | PLACED_IDLE_CORES), BRANCH_IDLE_CORE, SURE);
	expect(&m, WOKE(4, 0, 2, .placed = core_idle | PLACED_NO_IDLE_CORES), BRANCH_IDLE_CPU,
	       UNSURE);
	expect(&m, WOKE(4, 0, 2, .placed = core_busy | PLACED_NO_IDLE_CORES), BRANCH_IDLE_CPU,
	       SURE);
	expect(&m, WOKE(4, 0, 2, .placed = busy), BRANCH_IDLE_CPU, UNSURE);
	/* Beside the previous CPU, before any other search, but only without an idle core. */
	expect(&m, WOKE(4, 6, 5, .placed = core_busy | PLACED_NO_IDLE_CORES), BRANCH_IDLE_SMT,
	       SURE);
	expect(&m, WOKE(4, 6, 5, .placed = core_busy | PLACED_IDLE_CORES), BRANCH_IDLE_CPU, UNSURE);
	/* 5.10 seeks a sibling last. */
	expect(&old, WOKE(4, 6, 5, .placed = core_busy | PLACED_NO_IDLE_CORES), BRANCH_IDLE_CPU,
	       UNSURE);
	/* In neither's cache: not by the fast path. */
	expect(&m, WOKE(4, 6, 2, .placed = core_busy), BRANCH_UNKNOWN, UNSURE);
	machine_free(&m);
	machine_free(&old);
}

static void a_previous_cpu_that_is_forbidden_leads_to_the_fallback(void **state)
{
	struct machine m = machine_of("1", "6.1.0");
	const uint16_t gone = PLACED_PREV_FORBIDDEN | WAKER_BUSY_CPU;

	(void)state;
	expect(&m, WOKE(0, 2, 1, .placed = PREV_IDLE | gone), BRANCH_FALLBACK, SURE);
	/* Busy, a search in its cache may have found one that is allowed. */
	expect(&m, WOKE(0, 2, 1, .placed = PREV_BUSY | gone), BRANCH_FALLBACK, UNSURE);
	expect(&m, WOKE(0, 2, 5, .placed = PREV_BUSY | gone), BRANCH_FALLBACK, SURE);
	machine_free(&m);
}

#define IDLE_LOOK(cpu) ((cpu) | CHOICE_IDLE)

static struct choice choice_of(uint16_t prev_cpu, uint16_t chosen_cpu, uint8_t looks,
			       const uint16_t *trail)
{
	struct choice c = { .task = 1,
			    .prev_cpu = prev_cpu,
			    .chosen_cpu = chosen_cpu,
			    .wake_flags = 8,
			    .looks = looks };

	for (int i = 0; trail && i < looks && i < CHOICE_TRAIL_MAX; i++)
		c.trail[i] = trail[i];
	return c;
}

#define TRAIL(...)                                                                                 \
	(const uint16_t[])                                                                         \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}

static void a_trail_of_looks_shows_the_branch(void **state)
{
	struct machine m = machine_of("", "6.1.0");
	const uint16_t busy = PREV_BUSY | WAKER_BUSY_CPU;
	const struct {
		struct slice slice;
		uint8_t looks;
		const uint16_t *trail;
		enum placement_branch branch;
	} cases[] = {
		{ WOKE(4, 0, 4, .placed = busy), 2, TRAIL(0, IDLE_LOOK(4)), BRANCH_PREV_IDLE },
		{ WOKE(4, 0, 0, .placed = busy), 1, TRAIL(IDLE_LOOK(0)), BRANCH_TARGET_IDLE },
		{ WOKE(4, 0, 4, .placed = busy), 4, TRAIL(0, 4, 4, 5), BRANCH_NONE_IDLE },
		{ WOKE(4, 0, 0, .placed = busy), 3, TRAIL(0, 4, 0), BRANCH_NONE_IDLE },
		{ WOKE(4, 0, 6, .placed = busy, .recent_cpu = 6), 4, TRAIL(0, 4, 4, IDLE_LOOK(6)),
		  BRANCH_RECENT },
		{ WOKE(4, 0, 5, .placed = busy), 4, TRAIL(0, 4, 4, IDLE_LOOK(5)), BRANCH_IDLE_SMT },
		{ WOKE(4, 0, 6, .placed = busy), 5, TRAIL(0, 4, 4, 5, IDLE_LOOK(6)),
		  BRANCH_IDLE_CPU },
		{ WOKE(4, 0, 6, .placed = busy), 5, TRAIL(0, 4, 4, IDLE_LOOK(6), IDLE_LOOK(7)),
		  BRANCH_IDLE_CORE },
		/* The core is told by its last CPU, whichever of the two is taken. */
		{ WOKE(4, 0, 7, .placed = busy), 5, TRAIL(0, 4, 4, IDLE_LOOK(6), IDLE_LOOK(7)),
		  BRANCH_IDLE_CORE },
		/* No whole core was idle: the first idle CPU that was met on the way. */
		{ WOKE(4, 0, 6, .placed = busy | PLACED_IDLE_CORES), 6,
		  TRAIL(0, 4, 5, IDLE_LOOK(6), 7, 4), BRANCH_IDLE_CPU },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct choice c =
			choice_of(4, cases[i].slice.chosen_cpu, cases[i].looks, cases[i].trail);
		struct placement_verdict v =
			placement_explain(m.placement, &cases[i].slice, &c, NULL);

		assert_string_equal(placement_branch_name(v.branch),
				    placement_branch_name(cases[i].branch));
		assert_int_equal(v.certainty, OBSERVED);
	}
	machine_free(&m);
}

static void an_override_of_the_choice_is_the_fallback(void **state)
{
	struct machine m = machine_of("1", "6.1.0");
	struct slice s = WOKE(0, 2, 1, .placed = PREV_BUSY | PLACED_PREV_FORBIDDEN);
	struct choice c = choice_of(0, 0, CHOICE_NO_TRAIL, NULL);
	struct placement_verdict v = placement_explain(m.placement, &s, &c, NULL);

	(void)state;
	assert_int_equal(v.branch, BRANCH_FALLBACK);
	assert_int_equal(v.certainty, OBSERVED);
	machine_free(&m);
}

static void without_a_trail_or_beyond_it_the_model_answers(void **state)
{
	struct machine m = machine_of("", "7.3.0");
	struct slice s = WOKE(4, 0, 4, .placed = PREV_IDLE | WAKER_BUSY_CPU);
	struct slice far =
		WOKE(4, 0, 2, .placed = PREV_BUSY | WAKER_BUSY_CPU | BUSY_AT(PLACED_CORE_SHIFT));
	struct choice none = choice_of(4, 4, CHOICE_NO_TRAIL, NULL);
	struct choice cut = choice_of(4, 2, CHOICE_TRAIL_MAX + 9, (const uint16_t[16]){ 0, 4 });
	struct placement_verdict v = placement_explain(m.placement, &s, &none, NULL);

	(void)state;
	assert_int_equal(v.branch, BRANCH_PREV_IDLE);
	assert_int_equal(v.certainty, SURE);
	v = placement_explain(m.placement, &far, &cut, NULL);
	assert_int_equal(v.branch, BRANCH_IDLE_CPU);
	assert_int_equal(v.certainty, SURE);
	v = placement_explain(m.placement, &s, NULL, NULL);
	assert_int_equal(v.branch, BRANCH_PREV_IDLE);
	machine_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_class_says_where_the_chosen_cpu_lies_seen_from_the_previous_one),
		cmocka_unit_test(without_a_machine_only_what_the_event_tells_is_known),
		cmocka_unit_test(what_was_not_recorded_is_unknown),
		cmocka_unit_test(no_choice_is_no_branch_of_the_search),
		cmocka_unit_test(the_previous_cpu_is_kept_for_one_of_three_reasons),
		cmocka_unit_test(the_wakers_cpu_is_the_target_idle_or_not),
		cmocka_unit_test(the_recently_used_cpu_is_looked_at_before_any_search),
		cmocka_unit_test(a_search_is_told_by_the_chosen_core_and_the_hint),
		cmocka_unit_test(a_previous_cpu_that_is_forbidden_leads_to_the_fallback),
		cmocka_unit_test(a_trail_of_looks_shows_the_branch),
		cmocka_unit_test(an_override_of_the_choice_is_the_fallback),
		cmocka_unit_test(without_a_trail_or_beyond_it_the_model_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
