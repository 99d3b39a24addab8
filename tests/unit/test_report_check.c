// SPDX-License-Identifier: GPL-2.0-only
/* Which limits held, in every form; what a trace or a limit says breaks none of them. */
#include <stdlib.h>

#include "output/report_check.h"
#include "unit/printing.h"

static struct limit limits[3];

static const struct limit_result results[] = {
	{ .verdict = LIMIT_KEPT,
	  .known = true,
	  .value = 812345,
	  .samples = 4712,
	  .worst_ns = 3400000,
	  .worst_at_ns = AT(12734),
	  .worst_cpu = 43,
	  .worst_task = VCPU },
	{ .verdict = LIMIT_BROKEN, .known = true, .value = 0.0312, .samples = 155 },
	{ .verdict = LIMIT_UNKNOWN, .why = "no such task in the trace" },
};

static void make(struct check_file *file, struct check_row rows[3], const char *name)
{
	static const char *const texts[] = {
		"p99(wake_delay, task=\"CPU 0/KVM\") < 1ms",
		"share(task=ksmd, cpu=43) < 2%",
		"count(slices, task=a|b#c&<d>) == 0",
	};

	for (int i = 0; i < 3; i++) {
		struct limit_error error;

		assert_int_equal(limit_parse(&limits[i], texts[i], &error), 0);
		rows[i] = (struct check_row){ .limit = &limits[i],
					      .result = results[i],
					      .why = results[i].why };
	}
	strcpy(rows[0].worst, "3.400 ms, CPU 0/KVM[20177] on CPU 43 at 1119.012734 s");
	*file = (struct check_file){ .name = name, .rows = rows, .count = 3 };
}

static void free_limits(void)
{
	for (int i = 0; i < 3; i++)
		limit_free(&limits[i]);
}

static void compare(enum check_format format, const char *golden)
{
	struct check_file file;
	struct check_row rows[3];
	struct text text;

	make(&file, rows, "run#1 & \"2\".ilt");
	text_open(&text, false);
	assert_int_equal(report_check(&text.out, format, &file, 1), 0);
	expect_golden(&text, golden);
	free_limits();
}

static void as_text(void **state)
{
	compare(CHECK_TEXT, "check.txt");
}

static void as_json(void **state)
{
	compare(CHECK_JSON, "check.json");
}

static void as_junit(void **state)
{
	compare(CHECK_JUNIT, "check-junit.xml");
}

static void as_tap(void **state)
{
	compare(CHECK_TAP, "check.tap");
}

static void as_markdown(void **state)
{
	compare(CHECK_MARKDOWN, "check.md");
}

static void as_github(void **state)
{
	compare(CHECK_GITHUB, "check-github.txt");
}

/* A name with line ends could add tests of its own. */
static void a_name_cannot_add_lines(void **state)
{
	for (enum check_format format = 0; format < CHECK_FORMATS; format++) {
		struct check_file file;
		struct check_row rows[3];
		struct text text;

		make(&file, rows, "a\nok 4 - all\n::error::\033[31mx");
		text_open(&text, false);
		assert_int_equal(report_check(&text.out, format, &file, 1), 0);
		assert_int_equal(fclose(text.out.file), 0);
		assert_null(strstr(text.text, "\nok 4"));
		assert_null(strstr(text.text, "\n::error::"));
		assert_null(strchr(text.text, '\033'));
		free(text.text);
		free_limits();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_text),
		cmocka_unit_test(as_json),
		cmocka_unit_test(as_junit),
		cmocka_unit_test(as_tap),
		cmocka_unit_test(as_markdown),
		cmocka_unit_test(as_github),
		cmocka_unit_test(a_name_cannot_add_lines),
	};

	return cmocka_run_group_tests_name("report_check", tests, NULL, NULL);
}
