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

/* Takes one line of /proc/PID/task/TID/stat. 0 or -EINVAL. */
int taskscan_parse_stat(struct host_task *task, const char *stat);

#endif
