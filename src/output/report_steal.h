/* SPDX-License-Identifier: GPL-2.0-only */
/* What virtual machines paid, as text and JSON. */
#ifndef INTERLOPER_REPORT_STEAL_H
#define INTERLOPER_REPORT_STEAL_H

#include "analysis/steal.h"
#include "output/output.h"
#include "output/who.h"

/* A row a machine, with its first culprits. Nothing without machines. 0 or -ENOMEM. */
int report_steal(const struct output *out, const struct who *who, const struct steal *machines,
		 uint32_t count);
/* An array: a new reference, or NULL without memory. Field names: docs/json-schema.md. */
json_t *report_steal_json(const struct who *who, const struct steal *machines, uint32_t count);

#endif
