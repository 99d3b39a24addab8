/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who ran, who waited, how long: per task, per CPU, or per task and CPU.
 *
 *   run            of whole slices; censored slices and gaps count in run_total_ns (what was seen
 *                  of them) and in their own counters, never in the distribution
 *   wake delay, preempt delay   distributions of known delays, never mixed; unknown and censored
 *                  ones are counted
 *   share          run_total_ns / (the window's length x number of CPUs of the row)
 *   voluntary / involuntary     how slices ended (event.h); the idle task counts as neither
 *   wakeups        slices that began by a wakeup, plus spare wakeups
 *   migrations     slices that began on another CPU than the task's previous slice
 */
#ifndef INTERLOPER_SUMMARY_H
#define INTERLOPER_SUMMARY_H

#include "analysis/histogram.h"
#include "event/event.h"

enum summary_by { SUMMARY_BY_TASK, SUMMARY_BY_CPU, SUMMARY_BY_TASK_CPU };

/* A distribution with the place of its maximum, so that one can go and look. */
struct summary_spread {
	struct histogram ns;
	uint64_t max_at_ns; /* run: the slice's start; delays: the switch-in that ended it */
	uint16_t max_cpu;
	uint32_t max_task;
};

struct summary_row {
	uint32_t task; /* TASK_UNKNOWN in rows per CPU */
	uint16_t cpu;  /* CPU_UNKNOWN in rows per task */
	uint64_t slices; /* all of them: whole, censored, gaps */
	uint64_t run_total_ns;
	struct summary_spread run, wake_delay, preempt_delay;
	uint64_t voluntary, involuntary, wakeups, spare_wakes, migrations, moves;
	uint64_t gaps, cut_slices;	   /* slices that are no fact: gap, censored */
	uint64_t unknown_delays;	   /* slices whose delay was not observed */
	uint64_t cut_waits, cut_wait_max_ns; /* still waiting at the end: count, longest so far */
	uint64_t idle_ns;		   /* rows per CPU: the idle task's run */
	bool exited;			   /* rows per task: its last slice was seen */
};

struct summary;

/* NULL without memory. */
struct summary *summary_new(enum summary_by by);
void summary_free(struct summary *summary);

/* Takes slices, waits and moves (others are ignored; idle slices count only in rows per CPU, as
 * idle_ns). 0 or -ENOMEM. */
int summary_add(struct summary *summary, const struct event *event);

/* Rows in no particular order; valid until the next add or free. */
uint32_t summary_rows(const struct summary *summary, const struct summary_row *const **rows);

/*
 * Sorts row pointers by a column, largest first (names: smallest first), ties by task, then CPU.
 * -EINVAL for a column summary_columns does not name.
 */
int summary_sort(const struct summary_row **rows, uint32_t n, const char *column);

/* The names --sort takes, NULL-terminated: "run", "slices", "avg", "p50", "p99", "p99.9", "max",
 * "wake-total", "wake-avg", "wake-p50", ..., "preempt-max", "voluntary", "involuntary", "wakeups",
 * "migrations", "cpu", "task" (by id). */
extern const char *const summary_columns[];

#endif
