// SPDX-License-Identifier: GPL-2.0-only
/* Finished rows put into a summary: parts add up to exactly the summary of the whole. */
#include "unit/summing.h"

#include <errno.h>
#include <string.h>

static void put_all(struct summary *into, const struct summary *from)
{
	const struct summary_row *const *rows;
	uint32_t n = summary_rows(from, &rows);

	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(summary_put(into, rows[i]), 0);
}

static void assert_same_spread(const struct summary_spread *a, const struct summary_spread *b)
{
	assert_true(a->ns.count == b->ns.count && a->ns.sum_ns == b->ns.sum_ns);
	assert_true(a->ns.min_ns == b->ns.min_ns && a->ns.max_ns == b->ns.max_ns);
	assert_true(a->max_at_ns == b->max_at_ns && a->max_task == b->max_task);
	assert_int_equal(a->max_cpu, b->max_cpu);
	for (unsigned int i = 0; i < LOGLIN_BUCKETS; i++)
		assert_true(histogram_bucket_count(&a->ns, i) == histogram_bucket_count(&b->ns, i));
}

static void assert_same(const struct summary *a, const struct summary *b)
{
	const struct summary_row *const *rows;
	uint32_t n = summary_rows(a, &rows);

	assert_int_equal(row_count(b), n);
	for (uint32_t i = 0; i < n; i++) {
		const struct summary_row *x = rows[i], *y = row(b, x->task, x->cpu);

		assert_non_null(y);
		assert_true(x->slices == y->slices && x->run_total_ns == y->run_total_ns);
		assert_true(x->voluntary == y->voluntary && x->involuntary == y->involuntary);
		assert_true(x->wakeups == y->wakeups && x->spare_wakes == y->spare_wakes);
		assert_true(x->moves == y->moves && x->gaps == y->gaps);
		/* A part does not know what ended before it. */
		assert_true(x->gap_max_ns == y->gap_max_ns || x->gap_max_ns == UINT64_MAX ||
			    y->gap_max_ns == UINT64_MAX);
		assert_true(x->cut_slices == y->cut_slices && x->idle_ns == y->idle_ns);
		assert_true(x->unknown_delays == y->unknown_delays && x->exited == y->exited);
		assert_true(x->cut_waits == y->cut_waits);
		assert_true(x->cut_wait_max_ns == y->cut_wait_max_ns);
		assert_same_spread(&x->run, &y->run);
		assert_same_spread(&x->wake_delay, &y->wake_delay);
		assert_same_spread(&x->preempt_delay, &y->preempt_delay);
	}
}

/* No task comes to another CPU: what was its CPU before is known only within a part. */
static const struct event events[] = {
	WOKEN(1, 0, 100, 130, 200),
	PREEMPTED(1, 0, 200, 600, 650),
	WOKEN(2, 1, 1000, 1001, 1002, .spare_wakes = 3),
	IDLE(1, 1002, 1500),
	SLICE(2, 1, 1500, 1600, .flags = SLICE_CUT_START),
	MOVE(2, 1700, 0, 1),
	SLICE(1, 0, 2000, 2100, .flags = SLICE_GAP | SLICE_INVOLUNTARY),
	WOKEN(1, 0, 3000, 3300, 90000, .flags = SLICE_EXIT),
	WOKEN(2, 1, 3000, 3001, 3000000000, .flags = SLICE_INVOLUNTARY),
	WOKEN(3, 0, 90000, 90001, 176701),
	WAITING(2, 1, 3000005000, .kind = DELAY_PREEMPT, .prev_out_ns = 3000000000),
};

static void the_sum_of_parts_is_the_whole(void **state)
{
	for (enum summary_by by = 0; by < SUMMARY_TABLES; by++) {
		struct summary *whole = SUM(by, events);

		for (uint32_t cut = 0; cut <= COUNT_OF(events); cut++) {
			struct summary *first = sum(by, events, cut);
			struct summary *rest = sum(by, events + cut, COUNT_OF(events) - cut);
			struct summary *both = summary_new(by);

			put_all(both, first);
			put_all(both, rest);
			assert_same(whole, both);
			summary_free(first);
			summary_free(rest);
			summary_free(both);
		}
		summary_free(whole);
	}
}

static void rows_may_be_put_into_a_summary_by_less(void **state)
{
	struct summary *fine = SUM(SUMMARY_BY_TASK_CPU, events);
	struct summary *tasks = SUM(SUMMARY_BY_TASK, events), *both = summary_new(SUMMARY_BY_TASK);

	put_all(both, fine);
	assert_same(tasks, both);
	summary_free(fine);
	summary_free(tasks);
	summary_free(both);
}

static void the_larger_maximum_keeps_its_place_the_first_of_equals(void **state)
{
	struct summary *a = SUM(SUMMARY_BY_TASK, ((struct event[]){ WOKEN(1, 3, 90, 100, 150) }));
	struct summary *b = SUM(SUMMARY_BY_TASK, ((struct event[]){ WOKEN(1, 5, 195, 200, 250) }));
	struct summary *both = summary_new(SUMMARY_BY_TASK);

	put_all(both, b);
	put_all(both, a);
	assert_int_equal(row(both, 1, CPU_UNKNOWN)->run.max_cpu, 5);
	assert_int_equal(row(both, 1, CPU_UNKNOWN)->run.max_at_ns, 200);
	assert_int_equal(row(both, 1, CPU_UNKNOWN)->wake_delay.max_cpu, 3);
	summary_free(a);
	summary_free(b);
	summary_free(both);
}

static void what_does_not_fit_is_refused_and_changes_nothing(void **state)
{
	struct summary *s = SUM(SUMMARY_BY_TASK, events), *same = SUM(SUMMARY_BY_TASK, events);
	struct summary_row much = { .task = 1, .cpu = CPU_UNKNOWN, .moves = UINT64_MAX };

	assert_int_equal(summary_put(s, &much), 0);
	much.moves = 0;
	much.run_total_ns = UINT64_MAX;
	assert_int_equal(summary_put(s, &much), -ERANGE);
	much.run_total_ns = 0;
	much.wake_delay.ns.sum_ns = UINT64_MAX;
	assert_int_equal(summary_put(s, &much), -ERANGE);
	much.wake_delay.ns.sum_ns = 0;
	much.moves = 1;
	assert_int_equal(summary_put(s, &much), -ERANGE);
	assert_true(row(s, 1, CPU_UNKNOWN)->moves == UINT64_MAX);
	assert_int_equal(row(s, 1, CPU_UNKNOWN)->slices, row(same, 1, CPU_UNKNOWN)->slices);
	summary_free(s);
	summary_free(same);
}

static void a_row_is_found_by_what_rows_are_by(void **state)
{
	struct summary *tasks = SUM(SUMMARY_BY_TASK, events), *cpus = SUM(SUMMARY_BY_CPU, events);

	assert_int_equal(summary_find(tasks, 2, CPU_UNKNOWN)->task, 2);
	assert_int_equal(summary_find(tasks, 2, 77)->task, 2);
	assert_null(summary_find(tasks, 9, CPU_UNKNOWN));
	assert_int_equal(summary_find(cpus, TASK_UNKNOWN, 1)->cpu, 1);
	assert_null(summary_find(cpus, TASK_UNKNOWN, 2));
	summary_free(tasks);
	summary_free(cpus);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_sum_of_parts_is_the_whole),
		cmocka_unit_test(rows_may_be_put_into_a_summary_by_less),
		cmocka_unit_test(the_larger_maximum_keeps_its_place_the_first_of_equals),
		cmocka_unit_test(what_does_not_fit_is_refused_and_changes_nothing),
		cmocka_unit_test(a_row_is_found_by_what_rows_are_by),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
