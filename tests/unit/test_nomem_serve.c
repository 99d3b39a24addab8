// SPDX-License-Identifier: GPL-2.0-only
/* Every allocation of a scrape's text made to fail in turn, as in test_nomem.c. */
#include "unit/stream.h"

#include "unit/machine.h"
#include "unit/serve_stage.h"

#include "unit/scarce.h"

#include "output/metrics.c"
#include "output/metrics_labels.c"
#include "output/metrics_text.c"
#include "output/report_metrics_common.c"
#include "output/report_serve.c"

static struct host_snapshot host;
static struct serve_stage stage;

static int print(void)
{
	FILE *file = fopen("/dev/null", "w");
	int err;

	assert_non_null(file);
	err = report_serve(file, METRICS_OPENMETRICS, &stage.report);
	fclose(file);
	return err;
}

static void a_scrape_that_memory_has_no_room_for_is_told_so(void **state)
{
	allowed = -1;
	machine_make(&host, "2", "6.6.0");
	stage_make(&stage, &host);
	fail_each_in_turn(print);
	host_snapshot_free(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_scrape_that_memory_has_no_room_for_is_told_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
