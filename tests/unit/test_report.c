// SPDX-License-Identifier: GPL-2.0-only
/* Headers, summaries, distributions and JSON of a small story, read by eye once, then kept. */
#include "unit/printing.h"

#include "output/report.h"

struct report {
	struct task_table tasks;
	struct trace_meta meta;
	struct losses losses;
	struct host_snapshot host;
};

static void report_init(struct report *r)
{
	memset(r, 0, sizeof(*r));
	story_task_table(&r->tasks);
	story_meta(&r->meta);
	r->host.hostname = strdup("vmhost-7");
	r->host.kernel_release = strdup("6.6.0-72");
	r->host.machine = strdup("aarch64");
	r->host.online = hwloc_bitmap_alloc();
	hwloc_bitmap_set_range(r->host.online, 0, 95);
	r->host.isolated = hwloc_bitmap_alloc();
	hwloc_bitmap_set_range(r->host.isolated, 40, 95);
}

static void report_free(struct report *r)
{
	free(r->host.hostname);
	free(r->host.kernel_release);
	free(r->host.machine);
	hwloc_bitmap_free(r->host.online);
	hwloc_bitmap_free(r->host.isolated);
	losses_free(&r->losses);
	trace_meta_free(&r->meta);
	task_table_free(&r->tasks);
}

static void report_lose(struct report *r, uint16_t cpu, uint64_t first_us, uint64_t last_us,
			uint64_t count, uint8_t kind)
{
	const struct event e = { .type = EVENT_LOST,
				 .time_ns = AT(last_us),
				 .cpu = cpu,
				 .lost = {
					 .first_ns = AT(first_us), .count = count, .kind = kind } };

	assert_int_equal(losses_add(&r->losses, &e), 0);
	r->meta.cpus[cpu].lost[kind] += count;
}

static void print_header(const struct report *r, const char *damage, bool colour,
			 const char *golden)
{
	struct text text;

	text_open(&text, colour);
	report_header(&text.out, &r->meta, &r->host, &r->losses, damage);
	expect_golden(&text, golden);
}

static void compare_json(json_t *json, const char *golden)
{
	char *text, *line;

	assert_non_null(json);
	text = json_dumps(json, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
	assert_non_null(text);
	assert_true(asprintf(&line, "%s\n", text) > 0);
	compare_golden(line, golden);
	free(line);
	free(text);
	json_decref(json);
}

static void a_header_says_explicitly_that_nothing_was_lost(void **state)
{
	struct report r;

	(void)state;
	report_init(&r);
	print_header(&r, NULL, false, "header.txt");
	compare_json(report_header_json(&r.meta, &r.host, &r.losses, NULL), "header.json");
	report_free(&r);
}

static void losses_are_told_by_cpu_kind_and_time_worst_first(void **state)
{
	struct report r;

	(void)state;
	report_init(&r);
	r.meta.all_cpus = false;
	hwloc_bitmap_only(r.meta.target_cpus, 43);
	r.meta.task_filter = strdup("ksmd,pid 510");
	report_lose(&r, 3, 100, 200, 10, LOST_SLICE);
	report_lose(&r, 43, 150, 400, 1234, LOST_SLICE);
	report_lose(&r, 43, 500, 600, 1, LOST_TASK);
	report_lose(&r, 7, 100, 200, 10, LOST_MOVE);
	report_lose(&r, 7, 150, 250, 3, LOST_CHOICE);
	for (int cpu = 50; cpu < 60; cpu++)
		report_lose(&r, cpu, 300, 300, 1, LOST_SLICE);
	r.meta.cpus[3].state_lost = 2;
	r.meta.cpus[0].programs_skipped = 5;
	print_header(&r, NULL, false, "header-losses.txt");
	print_header(&r, NULL, true, "header-colour.txt");
	compare_json(report_header_json(&r.meta, &r.host, &r.losses, NULL), "header-losses.json");
	report_free(&r);
}

static void cpus_that_were_offline_are_told(void **state)
{
	struct report r;

	(void)state;
	report_init(&r);
	for (int cpu = 3; cpu < 8; cpu++) {
		const struct event e = { .type = EVENT_SLICE,
					 .time_ns = AT(2000 * cpu),
					 .cpu = cpu,
					 .slice = { .start_ns = AT(1000),
						    .flags = SLICE_GAP | SLICE_OFFLINE } };

		assert_int_equal(losses_add(&r.losses, &e), 0);
	}
	print_header(&r, NULL, false, "header-offline.txt");
	compare_json(report_header_json(&r.meta, &r.host, &r.losses, NULL), "header-offline.json");
	report_free(&r);
}

static void an_incomplete_trace_never_claims_that_nothing_was_lost(void **state)
{
	struct report r;

	(void)state;
	report_init(&r);
	r.meta.incomplete = true;
	r.meta.end_ns = 0;
	r.meta.realtime_offset_ns = 0;
	print_header(&r, "cut after 41 chunks at byte 123456: chunk header is short", false,
		     "header-incomplete.txt");
	compare_json(report_header_json(&r.meta, &r.host, &r.losses, "cut after 41 chunks"),
		     "header-incomplete.json");
	report_free(&r);
}

static void losses_the_recorder_could_not_count_come_from_the_stream(void **state)
{
	struct report r;

	(void)state;
	report_init(&r);
	report_lose(&r, 3, 100, 200, 10, LOST_SLICE);
	r.meta.cpus[3].lost[LOST_SLICE] = 0;
	r.meta.incomplete = true;
	print_header(&r, NULL, false, "header-stream-losses.txt");
	report_free(&r);
}

static void a_header_without_a_host_and_from_a_hostile_file_is_plain_text(void **state)
{
	struct text text;
	struct report r;

	(void)state;
	report_init(&r);
	free(r.meta.rests_on);
	r.meta.rests_on = strdup("\033]0;title\a\nlosses none");
	text_open(&text, false);
	report_header(&text.out, &r.meta, NULL, NULL, NULL);
	fclose(text.out.file);
	assert_non_null(strstr(text.text, "host        not known\n"));
	assert_non_null(strstr(text.text, "rests on    ?]0;title??losses none\n"));
	free(text.text);
	report_free(&r);
}

/* The story's summary, sorted, with the text it gives. */
static void print_summary(struct report *r, enum summary_by by, bool wide, uint32_t limit,
			  bool colour, const char *sort, const char *golden)
{
	const struct summary_row *const *rows;
	const struct summary_row **sorted;
	struct summary *s = summary_new(by);
	struct text text;
	uint32_t n;

	for (size_t i = 0; i < ARRAY_SIZE(story); i++)
		assert_int_equal(summary_add(s, &story[i]), 0);
	n = summary_rows(s, &rows);
	sorted = calloc(n, sizeof(*sorted));
	memcpy(sorted, rows, n * sizeof(*sorted));
	assert_int_equal(summary_sort(sorted, n, sort), 0);
	text_open(&text, colour);
	report_summary(&text.out, by, sorted, n, limit, &r->tasks, &r->meta, wide);
	expect_golden(&text, golden);
	if (!wide && !limit && !colour) {
		char *name;

		assert_true(asprintf(&name, "%.*s.json", (int)(strlen(golden) - 4), golden) > 0);
		compare_json(report_summary_json(by, sorted, n, &r->tasks, &r->meta), name);
		free(name);
	}
	free(sorted);
	summary_free(s);
}

static void a_summary_shows_who_ran_who_waited_and_where(void **state)
{
	struct report r;

	(void)state;
	report_init(&r);
	print_summary(&r, SUMMARY_BY_TASK, false, 0, false, "run", "summary-task.txt");
	print_summary(&r, SUMMARY_BY_CPU, false, 0, false, "cpu", "summary-cpu.txt");
	print_summary(&r, SUMMARY_BY_TASK_CPU, false, 0, false, "wake-max", "summary-task-cpu.txt");
	report_free(&r);
}

static void a_wide_summary_shows_everything(void **state)
{
	struct report r;

	(void)state;
	report_init(&r);
	print_summary(&r, SUMMARY_BY_TASK, true, 0, false, "run", "summary-task-wide.txt");
	print_summary(&r, SUMMARY_BY_CPU, true, 0, false, "cpu", "summary-cpu-wide.txt");
	report_free(&r);
}

static void a_limit_says_how_many_rows_it_left_out(void **state)
{
	struct report r;

	(void)state;
	report_init(&r);
	print_summary(&r, SUMMARY_BY_TASK, false, 2, true, "preempt-max", "summary-limit.txt");
	report_free(&r);
}

static void with_a_task_filter_idle_time_is_unknown(void **state)
{
	struct report r;

	(void)state;
	report_init(&r);
	r.meta.task_filter = strdup("ksmd");
	r.meta.end_ns = 0;
	print_summary(&r, SUMMARY_BY_CPU, false, 0, false, "cpu", "summary-cpu-filter.txt");
	report_free(&r);
}

static void an_empty_summary_says_so(void **state)
{
	struct report r;
	struct text text;
	json_t *json;

	(void)state;
	report_init(&r);
	text_open(&text, false);
	report_summary(&text.out, SUMMARY_BY_TASK, NULL, 0, 0, &r.tasks, &r.meta, false);
	expect_text(&text, "No slices.\n");
	json = report_summary_json(SUMMARY_BY_TASK, NULL, 0, &r.tasks, &r.meta);
	assert_int_equal(json_array_size(json), 0);
	json_decref(json);
	report_free(&r);
}

/* A distribution of CPU 43 with values over a wide range, and one that is empty. */
static void a_distribution_is_bars_and_percentiles(void **state)
{
	struct distribution_row row = { .task = TASK_UNKNOWN, .cpu = 43 };
	struct distribution_row *rows[] = { &row };
	struct report r;
	struct text text;

	(void)state;
	report_init(&r);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(histogram_add(&row.run, 2000 + i * 7), 0);
	for (int i = 0; i < 10; i++)
		assert_int_equal(histogram_add(&row.run, 12334000), 0);
	assert_int_equal(histogram_add(&row.wake_delay, 4000), 0);
	text_open(&text, false);
	report_distribution(&text.out, rows, 1, &r.tasks);
	expect_golden(&text, "distribution.txt");
	compare_json(report_distribution_json(rows, 1, &r.tasks), "distribution.json");
	histogram_free(&row.run);
	histogram_free(&row.wake_delay);
	report_free(&r);
}

static void a_distribution_may_reach_from_nothing_to_days(void **state)
{
	struct distribution_row row = { .task = KSMD, .cpu = CPU_UNKNOWN };
	struct distribution_row *rows[] = { &row };
	struct report r;
	struct text text;

	(void)state;
	report_init(&r);
	assert_int_equal(histogram_add(&row.run, 0), 0);
	assert_int_equal(histogram_add(&row.run, UINT64_MAX / 2), 0);
	for (uint64_t ns = 1; ns < 1000000000; ns *= 3)
		assert_int_equal(histogram_add(&row.wake_delay, ns), 0);
	text_open(&text, false);
	report_distribution(&text.out, rows, 1, &r.tasks);
	expect_golden(&text, "distribution-wide.txt");
	compare_json(report_distribution_json(rows, 1, &r.tasks), "distribution-wide.json");
	histogram_free(&row.run);
	histogram_free(&row.wake_delay);
	report_free(&r);
}

static void events_as_json_have_the_facts_of_their_rows(void **state)
{
	json_t *array = json_array();
	struct report r;

	(void)state;
	report_init(&r);
	for (size_t i = 0; i < ARRAY_SIZE(story); i++) {
		if (story[i].type == EVENT_TASK)
			task_table_put(&r.tasks, &story[i].identity);
		json_array_append_new(array, report_event_json(&story[i], &r.tasks));
	}
	compare_json(array, "events.json");
	report_free(&r);
}

static void expect_json(const struct event *event, const char *key, const char *expected)
{
	struct report r;
	json_t *object;
	char *text;

	report_init(&r);
	object = report_event_json(event, &r.tasks);
	assert_non_null(object);
	text = json_dumps(json_object_get(object, key), JSON_COMPACT | JSON_ENCODE_ANY);
	assert_string_equal(text, expected);
	free(text);
	json_decref(object);
	report_free(&r);
}

static void placement_facts_are_true_false_or_not_looked_at(void **state)
{
	struct event e = SLICE(KSMD, 0, 1, 2, .placed = PLACED_PINNED);

	(void)state;
	expect_json(&e, "placement_facts", "null");
	e.slice.placed = PLACED_SEEN;
	expect_json(&e, "placement_facts",
		    "{\"pinned\":false,\"previous_forbidden\":false,\"previous_idle\":null,"
		    "\"waker_cpu_idle\":null,\"recent_idle\":null,\"core_idle\":null,"
		    "\"waker_per_cpu_thread\":false,\"waker_alone\":false,\"idle_cores\":null,"
		    "\"other_class\":false}");
	e.slice.placed = PLACED_SEEN | PLACED_PINNED | PLACED_PREV_FORBIDDEN | PLACED_OTHER_CLASS |
			 PLACED_WAKER_PER_CPU | PLACED_IDLE_CORES | PLACED_WAKER_ALONE |
			 CPU_IS_IDLE << PLACED_PREV_SHIFT | CPU_IS_BUSY << PLACED_WAKER_SHIFT |
			 CPU_IS_IDLE << PLACED_RECENT_SHIFT | CPU_IS_BUSY << PLACED_CORE_SHIFT;
	expect_json(&e, "placement_facts",
		    "{\"pinned\":true,\"previous_forbidden\":true,\"previous_idle\":true,"
		    "\"waker_cpu_idle\":false,\"recent_idle\":true,\"core_idle\":false,"
		    "\"waker_per_cpu_thread\":true,\"waker_alone\":true,\"idle_cores\":true,"
		    "\"other_class\":true}");
	e.slice.placed = PLACED_SEEN | PLACED_NO_IDLE_CORES | CPU_IS_BUSY << PLACED_PREV_SHIFT |
			 CPU_IS_IDLE << PLACED_WAKER_SHIFT | CPU_IS_BUSY << PLACED_RECENT_SHIFT |
			 CPU_IS_IDLE << PLACED_CORE_SHIFT;
	expect_json(&e, "placement_facts",
		    "{\"pinned\":false,\"previous_forbidden\":false,\"previous_idle\":false,"
		    "\"waker_cpu_idle\":true,\"recent_idle\":false,\"core_idle\":true,"
		    "\"waker_per_cpu_thread\":false,\"waker_alone\":false,\"idle_cores\":false,"
		    "\"other_class\":false}");
}

static void a_move_nobody_looked_into_has_null_for_flags(void **state)
{
	struct event e = { .type = EVENT_MOVE, .move = { .task = KSMD, .flags = MOVE_NUMA } };

	(void)state;
	expect_json(&e, "flags", "null");
	expect_json(&e, "context", "null");
	e.move.flags = MOVE_SEEN;
	expect_json(&e, "flags", "[]");
	e.move.flags |= MOVE_BY_STOPPER | MOVE_FROM_FORBIDDEN | MOVE_NUMA | MOVE_NUMA_SWAP |
			MOVE_EXEC | MOVE_HOTPLUG;
	e.move.context = WAKER_TASK;
	expect_json(
		&e, "flags",
		"[\"by_stopper\",\"from_forbidden\",\"numa\",\"numa_swap\",\"exec\",\"hotplug\"]");
	expect_json(&e, "context", "\"task\"");
}

static void a_trail_ends_with_what_could_be_kept(void **state)
{
	struct event e = { .type = EVENT_CHOICE,
			   .choice = { .task = KSMD, .looks = 200, .trail = { 8191 } } };
	struct report r;
	json_t *object;

	(void)state;
	report_init(&r);
	object = report_event_json(&e, &r.tasks);
	assert_int_equal(json_integer_value(json_object_get(object, "looks")), 200);
	assert_int_equal(json_array_size(json_object_get(object, "trail")), CHOICE_TRAIL_MAX);
	json_decref(object);
	report_free(&r);
	e.choice.looks = 0;
	expect_json(&e, "looks", "0");
	expect_json(&e, "trail", "[]");
	e.choice.looks = CHOICE_NO_TRAIL;
	expect_json(&e, "looks", "null");
	expect_json(&e, "trail", "null");
}

static void an_event_of_no_type_has_no_json(void **state)
{
	const struct event none = { .type = 0 }, beyond = { .type = 200 };
	struct report r;

	(void)state;
	report_init(&r);
	assert_null(report_event_json(&none, &r.tasks));
	assert_null(report_event_json(&beyond, &r.tasks));
	report_free(&r);
}

static void a_comm_that_is_no_utf8_is_still_json(void **state)
{
	const struct event e = SLICE(KSMD, 0, 1, 2, .out_state = 0x1);
	const struct task_identity odd = { .task = KSMD, .tid = 5, .pid = 5, .comm = "a\xff\x01z" };
	struct report r;
	json_t *json;

	(void)state;
	report_init(&r);
	task_table_put(&r.tasks, &odd);
	json = report_event_json(&e, &r.tasks);
	assert_non_null(json);
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(json, "task"), "comm")), "a??z");
	json_decref(json);
	report_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_header_says_explicitly_that_nothing_was_lost),
		cmocka_unit_test(losses_are_told_by_cpu_kind_and_time_worst_first),
		cmocka_unit_test(cpus_that_were_offline_are_told),
		cmocka_unit_test(an_incomplete_trace_never_claims_that_nothing_was_lost),
		cmocka_unit_test(losses_the_recorder_could_not_count_come_from_the_stream),
		cmocka_unit_test(a_header_without_a_host_and_from_a_hostile_file_is_plain_text),
		cmocka_unit_test(a_summary_shows_who_ran_who_waited_and_where),
		cmocka_unit_test(a_wide_summary_shows_everything),
		cmocka_unit_test(a_limit_says_how_many_rows_it_left_out),
		cmocka_unit_test(with_a_task_filter_idle_time_is_unknown),
		cmocka_unit_test(an_empty_summary_says_so),
		cmocka_unit_test(a_distribution_is_bars_and_percentiles),
		cmocka_unit_test(a_distribution_may_reach_from_nothing_to_days),
		cmocka_unit_test(events_as_json_have_the_facts_of_their_rows),
		cmocka_unit_test(placement_facts_are_true_false_or_not_looked_at),
		cmocka_unit_test(a_move_nobody_looked_into_has_null_for_flags),
		cmocka_unit_test(a_trail_ends_with_what_could_be_kept),
		cmocka_unit_test(an_event_of_no_type_has_no_json),
		cmocka_unit_test(a_comm_that_is_no_utf8_is_still_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
