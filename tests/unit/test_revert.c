// SPDX-License-Identifier: GPL-2.0-only
/* What revert makes of a journal when the world has gone on. */
#include "unit/change_stage.h"

/* The outcome of the only entry; how many are left. */
static enum revert_outcome outcome_of(const struct stage *stage, bool force, bool dry_run,
				      uint32_t *left)
{
	const struct revert_options options = {
		.root = stage->root, .folder = stage->folder, .force = force, .dry_run = dry_run
	};
	struct revert_result result;
	enum revert_outcome outcome;

	assert_int_equal(revert_changes(&options, &result), 0);
	assert_int_equal(result.count, 1);
	outcome = result.list[0].outcome;
	*left = result.left;
	revert_result_free(&result);
	return outcome;
}

static void a_foreign_value_is_left_unless_forced(void **state)
{
	struct stage stage;
	uint32_t left;

	stage_make(&stage);
	apply_sleep(&stage);
	tree_put(stage.root, SLEEP, "77\n");
	assert_int_equal(outcome_of(&stage, false, false, &left), REVERT_LEFT);
	assert_int_equal(left, 1);
	expect_file(&stage, SLEEP, "77\n");
	assert_true(has_journal(&stage));
	assert_int_equal(outcome_of(&stage, true, false, &left), REVERT_RESTORED);
	assert_int_equal(left, 0);
	expect_first_state(&stage);
	assert_false(has_journal(&stage));
	stage_free(&stage);
}

/* One that was left does not keep the others, and stays alone. */
static void only_what_is_left_stays_in_the_journal(void **state)
{
	struct revert_options here = {};
	struct revert_result result;
	struct change list[FOUR];
	struct stage stage;
	uint32_t left;

	stage_make(&stage);
	stage_child(&stage);
	four_changes(&stage, list);
	must_apply(&stage, list, FOUR);
	tree_put(stage.root, PAGES, "77\n");
	here.root = stage.root;
	here.folder = stage.folder;
	assert_int_equal(revert_changes(&here, &result), 0);
	assert_int_equal(result.count, FOUR);
	assert_int_equal(result.left, 1);
	/* The last change first. */
	assert_string_equal(result.list[0].change.path, MASK);
	assert_int_equal(result.list[2].outcome, REVERT_LEFT);
	assert_string_equal(result.list[2].change.from, "100\n");
	assert_string_equal(result.list[2].change.to, "77\n");
	revert_result_free(&result);
	assert_int_equal(outcome_of(&stage, false, false, &left), REVERT_LEFT);
	tree_put(stage.root, PAGES, "7\n");
	assert_int_equal(outcome_of(&stage, false, false, &left), REVERT_RESTORED);
	expect_first_state(&stage);
	free_changes(list, FOUR);
	stage_free(&stage);
}

static void a_dry_run_changes_nothing(void **state)
{
	struct stage stage;
	uint32_t left;

	stage_make(&stage);
	apply_sleep(&stage);
	assert_int_equal(outcome_of(&stage, false, true, &left), REVERT_RESTORED);
	expect_file(&stage, SLEEP, "500\n");
	assert_true(has_journal(&stage));
	must_revert(&stage);
	expect_first_state(&stage);
	stage_free(&stage);
}

static void a_file_that_is_gone_is_told_and_forgotten(void **state)
{
	char path[2 * PATH_MAX];
	struct stage stage;
	uint32_t left;

	stage_make(&stage);
	apply_sleep(&stage);
	snprintf(path, sizeof(path), "%s%s", stage.root, SLEEP);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(outcome_of(&stage, false, false, &left), REVERT_GONE);
	assert_int_equal(left, 0);
	assert_false(has_journal(&stage));
	stage_free(&stage);
}

static void what_cannot_be_restored_stays(void **state)
{
	char path[2 * PATH_MAX];
	struct stage stage;
	uint32_t left;

	stage_make(&stage);
	apply_sleep(&stage);
	snprintf(path, sizeof(path), "%s%s", stage.root, SLEEP);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(outcome_of(&stage, false, false, &left), REVERT_FAILED);
	assert_int_equal(left, 1);
	assert_true(has_journal(&stage));
	stage_free(&stage);
}

static void apply_child(const struct stage *stage)
{
	struct change change;

	change_of_child(stage, &change);
	must_apply(stage, &change, 1);
	change_free(&change);
}

static void a_task_that_is_gone_is_told_and_forgotten(void **state)
{
	struct stage stage;
	uint32_t left;

	stage_make(&stage);
	stage_child(&stage);
	apply_child(&stage);
	kill(stage.child, SIGKILL);
	waitpid(stage.child, NULL, 0);
	stage.child = 0;
	assert_int_equal(outcome_of(&stage, true, false, &left), REVERT_GONE);
	assert_int_equal(left, 0);
	assert_false(has_journal(&stage));
	stage_free(&stage);
}

/* The child's entry, as if it had been made for a task before it that had the same id. */
static void a_task_id_of_another_task_is_recognised(void **state)
{
	char path[2 * PATH_MAX], *text, *edited_text;
	struct stage stage;
	uint32_t left;

	stage_make(&stage);
	stage_child(&stage);
	apply_child(&stage);
	snprintf(path, sizeof(path), "%s/" JOURNAL_NAME, stage.folder);
	text = host_read_text("", path);
	assert_non_null(text);
	char *at = strstr(text, "\"start_ticks\": ");
	assert_non_null(at);
	assert_true(asprintf(&edited_text, "%.*s\"start_ticks\": 1%s", (int)(at - text), text,
			     strchr(at, ',')) > 0);
	tree_put(stage.folder, JOURNAL_NAME, edited_text);
	assert_int_equal(outcome_of(&stage, true, false, &left), REVERT_REUSED);
	assert_int_equal(left, 0);
	/* It was not touched. */
	expect_child(&stage, stage.one_cpu ? stage.one_cpu : stage.all_cpus);
	assert_false(has_journal(&stage));
	free(text);
	free(edited_text);
	stage_free(&stage);
}

static void after_a_reboot_nothing_is_restored(void **state)
{
	struct stage stage;
	uint32_t left;

	stage_make(&stage);
	apply_sleep(&stage);
	stage_boot(&stage, OTHER_BOOT);
	assert_int_equal(outcome_of(&stage, true, true, &left), REVERT_REBOOTED);
	assert_true(has_journal(&stage));
	assert_int_equal(outcome_of(&stage, true, false, &left), REVERT_REBOOTED);
	assert_int_equal(left, 0);
	expect_file(&stage, SLEEP, "500\n");
	assert_false(has_journal(&stage));
	stage_free(&stage);
}

/* What was changed before the reboot has no part in what is reverted after it. */
static void an_apply_after_a_reboot_begins_a_new_journal(void **state)
{
	struct change change;
	struct stage stage;

	stage_make(&stage);
	apply_sleep(&stage);
	stage_boot(&stage, OTHER_BOOT);
	tree_put(stage.root, SLEEP, "500\n");
	assert_int_equal(change_file(&change, CHANGE_NUMBER, SLEEP, "500", "900"), 0);
	must_apply(&stage, &change, 1);
	must_revert(&stage);
	expect_file(&stage, SLEEP, "500\n");
	change_free(&change);
	stage_free(&stage);
}

static void without_a_journal_there_is_nothing_to_revert(void **state)
{
	struct stage stage;

	stage_make(&stage);
	must_revert(&stage);
	/* revert has made no folder. */
	assert_int_equal(access(stage.folder, F_OK), -1);
	stage_free(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_foreign_value_is_left_unless_forced),
		cmocka_unit_test(only_what_is_left_stays_in_the_journal),
		cmocka_unit_test(a_dry_run_changes_nothing),
		cmocka_unit_test(a_file_that_is_gone_is_told_and_forgotten),
		cmocka_unit_test(what_cannot_be_restored_stays),
		cmocka_unit_test(a_task_that_is_gone_is_told_and_forgotten),
		cmocka_unit_test(a_task_id_of_another_task_is_recognised),
		cmocka_unit_test(after_a_reboot_nothing_is_restored),
		cmocka_unit_test(an_apply_after_a_reboot_begins_a_new_journal),
		cmocka_unit_test(without_a_journal_there_is_nothing_to_revert),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
