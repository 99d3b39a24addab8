/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which events a report is about: by CPU, by task, by time. A filter by task applies to the task
 * that ran (or waited), never to whoever happened to be current.
 */
#ifndef INTERLOPER_FILTER_H
#define INTERLOPER_FILTER_H

#include <hwloc.h>
#include "event/event.h"
#include "event/tasks.h"

struct filter {
	hwloc_bitmap_t cpus;	/* NULL: all */
	char **comms;		/* exact names, or a prefix followed by '*' */
	uint32_t comm_count;
	uint32_t *pids;		/* a process id (all its threads) or a thread id */
	uint32_t pid_count;
	uint64_t from_ns, to_ns; /* a slice matches by its end; to_ns 0: no limit */
};

void filter_free(struct filter *filter);

/* Each takes a comma-separated list as the user typed it. 0, -EINVAL (why holds one line), -ENOMEM. */
int filter_set_cpus(struct filter *filter, const char *list, char *why, size_t why_size);
int filter_add_comms(struct filter *filter, const char *list, char *why, size_t why_size);
int filter_add_pids(struct filter *filter, const char *list, char *why, size_t why_size);

bool filter_has_tasks(const struct filter *filter);
bool filter_matches_task(const struct filter *filter, const struct task_identity *task);
/* Slices, waits and moves by CPU, time and task (idle matches only where no task filter is set);
 * losses by CPU and time; identities always. */
bool filter_matches(const struct filter *filter, const struct task_table *tasks,
		    const struct event *event);

/* The task part as text for people ("ksmd,pid 510"), to be freed; NULL if there is none. */
char *filter_describe_tasks(const struct filter *filter);

#endif
