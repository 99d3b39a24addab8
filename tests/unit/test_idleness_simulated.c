// SPDX-License-Identifier: GPL-2.0-only
/*
 * Blame and idleness together, as the commands use them, against the truth of a simulated machine:
 * for each task and each CPU the time during which a CPU that a waiting task may use stood idle.
 */
#include <inttypes.h>
#include <string.h>

#include "unit/stream.h"

#include "analysis/blame.h"
#include "analysis/idleness.h"
#include "event/tasks.h"
#include "unit/simulator.h"

#define SEEDS 300

struct together {
	struct host_snapshot host;
	struct task_table tasks;
	struct usable *usable;
	struct idleness *idleness;
	struct blame *blame;
};

static void analyse(struct together *t, const struct sim *sim, hwloc_const_bitmap_t traced)
{
	struct blame_options blame = {
		.traced = traced, .history = 1 << 20, .pending = 1 << 16, .tasks = &t->tasks
	};
	struct idleness_options idleness = { .host = &t->host,
					     .traced = traced,
					     .cpu_count = sim->options.cpus,
					     .trace_start_ns = sim->start_ns };

	sim_host(&t->host, sim);
	assert_int_equal(task_table_init(&t->tasks), 0);
	idleness.usable = t->usable = usable_new(&t->host, sim->options.cpus);
	blame.usable = t->usable;
	blame.listener = t->idleness = idleness_new(&idleness);
	blame.hear = idleness_hear;
	t->blame = blame_new(&blame);
	for (uint32_t i = 0; i < sim->count; i++) {
		const struct event *e = &sim->events[i];

		if (e->type == EVENT_TASK)
			assert_int_equal(task_table_put(&t->tasks, &e->identity), 0);
		assert_int_equal(idleness_add(t->idleness, e), 0);
		assert_int_equal(blame_add(t->blame, e, true), 0);
	}
	assert_int_equal(blame_finish(t->blame), 0);
	assert_int_equal(idleness_finish(t->idleness), 0);
}

static void end(struct together *t)
{
	blame_free(t->blame);
	idleness_free(t->idleness);
	usable_free(t->usable);
	task_table_free(&t->tasks);
	host_snapshot_free(&t->host);
}

/* An offline CPU is not usable, so what only these could have run is nobody's. */
static struct idle_parts truth_of(const struct sim *sim, uint32_t task)
{
	struct idle_parts sum = {};

	for (uint32_t i = 0; i < sim->wait_count; i++) {
		const struct sim_idle *idle = &sim->waits[i].idle;

		if (sim->waits[i].victim != task)
			continue;
		sum.own_ns += idle->own_ns;
		sum.llc_ns += idle->llc_ns;
		sum.node_ns += idle->node_ns;
		sum.anywhere_ns += idle->far_ns;
		sum.unknown_ns += idle->unknown_ns - idle->offline_ns;
		sum.none_ns += idle->busy_ns + idle->offline_ns;
		sum.waited_ns += sim->waits[i].end_ns - sim->waits[i].since_ns;
	}
	return sum;
}

static void compare_tasks(const struct together *t, const struct sim *sim)
{
	static const struct idle_parts none;

	for (uint32_t task = 1; task <= sim->task_count; task++) {
		struct idle_parts truth = truth_of(sim, task);
		const struct idle_parts *ours = idleness_task(t->idleness, task);

		if (!ours)
			ours = &none;
		if (memcmp(ours, &truth, sizeof(truth)))
			print_error("seed %" PRIu64 ", task %u: own %" PRIu64 " %" PRIu64
				    ", LLC %" PRIu64 " %" PRIu64 ", none %" PRIu64 " %" PRIu64
				    ", unknown %" PRIu64 " %" PRIu64 "\n",
				    sim->options.seed, task, ours->own_ns, truth.own_ns,
				    ours->llc_ns, truth.llc_ns, ours->none_ns, truth.none_ns,
				    ours->unknown_ns, truth.unknown_ns);
		assert_memory_equal(ours, &truth, sizeof(truth));
	}
}

static void compare_cpus(const struct together *t, const struct sim *sim)
{
	for (uint16_t cpu = 0; cpu < sim->options.cpus; cpu++) {
		const struct idle_cpu *ours = idleness_cpu(t->idleness, cpu);
		const struct sim_cpu_truth *truth = &sim->cpus[cpu];

		if (sim->options.untraced & 1u << cpu)
			continue;
		assert_int_equal(ours->parts.waited_ns, truth->waiting_ns);
		assert_int_equal(ours->with_waiters_ns, truth->with_waiters_ns);
		assert_int_equal(ours->wasted_ns, truth->wasted_ns);
		assert_int_equal(ours->busy_ns, truth->busy_ns);
		assert_int_equal(ours->idle_ns, truth->idle_ns);
		assert_int_equal(ours->offline_ns, truth->offline_ns);
	}
}

static bool has_hidden_moves(const struct sim *sim)
{
	for (uint32_t i = 0; i < sim->wait_count; i++)
		if (sim->waits[i].hidden)
			return true;
	return false;
}

static void idle_cpus_are_those_of_the_machine(void **state)
{
	uint64_t waits = 0, wasted = 0;

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct sim_options options = sim_options_full(seed);
		struct sim *sim = sim_run(&options);
		struct together t = {};

		analyse(&t, sim, NULL);
		compare_tasks(&t, sim);
		compare_cpus(&t, sim);
		waits += sim->wait_count;
		for (uint32_t cpu = 0; cpu < options.cpus; cpu++)
			wasted += sim->cpus[cpu].wasted_ns;
		end(&t);
		sim_free(sim);
	}
	print_message("%" PRIu64 " waits\n", waits);
	assert_true(waits > 100 * SEEDS);
	assert_true(wasted > 0);
}

static void cpus_that_are_not_traced_are_unknown(void **state)
{
	uint32_t compared = 0;
	uint64_t unknown = 0;

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct sim_options options = sim_options_full(seed);
		hwloc_bitmap_t traced = hwloc_bitmap_alloc();
		struct together t = {};
		struct sim *sim;

		for (uint32_t cpu = 0; cpu < options.cpus; cpu++)
			if ((cpu + seed) % 3)
				hwloc_bitmap_set(traced, cpu);
			else
				options.untraced |= 1u << cpu;
		sim = sim_run(&options);
		if (!has_hidden_moves(sim)) {
			analyse(&t, sim, traced);
			compare_tasks(&t, sim);
			compare_cpus(&t, sim);
			unknown += idleness_all(t.idleness)->unknown_ns;
			compared++;
			end(&t);
		}
		sim_free(sim);
		hwloc_bitmap_free(traced);
	}
	assert_true(compared > SEEDS / 10);
	assert_true(unknown > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(idle_cpus_are_those_of_the_machine),
		cmocka_unit_test(cpus_that_are_not_traced_are_unknown),
	};

	return cmocka_run_group_tests_name("idleness_simulated", tests, NULL, NULL);
}
