// SPDX-License-Identifier: GPL-2.0-only
/* Every allocation of a look made to fail in turn: then nothing of it was added, and it can be told
 * again. */
#include <stdio.h>

#include "unit/stream.h"

#include "unit/groups_stage.h"
#include "unit/scarce.h"

#undef reallocarray
#define reallocarray(p, n, size) scarce_realloc(p, (n) * (size))

#include "analysis/groups.c"
#include "analysis/groups_scores.c"
#include "analysis/groups_settle.c"

static uint64_t slices_of(const struct groups_view *view)
{
	uint64_t slices = 0;

	for (uint32_t i = 0; i < view->cell_count; i++)
		slices += view->cells[i].slices;
	return slices;
}

static int add_until_it_works(struct groups *g, uint64_t now_ns, const struct did *did, uint32_t n)
{
	const struct groups_view before = groups_view(g);
	const struct runs runs = { did->cpu + 1, "runner", now_ns - 10 };
	const uint32_t told = before.task_count, cells = before.cell_count;
	const uint32_t classes = before.class_count, left_out = before.left_out;
	const uint64_t slices = slices_of(&before);
	struct groups_view after;
	int err = try_look(g, now_ns, did, n, &runs, 1);

	after = groups_view(g);
	if (!err) {
		assert_int_equal(slices_of(&after), slices + n);
		return 0;
	}
	assert_int_equal(err, -ENOMEM);
	assert_int_equal(after.task_count, told);
	assert_int_equal(after.cell_count, cells);
	assert_int_equal(after.class_count, classes);
	assert_int_equal(after.left_out, left_out);
	assert_int_equal(slices_of(&after), slices);
	assert_int_equal(try_look(g, now_ns, did, n, &runs, 1), 0);
	after = groups_view(g);
	assert_int_equal(slices_of(&after), slices + n);
	return err;
}

static int make_and_look(void)
{
	struct groups *g = groups_new(100, NULL);
	char names[1500][GROUP_NAME_MAX];
	struct did did[COUNT_OF(names)] = { 0 };
	int err = 0;

	if (!g)
		return -ENOMEM;
	/* Equal scores, so that no place is lost, and no count with it. */
	for (uint32_t i = 0; i < COUNT_OF(did); i++) {
		snprintf(names[i], sizeof(names[i]), "n%u", i);
		did[i] = (struct did){ .cpu = i % 3, .name = names[i], .run_ns = 1 };
	}
	for (uint32_t n = 1; n <= COUNT_OF(did) && !err; n *= 5)
		err = add_until_it_works(g, n * 1000, did, n);
	groups_free(g);
	return err;
}

static void a_look_that_memory_has_no_room_for_is_told_again(void **state)
{
	allowed = -1;
	fail_each_in_turn(make_and_look);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_look_that_memory_has_no_room_for_is_told_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
