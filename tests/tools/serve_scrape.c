// SPDX-License-Identifier: GPL-2.0-only
/*
 * What `serve` tells of a large machine on which everything occurs:
 *
 *   serve_scrape                          how long writing takes, in both forms
 *   serve_scrape FORM [CPUS [TASKS]]      the text, openmetrics or prometheus, to stdout
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "output/report_serve.h"

#define ROUNDS	50
#define CLASSES 3

struct machine {
	uint32_t cpu_count;
	struct group_task *tasks;
	struct group_cell *cells;
	struct group_class_cell *classes;
	struct group_cpu_counts *counts;
	struct serve_cpu *cpus;
	struct ksm_state ksm;
	struct serve_report report;
};

/* By a fixed rule, spread over all sizes. */
static uint64_t random_below(uint64_t end)
{
	static uint64_t state = 88172645463325252ull;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % end;
}

static void *list_of(size_t count, size_t size)
{
	void *list = calloc(count, size);

	if (!list) {
		fputs("serve_scrape: out of memory\n", stderr);
		exit(1);
	}
	return list;
}

static void fill_histogram(struct group_histogram *h)
{
	for (unsigned int i = 0; i < GROUP_BUCKETS; i++) {
		h->buckets[i] = random_below(100000);
		h->count += h->buckets[i];
	}
	h->sum_ns = random_below(1ull << 50);
}

static void fill_series(struct group_histogram series[GROUP_KINDS])
{
	for (int kind = 0; kind < GROUP_KINDS; kind++)
		fill_histogram(&series[kind]);
}

static void fill_cell(struct group_cell *cell, uint32_t cpu, uint32_t task)
{
	*cell = (struct group_cell){ .cpu = cpu,
				     .task = task,
				     .slices = random_below(1 << 30),
				     .involuntary = random_below(1 << 20),
				     .trespasses = random_below(1000) };
	for (int kind = 0; kind < GROUP_KINDS; kind++)
		cell->time_ns[kind] = random_below(1ull << 50);
}

static void fill_counts(struct group_cpu_counts *counts)
{
	for (int i = 0; i < PLACEMENT_CLASSES; i++)
		counts->wakeups[i] = random_below(1 << 30);
	counts->gaps = random_below(10);
	counts->cut_slices = random_below(10);
	counts->unknown_delays = random_below(1000);
	counts->crowded = random_below(1000);
	counts->timed_ns = random_below(1ull << 40);
}

/* "other" is one more, and the first: the names' order is that of the letters. */
static void add_tasks(struct machine *machine, uint32_t tasks)
{
	machine->tasks = list_of(tasks + 1, sizeof(*machine->tasks));
	for (uint32_t i = 0; i <= tasks; i++) {
		struct group_task *task = &machine->tasks[i];

		if (i)
			snprintf(task->name, sizeof(task->name), "task-%05" PRIu32 "-x",
				 i % 100000);
		else
			strcpy(task->name, GROUPS_OTHER);
		fill_series(task->series);
	}
}

static void add_cpus(struct machine *machine, uint32_t cpus, uint32_t tasks)
{
	machine->cpu_count = cpus;
	machine->cells = list_of((size_t)cpus * (tasks + 1), sizeof(*machine->cells));
	machine->classes = list_of((size_t)cpus * CLASSES, sizeof(*machine->classes));
	machine->counts = list_of(cpus, sizeof(*machine->counts));
	machine->cpus = list_of(cpus, sizeof(*machine->cpus));
	for (uint32_t cpu = 0; cpu < cpus; cpu++) {
		for (uint32_t i = 0; i <= tasks; i++)
			fill_cell(&machine->cells[(size_t)cpu * (tasks + 1) + i], cpu, i);
		for (uint32_t i = 0; i < CLASSES; i++) {
			struct group_class_cell *class = &machine->classes[cpu * CLASSES + i];

			*class = (struct group_class_cell){ .cpu = cpu, .class = i };
			fill_series(class->series);
		}
		fill_counts(&machine->counts[cpu]);
		machine->cpus[cpu] = (struct serve_cpu){ &machine->counts[cpu], 0, true, true };
	}
}

static void machine_make(struct machine *machine, uint32_t cpus, uint32_t tasks)
{
	add_tasks(machine, tasks);
	add_cpus(machine, cpus, tasks);
	machine->ksm.there = true;
	ksm_state_take(&machine->ksm, "run", "1");
	ksm_state_take(&machine->ksm, "full_scans", "41");
	machine->report = (struct serve_report){
		.groups = { machine->tasks, tasks + 1, machine->cells, cpus * (tasks + 1),
			    machine->classes, cpus * CLASSES, 7 },
		.cpus = machine->cpus,
		.cpu_count = cpus,
		.created_unix_ns = 1772331247123000000,
		.ksm = &machine->ksm,
		.cpu_time_ns = 1234567890,
		.resident_bytes = 12345678,
		.scrapes = 5760,
		.last_scrape_ns = 12345678,
	};
}

static void machine_free(struct machine *machine)
{
	free(machine->tasks);
	free(machine->cells);
	free(machine->classes);
	free(machine->counts);
	free(machine->cpus);
}

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

/* One text in memory; its size, or 0 where it failed. */
static size_t write_once(const struct machine *machine, enum metrics_form form, double *ms)
{
	double began = now_ms();
	char *text = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);
	int err;

	if (!file)
		return 0;
	err = report_serve(file, form, &machine->report);
	if (fclose(file))
		err = -1;
	*ms = now_ms() - began;
	free(text);
	return err ? 0 : size;
}

static int by_value(const void *a, const void *b)
{
	double first = *(const double *)a, second = *(const double *)b;

	return (first > second) - (first < second);
}

static int measure(const struct machine *machine, enum metrics_form form, const char *name)
{
	double ms[ROUNDS];
	size_t size = 0;

	for (int i = 0; i < ROUNDS; i++) {
		size = write_once(machine, form, &ms[i]);
		if (!size)
			return 1;
	}
	qsort(ms, ROUNDS, sizeof(ms[0]), by_value);
	printf("%-11s  min %.1f ms  median %.1f ms  max %.1f ms  %zu bytes\n", name, ms[0],
	       ms[ROUNDS / 2], ms[ROUNDS - 1], size);
	return 0;
}

static uint32_t number(const char *text, uint32_t most)
{
	unsigned long value = strtoul(text, NULL, 10);

	return value < most ? value : most;
}

int main(int argc, char **argv)
{
	const char *form = argc > 1 ? argv[1] : NULL;
	struct machine machine = { 0 };
	int err;

	machine_make(&machine, argc > 2 ? number(argv[2], 4096) : 96,
		     argc > 3 ? number(argv[3], 1000) : 50);
	if (!form)
		err = measure(&machine, METRICS_PROMETHEUS, "prometheus") ||
		      measure(&machine, METRICS_OPENMETRICS, "openmetrics");
	else
		err = report_serve(stdout,
				   strcmp(form, "openmetrics") ? METRICS_PROMETHEUS
							       : METRICS_OPENMETRICS,
				   &machine.report) ||
		      fflush(stdout);
	machine_free(&machine);
	return err ? 1 : 0;
}
