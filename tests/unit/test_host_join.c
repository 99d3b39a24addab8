// SPDX-License-Identifier: GPL-2.0-only
/* What a host snapshot adds to a stream that knows no masks: src/import/host_join.h. */
#include "unit/stream.h"
#include "unit/machine.h"

#include "import/host_join.h"

#define KTHREAD 0x00200000

static struct event identity(uint32_t task, uint32_t tid, const char *comm)
{
	struct event e = { .type = EVENT_TASK, .identity = { .task = task, .tid = tid } };

	strcpy(e.identity.comm, comm);
	return e;
}

/* CPUs 4-7 are isolated; ksmd may run anywhere, the vCPU on 4 and 5 alone. */
static void make_host(struct host_snapshot *host)
{
	machine_make(host, "4-7", "4.19.90");
	machine_add_task(host, 60, "ksmd", KTHREAD, 5, "0-7");
	machine_add_task(host, 700, "CPU 0/KVM", 0, 4, "4-5");
	machine_add_task(host, 800, "migration/6", KTHREAD, 6, "6");
}

static void a_task_that_may_be_elsewhere_trespasses_on_isolated_cpus(void **state)
{
	struct event events[] = {
		identity(1, 60, "ksmd"),
		SLICE(1, 5, 100, 200),
		SLICE(1, 2, 300, 400),
		WAITING(1, 7, 500),
		identity(2, 700, "CPU 0/KVM"),
		SLICE(2, 4, 100, 200),
		identity(3, 800, "migration/6"),
		SLICE(3, 6, 100, 200),
		IDLE(5, 200, 300),
	};
	struct host_snapshot host;
	struct host_join *join;

	make_host(&host);
	join = host_join_new(&host);
	assert_int_equal(host_join_add(join, events, COUNT_OF(events)), 0);
	assert_true(events[1].slice.flags & SLICE_MOVABLE);
	assert_false(events[2].slice.flags & SLICE_MOVABLE); /* CPU 2 is not isolated */
	assert_true(events[3].slice.flags & SLICE_MOVABLE);
	assert_false(events[5].slice.flags & SLICE_MOVABLE); /* its CPUs are isolated ones */
	assert_false(events[7].slice.flags & SLICE_MOVABLE); /* bound */
	assert_false(events[8].slice.flags & SLICE_MOVABLE);
	assert_int_equal(host_join_known(join), 3);
	host_join_free(join);
	host_snapshot_free(&host);
}

static void what_the_recording_does_not_tell_of_a_task_is_the_snapshots(void **state)
{
	struct event events[] = { identity(1, 60, "ksmd"), identity(2, 700, "CPU 0/KVM") };
	struct host_snapshot host;
	struct host_join *join;

	make_host(&host);
	events[1].identity.pid = 690; /* told */
	join = host_join_new(&host);
	assert_int_equal(host_join_add(join, events, 2), 0);
	assert_int_equal(events[0].identity.pid, 60);
	assert_int_equal(events[0].identity.ppid, 2);
	assert_int_equal(events[0].identity.flags, KTHREAD);
	assert_int_equal(events[0].identity.cpus_allowed, 8);
	assert_int_equal(events[1].identity.pid, 690);
	assert_int_equal(events[1].identity.cpus_allowed, 2);
	host_join_free(join);
	host_snapshot_free(&host);
}

static void a_tid_with_another_name_is_another_task(void **state)
{
	struct event events[] = { identity(1, 60, "bash"), SLICE(1, 5, 100, 200),
				  identity(2, 61, "ksmd"), SLICE(2, 5, 300, 400) };
	struct host_snapshot host;
	struct host_join *join;

	make_host(&host);
	join = host_join_new(&host);
	assert_int_equal(host_join_add(join, events, COUNT_OF(events)), 0);
	for (size_t i = 0; i < COUNT_OF(events); i += 2) {
		assert_int_equal(events[i].identity.pid, 0);
		assert_int_equal(events[i].identity.cpus_allowed, 0);
		assert_false(events[i + 1].slice.flags & SLICE_MOVABLE);
	}
	assert_int_equal(host_join_known(join), 0);
	host_join_free(join);
	host_snapshot_free(&host);
}

static void an_id_that_gets_another_name_is_looked_up_anew(void **state)
{
	struct event events[] = { identity(9, 60, "ksmd"),    SLICE(9, 5, 100, 200),
				  identity(9, 60, "other"),   SLICE(9, 5, 300, 400),
				  identity(5000, 60, "ksmd"), SLICE(5000, 5, 500, 600),
				  SLICE(4000000, 5, 700, 800) };
	struct host_snapshot host;
	struct host_join *join;

	make_host(&host);
	join = host_join_new(&host);
	assert_int_equal(host_join_add(join, events, COUNT_OF(events)), 0);
	assert_true(events[1].slice.flags & SLICE_MOVABLE);
	assert_false(events[3].slice.flags & SLICE_MOVABLE);
	assert_true(events[5].slice.flags & SLICE_MOVABLE);
	assert_false(events[6].slice.flags & SLICE_MOVABLE);
	host_join_free(join);
	host_join_free(NULL);
	host_snapshot_free(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_task_that_may_be_elsewhere_trespasses_on_isolated_cpus),
		cmocka_unit_test(what_the_recording_does_not_tell_of_a_task_is_the_snapshots),
		cmocka_unit_test(a_tid_with_another_name_is_another_task),
		cmocka_unit_test(an_id_that_gets_another_name_is_looked_up_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
