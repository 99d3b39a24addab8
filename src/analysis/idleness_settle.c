// SPDX-License-Identifier: GPL-2.0-only
/* When waits are decided, and what they come to: see idleness_internal.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/idleness_internal.h"

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Time with a waiter of a spot that is new: what of it was idle is wasted. */
struct waste {
	struct spans_news news;
	struct idleness *idleness;
	const struct spot *spot;
};

static int waste_within(const struct waste *waste, const struct spans *idle, uint64_t start_ns,
			uint64_t end_ns)
{
	struct idleness *i = waste->idleness;
	struct spans *wasted = &i->cpus[waste->spot->cpu].wasted;
	int err = 0;

	for (size_t n = spans_first(idle, start_ns); n < idle->count && !err; n++) {
		if (idle->all[n].start_ns >= end_ns)
			break;
		err = idleness_span(i, wasted, later(idle->all[n].start_ns, start_ns),
				    earlier(idle->all[n].end_ns, end_ns), NULL);
	}
	return err;
}

static int tell_waste(struct spans_news *news, uint64_t start_ns, uint64_t end_ns)
{
	const struct waste *waste = (const struct waste *)news;
	struct circle *const *circles = waste->idleness->circles;
	const struct spot *spot = waste->spot;
	int err = waste_within(waste, &circles[spot->all]->idle, start_ns, end_ns);

	if (spot->apart && !err)
		err = waste_within(waste, &circles[spot->own]->idle, start_ns, end_ns);
	return err;
}

/* What is decided of a wait, as wall time. */
static int add_wall_time(struct idleness *i, struct spot *spot, uint64_t from_ns, uint64_t to_ns)
{
	struct waste waste = { { tell_waste }, i, spot };

	if (spot->cpu >= i->options.cpu_count)
		return 0;
	return idleness_span(i, &spot->waits, from_ns, to_ns, &waste.news);
}

static const struct spans *spans_of(const struct circle *c, bool either)
{
	return either && c->has_unknown ? &c->either : &c->idle;
}

/* How long in [from, to) a CPU of a circle, or the spot's own, was idle; or unknown. */
static uint64_t measure_circle(const struct idleness *i, const struct spot *spot, uint32_t circle,
			       bool either, uint64_t from_ns, uint64_t to_ns)
{
	const struct spans *its = spans_of(i->circles[circle], either);
	const struct spans *own = spans_of(i->circles[spot->own], either);
	uint64_t sum_ns = spans_measure(its, from_ns, to_ns);

	if (!spot->apart || own == its)
		return sum_ns;
	/* Few: the CPU a task waits on is not idle for long. */
	for (size_t n = spans_first(own, from_ns); n < own->count; n++) {
		uint64_t start_ns = later(own->all[n].start_ns, from_ns);
		uint64_t end_ns = earlier(own->all[n].end_ns, to_ns);

		if (start_ns >= to_ns)
			break;
		sum_ns += end_ns - start_ns - spans_measure(its, start_ns, end_ns);
	}
	return sum_ns;
}

/* Of [from, to), all of which is kept, and told of all CPUs of the spot. */
static void measure(const struct idleness *i, const struct spot *spot, uint64_t from_ns,
		    uint64_t to_ns, struct idle_parts *parts)
{
	bool unknown = i->circles[spot->all]->has_unknown || i->circles[spot->own]->has_unknown;
	uint64_t own_ns = spans_measure(&i->circles[spot->own]->idle, from_ns, to_ns);
	uint64_t llc_ns = own_ns, node_ns, all_ns, rest_ns, unknown_ns = 0;

	if (spot->llc != spot->own)
		llc_ns = measure_circle(i, spot, spot->llc, false, from_ns, to_ns);
	node_ns = llc_ns;
	if (spot->node != spot->llc)
		node_ns = measure_circle(i, spot, spot->node, false, from_ns, to_ns);
	all_ns = node_ns;
	if (spot->all != spot->node)
		all_ns = measure_circle(i, spot, spot->all, false, from_ns, to_ns);
	rest_ns = to_ns - from_ns - all_ns;
	if (spot->blind)
		unknown_ns = rest_ns;
	else if (unknown)
		unknown_ns = measure_circle(i, spot, spot->all, true, from_ns, to_ns) - all_ns;
	parts->own_ns += own_ns;
	parts->llc_ns += llc_ns - own_ns;
	parts->node_ns += node_ns - llc_ns;
	parts->anywhere_ns += all_ns - node_ns;
	parts->unknown_ns += unknown_ns;
	parts->none_ns += rest_ns - unknown_ns;
}

static void add_parts(struct idle_parts *to, const struct idle_parts *parts)
{
	to->own_ns += parts->own_ns;
	to->llc_ns += parts->llc_ns;
	to->node_ns += parts->node_ns;
	to->anywhere_ns += parts->anywhere_ns;
	to->unknown_ns += parts->unknown_ns;
	to->none_ns += parts->none_ns;
	to->waited_ns += parts->waited_ns;
}

static int add_result(struct idleness *i, const struct held_wait *wait, const struct spot *spot,
		      const struct idle_parts *parts)
{
	struct idle_parts *task = rows_find(&i->tasks, 0, wait->task);

	if (!task)
		task = rows_make(&i->tasks, 0, wait->task);
	if (!task)
		return -ENOMEM;
	add_parts(task, parts);
	add_parts(&i->all, parts);
	if (spot->cpu < i->options.cpu_count)
		add_parts(&i->cpus[spot->cpu].result.parts, parts);
	return 0;
}

/* What lies before limit is told of all CPUs of the wait's spot; the rest stays unknown. */
static int decide(struct idleness *i, const struct held_wait *wait, uint64_t limit_ns)
{
	struct spot *spot = i->spots.all[wait->spot];
	uint64_t from_ns = later(wait->from_ns, later(i->start_ns, i->floor_ns));
	uint64_t to_ns = earlier(wait->to_ns, limit_ns);
	struct idle_parts parts = { .waited_ns = wait->to_ns - wait->from_ns };
	int err;

	if (wait->from_ns >= wait->to_ns)
		return 0;
	parts.unknown_ns = parts.waited_ns;
	if (from_ns < to_ns) {
		parts.unknown_ns -= to_ns - from_ns;
		measure(i, spot, from_ns, to_ns, &parts);
	}
	err = add_wall_time(i, spot, from_ns, to_ns);
	from_ns = later(wait->from_ns, i->start_ns);
	if (from_ns < earlier(wait->to_ns, i->floor_ns))
		i->counts.cut_ns += earlier(wait->to_ns, i->floor_ns) - from_ns;
	return err ? err : add_result(i, wait, spot, &parts);
}

static struct queue *queue_of(struct idleness *i, uint16_t cpu)
{
	return &i->cpus[cpu < i->options.cpu_count ? cpu : i->options.cpu_count].queue;
}

static int reserve_one(struct queue *q)
{
	size_t wider = q->capacity ? 2 * q->capacity : 64;
	struct held_wait *held;

	if (q->end < q->capacity)
		return 0;
	if (q->first > q->capacity / 2) {
		memmove(q->held, q->held + q->first, (q->end - q->first) * sizeof(*q->held));
		q->end -= q->first;
		q->first = 0;
		return 0;
	}
	held = realloc(q->held, wider * sizeof(*held));
	if (!held)
		return -ENOMEM;
	q->held = held;
	q->capacity = wider;
	return 0;
}

int idleness_hold(struct idleness *i, const struct spot *spot, const struct held_wait *wait)
{
	struct queue *q = queue_of(i, spot->cpu);

	if (reserve_one(q))
		return -ENOMEM;
	q->held[q->end++] = *wait;
	i->held++;
	if (spot->cpu >= i->options.cpu_count)
		return 0;
	return idleness_span(i, &i->cpus[spot->cpu].waited, later(wait->from_ns, i->floor_ns),
			     wait->to_ns, NULL);
}

static int decide_first(struct idleness *i, struct queue *q, uint64_t limit_ns)
{
	int err = decide(i, &q->held[q->first], limit_ns);

	q->first++;
	i->held--;
	if (q->first == q->end)
		q->first = q->end = 0;
	return err;
}

static const struct spot *spot_of(const struct idleness *i, const struct held_wait *wait)
{
	return i->spots.all[wait->spot];
}

/* Up to where all CPUs of a circle had told their states at this look. */
static uint64_t told_by_all(const struct idleness *i, struct circle *c)
{
	if (c->look == i->look)
		return c->told_ns;
	c->look = i->look;
	c->told_ns = UINT64_MAX;
	for (uint32_t n = 0; n < c->member_count; n++)
		if (!i->cpus[c->members[n]].silent)
			c->told_ns = earlier(c->told_ns, i->cpus[c->members[n]].told_ns);
	return c->told_ns;
}

/* Likewise all CPUs that a wait depends on. */
static uint64_t told_for(const struct idleness *i, const struct held_wait *wait)
{
	const struct spot *spot = spot_of(i, wait);
	uint64_t told_ns = told_by_all(i, i->circles[spot->all]);

	return spot->apart ? earlier(told_ns, told_by_all(i, i->circles[spot->own])) : told_ns;
}

static int settle_queues(struct idleness *i)
{
	int err = 0;

	i->look++;
	for (uint32_t n = 0; n <= i->options.cpu_count; n++) {
		struct queue *q = &i->cpus[n].queue;

		while (q->first < q->end && !err) {
			const struct held_wait *wait = &q->held[q->first];

			if (wait->to_ns > told_for(i, wait))
				break;
			err = decide_first(i, q, wait->to_ns);
		}
	}
	return err;
}

/* The CPUs of a circle that are late count as unknown up to a time. */
static int overtake_circle(struct idleness *i, struct circle *c, uint64_t until_ns)
{
	int err = 0;

	if (c->overtaken_ns >= until_ns)
		return 0;
	c->overtaken_ns = until_ns;
	for (uint32_t n = 0; n < c->member_count && !err; n++) {
		struct cpu_state *cpu = &i->cpus[c->members[n]];

		if (cpu->silent || cpu->told_ns >= until_ns)
			continue;
		i->counts.forced_ns += until_ns - cpu->told_ns;
		cpu->result.unknown_ns += until_ns - cpu->told_ns;
		err = idleness_mark(i, c->members[n], AT_UNKNOWN, cpu->told_ns, until_ns);
		cpu->told_ns = until_ns;
	}
	return err;
}

/* A wait is decided up to a time before all is told that it depends on. */
static int overtake(struct idleness *i, const struct held_wait *wait, uint64_t until_ns)
{
	const struct spot *spot = spot_of(i, wait);
	int err = overtake_circle(i, i->circles[spot->all], until_ns);

	i->counts.forced++;
	return err || !spot->apart ? err : overtake_circle(i, i->circles[spot->own], until_ns);
}

static struct queue *longest_queue(struct idleness *i)
{
	struct queue *longest = &i->cpus[0].queue;

	for (uint32_t n = 1; n <= i->options.cpu_count; n++) {
		struct queue *q = &i->cpus[n].queue;

		if (q->end - q->first > longest->end - longest->first)
			longest = q;
	}
	return longest;
}

/* Decides the older half of the longest queue. */
static int force_half(struct idleness *i)
{
	struct queue *q = longest_queue(i);
	size_t n = (q->end - q->first + 1) / 2;
	uint64_t until_ns = 0;
	int err = 0;

	i->look++;
	for (size_t k = q->first; k < q->first + n; k++)
		until_ns = later(until_ns, q->held[k].to_ns);
	/* A damaged file's wait may end after all that was told; that is unknown already. */
	until_ns = earlier(until_ns, i->now_ns);
	for (size_t k = q->first; k < q->first + n && !err; k++) {
		if (q->held[k].to_ns > told_for(i, &q->held[k]))
			err = overtake(i, &q->held[k], until_ns);
	}
	while (n-- && !err)
		err = decide_first(i, q, until_ns);
	return err;
}

/* Decides what lies before a time of the waits of a queue, which keep the rest. */
static int force_before(struct idleness *i, struct queue *q, uint64_t time_ns)
{
	int err = 0;

	for (size_t k = q->first; k < q->end && !err; k++) {
		struct held_wait *wait = &q->held[k], old = *wait;

		if (wait->from_ns >= time_ns)
			continue;
		old.to_ns = earlier(old.to_ns, time_ns);
		if (old.to_ns > told_for(i, wait))
			err = overtake(i, wait, time_ns);
		if (!err)
			err = decide(i, &old, time_ns);
		/* Of one that ended before, nothing is left. */
		wait->from_ns = old.to_ns;
	}
	return err;
}

/* All spans that are kept, each list once. */
static void each_spans(struct idleness *i, void (*visit)(struct spans *, uint64_t, size_t *),
		       uint64_t time_ns, size_t *sum)
{
	for (uint32_t n = 0; n < i->circle_count; n++) {
		visit(&i->circles[n]->idle, time_ns, sum);
		visit(&i->circles[n]->either, time_ns, sum);
	}
	for (uint32_t n = 0; n < i->options.cpu_count; n++) {
		visit(&i->cpus[n].waited, time_ns, sum);
		visit(&i->cpus[n].wasted, time_ns, sum);
	}
	for (uint32_t n = 0; n < i->spots.count; n++)
		visit(&((struct spot *)i->spots.all[n])->waits, time_ns, sum);
}

static void count_after(struct spans *spans, uint64_t time_ns, size_t *sum)
{
	*sum += spans->count - spans_first(spans, time_ns);
}

static void drop_before(struct spans *spans, uint64_t time_ns, size_t *sum)
{
	spans_drop(spans, time_ns);
	*sum += spans->count;
}

/* Forgets the older half of the time, again until there is room. */
static int trim(struct idleness *i)
{
	uint64_t kept_ns = i->now_ns - later(i->floor_ns, i->start_ns);
	size_t left;
	int err = 0;

	do {
		kept_ns /= 2;
		left = 0;
		each_spans(i, count_after, i->now_ns - kept_ns, &left);
	} while (kept_ns && left > i->options.spans_max / 2);
	i->look++;
	for (uint32_t n = 0; n <= i->options.cpu_count && !err; n++)
		err = force_before(i, &i->cpus[n].queue, i->now_ns - kept_ns);
	if (err)
		return err;
	i->floor_ns = i->now_ns - kept_ns;
	i->span_count = 0;
	each_spans(i, drop_before, i->floor_ns, &i->span_count);
	/* What ends after all that was told, in a damaged file, stays: no use to try again at once.
	 */
	i->trim_at =
		2 * i->span_count > i->options.spans_max ? 2 * i->span_count : i->options.spans_max;
	return 0;
}

int idleness_settle(struct idleness *i)
{
	int err = settle_queues(i);

	while (i->held > i->options.held_max && !err)
		err = force_half(i);
	if (i->span_count > i->trim_at && !err)
		err = trim(i);
	return err;
}

int idleness_settle_all(struct idleness *i)
{
	uint64_t end_ns = i->now_ns;
	int err = 0;

	for (uint32_t n = 0; n <= i->options.cpu_count; n++) {
		const struct queue *q = &i->cpus[n].queue;

		for (size_t k = q->first; k < q->end; k++)
			end_ns = later(end_ns, q->held[k].to_ns);
	}
	for (uint32_t n = 0; n < i->options.cpu_count && !err; n++) {
		struct cpu_state *cpu = &i->cpus[n];

		if (!cpu->traced || cpu->silent || cpu->told_ns >= end_ns)
			continue;
		err = idleness_mark(i, (uint16_t)n, AT_UNKNOWN, cpu->told_ns, end_ns);
		cpu->told_ns = end_ns;
	}
	if (!err)
		err = settle_queues(i);
	for (uint32_t n = 0; n < i->options.cpu_count; n++) {
		i->cpus[n].result.with_waiters_ns = i->cpus[n].waited.total_ns;
		i->cpus[n].result.wasted_ns = i->cpus[n].wasted.total_ns;
	}
	return err;
}
