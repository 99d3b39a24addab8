// SPDX-License-Identifier: GPL-2.0-only
/* Wakeups by CPU and class: see placement_counts.h. */
#include "analysis/placement_counts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void placement_counts_init(struct placement_counts *counts, const struct placement_host *host)
{
	memset(counts, 0, sizeof(*counts));
	counts->host = host;
}

void placement_counts_free(struct placement_counts *counts)
{
	free(counts->classes);
	tally_free(&counts->trespasses);
	placement_counts_init(counts, counts->host);
}

static int make_room(struct placement_counts *counts, uint16_t cpu)
{
	uint32_t count = counts->cpu_count ? counts->cpu_count : 16;
	void *larger;

	while (count <= cpu)
		count *= 2;
	larger = realloc(counts->classes, count * sizeof(*counts->classes));
	if (!larger)
		return -ENOMEM;
	counts->classes = larger;
	memset(counts->classes + counts->cpu_count, 0,
	       (count - counts->cpu_count) * sizeof(*counts->classes));
	counts->cpu_count = count;
	return 0;
}

int placement_counts_add(struct placement_counts *counts, const struct event *e)
{
	if ((e->type != EVENT_SLICE && e->type != EVENT_WAITING) || e->slice.task == TASK_IDLE ||
	    e->cpu == CPU_UNKNOWN || !placement_is_told(&e->slice))
		return 0;
	if (e->cpu >= counts->cpu_count && make_room(counts, e->cpu))
		return -ENOMEM;
	counts->classes[e->cpu][placement_class(counts->host, &e->slice)]++;
	return placement_trespass(counts->host, e) != TRESPASS_NONE
		       ? tally_add(&counts->trespasses, e->slice.task, e->cpu, 1)
		       : 0;
}
