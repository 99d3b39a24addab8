// SPDX-License-Identifier: GPL-2.0-only
/*
 * Perfetto's packets. All are of one sequence, number 1, whose own clock 64 is CLOCK_MONOTONIC.
 *
 * Clocks: trace_processor takes ftrace's times as CLOCK_BOOTTIME, which a trace does not know,
 * unless a bundle says that its clock is ftrace's "global" one: that is the sequence's clock 64
 * (HandleFtraceClockSnapshot(), ftrace_tokenizer.cc). The snapshot says that 64 and MONOTONIC are
 * the same and how far REALTIME is ahead, and makes MONOTONIC the trace's clock: times are those of
 * all our reports, dates are right, and BOOTTIME is not claimed.
 *
 * Order: without the tracing service's own packets trace_processor sorts the whole trace, ties by
 * their place in the file (trace_sorter.h); so a wakeup may stand behind later events.
 */
#include "output/perfetto_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "output/output.h"
#include "perfetto.pb-c.h"

#define SEQUENCE      1
#define STATE_CLEARED 1 /* sequence_flags: track events are ignored before it */

enum clock { CLOCK_IS_REALTIME = 1, CLOCK_IS_MONOTONIC = 3, CLOCK_IS_OURS = 64 };

#define FTRACE_CLOCK_GLOBAL 2
#define TYPE_INSTANT	    3
#define TYPE_COUNTER	    4
#define UNIT_COUNT	    2
#define UNIT_BYTES	    3

#define INTERN_SLOTS 256 /* a power of two */
#define PF_KTHREAD   0x00200000

struct interned {
	char comm[TASK_COMM_LEN];
	uint32_t bundle; /* the one that has it */
	uint32_t index;
};

struct packets {
	FILE *file;
	uint8_t *buffer;
	size_t room;
	bool begun;
	uint32_t bundle; /* numbers them, so that nothing of the last one must be cleared */
	struct interned interned[INTERN_SLOTS];
	uint32_t name_count;
	/* A bundle, as protobuf-c wants it. */
	uint64_t times[BUNDLE_MAX];
	int64_t states[BUNDLE_MAX];
	int32_t tids[BUNDLE_MAX], prios[BUNDLE_MAX];
	uint32_t comms[BUNDLE_MAX];
	char names[BUNDLE_MAX][TASK_COMM_LEN];
	char *name_list[BUNDLE_MAX];
	Perfetto__FtraceEvent events[BUNDLE_MAX], *event_list[BUNDLE_MAX];
	union {
		Perfetto__SchedWakingFtraceEvent waking;
		Perfetto__SchedProcessFreeFtraceEvent freed;
	} sides[BUNDLE_MAX];
	char side_names[BUNDLE_MAX][TASK_COMM_LEN];
};

struct packets *packets_new(FILE *file)
{
	struct packets *packets = calloc(1, sizeof(*packets));

	if (packets)
		packets->file = file;
	return packets;
}

void packets_free(struct packets *packets)
{
	if (!packets)
		return;
	free(packets->buffer);
	free(packets);
}

static int make_room(struct packets *packets, size_t size)
{
	uint8_t *buffer;

	if (size <= packets->room)
		return 0;
	buffer = realloc(packets->buffer, size * 2);
	if (!buffer)
		return -ENOMEM;
	packets->buffer = buffer;
	packets->room = size * 2;
	return 0;
}

/* Field 1 of the message Trace: its tag, the length, the packet. */
static int write_packet(struct packets *packets, Perfetto__TracePacket *packet)
{
	uint8_t head[11] = { 1 << 3 | 2 };
	size_t head_size = 1, size, left;
	int err;

	packet->has_trusted_packet_sequence_id = true;
	packet->trusted_packet_sequence_id = SEQUENCE;
	packet->has_sequence_flags = !packets->begun;
	packet->sequence_flags = STATE_CLEARED;
	packets->begun = true;
	size = perfetto__trace_packet__get_packed_size(packet);
	err = make_room(packets, size);
	if (err)
		return err;
	perfetto__trace_packet__pack(packet, packets->buffer);
	for (left = size; left >= 0x80; left >>= 7)
		head[head_size++] = left | 0x80;
	head[head_size++] = left;
	errno = 0;
	if (fwrite(head, 1, head_size, packets->file) != head_size ||
	    fwrite(packets->buffer, 1, size, packets->file) != size)
		return errno ? -errno : -EIO;
	return 0;
}

static void set_time(Perfetto__TracePacket *packet, uint64_t time_ns)
{
	packet->has_timestamp = true;
	packet->timestamp = time_ns;
	packet->has_timestamp_clock_id = true;
	packet->timestamp_clock_id = CLOCK_IS_MONOTONIC;
}

static void copy_name(char to[TASK_COMM_LEN], const char from[TASK_COMM_LEN])
{
	memcpy(to, from, TASK_COMM_LEN);
	to[TASK_COMM_LEN - 1] = '\0';
	text_clean(to);
}

static int write_clocks(struct packets *packets, const struct trace_meta *meta)
{
	Perfetto__TracePacket packet = PERFETTO__TRACE_PACKET__INIT;
	Perfetto__ClockSnapshot snapshot = PERFETTO__CLOCK_SNAPSHOT__INIT;
	Perfetto__ClockSnapshot__Clock clocks[3], *list[3];
	const enum clock ids[] = { CLOCK_IS_OURS, CLOCK_IS_MONOTONIC, CLOCK_IS_REALTIME };

	for (int i = 0; i < 3; i++) {
		perfetto__clock_snapshot__clock__init(&clocks[i]);
		clocks[i].has_clock_id = clocks[i].has_timestamp = true;
		clocks[i].clock_id = ids[i];
		clocks[i].timestamp = meta->start_ns;
		list[i] = &clocks[i];
	}
	clocks[2].timestamp += meta->realtime_offset_ns;
	snapshot.clocks = list;
	/* 0: the time of day is not known, and not claimed. */
	snapshot.n_clocks = meta->realtime_offset_ns ? 3 : 2;
	snapshot.has_primary_trace_clock = true;
	snapshot.primary_trace_clock = CLOCK_IS_MONOTONIC;
	packet.clock_snapshot = &snapshot;
	return write_packet(packets, &packet);
}

static int write_machine(struct packets *packets, const struct host_snapshot *host)
{
	Perfetto__TracePacket packet = PERFETTO__TRACE_PACKET__INIT;
	Perfetto__SystemInfo info = PERFETTO__SYSTEM_INFO__INIT;
	Perfetto__Utsname name = PERFETTO__UTSNAME__INIT;
	char *texts[3] = { NULL };
	char *const from[3] = { host->kernel_release, host->kernel_version, host->machine };
	int err = 0;

	for (int i = 0; i < 3; i++) {
		if (!from[i])
			continue;
		texts[i] = strdup(from[i]);
		if (texts[i])
			text_clean(texts[i]);
		else
			err = -ENOMEM;
	}
	name.sysname = (char *)"Linux";
	name.release = texts[0];
	name.version = texts[1];
	name.machine = texts[2];
	info.utsname = &name;
	packet.system_info = &info;
	if (!err)
		err = write_packet(packets, &packet);
	for (int i = 0; i < 3; i++)
		free(texts[i]);
	return err;
}

int packets_begin(struct packets *packets, const struct trace_meta *meta,
		  const struct host_snapshot *host)
{
	int err = write_clocks(packets, meta);

	return !err && host ? write_machine(packets, host) : err;
}

/*
 * A name's place in the bundle's table. A name that another one pushed from its slot is put in
 * again: the table may have it twice.
 */
static uint32_t intern(struct packets *packets, const char comm[TASK_COMM_LEN])
{
	uint64_t word[2];
	struct interned *slot;

	memcpy(word, comm, sizeof(word));
	word[0] = (word[0] ^ word[1] * 0x9e3779b97f4a7c15) * 0xbf58476d1ce4e5b9;
	slot = &packets->interned[word[0] >> 56 & (INTERN_SLOTS - 1)];
	if (slot->bundle == packets->bundle && !memcmp(slot->comm, comm, TASK_COMM_LEN))
		return slot->index;
	memcpy(slot->comm, comm, TASK_COMM_LEN);
	slot->bundle = packets->bundle;
	slot->index = packets->name_count++;
	copy_name(packets->names[slot->index], comm);
	packets->name_list[slot->index] = packets->names[slot->index];
	return slot->index;
}

static void fill_switches(struct packets *packets, Perfetto__FtraceEventBundle__CompactSched *sched,
			  const struct bundle *bundle)
{
	uint64_t last_ns = 0;

	packets->bundle++;
	packets->name_count = 0;
	for (uint32_t i = 0; i < bundle->switch_count; i++) {
		const struct switch_row *row = &bundle->switches[i];

		packets->times[i] = row->time_ns - last_ns;
		last_ns = row->time_ns;
		packets->states[i] = row->left_state;
		packets->tids[i] = row->next.tid;
		packets->prios[i] = row->prio;
		packets->comms[i] = intern(packets, row->next.comm);
	}
	sched->n_switch_timestamp = sched->n_switch_prev_state = sched->n_switch_next_pid =
		sched->n_switch_next_prio = sched->n_switch_next_comm_index = bundle->switch_count;
	sched->switch_timestamp = packets->times;
	sched->switch_prev_state = packets->states;
	sched->switch_next_pid = packets->tids;
	sched->switch_next_prio = packets->prios;
	sched->switch_next_comm_index = packets->comms;
	sched->n_intern_table = packets->name_count;
	sched->intern_table = packets->name_list;
}

static void fill_waking(Perfetto__SchedWakingFtraceEvent *waking, const struct side_row *row,
			char *name)
{
	perfetto__sched_waking_ftrace_event__init(waking);
	waking->comm = name;
	waking->has_pid = waking->has_success = true;
	waking->pid = row->thread.tid;
	waking->has_prio = row->prio >= 0;
	waking->prio = row->prio;
	waking->success = 1;
	waking->has_target_cpu = row->target_cpu != CPU_UNKNOWN;
	waking->target_cpu = row->target_cpu;
}

static void fill_exit(Perfetto__SchedProcessFreeFtraceEvent *freed, const struct side_row *row,
		      char *name)
{
	perfetto__sched_process_free_ftrace_event__init(freed);
	freed->comm = name;
	freed->has_pid = freed->has_prio = true;
	freed->pid = row->thread.tid;
	freed->prio = row->prio;
}

static void fill_sides(struct packets *packets, Perfetto__FtraceEventBundle *out,
		       const struct bundle *bundle)
{
	for (uint32_t i = 0; i < bundle->side_count; i++) {
		const struct side_row *row = &bundle->sides[i];
		Perfetto__FtraceEvent *event = &packets->events[i];

		copy_name(packets->side_names[i], row->thread.comm);
		perfetto__ftrace_event__init(event);
		event->has_timestamp = event->has_pid = true;
		event->timestamp = row->time_ns;
		event->pid = row->current_tid;
		if (row->kind == SIDE_WAKING) {
			fill_waking(&packets->sides[i].waking, row, packets->side_names[i]);
			event->sched_waking = &packets->sides[i].waking;
		} else {
			fill_exit(&packets->sides[i].freed, row, packets->side_names[i]);
			event->sched_process_free = &packets->sides[i].freed;
		}
		packets->event_list[i] = event;
	}
	out->n_event = bundle->side_count;
	out->event = packets->event_list;
}

int packets_bundle(struct packets *packets, uint16_t cpu, struct bundle *bundle)
{
	Perfetto__TracePacket packet = PERFETTO__TRACE_PACKET__INIT;
	Perfetto__FtraceEventBundle out = PERFETTO__FTRACE_EVENT_BUNDLE__INIT;
	Perfetto__FtraceEventBundle__CompactSched sched =
		PERFETTO__FTRACE_EVENT_BUNDLE__COMPACT_SCHED__INIT;

	if (!bundle->switch_count && !bundle->side_count && !bundle->lost)
		return 0;
	out.has_cpu = out.has_ftrace_clock = true;
	out.cpu = cpu;
	out.ftrace_clock = FTRACE_CLOCK_GLOBAL;
	out.has_lost_events = out.lost_events = bundle->lost;
	fill_sides(packets, &out, bundle);
	if (bundle->switch_count) {
		fill_switches(packets, &sched, bundle);
		out.compact_sched = &sched;
	}
	bundle->switch_count = bundle->side_count = 0;
	bundle->lost = false;
	packet.ftrace_events = &out;
	return write_packet(packets, &packet);
}

static void fill_process(Perfetto__ProcessTree__Process *process, char **name, int32_t pid,
			 int32_t ppid, bool kthread)
{
	perfetto__process_tree__process__init(process);
	process->has_pid = true;
	process->pid = pid;
	process->has_ppid = ppid > 0;
	process->ppid = ppid;
	process->n_cmdline = 1;
	process->cmdline = name;
	process->has_cmdline_is_comm = process->cmdline_is_comm = true;
	process->has_is_kthread = process->is_kthread = kthread;
}

int packets_thread(struct packets *packets, uint64_t time_ns, const struct perfetto_thread *thread,
		   int32_t pid, int32_t ppid, bool kthread)
{
	Perfetto__TracePacket packet = PERFETTO__TRACE_PACKET__INIT;
	Perfetto__ProcessTree tree = PERFETTO__PROCESS_TREE__INIT;
	Perfetto__ProcessTree__Thread one = PERFETTO__PROCESS_TREE__THREAD__INIT, *threads = &one;
	Perfetto__ProcessTree__Process process, *processes = &process;
	char text[TASK_COMM_LEN], *name = text;

	copy_name(text, thread->comm);
	if (thread->tid == pid) {
		fill_process(&process, &name, pid, ppid, kthread);
		tree.n_processes = 1;
		tree.processes = &processes;
	} else {
		one.has_tid = one.has_tgid = true;
		one.tid = thread->tid;
		one.tgid = pid;
		one.name = text;
		tree.n_threads = 1;
		tree.threads = &threads;
	}
	packet.process_tree = &tree;
	set_time(&packet, time_ns);
	return write_packet(packets, &packet);
}

int packets_processes(struct packets *packets, uint64_t time_ns, const struct host_snapshot *host)
{
	int err = 0;

	for (uint32_t i = 0; i < host->task_count && !err; i++) {
		const struct host_task *task = &host->tasks[i];
		struct perfetto_thread thread = { .tid = task->tid };

		if (task->tid != task->pid || !task->tid || task->tid >= PERFETTO_TID_UNKNOWN ||
		    task->ppid >= PERFETTO_TID_UNKNOWN)
			continue;
		memcpy(thread.comm, task->comm, TASK_COMM_LEN);
		err = packets_thread(packets, time_ns, &thread, task->pid, task->ppid,
				     task->flags & PF_KTHREAD);
	}
	return err;
}

int packets_track(struct packets *packets, uint64_t track, const char *name, enum track_kind kind)
{
	Perfetto__TracePacket packet = PERFETTO__TRACE_PACKET__INIT;
	Perfetto__TrackDescriptor descriptor = PERFETTO__TRACK_DESCRIPTOR__INIT;
	Perfetto__CounterDescriptor counter = PERFETTO__COUNTER_DESCRIPTOR__INIT;

	descriptor.has_uuid = true;
	descriptor.uuid = track;
	descriptor.name = (char *)name;
	if (kind != TRACK_INSTANTS) {
		counter.has_unit = true;
		counter.unit = kind == TRACK_BYTES ? UNIT_BYTES : UNIT_COUNT;
		descriptor.counter = &counter;
	}
	packet.track_descriptor = &descriptor;
	return write_packet(packets, &packet);
}

static int write_track_event(struct packets *packets, Perfetto__TrackEvent *event, uint64_t track,
			     uint64_t time_ns)
{
	Perfetto__TracePacket packet = PERFETTO__TRACE_PACKET__INIT;

	event->has_type = event->has_track_uuid = true;
	event->track_uuid = track;
	packet.track_event = event;
	set_time(&packet, time_ns);
	return write_packet(packets, &packet);
}

int packets_counter(struct packets *packets, uint64_t track, uint64_t time_ns, int64_t value)
{
	Perfetto__TrackEvent event = PERFETTO__TRACK_EVENT__INIT;

	event.type = TYPE_COUNTER;
	event.has_counter_value = true;
	event.counter_value = value;
	return write_track_event(packets, &event, track, time_ns);
}

#define ANNOTATIONS_MAX 4

int packets_instant(struct packets *packets, uint64_t track, uint64_t time_ns, const char *name,
		    const struct annotation *annotations, uint32_t n)
{
	Perfetto__TrackEvent event = PERFETTO__TRACK_EVENT__INIT;
	Perfetto__DebugAnnotation notes[ANNOTATIONS_MAX], *list[ANNOTATIONS_MAX];

	for (uint32_t i = 0; i < n && i < ANNOTATIONS_MAX; i++) {
		perfetto__debug_annotation__init(&notes[i]);
		notes[i].name = (char *)annotations[i].name;
		notes[i].has_uint_value = true;
		notes[i].uint_value = annotations[i].value;
		list[i] = &notes[i];
		event.n_debug_annotations = i + 1;
	}
	event.debug_annotations = list;
	event.type = TYPE_INSTANT;
	event.name = (char *)name;
	return write_track_event(packets, &event, track, time_ns);
}
