// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long a scrape of `serve` takes on a machine that is not here: the look at the programs'
 * tables, what changed added up, and the text written to memory. All of it but HTTP, with memory in
 * the place of maps.
 *
 *   whole_scrape [CPUS [GROUPS]]     96 CPUs, 50 groups on each, all of which changed since the
 * scrape before
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../unit/group_session.h"

#include "output/output.h"
#include "output/report_serve.h"

#define ROUNDS 50

static uint64_t random_below(uint64_t end)
{
	static uint64_t state = 88172645463325252ull;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % end;
}

/* As if some slices of it had run there. */
static void run_some(struct group_slot *slot, uint64_t now_ns)
{
	for (int i = 0; i < 20; i++) {
		struct group_series *series = &slot->counts.series[random_below(GROUP_KINDS)];
		uint64_t ns = 1ull << random_below(30);

		series->sum_ns += ns;
		series->buckets[group_bucket(ns)]++;
		slot->counts.slices++;
	}
	slot->last_ns = now_ns;
}

static void run_all(struct capture *capture, uint32_t groups)
{
	uint64_t now_ns = clock_ns(CLOCK_MONOTONIC);

	for (uint32_t cpu = 0; cpu < capture->cpu_count; cpu++) {
		const struct group_cpu *its = &capture->groups->cpus[cpu];

		for (uint32_t i = 0; i < groups; i++) {
			struct group_slot *slot = session_slot(capture, cpu, i & its->table_mask);

			slot->generation = 1;
			slot->class = i % 4 ? GROUP_USER : GROUP_KERNEL;
			snprintf(slot->name, sizeof(slot->name), "task-%05" PRIu32 "-x",
				 i % 100000);
			run_some(slot, now_ns);
		}
		capture->cpu_states[cpu].histogram = its->first + GROUP_CLASSES + 1;
		capture->cpu_states[cpu].begin.start_ns = now_ns;
	}
}

static size_t scrape(struct capture *capture, struct groups *groups, struct serve_cpu *cpus)
{
	struct serve_report report = { .cpus = cpus, .cpu_count = capture->cpu_count };
	struct capture_look look;
	char *text = NULL;
	size_t size = 0;
	FILE *file;

	capture_look(capture, &look);
	if (groups_add(groups, &look.groups))
		return 0;
	capture_look_taken(capture);
	for (uint32_t cpu = 0; cpu < look.cpu_count; cpu++)
		cpus[cpu] = (struct serve_cpu){ look.cpus[cpu].counts, 0, true, true };
	report.groups = groups_view(groups);
	file = open_memstream(&text, &size);
	if (!file || report_serve(file, METRICS_PROMETHEUS, &report) || fclose(file))
		size = 0;
	free(text);
	return size;
}

static int by_value(const void *a, const void *b)
{
	double first = *(const double *)a, second = *(const double *)b;

	return (first > second) - (first < second);
}

static int measure(struct capture *capture, uint32_t groups_a_cpu)
{
	struct groups *groups = groups_new(GROUPS_TASKS, text_clean);
	struct serve_cpu *cpus = calloc(capture->cpu_count, sizeof(*cpus));
	double ms[ROUNDS];
	size_t size = 0;

	if (!groups || !cpus)
		return 1;
	for (int i = 0; i < ROUNDS; i++) {
		uint64_t began;

		run_all(capture, groups_a_cpu);
		began = clock_ns(CLOCK_MONOTONIC);
		size = scrape(capture, groups, cpus);
		ms[i] = (clock_ns(CLOCK_MONOTONIC) - began) / 1e6;
		if (!size)
			return 1;
	}
	printf("first %.1f ms  ", ms[0]);
	qsort(ms, ROUNDS, sizeof(ms[0]), by_value);
	printf("min %.1f ms  median %.1f ms  max %.1f ms  %zu bytes\n", ms[0], ms[ROUNDS / 2],
	       ms[ROUNDS - 1], size);
	groups_free(groups);
	free(cpus);
	return 0;
}

int main(int argc, char **argv)
{
	uint32_t cpus = argc > 1 ? strtoul(argv[1], NULL, 10) : 96;
	uint32_t groups = argc > 2 ? strtoul(argv[2], NULL, 10) : 50;
	struct capture capture;
	int err = 1;

	if (!cpus)
		return 1;
	if (!session_open(&capture, cpus))
		err = measure(&capture, groups);
	session_close(&capture);
	return err;
}
