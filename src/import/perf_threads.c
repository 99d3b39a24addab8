// SPDX-License-Identifier: GPL-2.0-only
/* Threads as perf's tools know them: see perf_threads.h. */
#include "import/perf_threads.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 256

int perf_threads_init(struct perf_threads *threads)
{
	struct perf_thread *swapper;

	memset(threads, 0, sizeof(*threads));
	swapper = perf_threads_mention(threads, 0, 0);
	if (!swapper) {
		perf_threads_free(threads);
		return -ENOMEM;
	}
	perf_thread_set_comm(swapper, "swapper");
	return 0;
}

void perf_threads_free(struct perf_threads *threads)
{
	for (uint32_t i = 0; i < threads->capacity; i++)
		free(threads->slots[i]);
	free(threads->slots);
	memset(threads, 0, sizeof(*threads));
}

/* Where a tid is, or would be. */
static struct perf_thread **find(const struct perf_threads *threads, int32_t tid)
{
	uint32_t mask = threads->capacity - 1;
	uint32_t i = ((uint32_t)tid * 2654435769u >> 8) & mask;

	while (threads->slots[i] && threads->slots[i]->tid != tid)
		i = (i + 1) & mask;
	return &threads->slots[i];
}

static int grow(struct perf_threads *threads)
{
	struct perf_threads old = *threads;

	threads->capacity = old.capacity ? old.capacity * 2 : FIRST_CAPACITY;
	threads->slots = calloc(threads->capacity, sizeof(*threads->slots));
	if (!threads->slots) {
		*threads = old;
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < old.capacity; i++)
		if (old.slots[i])
			*find(threads, old.slots[i]->tid) = old.slots[i];
	free(old.slots);
	return 0;
}

struct perf_thread *perf_threads_slot(struct perf_threads *threads, int32_t tid)
{
	struct perf_thread **slot;

	if (threads->count >= threads->capacity / 2 && grow(threads))
		return NULL;
	slot = find(threads, tid);
	if (!*slot) {
		*slot = calloc(1, sizeof(**slot));
		if (!*slot)
			return NULL;
		(*slot)->tid = tid;
		threads->count++;
	}
	return *slot;
}

static void begin(struct perf_thread *thread, int32_t pid)
{
	thread->pid = pid;
	thread->known = true;
	thread->named = false;
	thread->left_ns = thread->ready_ns = 0;
	snprintf(thread->comm, sizeof(thread->comm), ":%d", thread->tid);
}

struct perf_thread *perf_threads_mention(struct perf_threads *threads, int32_t pid, int32_t tid)
{
	struct perf_thread *thread = perf_threads_slot(threads, tid);

	if (!thread)
		return NULL;
	if (!thread->known)
		begin(thread, pid);
	else if (thread->pid == -1 && pid != -1)
		thread->pid = pid;
	else
		return thread;
	if (pid != -1 && pid != tid && !perf_threads_mention(threads, pid, pid))
		return NULL;
	return thread;
}

void perf_thread_set_comm(struct perf_thread *thread, const char *comm)
{
	size_t len = strnlen(comm, TASK_COMM_LEN - 1);

	memmove(thread->comm, comm, len);
	thread->comm[len] = '\0';
	thread->named = true;
}

int perf_threads_name(struct perf_threads *threads, int32_t pid, int32_t tid, const char *comm)
{
	struct perf_thread *thread = perf_threads_mention(threads, pid, tid);

	if (!thread)
		return -ENOMEM;
	perf_thread_set_comm(thread, comm);
	return 0;
}

int perf_threads_fork(struct perf_threads *threads, int32_t pid, int32_t tid, int32_t parent_pid,
		      int32_t parent_tid)
{
	struct perf_thread *child = perf_threads_slot(threads, tid);
	struct perf_thread *parent = perf_threads_mention(threads, parent_pid, parent_tid);

	if (!child || !parent)
		return -ENOMEM;
	if (parent->pid != parent_pid) {
		parent->known = false;
		parent = perf_threads_mention(threads, parent_pid, parent_tid);
		if (!parent)
			return -ENOMEM;
	}
	child->known = false;
	memset(&child->truth, 0, sizeof(child->truth));
	child = perf_threads_mention(threads, pid, tid);
	if (!child)
		return -ENOMEM;
	if (parent->named && parent != child)
		perf_thread_set_comm(child, parent->comm);
	return 0;
}
