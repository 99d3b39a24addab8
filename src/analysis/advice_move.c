// SPDX-License-Identifier: GPL-2.0-only
/* Advice on who should run elsewhere: see advice_move.h. Who gets which advice. */
#include "analysis/advice_move_internal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event/tasks.h"
#include "host/cpulist.h"

/* Which advice a task goes to; what tells apart advices of one group is their key. */
enum group {
	GROUP_ALONE,
	GROUP_PROCESS,
	GROUP_PINNED_PROCESS,
	GROUP_UNBOUND_WORKERS,
	GROUP_WORKERS,
	GROUP_RCU,
	GROUP_RCU_CALLBACKS,
	GROUP_STOPPERS,
	GROUP_WATCHDOGS,
	GROUP_IRQ,
	GROUP_SOFTIRQS,
	GROUP_VM_HELPERS,
	GROUP_PINNED_VCPUS,
	GROUP_FLOATING_VCPUS,
	GROUP_LEAVE,
	GROUP_GONE,
};

#define DURATION_SIZE 32

/* Three digits that count: "9 ms", "1.23 s" */
static char *duration(char buf[DURATION_SIZE], uint64_t ns)
{
	static const struct {
		double ns;
		const char *name;
	} units[] = { { 1e9, "s" }, { 1e6, "ms" }, { 1e3, "us" }, { 1, "ns" } };
	size_t unit = 0;

	while (unit < 3 && (double)ns < units[unit].ns)
		unit++;
	if ((double)ns >= 1e12)
		snprintf(buf, DURATION_SIZE, "%.0f s", (double)ns / 1e9);
	else
		snprintf(buf, DURATION_SIZE, "%.3g %s", (double)ns / units[unit].ns,
			 units[unit].name);
	return buf;
}

static void put_seen(struct adviser *m, struct advice *advice, const struct moved_group *g)
{
	char run[DURATION_SIZE], delay[DURATION_SIZE];

	if (m->in->owner_count)
		advice_text(m->list, &advice->seen,
			    "ran %s on %s in %" PRIu64 " visit%s; the owners waited %s for it",
			    duration(run, g->run_ns), m->targets, g->visits,
			    g->visits == 1 ? "" : "s", duration(delay, g->delay_ns));
	else
		advice_text(m->list, &advice->seen, "ran %s on %s in %" PRIu64 " visit%s",
			    duration(run, g->run_ns), m->targets, g->visits,
			    g->visits == 1 ? "" : "s");
}

/* "12.1 % of CPU 43's time and 9 ms of the owners' delay go away" */
static void put_predicted(struct adviser *m, struct advice *advice, const struct moved_group *g)
{
	double time = (double)m->in->window_ns * hwloc_bitmap_weight(m->in->targets);
	double share = time > 0 ? (double)g->run_ns / time : 0;
	char of[DURATION_SIZE], delay[DURATION_SIZE], owners[DURATION_SIZE + 48] = "";
	bool one = hwloc_bitmap_weight(m->in->targets) == 1;

	if (time > 0)
		snprintf(of, sizeof(of), "%.3g %%", share < 1 ? 100 * share : 100.0);
	else
		duration(of, g->run_ns);
	if (m->in->owner_count)
		snprintf(owners, sizeof(owners), " and %s of the owners' delay",
			 duration(delay, g->delay_ns));
	advice_text(m->list, &advice->predicted, "%s of %s%s%s%s %s away", of,
		    one ? "" : "the time of ", m->targets, one ? "'s time" : "", owners,
		    *owners ? "go" : "goes");
}

static struct advice *add(struct adviser *m, const struct moved_group *g, const char *rule,
			  enum advice_sure sure, const char *format, va_list args)
{
	const struct task_identity *who = g->list->task->who;
	struct advice *advice;

	advice = advice_add(m->list, rule, g->count == 1 && who ? who->task : TASK_UNKNOWN, sure);
	if (!advice)
		return NULL;
	advice->cost_ns = m->in->owner_count ? g->delay_ns : g->run_ns;
	advice->run_ns = g->run_ns;
	if (vasprintf(&advice->title, format, args) < 0) {
		advice->title = NULL;
		m->list->no_memory = true;
	}
	put_seen(m, advice, g);
	return advice;
}

struct advice *adviser_add(struct adviser *m, const struct moved_group *g, const char *rule,
			   enum advice_sure sure, const char *format, ...)
{
	struct advice *advice;
	va_list args;

	va_start(args, format);
	advice = add(m, g, rule, sure, format, args);
	va_end(args);
	if (advice)
		put_predicted(m, advice, g);
	return advice;
}

struct advice *adviser_leave(struct adviser *m, const struct moved_group *g, const char *rule,
			     const char *format, ...)
{
	struct advice *advice;
	va_list args;

	va_start(args, format);
	advice = add(m, g, rule, ADVICE_SURE, format, args);
	va_end(args);
	if (advice)
		advice->is_advice = false;
	return advice;
}

#define NAMES_SHOWN 4

char *adviser_names(char buf[ADVISER_NAMES_MAX], const struct moved_group *g)
{
	char *p = buf;

	for (uint32_t i = 0; i < g->count && i < NAMES_SHOWN; i++) {
		const struct task_identity *who = g->list[i].task->who;

		if (i)
			p += sprintf(p, ", ");
		p += who && who->tid ? task_label(p, who) : sprintf(p, "?");
	}
	if (g->count > NAMES_SHOWN)
		sprintf(p, " and %" PRIu32 " more", g->count - NAMES_SHOWN);
	return buf;
}

bool adviser_is_gone(const struct moved *moved)
{
	return moved->kind.kind == KIND_UNKNOWN || moved->task->exited;
}

static void advise(struct adviser *m, const struct moved_group *g)
{
	switch ((enum group)g->list->group) {
	case GROUP_ALONE:
		advise_tasks(m, g, "move-task");
		break;
	case GROUP_PROCESS:
		advise_tasks(m, g, "user-task");
		break;
	case GROUP_PINNED_PROCESS:
		advise_pinned(m, g);
		break;
	case GROUP_UNBOUND_WORKERS:
		advise_unbound_workers(m, g);
		break;
	case GROUP_WORKERS:
		advise_workers(m, g);
		break;
	case GROUP_RCU:
		advise_rcu(m, g);
		break;
	case GROUP_RCU_CALLBACKS:
		advise_rcu_callbacks(m, g);
		break;
	case GROUP_STOPPERS:
		advise_stoppers(m, g);
		break;
	case GROUP_WATCHDOGS:
		advise_watchdogs(m, g);
		break;
	case GROUP_IRQ:
		advise_irq(m, g);
		break;
	case GROUP_SOFTIRQS:
		advise_softirqs(m, g);
		break;
	case GROUP_VM_HELPERS:
		advise_vm_helpers(m, g);
		break;
	case GROUP_PINNED_VCPUS:
		advise_pinned_vcpus(m, g);
		break;
	case GROUP_FLOATING_VCPUS:
		break;
	case GROUP_LEAVE:
		advise_leave(m, g);
		break;
	case GROUP_GONE:
		advise_gone(m, g);
		break;
	}
}

/* A kernel thread that has a mask of its own, unless it may not be changed. */
static enum group alone(const struct task_kind *kind, uint32_t *key, uint32_t at)
{
	*key = kind->movable ? at : (uint32_t)KIND_KTHREAD_BOUND;
	return kind->movable ? GROUP_ALONE : GROUP_LEAVE;
}

static enum group group_of(const struct moved *moved, uint32_t *key)
{
	const struct task_kind *kind = &moved->kind;

	*key = (uint32_t)kind->kind;
	/* What the kernel starts again by itself is asked for by its knob, also if one is gone. */
	switch (kind->kind) {
	case KIND_WORKER:
		return GROUP_WORKERS;
	case KIND_WORKER_UNBOUND:
		return GROUP_UNBOUND_WORKERS;
	default:
		break;
	}
	*key = moved->at;
	if (adviser_is_gone(moved))
		return GROUP_GONE;
	*key = 0;
	switch (kind->kind) {
	case KIND_SOFTIRQ:
		return GROUP_SOFTIRQS;
	case KIND_RCU_CALLBACKS:
		return GROUP_RCU_CALLBACKS;
	case KIND_RCU_OFFLOADED:
	case KIND_RCU:
		return kind->movable ? GROUP_RCU : alone(kind, key, moved->at);
	case KIND_STOPPER:
		return GROUP_STOPPERS;
	case KIND_WATCHDOG:
		return GROUP_WATCHDOGS;
	case KIND_IRQ:
		*key = kind->number;
		return GROUP_IRQ;
	case KIND_USER:
		*key = moved->task->who->pid;
		return GROUP_PROCESS;
	case KIND_USER_PINNED:
		*key = moved->task->who->pid;
		return GROUP_PINNED_PROCESS;
	case KIND_VCPU:
	case KIND_VCPU_PINNED:
		*key = kind->vm_pid;
		return GROUP_PINNED_VCPUS;
	case KIND_VCPU_FLOATING:
		return GROUP_FLOATING_VCPUS;
	case KIND_VM_HELPER:
		*key = kind->vm_pid;
		return GROUP_VM_HELPERS;
	case KIND_HOTPLUG:
	case KIND_IDLE_INJECT:
	case KIND_WORKER_RESCUER:
	case KIND_USER_BOUND:
	case KIND_KTHREAD_BOUND:
		*key = (uint32_t)kind->kind;
		return GROUP_LEAVE;
	default:
		return alone(kind, key, moved->at);
	}
}

static int compare_moved(const void *a, const void *b)
{
	const struct moved *x = a, *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->at < y->at ? -1 : 1;
}

static void advise_all(struct adviser *m, struct moved *moved)
{
	uint32_t n = m->in->count, end;

	for (uint32_t i = 0; i < n; i++) {
		moved[i].task = &m->in->tasks[i];
		moved[i].at = i;
		kind_find(&moved[i].kind, moved[i].task->who, m->in->host, m->in->targets);
		moved[i].group = group_of(&moved[i], &moved[i].key);
	}
	qsort(moved, n, sizeof(*moved), compare_moved);
	for (uint32_t start = 0; start < n; start = end) {
		struct moved_group group = { .list = &moved[start] };

		for (end = start; end < n && moved[end].group == moved[start].group &&
				  moved[end].key == moved[start].key;
		     end++) {
			group.count++;
			group.run_ns += moved[end].task->run_ns;
			group.delay_ns += moved[end].task->delay_ns;
			group.visits += moved[end].task->visits;
		}
		advise(m, &group);
	}
	advise_floating_vcpus(m, moved, n);
}

static int compare_u32(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The CPUs that owners have, and what follows for all tasks alike. False without memory. */
static bool prepare(struct adviser *m)
{
	uint32_t n = m->in->owner_count, *tids = calloc(n ? n : 1, sizeof(*tids));
	bool fine = false;

	m->owned = hwloc_bitmap_alloc();
	m->isolated = hwloc_bitmap_alloc();
	if (tids && m->owned && m->isolated) {
		for (uint32_t i = 0; i < n; i++)
			tids[i] = m->in->owners[i]->tid;
		qsort(tids, n, sizeof(*tids), compare_u32);
		fine = !homes_isolated(m->isolated, m->host) &&
		       !homes_owned(m->owned, m->host, tids, n);
	}
	free(tids);
	m->target_list = cpulist_format(m->in->targets);
	if (!fine || !m->target_list)
		return false;
	if (asprintf(&m->targets, "CPU%s %s", hwloc_bitmap_weight(m->in->targets) == 1 ? "" : "s",
		     m->target_list) < 0) {
		m->targets = NULL;
		return false;
	}
	return adviser_homes(m, NULL, &m->general, &m->homes);
}

void advice_move(struct advice_list *list, const struct move_advice_input *input)
{
	struct host_snapshot nothing = { .online = hwloc_bitmap_alloc(), .watchdog = -1 };
	bool known = input->host && input->host->online;
	struct adviser m = { .list = list, .in = input, .host = known ? input->host : &nothing };
	struct moved *moved = calloc(input->count ? input->count : 1, sizeof(*moved));

	if (moved && nothing.online && prepare(&m))
		advise_all(&m, moved);
	else
		list->no_memory = true;
	free(moved);
	free(m.targets);
	free(m.target_list);
	free(m.homes);
	homes_free(&m.general);
	hwloc_bitmap_free(m.owned);
	hwloc_bitmap_free(m.isolated);
	hwloc_bitmap_free(nothing.online);
}
