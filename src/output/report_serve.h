/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `serve` tells at a scrape, as families of metrics: docs/serve.md has them all. What is not known
 * is left out: there is no sample of it.
 *
 *   counters    of a CPU that is traced, and of a group on one where it ever had anything, are told
 *               zeros included; but classes of placement that do not occur are not, nor trespasses on a
 *               CPU that is not isolated
 *   histograms  of groups have all bounds of group.h, those of CPUs one an octave; without a value
 *               there is none
 *   created     what is counted by CPU, or for all, has been since created_unix_ns, and says so. A group's
 *               counts begin when it is told first, and again when it comes back (analysis/groups.h):
 *               they say nothing, and a reader takes the step down for the reset that it is
 *   own cost    interloper_kernel_cpu_seconds is timed_ns * GROUP_TIMED_EVERY, of all CPUs
 */
#ifndef INTERLOPER_REPORT_SERVE_H
#define INTERLOPER_REPORT_SERVE_H

#include "analysis/groups.h"
#include "host/ksm.h"
#include "host/snapshot.h"
#include "output/metrics.h"

/* Of one CPU. */
struct serve_cpu {
	const struct group_cpu_counts *counts; /* never NULL where it is traced */
	uint64_t state_lost;		       /* task states that could not be had */
	bool traced; /* else nothing is told of it but losses, and what the programs cost there */
	bool isolated;			       /* trespasses are told of these alone */
};

/* All of it stays the caller's. */
struct serve_report {
	struct groups_view groups; /* its names cleaned by text_clean() */
	const struct serve_cpu *cpus; /* by number; groups on CPUs beyond are not told */
	uint32_t cpu_count;
	uint32_t unseen_cpus; /* traced and online, but no switch was seen there yet */
	uint64_t created_unix_ns; /* since when all of it counts; 0: not known */
	uint64_t programs_skipped;
	const struct host_snapshot *host; /* NULL: not known */
	const struct ksm_state *ksm;	  /* as of now; NULL: not known */
	/* The exporter itself. */
	uint64_t cpu_time_ns, resident_bytes; /* 0 bytes: not known */
	uint64_t scrapes;		      /* before this one */
	uint64_t last_scrape_ns; /* what the one before took to make; 0: there was none */
};

/* Writes all of it to file. 0, -ENOMEM, or the file's error: it then has a part of it. -EINVAL or -ERANGE:
 * the view is not in the order that analysis/groups.h says. */
int report_serve(FILE *file, enum metrics_form form, const struct serve_report *report);

#endif
