// SPDX-License-Identifier: GPL-2.0-only
/* What kind of task one is, by name, flags and mask. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analysis/kinds.h"
#include "host/taskflags.h"
#include "unit/hosts.h"

#define KTHREAD (TASK_KTHREAD | 0x40)
#define BOUND	(KTHREAD | TASK_NO_SETAFFINITY)

static struct host_snapshot host;

static int tear_down(void **state)
{
	host_snapshot_free(&host);
	return 0;
}

static struct task_identity identity(uint32_t tid, const char *comm, uint32_t flags,
				     uint32_t cpus_allowed)
{
	struct task_identity who = {
		.task = 1, .tid = tid, .pid = tid, .flags = flags, .cpus_allowed = cpus_allowed
	};

	strcpy(who.comm, comm);
	return who;
}

static struct task_kind kind_of(const char *comm, uint32_t flags, uint32_t cpus_allowed)
{
	struct task_identity who = identity(100, comm, flags, cpus_allowed);
	struct task_kind kind;

	kind_find(&kind, &who, host.cpus ? &host : NULL, NULL);
	return kind;
}

static void expect(const char *comm, uint32_t flags, uint32_t cpus, enum kind expected,
		   uint32_t number)
{
	struct task_kind kind = kind_of(comm, flags, cpus);

	if (kind.kind != expected || kind.number != number)
		fail_msg("%s: %s %u, not %s %u", comm, kind_text(kind.kind), kind.number,
			 kind_text(expected), number);
	assert_int_equal(kind.movable, !(flags & TASK_NO_SETAFFINITY));
}

static void kernel_threads_are_known_by_name(void **state)
{
	expect("kworker/3:1", BOUND | TASK_WQ_WORKER, 1, KIND_WORKER, 3);
	expect("kworker/u193:12", BOUND | TASK_WQ_WORKER, 64, KIND_WORKER_UNBOUND, 193);
	expect("kworker/R-xfs", KTHREAD, 64, KIND_WORKER_RESCUER, KIND_NO_NUMBER);
	expect("ksoftirqd/43", BOUND, 1, KIND_SOFTIRQ, 43);
	expect("rcuc/43", BOUND, 1, KIND_RCU_CALLBACKS, 43);
	expect("rcuog/8", KTHREAD, 96, KIND_RCU_OFFLOADED, 8);
	expect("rcuop/43", KTHREAD, 96, KIND_RCU_OFFLOADED, 43);
	expect("rcuos/43", KTHREAD, 96, KIND_RCU_OFFLOADED, 43);
	expect("rcu_sched", KTHREAD, 96, KIND_RCU, KIND_NO_NUMBER);
	expect("rcu_preempt", KTHREAD, 96, KIND_RCU, KIND_NO_NUMBER);
	expect("migration/43", BOUND, 1, KIND_STOPPER, 43);
	expect("cpuhp/43", BOUND, 1, KIND_HOTPLUG, 43);
	expect("idle_inject/7", BOUND, 1, KIND_IDLE_INJECT, 7);
	expect("watchdog/43", BOUND, 1, KIND_WATCHDOG, 43);
	expect("irq/24-nvme0q1", BOUND, 1, KIND_IRQ, 24);
	expect("kswapd1", KTHREAD, 24, KIND_KSWAPD, 1);
	expect("kcompactd3", KTHREAD, 24, KIND_KCOMPACTD, 3);
	expect("ksmd", KTHREAD, 96, KIND_KSMD, KIND_NO_NUMBER);
	expect("khugepaged", KTHREAD, 96, KIND_KHUGEPAGED, KIND_NO_NUMBER);
	expect("kthreadd", KTHREAD, 96, KIND_KTHREADD, KIND_NO_NUMBER);
	expect("kauditd", KTHREAD, 96, KIND_KTHREAD, KIND_NO_NUMBER);
	expect("nvme-wq", BOUND, 96, KIND_KTHREAD_BOUND, KIND_NO_NUMBER);
}

static void only_whole_names_count(void **state)
{
	expect("ksmd2", KTHREAD, 96, KIND_KTHREAD, KIND_NO_NUMBER);
	expect("ksoftirqd/", BOUND, 1, KIND_KTHREAD_BOUND, KIND_NO_NUMBER);
	expect("ksoftirqd/3x", BOUND, 1, KIND_KTHREAD_BOUND, KIND_NO_NUMBER);
	expect("irq/4294967296", BOUND, 1, KIND_KTHREAD_BOUND, KIND_NO_NUMBER);
	expect("kworker/x", BOUND, 1, KIND_KTHREAD_BOUND, KIND_NO_NUMBER);
}

static void a_worker_s_priority_is_in_its_name(void **state)
{
	assert_true(kind_of("kworker/3:1H", BOUND, 1).high_prio);
	assert_true(kind_of("kworker/u9:0H", BOUND, 8).high_prio);
	assert_false(kind_of("kworker/3:1", BOUND, 1).high_prio);
}

static void a_user_may_call_itself_anything(void **state)
{
	expect("kworker/3:1", 0, 96, KIND_USER, KIND_NO_NUMBER);
	expect("ksmd", 0, 1, KIND_USER_PINNED, KIND_NO_NUMBER);
	expect("iou-wrk-77", TASK_NO_SETAFFINITY, 96, KIND_USER_BOUND, KIND_NO_NUMBER);
}

/* 0x40000000 is another flag: the founding case's check. */
static void freezer_skip_does_not_bind(void **state)
{
	expect("ksmd", KTHREAD | 0x40000000, 96, KIND_KSMD, KIND_NO_NUMBER);
}

static void a_lost_identity_is_unknown(void **state)
{
	struct task_identity who = { .comm = "?" };
	struct task_kind kind;

	kind_find(&kind, &who, NULL, NULL);
	assert_int_equal(kind.kind, KIND_UNKNOWN);
	assert_false(kind.movable);
	kind_find(&kind, NULL, NULL, NULL);
	assert_int_equal(kind.kind, KIND_UNKNOWN);
}

static void make_vm(void)
{
	machine_make(&host, "numa:2 core:4 pu:1", "4-7");
	host.vms = calloc(1, sizeof(*host.vms));
	host.vms[host.vm_count++] = (struct host_vm){
		.pid = 100, .name = strdup("web-7"), .vmm = VMM_QEMU, .vcpus_named = true
	};
}

static void a_vm_s_threads_are_vcpus_and_helpers(void **state)
{
	make_vm();
	expect("CPU 3/KVM", 0, 1, KIND_VCPU_PINNED, 3);
	expect("CPU 3/KVM", 0, 2, KIND_VCPU_FLOATING, 3);
	expect("CPU 3/KVM", 0, 0, KIND_VCPU, 3);
	expect("IO iothread1", 0, 8, KIND_VM_HELPER, KIND_NO_NUMBER);
	assert_string_equal(kind_of("IO iothread1", 0, 8).vm_name, "web-7");
	expect("vhost-100", KTHREAD, 8, KIND_VM_HELPER, KIND_NO_NUMBER);
	assert_string_equal(kind_of("vhost-100", KTHREAD, 8).vm_name, "web-7");
	expect("kvm-pit/100", KTHREAD, 8, KIND_VM_HELPER, KIND_NO_NUMBER);
}

static void a_mask_of_target_cpus_alone_pins(void **state)
{
	struct task_identity who = identity(50, "app", 0, 2);
	hwloc_bitmap_t targets = machine_set("4-7");
	struct task_kind kind;

	make_vm();
	machine_task(&host, 50, "app", 0, "5-6", 5);
	kind_find(&kind, &who, &host, targets);
	assert_int_equal(kind.kind, KIND_USER_PINNED);
	/* The stream says that its mask is another one by now. */
	who.cpus_allowed = 8;
	kind_find(&kind, &who, &host, targets);
	assert_int_equal(kind.kind, KIND_USER);
	hwloc_bitmap_free(targets);
}

static void a_tid_given_anew_is_not_the_snapshot_s_task(void **state)
{
	struct task_identity who = identity(50, "ksmd", KTHREAD, 8);
	struct task_kind kind;

	make_vm();
	machine_task(&host, 50, "ksmd", KTHREAD, "0-7", 5);
	kind_find(&kind, &who, &host, NULL);
	assert_ptr_equal(kind.task, &host.tasks[0]);
	strcpy(who.comm, "kauditd");
	kind_find(&kind, &who, &host, NULL);
	assert_null(kind.task);
	who = identity(50, "ksmd", 0, 8);
	kind_find(&kind, &who, &host, NULL);
	assert_null(kind.task);
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(kernel_threads_are_known_by_name),
		TEST(only_whole_names_count),
		TEST(a_worker_s_priority_is_in_its_name),
		TEST(a_user_may_call_itself_anything),
		TEST(freezer_skip_does_not_bind),
		TEST(a_lost_identity_is_unknown),
		TEST(a_vm_s_threads_are_vcpus_and_helpers),
		TEST(a_mask_of_target_cpus_alone_pins),
		TEST(a_tid_given_anew_is_not_the_snapshot_s_task),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
