// SPDX-License-Identifier: GPL-2.0-only
/* How numbers look, and that text from outside cannot reach the terminal as anything but text. */
#include "unit/printing.h"

static void a_duration_keeps_one_to_three_digits_before_the_point(void **state)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} cases[] = {
		{ 0, "0 ns" },
		{ 1, "1 ns" },
		{ 999, "999 ns" },
		{ 1000, "1.000 us" },
		{ 12345, "12.345 us" },
		{ 999999, "999.999 us" },
		{ 1000000, "1.000 ms" },
		{ 12345678, "12.345 ms" },
		{ 999999999, "999.999 ms" },
		{ 1000000000, "1.000 s" },
		{ 90061000000000, "90061.000 s" },
		{ UINT64_MAX, "18446744073.709 s" },
	};
	char buf[DURATION_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(format_duration(buf, cases[i].ns), cases[i].text);
}

static void a_duration_is_truncated_never_rounded_up(void **state)
{
	char buf[DURATION_MAX];

	(void)state;
	assert_string_equal(format_duration(buf, 1999999), "1.999 ms");
	assert_string_equal(format_msec(buf, 1999999), "1.999");
	assert_string_equal(format_time(buf, 1999999999), "1.999999");
}

static void milliseconds_and_times_have_fixed_decimals(void **state)
{
	char buf[DURATION_MAX];

	(void)state;
	assert_string_equal(format_msec(buf, 0), "0.000");
	assert_string_equal(format_msec(buf, 1234567891234), "1,234,567.891");
	assert_string_equal(format_msec(buf, UINT64_MAX), "18,446,744,073,709.551");
	assert_string_equal(format_time(buf, 1119585632000), "1119.585632");
}

static void counts_are_grouped_by_thousands(void **state)
{
	char buf[COUNT_MAX];

	(void)state;
	assert_string_equal(format_count(buf, 0), "0");
	assert_string_equal(format_count(buf, 999), "999");
	assert_string_equal(format_count(buf, 1000), "1,000");
	assert_string_equal(format_count(buf, 1234567), "1,234,567");
	assert_string_equal(format_count(buf, UINT64_MAX), "18,446,744,073,709,551,615");
}

static void bytes_have_binary_units_and_a_tenth(void **state)
{
	char buf[COUNT_MAX];

	(void)state;
	assert_string_equal(format_bytes(buf, 0), "0 B");
	assert_string_equal(format_bytes(buf, 1023), "1023 B");
	assert_string_equal(format_bytes(buf, 1024), "1.0 KiB");
	assert_string_equal(format_bytes(buf, 1048575), "1023.9 KiB");
	assert_string_equal(format_bytes(buf, 19200000), "18.3 MiB");
	assert_string_equal(format_bytes(buf, UINT64_MAX), "15.9 EiB");
}

static void expect_clean(const char *dirty, const char *clean)
{
	char text[64];

	snprintf(text, sizeof(text), "%s", dirty);
	assert_int_equal(text_clean(text), strlen(clean));
	assert_string_equal(text, clean);
}

static void text_from_outside_loses_its_control_characters(void **state)
{
	(void)state;
	expect_clean("", "");
	expect_clean("ksmd", "ksmd");
	expect_clean("a\033[31mb\n\x7f", "a?[31mb??");
	expect_clean("csi \xc2\x9b"
		     "31m",
		     "csi ?31m");
}

static void text_that_is_no_utf8_becomes_so(void **state)
{
	(void)state;
	expect_clean("gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f");
	expect_clean("cut \xe2\x82", "cut ??");
	expect_clean("overlong \xc0\xaf", "overlong ??");
	expect_clean("overlong \xe0\x80\xaf", "overlong ???");
	expect_clean("surrogate \xed\xa0\x80", "surrogate ???");
	expect_clean("far \xf4\x90\x80\x80", "far ????");
	expect_clean("near \xf4\x8f\xbf\xbf", "near \xf4\x8f\xbf\xbf");
	assert_int_equal(text_width("gr\xc3\xbc\xc3\x9f"), 4);
}

static void colour_needs_a_terminal_and_no_objection(void **state)
{
	(void)state;
	/* Under ctest stdout is no terminal. */
	assert_false(output_stdout(false).colour && getenv("NO_COLOR") && *getenv("NO_COLOR"));
	assert_false(output_stdout(true).colour);
	assert_true(output_stdout(true).json);
	assert_ptr_equal(output_stdout(false).file, stdout);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_duration_keeps_one_to_three_digits_before_the_point),
		cmocka_unit_test(a_duration_is_truncated_never_rounded_up),
		cmocka_unit_test(milliseconds_and_times_have_fixed_decimals),
		cmocka_unit_test(counts_are_grouped_by_thousands),
		cmocka_unit_test(bytes_have_binary_units_and_a_tenth),
		cmocka_unit_test(text_from_outside_loses_its_control_characters),
		cmocka_unit_test(text_that_is_no_utf8_becomes_so),
		cmocka_unit_test(colour_needs_a_terminal_and_no_objection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
