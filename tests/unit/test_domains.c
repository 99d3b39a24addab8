// SPDX-License-Identifier: GPL-2.0-only
/* Scheduling domains from each of the kernel's files, of old and new layout, and derived. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>

#include "unit/hosts.h"
#include "unit/tree.h"

static char root[PATH_MAX];
static struct host_snapshot host;

static int set_up(void **state)
{
	tree_make(root);
	memset(&host, 0, sizeof(host));
	return 0;
}

static int tear_down(void **state)
{
	host_snapshot_free(&host);
	tree_remove(root);
	return 0;
}

static void expect(uint32_t cpu, uint32_t level, const char *name, const char *span,
		   const char *flags)
{
	const struct host_domain *domain = domains_get(&host.domains, cpu, level);
	char *list;

	assert_non_null(domain);
	list = cpulist_format(domain->span);
	assert_string_equal(list, span);
	free(list);
	if (name)
		assert_string_equal(domain->name, name);
	else
		assert_null(domain->name);
	if (flags)
		assert_string_equal(domain->flags, flags);
	else
		assert_null(domain->flags);
}

static void expect_top(uint32_t cpu, uint32_t levels)
{
	assert_null(domains_get(&host.domains, cpu, levels));
	assert_int_equal(domains_membership(&host.domains, cpu),
			 levels ? MEMBERSHIP_SOME : MEMBERSHIP_NONE);
}

static const char schedstat_15[] = "version 15\n"
				   "timestamp 4294937296\n"
				   "cpu0 0 0 0 0 0 0 19483 7 92\n"
				   "domain0 03 1 1 0 0 0 0 0 1 0 0 0\n"
				   "domain1 0f 1 1 0 0 0 0 0 1 0 0 0\n"
				   "cpu1 0 0 0 0 0 0 17 7 92\n"
				   "domain0 03 1 1 0 0 0 0 0 1 0 0 0\n"
				   "domain1 0f 1 1 0 0 0 0 0 1 0 0 0\n"
				   "cpu2 0 0 0 0 0 0 17 7 92\n"
				   "domain0 0f 1 1 0 0 0 0 0 1 0 0 0\n"
				   "cpu5 0 0 0 0 0 0 17 7 92\n";

static void old_schedstat_has_spans_without_names(void **state)
{
	assert_int_equal(domains_parse_schedstat(&host.domains, schedstat_15), 0);
	assert_int_equal(host.domains.source, DOMAINS_SCHEDSTAT);
	assert_int_equal(host.domains.count, 3);
	expect(0, 0, NULL, "0-1", NULL);
	expect(1, 1, NULL, "0-3", NULL);
	expect_top(0, 2);
	expect(2, 0, NULL, "0-3", NULL);
	expect_top(2, 1);
	expect_top(5, 0);
	assert_int_equal(domains_membership(&host.domains, 4), MEMBERSHIP_UNKNOWN);
	assert_int_equal(domains_membership(&host.domains, 8191), MEMBERSHIP_UNKNOWN);
}

/* 64 CPUs and more: words of 32, the highest first. */
static void new_schedstat_has_names(void **state)
{
	assert_int_equal(domains_parse_schedstat(&host.domains,
						 "version 17\ntimestamp 1\n"
						 "cpu64 0 0 0\n"
						 "domain0 MC 00000003,00000000,00000000 0 0\n"
						 "domain1 NUMA 0000000f,00000001,80000000 0 0\n"),
			 0);
	expect(64, 0, "MC", "64-65", NULL);
	expect(64, 1, "NUMA", "31-32,64-67", NULL);
	expect_top(64, 2);
}

static void what_no_kernel_writes_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"version\n",
		"cpu0 0\n",
		"version 15\ntimestamp 1\n",
		"version 15\ndomain0 3 0\n",
		"version 15\ncpu0 0\ndomain1 3 0\n",
		"version 15\ncpu0 0\ndomain0 3 0\ndomain0 3 0\n",
		"version 15\ncpu0 0\ndomain0 x 0\n",
		"version 15\ncpu0 0\ndomain0 \n",
		"version 15\ncpu0 0\ndomain0 2 0\n",
		"version 17\ncpu0 0\ndomain0 MC\n",
		"version 17\ncpu0 0\ndomain0 AVERYLONGNAMETHATNOKERNELHASEVERGIVEN 1 0\n",
		"version 15\ncpu9999 0\n",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		assert_int_equal(domains_parse_schedstat(&host.domains, texts[i]), -EINVAL);
		assert_int_equal(host.domains.count, 0);
		assert_null(host.domains.told);
	}
}

#define MC_FLAGS "SD_BALANCE_NEWIDLE SD_BALANCE_EXEC SD_BALANCE_FORK SD_WAKE_AFFINE"

static void put_folder(const char *folder, int cpu, int level, const char *name, const char *flags)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/cpu%d/domain%d/name", folder, cpu, level);
	tree_put(root, path, name);
	snprintf(path, sizeof(path), "%s/cpu%d/domain%d/flags", folder, cpu, level);
	tree_put(root, path, flags);
}

static void put_empty_folder(const char *folder, int cpu)
{
	char path[256];

	/* A file to make the folders, which itself is none of a domain's. */
	snprintf(path, sizeof(path), "%s/cpu%d/.nothing", folder, cpu);
	tree_put(root, path, "");
}

#define DEBUGFS "sys/kernel/debug/sched/domains"
#define SYSCTL	"proc/sys/kernel/sched_domain"

/* The folder of CPU 2 is not even looked at: its domain has as many CPUs as CPU 0's. */
static void debugfs_completes_schedstat_once_a_shape(void **state)
{
	tree_put(root, "proc/schedstat",
		 "version 15\ncpu0 0\ndomain0 3 0\ncpu1 0\ndomain0 3 0\ncpu2 0\ndomain0 c 0\n"
		 "cpu3 0\ndomain0 c 0\ncpu4 0\n");
	put_folder(DEBUGFS, 0, 0, "MC\n", MC_FLAGS " \n");
	put_empty_folder(DEBUGFS, 4);
	machine_make(&host, "pack:1 l3:1 core:5 pu:1", "4");
	assert_int_equal(domains_read(&host, root), 0);
	expect(0, 0, "MC", "0-1", MC_FLAGS);
	expect(3, 0, "MC", "2-3", MC_FLAGS);
	expect_top(4, 0);
	assert_int_equal(host.domains.spans, DOMAINS_SCHEDSTAT);
	assert_int_equal(host.domains.flags, DOMAINS_DEBUGFS);
}

/* Without schedstat: which domains there are is debugfs's word, their CPUs are those of the
 * topology less the isolated one, whose folder is empty. */
static void debugfs_alone_tells_domains_without_their_cpus(void **state)
{
	for (int cpu = 0; cpu < 3; cpu++)
		put_folder(DEBUGFS, cpu, cpu < 2, "MC\n", MC_FLAGS " SD_SHARE_LLC \n");
	for (int cpu = 0; cpu < 2; cpu++)
		put_folder(DEBUGFS, cpu, 0, "SMT\n", MC_FLAGS "\n");
	put_empty_folder(DEBUGFS, 3);
	machine_make(&host, "pack:1 l3:1 core:2 pu:2", "3");
	assert_int_equal(domains_read(&host, root), 0);
	assert_int_equal(host.domains.source, DOMAINS_DEBUGFS);
	assert_int_equal(host.domains.spans, DOMAINS_DERIVED);
	expect(0, 0, "SMT", "0-1", MC_FLAGS);
	expect(1, 1, "MC", "0-2", MC_FLAGS " SD_SHARE_LLC");
	expect(2, 0, "MC", "0-2", MC_FLAGS " SD_SHARE_LLC");
	expect_top(2, 1);
	expect_top(3, 0);
}

/* A level that the topology does not know has unknown CPUs; DIE is the PKG of before 6.7. */
static void the_sysctl_of_old_kernels_is_read_alike(void **state)
{
	for (int cpu = 0; cpu < 4; cpu++) {
		put_folder(SYSCTL, cpu, 0, "CLS\n", "4655\n");
		put_folder(SYSCTL, cpu, 1, "DIE\n", "4143\n");
	}
	machine_make(&host, "pack:1 l3:2 core:2 pu:1", "");
	assert_int_equal(domains_read(&host, root), 0);
	assert_int_equal(host.domains.source, DOMAINS_SYSCTL);
	expect(0, 0, "CLS", "", "0x122f");
	expect(3, 1, "DIE", "0-3", "0x102f");
}

static void flags_are_names_or_a_number(void **state)
{
	static const char *const bad[] = { "4143x\n", "SD_A\033[m", "99999999999\n", "1 2\n" };
	char *flags = domains_clean_flags("SD_A SD_B \n");

	assert_string_equal(flags, "SD_A SD_B");
	free(flags);
	flags = domains_clean_flags("\n");
	assert_string_equal(flags, "");
	free(flags);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_null(domains_clean_flags(bad[i]));
}

/* Two nodes of two caches of two cores; CPUs 6 and 7, one core, are isolated. */
static void without_files_the_topology_is_taken(void **state)
{
	machine_make(&host, "[numa(memory=1024)] pack:2 l3:2 core:1 pu:2", "6-7");
	for (int cpu = 0; cpu < 8; cpu++)
		host.cpus[cpu].node = cpu / 4;
	host.node_count = 2;
	host.distances = calloc(4, sizeof(uint32_t));
	host.distances[0] = host.distances[3] = 10;
	host.distances[1] = host.distances[2] = 20;
	assert_int_equal(domains_read(&host, root), 0);
	assert_int_equal(host.domains.source, DOMAINS_DERIVED);
	expect(0, 0, "SMT", "0-1", NULL);
	expect(0, 1, "PKG", "0-3", NULL);
	expect(0, 2, "NUMA", "0-5", NULL);
	expect_top(0, 3);
	/* Its cache and what is left of its node hold no more than its core. */
	expect(5, 0, "SMT", "4-5", NULL);
	expect(5, 1, "NUMA", "0-5", NULL);
	expect_top(5, 2);
	expect_top(6, 0);
	expect_top(7, 0);
}

static void unknown_isolation_is_no_domain_that_could_be_told(void **state)
{
	machine_make(&host, "pack:1 l3:1 core:2 pu:1", "");
	hwloc_bitmap_free(host.boot_isolated);
	host.boot_isolated = NULL;
	assert_int_equal(domains_read(&host, root), 0);
	assert_int_equal(host.domains.source, DOMAINS_UNKNOWN);
	assert_int_equal(domains_membership(&host.domains, 0), MEMBERSHIP_UNKNOWN);
}

#define TREE_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TREE_TEST(old_schedstat_has_spans_without_names),
		TREE_TEST(new_schedstat_has_names),
		TREE_TEST(what_no_kernel_writes_is_refused),
		TREE_TEST(debugfs_completes_schedstat_once_a_shape),
		TREE_TEST(debugfs_alone_tells_domains_without_their_cpus),
		TREE_TEST(the_sysctl_of_old_kernels_is_read_alike),
		TREE_TEST(flags_are_names_or_a_number),
		TREE_TEST(without_files_the_topology_is_taken),
		TREE_TEST(unknown_isolation_is_no_domain_that_could_be_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
