/* SPDX-License-Identifier: GPL-2.0-only */
/* How ksmd works, and which settings would keep limits (analysis/ksm_model.h, ksm_plan.h), as JSON. */
#ifndef INTERLOPER_REPORT_KSM_H
#define INTERLOPER_REPORT_KSM_H

#include <jansson.h>

#include "analysis/ksm_plan.h"

/* A new reference, or NULL without memory; field names: docs/json-schema.md. What is not known is
 * null. */
json_t *report_ksm_json(const struct ksm_model *model, const struct ksm_plan *plan);

#endif
