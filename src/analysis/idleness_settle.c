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

static int tell_waste(struct spans_news *news, uint64_t start_ns, uint64_t end_ns)
{
	const struct waste *waste = (const struct waste *)news;
	struct idleness *i = waste->idleness;
	const struct spans *idle = &i->circles[waste->spot->all]->idle;
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

/* Wall time with waiters: [from, to), and decided of it [from, limit). */
static int add_wall_time(struct idleness *i, struct spot *spot, uint64_t from_ns, uint64_t to_ns,
			 uint64_t limit_ns)
{
	struct waste waste = { { tell_waste }, i, spot };
	struct cpu_state *cpu;
	int err;

	if (spot->cpu >= i->options.cpu_count)
		return 0;
	from_ns = later(from_ns, i->floor_ns);
	cpu = &i->cpus[spot->cpu];
	err = idleness_span(i, &cpu->waited, from_ns, to_ns, NULL);
	return err ? err
		   : idleness_span(i, &spot->waits, from_ns, earlier(to_ns, limit_ns), &waste.news);
}

/* Of [from, to), all of which is kept, and told of all CPUs of the spot. */
static void measure(const struct idleness *i, const struct spot *spot, uint64_t from_ns,
		    uint64_t to_ns, struct idle_parts *parts)
{
	const struct circle *all = i->circles[spot->all];
	uint64_t own_ns = spans_measure(&i->circles[spot->own]->idle, from_ns, to_ns);
	uint64_t llc_ns = own_ns, node_ns, all_ns, rest_ns, unknown_ns;

	if (spot->llc != spot->own)
		llc_ns = spans_measure(&i->circles[spot->llc]->idle, from_ns, to_ns);
	node_ns = llc_ns;
	if (spot->node != spot->llc)
		node_ns = spans_measure(&i->circles[spot->node]->idle, from_ns, to_ns);
	all_ns = node_ns;
	if (spot->all != spot->node)
		all_ns = spans_measure(&all->idle, from_ns, to_ns);
	rest_ns = to_ns - from_ns - all_ns;
	unknown_ns = spot->blind	? rest_ns
		     : all->has_unknown ? spans_measure(&all->either, from_ns, to_ns) - all_ns
					: 0;
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
	from_ns = later(wait->from_ns, i->start_ns);
	if (from_ns < earlier(wait->to_ns, i->floor_ns))
		i->counts.cut_ns += earlier(wait->to_ns, i->floor_ns) - from_ns;
	err = add_wall_time(i, spot, wait->from_ns, wait->to_ns, limit_ns);
	return err ? err : add_result(i, wait, spot, &parts);
}

int idleness_hold(struct idleness *i, const struct spot *spot, const struct held_wait *wait)
{
	struct circle *c = i->circles[spot->all];

	if (c->end == c->capacity && c->first > c->capacity / 2) {
		memmove(c->held, c->held + c->first, (c->end - c->first) * sizeof(*c->held));
		c->end -= c->first;
		c->first = 0;
	}
	if (c->end == c->capacity) {
		size_t wider = c->capacity ? 2 * c->capacity : 64;
		struct held_wait *held = realloc(c->held, wider * sizeof(*held));

		if (!held)
			return -ENOMEM;
		c->held = held;
		c->capacity = wider;
	}
	c->held[c->end++] = *wait;
	i->held++;
	return 0;
}

static int decide_first(struct idleness *i, struct circle *c, uint64_t limit_ns)
{
	int err = decide(i, &c->held[c->first], limit_ns);

	c->first++;
	i->held--;
	if (c->first == c->end)
		c->first = c->end = 0;
	return err;
}

/* Up to where all CPUs of a circle have told their states. */
static uint64_t told_by_all(const struct idleness *i, const struct circle *c)
{
	uint64_t told_ns = UINT64_MAX;

	for (uint32_t n = 0; n < c->member_count; n++)
		if (!i->cpus[c->members[n]].silent)
			told_ns = earlier(told_ns, i->cpus[c->members[n]].told_ns);
	return told_ns;
}

static int settle_circle(struct idleness *i, struct circle *c)
{
	uint64_t told_ns = c->first < c->end ? told_by_all(i, c) : 0;
	int err = 0;

	while (c->first < c->end && c->held[c->first].to_ns <= told_ns && !err)
		err = decide_first(i, c, told_ns);
	return err;
}

/* The CPUs of a circle that are late count as unknown up to a time. */
static int overtake(struct idleness *i, const struct circle *c, uint64_t until_ns)
{
	int err = 0;

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

/* Decides the older half of the longest queue. */
static int force_half(struct idleness *i)
{
	struct circle *c = i->circles[0];
	uint64_t until_ns = 0, told_ns;
	size_t n;
	int err;

	for (uint32_t k = 1; k < i->circle_count; k++)
		if (i->circles[k]->end - i->circles[k]->first > c->end - c->first)
			c = i->circles[k];
	n = (c->end - c->first + 1) / 2;
	told_ns = told_by_all(i, c);
	for (size_t k = c->first; k < c->first + n; k++) {
		until_ns = later(until_ns, c->held[k].to_ns);
		i->counts.forced += c->held[k].to_ns > told_ns;
	}
	/* A damaged file's wait may end after all that was told; that is unknown already. */
	until_ns = later(earlier(until_ns, i->now_ns), earlier(told_ns, i->now_ns));
	err = overtake(i, c, until_ns);
	while (n-- && !err)
		err = decide_first(i, c, c->member_count ? until_ns : UINT64_MAX);
	return err;
}

/* Decides what lies before a time of the waits of a circle, which keep the rest. */
static int force_before(struct idleness *i, struct circle *c, uint64_t time_ns)
{
	uint64_t told_ns = told_by_all(i, c);
	bool late = false;
	int err = 0;

	for (size_t k = c->first; k < c->end && told_ns < time_ns && !late; k++)
		late = c->held[k].from_ns < time_ns;
	if (late)
		err = overtake(i, c, time_ns);
	for (size_t k = c->first; k < c->end && !err; k++) {
		struct held_wait *wait = &c->held[k], old = *wait;

		if (wait->from_ns >= time_ns)
			continue;
		old.to_ns = earlier(old.to_ns, time_ns);
		i->counts.forced += old.to_ns > told_ns;
		err = decide(i, &old, UINT64_MAX);
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
	for (uint32_t n = 0; n < i->circle_count && !err; n++)
		err = force_before(i, i->circles[n], i->now_ns - kept_ns);
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
	int err = 0;

	for (uint32_t n = 0; n < i->circle_count && !err; n++)
		err = settle_circle(i, i->circles[n]);
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

	for (uint32_t n = 0; n < i->circle_count; n++)
		for (size_t k = i->circles[n]->first; k < i->circles[n]->end; k++)
			end_ns = later(end_ns, i->circles[n]->held[k].to_ns);
	for (uint32_t n = 0; n < i->options.cpu_count && !err; n++) {
		struct cpu_state *cpu = &i->cpus[n];

		if (!cpu->traced || cpu->silent || cpu->told_ns >= end_ns)
			continue;
		err = idleness_mark(i, (uint16_t)n, AT_UNKNOWN, cpu->told_ns, end_ns);
		cpu->told_ns = end_ns;
	}
	for (uint32_t n = 0; n < i->circle_count && !err; n++)
		err = settle_circle(i, i->circles[n]);
	for (uint32_t n = 0; n < i->options.cpu_count; n++) {
		i->cpus[n].result.with_waiters_ns = i->cpus[n].waited.total_ns;
		i->cpus[n].result.wasted_ns = i->cpus[n].wasted.total_ns;
	}
	return err;
}
