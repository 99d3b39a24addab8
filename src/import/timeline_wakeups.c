// SPDX-License-Identifier: GPL-2.0-only
/* What wakeups and migrations leave behind at a task: see timeline.h. */
#include "import/timeline_internal.h"

#include <errno.h>

static bool is_by_itself(const struct sched_event *e, const struct timeline_cpu *here)
{
	if (tid_is_good(e->current_tid))
		return e->current_tid == e->tid;
	return e->current_tid && here->tid == e->tid;
}

static void count_spare(struct timeline_task *task)
{
	if (task->spare_wakes < UINT16_MAX)
		task->spare_wakes++;
}

/* The flags do not tell the idle task from another. */
static uint8_t context_of(const struct sched_event *e, uint32_t waker)
{
	if (e->context != WAKER_TASK)
		return e->context;
	if (waker == TASK_IDLE)
		return WAKER_IDLE;
	return waker == TASK_UNKNOWN ? WAKER_UNKNOWN : WAKER_TASK;
}

/* Notes a wakeup of now. The task's stay is as it was before it. */
static int note_wakeup(struct timeline *t, struct timeline_task *task, const struct sched_event *e,
		       struct timeline_cpu *here, uint16_t prev, uint16_t chosen)
{
	int err;

	task->waking_ns = t->now_ns;
	task->waker_cpu = e->cpu;
	task->waker_switches = here->switches;
	task->prev_cpu = prev;
	task->chosen_cpu = chosen;
	task->is_new = task->awake = task->choosing = false;
	task->on_cpu = task->stay == STAY_RUNS;
	task->in_flight = task->on_cpu || (task->stay == STAY_WAITS && task->left_queued);
	if (task->in_flight) {
		count_spare(task);
	} else {
		task->stay = STAY_WAITS;
		task->moves = 0;
	}
	err = timeline_current_id(t, e, here, &task->waker);
	task->context = context_of(e, task->waker);
	t->contexts_told |= task->context != WAKER_UNKNOWN;
	return err;
}

/*
 * A waking finds the task where it was left, unless something of it was missed. Then it may run,
 * and be on its way off. True: it may.
 */
static bool find_for_wakeup(struct timeline *t, struct timeline_task *task, uint16_t cpu)
{
	bool woken = task->stay == STAY_WAITS && !task->left_queued && task->waking_ns;
	bool elsewhere = timeline_is_elsewhere(t, task, cpu);
	bool lost = task->stay != STAY_UNKNOWN && task->epoch != timeline_epoch(t, task->cpu);

	/* Who waits after a wakeup is in no state to be woken again. */
	if (woken || elsewhere)
		t->counts.missed++;
	if (woken || elsewhere || !timeline_holds(t, task))
		timeline_forget(t, task);
	/* Where other CPUs were not recorded, it is no surprise that it was elsewhere. */
	return (woken || elsewhere || lost) && !t->facts->recorded_cpus;
}

int timeline_on_waking(struct timeline *t, struct timeline_cpu *here, const struct sched_event *e)
{
	struct timeline_task *task = timeline_task_get(t, e->tid);
	uint16_t prev = timeline_named_cpu(t, e->orig_cpu);
	bool doubtful;
	int err;

	if (!task)
		return -ENOMEM;
	err = timeline_task_identify(t, task, e->comm, 0);
	/* Who wakes itself, about to sleep, only goes on. */
	if (err || is_by_itself(e, here))
		return err;
	doubtful = find_for_wakeup(t, task, prev);
	err = note_wakeup(t, task, e, here, prev,
			  timeline_has(t, SCHED_MIGRATE) ? prev : CPU_UNKNOWN);
	task->in_flight |= doubtful;
	task->choosing = true;
	if (task->stay != STAY_RUNS)
		timeline_place(t, task, prev);
	return err;
}

/* Its wakeup is complete. */
static void wake_up(struct timeline *t, struct timeline_task *task, uint16_t target)
{
	bool queued;

	if (!timeline_holds(t, task))
		timeline_forget(t, task);
	queued = task->stay == STAY_WAITS && task->left_queued;
	task->choosing = false;
	task->awake = true;
	if (task->stay == STAY_RUNS || queued) {
		timeline_drop_waking(task); /* it was spare, and is counted */
		return;
	}
	task->stay = STAY_WAITS;
	if (target == CPU_UNKNOWN)
		return;
	if (task->waking_ns)
		task->chosen_cpu = target;
	timeline_place(t, task, target);
}

/*
 * Whether a wakeup's event was made by who issued it. On the wakee's own CPU it may complete what
 * another CPU began: in the interrupt that this one sent, or in the idle task, which looks before
 * it sleeps and needs none (ttwu_queue(), kernel/sched/core.c; do_idle(), kernel/sched/idle.c).
 * Soft interrupts and other tasks do that for nobody.
 */
static bool is_by_its_waker(const struct timeline_task *task, uint32_t cpu, uint16_t target)
{
	if (target == CPU_UNKNOWN)
		return false;
	return target != cpu || task->context == WAKER_SOFTIRQ || task->context == WAKER_TASK;
}

/* Where wakings were not recorded, the wakeup stands for it. */
static int wake_up_alone(struct timeline *t, struct timeline_task *task,
			 const struct sched_event *e, struct timeline_cpu *here, uint16_t target)
{
	uint16_t prev = task->choosing ? task->prev_cpu : CPU_UNKNOWN;
	int err;

	find_for_wakeup(t, task, target);
	if (task->stay == STAY_SLEEPS && prev == CPU_UNKNOWN && timeline_has(t, SCHED_MIGRATE))
		prev = task->cpu;
	if (task->stay == STAY_RUNS || (task->stay == STAY_WAITS && task->left_queued)) {
		count_spare(task);
		return 0;
	}
	err = note_wakeup(t, task, e, here, prev, target);
	task->awake = true;
	timeline_place(t, task, target);
	if (!is_by_its_waker(task, e->cpu, target)) {
		task->waker = TASK_UNKNOWN;
		task->waker_cpu = CPU_UNKNOWN;
		task->context = WAKER_UNKNOWN;
	}
	return err;
}

int timeline_on_wakeup(struct timeline *t, struct timeline_cpu *here, const struct sched_event *e)
{
	struct timeline_task *task = timeline_task_get(t, e->tid);
	uint16_t target = timeline_named_cpu(t, e->orig_cpu);
	int err;

	if (!task)
		return -ENOMEM;
	err = timeline_task_identify(t, task, e->comm, 0);
	if (err || is_by_itself(e, here))
		return err;
	if (!timeline_has(t, SCHED_WAKING))
		return wake_up_alone(t, task, e, here, target);
	wake_up(t, task, target);
	return 0;
}

int timeline_on_wakeup_new(struct timeline *t, struct timeline_cpu *here,
			   const struct sched_event *e)
{
	struct timeline_task *task = timeline_task_born(t, e->tid);
	uint16_t target = timeline_named_cpu(t, e->orig_cpu);
	int err;

	if (!task)
		return -ENOMEM;
	err = timeline_task_identify(t, task, e->comm, 0);
	if (err)
		return err;
	err = note_wakeup(t, task, e, here, CPU_UNKNOWN, target);
	task->is_new = task->awake = true;
	task->born = false;
	timeline_place(t, task, target);
	return err;
}

/*
 * Whether a migration is what the wakeup chose: it is made by the waker, which is not preempted on
 * the way there (try_to_wake_up(), kernel/sched/core.c).
 */
static bool is_choice(const struct timeline_task *task, const struct timeline_cpu *here,
		      const struct sched_event *e, uint16_t from)
{
	return task->choosing && task->waking_ns && !task->awake && task->waker_cpu == e->cpu &&
	       task->waker_switches == here->switches && task->stay != STAY_RUNS &&
	       !(task->stay == STAY_WAITS && task->left_queued) &&
	       (from == CPU_UNKNOWN || from == task->prev_cpu);
}

static int emit_move(struct timeline *t, struct timeline_task *task, struct timeline_cpu *here,
		     const struct sched_event *e, uint16_t from, uint16_t to)
{
	struct event move = { .time_ns = t->now_ns, .cpu = e->cpu, .type = EVENT_MOVE };
	int err = task->id ? 0 : timeline_task_announce(t, task);

	if (!err)
		err = timeline_current_id(t, e, here, &move.move.by);
	if (err)
		return err;
	move.move.task = task->id;
	move.move.from = from;
	move.move.to = to;
	return timeline_emit(t, &move);
}

int timeline_on_migrate(struct timeline *t, struct timeline_cpu *here, const struct sched_event *e)
{
	struct timeline_task *task = timeline_task_get(t, e->tid);
	uint16_t from = timeline_named_cpu(t, e->orig_cpu), to = timeline_named_cpu(t, e->dest_cpu);
	bool slept, choice;
	int err;

	if (!task)
		return -ENOMEM;
	err = timeline_task_identify(t, task, e->comm, 0);
	if (err || to == CPU_UNKNOWN)
		return err;
	if (timeline_is_elsewhere(t, task, from) || task->stay == STAY_RUNS ||
	    !timeline_holds(t, task)) {
		t->counts.missed += timeline_holds(t, task);
		timeline_forget(t, task);
	}
	slept = task->stay == STAY_SLEEPS || task->stay == STAY_UNKNOWN;
	choice = is_choice(task, here, e, from);
	if (choice)
		task->chosen_cpu = to;
	timeline_place(t, task, to);
	if (choice) {
		task->choosing = false;
		return 0;
	}
	/* A sleeper's move may be its wakeup's choice, where the waking is not there to tell. */
	if (slept && !timeline_has(t, SCHED_WAKING)) {
		task->choosing = true;
		task->prev_cpu = from;
		return 0;
	}
	if (task->moves < UINT8_MAX)
		task->moves++;
	return emit_move(t, task, here, e, from, to);
}
