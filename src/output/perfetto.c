// SPDX-License-Identifier: GPL-2.0-only
/*
 * A stream of slices as Perfetto's events.
 *
 * A slice is known when it ends, a switch has two sides: so a slice's end is held until the next
 * slice of its CPU tells who came. Where that one does not begin at this very time, "(not
 * recorded)" came, and left when it does begin.
 *
 * The first switch of a CPU that an importer sees makes no slice, for it cannot know who left
 * (PushSchedSwitchCompact(), ftrace_sched_event_tracker.cc): so each CPU begins with a switch to
 * "(not recorded)" of no length.
 *
 * A wakeup is told when its wakee became runnable. That is later than the waking for a task that
 * was still on its way off a CPU: an importer ignores the waking of a task that it takes to run
 * (PushWakingEvent(), thread_state_tracker.cc), so such a wakeup goes right behind that switch.
 */
#include "output/perfetto.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "host/release.h"
#include "output/output.h"
#include "output/perfetto_internal.h"
#include "output/timehist_row.h"

#define STATE_SLEEPS 0x1 /* of "(not recorded)" when it leaves */
#define FIRST_ROOM   64

struct cpu_state {
	struct bundle bundle;
	bool begun;
	/* The latest slice; pending: that it ended is not told yet. */
	bool pending, cut, exits;
	uint64_t end_ns;
	uint32_t task;
	struct perfetto_thread thread;
	uint16_t left_state;
	uint8_t prio;
	/* A wakeup that goes behind that switch. */
	bool holds;
	struct side_row held;
};

struct perfetto {
	struct packets *packets;
	struct cpu_state *cpus[PERFETTO_CPUS];
	struct threads threads;
	bool old_states; /* no release, or one before 4.14: other numbers for states */
	uint64_t last_ns;
	int err; /* what perfetto_new() met */
	struct perfetto_counts counts;
};

static int begin(struct perfetto *perfetto, const struct trace_meta *meta,
		 const struct host_snapshot *host)
{
	struct packets *packets = perfetto->packets;
	int err = packets_begin(packets, meta, host);

	if (!err)
		err = threads_begin(packets, meta->start_ns);
	if (!err && host)
		err = packets_processes(packets, meta->start_ns, host);
	if (!err)
		err = packets_track(packets, TRACK_RECORDING, "recording: losses and gaps",
				    TRACK_INSTANTS);
	return err ? err
		   : packets_instant(packets, TRACK_RECORDING, meta->start_ns, "recording begins",
				     NULL, 0);
}

struct perfetto *perfetto_new(FILE *file, const struct trace_meta *meta,
			      const struct host_snapshot *host)
{
	struct perfetto *perfetto = calloc(1, sizeof(*perfetto));

	if (!perfetto)
		return NULL;
	perfetto->packets = packets_new(file);
	if (!perfetto->packets) {
		free(perfetto);
		return NULL;
	}
	perfetto->old_states = !host || host_release(host) < 414;
	perfetto->last_ns = meta->start_ns;
	perfetto->err = begin(perfetto, meta, host);
	return perfetto;
}

void perfetto_free(struct perfetto *perfetto)
{
	if (!perfetto)
		return;
	for (uint32_t i = 0; i < PERFETTO_CPUS; i++) {
		if (!perfetto->cpus[i])
			continue;
		free(perfetto->cpus[i]->bundle.switches);
		free(perfetto->cpus[i]->bundle.sides);
		free(perfetto->cpus[i]);
	}
	packets_free(perfetto->packets);
	threads_free(&perfetto->threads);
	free(perfetto);
}

struct perfetto_counts perfetto_counts(const struct perfetto *perfetto)
{
	return perfetto->counts;
}

/* Doubles an array that is full, up to BUNDLE_MAX. */
static int grow(void **rows, uint32_t *room, size_t row_size)
{
	uint32_t more = *room ? *room * 2 : FIRST_ROOM;
	void *grown = realloc(*rows, more * row_size);

	if (!grown)
		return -ENOMEM;
	*rows = grown;
	*room = more;
	return 0;
}

static int put_switch(struct perfetto *perfetto, uint16_t cpu, uint64_t time_ns,
		      uint16_t left_state, const struct perfetto_thread *next, uint8_t prio)
{
	struct bundle *bundle = &perfetto->cpus[cpu]->bundle;
	int err = 0;

	if (bundle->switch_count == BUNDLE_MAX)
		err = packets_bundle(perfetto->packets, cpu, bundle);
	else if (bundle->switch_count == bundle->switch_room)
		err = grow((void **)&bundle->switches, &bundle->switch_room,
			   sizeof(*bundle->switches));
	if (err)
		return err;
	bundle->switches[bundle->switch_count++] = (struct switch_row){
		.time_ns = time_ns, .left_state = left_state, .prio = prio, .next = *next
	};
	return 0;
}

static int put_side(struct perfetto *perfetto, uint16_t cpu, const struct side_row *row)
{
	struct bundle *bundle = &perfetto->cpus[cpu]->bundle;
	int err = 0;

	if (bundle->side_count == BUNDLE_MAX)
		err = packets_bundle(perfetto->packets, cpu, bundle);
	else if (bundle->side_count == bundle->side_room)
		err = grow((void **)&bundle->sides, &bundle->side_room, sizeof(*bundle->sides));
	if (!err)
		bundle->sides[bundle->side_count++] = *row;
	return err;
}

static struct cpu_state *cpu_state(struct perfetto *perfetto, uint16_t cpu)
{
	if (!perfetto->cpus[cpu])
		perfetto->cpus[cpu] = calloc(1, sizeof(*perfetto->cpus[cpu]));
	return perfetto->cpus[cpu];
}

static int begin_cpu(struct perfetto *perfetto, uint16_t cpu, uint64_t time_ns)
{
	struct perfetto_thread nobody = thread_not_recorded(cpu);
	int err =
		packets_thread(perfetto->packets, time_ns, &nobody, PERFETTO_TID_PROCESS, 0, false);

	perfetto->cpus[cpu]->begun = true;
	return err ? err : put_switch(perfetto, cpu, time_ns, 0, &nobody, 0);
}

/* sched_switch's prev_state: task_state.cc for how it is read, by the kernel's release. */
static uint16_t left_state(const struct perfetto *perfetto, const struct event *event)
{
	bool old = perfetto->old_states;

	if (event->slice.task == TASK_IDLE)
		return 0;
	if (event->slice.flags & SLICE_INVOLUNTARY)
		return old ? 0x800 : 0x100;
	switch (state_letter(event)) {
	case 'S':
		return 0x1;
	case 'D':
		return 0x2;
	case 'T':
		return 0x4;
	case 't':
		return 0x8;
	case 'X':
		return 0x10;
	case 'Z':
		return 0x20;
	case 'P':
		return old ? 0x200 : 0x40;
	case 'I':
		return old ? 0x402 : 0x80;
	default:
		return 0;
	}
}

static int put_exit(struct perfetto *perfetto, uint16_t cpu)
{
	const struct cpu_state *state = perfetto->cpus[cpu];
	struct side_row row = { .time_ns = state->end_ns,
				.current_tid = state->thread.tid,
				.target_cpu = CPU_UNKNOWN,
				.kind = SIDE_EXIT,
				.prio = state->prio,
				.thread = state->thread };

	return put_side(perfetto, cpu, &row);
}

/* The pending slice's end, and what was to come right behind it. */
static int end_pending(struct perfetto *perfetto, uint16_t cpu, const struct perfetto_thread *next,
		       uint8_t prio)
{
	struct cpu_state *state = perfetto->cpus[cpu];
	int err = put_switch(perfetto, cpu, state->end_ns, state->left_state, next, prio);

	if (!err && state->holds)
		err = put_side(perfetto, cpu, &state->held);
	if (!err && state->exits)
		err = put_exit(perfetto, cpu);
	state->pending = state->holds = state->exits = false;
	return err;
}

/* The switch to a slice's task, and the end of who was there. */
static int put_start(struct perfetto *perfetto, uint16_t cpu, uint64_t start_ns,
		     const struct perfetto_thread *thread, uint8_t prio)
{
	struct cpu_state *state = perfetto->cpus[cpu];
	struct perfetto_thread nobody;
	int err = 0;

	if (!state->begun)
		err = begin_cpu(perfetto, cpu, start_ns);
	if (!err && state->pending && state->end_ns == start_ns)
		return end_pending(perfetto, cpu, thread, prio);
	if (!err && state->pending) {
		nobody = thread_not_recorded(cpu);
		err = end_pending(perfetto, cpu, &nobody, 0);
	}
	return err ? err : put_switch(perfetto, cpu, start_ns, STATE_SLEEPS, thread, prio);
}

/* Since when the task that ran or waits was runnable, if that must be told. */
static bool runnable_since(const struct perfetto *perfetto, const struct event *event,
			   uint64_t *since_ns)
{
	const struct slice *s = &event->slice;
	uint64_t delay_ns;

	if (s->task == TASK_IDLE ||
	    (s->kind != DELAY_WAKE && !threads_missed_preemption(&perfetto->threads, s)))
		return false;
	*since_ns = slice_runnable_since(s);
	if (event->type == EVENT_WAITING)
		return *since_ns && *since_ns <= event->time_ns;
	return slice_delay_ns(s, &delay_ns);
}

/* Behind which CPU's pending switch a wakeup must go, or NULL. */
static struct cpu_state *on_its_way_off(struct perfetto *perfetto, const struct slice *s)
{
	struct cpu_state *state = s->prev_cpu < PERFETTO_CPUS ? perfetto->cpus[s->prev_cpu] : NULL;

	if (!state || !state->pending || state->holds || s->prev_out_ns < s->waking_ns ||
	    state->task != s->task || state->end_ns != s->prev_out_ns)
		return NULL;
	return state;
}

static int put_wakeup(struct perfetto *perfetto, const struct event *event,
		      const struct task_table *tasks)
{
	const struct slice *s = &event->slice;
	uint16_t cpu = s->prev_out_ns >= s->waking_ns ? s->prev_cpu : s->waker_cpu;
	struct cpu_state *off;
	struct side_row row = { .kind = SIDE_WAKING, .target_cpu = s->chosen_cpu };
	int err = 0;

	if (!runnable_since(perfetto, event, &row.time_ns))
		return 0;
	row.prio = event->type == EVENT_SLICE ? s->prio : -1;
	row.thread = thread_of_task(tasks, s->task);
	if (s->kind == DELAY_PREEMPT) {
		row.current_tid = THREAD_PREEMPTED;
		cpu = event->cpu;
	} else {
		row.current_tid = thread_of_waker(s, tasks);
		perfetto->counts.wakeups++;
	}
	if (row.current_tid && row.current_tid < PERFETTO_TID_UNKNOWN)
		err = threads_meet(&perfetto->threads, perfetto->packets, tasks, s->waker,
				   row.time_ns);
	if (err)
		return err;
	off = on_its_way_off(perfetto, s);
	if (off) {
		off->held = row;
		off->holds = true;
		return 0;
	}
	if (cpu >= PERFETTO_CPUS)
		cpu = event->cpu;
	return cpu_state(perfetto, cpu) ? put_side(perfetto, cpu, &row) : -ENOMEM;
}

static int put_note(struct perfetto *perfetto, uint64_t time_ns, const char *text, const char *what,
		    uint64_t value)
{
	struct annotation annotation = { .name = what, .value = value };

	return packets_instant(perfetto->packets, TRACK_RECORDING, time_ns, text, &annotation,
			       value ? 1 : 0);
}

static int add_gap(struct perfetto *perfetto, const struct event *event,
		   const struct task_table *tasks)
{
	char label[TASK_LABEL_MAX], text[TASK_LABEL_MAX + 64];

	if (event_is_offline(event)) {
		snprintf(text, sizeof(text), "CPU %u was offline until here", event->cpu);
	} else {
		perfetto->counts.gaps++;
		task_label(label, task_table_get(tasks, event->slice.task));
		snprintf(text, sizeof(text), "gap: %s on CPU %u until here, start not seen", label,
			 event->cpu);
		text_clean(text);
	}
	return put_note(perfetto, event->time_ns, text, "not_before_ns", event->slice.start_ns);
}

static int add_slice(struct perfetto *perfetto, const struct event *event,
		     const struct task_table *tasks)
{
	const struct slice *s = &event->slice;
	struct perfetto_thread thread;
	struct cpu_state *state;
	int err;

	if (s->flags & SLICE_GAP)
		return add_gap(perfetto, event, tasks);
	if (event->cpu >= PERFETTO_CPUS) {
		perfetto->counts.beyond_cpus++;
		return 0;
	}
	state = cpu_state(perfetto, event->cpu);
	if (!state)
		return -ENOMEM;
	if (event->time_ns < s->start_ns || (state->begun && s->start_ns < state->end_ns)) {
		perfetto->counts.out_of_order++;
		return 0;
	}
	err = threads_meet(&perfetto->threads, perfetto->packets, tasks, s->task, s->start_ns);
	if (!err)
		err = put_wakeup(perfetto, event, tasks);
	thread = thread_of_task(tasks, s->task);
	if (!err)
		err = put_start(perfetto, event->cpu, s->start_ns, &thread, s->prio);
	state->thread = thread;
	state->pending = true;
	state->cut = s->flags & SLICE_CUT_END;
	state->exits = s->flags & SLICE_EXIT;
	state->end_ns = event->time_ns;
	state->task = s->task;
	state->left_state = left_state(perfetto, event);
	state->prio = s->prio;
	threads_ended(&perfetto->threads, s->task, event->time_ns);
	perfetto->counts.slices++;
	return err;
}

static int add_lost(struct perfetto *perfetto, const struct event *event)
{
	static const char *const kinds[LOST_KINDS] = { "slices", "task names", "moves", "choices" };
	const struct lost *lost = &event->lost;
	const char *kind = lost->kind < LOST_KINDS ? kinds[lost->kind] : "events";
	char text[96];

	perfetto->counts.lost += lost->count;
	if (event->cpu == CPU_UNKNOWN)
		snprintf(text, sizeof(text), "lost %" PRIu64 " %s", lost->count, kind);
	else
		snprintf(text, sizeof(text), "lost %" PRIu64 " %s on CPU %u", lost->count, kind,
			 event->cpu);
	if (lost->kind == LOST_SLICE && event->cpu < PERFETTO_CPUS) {
		if (!cpu_state(perfetto, event->cpu))
			return -ENOMEM;
		perfetto->cpus[event->cpu]->bundle.lost = true;
	}
	return put_note(perfetto, event->time_ns, text, "first_ns", lost->first_ns);
}

static int add_waiting(struct perfetto *perfetto, const struct event *event,
		       const struct task_table *tasks)
{
	int err = threads_meet(&perfetto->threads, perfetto->packets, tasks, event->slice.task,
			       event->time_ns);

	return err ? err : put_wakeup(perfetto, event, tasks);
}

int perfetto_add(struct perfetto *perfetto, const struct event *event,
		 const struct task_table *tasks)
{
	if (perfetto->err)
		return perfetto->err;
	if (event->time_ns > perfetto->last_ns)
		perfetto->last_ns = event->time_ns;
	switch (event->type) {
	case EVENT_SLICE:
		return add_slice(perfetto, event, tasks);
	case EVENT_WAITING:
		return event->cpu < PERFETTO_CPUS ? add_waiting(perfetto, event, tasks) : 0;
	case EVENT_LOST:
		return add_lost(perfetto, event);
	default:
		return 0;
	}
}

/* A slice that the trace's end cut stays open, as one does that goes on. */
static int finish_cpu(struct perfetto *perfetto, uint16_t cpu)
{
	struct cpu_state *state = perfetto->cpus[cpu];
	struct perfetto_thread nobody = thread_not_recorded(cpu);
	int err = 0;

	if (state->pending && !state->cut)
		err = end_pending(perfetto, cpu, &nobody, 0);
	return err ? err : packets_bundle(perfetto->packets, cpu, &state->bundle);
}

static int put_left_out(struct perfetto *perfetto, uint64_t n, const char *why)
{
	char text[128];

	if (!n)
		return 0;
	snprintf(text, sizeof(text), "left out %" PRIu64 " slices: %s", n, why);
	return put_note(perfetto, perfetto->last_ns, text, NULL, 0);
}

int perfetto_finish(struct perfetto *perfetto, const struct trace_meta *meta)
{
	int err = perfetto->err;

	for (uint32_t cpu = 0; cpu < PERFETTO_CPUS && !err; cpu++)
		if (perfetto->cpus[cpu])
			err = finish_cpu(perfetto, cpu);
	if (meta->end_ns > perfetto->last_ns)
		perfetto->last_ns = meta->end_ns;
	if (!err)
		err = packets_ksm(perfetto->packets, meta->ksm_json, perfetto->last_ns);
	if (!err)
		err = put_left_out(perfetto, perfetto->counts.beyond_cpus,
				   "on CPUs above Perfetto's limit of 1024");
	if (!err)
		err = put_left_out(perfetto, perfetto->counts.out_of_order,
				   "times out of order (a damaged trace)");
	return err ? err
		   : put_note(perfetto, perfetto->last_ns,
			      meta->incomplete ? "recording ends (incomplete)" : "recording ends",
			      NULL, 0);
}
