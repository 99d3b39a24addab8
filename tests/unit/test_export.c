// SPDX-License-Identifier: GPL-2.0-only
/* The tables of `export`, of the story and of what might break them; read by eye once, then kept.
 */
#include "unit/printing.h"

#include "output/export_hdr.h"
#include "output/export_tables.h"

struct exported {
	struct text text;
	struct task_table tasks;
	struct trace_meta meta;
	struct export_view view;
	struct export_cells cells;
	struct placement_host *placement;
};

static void begin(struct exported *x, enum export_form form, enum export_table table)
{
	memset(x, 0, sizeof(*x));
	text_open(&x->text, false);
	story_task_table(&x->tasks);
	story_meta(&x->meta);
	x->placement = placement_host_new(NULL);
	x->view.tasks = &x->tasks;
	x->view.placement = x->placement;
	x->view.choices = choices_new();
	x->view.realtime_offset_ns = x->meta.realtime_offset_ns;
	assert_non_null(x->view.choices);
	assert_non_null(x->placement);
	assert_int_equal(export_open_table(&x->cells, x->text.out.file, form, table), 0);
}

static void end(struct exported *x)
{
	assert_int_equal(export_close(&x->cells), 0);
	choices_free(x->view.choices);
	placement_host_free(x->placement);
	trace_meta_free(&x->meta);
	task_table_free(&x->tasks);
}

static void add(struct exported *x, enum export_table table, const struct event *e)
{
	if (e->type == EVENT_TASK)
		assert_int_equal(task_table_put(&x->tasks, &e->identity), 0);
	else if (e->type == EVENT_CHOICE)
		assert_int_equal(choices_add(x->view.choices, e), 0);
	else
		assert_int_equal(export_event(&x->cells, table, &x->view, e), 0);
}

static void export_story(enum export_form form, enum export_table table, bool idle,
			 const char *golden)
{
	struct exported x;

	begin(&x, form, table);
	x.view.idle = idle;
	for (size_t i = 0; i < ARRAY_SIZE(story); i++)
		add(&x, table, &story[i]);
	end(&x);
	if (form == EXPORT_JSON)
		fputc('\n', x.text.out.file);
	expect_golden(&x.text, golden);
}

static void slices_have_a_row_each_and_empty_cells_for_what_is_not_known(void **state)
{
	export_story(EXPORT_CSV, EXPORT_SLICES, false, "export-slices.csv");
	export_story(EXPORT_CSV, EXPORT_SLICES, true, "export-slices-idle.csv");
	export_story(EXPORT_NDJSON, EXPORT_SLICES, false, "export-slices.ndjson");
}

static void wakeups_have_a_row_each_also_where_the_task_still_waits(void **state)
{
	export_story(EXPORT_CSV, EXPORT_WAKEUPS, false, "export-wakeups.csv");
	export_story(EXPORT_JSON, EXPORT_WAKEUPS, false, "export-wakeups.json");
}

static struct distribution *story_distribution(enum distribution_by by)
{
	struct distribution *d = distribution_new(by);

	assert_non_null(d);
	for (size_t i = 0; i < ARRAY_SIZE(story); i++)
		assert_int_equal(distribution_add(d, &story[i]), 0);
	return d;
}

static void export_distribution(enum export_form form, enum export_table table,
				enum distribution_by by, const char *golden)
{
	struct distribution *d = story_distribution(by);
	struct distribution_row *const *rows;
	uint32_t n = distribution_rows(d, &rows);
	struct exported x;

	begin(&x, form, table);
	assert_int_equal(export_distributions(&x.cells, table, rows, n, &x.tasks), 0);
	end(&x);
	expect_golden(&x.text, golden);
	distribution_free(d);
}

static void distributions_are_tidy_buckets_and_totals(void **state)
{
	export_distribution(EXPORT_CSV, EXPORT_HISTOGRAMS, DISTRIBUTION_BY_CPU_TASK,
			    "export-histograms.csv");
	export_distribution(EXPORT_NDJSON, EXPORT_TOTALS, DISTRIBUTION_ALL, "export-totals.ndjson");
}

/* A table of texts alone, a row. */
static void write_texts(enum export_form form, const char *const *texts, uint32_t n,
			const char *expected)
{
	static const char *const columns[] = { "a", "b", "c", "d", "e", "f" };
	struct export_cells cells;
	struct text text;

	text_open(&text, false);
	assert_int_equal(export_open(&cells, text.out.file, form, columns, n), 0);
	for (uint32_t i = 0; i < n; i++)
		export_text(&cells, texts[i]);
	assert_int_equal(export_end_row(&cells), 0);
	assert_int_equal(export_close(&cells), 0);
	expect_text(&text, expected);
}

static void names_from_outside_break_no_row(void **state)
{
	static const char *const names[] = {
		"a,b",	    "say \"hi\"", "two\r\nlines\t", "gr\xc3\xbc\xc3\x9f",
		"half\xc3", "back\\slash"
	};

	write_texts(
		EXPORT_CSV, names, 6,
		"a,b,c,d,e,f\n"
		"\"a,b\",\"say \"\"hi\"\"\",two??lines?,gr\xc3\xbc\xc3\x9f,half?,back\\slash\n");
	write_texts(EXPORT_NDJSON, names, 6,
		    "{\"a\":\"a,b\",\"b\":\"say \\\"hi\\\"\",\"c\":\"two??lines?\","
		    "\"d\":\"gr\xc3\xbc\xc3\x9f\",\"e\":\"half?\",\"f\":\"back\\\\slash\"}\n");
}

static void an_empty_name_is_not_an_unknown_one(void **state)
{
	static const char *const names[] = { "", NULL };

	write_texts(EXPORT_CSV, names, 2, "a,b\n\"\",\n");
	write_texts(EXPORT_NDJSON, names, 2, "{\"a\":\"\",\"b\":null}\n");
}

static void numbers_are_exact_up_to_what_readers_take(void **state)
{
	static const uint64_t numbers[] = { 0, 9, 10, 99, 100, 12345, INT64_MAX, UINT64_MAX };
	static const char *const columns[] = { "n" };
	struct export_cells cells;
	struct text text;

	text_open(&text, false);
	assert_int_equal(export_open(&cells, text.out.file, EXPORT_CSV, columns, 1), 0);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		export_u64(&cells, numbers[i]);
		export_end_row(&cells);
	}
	assert_int_equal(export_close(&cells), 0);
	expect_text(&text, "n\n0\n9\n10\n99\n100\n12345\n9223372036854775807\n"
			   "9223372036854775807\n");
}

static void a_table_without_rows_is_whole(void **state)
{
	static const char *const columns[] = { "n" }, *const expected[] = { "n\n", "", "[]" };

	for (enum export_form form = 0; form < EXPORT_FORMS; form++) {
		struct export_cells cells;
		struct text text;

		text_open(&text, false);
		assert_int_equal(export_open(&cells, text.out.file, form, columns, 1), 0);
		assert_int_equal(export_close(&cells), 0);
		expect_text(&text, expected[form]);
	}
}

static void more_than_a_buffer_comes_out_whole(void **state)
{
	static const char *const columns[] = { "number", "text" };
	char name[300], *p;
	struct export_cells cells;
	struct text text;
	uint64_t n = 0;

	memset(name, '"', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	text_open(&text, false);
	assert_int_equal(export_open(&cells, text.out.file, EXPORT_CSV, columns, 2), 0);
	for (uint64_t i = 0; i < 5000; i++) {
		export_u64(&cells, i);
		export_text(&cells, name);
		assert_int_equal(export_end_row(&cells), 0);
	}
	assert_int_equal(export_close(&cells), 0);
	fclose(text.out.file);
	p = strchr(text.text, '\n') + 1;
	for (; *p; p = strchr(p, '\n') + 1, n++)
		assert_int_equal(strtoull(p, NULL, 10), n);
	assert_int_equal(n, 5000);
	free(text.text);
}

static void a_full_disk_is_told(void **state)
{
	static const char *const columns[] = { "n" };
	FILE *full = fopen("/dev/full", "w");
	struct export_cells cells;

	if (!full)
		skip();
	setvbuf(full, NULL, _IONBF, 0);
	assert_int_equal(export_open(&cells, full, EXPORT_CSV, columns, 1), 0);
	export_u64(&cells, 1);
	export_end_row(&cells);
	assert_true(export_close(&cells) < 0);
	fclose(full);
}

/* Times that no clock has, CPUs and tasks that no machine has: rows all the same, and no time made
 * up. */
static void absurd_slices_are_rows_too(void **state)
{
	static const struct event absurd[] = {
		SLICE(UINT32_MAX - 1, 65534, 20, 10),
		{ .type = EVENT_SLICE,
		  .time_ns = UINT64_MAX,
		  .cpu = CPU_UNKNOWN,
		  .slice = { .start_ns = UINT64_MAX - 5,
			     .task = TASK_UNKNOWN,
			     .waker = UINT32_MAX - 2,
			     .kind = 255,
			     .context = 255,
			     .waking_ns = UINT64_MAX,
			     .prev_cpu = 65000,
			     .chosen_cpu = 65534,
			     .waker_cpu = 3,
			     .placed = UINT16_MAX,
			     .flags = UINT16_MAX } },
	};
	struct exported x;

	begin(&x, EXPORT_CSV, EXPORT_SLICES);
	x.view.realtime_offset_ns = INT64_MAX;
	for (size_t i = 0; i < ARRAY_SIZE(absurd); i++)
		add(&x, EXPORT_SLICES, &absurd[i]);
	end(&x);
	expect_golden(&x.text, "export-absurd.csv");
}

static void hdr_is_laid_out_as_its_plotters_read_it(void **state)
{
	struct histogram h = {};
	struct text text;

	for (int i = 0; i < 8; i++)
		assert_int_equal(histogram_add(&h, 1000), 0);
	assert_int_equal(histogram_add(&h, 5000), 0);
	assert_int_equal(histogram_add(&h, 1234567), 0);
	text_open(&text, false);
	assert_int_equal(export_hdr(text.out.file, &h), 0);
	expect_golden(&text, "export.hgrm");
	histogram_free(&h);
}

static void an_empty_histogram_is_refused_not_zero(void **state)
{
	struct histogram h = {};
	struct text text;

	text_open(&text, false);
	assert_int_equal(export_hdr(text.out.file, &h), -22);
	expect_text(&text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slices_have_a_row_each_and_empty_cells_for_what_is_not_known),
		cmocka_unit_test(wakeups_have_a_row_each_also_where_the_task_still_waits),
		cmocka_unit_test(distributions_are_tidy_buckets_and_totals),
		cmocka_unit_test(names_from_outside_break_no_row),
		cmocka_unit_test(an_empty_name_is_not_an_unknown_one),
		cmocka_unit_test(numbers_are_exact_up_to_what_readers_take),
		cmocka_unit_test(a_table_without_rows_is_whole),
		cmocka_unit_test(more_than_a_buffer_comes_out_whole),
		cmocka_unit_test(a_full_disk_is_told),
		cmocka_unit_test(absurd_slices_are_rows_too),
		cmocka_unit_test(hdr_is_laid_out_as_its_plotters_read_it),
		cmocka_unit_test(an_empty_histogram_is_refused_not_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
