/* SPDX-License-Identifier: GPL-2.0-only */
/* "interloper explain": a CPU, and whether a task may come there, as text and JSON. */
#ifndef INTERLOPER_REPORT_EXPLAIN_H
#define INTERLOPER_REPORT_EXPLAIN_H

#include "analysis/explain.h"
#include "output/output.h"

/* 0 or -ENOMEM. */
int report_explain(const struct output *out, const struct explanation *explanation);
/* A new reference, or NULL without memory; field names: docs/json-schema.md. */
json_t *report_explain_json(const struct explanation *explanation);

#endif
