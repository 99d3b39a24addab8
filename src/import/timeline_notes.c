// SPDX-License-Identifier: GPL-2.0-only
/* What is noted of a task, and who is current: shared by the events' handlers. See timeline.h. */
#include "import/timeline_internal.h"

#include <errno.h>

void timeline_drop_waking(struct timeline_task *task)
{
	task->waking_ns = 0;
	task->in_flight = task->on_cpu = task->choosing = task->awake = task->is_new = false;
}

void timeline_forget(struct timeline *t, struct timeline_task *task)
{
	if (task->stay == STAY_RUNS && task->cpu < t->cpu_room && t->cpus[task->cpu].task == task) {
		t->cpus[task->cpu].task = NULL;
		t->cpus[task->cpu].tid = TID_UNKNOWN;
	}
	timeline_drop_waking(task);
	task->stay = STAY_UNKNOWN;
	task->cpu = CPU_UNKNOWN;
	task->out_ns = 0;
	task->left_queued = false;
	task->moves = 0;
	task->spare_wakes = 0;
}

void timeline_place(struct timeline *t, struct timeline_task *task, uint16_t cpu)
{
	task->cpu = cpu;
	task->losses = t->losses;
	task->epoch = timeline_epoch(t, cpu);
}

/* Who is on a CPU as an event fires there, of whom nothing is told but by its own sample. */
static int who_is_current(struct timeline *t, const struct sched_event *e,
			  const struct timeline_cpu *here, struct timeline_task **current)
{
	int32_t tid = e->current_tid;

	*current = NULL;
	if (!tid_is_good(tid)) {
		if (tid && here->seen && here->epoch == timeline_epoch(t, e->cpu))
			*current = here->task;
		return 0;
	}
	*current = here->task && here->task->tid == tid ? here->task : timeline_task_get(t, tid);
	if (!*current)
		return -ENOMEM;
	return timeline_task_identify(t, *current, "", e->current_pid);
}

int timeline_current_id(struct timeline *t, const struct sched_event *e,
			const struct timeline_cpu *here, uint32_t *id)
{
	struct timeline_task *current;
	int err = who_is_current(t, e, here, &current);

	*id = TASK_UNKNOWN;
	if (err)
		return err;
	if (!current) {
		if (!e->current_tid || (e->current_tid < 0 && here->seen && !here->tid &&
					here->epoch == timeline_epoch(t, e->cpu)))
			*id = TASK_IDLE;
		return 0;
	}
	err = current->id ? 0 : timeline_task_announce(t, current);
	*id = current->id;
	return err;
}
