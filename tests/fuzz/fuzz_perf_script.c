// SPDX-License-Identifier: GPL-2.0-only
/* Any text as perf script's: events in the order of time, with CPUs and names as promised. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "import/perf_script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct sched_event *event, uint64_t last_ns)
{
	if (!event->type || event->type >= SCHED_EVENT_TYPES || event->time_ns < last_ns)
		abort();
	if (event->type != SCHED_LOST && event->cpu > UINT16_MAX)
		abort();
	if (strnlen(event->comm, TASK_COMM_LEN) == TASK_COMM_LEN ||
	    strnlen(event->other_comm, TASK_COMM_LEN) == TASK_COMM_LEN)
		abort();
	if (event->type == SCHED_SWITCH && (event->tid < 0 || event->other_tid < 0))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char why[RECORDING_WHY_MAX];
	struct sched_event events[7];
	struct perf_script *script;
	uint64_t last_ns = 0;
	int got;

	if (perf_script_open_fd(&script, -1, data, size, why)) {
		if (script || !*why || strchr(why, '\n'))
			abort();
		return 0;
	}
	while ((got = perf_script_next(script, events, 7)) > 0) {
		for (int i = 0; i < got; i++) {
			check(&events[i], last_ns);
			last_ns = events[i].time_ns;
		}
	}
	if (got)
		abort();
	perf_script_close(script);
	return 0;
}
