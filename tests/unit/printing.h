/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For tests of output: a small story as a literal stream (ksmd on the isolated CPU 43 of a VM host),
 * and comparison of what is printed with a file of tests/golden. UPDATE_GOLDEN=1 rewrites the files.
 */
#ifndef INTERLOPER_TESTS_PRINTING_H
#define INTERLOPER_TESTS_PRINTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "event/event.h"
#include "event/meta.h"
#include "event/tasks.h"
#include "output/output.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

enum { KSMD = 1, VCPU, QEMU, NEWBORN, LONGNAME, RENAMED };

static const struct task_identity story_tasks[] = {
	{ .task = KSMD, .tid = 510, .pid = 510, .comm = "ksmd" },
	{ .task = VCPU, .tid = 20177, .pid = 20170, .comm = "CPU 0/KVM" },
	{ .task = QEMU, .tid = 20170, .pid = 20170, .comm = "qemu-system-aar" },
	{ .task = NEWBORN, .tid = 20200, .pid = 20200, .ppid = 20170, .comm = "sh" },
	{ .task = LONGNAME, .tid = 4194301, .pid = 4194304, .comm = "a-very-long-com" },
	{ .task = RENAMED, .tid = 20300, .pid = 20300, .comm = "perf-exec" },
};

/* Times of the story: microseconds after 1119 s. */
#define AT(us) (1119000000000ull + (us) * 1000ull)

#define NO_WAKEUP                                                                                  \
	.waker = TASK_UNKNOWN, .prev_cpu = CPU_UNKNOWN, .chosen_cpu = CPU_UNKNOWN,                 \
	.waker_cpu = CPU_UNKNOWN, .recent_cpu = CPU_UNKNOWN, .prio = 120
#define SLICE(task_, cpu_, start, end, ...)                                                        \
	{                                                                                          \
		.type = EVENT_SLICE, .time_ns = AT(end), .cpu = (cpu_), .slice = {                 \
			.task = (task_),                                                           \
			.start_ns = AT(start),                                                     \
			NO_WAKEUP,                                                                 \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}

/* What a later initializer overrides is meant: a slice is "no wakeup, but ...". */
#pragma GCC diagnostic ignored "-Woverride-init"
#ifdef __clang__
#pragma GCC diagnostic ignored "-Winitializer-overrides"
#endif

static const struct event story[] = {
	SLICE(TASK_IDLE, 2, 0, 100, .kind = DELAY_NONE, .flags = SLICE_CUT_START),
	SLICE(VCPU, 43, 0, 400, .flags = SLICE_CUT_START | SLICE_INVOLUNTARY | SLICE_LEFT_QUEUED),
	/* ksmd: woken on CPU 2 by a timer, placed on the isolated CPU 43. */
	SLICE(KSMD, 43, 400, 12734, .kind = DELAY_WAKE, .waking_ns = AT(396),
	      .context = WAKER_SOFTIRQ, .waker_cpu = 2, .prev_cpu = 2, .chosen_cpu = 43,
	      .recent_cpu = 43,
	      .placed = PLACED_SEEN | PLACED_NO_IDLE_CORES | CPU_IS_BUSY << PLACED_PREV_SHIFT |
			CPU_IS_BUSY << PLACED_WAKER_SHIFT | CPU_IS_IDLE << PLACED_RECENT_SHIFT,
	      .flags = SLICE_MOVABLE, .out_state = 0x2001, .prio = 125),
	/* The vCPU waited for ksmd's whole slice. */
	SLICE(VCPU, 43, 12734, 12900, .kind = DELAY_PREEMPT, .prev_out_ns = AT(400),
	      .out_state = 0x1),
	SLICE(TASK_IDLE, 43, 12900, 13000, .kind = DELAY_NONE),
	{ .type = EVENT_CHOICE, .time_ns = AT(13001), .cpu = 2,
	  .choice = { .task = NEWBORN, .prev_cpu = 2, .chosen_cpu = 3, .wake_flags = 0x4,
		      .looks = 2, .trail = { 2, 3 | CHOICE_IDLE } } },
	{ .type = EVENT_CHOICE, .time_ns = AT(13001), .cpu = 2,
	  .choice = { .task = NEWBORN, .prev_cpu = 3, .chosen_cpu = 3, .fallback = true,
		      .looks = CHOICE_NO_TRAIL } },
	SLICE(QEMU, 2, 12900, 13005, .kind = DELAY_WAKE, .waking_ns = AT(12890),
	      .prev_out_ns = AT(7000), .waker = VCPU, .context = WAKER_TASK, .waker_cpu = 43,
	      .prev_cpu = 2, .chosen_cpu = 2, .out_state = 0x1),
	{ .type = EVENT_MOVE, .time_ns = AT(13095), .cpu = 5,
	  .move = { .task = RENAMED, .by = TASK_IDLE, .from = 4, .to = 5, .on_rq = 2 } },
	SLICE(NEWBORN, 3, 13010, 13110, .kind = DELAY_WAKE, .waking_ns = AT(13001),
	      .waker = QEMU, .context = WAKER_TASK, .waker_cpu = 2, .prev_cpu = 2,
	      .chosen_cpu = 3, .out_state = 0x80, .flags = SLICE_NEW | SLICE_EXIT),
	/* Woken while on its way off, re-enqueued in place, then moved before it ran. */
	{ .type = EVENT_MOVE, .time_ns = AT(13115), .cpu = 4,
	  .move = { .task = LONGNAME, .by = TASK_IDLE, .from = 3, .to = 4, .on_rq = 2,
		    .flags = MOVE_SEEN, .context = WAKER_SOFTIRQ } },
	SLICE(LONGNAME, 4, 13120, 13140, .kind = DELAY_WAKE, .waking_ns = AT(13050),
	      .prev_out_ns = AT(13060), .waker = TASK_IDLE, .context = WAKER_IDLE, .waker_cpu = 5,
	      .prev_cpu = 3, .chosen_cpu = 3, .moves = 1, .out_state = 0x402,
	      .flags = SLICE_REQUEUED | SLICE_WOKEN_ON_CPU),
	{ .type = EVENT_LOST, .time_ns = AT(13150), .cpu = 1,
	  .lost = { .first_ns = AT(13020), .count = 1234, .kind = LOST_SLICE } },
	SLICE(RENAMED, 5, 13100, 13160, .flags = SLICE_GAP, .out_state = 0x2),
	{ .type = EVENT_TASK, .time_ns = AT(13165), .cpu = 5,
	  .identity = { .task = RENAMED, .tid = 20300, .pid = 20300, .comm = "sched-pipe" } },
	SLICE(RENAMED, 5, 13170, 13180, .kind = DELAY_WAKE, .waking_ns = AT(13162),
	      .prev_out_ns = AT(13160), .context = WAKER_HARDIRQ, .waker_cpu = 5, .prev_cpu = 5,
	      .chosen_cpu = 5, .flags = SLICE_INVOLUNTARY | SLICE_LEFT_QUEUED, .prio = 49),
	/* A task that nobody introduced: its identity was lost. */
	SLICE(77, 6, 13181, 13190, .out_state = 0x1),
	SLICE(VCPU, 43, 13000, 20000, .kind = DELAY_WAKE, .waking_ns = AT(12997),
	      .prev_out_ns = AT(12900), .waker = QEMU, .context = WAKER_TASK, .waker_cpu = 2,
	      .prev_cpu = 43, .chosen_cpu = 43, .flags = SLICE_CUT_END),
	{ .type = EVENT_WAITING, .time_ns = AT(20000), .cpu = 43,
	  .slice = { .task = KSMD, .start_ns = AT(20000), NO_WAKEUP, .kind = DELAY_WAKE,
		     .waking_ns = AT(14000), .prev_out_ns = AT(12734), .context = WAKER_SOFTIRQ,
		     .waker_cpu = 2, .prev_cpu = 43, .chosen_cpu = 43, .prio = 125 } },
};

/* Who is who at the story's beginning; its EVENT_TASK renames one later. */
static inline void story_task_table(struct task_table *tasks)
{
	assert_int_equal(task_table_init(tasks), 0);
	for (size_t i = 0; i < ARRAY_SIZE(story_tasks); i++)
		assert_int_equal(task_table_put(tasks, &story_tasks[i]), 0);
}

static inline void story_meta(struct trace_meta *meta)
{
	assert_int_equal(trace_meta_init(meta, 96), 0);
	meta->start_ns = AT(0);
	meta->end_ns = AT(20000);
	meta->realtime_offset_ns = 1772331247123000000 - (int64_t)AT(0);
	hwloc_bitmap_set_range(meta->target_cpus, 0, 95);
	meta->all_cpus = true;
	meta->command = strdup("interloper record");
	meta->rests_on = strdup("tp_btf, task storage, waker context");
}

/* Text being printed: print to text_open()'s file, then compare. */
struct text {
	struct output out;
	char *text;
	size_t size;
};

static inline void text_open(struct text *text, bool colour)
{
	memset(text, 0, sizeof(*text));
	text->out.file = open_memstream(&text->text, &text->size);
	text->out.colour = colour;
	assert_non_null(text->out.file);
}

static inline char *read_golden(const char *path)
{
	FILE *file = fopen(path, "r");
	char *content = NULL;
	size_t size = 0;

	if (!file)
		return NULL;
	if (getdelim(&content, &size, '\0', file) < 0) {
		free(content);
		content = strdup("");
	}
	fclose(file);
	return content;
}

static inline void compare_golden(const char *text, const char *name)
{
	char path[4096], *golden;

	snprintf(path, sizeof(path), "%s/golden/%s", TEST_DATA, name);
	if (getenv("UPDATE_GOLDEN")) {
		FILE *file = fopen(path, "w");

		assert_non_null(file);
		fputs(text, file);
		assert_int_equal(fclose(file), 0);
	}
	golden = read_golden(path);
	if (!golden)
		fail_msg("%s is missing: make it with UPDATE_GOLDEN=1, and read it", path);
	assert_string_equal(text, golden);
	free(golden);
}

/* Metrics without their buckets, of which tests/golden/metrics-demo.* has all. Frees text. */
static inline void compare_without_buckets(char *text, const char *golden)
{
	char *to = text;

	for (char *line = text, *next; *line; line = next) {
		next = strchr(line, '\n') + 1;
		if (memmem(line, next - line, "_bucket{", 8))
			continue;
		memmove(to, line, next - line);
		to += next - line;
	}
	*to = '\0';
	compare_golden(text, golden);
	free(text);
}

static inline void expect_golden(struct text *text, const char *name)
{
	assert_int_equal(fclose(text->out.file), 0);
	compare_golden(text->text, name);
	free(text->text);
}

static inline void expect_text(struct text *text, const char *expected)
{
	assert_int_equal(fclose(text->out.file), 0);
	assert_string_equal(text->text, expected);
	free(text->text);
}

#endif
