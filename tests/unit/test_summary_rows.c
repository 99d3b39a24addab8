// SPDX-License-Identifier: GPL-2.0-only
/* The rows of a summary: per CPU, per task and CPU, many of them, many events at once, sorted. */
#include "unit/summing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void rows_per_cpu_sum_all_tasks_that_ran_there(void **state)
{
	const struct event events[] = {
		WOKEN(1, 4, 100, 110, 120),
		WOKEN(2, 4, 105, 120, 150),
		PREEMPTED(1, 7, 120, 130, 230),
		WOKEN(2, 7, 200, 230, 240, .flags = SLICE_EXIT),
	};
	struct summary *s = SUM(SUMMARY_BY_CPU, events);
	const struct summary_row *r = row(s, TASK_UNKNOWN, 4);

	(void)state;
	assert_int_equal(row_count(s), 2);
	assert_int_equal(r->slices, 2);
	assert_int_equal(r->run_total_ns, 40);
	assert_int_equal(r->wake_delay.ns.sum_ns, 25);
	assert_int_equal(r->wake_delay.max_task, 2);
	r = row(s, TASK_UNKNOWN, 7);
	assert_int_equal(r->run_total_ns, 110);
	assert_int_equal(r->run.max_task, 1);
	assert_int_equal(r->preempt_delay.ns.sum_ns, 10);
	assert_false(r->exited);
	summary_free(s);
}

static void rows_per_task_and_cpu_sum_to_those_per_task(void **state)
{
	const struct event events[] = {
		WOKEN(1, 4, 100, 110, 120),
		WOKEN(2, 4, 105, 120, 150),
		PREEMPTED(1, 7, 120, 130, 230),
		WOKEN(1, 4, 300, 310, 340),
	};
	struct summary *s = SUM(SUMMARY_BY_TASK_CPU, events);

	(void)state;
	assert_int_equal(row_count(s), 3);
	assert_int_equal(row(s, 1, 4)->slices, 2);
	assert_int_equal(row(s, 1, 4)->run_total_ns, 40);
	assert_int_equal(row(s, 1, 7)->run_total_ns, 100);
	assert_int_equal(row(s, 2, 4)->run_total_ns, 30);
	summary_free(s);
}

static void thousands_of_tasks_on_hundreds_of_cpus_keep_their_rows_apart(void **state)
{
	struct summary *s = summary_new(SUMMARY_BY_TASK_CPU);
	const struct summary_row *const *rows;

	(void)state;
	for (uint32_t task = 1; task <= 3000; task++) {
		for (uint16_t i = 0; i < 3; i++) {
			struct event e = WOKEN(task, (task + 100 * i) % 512, 50, 100, 100 + task);

			assert_int_equal(summary_add(s, &e), 0);
		}
	}
	assert_int_equal(summary_rows(s, &rows), 9000);
	for (uint32_t i = 0; i < 9000; i++) {
		assert_int_equal(rows[i]->slices, 1);
		assert_int_equal(rows[i]->run_total_ns, rows[i]->task);
	}
	summary_free(s);
}

/* Many tasks, all kinds of events, some runs of a task: enough to take the prefetching path. */
static void fill_mixed(struct event *events, uint32_t n)
{
	unsigned short seed[3] = { 11, 12, 13 };
	uint64_t t = 1000000;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t task = nrand48(seed) % 700, cpu = nrand48(seed) % 9;
		uint64_t start = t, end = t += nrand48(seed) % 5000;

		switch (nrand48(seed) % 8) {
		case 0:
			events[i] = MOVE(task, end, cpu, (cpu + 1) % 9);
			break;
		case 1:
			events[i] = PREEMPTED(task, cpu, start - 500, start, end,
					      .flags = SLICE_INVOLUNTARY);
			break;
		case 2:
			events[i] = SLICE(task, cpu, start, end, .flags = SLICE_GAP);
			break;
		case 3:
			events[i] = TASK(task, end, task, task, "t");
			break;
		case 4:
			events[i] = WAITING(task, cpu, end, .kind = DELAY_WAKE, .waking_ns = start);
			break;
		default:
			events[i] = WOKEN(task, cpu, start - nrand48(seed) % 90000, start, end);
		}
	}
}

static void assert_same_spread(const struct summary_spread *a, const struct summary_spread *b)
{
	assert_int_equal(a->ns.count, b->ns.count);
	assert_int_equal(a->ns.sum_ns, b->ns.sum_ns);
	assert_int_equal(a->ns.max_ns, b->ns.max_ns);
	assert_int_equal(a->max_at_ns, b->max_at_ns);
	assert_int_equal(histogram_percentile_ns(&a->ns, 50), histogram_percentile_ns(&b->ns, 50));
}

static void many_events_at_once_sum_as_one_by_one(void **state)
{
	static struct event events[20000];

	(void)state;
	fill_mixed(events, COUNT_OF(events));
	for (enum summary_by by = SUMMARY_BY_TASK; by <= SUMMARY_BY_TASK_CPU; by++) {
		struct summary *one = SUM(by, events), *many = summary_new(by);
		const struct summary_row *const *rows;
		uint32_t n = summary_rows(one, &rows);

		for (uint32_t i = 0; i < COUNT_OF(events); i += 500)
			assert_int_equal(summary_add_many(many, events + i, 500), 0);
		assert_int_equal(row_count(many), n);
		assert_true(by == SUMMARY_BY_CPU || n > 500);
		for (uint32_t i = 0; i < n && i < 300; i++) {
			const struct summary_row *a = rows[i], *b = row(many, a->task, a->cpu);

			assert_non_null(b);
			assert_int_equal(a->slices, b->slices);
			assert_int_equal(a->run_total_ns, b->run_total_ns);
			assert_int_equal(a->migrations, b->migrations);
			assert_int_equal(a->moves, b->moves);
			assert_int_equal(a->gaps, b->gaps);
			assert_int_equal(a->cut_waits, b->cut_waits);
			assert_same_spread(&a->run, &b->run);
			assert_same_spread(&a->wake_delay, &b->wake_delay);
			assert_same_spread(&a->preempt_delay, &b->preempt_delay);
		}
		summary_free(one);
		summary_free(many);
	}
}

/* Sorts the rows of s by a column and compares the tasks in order. */
static void assert_order(const struct summary *s, const char *column, const uint32_t *tasks)
{
	const struct summary_row *const *rows;
	const struct summary_row *sorted[8];
	uint32_t n = summary_rows(s, &rows);

	assert_true(n <= COUNT_OF(sorted));
	memcpy(sorted, rows, n * sizeof(*rows));
	assert_int_equal(summary_sort(sorted, n, column), 0);
	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(sorted[i]->task, tasks[i]);
}

#define ASSERT_ORDER(s, column, ...) assert_order(s, column, (const uint32_t[]){ __VA_ARGS__ })

static void rows_sort_by_any_column_largest_first_and_unknown_last(void **state)
{
	const struct event events[] = {
		WOKEN(3, 0, 1000, 1500, 1900, .flags = SLICE_INVOLUNTARY), /* wake 500, run 400 */
		WOKEN(1, 0, 1900, 1900, 2000),				   /* wake 0, run 100 */
		PREEMPTED(2, 1, 1000, 1800, 2000), /* preempt 800, run 200 */
		PREEMPTED(3, 0, 2000, 2000, 2010), /* preempt 0, run 10 */
		WOKEN(1, 1, 2015, 2020, 2320),	   /* wake 5, run 300 */
	};
	struct summary *s = SUM(SUMMARY_BY_TASK, events);

	(void)state;
	ASSERT_ORDER(s, "run", 3, 1, 2); /* 410, 400, 200 */
	ASSERT_ORDER(s, "avg", 3, 1, 2); /* 205, 200, 200: a tie goes by task */
	ASSERT_ORDER(s, "p50", 2, 1, 3); /* 200, 100, 10 */
	ASSERT_ORDER(s, "p99", 3, 1, 2); /* 400, 300, 200 */
	ASSERT_ORDER(s, "max", 3, 1, 2);
	ASSERT_ORDER(s, "slices", 1, 3, 2);
	ASSERT_ORDER(s, "wake-total", 3, 1, 2);	 /* 500, 5, none */
	ASSERT_ORDER(s, "wake-p50", 3, 1, 2);	 /* 500, 0, none */
	ASSERT_ORDER(s, "preempt-max", 2, 3, 1); /* 800, 0, none */
	ASSERT_ORDER(s, "preempt-avg", 2, 3, 1); /* 0 is more than not known */
	ASSERT_ORDER(s, "involuntary", 3, 1, 2);
	ASSERT_ORDER(s, "voluntary", 1, 2, 3);
	ASSERT_ORDER(s, "wakeups", 1, 3, 2);
	ASSERT_ORDER(s, "migrations", 1, 2, 3);
	ASSERT_ORDER(s, "task", 1, 2, 3);
	summary_free(s);
}

static void cpus_sort_by_number_and_ties_by_task_then_cpu(void **state)
{
	const struct event events[] = {
		WOKEN(2, 9, 100, 100, 150),
		WOKEN(2, 3, 200, 200, 250),
		WOKEN(1, 9, 300, 300, 350),
		WOKEN(1, 3, 400, 400, 450),
	};
	static const struct {
		uint32_t task;
		uint16_t cpu;
	} by_cpu[] = { { 1, 3 }, { 2, 3 }, { 1, 9 }, { 2, 9 } },
	  by_run[] = { { 1, 3 }, { 1, 9 }, { 2, 3 }, { 2, 9 } };
	struct summary *s = SUM(SUMMARY_BY_TASK_CPU, events);
	const struct summary_row *const *rows;
	const struct summary_row *sorted[4];

	(void)state;
	assert_int_equal(summary_rows(s, &rows), 4);
	memcpy(sorted, rows, sizeof(sorted));
	assert_int_equal(summary_sort(sorted, 4, "cpu"), 0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(sorted[i]->task, by_cpu[i].task);
		assert_int_equal(sorted[i]->cpu, by_cpu[i].cpu);
	}
	assert_int_equal(summary_sort(sorted, 4, "run"), 0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(sorted[i]->task, by_run[i].task);
		assert_int_equal(sorted[i]->cpu, by_run[i].cpu);
	}
	summary_free(s);
}

static void every_column_named_sorts_and_no_other_does(void **state)
{
	const struct event events[] = { WOKEN(1, 0, 10, 20, 30), WOKEN(2, 0, 30, 40, 50) };
	struct summary *s = SUM(SUMMARY_BY_TASK, events);
	const struct summary_row *const *rows;
	const struct summary_row *sorted[2];
	int n = 0;

	(void)state;
	summary_rows(s, &rows);
	memcpy(sorted, rows, sizeof(sorted));
	for (; summary_columns[n]; n++)
		assert_int_equal(summary_sort(sorted, 2, summary_columns[n]), 0);
	assert_int_equal(n, 25);
	assert_int_equal(summary_sort(sorted, 2, "no-such-column"), -EINVAL);
	assert_int_equal(summary_sort(sorted, 0, "no-such-column"), -EINVAL);
	assert_int_equal(summary_sort(sorted, 0, "run"), 0);
	summary_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_per_cpu_sum_all_tasks_that_ran_there),
		cmocka_unit_test(rows_per_task_and_cpu_sum_to_those_per_task),
		cmocka_unit_test(thousands_of_tasks_on_hundreds_of_cpus_keep_their_rows_apart),
		cmocka_unit_test(many_events_at_once_sum_as_one_by_one),
		cmocka_unit_test(rows_sort_by_any_column_largest_first_and_unknown_last),
		cmocka_unit_test(cpus_sort_by_number_and_ties_by_task_then_cpu),
		cmocka_unit_test(every_column_named_sorts_and_no_other_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
