// SPDX-License-Identifier: GPL-2.0-only
/* Every allocation of idle-while-waiting made to fail in turn, as in test_nomem.c. */
#include "unit/machine.h"
#include "unit/stream.h"

#include <errno.h>

#include "unit/scarce.h"

#include "analysis/idleness.c"
#include "analysis/idleness_circles.c"
#include "analysis/idleness_settle.c"
#define reserve_one reserve_row
#include "analysis/rows.c"
#undef reserve_one
#define reserve_one reserve_span
#include "analysis/spans.c"
#define is_told is_told_of
#include "analysis/usable.c"

#define ROUNDS 40

static const char *const masks[] = { "0-7", "0-3", "2,6", "5-7", "1" };

/* Told CPU by CPU, so that waits are held, and queues and spans grow. */
static int add_round(struct idleness *idleness, struct usable *usable, uint32_t i)
{
	const uint64_t at = 1000 + 100 * i;
	int err = 0;

	for (uint16_t cpu = 0; cpu < 8 && !err; cpu++) {
		struct event idle = IDLE(cpu, at, at + 10 + 10 * cpu);
		/* Of one CPU it is not known, in the end, who ran. */
		struct event busy = SLICE(9, cpu, at + 10 + 10 * cpu, at + 100,
					  .flags = cpu == 5 && i > ROUNDS / 2 ? SLICE_GAP : 0);
		struct task_identity task = { .task = 1 + (i + cpu) % COUNT_OF(masks) };
		struct idleness_wait wait = { .from_ns = at + cpu,
					      .to_ns = at + 60 + 3 * cpu,
					      .task = task.task,
					      .cpu = cpu };

		task.tid = 100 + task.task;
		err = usable_of(usable, &task, &wait.set);
		if (!err)
			err = idleness_wait(idleness, &wait);
		if (!err)
			err = idleness_add(idleness, &idle);
		if (!err)
			err = idleness_add(idleness, &busy);
	}
	return err;
}

static int look_for_idle_cpus(void)
{
	struct idleness_options options = { .cpu_count = 8, .trace_start_ns = 1000 };
	struct idleness *idleness = NULL;
	struct host_snapshot host;
	struct usable *usable;
	int err = -ENOMEM;

	machine_make(&host, "7", "6.1.0");
	for (uint32_t i = 0; i < COUNT_OF(masks); i++)
		machine_add_task(&host, 101 + i, "task", 0, 0, masks[i]);
	usable = usable_new(&host, 8);
	options.host = &host;
	options.usable = usable;
	options.settle_every = 50;
	if (usable)
		idleness = idleness_new(&options);
	if (idleness)
		err = 0;
	for (uint32_t i = 0; i < ROUNDS && !err; i++)
		err = add_round(idleness, usable, i);
	if (!err)
		err = idleness_finish(idleness);
	if (!err)
		assert_true(idleness_all(idleness)->waited_ns > 0);
	assert_true(!err || err == -ENOMEM);
	idleness_free(idleness);
	usable_free(usable);
	host_snapshot_free(&host);
	return err;
}

static void idleness_without_memory_says_so_and_leaks_nothing(void **state)
{
	fail_each_in_turn(look_for_idle_cpus);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(idleness_without_memory_says_so_and_leaks_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
