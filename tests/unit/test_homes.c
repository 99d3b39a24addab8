// SPDX-License-Identifier: GPL-2.0-only
/* Where a task may be put, on machines by hand. The first is the founding one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analysis/homes.h"
#include "host/taskflags.h"
#include "unit/hosts.h"

#define KTHREAD (TASK_KTHREAD | 0x40)

static struct host_snapshot host;
static struct homes homes;
static struct homes_input input;
static hwloc_bitmap_t owned, targets;
static uint64_t busy[96];

static int set_up(void **state)
{
	memset(&input, 0, sizeof(input));
	owned = hwloc_bitmap_alloc();
	targets = hwloc_bitmap_alloc();
	return 0;
}

static int tear_down(void **state)
{
	homes_free(&homes);
	host_snapshot_free(&host);
	hwloc_bitmap_free(owned);
	hwloc_bitmap_free(targets);
	return 0;
}

static void make(const char *description, const char *isolated)
{
	machine_make(&host, description, isolated);
	assert_int_equal(domains_read(&host, "/no/such/root"), 0);
	input.host = &host;
	input.owned = owned;
	input.targets = targets;
}

/* 96 CPUs in four nodes, no SMT. */
static void kunpeng(const char *isolated)
{
	make("package:2 numa:2 l3:1 core:24 pu:1", isolated);
}

static void find(const struct host_task *task)
{
	homes_free(&homes);
	input.task = task;
	assert_int_equal(homes_owned(owned, &host, NULL, 0), 0);
	assert_int_equal(homes_find(&homes, &input), 0);
}

static void assert_set(hwloc_const_bitmap_t set, const char *expected)
{
	char *list = cpulist_format(set);

	assert_string_equal(list, expected);
	free(list);
}

static void expect(const char *list, const char *why)
{
	assert_set(homes.cpus, list);
	if (!strstr(homes.why, why))
		fail_msg("\"%s\" is not in \"%s\"", why, homes.why);
}

static void ksmd_of_the_founding_machine_goes_to_0_63(void **state)
{
	kunpeng("64-95");
	assert_int_equal(hwloc_bitmap_set(targets, 70), 0);
	find(machine_task(&host, 510, "ksmd", KTHREAD, "0-95", 70));
	expect("0-63", "all online CPUs but 64-95 (isolated)");
	assert_int_equal(homes.choice, HOMES_FIRST);
	assert_int_equal(homes.node, -1);
	assert_set(homes.out[HOMES_ISOLATED], "64-95");
	assert_set(homes.out[HOMES_TARGET], "");
}

static void partitions_isolate_as_boot_does(void **state)
{
	kunpeng("64-95");
	machine_partition(&host, "10-19");
	find(NULL);
	expect("0-9,20-63", "10-19,64-95 (isolated)");
}

/* cpusets of cgroup v1, say: nothing but the kernel's domains tells of it. */
static void a_cpu_in_no_domain_is_isolated(void **state)
{
	kunpeng("");
	domains_free(&host.domains);
	assert_int_equal(domains_parse_schedstat(&host.domains,
						 "version 15\ntimestamp 1\n"
						 "cpu0 0 0 0 0 0 0 1 1 1\ndomain0 3 0 0 0\n"
						 "cpu1 0 0 0 0 0 0 1 1 1\ndomain0 3 0 0 0\n"
						 "cpu2 0 0 0 0 0 0 1 1 1\n"),
			 0);
	host.domains.source = DOMAINS_SCHEDSTAT;
	find(NULL);
	expect("0-1,3-95", "2 (isolated)");
}

static void offline_cpus_are_no_home(void **state)
{
	kunpeng("64-95");
	hwloc_bitmap_clr_range(host.online, 32, 47);
	find(NULL);
	expect("0-31,48-63", "64-95 (isolated)");
}

static void nohz_full_cpus_are_left_out_unless_nothing_else_is_there(void **state)
{
	kunpeng("64-95");
	assert_int_equal(cpulist_parse(host.nohz_full, "8-95"), 0);
	find(NULL);
	expect("0-7", "8-63 (nohz_full)");
	assert_int_equal(cpulist_parse(host.nohz_full, "0-95"), 0);
	find(NULL);
	expect("0-63", "nothing but nohz_full CPUs is left");
	assert_int_equal(homes.choice, HOMES_NOHZ);
}

static void pinned_vcpus_own_their_cpus(void **state)
{
	kunpeng("64-95");
	machine_task(&host, 4000, "qemu-kvm", 0, "0-63", 1);
	machine_task(&host, 4001, "CPU 0/KVM", 0, "10", 10);
	machine_task(&host, 4002, "CPU 1/KVM", 0, "11-12", 11);
	find(NULL);
	expect("0-9,13-63", "10-12 (vCPUs or owners are pinned there)");
}

static void a_default_mask_owns_nothing(void **state)
{
	kunpeng("64-95");
	machine_task(&host, 4001, "CPU 0/KVM", 0, "0-63", 10);
	machine_task(&host, 4002, "CPU 1/KVM", 0, "0-95", 10);
	machine_task(&host, 4003, "CPU 2/KVM", 0, NULL, 10);
	find(NULL);
	expect("0-63", "64-95 (isolated)");
	assert_set(owned, "");
}

static void who_is_asked_for_owns(void **state)
{
	const uint32_t owners[] = { 77, 90 };

	kunpeng("");
	machine_task(&host, 77, "dpdk", 0, "4-5", 4);
	machine_task(&host, 78, "other", 0, "6", 6);
	assert_int_equal(homes_owned(owned, &host, owners, 2), 0);
	assert_set(owned, "4-5");
}

static void threads_of_a_vm_without_names_own_where_they_are_pinned(void **state)
{
	kunpeng("64-95");
	host.vms = calloc(1, sizeof(*host.vms));
	host.vms[host.vm_count++].pid = 5000;
	machine_task(&host, 5000, "qemu-kvm", 0, "0-63", 1);
	machine_task(&host, 5001, "qemu-kvm", 0, "20", 20)->pid = 5000;
	find(NULL);
	expect("0-19,21-63", "20 (vCPUs");
}

static void siblings_of_owned_cpus_are_a_second_choice(void **state)
{
	/* Cores are 0-1, 2-3, 4-5, 6-7. */
	make("package:1 core:4 pu:2", "");
	machine_task(&host, 4001, "CPU 0/KVM", 0, "2", 2);
	find(NULL);
	expect("0-1,4-7", "3 (SMT siblings of these)");
	for (int i = 0; i < 4; i++) {
		char cpu[4] = { (char)('0' + 2 * i), '\0' };

		machine_task(&host, 4010 + (uint32_t)i, "CPU 1/KVM", 0, cpu, 2 * i);
	}
	find(NULL);
	expect("1,3,5,7", "nothing but SMT siblings");
	assert_int_equal(homes.choice, HOMES_SIBLINGS);
}

static void targets_are_kept_free_and_their_siblings(void **state)
{
	make("package:1 core:4 pu:2", "");
	assert_int_equal(cpulist_parse(targets, "2"), 0);
	find(NULL);
	expect("0-1,4-7", "2 (to be kept free), 3 (SMT siblings of these)");
}

static void a_node_s_thread_stays_on_its_node(void **state)
{
	kunpeng("64-95");
	find(machine_task(&host, 600, "kswapd1", KTHREAD, "0-95", 70));
	expect("24-47", "(not of its node)");
	assert_int_equal(homes.node, 1);
	find(machine_task(&host, 601, "kcompactd2", KTHREAD, "48-71", 70));
	expect("48-63", "(not in its mask)");
	/* A node that is isolated whole leaves the others. */
	find(machine_task(&host, 602, "kswapd3", KTHREAD, "72-95", 80));
	expect("0-63", "its mask has none of them");
	assert_true(homes.mask_has_none);
	assert_int_equal(homes.node, -1);
}

static void a_node_with_too_little_room_is_not_insisted_on(void **state)
{
	kunpeng("1-23,64-95");
	find(machine_task(&host, 600, "kswapd0", KTHREAD, "0-95", 70));
	expect("0,24-63", "(isolated)");
}

static void only_a_kernel_thread_is_a_node_s_by_its_name(void **state)
{
	kunpeng("64-95");
	assert_int_equal(homes_node(&host, machine_task(&host, 1, "kswapd1", 0, "0-95", 1)), -1);
	assert_int_equal(homes_node(&host, machine_task(&host, 2, "kswapd9", KTHREAD, NULL, 1)),
			 -1);
	assert_int_equal(homes_node(&host, machine_task(&host, 3, "kswapd1x", KTHREAD, NULL, 1)),
			 -1);
	assert_int_equal(homes_node(&host, machine_task(&host, 4, "kswapd-1", KTHREAD, NULL, 1)),
			 -1);
	/* By its mask, anybody. */
	assert_int_equal(homes_node(&host, machine_task(&host, 5, "x", 0, "24-30", 1)), 1);
	assert_int_equal(homes_node(&host, machine_task(&host, 6, "x", 0, "23-24", 1)), -1);
}

static void a_chosen_mask_is_respected(void **state)
{
	kunpeng("64-95");
	find(machine_task(&host, 900, "backup", 0, "60-70", 66));
	expect("60-63", "0-59 (not in its mask)");
}

static void clearly_busy_cpus_are_left_out(void **state)
{
	make("package:1 core:8 pu:1", "");
	input.busy_ns = busy;
	input.busy_count = 8;
	input.window_ns = 100;
	for (int cpu = 0; cpu < 8; cpu++)
		busy[cpu] = 10;
	busy[3] = 34;
	find(NULL);
	expect("0-7", "all online CPUs");
	busy[3] = 36;
	find(NULL);
	expect("0-2,4-7", "3 (clearly busier than others)");
	/* Not known is not busy. */
	busy[3] = UINT64_MAX;
	input.busy_count = 6;
	find(NULL);
	expect("0-7", "all");
}

static void busy_cpus_never_leave_one_alone(void **state)
{
	make("package:1 core:4 pu:1", "");
	input.busy_ns = busy;
	input.busy_count = 4;
	input.window_ns = 100;
	busy[0] = 0, busy[1] = busy[2] = busy[3] = 100;
	find(NULL);
	expect("0-3", "all");
	busy[1] = 1;
	find(NULL);
	expect("0-1", "2-3 (clearly busier");
	hwloc_bitmap_clr_range(host.online, 2, 3);
	busy[1] = 100;
	find(NULL);
	expect("0-1", "all");
}

static void with_every_cpu_isolated_there_is_none(void **state)
{
	kunpeng("0-95");
	find(machine_task(&host, 510, "ksmd", KTHREAD, "0-95", 70));
	expect("", "every online CPU is isolated");
	assert_int_equal(homes.choice, HOMES_NONE);
}

static void with_every_home_owned_there_is_none(void **state)
{
	kunpeng("64-95");
	machine_task(&host, 4001, "CPU 0/KVM", 0, "0-31", 1);
	machine_task(&host, 4002, "CPU 1/KVM", 0, "32-63", 32);
	find(NULL);
	expect("", "no CPU is left of 64-95 (isolated), 0-63 (vCPUs or owners are pinned there)");
}

static void an_empty_snapshot_is_no_trouble(void **state)
{
	host.online = hwloc_bitmap_alloc();
	input.host = &host;
	find(NULL);
	expect("", "which CPUs are online is not known");
}

static void absurd_masks_are_no_trouble(void **state)
{
	kunpeng("64-95");
	machine_task(&host, 4001, "CPU 0/KVM", 0, "0-5,8000-8191", 1);
	find(machine_task(&host, 4002, "x", 0, "8191", 1));
	expect("6-63", "its mask has none of them");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ksmd_of_the_founding_machine_goes_to_0_63),
		TEST(partitions_isolate_as_boot_does),
		TEST(a_cpu_in_no_domain_is_isolated),
		TEST(offline_cpus_are_no_home),
		TEST(nohz_full_cpus_are_left_out_unless_nothing_else_is_there),
		TEST(pinned_vcpus_own_their_cpus),
		TEST(a_default_mask_owns_nothing),
		TEST(who_is_asked_for_owns),
		TEST(threads_of_a_vm_without_names_own_where_they_are_pinned),
		TEST(siblings_of_owned_cpus_are_a_second_choice),
		TEST(targets_are_kept_free_and_their_siblings),
		TEST(a_node_s_thread_stays_on_its_node),
		TEST(a_node_with_too_little_room_is_not_insisted_on),
		TEST(only_a_kernel_thread_is_a_node_s_by_its_name),
		TEST(a_chosen_mask_is_respected),
		TEST(clearly_busy_cpus_are_left_out),
		TEST(busy_cpus_never_leave_one_alone),
		TEST(with_every_cpu_isolated_there_is_none),
		TEST(with_every_home_owned_there_is_none),
		TEST(an_empty_snapshot_is_no_trouble),
		TEST(absurd_masks_are_no_trouble),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
