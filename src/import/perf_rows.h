/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rows of `perf sched timehist`, as perf itself would make them of the same recording: with its
 * defects, which are counted where the same events tell the truth (perf_truth.h). output/perf_layout.h
 * prints them.
 *
 * What perf does (tools/perf/builtin-sched.c of 6.1 and 6.12), t being the time of the switch:
 *   row        one for each sched_switch, of the thread that the *sample* names (-1 once it has
 *              exited); the idle task has one for each CPU
 *   in         the last switch on this CPU, whoever came then; without one all three times are 0
 *   run        t - in
 *   wait       in - the thread's last switch-out
 *   delay      in - ready. ready is the first wakeup since the thread's last switch-out; a later
 *              `in` than that or none: 0. sched_wakeup counts only in a recording without
 *              sched_waking; sched_wakeup_new always does
 *   6.12       ready begins as the switch-out of who left runnable (R or R+; the idle task always)
 *              and an exited thread is forgotten at once: its last rows are those of ":TID"
 *   state      6.1: the lowest bit, by a table that the kernel left in 4.14 (Z for X, X for Z, x for
 *              P, K for I, W for R+; else "?"). 6.12: by the format's own table, R for R+
 *   lost       a row each, whatever else it may spoil
 * Not made: callchains, -w, -M, -V, --time, -p, -t.
 */
#ifndef INTERLOPER_PERF_ROWS_H
#define INTERLOPER_PERF_ROWS_H

#include "import/sched_event.h"

enum perf_compat { PERF_6_1, PERF_6_12 };

struct perf_rows_options {
	enum perf_compat version;
	uint32_t has; /* recording_facts.has, as it is known before the first event */
	bool partial; /* some CPUs only were recorded (recorded_cpus) */
};

/* What is wrong with a row, or not known though it shows a number. The first that fits. */
enum perf_defect {
	PERF_RIGHT,
	PERF_FIRST,	    /* the slice began before the recording: all its times show 0 */
	PERF_IDLE_DELAY,    /* a delay of the idle task, which never waits (6.12) */
	PERF_EXITED,	    /* of thread -1: all exited ones together */
	PERF_GAP,	    /* who left had not come at the switch before, or events were lost since */
	PERF_FORGOTTEN,	    /* delay 0, as perf has forgotten what was before the slice (6.12: by the
			       task's exit) */
	PERF_WOKEN_RUNNING, /* delay 0, but the task was woken while still running, and then waited */
	PERF_PREEMPTED,	    /* delay 0 (6.1), but it had been preempted, and then waited */
	PERF_WOKEN_QUEUED,  /* delay counted from a wakeup that found the preempted task queued */
	PERF_NO_WAKEUP,	    /* the delay is not known: the wakeup was not recorded */
	PERF_UNKNOWN_WAIT,  /* likewise: the task was off when the recording began, or in a loss, or
			       maybe ran on a CPU that was not recorded */
	PERF_OTHER_DELAY,   /* the delay is another, for none of these reasons */
	PERF_DEFECTS
};

enum perf_row_type { PERF_ROW_SWITCH, PERF_ROW_LOST };

struct perf_row {
	uint64_t time_ns;
	uint32_t cpu;
	uint8_t type;	/* enum perf_row_type */
	uint8_t defect; /* enum perf_defect */
	char state;
	int32_t tid, pid; /* 0 and 0: idle. A pid of 0: perf shows the name alone */
	uint64_t wait_ns, delay_ns, run_ns;
	int32_t next_tid;
	char comm[TASK_COMM_LEN], next_comm[TASK_COMM_LEN];
	uint64_t lost; /* PERF_ROW_LOST */
};

struct perf_defect_counts {
	uint64_t rows;			/* of switches */
	uint64_t defects[PERF_DEFECTS]; /* they sum to rows */
	uint64_t nameless;		/* rows of a thread that perf calls ":TID" */
	uint64_t cut_names;		/* names that perf cuts, at 31 characters */
	uint64_t lost_rows;
	uint64_t skipped; /* events with ids or CPUs that no machine has */
};

struct perf_rows;

/* NULL: no memory. */
struct perf_rows *perf_rows_new(const struct perf_rows_options *options);
void perf_rows_free(struct perf_rows *rows); /* NULL is fine */

/*
 * Takes the next event. 1: *row is the row that perf prints at it; 0: none; -ENOMEM.
 *
 * perf's records of tasks are told from tracepoints by the pid: a FORK or EXIT with one is a record; without
 * (TID_UNKNOWN) it is of sched_process_*, which perf's timehist does not look at. The parent's process
 * in a FORK is current_pid if current_tid is the parent; else (perf's own, of the tasks that were
 * there before) the parent's tid is a process's.
 * Without SCHED_NAME in has (text), a thread's name is the one that its switch tells.
 */
int perf_rows_add(struct perf_rows *rows, const struct sched_event *e, struct perf_row *row);

/* So far. */
const struct perf_defect_counts *perf_rows_defects(const struct perf_rows *rows);

#endif
