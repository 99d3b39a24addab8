// SPDX-License-Identifier: GPL-2.0-only
/* What virtual machines paid: see steal.h. */
#include "analysis/steal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/vcpu.h"

struct list {
	struct steal *machines;
	uint32_t count, capacity;
};

/* There are few machines. */
static struct steal *machine_get(struct list *list, uint32_t vm_pid, const char *vm_name)
{
	uint32_t capacity = list->capacity ? 2 * list->capacity : 16;
	struct steal *machines;

	for (uint32_t i = 0; i < list->count; i++)
		if (list->machines[i].vm_pid == vm_pid)
			return &list->machines[i];
	if (list->count == list->capacity) {
		machines = realloc(list->machines, capacity * sizeof(*machines));
		if (!machines)
			return NULL;
		list->machines = machines;
		list->capacity = capacity;
	}
	list->machines[list->count] = (struct steal){ .vm_pid = vm_pid, .vm_name = vm_name };
	return &list->machines[list->count++];
}

static int add_parts(struct steal *machine, const struct blame_pair *const *pairs, uint32_t n)
{
	struct steal_part *parts =
		realloc(machine->parts, (machine->part_count + n + 1) * sizeof(*parts));

	if (!parts)
		return -ENOMEM;
	machine->parts = parts;
	for (uint32_t i = 0; i < n; i++)
		parts[machine->part_count++] =
			(struct steal_part){ .culprit = pairs[i]->culprit,
					     .waits = blame_count(pairs[i]->sums),
					     .total_ns = blame_total_ns(pairs[i]->sums) };
	return 0;
}

static int add_victim(struct steal *machine, const struct blame *blame,
		      const struct blame_victim *victim)
{
	machine->vcpus++;
	machine->waits += blame_count(victim->delays);
	machine->total_ns += blame_total_ns(victim->delays);
	for (int kind = 0; kind < BLAME_KINDS; kind++) {
		const struct blame_sum *sum = &victim->delays[kind];

		if (sum->worst_ns > machine->worst_ns) {
			machine->worst_ns = sum->worst_ns;
			machine->worst_since_ns = sum->worst_since_ns;
		}
	}
	return add_parts(machine, blame_pairs(blame) + victim->first_pair, victim->pair_count);
}

static int by_culprit(const void *a, const void *b)
{
	const struct steal_part *one = a, *other = b;

	return (one->culprit > other->culprit) - (one->culprit < other->culprit);
}

static int most_first(const void *a, const void *b)
{
	const struct steal_part *one = a, *other = b;

	if (one->total_ns != other->total_ns)
		return one->total_ns < other->total_ns ? 1 : -1;
	return by_culprit(a, b);
}

/* A culprit of several vCPUs becomes one part. */
static void merge_parts(struct steal *machine)
{
	struct steal_part *parts = machine->parts;
	uint32_t kept = 0;

	if (!machine->part_count)
		return;
	qsort(parts, machine->part_count, sizeof(*parts), by_culprit);
	for (uint32_t i = 1; i < machine->part_count; i++) {
		if (parts[i].culprit != parts[kept].culprit) {
			parts[++kept] = parts[i];
			continue;
		}
		parts[kept].waits += parts[i].waits;
		parts[kept].total_ns += parts[i].total_ns;
	}
	machine->part_count = kept + 1;
	qsort(parts, machine->part_count, sizeof(*parts), most_first);
}

static int compare_machines(const void *a, const void *b)
{
	const struct steal *one = a, *other = b;

	if (one->total_ns != other->total_ns)
		return one->total_ns < other->total_ns ? 1 : -1;
	return (one->vm_pid > other->vm_pid) - (one->vm_pid < other->vm_pid);
}

static int collect(struct list *list, const struct blame *blame, const struct task_table *tasks,
		   const struct host_snapshot *host)
{
	const struct blame_victim *const *victims;
	uint32_t n = blame_victims(blame, &victims), vm_pid, number;
	const char *vm_name;

	for (uint32_t i = 0; i < n; i++) {
		const struct task_identity *task = task_table_get(tasks, victims[i]->task);
		struct steal *machine;

		if (!vcpu_of(host, task->pid, task->comm, &vm_pid, &vm_name, &number))
			continue;
		machine = machine_get(list, vm_pid, vm_name);
		if (!machine || add_victim(machine, blame, victims[i]))
			return -ENOMEM;
	}
	return 0;
}

int steal_make(struct steal **machines, uint32_t *count, const struct blame *blame,
	       const struct task_table *tasks, const struct host_snapshot *host)
{
	struct list list = {};

	if (collect(&list, blame, tasks, host)) {
		steal_free(list.machines, list.count);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < list.count; i++)
		merge_parts(&list.machines[i]);
	if (list.count)
		qsort(list.machines, list.count, sizeof(*list.machines), compare_machines);
	*machines = list.machines;
	*count = list.count;
	return 0;
}

void steal_free(struct steal *machines, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		free(machines[i].parts);
	free(machines);
}
