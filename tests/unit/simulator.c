// SPDX-License-Identifier: GPL-2.0-only
/* The simulated machine and its steps: see simulator.h. */
#include "unit/simulator_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SLEEPING_STATE = 1, DEAD_STATE = 0x80 }; /* TASK_INTERRUPTIBLE, TASK_DEAD */

/* How a task leaves its CPU. */
enum leave { LEAVE_PREEMPTED, LEAVE_YIELDED, LEAVE_ASLEEP, LEAVE_EXITED };

/* It waits on a CPU from now on. */
static void queue_task(struct sim *sim, uint32_t id, uint16_t cpu, bool known)
{
	struct sim_task *task = &sim->work->tasks[id];
	struct raw_wait *wait;

	task->state = SIM_QUEUED;
	task->cpu = cpu;
	task->wait = sim->work->waits.count;
	wait = list_add(&sim->work->waits);
	wait->known = known;
	wait->truth.victim = id;
	wait->truth.kind = task->next.kind;
	wait->truth.since_ns = sim->now_ns;
}

static void run_task(struct sim *sim, uint32_t id, uint16_t cpu)
{
	struct sim_task *task = &sim->work->tasks[id];
	struct raw_wait *wait = &sim->work->waits.at[task->wait];

	wait->truth.end_ns = sim->now_ns;
	sim_count_wait(sim, wait);
	task->next.prev_out_ns = task->prev_out_ns;
	sim_begin_stay(sim, cpu, id, task->next);
	task->next = sim_nothing_known;
	task->state = SIM_RUNNING;
	task->preempted_by = 0;
}

static uint32_t add_task(struct sim *sim, uint32_t allowed, uint16_t cpu)
{
	uint32_t id = ++sim->task_count;

	if (id > SIM_TASKS_MAX || cpu >= sim->options.cpus)
		abort();
	sim->allowed[id] = allowed & ((1u << sim->options.cpus) - 1);
	sim->work->tasks[id] = (struct sim_task){
		.state = SIM_ASLEEP, .cpu = cpu, .wait = NO_WAIT, .next = sim_nothing_known
	};
	sim_make_identity(sim, id);
	return id;
}

uint32_t sim_sleeper(struct sim *sim, uint32_t allowed, uint16_t cpu)
{
	return add_task(sim, allowed, cpu);
}

uint32_t sim_queued(struct sim *sim, uint32_t allowed, uint16_t cpu)
{
	uint32_t id = add_task(sim, allowed, cpu);

	queue_task(sim, id, cpu, false);
	return id;
}

uint32_t sim_runner(struct sim *sim, uint32_t allowed, uint16_t cpu)
{
	uint32_t id = add_task(sim, allowed, cpu);
	struct sim_cpu *c = &sim->work->cpus[cpu];

	/* In place of the idle task, which was not there after all. */
	c->begin.task = sim_stay(sim, cpu)->task = id;
	c->begin.kind = DELAY_UNKNOWN;
	sim->work->tasks[id].state = SIM_RUNNING;
	return id;
}

struct sim *sim_new(const struct sim_options *options)
{
	struct sim *sim = calloc(1, sizeof(*sim));

	if (!sim)
		abort();
	sim->work = calloc(1, sizeof(*sim->work));
	if (!sim->work || !options->cpus || options->cpus > SIM_CPUS_MAX)
		abort();
	sim->options = *options;
	sim->start_ns = sim->now_ns = options->start_ns ? options->start_ns : 1000;
	list_add(&sim->work->stays);
	for (uint16_t cpu = 0; cpu < options->cpus; cpu++) {
		sim_begin_stay(sim, cpu, TASK_IDLE, sim_nothing_known);
		sim->work->cpus[cpu].begin.flags = SLICE_CUT_START;
	}
	return sim;
}

void sim_free(struct sim *sim)
{
	if (!sim)
		return;
	for (uint32_t i = 0; i < sim->work->waits.count; i++)
		free(sim->work->waits.at[i].truth.parts);
	free(sim->work->stays.at);
	free(sim->work->spans.at);
	free(sim->work->waiters.at);
	free(sim->work->waits.at);
	free(sim->work->made.at);
	free(sim->work->blame_ns[0]);
	free(sim->work->blame_ns[1]);
	free(sim->work);
	free(sim->events);
	free(sim->waits);
	free(sim);
}

void sim_pass(struct sim *sim, uint64_t ns)
{
	struct sim_work *work = sim->work;
	struct span *span;

	if (!ns)
		return;
	span = list_add(&work->spans);
	span->ns = ns;
	for (uint16_t cpu = 0; cpu < sim->options.cpus; cpu++)
		span->stays[cpu] = work->cpus[cpu].stay;
	span->first_waiter = work->waiters.count;
	for (uint32_t id = 1; id <= sim->task_count; id++)
		if (work->tasks[id].state == SIM_QUEUED)
			*list_add(&work->waiters) = (struct waiter){ .wait = work->tasks[id].wait,
								     .cpu = work->tasks[id].cpu };
	span->waiter_count = work->waiters.count - span->first_waiter;
	sim->now_ns += ns;
}

static bool is_task(const struct sim *sim, uint32_t id, enum sim_state state)
{
	return id && id <= sim->task_count && sim->work->tasks[id].state == state;
}

static bool is_online(const struct sim *sim, uint16_t cpu)
{
	return cpu < sim->options.cpus && !sim_stay(sim, cpu)->offline;
}

static bool is_context(const struct sim *sim, uint16_t cpu, enum waker_context context)
{
	if (!is_online(sim, cpu))
		return false;
	if (context == WAKER_TASK || context == WAKER_IDLE)
		return (sim_stay(sim, cpu)->task == TASK_IDLE) == (context == WAKER_IDLE);
	return true;
}

static void note_wakeup(struct sim *sim, struct sim_task *task, uint16_t chosen, uint16_t waker_cpu,
			enum waker_context context)
{
	task->next.kind = DELAY_WAKE;
	task->next.waking_ns = sim->now_ns;
	task->next.waker = sim_stay(sim, waker_cpu)->task;
	task->next.waker_cpu = waker_cpu;
	task->next.prev_cpu = task->cpu;
	task->next.chosen_cpu = chosen;
	task->next.context = context;
	sim->counts.wakes++;
}

int sim_wake(struct sim *sim, uint32_t id, uint16_t chosen, uint16_t waker_cpu,
	     enum waker_context context)
{
	bool running = is_task(sim, id, SIM_RUNNING);
	struct sim_task *task;

	if (!running && !is_task(sim, id, SIM_ASLEEP))
		return -EINVAL;
	task = &sim->work->tasks[id];
	if (!sim_may_use(sim, id, chosen) || !is_online(sim, chosen) || task->going ||
	    !is_context(sim, waker_cpu, context))
		return -EINVAL;
	if (running && task->cpu == waker_cpu && context == WAKER_TASK)
		return -EINVAL;
	note_wakeup(sim, task, chosen, waker_cpu, context);
	if (!running) {
		queue_task(sim, id, chosen, true);
		return 0;
	}
	task->going = true;
	task->next.flags = SLICE_WOKEN_ON_CPU;
	sim->counts.woken_on_cpu++;
	return 0;
}

int sim_fork(struct sim *sim, uint32_t allowed, uint16_t chosen, uint16_t waker_cpu)
{
	struct sim_task *task;
	uint32_t id;

	if (sim->task_count == SIM_TASKS_MAX || !is_online(sim, chosen) ||
	    !(allowed >> chosen & 1) || !is_context(sim, waker_cpu, WAKER_TASK))
		return -EINVAL;
	id = add_task(sim, allowed, waker_cpu);
	task = &sim->work->tasks[id];
	note_wakeup(sim, task, chosen, waker_cpu, WAKER_TASK);
	task->next.flags = SLICE_NEW;
	queue_task(sim, id, chosen, true);
	sim->counts.births++;
	return id;
}

static void count_preemption(struct sim *sim, uint16_t cpu, uint32_t id)
{
	sim->counts.preempts++;
	for (uint32_t i = 1; i <= sim->task_count; i++) {
		const struct sim_task *task = &sim->work->tasks[i];

		if (i != id && task->state == SIM_QUEUED && task->cpu == cpu &&
		    task->preempted_by == sim->work->cpus[cpu].stay) {
			sim->counts.nested_preempts++;
			break;
		}
	}
}

static bool is_runnable_here(const struct sim *sim, uint16_t cpu, uint32_t id)
{
	return id == TASK_IDLE || (is_task(sim, id, SIM_QUEUED) && sim->work->tasks[id].cpu == cpu);
}

static bool has_queue(const struct sim *sim, uint16_t cpu)
{
	for (uint32_t id = 1; id <= sim->task_count; id++)
		if (is_runnable_here(sim, cpu, id))
			return true;
	return false;
}

/* One that is about to go to sleep will be queued here. */
static bool is_awaited(const struct sim *sim, uint16_t cpu)
{
	for (uint32_t id = 1; id <= sim->task_count; id++)
		if (sim->work->tasks[id].going && sim->work->tasks[id].next.chosen_cpu == cpu)
			return true;
	return false;
}

/* The CPU goes on with next, which was queued there. */
static void switch_in(struct sim *sim, uint16_t cpu, uint32_t next)
{
	sim->counts.switches++;
	if (next != TASK_IDLE) {
		run_task(sim, next, cpu);
		return;
	}
	sim_begin_stay(sim, cpu, TASK_IDLE, sim_nothing_known);
	if (has_queue(sim, cpu))
		sim->counts.slow_exits++;
}

static void leave_runnable(struct sim *sim, uint32_t id, uint16_t cpu, enum leave how)
{
	if (how == LEAVE_PREEMPTED)
		count_preemption(sim, cpu, id);
	sim_end_stay(sim, cpu,
		     how == LEAVE_PREEMPTED ? SLICE_INVOLUNTARY | SLICE_LEFT_QUEUED
					    : SLICE_LEFT_QUEUED,
		     how == LEAVE_PREEMPTED ? 0 : SLEEPING_STATE, TAIL_BEFORE);
	sim->work->tasks[id].next.kind = DELAY_PREEMPT;
	queue_task(sim, id, cpu, true);
}

static void leave_asleep(struct sim *sim, uint32_t id, uint16_t cpu)
{
	struct sim_task *task = &sim->work->tasks[id];

	sim_end_stay(sim, cpu, 0, SLEEPING_STATE, TAIL_BEFORE);
	task->state = SIM_ASLEEP;
	task->wait = NO_WAIT;
	if (task->going)
		queue_task(sim, id, task->next.chosen_cpu, true);
	task->going = false;
}

static void leave_for_good(struct sim *sim, uint32_t id, uint16_t cpu)
{
	sim_end_stay(sim, cpu, SLICE_EXIT, DEAD_STATE, TAIL_BEFORE);
	sim->work->tasks[id].state = SIM_GONE;
	sim->counts.exits++;
}

static int sim_switch(struct sim *sim, uint16_t cpu, uint32_t next, enum leave how)
{
	struct sim_task *task;
	uint32_t id;

	if (!is_online(sim, cpu) || !is_runnable_here(sim, cpu, next))
		return -EINVAL;
	id = sim_stay(sim, cpu)->task;
	task = &sim->work->tasks[id];
	if (id == TASK_IDLE || (task->going && how != LEAVE_ASLEEP))
		return -EINVAL;
	if (how == LEAVE_EXITED)
		leave_for_good(sim, id, cpu);
	else if (how == LEAVE_ASLEEP)
		leave_asleep(sim, id, cpu);
	else
		leave_runnable(sim, id, cpu, how);
	task->prev_out_ns = sim->now_ns;
	switch_in(sim, cpu, next);
	if (how == LEAVE_PREEMPTED && next != TASK_IDLE)
		task->preempted_by = sim->work->cpus[cpu].stay;
	return 0;
}

int sim_preempt(struct sim *sim, uint16_t cpu, uint32_t next)
{
	return sim_switch(sim, cpu, next, LEAVE_PREEMPTED);
}

int sim_yield(struct sim *sim, uint16_t cpu, uint32_t next)
{
	return sim_switch(sim, cpu, next, LEAVE_YIELDED);
}

int sim_sleep(struct sim *sim, uint16_t cpu, uint32_t next)
{
	return sim_switch(sim, cpu, next, LEAVE_ASLEEP);
}

int sim_exit(struct sim *sim, uint16_t cpu, uint32_t next)
{
	return sim_switch(sim, cpu, next, LEAVE_EXITED);
}

int sim_dispatch(struct sim *sim, uint16_t cpu, uint32_t id)
{
	if (!is_online(sim, cpu) || sim_stay(sim, cpu)->task != TASK_IDLE || id == TASK_IDLE ||
	    !is_runnable_here(sim, cpu, id))
		return -EINVAL;
	sim_end_stay(sim, cpu, 0, 0, TAIL_BEFORE);
	switch_in(sim, cpu, id);
	return 0;
}

int sim_move(struct sim *sim, uint32_t id, uint16_t to, uint16_t by_cpu)
{
	struct sim_wait *wait;
	struct sim_task *task;
	uint16_t from;

	if (!is_task(sim, id, SIM_QUEUED) || !sim_may_use(sim, id, to) || !is_online(sim, to) ||
	    !is_online(sim, by_cpu) || sim->work->tasks[id].cpu == to)
		return -EINVAL;
	task = &sim->work->tasks[id];
	wait = &sim->work->waits.at[task->wait].truth;
	from = task->cpu;
	task->cpu = to;
	if (task->next.moves < UINT8_MAX)
		task->next.moves++;
	wait->moves++;
	sim->counts.moves++;
	sim->counts.moves_of_preempted += wait->kind == DELAY_PREEMPT;
	if (!sim_is_traced(sim, from) && !sim_is_traced(sim, to)) {
		wait->hidden++;
		sim->counts.hidden_moves++;
		return 0;
	}
	task->event_ns = sim->now_ns;
	task->event_cpu = by_cpu;
	sim_make(sim, by_cpu, EVENT_MOVE)->event.move = (struct move){
		.task = id,
		.by = sim_stay(sim, by_cpu)->task,
		.from = from,
		.to = to,
		.on_rq = 2,
		.flags = by_cpu == from ? MOVE_SEEN | MOVE_BY_STOPPER : MOVE_SEEN,
		.context = sim_stay(sim, by_cpu)->task == TASK_IDLE ? WAKER_IDLE : WAKER_TASK,
	};
	return 0;
}

int sim_lose(struct sim *sim, uint16_t cpu)
{
	if (!is_online(sim, cpu) || !sim_is_traced(sim, cpu))
		return -EINVAL;
	sim_stay(sim, cpu)->lost = true;
	return 0;
}

int sim_offline(struct sim *sim, uint16_t cpu)
{
	if (!is_online(sim, cpu) || sim_stay(sim, cpu)->task != TASK_IDLE || has_queue(sim, cpu) ||
	    is_awaited(sim, cpu))
		return -EINVAL;
	sim_end_stay(sim, cpu, 0, 0, TAIL_BEFORE);
	sim_begin_stay(sim, cpu, TASK_IDLE, sim_nothing_known);
	sim_stay(sim, cpu)->offline = true;
	sim->work->cpus[cpu].begin.flags = SLICE_GAP | SLICE_OFFLINE;
	sim->counts.offline++;
	return 0;
}

int sim_online(struct sim *sim, uint16_t cpu)
{
	if (cpu >= sim->options.cpus || is_online(sim, cpu))
		return -EINVAL;
	sim_end_stay(sim, cpu, 0, 0, TAIL_BEFORE);
	sim_begin_stay(sim, cpu, TASK_IDLE, sim_nothing_known);
	return 0;
}
