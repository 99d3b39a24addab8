/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a report is made of, gathered from one pass over a stream, live or of a file: names, losses,
 * summaries, the worst slices; and, on the way, rows as they come and a trace file.
 */
#ifndef INTERLOPER_GATHER_H
#define INTERLOPER_GATHER_H

#include "analysis/arrival.h"
#include "analysis/blame.h"
#include "analysis/bursts.h"
#include "analysis/choices.h"
#include "analysis/distribution.h"
#include "analysis/filter.h"
#include "analysis/idleness.h"
#include "analysis/losses.h"
#include "analysis/placement.h"
#include "analysis/summary.h"
#include "analysis/usable.h"
#include "analysis/visits.h"
#include "analysis/wakeups.h"
#include "analysis/worst.h"
#include "commands/live.h"
#include "event/tasks.h"
#include "host/snapshot.h"
#include "output/output.h"
#include "output/timehist.h"
#include "trace/writer.h"

/* What gets each event that the filter lets pass, at its point of the stream. */
struct taker {
	int (*take)(struct taker *taker, const struct event *event); /* 0 or a negative errno */
};

struct gather {
	struct live_sink sink; /* first: what live_run() feeds */
	/* Set by the command after gather_init(), all optional; gather_free() frees them. */
	const struct filter *filter; /* gather_set_filter(): all below but the writer obey it */
	struct summary *by_task, *by_cpu, *chosen;
	struct distribution *distribution;
	struct worst *waits, *runs;
	struct arrivals *arrivals; /* its placement_host is the command's */
	struct wakeups *wakeups; /* its placement_host is the command's */
	/* By gather_blame(). They get all events: the filter says whose waits count. */
	struct blame *blame;
	struct idleness *idleness;
	struct idle_aside *idle_aside; /* who feeds it; NULL: blame itself */
	struct usable *usable;
	struct visits *visits;
	struct bursts ksmd; /* by gather_advice() */
	bool sees_ksmd;
	struct timehist *rows;
	bool json_rows; /* one JSON object a line, instead of rows */
	struct taker *taker;	 /* the command's; but no identities, which are in tasks by then */
	struct choices *choices; /* for rows with placement */
	const struct placement_host *placement; /* json_rows: with class and branch; the command's */
	bool idle_only; /* rows: only the idle task's */
	struct trace_writer *writer;
	/* Filled. */
	struct task_table tasks;
	struct losses losses;
	const struct output *out;
	bool output_failed; /* the error was the reader's of our output, not ours */
};

/* 0 or -ENOMEM. */
int gather_init(struct gather *gather, const struct output *out);
void gather_free(struct gather *gather);

/* A filter that lets everything pass costs nothing. It must live as long as gather. */
void gather_set_filter(struct gather *gather, const struct filter *filter);

/* Takes events. 0 or a negative errno. */
int gather_add(struct gather *gather, const struct event *events, int n);

/* The parts of the report; sections that gather has not gathered are left out. */
void print_header(const struct gather *gather, const struct trace_meta *meta,
		  const struct host_snapshot *host, const char *damage);
void print_worst(struct gather *gather, const struct trace_meta *meta);
/* Sorted by column. 0 or EXIT_FAILED after a line on stderr. */
int print_summary(const struct gather *gather, const struct summary *summary, enum summary_by by,
		  const char *column, uint32_t limit, const struct trace_meta *meta, bool wide);
json_t *summary_json(const struct gather *gather, const struct summary *summary, enum summary_by by,
		     const char *column, const struct trace_meta *meta);
json_t *worst_json(struct gather *gather, struct worst *worst);
/*
 * How tasks came to isolated or target CPUs: print_stories() a story a task (limit 0: all),
 * print_why_here() the section of a report. host may be NULL. 0 or EXIT_FAILED.
 */
int print_stories(struct gather *gather, const struct placement_host *placement,
		  const struct host_snapshot *host, uint32_t limit);
int print_why_here(struct gather *gather, const struct placement_host *placement,
		   const struct host_snapshot *host);
json_t *why_here_json(struct gather *gather, const struct placement_host *placement,
		      const struct host_snapshot *host);
/* One object on stdout, dumped and freed. 0 or EXIT_FAILED. */
int print_json(const struct output *out, json_t *object);

/* Flushes stdout: EXIT_FAILED with a line on stderr if what was printed did not get out. */
int finish_output(const struct output *out);

#endif
