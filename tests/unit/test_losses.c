// SPDX-License-Identifier: GPL-2.0-only
/* When and where events were lost. */
#include "unit/stream.h"
#include "analysis/losses.h"

#include <errno.h>

static void losses_sum_by_cpu_and_kind_with_their_window(void **state)
{
	const struct event events[] = {
		LOST(3, 100, 200, LOST_SLICE, 10),
		LOST(0, 150, 160, LOST_TASK, 2),
		LOST(3, 500, 900, LOST_SLICE, 5),
		LOST(3, 550, 600, LOST_MOVE, 1),
		LOST(3, 600, 610, LOST_CHOICE, 7),
		CHOICE(1, 2, 650, 3, 3),
		WOKEN(1, 7, 5, 6, 7),
	};
	struct losses l = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(events); i++)
		assert_int_equal(losses_add(&l, &events[i]), 0);
	assert_int_equal(losses_total(&l), 25);
	assert_int_equal(l.cpu_count, 4);
	assert_int_equal(l.cpus[3].count[LOST_SLICE], 15);
	assert_int_equal(l.cpus[3].count[LOST_MOVE], 1);
	assert_int_equal(l.cpus[3].count[LOST_CHOICE], 7);
	assert_int_equal(l.cpus[3].bursts, 4);
	assert_int_equal(l.cpus[3].first_ns, 100);
	assert_int_equal(l.cpus[3].last_ns, 900);
	assert_int_equal(l.cpus[0].count[LOST_TASK], 2);
	assert_int_equal(l.cpus[0].first_ns, 150);
	assert_int_equal(l.cpus[1].bursts, 0);
	assert_int_equal(l.cpus[2].bursts, 0);
	assert_int_equal(l.all.bursts, 5);
	assert_int_equal(l.all.first_ns, 100);
	assert_int_equal(l.all.last_ns, 900);
	losses_free(&l);
	assert_int_equal(losses_total(&l), 0);
}

static void a_stream_without_losses_has_none(void **state)
{
	struct losses l = { 0 };

	(void)state;
	assert_int_equal(losses_add(&l, &WOKEN(1, 7, 5, 6, 7)), 0);
	assert_int_equal(losses_total(&l), 0);
	assert_int_equal(l.cpu_count, 0);
	losses_free(&l);
}

static void a_loss_that_began_nobody_knows_when_makes_the_beginning_unknown(void **state)
{
	struct losses l = { 0 };

	(void)state;
	losses_add(&l, &LOST(1, 400, 500, LOST_SLICE, 1));
	losses_add(&l, &LOST(1, 0, 600, LOST_SLICE, 1));
	losses_add(&l, &LOST(1, 700, 800, LOST_SLICE, 1));
	assert_int_equal(l.cpus[1].first_ns, 0);
	assert_int_equal(l.cpus[1].last_ns, 800);
	losses_free(&l);
}

static void a_loss_on_an_unknown_cpu_counts_in_all(void **state)
{
	struct losses l = { 0 };

	(void)state;
	assert_int_equal(losses_add(&l, &LOST(CPU_UNKNOWN, 1, 2, LOST_TASK, 6)), 0);
	assert_int_equal(losses_total(&l), 6);
	assert_int_equal(l.cpu_count, 0);
	losses_free(&l);
}

static void a_kind_nobody_knows_is_refused(void **state)
{
	struct losses l = { 0 };

	(void)state;
	assert_int_equal(losses_add(&l, &LOST(1, 1, 2, LOST_KINDS, 6)), -EINVAL);
	assert_int_equal(losses_total(&l), 0);
	losses_free(&l);
}

static void time_offline_is_told_by_cpu_and_is_no_loss(void **state)
{
	const uint16_t offline = SLICE_GAP | SLICE_OFFLINE;
	struct losses l = { 0 };

	(void)state;
	losses_add(&l, &IDLE(2, 100, 400, .flags = offline));
	losses_add(&l, &IDLE(2, 900, 1000, .flags = offline | SLICE_CUT_END));
	losses_add(&l, &IDLE(0, 0, 50, .flags = offline | SLICE_CUT_START));
	losses_add(&l, &IDLE(1, 0, 50, .flags = SLICE_GAP));
	assert_int_equal(losses_total(&l), 0);
	assert_int_equal(l.cpus[0].offline_ns, 50);
	assert_int_equal(l.cpus[1].offline_ns, 0);
	assert_int_equal(l.cpus[2].offline_ns, 400);
	assert_int_equal(l.all.offline_ns, 450);
	losses_free(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(losses_sum_by_cpu_and_kind_with_their_window),
		cmocka_unit_test(a_stream_without_losses_has_none),
		cmocka_unit_test(a_loss_that_began_nobody_knows_when_makes_the_beginning_unknown),
		cmocka_unit_test(a_loss_on_an_unknown_cpu_counts_in_all),
		cmocka_unit_test(a_kind_nobody_knows_is_refused),
		cmocka_unit_test(time_offline_is_told_by_cpu_and_is_no_loss),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
