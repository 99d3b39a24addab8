// SPDX-License-Identifier: GPL-2.0-only
/* An idleness that is fed on a thread of its own says the same to the nanosecond. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/blame.h"
#include "commands/idle_aside.h"
#include "unit/simulator.h"

#define SEEDS 200

struct side {
	struct usable *usable;
	struct idleness *idleness;
	struct idle_aside *aside; /* NULL: fed at once */
	struct blame *blame;
};

static int hear_aside(void *listener, const struct idleness_wait *wait)
{
	return idle_aside_wait(listener, wait);
}

static void begin(struct side *side, const struct sim *sim, const struct host_snapshot *host,
		  const struct task_table *tasks, bool aside)
{
	struct idleness_options idleness = { .host = host,
					     .cpu_count = sim->options.cpus,
					     .trace_start_ns = sim->start_ns };
	struct blame_options blame = { .history = 1 << 20, .pending = 1 << 16, .tasks = tasks };

	idleness.usable = blame.usable = side->usable = usable_new(host, sim->options.cpus);
	blame.hear = idleness_hear;
	blame.listener = side->idleness = idleness_new(&idleness);
	side->aside = NULL;
	if (aside) {
		blame.hear = hear_aside;
		blame.listener = side->aside = idle_aside_new(side->idleness);
		assert_non_null(side->aside);
	}
	side->blame = blame_new(&blame);
	assert_true(side->usable && side->idleness && side->blame);
}

static void add(struct side *side, const struct event *e)
{
	int err = side->aside ? idle_aside_add(side->aside, e) : idleness_add(side->idleness, e);

	assert_int_equal(err, 0);
	assert_int_equal(blame_add(side->blame, e, true), 0);
}

static void finish(struct side *side)
{
	assert_int_equal(blame_finish(side->blame), 0);
	if (side->aside)
		assert_int_equal(idle_aside_finish(side->aside), 0);
	assert_int_equal(idleness_finish(side->idleness), 0);
}

static void end(struct side *side)
{
	blame_free(side->blame);
	idle_aside_free(side->aside);
	idleness_free(side->idleness);
	usable_free(side->usable);
}

static void compare(const struct side *a, const struct side *b, const struct sim *sim)
{
	assert_memory_equal(idleness_all(a->idleness), idleness_all(b->idleness),
			    sizeof(struct idle_parts));
	assert_memory_equal(idleness_counts(a->idleness), idleness_counts(b->idleness),
			    sizeof(struct idleness_counts));
	for (uint16_t cpu = 0; cpu < sim->options.cpus; cpu++)
		assert_memory_equal(idleness_cpu(a->idleness, cpu), idleness_cpu(b->idleness, cpu),
				    sizeof(struct idle_cpu));
	for (uint32_t task = 1; task <= sim->task_count; task++) {
		const struct idle_parts *one = idleness_task(a->idleness, task);
		const struct idle_parts *other = idleness_task(b->idleness, task);

		assert_int_equal(!one, !other);
		if (one)
			assert_memory_equal(one, other, sizeof(*one));
	}
}

static void run_both(const struct sim *sim)
{
	struct host_snapshot host = {};
	struct task_table tasks;
	struct side direct, aside;

	sim_host(&host, sim);
	assert_int_equal(task_table_init(&tasks), 0);
	begin(&direct, sim, &host, &tasks, false);
	begin(&aside, sim, &host, &tasks, true);
	for (uint32_t i = 0; i < sim->count; i++) {
		if (sim->events[i].type == EVENT_TASK)
			assert_int_equal(task_table_put(&tasks, &sim->events[i].identity), 0);
		add(&direct, &sim->events[i]);
		add(&aside, &sim->events[i]);
	}
	finish(&direct);
	finish(&aside);
	assert_true(idleness_all(direct.idleness)->waited_ns > 0);
	compare(&direct, &aside, sim);
	end(&direct);
	end(&aside);
	task_table_free(&tasks);
	host_snapshot_free(&host);
}

static void a_thread_of_its_own_changes_nothing(void **state)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct sim_options options = sim_options_full(seed);
		struct sim *sim;

		/* The last one is of many batches. */
		if (seed == SEEDS)
			options.steps *= 200;
		sim = sim_run(&options);
		run_both(sim);
		sim_free(sim);
	}
}

static void one_that_nobody_finishes_ends(void **state)
{
	struct idleness_options options = { .cpu_count = 1 };
	struct idleness *idleness = idleness_new(&options);
	struct idle_aside *aside = idle_aside_new(idleness);
	struct event slice = { .type = EVENT_SLICE, .time_ns = 5, .slice = { .start_ns = 1 } };

	assert_true(idleness && aside);
	assert_int_equal(idle_aside_add(aside, &slice), 0);
	idle_aside_free(aside);
	idle_aside_free(NULL);
	idleness_free(idleness);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_thread_of_its_own_changes_nothing),
		cmocka_unit_test(one_that_nobody_finishes_ends),
	};

	return cmocka_run_group_tests_name("idle_aside", tests, NULL, NULL);
}
