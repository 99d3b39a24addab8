/* SPDX-License-Identifier: GPL-2.0-only */
/* What the trace file's tests share: random and lifelike events, whole-file writes and reads. */
#ifndef INTERLOPER_TESTS_TRACE_TESTING_H
#define INTERLOPER_TESTS_TRACE_TESTING_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "trace/reader.h"
#include "trace/writer.h"

#define START_NS 1000000000000ull

struct stream {
	struct event *events;
	int count;
	char damage[200]; /* "" if read whole */
	struct trace_reader_stats stats;
	bool incomplete;
};

static char test_path[] = "/tmp/interloper-trace-XXXXXX";

__attribute__((unused)) static int make_path(void **state)
{
	int fd = mkstemp(test_path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

__attribute__((unused)) static int remove_path(void **state)
{
	(void)state;
	return unlink(test_path);
}

static inline uint64_t next_random(uint64_t *random)
{
	uint64_t z = *random += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* Of any magnitude, not only large ones. */
static inline uint64_t any_number(uint64_t *random)
{
	return next_random(random) >> next_random(random) % 64;
}

static inline uint16_t any_cpu(uint64_t *random, uint32_t cpus)
{
	return next_random(random) % 4 ? next_random(random) % cpus : CPU_UNKNOWN;
}

static inline uint32_t any_task(uint64_t *random)
{
	return any_number(random) % 65536;
}

static inline uint32_t any_other_task(uint64_t *random)
{
	return next_random(random) % 4 ? any_task(random) : TASK_UNKNOWN;
}

static inline struct slice any_slice(uint64_t *random, uint32_t cpus)
{
	return (struct slice){
		.start_ns = any_number(random),
		.waking_ns = any_number(random),
		.prev_out_ns = any_number(random),
		.task = any_task(random),
		.waker = any_other_task(random),
		.prev_cpu = any_cpu(random, cpus),
		.chosen_cpu = any_cpu(random, cpus),
		.waker_cpu = any_cpu(random, cpus),
		.recent_cpu = any_cpu(random, cpus),
		.placed = any_number(random),
		.flags = any_number(random),
		.out_state = any_number(random),
		.kind = next_random(random) % (DELAY_PREEMPT + 1),
		.context = next_random(random) % (WAKER_IDLE + 1),
		.prio = any_number(random),
		.moves = any_number(random),
		.spare_wakes = any_number(random),
	};
}

static inline struct task_identity any_identity(uint64_t *random)
{
	struct task_identity id = {
		.task = any_task(random),
		.tid = any_number(random),
		.pid = any_number(random),
		.ppid = any_number(random),
		.flags = any_number(random),
		.cpus_allowed = any_number(random),
	};
	int len = next_random(random) % (TASK_COMM_LEN + 1);

	for (int i = 0; i < len; i++)
		id.comm[i] = 1 + next_random(random) % 255;
	return id;
}

static inline struct choice any_choice(uint64_t *random, uint32_t cpus)
{
	struct choice c = {
		.task = any_task(random),
		.prev_cpu = any_cpu(random, cpus),
		.chosen_cpu = any_cpu(random, cpus),
		.wake_flags = any_number(random),
		.fallback = next_random(random) & 1,
		.looks = any_number(random),
	};

	for (unsigned int i = 0; i < choice_trail_length(&c); i++)
		c.trail[i] = next_random(random) % cpus |
			     (next_random(random) & 1 ? CHOICE_IDLE : 0);
	return c;
}

/* Whatever the format can hold, at time_ns. */
static inline struct event any_event(uint64_t *random, uint32_t cpus, uint64_t time_ns)
{
	struct event e = { .time_ns = time_ns, .cpu = next_random(random) % cpus };

	switch (next_random(random) % 9) {
	case 0:
		e.type = EVENT_TASK;
		e.identity = any_identity(random);
		break;
	case 1:
		e.type = EVENT_MOVE;
		e.move = (struct move){
			.task = any_task(random),
			.by = any_other_task(random),
			.from = any_cpu(random, cpus),
			.to = any_cpu(random, cpus),
			.on_rq = any_number(random),
			.asleep = next_random(random) & 1,
			.flags = any_number(random),
			.context = next_random(random) % (WAKER_INTERRUPT + 1),
		};
		break;
	case 2:
		e.type = EVENT_LOST;
		e.lost = (struct lost){ any_number(random), any_number(random),
					next_random(random) % LOST_KINDS };
		break;
	case 3:
		e.type = EVENT_WAITING;
		e.slice = any_slice(random, cpus);
		break;
	case 4:
		e.type = EVENT_CHOICE;
		e.choice = any_choice(random, cpus);
		break;
	default:
		e.type = EVENT_SLICE;
		e.slice = any_slice(random, cpus);
		break;
	}
	return e;
}

/* A stream as a CPU makes it: contiguous slices of few tasks that wake each other. */
static inline struct event likely_event(uint64_t *random, uint32_t cpus, uint64_t *now)
{
	uint16_t cpu = next_random(random) % cpus;
	uint64_t start = now[cpu];

	now[cpu] += 1000 + next_random(random) % 1000;
	return (struct event){
		.time_ns = now[cpu],
		.cpu = cpu,
		.type = EVENT_SLICE,
		.slice = {
			.start_ns = start,
			.waking_ns = start - 900,
			.prev_out_ns = start - 1500,
			.task = 1 + next_random(random) % 20,
			.waker = 1 + next_random(random) % 20,
			.prev_cpu = cpu,
			.chosen_cpu = cpu,
			.waker_cpu = cpu,
			.recent_cpu = cpu,
			.placed = PLACED_SEEN | CPU_IS_BUSY << PLACED_PREV_SHIFT |
				  (next_random(random) % 4 ? PLACED_WAKER_ALONE : 0),
			.kind = DELAY_WAKE,
			.context = WAKER_TASK,
			.prio = 120,
			.out_state = 1,
		},
	};
}

static inline int compare_stream_order(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return (int)x->cpu - y->cpu;
}

/* Field by field: padding and unused parts of the union are nobody's. */
static inline bool same_slice(const struct slice *a, const struct slice *b)
{
	return a->start_ns == b->start_ns && a->waking_ns == b->waking_ns &&
	       a->prev_out_ns == b->prev_out_ns && a->task == b->task && a->waker == b->waker &&
	       a->prev_cpu == b->prev_cpu && a->chosen_cpu == b->chosen_cpu &&
	       a->waker_cpu == b->waker_cpu && a->recent_cpu == b->recent_cpu &&
	       a->placed == b->placed && a->flags == b->flags &&
	       a->out_state == b->out_state && a->kind == b->kind && a->context == b->context &&
	       a->prio == b->prio && a->moves == b->moves && a->spare_wakes == b->spare_wakes;
}

static inline bool same_identity(const struct task_identity *a, const struct task_identity *b)
{
	return a->task == b->task && a->tid == b->tid && a->pid == b->pid && a->ppid == b->ppid &&
	       a->flags == b->flags && a->cpus_allowed == b->cpus_allowed &&
	       !strncmp(a->comm, b->comm, TASK_COMM_LEN);
}

static inline bool same_move(const struct move *a, const struct move *b)
{
	return a->task == b->task && a->by == b->by && a->from == b->from && a->to == b->to &&
	       a->on_rq == b->on_rq && a->asleep == b->asleep && a->flags == b->flags &&
	       a->context == b->context;
}

/* All of the trail: what lies behind its length is zero when read. */
static inline bool same_choice(const struct choice *a, const struct choice *b)
{
	return a->task == b->task && a->prev_cpu == b->prev_cpu && a->chosen_cpu == b->chosen_cpu &&
	       a->wake_flags == b->wake_flags && a->fallback == b->fallback &&
	       a->looks == b->looks && !memcmp(a->trail, b->trail, sizeof(a->trail));
}

static inline bool same_event(const struct event *a, const struct event *b)
{
	if (a->time_ns != b->time_ns || a->cpu != b->cpu || a->type != b->type)
		return false;
	switch (a->type) {
	case EVENT_TASK:
		return same_identity(&a->identity, &b->identity);
	case EVENT_MOVE:
		return same_move(&a->move, &b->move);
	case EVENT_CHOICE:
		return same_choice(&a->choice, &b->choice);
	case EVENT_LOST:
		return a->lost.first_ns == b->lost.first_ns && a->lost.count == b->lost.count &&
		       a->lost.kind == b->lost.kind;
	default:
		return same_slice(&a->slice, &b->slice);
	}
}

/* How many events at the start of both agree. */
static inline int common_prefix(const struct stream *got, const struct event *events, int n)
{
	int i = 0;

	while (i < n && i < got->count && same_event(&got->events[i], &events[i]))
		i++;
	return i;
}

static inline struct trace_meta plain_meta(uint32_t cpus)
{
	struct trace_meta meta;

	assert_int_equal(trace_meta_init(&meta, cpus), 0);
	meta.start_ns = START_NS;
	meta.end_ns = START_NS + 1;
	return meta;
}

static inline void write_file(const char *path, const struct event *events, int n, uint32_t cpus)
{
	struct trace_meta meta = plain_meta(cpus);
	struct trace_writer *w;

	assert_int_equal(trace_writer_open(&w, path, &meta, TRACE_WRITER_REPLACE), 0);
	assert_int_equal(trace_writer_add(w, events, n), 0);
	assert_int_equal(trace_writer_close(w, &meta), 0);
	trace_meta_free(&meta);
}

/* Reads in pieces of a size that does not fit any chunk. The caller frees got->events. */
static inline void read_reader(struct trace_reader *r, struct stream *got)
{
	struct event_source *source = trace_reader_source(r);
	int room = 4096, n;

	memset(got, 0, sizeof(*got));
	got->events = malloc(room * sizeof(struct event));
	while ((n = source->read(source, got->events + got->count, 777)) > 0) {
		got->count += n;
		if (got->count + 777 > room) {
			room *= 2;
			got->events = realloc(got->events, room * sizeof(struct event));
		}
	}
	assert_int_equal(n, 0);
	assert_int_equal(source->read(source, got->events, 1), 0);
	if (trace_reader_damage(r))
		snprintf(got->damage, sizeof(got->damage), "%s", trace_reader_damage(r));
	got->stats = trace_reader_stats(r);
	got->incomplete = trace_reader_meta(r)->incomplete;
}

/* Opens and reads all. A failed open's errno, with why in got->damage. */
static inline int read_file(const char *path, struct stream *got)
{
	struct trace_reader *r;
	int err;

	memset(got, 0, sizeof(*got));
	err = trace_reader_open(&r, path, got->damage, sizeof(got->damage));
	if (err)
		return err;
	read_reader(r, got);
	trace_reader_close(r);
	return 0;
}

static inline uint8_t *load_bytes(const char *path, size_t *size)
{
	FILE *f = fopen(path, "r");
	uint8_t *data;
	struct stat st;

	assert_non_null(f);
	assert_int_equal(fstat(fileno(f), &st), 0);
	data = malloc(st.st_size + 1);
	*size = fread(data, 1, st.st_size, f);
	fclose(f);
	return data;
}

static inline void store_bytes(const char *path, const uint8_t *data, size_t size)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, size, f), size);
	assert_int_equal(fclose(f), 0);
}

#endif
