// SPDX-License-Identifier: GPL-2.0-only
/*
 * Blame against the truth of a simulated machine, to the ns: every victim's and culprit's sum, and
 * every wait's length, over many seeds.
 */
#include <inttypes.h>

#include "unit/stream.h"

#include "analysis/blame.h"
#include "unit/simulator.h"

#define SEEDS 400

struct seen {
	uint64_t waits, parts, moved, cut, unknown_ns, total_ns;
};

static struct blame *blame_sim(const struct sim *sim, hwloc_const_bitmap_t traced)
{
	struct blame_options options = {
		.traced = traced, .history = 1 << 20, .pending = 1 << 16, .stories = 5
	};
	struct blame *blame = blame_new(&options);

	assert_non_null(blame);
	for (uint32_t i = 0; i < sim->count; i++)
		assert_int_equal(blame_add(blame, &sim->events[i], true), 0);
	assert_int_equal(blame_finish(blame), 0);
	return blame;
}

static uint64_t sum_of(const struct blame *blame, uint32_t task, uint32_t culprit,
		       enum blame_kind kind)
{
	const struct blame_victim *const *victims;
	const struct blame_pair *const *pairs = blame_pairs(blame);
	uint32_t n = blame_victims(blame, &victims);

	for (uint32_t i = 0; i < n; i++) {
		const struct blame_victim *v = victims[i];

		for (uint32_t p = 0; v->task == task && p < v->pair_count; p++)
			if (pairs[v->first_pair + p]->culprit == culprit)
				return pairs[v->first_pair + p]->sums[kind].total_ns;
	}
	return 0;
}

static void compare_pair(const struct sim *sim, const struct blame *blame, uint32_t victim,
			 uint32_t culprit, struct seen *seen)
{
	for (int kind = 0; kind < BLAME_KINDS; kind++) {
		enum delay_kind delay = kind == BLAME_WAKE ? DELAY_WAKE : DELAY_PREEMPT;
		uint64_t truth = sim_blame_ns(sim, delay, victim, culprit);
		uint64_t ours = sum_of(blame, victim, culprit, kind);

		if (ours != truth)
			print_error("seed %" PRIu64 ", task %u by %u: %" PRIu64
				    " ns, in truth %" PRIu64 "\n",
				    sim->options.seed, victim, culprit, ours, truth);
		assert_int_equal(ours, truth);
		seen->parts += truth != 0;
		seen->total_ns += truth;
		if (culprit == TASK_UNKNOWN)
			seen->unknown_ns += truth;
	}
}

static void compare(const struct sim *sim, hwloc_const_bitmap_t traced, struct seen *seen)
{
	struct blame *blame = blame_sim(sim, traced);
	const struct blame_victim *const *victims;
	uint32_t n = blame_victims(blame, &victims);
	uint64_t waits = 0, cut = 0;

	for (uint32_t victim = 1; victim <= sim->task_count; victim++) {
		for (uint32_t culprit = 0; culprit <= sim->task_count; culprit++)
			compare_pair(sim, blame, victim, culprit, seen);
		compare_pair(sim, blame, victim, TASK_UNKNOWN, seen);
	}
	for (uint32_t i = 0; i < n; i++) {
		waits += blame_count(victims[i]->delays);
		cut += victims[i]->cut_waits;
	}
	assert_int_equal(waits, sim->wait_count);
	for (uint32_t i = 0; i < sim->wait_count; i++) {
		seen->moved += sim->waits[i].moves != 0;
		cut -= sim->waits[i].cut;
	}
	assert_int_equal(cut, 0);
	seen->waits += waits;
	assert_int_equal(blame_forced(blame), 0);
	assert_int_equal(blame_forgotten(blame), 0);
	blame_free(blame);
}

static void every_part_is_the_truths(void **state)
{
	struct seen seen = {};

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct sim_options options = sim_options_full(seed);
		struct sim *sim;

		options.live_tail = seed % 2;
		sim = sim_run(&options);
		compare(sim, NULL, &seen);
		sim_free(sim);
	}
	print_message("%" PRIu64 " waits, %" PRIu64 " of them moved, %" PRIu64
		      " sums; %.1f %% of the delay is unknown\n",
		      seen.waits, seen.moved, seen.parts, 100.0 * seen.unknown_ns / seen.total_ns);
	assert_true(seen.waits > 100 * SEEDS);
	assert_true(seen.moved > SEEDS);
}

static bool has_hidden_moves(const struct sim *sim)
{
	for (uint32_t i = 0; i < sim->wait_count; i++)
		if (sim->waits[i].hidden)
			return true;
	return false;
}

/* Where the truth cannot be had from the stream (hidden moves), nothing more than it is claimed. */
static void compare_claims(const struct sim *sim, hwloc_const_bitmap_t traced)
{
	struct blame *blame = blame_sim(sim, traced);

	for (uint32_t victim = 1; victim <= sim->task_count; victim++)
		for (uint32_t culprit = 0; culprit <= sim->task_count; culprit++)
			for (int kind = 0; kind < BLAME_KINDS; kind++)
				assert_true(sum_of(blame, victim, culprit, kind) <=
					    sim_blame_ns(sim,
							 kind == BLAME_WAKE ? DELAY_WAKE
									    : DELAY_PREEMPT,
							 victim, culprit));
	blame_free(blame);
}

static void with_target_cpus_what_lies_elsewhere_is_unknown(void **state)
{
	uint32_t exact = 0, hidden = 0;
	struct seen seen = {};

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct sim_options options = sim_options_full(seed);
		hwloc_bitmap_t traced = hwloc_bitmap_alloc();
		struct sim *sim;

		if (options.cpus < 2)
			options.cpus = 2;
		/* A third of the CPUs is not traced. */
		for (uint32_t cpu = 0; cpu < options.cpus; cpu++)
			if ((cpu + seed) % 3)
				hwloc_bitmap_set(traced, cpu);
			else
				options.untraced |= 1u << cpu;
		sim = sim_run(&options);
		if (has_hidden_moves(sim)) {
			hidden++;
			compare_claims(sim, traced);
		} else {
			exact++;
			compare(sim, traced, &seen);
		}
		sim_free(sim);
		hwloc_bitmap_free(traced);
	}
	print_message("exact: %u streams, %.1f %% of the delay is unknown; with hidden moves: %u\n",
		      exact, 100.0 * seen.unknown_ns / seen.total_ns, hidden);
	assert_true(exact > SEEDS / 10);
	assert_true(seen.unknown_ns > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_part_is_the_truths),
		cmocka_unit_test(with_target_cpus_what_lies_elsewhere_is_unknown),
	};

	return cmocka_run_group_tests_name("blame_random", tests, NULL, NULL);
}
