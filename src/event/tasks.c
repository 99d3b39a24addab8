// SPDX-License-Identifier: GPL-2.0-only
/* The task table: see tasks.h. */
#include "event/tasks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct task_identity nobody = { .task = TASK_UNKNOWN, .comm = "?" };

int task_table_init(struct task_table *table)
{
	const struct task_identity idle = { .task = TASK_IDLE, .comm = "<idle>" };

	memset(table, 0, sizeof(*table));
	return task_table_put(table, &idle);
}

void task_table_free(struct task_table *table)
{
	free(table->tasks);
	memset(table, 0, sizeof(*table));
}

static int task_table_grow(struct task_table *table, uint32_t id)
{
	uint32_t capacity = table->capacity ? table->capacity : 256;
	struct task_identity *tasks;

	while (capacity <= id)
		capacity *= 2;
	tasks = realloc(table->tasks, capacity * sizeof(*tasks));
	if (!tasks)
		return -ENOMEM;
	table->tasks = tasks;
	table->capacity = capacity;
	return 0;
}

int task_table_put(struct task_table *table, const struct task_identity *identity)
{
	uint32_t id = identity->task;
	int err;

	/* ids are dense; one this far out comes from a damaged file. */
	if (id >= UINT32_MAX / 4)
		return -EINVAL;
	if (id >= table->capacity) {
		err = task_table_grow(table, id);
		if (err)
			return err;
	}
	for (; table->count <= id; table->count++)
		table->tasks[table->count] = nobody;
	table->tasks[id] = *identity;
	table->tasks[id].comm[TASK_COMM_LEN - 1] = '\0';
	return 0;
}

const struct task_identity *task_table_get(const struct task_table *table, uint32_t id)
{
	return id < table->count ? &table->tasks[id] : &nobody;
}

static int put_decimal(char *buf, uint32_t value)
{
	char digits[10];
	int n = 0, len;

	do {
		digits[n++] = '0' + value % 10;
		value /= 10;
	} while (value);
	for (len = n; n; n--)
		*buf++ = digits[n - 1];
	return len;
}

int task_label(char *buf, const struct task_identity *task)
{
	char *p = buf;

	for (const char *c = task->comm; *c; c++)
		*p++ = (unsigned char)*c < ' ' || *c == 0x7f ? '?' : *c;
	if (task->task != TASK_IDLE && task->tid) {
		*p++ = '[';
		p += put_decimal(p, task->tid);
		if (task->pid != task->tid) {
			*p++ = '/';
			if (task->pid)
				p += put_decimal(p, task->pid);
			else
				*p++ = '?'; /* a recording may not tell it */
		}
		*p++ = ']';
	}
	*p = '\0';
	return p - buf;
}
