// SPDX-License-Identifier: GPL-2.0-only
/* What check and diff say, in every form; what a trace or a limit says breaks none of them. */
#include <stdlib.h>

#include "output/report_check.h"
#include "output/report_diff.h"
#include "unit/printing.h"

#define ROWS 6

static struct limit limits[ROWS];

static const struct trace_meta meta_of_all = {
	.start_ns = AT(0),
	.end_ns = AT(8000000),
	.realtime_offset_ns = 1795000000000000000,
};

static const struct check_row models[ROWS] = {
	{ .verdict = CHECK_PASS,
	  .known = true,
	  .value = 812345,
	  .samples = 4712,
	  .worst_ns = 3400000,
	  .worst_at_ns = AT(12734),
	  .worst = "3.400 ms, CPU 0/KVM[20177] on CPU 43 at 1119.012734 s" },
	{ .verdict = CHECK_FAIL, .known = true, .value = 0.0312, .samples = 155 },
	{ .verdict = CHECK_INCONCLUSIVE, .why = "no such task in the trace" },
	{ .verdict = CHECK_PASS,
	  .known = true,
	  .value = 412000,
	  .samples = 8123,
	  .answer = { .verdict = COMPARE_IMPROVED,
		      .known = true,
		      .reference = 812000,
		      .low = 790000,
		      .high = 835000,
		      .change = -0.4926,
		      .change_known = true,
		      .p_known = true,
		      .p_worse = 1,
		      .p_better = 0.0003,
		      .noise_known = true,
		      .noise = 0.0431,
		      .between_known = true } },
	{ .verdict = CHECK_REGRESSION,
	  .known = true,
	  .value = 2512000,
	  .samples = 20123,
	  .worst = "9.100 ms, w|eb[812] on CPU 1 at 1119.012734 s",
	  .worst_ns = 9100000,
	  .worst_at_ns = AT(12734),
	  .worst_before = "7.000 ms, w|eb[799] on CPU 1 at 812.100000 s",
	  .answer = { .verdict = COMPARE_REGRESSION,
		      .known = true,
		      .reference = 2040000,
		      .low = 1980000,
		      .high = 2110000,
		      .change = 0.2314,
		      .change_known = true,
		      .p_known = true,
		      .p_worse = 0.00001,
		      .p_better = 1,
		      .noise_known = true,
		      .noise = 0.061,
		      .between_known = true } },
	{ .verdict = CHECK_INCONCLUSIVE,
	  .why = "too few samples",
	  .samples = 12,
	  .answer = { .verdict = COMPARE_INCONCLUSIVE, .why = "too few samples" } },
};

static void make(struct check_file *file, struct check_row rows[ROWS], const char *name)
{
	static const char *const texts[ROWS] = {
		"p99(wake_delay, task=\"CPU 0/KVM\") < 1ms", "share(task=ksmd, cpu=43) < 2%",
		"count(slices, task=a|b#c&<d>) == 0",	     "compare p99(preempt_delay)",
		"compare p99(wake_delay, task=w|eb)",	     "compare share(task=ksmd)",
	};

	for (int i = 0; i < ROWS; i++) {
		struct limit_error error;

		assert_int_equal(limit_parse(&limits[i], texts[i], &error), 0);
		rows[i] = models[i];
		rows[i].what = &limits[i];
	}
	*file = (struct check_file){ .name = name,
				     .meta = &meta_of_all,
				     .hostname = "kvm<1>",
				     .kernel = "6.18.5",
				     .rows = rows,
				     .count = ROWS,
				     .left_out = 3 };
}

static void free_limits(void)
{
	for (int i = 0; i < ROWS; i++)
		limit_free(&limits[i]);
}

static char *notes[] = { (char *)"baseline c.json is of Linux 6.1.0, this is 6.18.5" };
static char *baselines[] = { (char *)"a.ilt", (char *)"b.ilt", (char *)"c.json" };

static struct check_report report_of(const struct check_file *file)
{
	return (struct check_report){
		.files = file,
		.count = 1,
		.baselines = baselines,
		.baseline_count = 3,
		.options = { .min_change = 0.1,
			     .min_delta_ns = 50000,
			     .chance = 0.05,
			     .runs_differ = 0.05 },
	};
}

static void compare(enum check_format format, const char *golden)
{
	struct check_report report;
	struct check_file file;
	struct check_row rows[ROWS];
	struct text text;

	make(&file, rows, "run#1 & \"2\".ilt");
	file.notes = notes;
	file.note_count = 1;
	report = report_of(&file);
	text_open(&text, false);
	assert_int_equal(report_check(&text.out, format, &report), 0);
	expect_golden(&text, golden);
	free_limits();
}

/* Without baselines, nothing is said of them. */
static void limits_alone(void **state)
{
	struct check_report report;
	struct check_file file;
	struct check_row rows[ROWS];
	struct text text;

	make(&file, rows, "run.ilt");
	file.count = 3;
	report = report_of(&file);
	report.baseline_count = 0;
	text_open(&text, false);
	assert_int_equal(report_check(&text.out, CHECK_TEXT, &report), 0);
	expect_golden(&text, "check-limits.txt");
	free_limits();
}

static struct diff_report diff_of(const struct check_file *file, struct trace_meta meta[2])
{
	for (int i = 0; i < 2; i++) {
		assert_int_equal(trace_meta_init(&meta[i], 2), 0);
		hwloc_bitmap_set_range(meta[i].target_cpus, 0, 1);
		meta[i].start_ns = AT(0);
		meta[i].end_ns = AT(8000000);
	}
	meta[0].cpus[1].lost[LOST_SLICE] = 7;
	return (struct diff_report){
		.file = file,
		.options = { .min_change = 0.1,
			     .min_delta_ns = 50000,
			     .chance = 0.05,
			     .runs_differ = 0.05 },
		.sides = { { .name = "mon.ilt", .meta = &meta[0], .kernel = "6.1.0" },
			   { .name = "tue.json", .meta = &meta[1] } },
	};
}

static void as_diff(bool json, const char *golden)
{
	struct check_file file;
	struct check_row rows[ROWS];
	struct trace_meta meta[2];
	struct diff_report report;
	struct text text;

	make(&file, rows, "");
	file.rows += 3;
	file.count = 3;
	report = diff_of(&file, meta);
	text_open(&text, false);
	text.out.json = json;
	assert_int_equal(report_diff(&text.out, &report), 0);
	expect_golden(&text, golden);
	free_limits();
	trace_meta_free(&meta[0]);
	trace_meta_free(&meta[1]);
}

static void two_traces_side_by_side(void **state)
{
	as_diff(false, "diff.txt");
}

static void two_traces_as_json(void **state)
{
	as_diff(true, "diff.json");
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

/* An import may not know the time of day. */
static void a_suite_of_an_unknown_time_has_no_timestamp(void **state)
{
	static const int64_t unknown[] = { 0, -AT(0), INT64_MIN, INT64_MAX };

	for (size_t i = 0; i < sizeof(unknown) / sizeof(*unknown); i++) {
		struct trace_meta meta = meta_of_all;
		struct check_row rows[ROWS];
		struct check_report report;
		struct check_file file;
		struct text text;

		make(&file, rows, "run.ilt");
		meta.realtime_offset_ns = unknown[i];
		file.meta = &meta;
		report = report_of(&file);
		text_open(&text, false);
		assert_int_equal(report_check(&text.out, CHECK_JUNIT, &report), 0);
		fclose(text.out.file);
		assert_null(strstr(text.text, "timestamp="));
		assert_non_null(strstr(text.text, " time=\"8.000000000\""));
		free(text.text);
		free_limits();
	}
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
		struct check_report report;
		struct check_file file;
		struct check_row rows[ROWS];
		struct text text;

		make(&file, rows, "a\nok 4 - all\n::error::\033[31mx");
		report = report_of(&file);
		text_open(&text, false);
		assert_int_equal(report_check(&text.out, format, &report), 0);
		assert_int_equal(fclose(text.out.file), 0);
		assert_null(strstr(text.text, "\nok 4 - all"));
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
		cmocka_unit_test(a_suite_of_an_unknown_time_has_no_timestamp),
		cmocka_unit_test(as_tap),
		cmocka_unit_test(as_markdown),
		cmocka_unit_test(as_github),
		cmocka_unit_test(limits_alone),
		cmocka_unit_test(two_traces_side_by_side),
		cmocka_unit_test(two_traces_as_json),
		cmocka_unit_test(a_name_cannot_add_lines),
	};

	return cmocka_run_group_tests_name("report_check", tests, NULL, NULL);
}
