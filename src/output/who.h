/* SPDX-License-Identifier: GPL-2.0-only */
/* A task as its operator knows it: "web-7 vCPU 3" for a virtual CPU, else "comm[tid/pid]". */
#ifndef INTERLOPER_OUTPUT_WHO_H
#define INTERLOPER_OUTPUT_WHO_H

#include <jansson.h>

#include "event/tasks.h"
#include "host/snapshot.h"

struct who {
	const struct task_table *tasks;
	const struct host_snapshot *host; /* NULL: not known */
};

#define WHO_MAX (VM_NAME_SIZE + 32)

/* Clean, never cut. Returns buf. */
char *who_text(char buf[WHO_MAX], const struct who *who, uint32_t task);

/* "web-7", or "pid 4700" where the machine has no known name. Returns buf. */
char *who_vm_text(char buf[WHO_MAX], const char *vm_name, uint32_t vm_pid);

/* json_task(), and for a virtual CPU its "vm" (name, or null), "vm_pid" and "vcpu". */
json_t *who_json(const struct who *who, uint32_t task);

#endif
