// SPDX-License-Identifier: GPL-2.0-only
/* Merged summaries as text and JSON, byte by byte. */
#include "unit/printing.h"

#include "output/json.h"
#include "output/report_merge.h"

/* A file of one task, with three waits. */
static void make_file(struct saved_summary *file, const char *host, const char *comm,
		      uint64_t longest_ns)
{
	struct task_identity identity = { .task = 1, .tid = 812, .pid = 800 };
	struct summary_row row = { .task = 1,
				   .cpu = CPU_UNKNOWN,
				   .slices = 3,
				   .run_total_ns = 3000000,
				   .voluntary = 3,
				   .wakeups = 3 };

	memset(file, 0, sizeof(*file));
	story_meta(&file->meta);
	assert_int_equal(task_table_init(&file->tasks), 0);
	strcpy(identity.comm, comm);
	assert_int_equal(task_table_put(&file->tasks, &identity), 0);
	for (uint64_t i = 0; i < 3; i++) {
		assert_int_equal(histogram_add(&row.run.ns, 1000000), 0);
		assert_int_equal(histogram_add(&row.wake_delay.ns, longest_ns >> i), 0);
	}
	row.run.max_at_ns = AT(100);
	row.wake_delay.max_at_ns = AT(300);
	row.run.max_cpu = row.wake_delay.max_cpu = 43;
	row.run.max_task = row.wake_delay.max_task = row.task;
	row.unknown_delays = 0;
	file->by_task = summary_new(SUMMARY_BY_TASK);
	assert_int_equal(summary_put(file->by_task, &row), 0);
	histogram_free(&row.run.ns);
	histogram_free(&row.wake_delay.ns);
	file->has_host = host != NULL;
	if (host) {
		file->host.hostname = strdup(host);
		file->host.kernel_release = strdup("6.6.0-72");
		file->kernel = file->host.kernel_release;
	}
}

static void make_fleet(struct saved_summary *merged)
{
	struct merge *merge = merge_new(SUMMARY_BY_TASK, true);
	static const char *const names[] = { "a/run.ilt", "b/run.ilt", "c.json" };
	struct saved_summary files[3];
	char why[256] = "";

	make_file(&files[0], "vmhost-2", "web-1", 8000000);
	make_file(&files[1], "vmhost-1", "web-2", 12000000);
	make_file(&files[2], NULL, "ksmd", 400);
	files[0].meta.cpus[7].lost[LOST_SLICE] = 1234;
	files[1].damage = strdup("cut after 41 chunks");
	files[2].meta.incomplete = true;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(merge_add(merge, &files[i], names[i], why, sizeof(why)), 0);
		saved_summary_free(&files[i]);
	}
	assert_int_equal(merge_finish(merge, merged, why, sizeof(why)), 0);
	merge_free(merge);
}

static void prepare(struct merge_report *report, struct saved_summary *merged,
		    struct summary **total)
{
	make_fleet(merged);
	assert_int_equal(merge_total(merged, total), 0);
	*report = (struct merge_report){ .merged = merged, .total = *total };
	report->count = summary_rows(merged->by_task, &report->rows);
}

static void merged_summary_as_text(void **state)
{
	struct saved_summary merged;
	struct merge_report report;
	struct summary *total;
	struct text text;

	prepare(&report, &merged, &total);
	text_open(&text, false);
	report_merge(&text.out, &report, 0, false);
	expect_golden(&text, "merge.txt");
	summary_free(total);
	saved_summary_free(&merged);
}

static void merged_summary_as_json(void **state)
{
	struct saved_summary merged;
	struct merge_report report;
	struct summary *total;
	struct text text;
	json_t *object;

	prepare(&report, &merged, &total);
	text_open(&text, false);
	object = report_merge_json(&report);
	assert_non_null(object);
	assert_int_equal(json_print(text.out.file, object), 0);
	fputc('\n', text.out.file);
	json_decref(object);
	expect_golden(&text, "merge.json");
	summary_free(total);
	saved_summary_free(&merged);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(merged_summary_as_text),
		cmocka_unit_test(merged_summary_as_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
