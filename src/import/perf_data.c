// SPDX-License-Identifier: GPL-2.0-only
/* perf.data as scheduler events: see perf_data.h. */
#include "import/perf_data.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "import/perf_bytes.h"
#include "import/perf_decode.h"
#include "import/perf_head.h"
#include "import/perf_input.h"
#include "import/perf_order.h"
#include "import/perf_records.h"
#include "import/perf_unpack.h"

#define HEADER		 sizeof(struct perf_event_header)
#define TRACING_DATA_MAX (64u << 20)
/* Read at once: still in the cache when its records are looked at. */
#define PIECE (128u << 10)

struct perf_data {
	struct perf_input input;
	uint8_t start[PERF_DATA_START];
	struct perf_head head;
	struct perf_order order;
	struct perf_stream file, unpacked;
	struct perf_unpack unpack;
	struct perf_decoder decoder;
	bool resolved; /* events and formats are complete: kernel records come */
	bool ended;    /* nothing more is read */
	int err;       /* why not, once all before it was given */
	char why[RECORDING_WHY_MAX];
};

static int take_records(struct perf_data *d, struct perf_stream *stream);

bool perf_data_is(const void *start, size_t size)
{
	return size >= 8 && (!memcmp(start, "PERFILE2", 8) || !memcmp(start, "2ELIFREP", 8) ||
			     !memcmp(start, "PERFFILE", 8));
}

static int fail(struct perf_data *d, int err, const char *what)
{
	if (err == -ENOMEM)
		return perf_why(d->why, err, "not enough memory");
	return perf_why(d->why, err, "damaged perf.data: %s, before byte %llu", what,
			(unsigned long long)d->input.offset);
}

static int resolve(struct perf_data *d)
{
	if (d->resolved)
		return 0;
	d->resolved = true;
	return d->head.pipe ? perf_head_resolve(&d->head, d->why) : 0;
}

static int add_record(struct perf_data *d, struct perf_stream *stream, const uint8_t *record,
		      uint32_t offset)
{
	uint64_t time_ns;
	uint16_t attr;
	int err = resolve(d);

	if (err || !perf_record_time(&d->head, record, &time_ns, &attr))
		return err;
	/* Before sample_id_all (Linux 2.6.38) a loss has no time but that of its neighbours. */
	if (!time_ns && get_u32(record) == PERF_RECORD_LOST)
		time_ns = d->order.youngest_ns;
	if (perf_order_add(&d->order, time_ns, stream->block, offset, attr))
		return fail(d, -ENOMEM, "");
	return 0;
}

/* An event of a pipe: its perf_event_attr, and the ids of its samples. */
static int add_attr(struct perf_data *d, const uint8_t *record, uint16_t size)
{
	const uint8_t *attr = record + HEADER;
	size_t left = size - HEADER, attr_size = 0;
	int err = -EINVAL;

	if (left >= PERF_ATTR_SIZE_VER0) {
		attr_size = get_u32(attr + offsetof(struct perf_event_attr, size));
		if (!attr_size)
			attr_size = PERF_ATTR_SIZE_VER0;
		if (attr_size <= left)
			err = perf_attrs_add(&d->head.attrs, attr, attr_size);
	}
	for (size_t at = attr_size; !err && at + 8 <= left; at += 8)
		err = perf_attrs_add_id(&d->head.attrs, get_u64(attr + at),
					d->head.attrs.count - 1);
	return err ? fail(d, err, "an event's description") : 0;
}

/* Bytes that follow a record: what is read of them already, then the input's. data NULL: dropped.
 */
static int take_bytes(struct perf_data *d, struct perf_stream *stream, uint8_t *data, uint64_t size)
{
	size_t done = perf_stream_bytes(stream, data, size < SIZE_MAX ? size : SIZE_MAX);
	ssize_t n;
	int err;

	if (done < size && stream != &d->file)
		return fail(d, -EINVAL, "bytes beside records in a compressed one");
	if (!data) {
		err = perf_input_skip(&d->input, size - done);
		return err ? fail(d, -EINVAL, "a record longer than the file") : 0;
	}
	while (done < size) {
		n = perf_input_read(&d->input, data + done, size - done);
		if (n <= 0)
			return fail(d, n ? n : -EINVAL, "it ends in its formats");
		done += n;
	}
	return 0;
}

static int take_tracing_data(struct perf_data *d, struct perf_stream *stream, uint32_t size)
{
	uint8_t *data;
	int err;

	if (size > TRACING_DATA_MAX || stream != &d->file)
		return fail(d, -EINVAL, "its formats");
	data = malloc(size + 1);
	if (!data)
		return fail(d, -ENOMEM, "");
	err = take_bytes(d, stream, data, size);
	if (!err) {
		err = perf_formats_read(&d->head.formats, data, size);
		if (err == -ENOTSUP)
			perf_why(d->why, err, "perf.data of a machine with another byte order");
		else if (err)
			fail(d, err, "its formats");
	}
	free(data);
	return err;
}

static int take_compressed(struct perf_data *d, struct perf_stream *stream, const uint8_t *record,
			   uint16_t size)
{
	int more, err;

	if (stream != &d->file)
		return fail(d, -EINVAL, "a compressed record in another");
	more = perf_unpack_begin(&d->unpack, record, size, d->head.ring_size);
	if (more)
		return fail(d, more, "a compressed record");
	do {
		more = perf_unpack_some(&d->unpack, &d->unpacked);
		if (more < 0)
			return fail(d, more, "a compressed record");
		err = take_records(d, &d->unpacked);
	} while (more && !err);
	return err;
}

static int take_own(struct perf_data *d, struct perf_stream *stream, const uint8_t *record,
		    uint32_t type, uint16_t size)
{
	const uint8_t *body = record + HEADER;
	size_t left = size - HEADER;

	switch (type) {
	case PERF_OWN_ATTR:
		return d->head.pipe && !d->resolved ? add_attr(d, record, size) : 0;
	case PERF_OWN_TRACING_DATA:
		if (left < 4)
			return fail(d, -EINVAL, "its formats");
		if (!d->head.pipe || d->resolved)
			return take_bytes(d, stream, NULL, get_u32(body));
		return take_tracing_data(d, stream, get_u32(body));
	case PERF_OWN_FEATURE:
		if (d->head.pipe && left >= 8 &&
		    perf_head_feature(&d->head, get_u64(body), body + 8, left - 8))
			return fail(d, -ENOMEM, "");
		return 0;
	case PERF_OWN_ID_INDEX:
		perf_head_id_index(&d->head, body, left);
		return 0;
	case PERF_OWN_FINISHED_ROUND:
		perf_order_round(&d->order);
		return 0;
	case PERF_OWN_AUXTRACE:
		if (left < 8)
			return fail(d, -EINVAL, "an AUXTRACE record");
		return take_bytes(d, stream, NULL, get_u64(body));
	case PERF_OWN_COMPRESSED:
	case PERF_OWN_COMPRESSED2:
		return take_compressed(d, stream, record, size);
	default:
		return 0;
	}
}

static int take_records(struct perf_data *d, struct perf_stream *stream)
{
	const uint8_t *record;
	uint32_t offset, type;
	int more, err = 0;

	while (!err && (more = perf_stream_next(stream, &record, &offset))) {
		if (more < 0)
			return fail(d, more, "a record without a size");
		type = get_u32(record);
		err = type < PERF_OWN_START
			      ? add_record(d, stream, record, offset)
			      : take_own(
					d, stream, record, type,
					get_u16(record + offsetof(struct perf_event_header, size)));
	}
	return err;
}

/* The input is at its end: was it the recording's? */
static int end(struct perf_data *d)
{
	int err = resolve(d);

	if (err)
		return err;
	if (d->head.unfinished)
		return perf_why(
			d->why, -ENODATA,
			"perf was ended before it finished this file, or the file was cut: it "
			"was read to its last whole record");
	if (perf_stream_rest(&d->file) || perf_stream_rest(&d->unpacked))
		return perf_why(d->why, -ENODATA, "it breaks off in a record: it was cut");
	return 0;
}

/* Reads on; what becomes ready is the order's to say. An error ends the reading, not what it gave.
 */
static int read_some(struct perf_data *d)
{
	uint8_t *at;
	size_t room;
	ssize_t n;
	int err = perf_stream_room(&d->file, &at, &room);

	if (err)
		return fail(d, err, "");
	n = perf_input_read(&d->input, at, room < PIECE ? room : PIECE);
	if (n < 0)
		return perf_why(d->why, n, "%s", strerror(-n));
	if (!n) {
		d->ended = true;
		return end(d);
	}
	perf_stream_put(&d->file, n);
	return take_records(d, &d->file);
}

static int read_until_ready(struct perf_data *d)
{
	/* What came with the head of a pipe may be enough: do not wait for more. */
	if (!d->err && !d->order.limit_ns)
		d->err = read_some(d);
	d->ended |= !!d->err;
	if (perf_order_settle(&d->order, d->ended)) {
		d->err = fail(d, -ENOMEM, "");
		return d->err;
	}
	return 0;
}

/* A pipe says what it has in its first records. */
static int read_pipe_head(struct perf_data *d)
{
	int err = 0;

	while (!d->resolved && !err)
		err = read_some(d);
	/* Damage behind the head is for perf_data_next() to tell. */
	if (d->resolved && d->head.facts.what) {
		d->err = err;
		return 0;
	}
	return err;
}

/*
 * A file says by an ID_INDEX before its first events which CPUs it is of, if not by its features;
 * nothing behind these changes its facts.
 */
static int read_file_head(struct perf_data *d)
{
	while (!d->err && !d->ended && !d->order.count)
		d->err = read_some(d);
	return perf_head_settle(&d->head);
}

static int open_input(struct perf_data **data, const char *path, const void *start, size_t size,
		      char *why)
{
	struct perf_data *d = calloc(1, sizeof(*d));
	int err;

	*data = NULL;
	if (!d)
		return perf_why(why, -ENOMEM, "not enough memory");
	if (size)
		memcpy(d->start, start, size);
	d->file.order = d->unpacked.order = &d->order;
	d->decoder.head = &d->head;
	err = perf_input_open(&d->input, path);
	d->input.head = d->start;
	d->input.head_size = size;
	if (err == -EISDIR)
		perf_why(d->why, err,
			 "a folder: recordings of `perf record --threads` are not read");
	else if (err)
		perf_why(d->why, err, "%s", strerror(-err));
	else
		err = perf_head_read(&d->head, &d->input, d->why);
	if (!err)
		err = d->head.pipe ? read_pipe_head(d) : read_file_head(d);
	if (err) {
		memcpy(why, d->why, RECORDING_WHY_MAX);
		perf_data_close(d);
		return err;
	}
	*data = d;
	return 0;
}

int perf_data_open(struct perf_data **data, const char *path, char why[RECORDING_WHY_MAX])
{
	return open_input(data, path, NULL, 0, why);
}

int perf_data_open_pipe(struct perf_data **data, const void *head, size_t size,
			char why[RECORDING_WHY_MAX])
{
	if (size > PERF_DATA_START)
		return perf_why(why, -EINVAL, "too much of it was read already");
	return open_input(data, "-", head, size, why);
}

void perf_data_close(struct perf_data *d)
{
	if (!d)
		return;
	perf_input_close(&d->input);
	perf_head_free(&d->head);
	perf_order_free(&d->order);
	perf_unpack_free(&d->unpack);
	perf_decoder_free(&d->decoder);
	free(d);
}

const struct recording_facts *perf_data_facts(const struct perf_data *d)
{
	return &d->head.facts;
}

bool perf_data_facts_are_settled(const struct perf_data *d)
{
	return !d->head.pipe;
}

const char *perf_data_why(const struct perf_data *d)
{
	return d->why;
}

/* Decodes the next ready record: 1, 0 if it makes no event, or a negative errno. */
static int decode(struct perf_data *d, const struct perf_entry *entry, const uint8_t *record,
		  struct sched_event *e)
{
	int got = perf_decode(&d->decoder, record, entry->time_ns, entry->tag, e);

	perf_order_release(&d->order, entry->block);
	if (got == -ENOTSUP)
		perf_why(d->why, got,
			 "perf was ended before it wrote what its events mean, and it was "
			 "recorded by another kernel than this one");
	else if (got < 0)
		fail(d, got, "");
	return got;
}

/* After the last record: what is left to say, and why it was the last. */
static int finish(struct perf_data *d, struct sched_event *e)
{
	int err;

	if (perf_decode_rest(&d->decoder, e))
		return 1;
	err = d->head.pipe ? perf_head_settle(&d->head) : 0;
	if (err && !d->err)
		d->err = fail(d, err, "");
	return d->err;
}

int perf_data_next(struct perf_data *d, struct sched_event *events, int n)
{
	struct perf_entry entry;
	const uint8_t *record;
	int got = 0, more;

	while (got < n) {
		record = perf_order_take(&d->order, &entry);
		if (record)
			more = decode(d, &entry, record, &events[got]);
		else if (!d->ended)
			more = read_until_ready(d);
		else if ((more = finish(d, &events[got])) <= 0)
			return got ? got : more;
		if (more < 0) {
			d->err = more;
			return got ? got : more;
		}
		got += more;
	}
	return got;
}
