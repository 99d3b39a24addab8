// SPDX-License-Identifier: GPL-2.0-only
/* The list of advice: its order, what is minor, what is kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/advice.h"

static void add(struct advice_list *list, const char *rule, uint32_t task, uint64_t cost_ns,
		uint64_t run_ns, bool is_advice)
{
	struct advice *advice = advice_add(list, rule, task, ADVICE_SURE);

	assert_non_null(advice);
	advice->cost_ns = cost_ns;
	advice->run_ns = run_ns;
	advice->is_advice = is_advice;
}

static void assert_order(const struct advice_list *list, const char *expected)
{
	char order[200] = "";

	for (uint32_t i = 0; i < list->count; i++) {
		if (i)
			strcat(order, " ");
		strcat(order, list->list[i].rule);
	}
	assert_string_equal(order, expected);
}

static void what_costs_most_comes_first_and_what_needs_nothing_last(void **state)
{
	struct advice_list list = {};

	add(&list, "leave", 1, 900, 900, false);
	add(&list, "small", 2, 10, 50, true);
	add(&list, "large", 3, 100, 20, true);
	add(&list, "runs-more", 4, 10, 60, true);
	add(&list, "same-as-small", 5, 10, 50, true);
	advice_list_sort(&list);
	assert_order(&list, "large runs-more small same-as-small leave");
	advice_list_free(&list);
}

/* 1 % of 10,000 is 100. */
static void minor_is_what_is_little_of_all(void **state)
{
	struct advice_list list = {};

	add(&list, "main", 1, 9000, 9000, true);
	add(&list, "at-the-limit", 2, 100, 100, true);
	add(&list, "runs", 3, 0, 700, true);
	add(&list, "unknown", 4, 0, 0, true);
	add(&list, "leave", 5, 50, 50, false);
	add(&list, "rest", 6, 850, 150, true);
	advice_list_sort(&list);
	for (uint32_t i = 0; i < list.count; i++)
		assert_int_equal(list.list[i].is_minor, !strcmp(list.list[i].rule, "at-the-limit"));
	advice_list_drop_minor(&list);
	assert_order(&list, "main rest runs unknown leave");
	advice_list_free(&list);
}

/* What is little on a busy CPU is much on one that has nothing else. */
static void a_single_small_one_is_not_minor(void **state)
{
	struct advice_list list = {};

	add(&list, "only", 1, 1, 1, true);
	advice_list_sort(&list);
	assert_false(list.list[0].is_minor);
	advice_list_free(&list);
}

static void only_what_is_named_is_kept_by_rule_or_task(void **state)
{
	static const struct task_identity ksmd = { .task = 1, .tid = 510, .comm = "ksmd" };
	struct advice_list list = {};
	struct task_table tasks;

	assert_int_equal(task_table_init(&tasks), 0);
	assert_int_equal(task_table_put(&tasks, &ksmd), 0);
	add(&list, "move-task", 1, 5000, 5000, true);
	add(&list, "ksm-scan", 1, 10, 10, true);
	add(&list, "ksm-scan-not", TASK_UNKNOWN, 3, 3, true);
	add(&list, "workqueue", TASK_UNKNOWN, 2, 2, true);
	advice_list_sort(&list);
	assert_true(list.list[3].is_minor);
	advice_list_keep(&list, "workqueue,ksmd", &tasks);
	assert_order(&list, "move-task ksm-scan workqueue");
	assert_false(list.list[2].is_minor);
	advice_list_keep(&list, "ksm-scan", &tasks);
	assert_order(&list, "ksm-scan");
	advice_list_keep(&list, "ksm-sca,", &tasks);
	assert_order(&list, "");
	advice_list_free(&list);
	task_table_free(&tasks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_costs_most_comes_first_and_what_needs_nothing_last),
		cmocka_unit_test(minor_is_what_is_little_of_all),
		cmocka_unit_test(a_single_small_one_is_not_minor),
		cmocka_unit_test(only_what_is_named_is_kept_by_rule_or_task),
	};

	return cmocka_run_group_tests_name("advice", tests, NULL, NULL);
}
