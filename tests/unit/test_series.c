// SPDX-License-Identifier: GPL-2.0-only
/* Which series there are: groups of tasks by CPU, bounded, with the same sums whatever is kept. */
#include "unit/stream.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/series.h"
#include "analysis/wakeups.h"
#include "unit/machine.h"

#define MS 1000000ull

struct traced {
	struct summary *rows;
	struct distribution *distribution;
	struct task_table tasks;
	struct series series;
};

static void begin(struct traced *t)
{
	memset(t, 0, sizeof(*t));
	t->rows = summary_new(SUMMARY_BY_TASK_CPU);
	t->distribution = distribution_new(DISTRIBUTION_BY_CPU_TASK);
	assert_non_null(t->rows);
	assert_non_null(t->distribution);
	assert_int_equal(task_table_init(&t->tasks), 0);
}

static void end(struct traced *t)
{
	series_free(&t->series);
	summary_free(t->rows);
	distribution_free(t->distribution);
	task_table_free(&t->tasks);
}

static uint32_t add_task(struct traced *t, const char *comm)
{
	struct task_identity identity = { .task = t->tasks.count,
					  .tid = 1000 + t->tasks.count,
					  .pid = 1000 + t->tasks.count };

	memcpy(identity.comm, comm, strnlen(comm, TASK_COMM_LEN - 1));
	assert_int_equal(task_table_put(&t->tasks, &identity), 0);
	return identity.task;
}

/* A slice of so many ms on a CPU, woken 1 ms before it. */
static void run(struct traced *t, uint32_t task, uint16_t cpu, uint64_t ms)
{
	struct event e = WOKEN(task, cpu, 1000 * MS, 1001 * MS, (1001 + ms) * MS);

	assert_int_equal(summary_add(t->rows, &e), 0);
	assert_int_equal(distribution_add(t->distribution, &e), 0);
}

static void make(struct traced *t, uint32_t max_tasks, size_t (*clean)(char *text))
{
	const struct series_options options = { .max_tasks = max_tasks, .clean = clean };

	series_free(&t->series);
	assert_int_equal(series_from_summary(&t->series, t->rows, &t->tasks, &options), 0);
}

/* The rows as "cpu name run-ms, ...". */
static void expect_rows(const struct traced *t, const char *expected)
{
	char text[1000] = "";

	for (uint32_t i = 0; i < t->series.row_count; i++) {
		const struct summary_row *row = t->series.rows[i];

		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%u %s %u",
			 i ? ", " : "", row->cpu, t->series.names[row->task],
			 (unsigned int)(row->run_total_ns / MS));
	}
	assert_string_equal(text, expected);
}

static void tasks_whose_names_differ_in_a_number_are_one_series_a_cpu(void **state)
{
	struct traced t;

	begin(&t);
	run(&t, add_task(&t, "web-1"), 3, 5);
	run(&t, add_task(&t, "web-22"), 3, 7);
	run(&t, add_task(&t, "web-3"), 0, 1);
	run(&t, add_task(&t, "ksmd"), 3, 2);
	make(&t, 10, NULL);
	expect_rows(&t, "0 web-* 1, 3 ksmd 2, 3 web-* 12");
	assert_int_equal(t.series.left_out, 0);
	assert_int_equal(t.series.rows[2]->run.ns.count, 2);
	assert_int_equal(t.series.rows[2]->wake_delay.ns.sum_ns, 2 * MS);
	end(&t);
}

static void groups_with_the_most_time_are_kept_ties_by_name_the_rest_is_other(void **state)
{
	struct traced t;

	begin(&t);
	run(&t, add_task(&t, "small"), 0, 1);
	run(&t, add_task(&t, "b"), 0, 5);
	run(&t, add_task(&t, "a"), 1, 5);
	run(&t, add_task(&t, "large"), 0, 9);
	make(&t, 2, NULL);
	expect_rows(&t, "0 large 9, 0 other 6, 1 a 5");
	assert_int_equal(t.series.left_out, 2);
	make(&t, 0, NULL);
	expect_rows(&t, "0 other 15, 1 other 5");
	assert_int_equal(t.series.left_out, 4);
	end(&t);
}

static void a_task_called_other_is_in_other_and_takes_no_place(void **state)
{
	struct traced t;

	begin(&t);
	run(&t, add_task(&t, "other"), 0, 90);
	run(&t, add_task(&t, "a"), 0, 5);
	run(&t, add_task(&t, "b"), 0, 4);
	make(&t, 1, NULL);
	expect_rows(&t, "0 a 5, 0 other 94");
	make(&t, 3, NULL);
	expect_rows(&t, "0 a 5, 0 b 4, 0 other 90");
	end(&t);
}

static size_t no_control(char *text)
{
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || (unsigned char)*c > 0x7e)
			*c = '?';
	return strlen(text);
}

static void names_that_are_one_when_cleaned_are_one_group(void **state)
{
	struct traced t;

	begin(&t);
	run(&t, add_task(&t, "x\n"), 0, 1);
	run(&t, add_task(&t, "x\377"), 0, 2);
	run(&t, add_task(&t, ""), 0, 4); /* nameless */
	run(&t, 77, 0, 8);		 /* its name was lost */
	run(&t, UINT32_MAX - 1, 0, 16);	 /* an absurd id */
	make(&t, 10, no_control);
	expect_rows(&t, "0 ? 28, 0 x? 3");
	end(&t);
}

static void sums_do_not_depend_on_what_is_kept(void **state)
{
	static const uint32_t kept[] = { 0, 1, 7, 40, UINT32_MAX };
	struct traced t;
	char comm[TASK_COMM_LEN];

	begin(&t);
	for (uint32_t i = 0; i < 40; i++) {
		snprintf(comm, sizeof(comm), "t%ux", i);
		add_task(&t, comm);
		for (uint32_t n = 0; n <= i; n++)
			run(&t, i + 1, n % 5, i + n);
	}
	for (size_t k = 0; k < COUNT_OF(kept); k++) {
		uint64_t run_ns = 0, runs = 0, delay_ns = 0, slices = 0, per_cpu = 0;

		make(&t, kept[k], NULL);
		for (uint32_t i = 0; i < t.series.row_count; i++) {
			run_ns += t.series.rows[i]->run.ns.sum_ns;
			runs += t.series.rows[i]->run.ns.count;
			delay_ns += t.series.rows[i]->wake_delay.ns.sum_ns;
			slices += t.series.rows[i]->slices;
		}
		for (uint32_t i = 0; i < t.series.cpu_count; i++)
			per_cpu += t.series.cpus[i]->slices;
		assert_int_equal(runs, 820);
		assert_int_equal(slices, 820);
		assert_int_equal(per_cpu, 820);
		assert_int_equal(delay_ns, 820 * MS);
		assert_int_equal(run_ns, 31980 * MS);
		assert_true(t.series.row_count <= 5 * (kept[k] < 40 ? kept[k] + 1 : 41));
	}
	end(&t);
}

static void a_row_that_only_a_move_made_is_no_series(void **state)
{
	struct traced t;
	struct event move;

	begin(&t);
	add_task(&t, "a");
	move = MOVE(1, 5, 0, 9);
	run(&t, 1, 0, 3);
	assert_int_equal(summary_add(t.rows, &move), 0);
	make(&t, 5, NULL);
	expect_rows(&t, "0 a 3");
	assert_int_equal(t.series.cpu_count, 1);
	end(&t);
}

static void distributions_give_the_same_series_as_a_summary(void **state)
{
	const struct series_options options = { .max_tasks = 1 };
	struct traced t;

	begin(&t);
	run(&t, add_task(&t, "a-1"), 0, 5);
	run(&t, add_task(&t, "a-2"), 0, 6);
	run(&t, add_task(&t, "b"), 4, 3);
	assert_int_equal(series_from_distribution(&t.series, t.distribution, &t.tasks, &options),
			 0);
	assert_true(t.series.durations_only);
	expect_rows(&t, "0 a-* 11, 4 other 3");
	assert_int_equal(t.series.rows[0]->run.ns.count, 2);
	assert_int_equal(t.series.rows[0]->wake_delay.ns.sum_ns, 2 * MS);
	end(&t);
}

static void rows_by_task_alone_are_of_all_cpus_or_refused(void **state)
{
	struct series_options options = { .max_tasks = 5 };
	struct summary *rows = summary_new(SUMMARY_BY_TASK);
	const struct event e = SLICE(1, 0, 1000, 2000);
	struct traced t;

	begin(&t);
	assert_int_equal(summary_add(rows, &e), 0);
	assert_int_equal(series_from_summary(&t.series, rows, &t.tasks, &options), -EINVAL);
	options.of_all_cpus = true;
	assert_int_equal(series_from_summary(&t.series, rows, &t.tasks, &options), 0);
	assert_int_equal(t.series.row_count, 1);
	assert_int_equal(t.series.rows[0]->cpu, CPU_UNKNOWN);
	assert_int_equal(t.series.cpu_count, 1);
	assert_int_equal(t.series.cpus[0]->cpu, CPU_UNKNOWN);
	series_free(&t.series);
	/* Nor those by both as rows of all CPUs. */
	run(&t, 1, 0, 3);
	assert_int_equal(series_from_summary(&t.series, t.rows, &t.tasks, &options), -EINVAL);
	summary_free(rows);
	end(&t);
}

static void nothing_traced_is_no_series(void **state)
{
	struct traced t;

	begin(&t);
	make(&t, 5, NULL);
	assert_int_equal(t.series.row_count, 0);
	assert_int_equal(t.series.name_count, 1);
	end(&t);
}

/* By CPU, wakeups and the two counts they have in common agree. */
static void expect_same_counts(const struct wakeups *wakeups, const struct placement_counts *counts)
{
	const struct wakeups_row *const *rows;
	uint32_t n = wakeups_rows(wakeups, WAKEUPS_BY_CPU, &rows);

	assert_int_equal(n, 3);
	for (uint32_t i = 0; i < n; i++) {
		uint64_t trespasses = 0;

		for (uint64_t s = 0; s < counts->trespasses.slot_count; s++)
			if (counts->trespasses.slots[s].value == rows[i]->cpu)
				trespasses += counts->trespasses.slots[s].count;
		assert_int_equal(trespasses, wakeups_trespasses(rows[i]));
		assert_memory_equal(counts->classes[rows[i]->cpu], rows[i]->classes,
				    sizeof(rows[i]->classes));
	}
}

static void trespasses_are_those_of_the_wakeups_by_group(void **state)
{
	struct placement_counts counts;
	struct host_snapshot host;
	struct placement_host *placement;
	struct wakeups *wakeups;
	struct traced t;

	begin(&t);
	machine_make(&host, "6-7", "6.6.0");
	placement = placement_host_new(&host);
	placement_counts_init(&counts, placement);
	wakeups = wakeups_new(placement, 1 << WAKEUPS_BY_CPU);
	for (uint32_t i = 0; i < 3; i++) {
		const char *comms[] = { "web-1", "web-2", "db" };
		uint32_t task = add_task(&t, comms[i]);
		uint64_t at = 1000 * (i + 1);
		struct event events[] = {
			WOKEN(task, 7, at, at + 10, at + 20, .prev_cpu = 2, .chosen_cpu = 7,
			      .waker_cpu = 2, .context = WAKER_TASK, .flags = SLICE_MOVABLE),
			WOKEN(task, 2, at + 30, at + 40, at + 50, .prev_cpu = 2, .chosen_cpu = 2,
			      .waker_cpu = 3, .context = WAKER_TASK),
			/* It must be there. */
			WOKEN(task, 7, at + 60, at + 70, at + 80, .prev_cpu = 7, .chosen_cpu = 7,
			      .waker_cpu = 3, .context = WAKER_TASK),
			/* It waits yet. */
			WAITING(task, 6, at + 99, .kind = DELAY_WAKE, .waking_ns = at + 90,
				.prev_cpu = 7, .chosen_cpu = 6, .flags = SLICE_MOVABLE),
			SLICE(task, 2, at + 81, at + 82),
			IDLE(2, at + 82, at + 83),
		};

		for (size_t e = 0; e < COUNT_OF(events); e++) {
			assert_int_equal(summary_add(t.rows, &events[e]), 0);
			assert_int_equal(wakeups_add(wakeups, &events[e]), 0);
			assert_int_equal(placement_counts_add(&counts, &events[e]), 0);
		}
	}
	assert_int_equal(wakeups_finish(wakeups), 0);
	expect_same_counts(wakeups, &counts);
	make(&t, 1, NULL);
	assert_null(t.series.trespasses);
	assert_int_equal(series_add_trespasses(&t.series, &counts, &t.tasks), 0);
	expect_rows(&t, "2 other 0, 2 web-* 0, 6 other 0, 6 web-* 0, 7 other 0, 7 web-* 0");
	for (uint32_t i = 0; i < 6; i++)
		assert_int_equal(t.series.trespasses[i], i < 2 ? 0 : 1 + i % 2);
	wakeups_free(wakeups);
	placement_counts_free(&counts);
	placement_host_free(placement);
	host_snapshot_free(&host);
	end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tasks_whose_names_differ_in_a_number_are_one_series_a_cpu),
		cmocka_unit_test(groups_with_the_most_time_are_kept_ties_by_name_the_rest_is_other),
		cmocka_unit_test(a_task_called_other_is_in_other_and_takes_no_place),
		cmocka_unit_test(names_that_are_one_when_cleaned_are_one_group),
		cmocka_unit_test(sums_do_not_depend_on_what_is_kept),
		cmocka_unit_test(a_row_that_only_a_move_made_is_no_series),
		cmocka_unit_test(distributions_give_the_same_series_as_a_summary),
		cmocka_unit_test(rows_by_task_alone_are_of_all_cpus_or_refused),
		cmocka_unit_test(nothing_traced_is_no_series),
		cmocka_unit_test(trespasses_are_those_of_the_wakeups_by_group),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
