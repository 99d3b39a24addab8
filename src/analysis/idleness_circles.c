// SPDX-License-Identifier: GPL-2.0-only
/* Sets of CPUs whose idle time is kept as one, and the spots that have them: idleness_internal.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/idleness_internal.h"

void idleness_circle_free(struct circle *c)
{
	if (!c)
		return;
	hwloc_bitmap_free(c->cpus);
	free(c->members);
	spans_free(&c->idle);
	spans_free(&c->either);
	free(c);
}

int idleness_span(struct idleness *i, struct spans *spans, uint64_t start_ns, uint64_t end_ns,
		  struct spans_news *news)
{
	size_t before = spans->count;
	int err = spans_add(spans, start_ns, end_ns, news);

	i->span_count += spans->count - before;
	return err;
}

static void forget(struct idleness *i, struct spans *spans)
{
	i->span_count -= spans->count;
	spans_free(spans);
}

/* From now on unknown time is kept too; until now there was none. */
static int begin_either(struct idleness *i, struct circle *c)
{
	const struct spans *idle = &c->idle;

	c->has_unknown = true;
	if (!idle->count)
		return 0;
	c->either = *idle;
	c->either.capacity = idle->count;
	c->either.all = malloc(idle->count * sizeof(*idle->all));
	if (!c->either.all) {
		memset(&c->either, 0, sizeof(c->either));
		return -ENOMEM;
	}
	memcpy(c->either.all, idle->all, idle->count * sizeof(*idle->all));
	i->span_count += idle->count;
	return 0;
}

static int mark_circle(struct idleness *i, struct circle *c, enum cpu_is_at is, uint64_t start_ns,
		       uint64_t end_ns)
{
	int err = 0;

	if (is == AT_UNKNOWN && !c->has_unknown)
		err = begin_either(i, c);
	if (is == AT_IDLE && !err)
		err = idleness_span(i, &c->idle, start_ns, end_ns, NULL);
	if (c->has_unknown && !err)
		err = idleness_span(i, &c->either, start_ns, end_ns, NULL);
	return err;
}

int idleness_mark(struct idleness *i, uint16_t cpu, enum cpu_is_at is, uint64_t start_ns,
		  uint64_t end_ns)
{
	const struct cpu_state *state = &i->cpus[cpu];
	int err = 0;

	if (start_ns < i->floor_ns)
		start_ns = i->floor_ns;
	if (start_ns >= end_ns)
		return 0;
	for (uint32_t n = 0; n < state->circle_count && !err; n++)
		err = mark_circle(i, i->circles[state->circles[n]], is, start_ns, end_ns);
	return err;
}

static int by_end(const void *a, const void *b)
{
	const struct span *left = a, *right = b;

	return left->end_ns < right->end_ns ? -1 : left->end_ns > right->end_ns;
}

/* The spans of a circle's CPUs alone: of their idle time, or of their unknown time too. */
static const struct spans *of_member(const struct idleness *i, const struct circle *c, uint32_t n,
				     bool either)
{
	const struct circle *own = i->circles[i->cpus[c->members[n]].circles[0]];

	return either && own->has_unknown ? &own->either : &own->idle;
}

/* In order of their ends, so that no span is put before many others. */
static int build_spans(struct idleness *i, const struct circle *c, bool either, struct spans *into)
{
	struct span *all;
	size_t n = 0;
	int err = 0;

	for (uint32_t m = 0; m < c->member_count; m++) {
		const struct spans *its = of_member(i, c, m, either);

		n += its->count - spans_first(its, c->since_ns);
	}
	all = malloc((n + 1) * sizeof(*all));
	if (!all)
		return -ENOMEM;
	n = 0;
	for (uint32_t m = 0; m < c->member_count; m++) {
		const struct spans *its = of_member(i, c, m, either);

		for (size_t k = spans_first(its, c->since_ns); k < its->count; k++)
			all[n++] = its->all[k];
	}
	qsort(all, n, sizeof(*all), by_end);
	for (size_t k = 0; k < n && !err; k++)
		err = idleness_span(i, into, all[k].start_ns, all[k].end_ns, NULL);
	free(all);
	return err;
}

static int build(struct idleness *i, struct circle *c, uint64_t since_ns)
{
	int err;

	forget(i, &c->idle);
	forget(i, &c->either);
	c->since_ns = since_ns;
	c->has_unknown = false;
	for (uint32_t n = 0; n < c->member_count; n++)
		c->has_unknown |= i->circles[i->cpus[c->members[n]].circles[0]]->has_unknown;
	err = build_spans(i, c, false, &c->idle);
	if (!err && c->has_unknown)
		err = build_spans(i, c, true, &c->either);
	return err;
}

static int reach_back(struct idleness *i, struct circle *c, uint64_t from_ns)
{
	uint64_t back_ns = i->now_ns > from_ns ? i->now_ns - from_ns : 0;

	if (from_ns >= c->since_ns)
		return 0;
	/* Twice as far as need be, so that a circle is built few times. */
	from_ns = from_ns > back_ns ? from_ns - back_ns : 0;
	return build(i, c, from_ns > i->floor_ns ? from_ns : i->floor_ns);
}

int idleness_reach_back(struct idleness *i, const struct spot *spot, uint64_t from_ns)
{
	int err;

	if (from_ns < i->start_ns)
		from_ns = i->start_ns;
	if (from_ns < i->floor_ns)
		from_ns = i->floor_ns;
	err = reach_back(i, i->circles[spot->llc], from_ns);
	if (!err)
		err = reach_back(i, i->circles[spot->node], from_ns);
	if (!err)
		err = reach_back(i, i->circles[spot->all], from_ns);
	return err;
}

/* Makes room for one more in a list of indexes. */
static int reserve(uint32_t **list, uint32_t count, uint32_t *capacity)
{
	uint32_t wider = *capacity ? 2 * *capacity : 4;
	uint32_t *longer;

	if (count < *capacity)
		return 0;
	longer = realloc(*list, wider * sizeof(*longer));
	if (!longer)
		return -ENOMEM;
	*list = longer;
	*capacity = wider;
	return 0;
}

/* Nothing is told yet of a circle that is made with its first member. */
static struct circle *circle_new(hwloc_const_bitmap_t cpus, uint64_t hash)
{
	int count = hwloc_bitmap_weight(cpus);
	struct circle *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->hash = hash;
	c->cpus = hwloc_bitmap_dup(cpus);
	c->members = calloc((size_t)count + 1, sizeof(*c->members));
	if (!c->cpus || !c->members) {
		idleness_circle_free(c);
		return NULL;
	}
	for (int cpu = hwloc_bitmap_first(cpus); cpu >= 0; cpu = hwloc_bitmap_next(cpus, cpu))
		c->members[c->member_count++] = (uint16_t)cpu;
	c->since_ns = count > 1 ? UINT64_MAX : 0;
	return c;
}

static int put_circle(struct idleness *i, struct circle *c)
{
	if (i->circle_count == i->circle_capacity) {
		uint32_t wider = i->circle_capacity ? 2 * i->circle_capacity : 64;
		struct circle **longer = realloc(i->circles, wider * sizeof(*longer));

		if (!longer)
			return -ENOMEM;
		i->circles = longer;
		i->circle_capacity = wider;
	}
	for (uint32_t n = 0; n < c->member_count; n++) {
		struct cpu_state *cpu = &i->cpus[c->members[n]];

		if (reserve(&cpu->circles, cpu->circle_count, &cpu->circle_capacity))
			return -ENOMEM;
	}
	for (uint32_t n = 0; n < c->member_count; n++) {
		struct cpu_state *cpu = &i->cpus[c->members[n]];

		cpu->circles[cpu->circle_count++] = i->circle_count;
	}
	i->circles[i->circle_count++] = c;
	return 0;
}

int64_t idleness_circle(struct idleness *i, hwloc_const_bitmap_t cpus)
{
	uint64_t hash = usable_hash(cpus);
	int first = hwloc_bitmap_first(cpus);
	struct cpu_state *cpu = first < 0 ? NULL : &i->cpus[first];
	struct circle *c;

	/* Those of its first CPU: few. The circle of no CPU is the first of all. */
	if (!cpu && i->circle_count)
		return 0;
	for (uint32_t n = 0; cpu && n < cpu->circle_count; n++) {
		c = i->circles[cpu->circles[n]];
		if (c->hash == hash && hwloc_bitmap_isequal(c->cpus, cpus))
			return cpu->circles[n];
	}
	if (i->circle_count > CIRCLES_MAX + i->options.cpu_count)
		return -ENOSPC;
	c = circle_new(cpus, hash);
	if (!c)
		return -ENOMEM;
	if (!put_circle(i, c))
		return i->circle_count - 1;
	idleness_circle_free(c);
	return -ENOMEM;
}

/* The nearer part of a set: where a CPU's number on some level is the same. */
enum level { LEVEL_LLC, LEVEL_NODE };

static int level_of(const struct host_snapshot *host, int cpu, enum level level)
{
	if (!host || cpu < 0 || (uint32_t)cpu >= host->cpu_count)
		return -1;
	return level == LEVEL_LLC ? host->cpus[cpu].llc : host->cpus[cpu].node;
}

/* Adds those of a set that are on the same as cpu. 0 or -ENOMEM. */
static int add_near(const struct idleness *i, hwloc_bitmap_t near, hwloc_const_bitmap_t all,
		    uint16_t cpu, enum level level)
{
	int here = level_of(i->options.host, cpu, level);

	if (here < 0)
		return 0;
	for (int k = hwloc_bitmap_first(all); k >= 0; k = hwloc_bitmap_next(all, k))
		if (level_of(i->options.host, k, level) == here && hwloc_bitmap_set(near, k))
			return -ENOMEM;
	return 0;
}

/* Whether of one of a set the state is never known, though it may be used. */
static int is_blind(const struct idleness *i, hwloc_const_bitmap_t set, uint16_t cpu, bool *blind)
{
	hwloc_bitmap_t rest = hwloc_bitmap_alloc();
	int err = rest ? 0 : -ENOMEM;

	if (!err && (hwloc_bitmap_andnot(rest, set, i->traced) ||
		     hwloc_bitmap_andnot(rest, rest, i->offline)))
		err = -ENOMEM;
	*blind = !err && (!hwloc_bitmap_iszero(rest) || !hwloc_bitmap_isset(i->traced, cpu));
	hwloc_bitmap_free(rest);
	return err;
}

/* Stores a circle's index; where there are too many, the spot does without. */
static int find_circle(struct idleness *i, struct spot *spot, hwloc_const_bitmap_t cpus,
		       uint32_t *index)
{
	int64_t found = spot->refused ? -ENOSPC : idleness_circle(i, cpus);

	if (found == -ENOSPC) {
		spot->refused = spot->blind = true;
		return 0;
	}
	if (found < 0)
		return (int)found;
	*index = (uint32_t)found;
	return 0;
}

/* The wider circles of a CPU and the usable ones. */
static int find_circles(struct idleness *i, struct spot *spot, hwloc_const_bitmap_t usable)
{
	hwloc_bitmap_t all = hwloc_bitmap_alloc(), near = hwloc_bitmap_alloc();
	int err = all && near ? 0 : -ENOMEM;

	if (!err && hwloc_bitmap_and(all, usable, i->traced))
		err = -ENOMEM;
	spot->apart = spot->own && !err && !hwloc_bitmap_isset(all, spot->cpu);
	if (!err && hwloc_bitmap_isset(all, spot->cpu) && hwloc_bitmap_set(near, spot->cpu))
		err = -ENOMEM;
	if (!err)
		err = add_near(i, near, all, spot->cpu, LEVEL_LLC);
	if (!err)
		err = find_circle(i, spot, near, &spot->llc);
	if (!err)
		err = add_near(i, near, all, spot->cpu, LEVEL_NODE);
	if (!err)
		err = find_circle(i, spot, near, &spot->node);
	if (!err)
		err = find_circle(i, spot, all, &spot->all);
	if (spot->refused)
		spot->llc = spot->node = spot->all = spot->own;
	hwloc_bitmap_free(all);
	hwloc_bitmap_free(near);
	return err;
}

/* All that there is where its mask is that CPU alone, or not known. */
static void take_own_circle(const struct idleness *i, struct spot *spot, uint32_t set)
{
	bool traced = hwloc_bitmap_isset(i->traced, spot->cpu);

	spot->own = traced ? i->cpus[spot->cpu].circles[0] : 0;
	spot->llc = spot->node = spot->all = spot->own;
	spot->blind = !traced || set != USABLE_ONE;
}

struct spot *idleness_spot(struct idleness *i, uint16_t cpu, uint32_t set)
{
	struct spot *spot = rows_find(&i->spots, cpu, set);
	hwloc_const_bitmap_t usable;
	int err = 0;

	if (spot)
		return spot;
	usable = i->options.usable ? usable_cpus(i->options.usable, set) : NULL;
	spot = rows_make(&i->spots, cpu, set);
	if (!spot)
		return NULL;
	spot->index = i->spots.count - 1;
	spot->cpu = cpu;
	take_own_circle(i, spot, set);
	if (usable)
		err = is_blind(i, usable, cpu, &spot->blind);
	if (usable && !err)
		err = find_circles(i, spot, usable);
	return err ? NULL : spot;
}
