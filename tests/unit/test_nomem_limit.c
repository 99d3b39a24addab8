// SPDX-License-Identifier: GPL-2.0-only
/* Every allocation of reading and checking limits, and of choosing what is compared, made to fail
 * in turn. */
#include "unit/stream.h"

#include <errno.h>
#include <stdio.h>

#include "analysis/summary.h"

#include "unit/scarce.h"

#include "analysis/histogram.c"
#include "analysis/family.c"
#include "analysis/limit.c"
#include "analysis/limit_parse.c"

static struct summary *rows;
static struct task_table tasks;
static hwloc_bitmap_t cpus;

/* 200 waits of one task, a gap, and one that still waits. */
static int set_up(void **state)
{
	struct task_identity web = { .task = 1, .tid = 801, .pid = 801, .comm = "web-1" };
	struct event gap = SLICE(1, 0, 990000, 990500, .flags = SLICE_GAP);
	struct event waiting = { .type = EVENT_WAITING,
				 .time_ns = 1000000,
				 .slice = { .task = 1, .kind = DELAY_WAKE, .waking_ns = 1000 } };

	allowed = -1;
	cpus = hwloc_bitmap_alloc();
	hwloc_bitmap_set_range(cpus, 0, 1);
	rows = summary_new(SUMMARY_BY_TASK_CPU);
	assert_int_equal(task_table_init(&tasks), 0);
	assert_int_equal(task_table_put(&tasks, &web), 0);
	for (uint64_t i = 1; i <= 200; i++)
		assert_int_equal(
			summary_add(rows, &WOKEN(1, 0, 1000 * i, 1000 * i + i, 1000 * i + 500)), 0);
	assert_int_equal(summary_add(rows, &gap), 0);
	return summary_add(rows, &waiting);
}

static int tear_down(void **state)
{
	summary_free(rows);
	hwloc_bitmap_free(cpus);
	task_table_free(&tasks);
	return 0;
}

static int read_and_check(const char *text)
{
	struct limit_error error;
	struct limit_result result;
	struct limit limit;
	struct limit_facts facts = {
		.rows = rows, .tasks = &tasks, .cpus = cpus, .window_ns = 1000000
	};
	int err = limit_parse(&limit, text, &error);

	if (!err) {
		err = limit.compared ? limit_measure(&result, &limit, &facts)
				     : limit_check(&result, &limit, &facts);
		limit_free(&limit);
	}
	return err;
}

static int a_percentile(void)
{
	return read_and_check("p99(wake_delay, task=web-1, cpu=0) < 1ms");
}

static int a_comparison(void)
{
	return read_and_check("compare p50(wake_delay, task=web-*)");
}

static int a_family(void)
{
	const struct family_run runs[] = { { rows, &tasks, false }, { rows, &tasks, true } };
	struct family family;
	int err = family_make(&family, runs, 2);

	if (!err)
		family_free(&family);
	return err;
}

static void limits_survive_any_allocation_failing(void **state)
{
	fail_each_in_turn(a_percentile);
	fail_each_in_turn(a_comparison);
}

static void a_family_survives_any_allocation_failing(void **state)
{
	fail_each_in_turn(a_family);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits_survive_any_allocation_failing),
		cmocka_unit_test(a_family_survives_any_allocation_failing),
	};

	return cmocka_run_group_tests_name("nomem_limit", tests, set_up, tear_down);
}
