// SPDX-License-Identifier: GPL-2.0-only
/* Reads the kernel's histograms (bpf/aggregate.h) into distributions. */
#include "capture/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int add_series(struct histogram *h, const struct aggregate_series *series)
{
	struct histogram one = {};
	int err = 0;

	for (unsigned int i = 0; i < LOGLIN_BUCKETS && !err; i++)
		if (series->buckets[i])
			err = histogram_add_bucket(&one, i, series->buckets[i]);
	if (one.count) {
		one.sum_ns = series->sum_ns;
		one.min_ns = ~series->min_ns;
		one.max_ns = series->max_ns;
		if (!err)
			err = histogram_merge(h, &one);
	}
	histogram_free(&one);
	return err;
}

/* A slot's task is named as of its last switch-in there after a change: the newest name counts. */
static int learn_name(const struct aggregate_slot *slot, uint32_t task, struct task_table *tasks,
		      uint64_t *named_ns)
{
	struct task_identity identity = { .task = task, .tid = slot->tid, .pid = slot->pid };

	if (slot->named_ns <= named_ns[task])
		return 0;
	named_ns[task] = slot->named_ns;
	memcpy(identity.comm, slot->comm, sizeof(identity.comm));
	return task_table_put(tasks, &identity);
}

int capture_distributions(struct capture *capture, struct distribution *d, struct task_table *tasks,
			  uint64_t *missed)
{
	bool by_task = capture->options.by & DISTRIBUTION_BY_TASK;
	bool by_cpu = capture->options.by & DISTRIBUTION_BY_CPU;
	uint64_t *named_ns = calloc(capture->slot_count + 1, sizeof(*named_ns));
	int err = 0;

	*missed = capture->control->slots_missed;
	if (!named_ns)
		return -ENOMEM;
	for (uint32_t i = 0; i < capture->slot_count && !err; i++) {
		const struct aggregate_slot *slot = &capture->slots[i];
		uint32_t task = by_task ? stream_task_id(capture, slot->task) : TASK_UNKNOWN;
		struct distribution_row *row;

		if (by_task && !slot->task)
			continue;
		/* Ids are dense and met here for the first time: no more of them than slots. */
		if (by_task && !capture->options.record)
			err = learn_name(slot, task, tasks, named_ns);
		row = distribution_row(d, by_cpu ? (by_task ? slot->cpu : i) : CPU_UNKNOWN, task);
		if (!row)
			err = -ENOMEM;
		if (!err)
			err = add_series(&row->run, &slot->series[AGGREGATE_RUN]);
		if (!err)
			err = add_series(&row->wake_delay, &slot->series[AGGREGATE_WAKE]);
		if (!err)
			err = add_series(&row->preempt_delay, &slot->series[AGGREGATE_PREEMPT]);
	}
	free(named_ns);
	return err;
}
