// SPDX-License-Identifier: GPL-2.0-only
/*
 * Feeds the trace reader bytes that never saw a writer. Checksums are made right first, or nothing
 * behind them would ever be reached; the corpus has its payloads uncompressed for the same reason
 * (tests/tools/make_trace_corpus.c makes it). What comes out must keep reader.h's promises.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>
#include "trace/event_check.h"
#include "trace/file_format.h"
#include "trace/reader.h"

#define PIPE_MAX   65536 /* a pipe takes this much without a reader */
#define SIZE_LIMIT (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void seal(uint8_t *data, size_t size, size_t crc_offset)
{
	uint32_t crc = htole32(crc32_z(0, data, crc_offset));

	if (crc_offset + sizeof(crc) <= size)
		memcpy(data + crc_offset, &crc, sizeof(crc));
}

/* Makes the chunk at data whole: magic, number and checksums. Returns its size. */
static size_t seal_chunk(uint8_t *data, size_t size, uint32_t number)
{
	struct ilt_chunk chunk;
	size_t room = size - sizeof(chunk);

	memcpy(&chunk, data, sizeof(chunk));
	chunk.magic = htole32(ILT_CHUNK_MAGIC);
	chunk.number = htole32(number);
	if (le32toh(chunk.stored_bytes) > room)
		chunk.stored_bytes = htole32(room);
	if (chunk.codec == ILT_STORED) /* sizes that differ are refused early: a dull case */
		chunk.raw_bytes = chunk.stored_bytes;
	chunk.payload_crc = htole32(crc32_z(0, data + sizeof(chunk), le32toh(chunk.stored_bytes)));
	chunk.crc = htole32(crc32_z(0, (void *)&chunk, offsetof(struct ilt_chunk, crc)));
	memcpy(data, &chunk, sizeof(chunk));
	return sizeof(chunk) + le32toh(chunk.stored_bytes);
}

static void seal_file(uint8_t *data, size_t size)
{
	size_t at = sizeof(struct ilt_header);
	uint32_t number = 0;

	if (size < at)
		return;
	seal(data, size, offsetof(struct ilt_header, crc));
	while (size - at >= sizeof(struct ilt_chunk)) {
		if (!memcmp(data + at, ILT_FOOTER_MAGIC, 8)) {
			seal(data + at, size - at, offsetof(struct ilt_footer, crc));
			at += sizeof(struct ilt_footer);
		} else {
			at += seal_chunk(data + at, size - at, number++);
		}
	}
}

static void check_events(struct event_limits *limits, const struct event *events, int n)
{
	for (int i = 0; i < n; i++)
		if (event_check(limits, &events[i]))
			abort();
}

static void read_all(struct trace_reader *r, const uint8_t *data, size_t size)
{
	static struct event events[512];
	struct event_source *source = trace_reader_source(r);
	const struct trace_meta *meta = trace_reader_meta(r);
	struct event_limits limits = {
		.cpu_count = meta->cpu_count,
		.task_max = ilt_task_limit_max(UINT32_MAX),
	};
	uint8_t how = size ? data[size - 1] : 0;
	int n;

	if (how & 2)
		trace_reader_window(r, meta->start_ns + 1000, meta->start_ns + 20000);
	while ((n = source->read(source, events, how & 4 ? 7 : 512)) > 0)
		check_events(&limits, events, n);
	if (n == 0 && trace_reader_meta(r)->incomplete && !trace_reader_damage(r))
		abort();
	trace_reader_stats(r);
}

static void run_file(const uint8_t *data, size_t size)
{
	struct trace_reader *r;
	char path[64], why[200];
	int fd = memfd_create("trace", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (!trace_reader_open(&r, path, why, sizeof(why))) {
		read_all(r, data, size);
		trace_reader_close(r);
	}
	close(fd);
}

static void run_pipe(const uint8_t *data, size_t size)
{
	struct trace_reader *r;
	char why[200];
	int fds[2];

	if (pipe(fds) || write(fds[1], data, size) != (ssize_t)size)
		abort();
	close(fds[1]);
	dup2(fds[0], STDIN_FILENO);
	close(fds[0]);
	if (!trace_reader_open(&r, "-", why, sizeof(why))) {
		read_all(r, data, size);
		trace_reader_close(r);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy;

	if (size > SIZE_LIMIT)
		return 0;
	copy = malloc(size + 1);
	memcpy(copy, data, size);
	seal_file(copy, size);
	if (size && data[size - 1] & 1 && size <= PIPE_MAX)
		run_pipe(copy, size);
	else
		run_file(copy, size);
	free(copy);
	return 0;
}
