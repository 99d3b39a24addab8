// SPDX-License-Identifier: GPL-2.0-only
/*
 * --apply: what is printed is what is made, and only after a yes. The changes are to this process's
 * own files of /proc. The sources are included, as the commands are no library of the tests.
 */
#include "unit/change_stage.h"

#include <fcntl.h>
#include <pty.h>

#include "unit/printing.h"

/* cmocka has one of that name, too. */
#undef fail
#include "commands/apply.c"
#include "commands/options.c"

struct scene {
	struct stage stage;
	struct advice_list list;
	struct text text;
	char path[64], *before;
};

static void add_change(struct scene *scene, const char *to)
{
	struct advice *advice = advice_add(&scene->list, "test", 1, ADVICE_SURE);
	struct change change;

	assert_int_equal(change_file(&change, CHANGE_NUMBER, scene->path, scene->before, to), 0);
	advice_change(&scene->list, advice, &change);
}

static void scene_make(struct scene *scene)
{
	memset(scene, 0, sizeof(*scene));
	stage_make(&scene->stage);
	snprintf(scene->path, sizeof(scene->path), "/proc/%d/timerslack_ns", getpid());
	assert_int_equal(prctl(PR_SET_TIMERSLACK, 40000), 0);
	scene->before = host_read_text("", scene->path);
	assert_non_null(scene->before);
	text_open(&scene->text, false);
}

static void scene_free(struct scene *scene)
{
	advice_list_free(&scene->list);
	free(scene->before);
	stage_free(&scene->stage);
}

static void expect_slack(const struct scene *scene, const char *expected)
{
	char *now = host_read_text("", scene->path);

	assert_string_equal(now, expected);
	free(now);
}

/* apply_advice() with this as standard input, and stderr to the bin. */
static int apply_reading(struct scene *scene, int input, bool yes)
{
	const struct apply_request request = { .yes = yes, .state = scene->stage.folder };
	int in = dup(STDIN_FILENO), err = dup(STDERR_FILENO);
	int null = open("/dev/null", O_WRONLY), code;

	dup2(input, STDIN_FILENO);
	dup2(null, STDERR_FILENO);
	clearerr(stdin);
	code = apply_advice(&scene->list, &request, scene->text.out.file);
	dup2(in, STDIN_FILENO);
	dup2(err, STDERR_FILENO);
	close(in);
	close(err);
	close(null);
	return code;
}

/* As apply_reading(), from a terminal on which that is typed. */
static int apply_typing(struct scene *scene, const char *typed)
{
	int terminal, typist, code;

	assert_int_equal(openpty(&typist, &terminal, NULL, NULL, NULL), 0);
	assert_true(write(typist, typed, strlen(typed)) > 0);
	code = apply_reading(scene, terminal, false);
	close(typist);
	close(terminal);
	return code;
}

static int apply_from_a_file(struct scene *scene, bool yes)
{
	int input = open("/dev/zero", O_RDONLY), code;

	code = apply_reading(scene, input, yes);
	close(input);
	return code;
}

static void revert_here(const struct scene *scene)
{
	const struct revert_options options = { .root = "", .folder = scene->stage.folder };
	struct revert_result result;

	assert_int_equal(revert_changes(&options, &result), 0);
	assert_int_equal(result.left, 0);
	revert_result_free(&result);
}

static void without_a_terminal_nothing_is_changed(void **state)
{
	struct scene scene;

	scene_make(&scene);
	add_change(&scene, "60000");
	assert_int_equal(apply_from_a_file(&scene, false), EXIT_FAILED);
	expect_slack(&scene, "40000");
	assert_false(has_journal(&scene.stage));
	fclose(scene.text.out.file);
	free(scene.text.text);
	scene_free(&scene);
}

static void yes_applies_what_was_printed(void **state)
{
	struct scene scene;
	char expected[2 * PATH_MAX];

	scene_make(&scene);
	add_change(&scene, "60000");
	/* Another piece of advice wants the same. */
	add_change(&scene, "60000");
	assert_int_equal(apply_from_a_file(&scene, true), EXIT_DONE);
	expect_slack(&scene, "60000");
	snprintf(expected, sizeof(expected),
		 "to be changed:\n  echo 60000 >%s\n1 change applied; to undo: interloper revert "
		 "--state-dir %s\n",
		 scene.path, scene.stage.folder);
	expect_text(&scene.text, expected);
	revert_here(&scene);
	expect_slack(&scene, "40000");
	scene_free(&scene);
}

static void on_a_terminal_only_a_yes_is_a_yes(void **state)
{
	static const struct {
		const char *typed;
		bool yes;
	} answers[] = {
		{ "y\n", true },   { "YES\n", true }, { "n\n", false },	 { "\n", false },
		{ "yn\n", false }, { "\x04", false }, { " y\n", false },
	};
	struct scene scene;

	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
		scene_make(&scene);
		add_change(&scene, "60000");
		assert_int_equal(apply_typing(&scene, answers[i].typed),
				 answers[i].yes ? EXIT_DONE : EXIT_FAILED);
		expect_slack(&scene, answers[i].yes ? "60000" : "40000");
		fclose(scene.text.out.file);
		assert_non_null(strstr(scene.text.text, "Apply this 1 change? [y/N] "));
		free(scene.text.text);
		revert_here(&scene);
		expect_slack(&scene, "40000");
		scene_free(&scene);
	}
}

static void a_failure_is_a_failure(void **state)
{
	struct scene scene;

	scene_make(&scene);
	/* The kernel makes 50000 of it, or what the process began with. */
	add_change(&scene, "0");
	assert_int_equal(apply_from_a_file(&scene, true), EXIT_FAILED);
	expect_slack(&scene, "40000");
	assert_false(has_journal(&scene.stage));
	fclose(scene.text.out.file);
	assert_null(strstr(scene.text.text, "applied"));
	free(scene.text.text);
	scene_free(&scene);
}

static void without_changes_there_is_nothing_to_apply(void **state)
{
	struct scene scene;

	scene_make(&scene);
	advice_add(&scene.list, "leave-it", 1, ADVICE_SURE)->is_advice = false;
	assert_int_equal(apply_from_a_file(&scene, false), EXIT_DONE);
	expect_text(&scene.text, "nothing to apply\n");
	scene_free(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_terminal_nothing_is_changed),
		cmocka_unit_test(yes_applies_what_was_printed),
		cmocka_unit_test(on_a_terminal_only_a_yes_is_a_yes),
		cmocka_unit_test(a_failure_is_a_failure),
		cmocka_unit_test(without_changes_there_is_nothing_to_apply),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
