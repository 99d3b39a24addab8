/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is counted for ever (`interloper serve`), shared by the BPF programs and user space: groups of
 * tasks by CPU, in tables that do not grow.
 *
 *   group    tasks of one name, or of names that differ in a number at their end alone: what comes
 *            after one of "-_.:#/ " and is all digits reads as "*", and so does all after a
 *            kworker's slash. Threads of a pool, and kernel threads, have other numbers on every boot
 *   class    a group's scheduling: kernel threads; realtime and deadline policies; all others
 *   buckets  of durations: four an octave from 2^10 ns (1 us) to 2^34 ns (17 s), one below, one above.
 *            They are whole buckets of loglin.h: in an octave they begin at 16/16, 19/16, 23/16 and
 *            27/16 of it, so none is wider than 21.1 % of its lower bound
 *   wrap     counts have 32 bits and wrap: a reader adds up differences between looks, of which there
 *            must be one before 2^32 slices of a group on a CPU (at a million a second, 71 minutes)
 */
#ifndef INTERLOPER_GROUP_H
#define INTERLOPER_GROUP_H

#ifndef __bpf__
#include <linux/types.h>
#endif

#include "loglin.h"
#include "placement_class.h"

#define GROUP_NAME_MAX 16 /* with its NUL, as TASK_COMM_LEN */

enum group_class { GROUP_USER, GROUP_KERNEL, GROUP_REALTIME, GROUP_CLASSES };

enum group_kind { GROUP_RUN, GROUP_WAKE, GROUP_PREEMPT, GROUP_KINDS };

#define GROUP_FIRST_OCTAVE 10
#define GROUP_LAST_OCTAVE  34
#define GROUP_BOUNDS	   ((GROUP_LAST_OCTAVE - GROUP_FIRST_OCTAVE) * 4 + 1)
#define GROUP_BUCKETS	   (GROUP_BOUNDS + 1)

struct group_series {
	__u64 sum_ns;
	__u32 buckets[GROUP_BUCKETS];
};

/* One group on one CPU. */
struct group_counts {
	__u32 slices; /* whole ones (their durations are in series), cut ones and gaps */
	__u32 involuntary;
	__u32 trespasses; /* wakeups that chose this isolated CPU though the task may run elsewhere */
	__u32 spare;
	struct group_series series[GROUP_KINDS];
};

/* One CPU, all tasks of it. */
struct group_cpu_counts {
	__u64 wakeups[PLACEMENT_CLASSES]; /* with a known choice of CPU */
	__u64 gaps, cut_slices, unknown_delays;
	__u64 crowded; /* slices that no group of its own could be had for: counted as "other" */
	__u64 programs; /* how often a program ran here */
	__u64 timed, timed_ns; /* of these: whose time was taken, and what it came to */
};

static inline __attribute__((always_inline)) int group_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The group of a name. comm has GROUP_NAME_MAX bytes; what is behind its NUL does not matter. */
static inline __attribute__((always_inline)) void group_name(char name[GROUP_NAME_MAX],
							     const char comm[GROUP_NAME_MAX])
{
	unsigned int length = 0, stem = 0, i;
	char last = 0; /* of the stem */

	for (i = 0; i < GROUP_NAME_MAX - 1 && comm[i]; i++) {
		length = i + 1;
		if (group_is_digit(comm[i]))
			continue;
		stem = length;
		last = comm[i];
	}
	if (comm[0] == 'k' && comm[1] == 'w' && comm[2] == 'o' && comm[3] == 'r' && comm[4] == 'k' &&
	    comm[5] == 'e' && comm[6] == 'r' && comm[7] == '/')
		stem = 8;
	else if (stem == length ||
		 !(last == '-' || last == '_' || last == '.' || last == ':' || last == '#' ||
		   last == '/' || last == ' '))
		stem = GROUP_NAME_MAX; /* as it is */
	for (i = 0; i < GROUP_NAME_MAX; i++)
		name[i] = i < stem ? (i < length ? comm[i] : 0) : i == stem ? '*' : 0;
}

/* The bucket of a duration; always < GROUP_BUCKETS. */
static inline __attribute__((always_inline)) unsigned int group_bucket(unsigned long long ns)
{
	unsigned int octave, sixteenth;

	if (ns >> GROUP_LAST_OCTAVE)
		return GROUP_BUCKETS - 1;
	if (!(ns >> GROUP_FIRST_OCTAVE))
		return 0;
	octave = loglin_log2(ns);
	sixteenth = (ns >> (octave - LOGLIN_SUB_BITS)) & (LOGLIN_SUB - 1);
	return 1 + (octave - GROUP_FIRST_OCTAVE) * 4 +
	       (sixteenth == LOGLIN_SUB - 1 ? 3 : (sixteenth + 1) >> 2);
}

/* The largest duration of a bucket but the last: bound < GROUP_BOUNDS. */
static inline unsigned long long group_bound_ns(unsigned int bound)
{
	static const unsigned int sixteenths[] = { 16, 19, 23, 27 };

	return ((unsigned long long)sixteenths[bound % 4]
		<< (GROUP_FIRST_OCTAVE + bound / 4 - LOGLIN_SUB_BITS)) -
	       1;
}

#endif
