// SPDX-License-Identifier: GPL-2.0-only
/* CPU lists: what the kernel prints is read exactly, and nothing else is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "host/cpulist.h"

static hwloc_bitmap_t set;

static int set_up(void **state)
{
	(void)state;
	set = hwloc_bitmap_alloc();
	return set ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	hwloc_bitmap_free(set);
	return 0;
}

static void assert_becomes(const char *text, const char *canonical)
{
	char *list;

	assert_int_equal(cpulist_parse(set, text), 0);
	list = cpulist_format(set);
	assert_non_null(list);
	assert_string_equal(list, canonical);
	free(list);
}

static void lists_read_as_the_kernel_means_them(void **state)
{
	(void)state;
	assert_becomes("0", "0");
	assert_becomes("0-3,8,12-15", "0-3,8,12-15");
	assert_becomes("0-95\n", "0-95");
	assert_becomes("5-5", "5");
	assert_becomes("8,0-3,2", "0-3,8");
	assert_becomes("0-1,2-3", "0-3");
	assert_becomes("007", "7");
}

static void spaces_around_a_list_are_allowed(void **state)
{
	(void)state;
	assert_becomes("  1,3 \n", "1,3");
	assert_becomes("\t4\r\n", "4");
	assert_becomes("", "");
	assert_becomes("\n", "");
	assert_becomes("   ", "");
}

static void an_old_content_of_the_set_does_not_stay(void **state)
{
	(void)state;
	hwloc_bitmap_fill(set);
	assert_becomes("2", "2");
	hwloc_bitmap_fill(set);
	assert_becomes("", "");
}

static void malformed_lists_are_refused(void **state)
{
	static const char *const lists[] = {
		"a",	 "0-",	  "-3",	 "-",	    ",",      "0,",	",0",	  "0,,1",
		"0-3-5", "0--3",  "1 2", "0, 1",    "0 -3",   "0- 3",	"0x3",	  "+1",
		"3-1",	 "0-3:2", "all", "(null)x", "(null)", "1;2",	"0-3,\n", "\xff",
		"1.5",	 "0,a",	  "N",	 "5-4,0",   "0-3/2",  "8191-0", "0-3,-5", "0,\t1",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		if (cpulist_parse(set, lists[i]) != -EINVAL)
			fail_msg("\"%s\" was not refused", lists[i]);
	}
}

static void cpus_beyond_any_kernel_are_out_of_range(void **state)
{
	static const char *const lists[] = {
		"8192",	      "0-8192",	      "4294967296",	      "4294967295",
		"2147483648", "0-4294967296", "99999999999999999999", "18446744073709551617",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		if (cpulist_parse(set, lists[i]) != -ERANGE)
			fail_msg("\"%s\" is not out of range", lists[i]);
	}
	assert_becomes("8191", "8191");
	assert_becomes("0-8191", "0-8191");
}

/* The longest list there is: every other one of 8192 CPUs, through text and back, and a file. */
static char *every_other_cpu(void)
{
	char *text = malloc(CPULIST_CPU_MAX * 5);
	size_t length = 0;

	assert_non_null(text);
	for (int cpu = 1; cpu < CPULIST_CPU_MAX; cpu += 2)
		length += (size_t)sprintf(text + length, length ? ",%d" : "%d", cpu);
	return text;
}

static void write_temp(char *path, const char *text, size_t length)
{
	int fd;

	strcpy(path, "/tmp/test_cpulist.XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, length), (ssize_t)length);
	close(fd);
}

static int read_back(const char *text, size_t length)
{
	char path[64];
	int err;

	write_temp(path, text, length);
	err = cpulist_read(set, path);
	unlink(path);
	return err;
}

static void the_longest_list_survives_text_and_file(void **state)
{
	char *text = every_other_cpu();

	(void)state;
	assert_becomes(text, text);
	assert_int_equal(hwloc_bitmap_weight(set), CPULIST_CPU_MAX / 2);
	assert_int_equal(read_back(text, strlen(text)), 0);
	assert_int_equal(hwloc_bitmap_weight(set), CPULIST_CPU_MAX / 2);
	free(text);
}

static void a_file_without_a_list_is_an_empty_set(void **state)
{
	static const char *const texts[] = { "", "\n", "(null)", "(null)\n" };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		hwloc_bitmap_fill(set);
		assert_int_equal(read_back(texts[i], strlen(texts[i])), 0);
		assert_true(hwloc_bitmap_iszero(set));
	}
}

static void a_broken_file_is_told_from_a_missing_one(void **state)
{
	char *huge = malloc(100000);

	(void)state;
	assert_non_null(huge);
	memset(huge, '1', 100000);
	assert_int_equal(read_back(huge, 100000), -EINVAL);
	memset(huge, ' ', 100000);
	assert_int_equal(read_back(huge, 100000), -EINVAL);
	free(huge);
	assert_int_equal(read_back("0\0001", 3), -EINVAL);
	assert_int_equal(read_back("(null)0", 7), -EINVAL);
	assert_int_equal(read_back("9999\n", 5), -ERANGE);
	assert_int_equal(cpulist_read(set, "/tmp/no/such/file"), -ENOENT);
	assert_int_equal(cpulist_read(set, "/tmp"), -EISDIR);
}

static void an_endless_set_has_no_list(void **state)
{
	(void)state;
	hwloc_bitmap_fill(set);
	assert_null(cpulist_format(set));
}

static void assert_mask(const char *mask, const char *expected)
{
	char *list;

	assert_int_equal(cpulist_parse_mask(set, mask, strlen(mask)), 0);
	list = cpulist_format(set);
	assert_string_equal(list, expected);
	free(list);
}

static void masks_have_32_bits_a_word_the_highest_first(void **state)
{
	(void)state;
	assert_mask("0", "");
	assert_mask("3", "0-1");
	assert_mask("A5", "0,2,5,7");
	assert_mask("80000000", "31");
	assert_mask("1,80000000", "31-32");
	assert_mask("ffffffff,00000000,0000000f", "0-3,64-95");
	/* What is behind length is not read. */
	assert_int_equal(cpulist_parse_mask(set, "ff junk", 2), 0);
}

static void malformed_masks_are_refused(void **state)
{
	static const char *const masks[] = { "",    ",",	   "1,",	 ",00000001",
					     "1,1", "123456789",   "g",		 " 1",
					     "0x1", "1,,00000000", "00000001,\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(masks) / sizeof(*masks); i++)
		assert_int_equal(cpulist_parse_mask(set, masks[i], strlen(masks[i])), -EINVAL);
}

/* 8192 CPUs are 256 words; a bit in a 257th is a CPU that no kernel has. */
static void the_longest_mask_is_read(void **state)
{
	static char mask[257 * 9];

	(void)state;
	for (int i = 0; i < 256; i++)
		memcpy(mask + i * 9, "ffffffff,", 9);
	mask[256 * 9 - 1] = '\0';
	assert_mask(mask, "0-8191");
	mask[256 * 9 - 1] = ',';
	memcpy(mask + 256 * 9, "00000000", 9);
	assert_int_equal(cpulist_parse_mask(set, mask, strlen(mask)), -ERANGE);
	memset(mask, '0', 8);
	assert_int_equal(cpulist_parse_mask(set, mask, strlen(mask)), 0);
	assert_int_equal(hwloc_bitmap_weight(set), 8160);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_read_as_the_kernel_means_them),
		cmocka_unit_test(spaces_around_a_list_are_allowed),
		cmocka_unit_test(an_old_content_of_the_set_does_not_stay),
		cmocka_unit_test(malformed_lists_are_refused),
		cmocka_unit_test(cpus_beyond_any_kernel_are_out_of_range),
		cmocka_unit_test(the_longest_list_survives_text_and_file),
		cmocka_unit_test(a_file_without_a_list_is_an_empty_set),
		cmocka_unit_test(a_broken_file_is_told_from_a_missing_one),
		cmocka_unit_test(an_endless_set_has_no_list),
		cmocka_unit_test(masks_have_32_bits_a_word_the_highest_first),
		cmocka_unit_test(malformed_masks_are_refused),
		cmocka_unit_test(the_longest_mask_is_read),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
