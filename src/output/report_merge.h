/* SPDX-License-Identifier: GPL-2.0-only */
/* Summaries of many traces as one, as text and JSON. */
#ifndef INTERLOPER_REPORT_MERGE_H
#define INTERLOPER_REPORT_MERGE_H

#include "analysis/merge.h"
#include "output/report.h"

/* A merged summary with its rows in the order to print. */
struct merge_report {
	const struct saved_summary *merged;
	const struct summary *total;	       /* merge_total() */
	const struct summary_row *const *rows; /* all of its table's */
	uint32_t count;
};

/* The whole document; saved_summary_parse() reads it. Field names: docs/json-schema.md. */
json_t *report_merge_json(const struct merge_report *report);

/*
 * The head: hosts, when, how long together, losses, files of which something is to be said, and in which file
 * the worst delay is (the table's times are each of one file's clock); then the table, its first limit rows
 * (0: all).
 */
void report_merge(const struct output *out, const struct merge_report *report, uint32_t limit,
		  bool wide);

/* Makes text that came from outside what its JSON will be, as merge_add() asks for. */
void merge_clean_text(struct saved_summary *saved);

#endif
