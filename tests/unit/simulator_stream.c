// SPDX-License-Identifier: GPL-2.0-only
/* What the simulated machine's CPUs write down, and in which order it is read: see simulator.h. */
#include "unit/simulator_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *sim_room(void *list, uint32_t count, uint32_t *room, size_t size)
{
	if (count == *room) {
		*room = count ? count * 2 : 64;
		list = realloc(list, *room * size);
		if (!list)
			abort();
	}
	memset((char *)list + count * size, 0, size);
	return list;
}

const struct slice sim_nothing_known = {
	.waker = TASK_UNKNOWN,
	.prev_cpu = CPU_UNKNOWN,
	.chosen_cpu = CPU_UNKNOWN,
	.waker_cpu = CPU_UNKNOWN,
	.recent_cpu = CPU_UNKNOWN,
	.prio = 120,
};

struct made *sim_make(struct sim *sim, uint16_t cpu, enum event_type type)
{
	struct made *made = list_add(&sim->work->made);

	made->order = sim->work->made.count;
	made->wait = NO_WAIT;
	made->event = (struct event){ .time_ns = sim->now_ns, .cpu = cpu, .type = type };
	return made;
}

void sim_make_identity(struct sim *sim, uint32_t task)
{
	struct task_identity *who = &sim_make(sim, 0, EVENT_TASK)->event.identity;

	who->task = task;
	who->tid = who->pid = SIM_TID(task);
	who->cpus_allowed = __builtin_popcount(sim->allowed[task]);
	snprintf(who->comm, sizeof(who->comm), "task-%u", task);
}

/* Tells what was lost on a CPU until now. */
static void make_losses(struct sim *sim, uint16_t cpu, enum tail_place place)
{
	struct sim_cpu *c = &sim->work->cpus[cpu];
	struct made *made;

	if (!c->lost.count)
		return;
	made = sim_make(sim, cpu, EVENT_LOST);
	made->event.lost = c->lost;
	if (place == TAIL_BEFORE || !sim->options.live_tail)
		made->event.time_ns = c->lost_last_ns;
	made->place = place;
	c->lost.count = 0;
}

static void lose(struct sim *sim, uint16_t cpu)
{
	struct sim_cpu *c = &sim->work->cpus[cpu];

	if (!c->lost.count++)
		c->lost.first_ns = sim->now_ns;
	c->lost.kind = LOST_SLICE;
	c->lost_last_ns = sim->now_ns;
	sim->counts.lost++;
}

void sim_begin_stay(struct sim *sim, uint16_t cpu, uint32_t task, struct slice begin)
{
	struct sim_cpu *c = &sim->work->cpus[cpu];

	c->stay = sim->work->stays.count;
	list_add(&sim->work->stays)->task = task;
	c->begin = begin;
	c->begin.task = task;
	c->begin.start_ns = sim->now_ns;
	if (task == TASK_IDLE)
		c->begin.kind = DELAY_NONE;
}

/* The slice on a CPU ends, with flags. place: at the trace's end. */
void sim_end_stay(struct sim *sim, uint16_t cpu, uint16_t flags, uint16_t out_state,
		  enum tail_place place)
{
	struct sim_cpu *c = &sim->work->cpus[cpu];
	struct sim_task *task = &sim->work->tasks[c->begin.task];
	struct made *made;

	if (c->begin.start_ns == sim->now_ns)
		sim->counts.zero_slices++;
	if (c->begin.task != TASK_IDLE) {
		task->event_ns = sim->now_ns;
		task->event_cpu = cpu;
	}
	if (!sim_is_traced(sim, cpu))
		return;
	if (sim_stay(sim, cpu)->lost) {
		lose(sim, cpu);
		return;
	}
	if (place == TAIL_BEFORE)
		make_losses(sim, cpu, place);
	made = sim_make(sim, cpu, EVENT_SLICE);
	made->event.slice = c->begin;
	made->event.slice.flags |= flags;
	made->event.slice.out_state = out_state;
	made->place = place;
	made->wait = c->begin.task != TASK_IDLE ? task->wait : NO_WAIT;
	sim->counts.slices++;
	sim->counts.cut_start += !!(c->begin.flags & SLICE_CUT_START);
	sim->counts.cut_end += !!(flags & SLICE_CUT_END);
}

void sim_count_wait(struct sim *sim, const struct raw_wait *wait)
{
	uint64_t ns = wait->truth.end_ns - wait->truth.since_ns;

	if (!wait->known)
		sim->counts.unknown_waits++;
	else if (ns < 2)
		*(ns ? &sim->counts.one_ns_waits : &sim->counts.zero_waits) += 1;
}

static void end_wait(struct sim *sim, uint32_t id)
{
	const struct sim_task *task = &sim->work->tasks[id];
	struct raw_wait *wait = &sim->work->waits.at[task->wait];
	struct made *made;

	wait->truth.end_ns = sim->now_ns;
	sim_count_wait(sim, wait);
	if (!sim_is_traced(sim, task->cpu) || (sim->options.live_tail && !wait->known))
		return;
	wait->truth.cut = true;
	made = sim_make(sim, task->cpu, EVENT_WAITING);
	made->event.slice = task->next;
	made->event.slice.task = id;
	made->event.slice.start_ns = sim->now_ns;
	made->event.slice.prev_out_ns = task->prev_out_ns;
	made->event.slice.flags |= SLICE_CUT_END;
	made->wait = task->wait;
	made->place = TAIL_WAIT;
	sim->counts.cut_waits++;
}

/* As the stream is: by time, CPU, and order of making; in a live tail by kind before CPU. */
static int compare_made(const void *a_, const void *b_)
{
	const struct made *a = a_, *b = b_;

	if (a->event.time_ns != b->event.time_ns)
		return a->event.time_ns < b->event.time_ns ? -1 : 1;
	if (a->place != b->place)
		return a->place < b->place ? -1 : 1;
	if (a->place != TAIL_WAIT && a->event.cpu != b->event.cpu)
		return a->event.cpu < b->event.cpu ? -1 : 1;
	return a->order < b->order ? -1 : 1;
}

static void order_events(struct sim *sim)
{
	struct made *made = sim->work->made.at;

	sim->count = sim->work->made.count;
	sim->events = calloc(sim->count ? sim->count : 1, sizeof(*sim->events));
	if (!sim->events)
		abort();
	for (uint32_t i = 0; i < sim->count && !sim->options.live_tail; i++)
		made[i].place = TAIL_BEFORE;
	qsort(made, sim->count, sizeof(*made), compare_made);
	for (uint32_t i = 0; i < sim->count; i++) {
		sim->events[i] = made[i].event;
		sim->counts.same_time += i && made[i].event.time_ns == made[i - 1].event.time_ns &&
					 made[i].event.time_ns > sim->start_ns &&
					 made[i].event.time_ns < sim->end_ns;
	}
}

void sim_end(struct sim *sim)
{
	sim->end_ns = sim->now_ns;
	for (uint16_t cpu = 0; cpu < sim->options.cpus; cpu++) {
		/* What is open at the end is told from the CPU's notes, not from the ring. */
		sim_stay(sim, cpu)->lost = false;
		sim_end_stay(sim, cpu, SLICE_CUT_END, 0, TAIL_SLICE);
	}
	for (uint32_t id = 1; id <= sim->task_count; id++)
		if (sim->work->tasks[id].state == SIM_QUEUED)
			end_wait(sim, id);
	for (uint16_t cpu = 0; cpu < sim->options.cpus; cpu++)
		make_losses(sim, cpu, TAIL_LOSS);
	order_events(sim);
	sim_account(sim);
}
