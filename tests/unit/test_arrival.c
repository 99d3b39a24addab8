// SPDX-License-Identifier: GPL-2.0-only
/* How tasks came to isolated CPUs, why they stayed, and what let them in. CPU 1 is isolated. */
#include "unit/stream.h"
#include "unit/machine.h"
#include "analysis/trespass.h"

#define KTHREAD	 0x00200040u
#define EVERYONE 8

struct scene {
	struct host_snapshot host;
	struct placement_host *placement;
	hwloc_bitmap_t targets;
	struct task_table tasks;
	struct arrivals *arrivals;
	const struct arrival_row *const *rows;
	uint32_t count;
};

static void scene_begin(struct scene *s, const char *isolated, const char *targets)
{
	memset(s, 0, sizeof(*s));
	machine_make(&s->host, isolated, "6.1.0");
	s->placement = placement_host_new(&s->host);
	if (targets) {
		s->targets = hwloc_bitmap_alloc();
		cpulist_parse(s->targets, targets);
	}
	task_table_init(&s->tasks);
	s->arrivals = arrivals_new(s->placement, s->targets);
	assert_non_null(s->arrivals);
}

static void scene_play(struct scene *s, const struct event *events, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (events[i].type == EVENT_TASK)
			assert_int_equal(task_table_put(&s->tasks, &events[i].identity), 0);
		assert_int_equal(arrivals_add(s->arrivals, &events[i]), 0);
	}
	s->count = arrivals_finish(s->arrivals, &s->rows);
}

static void scene_end(struct scene *s)
{
	arrivals_free(s->arrivals);
	task_table_free(&s->tasks);
	placement_host_free(s->placement);
	host_snapshot_free(&s->host);
	hwloc_bitmap_free(s->targets);
}

#define WHO(id, tid_, comm_, flags_, allowed)                                                      \
	((struct event){ .type = EVENT_TASK,                                                       \
			 .identity = { .task = (id),                                               \
				       .tid = (tid_),                                              \
				       .pid = (tid_),                                              \
				       .comm = comm_,                                              \
				       .flags = (flags_),                                          \
				       .cpus_allowed = (allowed) } })

/* On an isolated CPU, where it need not be. */
#define GUEST(cpu, waking, start, end, prev, ...)                                                  \
	WOKEN(1, cpu, waking, start, end, .prev_cpu = (prev), .chosen_cpu = (cpu), .waker_cpu = 0, \
	      .recent_cpu = CPU_UNKNOWN, .flags = SLICE_MOVABLE, ##__VA_ARGS__)

#define PREV_IDLE (PLACED_SEEN | CPU_IS_IDLE << PLACED_PREV_SHIFT)
#define PREV_BUSY (PLACED_SEEN | CPU_IS_BUSY << PLACED_PREV_SHIFT)

static void who_was_there_before_the_trace_only_stays(void **state)
{
	const struct event events[] = {
		WHO(1, 41, "ksmd", KTHREAD, EVERYONE),
		GUEST(1, 100, 110, 150, 1, .placed = PREV_IDLE),
		GUEST(1, 200, 210, 270, 1, .placed = PREV_IDLE),
		GUEST(1, 300, 310, 320, 1, .placed = PREV_BUSY),
	};
	const struct arrival_row *row;
	struct scene s;

	(void)state;
	scene_begin(&s, "1", NULL);
	scene_play(&s, events, COUNT_OF(events));
	assert_int_equal(s.count, 1);
	row = s.rows[0];
	assert_int_equal(row->cpu, 1);
	assert_true(row->isolated);
	assert_int_equal(row->slices, 3);
	assert_int_equal(row->run_ns, 40 + 60 + 10);
	assert_int_equal(row->run_max_ns, 60);
	assert_int_equal(row->stays, 3);
	assert_int_equal(row->residences, 1);
	assert_int_equal(row->doors[DOOR_BEFORE], 1);
	assert_int_equal(row->longest.arrival.door, DOOR_BEFORE);
	assert_int_equal(row->longest.arrival.time_ns, 0);
	assert_int_equal(row->longest.stay_branches[BRANCH_PREV_IDLE], 2);
	assert_int_equal(row->longest.stay_branches[BRANCH_NONE_IDLE], 1);
	assert_false(row->longest.left);
	scene_end(&s);
}

static void an_arrival_by_a_wakeup_tells_the_branch_and_the_waker(void **state)
{
	const struct event events[] = {
		WHO(1, 41, "ksmd", KTHREAD, EVERYONE),
		WOKEN(1, 2, 50, 60, 70, .prev_cpu = 2, .chosen_cpu = 2, .placed = PREV_IDLE),
		GUEST(1, 100, 110, 150, 2, .placed = PREV_BUSY, .recent_cpu = 1, .waker = 9,
		      .context = WAKER_IDLE),
		GUEST(1, 200, 210, 270, 1, .placed = PREV_IDLE),
	};
	const struct arrival *a;
	struct scene s;

	(void)state;
	scene_begin(&s, "1", NULL);
	scene_play(&s, events, COUNT_OF(events));
	assert_int_equal(s.count, 1);
	assert_int_equal(s.rows[0]->doors[DOOR_WAKEUP], 1);
	assert_int_equal(s.rows[0]->stays, 1);
	a = &s.rows[0]->first.arrival;
	assert_int_equal(a->door, DOOR_WAKEUP);
	assert_int_equal(a->verdict.branch, BRANCH_RECENT);
	assert_int_equal(a->time_ns, 100);
	assert_int_equal(a->from_cpu, 2);
	assert_int_equal(a->by, 9);
	assert_int_equal(a->by_cpu, 0);
	assert_int_equal(a->context, WAKER_IDLE);
	scene_end(&s);
}

static void a_move_is_told_by_who_made_it(void **state)
{
	const struct {
		uint8_t flags;
		enum arrival_door door;
	} cases[] = {
		{ 0, DOOR_UNKNOWN },
		{ MOVE_SEEN, DOOR_BALANCE },
		{ MOVE_SEEN | MOVE_BY_STOPPER, DOOR_STOPPER },
		{ MOVE_SEEN | MOVE_BY_STOPPER | MOVE_FROM_FORBIDDEN, DOOR_AFFINITY },
		{ MOVE_SEEN | MOVE_BY_STOPPER | MOVE_NUMA, DOOR_NUMA },
		{ MOVE_SEEN | MOVE_BY_STOPPER | MOVE_NUMA_SWAP, DOOR_NUMA },
		{ MOVE_SEEN | MOVE_BY_STOPPER | MOVE_EXEC, DOOR_EXEC },
		{ MOVE_SEEN | MOVE_BY_STOPPER | MOVE_HOTPLUG, DOOR_HOTPLUG },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct event events[] = {
			WHO(1, 700, "reader", 0, EVERYONE),
			SLICE(1, 2, 50, 70),
			{ .type = EVENT_MOVE,
			  .time_ns = 80,
			  .cpu = 2,
			  .move = { .task = 1,
				    .by = 5,
				    .from = 2,
				    .to = 1,
				    .on_rq = 2,
				    .flags = cases[i].flags } },
			PREEMPTED(1, 1, 70, 90, 190, .flags = SLICE_MOVABLE),
		};
		struct scene s;

		scene_begin(&s, "1", NULL);
		scene_play(&s, events, COUNT_OF(events));
		assert_int_equal(s.count, 1);
		assert_string_equal(arrival_door_name(s.rows[0]->first.arrival.door),
				    arrival_door_name(cases[i].door));
		assert_int_equal(s.rows[0]->first.arrival.time_ns, 80);
		assert_int_equal(s.rows[0]->first.arrival.from_cpu, 2);
		assert_int_equal(s.rows[0]->first.arrival.by, 5);
		assert_int_equal(s.rows[0]->stays, 0);
		scene_end(&s);
	}
}

static void an_affinity_change_while_asleep_shows_as_the_fallback(void **state)
{
	const struct event events[] = {
		WHO(1, 41, "ksmd", KTHREAD, EVERYONE),
		GUEST(1, 100, 110, 150, 0, .placed = PREV_IDLE | PLACED_PREV_FORBIDDEN),
	};
	struct scene s;

	(void)state;
	scene_begin(&s, "1", NULL);
	scene_play(&s, events, COUNT_OF(events));
	assert_int_equal(s.rows[0]->first.arrival.door, DOOR_FALLBACK);
	assert_int_equal(trespass_cause(&s.rows[0]->first.arrival, 1, task_table_get(&s.tasks, 1),
					s.placement, &s.host)
				 .cause,
			 CAUSE_AFFINITY);
	scene_end(&s);
}

static void leaving_ends_a_residence_and_coming_back_begins_another(void **state)
{
	const struct event events[] = {
		WHO(1, 41, "ksmd", KTHREAD, EVERYONE),
		GUEST(1, 100, 110, 150, 1, .placed = PREV_IDLE),
		WOKEN(1, 2, 200, 210, 220, .prev_cpu = 1, .chosen_cpu = 2, .placed = PREV_BUSY),
		GUEST(1, 300, 310, 410, 2, .placed = PREV_BUSY, .recent_cpu = 1),
		GUEST(1, 500, 510, 520, 1, .placed = PREV_IDLE),
	};
	const struct arrival_row *row;
	struct scene s;

	(void)state;
	scene_begin(&s, "1", NULL);
	scene_play(&s, events, COUNT_OF(events));
	assert_int_equal(s.count, 1);
	row = s.rows[0];
	assert_int_equal(row->residences, 2);
	assert_int_equal(row->doors[DOOR_BEFORE], 1);
	assert_int_equal(row->doors[DOOR_WAKEUP], 1);
	assert_true(row->first.left);
	assert_int_equal(row->first.run_ns, 40);
	assert_false(row->longest.left);
	assert_int_equal(row->longest.run_ns, 110);
	assert_int_equal(row->longest.stays, 1);
	scene_end(&s);
}

static void being_away_where_nothing_was_traced_is_seen_by_the_wakeup(void **state)
{
	const struct event events[] = {
		WHO(1, 41, "ksmd", KTHREAD, EVERYONE),
		GUEST(1, 100, 110, 150, 1, .placed = PREV_IDLE),
		GUEST(1, 300, 310, 320, 3, .placed = PREV_BUSY, .recent_cpu = 1),
	};
	struct scene s;

	(void)state;
	scene_begin(&s, "1", "1");
	scene_play(&s, events, COUNT_OF(events));
	assert_int_equal(s.rows[0]->residences, 2);
	assert_int_equal(s.rows[0]->doors[DOOR_WAKEUP], 1);
	scene_end(&s);
}

static void coming_back_as_one_that_is_bound_ends_the_residence_before(void **state)
{
	const struct event events[] = {
		WHO(1, 41, "ksmd", KTHREAD, EVERYONE),
		GUEST(1, 100, 110, 150, 1, .placed = PREV_IDLE),
		WOKEN(1, 1, 300, 310, 320, .prev_cpu = 3, .chosen_cpu = 1,
		      .placed = PREV_BUSY | PLACED_PINNED),
		GUEST(1, 400, 410, 420, 1, .placed = PREV_IDLE),
	};
	struct scene s;

	(void)state;
	scene_begin(&s, "1", "1");
	scene_play(&s, events, COUNT_OF(events));
	assert_int_equal(s.rows[0]->residences, 2);
	assert_int_equal(s.rows[0]->doors[DOOR_BEFORE], 1);
	assert_int_equal(s.rows[0]->doors[DOOR_FALLBACK], 1);
	assert_true(s.rows[0]->first.left);
	scene_end(&s);
}

static void preemption_goes_on_with_the_same_residence(void **state)
{
	const struct event events[] = {
		WHO(1, 41, "ksmd", KTHREAD, EVERYONE),
		GUEST(1, 100, 110, 150, 1, .placed = PREV_IDLE),
		PREEMPTED(1, 1, 150, 170, 190, .flags = SLICE_MOVABLE),
		PREEMPTED(1, 1, 190, 195, 200, .flags = SLICE_MOVABLE | SLICE_GAP),
	};
	struct scene s;

	(void)state;
	scene_begin(&s, "1", NULL);
	scene_play(&s, events, COUNT_OF(events));
	assert_int_equal(s.rows[0]->residences, 1);
	assert_int_equal(s.rows[0]->stays, 1);
	assert_int_equal(s.rows[0]->slices, 3);
	assert_int_equal(s.rows[0]->run_ns, 40 + 20); /* a gap's length is no fact */
	scene_end(&s);
}

static void who_was_bound_there_and_freed_came_by_the_binding(void **state)
{
	const struct event events[] = {
		WHO(1, 41, "ksmd", KTHREAD, EVERYONE),
		WOKEN(1, 2, 50, 60, 70, .prev_cpu = 2, .chosen_cpu = 2, .placed = PREV_IDLE),
		WOKEN(1, 1, 100, 110, 150, .prev_cpu = 2, .chosen_cpu = 1,
		      .placed = PREV_IDLE | PLACED_PINNED),
		WOKEN(1, 1, 200, 210, 250, .prev_cpu = 1, .chosen_cpu = 1,
		      .placed = PREV_IDLE | PLACED_PINNED),
		GUEST(1, 300, 310, 350, 1, .placed = PREV_IDLE),
		GUEST(1, 400, 410, 450, 1, .placed = PREV_IDLE),
	};
	struct scene s;

	(void)state;
	scene_begin(&s, "1", NULL);
	scene_play(&s, events, COUNT_OF(events));
	assert_int_equal(s.count, 1);
	assert_int_equal(s.rows[0]->slices, 2);
	assert_int_equal(s.rows[0]->stays, 2);
	assert_int_equal(s.rows[0]->first.arrival.door, DOOR_FALLBACK);
	assert_int_equal(s.rows[0]->first.arrival.time_ns, 100);
	assert_int_equal(s.rows[0]->first.arrival.from_cpu, 2);
	scene_end(&s);
}

static void bound_and_idle_tasks_are_no_guests(void **state)
{
	const struct event events[] = {
		WHO(1, 18, "migration/1", KTHREAD, 1),
		WOKEN(1, 1, 100, 110, 150, .prev_cpu = 1, .chosen_cpu = 1),
		IDLE(1, 150, 200),
		WHO(2, 900, "shell", 0, EVERYONE),
		WOKEN(2, 3, 100, 110, 150, .prev_cpu = 3, .chosen_cpu = 3),
	};
	struct scene s;

	(void)state;
	scene_begin(&s, "1", NULL);
	scene_play(&s, events, COUNT_OF(events));
	assert_int_equal(s.count, 0);
	scene_end(&s);
}

static void on_a_target_cpu_that_is_not_isolated_the_mask_decides(void **state)
{
	const struct event events[] = {
		WHO(1, 18, "migration/3", KTHREAD, 1),
		WHO(2, 900, "shell", 0, EVERYONE),
		WOKEN(1, 3, 90, 95, 99, .prev_cpu = 3, .chosen_cpu = 3),
		WOKEN(2, 3, 100, 110, 150, .prev_cpu = 2, .chosen_cpu = 3, .placed = PREV_BUSY,
		      .flags = SLICE_MOVABLE),
	};
	struct scene s;

	(void)state;
	scene_begin(&s, "", "3");
	scene_play(&s, events, COUNT_OF(events));
	assert_int_equal(s.count, 1);
	assert_int_equal(s.rows[0]->task, 2);
	assert_false(s.rows[0]->isolated);
	scene_end(&s);
}

static void a_fork_is_born_where_its_parent_was(void **state)
{
	const struct event events[] = {
		WHO(1, 950, "worker", KTHREAD, EVERYONE),
		GUEST(1, 100, 110, 150, 1, .placed = PLACED_SEEN, .waker = 3,
		      .flags = SLICE_NEW | SLICE_MOVABLE),
	};
	struct scene s;

	(void)state;
	scene_begin(&s, "1", NULL);
	scene_play(&s, events, COUNT_OF(events));
	assert_int_equal(s.rows[0]->first.arrival.door, DOOR_FORK);
	assert_int_equal(s.rows[0]->first.arrival.from_cpu, 1);
	assert_int_equal(s.rows[0]->stays, 0);
	scene_end(&s);
}

static void the_cause_of_an_arrival_before_the_trace_is_concluded_from_the_snapshot(void **state)
{
	const struct arrival before = { .door = DOOR_BEFORE };
	const struct task_identity ksmd = { .tid = 41, .flags = KTHREAD, .cpus_allowed = 8 };
	const struct task_identity kswapd = { .tid = 60, .flags = KTHREAD, .cpus_allowed = 4 };
	const struct task_identity shell = { .tid = 900, .cpus_allowed = 8 };
	struct trespass_verdict v;
	struct scene s;

	(void)state;
	scene_begin(&s, "0-1,4-6", NULL);
	machine_add_task(&s.host, 2, "kthreadd", KTHREAD, 1, "0-7");
	machine_add_task(&s.host, 41, "ksmd", KTHREAD, 0, "0-7");
	machine_add_task(&s.host, 60, "kswapd1", KTHREAD, 5, "4-7");
	machine_add_task(&s.host, 900, "shell", 0, 0, "0-7");
	v = trespass_cause(&before, 0, &ksmd, s.placement, &s.host);
	assert_int_equal(v.cause, CAUSE_BOOT_CPU);
	assert_false(v.certain);
	assert_int_equal(trespass_cause(&before, 1, &ksmd, s.placement, &s.host).cause,
			 CAUSE_BORN_THERE); /* kthreadd is there */
	assert_int_equal(trespass_cause(&before, 5, &ksmd, s.placement, &s.host).cause,
			 CAUSE_UNKNOWN);
	assert_int_equal(trespass_cause(&before, 5, &kswapd, s.placement, &s.host).cause,
			 CAUSE_NODE_THREAD);
	assert_int_equal(trespass_cause(&before, 0, &shell, s.placement, &s.host).cause,
			 CAUSE_UNKNOWN);
	assert_int_equal(trespass_cause(&before, 0, &ksmd, s.placement, NULL).cause, CAUSE_UNKNOWN);
	scene_end(&s);
}

static void the_cause_of_a_wakeups_arrival_is_its_branch(void **state)
{
	const struct task_identity ksmd = { .tid = 41, .flags = KTHREAD, .cpus_allowed = 8 };
	const struct {
		struct arrival arrival;
		enum trespass_cause cause;
	} cases[] = {
		{ { .door = DOOR_WAKEUP, .verdict = { BRANCH_RECENT, SURE }, .from_cpu = 2 },
		  CAUSE_LLC_ID },
		{ { .door = DOOR_WAKEUP, .verdict = { BRANCH_IDLE_SMT, SURE }, .from_cpu = 0 },
		  CAUSE_SMT_CHECK },
		{ { .door = DOOR_WAKEUP, .verdict = { BRANCH_IDLE_CPU, UNSURE }, .from_cpu = 0 },
		  CAUSE_SMT_CHECK },
		{ { .door = DOOR_WAKEUP, .verdict = { BRANCH_IDLE_CORE, SURE }, .from_cpu = 2 },
		  CAUSE_CORE_CHECK },
		{ { .door = DOOR_WAKEUP, .verdict = { BRANCH_UNKNOWN, UNSURE }, .from_cpu = 2 },
		  CAUSE_UNKNOWN },
		{ { .door = DOOR_NUMA, .from_cpu = 2 }, CAUSE_NUMA },
		{ { .door = DOOR_FORK, .from_cpu = 1 }, CAUSE_BORN_THERE },
		{ { .door = DOOR_STOPPER, .from_cpu = 2 }, CAUSE_STOPPER },
		{ { .door = DOOR_BALANCE, .from_cpu = 2 }, CAUSE_UNKNOWN },
	};
	struct scene s;

	(void)state;
	scene_begin(&s, "1", NULL);
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_string_equal(trespass_cause_name(trespass_cause(&cases[i].arrival, 1, &ksmd,
								       s.placement, &s.host)
								.cause),
				    trespass_cause_name(cases[i].cause));
	scene_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_was_there_before_the_trace_only_stays),
		cmocka_unit_test(an_arrival_by_a_wakeup_tells_the_branch_and_the_waker),
		cmocka_unit_test(a_move_is_told_by_who_made_it),
		cmocka_unit_test(an_affinity_change_while_asleep_shows_as_the_fallback),
		cmocka_unit_test(leaving_ends_a_residence_and_coming_back_begins_another),
		cmocka_unit_test(being_away_where_nothing_was_traced_is_seen_by_the_wakeup),
		cmocka_unit_test(coming_back_as_one_that_is_bound_ends_the_residence_before),
		cmocka_unit_test(preemption_goes_on_with_the_same_residence),
		cmocka_unit_test(who_was_bound_there_and_freed_came_by_the_binding),
		cmocka_unit_test(bound_and_idle_tasks_are_no_guests),
		cmocka_unit_test(on_a_target_cpu_that_is_not_isolated_the_mask_decides),
		cmocka_unit_test(a_fork_is_born_where_its_parent_was),
		cmocka_unit_test(
			the_cause_of_an_arrival_before_the_trace_is_concluded_from_the_snapshot),
		cmocka_unit_test(the_cause_of_a_wakeups_arrival_is_its_branch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
