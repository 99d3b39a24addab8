// SPDX-License-Identifier: GPL-2.0-only
/* perf.data as scheduler events: see perf_data.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "import/perf_data_internal.h"

bool perf_data_is(const void *start, size_t size)
{
	return size >= 8 && (!memcmp(start, "PERFILE2", 8) || !memcmp(start, "2ELIFREP", 8) ||
			     !memcmp(start, "PERFFILE", 8));
}

int perf_data_fail(struct perf_data *d, int err, const char *what)
{
	if (err == -ENOMEM)
		return perf_why(d->why, err, "not enough memory");
	return perf_why(d->why, err, "damaged perf.data: %s, before byte %llu", what,
			(unsigned long long)d->input.offset);
}

int perf_data_resolve(struct perf_data *d)
{
	if (d->resolved)
		return 0;
	d->resolved = true;
	return d->head.pipe ? perf_head_resolve(&d->head, d->why) : 0;
}

/* The input is at its end: was it the recording's? */
static int end(struct perf_data *d)
{
	int err = perf_data_resolve(d);

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
		return perf_data_fail(d, err, "");
	n = perf_input_read(&d->input, at, room);
	if (n < 0)
		return perf_why(d->why, n, "%s", strerror(-n));
	if (!n) {
		d->ended = true;
		return end(d);
	}
	perf_stream_put(&d->file, n);
	return perf_take_records(d, &d->file);
}

bool perf_data_prepare(struct perf_data *d)
{
	if (d->err || d->ended || perf_order_is_full(&d->order))
		return false;
	d->err = read_some(d);
	return true;
}

static void read_until_ready(struct perf_data *d)
{
	/* What came with the head of a pipe may be enough: more is not waited for. */
	if (!perf_order_can_settle(&d->order))
		perf_data_prepare(d);
	d->ended |= !!d->err;
	d->settled = d->ended;
	perf_order_settle(&d->order, d->ended);
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
	while (!d->err && !d->ended && !d->order.run_count)
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
	perf_stream_free(&d->file);
	perf_stream_free(&d->unpacked);
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

/* After the last record: what is left to say, and why it was the last. */
static int finish(struct perf_data *d)
{
	struct sched_event *e = perf_order_room(&d->order);
	int err;

	if (!e)
		return perf_data_fail(d, -ENOMEM, "");
	if (perf_decode_rest(&d->decoder, e)) {
		perf_order_add(&d->order);
		d->settled = false;
		return 1;
	}
	err = d->head.pipe ? perf_head_settle(&d->head) : 0;
	if (err && !d->err)
		d->err = perf_data_fail(d, err, "");
	return d->err;
}

/* Where nothing is ready: reads on, or tells what is left at the end. 1: there may be more. */
static __attribute__((noinline)) int get_more(struct perf_data *d)
{
	if (d->settled)
		return finish(d);
	read_until_ready(d);
	return 1;
}

static int settle(struct perf_data *d, struct sched_event *e)
{
	int got = perf_settle(&d->decoder, e);

	if (got < 0)
		d->err = perf_data_fail(d, got, "");
	return got;
}

int perf_data_next(struct perf_data *d, const struct sched_event **events, int n)
{
	int given = 0;

	perf_order_pass(&d->order);
	while (given < n) {
		struct sched_event *e = perf_order_take(&d->order);
		int got = e ? settle(d, e) : get_more(d);

		if (e && got > 0)
			events[given++] = e;
		else if (e ? got : got <= 0) /* of what is none after all, the next is looked at */
			return given ? given : got;
	}
	return given;
}
