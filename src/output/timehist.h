/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The timehist: one row a slice, in perf sched timehist's first columns
 *
 *            time    cpu  task name                       wait time  sch delay   run time
 *                         [tid/pid]                          (msec)     (msec)     (msec)
 *
 * (time sec.usec 15 wide, [%04d], name 30 wide but never cut, three times msec.usec, truncated as
 * perf does), followed by what perf cannot say: the kind of delay, previous -> chosen CPU, waker.
 * wait time is all the time off CPU. What is not known prints as "-", never as 0.000.
 * Where and why this differs from perf: docs/timehist.md.
 */
#ifndef INTERLOPER_TIMEHIST_H
#define INTERLOPER_TIMEHIST_H

#include "analysis/choices.h"
#include "analysis/placement.h"
#include "event/event.h"
#include "event/meta.h"
#include "event/tasks.h"
#include "output/output.h"

struct timehist_options {
	bool state;	  /* --state: column "state", the letter of ps/perf */
	bool prio;	  /* --prio */
	bool next;	  /* -n: "next: comm[tid]": who ran next on the CPU */
	bool wakeups;	  /* -w: wakeup rows: "awakened: comm[tid]" at the waking's time */
	bool migrations;  /* -M: migration rows */
	bool cpu_visual;  /* -V: the CPU as a column of marks */
	bool idle;	  /* idle rows are shown */
	/* --placement: columns "class" and "branch"; NULL: none. choices: what the stream has told so
	 * far; both are the caller's. */
	const struct placement_host *placement;
	struct choices *choices;
	uint64_t hold_ns; /* how long rows are held back at most; 0: no limit but their number */
};

struct timehist;

/*
 * next, wakeups and migrations need rows in another order than the stream has them: a slice's event
 * comes at its end and carries the wakeup that led to it, and who ran next is known when that one's
 * slice ends. With any of them, up to TIMEHIST_HOLD rows (and hold_ns, which a live session sets) are
 * held back and sorted; a row that comes still later is printed all the same, marked "(late)".
 */
#define TIMEHIST_HOLD (1u << 17)

/*
 * Prints rows to out->file in large writes. NULL without memory. tasks must live as long. meta's CPU
 * count sets the width of cpu_visual.
 */
struct timehist *timehist_new(const struct output *out, const struct timehist_options *options,
			      const struct task_table *tasks, const struct trace_meta *meta);
void timehist_header(struct timehist *t);
/* timehist_add, _drain and _flush return 0, -ENOMEM, or the write's negative errno (and keep it). */
/* Events in stream order, already filtered. Identities must be in the task table already. */
int timehist_add(struct timehist *t, const struct event *event);
/* A slice that a filter leaves out: no row, but it names the next task for the one before it. */
void timehist_pass(struct timehist *t, const struct event *event);
/* Writes out the rows that are not held back: for a live session, after each drain. */
int timehist_drain(struct timehist *t);
/* The end: what is held back, then a line on the marks that were used. */
int timehist_flush(struct timehist *t);
void timehist_free(struct timehist *t);

#endif
