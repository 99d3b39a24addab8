// SPDX-License-Identifier: GPL-2.0-only
/* Which events a report is about, and what a mistyped filter says. */
#include "unit/stream.h"
#include "analysis/filter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct fixture {
	struct filter filter;
	struct task_table tasks;
	char why[200];
};

/* Tasks 1: ksmd 510. 2: qemu's main thread 1000. 3: its vCPU thread 1001. 4: sh 77. */
static int setup(void **state)
{
	const struct event events[] = {
		TASK(1, 1, 510, 510, "ksmd"),
		TASK(2, 1, 1000, 1000, "qemu-system-x86"),
		TASK(3, 1, 1001, 1000, "CPU 0/KVM"),
		TASK(4, 1, 77, 77, "sh"),
	};
	struct fixture *x = calloc(1, sizeof(*x));

	*state = x;
	if (!x || task_table_init(&x->tasks))
		return -1;
	for (size_t i = 0; i < COUNT_OF(events); i++)
		if (task_table_put(&x->tasks, &events[i].identity))
			return -1;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *x = *state;

	filter_free(&x->filter);
	task_table_free(&x->tasks);
	free(x);
	return 0;
}

static bool matches(struct fixture *x, struct event e)
{
	return filter_matches(&x->filter, &x->tasks, &e);
}

static bool task_passes(struct fixture *x, uint32_t task)
{
	return matches(x, WOKEN(task, 0, 100, 110, 120));
}

static void add_comms(struct fixture *x, const char *list)
{
	assert_int_equal(filter_add_comms(&x->filter, list, x->why, sizeof(x->why)), 0);
}

static void add_pids(struct fixture *x, const char *list)
{
	assert_int_equal(filter_add_pids(&x->filter, list, x->why, sizeof(x->why)), 0);
}

static void set_cpus(struct fixture *x, const char *list)
{
	assert_int_equal(filter_set_cpus(&x->filter, list, x->why, sizeof(x->why)), 0);
}

static void an_empty_filter_lets_everything_pass(void **state)
{
	struct fixture *x = *state;

	assert_false(filter_has_tasks(&x->filter));
	assert_true(task_passes(x, 1));
	assert_true(task_passes(x, 999));
	assert_true(matches(x, IDLE(5, 0, 100)));
	assert_true(matches(x, MOVE(1, 5, 2, 3)));
	assert_true(matches(x, LOST(9, 1, 2, LOST_SLICE, 1)));
	assert_null(filter_describe_tasks(&x->filter));
}

static void a_name_is_exact(void **state)
{
	struct fixture *x = *state;

	add_comms(x, "ksmd,CPU 0/KVM");
	assert_true(filter_has_tasks(&x->filter));
	assert_true(task_passes(x, 1));
	assert_true(task_passes(x, 3));
	assert_false(task_passes(x, 2));
	filter_free(&x->filter);
	add_comms(x, "ksm,ksmdd,KSMD,s");
	assert_false(task_passes(x, 1));
	assert_false(task_passes(x, 4));
}

static void a_star_makes_a_name_a_prefix(void **state)
{
	struct fixture *x = *state;
	struct task_identity starred = { .task = 9, .tid = 9, .pid = 9, .comm = "k*x" };

	add_comms(x, "ks*,qemu-system-x86*");
	assert_true(task_passes(x, 1));
	assert_true(task_passes(x, 2));
	assert_false(task_passes(x, 3));
	filter_free(&x->filter);
	add_comms(x, "ksmd*");
	assert_true(task_passes(x, 1));
	filter_free(&x->filter);
	add_comms(x, "k*");
	assert_true(filter_matches_task(&x->filter, &starred));
}

static void a_process_id_means_all_its_threads_a_thread_id_the_one(void **state)
{
	struct fixture *x = *state;

	add_pids(x, "1000");
	assert_true(task_passes(x, 2));
	assert_true(task_passes(x, 3));
	assert_false(task_passes(x, 1));
	filter_free(&x->filter);
	add_pids(x, "1001,77");
	assert_false(task_passes(x, 2));
	assert_true(task_passes(x, 3));
	assert_true(task_passes(x, 4));
}

static void names_and_ids_add_up(void **state)
{
	struct fixture *x = *state;

	add_comms(x, "ksmd");
	add_comms(x, "sh");
	add_pids(x, "1001");
	assert_true(task_passes(x, 1));
	assert_true(task_passes(x, 4));
	assert_true(task_passes(x, 3));
	assert_false(task_passes(x, 2));
}

static void with_a_task_filter_idle_and_the_unnamed_do_not_match(void **state)
{
	struct fixture *x = *state;

	add_comms(x, "*");
	assert_true(task_passes(x, 4));
	assert_false(matches(x, IDLE(0, 100, 200)));
	filter_free(&x->filter);
	add_pids(x, "510");
	assert_false(task_passes(x, 999));
}

static void the_filter_applies_to_who_ran_or_waited_not_to_who_woke_or_moved(void **state)
{
	struct fixture *x = *state;
	struct event move = MOVE(4, 100, 0, 1);

	add_comms(x, "ksmd");
	move.move.by = 1;
	assert_false(matches(x, WOKEN(4, 0, 100, 110, 120, .waker = 1)));
	assert_false(matches(x, move));
	assert_true(matches(x, WOKEN(1, 0, 100, 110, 120, .waker = 4)));
	assert_true(matches(x, MOVE(1, 100, 0, 1)));
	assert_true(matches(x, WAITING(1, 0, 100, .kind = DELAY_WAKE, .waking_ns = 50)));
	assert_false(matches(x, WAITING(4, 0, 100, .kind = DELAY_WAKE, .waking_ns = 50)));
}

static void cpus_are_where_a_slice_ran_or_a_move_led_to(void **state)
{
	struct fixture *x = *state;
	struct event move = MOVE(1, 100, 2, 43);

	set_cpus(x, "40-43,50");
	assert_true(matches(x, WOKEN(1, 43, 100, 110, 120, .waker_cpu = 2)));
	assert_false(matches(x, WOKEN(1, 44, 100, 110, 120, .waker_cpu = 43, .prev_cpu = 43)));
	assert_true(matches(x, IDLE(50, 100, 200)));
	assert_true(matches(x, WAITING(1, 40, 100)));
	assert_false(matches(x, LOST(39, 1, 2, LOST_SLICE, 1)));
	assert_true(matches(x, LOST(41, 1, 2, LOST_SLICE, 1)));
	move.cpu = 7; /* where the balancer happened to run */
	assert_true(matches(x, move));
	assert_false(matches(x, MOVE(1, 100, 43, 2)));
}

static void a_choice_matches_by_its_task_and_where_it_led_to(void **state)
{
	struct fixture *x = *state;

	set_cpus(x, "43");
	add_comms(x, "ksmd");
	assert_true(matches(x, CHOICE(1, 2, 100, 5, 43)));
	assert_false(matches(x, CHOICE(1, 43, 100, 43, 5)));
	assert_false(matches(x, CHOICE(4, 2, 100, 5, 43)));
	x->filter.from_ns = 101;
	assert_false(matches(x, CHOICE(1, 2, 100, 5, 43)));
	assert_true(matches(x, CHOICE(1, 2, 101, 5, 43)));
}

static void cpus_set_again_replace_the_ones_before(void **state)
{
	struct fixture *x = *state;

	set_cpus(x, "1");
	set_cpus(x, "2");
	assert_false(matches(x, IDLE(1, 0, 10)));
	assert_true(matches(x, IDLE(2, 0, 10)));
}

static void a_slice_matches_the_window_by_its_end_bounds_included(void **state)
{
	struct fixture *x = *state;

	x->filter.from_ns = 100;
	x->filter.to_ns = 200;
	assert_false(matches(x, IDLE(0, 10, 99)));
	assert_true(matches(x, IDLE(0, 10, 100)));
	assert_true(matches(x, IDLE(0, 200, 200)));
	assert_false(matches(x, IDLE(0, 150, 201)));
	x->filter.to_ns = 0;
	assert_true(matches(x, IDLE(0, 150, UINT64_MAX)));
}

static void a_loss_matches_if_any_of_its_time_is_in_the_window(void **state)
{
	struct fixture *x = *state;

	x->filter.from_ns = 100;
	x->filter.to_ns = 200;
	assert_true(matches(x, LOST(0, 50, 150, LOST_SLICE, 1)));
	assert_true(matches(x, LOST(0, 150, 250, LOST_SLICE, 1)));
	assert_true(matches(x, LOST(0, 50, 250, LOST_SLICE, 1)));
	assert_false(matches(x, LOST(0, 50, 99, LOST_SLICE, 1)));
	assert_false(matches(x, LOST(0, 201, 250, LOST_SLICE, 1)));
}

static void identities_always_pass(void **state)
{
	struct fixture *x = *state;

	set_cpus(x, "5");
	add_comms(x, "ksmd");
	x->filter.from_ns = 1000;
	assert_true(matches(x, TASK(7, 1, 7, 7, "other")));
}

static void a_new_name_changes_the_match(void **state)
{
	struct fixture *x = *state;
	struct event exec = TASK(4, 200, 77, 77, "ls");

	add_comms(x, "ls");
	assert_false(task_passes(x, 4));
	assert_int_equal(task_table_put(&x->tasks, &exec.identity), 0);
	assert_true(task_passes(x, 4));
}

#define PARSE(name) int (*name)(struct filter *, const char *, char *, size_t)

/* The list is refused, with exactly one line. */
static void assert_refused(struct fixture *x, PARSE(parse), const char *list, const char *why)
{
	strcpy(x->why, "nothing written");
	assert_int_equal(parse(&x->filter, list, x->why, sizeof(x->why)), -EINVAL);
	assert_null(strchr(x->why, '\n'));
	assert_string_equal(x->why, why);
}

static void garbage_process_ids_are_refused_with_one_line(void **state)
{
	struct fixture *x = *state;
	static const char *const bad[] = {
		"12x", "",   "0",    "-5", "1,,2", "1,2,",	 "+1",
		" 1",  "1 ", "0x10", ",",  "1;2",  "2147483648", "99999999999999999999999"
	};

	assert_refused(
		x, filter_add_pids, "12x",
		"-p 12x: not a process id (expected a number, or several separated by commas)");
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_int_equal(filter_add_pids(&x->filter, bad[i], x->why, sizeof(x->why)),
				 -EINVAL);
	assert_false(filter_has_tasks(&x->filter));
	add_pids(x, "2147483647");
}

static void a_refused_list_leaves_the_filter_as_it_was(void **state)
{
	struct fixture *x = *state;
	char why[100];

	add_pids(x, "510");
	assert_int_equal(filter_add_pids(&x->filter, "77,x", why, sizeof(why)), -EINVAL);
	assert_int_equal(filter_add_comms(&x->filter, "sh,,", why, sizeof(why)), -EINVAL);
	set_cpus(x, "0");
	assert_int_equal(filter_set_cpus(&x->filter, "1-", why, sizeof(why)), -EINVAL);
	assert_true(task_passes(x, 1));
	assert_false(task_passes(x, 4));
}

static void a_name_the_kernel_would_have_cut_is_refused_with_the_way_out(void **state)
{
	struct fixture *x = *state;

	assert_refused(x, filter_add_comms, "qemu-system-x86_64",
		       "-t qemu-system-x86_64: the kernel cuts task names after 15 characters: "
		       "try 'qemu-system-x86*'");
	assert_refused(x, filter_add_comms, "sh,qemu-system-x86_*",
		       "-t qemu-system-x86_*: the kernel cuts task names after 15 characters: "
		       "try 'qemu-system-x86*'");
	assert_false(filter_has_tasks(&x->filter));
	add_comms(x, "qemu-system-x86");
	assert_true(task_passes(x, 2));
}

static void names_that_cannot_match_are_refused(void **state)
{
	struct fixture *x = *state;
	const char *empty = "-t: an empty task name (two commas, or one at an end)";

	assert_refused(x, filter_add_comms, "", empty);
	assert_refused(x, filter_add_comms, "a,", empty);
	assert_refused(x, filter_add_comms, ",a", empty);
	assert_refused(x, filter_add_comms, "*kvm",
		       "-t *kvm: '*' is understood only at the end of a name");
	assert_refused(x, filter_add_comms, "a**",
		       "-t a**: '*' is understood only at the end of a name");
}

static void cpu_lists_that_name_no_cpu_are_refused(void **state)
{
	struct fixture *x = *state;

	assert_refused(x, filter_set_cpus, "", "-C '': names no CPU");
	assert_refused(x, filter_set_cpus, "3-1",
		       "-C 3-1: not a CPU list (expected one like 0-3,8)");
	assert_refused(x, filter_set_cpus, "all",
		       "-C all: not a CPU list (expected one like 0-3,8)");
	assert_refused(x, filter_set_cpus, "8192", "-C 8192: CPU numbers end at 8191");
	assert_null(x->filter.cpus);
}

static void a_long_list_does_not_overrun_the_message(void **state)
{
	struct fixture *x = *state;
	char list[1000], why[20];

	memset(list, 'x', sizeof(list) - 1);
	list[sizeof(list) - 1] = '\0';
	assert_int_equal(filter_add_pids(&x->filter, list, why, sizeof(why)), -EINVAL);
	assert_int_equal(strlen(why), 19);
	assert_int_equal(filter_add_comms(&x->filter, list, why, sizeof(why)), -EINVAL);
	assert_int_equal(filter_set_cpus(&x->filter, list, why, sizeof(why)), -EINVAL);
}

static void one_list_holds_names_ids_and_vcpu(void **state)
{
	struct fixture *x = *state;

	assert_int_equal(filter_add_tasks(&x->filter, "ks*,77,vcpu"), 0);
	assert_int_equal(x->filter.comm_count, 1);
	assert_int_equal(x->filter.pid_count, 1);
	assert_true(x->filter.vcpus);
	assert_true(task_passes(x, 1));
	assert_false(task_passes(x, 2));
	assert_true(task_passes(x, 3));
	assert_true(task_passes(x, 4));
	/* More adds to it. */
	assert_int_equal(filter_add_tasks(&x->filter, "1000"), 0);
	assert_true(task_passes(x, 2));
}

static void vcpu_alone_is_a_filter_and_no_name(void **state)
{
	struct task_identity named = { .task = 9, .tid = 9, .pid = 9, .comm = "vcpu" };
	struct fixture *x = *state;
	char *text;

	assert_int_equal(filter_add_tasks(&x->filter, "vcpu"), 0);
	assert_true(filter_has_tasks(&x->filter));
	assert_true(task_passes(x, 3));
	assert_false(task_passes(x, 1));
	assert_false(filter_matches_task(&x->filter, &named));
	text = filter_describe_tasks(&x->filter);
	assert_string_equal(text, "vCPUs");
	free(text);
	filter_free(&x->filter);
	assert_false(filter_has_tasks(&x->filter));
	/* Any other spelling is a name. */
	assert_int_equal(filter_add_tasks(&x->filter, "VCPU,vcpu0,12a"), 0);
	assert_false(x->filter.vcpus);
	assert_int_equal(x->filter.comm_count, 3);
}

static void lists_of_tasks_that_cannot_match_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		",",
		"nginx,",
		",812",
		"nginx,,vcpu",
		"0",
		"*x",
		"a**",
		"2147483648",
		"99999999999999999999999",
		"qemu-system-x86_64",
	};
	struct fixture *x = *state;

	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_int_equal(filter_add_tasks(&x->filter, bad[i]), -EINVAL);
}

static void the_description_lists_names_then_ids(void **state)
{
	struct fixture *x = *state;
	char *text;

	add_comms(x, "ksmd,CPU*");
	add_pids(x, "510,77");
	text = filter_describe_tasks(&x->filter);
	assert_string_equal(text, "ksmd,CPU*,pid 510,pid 77");
	free(text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_empty_filter_lets_everything_pass),
		TEST(a_name_is_exact),
		TEST(a_star_makes_a_name_a_prefix),
		TEST(a_process_id_means_all_its_threads_a_thread_id_the_one),
		TEST(names_and_ids_add_up),
		TEST(with_a_task_filter_idle_and_the_unnamed_do_not_match),
		TEST(the_filter_applies_to_who_ran_or_waited_not_to_who_woke_or_moved),
		TEST(cpus_are_where_a_slice_ran_or_a_move_led_to),
		TEST(a_choice_matches_by_its_task_and_where_it_led_to),
		TEST(cpus_set_again_replace_the_ones_before),
		TEST(a_slice_matches_the_window_by_its_end_bounds_included),
		TEST(a_loss_matches_if_any_of_its_time_is_in_the_window),
		TEST(identities_always_pass),
		TEST(a_new_name_changes_the_match),
		TEST(garbage_process_ids_are_refused_with_one_line),
		TEST(a_refused_list_leaves_the_filter_as_it_was),
		TEST(a_name_the_kernel_would_have_cut_is_refused_with_the_way_out),
		TEST(names_that_cannot_match_are_refused),
		TEST(cpu_lists_that_name_no_cpu_are_refused),
		TEST(a_long_list_does_not_overrun_the_message),
		TEST(one_list_holds_names_ids_and_vcpu),
		TEST(vcpu_alone_is_a_filter_and_no_name),
		TEST(lists_of_tasks_that_cannot_match_are_refused),
		TEST(the_description_lists_names_then_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
