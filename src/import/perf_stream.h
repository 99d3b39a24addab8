/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * perf's records as their bytes come: bytes go to the end of one buffer, whole records are taken
 * from its beginning. It is small enough to stay in a cache, where a record is looked at once.
 */
#ifndef INTERLOPER_PERF_STREAM_H
#define INTERLOPER_PERF_STREAM_H

#include <stddef.h>
#include <stdint.h>

#define PERF_RECORD_SIZE_MAX 65535u /* a record's size has 16 bits */
#define PERF_STREAM_SIZE     (512u << 10)

struct perf_stream {
	uint8_t *data; /* NULL until it is needed */
	size_t pos, len;
};

void perf_stream_free(struct perf_stream *stream);

/*
 * Where to put bytes, and how many there may be (at least PERF_RECORD_SIZE_MAX once all whole records
 * are taken); perf_stream_put() then says how many there are. A record taken before is not valid any
 * more. 0 or -ENOMEM.
 */
int perf_stream_room(struct perf_stream *stream, uint8_t **at, size_t *room);
void perf_stream_put(struct perf_stream *stream, size_t size);

/* The next whole record: 1, 0 if there is none yet, -EINVAL if its size cannot be. */
int perf_stream_next(struct perf_stream *stream, const uint8_t **record);

/* Takes bytes that are no record: up to size, as many as are there. data NULL: dropped. */
size_t perf_stream_bytes(struct perf_stream *stream, uint8_t *data, size_t size);

/* Bytes that are not taken. */
size_t perf_stream_rest(const struct perf_stream *stream);

#endif
