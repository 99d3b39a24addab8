// SPDX-License-Identifier: GPL-2.0-only
/* perf.data as scheduler events, from files that are built here byte by byte. */
#include "unit/perf_file.h"

#include <errno.h>
#include "import/perf_head.h"
#include "import/perf_preempt.h"

static struct perf_file file;
static struct bytes built;
static struct sched_event got[512];
static char why[RECORDING_WHY_MAX];
static int last; /* what perf_data_next() ended with */
static uint32_t has;

static int fresh(void **state)
{
	memset(&file, 0, sizeof(file));
	return 0;
}

/* perf_data_next(), into an array. */
static int next(struct perf_data *d, struct sched_event *events, int n)
{
	const struct sched_event *given[512];
	int count;

	assert_true(n <= 512);
	count = perf_data_next(d, given, n);
	for (int i = 0; i < count; i++)
		events[i] = *given[i];
	return count;
}

/* Reads built: how many events, or the error of opening. */
static int read_bytes(const uint8_t *data, size_t size, bool piped, int at_once)
{
	struct perf_data *d;
	int n = 0, err = open_bytes(&d, data, size, piped, why);

	if (err) {
		assert_null(d);
		assert_true(why[0] && !strchr(why, '\n'));
		return err;
	}
	has = perf_data_facts(d)->has;
	while ((last = next(d, got + n, at_once)) > 0) {
		n += last;
		assert_true(n + at_once <= 512);
	}
	assert_true(!last || perf_data_why(d)[0]);
	for (int i = 1; i < n; i++)
		assert_true(got[i - 1].time_ns <= got[i].time_ns);
	perf_data_close(d);
	return n;
}

static int read_file(void)
{
	build_file(&file, &built);
	return read_bytes(built.data, built.size, false, 16);
}

static void one_switch(uint32_t cpu, uint64_t time_ns)
{
	struct sample s = { ID_SWITCH, cpu, time_ns, 40, 41, file.type, 0 };

	put_switch(&file.data, &s, file.old, "prev", 1, 7, "next");
}

static void check_switch(const struct sched_event *e, uint32_t cpu, uint64_t time_ns)
{
	assert_int_equal(e->type, SCHED_SWITCH);
	assert_int_equal(e->cpu, cpu);
	assert_int_equal(e->time_ns, time_ns);
	assert_int_equal(e->current_pid, 40);
	assert_int_equal(e->current_tid, 41);
	assert_int_equal(e->tid, 41);
	assert_int_equal(e->other_tid, 7);
	assert_string_equal(e->comm, "prev");
	assert_string_equal(e->other_comm, "next");
	assert_int_equal(e->prio, 120);
	assert_int_equal(e->other_prio, 98);
	assert_int_equal(e->state, 1);
	assert_false(e->preempt);
}

static void rings_are_merged_by_time(void **state)
{
	static const uint64_t times[] = { 100, 110, 150, 200, 210, 300, 400 };

	one_switch(0, 100);
	one_switch(0, 200);
	one_switch(1, 110);
	one_switch(1, 210);
	put_round(&file.data);
	one_switch(0, 300);
	one_switch(1, 150);
	one_switch(1, 400);
	put_round(&file.data);
	assert_int_equal(read_file(), 7);
	assert_int_equal(last, 0);
	for (int i = 0; i < 7; i++)
		check_switch(&got[i], got[i].cpu, times[i]);
	assert_int_equal(read_bytes(built.data, built.size, false, 1), 7);
}

static void equal_times_stay_as_the_file_has_them(void **state)
{
	for (int i = 0; i < 8; i++)
		one_switch(i % 2, i < 6 ? 500 : 100);
	assert_int_equal(read_file(), 8);
	for (int i = 0; i < 8; i++)
		check_switch(&got[i], i % 2, i < 2 ? 100 : 500);
}

/* Through a pipe that gets the late record only when those after it were given. */
static void a_record_too_late_for_its_round_is_a_loss(void **state)
{
	struct sample lost = { ID_SWITCH, 1, 6, 5, 5, 0, 0 };
	struct perf_data *d;
	char path[64];
	int fds[2];

	for (int i = 0; i < 10; i++) {
		one_switch(0, 1000 + i);
		put_round(&file.data);
	}
	build_pipe(&file, &built);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], built.data, built.size), built.size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[0]);
	assert_int_equal(perf_data_open(&d, path, why), 0);
	assert_int_equal(next(d, got, 9), 9);
	check_switch(&got[8], 0, 1008);
	file.data.size = 0;
	one_switch(1, 5);
	put_lost(&file.data, &lost, 17); /* late, too, but it tells how many */
	assert_int_equal(write(fds[1], file.data.data, file.data.size), file.data.size);
	close(fds[1]);
	assert_int_equal(next(d, got, 9), 3);
	assert_int_equal(got[0].type, SCHED_LOST);
	assert_int_equal(got[0].lost, 1);
	assert_int_equal(got[0].cpu, 1);
	assert_int_equal(got[0].time_ns, 1008);
	assert_int_equal(got[1].type, SCHED_LOST);
	assert_int_equal(got[1].lost, 17);
	assert_int_equal(got[1].lost_since_ns, 0);
	assert_int_equal(got[1].time_ns, 1008);
	check_switch(&got[2], 0, 1009);
	assert_int_equal(next(d, got, 9), 0);
	perf_data_close(d);
	close(fds[0]);
}

static void fields_are_known_by_name(void **state)
{
	struct sample s = { ID_SWITCH, 1, 9, 40, 41, 0, 0 };

	file.old = true;
	put_switch(&file.data, &s, true, "prev", 1, 7, "next");
	put_switch(&file.data, &s, true, "prev", 1024, 7, "next");
	put_switch(&file.data, &s, true, "prev", 0x100, 7, "next");
	assert_int_equal(read_file(), 3);
	check_switch(&got[0], 1, 9);
	assert_true(got[1].preempt && !got[1].state);
	assert_true(!got[2].preempt && got[2].state == 0x100);

	fresh(state);
	put_switch(&file.data, &s, false, "prev", 0x100, 7, "next");
	assert_int_equal(read_file(), 1);
	assert_true(got[0].preempt && !got[0].state);
}

static void the_preempted_bit_is_read_from_the_print_format(void **state)
{
	static const struct {
		const char *text;
		uint64_t bit;
	} forms[] = {
		{ "REC->prev_state & (2048-1) ? \"R\" : \"\", REC->prev_state & 2048 ? \"+\" : "
		  "\"\"",
		  2048 },
		{ "REC->prev_state & ((1 | 2) + 1) ? \"+\" : \"\"", 4 },
		{ "REC->prev_state & (((0x00000000 | 0x00000001 | 0x00000002 | 0x00000004 | "
		  "0x00000008 | "
		  "0x00000010 | 0x00000020 | 0x00000040) + 1) << 1) ? \"+\" : \"\"",
		  0x100 },
		{ "REC->prev_state & 3 ? \"+\" : \"\"", 0 },
		{ "REC->prev_state & (1 << 70) ? \"+\" : \"\"", 0 },
		{ "REC->prev_state & ((((((((((((((((((((((((((((((((((((((((((1 ? \"+\"", 0 },
		{ "REC->prev_state & (8", 0 },
		{ "", 0 },
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++)
		assert_int_equal(perf_preempt_bit(forms[i].text), forms[i].bit);
}

static void what_a_waking_does_not_say_is_not_told(void **state)
{
	struct sample s = { ID_WAKING, 0, 77, -1, -1, 0, 0 };

	put_waking(&file.data, &s, 12, "wakee", 3);
	assert_int_equal(read_file(), 1);
	assert_int_equal(got[0].type, SCHED_WAKING);
	assert_int_equal(got[0].current_tid, -1);
	assert_int_equal(got[0].tid, 12);
	assert_int_equal(got[0].pid, TID_UNKNOWN);
	assert_int_equal(got[0].orig_cpu, 3);
	assert_int_equal(got[0].dest_cpu, UINT32_MAX);
	assert_int_equal(got[0].other_tid, TID_UNKNOWN);
	assert_int_equal(got[0].other_prio, -1);
	assert_string_equal(got[0].comm, "wakee");
}

static void other_tracepoints_are_passed_over(void **state)
{
	struct sample s = { ID_FOREIGN, 0, 50, 1, 1, 0, 0 };
	struct bytes raw = { .size = 16 };

	put_sample(&file.data, &s, &raw);
	one_switch(0, 60);
	assert_int_equal(read_file(), 1);
	check_switch(&got[0], 0, 60);
}

static void callchains_and_counts_before_the_raw_data_are_passed(void **state)
{
	file.type = SAMPLE_TYPE | PERF_SAMPLE_READ | PERF_SAMPLE_CALLCHAIN;
	one_switch(1, 60);
	assert_int_equal(read_file(), 1);
	check_switch(&got[0], 1, 60);
}

static void put_task(uint32_t type, int32_t pid, int32_t tid, int32_t parent,
		     const struct sample *s)
{
	size_t start = begin_record(&file.data, type);

	put_u32(&file.data, pid);
	put_u32(&file.data, parent);
	put_u32(&file.data, tid);
	put_u32(&file.data, parent);
	put_u64(&file.data, s->time_ns);
	put_trailer(&file.data, s);
	end_record(&file.data, start);
}

static void put_fork_sample(const struct sample *s, int32_t parent, int32_t child)
{
	static struct bytes raw;

	put_raw_head(&raw, s->id, s->tid);
	put_u32(&raw, 24 | 7 << 16);
	put_u32(&raw, parent);
	put_u32(&raw, 31 | 6 << 16);
	put_u32(&raw, child);
	put(&raw, "mother\0child\0\0\0", 15);
	put_sample(&file.data, s, &raw);
}

static void a_forks_process_comes_from_the_record_before_it(void **state)
{
	struct sample record = { ID_SWITCH, 0, 10, 5, 5, 0, 0 }, s = { ID_FORK, 0, 11, 5, 5, 0, 0 };

	put_task(PERF_RECORD_FORK, 5, 6, 5, &record);
	put_fork_sample(&s, 5, 6);
	put_fork_sample(&s, 5, 9);
	assert_int_equal(read_file(), 2);
	assert_int_equal(got[0].type, SCHED_FORK);
	assert_int_equal(got[0].tid, 6);
	assert_int_equal(got[0].pid, 5);
	assert_int_equal(got[0].other_tid, 5);
	assert_string_equal(got[0].comm, "child");
	assert_string_equal(got[0].other_comm, "mother");
	assert_int_equal(got[1].pid, TID_UNKNOWN);
}

static void records_tell_forks_and_exits_without_tracepoints(void **state)
{
	struct sample s = { ID_SWITCH, 1, 10, 5, 5, 0, 0 };

	file.events = 2;
	put_task(PERF_RECORD_FORK, 5, 6, 4, &s);
	put_task(PERF_RECORD_EXIT, 5, 6, 4, &s);
	assert_int_equal(read_file(), 2);
	assert_true(has & SCHED_HAS(SCHED_FORK) && has & SCHED_HAS(SCHED_EXIT));
	assert_int_equal(got[0].type, SCHED_FORK);
	assert_int_equal(got[0].cpu, 1);
	assert_int_equal(got[0].other_tid, 4);
	assert_int_equal(got[1].type, SCHED_EXIT);
	assert_int_equal(got[1].tid, 6);
}

/* perf's own record is what perf 6.12 forgets a task by: the tracepoint does not stand for it. */
static void an_exits_record_comes_beside_its_tracepoint(void **state)
{
	struct sample s = { ID_EXIT, 0, 10, 5, 6, 0, 0 }, record = { ID_SWITCH, 0, 11, 5, 6, 0, 0 };
	static struct bytes raw;

	file.events = 5;
	put_raw_head(&raw, s.id, s.tid);
	put_comm(&raw, "gone");
	put_u32(&raw, 6);
	put_u32(&raw, 120);
	put_sample(&file.data, &s, &raw);
	put_task(PERF_RECORD_EXIT, 5, 6, 4, &record);
	assert_int_equal(read_file(), 2);
	assert_int_equal(got[0].type, SCHED_EXIT);
	assert_int_equal(got[0].tid, 6);
	assert_int_equal(got[0].pid, TID_UNKNOWN);
	assert_string_equal(got[0].comm, "gone");
	assert_int_equal(got[1].type, SCHED_EXIT);
	assert_int_equal(got[1].tid, 6);
	assert_int_equal(got[1].pid, 5);
}

/* TRACE_FLAG_* of include/linux/trace_events.h. */
static uint8_t waking_context(uint8_t flags)
{
	struct sample s = { ID_WAKING, 0, 10, 5, 6, 0, 0 };
	static struct bytes raw;

	file.data.size = 0;
	put_raw_head(&raw, s.id, s.tid);
	raw.data[2] = flags;
	put_comm(&raw, "wakee");
	put_u32(&raw, 7);
	put_u32(&raw, 120);
	put_u32(&raw, 1);
	put_sample(&file.data, &s, &raw);
	assert_int_equal(read_file(), 1);
	assert_int_equal(got[0].type, SCHED_WAKING);
	return got[0].context;
}

static void flags_tell_the_context_of_a_waking(void **state)
{
	assert_int_equal(waking_context(0), WAKER_TASK);
	assert_int_equal(waking_context(0x01 | 0x04 | 0x20 | 0x80), WAKER_TASK);
	assert_int_equal(waking_context(0x01 | 0x10), WAKER_SOFTIRQ);
	assert_int_equal(waking_context(0x08), WAKER_HARDIRQ);
	assert_int_equal(waking_context(0x08 | 0x10), WAKER_HARDIRQ);
	assert_int_equal(waking_context(0x08 | 0x10 | 0x40), WAKER_NMI);
	one_switch(0, 20);
	assert_int_equal(read_file(), 2);
	assert_int_equal(got[1].context, WAKER_UNKNOWN);
	/* Up to 4.9 the flag was set also where soft interrupts were only held off. */
	file.old = true;
	assert_int_equal(waking_context(0x10), WAKER_UNKNOWN);
	assert_int_equal(waking_context(0x08 | 0x10), WAKER_HARDIRQ);
	assert_int_equal(waking_context(0), WAKER_TASK);
}

static void put_comm_record(int32_t pid, int32_t tid, const char *name, const struct sample *s)
{
	size_t start = begin_record(&file.data, PERF_RECORD_COMM);

	put_u32(&file.data, pid);
	put_u32(&file.data, tid);
	put_comm(&file.data, name);
	put_trailer(&file.data, s);
	end_record(&file.data, start);
}

static void names_from_before_have_time_zero(void **state)
{
	struct sample none = { 0 }, s = { ID_SWITCH, 1, 30, 5, 5, 0, 0 };

	put_comm_record(8, 9, "early", &none);
	one_switch(0, 20);
	put_comm_record(8, 9, "fifteen letters", &s);
	assert_int_equal(read_file(), 3);
	assert_int_equal(got[0].type, SCHED_NAME);
	assert_int_equal(got[0].time_ns, 0);
	assert_int_equal(got[0].pid, 8);
	assert_int_equal(got[0].tid, 9);
	assert_string_equal(got[0].comm, "early");
	assert_int_equal(got[2].time_ns, 30);
	assert_string_equal(got[2].comm, "fifteen letters");
}

static void put_lost_in_all(uint32_t id, uint64_t lost, uint16_t misc)
{
	size_t start = begin_record(&file.data, PERF_RECORD_LOST_SAMPLES);

	memcpy(file.data.data + start + 4, &misc, sizeof(misc));
	put_u64(&file.data, lost);
	put_u32(&file.data, 0);
	put_u32(&file.data, 0);
	put_u64(&file.data, 0);
	put_u64(&file.data, 0);
	put_u64(&file.data, id);
	end_record(&file.data, start);
}

static void put_index(void)
{
	size_t start = begin_record(&file.data, 69);

	put_u64(&file.data, 4);
	for (uint64_t i = 0; i < 4; i++) {
		put_u64(&file.data, (ID_SWITCH + i / 2) * 10 + i % 2);
		put_u64(&file.data, i % 2);
		put_u64(&file.data, i % 2);
		put_u64(&file.data, UINT64_MAX);
	}
	end_record(&file.data, start);
}

static void losses_have_their_interval(void **state)
{
	struct sample s = { ID_SWITCH, 1, 50, 5, 5, 0, 0 };

	put_index();
	one_switch(1, 20);
	one_switch(0, 40);
	put_lost(&file.data, &s, 17);
	put_lost_in_all(ID_SWITCH * 10 + 1, 12, 0);
	put_lost_in_all(ID_WAKING * 10 + 1, 8, 0);
	put_lost_in_all(ID_WAKING * 10, 99, 1 << 15); /* a filter's: none is lost */
	assert_int_equal(read_file(), 4);
	assert_int_equal(got[2].type, SCHED_LOST);
	assert_int_equal(got[2].cpu, 1);
	assert_int_equal(got[2].lost, 17);
	assert_int_equal(got[2].lost_since_ns, 20);
	/* 12 + 8 in all, of which LOST told 17: the rest is at the end. */
	assert_int_equal(got[3].type, SCHED_LOST);
	assert_int_equal(got[3].cpu, 1);
	assert_int_equal(got[3].time_ns, 50);
	assert_int_equal(got[3].lost, 3);
	assert_int_equal(got[3].lost_since_ns, 50);
}

static void a_short_sample_is_a_loss(void **state)
{
	struct sample s = { ID_SWITCH, 1, 50, 5, 5, 0, 0 };
	struct bytes raw = { .size = 12 };

	put_sample(&file.data, &s, &raw);
	one_switch(0, 60);
	assert_int_equal(read_file(), 2);
	assert_int_equal(got[0].type, SCHED_LOST);
	assert_int_equal(got[0].lost, 1);
	check_switch(&got[1], 0, 60);
}

static void many_rounds(void)
{
	struct sample s = { ID_WAKING, 0, 0, 5, 5, 0, 0 };

	for (int i = 0; i < 60; i++) {
		one_switch(0, 1000 + i * 100);
		s.time_ns = 1050 + i * 100;
		put_waking(&file.data, &s, i, "wakee", 1);
		one_switch(1, 1010 + i * 100);
		put_round(&file.data);
	}
}

static void a_pipe_says_the_same_as_a_file(void **state)
{
	static struct sched_event of_file[512];
	int n;

	many_rounds();
	n = read_file();
	assert_int_equal(n, 180);
	memcpy(of_file, got, sizeof(got));
	build_pipe(&file, &built);
	assert_int_equal(read_bytes(built.data, built.size, true, 16), n);
	assert_int_equal(last, 0);
	assert_memory_equal(of_file, got, n * sizeof(*got));
	assert_int_equal(read_bytes(built.data, built.size, false, 16), n);
}

/* More than is read at once, and than one block has: the i-th event is of 1000 + i ns. */
static int many_events(void)
{
	enum { ROUNDS = 100, EVENTS = 300 };

	for (int i = 0; i < ROUNDS * EVENTS; i++) {
		int in = i % EVENTS, cpu = in >= EVENTS / 2;

		one_switch(cpu, 1000 + i - in + in % (EVENTS / 2) * 2 + cpu);
		if (in == EVENTS - 1)
			put_round(&file.data);
	}
	return ROUNDS * EVENTS;
}

static void check_times(const struct sched_event *const *events, int n, uint64_t first_ns)
{
	for (int i = 0; i < n; i++)
		assert_int_equal(events[i]->time_ns, first_ns + i);
}

/* Reads built, from a call on with all read ahead after each; how often something was. */
static int read_ahead(int n, int from)
{
	enum { AT_ONCE = 4096 };
	static const struct sched_event *given[2][AT_ONCE];
	int told = 0, before = 0, now, ahead = 0;
	struct perf_data *d;

	assert_int_equal(open_bytes(&d, built.data, built.size, false, why), 0);
	for (int call = 0; (now = perf_data_next(d, given[call % 2], AT_ONCE)) > 0; call++) {
		while (call >= from && perf_data_prepare(d))
			ahead++;
		/* The batch before is still looked at while this one is made. */
		check_times(given[(call + 1) % 2], before, 1000 + told - before);
		check_times(given[call % 2], now, 1000 + told);
		told += now;
		before = now;
	}
	assert_int_equal(now, 0);
	assert_int_equal(told, n);
	perf_data_close(d);
	return ahead;
}

static void reading_ahead_changes_nothing(void **state)
{
	int n = many_events();

	build_file(&file, &built);
	assert_int_equal(read_ahead(n, n), 0);
	assert_true(read_ahead(n, 0) > 3);
	/* By now blocks are used again. */
	assert_true(read_ahead(n, 3) > 3);
}

static void compressed_records_say_the_same(void **state)
{
	static struct sched_event plain[512];
	static const uint32_t types[] = { 81, 83 };
	int n;

	for (int i = 0; i < 2; i++) {
		fresh(state);
		many_rounds();
		n = read_file();
		memcpy(plain, got, sizeof(got));
		compress_data(&file.data, types[i],
			      1000); /* records run over the pieces' borders */
		assert_int_equal(read_file(), n);
		assert_int_equal(last, 0);
		assert_memory_equal(plain, got, n * sizeof(*got));
	}
}

static void auxtrace_is_skipped_by_its_size(void **state)
{
	size_t start;

	one_switch(0, 10);
	start = begin_record(&file.data, 71);
	put_u64(&file.data, 100);
	end_record(&file.data, start);
	for (int i = 0; i < 100; i++)
		put(&file.data, "\0", 1);
	one_switch(0, 20);
	assert_int_equal(read_file(), 2);
	check_switch(&got[1], 0, 20);
}

static void a_recording_without_the_scheduler_is_refused(void **state)
{
	file.first = 3;
	file.events = 1;
	put_round(&file.data);
	assert_int_equal(read_file(), -ENOMSG);
	build_pipe(&file, &built);
	assert_int_equal(read_bytes(built.data, built.size, true, 16), -ENOMSG);
}

static void foreign_files_are_refused(void **state)
{
	assert_int_equal(read_bytes((const uint8_t *)"2ELIFREP\0\0\0\0\0\0\0\x68", 16, false, 1),
			 -ENOTSUP);
	assert_int_equal(read_bytes((const uint8_t *)"PERFFILE\x68\0\0\0\0\0\0\0", 16, false, 1),
			 -ENOTSUP);
	assert_int_equal(read_bytes((const uint8_t *)"not a perf.data.", 16, false, 1), -EINVAL);
	assert_int_equal(read_bytes((const uint8_t *)"PERF", 4, false, 1), -EINVAL);
	assert_int_equal(read_bytes((const uint8_t *)"", 0, true, 1), -EINVAL);
	build_file(&file, &built);
	assert_int_equal(read_bytes(built.data, built.size, true, 1), -ENOTSUP);
	assert_true(perf_data_is("PERFILE2", 8) && !perf_data_is("PERFILE3", 8));
}

static void an_unfinished_file_of_another_kernel_is_refused(void **state)
{
	one_switch(0, 10);
	file.unfinished = true;
	assert_int_equal(read_file(), -ENOTSUP);
}

static void a_cut_pipe_is_read_to_its_end(void **state)
{
	struct bytes whole;
	size_t head;
	int n = 0;

	build_pipe(&file, &built);
	head = built.size;
	many_rounds();
	build_pipe(&file, &whole);
	for (size_t size = head + 1; size < whole.size; size += 7) {
		int before = n;

		n = read_bytes(whole.data, size, true, 16);
		if (n < 0) /* cut within the first record: nothing was recorded */
			continue;
		assert_true(n >= before && n <= 180);
		assert_true(last == -ENODATA || !last);
	}
	assert_true(n >= 178);
}

static void damage_is_survived(void **state)
{
	static struct bytes bad;
	uint64_t random = 5;

	many_rounds();
	put_index();
	for (int i = 0; i < 4000; i++) {
		if (i % 2)
			build_file(&file, &bad);
		else
			build_pipe(&file, &bad);
		for (int k = 0; k <= i % 5; k++) {
			random = random * 6364136223846793005ull + 1442695040888963407ull;
			bad.data[(random >> 33) % (i % 3 ? bad.size : 1500)] = random >> 24;
		}
		read_bytes(bad.data, bad.size, !(i % 2), 32);
	}
}

static void the_head_tells_facts(void **state)
{
	struct perf_data *d;
	const struct recording_facts *f;

	put_index();
	build_file(&file, &built);
	assert_int_equal(open_bytes(&d, built.data, built.size, false, why), 0);
	f = perf_data_facts(d);
	assert_string_equal(f->what, "perf.data by perf 6.1.1");
	assert_string_equal(f->hostname, "host");
	assert_string_equal(f->command, "perf sched record -C 1");
	assert_string_equal(f->clock, "local");
	assert_null(f->kernel_release);
	assert_int_equal(f->cpu_count, 4);
	assert_true(f->has & SCHED_HAS(SCHED_SWITCH) && !(f->has & SCHED_HAS(SCHED_MIGRATE)));
	assert_false(f->realtime_known);
	/* Both CPUs that are online: the ids know better than the command line. */
	assert_true(f->all_cpus && !f->recorded_cpus);
	assert_int_equal(next(d, got, 1), 0);
	perf_data_close(d);
}

static void a_command_line_tells_its_cpus(void **state)
{
	static const struct {
		const char *args[8];
		bool all;
		const char *cpus;
	} lines[] = {
		{ { "perf", "sched", "record" }, true, NULL },
		{ { "perf", "sched", "record", "-C", "43", "sleep", "1" }, false, "43" },
		{ { "perf", "record", "-e", "x", "-C1-3", "--", "a" }, false, "1-3" },
		{ { "perf", "record", "--cpu=2", "-a" }, false, "2" },
		{ { "perf", "record", "-a", "cmd", "-C", "3" }, true, NULL },
		{ { "perf", "record", "-e", "x", "cmd", "-a" }, false, NULL },
		{ { "perf", "record", "-C" }, false, NULL },
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		char *cpus = NULL;
		size_t n = 0;
		bool all;

		while (n < 8 && lines[i].args[n])
			n++;
		assert_int_equal(perf_command_cpus(lines[i].args, n, &all, &cpus), 0);
		assert_int_equal(all, lines[i].all);
		if (lines[i].cpus)
			assert_string_equal(cpus, lines[i].cpus);
		else
			assert_null(cpus);
		free(cpus);
	}
}

#define TEST(name) cmocka_unit_test_setup(name, fresh)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rings_are_merged_by_time),
		TEST(equal_times_stay_as_the_file_has_them),
		TEST(a_record_too_late_for_its_round_is_a_loss),
		TEST(fields_are_known_by_name),
		TEST(the_preempted_bit_is_read_from_the_print_format),
		TEST(what_a_waking_does_not_say_is_not_told),
		TEST(other_tracepoints_are_passed_over),
		TEST(callchains_and_counts_before_the_raw_data_are_passed),
		TEST(a_forks_process_comes_from_the_record_before_it),
		TEST(records_tell_forks_and_exits_without_tracepoints),
		TEST(an_exits_record_comes_beside_its_tracepoint),
		TEST(flags_tell_the_context_of_a_waking),
		TEST(names_from_before_have_time_zero),
		TEST(losses_have_their_interval),
		TEST(a_short_sample_is_a_loss),
		TEST(a_pipe_says_the_same_as_a_file),
		TEST(reading_ahead_changes_nothing),
		TEST(compressed_records_say_the_same),
		TEST(auxtrace_is_skipped_by_its_size),
		TEST(a_recording_without_the_scheduler_is_refused),
		TEST(foreign_files_are_refused),
		TEST(an_unfinished_file_of_another_kernel_is_refused),
		TEST(a_cut_pipe_is_read_to_its_end),
		TEST(damage_is_survived),
		TEST(the_head_tells_facts),
		TEST(a_command_line_tells_its_cpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
