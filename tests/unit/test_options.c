// SPDX-License-Identifier: GPL-2.0-only
/* Values of options: what they mean, and that nonsense is refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* Before cmocka.h, which has a macro fail(). */
#include "commands/options.h"

#include <cmocka.h>

static void a_duration_has_a_unit(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} good[] = {
		{ "1ns", 1 },	      { "500us", 500000 },    { "2ms", 2000000 },
		{ "1.5ms", 1500000 }, { "0.25s", 250000000 }, { ".5s", 500000000 },
	};
	static const char *const bad[] = { "",	    "5",       "ms",	"-1ms",	 "0ms",
					   "0.1ns", "1 ms",    "1msec", "1e30s", "nans",
					   "infs",  "0x10ms ", "1ms " };
	uint64_t ns;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(parse_duration(good[i].text, &ns), 0);
		assert_int_equal(ns, good[i].ns);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(parse_duration(bad[i], &ns), -EINVAL);
}

static void a_share_is_a_percentage(void **state)
{
	static const char *const bad[] = {
		"", "5", "%", "0%", "101%", "-5%", "5 %", "nan%", "5%%"
	};
	double share;

	assert_int_equal(parse_percent("5%", &share), 0);
	assert_true(share > 0.0499 && share < 0.0501);
	assert_int_equal(parse_percent("0.5%", &share), 0);
	assert_true(share > 0.00499 && share < 0.00501);
	assert_int_equal(parse_percent("100%", &share), 0);
	assert_true(share == 1);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(parse_percent(bad[i], &share), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_duration_has_a_unit),
		cmocka_unit_test(a_share_is_a_percentage),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
