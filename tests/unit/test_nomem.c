// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every allocation of the analyses made to fail in turn: the error is told, nothing leaks (under
 * the address sanitizer), and what was built can still be read and freed. The sources are included,
 * so that only their own allocations fail.
 */
#include "unit/stream.h"

#include <errno.h>

#include "unit/scarce.h"

#include "analysis/choices.c"
#include "analysis/distribution.c"
#include "analysis/filter.c"
#include "analysis/histogram.c"
#include "analysis/losses.c"
#include "analysis/rows.c"
#include "analysis/summary.c"
#include "analysis/summary_sort.c"
#include "analysis/tally.c"
#include "analysis/wakeups.c"
#include "analysis/wakeups_finish.c"
#include "analysis/worst.c"

/* 300 tasks on 20 CPUs: enough for every array to grow, and for runs in many octaves. */
static struct event nth_event(uint32_t i)
{
	return WOKEN(1 + i % 300, i % 20, 1000000 + 10 * i, 1000000 + 11 * i,
		     1000000 + 11 * i + (1ULL << i % 30));
}

static int add_to_summary(struct summary *s)
{
	for (uint32_t i = 0; i < 400; i++) {
		struct event e = nth_event(i);
		int err = summary_add(s, &e);

		if (err)
			return err;
	}
	return 0;
}

static int summarize(enum summary_by by)
{
	struct summary *s = summary_new(by);
	const struct summary_row *const *rows;
	const struct summary_row *sorted[2];
	int err;

	if (!s)
		return -ENOMEM;
	err = add_to_summary(s);
	if (summary_rows(s, &rows) >= 2 && !err) {
		memcpy(sorted, rows, sizeof(sorted));
		err = summary_sort(sorted, 2, "run");
	}
	summary_free(s);
	assert_true(!err || err == -ENOMEM);
	return err;
}

static int summarize_by_task(void)
{
	return summarize(SUMMARY_BY_TASK);
}

static int summarize_by_cpu(void)
{
	return summarize(SUMMARY_BY_CPU);
}

static int summarize_by_task_cpu(void)
{
	return summarize(SUMMARY_BY_TASK_CPU);
}

static void a_summary_without_memory_says_so_and_leaks_nothing(void **state)
{
	(void)state;
	fail_each_in_turn(summarize_by_task);
	fail_each_in_turn(summarize_by_cpu);
	fail_each_in_turn(summarize_by_task_cpu);
}

static int distribute(enum distribution_by by)
{
	struct distribution *d = distribution_new(by);
	struct distribution_row *const *rows;
	int err = d ? 0 : -ENOMEM;

	for (uint32_t i = 0; i < 400 && !err; i++) {
		struct event e = nth_event(i);

		err = distribution_add(d, &e);
	}
	if (d)
		distribution_rows(d, &rows);
	distribution_free(d);
	assert_true(!err || err == -ENOMEM);
	return err;
}

static int distribute_all(void)
{
	return distribute(DISTRIBUTION_ALL);
}

static int distribute_by_both(void)
{
	return distribute(DISTRIBUTION_BY_CPU_TASK);
}

static void a_distribution_without_memory_says_so_and_leaks_nothing(void **state)
{
	(void)state;
	fail_each_in_turn(distribute_all);
	fail_each_in_turn(distribute_by_both);
}

/* Every slice is a wakeup from CPU to CPU, each with a choice told before it. */
static int add_wakeups(struct wakeups *w)
{
	for (uint32_t i = 0; i < 1200; i++) {
		struct event e = nth_event(i), choice = { .type = EVENT_CHOICE };
		int err;

		e.slice.prev_cpu = i % 7;
		e.slice.chosen_cpu = e.cpu;
		choice.time_ns = e.slice.waking_ns;
		choice.choice.task = e.slice.task;
		err = wakeups_add(w, &choice);
		if (!err)
			err = wakeups_add(w, &e);
		if (err)
			return err;
	}
	return 0;
}

static int sum_wakeups(void)
{
	struct placement_host *host;
	struct wakeups_pair *pairs = NULL;
	struct wakeups *w;
	int err = -ENOMEM, before = allowed;

	allowed = -1;
	host = placement_host_new(NULL);
	allowed = before;
	w = wakeups_new(host, (1 << WAKEUPS_TABLES) - 1);
	if (w)
		err = add_wakeups(w);
	if (!err)
		err = wakeups_finish(w);
	if (!err)
		err = wakeups_matrix(w, PLACE_CPU, &pairs) ? 0 : -ENOMEM;
	assert_true(!err == (pairs != NULL));
	free(pairs);
	wakeups_free(w);
	placement_host_free(host);
	assert_true(!err || err == -ENOMEM);
	return err;
}

static void wakeups_without_memory_say_so_and_leak_nothing(void **state)
{
	(void)state;
	fail_each_in_turn(sum_wakeups);
}

static void a_histogram_without_memory_is_left_as_it_was(void **state)
{
	struct histogram h = { 0 }, other = { 0 };

	(void)state;
	allowed = -1;
	assert_int_equal(histogram_add(&h, 100), 0);
	assert_int_equal(histogram_add(&other, 1ULL << 40), 0);
	allowed = 0;
	assert_int_equal(histogram_add(&h, 1000000), -ENOMEM);
	allowed = 0;
	assert_int_equal(histogram_add_bucket(&h, 400, 5), -ENOMEM);
	allowed = 0;
	assert_int_equal(histogram_merge(&h, &other), -ENOMEM);
	allowed = -1;
	assert_int_equal(h.count, 1);
	assert_int_equal(h.sum_ns, 100);
	assert_int_equal(h.max_ns, 100);
	assert_int_equal(histogram_add(&h, 1000000), 0);
	assert_int_equal(h.count, 2);
	histogram_free(&h);
	histogram_free(&other);
}

static int count_losses(void)
{
	struct losses l = { 0 };
	int err = 0;

	for (uint16_t cpu = 0; cpu < 5 && !err; cpu++) {
		err = losses_add(&l, &LOST(cpu, 1, 2, LOST_SLICE, 10));
		/* A loss that could not be counted on its CPU is not in the total either. */
		assert_int_equal(losses_total(&l), 10 * (cpu + !err));
	}
	losses_free(&l);
	return err;
}

static void losses_without_memory_stay_consistent(void **state)
{
	(void)state;
	fail_each_in_turn(count_losses);
}

static int keep_worst(void)
{
	struct worst *w = worst_new(WORST_BY_RUN, 10);

	worst_free(w);
	return w ? 0 : -ENOMEM;
}

static int build_filter(void)
{
	struct filter f = { 0 };
	char why[100] = "";
	int err = filter_add_comms(&f, "ksmd,sh,CPU*", why, sizeof(why));

	if (!err)
		err = filter_add_pids(&f, "1,2,3", why, sizeof(why));
	if (!err)
		err = filter_add_tasks(&f, "nginx,812,vcpu");
	assert_string_equal(why, "");
	assert_true(!err || err == -ENOMEM);
	filter_free(&f);
	return err;
}

static void worst_and_filter_without_memory_say_so_and_leak_nothing(void **state)
{
	(void)state;
	fail_each_in_turn(keep_worst);
	fail_each_in_turn(build_filter);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_summary_without_memory_says_so_and_leaks_nothing),
		cmocka_unit_test(a_distribution_without_memory_says_so_and_leaks_nothing),
		cmocka_unit_test(wakeups_without_memory_say_so_and_leak_nothing),
		cmocka_unit_test(a_histogram_without_memory_is_left_as_it_was),
		cmocka_unit_test(losses_without_memory_stay_consistent),
		cmocka_unit_test(worst_and_filter_without_memory_say_so_and_leak_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
