/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What groups of tasks (include/group.h) did since we count, added up look by look, for as long as a
 * machine runs: bounded many series, of which none ever goes back.
 *
 *   look     the groups whose counts changed since the look before, with what they were and are
 *   told     groups with series of their own, max_tasks at most. The others are one group,
 *            GROUPS_OTHER, and so is a group that has that name itself
 *   places   who is told is settled at each look, before it is added: a group's score is the time it
 *            ran and waited on all CPUs, halved every GROUPS_HALF_LIFE_NS. Free places go to the
 *            highest scores; once none is free, a group that is not told takes the place of the told
 *            one with the lowest score where its own is more than GROUPS_ADVANTAGE times as high.
 *            A trespass is worth GROUPS_TRESPASS_NS more. Equal scores: by name
 *   names    no more than 8 * max_tasks + 256 names are remembered, the told ones among them: behind
 *            each look the lowest scores fall out, and begin from 0 if they come back
 *   from 0   a group's counts begin at its first look as a told one; what it did before stays in
 *            GROUPS_OTHER. When it loses its place its counts end, and begin from 0 if it comes back:
 *            as a counter that was reset. So no sum over time is wrong, and none goes back
 *   class    a vCPU is one by its name (host/vcpu.h), whatever its policy
 *   running  a slice that still runs is in run_ns as far as it has come, and nowhere else; its run_ns
 *            never goes back where the look was not quite at one moment. It counts where its group
 *            was told while it ran: a slice may be in part in GROUPS_OTHER, its duration never is
 *   damaged  changes of a CPU above 65535 are left out, sums that went back count as no difference
 */
#ifndef INTERLOPER_ANALYSIS_GROUPS_H
#define INTERLOPER_ANALYSIS_GROUPS_H

#include <stddef.h>
#include <stdint.h>

#include "group.h"

#define GROUPS_OTHER	    "other"
#define GROUPS_TASKS	    50 /* told, where nobody says how many */
#define GROUPS_HALF_LIFE_NS 3600000000000ull
#define GROUPS_ADVANTAGE    2
#define GROUPS_TRESPASS_NS  100000000ull

enum task_class { CLASS_KERNEL, CLASS_REALTIME, CLASS_USER, CLASS_VCPU, TASK_CLASSES };

/* "kernel", "realtime", "user", "vcpu": in rising order of the names. */
const char *task_class_name(enum task_class class);

/* A group's counts on a CPU, before (as of the last look) and now: only their differences count. */
struct group_change {
	uint32_t cpu;
	char name[GROUP_NAME_MAX]; /* "": not known, told as "?" */
	enum group_class class;
	const struct group_counts *before, *now;
};

/* Who runs on a CPU at a look, since when. */
struct group_running {
	uint32_t cpu;
	char name[GROUP_NAME_MAX];
	uint64_t since_ns; /* 0: not known */
};

/* Running: all who run, but idle tasks; the last word counts where a CPU is told twice. */
struct groups_look {
	uint64_t now_ns; /* CLOCK_MONOTONIC, as since_ns */
	const struct group_change *changes;
	uint32_t change_count;
	const struct group_running *running;
	uint32_t running_count;
};

struct group_histogram {
	uint64_t sum_ns, count;
	uint64_t buckets[GROUP_BUCKETS];
};

/* A told group, or all others, on all CPUs. */
struct group_task {
	char name[GROUP_NAME_MAX];
	struct group_histogram series[GROUP_KINDS];
	/* Private. */
	uint32_t slot;
};

/* On one CPU. */
struct group_cell {
	uint32_t cpu;
	uint32_t task; /* index into tasks */
	uint64_t slices, involuntary, trespasses;
	uint64_t time_ns[GROUP_KINDS]; /* run_ns with what still runs */
};

/* All tasks of a class on one CPU. */
struct group_class_cell {
	uint32_t cpu;
	enum task_class class;
	struct group_histogram series[GROUP_KINDS];
};

struct groups;

/* What it came to; valid until the next look. */
struct groups_view {
	const struct group_task *tasks; /* in rising order of names, GROUPS_OTHER always among them */
	uint32_t task_count;
	const struct group_cell *cells; /* by CPU, then task; those that ever had anything */
	uint32_t cell_count;
	const struct group_class_cell *classes; /* by CPU, then class; likewise */
	uint32_t class_count;
	uint32_t left_out; /* groups that are in GROUPS_OTHER, of those scored of late: 1 ns or more */
};

/* max_tasks 0: all is other. clean (NULL: none) makes a name fit for the output, in place, never
 * longer. All memory that it will ever need is taken here, but for what grows with CPUs, told groups
 * and the longest look. NULL without memory. */
struct groups *groups_new(uint32_t max_tasks, size_t (*clean)(char *text));
void groups_free(struct groups *groups);

/* Adds a look. 0 or -ENOMEM (nothing was added, the look's differences must be told again). */
int groups_add(struct groups *groups, const struct groups_look *look);

struct groups_view groups_view(struct groups *groups);

#endif
