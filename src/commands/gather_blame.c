// SPDX-License-Identifier: GPL-2.0-only
/* What blame's reports are made of: see gather_blame.h. */
#include "commands/gather_blame.h"

#include "commands/commands.h"
#include "commands/idle_aside.h"
#include "commands/options.h"

/* Slices kept to explain waits by, 16 bytes each, and moved waits that are kept for a CPU's word.
 */
#define HISTORY_LIVE  (UINT64_C(1) << 20)
#define HISTORY_FILE  (UINT64_C(1) << 25)
#define PENDING_WAITS (1u << 18)
/* Distributions, for percentiles: some 300 bytes each. */
#define SPREADS_LIVE (1u << 15)
#define SPREADS_FILE (1u << 19)

static int add_idleness(struct gather *gather, const struct gather_blame_options *options)
{
	const struct trace_meta *meta = options->meta;
	uint64_t from_ns = gather->filter ? gather->filter->from_ns : 0;
	struct idleness_options idleness = {
		.host = options->host,
		.traced = meta->all_cpus ? NULL : meta->target_cpus,
		.cpu_count = meta->cpu_count,
		.trace_start_ns = from_ns > meta->start_ns ? from_ns : meta->start_ns,
	};

	gather->usable = usable_new(options->host, meta->cpu_count);
	idleness.usable = gather->usable;
	gather->idleness = gather->usable ? idleness_new(&idleness) : NULL;
	if (!gather->idleness)
		return fail("out of memory");
	/* Live events come slowly, and one thread more would disturb what is traced. */
	if (!options->live)
		gather->idle_aside = idle_aside_new(gather->idleness);
	return 0;
}

static int hear_aside(void *listener, const struct idleness_wait *wait)
{
	return idle_aside_wait(listener, wait);
}

int gather_blame(struct gather *gather, const struct gather_blame_options *options)
{
	const struct trace_meta *meta = options->meta;
	struct blame_options blame = {
		.traced = meta->all_cpus ? NULL : meta->target_cpus,
		.history = options->live ? HISTORY_LIVE : HISTORY_FILE,
		.pending = PENDING_WAITS,
		.spreads = options->live ? SPREADS_LIVE : SPREADS_FILE,
		.stories = options->stories,
		.tasks = &gather->tasks,
	};

	if (options->idleness && add_idleness(gather, options))
		return EXIT_FAILED;
	blame.usable = gather->usable;
	if (gather->idle_aside) {
		blame.hear = hear_aside;
		blame.listener = gather->idle_aside;
	} else if (gather->idleness) {
		blame.hear = idleness_hear;
		blame.listener = gather->idleness;
	}
	gather->blame = blame_new(&blame);
	if (options->targets)
		gather->visits = visits_new(VISITS_BY_TASK, options->targets);
	if (!gather->blame || (options->targets && !gather->visits))
		return fail("out of memory");
	return 0;
}

/* Whether a slice touches the window: the CPUs' own time is that of the window. */
static bool begins_in_time(const struct filter *filter, const struct event *event)
{
	return !filter || !filter->to_ns || event->type != EVENT_SLICE ||
	       event->slice.start_ns < filter->to_ns;
}

static bool is_in_time(const struct filter *filter, const struct event *event)
{
	return !filter || (event->time_ns >= filter->from_ns &&
			   (!filter->to_ns || event->time_ns <= filter->to_ns));
}

int gather_blame_add(struct gather *gather, const struct event *event, bool wanted)
{
	int err = 0;

	if (gather->idleness && begins_in_time(gather->filter, event))
		err = gather->idle_aside ? idle_aside_add(gather->idle_aside, event)
					 : idleness_add(gather->idleness, event);
	if (!err)
		err = blame_add(gather->blame, event, wanted);
	if (!err && gather->visits && is_in_time(gather->filter, event))
		err = visits_add(gather->visits, event);
	return err;
}

int gather_blame_finish(struct gather *gather)
{
	int err = blame_finish(gather->blame);

	if (!err && gather->visits)
		err = visits_finish(gather->visits);
	if (!err && gather->idle_aside)
		err = idle_aside_finish(gather->idle_aside);
	if (!err && gather->idleness)
		err = idleness_finish(gather->idleness);
	return err ? fail("out of memory") : 0;
}
