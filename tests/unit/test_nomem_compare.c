// SPDX-License-Identifier: GPL-2.0-only
/* Every allocation of a comparison with baselines made to fail in turn, as in test_nomem.c. */
#include "unit/stream.h"

#include <errno.h>

#include "unit/scarce.h"

#include "analysis/histogram.c"
#include "analysis/blocks.c"
#include "analysis/blocks_bootstrap.c"
#include "analysis/compare.c"

static const struct limit p50 = { .statistic = LIMIT_PERCENTILE,
				  .percentile = 50,
				  .quantity = LIMIT_WAKE_DELAY };

/* A wait in each block, all in different octaves. */
static int fill(struct blocks *b)
{
	int err = blocks_start(b, 1000, 40001000);

	for (uint64_t i = 0; i < BLOCKS_COUNT && !err; i++) {
		uint64_t at = 1000 + i * 1000000, delay_ns = 1ull << i % 19;

		err = blocks_add(b, &WOKEN(1, 1, at, at + delay_ns, at + 600000));
	}
	return err;
}

static int measure(struct compare_run *run)
{
	struct blocks_deviation deviation = {};
	struct blocks_value value = {};
	struct blocks b;
	int err = fill(&b);

	if (!err)
		err = blocks_value(&b, &p50, 1, &value);
	if (!err)
		err = blocks_deviation(&b, &p50, 1, 1, &deviation);
	blocks_free(&b);
	*run = (struct compare_run){ .known = value.known,
				     .value = value.value,
				     .samples = value.samples,
				     .deviation_known = deviation.known,
				     .deviation = deviation.deviation };
	return err;
}

static int compare_runs(void)
{
	struct compare_question question = { .what = &p50 };
	struct compare_answer answer;
	struct compare_run then;
	int err = measure(&question.now);

	if (!err)
		err = measure(&then);
	question.baselines = &then;
	question.baseline_count = 1;
	return err ? err : compare_all(&answer, &question, 1, &compare_defaults);
}

static void a_comparison_with_baselines_survives_any_allocation_failing(void **state)
{
	fail_each_in_turn(compare_runs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_comparison_with_baselines_survives_any_allocation_failing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
