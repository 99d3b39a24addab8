// SPDX-License-Identifier: GPL-2.0-only
/* Which groups have series of their own, and the room for them: see groups_internal.h. */
#include "analysis/groups_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Grows an array of *capacity to needed members, or twice as many as it had. */
static void *grown(void *array, size_t *capacity, size_t needed, size_t size)
{
	size_t count = 2 * *capacity > needed ? 2 * *capacity : needed;

	array = reallocarray(array, count, size);
	if (array)
		*capacity = count;
	return array;
}

static int reserve_cpu(struct groups *g, uint32_t cpu)
{
	struct group_cpu *made;

	if (cpu > UINT16_MAX || (cpu < g->cpu_count && g->cpus[cpu]))
		return 0;
	if (cpu >= g->cpu_count) {
		struct group_cpu **cpus =
			reallocarray(g->cpus, cpu + 1, sizeof(struct group_cpu *));

		if (!cpus)
			return -ENOMEM;
		memset(cpus + g->cpu_count, 0, (cpu + 1 - g->cpu_count) * sizeof(*cpus));
		g->cpus = cpus;
		g->cpu_count = cpu + 1;
	}
	made = calloc(1, sizeof(*made));
	if (made)
		made->cells = calloc(g->slot_count, sizeof(*made->cells));
	if (!made || !made->cells) {
		free(made);
		return -ENOMEM;
	}
	g->cpus[cpu] = made;
	g->cpus_seen++;
	return 0;
}

static int reserve_classes(struct groups *g, size_t changes)
{
	size_t all = TASK_CLASSES * (size_t)g->cpus_seen, needed = g->class_count + changes;
	struct group_class_cell *classes;

	if (needed > all)
		needed = all;
	if (needed <= g->class_capacity)
		return 0;
	classes = reallocarray(g->classes, needed, sizeof(*classes));
	if (!classes)
		return -ENOMEM;
	g->classes = classes;
	g->class_capacity = (uint32_t)needed;
	return 0;
}

int groups_reserve_look(struct groups *g, const struct groups_look *look)
{
	int err = 0;

	for (uint32_t i = 0; i < look->change_count && !err; i++)
		err = reserve_cpu(g, look->changes[i].cpu);
	for (uint32_t i = 0; i < look->running_count && !err; i++)
		err = reserve_cpu(g, look->running[i].cpu);
	if (!err)
		err = reserve_classes(g, look->change_count);
	if (!err && look->change_count > g->id_capacity) {
		uint32_t *ids = grown(g->ids, &g->id_capacity, look->change_count, sizeof(*ids));

		if (!ids)
			return -ENOMEM;
		g->ids = ids;
	}
	if (err)
		return err;
	return group_scores_reserve(&g->scores, (size_t)look->change_count + look->running_count +
							g->cpus_seen);
}

static int reserve_slots(struct groups *g, size_t count)
{
	struct group_task *tasks = reallocarray(g->tasks, count, sizeof(*tasks));
	uint32_t *by_slot;

	if (!tasks)
		return -ENOMEM;
	g->tasks = tasks;
	by_slot = reallocarray(g->tasks_by_slot, count, sizeof(*by_slot));
	if (!by_slot)
		return -ENOMEM;
	g->tasks_by_slot = by_slot;
	for (uint32_t cpu = 0; cpu < g->cpu_count; cpu++) {
		struct group_counted *cells;

		if (!g->cpus[cpu])
			continue;
		cells = reallocarray(g->cpus[cpu]->cells, count, sizeof(*cells));
		if (!cells)
			return -ENOMEM;
		memset(cells + g->slot_count, 0, (count - g->slot_count) * sizeof(*cells));
		g->cpus[cpu]->cells = cells;
	}
	g->slot_count = (uint32_t)count;
	return 0;
}

int groups_reserve_told(struct groups *g)
{
	/* Places are never free while there is a name that is not told. */
	size_t most = (size_t)g->max_tasks + 1, count = g->scores.count, cells;

	if (count > most)
		count = most;
	if (count > g->slot_count) {
		if (count < 2 * (size_t)g->slot_count)
			count = 2 * (size_t)g->slot_count;
		if (reserve_slots(g, count < most ? count : most))
			return -ENOMEM;
	}
	cells = (size_t)g->cpus_seen * g->slot_count;
	if (cells > g->cell_capacity) {
		struct group_cell *view = grown(g->cells, &g->cell_capacity, cells, sizeof(*view));

		if (!view)
			return -ENOMEM;
		g->cells = view;
	}
	return 0;
}

/* What was told of a group's run beyond the slices that ended is told of others now: of these it is
 * to be told no more. The slice that runs goes on in their cell. */
static void end_cell(struct group_cpu *cpu, uint32_t slot)
{
	struct group_counted *cell = &cpu->cells[slot], *other = &cpu->cells[GROUP_OTHER_ID];

	other->ended_run_ns -= cell->time_ns[GROUP_RUN] - cell->ended_run_ns;
	memset(cell, 0, sizeof(*cell));
}

static void give_place(struct groups *g, struct group_score *to, uint32_t slot)
{
	struct group_task *task = &g->tasks[g->tasks_by_slot[slot]];

	memset(task, 0, sizeof(*task));
	memcpy(task->name, to->name, GROUP_NAME_MAX);
	task->slot = slot;
	to->slot = slot;
}

static void take_free_place(struct groups *g, struct group_score *to)
{
	uint32_t slot = g->task_count++;

	g->tasks_by_slot[slot] = slot;
	g->tasks[slot].slot = slot;
	give_place(g, to, slot);
}

static void take_place_of(struct groups *g, struct group_score *to, struct group_score *from)
{
	for (uint32_t cpu = 0; cpu < g->cpu_count; cpu++)
		if (g->cpus[cpu])
			end_cell(g->cpus[cpu], from->slot);
	give_place(g, to, from->slot);
	from->slot = GROUP_NOT_TOLD;
}

/* A slice that ran on while its group was given a place: as far as it was told in the others' cell,
 * it stays there. */
static void move_running(struct groups *g)
{
	for (uint32_t i = 0; i < g->cpu_count; i++) {
		struct group_cpu *cpu = g->cpus[i];
		uint32_t slot;

		if (!cpu || !cpu->was.run_ns)
			continue;
		slot = g->scores.all[cpu->was.id].slot;
		if (slot == GROUP_NOT_TOLD || slot == cpu->was_slot)
			continue;
		cpu->cells[cpu->was_slot].ended_run_ns += cpu->was.run_ns;
		cpu->cells[slot].ended_run_ns -= cpu->was.run_ns;
	}
}

static bool is_told(const struct group_score *score)
{
	return score->slot != GROUP_NOT_TOLD;
}

/* Whether the places are as they should be, as they nearly always are: without sorting. */
static bool is_settled(const struct groups *g)
{
	const struct group_scores *s = &g->scores;
	double highest = 0, lowest = 0;
	uint32_t told = 0;

	for (uint32_t id = 1; id < s->count; id++) {
		const struct group_score *score = &s->all[id];

		if (!is_told(score))
			highest = score->score > highest ? score->score : highest;
		else if (!told++ || score->score < lowest)
			lowest = score->score;
	}
	if (told == s->count - 1)
		return true;
	return told == g->max_tasks && (!told || highest <= GROUPS_ADVANTAGE * lowest);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct group_task *)a)->name, ((const struct group_task *)b)->name);
}

static void sort_tasks(struct groups *g)
{
	qsort(g->tasks, g->task_count, sizeof(*g->tasks), by_name);
	for (uint32_t i = 0; i < g->task_count; i++)
		g->tasks_by_slot[g->tasks[i].slot] = i;
}

void groups_settle(struct groups *g)
{
	struct group_score **order = g->scores.order;
	uint32_t low;

	if (is_settled(g))
		return;
	low = group_scores_rank(&g->scores);
	for (uint32_t high = 0; high < g->scores.count - 1; high++) {
		if (is_told(order[high]))
			continue;
		if (g->task_count <= g->max_tasks) {
			take_free_place(g, order[high]);
			continue;
		}
		while (low && !is_told(order[low - 1]))
			low--;
		/* Who took a place in this look is no lower than who asks now. */
		if (!low || order[high]->score <= GROUPS_ADVANTAGE * order[low - 1]->score)
			break;
		take_place_of(g, order[high], order[--low]);
	}
	move_running(g);
	sort_tasks(g);
}
