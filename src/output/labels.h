/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tasks' labels (task_label) ready to be copied into a row: clean, and padded to perf's name
 * column. Made once a task and again when its identity changes.
 */
#ifndef INTERLOPER_OUTPUT_LABELS_H
#define INTERLOPER_OUTPUT_LABELS_H

#include "event/tasks.h"

#define LABEL_WIDTH 30 /* perf's comm_width */

struct label {
	uint32_t tid, pid;
	char comm[TASK_COMM_LEN];
	uint8_t len;		   /* bytes of the label alone; 0: not made yet */
	uint8_t padded;		   /* bytes with the blanks up to LABEL_WIDTH columns */
	char text[TASK_LABEL_MAX]; /* blanks after len, not terminated */
};

struct labels {
	const struct task_table *tasks;
	struct label *labels; /* by task id */
	uint32_t count;
	struct label spare; /* for a task beyond the table, or without memory */
};

void labels_init(struct labels *labels, const struct task_table *tasks);
void labels_free(struct labels *labels);

/* Never NULL; valid until the next call. A task that nobody introduced is "?". */
const struct label *labels_get(struct labels *labels, uint32_t id);

/* The label as text, for tables and one-off lines. Returns buf. */
char *label_text(char buf[TASK_LABEL_MAX], const struct task_table *tasks, uint32_t id);

/* What a CPU was doing outside of tasks, from an enum waker_context: "softirq"; NULL: a task's work,
 * or not known. */
const char *label_context(uint8_t context);

#endif
