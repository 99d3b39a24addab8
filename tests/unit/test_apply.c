// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes are made all or none, and can be taken back whatever happened: kill -9 hits apply, its
 * roll-back and revert at every step.
 */
#include "unit/change_stage.h"

static void all_changes_are_made_and_taken_back(void **state)
{
	struct change list[FOUR];
	struct stage stage;

	stage_make(&stage);
	stage_child(&stage);
	four_changes(&stage, list);
	must_apply(&stage, list, FOUR);
	expect_four_made(&stage);
	assert_true(has_journal(&stage));
	must_revert(&stage);
	expect_first_state(&stage);
	free_changes(list, FOUR);
	stage_free(&stage);
}

/* What a file read is restored byte for byte, with its newline or without. */
static void bytes_are_restored_not_only_values(void **state)
{
	struct change change;
	struct stage stage;

	stage_make(&stage);
	tree_put(stage.root, SLEEP, "020");
	assert_int_equal(change_file(&change, CHANGE_NUMBER, SLEEP, "20", "20"), 0);
	must_apply(&stage, &change, 1);
	expect_file(&stage, SLEEP, "20\n");
	must_revert(&stage);
	expect_file(&stage, SLEEP, "020");
	change_free(&change);
	stage_free(&stage);
}

static void an_option_is_set_and_restored_by_its_name(void **state)
{
	struct change change;
	struct stage stage;

	stage_make(&stage);
	tree_put(stage.root, "/sys/advisor", "[none] scan-time\n");
	assert_int_equal(change_file(&change, CHANGE_OPTION, "/sys/advisor", "[none] scan-time",
				     "scan-time"),
			 0);
	must_apply(&stage, &change, 1);
	/* As the kernel shows it. */
	tree_put(stage.root, "/sys/advisor", "none [scan-time]\n");
	must_revert(&stage);
	expect_file(&stage, "/sys/advisor", "none\n");
	change_free(&change);
	stage_free(&stage);
}

/* A precondition that does not hold at the last change keeps the first from being made. */
static void expect_refused(const struct stage *stage, const struct change *list, uint32_t count,
			   int err, const char *reason)
{
	struct apply_result result = {};

	assert_int_equal(stage_apply(stage, list, count, &result), err);
	if (!strstr(result.why, reason))
		fail_msg("\"%s\" lacks \"%s\"", result.why, reason);
	assert_int_equal(result.failed, count - 1);
	assert_int_equal(result.left, 0);
	expect_file(stage, SLEEP, "20\n");
	assert_false(has_journal(stage));
}

static void a_file_that_is_not_as_expected_stops_all(void **state)
{
	struct change list[2];
	struct stage stage;

	stage_make(&stage);
	assert_int_equal(change_file(&list[0], CHANGE_NUMBER, SLEEP, "20", "500"), 0);
	assert_int_equal(change_file(&list[1], CHANGE_NUMBER, PAGES, "200", "7"), 0);
	expect_refused(&stage, list, 2, -EAGAIN, PAGES ": it is 100 now, not 200");
	change_free(&list[1]);
	assert_int_equal(change_file(&list[1], CHANGE_NUMBER, "/sys/absent", "1", "7"), 0);
	expect_refused(&stage, list, 2, -ENOENT, "/sys/absent: No such file");
	change_free(&list[1]);
	assert_int_equal(change_file(&list[1], CHANGE_NUMBER, "/sys/kernel", "1", "7"), 0);
	expect_refused(&stage, list, 2, -EISDIR, "/sys/kernel: ");
	change_free(&list[1]);
	assert_int_equal(change_file(&list[1], CHANGE_NUMBER, "/etc/passwd", "1", "7"), 0);
	expect_refused(&stage, list, 2, -EINVAL, "/etc/passwd: not a change");
	change_free(&list[1]);
	assert_int_equal(change_file(&list[1], CHANGE_NUMBER, SLEEP, "20", "700"), 0);
	expect_refused(&stage, list, 2, -EINVAL, "two changes contradict: 500 and 700");
	free_changes(list, 2);
	stage_free(&stage);
}

static void a_task_that_is_not_as_expected_stops_all(void **state)
{
	struct change list[2];
	struct stage stage;

	stage_make(&stage);
	stage_child(&stage);
	assert_int_equal(change_file(&list[0], CHANGE_NUMBER, SLEEP, "20", "500"), 0);
	change_of_child(&stage, &list[1]);
	list[1].start_ticks++;
	expect_refused(&stage, list, 2, -ESTALE, "its id is another task's now");
	list[1].start_ticks--;
	free(list[1].from);
	list[1].from = strdup("4000");
	expect_refused(&stage, list, 2, -EAGAIN, "not 4000");
	list[1].tid = 7;
	expect_refused(&stage, list, 2, -ESRCH, "child[7]: the task is gone");
	/* A kernel thread that is bound for good: PF_NO_SETAFFINITY. */
	tree_put(stage.root, "proc/7/stat",
		 "7 (child) S 2 0 0 0 -1 69238848 0 0 0 0 0 0 0 0 20 0 1 0 3 0 0 0 0 0 0 0 0 0 0 "
		 "0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n");
	list[1].start_ticks = 3;
	expect_refused(&stage, list, 2, -EPERM, "PF_NO_SETAFFINITY");
	free_changes(list, 2);
	stage_free(&stage);
}

static void a_change_that_stands_twice_is_made_once(void **state)
{
	struct change list[2];
	struct stage stage;

	stage_make(&stage);
	assert_int_equal(change_file(&list[0], CHANGE_NUMBER, SLEEP, "20", "500"), 0);
	assert_int_equal(change_file(&list[1], CHANGE_NUMBER, SLEEP, "20", "0500"), 0);
	must_apply(&stage, list, 2);
	expect_file(&stage, SLEEP, "500\n");
	must_revert(&stage);
	expect_first_state(&stage);
	free_changes(list, 2);
	stage_free(&stage);
}

/*
 * Real files of the kernel that refuse: oom_score_adj takes no 5000 (EINVAL), timerslack_ns
 * takes 0 for "as it was at the start". Both are this process's own.
 */
static void refusing_change(const struct stage *stage, struct change *change)
{
	char path[64], *now;

	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", getpid());
	now = host_read_text(stage->root, path);
	assert_non_null(now);
	assert_int_equal(change_file(change, CHANGE_NUMBER, path, now, "5000"), 0);
	free(now);
}

static void what_the_kernel_refuses_rolls_all_back(void **state)
{
	struct change list[FOUR + 1];
	struct apply_result result = {};
	struct stage stage;

	stage_make(&stage);
	stage_child(&stage);
	stage_link(&stage, getpid());
	four_changes(&stage, list);
	refusing_change(&stage, &list[FOUR]);
	assert_int_equal(stage_apply(&stage, list, FOUR + 1, &result), -EINVAL);
	assert_int_equal(result.failed, FOUR);
	assert_int_equal(result.left, 0);
	assert_non_null(strstr(result.why, "oom_score_adj: cannot set it to 5000: Invalid"));
	expect_first_state(&stage);
	assert_false(has_journal(&stage));
	free_changes(list, FOUR + 1);
	stage_free(&stage);
}

static void what_reads_back_as_something_else_is_rolled_back(void **state)
{
	struct change list[2];
	struct apply_result result = {};
	struct stage stage;
	char path[64];

	stage_make(&stage);
	stage_link(&stage, getpid());
	assert_int_equal(prctl(PR_SET_TIMERSLACK, 40000), 0);
	snprintf(path, sizeof(path), "/proc/%d/timerslack_ns", getpid());
	assert_int_equal(change_file(&list[0], CHANGE_NUMBER, SLEEP, "20", "500"), 0);
	assert_int_equal(change_file(&list[1], CHANGE_NUMBER, path, "40000", "0"), 0);
	assert_int_equal(stage_apply(&stage, list, 2, &result), -EIO);
	assert_int_equal(result.failed, 1);
	assert_int_equal(result.left, 0);
	assert_non_null(strstr(result.why, "timerslack_ns: set to 0, it is "));
	expect_first_state(&stage);
	expect_file(&stage, path, "40000\n");
	assert_false(has_journal(&stage));
	free_changes(list, 2);
	stage_free(&stage);
}

/* Somebody else at work: at one step a file is set to another value. */
struct meddler {
	const struct stage *stage;
	const char *path;
	uint32_t at, now;
};

static void meddle(void *data)
{
	struct meddler *meddler = data;

	if (meddler->now++ == meddler->at)
		tree_put(meddler->stage->root, meddler->path, "77\n");
}

/*
 * Whenever it happens, nothing of ours stays where apply failed, and what somebody else has set
 * stays as he set it; or apply was through already.
 */
static void a_meddler_is_left_alone_at_every_step(void **state)
{
	struct apply_result result = {};
	struct meddler meddler;
	struct stage stage;
	bool came = true;

	for (uint32_t at = 0; came; at++) {
		struct change list[FOUR];

		stage_make(&stage);
		stage_child(&stage);
		four_changes(&stage, list);
		meddler = (struct meddler){ &stage, PAGES, at, 0 };
		const struct apply_options options = { .root = stage.root,
						       .folder = stage.folder,
						       .step = { meddle, &meddler } };
		int err = apply_changes(list, FOUR, &options, &result);

		came = meddler.now > at;
		if (came)
			expect_file(&stage, PAGES, "77\n");
		if (err) {
			assert_int_equal(result.failed, 1);
			assert_int_equal(result.left, 0);
			expect_file(&stage, SLEEP, "20\n");
			expect_child(&stage, stage.all_cpus);
			expect_file(&stage, MASK, "00000000,00000003\n");
			assert_false(has_journal(&stage));
		} else if (!came) {
			expect_four_made(&stage);
		}
		free_changes(list, FOUR);
		stage_free(&stage);
	}
}

/* Changed by somebody else, and then another change fails: his value stays, and is told. */
static void what_cannot_be_rolled_back_stays_in_the_journal(void **state)
{
	struct change list[FOUR + 1];
	struct meddler meddler = { .path = PAGES };
	struct apply_result result = {};
	uint32_t left = 0, failed = 0;
	struct stage stage;
	bool came = true;

	for (; came; meddler.at++) {
		stage_make(&stage);
		stage_child(&stage);
		stage_link(&stage, getpid());
		four_changes(&stage, list);
		refusing_change(&stage, &list[FOUR]);
		meddler.stage = &stage;
		meddler.now = 0;
		const struct apply_options options = { .root = stage.root,
						       .folder = stage.folder,
						       .step = { meddle, &meddler } };
		assert_int_not_equal(apply_changes(list, FOUR + 1, &options, &result), 0);
		came = meddler.now > meddler.at;
		expect_file(&stage, SLEEP, "20\n");
		expect_child(&stage, stage.all_cpus);
		failed++;
		left += result.left;
		assert_int_equal(has_journal(&stage), result.left > 0);
		free_changes(list, FOUR + 1);
		stage_free(&stage);
	}
	/* Both happened: before it was written, and after. */
	assert_true(left > 0);
	assert_true(left < failed);
}

static void apply_four(const struct stage *stage, const struct journal_step *step)
{
	const struct apply_options options = { stage->root, stage->folder, *step };
	struct apply_result result = {};
	struct change list[FOUR];

	four_changes(stage, list);
	if (apply_changes(list, FOUR, &options, &result))
		_exit(1);
	free_changes(list, FOUR);
}

static void a_killed_apply_can_be_reverted_from_every_step(void **state)
{
	struct stage stage;
	uint32_t steps = 0;
	bool killed = true;

	for (; killed; steps++) {
		stage_make(&stage);
		stage_child(&stage);
		killed = killed_at(steps, apply_four, &stage);
		if (!killed)
			expect_four_made(&stage);
		must_revert(&stage);
		expect_first_state(&stage);
		must_revert(&stage);
		stage_free(&stage);
	}
	/* At least before and after each change, and around the journal's file. */
	assert_true(steps > 2 * FOUR + 4);
}

static void apply_refused(const struct stage *stage, const struct journal_step *step)
{
	const struct apply_options options = { stage->root, stage->folder, *step };
	struct apply_result result = {};
	struct change list[FOUR + 1];
	char path[64];

	four_changes(stage, list);
	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", stage->child);
	char *now = host_read_text(stage->root, path);

	if (!now || change_file(&list[FOUR], CHANGE_NUMBER, path, now, "5000"))
		_exit(1);
	if (apply_changes(list, FOUR + 1, &options, &result) != -EINVAL || result.left)
		_exit(1);
	free(now);
	free_changes(list, FOUR + 1);
}

static void a_killed_roll_back_can_be_reverted_from_every_step(void **state)
{
	struct stage stage;
	uint32_t steps = 0;
	bool killed = true;

	for (; killed; steps++) {
		stage_make(&stage);
		stage_child(&stage);
		killed = killed_at(steps, apply_refused, &stage);
		if (!killed)
			expect_first_state(&stage);
		must_revert(&stage);
		expect_first_state(&stage);
		stage_free(&stage);
	}
	assert_true(steps > 4 * FOUR + 8);
}

/* The four files' second change. */
static void second_changes(const struct stage *stage, struct change list[2])
{
	assert_int_equal(change_file(&list[0], CHANGE_NUMBER, SLEEP, "500", "800"), 0);
	assert_int_equal(change_file(&list[1], CHANGE_NUMBER, PAGES, "7", "9"), 0);
}

static void apply_second(const struct stage *stage, const struct journal_step *step)
{
	const struct apply_options options = { stage->root, stage->folder, *step };
	struct apply_result result = {};
	struct change list[2];

	second_changes(stage, list);
	if (apply_changes(list, 2, &options, &result))
		_exit(1);
	free_changes(list, 2);
}

static void two_applies_and_one_revert_give_the_first_state_back(void **state)
{
	const struct journal_step none = {};
	struct stage stage;
	bool killed = true;

	for (uint32_t at = 0; killed; at++) {
		stage_make(&stage);
		stage_child(&stage);
		apply_four(&stage, &none);
		killed = killed_at(at, apply_second, &stage);
		if (!killed) {
			expect_file(&stage, SLEEP, "800\n");
			expect_file(&stage, PAGES, "9\n");
		}
		must_revert(&stage);
		expect_first_state(&stage);
		stage_free(&stage);
	}
}

/* A failed second apply leaves the first one's state and journal. */
static void a_second_apply_that_fails_goes_back_to_the_first(void **state)
{
	const struct journal_step none = {};
	struct apply_result result = {};
	struct change list[3];
	struct stage stage;

	stage_make(&stage);
	stage_child(&stage);
	stage_link(&stage, getpid());
	apply_four(&stage, &none);
	second_changes(&stage, list);
	refusing_change(&stage, &list[2]);
	assert_int_equal(stage_apply(&stage, list, 3, &result), -EINVAL);
	expect_four_made(&stage);
	must_revert(&stage);
	expect_first_state(&stage);
	free_changes(list, 3);
	stage_free(&stage);
}

static void revert_all(const struct stage *stage, const struct journal_step *step)
{
	const struct revert_options options = { .root = stage->root,
						.folder = stage->folder,
						.step = *step };
	struct revert_result result;

	if (revert_changes(&options, &result) || result.left)
		_exit(1);
	revert_result_free(&result);
}

static void a_killed_revert_goes_on_from_every_step(void **state)
{
	const struct journal_step none = {};
	struct stage stage;
	uint32_t steps = 0;
	bool killed = true;

	for (; killed; steps++) {
		stage_make(&stage);
		stage_child(&stage);
		apply_four(&stage, &none);
		killed = killed_at(steps, revert_all, &stage);
		if (!killed)
			expect_first_state(&stage);
		must_revert(&stage);
		expect_first_state(&stage);
		stage_free(&stage);
	}
	/* With one CPU the child has nothing to be restored. */
	assert_true(steps > 2 * (FOUR - 1) + 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_changes_are_made_and_taken_back),
		cmocka_unit_test(bytes_are_restored_not_only_values),
		cmocka_unit_test(an_option_is_set_and_restored_by_its_name),
		cmocka_unit_test(a_file_that_is_not_as_expected_stops_all),
		cmocka_unit_test(a_task_that_is_not_as_expected_stops_all),
		cmocka_unit_test(a_change_that_stands_twice_is_made_once),
		cmocka_unit_test(what_the_kernel_refuses_rolls_all_back),
		cmocka_unit_test(what_reads_back_as_something_else_is_rolled_back),
		cmocka_unit_test(a_meddler_is_left_alone_at_every_step),
		cmocka_unit_test(what_cannot_be_rolled_back_stays_in_the_journal),
		cmocka_unit_test(a_killed_apply_can_be_reverted_from_every_step),
		cmocka_unit_test(a_killed_roll_back_can_be_reverted_from_every_step),
		cmocka_unit_test(two_applies_and_one_revert_give_the_first_state_back),
		cmocka_unit_test(a_second_apply_that_fails_goes_back_to_the_first),
		cmocka_unit_test(a_killed_revert_goes_on_from_every_step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
