/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the BPF programs and the loader share: the records in the rings, the state kept per CPU and
 * per task, and the kernel side's histograms. Raw facts only: user space interprets them.
 * These are not the file's records (src/trace/): the two change for different reasons.
 */
#ifndef INTERLOPER_RECORD_H
#define INTERLOPER_RECORD_H

#ifndef __bpf__
#include <linux/types.h>
#endif

#include "group.h"
#include "loglin.h"

#define RECORD_COMM_LEN	  16
#define RECORD_NO_CPU	  0xffff
#define RECORD_NO_TASK	  0xffffffffU
#define RECORD_MAX_PIDS	  16 /* -p and -t given to the kernel side; more are refused */
#define RECORD_MAX_COMMS  16
#define RECORD_MAX_CPUS	  8192 /* the largest NR_CPUS (arch/x86/Kconfig, MAXSMP) */
#define RECORD_SIBLINGS	  7    /* other CPUs of a core, at most: SMT8 */

enum record_type {
	RECORD_SLICE = 1,
	RECORD_TASK,
	RECORD_MOVE,
	RECORD_LOST,
	RECORD_CHOICE,
};

/* Counted apart; the order is that of enum lost_kind (src/event/event.h). */
enum record_lost_kind { RECORD_LOST_SLICE, RECORD_LOST_TASK, RECORD_LOST_MOVE,
			RECORD_LOST_CHOICE, RECORD_LOST_KINDS };

/* How the slice's task became runnable; the order is that of enum delay_kind. */
enum record_kind { RECORD_KIND_UNKNOWN, RECORD_KIND_IDLE, RECORD_KIND_WAKE, RECORD_KIND_PREEMPT };

/* Same values as enum slice_flags. */
enum record_flags {
	RECORD_GAP = 1 << 0,
	RECORD_CUT_START = 1 << 1,
	RECORD_INVOLUNTARY = 1 << 3,
	RECORD_LEFT_QUEUED = 1 << 4,
	RECORD_EXIT = 1 << 5,
	RECORD_NEW = 1 << 6,
	RECORD_REQUEUED = 1 << 7,
	RECORD_WOKEN_ON_CPU = 1 << 8,
	RECORD_OFFLINE = 1 << 9,
	RECORD_MOVABLE = 1 << 10,
};

/* Same values as enum waker_context. */
enum record_context {
	RECORD_CONTEXT_UNKNOWN,
	RECORD_CONTEXT_TASK,
	RECORD_CONTEXT_SOFTIRQ,
	RECORD_CONTEXT_HARDIRQ,
	RECORD_CONTEXT_NMI,
	RECORD_CONTEXT_IDLE,
	RECORD_CONTEXT_INTERRUPT,
};

/* Same values as enum placement_facts and enum cpu_is. */
enum record_placed {
	RECORD_PLACED_SEEN = 1 << 0,
	RECORD_PLACED_PINNED = 1 << 1,
	RECORD_PLACED_PREV_FORBIDDEN = 1 << 2,
	RECORD_PLACED_OTHER_CLASS = 1 << 3,
	RECORD_PLACED_WAKER_PER_CPU = 1 << 4,
	RECORD_PLACED_IDLE_CORES = 1 << 5,
	RECORD_PLACED_NO_IDLE_CORES = 1 << 6,
	RECORD_PLACED_WAKER_ALONE = 1 << 7,
	RECORD_PLACED_PREV_SHIFT = 8,
	RECORD_PLACED_WAKER_SHIFT = 10,
	RECORD_PLACED_RECENT_SHIFT = 12,
	RECORD_PLACED_CORE_SHIFT = 14,
};

enum record_cpu_is { RECORD_CPU_UNKNOWN, RECORD_CPU_BUSY, RECORD_CPU_IDLE };

/* Same values as enum move_flags. */
enum record_move_flags {
	RECORD_MOVE_BY_STOPPER = 1 << 0,
	RECORD_MOVE_FROM_FORBIDDEN = 1 << 1,
	RECORD_MOVE_NUMA = 1 << 2,
	RECORD_MOVE_NUMA_SWAP = 1 << 3,
	RECORD_MOVE_EXEC = 1 << 4,
	RECORD_MOVE_SEEN = 1 << 5,
	RECORD_MOVE_HOTPLUG = 1 << 6,
};

/* Every record begins so. Times are bpf_ktime_get_ns(): CLOCK_MONOTONIC. */
struct record {
	__u64 time_ns;
	__u32 type; /* enum record_type */
	__u32 task; /* id given by the kernel side: unique in a session; 0: idle */
};

/* How a slice began; kept per CPU from switch-in to switch-out. */
struct slice_begin {
	__u64 start_ns;
	__u64 waking_ns;   /* 0: no wakeup led here, or none was observed */
	__u64 prev_out_ns; /* 0: not observed */
	__u32 waker;	   /* task id */
	__u16 prev_cpu, chosen_cpu, waker_cpu;
	__u16 flags;
	__u8 kind, context, moves, spare_wakes; /* counts saturate */
	__u16 recent_cpu, placed;
	__u16 out_state; /* of the slice's end: filled in the record */
	__u8 prio;	 /* likewise */
	__u8 spare;
};

struct record_slice {
	struct record head; /* time_ns: switch-out */
	struct slice_begin begin;
};

struct record_task {
	struct record head;
	__u32 tid, pid, ppid, flags;
	__u32 cpus_allowed, spare;
	char comm[RECORD_COMM_LEN];
};

struct record_move {
	struct record head;
	__u32 by; /* task id */
	__u16 from, to;
	__u8 on_rq, asleep;
	__u8 flags, context; /* enum record_move_flags, record_context */
	__u8 spare[4];
};

#define CHOICE_TRAIL 16 /* looks that are kept; more are counted */

/* What a hook on select_task_rq_fair() or select_fallback_rq() saw. */
struct record_choice {
	struct record head;
	__u16 prev_cpu, chosen_cpu;
	__u16 wake_flags;
	__u8 fallback;
	__u8 looks; /* 255: not seen */
	__u16 trail[CHOICE_TRAIL];
	__u64 spare;
};

struct record_lost {
	struct record head; /* time_ns: the last loss */
	__u64 first_ns;
	__u32 count[RECORD_LOST_KINDS];
};

_Static_assert(sizeof(struct record) == 16, "record header");
_Static_assert(sizeof(struct slice_begin) == 48, "slice_begin");
_Static_assert(sizeof(struct record_slice) == 64, "one slice, one cache line");
_Static_assert(sizeof(struct record_task) == 56, "record_task");
_Static_assert(sizeof(struct record_move) == 32, "record_move");
_Static_assert(sizeof(struct record_lost) == 40, "record_lost");
_Static_assert(sizeof(struct record_choice) == 64, "record_choice");

/* A ring is a run of slots, each a cache line, each for one record of any type. */
union ring_slot {
	struct record head;
	struct record_slice slice;
	struct record_task task;
	struct record_move move;
	struct record_lost lost;
	struct record_choice choice;
};

#define RING_SLOT_BYTES 64
_Static_assert(sizeof(union ring_slot) == RING_SLOT_BYTES, "one record, one cache line");

/*
 * What the loader sets before load; the verifier then removes what is switched off. One variable,
 * alone in .rodata, so that the two builds of the programs share its layout.
 */
struct session_config {
	__u8 record;	      /* slices into rings */
	__u8 aggregate;	      /* histograms in maps */
	__u8 aggregate_tasks; /* by task and CPU, else by CPU */
	__u8 all_cpus;	      /* no -C: every CPU is a target */
	__u8 small_masks;     /* at most 64 possible CPUs: a mask is one word */
	__u8 knows_preempt_count, has_rdonly_cast;
	__u8 counts_irq_disable; /* preempt_count has a count of disabled interrupts in its middle */
	__s64 preempt_count_distance; /* from a CPU's runqueue to its preempt_count, bytes */
	__u32 cpus;  /* possible CPUs: length of the per-CPU arrays */
	__u32 slots;	 /* length of aggregate_slots */
	__u32 slot_mask; /* length of task_slots - 1 */
	__u8 smt;	      /* some core has several CPUs */
	__u8 hooks;	      /* hooks on the choice of CPU are attached too */
	__u8 groups;	      /* groups of tasks are counted by CPU; with neither record nor aggregate */
	__u8 spare2;
	__s64 llc_id_distance; /* from a CPU's runqueue to its sd_llc_id, bytes */
	__u32 pid_count, comm_count; /* the filter by task; both 0: every task */
	__u32 pids[RECORD_MAX_PIDS];
	/* A comm as two words, and the bits of them that must match: a prefix masks the rest out. */
	__u64 comms[RECORD_MAX_COMMS][2];
	__u64 comm_masks[RECORD_MAX_COMMS][2];
	__u64 housekeeping[RECORD_MAX_CPUS / 64]; /* the CPUs that are not isolated */
};

/* What both sides write while the programs run; alone in .bss. */
struct session_control {
	__u32 active;	    /* the gate: 0 until all programs are attached, and from the end on */
	__u32 slots_used;   /* by task: histogram slots dealt out; may count past config.slots */
	__u64 slots_missed; /* slices not counted since all slots were taken */
	__u64 hash_states;  /* entries ever put into the hash; while 0, nobody looks there */
};

/* What a look at the CPUs' stopper threads tells of each CPU. */
struct cpu_entry {
	__u32 cpu;
	__s32 llc_id;
};

/* What the end-of-trace scan tells of a task that waits, or runs. */
struct scan_entry {
	__u32 task; /* id; 0: never met before */
	__u16 cpu;
	__u8 running; /* on the CPU at the moment of the scan */
	__u8 left_queued;
	__u64 waking_ns, prev_out_ns;
	__u32 waker;
	__u16 prev_cpu, chosen_cpu, waker_cpu;
	__u16 flags, recent_cpu, placed;
	__u8 context, moves, prio, waiting; /* waiting: when the gate closed */
	__u32 spare;
	__u32 tid, pid, ppid, task_flags, cpus_allowed;
	char comm[RECORD_COMM_LEN];
};

_Static_assert(sizeof(struct scan_entry) == 88, "scan_entry");

/*
 * Per CPU, in a memory-mapped array: what runs there, and what was counted. Written by the CPU's
 * own programs only; user space reads it while the programs are off.
 */
struct cpu_state {
	__u64 task;	/* address of the task_struct switched in; 0: none seen yet */
	__u32 id;	/* its task id */
	__u32 switches; /* its context switches (nvcsw + nivcsw) when it was switched in */
	struct slice_begin begin;
	__u32 histogram;  /* its slot + 1 of aggregate_slots, or of group_slots; 0: none */
	__u32 next_id;	  /* task ids handed out by this CPU */
	__u8 target, seen; /* a target CPU; a switch was seen since the start */
	__u8 offline;	   /* it went offline, or was at the start; until its next switch */
	__u8 isolated;	   /* set by the loader */
	/*
	 * Its ring: the slots of ring_slots from ring_first on, ring_mask + 1 of them (0: one that
	 * is never used). Head and tail count records, and wrap.
	 */
	__u32 ring_first, ring_mask;
	__u32 ring_head;	       /* records written */
	__u64 slices_made;	       /* slices that ended here and matched */
	__u64 rq;		       /* address of its run queue; 0: not seen yet */
	__u64 lost[RECORD_LOST_KINDS]; /* records that did not fit the ring */
	__u64 state_lost;	       /* task states that could not be had */
	__u64 pending_first_ns, pending_last_ns; /* losses not yet told in the ring */
	__u32 pending[RECORD_LOST_KINDS];
	__u32 next_slot; /* aggregate mode without atomics: slots handed out by this CPU */
	__u16 siblings[RECORD_SIBLINGS]; /* the other CPUs of its core, from the loader */
	__u8 sibling_count;
	__u8 leaving; /* it is going offline */
	/* With hooks: the wakeup that is being placed by this CPU. */
	__u64 placing;	  /* address of its wakee; 0: none */
	__u64 placing_ns; /* its waking_ns */
	__u32 placing_id;
	__u8 searching; /* select_task_rq_fair() has not returned yet */
	__u8 looks;	/* CPUs that were looked at so far; saturates */
	__u16 trail[CHOICE_TRAIL];
	__u16 asked_prev_cpu, asked_flags; /* by kretprobe: from the function's entry */
	__u64 asked_for;
	__u64 spare2[6];
	__u32 ring_tail; /* records read: the reader's, in a cache line of its own */
	__u32 spare3[15];
};

_Static_assert(sizeof(struct cpu_state) == 384, "whole cache lines: no CPU shares one");
_Static_assert(__builtin_offsetof(struct cpu_state, ring_tail) == 320, "a line of its own");

/* Per task. */
struct task_state {
	__u64 waking_ns; /* 0: no wakeup since it last ran */
	__u64 out_ns;	 /* its last switch-out; 0: none seen */
	/*
	 * The task's own count of context switches at these two moments. The kernel steps it just
	 * before each switch-out, so comparing it proves that no switch was missed in between.
	 */
	__u32 out_switches, waking_switches;
	__u32 id;
	__u32 waker;
	__u16 prev_cpu;
	__u16 moved_to; /* CPU + 1: where it was put since it ran, and until it was awake; 0: nowhere */
	__u16 waker_cpu;
	__u8 context;
	__u8 moves;
	__u16 flags; /* RECORD_NEW, _REQUEUED, _WOKEN_ON_CPU of the waking; WAKING_SPARE */
	__u8 spare_wakes;
	__u8 left_queued; /* it was still runnable at out_ns */
	__u8 announced;	  /* its identity is in a ring */
	__u8 asked;	  /* RECORD_MOVE_NUMA, _NUMA_SWAP: a move was asked for since it ran */
	__u16 histogram_cpu;
	__u32 histogram; /* slot + 1 on histogram_cpu; 0: none. Groups: a GROUP_MARK instead */
	__u16 recent_cpu, placed; /* of the waking */
	__u64 task;	 /* address: whose state this is */
};

_Static_assert(sizeof(struct task_state) == 64, "one task, one cache line");

#define WAKING_SPARE (1 << 15) /* the wakee was queued or running: most likely nothing to do */

/* Aggregate mode: the distributions of one CPU, or of one task on one CPU. */
enum aggregate_kind { AGGREGATE_RUN, AGGREGATE_WAKE, AGGREGATE_PREEMPT, AGGREGATE_KINDS };

struct aggregate_series {
	__u64 sum_ns, min_ns, max_ns; /* min is kept as ~min, so that zeroed memory is "none" */
	__u64 buckets[LOGLIN_BUCKETS];
};

struct aggregate_slot {
	__u32 task; /* by task: who it is, as of named_ns */
	__u32 cpu;
	__u64 named_ns;
	__u32 tid, pid;
	char comm[RECORD_COMM_LEN];
	struct aggregate_series series[AGGREGATE_KINDS];
};

struct aggregate_key {
	__u32 task;
	__u32 cpu;
};

/*
 * Groups: each CPU has a run of group_slots that it alone writes: first one a class for those that no
 * slot can be had for, then a hash table. A slot whose group has not been seen here for
 * GROUP_STALE_NS may be given to another: its counts go on from where they are, which the reader
 * tells apart by the generation, if it looked in between.
 */
struct group_slot {
	__u32 generation; /* steps when the slot is given to a group; 0: not given yet */
	__u8 class;	  /* enum group_class */
	__u8 spare[3];
	char name[GROUP_NAME_MAX];
	__u64 last_ns; /* when a slice of it began or ended here */
	struct group_counts counts;
};

#define GROUP_STALE_NS	600000000000ull
#define GROUP_PROBES	8
#define GROUP_TABLE_MAX 1024

/* Where a task's group was found last: the slot's place in its CPU's run, and its generation. */
#define GROUP_PLACE_BITS 12
#define GROUP_MARK(place, generation) ((generation) << GROUP_PLACE_BITS | ((place) + 1))
#define GROUP_MARK_PLACE(mark)	      (((mark) & ((1u << GROUP_PLACE_BITS) - 1)) - 1)

_Static_assert(GROUP_TABLE_MAX + GROUP_CLASSES < (1 << GROUP_PLACE_BITS) - 1, "places fit a mark");

struct group_cpu {
	struct group_cpu_counts counts;
	__u64 timed_next; /* of counts.programs: the next whose time is taken */
	struct cpu_place place;	  /* from the loader */
	__u32 first;		  /* of its slots */
	__u32 table_mask;	  /* length of its table - 1; a power of two */
	__u32 spare[3];
};

_Static_assert(sizeof(struct group_cpu) % 64 == 0, "whole cache lines: no CPU shares one");

#endif
