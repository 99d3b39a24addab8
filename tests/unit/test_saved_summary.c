// SPDX-License-Identifier: GPL-2.0-only
/* Summaries that come back from their JSON: exactly, or not at all. */
#include "unit/summing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/saved_summary.h"
#include "unit/saved_stage.h"

static void assert_spreads_equal(const struct summary_spread *a, const struct summary_spread *b)
{
	static const double percentiles[] = { 1, 25, 50, 90, 99, 99.9, 99.99, 100 };

	assert_true(a->ns.count == b->ns.count && a->ns.sum_ns == b->ns.sum_ns);
	assert_true(a->ns.min_ns == b->ns.min_ns && a->ns.max_ns == b->ns.max_ns);
	for (unsigned int i = 0; i < LOGLIN_BUCKETS; i++)
		assert_true(histogram_bucket_count(&a->ns, i) == histogram_bucket_count(&b->ns, i));
	for (size_t i = 0; i < COUNT_OF(percentiles); i++)
		assert_true(histogram_percentile_ns(&a->ns, percentiles[i]) ==
			    histogram_percentile_ns(&b->ns, percentiles[i]));
	assert_true(a->max_at_ns == b->max_at_ns);
	assert_int_equal(a->max_cpu, b->max_cpu);
	assert_int_equal(a->max_task, b->max_task);
}

static void assert_rows_equal(const struct summary_row *a, const struct summary_row *b)
{
	assert_int_equal(a->task, b->task);
	assert_int_equal(a->cpu, b->cpu);
	assert_int_equal(a->exited, b->exited);
	assert_true(a->slices == b->slices && a->run_total_ns == b->run_total_ns);
	assert_true(a->voluntary == b->voluntary && a->involuntary == b->involuntary);
	assert_true(a->wakeups == b->wakeups && a->spare_wakes == b->spare_wakes);
	assert_true(a->migrations == b->migrations && a->moves == b->moves);
	assert_true(a->gaps == b->gaps && a->cut_slices == b->cut_slices);
	assert_true(a->gap_max_ns == b->gap_max_ns);
	assert_true(a->unknown_delays == b->unknown_delays);
	assert_true(a->cut_waits == b->cut_waits && a->cut_wait_max_ns == b->cut_wait_max_ns);
	assert_true(a->idle_ns == b->idle_ns);
	assert_spreads_equal(&a->run, &b->run);
	assert_spreads_equal(&a->wake_delay, &b->wake_delay);
	assert_spreads_equal(&a->preempt_delay, &b->preempt_delay);
}

static void assert_summaries_equal(const struct summary *a, const struct summary *b)
{
	const struct summary_row *const *rows;
	uint32_t n = summary_rows(a, &rows);

	assert_int_equal(row_count(b), n);
	for (uint32_t i = 0; i < n; i++) {
		const struct summary_row *other = summary_find(b, rows[i]->task, rows[i]->cpu);

		assert_non_null(other);
		assert_rows_equal(rows[i], other);
	}
}

static void assert_comes_back(unsigned int seed)
{
	struct saved_summary saved, again;
	struct stage stage;
	char *first, *second, *third;

	stage_init(&stage, seed);
	first = stage_json(&stage);
	assert_int_equal(stage_parse(&saved, first), 0);
	/* The stage numbers its tasks in the order in which they are written, as the reader does.
	 */
	assert_summaries_equal(stage.by_task, saved.by_task);
	assert_summaries_equal(stage.by_cpu, saved.by_cpu);
	assert_summaries_equal(stage.by_task_cpu, saved.by_task_cpu);
	for (uint32_t id = 0; id <= STAGE_TASKS; id++) {
		const struct task_identity *a = task_table_get(&stage.tasks, id);
		const struct task_identity *b = task_table_get(&saved.tasks, id);

		assert_string_equal(a->comm, b->comm);
		assert_true(a->task == b->task && a->tid == b->tid && a->pid == b->pid);
	}
	second = saved_json(&saved);
	assert_string_equal(first, second);
	assert_int_equal(stage_parse(&again, second), 0);
	third = saved_json(&again);
	assert_string_equal(second, third);
	free(first);
	free(second);
	free(third);
	saved_summary_free(&saved);
	saved_summary_free(&again);
	stage_free(&stage);
}

static void random_summaries_come_back_with_every_field_and_byte(void **state)
{
	for (unsigned int seed = 1; seed <= 12; seed++)
		assert_comes_back(seed);
}

static void the_head_comes_back(void **state)
{
	struct saved_summary saved;
	struct stage stage;
	char *json;

	stage_init(&stage, 1);
	json = stage_json(&stage);
	assert_int_equal(stage_parse(&saved, json), 0);
	assert_true(saved.meta.start_ns == stage.meta.start_ns);
	assert_true(saved.meta.end_ns == stage.meta.end_ns);
	assert_true(saved.meta.realtime_offset_ns == stage.meta.realtime_offset_ns);
	assert_true(hwloc_bitmap_isequal(saved.meta.target_cpus, stage.meta.target_cpus));
	assert_true(saved.meta.all_cpus);
	assert_null(saved.meta.task_filter);
	assert_string_equal(saved.meta.command, stage.meta.command);
	assert_string_equal(saved.meta.rests_on, stage.meta.rests_on);
	assert_false(saved.meta.incomplete);
	assert_true(trace_meta_lost(&saved.meta) == trace_meta_lost(&stage.meta));
	assert_true(trace_meta_lost(&saved.meta) > 0);
	assert_int_equal(saved.meta.cpus[2].lost[LOST_SLICE], 41);
	assert_true(saved.losses.cpus[2].first_ns == stage.losses.cpus[2].first_ns);
	assert_int_equal(losses_total(&saved.losses), losses_total(&stage.losses));
	assert_true(saved.losses.all.offline_ns == stage.losses.all.offline_ns);
	assert_true(saved.has_host);
	assert_string_equal(saved.kernel, "6.6.0-72");
	assert_string_equal(saved.host.hostname, "vmhost-7");
	assert_true(hwloc_bitmap_isequal(saved.host.isolated, stage.host.isolated));
	assert_null(saved.host.nohz_full);
	assert_false(saved.damaged || saved.filtered || saved.rows_left_out);
	free(json);
	saved_summary_free(&saved);
	stage_free(&stage);
}

static void what_is_not_known_stays_unknown(void **state)
{
	struct saved_summary saved;
	struct stage stage;
	char *json, *again;

	stage_init(&stage, 2);
	stage.has_host = false;
	stage.meta.incomplete = true;
	stage.meta.end_ns = 0;
	stage.meta.realtime_offset_ns = 0;
	stage.damage = "cut after 41 chunks";
	json = stage_json(&stage);
	assert_int_equal(stage_parse(&saved, json), 0);
	assert_false(saved.has_host);
	assert_null(saved.kernel);
	assert_true(saved.meta.incomplete);
	assert_true(saved.meta.end_ns == 0);
	assert_true(saved.damaged);
	assert_string_equal(saved.damage, "cut after 41 chunks");
	again = saved_json(&saved);
	assert_string_equal(json, again);
	free(json);
	free(again);
	saved_summary_free(&saved);
	stage_free(&stage);
}

static void a_filter_narrows_what_the_rows_are_of(void **state)
{
	struct saved_summary saved;
	struct trace_meta window;
	struct stage stage;
	char *json;

	stage_init(&stage, 3);
	stage.scope.cpus = hwloc_bitmap_alloc();
	hwloc_bitmap_only(stage.scope.cpus, 1);
	stage.scope.tasks = strdup("ksmd,pid 510");
	stage.scope.from_ns = stage.meta.start_ns + 1000;
	window = stage.meta;
	window.start_ns = stage.scope.from_ns;
	stage.window = &window;
	json = stage_json(&stage);
	assert_int_equal(stage_parse(&saved, json), 0);
	assert_true(saved.filtered);
	assert_false(saved.rows_left_out);
	assert_true(saved.meta.start_ns == window.start_ns);
	assert_true(saved.meta.end_ns == window.end_ns);
	assert_false(saved.meta.all_cpus);
	assert_int_equal(hwloc_bitmap_weight(saved.meta.target_cpus), 1);
	assert_string_equal(saved.meta.task_filter, "ksmd,pid 510");
	assert_string_equal(saved.scope.tasks, "ksmd,pid 510");
	assert_true(saved.scope.from_ns == stage.scope.from_ns && !saved.scope.to_ns);
	free(json);
	saved_summary_free(&saved);
	stage_free(&stage);
}

static void rows_that_were_left_out_are_told(void **state)
{
	struct saved_summary saved;
	struct stage stage;
	char *json;

	stage_init(&stage, 4);
	stage.scope.rows_left_out[SUMMARY_BY_CPU] = 7;
	json = stage_json(&stage);
	assert_int_equal(stage_parse(&saved, json), 0);
	assert_true(saved.rows_left_out);
	assert_false(saved.filtered);
	assert_int_equal(saved.scope.rows_left_out[SUMMARY_BY_CPU], 7);
	assert_int_equal(saved.scope.rows_left_out[SUMMARY_BY_TASK], 0);
	free(json);
	saved_summary_free(&saved);
	stage_free(&stage);
}

static void a_summary_may_have_one_table(void **state)
{
	struct saved_summary saved;

	assert_int_equal(stage_parse(&saved, BY_HAND(ROW)), 0);
	assert_non_null(saved.by_task);
	assert_null(saved.by_cpu);
	assert_null(saved.by_task_cpu);
	assert_string_equal(task_table_get(&saved.tasks, 1)->comm, "ksmd");
	assert_int_equal(row(saved.by_task, 1, CPU_UNKNOWN)->run.ns.max_ns, 130);
	saved_summary_free(&saved);
}

static void ids_are_ours_however_absurd_they_were(void **state)
{
	struct saved_summary saved;
	char *json = replaced(BY_HAND(ROW), "\"id\":5,", "\"id\":4294967294,", 2);

	assert_int_equal(stage_parse(&saved, json), 0);
	assert_int_equal(task_table_get(&saved.tasks, 1)->tid, 510);
	assert_int_equal(row(saved.by_task, 1, CPU_UNKNOWN)->run.max_task, 1);
	assert_true(saved.tasks.count < 10);
	free(json);
	saved_summary_free(&saved);
}

static void a_task_without_identity_stays_so(void **state)
{
	struct saved_summary saved;
	char *json = replaced(BY_HAND(ROW), "\"tid\":510,\"pid\":510,\"comm\":\"ksmd\"",
			      "\"tid\":null,\"pid\":null,\"comm\":null", 2);

	assert_int_equal(stage_parse(&saved, json), 0);
	assert_int_equal(task_table_get(&saved.tasks, 1)->task, TASK_UNKNOWN);
	assert_int_equal(row_count(saved.by_task), 1);
	free(json);
	saved_summary_free(&saved);
}

/* Each: what of the text by hand is replaced by what, and what is then told. */
static const struct {
	const char *from, *to, *why;
} refusals[] = {
	/* The document. */
	{ "\"summary\":{", "\"summery\":{", "interloper summary --json makes it" },
	{ "\"tasks\":[", "\"tsaks\":[", "no table" },
	{ "\"tasks\":[", "\"tasks\":5,\"x\":[", "tasks is not an array" },
	{ "\"tasks\":[", "\"tasks\":[7,", "tasks[0]: not an object" },
	{ "\"losses\":{", "\"loses\":{", "losses is not an object" },
	{ "\"trace\":{", "\"trace\":[],\"x\":{", "trace is not an object" },
	{ "\"host\":null", "\"host\":{\"hostname\":1}", "host: hostname is not text" },
	{ "\"cpus\":\"0-3\"", "\"cpus\":\"0-9999\"", "trace: cpus is not a list of CPUs" },
	{ "\"cpus\":\"0-3\"", "\"cpus\":null", "trace: cpus is missing" },
	{ "\"all_cpus\":true", "\"all_cpus\":1", "trace: all_cpus is neither" },
	{ "\"incomplete\":false", "\"incomplete\":null", "trace: incomplete is neither" },
	{ "\"start_ns\":100,\"end_ns\":900,\"filter\"",
	  "\"start_ns\":901,\"end_ns\":900,\"filter\"", "summary: end_ns is before start_ns" },
	{ "\"filter\":null", "\"filter\":{\"cpus\":\"x\"}", "summary: cpus is not a list" },
	{ "\"rows_left_out\":{\"tasks\":0", "\"rows_left_out\":{\"tasks\":-1", "summary: tasks" },
	{ "\"rows_left_out\":{\"tasks\":0", "\"rows_left_out\":{\"tasks\":99999999999",
	  "rows_left_out does not fit" },
	/* Losses. */
	{ "\"total\":3", "\"total\":4", "losses: total is not the sum" },
	{ "\"cpu\":2,\"slices\":3", "\"cpu\":8192,\"slices\":3", "losses: cpus[0]: cpu is not" },
	{ "\"cpu\":2,\"slices\":3", "\"slices\":3", "losses: cpus[0]: cpu is missing" },
	{ "\"cpu\":2,\"slices\":3", "\"cpu\":2,\"slices\":9223372036854775808",
	  "line 1: too big integer" },
	{ "\"tasks\":0,\"moves\":0,\"choices\":0,\"states\":0,\"bursts\":1",
	  "\"tasks\":9223372036854775807,\"moves\":9223372036854775807,\"choices\":0,\"states\":0,"
	  "\"bursts\":1",
	  "losses: cpus[0]: the counts do not fit when added" },
	{ "\"slices_made\":10", "\"slices_made\":3", "losses: slices_made are fewer" },
	/* A row's key. */
	{ "\"cpu\":null,\"slices\"", "\"cpu\":3,\"slices\"", "tasks[0]: a row by task has a CPU" },
	{ "{\"task\":{\"id\":5,\"tid\":510,\"pid\":510,\"comm\":\"ksmd\"}", "{\"task\":null",
	  "tasks[0]: task is missing" },
	{ "\"tasks\":[{", "\"cpus\":[{", "cpus[0]: a row by CPU has a task" },
	{ "\"tasks\":[{", "\"tasks_by_cpu\":[{", "tasks_by_cpu[0]: cpu is missing" },
	{ "\"id\":5,", "\"id\":4294967295,", "tasks[0]: task: no task has the id 4294967295" },
	{ "\"id\":5,", "\"id\":-1,", "tasks[0]: id is not a number" },
	{ "\"id\":5,", "", "tasks[0]: id is missing" },
	{ "\"comm\":\"ksmd\"", "\"comm\":\"ksmd-ksmd-ksmd-k\"", "comm is not a task's name" },
	{ "\"comm\":\"ksmd\"", "\"comm\":\"other\"", "tasks[0]: run: task 5 is two different" },
	{ "\"tid\":510,", "\"tid\":null,", "a task without tid has pid or comm" },
	{ "\"tid\":510,", "\"tid\":4294967296,", "tid is not a number" },
	/* Its numbers. */
	{ "\"slices\":5,", "\"slices\":\"5\",", "tasks[0]: slices is not a number" },
	{ "\"slices\":5,", "\"slices\":-5,", "tasks[0]: slices is not a number" },
	{ "\"slices\":5,", "\"slices\":5.0,", "tasks[0]: slices is not a number" },
	{ "\"slices\":5,", "", "tasks[0]: slices is missing" },
	{ "\"slices\":5,", "\"slices\":6,", "slices are not those of run, gaps and cut_slices" },
	{ "\"gaps\":1,\"cut_slices\":1,",
	  "\"gaps\":9223372036854775807,\"cut_slices\":9223372036854775807,",
	  "slices are not those of run" },
	{ "\"unknown_delays\":4", "\"unknown_delays\":5", "slices are not those with a delay" },
	{ "\"run_total_ns\":300", "\"run_total_ns\":261", "run_total_ns is less than" },
	{ "\"spare_wakeups\":0", "\"spare_wakeups\":2", "spare_wakeups are more than wakeups" },
	{ "\"waiting\":{\"count\":0", "\"waiting\":{\"count\":null", "count is not a number" },
	{ "\"exited\":false", "\"exited\":null", "tasks[0]: exited is neither" },
	/* A distribution. */
	{ "\"run\":{", "\"ran\":{", "tasks[0]: run is not an object" },
	{ "\"buckets\":[[64", "\"bucket\":[[64", "tasks[0]: run: buckets is not an array" },
	{ "[128,1]", "[129,1]", "tasks[0]: run: buckets: none begins at 129 ns" },
	{ "[128,1]", "[128]", "no pair of a time and a count" },
	{ "[128,1]", "[128,1,1]", "no pair of a time and a count" },
	{ "[128,1]", "[128,0]", "no pair of a time and a count" },
	{ "[128,1]", "[128,-1]", "no pair of a time and a count" },
	{ "[128,1]", "[-128,1]", "no pair of a time and a count" },
	{ "[128,1]", "[128,1.5]", "no pair of a time and a count" },
	{ "[128,1]", "128", "no pair of a time and a count" },
	{ "[128,1]", "[128,1],[128,1]", "buckets are not in rising order" },
	{ "[[64,2],[128,1]]", "[[128,1],[64,2]]", "buckets are not in rising order" },
	{ "[128,1]", "[128,2]", "run: count is 3, but buckets have 4" },
	{ "[[64,2],[128,1]]",
	  "[[64,9223372036854775807],[68,9223372036854775807],[72,9223372036854775807]]",
	  "their counts do not fit when added" },
	{ "\"min_ns\":66", "\"min_ns\":70", "not in the first and the last" },
	{ "\"min_ns\":66", "\"min_ns\":63", "not in the first and the last" },
	{ "\"min_ns\":66", "\"min_ns\":null", "min_ns is not a number" },
	{ "\"min_ns\":66", "\"x\":66", "min_ns is missing" },
	{ "\"max_ns\":130", "\"max_ns\":136", "not in the first and the last" },
	{ "\"max_ns\":130", "\"max_ns\":127", "not in the first and the last" },
	/* 66 and 130 are values; the third is from 66 to 67. */
	{ "\"total_ns\":262", "\"total_ns\":261", "total_ns cannot be the sum" },
	{ "\"total_ns\":262", "\"total_ns\":264", "total_ns cannot be the sum" },
	{ "\"max_at_ns\":150", "\"max_at_ns\":null", "max_at_ns is not a number" },
	{ "\"max_cpu\":3", "\"max_cpu\":8192", "tasks[0]: run: max_cpu is not a number" },
	{ "\"count\":0,\"total_ns\":0", "\"count\":0,\"total_ns\":1",
	  "wake_delay: total_ns is of no values" },
	{ "\"count\":0,\"total_ns\":0", "\"count\":1,\"total_ns\":0",
	  "wake_delay: count is 1, but buckets have 0" },
};

static void what_cannot_be_is_refused_in_a_line_that_names_it(void **state)
{
	const char *json = BY_HAND(ROW);

	for (size_t i = 0; i < COUNT_OF(refusals); i++) {
		char *wrong = replaced(json, refusals[i].from, refusals[i].to, 1);
		struct saved_summary saved;
		char why[200] = "";

		if (saved_summary_parse(&saved, wrong, strlen(wrong), why, sizeof(why)) != -EINVAL)
			fail_msg("taken: %s", refusals[i].to);
		if (!strstr(why, refusals[i].why) || strchr(why, '\n'))
			fail_msg("%s: \"%s\" without \"%s\"", refusals[i].to, why, refusals[i].why);
		assert_null(saved.by_task);
		free(wrong);
	}
}

static void both_sums_at_the_edge_are_possible(void **state)
{
	char *json = replaced(BY_HAND(ROW), "\"total_ns\":262", "\"total_ns\":263", 1);
	struct saved_summary saved;

	assert_int_equal(stage_parse(&saved, json), 0);
	saved_summary_free(&saved);
	free(json);
}

static void a_row_that_is_there_twice_is_refused(void **state)
{
	struct saved_summary saved;
	char why[200];
	const char *json = BY_HAND(ROW "," ROW);

	assert_int_equal(saved_summary_parse(&saved, json, strlen(json), why, sizeof(why)),
			 -EINVAL);
	assert_string_equal(why, "tasks[1]: the same as a row before");
}

static void a_key_that_is_there_twice_is_refused(void **state)
{
	char *json = replaced(BY_HAND(ROW), "\"gaps\":1,", "\"gaps\":1,\"gaps\":1,", 1);
	struct saved_summary saved;
	char why[200];

	assert_int_equal(saved_summary_parse(&saved, json, strlen(json), why, sizeof(why)),
			 -EINVAL);
	assert_non_null(strstr(why, "duplicate"));
	free(json);
}

static void text_cut_anywhere_is_refused(void **state)
{
	const char *json = BY_HAND(ROW);
	struct saved_summary saved;
	char why[200];

	for (size_t length = 0; length < strlen(json); length++) {
		*why = '\0';
		assert_int_equal(saved_summary_parse(&saved, json, length, why, sizeof(why)),
				 -EINVAL);
		assert_true(*why);
	}
}

static void the_first_bytes_tell_json_from_a_trace(void **state)
{
	assert_true(saved_summary_looks_so("{", 1));
	assert_true(saved_summary_looks_so("\n \t{\"host\"", 10));
	assert_false(saved_summary_looks_so("", 0));
	assert_false(saved_summary_looks_so("   ", 3));
	assert_false(saved_summary_looks_so("  {", 2));
	assert_false(saved_summary_looks_so("\0{", 2));
	assert_false(saved_summary_looks_so("ILT", 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_summaries_come_back_with_every_field_and_byte),
		cmocka_unit_test(the_head_comes_back),
		cmocka_unit_test(what_is_not_known_stays_unknown),
		cmocka_unit_test(a_filter_narrows_what_the_rows_are_of),
		cmocka_unit_test(rows_that_were_left_out_are_told),
		cmocka_unit_test(a_summary_may_have_one_table),
		cmocka_unit_test(ids_are_ours_however_absurd_they_were),
		cmocka_unit_test(a_task_without_identity_stays_so),
		cmocka_unit_test(what_cannot_be_is_refused_in_a_line_that_names_it),
		cmocka_unit_test(both_sums_at_the_edge_are_possible),
		cmocka_unit_test(a_row_that_is_there_twice_is_refused),
		cmocka_unit_test(a_key_that_is_there_twice_is_refused),
		cmocka_unit_test(text_cut_anywhere_is_refused),
		cmocka_unit_test(the_first_bytes_tell_json_from_a_trace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
