// SPDX-License-Identifier: GPL-2.0-only
/* Which CPUs a task may be put on, from what the stream and the snapshot say of its mask. */
#include "unit/stream.h"
#include "unit/machine.h"
#include "analysis/usable.h"

struct scene {
	struct host_snapshot host;
	struct usable *usable;
};

static void begin(struct scene *s, const char *isolated)
{
	machine_make(&s->host, isolated, "6.1.0");
	machine_add_task(&s->host, 2, "kthreadd", 0x00200000, 0, "0-7");
	machine_add_task(&s->host, 41, "ksmd", 0x00200000, 0, "0-7");
	machine_add_task(&s->host, 700, "vm", 0, 0, "4-6");
	machine_add_task(&s->host, 800, "bound", 0, 0, "1");
	s->usable = usable_new(&s->host, MACHINE_CPUS);
	assert_non_null(s->usable);
}

static void end(struct scene *s)
{
	usable_free(s->usable);
	host_snapshot_free(&s->host);
}

static uint32_t set_of(struct usable *usable, struct task_identity task)
{
	uint32_t set = 0;

	assert_int_equal(usable_of(usable, &task, &set), 0);
	return set;
}

/* The set as a CPU list; "one", "?". */
static void assert_set(struct usable *usable, struct task_identity task, const char *expected)
{
	uint32_t set = set_of(usable, task);
	char *list;

	if (set == USABLE_ONE || set == USABLE_UNKNOWN) {
		assert_null(usable_cpus(usable, set));
		assert_string_equal(set == USABLE_ONE ? "one" : "?", expected);
		return;
	}
	list = cpulist_format(usable_cpus(usable, set));
	assert_string_equal(list, expected);
	free(list);
}

#define WHO(task_, tid_, ...) ((struct task_identity){ .task = task_, .tid = tid_, __VA_ARGS__ })

static void the_snapshots_mask_counts_where_the_stream_does_not_contradict(void **state)
{
	struct scene s;

	begin(&s, "");
	assert_set(s.usable, WHO(1, 700, .cpus_allowed = 3), "4-6");
	assert_set(s.usable, WHO(2, 700), "4-6");
	assert_set(s.usable, WHO(3, 700, .cpus_allowed = 4), "?");
	assert_set(s.usable, WHO(4, 700, .cpus_allowed = 8), "0-7");
	assert_set(s.usable, WHO(5, 800), "1");
	end(&s);
}

static void who_is_not_in_the_snapshot_is_known_by_the_number(void **state)
{
	struct scene s;

	begin(&s, "");
	assert_set(s.usable, WHO(1, 900, .cpus_allowed = 1), "one");
	assert_set(s.usable, WHO(2, 900, .cpus_allowed = 8), "0-7");
	assert_set(s.usable, WHO(3, 900, .cpus_allowed = 5), "?");
	assert_set(s.usable, WHO(4, 900), "?");
	assert_set(s.usable, WHO(5, 0), "?");
	end(&s);
}

static void a_thread_has_its_process_mask_and_a_child_its_parents(void **state)
{
	struct scene s;

	begin(&s, "");
	assert_set(s.usable, WHO(1, 901, .pid = 700, .cpus_allowed = 3), "4-6");
	assert_set(s.usable, WHO(2, 902, .pid = 902, .ppid = 700, .cpus_allowed = 3), "4-6");
	assert_set(s.usable, WHO(3, 903, .pid = 2, .ppid = 700, .cpus_allowed = 3), "4-6");
	assert_set(s.usable, WHO(4, 904, .pid = 700, .ppid = 700, .cpus_allowed = 2), "?");
	end(&s);
}

static void isolated_cpus_are_usable_only_by_who_is_bound_to_them(void **state)
{
	struct scene s;

	begin(&s, "1,4-5");
	assert_set(s.usable, WHO(1, 41, .cpus_allowed = 8), "0,2-3,6-7");
	assert_set(s.usable, WHO(2, 700, .cpus_allowed = 3), "6");
	assert_set(s.usable, WHO(3, 800), "1");
	end(&s);
	begin(&s, "4-7");
	assert_set(s.usable, WHO(2, 700, .cpus_allowed = 3), "4-6");
	end(&s);
}

static void equal_sets_are_one(void **state)
{
	struct scene s;

	begin(&s, "");
	assert_int_equal(set_of(s.usable, WHO(1, 41)), set_of(s.usable, WHO(2, 2)));
	assert_int_not_equal(set_of(s.usable, WHO(1, 41)), set_of(s.usable, WHO(3, 700)));
	end(&s);
}

static void a_changed_identity_is_asked_anew(void **state)
{
	struct scene s;

	begin(&s, "");
	assert_set(s.usable, WHO(1, 700, .cpus_allowed = 3), "4-6");
	assert_set(s.usable, WHO(1, 700, .cpus_allowed = 1), "one");
	assert_set(s.usable, WHO(1, 41, .cpus_allowed = 8), "0-7");
	end(&s);
}

static void without_a_host_the_number_alone_tells(void **state)
{
	struct usable *usable = usable_new(NULL, 4);

	assert_set(usable, WHO(1, 700, .cpus_allowed = 4), "0-3");
	assert_set(usable, WHO(2, 700, .cpus_allowed = 1), "one");
	assert_set(usable, WHO(3, 700, .cpus_allowed = 3), "?");
	assert_set(usable, WHO(UINT32_MAX, 700, .cpus_allowed = UINT32_MAX), "?");
	usable_free(usable);
}

static void more_sets_than_can_be_are_unknown(void **state)
{
	struct host_snapshot host;
	struct usable *usable;
	char list[32];

	machine_make(&host, "", "6.1.0");
	hwloc_bitmap_set_range(host.possible, 0, 1999);
	for (uint32_t i = 0; i <= USABLE_SETS; i++) {
		snprintf(list, sizeof(list), "0,%u", i + 1);
		machine_add_task(&host, i + 1, "many", 0, 0, list);
	}
	usable = usable_new(&host, MACHINE_CPUS);
	for (uint32_t i = 0; i < USABLE_SETS; i++)
		assert_int_equal(set_of(usable, WHO(i + 1, i + 1)), i);
	assert_set(usable, WHO(USABLE_SETS + 1, USABLE_SETS + 1), "?");
	usable_free(usable);
	host_snapshot_free(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_snapshots_mask_counts_where_the_stream_does_not_contradict),
		cmocka_unit_test(who_is_not_in_the_snapshot_is_known_by_the_number),
		cmocka_unit_test(a_thread_has_its_process_mask_and_a_child_its_parents),
		cmocka_unit_test(isolated_cpus_are_usable_only_by_who_is_bound_to_them),
		cmocka_unit_test(equal_sets_are_one),
		cmocka_unit_test(a_changed_identity_is_asked_anew),
		cmocka_unit_test(without_a_host_the_number_alone_tells),
		cmocka_unit_test(more_sets_than_can_be_are_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
