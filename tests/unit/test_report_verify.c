// SPDX-License-Identifier: GPL-2.0-only
/* What --verify prints: ksmd on CPU 1, before and after a change. */
#include <stdlib.h>

#include "output/report_verify.h"
#include "unit/printing.h"

#define WINDOW(cpus_, ...)                                                                         \
	{                                                                                          \
		.begin_ns = AT(0), .end_ns = AT(10000000), .cpus = (cpus_), __VA_ARGS__            \
	}

static const struct verify_side before = WINDOW(1, .slices = 312, .cut_slices = 1, .waits = 1320,
						.owner_slices = 1400, .scan_samples = 11);
static const struct verify_side after =
	WINDOW(1, .waits = 1005, .cut_waits = 2, .unknown_waits = 1, .owner_slices = 1200,
	       .gaps = 1, .gap_ns = 2500000, .scan_samples = 11);

#define KNOWN(n)                                                                                   \
	{                                                                                          \
		.known = true, .value = (n)                                                        \
	}
#define CHANGED(was, is, lowest, highest, verdict_)                                                \
	{                                                                                          \
		.before = KNOWN(was), .after = KNOWN(is), .change_known = true,                    \
		.interval_known = true, .change = (is) - (was), .low = (lowest),                   \
		.high = (highest), .verdict = (verdict_)                                           \
	}

static const struct verify_result better = {
	.verdict = VERIFY_BETTER,
	.decided_by = VERIFY_SHARE,
	.metrics = {
		[VERIFY_SHARE] = CHANGED(0.375, 0, -0.40625, -0.359375, VERIFY_BETTER),
		[VERIFY_LONGEST] = { .before = { .known = true, .at_least = true,
						 .value = 12345678 },
				     .reason = VERIFY_NO_VALUE },
		[VERIFY_P50] = CHANGED(3400, 3100, -512, 128, VERIFY_NO_CHANGE),
		[VERIFY_P99] = CHANGED(12100000, 64000, -12288000, -11776000, VERIFY_BETTER),
		[VERIFY_MAX] = { .before = KNOWN(12800000),
				 .after = KNOWN(71000),
				 .change_known = true,
				 .change = -12729000,
				 .reason = VERIFY_SINGLE },
		[VERIFY_DELAY] = CHANGED(374500000.5, 640000, -390000000, -360000000,
					 VERIFY_BETTER),
		[VERIFY_SCAN] = { .before = KNOWN(5000),
				  .after = KNOWN(1250),
				  .change_known = true,
				  .change = -3750,
				  .verdict = VERIFY_WORSE },
	},
};

static const struct verify_report report = {
	.result = &better,
	.before = &before,
	.after = &after,
	.interlopers = "ksmd",
	.cpus = "1",
};

static void print(struct text *text, const struct verify_report *r, bool colour)
{
	text_open(text, colour);
	assert_int_equal(report_verify(&text->out, r), 0);
}

static void before_and_after_stand_side_by_side(void **state)
{
	struct text text;

	print(&text, &report, false);
	expect_golden(&text, "verify.txt");
	print(&text, &report, true);
	expect_golden(&text, "verify-colour.txt");
}

/* The first line alone. */
static void expect_first(const struct verify_report *r, const char *expected)
{
	struct text text;

	print(&text, r, false);
	assert_int_equal(fclose(text.out.file), 0);
	text.text[strcspn(text.text, "\n")] = '\0';
	assert_string_equal(text.text, expected);
	free(text.text);
}

static void the_first_line_says_what_decided(void **state)
{
	struct verify_result result = better;
	struct verify_report r = report;

	r.result = &result;
	expect_first(&r, "better: ksmd's share of CPUs 1 went from 37.50 % to 0.00 %");
	r.interlopers = NULL;
	r.cpus = "0-3,8";
	expect_first(&r,
		     "better: the interlopers' share of CPUs 0-3,8 went from 37.50 % to 0.00 %");
	r.interlopers = "k\033[31mx";
	expect_first(&r, "better: k?[31mx's share of CPUs 0-3,8 went from 37.50 % to 0.00 %");
	result.verdict = VERIFY_NO_CHANGE;
	r.interlopers = "ksmd";
	expect_first(&r, "no change: ksmd's share of CPUs 0-3,8 was 37.50 % and is 0.00 %");
	result.verdict = VERIFY_WORSE;
	result.decided_by = VERIFY_P99;
	expect_first(&r, "worse: the owners' 99th percentile of delay on CPUs 0-3,8 went from "
			 "12.100 ms to 0.064 ms");
	result.decided_by = VERIFY_DELAY;
	expect_first(&r, "worse: the owners' delay on CPUs 0-3,8 went from 374.500 ms a second to "
			 "0.640 ms a second");
	result.verdict = VERIFY_UNKNOWN;
	result.reason = VERIFY_LOST;
	expect_first(&r, "unknown: events were lost (in the trace before)");
	result.reason_after = true;
	expect_first(&r, "unknown: events were lost (in the trace after)");
	result.reason = VERIFY_FEW;
	expect_first(&r, "unknown: too few samples");
}

/* Losses after, no owner, no KSM. */
static void lossy(struct verify_side *side, struct verify_result *result)
{
	*side = (struct verify_side)WINDOW(2, .slices = 1, .lost = 1234);
	*result = (struct verify_result){ .reason = VERIFY_LOST, .reason_after = true };
	for (int q = 0; q < VERIFY_QUANTITIES; q++)
		result->metrics[q].reason = VERIFY_LOST;
	result->metrics[VERIFY_SHARE].before = result->metrics[VERIFY_SHARE].after =
		(struct verify_value)KNOWN(0.25);
	result->metrics[VERIFY_SHARE].change_known = true;
}

static void what_is_not_known_is_not_told(void **state)
{
	static const struct verify_side quiet = WINDOW(2, .slices = 1);
	struct verify_result result;
	struct verify_side side;
	struct verify_report r = {
		.result = &result, .before = &quiet, .after = &side, .cpus = "2-3"
	};
	struct text text;

	lossy(&side, &result);
	print(&text, &r, false);
	expect_golden(&text, "verify-lost.txt");
}

static void expect_json(const struct verify_report *r, const char *name)
{
	json_t *object = report_verify_json(r);
	char *text;

	assert_non_null(object);
	text = json_dumps(object, JSON_INDENT(2));
	compare_golden(text, name);
	free(text);
	json_decref(object);
}

static void json_has_the_same(void **state)
{
	struct verify_result result;
	struct verify_side side;
	struct verify_report r = {
		.result = &result, .before = &before, .after = &side, .cpus = "2-3"
	};

	expect_json(&report, "verify.json");
	lossy(&side, &result);
	expect_json(&r, "verify-lost.json");
}

static void absurd_values_are_printed_all_the_same(void **state)
{
	struct verify_result result = better;
	struct verify_report r = report;
	struct text text;
	json_t *object;

	r.result = &result;
	for (int q = 0; q < VERIFY_QUANTITIES; q++)
		result.metrics[q] =
			(struct verify_metric)CHANGED(1e30, 0, -1e30, 1e30, VERIFY_BETTER);
	print(&text, &r, true);
	assert_int_equal(fclose(text.out.file), 0);
	free(text.text);
	object = report_verify_json(&r);
	assert_non_null(object);
	json_decref(object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(before_and_after_stand_side_by_side),
		cmocka_unit_test(the_first_line_says_what_decided),
		cmocka_unit_test(what_is_not_known_is_not_told),
		cmocka_unit_test(json_has_the_same),
		cmocka_unit_test(absurd_values_are_printed_all_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
