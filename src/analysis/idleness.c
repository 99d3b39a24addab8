// SPDX-License-Identifier: GPL-2.0-only
/* Which part of the waits there was a CPU for: see idleness.h, and idleness_internal.h for how. */
#include "analysis/idleness.h"

#include <errno.h>
#include <stdlib.h>

#include "analysis/idleness_internal.h"

static bool is_told(hwloc_const_bitmap_t set)
{
	return set && !hwloc_bitmap_iszero(set);
}

/* Which CPUs are traced, and which are offline in the snapshot. */
static int note_sets(struct idleness *i)
{
	const struct host_snapshot *host = i->options.host;
	uint32_t n = i->options.cpu_count;
	int err = 0;

	i->traced = hwloc_bitmap_alloc();
	i->offline = hwloc_bitmap_alloc();
	if (!i->traced || !i->offline)
		return -ENOMEM;
	if (n)
		err = hwloc_bitmap_set_range(i->traced, 0, (int)n - 1);
	if (host && is_told(host->online) && is_told(host->possible) && !err)
		err = hwloc_bitmap_andnot(i->offline, host->possible, host->online);
	if (i->options.traced && !err)
		err = hwloc_bitmap_and(i->traced, i->traced, i->options.traced);
	return err ? -ENOMEM : 0;
}

/* 0 or -ENOMEM. */
static int make_circle(struct idleness *i, hwloc_const_bitmap_t cpus)
{
	int64_t index = idleness_circle(i, cpus);

	return index < 0 ? (int)index : 0;
}

static int make_cpus(struct idleness *i)
{
	hwloc_bitmap_t alone = hwloc_bitmap_alloc();
	int err = alone ? 0 : -ENOMEM;

	i->cpus = calloc(i->options.cpu_count + 1, sizeof(*i->cpus));
	if (!i->cpus)
		err = -ENOMEM;
	for (uint32_t cpu = 0; cpu < i->options.cpu_count && !err; cpu++) {
		struct cpu_state *state = &i->cpus[cpu];

		state->told_ns = i->start_ns;
		state->traced = hwloc_bitmap_isset(i->traced, cpu);
		state->silent = state->traced && hwloc_bitmap_isset(i->offline, cpu);
		if (!state->traced)
			continue;
		err = hwloc_bitmap_only(alone, cpu) ? -ENOMEM : 0;
		if (!err)
			err = make_circle(i, alone);
	}
	hwloc_bitmap_free(alone);
	return err;
}

/* The circle of no CPU is the first: where nothing is ever known. */
static int make_empty_circle(struct idleness *i)
{
	hwloc_bitmap_t none = hwloc_bitmap_alloc();
	int err = none ? make_circle(i, none) : -ENOMEM;

	hwloc_bitmap_free(none);
	return err;
}

struct idleness *idleness_new(const struct idleness_options *options)
{
	struct idleness *i = calloc(1, sizeof(*i));

	if (!i)
		return NULL;
	i->options = *options;
	if (i->options.cpu_count > CPU_UNKNOWN)
		i->options.cpu_count = CPU_UNKNOWN;
	if (!i->options.held_max)
		i->options.held_max = IDLENESS_HELD_MAX;
	if (!i->options.spans_max)
		i->options.spans_max = IDLENESS_SPANS_MAX;
	if (!i->options.settle_every)
		i->options.settle_every = IDLENESS_SETTLE_EVERY;
	i->trim_at = i->options.spans_max;
	i->start_ns = i->now_ns = options->trace_start_ns;
	rows_init(&i->spots, ROWS_BY_CPU_TASK, sizeof(struct spot));
	rows_init(&i->tasks, ROWS_BY_CPU_TASK, sizeof(struct idle_parts));
	if (!note_sets(i) && !make_empty_circle(i) && !make_cpus(i))
		return i;
	idleness_free(i);
	return NULL;
}

void idleness_free(struct idleness *i)
{
	if (!i)
		return;
	for (uint32_t n = 0; n < i->circle_count; n++)
		idleness_circle_free(i->circles[n]);
	free(i->circles);
	for (uint32_t n = 0; i->cpus && n <= i->options.cpu_count; n++) {
		free(i->cpus[n].circles);
		free(i->cpus[n].queue.held);
		spans_free(&i->cpus[n].waited);
		spans_free(&i->cpus[n].wasted);
	}
	free(i->cpus);
	for (uint32_t n = 0; n < i->spots.count; n++)
		spans_free(&((struct spot *)i->spots.all[n])->waits);
	rows_free(&i->spots);
	rows_free(&i->tasks);
	hwloc_bitmap_free(i->traced);
	hwloc_bitmap_free(i->offline);
	free(i);
}

static int settle_now_and_then(struct idleness *i)
{
	if (++i->since_settled < i->options.settle_every && i->held <= i->options.held_max &&
	    i->span_count <= i->trim_at)
		return 0;
	i->since_settled = 0;
	return idleness_settle(i);
}

static int add_unknown(struct idleness *i, uint16_t cpu, uint64_t start_ns, uint64_t end_ns)
{
	i->cpus[cpu].result.unknown_ns += end_ns - start_ns;
	return idleness_mark(i, cpu, AT_UNKNOWN, start_ns, end_ns);
}

/* What the slice says of its CPU from start to its end. */
static int add_state(struct idleness *i, const struct event *e, uint64_t start_ns)
{
	struct idle_cpu *cpu = &i->cpus[e->cpu].result;
	uint64_t run_ns = e->time_ns - start_ns;

	if (event_is_offline(e)) {
		cpu->offline_ns += run_ns;
		return 0;
	}
	/* A gap's start is a bound: even of its end nothing is known but the last moment. */
	if (e->slice.flags & SLICE_GAP || !e->slice.start_ns)
		return add_unknown(i, e->cpu, start_ns, e->time_ns);
	if (e->slice.task != TASK_IDLE) {
		cpu->busy_ns += run_ns;
		return 0;
	}
	cpu->idle_ns += run_ns;
	return idleness_mark(i, e->cpu, AT_IDLE, start_ns, e->time_ns);
}

static int add_slice(struct idleness *i, const struct event *e)
{
	struct cpu_state *cpu = &i->cpus[e->cpu];
	uint64_t start_ns = e->slice.start_ns;
	int err = 0;

	/* Also of a damaged file: time that was told once stays as it was told. */
	if (e->time_ns <= cpu->told_ns)
		return 0;
	if (start_ns > e->time_ns)
		start_ns = e->time_ns;
	if (start_ns < cpu->told_ns)
		start_ns = cpu->told_ns;
	if (cpu->silent)
		cpu->result.offline_ns += start_ns - cpu->told_ns;
	else
		err = add_unknown(i, e->cpu, cpu->told_ns, start_ns);
	cpu->silent = false;
	if (!err)
		err = add_state(i, e, start_ns);
	cpu->told_ns = e->time_ns;
	if (e->time_ns > i->now_ns)
		i->now_ns = e->time_ns;
	return err ? err : settle_now_and_then(i);
}

int idleness_add(struct idleness *i, const struct event *e)
{
	if (e->type != EVENT_SLICE || e->cpu >= i->options.cpu_count || !i->cpus[e->cpu].traced)
		return 0;
	return add_slice(i, e);
}

int idleness_wait(struct idleness *i, const struct idleness_wait *wait)
{
	struct held_wait held = { wait->from_ns, wait->to_ns, 0, wait->task };
	struct spot *spot;
	int err;

	if (wait->from_ns >= wait->to_ns)
		return 0;
	spot = idleness_spot(i, wait->cpu, wait->set);
	if (!spot)
		return -ENOMEM;
	held.spot = spot->index;
	i->counts.refused += spot->refused;
	err = idleness_reach_back(i, spot, wait->from_ns);
	if (!err)
		err = idleness_hold(i, spot, &held);
	return err ? err : settle_now_and_then(i);
}

int idleness_hear(void *idleness, const struct idleness_wait *wait)
{
	return idleness_wait(idleness, wait);
}

/* The time of the CPUs that were not seen until the end. */
static void end_cpu(struct idleness *i, struct cpu_state *cpu)
{
	uint64_t rest_ns = i->now_ns - cpu->told_ns;

	if (cpu->silent)
		cpu->result.offline_ns += rest_ns;
	else
		cpu->result.unknown_ns += rest_ns;
}

int idleness_finish(struct idleness *i)
{
	for (uint32_t cpu = 0; cpu < i->options.cpu_count; cpu++)
		end_cpu(i, &i->cpus[cpu]);
	return idleness_settle_all(i);
}

const struct idle_parts *idleness_task(const struct idleness *i, uint32_t task)
{
	return rows_find(&i->tasks, 0, task);
}

const struct idle_cpu *idleness_cpu(const struct idleness *i, uint16_t cpu)
{
	return cpu < i->options.cpu_count ? &i->cpus[cpu].result : NULL;
}

const struct idle_parts *idleness_all(const struct idleness *i)
{
	return &i->all;
}

const struct idleness_counts *idleness_counts(const struct idleness *i)
{
	return &i->counts;
}
