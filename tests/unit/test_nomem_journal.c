// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every allocation of apply and of revert made to fail in turn: what is there afterwards is the
 * state of before, or one that revert takes back. The sources are included, as in test_nomem.c.
 */
#include "unit/change_stage.h"

#include "unit/scarce.h"

#include "host/apply.c"
#include "host/change.c"
#include "host/journal.c"
#include "host/journal_file.c"
#include "host/live_value.c"
#include "host/revert.c"

/* Applies, with the nth allocation failing. Whether it came to that. */
static bool apply_at(const struct stage *stage, int n)
{
	struct apply_result result = {};
	struct change list[FOUR];
	int err;

	four_changes(stage, list);
	allowed = n;
	err = stage_apply(stage, list, FOUR, &result);
	n = allowed;
	allowed = -1;
	if (err)
		assert_int_not_equal(strlen(result.why), 0);
	if (err && !result.left)
		expect_first_state(stage);
	if (!err)
		expect_four_made(stage);
	free_changes(list, FOUR);
	return n < 0;
}

static void an_apply_without_memory_can_be_reverted(void **state)
{
	struct stage stage;
	bool failed_one = true;
	int n = 0;

	for (; failed_one; n++) {
		stage_make(&stage);
		stage_child(&stage);
		failed_one = apply_at(&stage, n);
		must_revert(&stage);
		expect_first_state(&stage);
		stage_free(&stage);
	}
	assert_true(n > 20);
}

/* Whether a failure was told: by revert itself, or in what it says of a change. */
static bool revert_at(const struct stage *stage, int n)
{
	const struct revert_options options = { .root = stage->root, .folder = stage->folder };
	struct revert_result result;
	int err;

	allowed = n;
	err = revert_changes(&options, &result);
	n = allowed;
	allowed = -1;
	if (err)
		assert_int_not_equal(strlen(result.why), 0);
	else if (!result.left)
		expect_first_state(stage);
	revert_result_free(&result);
	return n < 0;
}

static void a_revert_without_memory_can_be_done_again(void **state)
{
	struct change list[FOUR];
	struct stage stage;
	bool failed_one = true;
	int n = 0;

	for (; failed_one; n++) {
		stage_make(&stage);
		stage_child(&stage);
		four_changes(&stage, list);
		must_apply(&stage, list, FOUR);
		failed_one = revert_at(&stage, n);
		must_revert(&stage);
		expect_first_state(&stage);
		free_changes(list, FOUR);
		stage_free(&stage);
	}
	assert_true(n > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_apply_without_memory_can_be_reverted),
		cmocka_unit_test(a_revert_without_memory_can_be_done_again),
	};

	allowed = -1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
