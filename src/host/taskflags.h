/* SPDX-License-Identifier: GPL-2.0-only */
/* What the numbers of /proc/PID/stat mean: a task's flags and its scheduling policy. */
#ifndef INTERLOPER_HOST_TASKFLAGS_H
#define INTERLOPER_HOST_TASKFLAGS_H

#include <stdint.h>

/* include/linux/sched.h: those that rules rest on. */
#define TASK_WQ_WORKER	    0x00000020 /* PF_WQ_WORKER */
#define TASK_KTHREAD	    0x00200000 /* PF_KTHREAD */
#define TASK_NO_SETAFFINITY 0x04000000 /* PF_NO_SETAFFINITY: user space may not change the mask */

/*
 * The name of one bit of the flags, "PF_KTHREAD"; NULL for a bit that kernels from 5.10 on use for
 * more than one thing, or for nothing (0x40000000 was PF_FREEZER_SKIP until 6.1, never "no set
 * affinity").
 */
const char *task_flag_name(uint64_t bit);

/* "PF_FORKNOEXEC PF_KTHREAD 0x40000000", to be freed; "none"; NULL without memory. */
char *task_flags_describe(uint64_t flags);

/* "SCHED_OTHER"; NULL for a number that no kernel gives. */
const char *task_policy_name(int policy);

#endif
