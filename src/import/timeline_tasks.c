// SPDX-License-Identifier: GPL-2.0-only
/* The tasks of a recording by tid, and who they are in our stream: see timeline_internal.h. */
#include "import/timeline_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_SLOTS = 256 };

static uint32_t home_of(const struct timeline *t, int32_t tid)
{
	/* Fibonacci hashing: the high half of the product mixes all bits. */
	return ((uint64_t)(uint32_t)tid * 0x9e3779b97f4a7c15ULL) >> 32 & (t->slot_count - 1);
}

/* The slot of a tid, or the free one where it belongs. */
static struct task_slot *probe(const struct timeline *t, int32_t tid)
{
	for (uint32_t i = home_of(t, tid);; i = (i + 1) & (t->slot_count - 1)) {
		struct task_slot *slot = &t->slots[i];

		if (!slot->task || slot->tid == tid)
			return slot;
	}
}

struct timeline_task *timeline_task_find(const struct timeline *t, int32_t tid)
{
	return t->slot_count && tid_is_good(tid) ? probe(t, tid)->task : NULL;
}

/* Room for one more, with half of the slots free. */
static int make_room(struct timeline *t)
{
	uint32_t old_count = t->slot_count;
	struct task_slot *old = t->slots, *slots;

	if (2 * (t->task_count + 1) <= old_count)
		return 0;
	slots = calloc(old_count ? 2 * old_count : FIRST_SLOTS, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	t->slots = slots;
	t->slot_count = old_count ? 2 * old_count : FIRST_SLOTS;
	for (uint32_t i = 0; i < old_count; i++)
		if (old[i].task)
			*probe(t, old[i].tid) = old[i];
	free(old);
	return 0;
}

static void put_slot(struct timeline *t, struct timeline_task *task)
{
	*probe(t, task->tid) = (struct task_slot){ .tid = task->tid, .task = task };
	t->task_count++;
}

/* Frees a slot; those behind it that it kept from their home move up. */
static void take_slot(struct timeline *t, int32_t tid)
{
	uint32_t mask = t->slot_count - 1, hole = probe(t, tid) - t->slots;

	for (uint32_t i = (hole + 1) & mask; t->slots[i].task; i = (i + 1) & mask) {
		uint32_t home = home_of(t, t->slots[i].tid);

		if (((i - home) & mask) < ((i - hole) & mask))
			continue;
		t->slots[hole] = t->slots[i];
		hole = i;
	}
	t->slots[hole].task = NULL;
	t->task_count--;
}

struct timeline_task *timeline_task_get(struct timeline *t, int32_t tid)
{
	struct timeline_task *task = timeline_task_find(t, tid);

	if (task)
		return task;
	if (make_room(t))
		return NULL;
	task = calloc(1, sizeof(*task));
	if (!task)
		return NULL;
	task->tid = tid;
	task->waker = TASK_UNKNOWN;
	task->cpu = task->waker_cpu = task->prev_cpu = task->chosen_cpu = CPU_UNKNOWN;
	put_slot(t, task);
	return task;
}

struct timeline_task *timeline_task_born(struct timeline *t, int32_t tid)
{
	struct timeline_task *task = timeline_task_find(t, tid);

	if (task && !task->born)
		timeline_task_drop(t, task);
	task = timeline_task_get(t, tid);
	if (task)
		task->born = true;
	return task;
}

void timeline_task_drop(struct timeline *t, struct timeline_task *task)
{
	/* Where it runs is where a CPU points at it. */
	if (task->stay == STAY_RUNS && task->cpu < t->cpu_room && t->cpus[task->cpu].task == task) {
		t->cpus[task->cpu].task = NULL;
		t->cpus[task->cpu].tid = TID_UNKNOWN;
	}
	take_slot(t, task->tid);
	free(task);
}

int timeline_task_rename(struct timeline *t, struct timeline_task *task, int32_t tid)
{
	take_slot(t, task->tid);
	task->tid = tid;
	put_slot(t, task);
	if (task->stay == STAY_RUNS && task->cpu < t->cpu_room && t->cpus[task->cpu].task == task)
		t->cpus[task->cpu].tid = tid;
	/* execve() alone does this, and who comes back from it leads its process. */
	task->pid = tid;
	return task->id ? timeline_task_announce(t, task) : 0;
}

int timeline_task_announce(struct timeline *t, struct timeline_task *task)
{
	/* On CPU 0, so that it comes before all else of that task, also in this nanosecond. */
	struct event e = { .time_ns = t->now_ns, .type = EVENT_TASK };

	if (!task->id)
		task->id = t->next_id++;
	e.identity = (struct task_identity){
		.task = task->id, .tid = task->tid, .pid = task->pid, .ppid = task->ppid
	};
	if (task->comm[0])
		memcpy(e.identity.comm, task->comm, sizeof(e.identity.comm));
	else
		e.identity.comm[0] = '?';
	return timeline_emit(t, &e);
}

int timeline_task_describe(struct timeline *t, struct timeline_task *task, const char *comm,
			   int32_t pid)
{
	bool changed = false;

	if (comm[0] && memcmp(task->comm, comm, TASK_COMM_LEN) != 0) {
		char clean[TASK_COMM_LEN] = { 0 };

		/* What stands behind the end is what the kernel's memory had there. */
		memcpy(clean, comm, strnlen(comm, TASK_COMM_LEN - 1));
		changed = memcmp(task->comm, clean, TASK_COMM_LEN) != 0;
		memcpy(task->comm, clean, TASK_COMM_LEN);
	}
	if (pid > 0 && pid < TIMELINE_TID_MAX && task->pid != pid) {
		task->pid = pid;
		changed = true;
	}
	return changed && task->id ? timeline_task_announce(t, task) : 0;
}

void timeline_tasks_free(struct timeline *t)
{
	for (uint32_t i = 0; i < t->slot_count; i++)
		free(t->slots[i].task);
	free(t->slots);
}
