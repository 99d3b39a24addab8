// SPDX-License-Identifier: GPL-2.0-only
/* Every allocation of before against after made to fail in turn, as in test_nomem.c. */
#include "unit/stream.h"

#include <errno.h>

#include "unit/scarce.h"

#include "analysis/histogram.c"
#include "analysis/verify.c"
#include "analysis/verify_bootstrap.c"
#include "analysis/verify_compare.c"

#define OWNER 2

/* A wait of the owner in each block, all in different octaves. */
static int fill(struct verify_side *side)
{
	int err = verify_side_start(side, 1000, 40000000, 1);

	for (uint64_t b = 0; b < VERIFY_BLOCKS && !err; b++) {
		uint64_t at = 1000 + b * 1000000, delay_ns = 1ull << b % 19;

		err = verify_side_add(side, &WOKEN(OWNER, 1, at, at + delay_ns, at + 600000),
				      VERIFY_OWNER);
	}
	verify_side_finish(side, 40001000);
	return err;
}

static int compare_sides(void)
{
	struct verify_side before, after = { 0 };
	struct verify_result result;
	int err = fill(&before);

	if (!err)
		err = fill(&after);
	if (!err)
		err = verify_compare(&before, &after, &result);
	verify_side_free(&before);
	verify_side_free(&after);
	return err;
}

static void before_against_after_survives_any_allocation_failing(void **state)
{
	fail_each_in_turn(compare_sides);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(before_against_after_survives_any_allocation_failing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
