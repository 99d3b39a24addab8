// SPDX-License-Identifier: GPL-2.0-only
/* How tasks come, go, and take another tid: see timeline.h. */
#include "import/timeline_internal.h"

#include <errno.h>

/* The parent's process is known by pid; a thread's parent is its process's. */
static int32_t parent_of(const struct timeline_task *task, const struct timeline_task *maker)
{
	if (!maker || !task->pid || !maker->pid)
		return 0;
	return task->pid == maker->pid ? maker->ppid : maker->pid;
}

int timeline_on_fork(struct timeline *t, struct timeline_cpu *here, const struct sched_event *e)
{
	struct timeline_task *task = timeline_task_born(t, e->tid), *maker;
	int err;

	(void)here;
	if (!task)
		return -ENOMEM;
	maker = timeline_task_find(t, e->other_tid);
	if (maker && maker != task) {
		err = timeline_task_identify(t, maker, e->other_comm,
					     e->current_tid == e->other_tid ? e->current_pid : 0);
		if (!err)
			err = timeline_task_identify(t, task, maker->comm, 0);
		if (err)
			return err;
	}
	err = timeline_task_identify(t, task, e->comm[0] ? e->comm : e->other_comm, e->pid);
	task->ppid = parent_of(task, maker);
	return err;
}

int timeline_on_exec(struct timeline *t, struct timeline_cpu *here, const struct sched_event *e)
{
	struct timeline_task *task, *old = timeline_task_find(t, e->other_tid), *leader;
	int err = 0;

	if (old && e->other_tid != e->tid) {
		leader = timeline_task_find(t, e->tid);
		if (leader && leader == here->task) {
			timeline_task_drop(t, old); /* a switch had told of it already */
		} else {
			if (leader)
				timeline_task_drop(t, leader);
			err = timeline_task_rename(t, old, e->tid);
		}
	}
	task = err ? NULL : timeline_task_get(t, e->tid);
	if (!task)
		return err ? err : -ENOMEM;
	task->exiting = false;
	/* Who comes back from an execve() leads its process. */
	return timeline_task_identify(t, task, e->comm, e->tid);
}

int timeline_on_exit(struct timeline *t, struct timeline_cpu *here, const struct sched_event *e)
{
	struct timeline_task *task = timeline_task_find(t, e->tid);

	(void)here;
	if (!task)
		return 0;
	task->exiting = true; /* it goes on running for a while, and may sleep */
	return timeline_task_identify(t, task, e->comm, 0);
}
