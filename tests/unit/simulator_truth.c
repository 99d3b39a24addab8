// SPDX-License-Identifier: GPL-2.0-only
/* The truth of a simulated trace: all spans added up, one by one: see simulator.h. */
#include "unit/simulator_internal.h"

#include <stdlib.h>

enum cpu_did { DID_IDLE, DID_RUN, DID_UNKNOWN, DID_OFFLINE };

static enum cpu_did what_cpu_did(const struct sim *sim, const struct span *span, uint16_t cpu)
{
	const struct stay *stay = &sim->work->stays.at[span->stays[cpu]];

	if (!sim_is_traced(sim, cpu) || stay->lost)
		return DID_UNKNOWN;
	if (stay->offline)
		return DID_OFFLINE;
	return stay->task == TASK_IDLE ? DID_IDLE : DID_RUN;
}

static uint32_t who_had_cpu(const struct sim *sim, const struct span *span, uint16_t cpu)
{
	switch (what_cpu_did(sim, span, cpu)) {
	case DID_IDLE:
		return TASK_IDLE;
	case DID_RUN:
		return sim->work->stays.at[span->stays[cpu]].task;
	default:
		return TASK_UNKNOWN;
	}
}

static void add_part(struct sim_wait *wait, uint32_t culprit, uint16_t cpu, uint64_t ns)
{
	for (uint32_t i = 0; i < wait->part_count; i++) {
		if (wait->parts[i].culprit == culprit && wait->parts[i].cpu == cpu) {
			wait->parts[i].ns += ns;
			return;
		}
	}
	wait->parts = realloc(wait->parts, (wait->part_count + 1) * sizeof(*wait->parts));
	if (!wait->parts)
		abort();
	wait->parts[wait->part_count++] =
		(struct sim_part){ .culprit = culprit, .cpu = cpu, .ns = ns };
}

static uint64_t *blame_at(const struct sim *sim, enum delay_kind kind, uint32_t victim,
			  uint32_t culprit)
{
	uint32_t across = sim->task_count + 2;

	if (culprit == TASK_UNKNOWN)
		culprit = sim->task_count + 1;
	return &sim->work->blame_ns[kind == DELAY_PREEMPT][victim * across + culprit];
}

uint64_t sim_blame_ns(const struct sim *sim, enum delay_kind kind, uint32_t victim,
		      uint32_t culprit)
{
	return *blame_at(sim, kind, victim, culprit);
}

/* Whether some CPU that a task may use did this, among those of cpu's group of so many CPUs. */
static bool some_cpu_did(const struct sim *sim, const struct span *span, uint32_t task,
			 uint16_t cpu, uint16_t group, enum cpu_did what)
{
	for (uint16_t i = 0; i < sim->options.cpus; i++)
		if (i / group == cpu / group && (i == cpu || sim_may_use(sim, task, i)) &&
		    what_cpu_did(sim, span, i) == what)
			return true;
	return false;
}

static void add_idle(const struct sim *sim, const struct span *span, struct sim_wait *wait,
		     uint16_t cpu)
{
	const struct {
		uint16_t group;
		uint64_t *ns;
	} nearest_first[] = {
		{ 1, &wait->idle.own_ns },
		{ SIM_LLC_CPUS, &wait->idle.llc_ns },
		{ SIM_NODE_CPUS, &wait->idle.node_ns },
		{ SIM_CPUS_MAX, &wait->idle.far_ns },
	};
	const uint16_t all = SIM_CPUS_MAX;

	for (size_t i = 0; i < sizeof(nearest_first) / sizeof(nearest_first[0]); i++) {
		if (some_cpu_did(sim, span, wait->victim, cpu, nearest_first[i].group, DID_IDLE)) {
			*nearest_first[i].ns += span->ns;
			return;
		}
	}
	if (some_cpu_did(sim, span, wait->victim, cpu, all, DID_UNKNOWN)) {
		wait->idle.unknown_ns += span->ns;
	} else if (some_cpu_did(sim, span, wait->victim, cpu, all, DID_OFFLINE)) {
		wait->idle.unknown_ns += span->ns;
		wait->idle.offline_ns += span->ns;
	} else {
		wait->idle.busy_ns += span->ns;
	}
}

static void account_waiters(struct sim *sim, const struct span *span)
{
	uint32_t waiting[SIM_CPUS_MAX] = { 0 };
	bool wasted[SIM_CPUS_MAX] = { false };

	for (uint32_t i = 0; i < span->waiter_count; i++) {
		const struct waiter *waiter = &sim->work->waiters.at[span->first_waiter + i];
		struct raw_wait *wait = &sim->work->waits.at[waiter->wait];
		uint32_t culprit = who_had_cpu(sim, span, waiter->cpu);

		if (!wait->told)
			continue;
		add_part(&wait->truth, culprit, waiter->cpu, span->ns);
		*blame_at(sim, wait->truth.kind, wait->truth.victim, culprit) += span->ns;
		add_idle(sim, span, &wait->truth, waiter->cpu);
		waiting[waiter->cpu]++;
		if (some_cpu_did(sim, span, wait->truth.victim, waiter->cpu, SIM_CPUS_MAX,
				 DID_IDLE))
			wasted[waiter->cpu] = true;
	}
	for (uint16_t cpu = 0; cpu < sim->options.cpus; cpu++) {
		sim->cpus[cpu].waiting_ns += waiting[cpu] * span->ns;
		sim->cpus[cpu].with_waiters_ns += waiting[cpu] ? span->ns : 0;
		sim->cpus[cpu].wasted_ns += wasted[cpu] ? span->ns : 0;
	}
}

static void account_cpus(struct sim *sim, const struct span *span)
{
	for (uint16_t cpu = 0; cpu < sim->options.cpus; cpu++) {
		struct sim_cpu_truth *truth = &sim->cpus[cpu];
		uint64_t *const to[] = { [DID_IDLE] = &truth->idle_ns,
					 [DID_RUN] = &truth->busy_ns,
					 [DID_UNKNOWN] = &truth->unknown_ns,
					 [DID_OFFLINE] = &truth->offline_ns };

		*to[what_cpu_did(sim, span, cpu)] += span->ns;
	}
}

/* Only a wait that came into the stream, and since when, is one. */
static void find_told(struct sim *sim)
{
	const struct made *made = sim->work->made.at;

	for (uint32_t i = 0; i < sim->work->made.count; i++) {
		struct raw_wait *wait;

		if (made[i].wait == NO_WAIT)
			continue;
		wait = &sim->work->waits.at[made[i].wait];
		wait->told = wait->known;
		wait->truth.event = i;
		sim->wait_count += wait->told;
	}
}

static void list_waits(struct sim *sim)
{
	const struct made *made = sim->work->made.at;
	uint32_t n = 0;

	sim->waits = calloc(sim->wait_count ? sim->wait_count : 1, sizeof(*sim->waits));
	if (!sim->waits)
		abort();
	for (uint32_t i = 0; i < sim->work->made.count; i++)
		if (made[i].wait != NO_WAIT && sim->work->waits.at[made[i].wait].told)
			sim->waits[n++] = sim->work->waits.at[made[i].wait].truth;
}

void sim_account(struct sim *sim)
{
	uint32_t across = sim->task_count + 2;

	for (int i = 0; i < 2; i++) {
		sim->work->blame_ns[i] = calloc((size_t)across * across, sizeof(uint64_t));
		if (!sim->work->blame_ns[i])
			abort();
	}
	find_told(sim);
	for (uint32_t i = 0; i < sim->work->spans.count; i++) {
		account_cpus(sim, &sim->work->spans.at[i]);
		account_waiters(sim, &sim->work->spans.at[i]);
	}
	list_waits(sim);
}
