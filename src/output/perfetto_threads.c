// SPDX-License-Identifier: GPL-2.0-only
/* Who Perfetto is told of: tasks as they are met, and threads of our own for what is no task. */
#include "output/perfetto_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PF_KTHREAD 0x00200000
#define TASKS_MAX  (1u << 22) /* that are known: a damaged file may have any id */

struct known_task {
	uint64_t end_ns; /* of its latest slice; 0: none */
	uint32_t tid, pid;
	char comm[TASK_COMM_LEN];
};

void threads_free(struct threads *threads)
{
	free(threads->known);
}

static struct perfetto_thread named_thread(uint32_t tid, const char *name)
{
	struct perfetto_thread thread = { .tid = tid };

	snprintf(thread.comm, sizeof(thread.comm), "%s", name);
	return thread;
}

/* Beside enum waker_context. */
#define UNSEEN (WAKER_INTERRUPT + 1)

static const char *const waker_names[] = {
	[WAKER_UNKNOWN] = "(unknown waker)",
	[WAKER_TASK] = "(unknown task)",
	[WAKER_SOFTIRQ] = "(softirq)",
	[WAKER_HARDIRQ] = "(hardirq)",
	[WAKER_NMI] = "(nmi)",
	[WAKER_IDLE] = "(idle)",
	[WAKER_INTERRUPT] = "(interrupt)",
	[UNSEEN] = "(preempted)",
};
#define WAKER_CONTEXTS (UNSEEN + 1)

int threads_begin(struct packets *packets, uint64_t time_ns)
{
	struct perfetto_thread thread = named_thread(PERFETTO_TID_PROCESS, "(interloper)");
	int err = packets_thread(packets, time_ns, &thread, PERFETTO_TID_PROCESS, 0, false);

	for (uint32_t i = 0; i < WAKER_CONTEXTS && !err; i++) {
		thread = named_thread(PERFETTO_TID_WAKER + i, waker_names[i]);
		err = packets_thread(packets, time_ns, &thread, PERFETTO_TID_PROCESS, 0, false);
	}
	return err;
}

struct perfetto_thread thread_not_recorded(uint16_t cpu)
{
	return named_thread(PERFETTO_TID_NOT_RECORDED + cpu, "(not recorded)");
}

struct perfetto_thread thread_of_task(const struct task_table *tasks, uint32_t task)
{
	const struct task_identity *identity = task_table_get(tasks, task);
	struct perfetto_thread thread;

	if (task == TASK_IDLE)
		return named_thread(0, "swapper");
	if (identity->task != task || !identity->tid || identity->tid >= PERFETTO_TID_UNKNOWN) {
		thread = named_thread(PERFETTO_TID_UNKNOWN + (task & 0x1fffffff), "");
		snprintf(thread.comm, sizeof(thread.comm), "task %u", task & 0x1fffffff);
		return thread;
	}
	thread.tid = identity->tid;
	memcpy(thread.comm, identity->comm, sizeof(thread.comm));
	return thread;
}

static int make_known(struct threads *threads, uint32_t task)
{
	uint32_t count = threads->count ? threads->count : 1024;
	struct known_task *known;

	if (task < threads->count)
		return 0;
	while (count <= task)
		count *= 2;
	known = realloc(threads->known, count * sizeof(*known));
	if (!known)
		return -ENOMEM;
	memset(known + threads->count, 0, (count - threads->count) * sizeof(*known));
	threads->known = known;
	threads->count = count;
	return 0;
}

int threads_meet(struct threads *threads, struct packets *packets, const struct task_table *tasks,
		 uint32_t task, uint64_t time_ns)
{
	const struct task_identity *identity = task_table_get(tasks, task);
	struct perfetto_thread thread;
	struct known_task *known;
	int32_t ppid;

	if (task == TASK_IDLE || task >= TASKS_MAX)
		return 0;
	if (make_known(threads, task))
		return -ENOMEM;
	known = &threads->known[task];
	if (known->tid == identity->tid && known->pid == identity->pid &&
	    !memcmp(known->comm, identity->comm, sizeof(known->comm)))
		return 0;
	known->tid = identity->tid;
	known->pid = identity->pid;
	memcpy(known->comm, identity->comm, sizeof(known->comm));
	thread = thread_of_task(tasks, task);
	if (thread.tid >= PERFETTO_TID_UNKNOWN || !identity->pid ||
	    identity->pid >= PERFETTO_TID_UNKNOWN)
		return 0;
	ppid = identity->ppid < PERFETTO_TID_UNKNOWN ? identity->ppid : 0;
	return packets_thread(packets, time_ns, &thread, identity->pid, ppid,
			      identity->flags & PF_KTHREAD);
}

void threads_ended(struct threads *threads, uint32_t task, uint64_t end_ns)
{
	if (task < threads->count)
		threads->known[task].end_ns = end_ns;
}

bool threads_missed_preemption(const struct threads *threads, const struct slice *s)
{
	uint64_t end_ns = s->task < threads->count ? threads->known[s->task].end_ns : 0;

	return s->kind == DELAY_PREEMPT && s->task < TASKS_MAX && end_ns != s->prev_out_ns;
}

int32_t thread_of_waker(const struct slice *s, const struct task_table *tasks)
{
	if (s->context == WAKER_IDLE)
		return 0;
	if (s->context == WAKER_TASK && s->waker != TASK_UNKNOWN)
		return thread_of_task(tasks, s->waker).tid;
	return PERFETTO_TID_WAKER + (s->context < UNSEEN ? s->context : WAKER_UNKNOWN);
}
