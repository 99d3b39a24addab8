// SPDX-License-Identifier: GPL-2.0-only
/* A machine's steal: the sum of its vCPUs' delays, by whose slices filled them. */
#include "unit/stream.h"

#include <string.h>

#include "analysis/steal.h"

/* Two vCPUs of one machine, one of another, and two that are none. */
enum { WEB0 = 1, WEB1, DB0, KSMD, SHELL };

struct scene {
	struct host_snapshot host;
	struct host_vm vms[2];
	struct task_table tasks;
	struct blame *blame;
	struct steal *machines;
	uint32_t count;
};

static void play(struct scene *s, const struct host_snapshot *host, const struct event *events,
		 size_t n)
{
	const struct blame_options options = { .history = 1000, .pending = 10 };

	assert_int_equal(task_table_init(&s->tasks), 0);
	s->blame = blame_new(&options);
	for (size_t i = 0; i < n; i++) {
		if (events[i].type == EVENT_TASK)
			assert_int_equal(task_table_put(&s->tasks, &events[i].identity), 0);
		assert_int_equal(blame_add(s->blame, &events[i], true), 0);
	}
	assert_int_equal(blame_finish(s->blame), 0);
	assert_int_equal(steal_make(&s->machines, &s->count, s->blame, &s->tasks, host), 0);
}

static void end(struct scene *s)
{
	steal_free(s->machines, s->count);
	blame_free(s->blame);
	task_table_free(&s->tasks);
}

static const struct event tasks[] = {
	TASK(WEB0, 0, 4711, 4700, "CPU 0/KVM"), TASK(WEB1, 0, 4712, 4700, "CPU 1/KVM"),
	TASK(DB0, 0, 4811, 4800, "CPU 0/KVM"),	TASK(KSMD, 0, 510, 510, "ksmd"),
	TASK(SHELL, 0, 600, 600, "bash"),
};

static const struct event waits[] = {
	/* WEB0 waits 30 for ksmd, WEB1 20 for ksmd and 5 for DB0; bash 40 for ksmd. */
	SLICE(KSMD, 0, 100, 150),	WOKEN(WEB0, 0, 120, 150, 160), SLICE(KSMD, 1, 150, 190),
	SLICE(DB0, 1, 190, 195),	WOKEN(WEB1, 1, 170, 195, 200), SLICE(KSMD, 2, 200, 250),
	WOKEN(SHELL, 2, 210, 250, 260), WOKEN(DB0, 2, 258, 260, 261),
};

static void a_machine_is_told_by_its_vcpus_sums(void **state)
{
	struct host_vm vms[] = { { .pid = 4700, .name = (char *)"web-7" },
				 { .pid = 4800, .name = (char *)"db-1" } };
	struct host_snapshot host = { .vms = vms, .vm_count = 2 };
	struct event events[COUNT_OF(tasks) + COUNT_OF(waits)];
	struct scene s = {};

	memcpy(events, tasks, sizeof(tasks));
	memcpy(events + COUNT_OF(tasks), waits, sizeof(waits));
	play(&s, &host, events, COUNT_OF(events));
	assert_int_equal(s.count, 2);
	assert_string_equal(s.machines[0].vm_name, "web-7");
	assert_int_equal(s.machines[0].vm_pid, 4700);
	assert_int_equal(s.machines[0].vcpus, 2);
	assert_int_equal(s.machines[0].waits, 2);
	assert_int_equal(s.machines[0].total_ns, 30 + 25);
	assert_int_equal(s.machines[0].worst_ns, 30);
	assert_int_equal(s.machines[0].worst_since_ns, 120);
	assert_int_equal(s.machines[0].part_count, 2);
	assert_int_equal(s.machines[0].parts[0].culprit, KSMD);
	assert_int_equal(s.machines[0].parts[0].total_ns, 50);
	assert_int_equal(s.machines[0].parts[0].waits, 2);
	assert_int_equal(s.machines[0].parts[1].culprit, DB0);
	assert_int_equal(s.machines[0].parts[1].total_ns, 5);
	assert_string_equal(s.machines[1].vm_name, "db-1");
	assert_int_equal(s.machines[1].total_ns, 2);
	assert_int_equal(s.machines[1].parts[0].culprit, SHELL);
	end(&s);
}

static void without_a_snapshot_machines_are_known_by_their_pids(void **state)
{
	struct event events[COUNT_OF(tasks) + COUNT_OF(waits)];
	struct scene s = {};

	memcpy(events, tasks, sizeof(tasks));
	memcpy(events + COUNT_OF(tasks), waits, sizeof(waits));
	play(&s, NULL, events, COUNT_OF(events));
	assert_int_equal(s.count, 2);
	assert_null(s.machines[0].vm_name);
	assert_int_equal(s.machines[0].vm_pid, 4700);
	end(&s);
}

static void without_virtual_machines_there_is_nothing(void **state)
{
	const struct event events[] = {
		TASK(KSMD, 0, 510, 510, "ksmd"),
		SLICE(KSMD, 0, 100, 150),
	};
	struct scene s = {};

	play(&s, NULL, events, COUNT_OF(events));
	assert_int_equal(s.count, 0);
	end(&s);
}

int main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test(a_machine_is_told_by_its_vcpus_sums),
		cmocka_unit_test(without_a_snapshot_machines_are_known_by_their_pids),
		cmocka_unit_test(without_virtual_machines_there_is_nothing),
	};

	return cmocka_run_group_tests_name("steal", all, NULL, NULL);
}
