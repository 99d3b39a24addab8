// SPDX-License-Identifier: GPL-2.0-only
/* perf's records as their bytes come: see perf_stream.h. */
#include "import/perf_stream.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include "import/perf_bytes.h"

void perf_stream_free(struct perf_stream *stream)
{
	free(stream->data);
}

int perf_stream_room(struct perf_stream *stream, uint8_t **at, size_t *room)
{
	size_t rest = perf_stream_rest(stream);

	if (!stream->data)
		stream->data = malloc(PERF_STREAM_SIZE);
	if (!stream->data)
		return -ENOMEM;
	memmove(stream->data, stream->data + stream->pos, rest);
	stream->pos = 0;
	stream->len = rest;
	*at = stream->data + rest;
	*room = PERF_STREAM_SIZE - rest;
	return 0;
}

void perf_stream_put(struct perf_stream *stream, size_t size)
{
	stream->len += size;
}

int perf_stream_next(struct perf_stream *stream, const uint8_t **record)
{
	size_t rest = perf_stream_rest(stream);
	const uint8_t *at;
	uint16_t size;

	if (rest < sizeof(struct perf_event_header))
		return 0;
	at = stream->data + stream->pos;
	size = get_u16(at + offsetof(struct perf_event_header, size));
	if (size < sizeof(struct perf_event_header))
		return -EINVAL;
	if (rest < size)
		return 0;
	*record = at;
	stream->pos += size;
	return 1;
}

size_t perf_stream_bytes(struct perf_stream *stream, uint8_t *data, size_t size)
{
	size_t rest = perf_stream_rest(stream), n = size < rest ? size : rest;

	if (data && n)
		memcpy(data, stream->data + stream->pos, n);
	stream->pos += n;
	return n;
}

size_t perf_stream_rest(const struct perf_stream *stream)
{
	return stream->len - stream->pos;
}
