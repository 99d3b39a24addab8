// SPDX-License-Identifier: GPL-2.0-only
/* Compressed records: see perf_unpack.h. */
#include "import/perf_unpack.h"

#include <errno.h>
#include "import/perf_bytes.h"
#include "import/perf_records.h"

/* A record has one turn over one ring, 512 KB unless told (-m); no file may make us unpack for
 * ever. */
#define UNPACKED_MAX (64u << 20)

void perf_unpack_free(struct perf_unpack *unpack)
{
	ZSTD_freeDStream(unpack->zstd);
}

int perf_unpack_begin(struct perf_unpack *unpack, const uint8_t *record, uint16_t size,
		      uint64_t ring_size)
{
	size_t head = sizeof(struct perf_event_header), length = size - head;

	if (get_u32(record) == PERF_OWN_COMPRESSED2) {
		head += sizeof(uint64_t); /* it says its size: the record is padded */
		if (size < head || get_u64(record + 8) > size - head)
			return -EINVAL;
		length = get_u64(record + 8);
	}
	if (!unpack->zstd) {
		unpack->zstd = ZSTD_createDStream();
		if (!unpack->zstd)
			return -ENOMEM;
		if (ZSTD_isError(ZSTD_DCtx_setParameter(unpack->zstd, ZSTD_d_windowLogMax, 27)))
			return -EINVAL;
	}
	unpack->in = (ZSTD_inBuffer){ record + head, length, 0 };
	unpack->left = ring_size && ring_size < UNPACKED_MAX ? ring_size : UNPACKED_MAX;
	return 0;
}

int perf_unpack_some(struct perf_unpack *unpack, struct perf_stream *stream)
{
	ZSTD_outBuffer out = { 0 };
	uint8_t *at;
	size_t room, ret;
	int err = perf_stream_room(stream, &at, &room);

	if (err)
		return err;
	out = (ZSTD_outBuffer){ at, room, 0 };
	ret = ZSTD_decompressStream(unpack->zstd, &out, &unpack->in);
	if (ZSTD_isError(ret) || out.pos > unpack->left)
		return -EINVAL;
	unpack->left -= out.pos;
	perf_stream_put(stream, out.pos);
	/* With room left, it has nothing more to give. */
	return out.pos == room || (out.pos && unpack->in.pos < unpack->in.size);
}
