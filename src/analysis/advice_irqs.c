// SPDX-License-Identifier: GPL-2.0-only
/* Advice on interrupts: their threads, and the softirqs that they raise. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/advice_move_internal.h"
#include "host/cpulist.h"
#include "host/knobs.h"
#include "host/taskflags.h"

#define IRQS_SHOWN 8

/* Where an interrupt goes, as far as is known. */
static hwloc_const_bitmap_t cpus_of(const struct host_irq *irq)
{
	return irq->effective ? irq->effective : irq->affinity;
}

static const struct host_task *find_irqbalance(const struct host_snapshot *host)
{
	for (uint32_t i = 0; i < host->task_count; i++)
		if (!(host->tasks[i].flags & TASK_KTHREAD) &&
		    host->tasks[i].tid == host->tasks[i].pid &&
		    !strcmp(host->tasks[i].comm, "irqbalance"))
			return &host->tasks[i];
	return NULL;
}

/* What moves interrupts again: irqbalance, and the next boot. */
static void keep_off(struct adviser *m, struct advice *advice)
{
	const struct host_task *irqbalance = find_irqbalance(m->host);
	hwloc_bitmap_t banned = hwloc_bitmap_alloc();
	char *list = NULL;

	if (banned && !hwloc_bitmap_andnot(banned, m->host->online, m->general.cpus))
		list = cpulist_format(banned);
	hwloc_bitmap_free(banned);
	if (!list) {
		m->list->no_memory = true;
		return;
	}
	if (irqbalance)
		advice_step(m->list, advice, STEP_NOTE, NULL,
			    "irqbalance[%" PRIu32 "] is running and would move it again: ban the "
			    "CPUs, then restart it",
			    irqbalance->tid);
	else
		advice_step(m->list, advice, STEP_NOTE, NULL,
			    "irqbalance is not running; if it is to, ban the CPUs");
	advice_step(m->list, advice, STEP_PERSIST, "/etc/default/irqbalance",
		    "IRQBALANCE_BANNED_CPULIST=%s", list);
	advice_step(m->list, advice, STEP_NOTE, NULL,
		    "the file is /etc/sysconfig/irqbalance on Red Hat's and openEuler; without "
		    "irqbalance the kernel parameter irqaffinity=%s is where interrupts begin",
		    m->homes);
	free(list);
}

static void note_fixed(struct adviser *m, struct advice *advice, const struct host_irq *irq)
{
	advice_step(m->list, advice, STEP_NOTE, NULL,
		    "IRQ %" PRIu32 " is spread by its driver and cannot be moved: kernel parameter "
		    "isolcpus=managed_irq,%s keeps it off where another CPU can take it",
		    irq->number, m->target_list);
}

static void change_irq(struct adviser *m, struct advice *advice, const struct host_irq *irq)
{
	char path[64], *from = cpulist_format(irq->affinity);
	struct change change;

	snprintf(path, sizeof(path), "/proc/irq/%" PRIu32 "/smp_affinity_list", irq->number);
	if (!from || change_file(&change, CHANGE_CPULIST, path, from, m->homes)) {
		m->list->no_memory = true;
	} else {
		advice_text(m->list, &advice->undo, "echo %s >%s", from, path);
		advice_change(m->list, advice, &change);
	}
	free(from);
}

static void nowhere(struct adviser *m, const struct moved_group *g)
{
	char names[ADVISER_NAMES_MAX];
	struct advice *advice = adviser_leave(m, g, "irq", "%s: there is nowhere to move it",
					      adviser_names(names, g));

	if (advice)
		advice_text(m->list, &advice->why, "%s", m->general.why);
}

void advise_irq(struct adviser *m, const struct moved_group *g)
{
	uint32_t number = g->list->kind.number;
	const struct host_irq *irq = knobs_irq(m->host, number);
	const char *name = irq && irq->actions ? irq->actions : NULL;
	char names[ADVISER_NAMES_MAX];
	struct advice *advice;

	if (m->general.choice == HOMES_NONE) {
		nowhere(m, g);
		return;
	}
	advice = adviser_add(m, g, "irq", irq ? ADVICE_SURE : ADVICE_LIKELY,
			     "move IRQ %" PRIu32 "%s%s%s to %s %s", number, name ? " (" : "",
			     name ? name : "", name ? ")" : "", adviser_cpus(m->homes), m->homes);
	if (!advice)
		return;
	advice_text(m->list, &advice->why,
		    "%s is the thread of that interrupt and goes where it goes; where to: %s",
		    adviser_names(names, g), m->general.why);
	advice_text(m->list, &advice->sure_why,
		    irq ? "a thread follows its interrupt at the next one"
			: "the interrupt is not in the snapshot");
	if (irq && irq->fixed) {
		advice->sure = ADVICE_LIKELY;
		note_fixed(m, advice, irq);
		return;
	}
	if (irq && irq->affinity)
		change_irq(m, advice, irq);
	else
		advice_step(m->list, advice, STEP_COMMAND, NULL,
			    "echo %s >/proc/irq/%" PRIu32 "/smp_affinity_list", m->homes, number);
	keep_off(m, advice);
}

static bool comes_to(const struct adviser *m, const struct host_irq *irq)
{
	return cpus_of(irq) && hwloc_bitmap_intersects(cpus_of(irq), m->in->targets);
}

/* Steps for the interrupts that go to the targets. */
static void put_irqs(struct adviser *m, struct advice *advice, uint32_t found)
{
	uint32_t shown = 0;

	for (uint32_t i = 0; i < m->host->irq_count && shown < IRQS_SHOWN; i++) {
		const struct host_irq *irq = &m->host->irqs[i];

		if (!comes_to(m, irq))
			continue;
		shown++;
		if (irq->fixed) {
			note_fixed(m, advice, irq);
			continue;
		}
		advice_step(m->list, advice, STEP_NOTE, NULL, "IRQ %" PRIu32 " is %s's",
			    irq->number, irq->actions ? irq->actions : "?");
		advice_step(m->list, advice, STEP_COMMAND, NULL,
			    "echo %s >/proc/irq/%" PRIu32 "/smp_affinity_list", m->homes,
			    irq->number);
	}
	if (found > shown)
		advice_step(m->list, advice, STEP_NOTE, NULL, "and %" PRIu32 " more",
			    found - shown);
}

static void note_timers(struct adviser *m, struct advice *advice)
{
	advice_step(m->list, advice, STEP_NOTE, NULL,
		    "timers and the tick: kernel parameter nohz_full=%s; RCU: rcu_nocbs=%s",
		    m->target_list, m->target_list);
	advice_step(m->list, advice, STEP_NOTE, NULL,
		    "network packets that other CPUs hand over: /sys/class/net/*/queues/rx-*/"
		    "rps_cpus");
}

void advise_softirqs(struct adviser *m, const struct moved_group *g)
{
	char names[ADVISER_NAMES_MAX];
	struct advice *advice;
	uint32_t found = 0;

	for (uint32_t i = 0; i < m->host->irq_count; i++)
		found += comes_to(m, &m->host->irqs[i]);
	if (found && m->general.choice == HOMES_NONE) {
		nowhere(m, g);
		return;
	}
	if (found)
		advice = adviser_add(m, g, "irq", ADVICE_UNSURE,
				     "move the interrupts of %s, %" PRIu32 ", elsewhere",
				     m->targets, found);
	else
		advice = adviser_add(m, g, "timers", ADVICE_UNSURE,
				     "keep timers and RCU off %s: softirqs there", m->targets);
	if (!advice)
		return;
	advice_text(m->list, &advice->why,
		    "%s runs softirqs that interrupts and timers of its CPU raise, and cannot be "
		    "moved%s",
		    adviser_names(names, g),
		    found		  ? ""
		    : m->host->irqs_known ? "; no device's interrupt goes there"
					  : "; which interrupts go there is not known");
	advice_text(m->list, &advice->sure_why,
		    "which softirqs they were is not in the trace (/proc/softirqs counts them)");
	if (found) {
		put_irqs(m, advice, found);
		keep_off(m, advice);
	}
	note_timers(m, advice);
}
