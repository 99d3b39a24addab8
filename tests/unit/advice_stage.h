/* SPDX-License-Identifier: GPL-2.0-only */
/* For tests of who should run elsewhere: a machine, who ran on its target CPUs, and the advice. */
#ifndef INTERLOPER_TESTS_ADVICE_STAGE_H
#define INTERLOPER_TESTS_ADVICE_STAGE_H

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

static inline void make(const char *description, const char *isolated, const char *target)
{
	machine_make(&host, description, isolated);
	assert_int_equal(domains_read(&host, "/no/such/root"), 0);
	host.watchdog = host.nmi_watchdog = -1;
	targets = machine_set(target);
	input = (struct move_advice_input){
		.host = &host, .targets = targets, .window_ns = 10000 * MS, .tasks = tasks
	};
}

static inline int tear_down(void **state)
{
	advice_list_free(&list);
	host_snapshot_free(&host);
	hwloc_bitmap_free(targets);
	targets = NULL;
	return 0;
}

/* 96 CPUs in four nodes, no SMT, the last 32 isolated. */
static inline void kunpeng(void)
{
	make("package:2 numa:2 l3:1 core:24 pu:1", "64-95", "70");
	host.kernel_release = strdup("5.10.0-136");
}

/* Ran 1210 ms there in 100 visits, 9 ms of the owners' delay. */
static inline struct task_identity *ran(uint32_t tid, const char *comm, uint32_t flags, uint32_t cpus)
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

static inline struct task_identity *alive(uint32_t tid, const char *comm, uint32_t flags,
				   const char *allowed)
{
	struct host_task *task = machine_task(&host, tid, comm, flags, allowed, 70);

	task->start_ticks = 1000 + tid;
	return ran(tid, comm, flags, (uint32_t)hwloc_bitmap_weight(task->allowed));
}

static inline void with_owner(uint32_t tid, const char *comm, uint32_t cpus)
{
	owner = (struct task_identity){ .task = 3, .tid = tid, .pid = tid, .cpus_allowed = cpus };
	strcpy(owner.comm, comm);
	input.owners = owners;
	input.owner_count = 1;
}

static inline const struct advice *advise(uint32_t expected)
{
	advice_list_free(&list);
	advice_move(&list, &input);
	assert_false(list.no_memory);
	if (list.count != expected)
		fail_msg("%u, not %u: %s", list.count, expected,
			 list.count ? list.list[list.count - 1].title : "none");
	return list.list;
}

static inline void has(const char *text, const char *part)
{
	if (!text || !strstr(text, part))
		fail_msg("\"%s\" is not in \"%s\"", part, text ? text : "nothing");
}

static inline void has_step(const struct advice *advice, enum advice_step_kind kind, const char *part)
{
	for (uint32_t i = 0; i < advice->step_count; i++)
		if (advice->steps[i].kind == kind && strstr(advice->steps[i].text, part))
			return;
	for (uint32_t i = 0; i < advice->step_count; i++)
		print_message("step: %s\n", advice->steps[i].text);
	fail_msg("no step has \"%s\"", part);
}

static inline void has_command(const struct change *change, const char *expected)
{
	char *command = change_command(change);

	assert_string_equal(command, expected);
	free(command);
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

#endif
