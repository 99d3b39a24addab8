// SPDX-License-Identifier: GPL-2.0-only
/* Isolation: read from literal trees; sysfs is the truth, and where the command line differs it is
 * told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "host/checkup.h"
#include "host/cpulist.h"
#include "tree.h"

static char root[PATH_MAX];
static struct isolation isolation;
static struct findings findings;

static int set_up(void **state)
{
	tree_make(root);
	return 0;
}

static int tear_down(void **state)
{
	findings_free(&findings);
	isolation_free(&isolation);
	tree_remove(root);
	return 0;
}

static void put(const char *path, const char *text)
{
	tree_put(root, path, text);
}

static void put_machine(const char *isolated, const char *cmdline)
{
	put("sys/devices/system/cpu/possible", "0-7\n");
	put("sys/devices/system/cpu/isolated", isolated);
	put("proc/cmdline", cmdline);
}

static void examine(void)
{
	assert_int_equal(isolation_read(&isolation, root), 0);
	checkup_isolation(&findings, &isolation);
}

static void assert_cpus(hwloc_const_bitmap_t cpus, const char *expected)
{
	char *list = cpulist_format(cpus);

	assert_non_null(list);
	assert_string_equal(list, expected);
	free(list);
}

static void expect(const char *check, enum verdict verdict, const char *found)
{
	const struct finding *finding = findings_get(&findings, check);

	assert_non_null(finding);
	assert_string_equal(finding->found, found);
	assert_string_equal(verdict_name(finding->verdict), verdict_name(verdict));
}

static void expect_none(const char *check)
{
	assert_null(findings_get(&findings, check));
}

static void nothing_is_isolated_where_sysfs_says_so(void **state)
{
	put_machine("\n", "quiet\n");
	put("sys/devices/system/cpu/nohz_full", "  (null)\n");
	examine();
	expect("isolated CPUs", VERDICT_OK, "none");
	expect("nohz_full", VERDICT_OK, "none");
	expect_none("isolcpus=");
	expect_none("rcu_nocbs");
	expect_none("partitions");
}

static void what_cannot_be_read_is_unknown(void **state)
{
	examine();
	expect("isolated CPUs", VERDICT_UNKNOWN, "/sys/devices/system/cpu/isolated cannot be read");
}

static void a_command_line_that_agrees_is_ok(void **state)
{
	put_machine("2-3\n", "quiet isolcpus=domain,managed_irq,2-3 rcu_nocbs=2-3\n");
	examine();
	expect("isolated CPUs", VERDICT_OK, "2-3");
	expect("isolcpus=", VERDICT_OK, "domain,managed_irq,2-3, as sysfs says");
	expect("rcu_nocbs", VERDICT_OK, "2-3, says the command line");
	assert_cpus(isolation.asked.cpus[ISOLCPUS_MANAGED_IRQ], "2-3");
}

/* arm64: only the boot CPU is present when the list is read. */
static void a_dropped_boot_cpu_is_told(void **state)
{
	const struct finding *finding;

	put_machine("1-5\n", "isolcpus=domain,0-5\n");
	examine();
	expect("isolated CPUs", VERDICT_OK, "1-5");
	expect("isolcpus=", VERDICT_LIMITED, "domain,0-5 asked for, isolated are 1-5");
	finding = findings_get(&findings, "isolcpus=");
	assert_non_null(strstr(finding->consequence, "CPU 0: not isolated"));
}

static void a_list_beyond_the_machine_is_told_only_where_it_was_refused(void **state)
{
	put_machine("\n", "isolcpus=2-95\n");
	examine();
	expect("isolcpus=", VERDICT_LIMITED, "domain,2-7 asked for, isolated are none");
	findings_free(&findings);
	isolation_free(&isolation);
	put_machine("2-7\n", "isolcpus=2-95\n");
	examine();
	expect("isolcpus=", VERDICT_OK, "domain,2-7, as sysfs says");
}

static void a_list_without_domain_isolates_nothing(void **state)
{
	put_machine("\n", "isolcpus=managed_irq,2-3\n");
	examine();
	expect("isolated CPUs", VERDICT_OK, "none");
	expect("isolcpus=", VERDICT_LIMITED, "managed_irq,2-3: without domain");
}

static void a_misspelt_flag_is_told(void **state)
{
	put_machine("2-3\n", "isolcpus=managed-irq,2-3\n");
	examine();
	expect("isolcpus=", VERDICT_LIMITED, "\"managed-irq\" is no flag");
	findings_free(&findings);
	isolation_free(&isolation);
	put_machine("2-3\n", "isolcpus=managedirq,2-3\n");
	examine();
	expect("isolcpus=", VERDICT_LIMITED, "the kernel skips the unknown flag \"managedirq\"");
}

static void what_is_for_init_is_not_for_the_kernel(void **state)
{
	put_machine("\n", "quiet -- isolcpus=2-3\n");
	examine();
	expect_none("isolcpus=");
}

static void nohz_full_without_isolation_is_told(void **state)
{
	put_machine("2-3\n", "isolcpus=2-3 nohz_full=2-5\n");
	put("sys/devices/system/cpu/nohz_full", "2-5\n");
	examine();
	expect("nohz_full", VERDICT_LIMITED, "2-5, of which not isolated: 4-5");
}

static void put_partition(const char *cgroup, const char *partition, const char *cpus)
{
	char path[128];

	snprintf(path, sizeof(path), "sys/fs/cgroup/%s/cpuset.cpus.partition", cgroup);
	put(path, partition);
	snprintf(path, sizeof(path), "sys/fs/cgroup/%s/cpuset.cpus.effective", cgroup);
	put(path, cpus);
}

/* 6.1: no sum in the root cgroup, so they must be found. */
static void partitions_are_found_below_partitions(void **state)
{
	put_machine("\n", "");
	put("sys/fs/cgroup/cgroup.controllers", "cpuset cpu io\n");
	put_partition("vms", "root\n", "4-5\n");
	put_partition("vms/rt", "isolated\n", "6-7\n");
	put_partition("system", "member\n", "0-3\n");
	put_partition("system/below", "isolated\n", "1\n");
	examine();
	assert_int_equal(isolation.cpusets, CPUSETS_V2);
	assert_cpus(isolation.partitions, "6-7");
	expect("isolated CPUs", VERDICT_OK, "6-7 (cpuset partitions)");
	expect("partitions", VERDICT_OK, "/vms/rt (6-7)");
}

static void the_root_cgroup_knows_partitions_that_are_not_found(void **state)
{
	put_machine("\n", "");
	put("sys/fs/cgroup/cgroup.controllers", "cpuset\n");
	put("sys/fs/cgroup/cpuset.cpus.isolated", "3\n");
	examine();
	expect("isolated CPUs", VERDICT_OK, "3 (cpuset partitions)");
	expect_none("partitions");
}

static void the_root_cgroups_sum_has_the_boot_list_in_it(void **state)
{
	put_machine("1,3\n", "isolcpus=1,3\n");
	put("sys/fs/cgroup/cgroup.controllers", "cpuset\n");
	put("sys/fs/cgroup/cpuset.cpus.isolated", "1,3\n");
	examine();
	expect("isolated CPUs", VERDICT_OK, "1,3");
	expect_none("partitions");
}

static void partitions_beside_isolcpus_loosen_it(void **state)
{
	put_machine("1,3\n", "isolcpus=1,3\n");
	put("sys/fs/cgroup/cgroup.controllers", "cpuset\n");
	put("sys/fs/cgroup/cpuset.cpus.isolated", "1,3,6-7\n");
	put_partition("rt", "isolated\n", "6-7\n");
	examine();
	expect("isolated CPUs", VERDICT_OK, "1,3 (since boot), 6-7 (cpuset partitions)");
	expect("partitions", VERDICT_LIMITED, "/rt (6-7)");
}

static void a_partition_that_is_not_in_force_is_told(void **state)
{
	put_machine("\n", "");
	put("sys/fs/cgroup/cgroup.controllers", "cpuset\n");
	put_partition("rt", "isolated invalid (Cpu list in cpuset.cpus not exclusive)\n", "0-7\n");
	examine();
	expect("isolated CPUs", VERDICT_OK, "none");
	expect("partitions", VERDICT_LIMITED,
	       "/rt: isolated invalid (Cpu list in cpuset.cpus not exclusive)");
}

static void unbalanced_cpusets_of_v1_leave_it_open(void **state)
{
	put_machine("\n", "");
	put("sys/fs/cgroup/cpuset/cpuset.sched_load_balance", "1\n");
	examine();
	assert_int_equal(isolation.cpusets, CPUSETS_V1);
	expect_none("partitions");
	findings_free(&findings);
	isolation_free(&isolation);
	put("sys/fs/cgroup/cpuset/cpuset.sched_load_balance", "0\n");
	examine();
	expect("partitions", VERDICT_UNKNOWN, "cgroup v1 cpusets with sched_load_balance off");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_isolated_where_sysfs_says_so),
		TEST(what_cannot_be_read_is_unknown),
		TEST(a_command_line_that_agrees_is_ok),
		TEST(a_dropped_boot_cpu_is_told),
		TEST(a_list_beyond_the_machine_is_told_only_where_it_was_refused),
		TEST(a_list_without_domain_isolates_nothing),
		TEST(a_misspelt_flag_is_told),
		TEST(what_is_for_init_is_not_for_the_kernel),
		TEST(nohz_full_without_isolation_is_told),
		TEST(partitions_are_found_below_partitions),
		TEST(the_root_cgroup_knows_partitions_that_are_not_found),
		TEST(the_root_cgroups_sum_has_the_boot_list_in_it),
		TEST(partitions_beside_isolcpus_loosen_it),
		TEST(a_partition_that_is_not_in_force_is_told),
		TEST(unbalanced_cpusets_of_v1_leave_it_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
