// SPDX-License-Identifier: GPL-2.0-only
/*
 * The report on wakeups, and rows with placement, of a small story: read by eye once, then kept.
 * The sources that ask the model are included, so that its answers are the story's here.
 */
#include "unit/printing.h"

#define placement_explain the_story_says
#include "analysis/wakeups.c"
#include "output/timehist_row.c"
#undef placement_explain

#include "output/report_wakeups.h"
#include "output/timehist.h"

#define CPUS	   96
#define ALL_TABLES ((1 << WAKEUPS_TABLES) - 1)

/* Of each task another branch, and all ways to know it. */
struct placement_verdict the_story_says(const struct placement_host *host, const struct slice *s,
					const struct choice *choice, const struct choice *fallback)
{
	static const struct placement_verdict by_task[] = {
		[KSMD] = { BRANCH_RECENT, UNSURE },	 [VCPU] = { BRANCH_PREV_IDLE, SURE },
		[QEMU] = { BRANCH_IDLE_CORE, OBSERVED }, [NEWBORN] = { BRANCH_SLOW, UNSURE },
		[LONGNAME] = { BRANCH_REQUEUED, SURE },	 [RENAMED] = { BRANCH_UNKNOWN, UNSURE },
	};

	(void)host;
	(void)choice;
	(void)fallback;
	if (s->prev_cpu == s->chosen_cpu && s->task == KSMD)
		return (struct placement_verdict){ BRANCH_PREV_IDLE, SURE };
	return by_task[s->task];
}

/* The story goes on: ksmd stays on CPU 43 twice, is pulled to CPU 44, and qemu is woken in place.
 */
static const struct event sequel[] = {
	SLICE(KSMD, 43, 30010, 42010, .kind = DELAY_WAKE, .waking_ns = AT(30000),
	      .prev_out_ns = AT(12734), .context = WAKER_SOFTIRQ, .waker_cpu = 2, .prev_cpu = 43,
	      .chosen_cpu = 43, .out_state = 0x1, .flags = SLICE_MOVABLE),
	SLICE(KSMD, 43, 62005, 74005, .kind = DELAY_WAKE, .waking_ns = AT(62000),
	      .prev_out_ns = AT(42010), .context = WAKER_SOFTIRQ, .waker_cpu = 2, .prev_cpu = 43,
	      .chosen_cpu = 43, .out_state = 0x1, .flags = SLICE_MOVABLE, .spare_wakes = 2),
	{ .type = EVENT_MOVE,
	  .time_ns = AT(75000),
	  .cpu = 44,
	  .move = { .task = KSMD,
		    .by = TASK_IDLE,
		    .from = 43,
		    .to = 44,
		    .on_rq = 2,
		    .flags = MOVE_SEEN } },
	{ .type = EVENT_MOVE,
	  .time_ns = AT(75500),
	  .cpu = 3,
	  .move = { .task = NEWBORN,
		    .by = TASK_UNKNOWN,
		    .from = 2,
		    .to = 3,
		    .on_rq = 2,
		    .flags = MOVE_SEEN | MOVE_BY_STOPPER | MOVE_EXEC } },
	SLICE(QEMU, 2, 76005, 76010, .kind = DELAY_WAKE, .waking_ns = AT(76000),
	      .prev_out_ns = AT(13005), .waker = VCPU, .context = WAKER_TASK, .waker_cpu = 43,
	      .prev_cpu = 2, .chosen_cpu = 2, .out_state = 0x1,
	      .placed = PLACED_SEEN | PLACED_PINNED),
};

/* The host of the founding case: four nodes of 24 CPUs, a last-level cache each, 40-95 isolated. */
struct stage {
	struct host_cpu cpus[CPUS];
	struct host_snapshot host;
	struct placement_host *placement;
	struct task_table tasks;
	struct wakeups *wakeups;
};

static void stage_host(struct stage *s)
{
	hwloc_bitmap_t *sets[] = { &s->host.possible, &s->host.present, &s->host.online,
				   &s->host.nohz_full, &s->host.isolated };

	for (size_t i = 0; i < ARRAY_SIZE(sets); i++)
		*sets[i] = hwloc_bitmap_alloc();
	hwloc_bitmap_set_range(s->host.possible, 0, CPUS - 1);
	hwloc_bitmap_set_range(s->host.present, 0, CPUS - 1);
	hwloc_bitmap_set_range(s->host.online, 0, CPUS - 1);
	hwloc_bitmap_set_range(s->host.isolated, 40, CPUS - 1);
	s->host.cpu_count = CPUS;
	s->host.cpus = s->cpus;
	s->host.node_count = 4;
	for (int i = 0; i < CPUS; i++) {
		s->cpus[i] = (struct host_cpu){
			.package = i / 48, .core = i, .llc = i / 24, .node = i / 24
		};
		s->cpus[i].siblings = hwloc_bitmap_alloc();
		hwloc_bitmap_only(s->cpus[i].siblings, i);
	}
}

static void stage_add(struct stage *s, const struct event *events, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (events[i].type == EVENT_TASK)
			task_table_put(&s->tasks, &events[i].identity);
		assert_int_equal(wakeups_add(s->wakeups, &events[i]), 0);
	}
}

static void stage_open(struct stage *s, bool with_host)
{
	memset(s, 0, sizeof(*s));
	stage_host(s);
	story_task_table(&s->tasks);
	s->placement = placement_host_new(with_host ? &s->host : NULL);
	s->wakeups = wakeups_new(s->placement, ALL_TABLES);
	assert_non_null(s->wakeups);
}

static void stage_close(struct stage *s)
{
	wakeups_free(s->wakeups);
	placement_host_free(s->placement);
	task_table_free(&s->tasks);
	for (int i = 0; i < CPUS; i++)
		hwloc_bitmap_free(s->cpus[i].siblings);
	hwloc_bitmap_free(s->host.possible);
	hwloc_bitmap_free(s->host.present);
	hwloc_bitmap_free(s->host.online);
	hwloc_bitmap_free(s->host.nohz_full);
	hwloc_bitmap_free(s->host.isolated);
}

/* As in the story, but ksmd may run elsewhere; and who is requeued is not on its CPU any more. */
static void stage_story(struct stage *s)
{
	struct event events[ARRAY_SIZE(story)];

	memcpy(events, story, sizeof(story));
	for (size_t i = 0; i < ARRAY_SIZE(events); i++) {
		if (events[i].type == EVENT_SLICE && events[i].slice.task == KSMD)
			events[i].slice.flags |= SLICE_MOVABLE;
		if (events[i].type == EVENT_SLICE)
			events[i].slice.flags &= ~SLICE_WOKEN_ON_CPU;
	}
	stage_add(s, events, ARRAY_SIZE(events));
	stage_add(s, sequel, ARRAY_SIZE(sequel));
	assert_int_equal(wakeups_finish(s->wakeups), 0);
}

static struct wakeups_report stage_report(const struct stage *s)
{
	return (struct wakeups_report){
		.wakeups = s->wakeups,
		.tasks = &s->tasks,
		.host = &s->host,
		.tables = 1 << WAKEUPS_BY_TASK | 1 << WAKEUPS_BY_CPU,
		.limit = 10,
	};
}

static void expect_report(const struct wakeups_report *report, bool colour, const char *golden)
{
	struct text text;

	text_open(&text, colour);
	assert_int_equal(report_wakeups(&text.out, report), 0);
	expect_golden(&text, golden);
}

static void wakeups_are_told_by_class_branch_task_cpu_and_pair(void **state)
{
	struct wakeups_report report;
	struct stage s;
	char *text, *line;
	json_t *json;

	(void)state;
	stage_open(&s, true);
	stage_story(&s);
	report = stage_report(&s);
	expect_report(&report, false, "wakeups.txt");
	report.place = PLACE_LLC;
	report.tables = 1 << WAKEUPS_BY_TASK_CPU;
	report.limit = 3;
	expect_report(&report, true, "wakeups-task-cpu.txt");
	json = report_wakeups_json(&report);
	assert_non_null(json);
	text = json_dumps(json, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
	assert_true(asprintf(&line, "%s\n", text) > 0);
	compare_golden(line, "wakeups-task-cpu.json");
	free(line);
	free(text);
	json_decref(json);
	stage_close(&s);
}

static void without_a_host_what_is_isolated_is_not_known(void **state)
{
	struct wakeups_report report;
	struct stage s;
	json_t *json;

	(void)state;
	stage_open(&s, false);
	stage_story(&s);
	report = stage_report(&s);
	report.host = NULL;
	expect_report(&report, false, "wakeups-no-host.txt");
	json = report_wakeups_json(&report);
	assert_true(json_is_null(json_object_get(json_object_get(json, "total"), "trespasses")));
	json_decref(json);
	stage_close(&s);
}

static void a_trace_without_wakeups_says_so(void **state)
{
	struct wakeups_report report;
	struct text text;
	struct stage s;

	(void)state;
	stage_open(&s, true);
	assert_int_equal(wakeups_finish(s.wakeups), 0);
	report = stage_report(&s);
	hwloc_bitmap_zero(s.host.isolated);
	text_open(&text, false);
	assert_int_equal(report_wakeups(&text.out, &report), 0);
	expect_text(
		&text,
		"wakeups     0; spare: 0 (found their task running or queued); not observed: 0\n"
		"branches    observed 0, sure 0, unsure 0, unknown 0\n"
		"trespasses  none: no CPU is known to be isolated\n");
	stage_close(&s);
}

static void a_check_of_the_model_without_hooks_says_that_it_takes_them(void **state)
{
	struct wakeups_report report;
	struct text text;
	struct stage s;

	(void)state;
	stage_open(&s, true);
	stage_story(&s);
	report = stage_report(&s);
	report.confusion = true;
	text_open(&text, false);
	assert_int_equal(report_wakeups(&text.out, &report), 0);
	fflush(text.out.file);
	assert_non_null(strstr(text.text, "\nthe model's answers, and what the hooks saw\n"
					  "  nothing: no branch was observed"));
	fclose(text.out.file);
	free(text.text);
	stage_close(&s);
}

static void rows_with_placement_stay_aligned(void **state)
{
	struct timehist_options options = { .idle = true };
	struct trace_meta meta;
	struct timehist *rows;
	struct text text;
	struct stage s;

	(void)state;
	stage_open(&s, true);
	story_meta(&meta);
	options.placement = s.placement;
	options.choices = choices_new();
	text_open(&text, false);
	rows = timehist_new(&text.out, &options, &s.tasks, &meta);
	timehist_header(rows);
	for (size_t i = 0; i < ARRAY_SIZE(story); i++) {
		struct event e = story[i];

		if (e.type == EVENT_SLICE)
			e.slice.flags &= ~SLICE_WOKEN_ON_CPU;
		assert_int_equal(timehist_add(rows, &e), 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(sequel); i++)
		assert_int_equal(timehist_add(rows, &sequel[i]), 0);
	assert_int_equal(timehist_flush(rows), 0);
	expect_golden(&text, "timehist-placement.txt");
	timehist_free(rows);
	choices_free(options.choices);
	trace_meta_free(&meta);
	stage_close(&s);
}

static void expect_placement(enum placement_class class, struct placement_verdict verdict,
			     const char *expected)
{
	json_t *object = json_object();
	char *text;

	report_placement_json(&object, class, verdict);
	text = json_dumps(object, JSON_SORT_KEYS);
	assert_string_equal(text, expected);
	free(text);
	json_decref(object);
}

static void an_unknown_branch_is_null_and_has_no_certainty(void **state)
{
	(void)state;
	expect_placement(PLACEMENT_KEPT, (struct placement_verdict){ BRANCH_PINNED, SURE },
			 "{\"placement_branch\": \"pinned\", \"placement_certainty\": \"sure\", "
			 "\"placement_class\": \"kept\"}");
	expect_placement(PLACEMENT_UNKNOWN, (struct placement_verdict){ BRANCH_UNKNOWN, SURE },
			 "{\"placement_branch\": null, \"placement_certainty\": null, "
			 "\"placement_class\": null}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wakeups_are_told_by_class_branch_task_cpu_and_pair),
		cmocka_unit_test(without_a_host_what_is_isolated_is_not_known),
		cmocka_unit_test(a_trace_without_wakeups_says_so),
		cmocka_unit_test(a_check_of_the_model_without_hooks_says_that_it_takes_them),
		cmocka_unit_test(rows_with_placement_stay_aligned),
		cmocka_unit_test(an_unknown_branch_is_null_and_has_no_certainty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
