// SPDX-License-Identifier: GPL-2.0-only
/* A small story as metrics, in both forms; its sums; and names that would break a form. */
#include "unit/printing.h"

#include "output/report_metrics.h"
#include "unit/machine.h"

struct traced {
	struct task_table tasks;
	struct trace_meta meta;
	struct losses losses;
	struct host_snapshot host;
	struct placement_host *placement;
	struct ksm_samples ksm;
	struct summary *rows;
	struct distribution *distribution;
	struct placement_counts placements;
	struct series series;
	struct metrics_report report;
};

static void begin(struct traced *t)
{
	memset(t, 0, sizeof(*t));
	story_task_table(&t->tasks);
	story_meta(&t->meta);
	machine_make(&t->host, "6-7", "6.6.0-72");
	t->host.hostname = strdup("vmhost \"7\"");
	t->host.machine = strdup("aarch64");
	t->placement = placement_host_new(&t->host);
	t->rows = summary_new(SUMMARY_BY_TASK_CPU);
	t->distribution = distribution_new(DISTRIBUTION_BY_CPU_TASK);
	placement_counts_init(&t->placements, t->placement);
	t->report = (struct metrics_report){ .series = &t->series,
					     .placements = &t->placements,
					     .meta = &t->meta,
					     .losses = &t->losses,
					     .host = &t->host,
					     .ksm = &t->ksm };
}

static void end(struct traced *t)
{
	series_free(&t->series);
	placement_counts_free(&t->placements);
	summary_free(t->rows);
	distribution_free(t->distribution);
	placement_host_free(t->placement);
	host_snapshot_free(&t->host);
	ksm_samples_free(&t->ksm);
	losses_free(&t->losses);
	trace_meta_free(&t->meta);
	task_table_free(&t->tasks);
}

static void add(struct traced *t, const struct event *event)
{
	if (event->type == EVENT_TASK)
		assert_int_equal(task_table_put(&t->tasks, &event->identity), 0);
	if (event->type == EVENT_LOST)
		t->meta.cpus[event->cpu].lost[event->lost.kind] += event->lost.count;
	assert_int_equal(losses_add(&t->losses, event), 0);
	assert_int_equal(summary_add(t->rows, event), 0);
	assert_int_equal(distribution_add(t->distribution, event), 0);
	assert_int_equal(placement_counts_add(&t->placements, event), 0);
}

/* The story is on CPU 43; here that is the isolated CPU 6. */
static void add_story(struct traced *t)
{
	for (size_t i = 0; i < ARRAY_SIZE(story); i++) {
		struct event e = story[i];

		e.cpu = e.cpu == 43 ? 6 : e.cpu;
		if (e.type == EVENT_SLICE && e.slice.chosen_cpu == 43)
			e.slice.chosen_cpu = 6;
		if (e.type == EVENT_SLICE && e.slice.prev_cpu == 43)
			e.slice.prev_cpu = 6;
		add(t, &e);
	}
	hwloc_bitmap_zero(t->meta.target_cpus);
	hwloc_bitmap_set_range(t->meta.target_cpus, 0, 2);
}

static void make_series(struct traced *t, uint32_t max_tasks)
{
	const struct series_options options = { .max_tasks = max_tasks, .clean = text_clean };

	assert_int_equal(series_from_summary(&t->series, t->rows, &t->tasks, &options), 0);
	assert_int_equal(series_add_trespasses(&t->series, &t->placements, &t->tasks), 0);
}

static void add_ksm(struct traced *t)
{
	struct ksm_state state = { .there = true, .advisor = KSM_ADVISOR_SCAN_TIME };

	ksm_state_take(&state, "run", "1");
	ksm_state_take(&state, "sleep_millisecs", "20");
	ksm_state_take(&state, "pages_to_scan", "100");
	ksm_state_take(&state, "full_scans", "41");
	assert_int_equal(ksm_samples_put(&t->ksm, &state, AT(0)), 0);
	ksm_state_take(&state, "full_scans", "42");
	ksm_state_take(&state, "advisor_max_cpu", "70");
	ksm_state_take(&state, "general_profit", "-4096");
	assert_int_equal(ksm_samples_put(&t->ksm, &state, AT(20000)), 0);
}

static char *print(const struct traced *t, enum metrics_form form)
{
	struct text text;

	text_open(&text, false);
	assert_int_equal(report_metrics(text.out.file, form, &t->report), 0);
	assert_int_equal(fclose(text.out.file), 0);
	return text.text;
}

static void a_story_in_both_forms(void **state)
{
	struct traced t;

	(void)state;
	begin(&t);
	add_story(&t);
	add_ksm(&t);
	make_series(&t, 4);
	compare_without_buckets(print(&t, METRICS_OPENMETRICS), "metrics.openmetrics");
	compare_without_buckets(print(&t, METRICS_PROMETHEUS), "metrics.prom");
	end(&t);
}

/* Nothing but what is known: no host, no end, no counts, no wakeups, no whole slice. */
static void what_is_not_known_has_no_sample(void **state)
{
	struct traced t;

	(void)state;
	begin(&t);
	t.meta.incomplete = true;
	t.meta.end_ns = 0;
	t.meta.realtime_offset_ns = 0;
	t.report.host = NULL;
	t.report.ksm = NULL;
	t.report.rows_left_out = 3;
	add(&t, &story[1]); /* cut */
	make_series(&t, 4);
	compare_without_buckets(print(&t, METRICS_OPENMETRICS), "metrics-little.openmetrics");
	end(&t);
}

static void distributions_alone_have_no_counts(void **state)
{
	const struct series_options options = { .max_tasks = 4, .clean = text_clean };
	struct traced t;
	char *text;

	(void)state;
	begin(&t);
	add_story(&t);
	t.report.placements = NULL;
	assert_int_equal(series_from_distribution(&t.series, t.distribution, &t.tasks, &options),
			 0);
	text = print(&t, METRICS_OPENMETRICS);
	assert_non_null(strstr(text, "interloper_run_seconds_count{cpu=\"6\",task=\"ksmd\"} 1\n"));
	assert_non_null(strstr(text, "interloper_run_time_seconds_total{"));
	assert_null(strstr(text, "interloper_slices_total"));
	assert_null(strstr(text, "interloper_gaps_total"));
	assert_null(strstr(text, "interloper_wakeups_total"));
	assert_null(strstr(text, "interloper_trespasses_total"));
	free(text);
	end(&t);
}

/* Adds up the values of the lines that begin so. */
static uint64_t total(const char *text, const char *name)
{
	uint64_t sum = 0;
	const char *line = text;

	for (; line; line = strchr(line, '\n'), line = line ? line + 1 : NULL)
		if (!strncmp(line, name, strlen(name)) && line[strlen(name)] == '{')
			sum += strtoull(strstr(line, "} ") + 2, NULL, 10);
	return sum;
}

static void series_sum_up_to_the_whole_whatever_is_kept(void **state)
{
	(void)state;
	for (uint32_t max_tasks = 0; max_tasks < 8; max_tasks++) {
		struct traced t;
		char *text;

		begin(&t);
		add_story(&t);
		make_series(&t, max_tasks);
		text = print(&t, METRICS_PROMETHEUS);
		assert_int_equal(total(text, "interloper_slices_total"), 10);
		assert_int_equal(total(text, "interloper_run_seconds_count"), 7);
		assert_int_equal(total(text, "interloper_delay_seconds_count"), 7);
		assert_int_equal(total(text, "interloper_gaps_total"), 1);
		assert_int_equal(total(text, "interloper_cut_slices_total"), 2);
		assert_int_equal(total(text, "interloper_waiting_tasks"), 1);
		assert_int_equal(total(text, "interloper_trespasses_total"), 1);
		assert_int_equal(total(text, "interloper_lost_events_total"), 1234);
		free(text);
		end(&t);
	}
}

static void of_all_cpus_together_no_sample_has_one(void **state)
{
	const struct series_options options = { .max_tasks = 2,
						.clean = text_clean,
						.of_all_cpus = true };
	struct traced t;
	char *text;

	(void)state;
	begin(&t);
	summary_free(t.rows);
	t.rows = summary_new(SUMMARY_BY_TASK);
	add_story(&t);
	t.report.placements = NULL;
	assert_int_equal(series_from_summary(&t.series, t.rows, &t.tasks, &options), 0);
	text = print(&t, METRICS_PROMETHEUS);
	assert_null(strstr(text, "cpu=\""));
	assert_int_equal(total(text, "interloper_slices_total"), 10);
	assert_int_equal(total(text, "interloper_run_seconds_count"), 7);
	assert_int_equal(total(text, "interloper_delay_seconds_count"), 7);
	assert_int_equal(total(text, "interloper_lost_events_total"), 1234);
	assert_non_null(strstr(text, "\ninterloper_gaps_total 1\n"));
	assert_non_null(strstr(text, "\ninterloper_cut_slices_total 2\n"));
	assert_non_null(strstr(text, "\ninterloper_lost_events_total{kind=\"task\"} 0\n"));
	free(text);
	end(&t);
}

static void a_name_cannot_break_out_of_its_label(void **state)
{
	static const char *const names[] = { "a\"} 1\nevil x", "b\\\"", "c\\", "\377\376\"",
					     "d\302",	       "\"",	"" };
	struct traced t;
	char *text;

	(void)state;
	begin(&t);
	for (uint32_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct event e = SLICE(i + 10, 1, 10 * i, 10 * i + 5);
		struct task_identity who = { .task = i + 10, .tid = 9, .pid = 9 };

		memcpy(who.comm, names[i], strlen(names[i]));
		assert_int_equal(task_table_put(&t.tasks, &who), 0);
		add(&t, &e);
	}
	make_series(&t, 50);
	text = print(&t, METRICS_OPENMETRICS);
	assert_non_null(strstr(text, "_slices_total{cpu=\"1\",task=\"a\\\"} 1?evil x\"} 1\n"));
	assert_non_null(strstr(text, "_slices_total{cpu=\"1\",task=\"b\\\\\\\"\"} 1\n"));
	assert_non_null(strstr(text, "_slices_total{cpu=\"1\",task=\"c\\\\\"} 1\n"));
	assert_non_null(strstr(text, "_slices_total{cpu=\"1\",task=\"??\\\"\"} 1\n"));
	assert_non_null(strstr(text, "_slices_total{cpu=\"1\",task=\"d?\"} 1\n"));
	assert_non_null(strstr(text, "_slices_total{cpu=\"1\",task=\"\\\"\"} 1\n"));
	assert_non_null(strstr(text, "_slices_total{cpu=\"1\",task=\"?\"} 1\n"));
	assert_null(strstr(text, "\nevil"));
	free(text);
	end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_story_in_both_forms),
		cmocka_unit_test(what_is_not_known_has_no_sample),
		cmocka_unit_test(distributions_alone_have_no_counts),
		cmocka_unit_test(series_sum_up_to_the_whole_whatever_is_kept),
		cmocka_unit_test(of_all_cpus_together_no_sample_has_one),
		cmocka_unit_test(a_name_cannot_break_out_of_its_label),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
