// SPDX-License-Identifier: GPL-2.0-only
/* A task's flags, policy and cpuset, from the numbers and lines of /proc. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "host/cpulist.h"
#include "host/cpuset.h"
#include "host/taskflags.h"
#include "unit/tree.h"

static void expect_flags(uint64_t flags, const char *expected)
{
	char *text = task_flags_describe(flags);

	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
}

static void flags_have_the_kernels_names(void **state)
{
	expect_flags(0, "none");
	expect_flags(0x200040, "PF_FORKNOEXEC PF_KTHREAD");
	expect_flags(0x04208060, "PF_WQ_WORKER PF_FORKNOEXEC PF_NOFREEZE PF_KTHREAD "
				 "PF_NO_SETAFFINITY");
}

/* ksmd asleep on 5.10: 0x40000000 is PF_FREEZER_SKIP there, and nothing later. */
static void bits_that_moved_are_numbers(void **state)
{
	expect_flags(0x40200040, "PF_FORKNOEXEC PF_KTHREAD 0x40000000");
	expect_flags(0x10, "0x10");
	expect_flags(0x8000000100000000, "0x100000000 0x8000000000000000");
	assert_null(task_flag_name(0x40000000));
	assert_string_equal(task_flag_name(TASK_NO_SETAFFINITY), "PF_NO_SETAFFINITY");
}

static void policies_have_names(void **state)
{
	assert_string_equal(task_policy_name(0), "SCHED_OTHER");
	assert_string_equal(task_policy_name(6), "SCHED_DEADLINE");
	assert_null(task_policy_name(4));
	assert_null(task_policy_name(-1));
	assert_null(task_policy_name(8));
}

static void expect_path(const char *text, const char *expected, bool expected_v1)
{
	bool v1;
	char *path = cpuset_parse_path(text, &v1);

	if (!expected) {
		assert_null(path);
		return;
	}
	assert_non_null(path);
	assert_string_equal(path, expected);
	assert_int_equal(v1, expected_v1);
	free(path);
}

static void a_cgroup_is_that_of_the_cpuset_controller(void **state)
{
	expect_path("0::/system.slice/a b.service\n", "/system.slice/a b.service", false);
	expect_path("3:cpu,cpuacct:/x\n2:cpuset:/vms\n0::/y\n", "/vms", true);
	expect_path("3:cpuacct,cpuset:/a:b\n", "/a:b", true);
	expect_path("3:cpusets:/x\n1:name=systemd:/y\n0::/\n", "/", false);
	expect_path("1:name=cpuset:/y\n", NULL, false);
	expect_path("", NULL, false);
	expect_path("0:", NULL, false);
	expect_path("::\n0::x\n", NULL, false);
}

static void expect_cpus(const struct task_cpuset *cpuset, const char *path, const char *cpus)
{
	char *list = cpulist_format(cpuset->cpus);

	assert_string_equal(cpuset->path, path);
	assert_string_equal(list, cpus);
	free(list);
}

/* Only what a cgroup's cpuset.cpus.effective says counts; one without it has its parent's CPUs. */
static void a_cpuset_is_the_nearest_one_with_cpus(void **state)
{
	struct task_cpuset cpuset;
	char root[PATH_MAX];

	tree_make(root);
	tree_put(root, "proc/7/cgroup", "0::/vms/vm1/vcpu0\n");
	tree_put(root, "sys/fs/cgroup/cpuset.cpus.effective", "0-7\n");
	tree_put(root, "sys/fs/cgroup/vms/cpuset.cpus.effective", "4-7\n");
	assert_int_equal(cpuset_read(&cpuset, root, 7), 0);
	expect_cpus(&cpuset, "/vms", "4-7");
	cpuset_free(&cpuset);
	tree_put(root, "proc/7/cgroup", "0::/other\n");
	assert_int_equal(cpuset_read(&cpuset, root, 7), 0);
	expect_cpus(&cpuset, "/", "0-7");
	cpuset_free(&cpuset);
	tree_put(root, "proc/7/cgroup", "5:cpuset:/vms\n0::/\n");
	tree_put(root, "sys/fs/cgroup/cpuset/vms/cpuset.effective_cpus", "2\n");
	assert_int_equal(cpuset_read(&cpuset, root, 7), 0);
	expect_cpus(&cpuset, "/vms", "2");
	cpuset_free(&cpuset);
	assert_int_equal(cpuset_read(&cpuset, root, 8), 0);
	assert_null(cpuset.path);
	assert_true(hwloc_bitmap_iszero(cpuset.cpus));
	cpuset_free(&cpuset);
	tree_remove(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flags_have_the_kernels_names),
		cmocka_unit_test(bits_that_moved_are_numbers),
		cmocka_unit_test(policies_have_names),
		cmocka_unit_test(a_cgroup_is_that_of_the_cpuset_controller),
		cmocka_unit_test(a_cpuset_is_the_nearest_one_with_cpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
