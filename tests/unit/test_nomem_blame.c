// SPDX-License-Identifier: GPL-2.0-only
/* Every allocation of who pays to whom made to fail in turn, as in test_nomem.c. */
#include "unit/stream.h"

#include <errno.h>

#include "unit/scarce.h"

#include "analysis/blame.c"
#include "analysis/blame_counts.c"
#include "analysis/blame_stories.c"
#include "analysis/cpu_history.c"
#include "analysis/histogram.c"
#include "analysis/rows.c"
#include "analysis/visits.c"
#include "analysis/waits.c"
#define compare compare_interlopers
#define split	split_tasks
#include "analysis/interlopers.c"
#define merge_parts merge_steal
#include "analysis/steal.c"

#define SCENE	30
#define OWNER	1
#define COMMON	2 /* the culprit of all, beside one of each one's own */
#define MACHINE 4700

/* What blame's reports rest on; NULL where there was no memory. */
struct scene {
	struct task_table tasks;
	struct blame *blame;
	struct visits *visits;
};

/* Every third task is a machine's CPU, one owns CPU 0. */
static void name_tasks(struct scene *s)
{
	assert_int_equal(task_table_init(&s->tasks), 0);
	for (uint32_t task = 1; task < 2 * SCENE + 10; task++) {
		struct task_identity identity = { .task = task, .tid = 1000 + task };

		identity.pid = task % 3 ? identity.tid : MACHINE + task % 2;
		identity.cpus_allowed = task == OWNER ? 1 : 0;
		strcpy(identity.comm, task % 3 ? "task" : "CPU 0/KVM");
		assert_int_equal(task_table_put(&s->tasks, &identity), 0);
	}
}

static int add(struct scene *s, const struct event *e)
{
	int err = blame_add(s->blame, e, true);

	return err ? err : visits_add(s->visits, e);
}

/* A victim on another CPU each time, moved there from CPU 0, behind two culprits. */
static int add_wait(struct scene *s, uint32_t i)
{
	const uint64_t at = 1000 + 100 * i;
	const uint16_t cpu = 1 + i % 7;
	const uint32_t victim = i % 2 ? OWNER : 5 + i;
	const struct event events[] = {
		SLICE(COMMON, 0, at, at + 20),
		MOVE(victim, at + 25, 0, cpu),
		SLICE(3 + i, cpu, at, at + 40),
		WOKEN(victim, cpu, at + 10, at + 40, at + 41 + i * i, .moves = 1),
		SLICE(4 + i, 0, at + 20, at + 90),
	};
	int err = 0;

	for (size_t n = 0; n < COUNT_OF(events) && !err; n++)
		err = add(s, &events[n]);
	return err;
}

static int open_scene(struct scene *s)
{
	/* A short history and few stories, so that both are full. */
	const struct blame_options options = { .history = 200, .pending = 3, .stories = 3 };
	int err = 0;

	memset(s, 0, sizeof(*s));
	name_tasks(s);
	s->blame = blame_new(&options);
	s->visits = visits_new(VISITS_BY_TASK, NULL);
	if (!s->blame || !s->visits)
		return -ENOMEM;
	for (uint32_t i = 0; i < SCENE && !err; i++)
		err = add_wait(s, i);
	if (!err)
		err = blame_finish(s->blame);
	if (!err)
		err = visits_finish(s->visits);
	return err;
}

static void close_scene(struct scene *s)
{
	blame_free(s->blame);
	visits_free(s->visits);
	task_table_free(&s->tasks);
}

static int find_who_pays(void)
{
	struct scene s;
	int err = open_scene(&s);

	assert_true(!err || err == -ENOMEM);
	close_scene(&s);
	return err;
}

static void blame_and_visits_without_memory_say_so_and_leak_nothing(void **state)
{
	fail_each_in_turn(find_who_pays);
}

/* The scene itself has all memory there is. */
static void open_whole_scene(struct scene *s)
{
	int before = allowed;

	allowed = -1;
	assert_int_equal(open_scene(s), 0);
	allowed = before;
}

static int find_interlopers(void)
{
	const struct owner_options options = { .targets = NULL };
	struct interlopers interlopers;
	struct scene s;
	int err;

	open_whole_scene(&s);
	err = interlopers_make(&interlopers, s.visits, s.blame, &s.tasks, &options, 0);
	assert_true(!err || err == -ENOMEM);
	assert_true(!err == (interlopers.count > 0));
	/* Also after a failure it may be freed. */
	interlopers_free(&interlopers);
	close_scene(&s);
	return err;
}

static int find_steal(void)
{
	struct steal *machines;
	struct scene s;
	uint32_t count;
	int err;

	open_whole_scene(&s);
	err = steal_make(&machines, &count, s.blame, &s.tasks, NULL);
	assert_true(!err || err == -ENOMEM);
	if (!err)
		assert_int_equal(count, 2);
	steal_free(machines, count);
	close_scene(&s);
	return err;
}

static void interlopers_and_steal_without_memory_say_so_and_leak_nothing(void **state)
{
	fail_each_in_turn(find_interlopers);
	fail_each_in_turn(find_steal);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blame_and_visits_without_memory_say_so_and_leak_nothing),
		cmocka_unit_test(interlopers_and_steal_without_memory_say_so_and_leak_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
