// SPDX-License-Identifier: GPL-2.0-only
/* Whether a task can come to a CPU, on machines by hand. The first is the founding one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analysis/reach.h"
#include "host/taskflags.h"
#include "unit/hosts.h"

#define KTHREAD (TASK_KTHREAD | 0x40)

static struct host_snapshot host;
static struct reach reach;

static int tear_down(void **state)
{
	reach_free(&reach);
	host_snapshot_free(&host);
	return 0;
}

/* 96 CPUs in four nodes, no SMT, the last 32 isolated; kthreadd on a housekeeping CPU. */
static struct host_task *founding(const char *release, uint64_t flags, const char *allowed,
				  int last_cpu)
{
	machine_make(&host, "package:2 numa:2 l3:1 core:24 pu:1", "64-95");
	host.kernel_release = strdup(release);
	assert_int_equal(domains_read(&host, "/no/such/root"), 0);
	machine_task(&host, 2, "kthreadd", KTHREAD, "0-95", 5);
	return machine_task(&host, 510, "ksmd", flags, allowed, last_cpu);
}

static void judge(uint32_t cpu, const struct task_cpuset *cpuset)
{
	reach_free(&reach);
	assert_int_equal(reach_judge(&reach, &host, &host.tasks[host.task_count - 1], cpu, cpuset),
			 0);
}

static void expect(enum reach_way_id way, enum reach_answer answer, const char *why)
{
	assert_true(reach.ways[way].asked);
	assert_string_equal(reach_answer_name(reach.ways[way].answer), reach_answer_name(answer));
	if (!strstr(reach.ways[way].why, why))
		fail_msg("\"%s\" is not in \"%s\"", why, reach.ways[way].why);
}

static void expect_answer(enum reach_answer answer, const char *why)
{
	assert_string_equal(reach_answer_name(reach.answer), reach_answer_name(answer));
	if (!strstr(reach.why, why))
		fail_msg("\"%s\" is not in \"%s\"", why, reach.why);
}

static void expect_home(const char *expected)
{
	char *list = cpulist_format(reach.home);

	assert_string_equal(list, expected);
	free(list);
}

static void who_is_on_an_isolated_cpu_stays(void **state)
{
	founding("5.10.0-136", KTHREAD, "0-95", 70);
	judge(70, NULL);
	expect(REACH_WAKEUP, REACH_YES, "it was there last");
	expect(REACH_BALANCE, REACH_NO, "nor away from it");
	expect(REACH_NUMA, REACH_NO, "kernel thread");
	expect(REACH_AFFINITY, REACH_YES, "taskset");
	expect(REACH_SMT, REACH_NO, "no SMT sibling");
	assert_false(reach.ways[REACH_BOOT].asked);
	expect_answer(REACH_YES, "it was there last");
	expect_home("0-63");
}

static void who_is_elsewhere_needs_a_door(void **state)
{
	founding("5.10.0-136", KTHREAD, "0-95", 3);
	judge(70, NULL);
	expect(REACH_WAKEUP, REACH_ONLY_IF, "the previous CPU is kept");
	expect(REACH_FORK, REACH_ONLY_IF, "kthreadd[2] was on the CPU");
	expect(REACH_HOTPLUG, REACH_ONLY_IF, "goes offline");
	expect(REACH_RECENT, REACH_ONLY_IF, "5.10.0-136");
	expect_answer(REACH_ONLY_IF, "it was there before");
	host.tasks[0].last_cpu = 70;
	judge(70, NULL);
	expect(REACH_FORK, REACH_YES, "kthreadd[2] was there last");
	expect_answer(REACH_YES, "kthreadd[2]");
}

static void in_domains_any_search_finds_the_cpu(void **state)
{
	founding("6.12.0", KTHREAD, "0-95", 3);
	judge(43, NULL);
	expect(REACH_WAKEUP, REACH_YES, "domains");
	expect(REACH_FORK, REACH_YES, "idlest");
	expect(REACH_BALANCE, REACH_YES, "balances");
	for (int way = REACH_RECENT; way < REACH_WAYS; way++)
		assert_false(reach.ways[way].asked);
	/* Nothing to keep it off from. */
	expect_home("");
}

static void a_mask_without_the_cpu_shuts_all_ways_but_one(void **state)
{
	founding("6.12.0", KTHREAD, "0-63", 3);
	judge(70, NULL);
	for (int way = REACH_WAKEUP; way <= REACH_HOTPLUG; way++)
		if (way != REACH_AFFINITY)
			expect(way, REACH_NO, "not in its mask");
	expect(REACH_AFFINITY, REACH_YES, "taskset");
	expect_answer(REACH_ONLY_IF, "gives it a mask");
	host.tasks[1].flags |= TASK_NO_SETAFFINITY;
	judge(70, NULL);
	expect(REACH_AFFINITY, REACH_NO, "refuses");
	expect_answer(REACH_NO, "not in its mask");
}

/* 0x40000000 is no PF_NO_SETAFFINITY: ksmd asleep on 5.10. */
static void freezer_skip_does_not_pin(void **state)
{
	founding("5.10.0", KTHREAD | 0x40000000, "0-95", 70);
	judge(70, NULL);
	expect(REACH_AFFINITY, REACH_YES, "taskset");
	expect_home("0-63");
}

static void a_bound_thread_is_where_it_must_be(void **state)
{
	founding("6.12.0", KTHREAD | TASK_NO_SETAFFINITY, "70", 70);
	judge(70, NULL);
	expect(REACH_WAKEUP, REACH_YES, "only CPU of its mask");
	expect(REACH_HOTPLUG, REACH_NO, "no other CPU");
	expect_home("");
	judge(71, NULL);
	expect_answer(REACH_NO, "not in its mask");
}

/* kswapd of a node that is isolated whole. */
static void a_mask_of_isolated_cpus_leaves_no_choice(void **state)
{
	founding("6.12.0", KTHREAD, "72-95", 71);
	judge(73, NULL);
	expect(REACH_WAKEUP, REACH_YES, "no CPU of its mask");
	expect_home("");
}

static void the_kernels_release_decides_on_recent_used_cpu(void **state)
{
	founding("7.0.13", KTHREAD, "0-95", 3);
	judge(70, NULL);
	expect(REACH_RECENT, REACH_ONLY_IF, "7.0.13");
	strcpy(host.kernel_release, "7.3.4");
	judge(70, NULL);
	expect(REACH_RECENT, REACH_NO, "7.3.4");
	strcpy(host.kernel_release, "7.1");
	judge(70, NULL);
	expect(REACH_RECENT, REACH_UNKNOWN, "depends on the kernel");
	strcpy(host.kernel_release, "vX");
	judge(70, NULL);
	expect(REACH_RECENT, REACH_UNKNOWN, "depends on the kernel");
	/* A partition's CPU had an id, and lost or kept it. */
	strcpy(host.kernel_release, "6.1.2");
	hwloc_bitmap_zero(host.boot_isolated);
	judge(70, NULL);
	expect(REACH_RECENT, REACH_NO, "partition");
	strcpy(host.kernel_release, "7.3.4");
	judge(70, NULL);
	expect(REACH_RECENT, REACH_UNKNOWN, "partition");
}

/* Four cores of two: the second thread of each is isolated, and core 3 whole. */
static void a_core_that_is_split_is_a_door_of_some_kernels(void **state)
{
	machine_make(&host, "package:1 numa:1 l3:1 core:4 pu:2", "1,3,5-7");
	host.kernel_release = strdup("6.1.0-56");
	assert_int_equal(domains_read(&host, "/no/such/root"), 0);
	machine_task(&host, 100, "worker", 0, "0-7", 0);
	judge(3, NULL);
	expect(REACH_SMT, REACH_ONLY_IF, "8aeaffef8c6e");
	judge(7, NULL);
	expect(REACH_SMT, REACH_NO, "whole core");
	strcpy(host.kernel_release, "6.12");
	judge(3, NULL);
	expect(REACH_SMT, REACH_NO, "tests the domain");
	strcpy(host.kernel_release, "5.10");
	judge(3, NULL);
	expect(REACH_SMT, REACH_NO, "tests the domain");
	strcpy(host.kernel_release, "");
	judge(3, NULL);
	expect(REACH_SMT, REACH_UNKNOWN, "depends");
}

static void kernel_threads_begin_on_the_boot_cpu(void **state)
{
	machine_make(&host, "package:1 numa:1 l3:1 core:8 pu:1", "0-5");
	host.kernel_release = strdup("6.18.15");
	assert_int_equal(domains_read(&host, "/no/such/root"), 0);
	machine_task(&host, 37, "ksmd", KTHREAD, "0-7", 6);
	judge(0, NULL);
	expect(REACH_BOOT, REACH_YES, "boot CPU");
	expect_answer(REACH_YES, "boot CPU");
	judge(1, NULL);
	assert_false(reach.ways[REACH_BOOT].asked);
	strcpy(host.kernel_release, "7.0.1");
	judge(0, NULL);
	expect(REACH_BOOT, REACH_NO, "7.0");
	host.tasks[0].flags = 0;
	judge(0, NULL);
	assert_false(reach.ways[REACH_BOOT].asked);
}

static void numa_balancing_follows_memory_to_isolated_cpus(void **state)
{
	founding("6.12.0", 0, "0-95", 3);
	judge(70, NULL);
	expect(REACH_NUMA, REACH_UNKNOWN, "not known");
	host.numa_balancing = 0;
	judge(70, NULL);
	expect(REACH_NUMA, REACH_NO, "is 0");
	host.numa_balancing = 1;
	judge(70, NULL);
	expect(REACH_NUMA, REACH_ONLY_IF, "its memory is on node 2; that the CPU is isolated");
	host.tasks[1].policy = 1;
	judge(70, NULL);
	expect(REACH_NUMA, REACH_NO, "fair class");
}

static void a_cpuset_bounds_what_an_affinity_call_can_do(void **state)
{
	struct task_cpuset cpuset = { (char *)"/vms", machine_set("0-31") };

	founding("6.12.0", 0, "0-31", 3);
	judge(70, &cpuset);
	expect(REACH_AFFINITY, REACH_NO, "its cpuset /vms has CPUs 0-31 only");
	expect_answer(REACH_NO, "not in its mask");
	judge(30, &cpuset);
	expect(REACH_AFFINITY, REACH_YES, "taskset");
	/* CPUs that could not be read bound nothing. */
	hwloc_bitmap_zero(cpuset.cpus);
	judge(70, &cpuset);
	expect(REACH_AFFINITY, REACH_YES, "taskset");
	hwloc_bitmap_free(cpuset.cpus);
}

static void other_classes_search_otherwise(void **state)
{
	founding("6.12.0", 0, "0-95", 3);
	host.tasks[1].policy = 1;
	judge(70, NULL);
	expect(REACH_WAKEUP, REACH_ONLY_IF, "without domains already");
	assert_false(reach.ways[REACH_RECENT].asked);
	host.tasks[1].policy = 6;
	judge(70, NULL);
	expect(REACH_AFFINITY, REACH_UNKNOWN, "root domain");
	host.tasks[1].policy = 7;
	judge(70, NULL);
	expect(REACH_WAKEUP, REACH_UNKNOWN, "policy 7");
	expect_answer(REACH_UNKNOWN, "policy 7");
}

static void what_is_not_known_is_told_as_unknown(void **state)
{
	founding("6.12.0", 0, NULL, 3);
	judge(70, NULL);
	expect(REACH_WAKEUP, REACH_UNKNOWN, "its mask");
	expect_answer(REACH_UNKNOWN, "its mask");
	hwloc_bitmap_clr(host.online, 70);
	judge(70, NULL);
	expect(REACH_WAKEUP, REACH_NO, "offline");
	expect(REACH_AFFINITY, REACH_NO, "offline");
	expect_answer(REACH_NO, "offline");
	host.tasks[1].allowed = machine_set("0-95");
	domains_free(&host.domains);
	hwloc_bitmap_free(host.boot_isolated);
	host.boot_isolated = NULL;
	judge(3, NULL);
	expect(REACH_WAKEUP, REACH_UNKNOWN, "domains are not known");
	expect_answer(REACH_UNKNOWN, "domains are not known");
}

#define REACH_TEST(test) cmocka_unit_test_teardown(test, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		REACH_TEST(who_is_on_an_isolated_cpu_stays),
		REACH_TEST(who_is_elsewhere_needs_a_door),
		REACH_TEST(in_domains_any_search_finds_the_cpu),
		REACH_TEST(a_mask_without_the_cpu_shuts_all_ways_but_one),
		REACH_TEST(freezer_skip_does_not_pin),
		REACH_TEST(a_bound_thread_is_where_it_must_be),
		REACH_TEST(a_mask_of_isolated_cpus_leaves_no_choice),
		REACH_TEST(the_kernels_release_decides_on_recent_used_cpu),
		REACH_TEST(a_core_that_is_split_is_a_door_of_some_kernels),
		REACH_TEST(kernel_threads_begin_on_the_boot_cpu),
		REACH_TEST(numa_balancing_follows_memory_to_isolated_cpus),
		REACH_TEST(a_cpuset_bounds_what_an_affinity_call_can_do),
		REACH_TEST(other_classes_search_otherwise),
		REACH_TEST(what_is_not_known_is_told_as_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
