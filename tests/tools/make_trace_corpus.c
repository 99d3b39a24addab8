// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes fuzz_trace_reader's corpus: small trace files of the real writer whose payloads are then
 * unpacked, for a fuzzer gets nowhere by changing compressed bytes. Checksums are left wrong: the
 * target makes them right.
 *
 *   make_trace_corpus DIRECTORY
 */
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>
#include "trace/file_format.h"
#include "trace/writer.h"

static struct event slice_event(uint64_t i, uint32_t cpus)
{
	uint64_t start = 1000000 + i * 700;
	bool woken = i % 3;

	return (struct event){
		.time_ns = start + 600 + i % 7 * 10,
		.cpu = i % cpus,
		.type = EVENT_SLICE,
		.slice =
			{
				.start_ns = start,
				.waking_ns = woken ? start - 300 : 0,
				.prev_out_ns = i % 5 ? start - 900 : 0,
				.task = i % 11,
				.waker = woken ? i % 6 : TASK_UNKNOWN,
				.prev_cpu = woken ? i % cpus : CPU_UNKNOWN,
				.chosen_cpu = woken ? i % 2 % cpus : CPU_UNKNOWN,
				.waker_cpu = woken ? 0 : CPU_UNKNOWN,
				.recent_cpu = woken ? i / 2 % cpus : CPU_UNKNOWN,
				.placed = woken ? PLACED_SEEN | i % 4 << PLACED_PREV_SHIFT : 0,
				.flags = i % 4 ? 0 : SLICE_INVOLUNTARY | SLICE_LEFT_QUEUED,
				.out_state = i % 4 ? 1 : 0,
				.kind = woken ? DELAY_WAKE : DELAY_PREEMPT,
				.context = woken ? i % 6 : WAKER_UNKNOWN,
				.prio = 120 - i % 3,
				.moves = i % 13 == 0,
				.spare_wakes = i % 17 == 0,
			},
	};
}

static struct event other_event(uint64_t i, uint32_t cpus)
{
	struct event e = slice_event(i, cpus);

	switch (i / 4 % 5) {
	case 0:
		e.type = EVENT_TASK;
		e.identity = (struct task_identity){
			.task = 1 + i % 20, .tid = 100 + i, .pid = 100, .comm = "corpus"
		};
		break;
	case 1:
		e.type = EVENT_MOVE;
		e.move = (struct move){
			.task = 3, .by = 4, .to = i % cpus, .on_rq = 1, .flags = MOVE_SEEN
		};
		break;
	case 2:
		e.type = EVENT_LOST;
		e.lost = (struct lost){ e.time_ns - 50, i, LOST_MOVE };
		break;
	case 3:
		e.type = EVENT_CHOICE;
		e.choice = (struct choice){ .task = 3,
					    .chosen_cpu = i % cpus,
					    .looks = i % 8 ? i % 4 : CHOICE_NO_TRAIL };
		break;
	default:
		e.type = EVENT_WAITING;
		break;
	}
	return e;
}

static int write_trace(const char *path, uint64_t events, uint32_t cpus, uint64_t gap_ns)
{
	struct trace_writer *w;
	struct trace_meta meta;
	int err = trace_meta_init(&meta, cpus);

	if (err)
		return err;
	meta.start_ns = 1000000;
	meta.end_ns = 2000000;
	meta.command = strdup("corpus");
	err = trace_writer_open(&w, path, &meta, TRACE_WRITER_REPLACE);
	for (uint64_t i = 0; i < events && !err; i++) {
		struct event e = i % 4 ? slice_event(i, cpus) : other_event(i, cpus);

		e.time_ns += i / 10 * gap_ns; /* a long gap begins a segment */
		err = trace_writer_add(w, &e, 1);
	}
	trace_meta_free(&meta);
	if (!err && !trace_meta_init(&meta, cpus))
		err = trace_writer_close(w, &meta);
	trace_meta_free(&meta);
	return err;
}

/* Where the unpacked copy has what the index and the footer point to. */
struct places {
	uint64_t segments[64], trailer, index;
	int count;
};

static void note_place(struct places *places, uint8_t type, uint64_t at)
{
	if (type == ILT_SEGMENT && places->count < 64)
		places->segments[places->count++] = at;
	else if (type == ILT_TRAILER)
		places->trailer = at;
	else if (type == ILT_INDEX)
		places->index = at;
}

static void fix_index(uint8_t *raw, const struct places *places)
{
	for (int i = 0; i < places->count; i++) {
		uint64_t offset = htole64(places->segments[i]);

		memcpy(raw + i * sizeof(struct ilt_index_entry), &offset, sizeof(offset));
	}
}

static void write_footer(FILE *out, const struct ilt_chunk *read, const struct places *places)
{
	struct ilt_footer footer;

	memcpy(&footer, read, sizeof(footer));
	footer.trailer_offset = htole64(places->trailer);
	footer.index_offset = htole64(places->index);
	fwrite(&footer, sizeof(footer), 1, out);
}

/* Copies the file with all payloads unpacked. */
static int unpack_trace(FILE *in, FILE *out)
{
	static uint8_t stored[1 << 20], raw[1 << 20];
	struct places places = { 0 };
	struct ilt_header header;
	struct ilt_chunk chunk;

	if (fread(&header, sizeof(header), 1, in) != 1)
		return -1;
	fwrite(&header, sizeof(header), 1, out);
	while (fread(&chunk, sizeof(chunk), 1, in) == 1) {
		size_t size = le32toh(chunk.stored_bytes), raw_size = le32toh(chunk.raw_bytes);

		if (le32toh(chunk.magic) != ILT_CHUNK_MAGIC) {
			write_footer(out, &chunk, &places);
			break;
		}
		if (size > sizeof(stored) || raw_size > sizeof(raw) ||
		    fread(stored, 1, size, in) != size)
			return -1;
		if (chunk.codec == ILT_STORED)
			memcpy(raw, stored, size);
		else if (ZSTD_decompress(raw, sizeof(raw), stored, size) != raw_size)
			return -1;
		note_place(&places, chunk.type, ftell(out));
		if (chunk.type == ILT_INDEX)
			fix_index(raw, &places);
		chunk.codec = ILT_STORED;
		chunk.stored_bytes = chunk.raw_bytes;
		fwrite(&chunk, sizeof(chunk), 1, out);
		fwrite(raw, 1, raw_size, out);
	}
	return ferror(out) ? -1 : 0;
}

static int make_seed(const char *directory, const char *name, uint64_t events, uint32_t cpus,
		     uint64_t gap_ns)
{
	char packed[4096], path[4096];
	FILE *in = NULL, *out = NULL;
	int err = -1;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	snprintf(packed, sizeof(packed), "%s/%s.packed", directory, name);
	if (write_trace(packed, events, cpus, gap_ns))
		goto cleanup;
	in = fopen(packed, "r");
	out = fopen(path, "w");
	if (in && out)
		err = unpack_trace(in, out);
cleanup:
	if (in)
		fclose(in);
	if (out && fclose(out))
		err = -1;
	remove(packed);
	return err;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: make_trace_corpus DIRECTORY\n");
		return 1;
	}
	return make_seed(argv[1], "empty", 0, 1, 0) || make_seed(argv[1], "one-cpu", 40, 1, 0) ||
	       make_seed(argv[1], "three-cpus", 60, 3, 0) ||
	       make_seed(argv[1], "segments", 40, 2, 2000000000);
}
