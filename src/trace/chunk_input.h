/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Takes chunks from an input, checks their numbers, sizes and checksums, and keeps the one line
 * that says where and why reading ended early.
 */
#ifndef INTERLOPER_TRACE_CHUNK_INPUT_H
#define INTERLOPER_TRACE_CHUNK_INPUT_H

#include <zstd.h>
#include "trace/file_format.h"
#include "trace/input_file.h"

struct chunk_input {
	struct input_file file;
	ZSTD_DCtx *zstd;
	uint32_t chunks;      /* the next chunk's number */
	uint64_t whole_bytes; /* up to here all is read and whole */
	uint32_t whole_chunks;
	uint8_t *payload, *raw;
	size_t payload_room, raw_room;
	uint64_t taken, raw_bytes; /* chunks whose payload was read, and its size unpacked */
	int error;		   /* a failed read or allocation; damage is none */
	char damage[160];
};

/* 0 or a negative errno, with nothing to close. */
int chunk_input_open(struct chunk_input *in, const char *path);
void chunk_input_close(struct chunk_input *in);

/* Notes damage, if it is the first: how and where ("cut after 41 chunks at byte 123456"), and the
 * formatted why. Always -EBADMSG. */
__attribute__((format(printf, 3, 4))) int chunk_input_damaged(struct chunk_input *in,
							      const char *how, const char *format,
							      ...);

/* Notes a failure that is none of the file's content (but -ENODATA is: the file ends). Returns it,
 * or -EBADMSG. */
int chunk_input_failed(struct chunk_input *in, int err);

/* All up to here is whole. */
void chunk_input_mark_whole(struct chunk_input *in);

/*
 * The next chunk's header, in host byte order: 1. 0 where the footer is, or the input's end: then
 * footer->magic is zeroed. Else a negative errno, noted.
 */
int chunk_input_next(struct chunk_input *in, struct ilt_chunk *chunk, struct ilt_footer *footer);

/* Reads and checks the chunk's payload into in->payload. 0 or a negative errno, noted. */
int chunk_input_payload(struct chunk_input *in, const struct ilt_chunk *chunk);

/* Likewise, and unpacks it into in->raw. */
int chunk_input_raw(struct chunk_input *in, const struct ilt_chunk *chunk);

/* Passes over the chunk's payload. 0 or a negative errno, noted. */
int chunk_input_skip(struct chunk_input *in, const struct ilt_chunk *chunk);

/* Large payloads come once, at the start and the end: gives their memory back. */
void chunk_input_trim(struct chunk_input *in);

bool crc_is(const void *data, size_t size, uint32_t disk_crc);

#endif
