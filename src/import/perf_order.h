/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * perf's records in the order of time. perf record empties one CPU's ring after another and marks
 * each round (FINISHED_ROUND): whatever comes after a round's mark is younger than the youngest
 * record of the round before it (tools/perf/util/ordered-events.c). So records are kept for two
 * rounds, in the blocks that they were read into, and only their places are sorted: memory is
 * bounded by perf's rings. A file without marks, in order from its beginning (perf inject --jit
 * makes such), is given as it comes; one that is not is kept up to PERF_HELD_MAX.
 */
#ifndef INTERLOPER_PERF_ORDER_H
#define INTERLOPER_PERF_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PERF_RECORD_SIZE_MAX 65535u /* a record's size has 16 bits */
#define PERF_BLOCK_SIZE (1u << 20)
#define PERF_BLOCKS_KEPT 16
/*
 * Rings of 4 MB on 96 CPUs, twice. Files that keep more between two marks lose their order there.
 */
#define PERF_HELD_MAX (1ull << 30)
/*
 * What is kept of a file that was in order until now and has no mark. Where a CPU's ring is larger
 * than that, and is the first to be emptied, what is older in the next ones' comes too late.
 */
#define PERF_HELD_IN_ORDER (64ull << 20)

struct perf_block {
	uint8_t *data; /* NULL: a free place in the table */
	uint32_t users; /* entries, and the stream that fills it */
};

struct perf_entry {
	uint64_t time_ns;
	uint32_t offset;
	uint16_t block, tag; /* tag: the caller's */
};

struct perf_order {
	struct perf_block *blocks;
	uint32_t block_count, block_free; /* block_free: no free place below it */
	uint64_t held; /* bytes of blocks; entries and spare are not counted */
	uint8_t *kept[PERF_BLOCKS_KEPT]; /* of blocks that are free again: new memory costs page faults */
	uint32_t kept_count;
	struct perf_entry *entries, *spare;
	size_t first, ready, count, capacity; /* [first, ready) may go, in order */
	uint64_t limit_ns, round_ns, youngest_ns;
	bool unsorted;
	bool marked, mixed; /* a round's mark came; a record came that is older than one before it */
};

void perf_order_free(struct perf_order *order);

/* Adds a record of a block. 0 or -ENOMEM. */
int perf_order_add(struct perf_order *order, uint64_t time_ns, uint32_t block, uint32_t offset,
		   uint16_t tag);

/* A FINISHED_ROUND was read. */
void perf_order_round(struct perf_order *order);

/*
 * Makes ready what may go: all of it at the end of the file, and the older half if too much is
 * held (PERF_HELD_MAX, PERF_HELD_IN_ORDER). 0 or -ENOMEM.
 */
int perf_order_settle(struct perf_order *order, bool end);

/*
 * The next ready record; NULL: there is none. It is valid until its entry's block is released,
 * which is the caller's to do.
 */
const uint8_t *perf_order_take(struct perf_order *order, struct perf_entry *entry);
void perf_order_release(struct perf_order *order, uint32_t block);

/* Records as they are read: bytes go to the end of a block, whole records are taken from it. */
struct perf_stream {
	struct perf_order *order;
	bool open;
	uint32_t block;
	size_t pos, len;
};

/*
 * Where to put bytes, and how many there may be (at least PERF_RECORD_SIZE_MAX); perf_stream_put()
 * then says how many there are. A record taken before is not valid any more unless it was added to
 * the order.
 */
int perf_stream_room(struct perf_stream *stream, uint8_t **at, size_t *room);
void perf_stream_put(struct perf_stream *stream, size_t size);

/* The next whole record: 1, 0 if there is none yet, -EINVAL if its size cannot be. */
int perf_stream_next(struct perf_stream *stream, const uint8_t **record, uint32_t *offset);

/* Takes bytes that are no record: up to size, as many as are there. */
size_t perf_stream_bytes(struct perf_stream *stream, uint8_t *data, size_t size);

/* Bytes that are not taken. */
size_t perf_stream_rest(const struct perf_stream *stream);

#endif
