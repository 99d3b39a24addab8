// SPDX-License-Identifier: GPL-2.0-only
/* Text tables: alignment that no name breaks, and no trailing blanks. */
#include "unit/printing.h"

#include <errno.h>

static void columns_are_as_wide_as_their_widest_cell(void **state)
{
	struct table *t = table_new();
	struct text text;

	(void)state;
	text_open(&text, false);
	table_column(t, "task", NULL, TABLE_LEFT);
	table_column(t, "run", "(ms)", TABLE_RIGHT);
	table_column(t, "at", NULL, TABLE_LEFT);
	table_cell(t, "%s", "a-name-much-wider-than-its-title[1]");
	table_cell(t, "%d", 7);
	table_cell(t, "here");
	table_end_row(t);
	table_cell(t, "b[2]");
	table_cell(t, "123456");
	table_cell(t, "there");
	table_end_row(t);
	assert_int_equal(table_print(t, &text.out), 0);
	expect_text(&text, "task                                    run  at\n"
			   "                                       (ms)\n"
			   "a-name-much-wider-than-its-title[1]       7  here\n"
			   "b[2]                                 123456  there\n");
	table_free(t);
}

static void no_line_ends_in_blanks(void **state)
{
	struct table *t = table_new();
	struct text text;

	(void)state;
	text_open(&text, false);
	table_column(t, "a", NULL, TABLE_LEFT);
	table_column(t, "b", NULL, TABLE_LEFT);
	table_column(t, "", NULL, TABLE_LEFT);
	table_cell(t, "1");
	table_cell(t, "%s", "");
	table_cell(t, "%s", "");
	table_end_row(t);
	table_cell(t, "22");
	table_end_row(t);
	assert_int_equal(table_print(t, &text.out), 0);
	expect_text(&text, "a   b\n1\n22\n");
	table_free(t);
}

static void width_is_counted_in_characters_not_bytes(void **state)
{
	struct table *t = table_new();
	struct text text;

	(void)state;
	text_open(&text, false);
	table_column(t, "task", NULL, TABLE_LEFT);
	table_column(t, "n", NULL, TABLE_RIGHT);
	table_cell(t, "gr\xc3\xbc\xc3\x9f");
	table_cell(t, "1");
	table_end_row(t);
	table_cell(t, "abcd");
	table_cell(t, "2");
	table_end_row(t);
	table_print(t, &text.out);
	expect_text(&text, "task  n\ngr\xc3\xbc\xc3\x9f  1\nabcd  2\n");
	table_free(t);
}

static void control_characters_of_a_cell_stay_out(void **state)
{
	struct table *t = table_new();
	struct text text;

	(void)state;
	text_open(&text, false);
	table_column(t, "task", NULL, TABLE_LEFT);
	table_cell(t, "%s", "\033[2Jevil\n");
	table_end_row(t);
	table_print(t, &text.out);
	expect_text(&text, "task\n?[2Jevil?\n");
	table_free(t);
}

static void colour_is_used_only_where_allowed(void **state)
{
	struct text with, without;
	struct table *t = table_new();

	(void)state;
	text_open(&with, true);
	text_open(&without, false);
	table_column(t, "a", NULL, TABLE_LEFT);
	table_row_colour(t, COLOUR_YELLOW);
	table_cell(t, "worst");
	table_end_row(t);
	table_cell(t, "other");
	table_end_row(t);
	table_print(t, &with.out);
	table_print(t, &without.out);
	expect_text(&with, "\033[1ma\033[0m\n\033[33mworst\033[0m\nother\n");
	expect_text(&without, "a\nworst\nother\n");
	table_free(t);
}

static void a_cell_too_many_is_an_error_and_prints_nothing(void **state)
{
	struct table *t = table_new();
	struct text text;

	(void)state;
	text_open(&text, false);
	table_column(t, "a", NULL, TABLE_LEFT);
	assert_int_equal(table_cell(t, "1"), 0);
	assert_int_equal(table_cell(t, "2"), -EINVAL);
	assert_int_equal(table_end_row(t), -EINVAL);
	assert_int_equal(table_print(t, &text.out), -EINVAL);
	expect_text(&text, "");
	table_free(t);
}

static void many_rows_keep_their_cells(void **state)
{
	struct table *t = table_new();
	char line[64];
	struct text text;

	(void)state;
	text_open(&text, false);
	table_column(t, "n", NULL, TABLE_RIGHT);
	table_column(t, "text", NULL, TABLE_LEFT);
	for (int i = 0; i < 5000; i++) {
		table_cell(t, "%d", i);
		table_cell(t, "row-%d", i);
		table_end_row(t);
	}
	assert_int_equal(table_print(t, &text.out), 0);
	assert_int_equal(fclose(text.out.file), 0);
	for (int i = 0; i < 5000; i += 499) {
		snprintf(line, sizeof(line), "\n%4d  row-%d\n", i, i);
		assert_non_null(strstr(text.text, line));
	}
	free(text.text);
	table_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_are_as_wide_as_their_widest_cell),
		cmocka_unit_test(no_line_ends_in_blanks),
		cmocka_unit_test(width_is_counted_in_characters_not_bytes),
		cmocka_unit_test(control_characters_of_a_cell_stay_out),
		cmocka_unit_test(colour_is_used_only_where_allowed),
		cmocka_unit_test(a_cell_too_many_is_an_error_and_prints_nothing),
		cmocka_unit_test(many_rows_keep_their_cells),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
