// SPDX-License-Identifier: GPL-2.0-only
/* Advice on kernel threads that no mask moves: workers, interrupts, RCU, the stopper. */
#include "unit/advice_stage.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
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
	};

	return cmocka_run_group_tests_name("advice_knobs", tests, NULL, NULL);
}
