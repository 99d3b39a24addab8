// SPDX-License-Identifier: GPL-2.0-only
/* What Perfetto is told of a stream, decoded again with protobuf-c, one line an event. */
#include "unit/stream.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/ksm.h"
#include "output/perfetto.h"
#include "perfetto.pb-c.h"

enum { KSMD = 1, VCPU, QEMU };

static const struct event names[] = { TASK(KSMD, 1, 510, 510, "ksmd"),
				      TASK(VCPU, 1, 21, 20, "CPU 0/KVM"),
				      TASK(QEMU, 1, 20, 20, "qemu") };

struct told {
	char *bytes;
	size_t size;
	Perfetto__Trace *trace;
	struct perfetto_counts counts;
	char text[65536];
	size_t used;
	bool quiet; /* decode, but tell nothing */
};

static struct host_snapshot modern = { .kernel_release = (char *)"6.12.8" };

static void tell(struct told *told, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void tell(struct told *told, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	told->used +=
		vsnprintf(told->text + told->used, sizeof(told->text) - told->used, format, args);
	va_end(args);
	assert_true(told->used < sizeof(told->text));
}

/* Who: "ksmd[510]"; of our own threads the names alone. */
static void tell_thread(struct told *told, const char *comm, int32_t tid)
{
	tell(told, tid >= PERFETTO_TID_PROCESS ? "%s" : "%s[%d]", comm, tid);
}

static void tell_bundle(struct told *told, const Perfetto__FtraceEventBundle *bundle)
{
	const Perfetto__FtraceEventBundle__CompactSched *sched = bundle->compact_sched;
	uint64_t time_ns = 0;

	assert_true(bundle->has_cpu);
	assert_int_equal(bundle->ftrace_clock, 2);
	if (bundle->lost_events)
		tell(told, "%u lost events\n", bundle->cpu);
	for (size_t i = 0; sched && i < sched->n_switch_timestamp; i++) {
		assert_true(sched->switch_next_comm_index[i] < sched->n_intern_table);
		time_ns += sched->switch_timestamp[i];
		tell(told, "%u %" PRIu64 " %#x > ", bundle->cpu, time_ns,
		     (unsigned int)sched->switch_prev_state[i]);
		tell_thread(told, sched->intern_table[sched->switch_next_comm_index[i]],
			    sched->switch_next_pid[i]);
		tell(told, " %d\n", sched->switch_next_prio[i]);
	}
	for (size_t i = 0; i < bundle->n_event; i++) {
		const Perfetto__FtraceEvent *event = bundle->event[i];
		const Perfetto__SchedWakingFtraceEvent *waking = event->sched_waking;

		tell(told, "%u %" PRIu64 " ", bundle->cpu, event->timestamp);
		if (!waking) {
			tell(told, "exit %d\n", event->sched_process_free->pid);
			continue;
		}
		tell(told, "%#x wakes ", event->pid);
		tell_thread(told, waking->comm, waking->pid);
		tell(told, waking->has_target_cpu ? " on %d\n" : "\n", waking->target_cpu);
	}
}

static void tell_packet(struct told *told, const Perfetto__TracePacket *packet)
{
	assert_int_equal(packet->trusted_packet_sequence_id, 1);
	if (packet->ftrace_events)
		tell_bundle(told, packet->ftrace_events);
	else if (packet->track_event && packet->track_event->name)
		tell(told, "%" PRIu64 " '%s'\n", packet->timestamp, packet->track_event->name);
	else if (packet->track_event)
		tell(told, "%" PRIu64 " track %" PRIu64 " = %" PRId64 "\n", packet->timestamp,
		     packet->track_event->track_uuid, packet->track_event->counter_value);
}

static int export(struct told *told, const struct event *events, size_t n,
		  const struct trace_meta *meta, const struct host_snapshot *host)
{
	struct perfetto *perfetto;
	struct task_table tasks;
	FILE *file;
	int err = 0;

	*told = (struct told){ .quiet = told->quiet };
	file = open_memstream(&told->bytes, &told->size);
	assert_int_equal(task_table_init(&tasks), 0);
	perfetto = perfetto_new(file, meta, host);
	assert_non_null(perfetto);
	for (size_t i = 0; i < n && !err; i++) {
		if (events[i].type == EVENT_TASK)
			task_table_put(&tasks, &events[i].identity);
		err = perfetto_add(perfetto, &events[i], &tasks);
	}
	if (!err)
		err = perfetto_finish(perfetto, meta);
	told->counts = perfetto_counts(perfetto);
	perfetto_free(perfetto);
	task_table_free(&tasks);
	assert_int_equal(fclose(file), 0);
	told->trace = perfetto__trace__unpack(NULL, told->size, (const uint8_t *)told->bytes);
	assert_non_null(told->trace);
	for (size_t i = 0; i < told->trace->n_packet && !told->quiet; i++)
		tell_packet(told, told->trace->packet[i]);
	return err;
}

static void told_free(struct told *told)
{
	perfetto__trace__free_unpacked(told->trace, NULL);
	free(told->bytes);
}

static void expect_told(const struct event *events, size_t n, const char *expected)
{
	static struct told told;
	struct trace_meta meta = { .start_ns = 100, .end_ns = 9000 };
	struct event *all = malloc(sizeof(names) + n * sizeof(*events));
	char *end;

	memcpy(all, names, sizeof(names));
	memcpy(all + COUNT_OF(names), events, n * sizeof(*events));
	assert_int_equal(export(&told, all, COUNT_OF(names) + n, &meta, &modern), 0);
	assert_memory_equal(told.text, "100 'recording begins'\n", 23);
	end = strstr(told.text, "9000 'recording ends'\n");
	assert_non_null(end);
	*end = '\0';
	assert_string_equal(told.text + 23, expected);
	told_free(&told);
	free(all);
}

#define EXPECT(expected, ...)                                                                      \
	expect_told((struct event[]){ __VA_ARGS__ },                                               \
		    sizeof((struct event[]){ __VA_ARGS__ }) / sizeof(struct event), expected)

static void slices_in_a_row_are_one_switch_each(void **state)
{
	EXPECT("3 100 0 > (not recorded) 0\n"
	       "3 100 0x1 > CPU 0/KVM[21] 120\n"
	       "3 400 0x100 > ksmd[510] 125\n"
	       "3 700 0x1 > CPU 0/KVM[21] 120\n"
	       "3 900 0x2 > swapper[0] 120\n"
	       "3 950 0 > (not recorded) 0\n",
	       SLICE(VCPU, 3, 100, 400, .prio = 120,
		     .flags = SLICE_INVOLUNTARY | SLICE_LEFT_QUEUED),
	       SLICE(KSMD, 3, 400, 700, .prio = 125, .out_state = 1),
	       PREEMPTED(VCPU, 3, 400, 700, 900, .prio = 120, .out_state = 2),
	       IDLE(3, 900, 950, .prio = 120));
}

static void what_is_not_in_the_stream_is_neither_idle_nor_the_slice_before(void **state)
{
	EXPECT("3 200 0 > (not recorded) 0\n"
	       "3 200 0x1 > ksmd[510] 120\n"
	       "3 300 0x1 > (not recorded) 0\n"
	       "3 500 0x1 > ksmd[510] 120\n"
	       "3 600 0 > (not recorded) 0\n",
	       SLICE(KSMD, 3, 200, 300, .prio = 120, .out_state = 1),
	       SLICE(KSMD, 3, 500, 600, .prio = 120, .flags = SLICE_LEFT_QUEUED, .out_state = 1));
}

static void a_gap_makes_no_slice_but_an_instant(void **state)
{
	EXPECT("500 'gap: ksmd[510] on CPU 3 until here, start not seen'\n"
	       "3 200 0 > (not recorded) 0\n"
	       "3 200 0x1 > qemu[20] 0\n"
	       "3 300 0x1 > (not recorded) 0\n"
	       "3 500 0x1 > qemu[20] 0\n"
	       "3 600 0x1 > (not recorded) 0\n",
	       SLICE(QEMU, 3, 200, 300, .out_state = 1),
	       WOKEN(KSMD, 3, 250, 310, 500, .flags = SLICE_GAP, .out_state = 1),
	       SLICE(QEMU, 3, 500, 600, .out_state = 1));
}

static void a_loss_is_an_instant_and_marks_its_cpus_next_bundle(void **state)
{
	EXPECT("400 'lost 12 slices on CPU 3'\n"
	       "500 'lost 1 task names'\n"
	       "3 lost events\n",
	       LOST(3, 300, 400, LOST_SLICE, 12), LOST(CPU_UNKNOWN, 500, 500, LOST_TASK, 1));
}

static void a_slice_that_the_end_cut_stays_open(void **state)
{
	EXPECT("3 200 0 > (not recorded) 0\n"
	       "3 200 0x1 > ksmd[510] 0\n",
	       SLICE(KSMD, 3, 200, 9000, .flags = SLICE_CUT_END));
}

static void a_wakeup_is_told_where_it_was_issued(void **state)
{
	EXPECT("2 250 0x14 wakes ksmd[510] on 4\n"
	       "3 300 0 > (not recorded) 0\n"
	       "3 300 0x1 > ksmd[510] 0\n"
	       "3 400 0x1 > (not recorded) 0\n",
	       WOKEN(KSMD, 3, 250, 300, 400, .waker = QEMU, .context = WAKER_TASK, .waker_cpu = 2,
		     .chosen_cpu = 4, .out_state = 1));
}

static void a_waker_that_is_no_task_or_not_known_is_none(void **state)
{
	EXPECT("2 250 0x70000004 wakes ksmd[510] on 3\n"
	       "2 450 0 wakes ksmd[510] on 3\n"
	       "3 300 0 > (not recorded) 0\n"
	       "3 300 0x1 > ksmd[510] 0\n"
	       "3 400 0x1 > (not recorded) 0\n"
	       "3 500 0x1 > ksmd[510] 0\n"
	       "3 600 0x1 > (not recorded) 0\n"
	       "3 700 0x1 > ksmd[510] 0\n"
	       "3 800 0x1 > (not recorded) 0\n"
	       "3 650 0x70000002 wakes ksmd[510]\n",
	       WOKEN(KSMD, 3, 250, 300, 400, .waker = QEMU, .context = WAKER_HARDIRQ,
		     .waker_cpu = 2, .chosen_cpu = 3, .out_state = 1),
	       WOKEN(KSMD, 3, 450, 500, 600, .context = WAKER_IDLE, .waker_cpu = 2, .chosen_cpu = 3,
		     .out_state = 1),
	       WOKEN(KSMD, 3, 650, 700, 800, .context = WAKER_TASK, .out_state = 1));
}

static void a_task_woken_on_its_way_off_is_runnable_right_behind_the_switch(void **state)
{
	EXPECT("3 200 0 > (not recorded) 0\n"
	       "3 200 0x1 > ksmd[510] 0\n"
	       "3 300 0x1 > qemu[20] 0\n"
	       "3 900 0x1 > (not recorded) 0\n"
	       "3 300 0x14 wakes ksmd[510] on 4\n"
	       "4 350 0 > (not recorded) 0\n"
	       "4 350 0x1 > ksmd[510] 0\n"
	       "4 400 0x1 > (not recorded) 0\n",
	       SLICE(KSMD, 3, 200, 300, .out_state = 1),
	       WOKEN(KSMD, 4, 290, 350, 400, .prev_out_ns = 300, .waker = QEMU,
		     .context = WAKER_TASK, .waker_cpu = 2, .prev_cpu = 3, .chosen_cpu = 4,
		     .flags = SLICE_WOKEN_ON_CPU, .out_state = 1),
	       SLICE(QEMU, 3, 300, 900, .out_state = 1));
}

static void a_preemption_out_of_sight_is_told_by_its_time(void **state)
{
	EXPECT("3 300 0 > (not recorded) 0\n"
	       "3 300 0x1 > ksmd[510] 0\n"
	       "3 400 0x100 > (not recorded) 0\n"
	       "3 500 0x1 > ksmd[510] 0\n"
	       "3 600 0x1 > (not recorded) 0\n"
	       "3 250 0x70000008 wakes ksmd[510]\n",
	       PREEMPTED(KSMD, 3, 250, 300, 400, .flags = SLICE_INVOLUNTARY | SLICE_LEFT_QUEUED),
	       PREEMPTED(KSMD, 3, 400, 500, 600, .out_state = 1));
}

static void a_task_that_still_waits_is_woken_and_never_comes(void **state)
{
	EXPECT("2 8000 0x14 wakes ksmd[510] on 3\n",
	       WAITING(KSMD, 3, 9000, .kind = DELAY_WAKE, .waking_ns = 8000, .waker = QEMU,
		       .context = WAKER_TASK, .waker_cpu = 2, .chosen_cpu = 3));
}

static void a_tasks_last_slice_ends_its_thread(void **state)
{
	EXPECT("3 200 0 > (not recorded) 0\n"
	       "3 200 0x1 > ksmd[510] 0\n"
	       "3 300 0x10 > qemu[20] 0\n"
	       "3 400 0x1 > (not recorded) 0\n"
	       "3 300 exit 510\n",
	       SLICE(KSMD, 3, 200, 300, .out_state = 0x80, .flags = SLICE_EXIT),
	       SLICE(QEMU, 3, 300, 400, .out_state = 1));
}

static void a_task_without_identity_has_a_thread_that_is_nobodys(void **state)
{
	EXPECT("3 200 0 > (not recorded) 0\n"
	       "3 200 0x1 > task 77[1073741901] 0\n"
	       "3 300 0x1 > (not recorded) 0\n",
	       SLICE(77, 3, 200, 300, .out_state = 1));
}

static void damaged_times_and_cpus_are_left_out_and_told(void **state)
{
	EXPECT("3 200 0 > (not recorded) 0\n"
	       "3 200 0x1 > ksmd[510] 0\n"
	       "3 300 0x1 > (not recorded) 0\n"
	       "9000 'left out 2 slices: on CPUs above Perfetto's limit of 1024'\n"
	       "9000 'left out 2 slices: times out of order (a damaged trace)'\n",
	       SLICE(KSMD, 3, 200, 300, .out_state = 1), SLICE(QEMU, 3, 250, 400, .out_state = 1),
	       SLICE(QEMU, 3, 500, 400, .out_state = 1), SLICE(QEMU, 1024, 500, 600),
	       SLICE(QEMU, CPU_UNKNOWN, 500, 600),
	       WAITING(KSMD, CPU_UNKNOWN, 9000, .kind = DELAY_WAKE, .waking_ns = 8000));
}

static void old_kernels_states_have_other_numbers(void **state)
{
	static struct host_snapshot old = { .kernel_release = (char *)"4.9.0" };
	struct trace_meta meta = { .start_ns = 100, .end_ns = 900 };
	struct event events[] = { SLICE(KSMD, 0, 100, 200,
					.flags = SLICE_INVOLUNTARY | SLICE_LEFT_QUEUED),
				  SLICE(KSMD, 0, 200, 300, .out_state = 0x40),
				  SLICE(KSMD, 0, 300, 400, .out_state = 0x402), IDLE(0, 400, 500) };
	static struct told told;

	assert_int_equal(export(&told, events, COUNT_OF(events), &meta, &old), 0);
	assert_non_null(strstr(told.text, "0 200 0x800 >"));
	assert_non_null(strstr(told.text, "0 300 0x200 >"));
	assert_non_null(strstr(told.text, "0 400 0x402 >"));
	told_free(&told);
	assert_int_equal(export(&told, events, COUNT_OF(events), &meta, &modern), 0);
	assert_non_null(strstr(told.text, "0 200 0x100 >"));
	assert_non_null(strstr(told.text, "0 300 0x40 >"));
	assert_non_null(strstr(told.text, "0 400 0x80 >"));
	told_free(&told);
}

static void the_first_packet_relates_the_clocks(void **state)
{
	struct trace_meta meta = { .start_ns = 1000, .realtime_offset_ns = 5000 };
	const Perfetto__TracePacket *packet;
	static struct told told;

	assert_int_equal(export(&told, NULL, 0, &meta, NULL), 0);
	packet = told.trace->packet[0];
	assert_int_equal(packet->sequence_flags, 1);
	assert_int_equal(packet->clock_snapshot->primary_trace_clock, 3);
	assert_int_equal(packet->clock_snapshot->n_clocks, 3);
	assert_int_equal(packet->clock_snapshot->clocks[0]->clock_id, 64);
	assert_int_equal(packet->clock_snapshot->clocks[0]->timestamp, 1000);
	assert_int_equal(packet->clock_snapshot->clocks[1]->clock_id, 3);
	assert_int_equal(packet->clock_snapshot->clocks[1]->timestamp, 1000);
	assert_int_equal(packet->clock_snapshot->clocks[2]->clock_id, 1);
	assert_int_equal(packet->clock_snapshot->clocks[2]->timestamp, 6000);
	assert_false(told.trace->packet[1]->has_sequence_flags);
	told_free(&told);
	/* Of an import that does not know the time of day. */
	meta.realtime_offset_ns = 0;
	assert_int_equal(export(&told, NULL, 0, &meta, NULL), 0);
	assert_int_equal(told.trace->packet[0]->clock_snapshot->n_clocks, 2);
	assert_int_equal(told.trace->packet[0]->clock_snapshot->clocks[1]->clock_id, 3);
	told_free(&told);
}

static void names_are_cleaned_and_threads_have_their_process(void **state)
{
	struct trace_meta meta = { .start_ns = 1000 };
	struct event events[] = { TASK(1, 1000, 21, 20, "before"),
				  TASK(2, 1000, UINT32_MAX, UINT32_MAX, "damaged"),
				  SLICE(1, 0, 1000, 1100),
				  SLICE(2, 0, 1100, 1200),
				  SLICE(1, 0, 1200, 1300),
				  TASK(1, 1300, 21, 20,
				       "a\033\xff"
				       "b"),
				  SLICE(1, 0, 1300, 1400) };
	static const Perfetto__ProcessTree none;
	const Perfetto__ProcessTree *tree = &none;
	static struct told told;
	size_t trees = 0;

	assert_int_equal(export(&told, events, COUNT_OF(events), &meta, NULL), 0);
	for (size_t i = 0; i < told.trace->n_packet; i++)
		if (told.trace->packet[i]->process_tree) {
			tree = told.trace->packet[i]->process_tree;
			trees++;
		}
	/* Ours, "(not recorded)", and the task's: told once, and again by its new name. */
	assert_int_equal(trees, 1 + 8 + 1 + 2);
	assert_int_equal(tree->n_threads, 1);
	assert_int_equal(tree->threads[0]->tid, 21);
	assert_int_equal(tree->threads[0]->tgid, 20);
	assert_string_equal(tree->threads[0]->name, "a??b");
	told_free(&told);
}

static void ksm_is_counters_of_what_is_known(void **state)
{
	struct ksm_samples samples = { 0 };
	struct ksm_state ksm = { .there = true, .known = 1 << KSM_PAGES_TO_SCAN };
	struct trace_meta meta = { .start_ns = 100, .end_ns = 900 };
	static struct told told;

	ksm.value[KSM_PAGES_TO_SCAN] = 100;
	assert_int_equal(ksm_samples_put(&samples, &ksm, 200), 0);
	ksm.value[KSM_PAGES_TO_SCAN] = 50;
	assert_int_equal(ksm_samples_put(&samples, &ksm, 300), 0);
	ksm.known = 0;
	assert_int_equal(ksm_samples_put(&samples, &ksm, 400), 0);
	meta.ksm_json = ksm_samples_to_json(&samples);
	assert_int_equal(export(&told, NULL, 0, &meta, NULL), 0);
	assert_string_equal(told.text, "100 'recording begins'\n"
				       "200 track 17 = 100\n"
				       "300 track 17 = 50\n"
				       "900 'recording ends'\n");
	told_free(&told);
	free(meta.ksm_json);
	ksm_samples_free(&samples);
	meta.ksm_json = (char *)"{";
	assert_int_equal(export(&told, NULL, 0, &meta, NULL), 0);
	assert_non_null(strstr(told.text, "'KSM's samples cannot be read'"));
	told_free(&told);
}

static void many_events_make_bounded_packets(void **state)
{
	const uint32_t n = 5000;
	struct event *events = calloc(n, sizeof(*events));
	struct trace_meta meta = { .start_ns = 100 };
	static struct told told;
	size_t switches = 0, wakings = 0;

	for (uint32_t i = 0; i < n; i++)
		events[i] = WOKEN(1 + i % 700, i % 2, 1000 + 10 * i, 1005 + 10 * i, 1020 + 10 * i,
				  .waker_cpu = 0, .context = WAKER_IDLE);
	FILE *file = open_memstream(&told.bytes, &told.size);
	struct perfetto *perfetto = perfetto_new(file, &meta, NULL);
	struct task_table tasks;

	assert_int_equal(task_table_init(&tasks), 0);
	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(perfetto_add(perfetto, &events[i], &tasks), 0);
	assert_int_equal(perfetto_finish(perfetto, &meta), 0);
	assert_int_equal(perfetto_counts(perfetto).slices, n);
	perfetto_free(perfetto);
	task_table_free(&tasks);
	fclose(file);
	told.trace = perfetto__trace__unpack(NULL, told.size, (const uint8_t *)told.bytes);
	assert_non_null(told.trace);
	for (size_t i = 0; i < told.trace->n_packet; i++) {
		const Perfetto__FtraceEventBundle *bundle = told.trace->packet[i]->ftrace_events;

		if (!bundle)
			continue;
		assert_true(bundle->n_event <= 1024);
		wakings += bundle->n_event;
		if (bundle->compact_sched) {
			assert_true(bundle->compact_sched->n_switch_timestamp <= 1024);
			switches += bundle->compact_sched->n_switch_timestamp;
		}
	}
	assert_int_equal(wakings, n);
	assert_true(switches >= n);
	told_free(&told);
	free(events);
}

/* Whatever a damaged file has: it comes out as packets, and slices do not overlap. */
static void absurd_events_make_a_whole_trace(void **state)
{
	static const uint64_t times[] = { 0, 1, 90, 100, 101, 500, 1ull << 62, UINT64_MAX };
	static const uint32_t tasks[] = { 0, 1, 2, 3, 77, 70000, 1u << 22, TASK_UNKNOWN };
	static const uint16_t cpus[] = { 0, 1, 2, 1023, 1024, 4000, 65534, CPU_UNKNOWN };
	struct trace_meta meta = { .start_ns = 100 };
	static struct event events[20000];
	uint64_t random = 1;
	static struct told told;

	for (size_t i = 0; i < COUNT_OF(events); i++) {
		uint8_t *bytes = (uint8_t *)&events[i];

		for (size_t n = 0; n < sizeof(events[i]); n++) {
			random = random * 6364136223846793005 + 1442695040888963407;
			bytes[n] = random >> 56;
		}
		events[i].type = random >> 40 & 7;
		events[i].time_ns = times[random >> 43 & 7];
		events[i].cpu = cpus[random >> 46 & 7];
		if (events[i].type == EVENT_TASK) {
			events[i].identity.task = tasks[random >> 49 & 3];
			continue;
		}
		if (events[i].type != EVENT_SLICE && events[i].type != EVENT_WAITING)
			continue;
		events[i].slice.start_ns = times[random >> 49 & 7];
		events[i].slice.waking_ns = times[random >> 52 & 7];
		events[i].slice.prev_out_ns = times[random >> 55 & 7];
		events[i].slice.task = tasks[random >> 58 & 7];
		events[i].slice.waker = tasks[random >> 37 & 7];
		events[i].slice.kind &= 3;
	}
	told.quiet = true;
	assert_int_equal(export(&told, events, COUNT_OF(events), &meta, &modern), 0);
	assert_true(told.counts.slices && told.counts.beyond_cpus && told.counts.out_of_order);
	told_free(&told);
}

static void a_full_disk_is_an_error(void **state)
{
	struct trace_meta meta = { .start_ns = 100 };
	FILE *file = fopen("/dev/full", "w");
	struct perfetto *perfetto;

	if (!file)
		skip();
	setvbuf(file, NULL, _IONBF, 0);
	perfetto = perfetto_new(file, &meta, NULL);
	assert_non_null(perfetto);
	assert_int_equal(perfetto_finish(perfetto, &meta), -ENOSPC);
	perfetto_free(perfetto);
	fclose(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slices_in_a_row_are_one_switch_each),
		cmocka_unit_test(what_is_not_in_the_stream_is_neither_idle_nor_the_slice_before),
		cmocka_unit_test(a_gap_makes_no_slice_but_an_instant),
		cmocka_unit_test(a_loss_is_an_instant_and_marks_its_cpus_next_bundle),
		cmocka_unit_test(a_slice_that_the_end_cut_stays_open),
		cmocka_unit_test(a_wakeup_is_told_where_it_was_issued),
		cmocka_unit_test(a_waker_that_is_no_task_or_not_known_is_none),
		cmocka_unit_test(a_task_woken_on_its_way_off_is_runnable_right_behind_the_switch),
		cmocka_unit_test(a_preemption_out_of_sight_is_told_by_its_time),
		cmocka_unit_test(a_task_that_still_waits_is_woken_and_never_comes),
		cmocka_unit_test(a_tasks_last_slice_ends_its_thread),
		cmocka_unit_test(a_task_without_identity_has_a_thread_that_is_nobodys),
		cmocka_unit_test(damaged_times_and_cpus_are_left_out_and_told),
		cmocka_unit_test(old_kernels_states_have_other_numbers),
		cmocka_unit_test(the_first_packet_relates_the_clocks),
		cmocka_unit_test(names_are_cleaned_and_threads_have_their_process),
		cmocka_unit_test(ksm_is_counters_of_what_is_known),
		cmocka_unit_test(many_events_make_bounded_packets),
		cmocka_unit_test(absurd_events_make_a_whole_trace),
		cmocka_unit_test(a_full_disk_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
