// SPDX-License-Identifier: GPL-2.0-only
/* `export` as a whole, of a trace in which something is missing: what it tells of that, and where.
 */
#include "unit/printing.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "commands/commands.h"
#include "trace/writer.h"

struct folder {
	char path[64], trace[96], out[96], errors[96];
};

static void write_trace(const char *path)
{
	struct trace_writer *writer;
	struct trace_meta meta;

	story_meta(&meta);
	assert_int_equal(trace_writer_open(&writer, path, &meta, 0), 0);
	for (size_t i = 0; i < ARRAY_SIZE(story_tasks); i++) {
		const struct event e = { .type = EVENT_TASK,
					 .time_ns = AT(0),
					 .identity = story_tasks[i] };

		assert_int_equal(trace_writer_add(writer, &e, 1), 0);
	}
	assert_int_equal(trace_writer_add(writer, story, ARRAY_SIZE(story)), 0);
	meta.cpus[1].lost[LOST_SLICE] = 1234;
	assert_int_equal(trace_writer_close(writer, &meta), 0);
	trace_meta_free(&meta);
}

static int set_up(void **state)
{
	struct folder *folder = *state = calloc(1, sizeof(*folder));

	strcpy(folder->path, "/tmp/interloper-export-XXXXXX");
	if (!mkdtemp(folder->path))
		return -1;
	snprintf(folder->trace, sizeof(folder->trace), "%s/t.ilt", folder->path);
	snprintf(folder->out, sizeof(folder->out), "%s/out", folder->path);
	snprintf(folder->errors, sizeof(folder->errors), "%s/errors", folder->path);
	write_trace(folder->trace);
	return 0;
}

static int tear_down(void **state)
{
	struct folder *folder = *state;

	unlink(folder->trace);
	unlink(folder->out);
	unlink(folder->errors);
	rmdir(folder->path);
	free(folder);
	return 0;
}

/* Runs it with -o out; its errors, to be freed. */
static char *run(const struct folder *folder, int expected, const char *format, const char *table)
{
	char *argv[] = { "export",	"--format", (char *)format,	 "--table",
			 (char *)table, "-o",	    (char *)folder->out, (char *)folder->trace,
			 NULL };
	int saved = dup(STDERR_FILENO), result;

	fflush(stderr);
	assert_non_null(freopen(folder->errors, "w", stderr));
	result = command_export(8, argv);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	assert_int_equal(result, expected);
	return read_golden(folder->errors);
}

static void expect_errors(const struct folder *folder, const char *format, const char *table,
			  const char *missing)
{
	char expected[256], *errors = run(folder, EXIT_DONE, format, table);

	snprintf(expected, sizeof(expected), "interloper: %s: in no row: %s\n", folder->trace,
		 missing);
	assert_string_equal(errors, expected);
	free(errors);
}

static void a_table_that_lacks_something_says_so_in_one_line(void **state)
{
	const struct folder *folder = *state;

	expect_errors(folder, "csv", "slices",
		      "1,234 lost events, 1 task still waiting at the end");
	expect_errors(folder, "ndjson", "totals",
		      "1,234 lost events, 1 task still waiting at the end");
	expect_errors(folder, "hdr", "histograms",
		      "1,234 lost events, 1 task still waiting at the end");
	/* There the wait has a row. */
	expect_errors(folder, "csv", "wakeups", "1,234 lost events");
}

static void the_table_of_a_file_is_that_of_its_events(void **state)
{
	const struct folder *folder = *state;
	char *text;

	free(run(folder, EXIT_DONE, "csv", "slices"));
	text = read_golden(folder->out);
	compare_golden(text, "export-slices.csv");
	free(text);
}

static void json_tells_in_itself_what_is_missing(void **state)
{
	const struct folder *folder = *state;
	char *errors = run(folder, EXIT_DONE, "json", "slices");
	json_t *object = json_load_file(folder->out, 0, NULL);

	assert_string_equal(errors, "");
	assert_non_null(object);
	assert_int_equal(json_array_size(json_object_get(object, "slices")), 10);
	assert_int_equal(json_integer_value(json_object_get(object, "still_waiting")), 1);
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(object, "losses"), "total")),
		1234);
	json_decref(object);
	free(errors);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_table_that_lacks_something_says_so_in_one_line,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_table_of_a_file_is_that_of_its_events, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(json_tells_in_itself_what_is_missing, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
