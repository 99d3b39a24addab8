// SPDX-License-Identifier: GPL-2.0-only
/* Every allocation of an exported table made to fail in turn, as in test_nomem.c. */
#include "unit/stream.h"

#include <stdio.h>

#include "unit/scarce.h"

#include "output/export_cells.c"

static int write_row(void)
{
	static const char *const columns[] = { "a", "b" };
	FILE *file = fopen("/dev/null", "w");
	struct export_cells cells;
	int err = export_open(&cells, file, EXPORT_CSV, columns, 2);

	if (!err) {
		export_u64(&cells, 1);
		export_text(&cells, "x");
		err = export_end_row(&cells);
		assert_int_equal(export_close(&cells), 0);
	}
	/* After a failure, too. */
	export_close(&cells);
	fclose(file);
	return err;
}

static void a_table_without_memory_is_refused_and_can_be_closed(void **state)
{
	fail_each_in_turn(write_row);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_table_without_memory_is_refused_and_can_be_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
