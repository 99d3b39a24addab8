/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What to do about ksmd's slices: settings of KSM that keep limits, by the model of what was
 * measured (ksm_model.h) and the plan that it leads to (ksm_plan.h). The rules:
 *
 *   ksm-scan     pages_to_scan and sleep_millisecs; or that they may stay as they are
 *   ksm-advisor  the advisor's own knobs, where it is active: it refuses pages_to_scan then
 *   ksm-off      nothing to do: KSM is absent, off, or has nothing to scan
 *   ksm-idle     nothing to do: it scans, but has merged nothing
 *
 * Changes are in an order in which no step raises ksmd's load, bar the last that brings the rate
 * back; they are taken back in the reverse order.
 */
#ifndef INTERLOPER_ADVICE_KSM_H
#define INTERLOPER_ADVICE_KSM_H

#include "analysis/advice.h"
#include "analysis/ksm_plan.h"

#define KSM_PERSIST_FILE "/etc/tmpfiles.d/interloper-ksm.conf"

struct ksm_advice_input {
	const struct ksm_model *model;
	const struct ksm_plan *plan; /* made of it */
	uint32_t task; /* ksmd's id in the task table; TASK_UNKNOWN: it was not seen */
};

/* Adds at least one; list->no_memory as in advice.h. */
void advice_ksm(struct advice_list *list, const struct ksm_advice_input *input);

#endif
