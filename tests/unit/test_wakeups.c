// SPDX-License-Identifier: GPL-2.0-only
/*
 * Wakeups counted by where they put their tasks, on literal streams. The machine: CPUs 0-7, SMT
 * siblings 0-1, 2-3, ...; a last-level cache and a node for each four; CPUs 6 and 7 are isolated.
 */
#include "unit/stream.h"

#include <stdlib.h>

#include "analysis/wakeups.h"
#include "host/snapshot.h"

#define TASKS_AND_CPUS (1 << WAKEUPS_BY_TASK | 1 << WAKEUPS_BY_CPU)
#define CPUS	       8

/* Woken at waking_ by a task, previous CPU to chosen one, where it then ran. */
#define FROM_TO(task, from, to, waking, start, end, ...)                                           \
	WOKEN(task, to, waking, start, end, .prev_cpu = (from), .chosen_cpu = (to), .waker = 50,   \
	      .waker_cpu = 5, .context = WAKER_TASK, ##__VA_ARGS__)

struct machine {
	struct host_cpu cpus[CPUS];
	struct host_snapshot host;
	struct placement_host *placement;
	struct wakeups *wakeups;
};

static void machine_init(struct machine *m, const struct event *events, size_t n,
			 unsigned int tables)
{
	*m = (struct machine){ .host = { .cpu_count = CPUS, .cpus = m->cpus, .node_count = 2 } };
	m->host.online = hwloc_bitmap_alloc();
	m->host.possible = hwloc_bitmap_alloc();
	m->host.present = hwloc_bitmap_alloc();
	m->host.nohz_full = hwloc_bitmap_alloc();
	m->host.isolated = hwloc_bitmap_alloc();
	hwloc_bitmap_set_range(m->host.online, 0, CPUS - 1);
	hwloc_bitmap_set_range(m->host.possible, 0, CPUS - 1);
	hwloc_bitmap_set_range(m->host.present, 0, CPUS - 1);
	hwloc_bitmap_set_range(m->host.isolated, 6, 7);
	for (int i = 0; i < CPUS; i++) {
		m->cpus[i] = (struct host_cpu){ .core = i / 2, .llc = i / 4, .node = i / 4 };
		m->cpus[i].siblings = hwloc_bitmap_alloc();
		hwloc_bitmap_set_range(m->cpus[i].siblings, i & ~1, i | 1);
	}
	m->placement = placement_host_new(&m->host);
	m->wakeups = wakeups_new(m->placement, tables);
	assert_non_null(m->wakeups);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(wakeups_add(m->wakeups, &events[i]), 0);
	assert_int_equal(wakeups_finish(m->wakeups), 0);
}

static void machine_free(struct machine *m)
{
	wakeups_free(m->wakeups);
	placement_host_free(m->placement);
	for (int i = 0; i < CPUS; i++)
		hwloc_bitmap_free(m->cpus[i].siblings);
	hwloc_bitmap_free(m->host.online);
	hwloc_bitmap_free(m->host.possible);
	hwloc_bitmap_free(m->host.present);
	hwloc_bitmap_free(m->host.nohz_full);
	hwloc_bitmap_free(m->host.isolated);
}

#define MACHINE(m, events) machine_init(m, events, COUNT_OF(events), TASKS_AND_CPUS)

/* The row of a task and CPU; TASK_UNKNOWN, CPU_UNKNOWN where the table is not by them. */
static const struct wakeups_row *row_of(const struct machine *m, enum wakeups_by by, uint32_t task,
					uint16_t cpu)
{
	const struct wakeups_row *const *rows;
	uint32_t n = wakeups_rows(m->wakeups, by, &rows);

	for (uint32_t i = 0; i < n; i++)
		if (rows[i]->task == task && rows[i]->cpu == cpu)
			return rows[i];
	return NULL;
}

static const struct wakeups_row *task_row(const struct machine *m, uint32_t task)
{
	const struct wakeups_row *row = row_of(m, WAKEUPS_BY_TASK, task, CPU_UNKNOWN);

	assert_non_null(row);
	return row;
}

static const struct wakeups_row *cpu_row(const struct machine *m, uint16_t cpu)
{
	const struct wakeups_row *row = row_of(m, WAKEUPS_BY_CPU, TASK_UNKNOWN, cpu);

	assert_non_null(row);
	return row;
}

static void every_wakeup_has_one_class_and_its_delay(void **state)
{
	const struct event events[] = {
		FROM_TO(1, 0, 0, 100, 110, 120),			  /* kept: 10 */
		FROM_TO(1, 0, 0, 130, 150, 160, .prev_out_ns = 120),	  /* kept: 20 */
		FROM_TO(1, 0, 5, 170, 171, 180, .prev_out_ns = 160),	  /* waker: 1 */
		FROM_TO(1, 5, 4, 190, 192, 200, .waker_cpu = 0),	  /* sibling: 2 */
		FROM_TO(1, 0, 2, 210, 213, 220),			  /* llc: 3 */
		FROM_TO(2, 0, 6, 300, 307, 310),			  /* remote: 7 */
		FROM_TO(2, 6, 6, 320, 324, 330, .flags = SLICE_REQUEUED), /* 4 */
		FROM_TO(2, 6, 6, 340, 345, 350, .placed = PLACED_SEEN | PLACED_PINNED), /* 5 */
		FROM_TO(3, 0, 1, 400, 406, 410, .flags = SLICE_NEW),			/* 6 */
	};
	struct machine m;
	const struct wakeups_row *row;

	MACHINE(&m, events);
	row = task_row(&m, 1);
	assert_int_equal(row->wakeups, 5);
	assert_int_equal(row->classes[PLACEMENT_KEPT], 2);
	assert_int_equal(row->classes[PLACEMENT_WAKER], 1);
	assert_int_equal(row->classes[PLACEMENT_SIBLING], 1);
	assert_int_equal(row->classes[PLACEMENT_LLC], 1);
	assert_int_equal(row->class_delay[PLACEMENT_KEPT].count, 2);
	assert_int_equal(row->class_delay[PLACEMENT_KEPT].sum_ns, 30);
	assert_int_equal(row->class_delay[PLACEMENT_KEPT].max_ns, 20);
	assert_int_equal(row->class_delay[PLACEMENT_LLC].max_ns, 3);
	assert_int_equal(row->delay.count, 5);
	assert_int_equal(row->delay.sum_ns, 36);
	assert_int_equal(row->main_class, PLACEMENT_KEPT);
	row = task_row(&m, 2);
	assert_int_equal(row->classes[PLACEMENT_REMOTE], 1);
	assert_int_equal(row->classes[PLACEMENT_REQUEUED], 1);
	assert_int_equal(row->classes[PLACEMENT_PINNED], 1);
	assert_int_equal(row->branches[BRANCH_REQUEUED][SURE], 1);
	assert_int_equal(row->branches[BRANCH_PINNED][SURE], 1);
	assert_int_equal(task_row(&m, 3)->classes[PLACEMENT_NEW], 1);
	row = wakeups_total(m.wakeups);
	assert_int_equal(row->wakeups, 9);
	assert_int_equal(row->delay.count, 9);
	assert_int_equal(row->delay.sum_ns, 58);
	assert_int_equal(row->certain[OBSERVED] + row->certain[SURE] + row->certain[UNSURE] +
				 row->branch_unknown,
			 9);
	machine_free(&m);
}

static void rows_per_cpu_count_where_the_task_ran(void **state)
{
	/* Woken onto 2, moved on to 3 before it ran. */
	struct event moved = FROM_TO(1, 0, 2, 100, 110, 120, .moves = 1);
	struct machine m;

	moved.cpu = 3;
	machine_init(&m, &moved, 1, TASKS_AND_CPUS | 1 << WAKEUPS_BY_TASK_CPU);
	assert_null(row_of(&m, WAKEUPS_BY_CPU, TASK_UNKNOWN, 2));
	assert_int_equal(cpu_row(&m, 3)->wakeups, 1);
	assert_int_equal(cpu_row(&m, 3)->pairs[0].from, 0);
	assert_int_equal(cpu_row(&m, 3)->pairs[0].to, 2);
	assert_int_equal(row_of(&m, WAKEUPS_BY_TASK_CPU, 1, 3)->wakeups, 1);
	assert_int_equal(wakeups_total(m.wakeups)->wakeups, 1);
	machine_free(&m);
}

static void what_no_wakeup_led_to_or_was_not_observed_is_no_wakeup(void **state)
{
	const struct event events[] = {
		IDLE(0, 0, 100),
		PREEMPTED(1, 0, 90, 100, 110),
		/* Its chosen CPU, its waking, or how it began at all is not known. */
		WOKEN(1, 0, 115, 120, 130),
		SLICE(1, 0, 140, 150, .kind = DELAY_WAKE, .prev_cpu = 0, .chosen_cpu = 0),
		SLICE(1, 0, 160, 170, .flags = SLICE_CUT_START),
		TASK(1, 170, 11, 11, "a"),
		LOST(0, 170, 180, LOST_SLICE, 3),
	};
	struct machine m;
	const struct wakeups_row *const *rows;

	MACHINE(&m, events);
	assert_int_equal(wakeups_rows(m.wakeups, WAKEUPS_BY_TASK, &rows), 0);
	assert_int_equal(wakeups_total(m.wakeups)->wakeups, 0);
	assert_int_equal(wakeups_total(m.wakeups)->delay.count, 0);
	assert_int_equal(wakeups_unobserved(m.wakeups), 3);
	machine_free(&m);
}

static void spare_wakeups_are_counted_apart_whatever_the_slice_began_by(void **state)
{
	const struct event events[] = {
		FROM_TO(1, 0, 0, 100, 110, 120, .spare_wakes = 2),
		PREEMPTED(1, 0, 120, 130, 140, .spare_wakes = 3),
		SLICE(1, 0, 150, 160, .spare_wakes = 4),
	};
	struct machine m;

	MACHINE(&m, events);
	assert_int_equal(task_row(&m, 1)->wakeups, 1);
	assert_int_equal(task_row(&m, 1)->spare_wakes, 9);
	assert_int_equal(cpu_row(&m, 0)->spare_wakes, 9);
	assert_int_equal(wakeups_total(m.wakeups)->spare_wakes, 9);
	machine_free(&m);
}

static void a_wait_cut_by_the_end_is_a_wakeup_without_a_delay(void **state)
{
	const struct event events[] = {
		FROM_TO(1, 0, 0, 100, 110, 120),
		WAITING(1, 2, 1000, .kind = DELAY_WAKE, .waking_ns = 130, .prev_out_ns = 120,
			.prev_cpu = 0, .chosen_cpu = 2, .waker = TASK_UNKNOWN),
	};
	struct machine m;

	MACHINE(&m, events);
	assert_int_equal(task_row(&m, 1)->wakeups, 2);
	assert_int_equal(task_row(&m, 1)->cut_waits, 1);
	assert_int_equal(task_row(&m, 1)->delay.count, 1);
	assert_int_equal(task_row(&m, 1)->delay.max_ns, 10);
	assert_int_equal(cpu_row(&m, 2)->classes[PLACEMENT_LLC], 1);
	assert_int_equal(cpu_row(&m, 2)->delay.count, 0);
	machine_free(&m);
}

static void a_wakeup_and_its_slice_at_one_time_have_a_delay_of_nothing(void **state)
{
	const struct event events[] = {
		FROM_TO(1, 0, 0, 100, 100, 100),
		/* Woken on its way off: runnable since its switch-out, not since the waking. */
		FROM_TO(1, 0, 0, 95, 100, 130, .prev_out_ns = 100, .flags = SLICE_WOKEN_ON_CPU),
	};
	struct machine m;

	MACHINE(&m, events);
	assert_int_equal(task_row(&m, 1)->delay.count, 2);
	assert_int_equal(task_row(&m, 1)->delay.max_ns, 0);
	assert_int_equal(task_row(&m, 1)->classes[PLACEMENT_KEPT] +
				 task_row(&m, 1)->classes[PLACEMENT_RUNNING],
			 2);
	machine_free(&m);
}

static void a_wakeup_from_an_unknown_cpu_keeps_that_unknown(void **state)
{
	const struct event events[] = { FROM_TO(1, CPU_UNKNOWN, 7, 100, 110, 120,
						.flags = SLICE_MOVABLE) };
	struct wakeups_pair *pairs;
	struct machine m;

	MACHINE(&m, events);
	assert_int_equal(task_row(&m, 1)->classes[PLACEMENT_UNKNOWN], 1);
	assert_int_equal(task_row(&m, 1)->pairs[0].from, -1);
	assert_int_equal(task_row(&m, 1)->pairs[0].to, 7);
	assert_int_equal(task_row(&m, 1)->arrivals + task_row(&m, 1)->stays, 0);
	assert_int_equal(task_row(&m, 1)->origin_unknown, 1);
	assert_int_equal(wakeups_matrix(m.wakeups, PLACE_LLC, &pairs), 1);
	assert_int_equal(pairs[0].from, -1);
	assert_int_equal(pairs[0].to, 1);
	free(pairs);
	machine_free(&m);
}

static void one_arrival_then_stays(void **state)
{
	const struct event events[] = {
		FROM_TO(1, 0, 0, 50, 60, 70),
		FROM_TO(1, 0, 6, 100, 110, 120, .flags = SLICE_MOVABLE), /* arrival */
		FROM_TO(1, 6, 6, 130, 140, 150, .flags = SLICE_MOVABLE), /* stay */
		FROM_TO(1, 6, 7, 160, 170, 180, .flags = SLICE_MOVABLE), /* still isolated: stay */
		FROM_TO(1, 7, 0, 190, 200, 210),
		/* Allowed nowhere else: no trespass. */
		FROM_TO(2, 6, 6, 130, 140, 150),
	};
	struct machine m;

	MACHINE(&m, events);
	assert_int_equal(task_row(&m, 1)->arrivals, 1);
	assert_int_equal(task_row(&m, 1)->stays, 2);
	assert_int_equal(wakeups_trespasses(task_row(&m, 2)), 0);
	assert_int_equal(cpu_row(&m, 6)->arrivals, 1);
	assert_int_equal(cpu_row(&m, 6)->stays, 1);
	assert_int_equal(cpu_row(&m, 7)->stays, 1);
	assert_int_equal(cpu_row(&m, 0)->arrivals, 0);
	assert_int_equal(wakeups_total(m.wakeups)->arrivals, 1);
	assert_int_equal(wakeups_total(m.wakeups)->stays, 2);
	machine_free(&m);
}

static void a_move_to_an_isolated_cpu_is_no_trespass_of_the_wakeup_before(void **state)
{
	/* Woken onto 0, pulled to 6 before it ran. */
	struct event pulled = FROM_TO(1, 0, 0, 100, 110, 120, .flags = SLICE_MOVABLE, .moves = 1);
	struct event events[] = { MOVE(1, 105, 0, 6), pulled };
	struct machine m;

	events[0].move.flags = MOVE_SEEN;
	events[1].cpu = 6;
	MACHINE(&m, events);
	assert_int_equal(wakeups_trespasses(task_row(&m, 1)), 0);
	assert_int_equal(task_row(&m, 1)->movers[MOVER_PULL], 1);
	assert_int_equal(cpu_row(&m, 6)->movers[MOVER_PULL], 1);
	machine_free(&m);
}

static void moves_onto_isolated_cpus_are_counted_by_whom(void **state)
{
	static const struct {
		uint8_t flags;
		enum mover mover;
	} moves[] = {
		{ 0, MOVER_UNKNOWN },
		{ MOVE_SEEN, MOVER_PULL },
		{ MOVE_SEEN | MOVE_BY_STOPPER, MOVER_STOPPER },
		{ MOVE_SEEN | MOVE_BY_STOPPER | MOVE_FROM_FORBIDDEN, MOVER_AFFINITY },
		{ MOVE_SEEN | MOVE_BY_STOPPER | MOVE_EXEC, MOVER_EXEC },
		{ MOVE_SEEN | MOVE_BY_STOPPER | MOVE_FROM_FORBIDDEN | MOVE_HOTPLUG, MOVER_HOTPLUG },
		{ MOVE_SEEN | MOVE_BY_STOPPER | MOVE_NUMA, MOVER_NUMA },
		{ MOVE_SEEN | MOVE_BY_STOPPER | MOVE_NUMA | MOVE_NUMA_SWAP, MOVER_NUMA_SWAP },
	};
	struct event events[2 * COUNT_OF(moves)];
	struct machine m;

	for (size_t i = 0; i < COUNT_OF(moves); i++) {
		events[2 * i] = MOVE(1, 100 + i, 0, 7);
		events[2 * i + 1] = MOVE(1, 100 + i, 0, 1); /* not isolated */
		events[2 * i].move.flags = events[2 * i + 1].move.flags = moves[i].flags;
	}
	MACHINE(&m, events);
	for (size_t i = 0; i < COUNT_OF(moves); i++)
		assert_int_equal(task_row(&m, 1)->movers[moves[i].mover], 1);
	assert_int_equal(wakeups_moved_in(task_row(&m, 1)), COUNT_OF(moves));
	assert_int_equal(wakeups_exec_moves(m.wakeups), 2);
	assert_null(row_of(&m, WAKEUPS_BY_CPU, TASK_UNKNOWN, 1));
	assert_int_equal(wakeups_total(m.wakeups)->movers[MOVER_NUMA], 1);
	assert_int_equal(wakeups_total(m.wakeups)->wakeups, 0);
	machine_free(&m);
}

static void the_most_frequent_pairs_and_wakers_are_told_in_order(void **state)
{
	struct event events[21];
	struct machine m;
	const struct wakeups_row *row;
	size_t n = 0;

	/* Pairs 0>1 once, 0>2 twice, ... 0>6 six times. */
	for (int to = 1; to <= 6; to++)
		for (int i = 0; i < to; i++, n++)
			events[n] = FROM_TO(1, 0, to, 100 * n + 10, 100 * n + 20, 100 * n + 90,
					    .waker = 40 + to % 2);
	/* An interrupt's wakeups are nobody's, whomever it interrupted. */
	for (size_t i = 0; i < 4; i++)
		events[17 + i].slice.context = WAKER_SOFTIRQ;
	MACHINE(&m, events);
	row = task_row(&m, 1);
	for (int i = 0; i < WAKEUPS_TOP; i++) {
		assert_int_equal(row->pairs[i].count, 6 - i);
		assert_int_equal(row->pairs[i].from, 0);
		assert_int_equal(row->pairs[i].to, 6 - i);
	}
	/* Tos 1, 3, 5: 9 by 41; 2, 4, 6: 12 by 40, four of these in a softirq. */
	assert_int_equal(row->wakers[0].task, 41);
	assert_int_equal(row->wakers[0].count, 9);
	assert_int_equal(row->wakers[1].task, 40);
	assert_int_equal(row->wakers[1].context, WAKER_TASK);
	assert_int_equal(row->wakers[1].count, 8);
	assert_int_equal(row->wakers[2].task, TASK_UNKNOWN);
	assert_int_equal(row->wakers[2].context, WAKER_SOFTIRQ);
	assert_int_equal(row->wakers[2].count, 4);
	assert_int_equal(row->wakers[3].count, 0);
	assert_int_equal(row->contexts[WAKER_TASK], 17);
	assert_int_equal(row->contexts[WAKER_SOFTIRQ], 4);
	assert_int_equal(wakeups_total(m.wakeups)->pairs[0].count, 6);
	machine_free(&m);
}

static void the_matrix_is_by_cpu_cache_or_node(void **state)
{
	const struct event events[] = {
		FROM_TO(1, 0, 1, 100, 110, 120), FROM_TO(1, 1, 0, 130, 140, 150),
		FROM_TO(1, 0, 1, 160, 170, 180), FROM_TO(2, 3, 4, 100, 110, 120),
		FROM_TO(2, 4, 3, 130, 140, 150),
	};
	static const struct wakeups_pair by_cpu[] = { { 2, 0, 1 },
						      { 1, 1, 0 },
						      { 1, 3, 4 },
						      { 1, 4, 3 } },
					 by_llc[] = { { 3, 0, 0 }, { 1, 0, 1 }, { 1, 1, 0 } };
	struct wakeups_pair *pairs;
	struct machine m;

	MACHINE(&m, events);
	assert_int_equal(wakeups_matrix(m.wakeups, PLACE_CPU, &pairs), COUNT_OF(by_cpu));
	for (size_t i = 0; i < COUNT_OF(by_cpu); i++)
		assert_memory_equal(&pairs[i], &by_cpu[i], sizeof(*pairs));
	free(pairs);
	for (enum wakeups_place place = PLACE_LLC; place <= PLACE_NODE; place++) {
		assert_int_equal(wakeups_matrix(m.wakeups, place, &pairs), COUNT_OF(by_llc));
		for (size_t i = 0; i < COUNT_OF(by_llc); i++)
			assert_memory_equal(&pairs[i], &by_llc[i], sizeof(*pairs));
		free(pairs);
	}
	machine_free(&m);
}

static void rows_come_by_trespasses_then_by_wakeups(void **state)
{
	const struct event events[] = {
		FROM_TO(4, 0, 0, 10, 11, 12),
		FROM_TO(4, 0, 0, 20, 21, 22),
		FROM_TO(3, 0, 0, 10, 11, 12),
		FROM_TO(2, 0, 0, 10, 11, 12),
		FROM_TO(1, 6, 6, 10, 11, 12, .flags = SLICE_MOVABLE),
	};
	static const uint32_t order[] = { 1, 4, 2, 3 };
	const struct wakeups_row *const *rows;
	struct machine m;

	MACHINE(&m, events);
	assert_int_equal(wakeups_rows(m.wakeups, WAKEUPS_BY_TASK, &rows), COUNT_OF(order));
	for (size_t i = 0; i < COUNT_OF(order); i++)
		assert_int_equal(rows[i]->task, order[i]);
	machine_free(&m);
}

static void all_tables_have_all_wakeups(void **state)
{
	static struct event events[20000];
	const struct wakeups_row *const *rows;
	const struct wakeups_row *total;
	struct machine m;

	for (size_t i = 0; i < COUNT_OF(events); i++) {
		uint64_t at = 1000 + 100 * i;

		events[i] = FROM_TO(1 + i % 700, i % 6, i / 7 % 8, at, at + i % 97, at + 99,
				    .waker = 1 + i % 31, .flags = i % 5 ? 0 : SLICE_MOVABLE,
				    .spare_wakes = i % 3);
	}
	machine_init(&m, events, COUNT_OF(events), (1 << WAKEUPS_TABLES) - 1);
	total = wakeups_total(m.wakeups);
	assert_int_equal(total->wakeups, 20000);
	assert_int_equal(total->delay.count, 20000);
	for (int by = 0; by < WAKEUPS_TABLES; by++) {
		uint64_t wakeups = 0, delays = 0, spare = 0, arrivals = 0, delay_ns = 0;
		uint32_t n = wakeups_rows(m.wakeups, by, &rows);

		for (uint32_t i = 0; i < n; i++) {
			wakeups += rows[i]->wakeups;
			delays += rows[i]->delay.count;
			delay_ns += rows[i]->delay.sum_ns;
			spare += rows[i]->spare_wakes;
			arrivals += rows[i]->arrivals;
		}
		assert_int_equal(wakeups, 20000);
		assert_int_equal(delays, 20000);
		assert_int_equal(delay_ns, total->delay.sum_ns);
		assert_int_equal(spare, total->spare_wakes);
		assert_int_equal(arrivals, total->arrivals);
	}
	/* CPUs 6 and 7 of 8, a fifth movable; 20000 = 2857 * 7 + 1. */
	assert_int_equal(wakeups_rows(m.wakeups, WAKEUPS_BY_TASK, &rows), 700);
	assert_int_equal(wakeups_rows(m.wakeups, WAKEUPS_BY_CPU, &rows), 8);
	assert_true(total->arrivals > 900 && total->arrivals < 1100);
	machine_free(&m);
}

static void without_a_host_nothing_is_a_trespass(void **state)
{
	struct placement_host *placement = placement_host_new(NULL);
	struct wakeups *w = wakeups_new(placement, TASKS_AND_CPUS);
	const struct event e = FROM_TO(1, 0, 6, 100, 110, 120, .flags = SLICE_MOVABLE);
	struct wakeups_pair *pairs;

	assert_int_equal(wakeups_add(w, &e), 0);
	assert_int_equal(wakeups_finish(w), 0);
	assert_int_equal(wakeups_total(w)->wakeups, 1);
	assert_int_equal(wakeups_trespasses(wakeups_total(w)), 0);
	assert_int_equal(wakeups_matrix(w, PLACE_NODE, &pairs), 1);
	assert_int_equal(pairs[0].from, -1);
	assert_int_equal(pairs[0].to, -1);
	free(pairs);
	wakeups_free(w);
	placement_host_free(placement);
}

static void a_stream_without_wakeups_is_an_empty_result(void **state)
{
	const struct event events[] = { IDLE(0, 0, 100) };
	struct wakeups_pair *pairs;
	struct machine m;

	MACHINE(&m, events);
	assert_int_equal(wakeups_total(m.wakeups)->wakeups, 0);
	assert_int_equal(wakeups_matrix(m.wakeups, PLACE_CPU, &pairs), 0);
	assert_non_null(pairs);
	free(pairs);
	machine_free(&m);
	wakeups_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_wakeup_has_one_class_and_its_delay),
		cmocka_unit_test(rows_per_cpu_count_where_the_task_ran),
		cmocka_unit_test(what_no_wakeup_led_to_or_was_not_observed_is_no_wakeup),
		cmocka_unit_test(spare_wakeups_are_counted_apart_whatever_the_slice_began_by),
		cmocka_unit_test(a_wait_cut_by_the_end_is_a_wakeup_without_a_delay),
		cmocka_unit_test(a_wakeup_and_its_slice_at_one_time_have_a_delay_of_nothing),
		cmocka_unit_test(a_wakeup_from_an_unknown_cpu_keeps_that_unknown),
		cmocka_unit_test(one_arrival_then_stays),
		cmocka_unit_test(a_move_to_an_isolated_cpu_is_no_trespass_of_the_wakeup_before),
		cmocka_unit_test(moves_onto_isolated_cpus_are_counted_by_whom),
		cmocka_unit_test(the_most_frequent_pairs_and_wakers_are_told_in_order),
		cmocka_unit_test(the_matrix_is_by_cpu_cache_or_node),
		cmocka_unit_test(rows_come_by_trespasses_then_by_wakeups),
		cmocka_unit_test(all_tables_have_all_wakeups),
		cmocka_unit_test(without_a_host_nothing_is_a_trespass),
		cmocka_unit_test(a_stream_without_wakeups_is_an_empty_result),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
