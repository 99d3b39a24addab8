// SPDX-License-Identifier: GPL-2.0-only
/* What groups of tasks did since we count, added up look by look: see groups.h. */
#include "analysis/groups.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/groups_internal.h"

/* Where the name itself is empty. */
#define NAME_UNKNOWN "?"

/* A group that ran or waited no longer than this, of late, is of no interest. */
#define SCORED_OF_LATE 1.0

const char *task_class_name(enum task_class class)
{
	static const char *const names[TASK_CLASSES] = {
		[CLASS_KERNEL] = "kernel",
		[CLASS_REALTIME] = "realtime",
		[CLASS_USER] = "user",
		[CLASS_VCPU] = "vcpu",
	};

	return class < TASK_CLASSES ? names[class] : NAME_UNKNOWN;
}

struct groups *groups_new(uint32_t max_tasks, size_t (*clean)(char *text))
{
	struct groups *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->max_tasks = max_tasks;
	g->clean = clean;
	g->tasks = calloc(1, sizeof(*g->tasks));
	g->tasks_by_slot = calloc(1, sizeof(*g->tasks_by_slot));
	if (group_scores_init(&g->scores, max_tasks) || !g->tasks || !g->tasks_by_slot) {
		groups_free(g);
		return NULL;
	}
	memcpy(g->tasks->name, GROUPS_OTHER, sizeof(GROUPS_OTHER));
	g->task_count = g->slot_count = 1;
	return g;
}

void groups_free(struct groups *g)
{
	if (!g)
		return;
	for (uint32_t cpu = 0; cpu < g->cpu_count; cpu++) {
		if (g->cpus[cpu])
			free(g->cpus[cpu]->cells);
		free(g->cpus[cpu]);
	}
	group_scores_free(&g->scores);
	free(g->tasks);
	free(g->tasks_by_slot);
	free(g->cpus);
	free(g->classes);
	free(g->ids);
	free(g->cells);
	free(g);
}

/* A look's CPUs that are none are left out. */
static struct group_cpu *cpu_of(const struct groups *g, uint32_t cpu)
{
	return cpu <= UINT16_MAX ? g->cpus[cpu] : NULL;
}

static uint32_t id_of(struct groups *g, const char name[GROUP_NAME_MAX])
{
	char fit[GROUP_NAME_MAX] = "";

	memcpy(fit, name, strnlen(name, GROUP_NAME_MAX - 1));
	if (g->clean) {
		size_t length;

		g->clean(fit);
		length = strnlen(fit, GROUP_NAME_MAX - 1);
		memset(fit + length, 0, GROUP_NAME_MAX - length);
	}
	if (!fit[0])
		memcpy(fit, NAME_UNKNOWN, sizeof(NAME_UNKNOWN));
	return group_scores_id(&g->scores, fit);
}

/* A time of 0 is not known. */
static uint64_t run_so_far_ns(const struct group_running *running, uint64_t now_ns)
{
	return running->since_ns && running->since_ns < now_ns ? now_ns - running->since_ns : 0;
}

/* The ids of all whom the look is about. */
static void find_names(struct groups *g, const struct groups_look *look)
{
	for (uint32_t i = 0; i < g->cpu_count; i++) {
		struct group_cpu *cpu = g->cpus[i];

		if (!cpu)
			continue;
		cpu->now.run_ns = 0;
		if (cpu->was.run_ns)
			cpu->was.id = group_scores_id(&g->scores, cpu->was_name);
	}
	for (uint32_t i = 0; i < look->change_count; i++)
		g->ids[i] = id_of(g, look->changes[i].name);
	for (uint32_t i = 0; i < look->running_count; i++) {
		struct group_cpu *cpu = cpu_of(g, look->running[i].cpu);

		if (!cpu)
			continue;
		cpu->now.run_ns = run_so_far_ns(&look->running[i], look->now_ns);
		cpu->now.id = id_of(g, look->running[i].name);
	}
}

/* By how much a sum rose: with its 64 bits it never wraps. */
static uint64_t sum_rose(const struct group_change *c, enum group_kind kind)
{
	uint64_t before = c->before->series[kind].sum_ns, now = c->now->series[kind].sum_ns;

	return now > before ? now - before : 0;
}

static double worth(const struct group_change *change)
{
	uint32_t trespasses = change->now->trespasses - change->before->trespasses;
	double ns = (double)trespasses * GROUPS_TRESPASS_NS;

	for (int kind = 0; kind < GROUP_KINDS; kind++)
		ns += (double)sum_rose(change, kind);
	return ns;
}

/* A slice that still runs is worth what it ran since the look before. */
static void score(struct groups *g, const struct groups_look *look)
{
	double halvings = look->now_ns > g->last_ns
				  ? (double)(look->now_ns - g->last_ns) / GROUPS_HALF_LIFE_NS
				  : 0;
	double remains = exp2(-halvings);
	struct group_score *all = g->scores.all;

	g->last_ns = look->now_ns;
	for (uint32_t id = 1; id < g->scores.count; id++)
		all[id].score *= remains;
	for (uint32_t i = 0; i < look->change_count; i++)
		if (cpu_of(g, look->changes[i].cpu))
			all[g->ids[i]].score += worth(&look->changes[i]);
	for (uint32_t i = 0; i < g->cpu_count; i++) {
		const struct group_cpu *cpu = g->cpus[i];

		if (cpu && cpu->now.run_ns)
			all[cpu->now.id].score += (double)cpu->now.run_ns;
		if (cpu && cpu->was.run_ns)
			all[cpu->was.id].score -= (double)cpu->was.run_ns;
	}
	for (uint32_t id = 0; id < g->scores.count; id++)
		if (id == GROUP_OTHER_ID || all[id].score < 0)
			all[id].score = 0;
}

static uint32_t slot_of(const struct groups *g, uint32_t id)
{
	uint32_t slot = g->scores.all[id].slot;

	return slot == GROUP_NOT_TOLD ? GROUP_OTHER_ID : slot;
}

static enum task_class class_of(const struct groups *g, uint32_t id, enum group_class class)
{
	if (g->scores.all[id].is_vcpu)
		return CLASS_VCPU;
	if (class == GROUP_KERNEL)
		return CLASS_KERNEL;
	return class == GROUP_REALTIME ? CLASS_REALTIME : CLASS_USER;
}

/* The last one is made at the end, where there was none: sort_classes() afterwards. */
static struct group_class_cell *class_cell(struct groups *g, uint32_t cpu, enum task_class class)
{
	uint32_t *at = &g->cpus[cpu]->classes[class];

	if (!*at) {
		g->classes[g->class_count] =
			(struct group_class_cell){ .cpu = cpu, .class = class };
		*at = ++g->class_count;
	}
	return &g->classes[*at - 1];
}

/* The task's and the class's are never one: the compiler may take several buckets at a time. */
static void add_series(struct group_histogram *restrict task,
		       struct group_histogram *restrict class, const struct group_change *change,
		       enum group_kind kind, uint64_t sum_ns)
{
	const uint32_t *before = change->before->series[kind].buckets;
	const uint32_t *now = change->now->series[kind].buckets;
	uint64_t count = 0;

	for (unsigned int i = 0; i < GROUP_BUCKETS; i++) {
		uint32_t rise = now[i] - before[i];

		task->buckets[i] += rise;
		class->buckets[i] += rise;
		count += rise;
	}
	task->sum_ns += sum_ns;
	task->count += count;
	class->sum_ns += sum_ns;
	class->count += count;
}

/* running_ns: of the slice that runs, if it is the cell's group's. */
static void tell_run(struct group_counted *cell, uint64_t running_ns)
{
	int64_t run_ns = (int64_t)(cell->ended_run_ns + running_ns);

	if (run_ns > (int64_t)cell->time_ns[GROUP_RUN])
		cell->time_ns[GROUP_RUN] = (uint64_t)run_ns;
}

static void add_change(struct groups *g, const struct group_change *change, uint32_t id)
{
	const struct group_counts *before = change->before, *now = change->now;
	uint32_t slot = slot_of(g, id);
	struct group_counted *cell = &g->cpus[change->cpu]->cells[slot];
	struct group_task *task = &g->tasks[g->tasks_by_slot[slot]];
	struct group_class_cell *class;

	cell->slices += (uint32_t)(now->slices - before->slices);
	cell->involuntary += (uint32_t)(now->involuntary - before->involuntary);
	cell->trespasses += (uint32_t)(now->trespasses - before->trespasses);
	for (int kind = 0; kind < GROUP_KINDS; kind++) {
		uint64_t sum_ns = sum_rose(change, kind);

		/* Most groups never wait for one kind: their series need not be walked. */
		if (!memcmp(&before->series[kind], &now->series[kind], sizeof(now->series[kind])))
			continue;
		class = class_cell(g, change->cpu, class_of(g, id, change->class));
		add_series(&task->series[kind], &class->series[kind], change, kind, sum_ns);
		if (kind == GROUP_RUN)
			cell->ended_run_ns += sum_ns;
		else
			cell->time_ns[kind] += sum_ns;
	}
	tell_run(cell, 0);
}

static void add_running(struct groups *g)
{
	for (uint32_t i = 0; i < g->cpu_count; i++) {
		struct group_cpu *cpu = g->cpus[i];

		if (!cpu)
			continue;
		cpu->was = cpu->now;
		if (!cpu->was.run_ns)
			continue;
		memcpy(cpu->was_name, g->scores.all[cpu->was.id].name, GROUP_NAME_MAX);
		cpu->was_slot = slot_of(g, cpu->was.id);
		tell_run(&cpu->cells[cpu->was_slot], cpu->was.run_ns);
	}
}

static int by_cpu_and_class(const void *a, const void *b)
{
	const struct group_class_cell *left = a, *right = b;

	if (left->cpu != right->cpu)
		return left->cpu < right->cpu ? -1 : 1;
	return (left->class > right->class) - (left->class < right->class);
}

static void sort_classes(struct groups *g)
{
	qsort(g->classes, g->class_count, sizeof(*g->classes), by_cpu_and_class);
	for (uint32_t i = 0; i < g->class_count; i++)
		g->cpus[g->classes[i].cpu]->classes[g->classes[i].class] = i + 1;
}

static void add_all(struct groups *g, const struct groups_look *look)
{
	uint32_t class_count = g->class_count;

	score(g, look);
	groups_settle(g);
	for (uint32_t i = 0; i < look->change_count; i++)
		if (cpu_of(g, look->changes[i].cpu))
			add_change(g, &look->changes[i], g->ids[i]);
	add_running(g);
	if (g->class_count != class_count)
		sort_classes(g);
	group_scores_trim(&g->scores);
}

int groups_add(struct groups *g, const struct groups_look *look)
{
	uint32_t known = g->scores.count;

	if (groups_reserve_look(g, look))
		return -ENOMEM;
	find_names(g, look);
	if (groups_reserve_told(g)) {
		group_scores_cut(&g->scores, known);
		return -ENOMEM;
	}
	add_all(g, look);
	return 0;
}

static bool is_empty(const struct group_counted *cell)
{
	return !(cell->slices | cell->involuntary | cell->trespasses | cell->time_ns[GROUP_RUN] |
		 cell->time_ns[GROUP_WAKE] | cell->time_ns[GROUP_PREEMPT]);
}

static uint32_t view_cells(struct groups *g)
{
	uint32_t count = 0;

	for (uint32_t cpu = 0; cpu < g->cpu_count; cpu++) {
		for (uint32_t task = 0; task < g->task_count && g->cpus[cpu]; task++) {
			const struct group_counted *from =
				&g->cpus[cpu]->cells[g->tasks[task].slot];
			struct group_cell *to = &g->cells[count];

			if (is_empty(from))
				continue;
			*to = (struct group_cell){ .cpu = cpu,
						   .task = task,
						   .slices = from->slices,
						   .involuntary = from->involuntary,
						   .trespasses = from->trespasses };
			memcpy(to->time_ns, from->time_ns, sizeof(to->time_ns));
			count++;
		}
	}
	return count;
}

struct groups_view groups_view(struct groups *g)
{
	struct groups_view view = {
		.tasks = g->tasks,
		.task_count = g->task_count,
		.cells = g->cells,
		.cell_count = view_cells(g),
		.classes = g->classes,
		.class_count = g->class_count,
	};

	for (uint32_t id = 1; id < g->scores.count; id++)
		view.left_out += g->scores.all[id].slot == GROUP_NOT_TOLD &&
				 g->scores.all[id].score >= SCORED_OF_LATE;
	return view;
}
