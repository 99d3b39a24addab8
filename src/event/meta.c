// SPDX-License-Identifier: GPL-2.0-only
/* What a reader must know about a trace beside its events: see meta.h. */
#include "event/meta.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int trace_meta_init(struct trace_meta *meta, uint32_t cpu_count)
{
	memset(meta, 0, sizeof(*meta));
	meta->cpu_count = cpu_count;
	meta->cpus = calloc(cpu_count ? cpu_count : 1, sizeof(*meta->cpus));
	meta->target_cpus = hwloc_bitmap_alloc();
	if (meta->cpus && meta->target_cpus)
		return 0;
	trace_meta_free(meta);
	return -ENOMEM;
}

void trace_meta_free(struct trace_meta *meta)
{
	hwloc_bitmap_free(meta->target_cpus);
	free(meta->cpus);
	free(meta->task_filter);
	free(meta->command);
	free(meta->rests_on);
	free(meta->host_json);
	free(meta->ksm_json);
	memset(meta, 0, sizeof(*meta));
}

uint64_t trace_meta_lost(const struct trace_meta *meta)
{
	uint64_t sum = 0;

	for (uint32_t cpu = 0; cpu < meta->cpu_count; cpu++) {
		for (int kind = 0; kind < LOST_KINDS; kind++)
			sum += meta->cpus[cpu].lost[kind];
		sum += meta->cpus[cpu].state_lost + meta->cpus[cpu].programs_skipped;
	}
	return sum;
}
