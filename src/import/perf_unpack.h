/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `perf record -z`: one zstd stream that runs through all COMPRESSED records, and has records
 * again.
 */
#ifndef INTERLOPER_PERF_UNPACK_H
#define INTERLOPER_PERF_UNPACK_H

#include <stdbool.h>
#include <zstd.h>

#include "import/perf_stream.h"

struct perf_unpack {
	ZSTD_DStream *zstd;
	ZSTD_inBuffer in;
	uint64_t left; /* of what this record may still become */
};

void perf_unpack_free(struct perf_unpack *unpack);

/*
 * Begins a COMPRESSED or COMPRESSED2 record of size bytes; ring_size as the head tells it. 0,
 * -EINVAL, -ENOMEM.
 */
int perf_unpack_begin(struct perf_unpack *unpack, const uint8_t *record, uint16_t size,
		      uint64_t ring_size);

/* Puts some of it into stream: 1, 0 if that was all of it, -EINVAL (damaged), -ENOMEM. */
int perf_unpack_some(struct perf_unpack *unpack, struct perf_stream *stream);

#endif
