/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between perfetto.c (what is told of a stream), perfetto_threads.c (of whom), perfetto_ksm.c and
 * perfetto_packets.c (how it is written).
 */
#ifndef INTERLOPER_PERFETTO_INTERNAL_H
#define INTERLOPER_PERFETTO_INTERNAL_H

#include "output/perfetto.h"

/* Of one bundle: a packet of one CPU's events. */
#define BUNDLE_MAX 1024

struct perfetto_thread {
	int32_t tid;
	char comm[TASK_COMM_LEN];
};

/* A switch: who comes. Who leaves is who came last. */
struct switch_row {
	uint64_t time_ns;
	uint16_t left_state; /* of who leaves, as sched_switch has it */
	uint8_t prio;
	struct perfetto_thread next;
};

enum side_kind { SIDE_WAKING, SIDE_EXIT };

struct side_row {
	uint64_t time_ns;
	int32_t current_tid; /* who is said to have done it */
	uint16_t target_cpu; /* CPU_UNKNOWN */
	uint8_t kind;	     /* enum side_kind */
	int16_t prio;	     /* -1: not known */
	struct perfetto_thread thread;
};

/* What one CPU's next bundle will have. */
struct bundle {
	struct switch_row *switches;
	struct side_row *sides;
	uint32_t switch_count, switch_room;
	uint32_t side_count, side_room;
	bool lost; /* events before it are missing */
};

struct packets;

/* NULL without memory. */
struct packets *packets_new(FILE *file);
void packets_free(struct packets *packets);

/* All that write: 0, -ENOMEM or the negative errno of a write. */

/* Clocks, and the machine (host NULL: not known): the first packets of a trace. */
int packets_begin(struct packets *packets, const struct trace_meta *meta,
		  const struct host_snapshot *host);
/* Writes a bundle's rows and empties it; nothing for an empty one. */
int packets_bundle(struct packets *packets, uint16_t cpu, struct bundle *bundle);
/* A thread of a process; ppid is used where it is the process's first thread. */
int packets_thread(struct packets *packets, uint64_t time_ns, const struct perfetto_thread *thread,
		   int32_t pid, int32_t ppid, bool kthread);
/* The processes that were alive, by the names of their first threads. */
int packets_processes(struct packets *packets, uint64_t time_ns, const struct host_snapshot *host);

/* Tracks: theirs are these numbers. */
#define TRACK_RECORDING 1
#define TRACK_KSM	16 /* + enum ksm_field */

/* A track of its own: of counts, of bytes, or of instants. */
enum track_kind { TRACK_INSTANTS, TRACK_COUNT, TRACK_BYTES };
int packets_track(struct packets *packets, uint64_t track, const char *name, enum track_kind kind);
int packets_counter(struct packets *packets, uint64_t track, uint64_t time_ns, int64_t value);

struct annotation {
	const char *name;
	uint64_t value;
};
int packets_instant(struct packets *packets, uint64_t track, uint64_t time_ns, const char *name,
		    const struct annotation *annotations, uint32_t n);

/* KSM's samples as counters. json: as in trace_meta, NULL for none; what cannot be read is told as
 * an instant at end_ns. */
int packets_ksm(struct packets *packets, const char *json, uint64_t end_ns);

/* Tells of the process whose threads stand for what is no task. */
int threads_begin(struct packets *packets, uint64_t time_ns);
/* Who is said to have woken a task that was preempted out of sight. */
#define THREAD_PREEMPTED (PERFETTO_TID_WAKER + WAKER_INTERRUPT + 1)
struct perfetto_thread thread_not_recorded(uint16_t cpu);
/* A task without an identity has a thread that is nobody's. */
struct perfetto_thread thread_of_task(const struct task_table *tasks, uint32_t task);
int32_t thread_of_waker(const struct slice *s, const struct task_table *tasks);

/* The tasks that were told of; a zeroed struct is empty. */
struct threads {
	struct known_task *known; /* by id */
	uint32_t count;
};

void threads_free(struct threads *threads);
/*
 * Tells a task's name and process where it is met first, or after a change: a name that comes with
 * a switch alone would not replace this one.
 */
int threads_meet(struct threads *threads, struct packets *packets, const struct task_table *tasks,
		 uint32_t task, uint64_t time_ns);
/* A task that was met ended a slice. */
void threads_ended(struct threads *threads, uint32_t task, uint64_t end_ns);
/* Whether a task was preempted where the stream does not say so. */
bool threads_missed_preemption(const struct threads *threads, const struct slice *s);

#endif
