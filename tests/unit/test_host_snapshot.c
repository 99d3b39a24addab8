// SPDX-License-Identifier: GPL-2.0-only
/* The host snapshot, read from literal /sys and /proc trees and from the machine of the test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <sched.h>
#include <sys/prctl.h>
#include "host/cpulist.h"
#include "host/domains.h"
#include "host/snapshot.h"
#include "host/taskscan.h"
#include "tree.h"

static char root[PATH_MAX];
static struct host_snapshot host;

static int set_up(void **state)
{
	(void)state;
	tree_make(root);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	host_snapshot_free(&host);
	tree_remove(root);
	return 0;
}

static void assert_cpus(hwloc_const_bitmap_t set, const char *expected)
{
	char *list = cpulist_format(set);

	assert_non_null(list);
	assert_string_equal(list, expected);
	free(list);
}

static void put(const char *path, const char *text)
{
	tree_put(root, path, text);
}

/* One CPU of a machine with two packages of two SMT siblings each, an L3 and a node a package. */
static void put_cpu(int cpu)
{
	static const char *const names[] = { "core_id", "physical_package_id" };
	char path[128], pair[16];
	int package = cpu / 2;

	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "sys/devices/system/cpu/cpu%d/topology/%s", cpu,
			 names[i]);
		/* The same core_id in both packages, as on real machines. */
		put(path, i && package ? "1\n" : "0\n");
	}
	snprintf(pair, sizeof(pair), "%x\n", 3 << (2 * package));
	snprintf(path, sizeof(path), "sys/devices/system/cpu/cpu%d/topology/thread_siblings", cpu);
	put(path, pair);
	snprintf(path, sizeof(path), "sys/devices/system/cpu/cpu%d/topology/core_siblings", cpu);
	put(path, pair);
	snprintf(path, sizeof(path), "sys/devices/system/cpu/cpu%d/cache/index3/shared_cpu_map",
		 cpu);
	put(path, pair);
	snprintf(path, sizeof(path), "sys/devices/system/cpu/cpu%d/cache/index3/level", cpu);
	put(path, "3\n");
	snprintf(path, sizeof(path), "sys/devices/system/cpu/cpu%d/cache/index3/type", cpu);
	put(path, "Unified\n");
	snprintf(path, sizeof(path), "sys/devices/system/cpu/cpu%d/cache/index3/size", cpu);
	put(path, "32768K\n");
}

static void put_machine(void)
{
	put("sys/devices/system/cpu/possible", "0-5\n");
	put("sys/devices/system/cpu/present", "0-4\n");
	put("sys/devices/system/cpu/online", "0-3\n");
	put("sys/devices/system/cpu/isolated", "3\n");
	put("sys/devices/system/cpu/nohz_full", "2-3\n");
	for (int cpu = 0; cpu < 4; cpu++)
		put_cpu(cpu);
	put("sys/devices/system/node/online", "0-1\n");
	put("sys/devices/system/node/node0/cpumap", "3\n");
	put("sys/devices/system/node/node1/cpumap", "c\n");
	put("sys/devices/system/node/node0/distance", "10 21\n");
	put("sys/devices/system/node/node1/distance", "21 10\n");
	put("sys/devices/system/node/node0/meminfo", "Node 0 MemTotal: 1024 kB\n");
	put("sys/devices/system/node/node1/meminfo", "Node 1 MemTotal: 1024 kB\n");
	put("proc/sys/kernel/hostname", "vmhost7\n");
	put("proc/sys/kernel/osrelease", "5.10.0-136.aarch64\n");
	put("proc/sys/kernel/version", "#1 SMP\n");
	put("proc/sys/kernel/arch", "aarch64\n");
	put("proc/cmdline", "BOOT_IMAGE=/vmlinuz isolcpus=3 nohz_full=2-3\n");
	put("proc/cpuinfo", "processor\t: 0\n\n");
}

static void put_task(int pid, int tid, const char *stat, const char *status)
{
	char path[128];

	snprintf(path, sizeof(path), "proc/%d/task/%d/stat", pid, tid);
	put(path, stat);
	snprintf(path, sizeof(path), "proc/%d/task/%d/status", pid, tid);
	put(path, status);
}

/* A stat line as kernel 6.18 wrote it, but for the name and the flags. */
#define STAT(tid, comm, flags)                                                                     \
	tid " (" comm ") S 2 0 0 0 -1 " flags " 0 0 0 0 5 7 0 0 25 5 1 0 24 0 0 "                  \
	    "18446744073709551615 0 0 0 0 0 0 0 2147483647 0 0 0 0 17 43 0 0 0 0 0 0 0 0 0 0 0 0 " \
	    "0\n"

static void take(void)
{
	assert_int_equal(host_snapshot_take(&host, root), 0);
}

static void a_machine_is_read_as_its_files_say(void **state)
{
	(void)state;
	put_machine();
	take();
	assert_string_equal(host.hostname, "vmhost7");
	assert_string_equal(host.kernel_release, "5.10.0-136.aarch64");
	assert_string_equal(host.kernel_version, "#1 SMP");
	assert_string_equal(host.machine, "aarch64");
	assert_string_equal(host.cmdline, "BOOT_IMAGE=/vmlinuz isolcpus=3 nohz_full=2-3");
	assert_cpus(host.possible, "0-5");
	assert_cpus(host.present, "0-4");
	assert_cpus(host.online, "0-3");
	assert_cpus(host.isolated, "3");
	assert_cpus(host.nohz_full, "2-3");
	assert_int_equal(host.cpu_count, 6);
}

static void topology_comes_from_sysfs(void **state)
{
	(void)state;
	put_machine();
	take();
	for (int cpu = 0; cpu < 4; cpu++) {
		assert_int_equal(host.cpus[cpu].package, cpu / 2);
		assert_int_equal(host.cpus[cpu].core, cpu / 2);
		assert_int_equal(host.cpus[cpu].llc, cpu / 2);
		assert_int_equal(host.cpus[cpu].node, cpu / 2);
		assert_cpus(host.cpus[cpu].siblings, cpu < 2 ? "0-1" : "2-3");
	}
	assert_int_equal(host.node_count, 2);
	assert_non_null(host.distances);
	assert_int_equal(host.distances[0], 10);
	assert_int_equal(host.distances[1], 21);
	assert_int_equal(host.distances[2], 21);
	assert_int_equal(host.distances[3], 10);
}

static void an_offline_cpu_has_no_place(void **state)
{
	(void)state;
	put_machine();
	take();
	for (int cpu = 4; cpu < 6; cpu++) {
		assert_int_equal(host.cpus[cpu].package, -1);
		assert_int_equal(host.cpus[cpu].core, -1);
		assert_int_equal(host.cpus[cpu].llc, -1);
		assert_int_equal(host.cpus[cpu].node, -1);
		assert_cpus(host.cpus[cpu].siblings, "");
	}
}

static void isolated_partitions_join_the_boot_list(void **state)
{
	(void)state;
	put_machine();
	put("sys/fs/cgroup/cpuset.cpus.isolated", "1\n");
	take();
	assert_cpus(host.isolated, "1,3");
	host_snapshot_free(&host);
	put("sys/fs/cgroup/unified/cpuset.cpus.isolated", "0\n");
	take();
	assert_cpus(host.isolated, "0-1,3");
}

static void isolation_is_kept_by_its_causes(void **state)
{
	(void)state;
	put_machine();
	put("sys/fs/cgroup/cgroup.controllers", "cpuset cpu\n");
	put("sys/fs/cgroup/vms/cpuset.cpus.partition", "isolated\n");
	put("sys/fs/cgroup/vms/cpuset.cpus.effective", "1\n");
	put("proc/sys/kernel/numa_balancing", "1\n");
	take();
	assert_cpus(host.isolated, "1,3");
	assert_non_null(host.boot_isolated);
	assert_cpus(host.boot_isolated, "3");
	assert_cpus(host.partitions, "1");
	assert_string_equal(host.partition_names, "/vms (1)");
	assert_null(host.broken_partition);
	assert_int_equal(host.cpusets, CPUSETS_V2);
	assert_int_equal(host.numa_balancing, 1);
	/* Derived from the topology less these CPUs: what is left are 0 of one node and 2 of two.
	 */
	assert_int_equal(host.domains.source, DOMAINS_DERIVED);
	assert_int_equal(domains_membership(&host.domains, 3), MEMBERSHIP_NONE);
	assert_int_equal(domains_membership(&host.domains, 2), MEMBERSHIP_SOME);
}

static void what_is_not_there_is_absent(void **state)
{
	(void)state;
	put("sys/devices/system/cpu/online", "0-1\n");
	put("sys/devices/system/cpu/nohz_full", "(null)\n");
	put("sys/devices/system/cpu/isolated", "3-1\n");
	take();
	assert_int_equal(host.cpu_count, 2);
	assert_null(host.hostname);
	assert_null(host.machine);
	assert_null(host.cmdline);
	assert_cpus(host.possible, "");
	assert_cpus(host.isolated, "");
	assert_cpus(host.nohz_full, "");
	assert_null(host.distances);
	assert_null(host.boot_isolated);
	assert_int_equal(host.domains.source, DOMAINS_UNKNOWN);
	assert_int_equal(host.numa_balancing, -1);
	assert_int_equal(host.ksm_file_count, 0);
	assert_int_equal(host.task_count, 0);
}

static void without_cpus_there_is_no_machine(void **state)
{
	(void)state;
	put("proc/sys/kernel/hostname", "x\n");
	assert_int_equal(host_snapshot_take(&host, root), -ENOENT);
	assert_null(host.hostname);
	assert_int_equal(host_snapshot_take(&host, "/no/such/root"), -ENOENT);
}

static void every_ksm_file_is_kept(void **state)
{
	(void)state;
	put_machine();
	put("sys/kernel/mm/ksm/sleep_millisecs", "20\n");
	put("sys/kernel/mm/ksm/pages_to_scan", "100\n");
	put("sys/kernel/mm/ksm/advisor_mode", "[none] scan-time\n");
	take();
	assert_int_equal(host.ksm_file_count, 3);
	assert_string_equal(host.ksm_files[0].name, "advisor_mode");
	assert_string_equal(host.ksm_files[0].value, "[none] scan-time");
	assert_string_equal(host.ksm_files[1].name, "pages_to_scan");
	assert_string_equal(host.ksm_files[1].value, "100");
	assert_string_equal(host.ksm_files[2].name, "sleep_millisecs");
	assert_string_equal(host.ksm_files[2].value, "20");
}

static void tasks_come_with_flags_policy_and_mask(void **state)
{
	const struct host_task *task;

	(void)state;
	put_machine();
	put_task(510, 510, STAT("510", "ksmd", "2097216"),
		 "Name:\tksmd\nUid:\t0\nCpus_allowed:\t3f\nCpus_allowed_list:\t0-5\nMems:\t1\n");
	take();
	assert_int_equal(host.task_count, 1);
	task = &host.tasks[0];
	assert_int_equal(task->tid, 510);
	assert_int_equal(task->pid, 510);
	assert_int_equal(task->ppid, 2);
	assert_int_equal(task->flags, 0x200040);
	assert_int_equal(task->start_ticks, 24);
	assert_int_equal(task->nice, 5);
	assert_int_equal(task->policy, 0);
	assert_int_equal(task->rt_priority, 0);
	assert_int_equal(task->last_cpu, 43);
	assert_string_equal(task->comm, "ksmd");
	assert_non_null(task->allowed);
	assert_cpus(task->allowed, "0-5");
}

static void threads_are_found_and_sorted_by_tid(void **state)
{
	(void)state;
	put_machine();
	put_task(900, 900, STAT("900", "qemu", "0"), "x\nCpus_allowed_list:\t0-1\n");
	put_task(900, 1200, STAT("1200", "CPU 0/KVM", "0"), "x\nCpus_allowed_list:\t3\n");
	put_task(1000, 1000, STAT("1000", "sh", "0"), "x\nCpus_allowed_list:\t9-1\n");
	put_task(77, 77, STAT("77", "gone", "0"), "no mask\n");
	put("proc/1001/task/1001/stat", "");
	put("proc/self/task/1/stat", STAT("1", "not a number", "0"));
	take();
	assert_int_equal(host.task_count, 4);
	assert_int_equal(host.tasks[0].tid, 77);
	assert_null(host.tasks[0].allowed);
	assert_int_equal(host.tasks[1].tid, 900);
	assert_int_equal(host.tasks[2].tid, 1000);
	assert_null(host.tasks[2].allowed);
	assert_int_equal(host.tasks[3].tid, 1200);
	assert_int_equal(host.tasks[3].pid, 900);
	assert_cpus(host.tasks[3].allowed, "3");
	assert_string_equal(host.tasks[3].comm, "CPU 0/KVM");
}

static void assert_comm(const char *stat, const char *comm)
{
	struct host_task task = { 0 };

	assert_int_equal(taskscan_parse_stat(&task, stat), 0);
	assert_string_equal(task.comm, comm);
	assert_int_equal(task.last_cpu, 43);
}

static void a_comm_may_hold_anything(void **state)
{
	(void)state;
	assert_comm(STAT("7", "a b", "0"), "a b");
	assert_comm(STAT("7", ") R 1 1", "0"), ") R 1 1");
	assert_comm(STAT("7", "((()))", "0"), "((()))");
	assert_comm(STAT("7", "", "0"), "");
	assert_comm(STAT("7", "new\nline", "0"), "new\nline");
	assert_comm(STAT("7", "\xff\xfe", "0"), "\xff\xfe");
	assert_comm(STAT("7", "123456789012345", "0"), "123456789012345");
	assert_comm(STAT("7", "a_long_kernel_thread_name", "2097216"), "a_long_kernel_t");
}

static void a_kworker_has_the_name_that_tracepoints_tell(void **state)
{
	(void)state;
	assert_comm(STAT("7", "kworker/0:1-events", "69238880"), "kworker/0:1");
	assert_comm(STAT("7", "kworker/u8:2+flush-8:0", "69238880"), "kworker/u8:2");
	assert_comm(STAT("7", "kworker/0:0H", "69238880"), "kworker/0:0H");
	assert_comm(STAT("7", "kworker/R-xfs-a", "69238880"), "kworker/R-xfs-a");
	assert_comm(STAT("7", "kworker/0:1-x", "0"), "kworker/0:1-x");
}

static void a_broken_stat_is_no_task(void **state)
{
	static const char *const lines[] = {
		"",
		"1",
		"1 (a",
		"1 a) S 1",
		"1 )( S 1",
		"(a) S 1 1",
		"0 (a) S 1",
		"1 (a) S 2 0 0",
		"x (a) S 2 0 0 0 -1 0",
	};
	struct host_task task = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		assert_int_equal(taskscan_parse_stat(&task, lines[i]), -EINVAL);
}

/* The live machine: what the kernel says of this very task. */
static void this_task_is_in_the_live_snapshot(void **state)
{
	const struct host_task *self = NULL;
	cpu_set_t mask;
	int cpus = 0;

	(void)state;
	assert_int_equal(prctl(PR_SET_NAME, "a ) (b"), 0);
	assert_int_equal(host_snapshot_take(&host, ""), 0);
	for (uint32_t i = 0; i < host.task_count; i++) {
		if (host.tasks[i].tid == (uint32_t)getpid())
			self = &host.tasks[i];
		assert_true(!i || host.tasks[i - 1].tid < host.tasks[i].tid);
	}
	assert_non_null(self);
	assert_string_equal(self->comm, "a ) (b");
	assert_int_equal(self->ppid, getppid());
	assert_true(self->last_cpu >= 0 && (uint32_t)self->last_cpu < host.cpu_count);
	assert_int_equal(sched_getaffinity(0, sizeof(mask), &mask), 0);
	assert_non_null(self->allowed);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &mask))
			continue;
		assert_true(hwloc_bitmap_isset(self->allowed, (unsigned int)cpu));
		cpus++;
	}
	assert_true(hwloc_bitmap_weight(self->allowed) >= cpus);
	assert_int_equal(hwloc_bitmap_weight(host.online), sysconf(_SC_NPROCESSORS_ONLN));
}

static void looking_leaves_our_affinity_alone(void **state)
{
	cpu_set_t before, after;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	assert_int_equal(host_snapshot_take(&host, ""), 0);
	assert_int_equal(sched_getaffinity(0, sizeof(after), &after), 0);
	assert_true(CPU_EQUAL(&before, &after));
}

#define TREE_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TREE_TEST(a_machine_is_read_as_its_files_say),
		TREE_TEST(topology_comes_from_sysfs),
		TREE_TEST(an_offline_cpu_has_no_place),
		TREE_TEST(isolated_partitions_join_the_boot_list),
		TREE_TEST(isolation_is_kept_by_its_causes),
		TREE_TEST(what_is_not_there_is_absent),
		TREE_TEST(without_cpus_there_is_no_machine),
		TREE_TEST(every_ksm_file_is_kept),
		TREE_TEST(tasks_come_with_flags_policy_and_mask),
		TREE_TEST(threads_are_found_and_sorted_by_tid),
		TREE_TEST(a_comm_may_hold_anything),
		TREE_TEST(a_kworker_has_the_name_that_tracepoints_tell),
		TREE_TEST(a_broken_stat_is_no_task),
		TREE_TEST(this_task_is_in_the_live_snapshot),
		TREE_TEST(looking_leaves_our_affinity_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
