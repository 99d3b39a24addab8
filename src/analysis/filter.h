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
	hwloc_bitmap_t cpus; /* NULL: all */
	char **comms;	     /* exact names, or a prefix followed by '*' */
	uint32_t comm_count;
	uint32_t *pids; /* a process id (all its threads) or a thread id */
	uint32_t pid_count;
	bool vcpus; /* threads named as virtual CPUs are (host/vcpu.h) */
	uint64_t from_ns, to_ns; /* both inclusive; a slice matches by its end; to_ns 0: no limit */
};

/* A zeroed struct lets everything pass; so does one that was freed. */
void filter_free(struct filter *filter);

/*
 * Each takes a comma-separated list as the user typed it. 0, -EINVAL (why holds one line that names
 * the option: -C, -t, -p; the filter is unchanged), -ENOMEM. CPUs replace the ones set before,
 * names and process ids add to them: a task matches if any of them does.
 */
int filter_set_cpus(struct filter *filter, const char *list, char *why, size_t why_size);
int filter_add_comms(struct filter *filter, const char *list, char *why, size_t why_size);
int filter_add_pids(struct filter *filter, const char *list, char *why, size_t why_size);

/*
 * Names, process ids and "vcpu" in one list: "nginx,812,vcpu"; what is all digits is an id. 0, -EINVAL
 * (a part of the list may have been taken), -ENOMEM.
 */
int filter_add_tasks(struct filter *filter, const char *list);

bool filter_has_tasks(const struct filter *filter);

/*
 * Compares a task with every name and id of the filter; the idle task matches only where there are
 * none. Depends on the identity alone, so a caller may keep the answer until the identity changes.
 */
bool filter_matches_task(const struct filter *filter, const struct task_identity *task);

/*
 * Slices and waits by CPU, time and task; moves and choices likewise, by the CPU they lead to. Losses by CPU,
 * and by whether the time in which they happened touches the window. Identities always.
 */
bool filter_matches(const struct filter *filter, const struct task_table *tasks,
		    const struct event *event);

/* The task part as text for people ("ksmd,pid 510"), to be freed; NULL if there is none, or no
 * memory. */
char *filter_describe_tasks(const struct filter *filter);

#endif
