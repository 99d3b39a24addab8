// SPDX-License-Identifier: GPL-2.0-only
/* Which of a perf.data's records is what, and what is made of it: see perf_data_internal.h. */
#include <errno.h>
#include <stdlib.h>
#include "import/perf_bytes.h"
#include "import/perf_data_internal.h"
#include "import/perf_records.h"

#define HEADER		 sizeof(struct perf_event_header)
#define TRACING_DATA_MAX (64u << 20)
#define PICKED_MAX	 256

/* A sample that is looked at later. */
struct picked {
	const uint8_t *record;
	const struct perf_attr *attr;
};

static int add_sample(struct perf_data *d, const struct picked *picked)
{
	struct sched_event *e = perf_order_room(&d->order);
	int got;

	if (!e)
		return perf_data_fail(d, -ENOMEM, "");
	got = perf_decode_sample(&d->decoder, picked->record, picked->attr, e);
	if (got > 0)
		perf_order_add(&d->order);
	else if (got < 0)
		return perf_why(d->why, got,
				"perf was ended before it wrote what its events mean, and it was "
				"recorded by another kernel than this one");
	return 0;
}

/* The size of the sample that begins there; 0: it is none, or not a whole one. */
static uint16_t sample_size(const uint8_t *at, const uint8_t *end)
{
	uint16_t size;

	if (end - at < (ptrdiff_t)HEADER || get_u32(at) != PERF_RECORD_SAMPLE)
		return 0;
	size = get_u16(at + offsetof(struct perf_event_header, size));
	return size >= HEADER && size <= end - at ? size : 0;
}

/*
 * Passes over samples, up to another record. Which event each is of cannot be foretold. So nothing
 * hangs on it here: all are looked at one after the other, and only those of the scheduler are kept
 * in mind. How many.
 */
static int pick_samples(const struct perf_data *d, struct perf_stream *stream,
			struct picked picked[PICKED_MAX])
{
	const uint8_t *at = stream->data + stream->pos, *end = stream->data + stream->len;
	uint16_t size;
	int n = 0;

	while (n < PICKED_MAX && (size = sample_size(at, end))) {
		const struct perf_attr *attr = perf_attrs_of_sample(&d->head.attrs, at, size);

		picked[n] = (struct picked){ at, attr };
		n += attr->format != NULL;
		at += size;
	}
	stream->pos = at - stream->data;
	return n;
}

/* A sample, and all that follow it. */
static int take_samples(struct perf_data *d, struct perf_stream *stream, const uint8_t *first)
{
	struct picked picked[PICKED_MAX];
	int n, err = 0;

	stream->pos = first - stream->data;
	do {
		n = pick_samples(d, stream, picked);
		for (int i = 0; i < n && !err; i++)
			err = add_sample(d, &picked[i]);
	} while (n == PICKED_MAX && !err);
	return err;
}

static int add_record(struct perf_data *d, const uint8_t *record)
{
	struct sched_event *e = perf_order_room(&d->order);
	int got = e ? perf_decode(&d->decoder, record, e) : -ENOMEM;

	if (got < 0)
		return perf_data_fail(d, got, "");
	/* Before sample_id_all (Linux 2.6.38) a loss has no time but that of its neighbours. */
	if (got && !e->time_ns && get_u32(record) == PERF_RECORD_LOST)
		e->time_ns = d->order.youngest_ns;
	if (got)
		perf_order_add(&d->order);
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
	return err ? perf_data_fail(d, err, "an event's description") : 0;
}

/* Bytes that follow a record: what is read of them already, then the input's. data NULL: dropped.
 */
static int take_bytes(struct perf_data *d, struct perf_stream *stream, uint8_t *data, uint64_t size)
{
	size_t done = perf_stream_bytes(stream, data, size < SIZE_MAX ? size : SIZE_MAX);
	ssize_t n;
	int err;

	if (done < size && stream != &d->file)
		return perf_data_fail(d, -EINVAL, "bytes beside records in a compressed one");
	if (!data) {
		err = perf_input_skip(&d->input, size - done);
		return err ? perf_data_fail(d, -EINVAL, "a record longer than the file") : 0;
	}
	while (done < size) {
		n = perf_input_read(&d->input, data + done, size - done);
		if (n <= 0)
			return perf_data_fail(d, n ? n : -EINVAL, "it ends in its formats");
		done += n;
	}
	return 0;
}

static int take_tracing_data(struct perf_data *d, struct perf_stream *stream, uint32_t size)
{
	uint8_t *data;
	int err;

	if (size > TRACING_DATA_MAX || stream != &d->file)
		return perf_data_fail(d, -EINVAL, "its formats");
	data = malloc(size + 1);
	if (!data)
		return perf_data_fail(d, -ENOMEM, "");
	err = take_bytes(d, stream, data, size);
	if (!err) {
		err = perf_formats_read(&d->head.formats, data, size);
		if (err == -ENOTSUP)
			perf_why(d->why, err, "perf.data of a machine with another byte order");
		else if (err)
			perf_data_fail(d, err, "its formats");
	}
	free(data);
	return err;
}

static int take_compressed(struct perf_data *d, struct perf_stream *stream, const uint8_t *record,
			   uint16_t size)
{
	int more, err;

	if (stream != &d->file)
		return perf_data_fail(d, -EINVAL, "a compressed record in another");
	more = perf_unpack_begin(&d->unpack, record, size, d->head.ring_size);
	if (more)
		return perf_data_fail(d, more, "a compressed record");
	do {
		more = perf_unpack_some(&d->unpack, &d->unpacked);
		if (more < 0)
			return perf_data_fail(d, more, "a compressed record");
		err = perf_take_records(d, &d->unpacked);
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
			return perf_data_fail(d, -EINVAL, "its formats");
		if (!d->head.pipe || d->resolved)
			return take_bytes(d, stream, NULL, get_u32(body));
		return take_tracing_data(d, stream, get_u32(body));
	case PERF_OWN_FEATURE:
		if (d->head.pipe && left >= 8 &&
		    perf_head_feature(&d->head, get_u64(body), body + 8, left - 8))
			return perf_data_fail(d, -ENOMEM, "");
		return 0;
	case PERF_OWN_ID_INDEX:
		perf_head_id_index(&d->head, body, left);
		return 0;
	case PERF_OWN_FINISHED_ROUND:
		perf_order_round(&d->order);
		return 0;
	case PERF_OWN_AUXTRACE:
		if (left < 8)
			return perf_data_fail(d, -EINVAL, "an AUXTRACE record");
		return take_bytes(d, stream, NULL, get_u64(body));
	case PERF_OWN_COMPRESSED:
	case PERF_OWN_COMPRESSED2:
		return take_compressed(d, stream, record, size);
	default:
		return 0;
	}
}

/* The kernel's, or one that perf added. */
static int take_record(struct perf_data *d, struct perf_stream *stream, const uint8_t *record,
		       uint16_t size)
{
	uint32_t type = get_u32(record);
	int err = type < PERF_OWN_START ? perf_data_resolve(d) : 0;

	if (err)
		return err;
	if (type == PERF_RECORD_SAMPLE)
		return take_samples(d, stream, record);
	return type < PERF_OWN_START ? add_record(d, record)
				     : take_own(d, stream, record, type, size);
}

int perf_take_records(struct perf_data *d, struct perf_stream *stream)
{
	const uint8_t *record;
	int more, err = 0;

	while (!err && (more = perf_stream_next(stream, &record))) {
		if (more < 0)
			err = perf_data_fail(d, more, "a record without a size");
		else
			err = take_record(
				d, stream, record,
				get_u16(record + offsetof(struct perf_event_header, size)));
	}
	return err;
}
