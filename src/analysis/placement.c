// SPDX-License-Identifier: GPL-2.0-only
/*
 * Classes and branches of placements: see placement.h. The model follows the kernel's wakeup path,
 * kernel/sched/fair.c, select_task_rq_fair() -> wake_affine() -> select_idle_sibling(), step by
 * step in the kernel's order; docs/placement.md tells it in words, with the commits that changed
 * it.
 */
#include "analysis/placement.h"

#include <stdio.h>
#include <stdlib.h>

struct placement_cpu {
	struct cpu_place place;
	bool isolated;
};

struct placement_host {
	uint32_t cpu_count; /* 0: nothing is known */
	struct placement_cpu *cpus;
	unsigned int threads; /* CPUs of a core, at most */
	/*
	 * Since 5.13 (c722f35b513f) an SMT sibling is sought first, and beside the previous CPU; up
	 * to 5.11 last, and beside the target.
	 */
	bool smt_first;
};

static const char *const class_names[PLACEMENT_CLASSES] = {
	[PLACEMENT_UNKNOWN] = "unknown",   [PLACEMENT_KEPT] = "kept",
	[PLACEMENT_WAKER] = "waker",	   [PLACEMENT_SIBLING] = "sibling",
	[PLACEMENT_LLC] = "llc",	   [PLACEMENT_NODE] = "node",
	[PLACEMENT_REMOTE] = "remote",	   [PLACEMENT_PINNED] = "pinned",
	[PLACEMENT_REQUEUED] = "requeued", [PLACEMENT_RUNNING] = "running",
	[PLACEMENT_NEW] = "new",	   [PLACEMENT_EXEC] = "exec",
};

static const char *const branch_names[BRANCHES] = {
	[BRANCH_UNKNOWN] = "unknown",		[BRANCH_PREV_IDLE] = "previous CPU idle",
	[BRANCH_TARGET_IDLE] = "target idle",	[BRANCH_RECENT] = "recent_used_cpu",
	[BRANCH_IDLE_CORE] = "idle core",	[BRANCH_IDLE_CPU] = "idle CPU in LLC",
	[BRANCH_IDLE_SMT] = "idle SMT sibling", [BRANCH_NONE_IDLE] = "no idle: target kept",
	[BRANCH_STACKED] = "stacked on waker",	[BRANCH_SLOW] = "slow path (fork/exec)",
	[BRANCH_FALLBACK] = "fallback",		[BRANCH_PINNED] = "pinned",
	[BRANCH_REQUEUED] = "requeued",		[BRANCH_ON_CPU] = "still on CPU",
	[BRANCH_OTHER_CLASS] = "other class",
};

const char *placement_class_name(enum placement_class class)
{
	return class < PLACEMENT_CLASSES ? class_names[class] : class_names[PLACEMENT_UNKNOWN];
}

const char *placement_branch_name(enum placement_branch branch)
{
	return branch < BRANCHES ? branch_names[branch] : branch_names[BRANCH_UNKNOWN];
}

const char *placement_certainty_name(enum certainty certainty)
{
	static const char *const names[] = {
		[UNSURE] = "unsure", [SURE] = "sure", [OBSERVED] = "observed"
	};

	return names[certainty];
}

/* "6.1.0-56-cloud-amd64" is at least major.minor. The version is a hint, and all there is. */
static bool release_is_from(const char *release, unsigned int major, unsigned int minor)
{
	unsigned int its_major, its_minor;

	if (!release || sscanf(release, "%u.%u", &its_major, &its_minor) != 2)
		return true;
	return its_major > major || (its_major == major && its_minor >= minor);
}

struct placement_host *placement_host_new(const struct host_snapshot *host)
{
	struct placement_host *placement = calloc(1, sizeof(*placement));
	int threads;

	if (!placement || !host || !host->cpu_count)
		return placement;
	placement->cpus = calloc(host->cpu_count, sizeof(*placement->cpus));
	if (!placement->cpus) {
		free(placement);
		return NULL;
	}
	placement->cpu_count = host->cpu_count;
	for (uint32_t cpu = 0; cpu < host->cpu_count; cpu++) {
		const struct host_cpu *its = &host->cpus[cpu];

		placement->cpus[cpu] = (struct placement_cpu){
			.place = { its->core, its->llc, its->node },
			.isolated = hwloc_bitmap_isset(host->isolated, cpu),
		};
		threads = hwloc_bitmap_weight(its->siblings);
		if (threads > 0 && (unsigned int)threads > placement->threads)
			placement->threads = threads;
	}
	placement->smt_first = release_is_from(host->kernel_release, 5, 13);
	return placement;
}

void placement_host_free(struct placement_host *host)
{
	if (host)
		free(host->cpus);
	free(host);
}

static const struct placement_cpu *cpu_of(const struct placement_host *host, uint16_t cpu)
{
	static const struct placement_cpu unknown = { .place = CPU_PLACE_UNKNOWN };

	return host && cpu < host->cpu_count ? &host->cpus[cpu] : &unknown;
}

bool placement_is_isolated(const struct placement_host *host, uint16_t cpu)
{
	return cpu_of(host, cpu)->isolated;
}

enum placement_trespass placement_trespass(const struct placement_host *host, const struct event *e)
{
	const struct slice *s = &e->slice;

	/* Where the wakeup chose another CPU, it was a move that brought the task to this one. */
	if (!(s->flags & SLICE_MOVABLE) || !placement_is_isolated(host, e->cpu) ||
	    !placement_is_isolated(host, s->chosen_cpu))
		return TRESPASS_NONE;
	if (s->prev_cpu == CPU_UNKNOWN)
		return TRESPASS_UNKNOWN;
	return placement_is_isolated(host, s->prev_cpu) ? TRESPASS_STAY : TRESPASS_ARRIVAL;
}

int placement_llc(const struct placement_host *host, uint16_t cpu)
{
	return cpu_of(host, cpu)->place.llc;
}

int placement_node(const struct placement_host *host, uint16_t cpu)
{
	return cpu_of(host, cpu)->place.node;
}

bool placement_shares_core(const struct placement_host *host, uint16_t a, uint16_t b)
{
	return placement_same(cpu_of(host, a)->place.core, cpu_of(host, b)->place.core);
}

static bool share_llc(const struct placement_host *host, uint16_t a, uint16_t b)
{
	return placement_same(cpu_of(host, a)->place.llc, cpu_of(host, b)->place.llc);
}

enum placement_class placement_class(const struct placement_host *host, const struct slice *s)
{
	const struct placement_wakeup wakeup = {
		.prev_cpu = s->prev_cpu,
		.chosen_cpu = s->chosen_cpu,
		.waker_cpu = s->waker_cpu,
		.is_new = !!(s->flags & SLICE_NEW),
		.requeued = !!(s->flags & SLICE_REQUEUED),
		.pinned = !!(s->placed & PLACED_PINNED),
		.woken_on_cpu = !!(s->flags & SLICE_WOKEN_ON_CPU),
	};
	enum placement_class class = placement_class_of_facts(&wakeup);

	if (class != PLACEMENT_CLASSES)
		return class;
	return placement_class_of_places(&cpu_of(host, s->prev_cpu)->place,
					 &cpu_of(host, s->chosen_cpu)->place,
					 &cpu_of(host, s->waker_cpu)->place);
}

static struct placement_verdict verdict(enum placement_branch branch, enum certainty certainty)
{
	return (struct placement_verdict){ branch, certainty };
}

/* What decides before any search, and what needs none. */
static bool decided_at_once(const struct slice *s, struct placement_verdict *v)
{
	if (!placement_is_told(s))
		*v = verdict(BRANCH_UNKNOWN, UNSURE);
	else if (s->flags & SLICE_REQUEUED)
		*v = verdict(BRANCH_REQUEUED, SURE);
	else if (s->placed & PLACED_PINNED)
		*v = verdict(BRANCH_PINNED, SURE);
	else if (s->placed & PLACED_OTHER_CLASS)
		*v = verdict(BRANCH_OTHER_CLASS, SURE);
	else if (s->flags & SLICE_NEW)
		*v = verdict(BRANCH_SLOW, s->placed & PLACED_SEEN ? SURE : UNSURE);
	else if (!(s->placed & PLACED_SEEN))
		*v = verdict(BRANCH_UNKNOWN, UNSURE);
	else
		return false;
	return true;
}

/*
 * The previous CPU is not allowed any more. The search takes it all the same while it is idle, and
 * select_task_rq() overrides that by select_fallback_rq(). While it is busy the search may find one
 * that is allowed, in its LLC or the waker's.
 */
static struct placement_verdict model_forbidden(const struct placement_host *host,
						const struct slice *s)
{
	bool prev_idle = placement_cpu_is(s->placed, PLACED_PREV_SHIFT) == CPU_IS_IDLE;
	bool near = share_llc(host, s->chosen_cpu, s->prev_cpu) ||
		    share_llc(host, s->chosen_cpu, s->waker_cpu);

	if (s->chosen_cpu == s->waker_cpu &&
	    placement_cpu_is(s->placed, PLACED_WAKER_SHIFT) == CPU_IS_IDLE && !prev_idle)
		return verdict(BRANCH_TARGET_IDLE, UNSURE);
	return verdict(BRANCH_FALLBACK, prev_idle || !near ? SURE : UNSURE);
}

/* The previous CPU was chosen. */
static struct placement_verdict model_kept(const struct slice *s)
{
	enum cpu_is prev = placement_cpu_is(s->placed, PLACED_PREV_SHIFT);

	if (s->flags & SLICE_WOKEN_ON_CPU)
		return verdict(BRANCH_ON_CPU, UNSURE);
	if (prev == CPU_IS_IDLE)
		return verdict(BRANCH_PREV_IDLE, SURE);
	if (prev == CPU_IS_UNKNOWN)
		return verdict(BRANCH_UNKNOWN, UNSURE);
	if (s->waker_cpu == s->prev_cpu && s->placed & PLACED_WAKER_PER_CPU &&
	    s->placed & PLACED_WAKER_ALONE)
		return verdict(BRANCH_STACKED, SURE);
	return verdict(BRANCH_NONE_IDLE, SURE);
}

/* The waker's CPU was chosen: wake_affine() made it the target. */
static struct placement_verdict model_pulled(const struct slice *s)
{
	switch (placement_cpu_is(s->placed, PLACED_WAKER_SHIFT)) {
	case CPU_IS_IDLE:
		return verdict(BRANCH_TARGET_IDLE, SURE);
	case CPU_IS_BUSY:
		return verdict(BRANCH_NONE_IDLE, SURE);
	default:
		return verdict(BRANCH_UNKNOWN, UNSURE);
	}
}

/* Neither: one found by looking around. recent_used_cpu is looked at before any search. */
static struct placement_verdict model_found(const struct placement_host *host,
					    const struct slice *s)
{
	enum cpu_is core = placement_cpu_is(s->placed, PLACED_CORE_SHIFT);
	bool beside_prev = placement_shares_core(host, s->chosen_cpu, s->prev_cpu);
	bool beside_waker = placement_shares_core(host, s->chosen_cpu, s->waker_cpu);

	if (s->chosen_cpu == s->recent_cpu)
		return verdict(BRANCH_RECENT, SURE);
	if (!share_llc(host, s->chosen_cpu, s->prev_cpu) &&
	    !share_llc(host, s->chosen_cpu, s->waker_cpu))
		return verdict(BRANCH_UNKNOWN, UNSURE);
	if (!host || host->threads < 2)
		return verdict(BRANCH_IDLE_CPU, SURE);
	if (host->smt_first && beside_prev)
		return s->placed & PLACED_NO_IDLE_CORES ? verdict(BRANCH_IDLE_SMT, SURE)
							: verdict(BRANCH_IDLE_CPU, UNSURE);
	/* The search for any idle CPU begins at the target, and goes on to the next number. */
	if (!host->smt_first && (beside_prev || beside_waker))
		return verdict(BRANCH_IDLE_CPU, UNSURE);
	if (core == CPU_IS_IDLE && s->placed & PLACED_IDLE_CORES)
		return verdict(BRANCH_IDLE_CORE, SURE);
	return verdict(BRANCH_IDLE_CPU, core == CPU_IS_BUSY ? SURE : UNSURE);
}

struct placement_verdict placement_model(const struct placement_host *host, const struct slice *s)
{
	struct placement_verdict v;

	if (decided_at_once(s, &v))
		return v;
	if (s->placed & PLACED_PREV_FORBIDDEN)
		return model_forbidden(host, s);
	if (s->chosen_cpu == s->prev_cpu)
		return model_kept(s);
	if (s->chosen_cpu == s->waker_cpu)
		return model_pulled(s);
	return model_found(host, s);
}

/* The first CPUs looked at are the waker's, the previous and the recent one; then the search
 * begins. */
static unsigned int search_begins(const struct slice *s, const struct choice *c, unsigned int looks)
{
	unsigned int at = 0;

	while (at < looks) {
		uint16_t cpu = c->trail[at] & ~CHOICE_IDLE;

		if (cpu != s->waker_cpu && cpu != c->prev_cpu && cpu != s->recent_cpu)
			break;
		at++;
	}
	return at;
}

static bool was_found_idle(const struct choice *c, unsigned int looks, uint16_t cpu)
{
	for (unsigned int at = 0; at < looks; at++)
		if (c->trail[at] == (cpu | CHOICE_IDLE))
			return true;
	return false;
}

/* Whether the search ended with a core of which every CPU was found idle: as many looks as it has.
 */
static bool ends_with_idle_core(const struct placement_host *host, const struct choice *c,
				unsigned int looks)
{
	if (host->threads < 2 || looks < host->threads)
		return false;
	for (unsigned int at = looks - host->threads; at < looks; at++)
		if (!(c->trail[at] & CHOICE_IDLE) ||
		    !placement_shares_core(host, c->trail[at] & ~CHOICE_IDLE, c->chosen_cpu))
			return false;
	return true;
}

/* One found by looking around: by which of the searches. All looks are there. */
static enum placement_branch read_search(const struct placement_host *host, const struct slice *s,
					 const struct choice *c, unsigned int looks)
{
	if (ends_with_idle_core(host, c, looks))
		return BRANCH_IDLE_CORE;
	if (host->smt_first && looks == search_begins(s, c, looks) + 1 &&
	    placement_shares_core(host, c->chosen_cpu, c->prev_cpu) &&
	    !(s->placed & PLACED_IDLE_CORES))
		return BRANCH_IDLE_SMT;
	return BRANCH_IDLE_CPU;
}

/* Reads the branch off the trail: a CPU is taken when it is found idle. */
static struct placement_verdict read_trail(const struct placement_host *host, const struct slice *s,
					   const struct choice *c)
{
	unsigned int looks = c->looks < CHOICE_TRAIL_MAX ? c->looks : CHOICE_TRAIL_MAX;
	uint16_t chosen = c->chosen_cpu;

	if (!was_found_idle(c, looks, chosen)) {
		if (chosen != c->prev_cpu && chosen != s->waker_cpu)
			return verdict(BRANCH_UNKNOWN, UNSURE); /* beyond what is kept */
		if (s->waker_cpu == c->prev_cpu && s->placed & PLACED_WAKER_PER_CPU &&
		    s->placed & PLACED_WAKER_ALONE)
			return verdict(BRANCH_STACKED, OBSERVED);
		return verdict(BRANCH_NONE_IDLE, OBSERVED);
	}
	if (chosen == c->prev_cpu)
		return verdict(BRANCH_PREV_IDLE, OBSERVED);
	if (chosen == s->waker_cpu)
		return verdict(BRANCH_TARGET_IDLE, OBSERVED);
	if (chosen == s->recent_cpu)
		return verdict(BRANCH_RECENT, OBSERVED);
	if (c->looks > CHOICE_TRAIL_MAX)
		return verdict(BRANCH_UNKNOWN, UNSURE);
	return verdict(read_search(host, s, c, looks), OBSERVED);
}

struct placement_verdict placement_explain(const struct placement_host *host, const struct slice *s,
					   const struct choice *choice,
					   const struct choice *fallback)
{
	struct placement_verdict model = placement_model(host, s), seen;

	if (!choice || !placement_is_told(s) || s->flags & (SLICE_REQUEUED | SLICE_NEW) ||
	    s->placed & (PLACED_PINNED | PLACED_OTHER_CLASS))
		return model;
	if (fallback || choice->chosen_cpu != s->chosen_cpu)
		return verdict(BRANCH_FALLBACK, OBSERVED);
	if (choice->looks == CHOICE_NO_TRAIL || !host || !host->cpu_count)
		return model;
	seen = read_trail(host, s, choice);
	return seen.branch == BRANCH_UNKNOWN ? model : seen;
}
