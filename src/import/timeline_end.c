// SPDX-License-Identifier: GPL-2.0-only
/* The end of a recording: what was still going on, and what is to be known beside it. */
#include "import/timeline_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/cpulist.h"

static int emit_open_slice(struct timeline *t, uint16_t number)
{
	struct timeline_cpu *cpu = &t->cpus[number];
	struct event e = { .time_ns = t->now_ns, .cpu = number, .type = EVENT_SLICE };
	int err = 0;

	/* Who is on it is not known, or may not be there any more. */
	if (!cpu->seen || cpu->tid == TID_UNKNOWN || cpu->epoch != timeline_epoch(t, number))
		return 0;
	if (cpu->task && !cpu->task->id)
		err = timeline_task_announce(t, cpu->task);
	if (err)
		return err;
	e.slice = cpu->begin;
	e.slice.task = cpu->task ? cpu->task->id : TASK_IDLE;
	e.slice.flags |= SLICE_CUT_END;
	cpu->slices++;
	return timeline_emit(t, &e);
}

static int emit_waiting(struct timeline *t, struct timeline_task *task)
{
	struct event e = { .time_ns = t->now_ns, .cpu = task->cpu, .type = EVENT_WAITING };
	int err;

	timeline_settle(t, task, task->cpu, &e.slice);
	if (e.slice.kind == DELAY_UNKNOWN)
		return 0;
	if (task->cpu == CPU_UNKNOWN ||
	    (e.slice.kind == DELAY_WAKE && e.slice.chosen_cpu == CPU_UNKNOWN)) {
		t->counts.waits_untold++;
		return 0;
	}
	err = task->id ? 0 : timeline_task_announce(t, task);
	if (err)
		return err;
	e.slice.task = task->id;
	e.slice.flags |= SLICE_CUT_END;
	return timeline_emit(t, &e);
}

static int by_tid(const void *a_, const void *b_)
{
	const struct timeline_task *a = *(struct timeline_task *const *)a_;
	const struct timeline_task *b = *(struct timeline_task *const *)b_;

	return (a->tid > b->tid) - (a->tid < b->tid);
}

static int emit_waits(struct timeline *t)
{
	struct timeline_task **waiting = calloc(t->task_count + 1, sizeof(*waiting));
	uint32_t n = 0;
	int err = 0;

	if (!waiting)
		return -ENOMEM;
	for (uint32_t i = 0; i < t->slot_count; i++)
		if (t->slots[i].task && t->slots[i].task->stay == STAY_WAITS)
			waiting[n++] = t->slots[i].task;
	qsort(waiting, n, sizeof(*waiting), by_tid);
	for (uint32_t i = 0; i < n && !err; i++)
		err = emit_waiting(t, waiting[i]);
	free(waiting);
	return err;
}

static int emit_tail(struct timeline *t)
{
	int err = 0;

	t->ending = true;
	if (t->started && t->facts->end_ns > t->now_ns)
		t->now_ns = t->facts->end_ns;
	for (uint32_t cpu = 0; cpu < t->cpu_room && !err; cpu++)
		err = emit_open_slice(t, cpu);
	if (!err)
		err = emit_waits(t);
	return err ? err : timeline_flush(t);
}

static int copy_text(char **copy, const char *text)
{
	*copy = text ? strdup(text) : NULL;
	return text && !*copy ? -ENOMEM : 0;
}

/* A list that cannot be read is one that was not told. */
static void fill_cpus(const struct timeline *t, struct trace_meta *meta)
{
	const char *list = t->facts->recorded_cpus;

	meta->all_cpus = !list || cpulist_parse(meta->target_cpus, list);
	if (meta->all_cpus)
		hwloc_bitmap_set_range(meta->target_cpus, 0, meta->cpu_count - 1);
	for (uint32_t cpu = 0; cpu < t->cpu_room && cpu < meta->cpu_count; cpu++) {
		meta->cpus[cpu].slices_made = t->cpus[cpu].slices + t->cpus[cpu].lost;
		meta->cpus[cpu].lost[LOST_SLICE] = t->cpus[cpu].lost;
	}
}

static int fill_meta(const struct timeline *t, struct trace_meta *meta)
{
	uint32_t cpus = t->facts->cpu_count < TIMELINE_CPU_MAX ? t->facts->cpu_count : 0;
	int err;

	if (cpus < t->cpu_count)
		cpus = t->cpu_count;
	err = trace_meta_init(meta, cpus ? cpus : 1);
	if (err)
		return err;
	meta->start_ns = t->start_ns;
	meta->end_ns = t->now_ns;
	if (t->facts->realtime_known)
		meta->realtime_offset_ns = t->facts->realtime_offset_ns;
	fill_cpus(t, meta);
	err = copy_text(&meta->command, t->facts->command);
	meta->rests_on = timeline_rests_on(t);
	return !err && meta->rests_on ? 0 : -ENOMEM;
}

int timeline_end(struct timeline *t, struct trace_meta *meta)
{
	int err;

	memset(meta, 0, sizeof(*meta));
	err = emit_tail(t);
	return err ? err : fill_meta(t, meta);
}

static void put_recorded(const struct timeline *t, FILE *out)
{
	static const char *const names[SCHED_EVENT_TYPES] = {
		[SCHED_SWITCH] = "switches",	[SCHED_WAKING] = "wakings",
		[SCHED_WAKEUP] = "wakeups",	[SCHED_WAKEUP_NEW] = "new tasks' wakeups",
		[SCHED_MIGRATE] = "migrations",
	};
	const char *before = ": ";

	for (int type = 0; type < SCHED_EVENT_TYPES; type++) {
		if (!names[type] || !timeline_has(t, type))
			continue;
		fprintf(out, "%s%s", before, names[type]);
		before = ", ";
	}
}

static void put_wakeups(const struct timeline *t, FILE *out)
{
	bool wakings = timeline_has(t, SCHED_WAKING), wakeups = timeline_has(t, SCHED_WAKEUP);

	if (!wakings && !wakeups)
		fputs("; no wakings: wake delays are unknown", out);
	else if (!wakings)
		fputs("; no wakings: delays count from the wakeup, some microseconds late", out);
	if (wakings && !timeline_has(t, SCHED_MIGRATE))
		fputs(wakeups ? "; no migrations: moves are unknown"
			      : "; no migrations: chosen CPUs and moves are unknown",
		      out);
	else if (!timeline_has(t, SCHED_MIGRATE))
		fputs("; no migrations: previous CPUs and moves are unknown", out);
}

static void put_doubts(const struct timeline *t, FILE *out)
{
	const struct timeline_counts *n = &t->counts;

	if (n->late)
		fprintf(out, "; %llu events were out of order", (unsigned long long)n->late);
	if (n->damaged)
		fprintf(out, "; %llu damaged events left out", (unsigned long long)n->damaged);
}

char *timeline_oddities(const struct timeline *t)
{
	const struct {
		uint64_t count;
		const char *one, *many;
	} oddities[] = {
		{ t->facts->recorded_cpus ? 0 : t->counts.missed,
		  "time a task was not as it was left: its delay is unknown",
		  "times a task was not as it was left: these delays are unknown" },
		{ t->counts.waits_untold,
		  "task still waiting at the end is left out: on which CPU is not known",
		  "tasks still waiting at the end are left out: on which CPUs is not known" },
		{ t->counts.late, "event was out of order, and got the time of the one before",
		  "events were out of order, and got the time of the one before" },
		{ t->counts.damaged, "event was damaged, and is left out",
		  "events were damaged, and are left out" },
	};
	const char *before = "";
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	for (size_t i = 0; i < sizeof(oddities) / sizeof(*oddities); i++) {
		if (!oddities[i].count)
			continue;
		fprintf(out, "%s%llu %s", before, (unsigned long long)oddities[i].count,
			oddities[i].count == 1 ? oddities[i].one : oddities[i].many);
		before = "; ";
	}
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

char *timeline_rests_on(const struct timeline *t)
{
	const struct recording_facts *facts = t->facts;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	fputs(facts->what ? facts->what : "a recording", out);
	put_recorded(t, out);
	if (facts->recorded_cpus)
		fprintf(out,
			"; of CPUs %s alone: wakeups issued elsewhere are missing, their delays "
			"unknown",
			facts->recorded_cpus);
	else if (!facts->all_cpus)
		fputs("; not known to be of the whole machine", out);
	put_wakeups(t, out);
	fprintf(out, "; %smasks and what a choice of CPU depends on are unknown",
		t->contexts_told ? "" : "waker contexts, ");
	put_doubts(t, out);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}
