// SPDX-License-Identifier: GPL-2.0-only
/*
 * What ran beside a CPU's owner, and what that cost it, on literal streams. CPU 2 is the target;
 * OWNER is bound to it, A and B are not. Times are in ns.
 */
#include "unit/stream.h"

#include "analysis/interlopers.h"
#include "host/cpulist.h"

enum { OWNER = 1, SECOND, A, B };

#define QUEUED (SLICE_INVOLUNTARY | SLICE_LEFT_QUEUED)

static const struct event tasks[] = {
	TASK(OWNER, 1, 100, 100, "owner"),
	TASK(SECOND, 1, 101, 101, "second"),
	TASK(A, 1, 200, 200, "a"),
	TASK(B, 1, 300, 300, "b"),
};

struct scene {
	struct task_table tasks;
	hwloc_bitmap_t targets;
	struct blame *blame;
	struct visits *visits;
	struct interlopers r;
};

static void add(struct scene *s, const struct event *events, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct event *e = &events[i];
		bool wanted = hwloc_bitmap_isset(s->targets, e->cpu);

		assert_int_equal(blame_add(s->blame, e, wanted), 0);
		assert_int_equal(visits_add(s->visits, e), 0);
	}
}

static void open_scene(struct scene *s)
{
	const struct blame_options options = { .history = 10000, .pending = 10 };

	assert_int_equal(task_table_init(&s->tasks), 0);
	for (size_t i = 0; i < COUNT_OF(tasks); i++)
		assert_int_equal(task_table_put(&s->tasks, &tasks[i].identity), 0);
	s->tasks.tasks[OWNER].cpus_allowed = 1;
	s->tasks.tasks[SECOND].cpus_allowed = 1;
	s->targets = hwloc_bitmap_alloc();
	cpulist_parse(s->targets, "2");
	s->blame = blame_new(&options);
	s->visits = visits_new(VISITS_BY_TASK, s->targets);
	assert_true(s->blame && s->visits);
}

static void make(struct scene *s, const struct filter *asked, uint32_t rhythms)
{
	const struct owner_options options = { .asked = asked, .targets = s->targets };

	assert_int_equal(blame_finish(s->blame), 0);
	assert_int_equal(visits_finish(s->visits), 0);
	assert_int_equal(interlopers_make(&s->r, s->visits, s->blame, &s->tasks, &options, rhythms),
			 0);
}

static void play(struct scene *s, const struct event *events, size_t n)
{
	open_scene(s);
	add(s, events, n);
	make(s, NULL, 0);
}

#define PLAY(s, events) play(s, events, COUNT_OF(events))

static void end(struct scene *s)
{
	interlopers_free(&s->r);
	visits_free(s->visits);
	blame_free(s->blame);
	hwloc_bitmap_free(s->targets);
	task_table_free(&s->tasks);
}

static const struct interloper *row(const struct scene *s, uint32_t task)
{
	for (uint32_t i = 0; i < s->r.count; i++)
		if (s->r.list[i].visits->task == task)
			return &s->r.list[i];
	return NULL;
}

static void each_is_charged_with_what_its_slices_filled(void **state)
{
	const struct event events[] = {
		SLICE(A, 2, 100, 150),	    WOKEN(OWNER, 2, 130, 150, 200), /* 20 for A */
		WOKEN(B, 2, 190, 200, 210), /* its own wait is no owner's */
		WOKEN(A, 2, 205, 210, 240), WOKEN(OWNER, 2, 202, 240, 300), /* 8 for B, 30 for A */
	};
	struct scene s = {};

	PLAY(&s, events);
	assert_int_equal(s.r.rule, OWNER_BOUND);
	assert_int_equal(s.r.owner_count, 1);
	assert_int_equal(s.r.owners[0], OWNER);
	assert_int_equal(s.r.owners_run_ns, 50 + 60);
	assert_int_equal(s.r.owners_waits, 2);
	assert_int_equal(s.r.owners_delay_ns, 20 + 38);
	assert_int_equal(s.r.caused_ns, 58);
	assert_int_equal(s.r.run_ns, 50 + 10 + 30);
	assert_int_equal(s.r.count, 2);
	/* Most delay first. */
	assert_int_equal(s.r.list[0].visits->task, A);
	assert_int_equal(s.r.list[0].delay_ns, 50);
	assert_int_equal(s.r.list[0].waits, 2);
	assert_int_equal(s.r.list[0].worst_ns, 30);
	assert_int_equal(s.r.list[0].worst_since_ns, 202);
	assert_int_equal(s.r.list[0].visits->run_total_ns, 80);
	assert_int_equal(s.r.list[0].visits->visits, 2);
	assert_int_equal(s.r.list[1].visits->task, B);
	assert_int_equal(s.r.list[1].delay_ns, 8);
	assert_int_equal(s.r.list[1].waits, 1);
	end(&s);
}

static void both_kinds_of_delay_count_and_the_worst_is_of_either(void **state)
{
	const struct event events[] = {
		WOKEN(OWNER, 2, 90, 90, 100, .flags = QUEUED),
		WOKEN(A, 2, 95, 100, 160),
		PREEMPTED(OWNER, 2, 100, 160, 200), /* 60 */
		WOKEN(A, 2, 200, 200, 210),
		WOKEN(OWNER, 2, 205, 210, 220, .prev_out_ns = 200), /* 5 */
	};
	struct scene s = {};

	PLAY(&s, events);
	assert_int_equal(row(&s, A)->waits, 2);
	assert_int_equal(row(&s, A)->delay_ns, 65);
	assert_int_equal(row(&s, A)->worst_ns, 60);
	assert_int_equal(row(&s, A)->worst_since_ns, 100);
	end(&s);
}

static void the_worst_is_of_any_owner(void **state)
{
	const struct event events[] = {
		SLICE(A, 2, 100, 150),
		WOKEN(OWNER, 2, 110, 150, 160, .flags = QUEUED), /* 40, the worst */
		WOKEN(A, 2, 155, 160, 190),
		PREEMPTED(OWNER, 2, 160, 190, 195), /* 30 */
		WOKEN(A, 2, 192, 195, 230),
		WOKEN(SECOND, 2, 196, 230, 240), /* 34 */
	};
	struct scene s = {};

	PLAY(&s, events);
	assert_int_equal(row(&s, A)->waits, 3);
	assert_int_equal(row(&s, A)->worst_ns, 40);
	assert_int_equal(row(&s, A)->worst_since_ns, 110);
	end(&s);
}

static void a_visit_that_preemption_split_is_one_visit(void **state)
{
	const struct event events[] = {
		WOKEN(A, 2, 100, 100, 110, .flags = QUEUED),
		WOKEN(OWNER, 2, 105, 110, 130),
		PREEMPTED(A, 2, 110, 130, 150, .flags = QUEUED),
		WOKEN(OWNER, 2, 145, 150, 160, .prev_out_ns = 130),
		PREEMPTED(A, 2, 150, 160, 165),
	};
	struct scene s = {};

	PLAY(&s, events);
	assert_int_equal(row(&s, A)->visits->visits, 1);
	assert_int_equal(row(&s, A)->visits->slices, 3);
	assert_int_equal(row(&s, A)->visits->run_total_ns, 35);
	assert_int_equal(row(&s, A)->delay_ns, 5 + 5);
	end(&s);
}

static void what_owners_cost_each_other_is_caused_by_no_interloper(void **state)
{
	const struct event events[] = {
		SLICE(OWNER, 2, 100, 150),
		WOKEN(SECOND, 2, 110, 150, 170), /* 40 for the other owner */
		WOKEN(A, 2, 165, 170, 180),
		WOKEN(OWNER, 2, 160, 180, 190), /* 10 for the other owner, 10 for A */
	};
	struct scene s = {};

	PLAY(&s, events);
	assert_int_equal(s.r.owner_count, 2);
	assert_int_equal(s.r.owners[0], OWNER); /* by run time: 60 and 20 */
	assert_int_equal(s.r.owners[1], SECOND);
	assert_int_equal(s.r.owners_delay_ns, 60);
	assert_int_equal(s.r.caused_ns, 10);
	assert_int_equal(s.r.count, 1);
	assert_int_equal(s.r.run_ns, 10);
	end(&s);
}

static void idle_and_unknown_time_is_in_the_delay_and_nobodys(void **state)
{
	const struct event events[] = {
		IDLE(2, 100, 150),
		WOKEN(OWNER, 2, 140, 150, 160), /* 10 for the idle CPU */
		SLICE(A, 2, 160, 170),
		/* 170 to 190: nobody saw it. */
		WOKEN(OWNER, 2, 165, 190, 200, .prev_out_ns = 160),
	};
	struct scene s = {};

	PLAY(&s, events);
	assert_int_equal(s.r.owners_delay_ns, 10 + 25);
	assert_int_equal(s.r.caused_ns, 5);
	assert_int_equal(s.r.count, 1);
	assert_null(row(&s, TASK_IDLE));
	assert_null(row(&s, TASK_UNKNOWN));
	end(&s);
}

static void one_that_never_made_an_owner_wait_is_listed_last(void **state)
{
	const struct event events[] = {
		SLICE(B, 2, 100, 900),
		SLICE(A, 2, 900, 950),
		WOKEN(OWNER, 2, 949, 950, 960),
	};
	struct scene s = {};

	PLAY(&s, events);
	assert_int_equal(s.r.list[0].visits->task, A);
	assert_int_equal(s.r.list[1].visits->task, B);
	assert_int_equal(s.r.list[1].delay_ns, 0);
	assert_int_equal(s.r.list[1].waits, 0);
	assert_int_equal(s.r.list[1].worst_ns, 0);
	end(&s);
}

static void of_equal_delay_the_longer_run_goes_first_then_the_task(void **state)
{
	const struct event events[] = {
		SLICE(OWNER, 2, 10, 20),
		SLICE(A, 2, 100, 150),
		SLICE(SECOND, 2, 150, 200),
		SLICE(B, 2, 200, 300),
	};
	struct scene s = {};

	open_scene(&s);
	s.tasks.tasks[SECOND].cpus_allowed = 8;
	add(&s, events, COUNT_OF(events));
	make(&s, NULL, 0);
	assert_int_equal(s.r.count, 3);
	assert_int_equal(s.r.list[0].visits->task, B);
	assert_int_equal(s.r.list[1].visits->task, SECOND);
	assert_int_equal(s.r.list[2].visits->task, A);
	end(&s);
}

static void what_ran_elsewhere_is_stolen_from_nobody(void **state)
{
	const struct event events[] = {
		SLICE(A, 1, 100, 150),
		WOKEN(B, 1, 120, 150, 160),
		SLICE(A, 2, 200, 205),
		WOKEN(OWNER, 2, 201, 205, 210),
	};
	struct scene s = {};

	PLAY(&s, events);
	assert_int_equal(s.r.count, 1);
	assert_int_equal(row(&s, A)->visits->run_total_ns, 5);
	assert_int_equal(s.r.run_ns, 5);
	end(&s);
}

static void without_an_owner_everybody_is_listed_and_nobody_charged(void **state)
{
	const struct event events[] = {
		SLICE(A, 2, 100, 150),
		WOKEN(B, 2, 120, 150, 160),
	};
	struct scene s = {};

	PLAY(&s, events);
	assert_int_equal(s.r.rule, OWNER_NOBODY);
	assert_int_equal(s.r.owner_count, 0);
	assert_int_equal(s.r.owners_delay_ns, 0);
	assert_int_equal(s.r.caused_ns, 0);
	assert_int_equal(s.r.count, 2);
	assert_int_equal(s.r.run_ns, 60);
	end(&s);
}

static void the_one_asked_for_owns_and_the_bound_task_interlopes(void **state)
{
	const struct event events[] = {
		SLICE(OWNER, 2, 100, 150),
		WOKEN(A, 2, 120, 150, 160),
	};
	struct filter asked = {};
	struct scene s = {};

	assert_int_equal(filter_add_tasks(&asked, "a"), 0);
	open_scene(&s);
	add(&s, events, COUNT_OF(events));
	make(&s, &asked, 0);
	assert_int_equal(s.r.rule, OWNER_ASKED);
	assert_int_equal(s.r.owners[0], A);
	assert_int_equal(row(&s, OWNER)->delay_ns, 30);
	end(&s);
	filter_free(&asked);
}

static void a_rhythm_is_looked_for_as_often_as_asked(void **state)
{
	struct scene s = {};

	open_scene(&s);
	/* A comes every 1000 ns, B 300 ns behind it. */
	for (uint64_t at = 1000; at < 21000; at += 1000) {
		const struct event events[] = {
			WOKEN(A, 2, at, at, at + 100),
			WOKEN(OWNER, 2, at + 50, at + 100, at + 300),
			WOKEN(B, 2, at + 300, at + 300, at + 310),
			WOKEN(OWNER, 2, at + 305, at + 310, at + 320, .prev_out_ns = at + 300),
		};

		add(&s, events, COUNT_OF(events));
	}
	make(&s, NULL, 1);
	assert_int_equal(s.r.list[0].visits->task, A);
	assert_int_equal(s.r.list[0].delay_ns, 20 * 50);
	assert_true(s.r.list[0].is_rhythmic);
	assert_int_equal(s.r.list[0].rhythm.period_ns, 1000);
	assert_int_equal(s.r.list[0].rhythm.run_p50_ns, 100);
	assert_false(s.r.list[1].is_rhythmic);
	end(&s);
}

static void where_nobody_ran_there_is_nobody(void **state)
{
	const struct event events[] = { IDLE(2, 100, 200) };
	struct scene s = {};

	PLAY(&s, events);
	assert_int_equal(s.r.rule, OWNER_NOBODY);
	assert_int_equal(s.r.count, 0);
	end(&s);
}

int main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test(each_is_charged_with_what_its_slices_filled),
		cmocka_unit_test(both_kinds_of_delay_count_and_the_worst_is_of_either),
		cmocka_unit_test(the_worst_is_of_any_owner),
		cmocka_unit_test(a_visit_that_preemption_split_is_one_visit),
		cmocka_unit_test(what_owners_cost_each_other_is_caused_by_no_interloper),
		cmocka_unit_test(idle_and_unknown_time_is_in_the_delay_and_nobodys),
		cmocka_unit_test(one_that_never_made_an_owner_wait_is_listed_last),
		cmocka_unit_test(of_equal_delay_the_longer_run_goes_first_then_the_task),
		cmocka_unit_test(what_ran_elsewhere_is_stolen_from_nobody),
		cmocka_unit_test(without_an_owner_everybody_is_listed_and_nobody_charged),
		cmocka_unit_test(the_one_asked_for_owns_and_the_bound_task_interlopes),
		cmocka_unit_test(a_rhythm_is_looked_for_as_often_as_asked),
		cmocka_unit_test(where_nobody_ran_there_is_nobody),
	};

	return cmocka_run_group_tests_name("interlopers", all, NULL, NULL);
}
