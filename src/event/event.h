/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one event stream. Live capture, trace files and imported recordings all become this; every
 * analysis reads nothing else (and, for a task's name, the task table that the stream feeds).
 *
 * Definitions the numbers rest on:
 *   slice           one stay of one task on one CPU, from switch-in to switch-out
 *   run             a slice's length
 *   off             from a task's previous switch-out to its switch-in
 *   runnable since  at a wakeup: the later of the waking and the task's own switch-out (a task can
 *                   be woken while it is still on its way off a CPU); at a preemption: the
 *                   switch-out; for a new task: its first wakeup
 *   delay           switch-in minus runnable-since; a wake delay or a preempt delay, never mixed
 *   gap             a slice whose start was not observed
 *   censored        a duration cut by the trace's edge
 *
 * All times are CLOCK_MONOTONIC nanoseconds. A time of 0 means "not known". Events are ordered by
 * time_ns, ties by CPU, then by the order in which that CPU made them.
 */
#ifndef INTERLOPER_EVENT_H
#define INTERLOPER_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#define CPU_UNKNOWN  UINT16_MAX
#define TASK_IDLE    0u		/* every CPU's idle task (swapper) */
#define TASK_UNKNOWN UINT32_MAX /* a waker that could not be named */

#define TASK_COMM_LEN 16

enum event_type {
	EVENT_SLICE = 1, /* a slice ended (or was cut by the trace's end) */
	EVENT_TASK,	 /* a task was met for the first time, or changed its name or tid */
	EVENT_MOVE,	 /* a queued task was moved to another CPU by something else than its wakeup */
	EVENT_WAITING,	 /* a task was still waiting to run when the trace ended: a censored delay */
	EVENT_LOST,	 /* events the kernel side could not deliver */
	EVENT_CHOICE,	 /* what the scheduler's own functions did on the way to a choice of CPU */
};

/* How a slice began: what made the task runnable. */
enum delay_kind {
	DELAY_UNKNOWN, /* not observed: runnable since before the trace, or behind a gap or loss */
	DELAY_NONE,    /* the idle task: it never waits */
	DELAY_WAKE,    /* it slept, and was woken (or it is new) */
	DELAY_PREEMPT, /* it left its previous slice still runnable */
};

/* In whose name the CPU was working when it issued a wakeup. */
enum waker_context {
	WAKER_UNKNOWN,
	WAKER_TASK,
	WAKER_SOFTIRQ,
	WAKER_HARDIRQ,
	WAKER_NMI,
	WAKER_IDLE,	 /* the idle task itself, outside interrupts */
	WAKER_INTERRUPT, /* hardirq or softirq: this kernel does not let us tell them apart */
};

enum slice_flags {
	SLICE_GAP = 1 << 0,	    /* its start was missed; start_ns is a bound, not a fact */
	SLICE_CUT_START = 1 << 1,   /* it began before the trace: censored */
	SLICE_CUT_END = 1 << 2,	    /* it went on after the trace: censored */
	SLICE_INVOLUNTARY = 1 << 3, /* it ended by preemption (prev_state running, or preempt) */
	SLICE_LEFT_QUEUED = 1 << 4, /* the task stayed runnable when it ended: the next delay is a
				       preempt delay. Without INVOLUNTARY: a pending signal */
	SLICE_EXIT = 1 << 5,	    /* the task's last slice */
	SLICE_NEW = 1 << 6,	    /* the task's first slice since its fork */
	SLICE_REQUEUED = 1 << 7,    /* woken by re-enqueueing where it was (delayed dequeue,
				       kernel >= 6.12): no CPU was chosen */
	SLICE_WOKEN_ON_CPU = 1 << 8, /* woken while still on its CPU, on its way off */
	SLICE_OFFLINE = 1 << 9,	     /* with GAP, of the idle task: the CPU was offline */
	SLICE_MOVABLE = 1 << 10,     /* on an isolated CPU, of a task that may run on one that is not:
					a trespass. On another CPU of a trace with target CPUs: of a
					task that may run on another. As of switch-in */
};

/*
 * What the kernel side saw when the wakeup was issued, and when it moved its wakee to another CPU.
 * Two bits tell of a CPU whether it was idle: a CPU_IS_..., 0 where it was not looked at.
 */
enum placement_facts {
	PLACED_SEEN = 1 << 0,	     /* these facts were recorded at all */
	PLACED_PINNED = 1 << 1,	     /* the wakee had one CPU to go to, or its migration disabled */
	PLACED_PREV_FORBIDDEN = 1 << 2, /* its mask had not its previous CPU any more */
	PLACED_OTHER_CLASS = 1 << 3, /* real-time, deadline, idle class: not the fair class */
	PLACED_WAKER_PER_CPU = 1 << 4, /* the waker is a kernel thread bound to its CPU, in its own
					  name (WAKER_TASK) */
	PLACED_IDLE_CORES = 1 << 5,  /* the LLC domain's hint that it has an idle core was set ... */
	PLACED_NO_IDLE_CORES = 1 << 6, /* ... or clear; neither: not looked at */
	PLACED_WAKER_ALONE = 1 << 7, /* nothing but the waker was queued on its CPU */
	PLACED_PREV_SHIFT = 8,	     /* the previous CPU */
	PLACED_WAKER_SHIFT = 10,     /* the waker's CPU */
	PLACED_RECENT_SHIFT = 12,    /* the CPU used before the previous one; only if it was chosen */
	PLACED_CORE_SHIFT = 14,	     /* the SMT siblings of the chosen CPU, all of them; only if it
					is neither the previous nor the waker's */
};

enum cpu_is { CPU_IS_UNKNOWN, CPU_IS_BUSY, CPU_IS_IDLE };

static inline enum cpu_is placement_cpu_is(uint16_t facts, unsigned int shift)
{
	return (enum cpu_is)(facts >> shift & 3);
}

struct slice {
	uint64_t start_ns;    /* switch-in; a CUT_START slice starts at the trace's start */
	uint64_t waking_ns;   /* the wakeup that led here; 0: none, or not observed */
	uint64_t prev_out_ns; /* the task's previous switch-out; 0: not observed */
	uint32_t task;	      /* id in the task table */
	uint32_t waker;	      /* likewise; TASK_UNKNOWN: none, or not observed */
	uint16_t prev_cpu;    /* where the task was when woken; CPU_UNKNOWN as below */
	uint16_t chosen_cpu;  /* where the wakeup put it; CPU_UNKNOWN: no wakeup led here */
	uint16_t waker_cpu;   /* where the wakeup was issued */
	uint16_t recent_cpu;  /* the wakee's recent_used_cpu at the waking; CPU_UNKNOWN as above */
	uint16_t placed;      /* enum placement_facts; 0: not recorded */
	uint16_t flags;	      /* enum slice_flags */
	uint16_t out_state;   /* raw task state at switch-out, masked to 16 bits (0: running) */
	uint8_t kind;	      /* enum delay_kind */
	uint8_t context;      /* enum waker_context */
	uint8_t prio;	      /* kernel prio 0..139 (120 = nice 0, < 100 real-time) at switch-out */
	uint8_t moves;	      /* times it was moved while it waited for this slice (saturates) */
	uint16_t spare_wakes; /* wakeups since its previous slice began that found it running
				 or queued already (class "running"; saturates) */
};

struct task_identity {
	uint32_t task;	   /* its id: unique in a trace, dense from 1, never reused */
	uint32_t tid, pid; /* thread id, process id (the kernel's pid, tgid), root namespace;
			      pid 0 but for the idle task: not known */
	uint32_t ppid;	   /* the parent's pid; 0: unknown or none */
	uint32_t flags;	   /* PF_* of the kernel */
	char comm[TASK_COMM_LEN];
	uint32_t cpus_allowed; /* how many CPUs its mask has (nr_cpus_allowed) */
};

enum move_flags {
	MOVE_BY_STOPPER = 1 << 0,     /* by the stopper thread of the CPU it leaves: somebody asked
					 for it; else another CPU pulled it */
	MOVE_FROM_FORBIDDEN = 1 << 1, /* its mask has not the CPU any more that it leaves */
	MOVE_NUMA = 1 << 2,	      /* NUMA balancing asked for it (sched_move_numa) */
	MOVE_NUMA_SWAP = 1 << 3,      /* likewise, in exchange for another task (sched_swap_numa) */
	MOVE_EXEC = 1 << 4,	      /* the task is in execve(), which balances */
	MOVE_SEEN = 1 << 5,	      /* these were recorded at all */
	MOVE_HOTPLUG = 1 << 6,	      /* the CPU that it leaves is going offline */
};

struct move {
	uint32_t task;
	uint32_t by;	/* the task that was current where the move was made */
	uint16_t from, to;
	uint8_t on_rq;	/* the kernel's p->on_rq: 1 queued, 2 migrating */
	bool asleep;	/* a delayed-dequeue task (>= 6.12), moved while it sleeps */
	uint8_t flags;	/* enum move_flags */
	uint8_t context; /* enum waker_context, of the CPU that made the move */
};

/* Whose doing a move was, by its flags; what was asked for in so many words goes first. */
enum mover {
	MOVER_UNKNOWN,	 /* not recorded */
	MOVER_NUMA_SWAP, /* NUMA balancing, in exchange for another task */
	MOVER_NUMA,	 /* NUMA balancing */
	MOVER_EXEC,	 /* the balance at execve() */
	MOVER_HOTPLUG,	 /* its CPU goes offline */
	MOVER_AFFINITY,	 /* it had to leave: its mask lost the CPU */
	MOVER_STOPPER,	 /* the stopper, for somebody who asked: active balance, an affinity call */
	MOVER_PULL,	 /* another CPU pulled it: load balance */
	MOVERS
};

static inline enum mover move_mover(const struct move *move)
{
	if (!(move->flags & MOVE_SEEN))
		return MOVER_UNKNOWN;
	if (move->flags & MOVE_NUMA_SWAP)
		return MOVER_NUMA_SWAP;
	if (move->flags & MOVE_NUMA)
		return MOVER_NUMA;
	if (move->flags & MOVE_EXEC)
		return MOVER_EXEC;
	if (move->flags & MOVE_HOTPLUG)
		return MOVER_HOTPLUG;
	if (move->flags & MOVE_FROM_FORBIDDEN)
		return MOVER_AFFINITY;
	return move->flags & MOVE_BY_STOPPER ? MOVER_STOPPER : MOVER_PULL;
}

#define CHOICE_TRAIL_MAX 16
#define CHOICE_NO_TRAIL	 UINT8_MAX /* this kernel does not let the looks be seen */
#define CHOICE_IDLE	 0x8000u   /* in the trail: the CPU was found idle */

/*
 * One run of select_task_rq_fair() or select_fallback_rq(), from a hook on it. It belongs to the
 * wakeup, fork or exec of the task that is next in the stream. cpu is where it ran: the waker's.
 */
struct choice {
	uint32_t task;
	uint16_t prev_cpu;   /* as the kernel passed it */
	uint16_t chosen_cpu; /* what the function returned */
	uint16_t wake_flags; /* WF_*, raw */
	bool fallback;	     /* select_fallback_rq(): it overrides the choice before */
	uint8_t looks;	     /* length of the trail; may count past CHOICE_TRAIL_MAX */
	uint16_t trail[CHOICE_TRAIL_MAX]; /* the first CPUs that were looked at, in order */
};

/* How many entries the trail has; 0 also where it is not known. */
static inline unsigned int choice_trail_length(const struct choice *c)
{
	if (c->looks == CHOICE_NO_TRAIL)
		return 0;
	return c->looks < CHOICE_TRAIL_MAX ? c->looks : CHOICE_TRAIL_MAX;
}

enum lost_kind { LOST_SLICE, LOST_TASK, LOST_MOVE, LOST_CHOICE, LOST_KINDS };

struct lost {
	uint64_t first_ns; /* the first of these losses; time_ns is the last */
	uint64_t count;
	uint8_t kind; /* enum lost_kind */
};

struct event {
	uint64_t time_ns; /* slice: its end. Others: when it happened */
	uint16_t cpu;	  /* where the slice ran; where the others were observed */
	uint8_t type;	  /* enum event_type */
	union {
		struct slice slice; /* EVENT_SLICE; EVENT_WAITING: start_ns == time_ns, cpu is
				       the queue it waits on */
		struct task_identity identity;
		struct move move;
		struct lost lost;
		struct choice choice;
	};
};

static inline uint64_t slice_run_ns(const struct event *e)
{
	return e->time_ns > e->slice.start_ns ? e->time_ns - e->slice.start_ns : 0;
}

/* When the task became runnable before this slice; 0 where that was not observed. */
static inline uint64_t slice_runnable_since(const struct slice *s)
{
	switch (s->kind) {
	case DELAY_WAKE:
		if (!s->waking_ns)
			return 0;
		return s->waking_ns > s->prev_out_ns ? s->waking_ns : s->prev_out_ns;
	case DELAY_PREEMPT:
		return s->prev_out_ns;
	default:
		return 0;
	}
}

/* Stores the delay before this slice; false where it is not known (and for the idle task). */
static inline bool slice_delay_ns(const struct slice *s, uint64_t *delay_ns)
{
	uint64_t since = slice_runnable_since(s);

	if (!since || since > s->start_ns || s->flags & (SLICE_GAP | SLICE_CUT_START))
		return false;
	*delay_ns = s->start_ns - since;
	return true;
}

/* Stores the time off CPU before this slice; false where it is not known. */
static inline bool slice_off_ns(const struct slice *s, uint64_t *off_ns)
{
	if (!s->prev_out_ns || s->prev_out_ns > s->start_ns)
		return false;
	*off_ns = s->start_ns - s->prev_out_ns;
	return true;
}

/* Whether this is no slice of anybody's: the CPU was offline. */
static inline bool event_is_offline(const struct event *e)
{
	return e->type == EVENT_SLICE && e->slice.flags & SLICE_OFFLINE;
}

/* Whether run is a fact: observed from switch-in to switch-out. */
static inline bool slice_is_whole(const struct slice *s)
{
	return !(s->flags & (SLICE_GAP | SLICE_CUT_START | SLICE_CUT_END));
}

/*
 * Where events come from: a live session, a trace file, an array in a test. read() fills up to n
 * events in stream order and returns how many; 0 means the end (a live source returns 0 only when
 * the session is over), a negative errno a failure.
 */
struct event_source {
	int (*read)(struct event_source *source, struct event *events, int n);
};

#endif
