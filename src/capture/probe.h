/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What this kernel's BPF offers to this user, found out by trying: tiny programs and maps are
 * loaded and dropped at once, and a session is opened as trace and hist do. What may not be tried
 * is left to what the kernel's type information says.
 */
#ifndef INTERLOPER_PROBE_H
#define INTERLOPER_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/capture.h"
#include "capture/others.h"

/* One thing that was tried: 0 it works, else the negative errno of the refusal. */
enum probe_what {
	PROBE_RAW_TP, /* a raw tracepoint's program: what every tracing program needs */
	PROBE_TP_BTF,
	PROBE_FENTRY, /* at select_task_rq_fair, attached for a moment */
	PROBE_FEXIT,
	PROBE_MAPPED_ARRAY,
	PROBE_RING_BUFFER,
	PROBE_ATOMICS,
	PROBE_COUNT,
};

/* What the type information says; false where it has not got it, or could not be read. */
struct btf_facts {
	bool readable;
	bool sched_switch;   /* tp_btf: the tracepoint's prototype (5.5) */
	bool choice;	     /* select_task_rq_fair is a function of its own, not inlined */
	bool memory_cgroups; /* BPF memory is charged there (5.11), not to RLIMIT_MEMLOCK */
};

/* capture_open(), as the commands do it. */
struct probe_session {
	int error;
	size_t ring_bytes; /* of all rings, where it was opened */
	char why[CAPTURE_WHY_MAX];
};

struct probe {
	int tried[PROBE_COUNT];
	struct btf_facts btf;
	struct others others; /* ours are not among them */
	struct probe_session record, hist; /* trace and record; hist */
};

void probe_run(struct probe *probe);
void probe_free(struct probe *probe);

/* Whether a refusal is for want of privilege: no tracing program at all may be loaded. */
bool probe_lacks_privilege(const struct probe *probe);

#endif
