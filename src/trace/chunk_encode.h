/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Turns a segment's events into columns of what the predictions missed, and packs payloads with
 * zstd. The writer decides what goes into which chunk.
 */
#ifndef INTERLOPER_TRACE_CHUNK_ENCODE_H
#define INTERLOPER_TRACE_CHUNK_ENCODE_H

#include <zstd.h>
#include "trace/predict.h"

struct chunk_encoder {
	struct guesses guesses;
	struct cpu_guess *cpus;
	uint8_t *scratch; /* the columns, each with room for the largest chunk */
	ZSTD_CCtx *zstd;
	uint8_t *packed; /* the last packed payload */
	size_t packed_room;
};

/* A payload that is ready to be written; data belongs to the encoder until its next call. */
struct packed {
	const uint8_t *data;
	size_t stored_bytes, raw_bytes;
	uint8_t codec;
};

/* For events of CPUs below cpu_count. 0 or -ENOMEM. */
int chunk_encoder_init(struct chunk_encoder *enc, uint32_t cpu_count);
void chunk_encoder_free(struct chunk_encoder *enc);

/*
 * A segment: begin (its CPUs are below cpu_limit), then reduce each event in stream order, which
 * replaces its times by what the predictions missed and returns its control word; then pack those of
 * each CPU, in the same order.
 */
void chunk_encoder_begin(struct chunk_encoder *enc, uint64_t first_ns, uint32_t cpu_limit);
uint16_t chunk_encoder_reduce(struct chunk_encoder *enc, struct event *e);

/*
 * Packs the reduced events[order[i]], i < n <= ILT_CHUNK_EVENTS_MAX, all of one CPU, with their
 * control words. 0 or -ENOMEM.
 */
int chunk_encoder_pack_events(struct chunk_encoder *enc, const struct event *events,
			      const uint16_t *control, const uint32_t *order, uint32_t n,
			      struct packed *packed);

/* Packs the task events events[order[i]], not yet reduced. 0 or -ENOMEM. */
int chunk_encoder_pack_tasks(struct chunk_encoder *enc, const struct event *events,
			     const uint32_t *order, uint32_t n, struct packed *packed);

/* Packs any bytes. 0 or -ENOMEM. */
int chunk_encoder_pack_bytes(struct chunk_encoder *enc, const void *data, size_t size,
			     struct packed *packed);

#endif
