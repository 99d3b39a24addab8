/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What other tracers recorded of the scheduler, in one form: perf.data, `perf script`'s text and
 * trace-cmd's trace.dat all become this, in the order of time (import/foreign.h). It is what the
 * tracepoints say and no more; import/timeline.h makes our event stream of it.
 */
#ifndef INTERLOPER_SCHED_EVENT_H
#define INTERLOPER_SCHED_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "event/event.h"

#define TID_UNKNOWN INT32_MIN

enum sched_event_type {
	SCHED_SWITCH = 1,
	SCHED_WAKING,	  /* a wakeup was begun: no CPU is chosen yet */
	SCHED_WAKEUP,	  /* the wakee is on a queue; to.cpu is known */
	SCHED_WAKEUP_NEW, /* likewise, of a fork's child */
	SCHED_MIGRATE,	  /* a task was given another CPU, by a wakeup or by balancing */
	SCHED_FORK,
	SCHED_EXEC,
	SCHED_EXIT,
	SCHED_NAME, /* a task's name and process, from a record beside the tracepoints */
	SCHED_LOST, /* records that the recorder could not keep */
	SCHED_EVENT_TYPES
};

struct sched_event {
	uint64_t time_ns; /* the recording's clock */
	uint32_t cpu;	  /* where it fired */
	uint8_t type;	  /* enum sched_event_type */
	bool preempt;	  /* SWITCH: the text form's "R+" (the format's 0x100 bit); not in state */
	/* WAKING, WAKEUP, WAKEUP_NEW: the enum waker_context that it fired in. WAKER_TASK: outside of
	 * interrupts, of the idle task too; WAKER_UNKNOWN: not told */
	uint8_t context;
	/* The task that the CPU was running when it fired, as the sample says: TID_UNKNOWN where it
	 * does not. An idle task is 0. */
	int32_t current_tid, current_pid;
	/* SWITCH: who leaves. Others: the task that it is about. NAME: likewise; FORK: the child */
	int32_t tid, pid; /* pid: NAME, and FORK where known; else TID_UNKNOWN */
	/* Of that task, as the other's below: behind the zero byte that ends it there may be anything. */
	char comm[TASK_COMM_LEN];
	int32_t prio;	    /* the kernel's 0..139; -1: not told */
	uint32_t state;	    /* SWITCH: of who leaves, raw bits as the tracepoint tells them */
	uint32_t orig_cpu;  /* MIGRATE: from; WAKING, WAKEUP, WAKEUP_NEW: target_cpu; UINT32_MAX: not told */
	uint32_t dest_cpu;  /* MIGRATE: to */
	int32_t other_tid;  /* SWITCH: who comes. FORK: the parent. EXEC: the tid before */
	int32_t other_prio; /* SWITCH: of who comes */
	char other_comm[TASK_COMM_LEN]; /* SWITCH: of who comes. FORK: the parent's */
	uint64_t lost;	    /* LOST: how many records, of any kind; 0: not told (but some were) */
	uint64_t lost_since_ns; /* LOST: none was lost before; 0: not known */
};

/* Which kinds of events a recording was asked to have: 1 << type. What is not there is unknown, not none. */
#define SCHED_HAS(type) (1u << (type))

struct recording_facts {
	const char *what;     /* "perf.data by perf 6.1.192", "trace.dat", "perf script's text" */
	uint32_t has;	      /* SCHED_HAS(...) */
	uint32_t cpu_count;   /* CPUs that the machine may have; 0: not told */
	char *recorded_cpus;  /* a CPU list ("43"); NULL: all, or not told */
	bool all_cpus;	      /* the recording was of the whole machine (-a) */
	/* CLOCK_REALTIME - the recording's clock; known only where the file says it. */
	bool realtime_known;
	int64_t realtime_offset_ns;
	const char *clock;    /* "monotonic", "local" (perf's own, near sched_clock), ...; NULL: not told */
	char *hostname, *kernel_release, *machine, *command, *version; /* NULL: not told */
	uint64_t start_ns, end_ns; /* as the file's head says, 0: not told */
};

#define RECORDING_WHY_MAX 512 /* one line: what is wrong with a recording, and what to do */

#endif
