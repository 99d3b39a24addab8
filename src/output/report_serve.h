/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `serve` tells at a scrape, as families of metrics: docs/serve.md has them all. What is not known
 * is left out: there is no sample of it.
 */
#ifndef INTERLOPER_REPORT_SERVE_H
#define INTERLOPER_REPORT_SERVE_H

#include "analysis/groups.h"
#include "host/ksm.h"
#include "host/snapshot.h"
#include "output/metrics.h"

/* Of one CPU. */
struct serve_cpu {
	const struct group_cpu_counts *counts;
	uint64_t state_lost;
	bool traced;   /* else nothing is told of it */
	bool isolated; /* trespasses are told of these alone */
};

struct serve_report {
	struct groups_view groups;
	const struct serve_cpu *cpus;
	uint32_t cpu_count;
	uint32_t unseen_cpus; /* traced and online, but no switch was seen there yet */
	uint64_t created_unix_ns; /* since when all of it counts */
	uint64_t programs_skipped;
	const struct host_snapshot *host;
	const struct ksm_state *ksm; /* as of now; NULL: not known */
	/* The exporter itself. */
	uint64_t cpu_time_ns, resident_bytes;
	uint64_t scrapes;	 /* before this one */
	uint64_t last_scrape_ns; /* what the one before took to make; 0: there was none */
};

/* Writes all of it to file. 0, -ENOMEM, or the file's error. */
int report_serve(FILE *file, enum metrics_form form, const struct serve_report *report);

#endif
