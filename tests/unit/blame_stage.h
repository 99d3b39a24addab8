/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For tests of the reports on who pays: all the analyses that they are made of, over one literal stream,
 * on a host of the founding case: CPUs 43 and 44 are for the virtual machine web-7.
 */
#ifndef INTERLOPER_TESTS_BLAME_STAGE_H
#define INTERLOPER_TESTS_BLAME_STAGE_H

#include "unit/printing.h"

#include "analysis/blame.h"
#include "analysis/idleness.h"
#include "analysis/interlopers.h"
#include "analysis/steal.h"
#include "analysis/visits.h"
#include "host/cpulist.h"
#include "output/json.h"
#include "output/report_blame.h"
#include "output/report_idleness.h"
#include "output/report_interlopers.h"
#include "output/report_steal.h"

#define STAGE_CPUS 96

enum { VCPU1 = RENAMED + 1, WORKER };

static const struct task_identity more_tasks[] = {
	{ .task = VCPU1, .tid = 20178, .pid = 20170, .comm = "CPU 1/KVM" },
	{ .task = WORKER, .tid = 700, .pid = 700, .comm = "kworker/44:1", .cpus_allowed = 1 },
};

struct stage {
	struct host_cpu cpus[STAGE_CPUS];
	struct host_task masks[1];
	struct host_vm vm;
	struct host_snapshot host;
	hwloc_bitmap_t targets, traced;
	struct task_table tasks;
	struct blame *blame;
	struct visits *visits;
	struct usable *usable;
	struct idleness *idleness;
	struct interlopers interlopers;
	struct steal *machines;
	uint32_t machine_count;
	struct who who;
};

static inline hwloc_bitmap_t set_of(const char *list)
{
	hwloc_bitmap_t set = hwloc_bitmap_alloc();

	assert_int_equal(cpulist_parse(set, list), 0);
	return set;
}

/* As in the founding case: four nodes of 24 CPUs, a last-level cache each, 40-95 isolated. */
static inline void stage_host(struct stage *s)
{
	s->host.possible = set_of("0-95");
	s->host.present = set_of("0-95");
	s->host.online = set_of("0-95");
	s->host.isolated = set_of("40-95");
	s->host.nohz_full = set_of("");
	s->host.cpu_count = STAGE_CPUS;
	s->host.cpus = s->cpus;
	s->host.node_count = 4;
	for (int i = 0; i < STAGE_CPUS; i++)
		s->cpus[i] = (struct host_cpu){
			.package = i / 48, .core = i, .llc = i / 24, .node = i / 24
		};
	s->masks[0] = (struct host_task){ .tid = 20170, .pid = 20170, .allowed = set_of("43-45") };
	s->host.tasks = s->masks;
	s->host.task_count = 1;
	s->vm = (struct host_vm){ .pid = 20170, .name = (char *)"web-7" };
	s->host.vms = &s->vm;
	s->host.vm_count = 1;
}

static inline void stage_open(struct stage *s, uint32_t stories)
{
	struct blame_options blame = { .history = 10000,
				       .pending = 10,
				       .stories = stories,
				       .tasks = &s->tasks };
	struct idleness_options idleness = { .cpu_count = STAGE_CPUS, .trace_start_ns = AT(0) };

	memset(s, 0, sizeof(*s));
	stage_host(s);
	s->targets = set_of("43-44");
	s->traced = set_of("43-45");
	story_task_table(&s->tasks);
	for (size_t i = 0; i < ARRAY_SIZE(more_tasks); i++)
		assert_int_equal(task_table_put(&s->tasks, &more_tasks[i]), 0);
	s->tasks.tasks[VCPU].cpus_allowed = 3;
	s->tasks.tasks[VCPU1].cpus_allowed = 3;
	s->who = (struct who){ &s->tasks, &s->host };
	s->usable = usable_new(&s->host, STAGE_CPUS);
	blame.traced = idleness.traced = s->traced;
	idleness.host = &s->host;
	idleness.usable = s->usable;
	blame.usable = s->usable;
	blame.listener = s->idleness = idleness_new(&idleness);
	blame.hear = idleness_hear;
	s->blame = blame_new(&blame);
	s->visits = visits_new(VISITS_BY_TASK, s->targets);
	assert_true(s->usable && s->idleness && s->blame && s->visits);
}

static inline void stage_add(struct stage *s, const struct event *events, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(idleness_add(s->idleness, &events[i]), 0);
		assert_int_equal(blame_add(s->blame, &events[i], true), 0);
		assert_int_equal(visits_add(s->visits, &events[i]), 0);
	}
}

#define ADD(s, events) stage_add(s, events, ARRAY_SIZE(events))

static inline void stage_finish(struct stage *s, const struct filter *owners)
{
	struct owner_options owner = { .asked = owners, .targets = s->targets, .host = &s->host };

	assert_int_equal(blame_finish(s->blame), 0);
	assert_int_equal(visits_finish(s->visits), 0);
	assert_int_equal(idleness_finish(s->idleness), 0);
	assert_int_equal(
		interlopers_make(&s->interlopers, s->visits, s->blame, &s->tasks, &owner, 10), 0);
	assert_int_equal(steal_make(&s->machines, &s->machine_count, s->blame, &s->tasks, &s->host),
			 0);
}

static inline void stage_close(struct stage *s)
{
	interlopers_free(&s->interlopers);
	steal_free(s->machines, s->machine_count);
	blame_free(s->blame);
	visits_free(s->visits);
	idleness_free(s->idleness);
	usable_free(s->usable);
	task_table_free(&s->tasks);
	hwloc_bitmap_free(s->masks[0].allowed);
	hwloc_bitmap_free(s->targets);
	hwloc_bitmap_free(s->traced);
	hwloc_bitmap_free(s->host.possible);
	hwloc_bitmap_free(s->host.present);
	hwloc_bitmap_free(s->host.online);
	hwloc_bitmap_free(s->host.isolated);
	hwloc_bitmap_free(s->host.nohz_full);
}

static inline struct blame_report blame_report(const struct stage *s)
{
	return (struct blame_report){
		.blame = s->blame, .who = s->who, .victims = 5, .culprits = 3
	};
}

static inline struct interlopers_report interlopers_report(const struct stage *s)
{
	return (struct interlopers_report){ .interlopers = &s->interlopers,
					    .who = s->who,
					    .window_ns = 2 * (AT(260000) - AT(0)),
					    .limit = 5 };
}

static inline struct idleness_report idleness_report(const struct stage *s)
{
	return (struct idleness_report){ .idleness = s->idleness,
					 .blame = s->blame,
					 .who = s->who,
					 .cpus = s->targets,
					 .limit = 5 };
}

#endif
