// SPDX-License-Identifier: GPL-2.0-only
/* Tasks' labels, made once and kept: see labels.h. */
#include "output/labels.h"

#include <stdlib.h>
#include <string.h>

#include "output/output.h"

void labels_init(struct labels *labels, const struct task_table *tasks)
{
	memset(labels, 0, sizeof(*labels));
	labels->tasks = tasks;
}

void labels_free(struct labels *labels)
{
	free(labels->labels);
	memset(labels, 0, sizeof(*labels));
}

static size_t write_label(char buf[TASK_LABEL_MAX], const struct task_identity *task)
{
	if (task->task == TASK_UNKNOWN) {
		strcpy(buf, "?");
		return 1;
	}
	task_label(buf, task);
	return text_clean(buf);
}

char *label_text(char buf[TASK_LABEL_MAX], const struct task_table *tasks, uint32_t id)
{
	write_label(buf, task_table_get(tasks, id));
	return buf;
}

static void label_make(struct label *label, const struct task_identity *task)
{
	size_t width;

	label->tid = task->tid;
	label->pid = task->pid;
	memcpy(label->comm, task->comm, sizeof(label->comm));
	label->len = write_label(label->text, task);
	width = text_width(label->text);
	label->padded = label->len + (width < LABEL_WIDTH ? LABEL_WIDTH - width : 0);
	memset(label->text + label->len, ' ', sizeof(label->text) - label->len);
}

/* A slot for a task of the table; the spare one if there is no memory. */
static struct label *labels_slot(struct labels *labels, uint32_t id)
{
	uint32_t count = labels->tasks->capacity;
	struct label *grown;

	if (id >= labels->tasks->count)
		goto spare;
	if (id >= labels->count) {
		grown = realloc(labels->labels, count * sizeof(*grown));
		if (!grown)
			goto spare;
		memset(grown + labels->count, 0, (count - labels->count) * sizeof(*grown));
		labels->labels = grown;
		labels->count = count;
	}
	return &labels->labels[id];
spare:
	labels->spare.len = 0;
	return &labels->spare;
}

const struct label *labels_get(struct labels *labels, uint32_t id)
{
	const struct task_identity *task = task_table_get(labels->tasks, id);
	struct label *label;

	if (id < labels->count && id < labels->tasks->count)
		label = &labels->labels[id];
	else
		label = labels_slot(labels, id);
	if (!label->len || label->tid != task->tid || label->pid != task->pid ||
	    memcmp(label->comm, task->comm, sizeof(label->comm)))
		label_make(label, task);
	return label;
}

const char *label_context(uint8_t context)
{
	switch (context) {
	case WAKER_SOFTIRQ:
		return "softirq";
	case WAKER_HARDIRQ:
		return "irq";
	case WAKER_INTERRUPT:
		return "interrupt";
	case WAKER_NMI:
		return "nmi";
	case WAKER_IDLE:
		return "<idle>";
	default:
		return NULL;
	}
}
