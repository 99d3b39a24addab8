/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who ran, who waited, how long: per task, per CPU, or per task and CPU.
 *
 *   run            the distribution of whole slices, and of nothing else
 *   run total      whole slices, plus what was seen of censored ones (cut_slices). A gap adds
 *                  nothing: its start is only a bound. It is counted in gaps, and cannot have run longer
 *                  than since the end of the CPU's slice before it (gap_max_ns)
 *   wake delay, preempt delay   distributions of known delays, never mixed. Slices whose delay
 *                  was not observed are counted in unknown_delays, never as 0
 *   cut waits      tasks still waiting when the trace ended: counted, with the longest so far
 *                  (of those known to wait since when), never in a distribution
 *   share          run_total_ns / the window's length: of one CPU's time, in every row
 *   voluntary / involuntary     how slices ended (event.h). Every slice is one of them, but those
 *                  cut by the trace's end, which did not end
 *   wakeups        slices that began by an observed wakeup, plus spare wakeups
 *   migrations     slices that began on another CPU than the task's previous slice in the stream;
 *                  per CPU, they count where the slice ran
 *   moves          queued tasks moved by something else than their wakeup; per CPU, they count
 *                  where the task was moved to
 *   idle           run of the idle task, without gaps. Idle slices count in nothing else
 */
#ifndef INTERLOPER_SUMMARY_H
#define INTERLOPER_SUMMARY_H

#include "analysis/histogram.h"
#include "event/event.h"

enum summary_by { SUMMARY_BY_TASK, SUMMARY_BY_CPU, SUMMARY_BY_TASK_CPU };

#define SUMMARY_TABLES 3 /* values of enum summary_by */

/* A distribution with the place of its maximum (the first, of equals), to go and look there. */
struct summary_spread {
	struct histogram ns;
	uint64_t max_at_ns; /* run: the slice's start; delays: the switch-in that ended it */
	uint16_t max_cpu;
	uint16_t max_file; /* of a merged summary: in which of its files; else 0 */
	uint32_t max_task;
};

/* Ordered so that a common slice touches three cache lines of it: counters, run and one delay. */
struct summary_row {
	uint32_t task;	 /* TASK_UNKNOWN in rows per CPU */
	uint16_t cpu;	 /* CPU_UNKNOWN in rows per task */
	bool exited;	 /* its last slice was seen (rows per task and CPU: here); never per CPU */
	uint64_t slices; /* all of them: whole, censored, gaps */
	uint64_t run_total_ns;
	uint64_t voluntary, involuntary, wakeups, spare_wakes, migrations;
	struct summary_spread run, wake_delay, preempt_delay;
	uint64_t moves;
	uint64_t gaps, cut_slices;	     /* slices that are no fact: gap, censored */
	uint64_t gap_max_ns; /* no gap ran longer; UINT64_MAX: not known. 0 without gaps */
	uint64_t unknown_delays;	     /* slices whose delay was not observed */
	uint64_t cut_waits, cut_wait_max_ns; /* still waiting at the end: count, longest so far */
	uint64_t idle_ns;		     /* rows per CPU: the idle task's run */
};

struct summary;

/* NULL without memory. */
struct summary *summary_new(enum summary_by by);
void summary_free(struct summary *summary);

/*
 * Takes slices, waits and moves (others are ignored; idle slices count only in rows per CPU, as
 * idle_ns). 0 or -ENOMEM (of that event, a part may have been counted).
 */
int summary_add(struct summary *summary, const struct event *event);

/* The same for n events in stream order, cheaper with hundreds of rows and more. */
int summary_add_many(struct summary *summary, const struct event *events, uint32_t n);

/*
 * Takes a finished row (copied; what the rows are not by is ignored). To a row of the same key it is
 * added: counts and distributions add up, maxima keep the larger with its place. 0; -ERANGE where a sum
 * does not fit (nothing was added); -ENOMEM (a part may have been).
 */
int summary_put(struct summary *summary, const struct summary_row *row);

/* The row of a key, NULL if there is none; what the rows are not by is ignored. */
const struct summary_row *summary_find(const struct summary *summary, uint32_t task, uint16_t cpu);

/* Rows in no particular order; valid until the next add, put or free. */
uint32_t summary_rows(const struct summary *summary, const struct summary_row *const **rows);

/*
 * Sorts row pointers by a column, largest first (task and CPU: smallest first), ties by task, then
 * CPU. A row without a value for the column (no known delay) comes after those with one, be it 0.
 * -EINVAL for a column summary_columns does not name, -ENOMEM.
 */
int summary_sort(const struct summary_row **rows, uint32_t n, const char *column);

/*
 * The names --sort takes, NULL-terminated: "run" (the total), "slices", "avg", "p50", "p99",
 * "p99.9", "max" (of the run), "wake-total", "wake-avg", "wake-p50", "wake-p99", "wake-p99.9",
 * "wake-max", the same with "preempt-", "voluntary", "involuntary", "wakeups", "migrations", "cpu",
 * "task" (by id).
 */
extern const char *const summary_columns[];

#endif
