/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the simulator share: the machine's state, and what is written down of it. */
#ifndef INTERLOPER_TEST_SIMULATOR_INTERNAL_H
#define INTERLOPER_TEST_SIMULATOR_INTERNAL_H

#include "unit/simulator.h"

#define NO_WAIT UINT32_MAX

enum sim_state { SIM_UNBORN, SIM_ASLEEP, SIM_QUEUED, SIM_RUNNING, SIM_GONE };

struct sim_task {
	enum sim_state state;
	uint16_t cpu;		/* where it runs or waits, or ran last */
	bool going;		/* it runs, and was woken on its way off */
	uint64_t prev_out_ns;
	struct slice next;	/* notes for its next slice */
	uint32_t wait;		/* in work->waits; NO_WAIT: none */
	uint32_t preempted_by;	/* the stay that took its CPU; 0: none */
	uint64_t event_ns;	/* of its last slice or move, and where that is in the stream */
	uint16_t event_cpu;
};

struct sim_cpu {
	uint32_t stay;	    /* what is on it now, in work->stays */
	struct slice begin; /* notes of that */
	struct lost lost;   /* not told yet; count 0: none */
	uint64_t lost_last_ns;
};

/* One slice, as the accounting sees it. Index 0 is not used. */
struct stay {
	uint32_t task;
	bool lost, offline;
};

/* Time in which nothing happened: what each CPU had, and who waited where. */
struct span {
	uint64_t ns;
	uint32_t stays[SIM_CPUS_MAX];
	uint32_t first_waiter, waiter_count; /* in work->waiters */
};

struct waiter {
	uint32_t wait;
	uint16_t cpu;
};

/* A wait before it is known whether it will be told. */
struct raw_wait {
	struct sim_wait truth;
	bool known; /* since when */
	bool told;
};

/* At the end of a live trace. */
enum tail_place { TAIL_BEFORE, TAIL_SLICE, TAIL_WAIT, TAIL_LOSS };

struct made {
	struct event event;
	uint32_t order; /* of making */
	uint32_t wait;	/* that it tells, or NO_WAIT */
	enum tail_place place;
};

#define LIST(type)                                                                                 \
	struct {                                                                                   \
		type *at;                                                                          \
		uint32_t count, room;                                                              \
	}

struct sim_work {
	uint64_t random;
	struct sim_task tasks[SIM_TASKS_MAX + 1];
	struct sim_cpu cpus[SIM_CPUS_MAX];
	LIST(struct stay) stays;
	LIST(struct span) spans;
	LIST(struct waiter) waiters;
	LIST(struct raw_wait) waits;
	LIST(struct made) made;
	uint64_t *blame_ns[2]; /* wake, preempt; by victim and culprit, the last is unknown */
};

/* A new, zeroed entry at a list's end. */
#define list_add(list)                                                                             \
	((list)->at = sim_room((list)->at, (list)->count, &(list)->room, sizeof(*(list)->at)),     \
	 &(list)->at[(list)->count++])

void *sim_room(void *list, uint32_t count, uint32_t *room, size_t size);

static inline bool sim_is_traced(const struct sim *sim, uint16_t cpu)
{
	return !(sim->options.untraced >> cpu & 1);
}

static inline bool sim_may_use(const struct sim *sim, uint32_t task, uint16_t cpu)
{
	return cpu < sim->options.cpus && sim->allowed[task] >> cpu & 1;
}

static inline struct stay *sim_stay(const struct sim *sim, uint16_t cpu)
{
	return &sim->work->stays.at[sim->work->cpus[cpu].stay];
}

extern const struct slice sim_nothing_known;

/* A new event of now. */
struct made *sim_make(struct sim *sim, uint16_t cpu, enum event_type type);
void sim_make_identity(struct sim *sim, uint32_t task);

/* A CPU's slice begins; it ends, with flags, and is told or lost. place: at the trace's end. */
void sim_begin_stay(struct sim *sim, uint16_t cpu, uint32_t task, struct slice begin);
void sim_end_stay(struct sim *sim, uint16_t cpu, uint16_t flags, uint16_t out_state,
		  enum tail_place place);

void sim_count_wait(struct sim *sim, const struct raw_wait *wait);

/* From spans to waits[], cpus[] and the blame of a trace whose events are in order. */
void sim_account(struct sim *sim);

#endif
