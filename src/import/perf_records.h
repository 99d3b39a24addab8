/* SPDX-License-Identifier: GPL-2.0-only */
/* The records that perf adds to the kernel's (tools/lib/perf/include/perf/event.h). */
#ifndef INTERLOPER_PERF_RECORDS_H
#define INTERLOPER_PERF_RECORDS_H

#include <linux/perf_event.h>

enum perf_own_record {
	PERF_OWN_START = 64,
	PERF_OWN_ATTR = 64,
	PERF_OWN_TRACING_DATA = 66, /* its own bytes follow it: they are no record */
	PERF_OWN_FINISHED_ROUND = 68,
	PERF_OWN_ID_INDEX = 69,
	PERF_OWN_AUXTRACE = 71, /* likewise */
	PERF_OWN_FEATURE = 80,
	PERF_OWN_COMPRESSED = 81,
	PERF_OWN_COMPRESSED2 = 83,
};

#endif
