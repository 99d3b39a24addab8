// SPDX-License-Identifier: GPL-2.0-only
/* The rules of groups that BPF and user space share: include/group.h. */
#include <string.h>

#include "unit/stream.h"
#include "group.h"
#include "output/metrics.h"

static void a_number_at_the_end_behind_a_separator_reads_as_a_star(void **state)
{
	const struct {
		const char *comm, *name;
	} cases[] = {
		{ "web-7", "web-*" },
		{ "web-1234567890", "web-*" },
		{ "pool_12", "pool_*" },
		{ "a.0", "a.*" },
		{ "irq:9", "irq:*" },
		{ "Thread#3", "Thread#*" },
		{ "ksoftirqd/11", "ksoftirqd/*" },
		{ "fc_vcpu 3", "fc_vcpu *" },
		{ "Compositor 1-22", "Compositor 1-*" },
		{ "-7", "-*" },
		{ "12 of-123456789", "12 of-*" },
		{ "12345678901234-", "12345678901234-" },
		{ "1234567890123-9", "1234567890123-*" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char comm[GROUP_NAME_MAX] = "", name[GROUP_NAME_MAX];

		memcpy(comm, cases[i].comm, strlen(cases[i].comm));
		group_name(name, comm);
		assert_string_equal(name, cases[i].name);
	}
}

static void a_name_without_such_a_number_stays_as_it_is(void **state)
{
	const char *const names[] = { "",
				      "12345",
				      "7",
				      "ksmd",
				      "web7",
				      "web-",
				      "web-7a",
				      "web-7 ",
				      "vcpu3",
				      "CPU 3/KVM",
				      "migration",
				      "123456789012345",
				      "kworker",
				      "qemu-system-x86",
				      "web-*",
				      "a-b",
				      "-",
				      "worker@7",
				      "\303\244\303\2447" };

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		char comm[GROUP_NAME_MAX] = "", name[GROUP_NAME_MAX];

		memcpy(comm, names[i], strlen(names[i]));
		group_name(name, comm);
		assert_string_equal(name, names[i]);
	}
}

static void of_a_kworker_all_behind_the_slash_reads_as_a_star(void **state)
{
	const char *const names[] = { "kworker/0:1",	 "kworker/u193:12", "kworker/3:0H",
				      "kworker/0:1-mm_", "kworker/R-rcu_g", "kworker/" };

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		char comm[GROUP_NAME_MAX] = "", name[GROUP_NAME_MAX];

		memcpy(comm, names[i], strlen(names[i]));
		group_name(name, comm);
		assert_string_equal(name, "kworker/*");
	}
}

static void what_is_behind_the_end_of_a_name_does_not_matter(void **state)
{
	const struct {
		char comm[GROUP_NAME_MAX];
		const char *name;
	} cases[] = {
		{ "web-7\0-8garbage", "web-*" },
		{ "ksmd\0garbage-12", "ksmd" },
		{ "\0-7", "" },
		{ "12345\0abc", "12345" },
		{ "kworker/\0x:1", "kworker/*" },
		{ "web-\0007", "web-" },
		{ "kworker\0/0:1", "kworker" },
	};
	char full[GROUP_NAME_MAX], name[GROUP_NAME_MAX];

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char expected[GROUP_NAME_MAX] = "";

		memcpy(expected, cases[i].name, strlen(cases[i].name));
		group_name(name, cases[i].comm);
		assert_memory_equal(name, expected, GROUP_NAME_MAX);
	}
	/* Without an end at all: fifteen characters count. */
	memset(full, 'a', sizeof(full));
	group_name(name, full);
	assert_string_equal(name, "aaaaaaaaaaaaaaa");
	full[13] = '-';
	full[14] = full[15] = '7';
	group_name(name, full);
	assert_string_equal(name, "aaaaaaaaaaaaa-*");
}

static void a_group_is_its_own_group(void **state)
{
	const char *const comms[] = { "web-7", "kworker/0:1", "12345", "CPU 3/KVM", "a-1-2" };

	for (size_t i = 0; i < COUNT_OF(comms); i++) {
		char comm[GROUP_NAME_MAX] = "", once[GROUP_NAME_MAX], twice[GROUP_NAME_MAX];

		memcpy(comm, comms[i], strlen(comms[i]));
		group_name(once, comm);
		group_name(twice, once);
		assert_memory_equal(once, twice, GROUP_NAME_MAX);
	}
}

static void a_bound_is_the_largest_duration_of_its_bucket(void **state)
{
	assert_int_equal(GROUP_BOUNDS, METRICS_BOUNDS);
	assert_int_equal(group_bucket(0), 0);
	for (unsigned int i = 0; i < GROUP_BOUNDS; i++) {
		uint64_t bound = group_bound_ns(i);

		assert_int_equal(bound, metrics_bound_ns(i));
		assert_int_equal(group_bucket(bound), i);
		assert_int_equal(group_bucket(bound + 1), i + 1);
	}
	assert_int_equal(group_bucket(UINT64_MAX), GROUP_BUCKETS - 1);
	assert_int_equal(group_bucket(1ull << 63), GROUP_BUCKETS - 1);
}

/* The first bound that is not below. */
static unsigned int naive_bucket(uint64_t ns)
{
	unsigned int i = 0;

	while (i < GROUP_BOUNDS && metrics_bound_ns(i) < ns)
		i++;
	return i;
}

static void buckets_are_whole_buckets_of_loglin(void **state)
{
	for (unsigned int i = 0; i < LOGLIN_BUCKETS; i++) {
		uint64_t first = loglin_lower(i), last = loglin_lower(i + 1) - 1;

		assert_int_equal(group_bucket(first), naive_bucket(first));
		assert_int_equal(group_bucket(last), group_bucket(first));
	}
}

static void a_random_duration_is_in_the_first_bucket_whose_bound_is_not_below(void **state)
{
	uint64_t random = 88172645463325252ull;

	for (int i = 0; i < 200000; i++) {
		uint64_t ns;

		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		ns = random >> (random & 63);
		assert_int_equal(group_bucket(ns), naive_bucket(ns));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_at_the_end_behind_a_separator_reads_as_a_star),
		cmocka_unit_test(a_name_without_such_a_number_stays_as_it_is),
		cmocka_unit_test(of_a_kworker_all_behind_the_slash_reads_as_a_star),
		cmocka_unit_test(what_is_behind_the_end_of_a_name_does_not_matter),
		cmocka_unit_test(a_group_is_its_own_group),
		cmocka_unit_test(a_bound_is_the_largest_duration_of_its_bucket),
		cmocka_unit_test(buckets_are_whole_buckets_of_loglin),
		cmocka_unit_test(a_random_duration_is_in_the_first_bucket_whose_bound_is_not_below),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
