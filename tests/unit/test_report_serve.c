// SPDX-License-Identifier: GPL-2.0-only
/* What `serve` tells at a scrape: both forms, what has no sample, and views that are not in order.
 */
#include "unit/printing.h"

#include <errno.h>

#include "unit/machine.h"
#include "unit/serve_stage.h"

static char *print(const struct serve_stage *s, enum metrics_form form)
{
	struct text text;

	text_open(&text, false);
	assert_int_equal(report_serve(text.out.file, form, &s->report), 0);
	assert_int_equal(fclose(text.out.file), 0);
	return text.text;
}

static int refusal(const struct serve_stage *s)
{
	struct text text;
	int err;

	text_open(&text, false);
	err = report_serve(text.out.file, METRICS_OPENMETRICS, &s->report);
	fclose(text.out.file);
	free(text.text);
	return err;
}

static unsigned int lines_with(const char *text, const char *what)
{
	unsigned int lines = 0;

	for (text = strstr(text, what); text; text = strstr(text + 1, what))
		lines++;
	return lines;
}

static void all_that_is_counted_in_both_forms(void **state)
{
	struct host_snapshot host;
	struct serve_stage s;

	machine_make(&host, "2", "6.6.0-72");
	host.hostname = strdup("vmhost7");
	stage_make(&s, &host);
	compare_without_buckets(print(&s, METRICS_OPENMETRICS), "metrics-serve.openmetrics");
	compare_without_buckets(print(&s, METRICS_PROMETHEUS), "metrics-serve.prom");
	host_snapshot_free(&host);
}

static void what_is_not_known_has_no_sample(void **state)
{
	const struct serve_stage nothing = { 0 };
	char *text = print(&nothing, METRICS_OPENMETRICS);

	assert_null(strstr(text, "{cpu="));
	assert_null(strstr(text, "{task="));
	assert_null(strstr(text, "_created"));
	assert_null(strstr(text, "interloper_host"));
	assert_null(strstr(text, "interloper_ksm"));
	assert_null(strstr(text, "interloper_last_scrape_duration_seconds"));
	assert_null(strstr(text, "process_resident_memory_bytes"));
	assert_non_null(strstr(text, "\ninterloper_scrapes_total 0\n"));
	assert_non_null(strstr(text, "\nprocess_cpu_seconds_total 0\n"));
	assert_non_null(strstr(text, "\n# EOF\n"));
	free(text);
}

static void of_cpus_that_are_not_traced_losses_and_cost_are_told(void **state)
{
	struct serve_stage s;
	char *text;

	stage_make(&s, NULL);
	text = print(&s, METRICS_OPENMETRICS);
	assert_int_equal(lines_with(text, "cpu=\"1\""), 2);
	assert_non_null(
		strstr(text, "\ninterloper_lost_events_total{cpu=\"1\",kind=\"state\"} 10\n"));
	assert_non_null(strstr(text, "cpu=\"2\""));
	/* 1.003 ms of timed runs on all of them, each of which stands for 61. */
	assert_non_null(strstr(text, "\ninterloper_kernel_cpu_seconds_total 0.061183\n"));
	s.cpus[1].state_lost = 0;
	free(text);
	text = print(&s, METRICS_OPENMETRICS);
	assert_null(strstr(text, "cpu=\"1\""));
	free(text);
	s.report.cpu_count = 2; /* the cells of CPU 2 are then of none */
	text = print(&s, METRICS_OPENMETRICS);
	assert_null(strstr(text, "cpu=\"2\""));
	free(text);
}

static void trespasses_are_told_of_isolated_cpus_alone(void **state)
{
	struct serve_stage s;
	char *text;

	stage_make(&s, NULL);
	text = print(&s, METRICS_PROMETHEUS);
	assert_int_equal(lines_with(text, "\ninterloper_trespasses_total{"), 2);
	assert_non_null(strstr(text, "_trespasses_total{cpu=\"2\",task=\"CPU 0/KVM\"} 0\n"));
	assert_non_null(strstr(text, "_trespasses_total{cpu=\"2\",task=\"ksmd\"} 1\n"));
	free(text);
	for (int cpu = 0; cpu < STAGE_CPUS; cpu++)
		s.cpus[cpu].isolated = false;
	text = print(&s, METRICS_PROMETHEUS);
	assert_null(strstr(text, "interloper_trespasses"));
	free(text);
}

static void counters_of_a_group_on_a_cpu_are_told_zeros_included(void **state)
{
	struct serve_stage s;
	char *text;

	stage_make(&s, NULL);
	text = print(&s, METRICS_PROMETHEUS);
	assert_non_null(strstr(text, "_run_time_seconds_total{cpu=\"0\",task=\"other\"} 0.001\n"));
	assert_non_null(strstr(text, "_slices_total{cpu=\"0\",task=\"other\"} 0\n"));
	assert_non_null(strstr(
		text, "_delay_time_seconds_total{cpu=\"0\",task=\"other\",kind=\"preempt\"} 0\n"));
	assert_null(strstr(text, "_seconds_count{task=\"other\""));
	assert_null(strstr(text, "_seconds_count{cpu=\"0\""));
	free(text);
}

static void tasks_have_all_bounds_and_cpus_one_an_octave(void **state)
{
	struct serve_stage s;
	char *text;

	stage_make(&s, NULL);
	text = print(&s, METRICS_PROMETHEUS);
	assert_int_equal(lines_with(text, "\ninterloper_task_run_seconds_bucket{task=\"ksmd\""),
			 GROUP_BOUNDS + 1);
	assert_int_equal(
		lines_with(text, "\ninterloper_cpu_run_seconds_bucket{cpu=\"2\",class=\"kernel\""),
		26);
	/* 12.3 ms: between 2^23 and 2^24 ns. */
	assert_non_null(strstr(text, "{cpu=\"2\",class=\"kernel\",le=\"0.008388607\"} 0\n"));
	assert_non_null(strstr(text, "{cpu=\"2\",class=\"kernel\",le=\"0.016777215\"} 1\n"));
	assert_non_null(strstr(text, "{task=\"ksmd\",le=\"0.012058623\"} 0\n"));
	assert_non_null(strstr(text, "{task=\"ksmd\",le=\"0.014155775\"} 2\n"));
	free(text);
}

/* A group that comes back counts from 0: it must not say that it did all the time. */
static void only_what_always_counted_says_since_when(void **state)
{
	struct serve_stage s;
	char *text;

	stage_make(&s, NULL);
	text = print(&s, METRICS_OPENMETRICS);
	assert_non_null(strstr(text, "\ninterloper_gaps_created{cpu=\"0\"} 1772331247.123\n"));
	assert_non_null(strstr(text, "_cpu_run_seconds_created{cpu=\"2\",class=\"kernel\"} 1772"));
	assert_null(strstr(text, "_created{task="));
	assert_null(strstr(text, "_created{cpu=\"2\",task="));
	assert_null(strstr(text, "ksm_full_scans_created"));
	assert_null(strstr(text, "process_cpu_seconds_created"));
	free(text);
}

static void the_programs_time_never_goes_back(void **state)
{
	struct serve_stage s;
	char *text;

	stage_make(&s, NULL);
	/* One more run, shorter than the mean, was timed. */
	s.counts[2].programs++;
	s.counts[2].timed++;
	s.counts[2].timed_ns++;
	text = print(&s, METRICS_OPENMETRICS);
	assert_non_null(strstr(text, "\ninterloper_kernel_cpu_seconds_total 0.061183061\n"));
	free(text);
}

static void a_name_cannot_break_out_of_its_label(void **state)
{
	struct serve_stage s;
	char *text;

	stage_make(&s, NULL);
	strcpy(s.tasks[STAGE_VCPU].name, "\"} 1 # \\");
	text = print(&s, METRICS_OPENMETRICS);
	assert_non_null(strstr(text, "_slices_total{cpu=\"2\",task=\"\\\"} 1 # \\\\\"} 3\n"));
	assert_non_null(strstr(text, "_count{task=\"\\\"} 1 # \\\\\"} 3\n"));
	free(text);
}

static void a_view_out_of_order_is_refused(void **state)
{
	struct serve_stage s;

	stage_make(&s, NULL);
	s.cells[3].task = STAGE_VCPU; /* twice */
	assert_int_equal(refusal(&s), -ERANGE);
	stage_make(&s, NULL);
	s.cells[0].cpu = 2;
	assert_int_equal(refusal(&s), -ERANGE);
	stage_make(&s, NULL);
	strcpy(s.tasks[STAGE_KSMD].name, "A");
	assert_int_equal(refusal(&s), -ERANGE);
	stage_make(&s, NULL);
	s.classes[3].class = CLASS_KERNEL;
	assert_int_equal(refusal(&s), -ERANGE);
}

static void a_file_that_cannot_be_written_is_told(void **state)
{
	FILE *full = fopen("/dev/full", "w");
	struct serve_stage s;

	assert_non_null(full);
	setvbuf(full, NULL, _IONBF, 0);
	stage_make(&s, NULL);
	assert_int_equal(report_serve(full, METRICS_PROMETHEUS, &s.report), -ENOSPC);
	fclose(full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_that_is_counted_in_both_forms),
		cmocka_unit_test(what_is_not_known_has_no_sample),
		cmocka_unit_test(of_cpus_that_are_not_traced_losses_and_cost_are_told),
		cmocka_unit_test(trespasses_are_told_of_isolated_cpus_alone),
		cmocka_unit_test(counters_of_a_group_on_a_cpu_are_told_zeros_included),
		cmocka_unit_test(tasks_have_all_bounds_and_cpus_one_an_octave),
		cmocka_unit_test(only_what_always_counted_says_since_when),
		cmocka_unit_test(the_programs_time_never_goes_back),
		cmocka_unit_test(a_name_cannot_break_out_of_its_label),
		cmocka_unit_test(a_view_out_of_order_is_refused),
		cmocka_unit_test(a_file_that_cannot_be_written_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
