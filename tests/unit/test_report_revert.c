// SPDX-License-Identifier: GPL-2.0-only
/* What revert prints: a row for each change, all that can become of one. */
#include <errno.h>
#include <stdlib.h>

#include "output/report_revert.h"
#include "unit/printing.h"

#define FILE_OF(p, original, found, how, error)                                                    \
	{                                                                                          \
		.change = { .kind = CHANGE_FILE, .path = p, .from = original, .to = found },       \
		.outcome = how, .err = error                                                       \
	}
#define TASK_OF(id, name, original, found, how)                                                    \
	{                                                                                          \
		.change = { .kind = CHANGE_AFFINITY,                                               \
			    .tid = id,                                                             \
			    .start_ticks = 38,                                                     \
			    .comm = name,                                                          \
			    .from = original,                                                      \
			    .to = found },                                                         \
		.outcome = how                                                                     \
	}

static struct reverted all_kinds[] = {
	FILE_OF("/sys/kernel/mm/ksm/sleep_millisecs", "20\n", "500\n", REVERT_RESTORED, 0),
	FILE_OF("/sys/kernel/mm/ksm/pages_to_scan", "100\n", "100\n", REVERT_SAME, 0),
	FILE_OF("/sys/kernel/mm/ksm/max_page_sharing", "256\n", "77\n", REVERT_LEFT, 0),
	FILE_OF("/sys/kernel/mm/ksm/run", "1\n", "0\n", REVERT_FAILED, -EBUSY),
	FILE_OF("/sys/fs/cgroup/vm7/cpuset.cpus", "\n", NULL, REVERT_GONE, 0),
	TASK_OF(510, "ksmd", "0-95", "0-63", REVERT_RESTORED),
	TASK_OF(20300, "vhost\033[31m", "0-95", NULL, REVERT_REUSED),
	TASK_OF(20301, "vhost-20299", "0-95", NULL, REVERT_REBOOTED),
};

static const struct revert_result result = { .list = all_kinds,
					     .count = ARRAY_SIZE(all_kinds),
					     .left = 2 };

static void each_change_is_a_row(void **state)
{
	struct text text;

	text_open(&text, false);
	assert_int_equal(report_revert(&text.out, &result, false), 0);
	expect_golden(&text, "revert.txt");
}

static void a_dry_run_says_would(void **state)
{
	const struct revert_result one = { .list = all_kinds, .count = 1 };
	struct text text;

	text_open(&text, false);
	assert_int_equal(report_revert(&text.out, &one, true), 0);
	expect_text(&text,
		    "changed                             original  found  outcome\n"
		    "/sys/kernel/mm/ksm/sleep_millisecs  20        500    would be restored\n");
}

static void an_empty_journal_is_nothing_to_revert(void **state)
{
	const struct revert_result none = {};
	struct text text;

	text_open(&text, false);
	assert_int_equal(report_revert(&text.out, &none, false), 0);
	expect_text(&text, "nothing to revert\n");
}

static void json_has_the_same(void **state)
{
	json_t *object = report_revert_json(&result, false);
	char *text;

	assert_non_null(object);
	text = json_dumps(object, JSON_INDENT(2));
	compare_golden(text, "revert.json");
	free(text);
	json_decref(object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_change_is_a_row),
		cmocka_unit_test(a_dry_run_says_would),
		cmocka_unit_test(an_empty_journal_is_nothing_to_revert),
		cmocka_unit_test(json_has_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
