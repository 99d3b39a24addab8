// SPDX-License-Identifier: GPL-2.0-only
/* Every allocation of a merge made to fail in turn, as in test_nomem.c. */
#include "unit/stream.h"

#include "unit/saved_stage.h"
#include "unit/scarce.h"

#include "analysis/merge.h"

#include "analysis/histogram.c"
#include "analysis/merge.c"
#include "analysis/merge_files.c"
#include "analysis/rows.c"
#include "analysis/saved_summary_merged.c"
#include "analysis/summary.c"
#include "event/meta.c"
#include "event/tasks.c"

static struct saved_summary parts[2];

static int merge_both(void)
{
	struct merge *merge = merge_new(SUMMARY_BY_TASK, true);
	struct saved_summary result;
	char why[256] = "";
	struct summary *total;
	int err = merge ? 0 : -ENOMEM;

	for (int i = 0; i < 2 && !err; i++)
		err = merge_add(merge, &parts[i], i ? "one" : "other", why, sizeof(why));
	if (!err) {
		err = merge_finish(merge, &result, why, sizeof(why));
		if (!err) {
			err = merge_total(&result, &total);
			if (!err)
				summary_free(total);
			saved_summary_free(&result);
		}
	}
	merge_free(merge);
	assert_string_equal(why, "");
	return err;
}

static void a_merge_that_memory_has_no_room_for_is_told_so(void **state)
{
	struct stage stage;
	char *json;

	allowed = -1;
	for (unsigned int i = 0; i < 2; i++) {
		stage_init(&stage, 5 + i);
		json = stage_json(&stage);
		assert_int_equal(stage_parse(&parts[i], json), 0);
		parts[i].damage = strdup("cut");
		free(json);
		stage_free(&stage);
	}
	fail_each_in_turn(merge_both);
	for (unsigned int i = 0; i < 2; i++)
		saved_summary_free(&parts[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_merge_that_memory_has_no_room_for_is_told_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
