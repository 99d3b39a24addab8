/* SPDX-License-Identifier: GPL-2.0-only */
/* What the forms of `export` share: what was asked for, and how each is written. */
#ifndef INTERLOPER_COMMANDS_EXPORT_H
#define INTERLOPER_COMMANDS_EXPORT_H

#include "analysis/series.h"
#include "commands/gather.h"
#include "commands/input.h"
#include "commands/live.h"
#include "output/export_tables.h"
#include "output/report_metrics.h"

#define EXPORT_NO_TABLE EXPORT_TABLES
#define EXPORT_NO_KIND	EXPORT_KINDS

struct export_job;

/* A form: an entry of the table in export.c. */
struct export_format {
	const char *name;
	unsigned int tables; /* 1 << enum export_table, of those it can write; 0: it takes no --table */
	bool folder;	     /* it can write more than one file, to a folder */
	/* Reads the input through gather, and writes. 0, or EXIT_FAILED after a line on stderr. */
	int (*write)(struct export_job *job);
};

struct export_options {
	struct live_options live; /* its filter is that of a file, too */
	const char *file;	  /* NULL: live */
	const char *name;	  /* of what is exported, for messages */
	const struct export_format *format;
	enum export_table table; /* EXPORT_NO_TABLE: not given */
	enum export_kind kind;	 /* EXPORT_NO_KIND: not given */
	enum distribution_by by; /* DISTRIBUTION_ALL: not given */
	const char *output;	 /* NULL: stdout */
	const char *textfile;	 /* metrics: in place of output */
	uint32_t max_series;	 /* metrics: groups of tasks */
	bool idle;
};

struct export_job {
	const struct export_options *options;
	struct input *input;
	struct gather *gather; /* with the filter set */
	FILE *file;	       /* where it goes; with a folder: stdout, not to be used */
	const char *folder;    /* NULL: file */
	uint64_t waiting;      /* tasks that still waited at the end, in no row */
};

/* The forms of tables: csv, ndjson, json. */
int export_write_csv(struct export_job *job);
int export_write_ndjson(struct export_job *job);
int export_write_json(struct export_job *job);
/* HdrHistogram's percentile distributions. */
int export_write_hdr(struct export_job *job);
/* Metrics, in both of their forms. */
int export_write_openmetrics(struct export_job *job);
int export_write_prometheus(struct export_job *job);
/* Their parts, which a saved summary has in common with a trace. 0, or EXIT_FAILED after a line on stderr. */
int export_make_series(struct series *series, const struct export_options *options,
		       const struct summary *rows, const struct task_table *tasks, bool of_all_cpus);
/* To file, or to the options' text file; in the form that they name. */
int export_put_metrics(const struct export_options *options, FILE *file,
		       const struct metrics_report *report);
/* Perfetto's binary trace. */
int export_write_perfetto(struct export_job *job);

/*
 * The options' file, which is a saved summary: as metrics, which is all that it has in these forms. 0, or
 * EXIT_FAILED after a line on stderr.
 */
int export_saved(const struct export_options *options);

/*
 * Says on stderr, in one line, what the input had that is in no row: losses, and waits that the trace's end
 * cut. For forms that have no place for it.
 */
void export_tell_missing(const struct export_job *job);

#endif
