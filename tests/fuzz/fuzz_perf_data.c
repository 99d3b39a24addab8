// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any bytes are no perf.data, or one whose events come in the order of time and have sane fields.
 * The corpus: recordings of a few milliseconds, by perf 6.1, as file, pipe, compressed and with
 * losses.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "import/perf_data.h"

#define SIZE_LIMIT (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct sched_event *e, uint64_t *time_ns)
{
	if (e->time_ns < *time_ns)
		abort();
	*time_ns = e->time_ns;
	if (!e->type || e->type >= SCHED_EVENT_TYPES)
		abort();
	if (e->prio < -1 || e->prio > 139 || e->other_prio < -1 || e->other_prio > 139)
		abort();
	if (e->cpu >= UINT16_MAX && e->cpu != UINT32_MAX)
		abort();
	if (e->comm[TASK_COMM_LEN - 1] || e->other_comm[TASK_COMM_LEN - 1])
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct sched_event *events[64];
	char path[64], why[RECORDING_WHY_MAX] = "";
	uint64_t time_ns = 0;
	struct perf_data *d;
	int fd, n;

	if (size > SIZE_LIMIT)
		return 0;
	fd = memfd_create("perf.data", MFD_CLOEXEC);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (!perf_data_open(&d, path, why)) {
		while ((n = perf_data_next(d, events, 64)) > 0)
			for (int i = 0; i < n; i++)
				check(events[i], &time_ns);
		if (n < 0 && !perf_data_why(d)[0])
			abort();
		if (!perf_data_facts(d)->what)
			abort();
		perf_data_close(d);
	} else if (!why[0] || strchr(why, '\n')) {
		abort();
	}
	close(fd);
	return 0;
}
