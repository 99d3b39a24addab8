// SPDX-License-Identifier: GPL-2.0-only
/* Every allocation on the way from rows to metrics made to fail in turn, as in test_nomem.c. */
#include "unit/stream.h"

#include "unit/machine.h"
#include "unit/scarce.h"

#include "analysis/histogram.c"
#include "analysis/placement_counts.c"
#include "analysis/rows.c"
#include "analysis/series.c"
#include "analysis/summary.c"
#include "analysis/tally.c"
#include "event/tasks.c"
#include "output/metrics.c"
#include "output/metrics_labels.c"
#include "output/metrics_text.c"
#include "output/report_metrics.c"
#include "output/report_metrics_common.c"

static struct host_snapshot host;
static struct trace_meta meta;
static struct summary *rows;
static struct placement_counts placements;
static struct task_table tasks;

static int print(struct series *series)
{
	const struct metrics_report report = {
		.series = series, .placements = &placements, .meta = &meta, .host = &host
	};
	FILE *file = fopen("/dev/null", "w");
	int err;

	assert_non_null(file);
	err = series_add_trespasses(series, &placements, &tasks);
	if (!err)
		err = report_metrics(file, METRICS_OPENMETRICS, &report);
	fclose(file);
	return err;
}

static int make_and_print(void)
{
	const struct series_options options = { .max_tasks = 1, .clean = text_clean };
	struct series series;
	int err = series_from_summary(&series, rows, &tasks, &options);

	if (err)
		return err;
	err = print(&series);
	series_free(&series);
	return err;
}

static void metrics_that_memory_has_no_room_for_are_told_so(void **state)
{
	struct placement_host *placement;

	allowed = -1;
	machine_make(&host, "6-7", "6.6.0");
	host.hostname = strdup("vmhost");
	assert_int_equal(trace_meta_init(&meta, MACHINE_CPUS), 0);
	assert_int_equal(task_table_init(&tasks), 0);
	placement = placement_host_new(&host);
	rows = summary_new(SUMMARY_BY_TASK_CPU);
	placement_counts_init(&placements, placement);
	for (uint32_t i = 0; i < 4; i++) {
		const struct event e =
			WOKEN(i % 3 + 1, 6 + i % 2, 1000 * i + 1, 1000 * i + 50, 1000 * i + 900,
			      .prev_cpu = 2, .chosen_cpu = 6 + i % 2, .flags = SLICE_MOVABLE);

		assert_int_equal(summary_add(rows, &e), 0);
		assert_int_equal(placement_counts_add(&placements, &e), 0);
	}
	fail_each_in_turn(make_and_print);
	placement_counts_free(&placements);
	summary_free(rows);
	placement_host_free(placement);
	task_table_free(&tasks);
	trace_meta_free(&meta);
	host_snapshot_free(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(metrics_that_memory_has_no_room_for_are_told_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
