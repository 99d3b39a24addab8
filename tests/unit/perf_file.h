/* SPDX-License-Identifier: GPL-2.0-only */
/* Builds small perf.data files and pipes, byte by byte, in memory. */
#ifndef UNIT_PERF_FILE_H
#define UNIT_PERF_FILE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>
#include "import/perf_data.h"

#define BYTES_MAX (6u << 20)

struct bytes {
	size_t size;
	uint8_t data[BYTES_MAX];
};

static inline void put(struct bytes *b, const void *data, size_t size)
{
	assert_true(size <= BYTES_MAX - b->size);
	memcpy(b->data + b->size, data, size);
	b->size += size;
}

static inline void put_u32(struct bytes *b, uint32_t value)
{
	put(b, &value, sizeof(value));
}

static inline void put_u64(struct bytes *b, uint64_t value)
{
	put(b, &value, sizeof(value));
}

/* A name as the tracepoints have it: 16 bytes. */
static inline void put_comm(struct bytes *b, const char *name)
{
	size_t length = strlen(name);
	char comm[16] = { 0 };

	memcpy(comm, name, length < 15 ? length : 15);
	put(b, comm, 16);
}

static inline size_t begin_record(struct bytes *b, uint32_t type)
{
	struct perf_event_header header = { .type = type };

	put(b, &header, sizeof(header));
	return b->size - sizeof(header);
}

static inline void end_record(struct bytes *b, size_t start)
{
	uint16_t size = b->size - start;

	memcpy(b->data + start + 6, &size, sizeof(size));
}

/* Tracepoint ids, which are the sample ids as well: id * 10 + CPU. */
enum { ID_SWITCH = 900, ID_WAKING, ID_FORK, ID_FOREIGN, ID_EXIT };

#define SAMPLE_TYPE                                                                                \
	(PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME |            \
	 PERF_SAMPLE_CPU | PERF_SAMPLE_PERIOD | PERF_SAMPLE_RAW)

struct sample {
	uint32_t id, cpu;
	uint64_t time_ns;
	int32_t pid, tid;
	uint64_t type, read_format; /* 0: SAMPLE_TYPE */
};

static inline void put_sample(struct bytes *b, const struct sample *s, const struct bytes *raw)
{
	uint64_t type = s->type ? s->type : SAMPLE_TYPE;
	size_t start = begin_record(b, PERF_RECORD_SAMPLE);
	uint32_t padded = ((raw->size + 4 + 7) & ~7ul) - 4;

	put_u64(b, s->id * 10 + s->cpu);
	put_u64(b, 0xffffffff81000000);
	put_u32(b, s->pid);
	put_u32(b, s->tid);
	put_u64(b, s->time_ns);
	put_u32(b, s->cpu);
	put_u32(b, 0);
	put_u64(b, 1);
	if (type & PERF_SAMPLE_READ) { /* a group of two, with times, ids and losses */
		put_u64(b, 2);
		for (int i = 0; i < 2 + 2 * 3; i++)
			put_u64(b, 7);
	}
	if (type & PERF_SAMPLE_CALLCHAIN) {
		put_u64(b, 3);
		for (int i = 0; i < 3; i++)
			put_u64(b, 0xffffffff81000000);
	}
	put_u32(b, padded);
	put(b, raw->data, raw->size);
	for (size_t i = raw->size; i < padded; i++)
		put(b, "", 1);
	end_record(b, start);
}

/* The id at the end of other records: tid, time, CPU, identifier. */
static inline void put_trailer(struct bytes *b, const struct sample *s)
{
	put_u32(b, s->pid);
	put_u32(b, s->tid);
	put_u64(b, s->time_ns);
	put_u32(b, s->cpu);
	put_u32(b, 0);
	put_u64(b, s->id ? s->id * 10 + s->cpu : 0);
}

static inline void put_raw_head(struct bytes *raw, uint16_t id, int32_t tid)
{
	uint16_t type[2] = { id, 0 };

	raw->size = 0;
	put(raw, type, sizeof(type));
	put_u32(raw, tid);
}

/* A switch as 6.x has it (prev_state: 4 bytes), or 4.19 (8 bytes). */
static inline void put_switch(struct bytes *b, const struct sample *s, bool old, const char *prev,
			      uint64_t state, int32_t next_tid, const char *next)
{
	static struct bytes raw;

	put_raw_head(&raw, s->id, s->tid);
	put_comm(&raw, prev);
	put_u32(&raw, s->tid);
	put_u32(&raw, 120);
	if (old)
		put_u64(&raw, state);
	else
		put_u32(&raw, state);
	put_comm(&raw, next);
	put_u32(&raw, next_tid);
	put_u32(&raw, 98);
	put_sample(b, s, &raw);
}

static inline void put_waking(struct bytes *b, const struct sample *s, int32_t tid,
			      const char *comm, uint32_t cpu)
{
	static struct bytes raw;

	put_raw_head(&raw, s->id, s->tid);
	put_comm(&raw, comm);
	put_u32(&raw, tid);
	put_u32(&raw, 120);
	put_u32(&raw, cpu);
	put_sample(b, s, &raw);
}

static inline void put_round(struct bytes *b)
{
	end_record(b, begin_record(b, 68));
}

static inline void put_lost(struct bytes *b, const struct sample *s, uint64_t lost)
{
	size_t start = begin_record(b, PERF_RECORD_LOST);

	put_u64(b, s->id * 10 + s->cpu);
	put_u64(b, lost);
	put_trailer(b, s);
	end_record(b, start);
}

static inline void put_format(struct bytes *b, const char *text)
{
	put_u64(b, strlen(text));
	put(b, text, strlen(text));
}

#define COMMON                                                                                     \
	"format:\n"                                                                                \
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"                     \
	"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"                     \
	"\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"             \
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"

#define SWITCH_FORMAT(state, comm, pid, prio, print)                                               \
	"name: sched_switch\nID: 900\n" COMMON                                                     \
	"\tfield:char prev_comm[16];\toffset:8;\tsize:16;\tsigned:1;\n"                            \
	"\tfield:pid_t prev_pid;\toffset:24;\tsize:4;\tsigned:1;\n"                                \
	"\tfield:int prev_prio;\toffset:28;\tsize:4;\tsigned:1;\n"                                 \
	"\tfield:" state "\n"                                                                      \
	"\tfield:char next_comm[16];\toffset:" comm ";\tsize:16;\tsigned:1;\n"                     \
	"\tfield:pid_t next_pid;\toffset:" pid ";\tsize:4;\tsigned:1;\n"                           \
	"\tfield:int next_prio;\toffset:" prio ";\tsize:4;\tsigned:1;\n"                           \
	"\nprint fmt: \"%s%s\", (REC->prev_state & (2048-1)) ? \"x\" : \"R\", REC->prev_state & " \
	print " ? \"+\" : \"\"\n"

static const char new_switch[] = SWITCH_FORMAT("int prev_state;\toffset:32;\tsize:4;\tsigned:1;",
					       "36", "52", "56", "(((0x0000 | 0x0040 | 0x003f) + 1) << 1)");
static const char old_switch[] = SWITCH_FORMAT("long prev_state;\toffset:32;\tsize:8;\tsigned:1;",
					       "40", "56", "60", "1024");
static const char waking[] =
	"name: sched_waking\nID: 901\n" COMMON
	"\tfield:char comm[16];\toffset:8;\tsize:16;\tsigned:1;\n"
	"\tfield:pid_t pid;\toffset:24;\tsize:4;\tsigned:1;\n"
	"\tfield:int prio;\toffset:28;\tsize:4;\tsigned:1;\n"
	"\tfield:int target_cpu;\toffset:32;\tsize:4;\tsigned:1;\n\nprint fmt: \"\"\n";
static const char fork_format[] =
	"name: sched_process_fork\nID: 902\n" COMMON
	"\tfield:__data_loc char[] parent_comm;\toffset:8;\tsize:4;\tsigned:0;\n"
	"\tfield:pid_t parent_pid;\toffset:12;\tsize:4;\tsigned:1;\n"
	"\tfield:__data_loc char[] child_comm;\toffset:16;\tsize:4;\tsigned:0;\n"
	"\tfield:pid_t child_pid;\toffset:20;\tsize:4;\tsigned:1;\n\nprint fmt: \"\"\n";

static const char exit_format[] =
	"name: sched_process_exit\nID: 904\n" COMMON
	"\tfield:char comm[16];\toffset:8;\tsize:16;\tsigned:1;\n"
	"\tfield:pid_t pid;\toffset:24;\tsize:4;\tsigned:1;\n"
	"\tfield:int prio;\toffset:28;\tsize:4;\tsigned:1;\n\nprint fmt: \"\"\n";

static inline void put_tracing_data(struct bytes *b, bool old)
{
	static const char magic[] = "\027\010\104tracing0.6";
	static const uint8_t sizes[] = { __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__, 8 };

	put(b, magic, sizeof(magic));
	put(b, sizes, sizeof(sizes));
	put_u32(b, 4096);
	put(b, "header_page", 12);
	put_format(b, "page");
	put(b, "header_event", 13);
	put_format(b, "event");
	put_u32(b, 0);
	put_u32(b, 2);
	put(b, "sched", 6);
	put_u32(b, 4);
	put_format(b, old ? old_switch : new_switch);
	put_format(b, waking);
	put_format(b, fork_format);
	put_format(b, exit_format);
	put(b, "foreign", 8);
	put_u32(b, 1);
	put_format(b, "name: sched_switch\nID: 903\nformat:\n\nprint fmt: \"\"\n");
	put_u32(b, 0);
	put_u32(b, 0);
	put_u64(b, 0);
}

static inline struct perf_event_attr attr_of(uint32_t id, uint64_t type)
{
	return (struct perf_event_attr){ .type = PERF_TYPE_TRACEPOINT,
					 .size = sizeof(struct perf_event_attr),
					 .config = id,
					 .sample_type = type ? type : SAMPLE_TYPE,
					 .read_format = PERF_FORMAT_GROUP | PERF_FORMAT_ID |
							PERF_FORMAT_LOST |
							PERF_FORMAT_TOTAL_TIME_ENABLED |
							PERF_FORMAT_TOTAL_TIME_RUNNING,
					 .sample_id_all = 1,
					 .comm = 1,
					 .task = 1 };
}

struct perf_file {
	struct bytes data; /* records */
	bool old;	   /* 4.19's formats */
	uint64_t type;	   /* sample_type; 0: SAMPLE_TYPE */
	int first, events; /* which: from ID_SWITCH + first on; 0: all */
	bool unfinished;
};

static inline int events_of(const struct perf_file *f)
{
	return f->events ? f->events : 4;
}

static inline void put_string(struct bytes *b, const char *text)
{
	put_u32(b, strlen(text) + 1);
	put(b, text, strlen(text) + 1);
}

static inline void put_feature(struct bytes *b, int feature, bool old)
{
	if (feature == 1) {
		put_tracing_data(b, old);
	} else if (feature == 3) {
		put_string(b, "host");
	} else if (feature == 5) {
		put_string(b, "6.1.1");
	} else if (feature == 7) {
		put_u32(b, 4);
		put_u32(b, 2);
	} else if (feature == 11) {
		put_u32(b, 5);
		put_string(b, "perf");
		put_string(b, "sched");
		put_string(b, "record");
		put_string(b, "-C");
		put_string(b, "1");
	}
}

static const int features[] = { 1, 3, 5, 7, 11 };

#define FEATURES ((int)(sizeof(features) / sizeof(*features)))

/* The bytes of a file. */
static inline void build_file(const struct perf_file *f, struct bytes *out)
{
	int n = events_of(f);
	size_t attr_size = sizeof(struct perf_event_attr), ids = 104, attrs = ids + n * 16;
	size_t data = attrs + n * (attr_size + 16), at;
	uint64_t bits = 0, place[2];

	for (int i = 0; i < FEATURES; i++)
		bits |= 1ull << features[i];
	out->size = 0;
	put(out, "PERFILE2", 8);
	put_u64(out, 104);
	put_u64(out, attr_size + 16);
	put_u64(out, attrs);
	put_u64(out, n * (attr_size + 16));
	put_u64(out, data);
	put_u64(out, f->unfinished ? 0 : f->data.size);
	put_u64(out, 0);
	put_u64(out, 0);
	put_u64(out, bits);
	for (int i = 0; i < 3; i++)
		put_u64(out, 0);
	for (int i = 0; i < n; i++)
		for (int cpu = 0; cpu < 2; cpu++)
			put_u64(out, (ID_SWITCH + f->first + i) * 10 + cpu);
	for (int i = 0; i < n; i++) {
		struct perf_event_attr attr = attr_of(ID_SWITCH + f->first + i, f->type);

		put(out, &attr, sizeof(attr));
		put_u64(out, ids + i * 16);
		put_u64(out, 16);
	}
	put(out, f->data.data, f->data.size);
	if (f->unfinished)
		return;
	at = out->size;
	for (int i = 0; i < FEATURES * 2; i++)
		put_u64(out, 0);
	for (int i = 0; i < FEATURES; i++) {
		place[0] = out->size;
		put_feature(out, features[i], f->old);
		place[1] = out->size - place[0];
		memcpy(out->data + at + i * 16, place, 16);
	}
}

/* The same as a pipe has it. */
static inline void build_pipe(const struct perf_file *f, struct bytes *out)
{
	static struct bytes formats;
	size_t start;

	out->size = formats.size = 0;
	put(out, "PERFILE2", 8);
	put_u64(out, 16);
	for (int i = 0; i < events_of(f); i++) {
		struct perf_event_attr attr = attr_of(ID_SWITCH + f->first + i, f->type);

		start = begin_record(out, 64);
		put(out, &attr, sizeof(attr));
		put_u64(out, (ID_SWITCH + f->first + i) * 10);
		put_u64(out, (ID_SWITCH + f->first + i) * 10 + 1);
		end_record(out, start);
	}
	for (int i = 1; i < FEATURES; i++) {
		start = begin_record(out, 80);
		put_u64(out, features[i]);
		put_feature(out, features[i], f->old);
		end_record(out, start);
	}
	put_tracing_data(&formats, f->old);
	start = begin_record(out, 66);
	put_u32(out, formats.size); /* 12 bytes: what follows is not aligned */
	end_record(out, start);
	put(out, formats.data, formats.size);
	put(out, f->data.data, f->data.size);
}

/* Puts the records into compressed ones, of piece bytes each. */
static inline void compress_data(struct bytes *data, uint32_t type, size_t piece)
{
	static struct bytes plain;
	static uint8_t packed[BYTES_MAX];
	ZSTD_CStream *zstd = ZSTD_createCStream();
	ZSTD_inBuffer in;

	plain = *data;
	data->size = 0;
	for (size_t at = 0; at < plain.size; at += piece) {
		ZSTD_outBuffer out = { packed, sizeof(packed), 0 };
		size_t start = begin_record(data, type);

		in = (ZSTD_inBuffer){ plain.data + at,
				      plain.size - at < piece ? plain.size - at : piece, 0 };
		assert_int_equal(ZSTD_compressStream2(zstd, &out, &in, ZSTD_e_flush), 0);
		if (type == 83)
			put_u64(data, out.pos);
		put(data, packed, out.pos);
		while (type == 83 && data->size % 8)
			put(data, "", 1);
		end_record(data, start);
	}
	ZSTD_freeCStream(zstd);
}

/* Opens bytes as a file, or through a pipe that they fit. */
static inline int open_bytes(struct perf_data **d, const uint8_t *data, size_t size, bool piped,
			     char why[RECORDING_WHY_MAX])
{
	int fds[2], saved, fd, err;
	char path[64];

	if (!piped) {
		fd = memfd_create("perf.data", MFD_CLOEXEC);
		assert_int_equal(write(fd, data, size), size);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		err = perf_data_open(d, path, why);
		close(fd);
		return err;
	}
	saved = dup(STDIN_FILENO);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], data, size), size);
	close(fds[1]);
	fd = dup(fds[0]);
	close(fds[0]);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	err = perf_data_open(d, path, why);
	close(fd);
	close(saved);
	return err;
}

#endif
