/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Threads as perf's tools know them (tools/perf/util/machine.c, thread.c): by tid, with a process and
 * a name that come from the records beside the samples. Its ways show in its rows:
 *
 *   - a thread is made at its first mention; a process id of -1 is learned later, another never is
 *   - a wakeup mentions its wakee with the process 0: if that was the first, the rows show no ids
 *   - to mention a thread is to mention its process's leader, if the thread is new or learns its process
 *   - a new thread's name is ":TID", until its first COMM, or a FORK by a parent that has a name
 *   - a FORK forgets who had the child's tid, and a parent whose process is not the one told
 */
#ifndef INTERLOPER_PERF_THREADS_H
#define INTERLOPER_PERF_THREADS_H

#include "import/perf_truth.h"

/* The kernel's PID_MAX_LIMIT: no tid is above. perf calls who has none any more -1. */
#define PERF_TID_MAX 4194304

struct perf_thread {
	int32_t tid, pid;
	bool known; /* perf has such a thread; else only its truth is kept */
	bool named;
	char comm[TASK_COMM_LEN];
	uint64_t left_ns;  /* its last switch-out as perf knows it; 0: none */
	uint64_t ready_ns; /* its first wakeup since, likewise */
	struct perf_truth truth;
};

struct perf_threads {
	struct perf_thread **slots; /* by tid, open addressing; NULL: free */
	uint32_t capacity;	    /* a power of two, or 0 */
	uint32_t count;
};

/* -ENOMEM; then nothing needs to be freed. Thread 0, "swapper", is there from the start. */
int perf_threads_init(struct perf_threads *threads);
void perf_threads_free(struct perf_threads *threads);

/* Whether an id can be one: -1 .. PERF_TID_MAX. */
static inline bool perf_tid_is_sane(int32_t tid)
{
	return tid >= -1 && tid <= PERF_TID_MAX;
}

/* All ids must be sane. The threads stay where they are until perf_threads_free(). NULL: no memory. */
/* What is kept of a tid, whether perf knows it or not. */
struct perf_thread *perf_threads_slot(struct perf_threads *threads, int32_t tid);
/* perf's thread, made if need be. */
struct perf_thread *perf_threads_mention(struct perf_threads *threads, int32_t pid, int32_t tid);

/* -ENOMEM. comm is TASK_COMM_LEN bytes. */
int perf_threads_name(struct perf_threads *threads, int32_t pid, int32_t tid, const char *comm);
int perf_threads_fork(struct perf_threads *threads, int32_t pid, int32_t tid, int32_t parent_pid,
		      int32_t parent_tid);
void perf_thread_set_comm(struct perf_thread *thread, const char *comm);

#endif
