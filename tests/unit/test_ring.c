// SPDX-License-Identifier: GPL-2.0-only
/* The reader's end of a CPU's ring, with the kernel side's counters set by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "capture/ring.h"

#define SLOTS 4

static union ring_slot slots[SLOTS];
static uint32_t head, tail;

static struct ring open_at(uint32_t position)
{
	struct ring ring = { .slot_count = SLOTS };

	head = tail = position;
	ring_open(&ring, slots, &head, &tail);
	return ring;
}

static void write_record(uint64_t time_ns)
{
	slots[head & (SLOTS - 1)].head.time_ns = time_ns;
	head++;
}

static void a_record_is_seen_only_after_a_look(void **unused)
{
	struct ring ring = open_at(0);

	write_record(7);
	assert_null(ring_peek(&ring));
	assert_int_equal(ring_look(&ring), 1);
	assert_non_null(ring_peek(&ring));
	assert_int_equal(ring_peek(&ring)->time_ns, 7);
	ring_next(&ring);
	assert_null(ring_peek(&ring));
}

static void room_is_given_back_only_on_release(void **unused)
{
	struct ring ring = open_at(0);

	write_record(1);
	write_record(2);
	ring_look(&ring);
	ring_next(&ring);
	assert_int_equal(tail, 0);
	ring_release(&ring);
	assert_int_equal(tail, 1);
	assert_int_equal(ring_look(&ring), 1);
}

static void records_stay_in_order_where_slots_and_counters_wrap(void **unused)
{
	struct ring ring = open_at(UINT32_MAX - 5);
	uint64_t written = 0, read = 0;

	for (int round = 0; round < 10; round++) {
		while (head - tail < SLOTS)
			write_record(++written);
		assert_int_equal(ring_look(&ring), SLOTS);
		for (int i = 0; i < 3; i++) {
			assert_int_equal(ring_peek(&ring)->time_ns, ++read);
			ring_next(&ring);
		}
		ring_release(&ring);
	}
	assert_int_equal(written, read + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_is_seen_only_after_a_look),
		cmocka_unit_test(room_is_given_back_only_on_release),
		cmocka_unit_test(records_stay_in_order_where_slots_and_counters_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
