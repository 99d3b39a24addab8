/* SPDX-License-Identifier: GPL-2.0-only */
/* Literal looks at groups of tasks: what each did since the look before, and who runs. */
#ifndef INTERLOPER_TEST_GROUPS_STAGE_H
#define INTERLOPER_TEST_GROUPS_STAGE_H

#include <stdlib.h>
#include <string.h>

#include "unit/stream.h"
#include "analysis/groups.h"

#define HOUR GROUPS_HALF_LIFE_NS

/* Durations: one each of those that are not 0, which for a run is a slice. */
struct did {
	uint32_t cpu;
	const char *name;
	uint64_t run_ns, wake_ns, preempt_ns;
	uint32_t involuntary, trespasses;
	enum group_class class;
};

struct runs {
	uint32_t cpu;
	const char *name;
	uint64_t since_ns;
};

static inline void count_duration(struct group_series *series, uint64_t ns)
{
	if (!ns)
		return;
	series->sum_ns += ns;
	series->buckets[group_bucket(ns)]++;
}

static inline void count_did(struct group_counts *counts, const struct did *did)
{
	counts->slices += did->run_ns > 0;
	counts->involuntary += did->involuntary;
	counts->trespasses += did->trespasses;
	count_duration(&counts->series[GROUP_RUN], did->run_ns);
	count_duration(&counts->series[GROUP_WAKE], did->wake_ns);
	count_duration(&counts->series[GROUP_PREEMPT], did->preempt_ns);
}

static inline int try_look(struct groups *g, uint64_t now_ns, const struct did *did, uint32_t n,
			   const struct runs *runs, uint32_t running)
{
	struct group_change *changes = calloc(n + 1, sizeof(*changes));
	struct group_counts *counts = calloc(2 * n + 1, sizeof(*counts));
	struct group_running *slices = calloc(running + 1, sizeof(*slices));
	struct groups_look look = { now_ns, changes, n, slices, running };
	int err;

	for (uint32_t i = 0; i < n; i++) {
		struct group_counts *before = &counts[2 * i], *now = before + 1;

		/* Where counts begin does not matter: not even just before they wrap. */
		memset(before, 0xff, sizeof(*before));
		for (int kind = 0; kind < GROUP_KINDS; kind++)
			before->series[kind].sum_ns = 1ull << 40;
		*now = *before;
		count_did(now, &did[i]);
		changes[i] = (struct group_change){ .cpu = did[i].cpu,
						    .class = did[i].class,
						    .before = before,
						    .now = now };
		memcpy(changes[i].name, did[i].name, strnlen(did[i].name, GROUP_NAME_MAX));
	}
	for (uint32_t i = 0; i < running; i++) {
		slices[i] = (struct group_running){ .cpu = runs[i].cpu,
						    .since_ns = runs[i].since_ns };
		memcpy(slices[i].name, runs[i].name, strnlen(runs[i].name, GROUP_NAME_MAX));
	}
	err = groups_add(g, &look);
	free(changes);
	free(counts);
	free(slices);
	return err;
}

#define LOOK(g, now_ns, ...)                                                                       \
	do {                                                                                       \
		const struct did did_[] = { __VA_ARGS__ };                                         \
		assert_int_equal(try_look(g, now_ns, did_, COUNT_OF(did_), NULL, 0), 0);           \
	} while (0)

/* Nothing that changed, but who runs. */
#define LOOK_RUNNING(g, now_ns, ...)                                                               \
	do {                                                                                       \
		const struct runs runs_[] = { __VA_ARGS__ };                                       \
		assert_int_equal(try_look(g, now_ns, NULL, 0, runs_, COUNT_OF(runs_)), 0);         \
	} while (0)

/* NULL: it is not told. */
static inline const struct group_task *task_of(const struct groups_view *view, const char *name)
{
	for (uint32_t i = 0; i < view->task_count; i++)
		if (!strcmp(view->tasks[i].name, name))
			return &view->tasks[i];
	return NULL;
}

static inline const struct group_cell *cell_of(const struct groups_view *view, uint32_t cpu,
					       const char *name)
{
	for (uint32_t i = 0; i < view->cell_count; i++)
		if (view->cells[i].cpu == cpu &&
		    !strcmp(view->tasks[view->cells[i].task].name, name))
			return &view->cells[i];
	return NULL;
}

static inline const struct group_class_cell *class_of_cpu(const struct groups_view *view,
							  uint32_t cpu, enum task_class class)
{
	for (uint32_t i = 0; i < view->class_count; i++)
		if (view->classes[i].cpu == cpu && view->classes[i].class == class)
			return &view->classes[i];
	return NULL;
}

static inline uint64_t run_ns(struct groups *g, uint32_t cpu, const char *name)
{
	const struct groups_view view = groups_view(g);
	const struct group_cell *cell = cell_of(&view, cpu, name);

	return cell ? cell->time_ns[GROUP_RUN] : 0;
}

/* "a b other": who is told. */
static inline void assert_told(struct groups *g, const char *names)
{
	const struct groups_view view = groups_view(g);
	char told[1024] = "";

	for (uint32_t i = 0; i < view.task_count; i++) {
		strcat(told, i ? " " : "");
		strcat(told, view.tasks[i].name);
	}
	assert_string_equal(told, names);
}

/* Each in rising order, nothing twice, indexes in range. */
static inline void assert_sorted(const struct groups_view *view)
{
	assert_non_null(task_of(view, GROUPS_OTHER));
	for (uint32_t i = 1; i < view->task_count; i++)
		assert_true(strcmp(view->tasks[i - 1].name, view->tasks[i].name) < 0);
	for (uint32_t i = 0; i < view->cell_count; i++) {
		const struct group_cell *cell = &view->cells[i];

		assert_true(cell->task < view->task_count);
		assert_true(!i || cell[-1].cpu < cell->cpu ||
			    (cell[-1].cpu == cell->cpu && cell[-1].task < cell->task));
	}
	for (uint32_t i = 1; i < view->class_count; i++) {
		const struct group_class_cell *cell = &view->classes[i];

		assert_true(cell[-1].cpu < cell->cpu ||
			    (cell[-1].cpu == cell->cpu && cell[-1].class < cell->class));
	}
}

#endif
