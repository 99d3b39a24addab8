// SPDX-License-Identifier: GPL-2.0-only
/* Chunks from an input, and what was wrong with them: see chunk_input.h. */
#include "trace/chunk_input.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include "trace/segment.h"

int chunk_input_open(struct chunk_input *in, const char *path)
{
	int err;

	memset(in, 0, sizeof(*in));
	err = input_file_open(&in->file, path);
	if (err)
		return err;
	in->zstd = ZSTD_createDCtx();
	if (in->zstd)
		return 0;
	input_file_close(&in->file);
	return -ENOMEM;
}

void chunk_input_close(struct chunk_input *in)
{
	chunk_input_trim(in);
	ZSTD_freeDCtx(in->zstd);
	input_file_close(&in->file);
}

int chunk_input_damaged(struct chunk_input *in, const char *how, const char *format, ...)
{
	va_list args;
	int n;

	if (in->damage[0])
		return -EBADMSG;
	n = snprintf(in->damage, sizeof(in->damage), "%s after %u chunks at byte %llu: ", how,
		     in->whole_chunks, (unsigned long long)in->whole_bytes);
	va_start(args, format);
	vsnprintf(in->damage + n, sizeof(in->damage) - n, format, args);
	va_end(args);
	return -EBADMSG;
}

static int cut(struct chunk_input *in)
{
	return chunk_input_damaged(in, "cut", "the file ends inside a chunk");
}

int chunk_input_failed(struct chunk_input *in, int err)
{
	if (err == -ENODATA)
		return cut(in);
	chunk_input_damaged(in, "stopped", "%s", strerror(-err));
	in->error = err;
	return err;
}

void chunk_input_mark_whole(struct chunk_input *in)
{
	in->whole_bytes = in->file.offset;
	in->whole_chunks = in->chunks;
}

bool crc_is(const void *data, size_t size, uint32_t disk_crc)
{
	return crc32_z(0, data, size) == le32toh(disk_crc);
}

static void chunk_to_host(struct ilt_chunk *chunk)
{
	chunk->number = le32toh(chunk->number);
	chunk->cpu = le16toh(chunk->cpu);
	chunk->events = le32toh(chunk->events);
	chunk->stored_bytes = le32toh(chunk->stored_bytes);
	chunk->raw_bytes = le32toh(chunk->raw_bytes);
}

/* What any chunk's header must hold to: no payload is larger than what it unpacks to. */
static bool chunk_is_sane(const struct ilt_chunk *chunk)
{
	return chunk->codec <= ILT_ZSTD && chunk->stored_bytes <= chunk->raw_bytes &&
	       chunk->raw_bytes <= ILT_META_RAW_MAX;
}

int chunk_input_next(struct chunk_input *in, struct ilt_chunk *chunk, struct ilt_footer *footer)
{
	ssize_t n = input_file_read(&in->file, chunk, sizeof(*chunk));

	memset(footer, 0, sizeof(*footer));
	if (n < 0)
		return chunk_input_failed(in, n);
	if (!n)
		return 0;
	if (n != sizeof(*chunk))
		return cut(in);
	if (!memcmp(chunk, ILT_FOOTER_MAGIC, sizeof(footer->magic))) {
		memcpy(footer, chunk, sizeof(*footer));
		return 0;
	}
	if (le32toh(chunk->magic) != ILT_CHUNK_MAGIC ||
	    !crc_is(chunk, offsetof(struct ilt_chunk, crc), chunk->crc))
		return chunk_input_damaged(in, "damaged", "a chunk's header has a wrong checksum");
	chunk_to_host(chunk);
	if (chunk->number != in->chunks)
		return chunk_input_damaged(in, "damaged", "chunk %u where %u was due",
					   chunk->number, in->chunks);
	if (!chunk_is_sane(chunk))
		return chunk_input_damaged(in, "damaged", "a chunk's header makes no sense");
	in->chunks++;
	return 1;
}

static int reserve(struct chunk_input *in, uint8_t **buffer, size_t *room, size_t size)
{
	if (*buffer && size <= *room)
		return 0;
	free(*buffer);
	*room = 0;
	*buffer = malloc(size ? size : 1);
	if (!*buffer)
		return chunk_input_failed(in, -ENOMEM);
	*room = size;
	return 0;
}

int chunk_input_payload(struct chunk_input *in, const struct ilt_chunk *chunk)
{
	int err = reserve(in, &in->payload, &in->payload_room, chunk->stored_bytes);
	ssize_t n;

	if (err)
		return err;
	n = input_file_read(&in->file, in->payload, chunk->stored_bytes);
	if (n < 0)
		return chunk_input_failed(in, n);
	if (n != (ssize_t)chunk->stored_bytes)
		return cut(in);
	if (!crc_is(in->payload, chunk->stored_bytes, chunk->payload_crc))
		return chunk_input_damaged(in, "damaged", "a chunk's payload has a wrong checksum");
	in->taken++;
	in->raw_bytes += chunk->raw_bytes;
	return 0;
}

int chunk_input_raw(struct chunk_input *in, const struct ilt_chunk *chunk)
{
	int err = chunk_input_payload(in, chunk);

	if (!err)
		err = reserve(in, &in->raw, &in->raw_room, chunk->raw_bytes);
	if (err)
		return err;
	if (segment_unpack(in->zstd, chunk, in->payload, in->raw))
		return chunk_input_damaged(in, "damaged", "a chunk does not unpack");
	return 0;
}

int chunk_input_skip(struct chunk_input *in, const struct ilt_chunk *chunk)
{
	int err = input_file_skip(&in->file, chunk->stored_bytes);

	return err ? chunk_input_failed(in, err) : 0;
}

void chunk_input_trim(struct chunk_input *in)
{
	free(in->payload);
	free(in->raw);
	in->payload = in->raw = NULL;
	in->payload_room = in->raw_room = 0;
}
