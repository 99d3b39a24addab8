// SPDX-License-Identifier: GPL-2.0-only
/* Distributions of run, wake delay and preempt delay, by CPU, by task, or both. */
#include "unit/stream.h"
#include "analysis/distribution.h"

static struct distribution *of(enum distribution_by by, const struct event *events, size_t n)
{
	struct distribution *d = distribution_new(by);

	assert_non_null(d);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(distribution_add(d, &events[i]), 0);
	return d;
}

static const struct event stream[] = {
	WOKEN(1, 9, 100, 130, 200),				/* wake 30, run 70 */
	PREEMPTED(2, 9, 100, 200, 300),				/* preempt 100, run 100 */
	IDLE(9, 300, 5000),					/* not counted */
	WOKEN(1, 4, 400, 404, 410),				/* wake 4, run 6 */
	SLICE(2, 4, 410, 420),					/* delay not known, run 10 */
	SLICE(1, 4, 420, 900, .flags = SLICE_GAP),		/* nothing known */
	WOKEN(1, 9, 900, 950, 999, .flags = SLICE_CUT_END),	/* wake 50, run censored */
	SLICE(2, 9, 10, 950, .flags = SLICE_CUT_START),		/* nothing known */
	WAITING(1, 9, 999, .kind = DELAY_WAKE, .waking_ns = 1), /* censored */
	MOVE(1, 999, 0, 1),
};

static void everything_is_one_row(void **state)
{
	struct distribution *d = of(DISTRIBUTION_ALL, stream, COUNT_OF(stream));
	struct distribution_row *const *rows;

	(void)state;
	assert_int_equal(distribution_rows(d, &rows), 1);
	assert_int_equal(rows[0]->task, TASK_UNKNOWN);
	assert_int_equal(rows[0]->cpu, CPU_UNKNOWN);
	assert_int_equal(rows[0]->run.count, 4);
	assert_int_equal(rows[0]->run.sum_ns, 70 + 100 + 6 + 10);
	assert_int_equal(rows[0]->wake_delay.count, 3);
	assert_int_equal(rows[0]->wake_delay.sum_ns, 30 + 4 + 50);
	assert_int_equal(rows[0]->preempt_delay.count, 1);
	assert_int_equal(rows[0]->preempt_delay.sum_ns, 100);
	distribution_free(d);
}

static void only_whole_slices_have_a_run_and_only_known_delays_count(void **state)
{
	const struct event none[] = {
		SLICE(1, 4, 420, 900, .flags = SLICE_GAP),
		SLICE(2, 9, 10, 950, .flags = SLICE_CUT_START),
		WAITING(1, 9, 999, .kind = DELAY_WAKE, .waking_ns = 1),
	};
	struct distribution *d = of(DISTRIBUTION_BY_TASK, none, COUNT_OF(none));
	struct distribution_row *const *rows;

	(void)state;
	assert_int_equal(distribution_rows(d, &rows), 0);
	distribution_free(d);
}

static void an_empty_stream_has_one_empty_row_for_everything_else_none(void **state)
{
	struct distribution *all = distribution_new(DISTRIBUTION_ALL);
	struct distribution *by_cpu = distribution_new(DISTRIBUTION_BY_CPU);
	struct distribution_row *const *rows;

	(void)state;
	assert_int_equal(distribution_rows(by_cpu, &rows), 0);
	assert_int_equal(distribution_rows(all, &rows), 1);
	assert_int_equal(rows[0]->run.count, 0);
	distribution_free(all);
	distribution_free(by_cpu);
}

static void rows_by_cpu_come_in_order_of_cpus(void **state)
{
	struct distribution *d = of(DISTRIBUTION_BY_CPU, stream, COUNT_OF(stream));
	struct distribution_row *const *rows;

	(void)state;
	assert_int_equal(distribution_rows(d, &rows), 2);
	assert_int_equal(rows[0]->cpu, 4);
	assert_int_equal(rows[0]->task, TASK_UNKNOWN);
	assert_int_equal(rows[0]->run.sum_ns, 16);
	assert_int_equal(rows[0]->wake_delay.sum_ns, 4);
	assert_int_equal(rows[1]->cpu, 9);
	assert_int_equal(rows[1]->run.sum_ns, 170);
	assert_int_equal(rows[1]->wake_delay.sum_ns, 80);
	distribution_free(d);
}

static void rows_by_task_come_in_order_of_tasks(void **state)
{
	struct distribution *d = of(DISTRIBUTION_BY_TASK, stream, COUNT_OF(stream));
	struct distribution_row *const *rows;

	(void)state;
	assert_int_equal(distribution_rows(d, &rows), 2);
	assert_int_equal(rows[0]->task, 1);
	assert_int_equal(rows[0]->cpu, CPU_UNKNOWN);
	assert_int_equal(rows[0]->run.sum_ns, 76);
	assert_int_equal(rows[1]->task, 2);
	assert_int_equal(rows[1]->run.sum_ns, 110);
	assert_int_equal(rows[1]->preempt_delay.sum_ns, 100);
	distribution_free(d);
}

static void rows_by_both_come_by_cpu_then_task_and_take_more_after_sorting(void **state)
{
	struct distribution *d = of(DISTRIBUTION_BY_CPU_TASK, stream, COUNT_OF(stream));
	static const uint32_t tasks[] = { 1, 2, 1, 2 };
	static const uint16_t cpus[] = { 4, 4, 9, 9 };
	static const uint64_t runs[] = { 6, 10, 70, 100 };
	struct distribution_row *const *rows;

	(void)state;
	assert_int_equal(distribution_rows(d, &rows), 4);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(rows[i]->task, tasks[i]);
		assert_int_equal(rows[i]->cpu, cpus[i]);
		assert_int_equal(rows[i]->run.sum_ns, runs[i]);
	}
	assert_int_equal(distribution_add(d, &WOKEN(1, 9, 1000, 1001, 1011)), 0);
	assert_int_equal(distribution_add(d, &WOKEN(1, 0, 1000, 1001, 1011)), 0);
	assert_int_equal(distribution_rows(d, &rows), 5);
	assert_int_equal(rows[0]->cpu, 0);
	assert_int_equal(rows[3]->run.sum_ns, 80);
	distribution_free(d);
}

static void a_row_made_by_hand_is_the_one_the_stream_fills(void **state)
{
	struct distribution *d = distribution_new(DISTRIBUTION_BY_CPU);
	struct distribution_row *row = distribution_row(d, 3, 77);

	(void)state;
	assert_int_equal(row->cpu, 3);
	assert_int_equal(row->task, TASK_UNKNOWN);
	assert_int_equal(distribution_add(d, &WOKEN(1, 3, 100, 110, 120)), 0);
	assert_int_equal(row->run.count, 1);
	assert_ptr_equal(distribution_row(d, 3, 5), row);
	distribution_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_is_one_row),
		cmocka_unit_test(only_whole_slices_have_a_run_and_only_known_delays_count),
		cmocka_unit_test(an_empty_stream_has_one_empty_row_for_everything_else_none),
		cmocka_unit_test(rows_by_cpu_come_in_order_of_cpus),
		cmocka_unit_test(rows_by_task_come_in_order_of_tasks),
		cmocka_unit_test(rows_by_both_come_by_cpu_then_task_and_take_more_after_sorting),
		cmocka_unit_test(a_row_made_by_hand_is_the_one_the_stream_fills),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
