// SPDX-License-Identifier: GPL-2.0-only
/* What each recorded event says of tasks and CPUs, and the slices that it ends: see timeline.h. */
#include "import/timeline_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct timeline *timeline_new(const struct recording_facts *facts, struct event_sink *sink)
{
	struct timeline *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->facts = facts;
	t->sink = sink;
	t->next_id = 1;
	t->batch.sorted = true;
	return t;
}

void timeline_free(struct timeline *t)
{
	if (!t)
		return;
	timeline_tasks_free(t);
	free(t->cpus);
	free(t->batch.events);
	free(t);
}

const struct timeline_counts *timeline_counts(const struct timeline *t)
{
	return &t->counts;
}

/* A CPU that an event names; CPU_UNKNOWN where it names none. */
uint16_t timeline_named_cpu(struct timeline *t, uint32_t cpu)
{
	if (cpu >= TIMELINE_CPU_MAX)
		return CPU_UNKNOWN;
	if (cpu >= t->cpu_count)
		t->cpu_count = cpu + 1;
	return cpu;
}

static struct timeline_cpu *cpu_make(struct timeline *t, uint16_t number)
{
	uint32_t room = t->cpu_room ? t->cpu_room : 16;
	struct timeline_cpu *cpus;

	while (room <= number)
		room *= 2;
	cpus = realloc(t->cpus, room * sizeof(*cpus));
	if (!cpus)
		return NULL;
	memset(cpus + t->cpu_room, 0, (room - t->cpu_room) * sizeof(*cpus));
	for (uint32_t i = t->cpu_room; i < room; i++)
		cpus[i].tid = TID_UNKNOWN;
	t->cpus = cpus;
	t->cpu_room = room;
	return &cpus[number];
}

static inline struct timeline_cpu *cpu_get(struct timeline *t, uint16_t number)
{
	return number < t->cpu_room ? &t->cpus[number] : cpu_make(t, number);
}

static int on_name(struct timeline *t, const struct sched_event *e)
{
	struct timeline_task *task;

	if (!tid_is_good(e->tid))
		return 0;
	task = timeline_task_get(t, e->tid);
	return task ? timeline_task_identify(t, task, e->comm, e->pid) : -ENOMEM;
}

/* Where no CPU is told all are meant; it stands on CPU 0 then, as an event must be somewhere. */
static int on_lost(struct timeline *t, const struct sched_event *e)
{
	uint16_t number = timeline_named_cpu(t, e->cpu);
	struct timeline_cpu *cpu = cpu_get(t, number == CPU_UNKNOWN ? 0 : number);
	struct event lost = { .time_ns = t->now_ns, .type = EVENT_LOST };

	if (!cpu)
		return -ENOMEM;
	t->losses++;
	*(number == CPU_UNKNOWN ? &t->losses_everywhere : &cpu->losses) += 1;
	lost.cpu = number == CPU_UNKNOWN ? 0 : number;
	lost.lost = (struct lost){ .first_ns = e->lost_since_ns,
				   .count = e->lost ? e->lost : 1,
				   .kind = LOST_SLICE };
	if (lost.lost.first_ns > t->now_ns)
		lost.lost.first_ns = t->now_ns;
	cpu->lost += lost.lost.count;
	return timeline_emit(t, &lost);
}

/* Times never run backwards; the first one may begin before it, where the file says so. */
static void take_time(struct timeline *t, uint64_t time_ns)
{
	if (!t->started) {
		t->started = true;
		t->now_ns = t->start_ns = time_ns;
		if (t->facts->start_ns && t->facts->start_ns < time_ns)
			t->start_ns = t->facts->start_ns;
	}
	if (time_ns < t->now_ns)
		t->counts.late++;
	else
		t->now_ns = time_ns;
}

static int (*const handlers[SCHED_EVENT_TYPES])(struct timeline *, struct timeline_cpu *,
						const struct sched_event *) = {
	[SCHED_SWITCH] = timeline_on_switch,   [SCHED_WAKING] = timeline_on_waking,
	[SCHED_WAKEUP] = timeline_on_wakeup,   [SCHED_WAKEUP_NEW] = timeline_on_wakeup_new,
	[SCHED_MIGRATE] = timeline_on_migrate, [SCHED_FORK] = timeline_on_fork,
	[SCHED_EXEC] = timeline_on_exec,       [SCHED_EXIT] = timeline_on_exit,
};

static int damaged(struct timeline *t)
{
	t->counts.damaged++;
	return 0;
}

/* What is told beside the tracepoints. Names of all that live come at once, with times of their
 * own. */
static int add_beside(struct timeline *t, const struct sched_event *e)
{
	if (e->type == SCHED_NAME)
		return on_name(t, e);
	if (e->type != SCHED_LOST)
		return damaged(t);
	take_time(t, e->time_ns);
	return on_lost(t, e);
}

int timeline_add(struct timeline *t, const struct sched_event *e)
{
	struct timeline_cpu *here;

	t->counts.events++;
	if (e->type >= SCHED_EVENT_TYPES)
		return damaged(t);
	t->seen |= SCHED_HAS(e->type);
	if (!handlers[e->type])
		return add_beside(t, e);
	if (e->cpu >= TIMELINE_CPU_MAX || (e->type != SCHED_SWITCH && !tid_is_good(e->tid)))
		return damaged(t);
	take_time(t, e->time_ns);
	here = cpu_get(t, timeline_named_cpu(t, e->cpu));
	return here ? handlers[e->type](t, here, e) : -ENOMEM;
}
