/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A trace, or a live session's distributions, as families of metrics: docs/metrics.md has them all.
 * What is not known is left out: there is no sample of it. Of series of all CPUs together, no sample
 * has a CPU.
 */
#ifndef INTERLOPER_REPORT_METRICS_H
#define INTERLOPER_REPORT_METRICS_H

#include "analysis/losses.h"
#include "analysis/series.h"
#include "event/meta.h"
#include "host/ksm.h"
#include "host/snapshot.h"
#include "output/metrics.h"

struct metrics_report {
	const struct series *series; /* its names cleaned by text_clean() */
	const struct placement_counts *placements; /* NULL: not known */
	/* start, end and target CPUs are those of the window that the series are of. */
	const struct trace_meta *meta;
	const struct losses *losses;	  /* NULL: the stream told of none */
	const struct host_snapshot *host; /* NULL: not known */
	const struct ksm_samples *ksm;	  /* NULL: those of the host snapshot, if any */
	uint64_t rows_left_out;		  /* of a saved summary: the series lack them */
	bool damaged;			  /* reading ended early */
};

/* Writes all of it to file. 0, -ENOMEM, or the file's error. */
int report_metrics(FILE *file, enum metrics_form form, const struct metrics_report *report);

#endif
