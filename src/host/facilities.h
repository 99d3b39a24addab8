/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the running kernel offers and is busy with, as far as files tell: CPUs, kprobes, accounting,
 * KSM, ftrace. Unlike the snapshot it is for now and for this machine, and in no trace.
 */
#ifndef INTERLOPER_HOST_FACILITIES_H
#define INTERLOPER_HOST_FACILITIES_H

#include <hwloc.h>
#include <stdbool.h>
#include <stdint.h>

enum presence { PRESENCE_UNKNOWN, PRESENCE_NO, PRESENCE_YES };

struct ksm_facts {
	bool there;		      /* the kernel has KSM */
	int64_t run, pages, sleep_ms; /* run, pages_to_scan, sleep_millisecs; -1: not known */
	char *advisor;		      /* advisor_mode's choice, where the kernel has one (6.8) */
	int tid, last_cpu;	      /* ksmd; tid 0: not found */
	hwloc_bitmap_t allowed;
};

struct ftrace_facts {
	bool known;    /* tracefs can be read */
	bool mounted;  /* tracefs is there, though it may not be read */
	char *tracer;  /* current_tracer; NULL for "nop" */
	char *enabled; /* scheduler events that are on, "sched:sched_switch, ..."; NULL: none */
};

struct facilities {
	char *release, *machine; /* NULL: not known */
	hwloc_bitmap_t possible, present, online;
	int nodes;		     /* NUMA nodes online; 0: not known */
	enum presence smt;	     /* more than one thread a core is in use */
	int btf_error;		     /* of opening /sys/kernel/btf/vmlinux: 0 or a negative errno */
	enum presence kprobes;	     /* as events for perf and BPF */
	enum presence sched_info;    /* /proc/PID/schedstat */
	int schedstats;		     /* the sysctl; -1: the kernel has none */
	struct ksm_facts ksm;
	struct ftrace_facts ftrace;
};

/* Reads the machine below root ("": the live one). 0 or -ENOMEM; facilities_free() in any case. */
int facilities_read(struct facilities *facilities, const char *root);
void facilities_free(struct facilities *facilities);

#endif
