/* SPDX-License-Identifier: GPL-2.0-only */
/* "interloper revert": what was taken back, and what was not, a row each, as text and JSON. */
#ifndef INTERLOPER_REPORT_REVERT_H
#define INTERLOPER_REPORT_REVERT_H

#include <stdbool.h>

#include "host/revert.h"
#include "output/output.h"

/* "nothing to revert" where there is none. 0 or -ENOMEM. */
int report_revert(const struct output *out, const struct revert_result *result, bool dry_run);
/* A new reference, or NULL without memory; field names: docs/json-schema.md. */
json_t *report_revert_json(const struct revert_result *result, bool dry_run);

#endif
