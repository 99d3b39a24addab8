// SPDX-License-Identifier: GPL-2.0-only
/* A simulated machine that does random steps: see simulator.h. */
#include "unit/simulator_internal.h"

#include <errno.h>
#include <stdlib.h>

/* xorshift64*, Vigna, "An experimental exploration of Marsaglia's xorshift generators" (2016). */
static uint32_t next_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 2685821657736338717ull >> 32;
}

/* Close seeds must not make alike starts; and the state is never 0. */
static uint64_t random_start(uint64_t seed)
{
	uint64_t state = (seed + 1) * 0x9e3779b97f4a7c15ull;

	state = (state ^ state >> 31) | 1;
	for (int i = 0; i < 8; i++)
		next_random(&state);
	return state;
}

static uint32_t below(struct sim *sim, uint32_t n)
{
	return next_random(&sim->work->random) % n;
}

static bool one_in(struct sim *sim, uint32_t n)
{
	return !below(sim, n);
}

struct sim_options sim_options_full(uint64_t seed)
{
	uint64_t state = random_start(~seed);
	uint32_t cpus = 1 + next_random(&state) % SIM_CPUS_MAX;
	uint32_t tasks = 1 + next_random(&state) % SIM_TASKS_MAX;

	return (struct sim_options){
		.seed = seed,
		.cpus = cpus,
		.tasks = tasks,
		.steps = 1000,
		.masks = true,
		.cut_start = true,
		.preempts = true,
		.moves = true,
		.woken_on_cpu = true,
		.births = true,
		.exits = true,
		.slow_exit = true,
		.losses = true,
		.offline = true,
		.same_time = true,
	};
}

/* One of the set bits; -1 if there is none. */
static int random_bit(struct sim *sim, uint64_t bits)
{
	uint32_t left = __builtin_popcountll(bits);

	if (!left)
		return -1;
	for (left = below(sim, left); left; left--)
		bits &= bits - 1;
	return __builtin_ctzll(bits);
}

static uint64_t tasks_in(const struct sim *sim, enum sim_state state, int cpu)
{
	uint64_t bits = 0;

	for (uint32_t id = 1; id <= sim->task_count; id++)
		if (sim->work->tasks[id].state == state &&
		    (cpu < 0 || sim->work->tasks[id].cpu == cpu))
			bits |= 1ull << id;
	return bits;
}

static uint32_t online_cpus(const struct sim *sim)
{
	uint32_t bits = 0;

	for (uint16_t cpu = 0; cpu < sim->options.cpus; cpu++)
		if (!sim_stay(sim, cpu)->offline)
			bits |= 1u << cpu;
	return bits;
}

static uint32_t random_mask(struct sim *sim)
{
	uint32_t all = (1u << sim->options.cpus) - 1;
	uint32_t some = next_random(&sim->work->random) & all;

	if (!sim->options.masks || one_in(sim, 3))
		return all;
	if (!some || one_in(sim, 2))
		return 1u << below(sim, sim->options.cpus);
	return some;
}

static void pass_some(struct sim *sim)
{
	uint32_t kind = below(sim, 8);

	if (kind < 2 && sim->options.same_time)
		return;
	sim_pass(sim, kind < 4 ? 1 : 1 + below(sim, 1u << below(sim, 13)));
}

/* Lets a nanosecond pass if an event of a task on a CPU now would be read before its last one. */
static void untangle(struct sim *sim, uint32_t id, uint16_t cpu)
{
	const struct sim_task *task = &sim->work->tasks[id];

	if (!sim->options.tangled && task->event_ns == sim->now_ns && cpu < task->event_cpu)
		sim_pass(sim, 1);
}

static enum waker_context random_context(struct sim *sim, uint16_t cpu)
{
	if (one_in(sim, 3))
		return one_in(sim, 2) ? WAKER_HARDIRQ : WAKER_SOFTIRQ;
	return sim_stay(sim, cpu)->task == TASK_IDLE ? WAKER_IDLE : WAKER_TASK;
}

/* Mostly where it was, if that is allowed. */
static int random_choice(struct sim *sim, uint32_t id)
{
	uint32_t allowed = sim->allowed[id] & online_cpus(sim);

	if (allowed >> sim->work->tasks[id].cpu & 1 && one_in(sim, 3))
		return sim->work->tasks[id].cpu;
	return random_bit(sim, allowed);
}

static int wake_task(struct sim *sim, int id)
{
	int chosen, waker_cpu = random_bit(sim, online_cpus(sim));
	enum waker_context context;

	if (id < 0 || waker_cpu < 0)
		return 0;
	chosen = random_choice(sim, id);
	if (chosen < 0)
		return 0;
	context = random_context(sim, waker_cpu);
	if (sim_stay(sim, waker_cpu)->task == (uint32_t)id)
		context = WAKER_HARDIRQ;
	return sim_wake(sim, id, chosen, waker_cpu, context);
}

static int wake(struct sim *sim)
{
	return wake_task(sim, random_bit(sim, tasks_in(sim, SIM_ASLEEP, -1)));
}

static int wake_on_cpu(struct sim *sim)
{
	int id = random_bit(sim, tasks_in(sim, SIM_RUNNING, -1));

	if (!sim->options.woken_on_cpu || id < 0 || sim->work->tasks[id].going)
		return 0;
	return wake_task(sim, id);
}

static int dispatch(struct sim *sim, uint16_t cpu)
{
	int id = random_bit(sim, tasks_in(sim, SIM_QUEUED, cpu));

	return id < 0 ? 0 : sim_dispatch(sim, cpu, id);
}

/* A long trace shall not die out. */
static bool may_exit(struct sim *sim)
{
	uint32_t gone = __builtin_popcountll(tasks_in(sim, SIM_GONE, -1));

	return sim->options.exits && gone < sim->task_count / 2 && one_in(sim, 60);
}

static int leave(struct sim *sim, uint16_t cpu, uint32_t id)
{
	int queued = random_bit(sim, tasks_in(sim, SIM_QUEUED, cpu));
	uint32_t next = queued < 0 ? TASK_IDLE : (uint32_t)queued;

	if (sim->options.slow_exit && one_in(sim, 6))
		next = TASK_IDLE;
	untangle(sim, id, cpu);
	if (sim->work->tasks[id].going)
		return sim_sleep(sim, cpu, next);
	if (sim->options.preempts && one_in(sim, 12))
		return sim_yield(sim, cpu, next);
	if (sim->options.preempts && queued >= 0 && !one_in(sim, 3))
		return sim_preempt(sim, cpu, next);
	if (may_exit(sim))
		return sim_exit(sim, cpu, next);
	return sim_sleep(sim, cpu, next);
}

static int switch_cpu(struct sim *sim)
{
	int cpu = random_bit(sim, online_cpus(sim));
	uint32_t id;

	if (cpu < 0)
		return 0;
	id = sim_stay(sim, cpu)->task;
	return id == TASK_IDLE ? dispatch(sim, cpu) : leave(sim, cpu, id);
}

static int move(struct sim *sim)
{
	int id = random_bit(sim, tasks_in(sim, SIM_QUEUED, -1)), to, by;
	uint32_t online = online_cpus(sim);

	if (!sim->options.moves || id < 0)
		return 0;
	to = random_bit(sim, sim->allowed[id] & online & ~(1u << sim->work->tasks[id].cpu));
	if (to < 0)
		return 0;
	by = one_in(sim, 4) ? random_bit(sim, online) : to;
	if (one_in(sim, 4))
		by = sim->work->tasks[id].cpu;
	untangle(sim, id, by);
	return sim_move(sim, id, to, by);
}

static int fork_task(struct sim *sim)
{
	uint32_t online = online_cpus(sim), mask = random_mask(sim);
	int waker_cpu = random_bit(sim, online), chosen = random_bit(sim, mask & online), id;

	if (!sim->options.births || sim->task_count >= sim->options.tasks || waker_cpu < 0 ||
	    chosen < 0 || sim_stay(sim, waker_cpu)->task == TASK_IDLE)
		return 0;
	id = sim_fork(sim, mask, chosen, waker_cpu);
	return id < 0 ? id : 0;
}

static int lose_one(struct sim *sim)
{
	int cpu = random_bit(sim, online_cpus(sim) & ~sim->options.untraced);

	return !sim->options.losses || cpu < 0 ? 0 : sim_lose(sim, cpu);
}

/* A CPU that cannot leave just now stays; and one always does. */
static int hotplug(struct sim *sim)
{
	uint32_t online = online_cpus(sim), all = (1u << sim->options.cpus) - 1;
	int cpu;

	if (!sim->options.offline)
		return 0;
	if (online != all && !one_in(sim, 3))
		return sim_online(sim, random_bit(sim, all & ~online));
	cpu = random_bit(sim, online);
	if (online & (online - 1))
		sim_offline(sim, cpu);
	return 0;
}

static int step(struct sim *sim)
{
	uint32_t dice = below(sim, 100);

	if (dice < 37)
		return wake(sim);
	if (dice < 77)
		return switch_cpu(sim);
	if (dice < 89)
		return move(sim);
	if (dice < 92)
		return wake_on_cpu(sim);
	if (dice < 96)
		return fork_task(sim);
	if (dice < 98)
		return lose_one(sim);
	return hotplug(sim);
}

/* Without slow exits no CPU idles while somebody is queued there. */
static int leave_idle(struct sim *sim)
{
	int err = 0;

	if (sim->options.slow_exit)
		return 0;
	for (uint16_t cpu = 0; cpu < sim->options.cpus && !err; cpu++)
		if (sim_stay(sim, cpu)->task == TASK_IDLE)
			err = dispatch(sim, cpu);
	return err;
}

static void add_tasks(struct sim *sim)
{
	uint32_t n = sim->options.tasks;

	if (sim->options.births)
		n -= n / 4;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t allowed = random_mask(sim);
		uint16_t cpu = random_bit(sim, allowed);
		uint32_t dice = sim->options.cut_start ? below(sim, 3) : 0;

		if (dice == 1 && sim_stay(sim, cpu)->task == TASK_IDLE)
			sim_runner(sim, allowed, cpu);
		else if (dice)
			sim_queued(sim, allowed, cpu);
		else
			sim_sleeper(sim, allowed, cpu);
	}
}

struct sim *sim_run(const struct sim_options *options)
{
	struct sim *sim = sim_new(options);

	sim->work->random = random_start(options->seed);
	add_tasks(sim);
	if (leave_idle(sim))
		abort();
	for (uint32_t i = 0; i < options->steps; i++) {
		if (step(sim) || leave_idle(sim))
			abort();
		pass_some(sim);
	}
	/* An EVENT_WAITING now might be read before a move just made. */
	if (!options->tangled)
		sim_pass(sim, 1);
	sim_end(sim);
	return sim;
}
