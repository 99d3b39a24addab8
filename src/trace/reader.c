// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads a trace file: chunk after chunk, a segment at a time; see reader.h. The index is only an
 * aid: with it a window's far segments are passed over, without it (a pipe, a cut file) all works.
 */
#include "trace/reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "trace/chunk_input.h"
#include "trace/index.h"
#include "trace/meta_record.h"
#include "trace/segment.h"

enum reader_state {
	READ_NEXT,    /* no segment: the next chunk says what follows */
	READ_SEGMENT, /* the segment's events are being returned */
	READ_TASKS,   /* only its identities: it lies outside the window */
	READ_DONE,
};

struct trace_reader {
	struct event_source source; /* first: the source is the reader */
	struct chunk_input in;
	struct trace_meta meta;
	bool has_meta;
	struct segment segment;
	enum reader_state state;
	bool says_finished; /* the file's header does */
	bool has_trailer;
	uint64_t events_before; /* the segment */
	uint64_t late;

	/* Of a finished file that can seek; only read with a window. */
	struct ilt_index_entry *index;
	uint32_t index_count, index_at;
	uint64_t trailer_offset;
	uint32_t trailer_chunk;
};

static int read_trailer(struct trace_reader *r, const struct ilt_chunk *chunk)
{
	int err = chunk_input_raw(&r->in, chunk);

	if (err)
		return err;
	if (trailer_record_parse(&r->meta, &r->late, r->in.raw, chunk->raw_bytes))
		return chunk_input_damaged(&r->in, "damaged", "the trailer makes no sense");
	r->has_trailer = true;
	return 0;
}

static bool footer_is_whole(const struct ilt_footer *footer)
{
	return !memcmp(footer->magic, ILT_FOOTER_MAGIC, sizeof(footer->magic)) &&
	       crc_is(footer, offsetof(struct ilt_footer, crc), footer->crc);
}

/* Where no chunk follows: the footer, or the end of the input. */
static int read_end(struct trace_reader *r, const struct ilt_footer *footer)
{
	struct chunk_input *in = &r->in;
	uint8_t more;

	r->state = READ_DONE;
	if (!footer->magic[0]) {
		if (r->says_finished || r->has_trailer)
			return chunk_input_damaged(in, "cut", "the rest of the file is missing");
		return chunk_input_damaged(in, "ends", "no trailer: the recording did not finish");
	}
	if (!footer_is_whole(footer) || le32toh(footer->chunks) != in->chunks || !r->has_trailer)
		return chunk_input_damaged(in, "damaged", "the footer does not fit the file");
	chunk_input_mark_whole(in);
	if (input_file_read(&in->file, &more, 1) == 1)
		return chunk_input_damaged(in, "damaged", "more data follows the trace's end");
	return 0;
}

static bool entry_is_far(const struct trace_reader *r, const struct ilt_index_entry *entry)
{
	const struct segment *s = &r->segment;

	return !entry->task_chunks && (entry->last_ns < s->from_ns || entry->first_ns > s->to_ns);
}

/* Far segments need not even be looked at, if the index has no identities in them. */
static int jump_by_index(struct trace_reader *r)
{
	uint64_t offset = r->trailer_offset;
	uint32_t i = r->index_at, chunk = r->trailer_chunk;
	int err;

	while (i < r->index_count && r->index[i].offset < r->in.file.offset)
		i++;
	r->index_at = i;
	if (i == r->index_count || r->index[i].offset != r->in.file.offset)
		return 0;
	while (i < r->index_count && entry_is_far(r, &r->index[i]))
		i++;
	if (i == r->index_at)
		return 0;
	if (i < r->index_count) {
		offset = r->index[i].offset;
		chunk = r->index[i].first_chunk;
		r->events_before = r->index[i].events_before;
	}
	r->index_at = i;
	r->in.chunks = chunk;
	err = input_file_seek(&r->in.file, offset);
	return err ? chunk_input_failed(&r->in, err) : 0;
}

/* Takes one chunk of the segment that was begun. */
static int read_segment_chunk(struct trace_reader *r, bool skip)
{
	struct chunk_input *in = &r->in;
	struct ilt_footer footer;
	struct ilt_chunk chunk;
	int err = chunk_input_next(in, &chunk, &footer);

	if (err < 0)
		return err;
	if (!err)
		return chunk_input_damaged(in, footer.magic[0] ? "damaged" : "cut",
					   "the file ends inside a segment");
	if (skip)
		return chunk_input_skip(in, &chunk);
	if (segment_check_chunk(&r->segment, &chunk))
		return chunk_input_damaged(in, "damaged", "a chunk does not fit its segment");
	err = chunk_input_payload(in, &chunk);
	if (err)
		return err;
	err = segment_add_chunk(&r->segment, in->zstd, &chunk, in->payload);
	if (err == -EBADMSG)
		return chunk_input_damaged(in, "damaged", "a chunk does not unpack");
	return err ? chunk_input_failed(in, err) : 0;
}

static int start_segment(struct trace_reader *r, bool outside)
{
	int err = outside ? 0 : segment_start(&r->segment);

	if (err == -EBADMSG)
		return chunk_input_damaged(&r->in, "damaged", "a segment's events make no sense");
	if (err)
		return chunk_input_failed(&r->in, err);
	r->events_before += r->segment.events;
	r->state = outside ? READ_TASKS : READ_SEGMENT;
	chunk_input_mark_whole(&r->in);
	return 0;
}

/* Reads a whole segment: all of it or, outside the window, only the identities. */
static int read_segment(struct trace_reader *r, const struct ilt_chunk *chunk)
{
	struct segment *s = &r->segment;
	int err = chunk_input_raw(&r->in, chunk);
	bool outside;

	if (err)
		return err;
	if (segment_begin(s, r->in.raw, chunk->raw_bytes, r->events_before))
		return chunk_input_damaged(&r->in, "damaged", "a segment's header makes no sense");
	outside = segment_is_outside(s);
	for (uint32_t i = 0; i < s->task_chunks + s->event_chunks && !err; i++)
		err = read_segment_chunk(r, outside && i >= s->task_chunks);
	return err ? err : start_segment(r, outside);
}

/* Reads on to the next segment, or to the end. */
static int read_next(struct trace_reader *r)
{
	struct ilt_footer footer;
	struct ilt_chunk chunk;
	int err = jump_by_index(r);

	if (err)
		return err;
	err = chunk_input_next(&r->in, &chunk, &footer);
	if (err < 0)
		return err;
	if (!err)
		return read_end(r, &footer);
	switch (chunk.type) {
	case ILT_SEGMENT:
		return read_segment(r, &chunk);
	case ILT_TRAILER:
		err = read_trailer(r, &chunk);
		break;
	case ILT_INDEX:
		err = chunk_input_payload(&r->in, &chunk);
		break;
	default:
		return chunk_input_damaged(&r->in, "damaged", "a chunk of type %u is out of place",
					   chunk.type);
	}
	if (!err)
		chunk_input_mark_whole(&r->in);
	return err;
}

static int read_loaded(struct trace_reader *r, struct event *events, int n)
{
	int got = 0;

	if (r->state == READ_SEGMENT)
		got = segment_read(&r->segment, events, n);
	else if (r->state == READ_TASKS)
		got = segment_read_tasks(&r->segment, events, n);
	if (got < 0)
		chunk_input_damaged(&r->in, "damaged", "a segment's events make no sense");
	return got;
}

static int reader_read(struct event_source *source, struct event *events, int n)
{
	struct trace_reader *r = (struct trace_reader *)source;

	while (r->state != READ_DONE && n > 0) {
		int got = read_loaded(r, events, n);

		if (got > 0)
			return got;
		r->state = READ_NEXT;
		if (got < 0 || read_next(r))
			r->state = READ_DONE;
	}
	return r->in.error;
}

struct event_source *trace_reader_source(struct trace_reader *r)
{
	return &r->source;
}

void trace_reader_window(struct trace_reader *r, uint64_t from_ns, uint64_t to_ns)
{
	r->segment.from_ns = from_ns;
	r->segment.to_ns = to_ns;
}

const struct trace_meta *trace_reader_meta(const struct trace_reader *r)
{
	return &r->meta;
}

const char *trace_reader_damage(const struct trace_reader *r)
{
	return r->in.damage[0] ? r->in.damage : NULL;
}

struct trace_reader_stats trace_reader_stats(const struct trace_reader *r)
{
	const struct segment *s = &r->segment;

	return (struct trace_reader_stats){
		.bytes = r->in.file.offset,
		.chunks = r->in.taken,
		.slices = s->decoded - s->tasks - s->moves - s->lost - s->waiting - s->choices,
		.tasks = s->tasks,
		.moves = s->moves,
		.lost = s->lost,
		.choices = s->choices,
		.raw_bytes = r->in.raw_bytes,
		.late = r->late,
	};
}

static int read_header(struct trace_reader *r)
{
	struct chunk_input *in = &r->in;
	struct ilt_header header;
	ssize_t n = input_file_read(&in->file, &header, sizeof(header));

	if (n < 0)
		return n;
	if (n < (ssize_t)sizeof(header.magic) ||
	    memcmp(header.magic, ILT_MAGIC, sizeof(header.magic)))
		return -EPROTO;
	if (n != sizeof(header))
		return chunk_input_damaged(in, "cut", "the file ends inside its header");
	if (le32toh(header.version) != ILT_VERSION) {
		snprintf(in->damage, sizeof(in->damage),
			 "it has trace format version %u, this build reads version %u",
			 le32toh(header.version), (unsigned int)ILT_VERSION);
		return -EPROTONOSUPPORT;
	}
	if (!crc_is(&header, offsetof(struct ilt_header, crc), header.crc))
		return chunk_input_damaged(in, "damaged", "the header has a wrong checksum");
	r->says_finished = !(le32toh(header.flags) & ILT_INCOMPLETE);
	return 0;
}

static int read_meta(struct trace_reader *r)
{
	struct ilt_footer footer;
	struct ilt_chunk chunk;
	int err = chunk_input_next(&r->in, &chunk, &footer);

	if (err < 0)
		return err;
	if (!err || chunk.type != ILT_META)
		return chunk_input_damaged(&r->in, err ? "damaged" : "cut",
					   "the trace's description is missing");
	err = chunk_input_raw(&r->in, &chunk);
	if (err)
		return err;
	err = meta_record_parse(&r->meta, r->in.raw, chunk.raw_bytes);
	if (err == -EBADMSG)
		return chunk_input_damaged(&r->in, "damaged",
					   "the trace's description makes no sense");
	r->has_meta = !err;
	chunk_input_mark_whole(&r->in);
	chunk_input_trim(&r->in);
	return err;
}

/* Entries must lead forward, or a jump could go in circles. */
static int load_index(struct trace_reader *r, const uint8_t *raw, size_t size, uint64_t from)
{
	uint32_t n = size / sizeof(*r->index);

	if (size % sizeof(*r->index) || n > ILT_INDEX_MAX)
		return -EBADMSG;
	r->index = malloc(n * sizeof(*r->index) + 1);
	if (!r->index)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++) {
		r->index[i] = trace_index_entry(raw + i * sizeof(*r->index));
		if (r->index[i].offset < from || r->index[i].offset >= r->trailer_offset)
			return -EBADMSG;
		from = r->index[i].offset + 1;
	}
	r->index_count = n;
	return 0;
}

static int seek_chunk(struct trace_reader *r, uint64_t offset, uint32_t number,
		      enum ilt_chunk_type type, struct ilt_chunk *chunk)
{
	struct ilt_footer footer;
	int err = input_file_seek(&r->in.file, offset);

	if (err)
		return err;
	r->in.chunks = number;
	err = chunk_input_next(&r->in, chunk, &footer);
	return err == 1 && chunk->type == type ? 0 : -EBADMSG;
}

static int read_tail(struct trace_reader *r, uint64_t from)
{
	struct input_file *file = &r->in.file;
	struct ilt_footer footer;
	struct ilt_chunk chunk;
	int err;

	if (file->size < from + sizeof(footer) ||
	    input_file_seek(file, file->size - sizeof(footer)) ||
	    input_file_read(file, &footer, sizeof(footer)) != sizeof(footer) ||
	    !footer_is_whole(&footer) || le32toh(footer.chunks) < 3)
		return -EBADMSG;
	r->trailer_offset = le64toh(footer.trailer_offset);
	r->trailer_chunk = le32toh(footer.chunks) - 2;
	err = seek_chunk(r, r->trailer_offset, r->trailer_chunk, ILT_TRAILER, &chunk);
	if (!err)
		err = read_trailer(r, &chunk);
	if (!err)
		err = seek_chunk(r, le64toh(footer.index_offset), r->trailer_chunk + 1, ILT_INDEX,
				 &chunk);
	if (!err)
		err = chunk_input_raw(&r->in, &chunk);
	return err ? err : load_index(r, r->in.raw, chunk.raw_bytes, from);
}

/*
 * Looks at a finished file's end for what only the end knows. Whatever is wrong there is not told
 * now: reading comes by again, and tells it where the events before it have been returned.
 */
static int peek_tail(struct trace_reader *r)
{
	uint64_t from = r->in.file.offset, taken = r->in.taken, raw_bytes = r->in.raw_bytes;
	uint32_t chunks = r->in.chunks;

	if (!r->in.file.seekable || !r->says_finished)
		return 0;
	if (read_tail(r, from))
		r->index_count = 0;
	r->in.damage[0] = '\0';
	r->in.error = 0;
	r->in.taken = taken;
	r->in.raw_bytes = raw_bytes;
	r->has_trailer = false;
	r->in.chunks = chunks;
	chunk_input_trim(&r->in);
	return input_file_seek(&r->in.file, from);
}

static void explain(const struct trace_reader *r, int err, char *why, size_t size)
{
	if (err == -EPROTO)
		snprintf(why, size, "it is not an interloper trace file");
	else
		snprintf(why, size, "%s", r->in.damage[0] ? r->in.damage : strerror(-err));
}

int trace_reader_open(struct trace_reader **reader, const char *path, char *why, size_t why_size)
{
	struct trace_reader *r = calloc(1, sizeof(*r));
	int err = r ? chunk_input_open(&r->in, path) : -ENOMEM;

	*reader = NULL;
	if (err) {
		free(r);
		snprintf(why, why_size, "%s", strerror(-err));
		return err;
	}
	r->source.read = reader_read;
	err = read_header(r);
	if (!err)
		err = read_meta(r);
	if (!err)
		err = peek_tail(r);
	if (!err) {
		segment_init(&r->segment, r->meta.cpu_count);
		*reader = r;
		return 0;
	}
	explain(r, err, why, why_size);
	trace_reader_close(r);
	return err;
}

void trace_reader_close(struct trace_reader *r)
{
	if (!r)
		return;
	segment_free(&r->segment);
	if (r->has_meta)
		trace_meta_free(&r->meta);
	free(r->index);
	chunk_input_close(&r->in);
	free(r);
}
