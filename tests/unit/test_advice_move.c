// SPDX-License-Identifier: GPL-2.0-only
/* Advice on who should run elsewhere, on machines by hand. The first is the founding one. */
#include "unit/advice_stage.h"

static void ksmd_of_the_founding_machine(void **state)
{
	const struct advice *advice;

	kunpeng();
	alive(510, "ksmd", KTHREAD, "0-95");
	with_owner(4001, "CPU 0/KVM", 1);
	advice = advise(1);
	assert_string_equal(advice->rule, "move-task");
	assert_string_equal(advice->title, "move ksmd[510] to CPUs 0-63");
	assert_string_equal(advice->seen,
			    "ran 1.21 s on CPU 70 in 100 visits; the owners waited 9 ms for it");
	assert_string_equal(advice->predicted,
			    "12.1 % of CPU 70's time and 9 ms of the owners' delay go away");
	has(advice->why, "its mask, 0-95, has CPU 70");
	has(advice->why, "all online CPUs but 64-95 (isolated)");
	assert_string_equal(advice->undo, "taskset -pc 0-95 510");
	assert_int_equal(advice->sure, ADVICE_SURE);
	assert_int_equal(advice->task, 10);
	assert_int_equal(advice->cost_ns, 9 * MS);
	assert_int_equal(advice->change_count, 1);
	assert_int_equal(advice->changes[0].start_ticks, 1510);
	has_command(&advice->changes[0], "taskset -pc 0-63 510");
	has_step(advice, STEP_PERSIST,
		 "ExecStart=/bin/sh -c 'for t in $$(pgrep -P 2 -x ksmd); do taskset -pc 0-63 $$t; "
		 "done'");
	has_step(advice, STEP_NOTE, "systemctl enable interloper-ksmd.service");
	has_step(advice, STEP_NOTE, "7.0");
}

static void a_kernel_that_keeps_ksmd_off_is_told_of(void **state)
{
	kunpeng();
	strcpy(host.kernel_release, "7.3.1");
	alive(510, "ksmd", KTHREAD, "0-95");
	has_step(advise(1), STEP_NOTE, "somebody may have set its mask");
}

/* The founding case's own check tested this bit. */
static void freezer_skip_does_not_bind(void **state)
{
	kunpeng();
	alive(510, "ksmd", KTHREAD | 0x40000000, "0-95");
	assert_int_equal(advise(1)->change_count, 1);
}

static void without_an_owner_run_time_is_the_cost(void **state)
{
	const struct advice *advice;

	kunpeng();
	alive(510, "ksmd", KTHREAD, "0-95");
	advice = advise(1);
	assert_int_equal(advice->cost_ns, 1210 * MS);
	assert_string_equal(advice->predicted, "12.1 % of CPU 70's time goes away");
	input.window_ns = 0;
	hwloc_bitmap_set(targets, 71);
	assert_string_equal(advise(1)->predicted, "1.21 s of the time of CPUs 70-71 goes away");
}

static void a_node_s_thread_goes_to_its_node(void **state)
{
	kunpeng();
	alive(300, "kswapd2", KTHREAD, "48-71");
	assert_string_equal(advise(1)->title, "move kswapd2[300] to CPUs 48-63");
}

static void with_nowhere_to_go_it_says_why(void **state)
{
	make("core:4 pu:1", "0-3", "2");
	alive(510, "ksmd", KTHREAD, "0-3");
	alive(77, "kworker/u8:1", WORKER, "0-3");
	alive(78, "rcu_preempt", KTHREAD, "0-3");
	for (uint32_t i = 0; i < 3; i++) {
		const struct advice *advice = &advise(3)[i];

		assert_false(advice->is_advice);
		assert_int_equal(advice->change_count, 0);
		has(advice->title, "nowhere");
		has(advice->why, "every online CPU is isolated");
	}
}

static void a_process_is_moved_with_its_threads(void **state)
{
	const struct advice *advice;

	kunpeng();
	alive(800, "backup", 0, "0-95");
	alive(801, "worker", 0, "0-95")->pid = 800;
	host.tasks[1].pid = 800;
	advice = advise(1);
	assert_string_equal(advice->rule, "user-task");
	assert_int_equal(advice->change_count, 2);
	has_command(&advice->changes[1], "taskset -pc 0-63 801");
	has(advice->undo, "each of the 2 masks; the first: taskset -pc 0-95 800");
	has_step(advice, STEP_NOTE, "AllowedCPUs=0-63");
}

static void a_pinned_process_may_be_the_owner(void **state)
{
	const struct advice *advice;

	kunpeng();
	alive(800, "dpdk", 0, "70");
	advice = advise(1);
	assert_string_equal(advice->rule, "user-task");
	assert_int_equal(advice->change_count, 0);
	has_step(advice, STEP_NOTE, "--owner 800");
	/* On its node. */
	has_step(advice, STEP_COMMAND, "taskset -pc 48-63 800");
}

static void who_is_lost_or_gone_has_no_command(void **state)
{
	kunpeng();
	ran(0, "?", 0, 0);
	ran(900, "backup", 0, 96);
	tasks[1].exited = true;
	tasks[2] = (struct move_task){ .run_ns = 5 };
	input.count = 3;
	for (uint32_t i = 0; i < 3; i++) {
		const struct advice *advice = &advise(3)[i];

		assert_false(advice->is_advice);
		assert_int_equal(advice->change_count, 0);
		assert_int_equal(advice->step_count, 0);
	}
	has(list.list[0].why, "lost");
	has(list.list[1].why, "exited");
}

static void who_is_not_in_the_snapshot_has_a_command_but_no_change(void **state)
{
	const struct advice *advice;

	kunpeng();
	ran(900, "backup", 0, 96);
	advice = advise(1);
	assert_int_equal(advice->change_count, 0);
	has_step(advice, STEP_COMMAND, "taskset -pc 0-63 900");
	has_step(advice, STEP_NOTE, "still that task");
}

static void who_has_another_mask_by_now_is_not_changed(void **state)
{
	const struct advice *advice;

	kunpeng();
	alive(510, "ksmd", KTHREAD, "0-63");
	advice = advise(1);
	assert_false(advice->is_advice);
	assert_int_equal(advice->change_count, 0);
}

static void a_name_that_a_shell_would_read_is_not_written_to_a_unit(void **state)
{
	const struct advice *advice;

	kunpeng();
	alive(510, "x;$(reboot)'", KTHREAD, "0-95");
	advice = advise(1);
	assert_int_equal(advice->change_count, 1);
	for (uint32_t i = 0; i < advice->step_count; i++)
		assert_int_not_equal(advice->steps[i].kind, STEP_PERSIST);
}

static void a_name_that_was_cut_is_looked_for_by_its_beginning(void **state)
{
	kunpeng();
	alive(511, "scsi_eh_1234567", KTHREAD, "0-95");
	has_step(advise(1), STEP_PERSIST, "pgrep -P 2 ^scsi_eh_1234567)");
}

static void kthreadd_has_no_parent(void **state)
{
	kunpeng();
	alive(2, "kthreadd", KTHREAD, "0-95");
	has_step(advise(1), STEP_PERSIST, "pgrep -P 0 -x kthreadd)");
	has_step(list.list, STEP_NOTE, "begin where it is");
}

static void make_vm(const char *name, enum vmm vmm)
{
	kunpeng();
	host.vms = calloc(1, sizeof(*host.vms));
	host.vms[host.vm_count++] = (struct host_vm){
		.pid = 4000, .name = name ? strdup(name) : NULL, .vmm = vmm, .vcpus_named = true
	};
	machine_task(&host, 4000, "qemu-kvm", 0, "0-63", 1);
	machine_task(&host, 4001, "CPU 0/KVM", 0, "0-63", 1)->pid = 4000;
	machine_task(&host, 4002, "CPU 1/KVM", 0, "0-63", 2)->pid = 4000;
	with_owner(4001, "CPU 0/KVM", 64);
	owner.pid = 4000;
}

static void floating_vcpus_are_to_be_pinned(void **state)
{
	const struct advice *advice;

	make_vm("web-7", VMM_QEMU);
	machine_task(&host, 5000, "CPU 0/KVM", 0, "64", 64);
	advice = advise(1);
	assert_string_equal(advice->rule, "pin-vcpus");
	assert_string_equal(advice->title, "pin the vCPUs of VM web-7");
	has(advice->seen, "2 of its vCPUs float; one may run on 64 CPUs");
	assert_int_equal(advice->change_count, 0);
	/* Not on CPU 64, which another VM has. */
	has_step(advice, STEP_COMMAND,
		 "virsh vcpupin web-7 0 65 --live --config && "
		 "virsh vcpupin web-7 1 66 --live --config");
	assert_string_equal(advice->predicted, "they wait for nobody else's vCPUs any more");
}

static void a_vm_s_name_is_quoted(void **state)
{
	make_vm("a'b; reboot", VMM_QEMU);
	has_step(advise(1), STEP_COMMAND, "virsh vcpupin 'a'\\''b; reboot' 0 64 ");
}

static void without_libvirt_taskset_pins(void **state)
{
	make_vm(NULL, VMM_UNKNOWN);
	has_step(advise(1), STEP_COMMAND, "taskset -pc 64 4001 && taskset -pc 65 4002");
	has(list.list->title, "the VM of pid 4000");
}

static void pinned_vcpus_need_no_advice(void **state)
{
	make_vm("web-7", VMM_QEMU);
	owner.cpus_allowed = 1;
	advise(0);
}

static void too_few_cpus_pin_nothing(void **state)
{
	const struct advice *advice;

	make_vm("web-7", VMM_QEMU);
	hwloc_bitmap_clr_range(host.online, 65, 95);
	advice = advise(1);
	has_step(advice, STEP_NOTE, "1 CPU is free for 2 vCPUs");
	assert_null(advice->predicted);
	assert_int_equal(advice->step_count, 1);
}

static void a_vm_s_helpers_are_moved_by_emulatorpin(void **state)
{
	const struct advice *advice;

	make_vm("web-7", VMM_QEMU);
	owner.cpus_allowed = 1;
	ran(4010, "IO mon_iothread", 0, 96)->pid = 4000;
	ran(4011, "vhost-4000", KTHREAD, 96);
	advice = advise(1);
	assert_string_equal(advice->rule, "vm-helper");
	has(advice->why, "VM web-7");
	has_step(advice, STEP_COMMAND, "taskset -pc 0-63 4011");
	has_step(advice, STEP_COMMAND, "virsh emulatorpin web-7 0-63 --live --config");
}

static void owned_cpus_are_no_home(void **state)
{
	kunpeng();
	machine_task(&host, 400, "CPU 0/KVM", 0, "0-62", 3);
	alive(510, "ksmd", KTHREAD, "0-95");
	has(advise(1)->title, "to CPU 63");
	host.tasks[0].allowed = (hwloc_bitmap_free(host.tasks[0].allowed), machine_set("0-31"));
	machine_task(&host, 600, "CPU 1/KVM", 0, "32-63", 3);
	has(advise(1)->why, "vCPUs or owners are pinned there");
	assert_false(list.list->is_advice);
}

static void without_a_snapshot_nothing_is_changed(void **state)
{
	kunpeng();
	ran(510, "ksmd", KTHREAD, 96);
	ran(511, "kworker/u8:0", WORKER, 96);
	ran(512, "ksoftirqd/70", BOUND, 1);
	ran(513, "irq/5-x", BOUND, 1);
	ran(514, "migration/70", BOUND, 1);
	ran(515, "CPU 0/KVM", 0, 9);
	ran(516, "x", 0, 9);
	input.host = NULL;
	advise(7);
	for (uint32_t i = 0; i < list.count; i++)
		assert_int_equal(list.list[i].change_count, 0);
	has(list.list[0].why, "which CPUs are online is not known");
}

static void a_target_that_is_offline_or_absurd_is_no_trouble(void **state)
{
	kunpeng();
	hwloc_bitmap_clr(host.online, 70);
	hwloc_bitmap_set(targets, 65535);
	alive(510, "ksmd", KTHREAD, "0-95");
	assert_string_equal(advise(1)->title, "move ksmd[510] to CPUs 0-63");
	tasks[0].run_ns = tasks[0].delay_ns = tasks[0].visits = UINT64_MAX;
	has(advise(1)->predicted, "100 % of the time of CPUs 70,65535");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ksmd_of_the_founding_machine),
		TEST(a_kernel_that_keeps_ksmd_off_is_told_of),
		TEST(freezer_skip_does_not_bind),
		TEST(without_an_owner_run_time_is_the_cost),
		TEST(a_node_s_thread_goes_to_its_node),
		TEST(with_nowhere_to_go_it_says_why),
		TEST(a_process_is_moved_with_its_threads),
		TEST(a_pinned_process_may_be_the_owner),
		TEST(who_is_lost_or_gone_has_no_command),
		TEST(who_is_not_in_the_snapshot_has_a_command_but_no_change),
		TEST(who_has_another_mask_by_now_is_not_changed),
		TEST(a_name_that_a_shell_would_read_is_not_written_to_a_unit),
		TEST(a_name_that_was_cut_is_looked_for_by_its_beginning),
		TEST(kthreadd_has_no_parent),
		TEST(floating_vcpus_are_to_be_pinned),
		TEST(a_vm_s_name_is_quoted),
		TEST(without_libvirt_taskset_pins),
		TEST(pinned_vcpus_need_no_advice),
		TEST(too_few_cpus_pin_nothing),
		TEST(a_vm_s_helpers_are_moved_by_emulatorpin),
		TEST(owned_cpus_are_no_home),
		TEST(without_a_snapshot_nothing_is_changed),
		TEST(a_target_that_is_offline_or_absurd_is_no_trouble),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
