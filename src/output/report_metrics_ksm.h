/* SPDX-License-Identifier: GPL-2.0-only */
/* The state of KSM as metrics. */
#ifndef INTERLOPER_REPORT_METRICS_KSM_H
#define INTERLOPER_REPORT_METRICS_KSM_H

#include "host/ksm.h"
#include "output/metrics.h"

/* What is known of it; of a kernel without KSM, nothing. Counters are since boot: no other time may be
 * set by metrics_set_created(). 0 or what the writer says. */
int report_metrics_ksm(struct metrics *metrics, const struct ksm_state *state);

#endif
