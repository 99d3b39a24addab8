// SPDX-License-Identifier: GPL-2.0-only
/* Advice on who should run elsewhere, on machines by hand. The first is the founding one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analysis/advice_move.h"
#include "host/knobs.h"
#include "host/taskflags.h"
#include "unit/hosts.h"

#define KTHREAD (TASK_KTHREAD | 0x40)
#define BOUND	(KTHREAD | TASK_NO_SETAFFINITY)
#define WORKER	(BOUND | TASK_WQ_WORKER)
#define MS	1000000ull

static struct host_snapshot host;
static struct advice_list list;
static struct move_advice_input input;
static struct task_identity who[8], owner;
static const struct task_identity *owners[1] = { &owner };
static struct move_task tasks[8];
static hwloc_bitmap_t targets;

static void make(const char *description, const char *isolated, const char *target)
{
	machine_make(&host, description, isolated);
	assert_int_equal(domains_read(&host, "/no/such/root"), 0);
	host.watchdog = host.nmi_watchdog = -1;
	targets = machine_set(target);
	input = (struct move_advice_input){
		.host = &host, .targets = targets, .window_ns = 10000 * MS, .tasks = tasks
	};
}

static int tear_down(void **state)
{
	advice_list_free(&list);
	host_snapshot_free(&host);
	hwloc_bitmap_free(targets);
	targets = NULL;
	return 0;
}

/* 96 CPUs in four nodes, no SMT, the last 32 isolated. */
static void kunpeng(void)
{
	make("package:2 numa:2 l3:1 core:24 pu:1", "64-95", "70");
	host.kernel_release = strdup("5.10.0-136");
}

/* Ran 1210 ms there in 100 visits, 9 ms of the owners' delay. */
static struct task_identity *ran(uint32_t tid, const char *comm, uint32_t flags, uint32_t cpus)
{
	struct task_identity *it = &who[input.count];

	*it = (struct task_identity){ .task = 10 + input.count,
				      .tid = tid,
				      .pid = tid,
				      .flags = flags,
				      .cpus_allowed = cpus };
	strcpy(it->comm, comm);
	tasks[input.count++] = (struct move_task){
		.who = it, .run_ns = 1210 * MS, .visits = 100, .delay_ns = 9 * MS
	};
	return it;
}

static struct task_identity *alive(uint32_t tid, const char *comm, uint32_t flags,
				   const char *allowed)
{
	struct host_task *task = machine_task(&host, tid, comm, flags, allowed, 70);

	task->start_ticks = 1000 + tid;
	return ran(tid, comm, flags, (uint32_t)hwloc_bitmap_weight(task->allowed));
}

static void with_owner(uint32_t tid, const char *comm, uint32_t cpus)
{
	owner = (struct task_identity){ .task = 3, .tid = tid, .pid = tid, .cpus_allowed = cpus };
	strcpy(owner.comm, comm);
	input.owners = owners;
	input.owner_count = 1;
}

static const struct advice *advise(uint32_t expected)
{
	advice_list_free(&list);
	advice_move(&list, &input);
	assert_false(list.no_memory);
	if (list.count != expected)
		fail_msg("%u, not %u: %s", list.count, expected,
			 list.count ? list.list[list.count - 1].title : "none");
	return list.list;
}

static void has(const char *text, const char *part)
{
	if (!text || !strstr(text, part))
		fail_msg("\"%s\" is not in \"%s\"", part, text ? text : "nothing");
}

static void has_step(const struct advice *advice, enum advice_step_kind kind, const char *part)
{
	for (uint32_t i = 0; i < advice->step_count; i++)
		if (advice->steps[i].kind == kind && strstr(advice->steps[i].text, part))
			return;
	for (uint32_t i = 0; i < advice->step_count; i++)
		print_message("step: %s\n", advice->steps[i].text);
	fail_msg("no step has \"%s\"", part);
}

static void has_command(const struct change *change, const char *expected)
{
	char *command = change_command(change);

	assert_string_equal(command, expected);
	free(command);
}

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

static void unbound_workers_share_the_workqueues_knob(void **state)
{
	const struct advice *advice;

	kunpeng();
	host.workqueue_cpus = machine_set("0-95");
	for (uint32_t i = 0; i < 6; i++) {
		char comm[16];

		snprintf(comm, sizeof(comm), "kworker/u192:%u", i);
		alive(700 + i, comm, WORKER, "0-95");
	}
	advice = advise(1);
	assert_string_equal(advice->rule, "workqueue");
	assert_string_equal(advice->title, "keep unbound workqueues on CPUs 0-63");
	has(advice->why, "kworker/u192:3[703] and 2 more work for");
	assert_int_equal(advice->cost_ns, 6 * 1210 * MS);
	assert_int_equal(advice->task, TASK_UNKNOWN);
	assert_int_equal(advice->change_count, 1);
	has_command(&advice->changes[0], "echo 00000000,ffffffff,ffffffff >" WORKQUEUE_CPUMASK);
	has(advice->undo, "echo ffffffff,ffffffff,ffffffff >");
	has_step(advice, STEP_PERSIST,
		 "w " WORKQUEUE_CPUMASK " - - - - 00000000,ffffffff,ffffffff");
}

static void workqueues_that_are_off_already_are_not_changed(void **state)
{
	const struct advice *advice;

	kunpeng();
	host.workqueue_cpus = machine_set("0-63");
	alive(700, "kworker/u192:0", WORKER, "0-95");
	advice = advise(1);
	assert_int_equal(advice->change_count, 0);
	has_step(advice, STEP_COMMAND, "grep . /sys/devices/virtual/workqueue/*/cpumask");
}

static void an_old_trace_has_a_command_for_workqueues(void **state)
{
	const struct advice *advice;

	kunpeng();
	alive(700, "kworker/u192:0", WORKER, "0-95");
	advice = advise(1);
	assert_int_equal(advice->change_count, 0);
	has(advice->why, "not known");
	has_step(advice, STEP_COMMAND, "echo 00000000,ffffffff,ffffffff >");
}

static void per_cpu_workers_are_moved_by_nothing(void **state)
{
	const struct advice *advice;

	kunpeng();
	alive(700, "kworker/70:0", WORKER, "70");
	alive(701, "kworker/70:1H", WORKER, "70");
	advice = advise(1);
	assert_string_equal(advice->rule, "workqueue");
	assert_int_equal(advice->change_count, 0);
	has_step(advice, STEP_NOTE, "vm.stat_interval");
	has_step(advice, STEP_NOTE, "block layer");
}

static struct host_irq *irq(uint32_t number, const char *actions, const char *affinity,
			    const char *effective)
{
	host.irqs = realloc(host.irqs, (host.irq_count + 1) * sizeof(*host.irqs));
	host.irqs_known = true;
	host.irqs[host.irq_count] = (struct host_irq){
		.number = number,
		.actions = strdup(actions),
		.affinity = machine_set(affinity),
		.effective = effective ? machine_set(effective) : NULL,
	};
	return &host.irqs[host.irq_count++];
}

static void an_interrupt_s_thread_follows_the_interrupt(void **state)
{
	const struct advice *advice;

	kunpeng();
	irq(24, "nvme0q1", "0-95", "70");
	machine_task(&host, 20, "irqbalance", 0, "0-63", 1);
	alive(720, "irq/24-nvme0q1", BOUND, "70");
	advice = advise(1);
	assert_string_equal(advice->rule, "irq");
	assert_string_equal(advice->title, "move IRQ 24 (nvme0q1) to CPUs 0-63");
	assert_int_equal(advice->change_count, 1);
	has_command(&advice->changes[0], "echo 0-63 >/proc/irq/24/smp_affinity_list");
	assert_int_equal(advice->changes[0].value, CHANGE_CPULIST);
	has(advice->undo, "echo 0-95 >");
	has_step(advice, STEP_PERSIST, "IRQBALANCE_BANNED_CPULIST=64-95");
	has_step(advice, STEP_NOTE, "irqbalance[20] is running");
}

static void a_driver_s_interrupt_is_not_moved(void **state)
{
	const struct advice *advice;

	kunpeng();
	irq(24, "nvme0q1", "64-95", "70")->fixed = true;
	alive(720, "irq/24-nvme0q1", BOUND, "70");
	advice = advise(1);
	assert_int_equal(advice->change_count, 0);
	has_step(advice, STEP_NOTE, "isolcpus=managed_irq,70");
}

static void an_unknown_interrupt_has_a_command(void **state)
{
	const struct advice *advice;

	kunpeng();
	alive(720, "irq/24-nvme0q1", BOUND, "70");
	advice = advise(1);
	assert_int_equal(advice->change_count, 0);
	has_step(advice, STEP_COMMAND, "echo 0-63 >/proc/irq/24/smp_affinity_list");
}

static void softirqs_lead_to_the_cpu_s_interrupts(void **state)
{
	const struct advice *advice;

	kunpeng();
	irq(24, "eth0-rx-0", "0-95", "70");
	irq(25, "eth0-rx-1", "0-95", "3");
	irq(26, "eth0-rx-2", "70", NULL);
	alive(730, "ksoftirqd/70", BOUND, "70");
	advice = advise(1);
	assert_string_equal(advice->rule, "irq");
	has(advice->title, "CPU 70, 2,");
	has_step(advice, STEP_NOTE, "IRQ 24 is eth0-rx-0's");
	has_step(advice, STEP_COMMAND, "echo 0-63 >/proc/irq/26/smp_affinity_list");
	assert_int_equal(advice->change_count, 0);
	for (uint32_t i = 0; i < advice->step_count; i++)
		assert_null(strstr(advice->steps[i].text, "eth0-rx-1"));
}

static void softirqs_without_interrupts_are_of_timers(void **state)
{
	const struct advice *advice;

	kunpeng();
	alive(730, "ksoftirqd/70", BOUND, "70");
	advice = advise(1);
	assert_string_equal(advice->rule, "timers");
	has(advice->why, "not known");
	has_step(advice, STEP_NOTE, "nohz_full=70");
	host.irqs_known = true;
	has(advise(1)->why, "no device's interrupt goes there");
}

static void rcu_is_moved_or_offloaded(void **state)
{
	const struct advice *advice;

	kunpeng();
	alive(740, "rcuog/64", KTHREAD, "0-95");
	alive(741, "rcuop/70", KTHREAD, "0-95");
	alive(742, "rcuc/70", BOUND, "70");
	advice = advise(2);
	assert_string_equal(advice[0].rule, "rcu");
	assert_string_equal(advice[0].title, "move rcuog/64[740], rcuop/70[741] to CPUs 0-63");
	assert_int_equal(advice[0].change_count, 2);
	has_step(&advice[0], STEP_PERSIST, "pgrep -P 2 \"^rcu(o[gpsb]/|_)\"");
	assert_string_equal(advice[1].rule, "rcu");
	assert_true(advice[1].is_advice);
	has_step(&advice[1], STEP_NOTE, "rcu_nocbs=70");
	host.cmdline = strdup("quiet rcu_nocbs=64-95");
	assert_false(advise(2)[1].is_advice);
}

static void who_must_not_be_moved_is_left(void **state)
{
	static const char *const comms[] = { "migration/70", "cpuhp/70", "idle_inject/70",
					     "nvmet" };

	for (size_t i = 0; i < sizeof(comms) / sizeof(*comms); i++) {
		const struct advice *advice;

		kunpeng();
		alive(750, comms[i], BOUND, "70");
		advice = advise(1);
		assert_string_equal(advice->rule, "leave-it");
		assert_false(advice->is_advice);
		assert_int_equal(advice->change_count, 0);
		assert_int_equal(advice->step_count, 0);
		assert_non_null(advice->why);
		tear_down(NULL);
	}
}

static void the_stopper_may_come_for_the_watchdog(void **state)
{
	const struct advice *advice;

	kunpeng();
	host.watchdog = 1;
	host.watchdog_cpus = machine_set("0-95");
	alive(750, "migration/70", BOUND, "70");
	tasks[0].visits = 3;
	advice = advise(2);
	assert_string_equal(advice[0].rule, "leave-it");
	assert_string_equal(advice[1].rule, "watchdog");
	assert_int_equal(advice[1].sure, ADVICE_LIKELY);
	has_step(&advice[1], STEP_COMMAND, "echo 0-69,71-95 >" WATCHDOG_CPUMASK);
	has_step(&advice[1], STEP_PERSIST, "kernel.watchdog_cpumask = 0-69,71-95");
	tasks[0].visits = 100;
	assert_int_equal(advise(2)[1].sure, ADVICE_UNSURE);
	host.watchdog = 0;
	advise(1);
}

static void an_old_kernel_has_watchdog_threads(void **state)
{
	kunpeng();
	host.watchdog_cpus = machine_set("0-95");
	alive(751, "watchdog/70", BOUND, "70");
	assert_string_equal(advise(1)->rule, "watchdog");
	has_step(list.list, STEP_COMMAND, "echo 0-69,71-95 >");
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

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ksmd_of_the_founding_machine),
		TEST(a_kernel_that_keeps_ksmd_off_is_told_of),
		TEST(freezer_skip_does_not_bind),
		TEST(without_an_owner_run_time_is_the_cost),
		TEST(a_node_s_thread_goes_to_its_node),
		TEST(with_nowhere_to_go_it_says_why),
		TEST(unbound_workers_share_the_workqueues_knob),
		TEST(workqueues_that_are_off_already_are_not_changed),
		TEST(an_old_trace_has_a_command_for_workqueues),
		TEST(per_cpu_workers_are_moved_by_nothing),
		TEST(an_interrupt_s_thread_follows_the_interrupt),
		TEST(a_driver_s_interrupt_is_not_moved),
		TEST(an_unknown_interrupt_has_a_command),
		TEST(softirqs_lead_to_the_cpu_s_interrupts),
		TEST(softirqs_without_interrupts_are_of_timers),
		TEST(rcu_is_moved_or_offloaded),
		TEST(who_must_not_be_moved_is_left),
		TEST(the_stopper_may_come_for_the_watchdog),
		TEST(an_old_kernel_has_watchdog_threads),
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
