// SPDX-License-Identifier: GPL-2.0-only
/* One change: which texts are the same value, what may be changed, by which commands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "host/change.h"

static void numbers_are_the_same_by_value(void **state)
{
	assert_true(change_same(CHANGE_NUMBER, "500", "500\n"));
	assert_true(change_same(CHANGE_NUMBER, "0500", "500"));
	assert_false(change_same(CHANGE_NUMBER, "500", "50"));
	assert_false(change_same(CHANGE_NUMBER, "500", "500x"));
	assert_false(change_same(CHANGE_NUMBER, "", "0"));
	assert_false(change_same(CHANGE_NUMBER, "500\n\n", "500"));
	/* Beyond 64 bits strtoll() would make the same of both. */
	assert_false(change_same(CHANGE_NUMBER, "18446744073709551615", "18446744073709551614"));
	assert_true(change_same(CHANGE_NUMBER, "18446744073709551615", "18446744073709551615\n"));
}

static void an_option_is_the_one_in_brackets(void **state)
{
	assert_true(change_same(CHANGE_OPTION, "[none] scan-time\n", "none"));
	assert_true(change_same(CHANGE_OPTION, "none [scan-time]", "scan-time"));
	assert_false(change_same(CHANGE_OPTION, "none [scan-time]", "none"));
	assert_false(change_same(CHANGE_TEXT, "[none] scan-time", "none"));
}

static void cpus_are_the_same_as_sets(void **state)
{
	assert_true(change_same(CHANGE_CPULIST, "0-3,8\n", "0,1-3,8"));
	assert_true(change_same(CHANGE_CPULIST, "", "\n"));
	assert_false(change_same(CHANGE_CPULIST, "0-3", "0-2"));
	assert_false(change_same(CHANGE_CPULIST, "x", "y"));
	assert_true(change_same(CHANGE_CPUMASK, "00000000,00000003\n", "3"));
	assert_false(change_same(CHANGE_CPUMASK, "00000001,00000000", "1"));
}

static void text_is_the_same_by_its_bytes(void **state)
{
	assert_true(change_same(CHANGE_TEXT, "a b", "a b\n"));
	assert_false(change_same(CHANGE_TEXT, "a b", "a  b"));
	assert_true(change_same(CHANGE_TEXT, "\n", ""));
}

static void expect_text(enum change_value value, const char *read, const char *expected)
{
	char *text = change_text(value, read);

	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
}

static void what_restores_a_file_is_what_it_read(void **state)
{
	expect_text(CHANGE_NUMBER, "20\n", "20\n");
	expect_text(CHANGE_NUMBER, "20", "20");
	expect_text(CHANGE_TEXT, "a\nb\n", "a\nb\n");
	expect_text(CHANGE_CPULIST, "\n", "\n");
	/* Nothing can be written only as an empty line. */
	expect_text(CHANGE_CPULIST, "", "\n");
	expect_text(CHANGE_OPTION, "none [scan-time]\n", "scan-time\n");
	expect_text(CHANGE_OPTION, "none\n", "none\n");
}

static bool may_change(const char *path)
{
	const struct change change = { .kind = CHANGE_FILE, .path = (char *)path };

	return change_is_valid(&change, "1");
}

static void only_files_that_no_reboot_keeps_may_be_changed(void **state)
{
	char path[8192];

	assert_true(may_change("/proc/sys/kernel/numa_balancing"));
	assert_true(may_change("/sys/kernel/mm/ksm/run"));
	assert_true(may_change("/sys/a..b/..c"));
	assert_false(may_change("/etc/passwd"));
	assert_false(may_change("/sysx/a"));
	assert_false(may_change("sys/a"));
	assert_false(may_change(""));
	assert_false(may_change("/sys"));
	assert_false(may_change("/sys/../etc/passwd"));
	assert_false(may_change("/proc/x/.."));
	memset(path, 'x', sizeof(path));
	memcpy(path, "/sys/", 5);
	path[sizeof(path) - 1] = '\0';
	assert_false(may_change(path));
}

static bool may_bind(uint32_t tid, const char *cpus)
{
	const struct change change = { .kind = CHANGE_AFFINITY,
				       .value = CHANGE_CPULIST,
				       .tid = tid };

	return change_is_valid(&change, cpus);
}

static void only_tasks_may_be_bound_and_only_to_cpus(void **state)
{
	assert_true(may_bind(510, "0-63"));
	assert_false(may_bind(0, "0-63"));
	assert_false(may_bind(0x80000000, "0-63"));
	assert_false(may_bind(510, ""));
	assert_false(may_bind(510, "all"));
	assert_false(may_bind(510, "8192"));
}

static void kinds_of_values_have_names(void **state)
{
	enum change_value value;

	for (int i = CHANGE_TEXT; i <= CHANGE_CPUMASK; i++) {
		assert_int_equal(change_value_parse(&value, change_value_name(i)), 0);
		assert_int_equal(value, i);
	}
	assert_int_equal(change_value_parse(&value, "numbers"), -EINVAL);
	assert_int_equal(change_value_parse(&value, ""), -EINVAL);
}

static void expect(char *text, const char *expected)
{
	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
}

static void a_change_is_told_as_shell_commands(void **state)
{
	struct change file, task, option;

	assert_int_equal(change_file(&file, CHANGE_NUMBER, "/sys/x", "20", "500"), 0);
	assert_int_equal(change_affinity(&task, 510, 38, "ksmd", "0-95", "0-63"), 0);
	assert_int_equal(change_file(&option, CHANGE_OPTION, "/sys/y", "a [b] c", "c"), 0);
	expect(change_command(&file), "echo 500 >/sys/x");
	expect(change_undo_command(&file), "echo 20 >/sys/x");
	expect(change_target(&file), "/sys/x");
	expect(change_command(&task), "taskset -pc 0-63 510");
	expect(change_undo_command(&task), "taskset -pc 0-95 510");
	expect(change_target(&task), "ksmd[510]");
	expect(change_undo_command(&option), "echo b >/sys/y");
	change_free(&file);
	change_free(&task);
	change_free(&option);
}

static void a_target_is_a_file_or_one_tasks_life(void **state)
{
	struct change a = { .kind = CHANGE_FILE, .path = "/sys/x" }, b = a;
	struct change t = { .kind = CHANGE_AFFINITY, .tid = 7, .start_ticks = 5 }, u = t;

	assert_true(change_same_target(&a, &b));
	assert_true(change_same_target(&t, &u));
	assert_false(change_same_target(&a, &t));
	b.path = "/sys/y";
	u.start_ticks = 6;
	assert_false(change_same_target(&a, &b));
	assert_false(change_same_target(&t, &u));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_the_same_by_value),
		cmocka_unit_test(an_option_is_the_one_in_brackets),
		cmocka_unit_test(cpus_are_the_same_as_sets),
		cmocka_unit_test(text_is_the_same_by_its_bytes),
		cmocka_unit_test(what_restores_a_file_is_what_it_read),
		cmocka_unit_test(only_files_that_no_reboot_keeps_may_be_changed),
		cmocka_unit_test(only_tasks_may_be_bound_and_only_to_cpus),
		cmocka_unit_test(kinds_of_values_have_names),
		cmocka_unit_test(a_change_is_told_as_shell_commands),
		cmocka_unit_test(a_target_is_a_file_or_one_tasks_life),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
