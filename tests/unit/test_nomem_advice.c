// SPDX-License-Identifier: GPL-2.0-only
/* Every allocation of advice on who should run elsewhere made to fail in turn, as in test_nomem.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "host/taskflags.h"
#include "unit/hosts.h"

#include "unit/scarce.h"

#include "analysis/advice.c"
#include "analysis/advice_knobs.c"
#include "analysis/advice_move.c"
#include "analysis/advice_tasks.c"
#include "analysis/advice_vms.c"
#define nowhere no_home_for_irq
#include "analysis/advice_irqs.c"
#define compare_tid compare_owner
#include "analysis/homes.c"

#define KTHREAD TASK_KTHREAD
#define BOUND	(KTHREAD | TASK_NO_SETAFFINITY)

static struct host_snapshot host;
static hwloc_bitmap_t targets;

/* One of each kind. */
static const struct {
	uint32_t tid;
	const char *comm;
	uint32_t flags;
	const char *allowed;
} people[] = {
	{ 2, "kthreadd", KTHREAD, "0-7" },
	{ 3, "rcuc/6", BOUND, "6" },
	{ 4, "rcuop/6", KTHREAD, "0-7" },
	{ 5, "ksoftirqd/6", BOUND, "6" },
	{ 6, "irq/24-eth0", BOUND, "6" },
	{ 7, "kworker/u16:0", BOUND, "0-7" },
	{ 8, "migration/6", BOUND, "6" },
	{ 9, "app", 0, "0-7" },
	{ 10, "dpdk", 0, "6" },
	{ 11, "CPU 0/KVM", 0, "0-5" },
	{ 12, "vhost-11", KTHREAD, "0-7" },
	{ 13, "kworker/6:0", BOUND, "6" },
	{ 14, "watchdog/6", BOUND, "6" },
};

#define PEOPLE (sizeof(people) / sizeof(*people))

static int advise_everybody(void)
{
	struct task_identity who[PEOPLE];
	struct move_task tasks[PEOPLE];
	struct move_advice_input input = { .host = &host,
					   .targets = targets,
					   .window_ns = 1000,
					   .tasks = tasks,
					   .count = PEOPLE };
	struct advice_list list = { 0 };
	int err;

	for (size_t i = 0; i < PEOPLE; i++) {
		who[i] = (struct task_identity){ .task = (uint32_t)i + 1,
						 .tid = people[i].tid,
						 .pid = people[i].tid,
						 .flags = people[i].flags };
		strcpy(who[i].comm, people[i].comm);
		tasks[i] = (struct move_task){ .who = &who[i], .run_ns = 10, .visits = 1 };
	}
	advice_move(&list, &input);
	err = list.no_memory ? -ENOMEM : 0;
	if (!err)
		assert_int_equal(list.count, 14);
	advice_list_free(&list);
	return err;
}

static void advice_without_memory_says_so_and_leaks_nothing(void **state)
{
	allowed = -1;
	machine_make(&host, "core:8 pu:1", "6-7");
	host.watchdog = 1;
	host.watchdog_cpus = machine_set("0-7");
	host.workqueue_cpus = machine_set("0-7");
	host.irqs = calloc(1, sizeof(*host.irqs));
	host.irqs[host.irq_count++] = (struct host_irq){ .number = 24,
							 .actions = strdup("eth0"),
							 .affinity = machine_set("0-7") };
	host.vms = calloc(1, sizeof(*host.vms));
	host.vms[host.vm_count++] = (struct host_vm){
		.pid = 11, .name = strdup("it's"), .vmm = VMM_QEMU, .vcpus_named = true
	};
	for (size_t i = 0; i < PEOPLE; i++)
		machine_task(&host, people[i].tid, people[i].comm, people[i].flags,
			     people[i].allowed, 6);
	targets = machine_set("6");
	fail_each_in_turn(advise_everybody);
	hwloc_bitmap_free(targets);
	host_snapshot_free(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(advice_without_memory_says_so_and_leaks_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
