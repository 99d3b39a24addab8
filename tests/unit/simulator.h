/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A simulated machine for property tests: it makes an event stream, and beside it the truth about
 * every wait in it, so that an analysis can be held against it to the nanosecond, over many seeds.
 *
 * The truth is plain accounting: time passes in spans in which nothing happens; for every span it
 * is noted who had each CPU and who waited where, and at the end the spans are added up. Nothing of
 * it is taken from the events, and no rule of an analysis is used.
 *
 * What the truth calls unknown is what no reader of the stream can know: who had a CPU while a
 * slice ran there whose record was lost, while the CPU was not traced, or while it was offline.
 *
 * The stream is ordered by time_ns (of a slice: its end), ties by CPU, then by the order in which
 * things were done to that CPU. EVENT_TASK is always on CPU 0: so it comes before any other event
 * of that task even in the same nanosecond. Task ids are dense from 1, in the order of birth; tid
 * and pid are SIM_TID(id). All tasks of the trace's start are told at its start.
 *
 * It is used in two ways: sim_run() does random steps; or a test does its own with sim_new(), the
 * steps below, sim_end(). Without memory the program is aborted.
 */
#ifndef INTERLOPER_TEST_SIMULATOR_H
#define INTERLOPER_TEST_SIMULATOR_H

#include <stdbool.h>
#include <stdint.h>

#include "event/event.h"
#include "host/snapshot.h"

#define SIM_CPUS_MAX  16
#define SIM_TASKS_MAX 40
#define SIM_TID(id)   (1000 + (id))
#define SIM_LLC_CPUS  4 /* CPUs with one last-level cache */
#define SIM_NODE_CPUS 8 /* CPUs of one NUMA node */

struct sim_options {
	uint64_t seed;
	uint64_t start_ns; /* of the trace; 0: 1000 */
	uint32_t cpus;	   /* 1 .. SIM_CPUS_MAX */
	uint32_t tasks;	   /* of sim_run(): 1 .. SIM_TASKS_MAX, the unborn included */
	uint32_t steps;	   /* of sim_run() */
	uint32_t untraced; /* bits: CPUs whose slices and queues are not in the stream, as with -C */
	/*
	 * At the end, as a live session does it: first what happened until then, then open slices
	 * by CPU, then the waiting by task, then losses that no later record told of, as of the
	 * end. A wait since before the trace that goes on after it is then not told at all; without
	 * this it is told, as DELAY_UNKNOWN.
	 */
	bool live_tail;

	/* What sim_run() may do, beside waking, sleeping and switching: */
	bool masks;	   /* tasks bound to one CPU, or to some; else all may run everywhere */
	bool cut_start;	   /* tasks that run or wait already when the trace starts */
	bool preempts;	   /* with a pending signal or without */
	bool moves;
	bool woken_on_cpu; /* on the way off the CPU */
	bool births;
	bool exits;
	bool slow_exit;	   /* CPUs that idle, or begin to, with somebody queued */
	bool losses;
	bool offline;
	bool same_time;	   /* several things in the same nanosecond */
	/*
	 * Also such where the order by CPU contradicts the order in which they befell a task: a move
	 * in the stream before the slice that ended in the same nanosecond before it. The truth can
	 * then perhaps not be had from the stream.
	 */
	bool tangled;
};

/* A part of a wait: the time during which culprit had the CPU that the victim waited on. */
struct sim_part {
	uint32_t culprit; /* task id, TASK_IDLE, or TASK_UNKNOWN */
	uint16_t cpu;	  /* where it was in truth, also where the stream cannot tell it */
	uint64_t ns;	  /* > 0 */
};

/*
 * How much of a wait some CPU that the victim may use was idle, by the nearest one; the sum of all
 * but offline_ns is the wait. Its own CPU counts as allowed.
 */
struct sim_idle {
	uint64_t own_ns;     /* the CPU it waited on */
	uint64_t llc_ns;     /* another one of its last-level cache */
	uint64_t node_ns;
	uint64_t far_ns;     /* anywhere else */
	uint64_t unknown_ns; /* none is known to be idle, but of one it is not known what it did */
	uint64_t offline_ns; /* of that: these were all offline. Not unknown, but busy, to whom an
				offline CPU is not usable */
	uint64_t busy_ns;    /* all were known to be busy */
};

/* A wait that the stream tells, and since when: by a slice, or by an EVENT_WAITING. */
struct sim_wait {
	uint32_t event;	     /* its index in events[] */
	uint32_t victim;
	uint64_t since_ns, end_ns;
	uint8_t kind;	     /* DELAY_WAKE or DELAY_PREEMPT */
	bool cut;	     /* by the trace's end */
	uint32_t moves;	     /* while it waited */
	uint32_t hidden;     /* of these: not in the stream. If any, the stream cannot tell where the
				task was before, only that it was on CPUs that are not traced */
	uint32_t part_count;
	struct sim_part *parts; /* in no order; sum to end - since. One a CPU and culprit */
	struct sim_idle idle;
};

/* One CPU over the whole trace. Only waits that are in waits[] count. */
struct sim_cpu_truth {
	uint64_t busy_ns, idle_ns, offline_ns;
	uint64_t unknown_ns;	  /* lost slices; on a CPU that is not traced: everything */
	uint64_t with_waiters_ns; /* somebody waited here */
	uint64_t wasted_ns;	  /* of that: a CPU that one of these may use was known idle */
	uint64_t waiting_ns;	  /* sum of all waits here */
};

/* How often something happened; that a test met what it is about. */
struct sim_counts {
	uint32_t slices, switches, wakes, woken_on_cpu, births, exits;
	uint32_t preempts, nested_preempts; /* nested: of one who had preempted one who still waits */
	uint32_t moves, moves_of_preempted, hidden_moves;
	uint32_t cut_start, cut_end, cut_waits, unknown_waits;
	uint32_t zero_waits, one_ns_waits, zero_slices;
	uint32_t same_time; /* events with the time of the one before, start and end apart */
	uint32_t lost, offline, slow_exits;
};

struct sim {
	struct sim_options options;
	uint64_t start_ns, now_ns;
	uint64_t end_ns; /* 0 before sim_end() */
	uint32_t task_count;
	uint32_t allowed[SIM_TASKS_MAX + 1]; /* by task: bits of its CPUs */

	/* After sim_end(): */
	uint32_t count;
	struct event *events;
	uint32_t wait_count;
	struct sim_wait *waits; /* in the order of their events */
	struct sim_cpu_truth cpus[SIM_CPUS_MAX];

	struct sim_counts counts;
	struct sim_work *work;
};

/* Switches everything on but untraced CPUs, tangled and live_tail; CPUs and tasks by the seed. */
struct sim_options sim_options_full(uint64_t seed);

/* A whole trace of random steps. */
struct sim *sim_run(const struct sim_options *options);
void sim_free(struct sim *sim);

/* Time that culprit (a task, TASK_IDLE, TASK_UNKNOWN) took from victim in waits of a kind. */
uint64_t sim_blame_ns(const struct sim *sim, enum delay_kind kind, uint32_t victim,
		      uint32_t culprit);

/*
 * The machine and its tasks, the later born among them; nothing is isolated, all CPUs are online.
 * To be freed with host_snapshot_free().
 */
void sim_host(struct host_snapshot *host, const struct sim *sim);

/* A machine at the start of the trace, all CPUs idle since before. */
struct sim *sim_new(const struct sim_options *options);

/*
 * Tasks of before the trace, to be added before anything else happens: asleep, last on a CPU;
 * waiting there; or running there (one a CPU). Return the id. allowed: bits of CPUs.
 */
uint32_t sim_sleeper(struct sim *sim, uint32_t allowed, uint16_t cpu);
uint32_t sim_queued(struct sim *sim, uint32_t allowed, uint16_t cpu);
uint32_t sim_runner(struct sim *sim, uint32_t allowed, uint16_t cpu);

/* Nothing happens for a while. */
void sim_pass(struct sim *sim, uint64_t ns);

/*
 * The steps: 0, or -EINVAL for what cannot happen now (and nothing did). They take no time.
 *
 * sim_wake: of a sleeping task; or of a running one on its way off the CPU, that next must go to
 * sleep. context: in whose name waker_cpu works; WAKER_TASK and WAKER_IDLE only if it runs that.
 * sim_fork: a new task, woken. Returns the id.
 * The next four take the running task off a CPU, for next: one that is queued there, or TASK_IDLE.
 * sim_yield is a preemption that is none: the task left runnable on its own, by a pending signal.
 * sim_move: of a queued task; the move is made, and observed, on by_cpu.
 * sim_lose: the record of what is on the CPU now will be lost; not if the trace ends before it.
 * sim_offline: of a CPU that is idle with an empty queue.
 */
int sim_wake(struct sim *sim, uint32_t task, uint16_t chosen, uint16_t waker_cpu,
	     enum waker_context context);
int sim_fork(struct sim *sim, uint32_t allowed, uint16_t chosen, uint16_t waker_cpu);
int sim_dispatch(struct sim *sim, uint16_t cpu, uint32_t task); /* from idle */
int sim_preempt(struct sim *sim, uint16_t cpu, uint32_t next);
int sim_yield(struct sim *sim, uint16_t cpu, uint32_t next);
int sim_sleep(struct sim *sim, uint16_t cpu, uint32_t next);
int sim_exit(struct sim *sim, uint16_t cpu, uint32_t next);
int sim_move(struct sim *sim, uint32_t task, uint16_t to, uint16_t by_cpu);
int sim_lose(struct sim *sim, uint16_t cpu);
int sim_offline(struct sim *sim, uint16_t cpu);
int sim_online(struct sim *sim, uint16_t cpu);

/* The trace ends: what is open is told as cut, the stream is ordered, the truth added up. */
void sim_end(struct sim *sim);

#endif
