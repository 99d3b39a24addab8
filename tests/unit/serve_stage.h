/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For tests of what `serve` tells: three groups on a machine of which CPU 0 is traced, CPU 1 is not, and
 * CPU 2 is traced and isolated.
 */
#ifndef INTERLOPER_TESTS_SERVE_STAGE_H
#define INTERLOPER_TESTS_SERVE_STAGE_H

#include <string.h>

#include "output/report_serve.h"

enum { STAGE_VCPU, STAGE_KSMD, STAGE_OTHER, STAGE_TASKS };

#define STAGE_CPUS 3

struct serve_stage {
	struct group_task tasks[STAGE_TASKS];
	struct group_cell cells[4];
	struct group_class_cell classes[4];
	struct group_cpu_counts counts[STAGE_CPUS];
	struct serve_cpu cpus[STAGE_CPUS];
	struct ksm_state ksm;
	struct serve_report report;
};

static inline void stage_add_duration(struct group_histogram *h, uint64_t ns, uint64_t times)
{
	h->buckets[group_bucket(ns)] += times;
	h->count += times;
	h->sum_ns += times * ns;
}

static inline void stage_make_tasks(struct serve_stage *s)
{
	static const char *const names[] = { "CPU 0/KVM", "ksmd", GROUPS_OTHER };

	for (int i = 0; i < STAGE_TASKS; i++)
		strcpy(s->tasks[i].name, names[i]);
	stage_add_duration(&s->tasks[STAGE_VCPU].series[GROUP_RUN], 5000000, 3);
	stage_add_duration(&s->tasks[STAGE_VCPU].series[GROUP_PREEMPT], 12334000, 1);
	stage_add_duration(&s->tasks[STAGE_KSMD].series[GROUP_RUN], 12334000, 2);
	stage_add_duration(&s->tasks[STAGE_KSMD].series[GROUP_WAKE], 4000, 2);
	/* "other" never ended a slice. */
	s->cells[0] = (struct group_cell){ 0, STAGE_OTHER, .time_ns = { 1000000 } };
	s->cells[1] = (struct group_cell){ 1, STAGE_KSMD, 1, .time_ns = { 12334000, 4000 } };
	s->cells[2] = (struct group_cell){
		2, STAGE_VCPU, 3, 1, 0, { 15000000, 0, 12334000 }
	};
	s->cells[3] = (struct group_cell){ 2, STAGE_KSMD, 1, 0, 1, { 12334000, 4000 } };
	s->cells[0].trespasses = 9; /* this CPU is not isolated: of no interest */
}

static inline void stage_make_classes(struct serve_stage *s)
{
	s->classes[0] = (struct group_class_cell){ .cpu = 0, .class = CLASS_USER }; /* empty */
	s->classes[1] = (struct group_class_cell){ .cpu = 1, .class = CLASS_KERNEL };
	s->classes[2] = (struct group_class_cell){ .cpu = 2, .class = CLASS_KERNEL };
	s->classes[3] = (struct group_class_cell){ .cpu = 2, .class = CLASS_VCPU };
	for (int i = 1; i <= 2; i++) {
		stage_add_duration(&s->classes[i].series[GROUP_RUN], 12334000, 1);
		stage_add_duration(&s->classes[i].series[GROUP_WAKE], 4000, 1);
	}
	memcpy(s->classes[3].series, s->tasks[STAGE_VCPU].series, sizeof(s->classes[3].series));
}

static inline void stage_make_cpus(struct serve_stage *s)
{
	s->counts[0].wakeups[PLACEMENT_KEPT] = 5;
	s->counts[0].timed_ns = 1000;
	s->counts[1].timed_ns = 1000000;
	s->counts[1].gaps = 77;
	s->counts[2] = (struct group_cpu_counts){ .gaps = 1,
						  .cut_slices = 2,
						  .unknown_delays = 3,
						  .crowded = 4,
						  .programs = 500,
						  .timed = 9,
						  .timed_ns = 2000 };
	for (int i = 0; i < PLACEMENT_CLASSES; i++)
		s->counts[2].wakeups[i] = i + 1;
	for (int cpu = 0; cpu < STAGE_CPUS; cpu++)
		s->cpus[cpu] = (struct serve_cpu){ &s->counts[cpu], 10 * cpu, cpu != 1, cpu == 2 };
}

/* host stays the caller's; NULL: none. */
static inline void stage_make(struct serve_stage *s, const struct host_snapshot *host)
{
	memset(s, 0, sizeof(*s));
	stage_make_tasks(s);
	stage_make_classes(s);
	stage_make_cpus(s);
	s->ksm.there = true;
	ksm_state_take(&s->ksm, "pages_to_scan", "100");
	ksm_state_take(&s->ksm, "full_scans", "41");
	s->report = (struct serve_report){ .groups = { s->tasks, STAGE_TASKS, s->cells, 4, s->classes,
						       4, 7 },
					   .cpus = s->cpus,
					   .cpu_count = STAGE_CPUS,
					   .unseen_cpus = 1,
					   .created_unix_ns = 1772331247123000000,
					   .programs_skipped = 8,
					   .host = host,
					   .ksm = &s->ksm,
					   .cpu_time_ns = 1234567890,
					   .resident_bytes = 12345678,
					   .scrapes = 5760,
					   .last_scrape_ns = 8500000 };
}

#endif
