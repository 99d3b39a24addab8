// SPDX-License-Identifier: GPL-2.0-only
/* A switch ends a slice and begins another: see timeline.h. */
#include "import/timeline_internal.h"

#include <errno.h>

/* Of the tracepoint's format since 4.14 (TASK_REPORT, include/linux/sched.h), and of kernels. */
enum { TOLD_DEAD = 0x10, TOLD_ZOMBIE = 0x20, TOLD_PARKED = 0x40, TOLD_IDLE = 0x80 };
enum { STATE_DEAD = 0x80, STATE_IDLE = 0x402 };

enum { PRIO_MAX = 139, PRIO_UNTOLD = 120 };

/* A thread that execs has its leader's tid before the tracepoint says so: it may switch between. */
static struct timeline_task *leaver_in_exec(struct timeline *t, const struct timeline_cpu *cpu,
					    int32_t tid, int *err)
{
	struct timeline_task *came = cpu->task, *leader;

	if (!came || came->pid != tid || came->tid == tid)
		return NULL;
	leader = timeline_task_find(t, tid);
	if (leader && !leader->exiting)
		return NULL;
	if (leader)
		timeline_task_drop(t, leader);
	*err = timeline_task_rename(t, came, tid);
	return came;
}

/* The task that leaves; NULL: the idle task, or nobody that could be named. */
static struct timeline_task *leaver_of(struct timeline *t, const struct timeline_cpu *cpu,
				       const struct sched_event *e, int *err)
{
	struct timeline_task *task;

	if (!e->tid)
		return NULL;
	if (e->tid < 0 || (cpu->task && cpu->task->tid == e->tid))
		return cpu->task;
	if (!tid_is_good(e->tid))
		return NULL;
	task = leaver_in_exec(t, cpu, e->tid, err);
	if (task)
		return task;
	task = timeline_task_get(t, e->tid);
	if (!task)
		*err = -ENOMEM;
	return task;
}

/* Whether who leaves is who came at the switch before, and nothing was lost since. */
static bool start_was_seen(const struct timeline *t, const struct timeline_cpu *cpu,
			   const struct sched_event *e, const struct timeline_task *prev)
{
	if (!cpu->seen || cpu->epoch != timeline_epoch_here(t, cpu) || cpu->tid == TID_UNKNOWN)
		return false;
	if (!e->tid)
		return !cpu->tid;
	return e->tid < 0 || (prev && prev == cpu->task);
}

/* It ran when it was woken, as now shows: it is on the CPU since before the trace. */
static void was_woken_on_cpu(struct timeline_task *task)
{
	if (!task->waking_ns || task->in_flight)
		return;
	if (task->spare_wakes < UINT16_MAX)
		task->spare_wakes++;
	if (task->awake)
		timeline_drop_waking(task);
	else
		task->in_flight = task->on_cpu = true;
}

static void start_missed(struct timeline *t, struct timeline_cpu *cpu, struct timeline_task *prev,
			 bool idle)
{
	uint64_t since = cpu->seen ? cpu->begin.start_ns : t->start_ns;

	if (cpu->task && cpu->task != prev)
		timeline_forget(t, cpu->task);
	if (prev && prev != cpu->task && prev->stay == STAY_RUNS)
		timeline_forget(t, prev);
	if (prev && !cpu->seen)
		was_woken_on_cpu(prev);
	else if (prev && (!prev->in_flight || prev->awake))
		timeline_drop_waking(prev); /* used up, though the switch-in was missed */
	cpu->begin = timeline_nothing_known;
	cpu->begin.start_ns = since;
	cpu->begin.flags = cpu->seen ? SLICE_GAP : SLICE_CUT_START;
	cpu->begin.kind = idle ? DELAY_NONE : DELAY_UNKNOWN;
}

/* Up to 4.13 the bit of a dead task was what later is a parked one's: who exits does not park. */
static bool is_exit(const struct timeline_task *task, const struct sched_event *e)
{
	return e->state & (TOLD_DEAD | TOLD_ZOMBIE) ||
	       (task && task->exiting && e->state & TOLD_PARKED);
}

static bool is_left_runnable(const struct sched_event *e)
{
	return e->preempt || !(e->state & 0xffff);
}

static uint16_t out_state(const struct sched_event *e, bool exits)
{
	if (exits)
		return STATE_DEAD;
	return e->state & TOLD_IDLE ? STATE_IDLE : e->state & 0xffff;
}

static uint32_t runner_id(struct timeline *t, const struct timeline_task *task, bool idle)
{
	if (idle)
		return TASK_IDLE;
	if (task)
		return task->id;
	if (!t->nobody)
		t->nobody = t->next_id++;
	return t->nobody;
}

static int emit_slice(struct timeline *t, struct timeline_cpu *cpu, const struct sched_event *e,
		      struct timeline_task *prev, bool idle)
{
	bool exits = is_exit(prev, e);
	int err = prev && !prev->id ? timeline_task_announce(t, prev) : 0;
	struct event *slice;

	if (!err)
		err = timeline_next(t, e->cpu, EVENT_SLICE, &slice);
	if (err)
		return err;
	slice->slice = cpu->begin;
	slice->slice.task = runner_id(t, prev, idle);
	slice->slice.prio = e->prio >= 0 && e->prio <= PRIO_MAX ? e->prio : PRIO_UNTOLD;
	slice->slice.out_state = out_state(e, exits);
	if (!idle && is_left_runnable(e))
		slice->slice.flags |= SLICE_INVOLUNTARY | SLICE_LEFT_QUEUED;
	if (!idle && exits)
		slice->slice.flags |= SLICE_EXIT;
	cpu->slices++;
	return 0;
}

/* Leaves at the task what its next slice needs to know of this switch-out. */
static void stamp_out(struct timeline *t, const struct timeline_cpu *cpu,
		      struct timeline_task *task, const struct sched_event *e)
{
	if (!timeline_holds(t, task))
		timeline_drop_waking(task);
	task->out_ns = t->now_ns;
	task->left_queued = is_left_runnable(e);
	task->stay = task->left_queued ? STAY_WAITS : STAY_SLEEPS;
	task->born = false;
	timeline_place_here(t, task, cpu, e);
}

static int end_slice(struct timeline *t, struct timeline_cpu *cpu, const struct sched_event *e)
{
	int err = 0;
	struct timeline_task *prev = leaver_of(t, cpu, e, &err);
	bool idle = !e->tid || (e->tid < 0 && !cpu->tid);

	if (!err && prev)
		err = timeline_task_identify(t, prev, e->comm,
					     e->current_tid == e->tid ? e->current_pid : 0);
	if (err)
		return err;
	if (!start_was_seen(t, cpu, e, prev))
		start_missed(t, cpu, prev, idle);
	err = emit_slice(t, cpu, e, prev, idle);
	cpu->task = NULL;
	cpu->tid = TID_UNKNOWN;
	if (err || !prev)
		return err;
	stamp_out(t, cpu, prev, e);
	if (is_exit(prev, e))
		timeline_task_drop(t, prev);
	return 0;
}

/* The task runs: what made it runnable is used up. */
static void consume(struct timeline *t, const struct timeline_cpu *cpu, struct timeline_task *task,
		    const struct sched_event *e)
{
	timeline_drop_waking(task);
	task->left_queued = task->born = false;
	task->moves = 0;
	task->spare_wakes = 0;
	task->stay = STAY_RUNS;
	timeline_place_here(t, task, cpu, e);
}

static int begin_slice(struct timeline *t, struct timeline_cpu *cpu, const struct sched_event *e)
{
	struct timeline_task *next;
	int err;

	cpu->seen = true;
	cpu->switches++;
	cpu->epoch = timeline_epoch_here(t, cpu);
	if (!tid_is_good(e->other_tid)) {
		cpu->begin = timeline_nothing_known;
		cpu->begin.start_ns = t->now_ns;
		if (!e->other_tid) {
			cpu->tid = 0;
			cpu->begin.kind = DELAY_NONE;
			cpu->idle_ns = t->now_ns;
		}
		return 0;
	}
	next = timeline_task_get(t, e->other_tid);
	if (!next)
		return -ENOMEM;
	err = timeline_task_identify(t, next, e->other_comm, 0);
	if (next->stay == STAY_RUNS || timeline_is_elsewhere(t, next, e->cpu)) {
		t->counts.missed++;
		timeline_forget(t, next);
	}
	timeline_settle(t, next, e->cpu, &cpu->begin);
	consume(t, cpu, next, e);
	cpu->task = next;
	cpu->tid = next->tid;
	return err;
}

int timeline_on_switch(struct timeline *t, struct timeline_cpu *cpu, const struct sched_event *e)
{
	int err = end_slice(t, cpu, e);

	return err ? err : begin_slice(t, cpu, e);
}
