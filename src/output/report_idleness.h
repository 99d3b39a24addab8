/* SPDX-License-Identifier: GPL-2.0-only */
/* Which CPUs stood idle while tasks waited, and how the CPUs shared the work, as text and JSON. */
#ifndef INTERLOPER_REPORT_IDLENESS_H
#define INTERLOPER_REPORT_IDLENESS_H

#include <hwloc.h>

#include "analysis/blame.h"
#include "analysis/idleness.h"
#include "output/output.h"
#include "output/who.h"

struct idleness_report {
	const struct idleness *idleness; /* finished */
	const struct blame *blame;	 /* finished: whose waits, in its victims' order */
	struct who who;
	hwloc_const_bitmap_t cpus; /* which CPUs are shown */
	uint32_t limit;		   /* how many victims are shown; 0: all */
};

/* A table by task and one by CPU; nothing where nobody waited. 0 or -ENOMEM. */
int report_idleness(const struct output *out, const struct idleness_report *report);
/* A new reference, or NULL without memory. Field names: docs/json-schema.md. */
json_t *report_idleness_json(const struct idleness_report *report);

#endif
