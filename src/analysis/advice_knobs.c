// SPDX-License-Identifier: GPL-2.0-only
/* Advice on kernel threads that a knob of their own moves: workqueues, RCU, watchdogs. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/advice_move_internal.h"
#include "host/cpulist.h"
#include "host/isolation.h"
#include "host/knobs.h"

/* What the workqueues' CPUs should be: of those they have, the homes. NULL without memory. */
static hwloc_bitmap_t better_workqueue_cpus(const struct adviser *m)
{
	hwloc_bitmap_t cpus = hwloc_bitmap_dup(m->general.cpus);

	if (cpus && m->host->workqueue_cpus &&
	    hwloc_bitmap_intersects(cpus, m->host->workqueue_cpus) &&
	    hwloc_bitmap_and(cpus, cpus, m->host->workqueue_cpus)) {
		hwloc_bitmap_free(cpus);
		return NULL;
	}
	return cpus;
}

static void change_workqueues(struct adviser *m, struct advice *advice, const char *mask)
{
	hwloc_const_bitmap_t now = m->host->workqueue_cpus;
	struct change change;
	char *from;

	if (!now) {
		advice_step(m->list, advice, STEP_COMMAND, NULL, "echo %s >%s", mask,
			    WORKQUEUE_CPUMASK);
		return;
	}
	from = cpulist_format_mask(now, m->host->cpu_count);
	if (!from || change_file(&change, CHANGE_CPUMASK, WORKQUEUE_CPUMASK, from, mask)) {
		m->list->no_memory = true;
	} else {
		advice_text(m->list, &advice->undo, "echo %s >%s", from, WORKQUEUE_CPUMASK);
		advice_change(m->list, advice, &change);
	}
	free(from);
}

/* The mask has none of the targets, or nothing but: a cpumask of the workqueue's own leads there.
 */
static void blame_one_workqueue(struct adviser *m, const struct moved_group *g)
{
	char names[ADVISER_NAMES_MAX];
	struct advice *advice = adviser_add(m, g, "workqueue", ADVICE_UNSURE,
					    "find the workqueue of %s", adviser_names(names, g));

	if (!advice)
		return;
	advice_text(m->list, &advice->why,
		    "unbound workqueues have no %s already: it works for one with CPUs of its own, "
		    "or was there before",
		    m->targets);
	advice_text(m->list, &advice->sure_why, "which workqueue it was is not in the trace");
	advice_step(m->list, advice, STEP_COMMAND, NULL,
		    "grep . /sys/devices/virtual/workqueue/*/cpumask");
}

void advise_unbound_workers(struct adviser *m, const struct moved_group *g)
{
	hwloc_bitmap_t cpus;
	char names[ADVISER_NAMES_MAX], *list, *mask;
	struct advice *advice;

	if (m->host->workqueue_cpus &&
	    !hwloc_bitmap_intersects(m->host->workqueue_cpus, m->in->targets)) {
		blame_one_workqueue(m, g);
		return;
	}
	if (m->general.choice == HOMES_NONE) {
		advice = adviser_leave(m, g, "workqueue", "%s: there is nowhere to move their work",
				       adviser_names(names, g));
		if (advice)
			advice_text(m->list, &advice->why, "%s", m->general.why);
		return;
	}
	cpus = better_workqueue_cpus(m);
	list = cpus ? cpulist_format(cpus) : NULL;
	mask = cpus ? cpulist_format_mask(cpus, m->host->cpu_count) : NULL;
	if (!list || !mask) {
		m->list->no_memory = true;
	} else if ((advice = adviser_add(m, g, "workqueue", ADVICE_LIKELY,
					 "keep unbound workqueues on %s %s", adviser_cpus(list),
					 list))) {
		advice_text(m->list, &advice->why,
			    "%s work%s for unbound workqueues, whose CPUs %s; where to: %s",
			    adviser_names(names, g), g->count == 1 ? "s" : "",
			    m->host->workqueue_cpus ? "have these" : "are not known",
			    m->general.why);
		advice_text(m->list, &advice->sure_why,
			    "a workqueue with CPUs of its own does not follow");
		change_workqueues(m, advice, mask);
		advice_step(m->list, advice, STEP_PERSIST,
			    "/etc/tmpfiles.d/interloper-workqueue.conf", "w %s - - - - %s",
			    WORKQUEUE_CPUMASK, mask);
		advice_step(
			m->list, advice, STEP_NOTE, NULL,
			"at boot: isolcpus= and isolated partitions leave their CPUs out of it; "
			"workqueue.unbound_cpus=%s does for any (6.6)",
			list);
	}
	free(list);
	free(mask);
	hwloc_bitmap_free(cpus);
}

void advise_workers(struct adviser *m, const struct moved_group *g)
{
	char names[ADVISER_NAMES_MAX];
	bool high_prio = false;
	struct advice *advice;

	for (uint32_t i = 0; i < g->count; i++)
		high_prio |= g->list[i].kind.high_prio;
	advice = adviser_add(m, g, "workqueue", ADVICE_UNSURE, "find who queues work on %s",
			     m->targets);
	if (!advice)
		return;
	advice_text(m->list, &advice->why,
		    "%s: per-CPU work runs on the CPU that queued it, or was told to; no mask "
		    "moves it",
		    adviser_names(names, g));
	advice_text(m->list, &advice->sure_why, "which work it was is not in the trace");
	advice_step(m->list, advice, STEP_NOTE, NULL,
		    "who woke them queued it: interloper wakeups; what it is: the event "
		    "workqueue:workqueue_execute_start");
	advice_step(m->list, advice, STEP_NOTE, NULL,
		    "the kernel's statistics run once a second on every CPU: "
		    "sysctl vm.stat_interval=120 makes it rarer");
	if (high_prio)
		advice_step(m->list, advice, STEP_NOTE, NULL,
			    "of high priority (H) is mostly the block layer's: it follows the "
			    "CPUs of the disks' interrupts");
	advice_step(m->list, advice, STEP_NOTE, NULL,
		    "kernel parameter workqueue.power_efficient=1 makes some of them unbound");
}

/* Whether rcu_nocbs= has all targets; false also if it is not known. */
static bool is_offloaded(struct adviser *m)
{
	struct isolation isolation;
	bool all;

	if (isolation_from_snapshot(&isolation, m->host))
		m->list->no_memory = true;
	all = isolation.nocbs && hwloc_bitmap_isincluded(m->in->targets, isolation.nocbs);
	isolation_free(&isolation);
	return all;
}

void advise_rcu_callbacks(struct adviser *m, const struct moved_group *g)
{
	char names[ADVISER_NAMES_MAX];
	struct advice *advice;

	if (is_offloaded(m)) {
		advice = adviser_leave(m, g, "rcu", "leave %s: rcu_nocbs= has its CPU already",
				       adviser_names(names, g));
		if (advice)
			advice_text(m->list, &advice->why,
				    "what is left for it is little: the end of grace periods");
		return;
	}
	advice = adviser_add(m, g, "rcu", ADVICE_LIKELY, "offload the RCU callbacks of %s",
			     m->targets);
	if (!advice)
		return;
	advice_text(m->list, &advice->why,
		    "%s runs the callbacks of its CPU and cannot be moved; offloaded ones are run "
		    "by rcuop and rcuog threads, which can",
		    adviser_names(names, g));
	advice_text(m->list, &advice->sure_why, "callbacks that were not offloaded run there");
	advice_step(m->list, advice, STEP_NOTE, NULL,
		    "kernel parameter rcu_nocbs=%s (a kernel with CONFIG_RCU_NOCB_CPU); nohz_full= "
		    "does it for its CPUs",
		    m->target_list);
}

void advise_rcu(struct adviser *m, const struct moved_group *g)
{
	char names[ADVISER_NAMES_MAX];
	struct advice *advice;

	if (m->general.choice == HOMES_NONE) {
		advice = adviser_leave(m, g, "rcu", "%s: there is nowhere to move %s",
				       adviser_names(names, g), g->count == 1 ? "it" : "them");
		if (advice)
			advice_text(m->list, &advice->why, "%s", m->general.why);
		return;
	}
	advice = adviser_add(m, g, "rcu", ADVICE_SURE, "move %s to %s %s", adviser_names(names, g),
			     adviser_cpus(m->homes), m->homes);
	if (!advice)
		return;
	advice_text(m->list, &advice->why, "RCU's threads may run anywhere; where to: %s",
		    m->general.why);
	advice_text(m->list, &advice->sure_why, "they lack PF_NO_SETAFFINITY");
	advice->is_advice = false;
	for (uint32_t i = 0; i < g->count; i++)
		if (adviser_affinity(m, advice, &g->list[i], m->homes))
			advice->is_advice = true;
	adviser_undo(m, advice);
	adviser_persist(m, advice, "rcu", "-P 2 \"^rcu(o[gpsb]/|_)\"", m->homes);
	advice_step(m->list, advice, STEP_NOTE, NULL,
		    "with nohz_full= the kernel keeps them on housekeeping CPUs by itself");
}

/* The lockup detectors' CPUs without the targets; NULL: they do not check them, or not known. */
static char *other_watchdog_cpus(struct adviser *m)
{
	hwloc_bitmap_t rest;
	char *list = NULL;

	if (!m->host->watchdog_cpus ||
	    !hwloc_bitmap_intersects(m->host->watchdog_cpus, m->in->targets))
		return NULL;
	rest = hwloc_bitmap_alloc();
	if (rest && !hwloc_bitmap_andnot(rest, m->host->watchdog_cpus, m->in->targets))
		list = cpulist_format(rest);
	if (!list)
		m->list->no_memory = true;
	hwloc_bitmap_free(rest);
	return list;
}

static void put_watchdog(struct adviser *m, struct advice *advice, const char *list)
{
	char *from = cpulist_format(m->host->watchdog_cpus);

	/* A CPU that hangs is then told of by nobody: that is for the operator to decide. */
	if (*list) {
		advice_step(m->list, advice, STEP_COMMAND, NULL, "echo %s >%s", list,
			    WATCHDOG_CPUMASK);
		advice_step(m->list, advice, STEP_PERSIST,
			    "/etc/sysctl.d/60-interloper-watchdog.conf",
			    "kernel.watchdog_cpumask = %s", list);
	} else {
		advice_step(m->list, advice, STEP_NOTE, NULL,
			    "no other CPU is checked: sysctl kernel.watchdog=0 turns it off");
	}
	advice_step(m->list, advice, STEP_NOTE, NULL,
		    "a hang of %s is then reported by nobody; CPUs of nohz_full= are left out by "
		    "the kernel itself",
		    m->targets);
	if (!from)
		m->list->no_memory = true;
	else if (*list)
		advice_text(m->list, &advice->undo, "echo %s >%s", from, WATCHDOG_CPUMASK);
	free(from);
}

void advise_watchdogs(struct adviser *m, const struct moved_group *g)
{
	char names[ADVISER_NAMES_MAX], *list = other_watchdog_cpus(m);
	struct advice *advice;

	advice = adviser_add(m, g, "watchdog", list ? ADVICE_SURE : ADVICE_UNSURE,
			     "keep the lockup detector off %s", m->targets);
	if (advice) {
		advice_text(m->list, &advice->why,
			    "%s is the detector's thread, there is one on each CPU that it checks",
			    adviser_names(names, g));
		if (list)
			put_watchdog(m, advice, list);
		else
			advice_step(m->list, advice, STEP_NOTE, NULL,
				    "take %s out of %s; what it has is not known", m->targets,
				    WATCHDOG_CPUMASK);
	}
	free(list);
}

/* From 4.19 on the detector is a job of the stopper, once in watchdog_thresh * 2 / 5 = 4 s. */
#define WATCHDOG_PERIOD_NS 4000000000ull

static void advise_stopper_watchdog(struct adviser *m, const struct moved_group *g)
{
	uint64_t rounds = m->in->window_ns / WATCHDOG_PERIOD_NS + 1;
	bool fits = m->in->window_ns && g->visits <= rounds * g->count;
	char *list = m->host->watchdog == 1 ? other_watchdog_cpus(m) : NULL;
	struct advice *advice;

	if (!list)
		return;
	advice = adviser_add(m, g, "watchdog", fits ? ADVICE_LIKELY : ADVICE_UNSURE,
			     "keep the lockup detector off %s, if the stopper's visits matter",
			     m->targets);
	if (advice) {
		advice_text(
			m->list, &advice->why,
			"kernel.watchdog is 1, and the soft lockup detector runs in the stopper "
			"every 4 s (since 4.19)");
		advice_text(m->list, &advice->sure_why,
			    fits ? "the stopper came about as often as the detector does"
				 : "the stopper came more often than the detector does");
		put_watchdog(m, advice, list);
	}
	free(list);
}

void advise_stoppers(struct adviser *m, const struct moved_group *g)
{
	char names[ADVISER_NAMES_MAX];
	struct advice *advice =
		adviser_leave(m, g, "leave-it", "leave %s: nothing moves %s",
			      adviser_names(names, g), g->count == 1 ? "it" : "them");

	if (advice)
		advice_text(m->list, &advice->why,
			    "the stopper takes tasks off its CPU for others, and must be able to: "
			    "who asks it to is the cause (affinity calls, balancing, the lockup "
			    "detector)");
	advise_stopper_watchdog(m, g);
}
