/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the timeline share: what is known of each task and CPU at this moment. */
#ifndef INTERLOPER_TIMELINE_INTERNAL_H
#define INTERLOPER_TIMELINE_INTERNAL_H

#include <string.h>

#include "import/timeline.h"

enum task_stay {
	STAY_UNKNOWN,
	STAY_RUNS,
	STAY_WAITS,
	STAY_SLEEPS, /* seen to go, and not woken since, but perhaps on its way (in_flight) */
};

struct timeline_task {
	int32_t tid;
	uint32_t id;	   /* in our stream; 0: not told yet */
	int32_t pid, ppid; /* 0: not known */
	char comm[TASK_COMM_LEN];

	uint64_t out_ns;    /* its last switch-out; 0: not known */
	uint64_t waking_ns; /* the wakeup that it was not run for yet; 0: none known */
	uint32_t losses;    /* that were told when what is here was found out, of all CPUs ... */
	uint32_t epoch;	    /* ... and of its own */
	uint32_t waker;
	uint32_t waker_switches; /* of the waker's CPU, at the waking */
	uint16_t cpu;	    /* where it runs, waits or slept in; CPU_UNKNOWN */
	uint16_t waker_cpu, prev_cpu, chosen_cpu;
	uint16_t spare_wakes;
	uint8_t moves;
	uint8_t stay;	  /* enum task_stay */
	uint8_t context;  /* enum waker_context */
	bool left_queued; /* at its last switch-out */
	bool choosing;	  /* its CPU may still be chosen; without wakings: was, by a move */
	bool awake;	  /* the wakeup is complete: its event was seen */
	bool in_flight;	  /* woken before it had left its CPU, or its queue */
	bool on_cpu;	  /* likewise, and it was its CPU */
	bool born;	  /* by a fork or its first wakeup, and did not run yet */
	bool is_new;	  /* its first wakeup was seen */
	bool exiting;
};

struct timeline_cpu {
	struct slice begin;	    /* how the slice began that is on it */
	struct timeline_task *task; /* who is on it; NULL: the idle task, or nobody known */
	int32_t tid;		    /* likewise; 0: idle; TID_UNKNOWN */
	bool seen;		    /* it had a switch */
	uint32_t epoch;		    /* of its losses, at its last switch */
	uint32_t switches, losses;
	uint64_t idle_ns; /* when it last began to idle */
	uint64_t slices, lost;
};

/* States by tid: an open hash, without tombstones. */
struct task_slot {
	int32_t tid;
	struct timeline_task *task; /* NULL: free */
};

/* Events that are held back: those of the last nanosecond are yet to be ordered by CPU. */
struct timeline_batch {
	struct event *events;
	int count, room;
	int tick; /* where that nanosecond begins */
	bool sorted;
};

struct timeline {
	const struct recording_facts *facts;
	struct event_sink *sink;
	struct task_slot *slots; /* slot_count, a power of two */
	uint32_t slot_count, task_count;
	uint32_t next_id;
	uint32_t nobody; /* the id of whoever could not be named; 0: not needed yet */
	struct timeline_cpu *cpus;
	uint32_t cpu_room;
	uint32_t cpu_count; /* one more than the highest that was named */
	uint32_t losses, losses_everywhere;
	uint32_t seen; /* SCHED_HAS(): what came until now */
	bool contexts_told; /* of one wakeup at least */
	bool started;
	bool ending; /* a tick may be as long as it takes */
	uint64_t start_ns, now_ns;
	struct timeline_batch batch;
	struct timeline_counts counts;
};

static inline bool timeline_has(const struct timeline *t, enum sched_event_type type)
{
	return (t->facts->has | t->seen) & SCHED_HAS(type);
}

static inline bool tid_is_good(int32_t tid)
{
	return tid > 0 && tid < TIMELINE_TID_MAX;
}

/* How often a CPU lost something; of no CPU that is known, how often any did. */
static inline uint32_t timeline_epoch(const struct timeline *t, uint16_t cpu)
{
	if (cpu == CPU_UNKNOWN)
		return t->losses;
	return t->losses_everywhere + (cpu < t->cpu_room ? t->cpus[cpu].losses : 0);
}

/* The same of the CPU that an event fired on. */
static inline uint32_t timeline_epoch_here(const struct timeline *t, const struct timeline_cpu *here)
{
	return t->losses_everywhere + here->losses;
}

/* Adds an event of now to the stream: *e is to be filled in behind its type. 0, -ENOMEM, or the sink's
 * error. */
int timeline_next(struct timeline *t, uint16_t cpu, uint8_t type, struct event **e);
/* Likewise one that is made already. */
int timeline_emit(struct timeline *t, const struct event *e);
/* Hands out what is held back. */
int timeline_flush(struct timeline *t);

extern const struct slice timeline_nothing_known;

/* The state of a tid; NULL: none. */
struct timeline_task *timeline_task_find(const struct timeline *t, int32_t tid);
/* Made if there is none; NULL without memory. Only for a good tid. */
struct timeline_task *timeline_task_get(struct timeline *t, int32_t tid);
/* A new task's, whoever had the tid before. A fork and the first wakeup are the same birth. */
struct timeline_task *timeline_task_born(struct timeline *t, int32_t tid);
/* Drops a state; a CPU that it ran on does not know any more who is there. */
void timeline_task_drop(struct timeline *t, struct timeline_task *task);
/* Gives a state another tid, one that has none. */
int timeline_task_rename(struct timeline *t, struct timeline_task *task, int32_t tid);
/* Takes a task's name and pid, and tells a change. */
int timeline_task_describe(struct timeline *t, struct timeline_task *task, const char *comm,
			    int32_t pid);
/* The same where they are told (comm not empty, pid > 0) and are others than were known: few are. */
static inline int timeline_task_identify(struct timeline *t, struct timeline_task *task,
					 const char *comm, int32_t pid)
{
	if ((!comm[0] || !memcmp(task->comm, comm, TASK_COMM_LEN)) && (pid <= 0 || task->pid == pid))
		return 0;
	return timeline_task_describe(t, task, comm, pid);
}
/* Gives it an id, if it has none, and tells who it is. */
int timeline_task_announce(struct timeline *t, struct timeline_task *task);
void timeline_tasks_free(struct timeline *t);

/*
 * How a task's next slice begins, if it begins now on a CPU (of kind DELAY_UNKNOWN, where what is
 * known does not hold). Changes nothing.
 */
void timeline_settle(const struct timeline *t, const struct timeline_task *task, uint16_t cpu,
		     struct slice *begin);
/* Whether it was left on another CPU than this, though it could not go without a word. */
bool timeline_is_elsewhere(const struct timeline *t, const struct timeline_task *task,
			   uint16_t cpu);

void timeline_drop_waking(struct timeline_task *task);
/* Something of it was missed: what was known of it does not hold any more. */
void timeline_forget(struct timeline *t, struct timeline_task *task);
/* Where it is from now on; what was known of it must hold. */
void timeline_place(struct timeline *t, struct timeline_task *task, uint16_t cpu);
/* The same where an event fired. */
static inline void timeline_place_here(const struct timeline *t, struct timeline_task *task,
				       const struct timeline_cpu *here, const struct sched_event *e)
{
	task->cpu = e->cpu;
	task->losses = t->losses;
	task->epoch = timeline_epoch_here(t, here);
}
/* Whether nothing was lost since, anywhere: who waits or sleeps may have been there meanwhile. */
static inline bool timeline_holds(const struct timeline *t, const struct timeline_task *task)
{
	return task->losses == t->losses;
}

/* A CPU that an event names; CPU_UNKNOWN where it names none. */
uint16_t timeline_named_cpu(struct timeline *t, uint32_t cpu);
/* The id of who is current as an event fires, as its sample says, else the CPU. 0 or an error. */
int timeline_current_id(struct timeline *t, const struct sched_event *e,
			const struct timeline_cpu *here, uint32_t *id);

/* What an event says; here is the CPU that it fired on. */
int timeline_on_switch(struct timeline *t, struct timeline_cpu *here, const struct sched_event *e);
int timeline_on_waking(struct timeline *t, struct timeline_cpu *here, const struct sched_event *e);
int timeline_on_wakeup(struct timeline *t, struct timeline_cpu *here, const struct sched_event *e);
int timeline_on_wakeup_new(struct timeline *t, struct timeline_cpu *here,
			   const struct sched_event *e);
int timeline_on_migrate(struct timeline *t, struct timeline_cpu *here, const struct sched_event *e);
int timeline_on_fork(struct timeline *t, struct timeline_cpu *here, const struct sched_event *e);
int timeline_on_exec(struct timeline *t, struct timeline_cpu *here, const struct sched_event *e);
int timeline_on_exit(struct timeline *t, struct timeline_cpu *here, const struct sched_event *e);

/* "perf.data by perf 6.1: switches, wakings; not known: ..."; NULL without memory. */
char *timeline_rests_on(const struct timeline *t);

#endif
