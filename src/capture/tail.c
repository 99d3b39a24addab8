// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end of a trace: what was still going on when the gate closed. Slices that were open, tasks
 * that were waiting, losses that no later record told of. All of it is censored, and says so.
 */
#include "capture/internal.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/complain.h"
#include "host/cpulist.h"

int tail_prepare(struct capture *capture, char *why)
{
	static const char refused[] = "cannot open the look over all tasks";
	struct bpf_program *program =
		bpf_object__find_program_by_name(capture->object, "task_scan");

	if (!program || bpf_program__fd(program) < 0)
		return 0;
	capture->scan_link = bpf_program__attach_iter(program, NULL);
	if (!capture->scan_link)
		return explain_refusal(why, -errno, refused);
	for (int i = 0; i < SCANS; i++) {
		capture->scan_fds[i] = bpf_iter_create(bpf_link__fd(capture->scan_link));
		if (capture->scan_fds[i] < 0)
			return explain_refusal(why, -errno, refused);
	}
	return 0;
}

/* Reads a task scan. Raw tracepoints come without it: that is an empty answer. */
static int scan_tasks(struct capture *capture, enum scan_moment moment, struct scan *found)
{
	int fd = capture->scan_fds[moment], err = 0;
	struct scan_entry *entries;
	uint32_t capacity = 0;
	ssize_t got;

	memset(found, 0, sizeof(*found));
	if (fd < 0)
		return 0;
	for (;;) {
		if (found->count + 64 > capacity) {
			capacity = capacity ? capacity * 2 : 128;
			entries = realloc(found->entries, capacity * sizeof(*entries));
			if (!entries) {
				err = -ENOMEM;
				break;
			}
			found->entries = entries;
		}
		/* A seq_file never splits a record that fits the space that was asked for. */
		got = read(fd, &found->entries[found->count],
			   (capacity - found->count) * sizeof(*entries));
		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (got <= 0) {
			err = got < 0 ? -errno : 0;
			break;
		}
		if (got % sizeof(*entries)) {
			err = -EIO;
			break;
		}
		found->count += got / sizeof(*entries);
	}
	return err;
}

int tail_look_at_running(struct capture *capture, struct running_tasks *running)
{
	memset(running, 0, sizeof(*running));
	running->online = hwloc_bitmap_alloc();
	if (!running->online)
		return -ENOMEM;
	cpulist_read(running->online, "/sys/devices/system/cpu/online");
	for (uint32_t cpu = 0; cpu < capture->cpu_count; cpu++)
		if (capture->cpu_states[cpu].target && !capture->cpu_states[cpu].seen)
			return scan_tasks(capture, SCAN_RUNNING, &running->tasks);
	return 0;
}

void tail_free_running(struct running_tasks *running)
{
	free(running->tasks.entries);
	hwloc_bitmap_free(running->online);
	memset(running, 0, sizeof(*running));
}

static int add_identity(struct capture *capture, const struct scan_entry *entry, uint32_t id)
{
	struct event e = { .type = EVENT_TASK, .time_ns = capture->meta.end_ns, .cpu = entry->cpu };

	e.identity = (struct task_identity){ .task = id,
					     .tid = entry->tid,
					     .pid = entry->pid,
					     .ppid = entry->ppid,
					     .flags = entry->task_flags,
					     .cpus_allowed = entry->cpus_allowed };
	memcpy(e.identity.comm, entry->comm, sizeof(e.identity.comm));
	return stream_add_tail(&capture->stream, &e);
}

static uint32_t scan_task_id(struct capture *capture, const struct scan_entry *entry)
{
	return entry->task ? stream_task_id(capture, entry->task) : capture->stream.next_id++;
}

/* The last that was seen of a CPU that is offline is its stopper thread. */
static int add_offline(struct capture *capture, uint32_t cpu)
{
	struct event e = { .type = EVENT_SLICE, .time_ns = capture->meta.end_ns, .cpu = cpu };

	if (capture->meta.task_filter)
		return 0;
	e.slice = (struct slice){ .start_ns = capture->cpu_states[cpu].begin.start_ns,
				  .task = TASK_IDLE,
				  .kind = DELAY_NONE,
				  .waker = TASK_UNKNOWN,
				  .prev_cpu = CPU_UNKNOWN,
				  .chosen_cpu = CPU_UNKNOWN,
				  .waker_cpu = CPU_UNKNOWN,
				  .recent_cpu = CPU_UNKNOWN,
				  .flags = SLICE_GAP | SLICE_OFFLINE | SLICE_CUT_END,
				  .prio = 120 };
	return stream_add_tail(&capture->stream, &e);
}

/* A slice that the gate's closing cut: the CPU's own notes of how it began. */
static int add_open_slice(struct capture *capture, uint32_t cpu)
{
	const struct cpu_state *state = &capture->cpu_states[cpu];
	const struct slice_begin *b = &state->begin;
	struct event e = { .type = EVENT_SLICE, .time_ns = capture->meta.end_ns, .cpu = cpu };

	if (!state->task)
		return 0;
	/* The gate closes a moment after its time is read. */
	if (b->start_ns > e.time_ns)
		capture->meta.end_ns = e.time_ns = b->start_ns;
	e.slice = (struct slice){ .start_ns = b->start_ns,
				  .waking_ns = b->waking_ns,
				  .prev_out_ns = b->prev_out_ns,
				  .task = stream_runner_id(capture, state->id),
				  .waker = stream_task_id(capture, b->waker),
				  .prev_cpu = b->prev_cpu,
				  .chosen_cpu = b->chosen_cpu,
				  .waker_cpu = b->waker_cpu,
				  .recent_cpu = b->recent_cpu,
				  .placed = b->placed,
				  .flags = b->flags | SLICE_CUT_END,
				  .kind = b->kind,
				  .context = b->context,
				  .moves = b->moves,
				  .spare_wakes = b->spare_wakes,
				  .prio = 120 };
	return stream_add_tail(&capture->stream, &e);
}

/* A CPU without one switch: what ran there shortly before the end ran all the time, or nothing did.
 */
static int add_unswitched(struct capture *capture, uint32_t cpu,
			  const struct running_tasks *running)
{
	struct event e = { .type = EVENT_SLICE, .time_ns = capture->meta.end_ns, .cpu = cpu };
	const struct scan_entry *entry = NULL;
	int err;

	if (!capture->uses_tp_btf || !hwloc_bitmap_isset(running->online, cpu))
		return 0;
	for (uint32_t i = 0; i < running->tasks.count && !entry; i++)
		if (running->tasks.entries[i].running && running->tasks.entries[i].cpu == cpu)
			entry = &running->tasks.entries[i];
	if (!entry && capture->meta.task_filter)
		return 0;
	e.slice = (struct slice){ .start_ns = capture->meta.start_ns,
				  .task = TASK_IDLE,
				  .kind = DELAY_NONE,
				  .waker = TASK_UNKNOWN,
				  .prev_cpu = CPU_UNKNOWN,
				  .chosen_cpu = CPU_UNKNOWN,
				  .waker_cpu = CPU_UNKNOWN,
				  .recent_cpu = CPU_UNKNOWN,
				  .flags = SLICE_CUT_START | SLICE_CUT_END,
				  .prio = 120 };
	if (entry) {
		e.slice.task = scan_task_id(capture, entry);
		e.slice.kind = DELAY_UNKNOWN;
		e.slice.prio = entry->prio;
		err = add_identity(capture, entry, e.slice.task);
		if (err)
			return err;
	}
	return stream_add_tail(&capture->stream, &e);
}

static int add_slices(struct capture *capture, const struct running_tasks *running)
{
	int err = 0;

	for (uint32_t cpu = 0; cpu < capture->cpu_count && !err; cpu++) {
		const struct cpu_state *state = &capture->cpu_states[cpu];

		if (!state->target)
			continue;
		if (!state->seen)
			err = add_unswitched(capture, cpu, running);
		else if (state->offline && !hwloc_bitmap_isset(running->online, cpu))
			err = add_offline(capture, cpu);
		else
			err = add_open_slice(capture, cpu);
	}
	return err;
}

static int add_wait(struct capture *capture, const struct scan_entry *entry)
{
	struct event e = { .type = EVENT_WAITING, .time_ns = capture->meta.end_ns };
	uint32_t id = scan_task_id(capture, entry);
	int err;

	if (entry->cpu >= capture->cpu_count || !capture->cpu_states[entry->cpu].target)
		return 0;
	err = add_identity(capture, entry, id);
	if (err)
		return err;
	e.cpu = entry->cpu;
	e.slice = (struct slice){ .start_ns = e.time_ns,
				  .waking_ns = entry->waking_ns,
				  .prev_out_ns = entry->prev_out_ns,
				  .task = id,
				  .waker = stream_task_id(capture, entry->waker),
				  .prev_cpu = entry->prev_cpu,
				  .chosen_cpu = entry->chosen_cpu,
				  .waker_cpu = entry->waker_cpu,
				  .recent_cpu = entry->recent_cpu,
				  .placed = entry->placed,
				  .flags = entry->flags | SLICE_CUT_END,
				  .kind = entry->left_queued ? DELAY_PREEMPT : DELAY_WAKE,
				  .context = entry->context,
				  .moves = entry->moves,
				  .prio = entry->prio };
	return stream_add_tail(&capture->stream, &e);
}

/* A task that was woken on its way off a CPU, and was still on it when the gate closed: it has not
 * begun to wait, and its slice is told as open. */
static bool is_on_its_way_off(const struct scan_entry *entry)
{
	return entry->flags & RECORD_WOKEN_ON_CPU && entry->prev_out_ns < entry->waking_ns;
}

static int add_waits(struct capture *capture)
{
	struct scan found;
	int err = scan_tasks(capture, SCAN_WAITING, &found);

	for (uint32_t i = 0; i < found.count && !err; i++)
		if (found.entries[i].waiting && !is_on_its_way_off(&found.entries[i]))
			err = add_wait(capture, &found.entries[i]);
	free(found.entries);
	return err;
}

static int add_losses(struct capture *capture)
{
	int err = 0;

	for (uint32_t cpu = 0; cpu < capture->cpu_count; cpu++) {
		const struct cpu_state *state = &capture->cpu_states[cpu];

		for (int kind = 0; kind < LOST_KINDS && !err; kind++) {
			struct event e = { .type = EVENT_LOST,
					   .time_ns = capture->meta.end_ns,
					   .cpu = cpu };

			if (!state->pending[kind])
				continue;
			e.lost = (struct lost){ .first_ns = state->pending_first_ns,
						.count = state->pending[kind],
						.kind = kind };
			err = stream_add_tail(&capture->stream, &e);
		}
	}
	return err;
}

int tail_collect(struct capture *capture, const struct running_tasks *running)
{
	int err = add_slices(capture, running);

	if (!err)
		err = add_waits(capture);
	if (!err)
		err = add_losses(capture);
	return err;
}
