// SPDX-License-Identifier: GPL-2.0-only
/* When and where events were lost: see losses.h. */
#include "analysis/losses.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void losses_free(struct losses *l)
{
	free(l->cpus);
	memset(l, 0, sizeof(*l));
}

static int grow(struct losses *l, uint32_t cpu_count)
{
	struct loss_window *cpus = realloc(l->cpus, cpu_count * sizeof(*cpus));

	if (!cpus)
		return -ENOMEM;
	memset(cpus + l->cpu_count, 0, (cpu_count - l->cpu_count) * sizeof(*cpus));
	l->cpus = cpus;
	l->cpu_count = cpu_count;
	return 0;
}

static void window_add(struct loss_window *w, const struct event *e)
{
	if (!w->bursts || e->lost.first_ns < w->first_ns)
		w->first_ns = e->lost.first_ns;
	if (e->time_ns > w->last_ns)
		w->last_ns = e->time_ns;
	w->count[e->lost.kind] += e->lost.count;
	w->bursts++;
}

static int add_offline(struct losses *l, const struct event *e)
{
	if (e->cpu >= l->cpu_count && grow(l, e->cpu + 1u))
		return -ENOMEM;
	l->cpus[e->cpu].offline_ns += slice_run_ns(e);
	l->all.offline_ns += slice_run_ns(e);
	return 0;
}

int losses_add(struct losses *l, const struct event *e)
{
	if (event_is_offline(e))
		return add_offline(l, e);
	if (e->type != EVENT_LOST)
		return 0;
	if (e->lost.kind >= LOST_KINDS)
		return -EINVAL;
	if (e->cpu != CPU_UNKNOWN) {
		if (e->cpu >= l->cpu_count && grow(l, e->cpu + 1u))
			return -ENOMEM;
		window_add(&l->cpus[e->cpu], e);
	}
	window_add(&l->all, e);
	return 0;
}

uint64_t losses_total(const struct losses *l)
{
	uint64_t total = 0;

	for (int kind = 0; kind < LOST_KINDS; kind++)
		total += l->all.count[kind];
	return total;
}
