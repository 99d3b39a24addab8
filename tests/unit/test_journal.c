// SPDX-License-Identifier: GPL-2.0-only
/*
 * The journal: what it keeps, whom it trusts, and what revert makes of it when the world has gone
 * on.
 */
#include "unit/change_stage.h"

#include <fcntl.h>
#include <sys/file.h>

static const char *const good =
	"{\"version\": 1, \"boot_id\": \"" THIS_BOOT "\", \"entries\": ["
	"{\"file\": \"/sys/a\", \"value\": \"number\", \"original\": \"20\\n\", "
	"\"ours\": [\"500\", \"800\"], \"time\": 1790000000},"
	"{\"tid\": 510, \"start_ticks\": 38, \"comm\": \"ksmd\", \"value\": \"cpulist\", "
	"\"original\": \"0-95\", \"ours\": [\"0-63\"], \"time\": 1790000001}]}";

static void what_is_written_reads_back(void **state)
{
	struct journal journal, back;
	char why[160] = "", *text, *again;

	assert_int_equal(journal_parse(&journal, good, why, sizeof(why)), 0);
	assert_int_equal(journal.count, 2);
	assert_string_equal(journal.boot_id, THIS_BOOT);
	assert_string_equal(journal.entries[0].change.path, "/sys/a");
	assert_string_equal(journal.entries[0].change.from, "20\n");
	assert_true(journal_is_ours(&journal.entries[0], "800\n"));
	assert_false(journal_is_ours(&journal.entries[0], "20\n"));
	assert_int_equal(journal.entries[1].change.tid, 510);
	assert_int_equal(journal.entries[1].change.start_ticks, 38);
	assert_string_equal(journal.entries[1].change.comm, "ksmd");
	assert_int_equal(journal.entries[1].time_s, 1790000001);
	text = journal_print(&journal);
	assert_int_equal(journal_parse(&back, text, why, sizeof(why)), 0);
	again = journal_print(&back);
	assert_string_equal(text, again);
	free(text);
	free(again);
	journal_free(&journal);
	journal_free(&back);
}

/* Of good, the first occurrence of from replaced by to. */
static char *edited(const char *from, const char *to)
{
	const char *at = strstr(good, from);
	char *text = NULL;

	assert_non_null(at);
	assert_true(asprintf(&text, "%.*s%s%s", (int)(at - good), good, to, at + strlen(from)) > 0);
	return text;
}

static void what_is_damaged_is_refused_with_a_reason(void **state)
{
	static const char *const edits[][2] = {
		{ "\"version\": 1", "\"version\": 2" },
		{ "\"version\": 1, ", "" },
		{ "\"version\": 1, ", "\"version\": 1, \"more\": 1, " },
		{ THIS_BOOT, "" },
		{ THIS_BOOT, "0123456789012345678901234567890123456789012345678901234567890123" },
		{ "\"entries\": [", "\"entries\": [7, " },
		{ "\"/sys/a\"", "\"/etc/passwd\"" },
		{ "\"/sys/a\"", "\"/sys/../etc/passwd\"" },
		{ "\"/sys/a\"", "\"\"" },
		{ "\"/sys/a\"", "null" },
		{ "\"number\"", "\"numbers\"" },
		{ "\"20\\n\"", "20" },
		{ "\"20\\n\"", "\"20\\u0000\"" },
		{ "[\"500\", \"800\"]", "[]" },
		{ "[\"500\", \"800\"]", "\"500\"" },
		{ "[\"500\", \"800\"]", "[500]" },
		{ "1790000000", "-1" },
		{ "1790000000", "1.5" },
		{ "\"file\": \"/sys/a\"", "\"file\": \"/sys/a\", \"file\": \"/sys/b\"" },
		{ "\"file\": \"/sys/a\"", "\"file\": \"/sys/a\", \"tid\": 1" },
		{ "\"tid\": 510", "\"tid\": 0" },
		{ "\"tid\": 510", "\"tid\": 4294967295" },
		{ "\"start_ticks\": 38", "\"start_ticks\": \"38\"" },
		{ "\"cpulist\"", "\"number\"" },
		{ "\"0-95\"", "\"all\"" },
		{ "\"0-95\"", "\"\"" },
		{ "]}", "]" },
		{ "]}", "]} x" },
	};
	struct journal journal;
	char why[160];

	for (size_t i = 0; i < sizeof(edits) / sizeof(*edits); i++) {
		char *text = edited(edits[i][0], edits[i][1]);

		*why = '\0';
		if (journal_parse(&journal, text, why, sizeof(why)) != -EINVAL)
			fail_msg("taken: %s", text);
		assert_int_not_equal(strlen(why), 0);
		assert_null(journal.entries);
		free(text);
	}
	assert_int_equal(journal_parse(&journal, "", why, sizeof(why)), -EINVAL);
	assert_int_equal(journal_parse(&journal, "[]", why, sizeof(why)), -EINVAL);
}

static void two_entries_of_one_file_are_refused(void **state)
{
	struct journal journal;
	char why[160];
	char *text = edited("\"entries\": [",
			    "\"entries\": [{\"file\": \"/sys/a\", \"value\": \"number\", "
			    "\"original\": \"1\", \"ours\": [\"2\"], \"time\": 1},");

	assert_int_equal(journal_parse(&journal, text, why, sizeof(why)), -EINVAL);
	assert_non_null(strstr(why, "same file"));
	free(text);
}

static void note(struct journal *journal, const char *now, const char *to)
{
	struct change change;

	assert_int_equal(change_file(&change, CHANGE_NUMBER, "/sys/a", now, to), 0);
	assert_int_equal(journal_note(journal, &change, now, 1), 0);
	change_free(&change);
}

static void the_first_original_is_kept_over_our_own_changes(void **state)
{
	struct journal journal = { .boot_id = THIS_BOOT };

	note(&journal, "20\n", "500");
	note(&journal, "500\n", "800");
	note(&journal, "800\n", "500");
	assert_int_equal(journal.count, 1);
	assert_string_equal(journal.entries[0].change.from, "20\n");
	assert_int_equal(journal.entries[0].ours_count, 2);
	journal_free(&journal);
}

/* What somebody else has set since is what a revert has to give back. */
static void a_value_that_somebody_else_took_over_begins_anew(void **state)
{
	struct journal journal = { .boot_id = THIS_BOOT };

	note(&journal, "20\n", "500");
	note(&journal, "77\n", "800");
	assert_int_equal(journal.count, 1);
	assert_string_equal(journal.entries[0].change.from, "77\n");
	assert_false(journal_is_ours(&journal.entries[0], "500"));
	assert_true(journal_is_ours(&journal.entries[0], "800"));
	journal_free(&journal);
}

static void a_full_journal_takes_no_more(void **state)
{
	struct journal journal = { .boot_id = THIS_BOOT };
	struct change change = { .kind = CHANGE_FILE, .value = CHANGE_NUMBER, .path = "/sys/a" };
	char to[16];
	int err = 0;

	change.to = to;
	for (int i = 0; i <= JOURNAL_OURS_MAX && !err; i++) {
		snprintf(to, sizeof(to), "%d", 1000 + i);
		err = journal_note(&journal, &change, "20", 1);
	}
	assert_int_equal(err, -E2BIG);
	assert_int_equal(journal.entries[0].ours_count, JOURNAL_OURS_MAX);
	journal_free(&journal);
}

/* Both apply and revert say why, and neither touches a thing. */
static void expect_both_refuse(const struct stage *stage, const char *reason)
{
	const struct revert_options options = { .root = stage->root,
						.folder = stage->folder,
						.force = true };
	struct revert_result reverted;
	struct apply_result applied = {};
	struct change change;

	assert_int_not_equal(revert_changes(&options, &reverted), 0);
	if (!strstr(reverted.why, reason))
		fail_msg("\"%s\" lacks \"%s\"", reverted.why, reason);
	assert_int_equal(reverted.count, 0);
	revert_result_free(&reverted);
	assert_int_equal(change_file(&change, CHANGE_NUMBER, PAGES, "100", "7"), 0);
	assert_int_not_equal(stage_apply(stage, &change, 1, &applied), 0);
	if (!strstr(applied.why, reason))
		fail_msg("\"%s\" lacks \"%s\"", applied.why, reason);
	expect_file(stage, PAGES, "100\n");
	change_free(&change);
}

static void a_damaged_journal_is_refused_and_kept(void **state)
{
	static const char *const texts[] = { "", "{", "{\"version\": 1}", "{\"version\": 7}" };
	char path[2 * PATH_MAX], *text;
	struct stage stage;

	stage_make(&stage);
	apply_sleep(&stage);
	snprintf(path, sizeof(path), "%s/" JOURNAL_NAME, stage.folder);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		tree_put(stage.folder, JOURNAL_NAME, texts[i]);
		expect_both_refuse(&stage, JOURNAL_NAME " is damaged: ");
		text = host_read_text("", path);
		assert_string_equal(text, texts[i]);
		free(text);
	}
	/* Text that ends early for a parser of strings. */
	tree_put(stage.folder, JOURNAL_NAME, good);
	int fd = open(path, O_WRONLY | O_APPEND);
	assert_int_equal(write(fd, "\0{}", 3), 3);
	close(fd);
	expect_both_refuse(&stage, " is damaged: ");
	expect_file(&stage, SLEEP, "500\n");
	stage_free(&stage);
}

static void a_journal_that_is_a_symlink_is_refused(void **state)
{
	char path[2 * PATH_MAX], real[2 * PATH_MAX];
	struct stage stage;

	stage_make(&stage);
	apply_sleep(&stage);
	snprintf(path, sizeof(path), "%s/" JOURNAL_NAME, stage.folder);
	snprintf(real, sizeof(real), "%s/real", stage.folder);
	assert_int_equal(rename(path, real), 0);
	assert_int_equal(symlink("real", path), 0);
	expect_both_refuse(&stage, "is no file of ours");
	stage_free(&stage);
}

static void a_folder_that_others_may_reach_is_refused(void **state)
{
	struct stage stage;

	stage_make(&stage);
	apply_sleep(&stage);
	assert_int_equal(chmod(stage.folder, 0750), 0);
	expect_both_refuse(&stage, "others may reach it (mode 0750)");
	assert_int_equal(chmod(stage.folder, 0701), 0);
	expect_both_refuse(&stage, "others may reach it (mode 0701)");
	assert_int_equal(chmod(stage.folder, 0700), 0);
	if (!geteuid()) {
		assert_int_equal(chown(stage.folder, 4711, 4711), 0);
		expect_both_refuse(&stage, "belongs to user 4711, not to user 0");
		assert_int_equal(chown(stage.folder, 0, 0), 0);
	}
	must_revert(&stage);
	stage_free(&stage);
}

static void a_folder_that_is_a_symlink_is_refused(void **state)
{
	char real[2 * PATH_MAX];
	struct stage stage;

	stage_make(&stage);
	apply_sleep(&stage);
	snprintf(real, sizeof(real), "%s.real", stage.folder);
	assert_int_equal(rename(stage.folder, real), 0);
	assert_int_equal(symlink(real, stage.folder), 0);
	expect_both_refuse(&stage, "a symlink is not followed");
	/* A slash at the end follows a symlink, if one lets it. */
	strcat(stage.folder, "//");
	expect_both_refuse(&stage, "a symlink is not followed");
	stage_free(&stage);
}

static void the_folder_is_made_for_its_owner_alone(void **state)
{
	mode_t mask = umask(0);
	char path[2 * PATH_MAX];
	struct stage stage;
	struct stat st;

	stage_make(&stage);
	apply_sleep(&stage);
	assert_int_equal(stat(stage.folder, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	snprintf(path, sizeof(path), "%s/" JOURNAL_NAME, stage.folder);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	umask(mask);
	stage_free(&stage);
}

static void two_at_a_time_do_not_interleave(void **state)
{
	char path[2 * PATH_MAX];
	struct stage stage;
	int fd;

	stage_make(&stage);
	apply_sleep(&stage);
	snprintf(path, sizeof(path), "%s/lock", stage.folder);
	fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	expect_both_refuse(&stage, "another interloper applies or reverts right now");
	close(fd);
	must_revert(&stage);
	expect_first_state(&stage);
	stage_free(&stage);
}

/* Without a boot id nobody could tell later whether the journal still holds. */
static void without_a_boot_id_nothing_is_changed(void **state)
{
	struct stage stage;

	stage_make(&stage);
	apply_sleep(&stage);
	stage_boot(&stage, "");
	expect_both_refuse(&stage, "boot_id");
	expect_file(&stage, SLEEP, "500\n");
	stage_free(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_reads_back),
		cmocka_unit_test(what_is_damaged_is_refused_with_a_reason),
		cmocka_unit_test(two_entries_of_one_file_are_refused),
		cmocka_unit_test(the_first_original_is_kept_over_our_own_changes),
		cmocka_unit_test(a_value_that_somebody_else_took_over_begins_anew),
		cmocka_unit_test(a_full_journal_takes_no_more),
		cmocka_unit_test(a_damaged_journal_is_refused_and_kept),
		cmocka_unit_test(a_journal_that_is_a_symlink_is_refused),
		cmocka_unit_test(a_folder_that_others_may_reach_is_refused),
		cmocka_unit_test(a_folder_that_is_a_symlink_is_refused),
		cmocka_unit_test(the_folder_is_made_for_its_owner_alone),
		cmocka_unit_test(two_at_a_time_do_not_interleave),
		cmocka_unit_test(without_a_boot_id_nothing_is_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
