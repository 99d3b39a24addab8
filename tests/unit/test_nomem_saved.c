// SPDX-License-Identifier: GPL-2.0-only
/* Every allocation of reading a saved summary made to fail in turn, as in test_nomem.c. */
#include "unit/stream.h"

#include "unit/saved_stage.h"
#include "unit/scarce.h"

#include "analysis/histogram.c"
#include "analysis/rows.c"
#include "analysis/saved_summary.c"
#include "analysis/saved_summary_head.c"
#include "analysis/saved_summary_merged.c"
#include "analysis/saved_summary_rows.c"
#include "analysis/summary.c"
#include "event/meta.c"
#include "event/tasks.c"
#include "host/json_in.c"

static char *whole;

static int parse_whole(void)
{
	struct saved_summary saved;
	char why[200] = "";
	int err = saved_summary_parse(&saved, whole, strlen(whole), why, sizeof(why));

	if (!err)
		saved_summary_free(&saved);
	else
		assert_string_equal(why, "");
	return err;
}

static void a_summary_that_memory_has_no_room_for_is_told_so(void **state)
{
	struct stage stage;

	allowed = -1;
	stage_init(&stage, 5);
	stage.scope.cpus = hwloc_bitmap_dup(stage.meta.target_cpus);
	stage.scope.tasks = strdup("ksmd");
	whole = stage_json(&stage);
	fail_each_in_turn(parse_whole);
	free(whole);
	stage_free(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_summary_that_memory_has_no_room_for_is_told_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
