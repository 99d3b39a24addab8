/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What to do about it. Each advice rests on what was measured and on a rule of the kernel: what was
 * seen, why it happens, what to do, what that should change, how to take it back, and how sure all
 * this is. Nothing here changes anything: changes are proposals (host/change.h).
 */
#ifndef INTERLOPER_ADVICE_H
#define INTERLOPER_ADVICE_H

#include <hwloc.h>
#include <stdbool.h>
#include <stdint.h>

#include "event/tasks.h"
#include "host/change.h"

enum advice_sure {
	ADVICE_UNSURE, /* it may help: the rule is known, its effect here was not measured */
	ADVICE_LIKELY, /* the rule is known, and what was measured fits it */
	ADVICE_SURE,   /* it follows from the kernel's rules, and from what was measured */
};

/* What a line of steps[] is. */
enum advice_step_kind {
	STEP_COMMAND, /* an exact command that we do not run ourselves: "virsh vcpupin ..." */
	STEP_NOTE,    /* a sentence */
	STEP_PERSIST, /* a line of a file that keeps the change over a reboot; which file is in file */
};

struct advice_step {
	enum advice_step_kind kind;
	char *file; /* of STEP_PERSIST: "/etc/tmpfiles.d/interloper-ksm.conf"; else NULL */
	char *text; /* one line, or for STEP_PERSIST several */
};

struct advice {
	const char *rule;    /* a literal that stays: "ksm-scan", "move-task", "leave-it" */
	uint32_t task;	     /* whom it is about, an id; TASK_UNKNOWN: nobody alone */
	uint64_t cost_ns;    /* what it is about cost: the owners' delay, without an owner run time */
	uint64_t run_ns;     /* and ran; both 0: not known */
	bool is_advice;	     /* false: there is nothing to do, and that is what it says */
	char *title;	     /* "move ksmd[510] to CPUs 0-63" */
	char *seen, *why, *predicted, *undo, *sure_why; /* a sentence or two each; NULL: nothing to say */
	bool is_minor; /* by advice_list_sort(): little of all that was seen would change */
	enum advice_sure sure;
	struct change *changes; /* what --apply would do: all of them or none */
	uint32_t change_count;
	struct advice_step *steps;
	uint32_t step_count;
};

struct advice_list {
	struct advice *list; /* the order of adding; advice_list_sort(): by cost, most first */
	uint32_t count, size;
	bool no_memory; /* something could not be added, or is missing in what was */
};

void advice_list_free(struct advice_list *list);

/* Adds an empty one and returns it, valid until the next; NULL without memory, which the functions
 * below take. rule must be a literal. */
struct advice *advice_add(struct advice_list *list, const char *rule, uint32_t task,
			  enum advice_sure sure);

/* Set a text: title, seen, why, predicted, undo or sure_why of the advice. */
void advice_text(struct advice_list *list, char **text, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Take over change, which is zero afterwards. advice may be NULL. */
void advice_change(struct advice_list *list, struct advice *advice, struct change *change);
void advice_step(struct advice_list *list, struct advice *advice, enum advice_step_kind kind,
		 const char *file, const char *format, ...) __attribute__((format(printf, 5, 6)));

/*
 * Those with something to do first, by cost, then run, most first; ties in the order of adding. Minor
 * is one whose cost and run are below ADVICE_MINOR of all in the list: it may be told in a line. What
 * is little on a busy CPU is much on one that has nothing else: so it is no fixed time.
 */
#define ADVICE_MINOR 0.01
void advice_list_sort(struct advice_list *list);

/* Leaves those that are not minor. */
void advice_list_drop_minor(struct advice_list *list);

/*
 * Leaves only those that what names: rules or tasks, "ksm-scan,ksmd"; none of them is minor then. A
 * name that nothing has is no error.
 */
void advice_list_keep(struct advice_list *list, const char *what, const struct task_table *tasks);

/* "sure", "likely", "unsure" */
const char *advice_sure_name(enum advice_sure sure);

#endif
