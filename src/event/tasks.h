/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The task table: who the ids of the event stream are. It is fed by the stream's EVENT_TASK events,
 * so while a stream is read it holds each task's name at that point of the trace.
 */
#ifndef INTERLOPER_TASKS_H
#define INTERLOPER_TASKS_H

#include <stdio.h>
#include "event/event.h"

struct task_table {
	struct task_identity *tasks; /* indexed by id; tasks[i].task == i where known */
	uint32_t count, capacity;
};

/* An empty table that knows only the idle task. 0 or -ENOMEM. */
int task_table_init(struct task_table *table);
void task_table_free(struct task_table *table);

/*
 * Takes an identity (a new one, or a change of name or tid) into the table. 0, -ENOMEM, or -EINVAL
 * for an id that is not dense (a damaged file).
 */
int task_table_put(struct task_table *table, const struct task_identity *identity);

/* Never NULL: an id nobody introduced (its identity was lost) reads as comm "?" and tid 0. */
const struct task_identity *task_table_get(const struct task_table *table, uint32_t id);

/* Bytes that task_label() needs at most, with the terminating NUL. */
#define TASK_LABEL_MAX 48

/*
 * Writes perf's form of a task's name: "comm[tid]" for a thread-group leader, "comm[tid/pid]" for
 * another thread, "comm[tid/?]" where its process is not known, "<idle>" for the idle task, "comm" alone for one without a tid (all tasks of a name);
 * control characters in a comm read as '?'. Returns the length. Never cut: a tid that is known is there.
 */
int task_label(char *buf, const struct task_identity *task);

#endif
