// SPDX-License-Identifier: GPL-2.0-only
/* What the target CPUs are for: each rule, and which goes first. */
#include "unit/machine.h"
#include "unit/stream.h"

#include <stdlib.h>

#include "analysis/owner.h"

#define PF_KTHREAD 0x00200000

enum { KSMD = 1, QEMU, VCPU, NGINX, WORKER, SHELL, NOBODY_KNOWS };

/* The target CPUs are 2 and 3 of 8. */
struct scene {
	struct host_snapshot host;
	struct task_table tasks;
	struct filter asked;
	hwloc_bitmap_t targets;
	struct owner_options options;
};

static int setup(void **state)
{
	const struct event events[] = {
		TASK(KSMD, 1, 510, 510, "ksmd"),
		TASK(QEMU, 1, 4700, 4700, "qemu-system-x86"),
		TASK(VCPU, 1, 4711, 4700, "CPU 0/KVM"),
		TASK(NGINX, 1, 812, 812, "nginx"),
		TASK(WORKER, 1, 815, 812, "nginx-worker"),
		TASK(SHELL, 1, 900, 900, "bash"),
	};
	struct scene *s = calloc(1, sizeof(*s));

	*state = s;
	machine_make(&s->host, "2-3", "6.1.0");
	s->targets = hwloc_bitmap_alloc();
	cpulist_parse(s->targets, "2-3");
	assert_int_equal(task_table_init(&s->tasks), 0);
	for (size_t i = 0; i < COUNT_OF(events); i++)
		assert_int_equal(task_table_put(&s->tasks, &events[i].identity), 0);
	s->options = (struct owner_options){ &s->asked, s->targets, &s->host };
	return 0;
}

static int teardown(void **state)
{
	struct scene *s = *state;

	host_snapshot_free(&s->host);
	hwloc_bitmap_free(s->targets);
	task_table_free(&s->tasks);
	filter_free(&s->asked);
	free(s);
	return 0;
}

/* How many CPUs a task's mask has, as the stream tells. */
static void allow(struct scene *s, uint32_t task, uint32_t cpus)
{
	s->tasks.tasks[task].cpus_allowed = cpus;
}

static void ask(struct scene *s, const char *list)
{
	filter_free(&s->asked);
	assert_int_equal(filter_add_tasks(&s->asked, list), 0);
}

static const uint32_t everybody[] = { TASK_IDLE, KSMD, QEMU, VCPU, NGINX, WORKER, SHELL };
static const uint32_t no_vcpu[] = { TASK_IDLE, KSMD, QEMU, NGINX, WORKER, SHELL, NOBODY_KNOWS };

#define RULE(s, ids) owner_rule_of(&(s)->options, ids, COUNT_OF(ids), &(s)->tasks)

static bool is(const struct scene *s, enum owner_rule rule, uint32_t task)
{
	return owner_is(&s->options, rule, task_table_get(&s->tasks, task));
}

static void asked_for_by_name_the_task_of_that_name_is_the_owner(void **state)
{
	struct scene *s = *state;

	ask(s, "nginx");
	assert_int_equal(RULE(s, everybody), OWNER_ASKED);
	assert_true(is(s, OWNER_ASKED, NGINX));
	assert_false(is(s, OWNER_ASKED, WORKER));
	assert_false(is(s, OWNER_ASKED, VCPU));
}

static void asked_for_by_pid_all_its_threads_are(void **state)
{
	struct scene *s = *state;

	ask(s, "812");
	assert_int_equal(RULE(s, everybody), OWNER_ASKED);
	assert_true(is(s, OWNER_ASKED, NGINX));
	assert_true(is(s, OWNER_ASKED, WORKER));
	assert_false(is(s, OWNER_ASKED, SHELL));
}

static void asked_for_by_prefix_every_name_that_begins_so_is(void **state)
{
	struct scene *s = *state;

	ask(s, "nginx*");
	assert_true(is(s, OWNER_ASKED, NGINX));
	assert_true(is(s, OWNER_ASKED, WORKER));
	assert_false(is(s, OWNER_ASKED, KSMD));
}

static void asked_for_as_vcpu_the_vcpu_threads_are(void **state)
{
	struct scene *s = *state;

	ask(s, "vcpu");
	assert_int_equal(RULE(s, everybody), OWNER_ASKED);
	assert_true(is(s, OWNER_ASKED, VCPU));
	assert_false(is(s, OWNER_ASKED, QEMU));
}

static void asked_for_and_not_there_no_other_rule_steps_in(void **state)
{
	struct scene *s = *state;

	ask(s, "postgres");
	allow(s, NGINX, 1);
	assert_int_equal(RULE(s, everybody), OWNER_NOBODY);
	assert_null(owner_rule_name(OWNER_NOBODY));
}

static void not_asked_vcpu_threads_go_before_bound_tasks(void **state)
{
	struct scene *s = *state;

	allow(s, NGINX, 1);
	assert_int_equal(RULE(s, everybody), OWNER_VCPUS);
	assert_true(is(s, OWNER_VCPUS, VCPU));
	/* The machine's other threads are none. */
	assert_false(is(s, OWNER_VCPUS, QEMU));
	assert_false(is(s, OWNER_VCPUS, NGINX));
	s->options.asked = NULL;
	assert_int_equal(RULE(s, everybody), OWNER_VCPUS);
	/* Only who ran there counts. */
	assert_int_equal(RULE(s, no_vcpu), OWNER_BOUND);
}

static void a_task_of_one_cpu_is_bound_to_the_one_it_ran_on(void **state)
{
	struct scene *s = *state;

	s->options.host = NULL;
	allow(s, NGINX, 1);
	allow(s, SHELL, 2);
	assert_int_equal(RULE(s, no_vcpu), OWNER_BOUND);
	assert_true(is(s, OWNER_BOUND, NGINX));
	assert_false(is(s, OWNER_BOUND, SHELL));
}

static void a_mask_within_the_targets_binds_one_beyond_does_not(void **state)
{
	struct scene *s = *state;

	machine_add_task(&s->host, 812, "nginx", 0, 2, "2-3");
	machine_add_task(&s->host, 900, "bash", 0, 2, "3-4");
	allow(s, NGINX, 2);
	allow(s, SHELL, 2);
	assert_true(is(s, OWNER_BOUND, NGINX));
	assert_false(is(s, OWNER_BOUND, SHELL));
	/* A stream that does not say how many: the snapshot's word. */
	allow(s, NGINX, 0);
	assert_true(is(s, OWNER_BOUND, NGINX));
	cpulist_parse(s->targets, "2");
	assert_false(is(s, OWNER_BOUND, NGINX));
}

static void a_thread_that_the_snapshot_has_not_goes_by_its_process(void **state)
{
	struct scene *s = *state;

	machine_add_task(&s->host, 812, "nginx", 0, 2, "2-3");
	allow(s, WORKER, 2);
	assert_true(is(s, OWNER_BOUND, WORKER));
	/* Of other than as many CPUs it is another mask. */
	allow(s, WORKER, 3);
	assert_false(is(s, OWNER_BOUND, WORKER));
	/* Not known whether it is the same. */
	allow(s, WORKER, 0);
	assert_false(is(s, OWNER_BOUND, WORKER));
}

static void a_mask_that_changed_since_the_snapshot_is_not_known(void **state)
{
	struct scene *s = *state;

	machine_add_task(&s->host, 812, "nginx", 0, 2, "2-3");
	allow(s, NGINX, 8);
	assert_false(is(s, OWNER_BOUND, NGINX));
	assert_int_equal(RULE(s, no_vcpu), OWNER_NOBODY);
}

static void a_kernel_thread_never_owns_however_it_is_bound(void **state)
{
	struct scene *s = *state;

	machine_add_task(&s->host, 510, "ksmd", PF_KTHREAD, 2, "2-3");
	s->tasks.tasks[KSMD].flags = PF_KTHREAD;
	allow(s, KSMD, 1);
	assert_false(is(s, OWNER_BOUND, KSMD));
	allow(s, KSMD, 2);
	assert_false(is(s, OWNER_BOUND, KSMD));
	assert_int_equal(RULE(s, no_vcpu), OWNER_NOBODY);
}

static void where_no_mask_is_known_nobody_owns(void **state)
{
	struct scene *s = *state;

	s->options.host = NULL;
	assert_int_equal(RULE(s, no_vcpu), OWNER_NOBODY);
	for (size_t i = 0; i < COUNT_OF(no_vcpu); i++)
		assert_false(is(s, OWNER_NOBODY, no_vcpu[i]));
	assert_int_equal(owner_rule_of(&s->options, NULL, 0, &s->tasks), OWNER_NOBODY);
}

static void the_idle_task_and_one_without_a_name_never_own(void **state)
{
	static const uint32_t ids[] = { TASK_IDLE, NOBODY_KNOWS, TASK_UNKNOWN };
	struct scene *s = *state;

	assert_int_equal(RULE(s, ids), OWNER_NOBODY);
	/* Each idle task is bound to its CPU. */
	allow(s, TASK_IDLE, 1);
	assert_int_equal(RULE(s, ids), OWNER_NOBODY);
	ask(s, "nginx,812,vcpu");
	assert_int_equal(RULE(s, ids), OWNER_NOBODY);
}

static void rules_have_names(void **state)
{
	assert_string_equal(owner_rule_name(OWNER_ASKED), "asked");
	assert_string_equal(owner_rule_name(OWNER_VCPUS), "vcpus");
	assert_string_equal(owner_rule_name(OWNER_BOUND), "bound");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest all[] = {
		TEST(asked_for_by_name_the_task_of_that_name_is_the_owner),
		TEST(asked_for_by_pid_all_its_threads_are),
		TEST(asked_for_by_prefix_every_name_that_begins_so_is),
		TEST(asked_for_as_vcpu_the_vcpu_threads_are),
		TEST(asked_for_and_not_there_no_other_rule_steps_in),
		TEST(not_asked_vcpu_threads_go_before_bound_tasks),
		TEST(a_task_of_one_cpu_is_bound_to_the_one_it_ran_on),
		TEST(a_mask_within_the_targets_binds_one_beyond_does_not),
		TEST(a_thread_that_the_snapshot_has_not_goes_by_its_process),
		TEST(a_mask_that_changed_since_the_snapshot_is_not_known),
		TEST(a_kernel_thread_never_owns_however_it_is_bound),
		TEST(where_no_mask_is_known_nobody_owns),
		TEST(the_idle_task_and_one_without_a_name_never_own),
		cmocka_unit_test(rules_have_names),
	};

	return cmocka_run_group_tests_name("owner", all, NULL, NULL);
}
