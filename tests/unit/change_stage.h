/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine to make changes to: a folder with files of /sys, a boot id, and the journal's folder; the
 * tasks in it are real ones. What is done to it may be killed at a step of choice.
 */
#ifndef INTERLOPER_TEST_CHANGE_STAGE_H
#define INTERLOPER_TEST_CHANGE_STAGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "host/apply.h"
#include "host/cpulist.h"
#include "host/live_value.h"
#include "host/read.h"
#include "host/revert.h"
#include "host/taskscan.h"
#include "unit/tree.h"

#define SLEEP	   "/sys/kernel/mm/ksm/sleep_millisecs"
#define PAGES	   "/sys/kernel/mm/ksm/pages_to_scan"
#define MASK	   "/sys/devices/virtual/workqueue/cpumask"
#define THIS_BOOT  "5f1c9d4e-0000-4000-8000-000000000001"
#define OTHER_BOOT "5f1c9d4e-0000-4000-8000-000000000002"

struct stage {
	char root[PATH_MAX], folder[PATH_MAX + 16];
	pid_t child;	  /* a task whose CPUs may be changed; 0: none */
	uint64_t started; /* its start_ticks */
	char *all_cpus;	  /* what it may use before anything happens */
	char *one_cpu;	  /* a part of that; NULL: there is but one */
};

static inline void stage_boot(const struct stage *stage, const char *boot_id)
{
	char text[128];

	snprintf(text, sizeof(text), "%s\n", boot_id);
	tree_put(stage->root, "proc/sys/kernel/random/boot_id", text);
}

/* /proc/TID of the stage is that of the machine. */
static inline void stage_link(const struct stage *stage, pid_t tid)
{
	char from[64], to[PATH_MAX + 64];

	snprintf(from, sizeof(from), "/proc/%d", tid);
	snprintf(to, sizeof(to), "%s%s", stage->root, from);
	assert_int_equal(symlink(from, to), 0);
}

static inline uint64_t start_of(pid_t tid)
{
	struct host_task task = {};
	char path[64], *stat;

	snprintf(path, sizeof(path), "/proc/%d/stat", tid);
	stat = host_read_text("", path);
	assert_non_null(stat);
	assert_int_equal(taskscan_parse_stat(&task, stat), 0);
	free(stat);
	return task.start_ticks;
}

static inline void change_of_child(const struct stage *stage, struct change *change)
{
	assert_int_equal(change_affinity(change, (uint32_t)stage->child, stage->started, "child",
					 stage->all_cpus, stage->one_cpu ? stage->one_cpu
									 : stage->all_cpus),
			 0);
}

static inline void stage_child(struct stage *stage)
{
	struct change change = { .kind = CHANGE_AFFINITY, .value = CHANGE_CPULIST };
	hwloc_bitmap_t set = hwloc_bitmap_alloc();

	stage->child = fork();
	assert_true(stage->child >= 0);
	if (!stage->child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	stage_link(stage, stage->child);
	stage->started = start_of(stage->child);
	change.tid = (uint32_t)stage->child;
	change.start_ticks = stage->started;
	assert_int_equal(live_value_read(&stage->all_cpus, &change, stage->root), 0);
	assert_int_equal(cpulist_parse(set, stage->all_cpus), 0);
	if (hwloc_bitmap_weight(set) > 1) {
		hwloc_bitmap_only(set, hwloc_bitmap_last(set));
		stage->one_cpu = cpulist_format(set);
	}
	hwloc_bitmap_free(set);
}

static inline void stage_make(struct stage *stage)
{
	memset(stage, 0, sizeof(*stage));
	tree_make(stage->root);
	snprintf(stage->folder, sizeof(stage->folder), "%s/state", stage->root);
	stage_boot(stage, THIS_BOOT);
	tree_put(stage->root, SLEEP, "20\n");
	tree_put(stage->root, PAGES, "100\n");
	tree_put(stage->root, MASK, "00000000,00000003\n");
}

static inline void stage_free(struct stage *stage)
{
	if (stage->child) {
		kill(stage->child, SIGKILL);
		waitpid(stage->child, NULL, 0);
	}
	free(stage->all_cpus);
	free(stage->one_cpu);
	tree_remove(stage->root);
}

static inline void expect_file(const struct stage *stage, const char *path, const char *expected)
{
	struct change change = { .kind = CHANGE_FILE, .path = (char *)path };
	char *text;

	assert_int_equal(live_value_read(&text, &change, stage->root), 0);
	assert_string_equal(text, expected);
	free(text);
}

static inline void expect_child(const struct stage *stage, const char *expected)
{
	struct change change;
	char *text;

	change_of_child(stage, &change);
	assert_int_equal(live_value_read(&text, &change, stage->root), 0);
	assert_string_equal(text, expected);
	free(text);
	change_free(&change);
}

/* Everything is, to the byte, as stage_make() and stage_child() left it. */
static inline void expect_first_state(const struct stage *stage)
{
	expect_file(stage, SLEEP, "20\n");
	expect_file(stage, PAGES, "100\n");
	expect_file(stage, MASK, "00000000,00000003\n");
	if (stage->child)
		expect_child(stage, stage->all_cpus);
}

static inline bool has_journal(const struct stage *stage)
{
	char path[PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s/" JOURNAL_NAME, stage->folder);
	return !access(path, F_OK);
}

/* Two files, the child's CPUs, one more file. */
#define FOUR 4
static inline void four_changes(const struct stage *stage, struct change list[FOUR])
{
	assert_int_equal(change_file(&list[0], CHANGE_NUMBER, SLEEP, "20", "500"), 0);
	assert_int_equal(change_file(&list[1], CHANGE_NUMBER, PAGES, "100", "7"), 0);
	change_of_child(stage, &list[2]);
	assert_int_equal(change_file(&list[3], CHANGE_CPUMASK, MASK, "3", "1"), 0);
}

static inline void free_changes(struct change *list, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		change_free(&list[i]);
}

static inline void expect_four_made(const struct stage *stage)
{
	expect_file(stage, SLEEP, "500\n");
	expect_file(stage, PAGES, "7\n");
	expect_file(stage, MASK, "1\n");
	expect_child(stage, stage->one_cpu ? stage->one_cpu : stage->all_cpus);
}

static inline int stage_apply(const struct stage *stage, const struct change *list, uint32_t count,
			      struct apply_result *result)
{
	const struct apply_options options = { .root = stage->root, .folder = stage->folder };

	return apply_changes(list, count, &options, result);
}

/* apply_changes() that must succeed. */
static inline void must_apply(const struct stage *stage, const struct change *list, uint32_t count)
{
	struct apply_result result = {};

	if (stage_apply(stage, list, count, &result))
		fail_msg("%s", result.why);
	assert_int_equal(result.failed, count);
	assert_int_equal(result.left, 0);
	assert_string_equal(result.why, "");
}

/* One change: SLEEP from 20 to 500. */
static inline void apply_sleep(const struct stage *stage)
{
	struct change change;

	assert_int_equal(change_file(&change, CHANGE_NUMBER, SLEEP, "20", "500"), 0);
	must_apply(stage, &change, 1);
	change_free(&change);
}

/* revert that must succeed, restore all, and leave no journal. */
static inline void must_revert(const struct stage *stage)
{
	const struct revert_options options = { .root = stage->root, .folder = stage->folder };
	struct revert_result result;

	if (revert_changes(&options, &result))
		fail_msg("%s", result.why);
	assert_int_equal(result.left, 0);
	revert_result_free(&result);
	assert_false(has_journal(stage));
}

/* A step at which the process kills itself. */
struct deadly {
	uint32_t at, now;
};

static inline void die_at(void *data)
{
	struct deadly *deadly = data;

	if (deadly->now++ == deadly->at)
		kill(getpid(), SIGKILL);
}

/* Runs act in a process that kill -9 hits at its nth step. Whether it came to that. */
static inline bool killed_at(uint32_t n, void (*act)(const struct stage *stage,
						     const struct journal_step *step),
			     const struct stage *stage)
{
	struct deadly deadly = { .at = n };
	const struct journal_step step = { die_at, &deadly };
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		act(stage, &step);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		assert_int_equal(WTERMSIG(status), SIGKILL);
	else
		assert_int_equal(WEXITSTATUS(status), 0);
	return WIFSIGNALED(status);
}

#endif
