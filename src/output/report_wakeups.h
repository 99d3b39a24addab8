/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where wakeups put their tasks: classes with what they cost, branches with how sure, the tasks and
 * CPUs most concerned, and from where to where, as text and JSON.
 */
#ifndef INTERLOPER_REPORT_WAKEUPS_H
#define INTERLOPER_REPORT_WAKEUPS_H

#include "analysis/wakeups.h"
#include "event/tasks.h"
#include "host/snapshot.h"
#include "output/output.h"

struct wakeups_report {
	const struct wakeups *wakeups; /* finished */
	const struct task_table *tasks;
	const struct host_snapshot *host; /* NULL: not known, nor which CPUs are isolated */
	unsigned int tables;	  /* 1 << enum wakeups_by: those to be shown */
	enum wakeups_place place; /* of the matrix */
	uint32_t limit;		  /* rows of each table in text; 0: all */
	bool confusion;		  /* the table of the model's answers against the hooks' */
};

/* The CPUs of one of the matrix' caches or nodes, as a list to be freed; NULL: not known. */
char *report_place_cpus(const struct wakeups_report *report, int32_t id);

/* 0 or -ENOMEM (then some of it is missing). */
int report_wakeups(const struct output *out, const struct wakeups_report *report);

/* A new reference, or NULL without memory: docs/json-schema.md. Always whole, whatever the limit. */
json_t *report_wakeups_json(const struct wakeups_report *report);

/* By which class and branch one wakeup's CPU was chosen, as fields of its event's object. */
void report_placement_json(json_t **object, enum placement_class class,
			   struct placement_verdict verdict);

#endif
