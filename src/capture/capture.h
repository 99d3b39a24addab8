/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A live session: load the programs, attach them with the gate closed, open the gate, hand out the
 * event stream (or fill distributions), close the gate, tell what was cut.
 *
 *	capture_open -> capture_start -> capture_read ... -> capture_stop -> capture_read until 0
 *	             -> capture_close
 */
#ifndef INTERLOPER_CAPTURE_H
#define INTERLOPER_CAPTURE_H

#include "analysis/distribution.h"
#include "analysis/filter.h"
#include "analysis/groups.h"
#include "event/event.h"
#include "event/meta.h"

struct capture;
struct host_snapshot;

#define CAPTURE_WHY_MAX 512

/* Whether the functions that choose a CPU are seen too, where that is allowed. */
enum capture_hooks {
	HOOKS_NONE,
	HOOKS_CHOICES, /* what was asked, and answered */
	HOOKS_LOOKS,   /* and each CPU that the search looked at: as many calls more */
};

struct capture_options {
	const struct filter *filter; /* cpus: the target CPUs; comms, pids: the tasks to follow */
	bool record;		     /* stream slices */
	bool aggregate;		     /* fill distributions in the kernel */
	enum distribution_by by;     /* of the distributions */
	size_t ring_bytes;	     /* per target CPU, a power of two; 0: the default */
	uint32_t slots;		     /* distributions by task: how many at most; 0: the default */
	bool groups;		     /* count groups of tasks by CPU for ever (include/group.h); alone */
	struct host_snapshot *host;  /* while opening: isolation and SMT are taken from it, what the
					kernel tells of its CPUs is added to it; NULL: unknown */
	enum capture_hooks hooks;
	const char *btf_file;	     /* the kernel's types; NULL: as the kernel itself tells them */
	bool raw_tp;		     /* do without tp_btf even where it is offered */
	bool hash_states;	     /* keep all task states in a hash, even where the array can be had */
	bool verbose;		     /* libbpf's own words to stderr as they come */
};

/*
 * Loads and attaches; nothing is recorded yet. On failure *capture is NULL, why holds one line
 * (what, why, what to do) and a negative errno comes back: -EPERM (privilege, lockdown), -ENOENT
 * (no BTF), -EINVAL (options, btf_file), -ENODEV (a CPU that is not possible), -ENOTSUP (the kernel
 * lacks what we need), -ENOMEM...
 */
int capture_open(struct capture **capture, const struct capture_options *options,
		 char why[CAPTURE_WHY_MAX]);
void capture_close(struct capture *capture); /* NULL is fine */

/* What is known of the trace; end and counts only after capture_stop(). Owned by capture, but the
 * caller may set the strings that capture does not know (command, host_json). */
struct trace_meta *capture_meta(struct capture *capture);

/* Bytes of all rings together. */
size_t capture_ring_bytes(const struct capture *capture);

/* Opens the gate. */
void capture_start(struct capture *capture);

/*
 * Fills up to n events (n >= 8) in stream order. 0: nothing more for now (or, after capture_stop(),
 * at all). -ENOMEM. While the gate is open, events are held back until no CPU can still come with
 * an earlier one, that is until the call after the next drain: call it every 10..100 ms.
 */
int capture_read(struct capture *capture, struct event *events, int n);

/*
 * Closes the gate and waits until no program runs any more; then takes the slices that are still
 * open, the tasks that still wait, and the counts. 0 or a negative errno (the stream is then
 * without them, which meta->incomplete says).
 */
int capture_stop(struct capture *capture);

/* Slices that ended so far on target CPUs and matched the filter. */
uint64_t capture_slices(const struct capture *capture);

/* How full the fullest ring was when it was last drained, in percent. */
unsigned int capture_pressure(const struct capture *capture);

/* What was counted of a CPU since capture_start(). */
struct capture_cpu {
	const struct group_cpu_counts *counts; /* as they are when read: they go on */
	uint64_t state_lost;		       /* task states that could not be had */
	bool target;
	bool seen; /* a switch was seen: who runs there is known from then on */
};

/* A look at groups that are being counted. */
struct capture_look {
	struct groups_look groups; /* since the look before that was taken */
	const struct capture_cpu *cpus;
	uint32_t cpu_count;
	uint64_t programs_skipped;
};

/*
 * With options.groups, from capture_start() on: what changed since the last look that was taken. The
 * look is capture's, until the next one. One is needed every CAPTURE_LOOK_MAX_NS, half of the time
 * after which a group that is not seen may lose its slot; after a longer break, what was counted in
 * slots that have another group by then is told as GROUPS_OTHER. Needs no privilege.
 */
#define CAPTURE_LOOK_MAX_NS 300000000000ull
void capture_look(struct capture *capture, struct capture_look *look);

/* The look was added up: the next one tells what changed since. */
void capture_look_taken(struct capture *capture);

/* After CPUs came or went: where each is in the machine, for placements from now on. Isolation stays as
 * it was when the session was opened. host NULL: not known. */
void capture_learn_places(struct capture *capture, const struct host_snapshot *host);

/*
 * Aggregate mode, after capture_stop(): adds the kernel's distributions to d, and the names of
 * their tasks to tasks. missed: slices not counted because all slots were taken. 0 or -ENOMEM.
 */
int capture_distributions(struct capture *capture, struct distribution *d, struct task_table *tasks,
			  uint64_t *missed);

#endif
