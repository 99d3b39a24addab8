/* SPDX-License-Identifier: GPL-2.0-only */
/* The tasks that are alive, from /proc: names, flags, policies, masks. */
#ifndef INTERLOPER_HOST_TASKSCAN_H
#define INTERLOPER_HOST_TASKSCAN_H

#include "host/snapshot.h"

/*
 * Reads every /proc/PID/task/TID below root into host->tasks, by tid. Tasks that exit meanwhile are
 * left out. 0 (no /proc: no tasks) or -ENOMEM.
 */
int taskscan_read(struct host_snapshot *host, const char *root);

/* Whether the tids of /proc are those of this process's pid namespace, which system calls take. */
bool taskscan_proc_is_ours(void);

/* Takes one line of /proc/PID/task/TID/stat. 0 or -EINVAL. */
int taskscan_parse_stat(struct host_task *task, const char *stat);

/* status grows with the list of supplementary groups, which may be 65536 long. */
#define TASKSCAN_STATUS_MAX (1 << 20)

/* The CPU list in the text of /proc/PID/task/TID/status, which is cut behind it; NULL: none. */
char *taskscan_allowed_list(char *status);

#endif
