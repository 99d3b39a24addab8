/* SPDX-License-Identifier: GPL-2.0-only */
/* Summaries of random streams and their JSON, as the summary command writes it; and one by hand. */
#ifndef INTERLOPER_TEST_SAVED_STAGE_H
#define INTERLOPER_TEST_SAVED_STAGE_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/saved_summary.h"
#include "output/json.h"
#include "output/report.h"
#include "unit/stream.h"

#define STAGE_TASKS 12
#define STAGE_CPUS  6

struct stage {
	struct trace_meta meta;
	const struct trace_meta *window; /* NULL: meta */
	struct host_snapshot host;
	bool has_host;
	struct losses losses;
	struct task_table tasks;
	struct summary *by_task, *by_cpu, *by_task_cpu;
	struct summary_scope scope;
	const char *damage;
	unsigned short seed[3];
};

static inline uint64_t stage_random(struct stage *stage, uint64_t below)
{
	return (uint64_t)nrand48(stage->seed) % below;
}

/* Of any size up to 2^51 ns (26 days), so that the open bucket is met, and 0. */
static inline uint64_t stage_duration(struct stage *stage)
{
	uint64_t octave = stage_random(stage, 52);

	return ((uint64_t)nrand48(stage->seed) << 31 | (uint64_t)nrand48(stage->seed)) &
	       ((UINT64_C(1) << octave) - 1);
}

static inline void stage_add(struct stage *stage, const struct event *event)
{
	assert_int_equal(summary_add(stage->by_task, event), 0);
	assert_int_equal(summary_add(stage->by_cpu, event), 0);
	assert_int_equal(summary_add(stage->by_task_cpu, event), 0);
}

static inline void stage_add_slice(struct stage *stage, uint32_t task)
{
	static const uint16_t flags[] = { 0, 0, 0, 0, SLICE_INVOLUNTARY, SLICE_GAP, SLICE_CUT_START,
					  SLICE_CUT_END, SLICE_EXIT };
	uint64_t start = (UINT64_C(1) << 53) + stage_random(stage, 1000000);
	struct event event = SLICE(task, (uint16_t)stage_random(stage, STAGE_CPUS), start,
				   start + stage_duration(stage),
				   .kind = (uint8_t)stage_random(stage, 4),
				   .waking_ns = start - stage_duration(stage),
				   .flags = flags[stage_random(stage, COUNT_OF(flags))],
				   .spare_wakes = (uint16_t)stage_random(stage, 3));

	event.slice.prev_out_ns = start - stage_duration(stage);
	stage_add(stage, &event);
}

static inline void stage_add_events(struct stage *stage)
{
	for (uint32_t task = 1; task <= STAGE_TASKS; task++)
		stage_add_slice(stage, task);
	for (uint64_t n = stage_random(stage, 1500); n; n--) {
		uint32_t task = 1 + (uint32_t)stage_random(stage, STAGE_TASKS);
		uint16_t cpu = (uint16_t)stage_random(stage, STAGE_CPUS);

		stage_add_slice(stage, task);
		if (!stage_random(stage, 10))
			stage_add(stage, &IDLE(cpu, 100, 100 + stage_duration(stage)));
		if (!stage_random(stage, 20))
			stage_add(stage, &MOVE(task, 1000, 0, cpu));
		if (!stage_random(stage, 30))
			stage_add(stage, &WAITING(task, cpu, UINT64_C(1) << 52, .kind = DELAY_WAKE,
						  .waking_ns = 1 + stage_duration(stage)));
	}
}

/* Task 5's identity was lost. */
static inline void stage_add_tasks(struct stage *stage)
{
	assert_int_equal(task_table_init(&stage->tasks), 0);
	for (uint32_t id = 1; id <= STAGE_TASKS; id++) {
		struct task_identity task = { .task = id, .tid = 500 + id, .pid = 500 + id / 2 };

		snprintf(task.comm, sizeof(task.comm), id == 7 ? "k\xc3\xa4se \"%u\"" : "task-%u", id);
		if (id != 5)
			assert_int_equal(task_table_put(&stage->tasks, &task), 0);
	}
}

static inline void stage_add_losses(struct stage *stage)
{
	const struct event events[] = {
		LOST(2, 5000, 6000, LOST_SLICE, 41),
		LOST(4, 5500, 5600, LOST_MOVE, 1),
		IDLE(3, 1000, 4000, .flags = SLICE_GAP | SLICE_OFFLINE),
	};

	for (size_t i = 0; i < COUNT_OF(events); i++)
		assert_int_equal(losses_add(&stage->losses, &events[i]), 0);
	for (uint32_t cpu = 0; cpu < STAGE_CPUS; cpu++)
		stage->meta.cpus[cpu].slices_made = 100 + cpu;
	stage->meta.cpus[2].lost[LOST_SLICE] = 41;
	stage->meta.cpus[4].lost[LOST_MOVE] = 1;
	stage->meta.cpus[4].state_lost = 3;
	stage->meta.cpus[0].programs_skipped = 2;
}

static inline void stage_init(struct stage *stage, unsigned int seed)
{
	memset(stage, 0, sizeof(*stage));
	stage->seed[0] = (unsigned short)seed;
	assert_int_equal(trace_meta_init(&stage->meta, STAGE_CPUS), 0);
	stage->meta.start_ns = 1119000000000;
	stage->meta.end_ns = 1129000000000;
	stage->meta.realtime_offset_ns = 1772331247123000000;
	stage->meta.all_cpus = true;
	stage->meta.command = strdup("interloper record");
	stage->meta.rests_on = strdup("tp_btf, task storage");
	hwloc_bitmap_set_range(stage->meta.target_cpus, 0, STAGE_CPUS - 1);
	stage->host.hostname = strdup("vmhost-7");
	stage->host.kernel_release = strdup("6.6.0-72");
	stage->host.isolated = hwloc_bitmap_alloc();
	hwloc_bitmap_set_range(stage->host.isolated, 2, 3);
	stage->host.online = hwloc_bitmap_alloc();
	stage->has_host = true;
	stage->by_task = summary_new(SUMMARY_BY_TASK);
	stage->by_cpu = summary_new(SUMMARY_BY_CPU);
	stage->by_task_cpu = summary_new(SUMMARY_BY_TASK_CPU);
	stage_add_tasks(stage);
	stage_add_losses(stage);
	stage_add_events(stage);
}

static inline void stage_free(struct stage *stage)
{
	trace_meta_free(&stage->meta);
	host_snapshot_free(&stage->host);
	losses_free(&stage->losses);
	task_table_free(&stage->tasks);
	summary_free(stage->by_task);
	summary_free(stage->by_cpu);
	summary_free(stage->by_task_cpu);
	hwloc_bitmap_free(stage->scope.cpus);
	free(stage->scope.tasks);
}

static inline void stage_put_table(json_t **object, const struct summary *summary,
				   enum summary_by by, const struct task_table *tasks,
				   const struct trace_meta *meta)
{
	const struct summary_row *const *rows;
	const struct summary_row **sorted;
	uint32_t n;

	if (!summary)
		return;
	n = summary_rows(summary, &rows);
	sorted = malloc((n + 1) * sizeof(*sorted));
	assert_non_null(sorted);
	memcpy(sorted, rows, n * sizeof(*sorted));
	assert_int_equal(summary_sort(sorted, n, by == SUMMARY_BY_CPU ? "cpu" : "task"), 0);
	json_put(object, summary_table_name(by),
		 report_summary_json(by, sorted, n, tasks, meta));
	free(sorted);
}

static inline char *stage_dump(json_t *object)
{
	char *text = json_dumps(object, JSON_COMPACT);

	assert_non_null(text);
	json_decref(object);
	return text;
}

/* As `interloper summary --json` makes it; to be freed. */
static inline char *stage_json(const struct stage *stage)
{
	const struct trace_meta *window = stage->window ? stage->window : &stage->meta;
	json_t *object = report_header_json(&stage->meta, stage->has_host ? &stage->host : NULL,
					    &stage->losses, stage->damage);

	stage_put_table(&object, stage->by_task, SUMMARY_BY_TASK, &stage->tasks, window);
	stage_put_table(&object, stage->by_cpu, SUMMARY_BY_CPU, &stage->tasks, window);
	stage_put_table(&object, stage->by_task_cpu, SUMMARY_BY_TASK_CPU, &stage->tasks, window);
	json_put(&object, "summary", report_scope_json(&stage->scope, window));
	return stage_dump(object);
}

static inline char *saved_json(const struct saved_summary *saved)
{
	json_t *object = report_header_json(&saved->meta, saved->has_host ? &saved->host : NULL,
					    &saved->losses, saved->damage);

	stage_put_table(&object, saved->by_task, SUMMARY_BY_TASK, &saved->tasks, &saved->meta);
	stage_put_table(&object, saved->by_cpu, SUMMARY_BY_CPU, &saved->tasks, &saved->meta);
	stage_put_table(&object, saved->by_task_cpu, SUMMARY_BY_TASK_CPU, &saved->tasks,
			&saved->meta);
	json_put(&object, "summary", report_scope_json(&saved->scope, &saved->meta));
	return stage_dump(object);
}

/* Says why, where it is refused. */
static inline int stage_parse(struct saved_summary *saved, const char *json)
{
	char why[200] = "";
	int err = saved_summary_parse(saved, json, strlen(json), why, sizeof(why));

	if (err)
		print_error("refused: %s\n", why);
	return err;
}

/* The text with the first few (times) of from replaced; to be freed. */
static inline char *replaced(const char *json, const char *from, const char *to, int times)
{
	char *text = strdup(json), *at = text, *longer;

	for (; times; times--) {
		at = strstr(at, from);
		if (!at)
			fail_msg("not in it: %s", from);
		*at = '\0';
		assert_true(asprintf(&longer, "%s%s%s", text, to, at + strlen(from)) > 0);
		at = longer + (at - text) + strlen(to);
		free(text);
		text = longer;
	}
	return text;
}

/* Runs of 66, 66 and 130 ns, a gap, a cut one; one preempt delay of 10 ns. */
#define ROW                                                                                        \
	"{\"task\":{\"id\":5,\"tid\":510,\"pid\":510,\"comm\":\"ksmd\"},\"cpu\":null,"             \
	"\"slices\":5,\"run_total_ns\":300,"                                                       \
	"\"run\":{\"count\":3,\"total_ns\":262,\"min_ns\":66,\"max_ns\":130,"                      \
	"\"buckets\":[[64,2],[128,1]],\"max_at_ns\":150,\"max_cpu\":3,"                            \
	"\"max_task\":{\"id\":5,\"tid\":510,\"pid\":510,\"comm\":\"ksmd\"}},"                      \
	"\"wake_delay\":{\"count\":0,\"total_ns\":0,\"buckets\":[]},"                              \
	"\"preempt_delay\":{\"count\":1,\"total_ns\":10,\"min_ns\":10,\"max_ns\":10,"              \
	"\"buckets\":[[10,1]],\"max_at_ns\":150,\"max_cpu\":null,\"max_task\":null},"              \
	"\"voluntary_switches\":4,\"involuntary_switches\":0,\"wakeups\":1,\"spare_wakeups\":0,"   \
	"\"migrations\":0,\"moves\":0,\"gaps\":1,\"cut_slices\":1,\"unknown_delays\":4,"           \
	"\"waiting\":{\"count\":0,\"longest_ns\":null},\"exited\":false}"

/* A whole summary of few words; rows: a literal. */
#define BY_HAND(rows)                                                                              \
	"{\"host\":null,\"trace\":{\"start_ns\":100,\"end_ns\":900,\"cpus\":\"0-3\","              \
	"\"all_cpus\":true,\"incomplete\":false},\"losses\":{\"total\":3,\"programs_skipped\":0,"  \
	"\"slices_made\":10,\"bursts\":1,\"cpus\":[{\"cpu\":2,\"slices\":3,\"tasks\":0,"           \
	"\"moves\":0,\"choices\":0,\"states\":0,\"bursts\":1,\"slices_made\":4}],"                 \
	"\"offline\":[]},\"tasks\":[" rows                                                         \
	"],\"summary\":{\"start_ns\":100,\"end_ns\":900,\"filter\":null,"                          \
	"\"rows_left_out\":{\"tasks\":0,\"cpus\":0,\"tasks_by_cpu\":0}}}"

#endif
