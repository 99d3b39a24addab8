/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Families of metrics that traces (report_metrics.h) and `serve` (report_serve.h) have alike. Each
 * function gives back 0 or what the writer says.
 */
#ifndef INTERLOPER_REPORT_METRICS_COMMON_H
#define INTERLOPER_REPORT_METRICS_COMMON_H

#include "host/snapshot.h"
#include "output/metrics.h"
#include "placement_class.h"

/* A family of one sample without labels: nanoseconds where its unit is seconds. */
int report_metrics_one(struct metrics *metrics, const struct metrics_family *family,
		       uint64_t value);

int report_metrics_build(struct metrics *metrics);
int report_metrics_host(struct metrics *metrics, const struct host_snapshot *host);

/* Begins interloper_wakeups; then what CPUs have of it, in rising order. Classes that do not occur have
 * no sample. */
int report_metrics_wakeups(struct metrics *metrics);
int report_metrics_cpu_wakeups(struct metrics *metrics, uint32_t cpu,
			       const uint64_t counts[PLACEMENT_CLASSES]);

#endif
