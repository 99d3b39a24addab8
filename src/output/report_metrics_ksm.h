/* SPDX-License-Identifier: GPL-2.0-only */
/* The state of KSM as metrics. */
#ifndef INTERLOPER_REPORT_METRICS_KSM_H
#define INTERLOPER_REPORT_METRICS_KSM_H

#include "host/ksm.h"
#include "host/snapshot.h"
#include "output/metrics.h"

/*
 * The latest of the samples; without any, what the snapshot says of the trace's begin; without either,
 * or of a kernel without KSM, nothing. Both may be NULL. 0 or what the writer says.
 */
int report_metrics_ksm(struct metrics *metrics, const struct ksm_samples *samples,
		       const struct host_snapshot *host);

#endif
