// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's command line: what the kernel makes of a parameter, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "host/bootline.h"
#include "host/cpulist.h"

#define CPUS 96

static hwloc_bitmap_t set;
static struct isolcpus isolcpus;
static char taken[512];

static int set_up(void **state)
{
	set = hwloc_bitmap_alloc();
	return set ? isolcpus_init(&isolcpus) : -1;
}

static int tear_down(void **state)
{
	hwloc_bitmap_free(set);
	isolcpus_free(&isolcpus);
	return 0;
}

static void assert_cpus(hwloc_const_bitmap_t cpus, const char *expected)
{
	char *list = cpulist_format(cpus);

	assert_non_null(list);
	assert_string_equal(list, expected);
	free(list);
}

static void assert_list(const char *text, int result, const char *cpus)
{
	assert_int_equal(bootline_cpus(set, text, CPUS), result);
	assert_cpus(set, cpus);
}

static void ranges_strides_and_names_are_lists(void **state)
{
	assert_list("0", 0, "0");
	assert_list("0-3,8", 0, "0-3,8");
	assert_list("0-10:1/2", 0, "0,2,4,6,8,10");
	assert_list("0-9:2/5", 0, "0-1,5-6");
	assert_list("2-9:4/4", 0, "2-9");
	assert_list("4-7:0/2", 0, "");
	assert_list("N", 0, "95");
	assert_list("90-N", 0, "90-95");
	assert_list("N-N", 0, "95");
	assert_list("all", 0, "0-95");
	assert_list("ALL:1/48", 0, "0,48");
	assert_list("0-9:1/2,90-N", 0, "0,2,4,6,8,90-95");
}

static void blanks_and_empty_parts_do_not_matter(void **state)
{
	assert_list("", 0, "");
	assert_list(",,3,,5,", 0, "3,5");
	assert_list(" 3, 5\n", 0, "3,5");
}

static void what_is_no_list_is_refused_whole(void **state)
{
	static const char *const lists[] = {
		"3-",	   "-3",      "7-3",   "x",	   "3x",	 "3:1/2", "0-9:1", "0-9:1/",
		"0-9:3/2", "0-9:1/0", "1,2,x", "0-4:1/2x", "4294967296", "0x3",	  "alles", "none",
	};

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		assert_list(lists[i], -EINVAL, "");
}

static void cpus_that_cannot_exist_are_told(void **state)
{
	assert_list("94-99", -ERANGE, "94-95");
	assert_list("96", -ERANGE, "");
	assert_list("200,3", -ERANGE, "3");
	assert_list("0-4294967295:1/4294967295", -ERANGE, "0");
}

static void take(const char *param, const char *value, void *data)
{
	snprintf(taken + strlen(taken), sizeof(taken) - strlen(taken), "%s[%s]%s;", param,
		 value ? value : "", value ? "" : "!");
}

static void assert_line(const char *line, const char *expected)
{
	taken[0] = '\0';
	assert_int_equal(bootline_each(line, take, NULL), 0);
	assert_string_equal(taken, expected);
}

static void parameters_are_told_apart_as_the_kernel_does(void **state)
{
	assert_line("", "");
	assert_line("  quiet  isolcpus=2-3 \n", "quiet[]!;isolcpus[2-3];");
	assert_line("a=b=c", "a[b=c];");
	assert_line("x=", "x[];");
	assert_line("x=\"a b\" y", "x[a b];y[]!;");
	assert_line("\"x=a b\" y", "x[a b];y[]!;");
}

static void what_follows_two_dashes_is_not_for_the_kernel(void **state)
{
	assert_line("quiet -- isolcpus=1", "quiet[]!;");
	assert_line("--x -- y", "--x[]!;");
}

static void a_dash_stands_for_an_underscore(void **state)
{
	assert_true(bootline_is("rcu_nocbs", "rcu_nocbs"));
	assert_true(bootline_is("rcu-nocbs", "rcu_nocbs"));
	assert_false(bootline_is("rcu_nocb", "rcu_nocbs"));
	assert_false(bootline_is("rcu_nocbsx", "rcu_nocbs"));
}

static void give(const char *value)
{
	assert_int_equal(isolcpus_take(&isolcpus, value, CPUS), 0);
	assert_true(isolcpus.given);
}

static void without_flags_it_is_the_domain(void **state)
{
	give("2-3");
	assert_true(isolcpus.asked[ISOLCPUS_DOMAIN]);
	assert_false(isolcpus.asked[ISOLCPUS_MANAGED_IRQ]);
	assert_false(isolcpus.asked[ISOLCPUS_NOHZ]);
	assert_cpus(isolcpus.cpus[ISOLCPUS_DOMAIN], "2-3");
	assert_int_equal(isolcpus.trouble, ISOLCPUS_FINE);
}

static void flags_say_what_the_list_is_for(void **state)
{
	give("nohz,managed_irq,40-N");
	assert_false(isolcpus.asked[ISOLCPUS_DOMAIN]);
	assert_cpus(isolcpus.cpus[ISOLCPUS_MANAGED_IRQ], "40-95");
	assert_cpus(isolcpus.cpus[ISOLCPUS_NOHZ], "40-95");
	assert_cpus(isolcpus.cpus[ISOLCPUS_DOMAIN], "");
}

static void the_order_of_flags_does_not_matter(void **state)
{
	give("managed_irq,domain,5");
	assert_cpus(isolcpus.cpus[ISOLCPUS_DOMAIN], "5");
	assert_cpus(isolcpus.cpus[ISOLCPUS_MANAGED_IRQ], "5");
}

static void an_unknown_flag_is_skipped_and_told(void **state)
{
	give("doman,2-3");
	assert_string_equal(isolcpus.skipped, "doman");
	assert_cpus(isolcpus.cpus[ISOLCPUS_DOMAIN], "2-3");
	assert_int_equal(isolcpus.trouble, ISOLCPUS_FINE);
}

static void a_flag_that_cannot_be_one_voids_the_parameter(void **state)
{
	give("do-main,2-3");
	assert_int_equal(isolcpus.trouble, ISOLCPUS_BAD_FLAG);
	assert_false(isolcpus.asked[ISOLCPUS_DOMAIN]);
}

/* The kernel takes all that begins with a letter for a flag. */
static void names_of_cpus_cannot_begin_the_list(void **state)
{
	give("all");
	assert_string_equal(isolcpus.skipped, "all");
	assert_false(isolcpus.asked[ISOLCPUS_DOMAIN]);
	give("domain,N");
	assert_string_equal(isolcpus.skipped, "N");
	assert_false(isolcpus.asked[ISOLCPUS_DOMAIN]);
}

static void a_flag_without_a_list_asks_for_nothing(void **state)
{
	give("domain");
	assert_string_equal(isolcpus.skipped, "domain");
	assert_false(isolcpus.asked[ISOLCPUS_DOMAIN]);
}

static void a_broken_list_voids_the_parameter(void **state)
{
	give("managed_irq,2-x");
	assert_int_equal(isolcpus.trouble, ISOLCPUS_BAD_LIST);
	assert_false(isolcpus.asked[ISOLCPUS_MANAGED_IRQ]);
}

static void a_second_one_adds_its_kinds(void **state)
{
	give("2-3");
	give("managed_irq,5");
	assert_cpus(isolcpus.cpus[ISOLCPUS_DOMAIN], "2-3");
	assert_cpus(isolcpus.cpus[ISOLCPUS_MANAGED_IRQ], "5");
	assert_int_equal(isolcpus.trouble, ISOLCPUS_FINE);
}

static void a_second_one_that_differs_is_ignored_whole(void **state)
{
	give("2-3");
	give("domain,managed_irq,5");
	assert_int_equal(isolcpus.trouble, ISOLCPUS_CONFLICT);
	assert_cpus(isolcpus.cpus[ISOLCPUS_DOMAIN], "2-3");
	assert_false(isolcpus.asked[ISOLCPUS_MANAGED_IRQ]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ranges_strides_and_names_are_lists),
		TEST(blanks_and_empty_parts_do_not_matter),
		TEST(what_is_no_list_is_refused_whole),
		TEST(cpus_that_cannot_exist_are_told),
		TEST(parameters_are_told_apart_as_the_kernel_does),
		TEST(what_follows_two_dashes_is_not_for_the_kernel),
		TEST(a_dash_stands_for_an_underscore),
		TEST(without_flags_it_is_the_domain),
		TEST(flags_say_what_the_list_is_for),
		TEST(the_order_of_flags_does_not_matter),
		TEST(an_unknown_flag_is_skipped_and_told),
		TEST(a_flag_that_cannot_be_one_voids_the_parameter),
		TEST(names_of_cpus_cannot_begin_the_list),
		TEST(a_flag_without_a_list_asks_for_nothing),
		TEST(a_broken_list_voids_the_parameter),
		TEST(a_second_one_adds_its_kinds),
		TEST(a_second_one_that_differs_is_ignored_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
