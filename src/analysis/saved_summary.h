/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `interloper summary FILE --json` writes, read back: a run whose trace was not kept can still be
 * compared with, and summaries of many hosts be added up. docs/json-schema.md has the fields.
 *
 * A summary is taken as a whole or refused: its buckets are those of loglin.h, in rising order, and
 * count, total, minimum and maximum are such as they allow; a row's slices are those of its run, its
 * gaps and its cut ones, and each has a delay or an unknown one. What is derived (means, percentiles,
 * shares) is not read. Times and counts are exact up to INT64_MAX, where JSON's numbers end.
 */
#ifndef INTERLOPER_SAVED_SUMMARY_H
#define INTERLOPER_SAVED_SUMMARY_H

#include "analysis/loss_view.h"
#include "analysis/losses.h"
#include "analysis/summary.h"
#include "event/meta.h"
#include "event/tasks.h"
#include "host/snapshot.h"

/* What a report left out of its trace. */
struct summary_scope {
	hwloc_bitmap_t cpus;	 /* -C; NULL: none were named */
	char *tasks;		 /* -t, -p as text for people; NULL: all tasks */
	uint64_t from_ns, to_ns; /* --time; 0: no limit */
	uint32_t rows_left_out[SUMMARY_TABLES]; /* --limit, by enum summary_by */
};

/* Whether anything but rows was left out. */
bool summary_scope_filters(const struct summary_scope *scope);

/* The name of a table in JSON: "tasks", "cpus", "tasks_by_cpu". */
const char *summary_table_name(enum summary_by by);

/* A trace, or a part of one, that a merged summary has added. */
struct merged_file {
	char *file;		    /* as it was named when it was merged */
	char *host, *kernel;	    /* NULL: not known */
	char *task_filter;	    /* NULL: every task */
	char *damage;		    /* NULL: none */
	uint64_t start_ns, end_ns;  /* the window, of its own clock; end 0: not known */
	int64_t realtime_offset_ns; /* 0: not known */
	bool incomplete;	    /* its recorder did not finish: lost has lower limits */
	bool filtered;		    /* of a part of its trace alone */
	uint32_t rows_left_out;	    /* of the table that was merged */
	uint64_t slices_made;	    /* 0 where incomplete: not known */
	uint64_t offline_ns;
	struct loss_view lost; /* of all CPUs; no times: they are of its own clock */
};

#define MERGED_FILES_MAX 65535

struct merged {
	bool by_group; /* rows are of groups of names (family.h), not of names */
	uint32_t count;
	struct merged_file *files;
};

/* How long all their windows are together; 0: not known, as one of them is not, or it does not fit. */
uint64_t merged_window_ns(const struct merged *merged);
/* Their losses together (counts that merge.h took do fit). */
struct loss_view merged_losses(const struct merged *merged);
void merged_file_free(struct merged_file *file);

/*
 * In a merged summary (merge.h) merged is there, and others mean something else: the meta's window
 * begins at 0 and is as long as all files' together, as no clock is common to them; its CPU 0 has all
 * that was lost, on whatever CPU; tasks are all those of a name, with tid and pid 0.
 */
struct saved_summary {
	struct merged *merged; /* NULL: of one trace */
	/*
	 * Of what the rows are: start, end, target CPUs and task filter are the trace's, narrowed by
	 * the report's filter. Its counts are of the CPUs that lost something; slices_made of all
	 * others are on one of them, programs_skipped on CPU 0. cpu_count is as large as that needs.
	 */
	struct trace_meta meta;
	struct losses losses; /* bursts, times, and how long CPUs were offline */
	/* Only its names, and the sets online, isolated, nohz_full (NULL: not known). */
	struct host_snapshot host;
	bool has_host;
	const char *kernel; /* the host's kernel_release; NULL: not known */
	/* Ids are ours: 0 is the idle task, others from 1 in the order in which the text names them.
	 * Identities have tid, pid and comm, nothing else. */
	struct task_table tasks;
	struct summary *by_task, *by_cpu, *by_task_cpu; /* those that it has; else NULL */
	struct summary_scope scope;
	char *damage;	    /* of the trace file, as text; NULL: none */
	bool damaged;	    /* there is */
	bool filtered;	    /* summary_scope_filters() */
	bool rows_left_out; /* of any table */
};

/* 0; -EINVAL with one line in why, which names what is wrong; -ENOMEM. Only after 0 it is to be freed. */
int saved_summary_parse(struct saved_summary *saved, const char *json, size_t length, char *why,
			size_t why_size);
void saved_summary_free(struct saved_summary *saved);

/* Whether a file that begins with these bytes is JSON, as no trace is. */
bool saved_summary_looks_so(const char *bytes, size_t n);

#endif
