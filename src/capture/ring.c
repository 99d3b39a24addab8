// SPDX-License-Identifier: GPL-2.0-only
/* The reader's end of one BPF ring buffer: see ring.h. */
#include "capture/ring.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int ring_create(struct ring *ring, size_t bytes)
{
	size_t page = sysconf(_SC_PAGESIZE);
	uint8_t *area;
	void *consumer;
	int err;

	memset(ring, 0, sizeof(*ring));
	ring->size = bytes;
	ring->fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "interloper_ring", 0, 0, bytes, NULL);
	if (ring->fd < 0)
		return -errno;
	consumer = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, 0);
	if (consumer == MAP_FAILED) {
		err = -errno;
		goto out_close;
	}
	/* The kernel would map the data twice in a row: that spares copies, and doubles what ps
	 * says. */
	area = mmap(NULL, page + bytes, PROT_READ, MAP_SHARED, ring->fd, page);
	if (area == MAP_FAILED) {
		err = -errno;
		munmap(consumer, page);
		goto out_close;
	}
	ring->consumer_pos = consumer;
	ring->producer_pos = (const unsigned long *)area;
	ring->data = area + page;
	return 0;

out_close:
	close(ring->fd);
	ring->fd = -1;
	return err;
}

void ring_free(struct ring *ring)
{
	size_t page = sysconf(_SC_PAGESIZE);

	if (ring->consumer_pos)
		munmap(ring->consumer_pos, page);
	if (ring->producer_pos)
		munmap((void *)ring->producer_pos, page + ring->size);
	if (ring->fd >= 0)
		close(ring->fd);
	memset(ring, 0, sizeof(*ring));
	ring->fd = -1;
}

size_t ring_look(struct ring *ring)
{
	ring->limit = __atomic_load_n(ring->producer_pos, __ATOMIC_ACQUIRE);
	return ring->limit - *ring->consumer_pos;
}

static const uint32_t *ring_header(const struct ring *ring)
{
	return (const uint32_t *)(ring->data + (ring->position & (ring->size - 1)));
}

static size_t ring_step(uint32_t header)
{
	uint32_t length = header & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);

	return (length + BPF_RINGBUF_HDR_SZ + 7) / 8 * 8;
}

static const struct record *ring_record(struct ring *ring, size_t length)
{
	size_t offset = (ring->position + BPF_RINGBUF_HDR_SZ) & (ring->size - 1);
	size_t rest = ring->size - offset;

	if (length <= rest || length > sizeof(ring->split))
		return (const struct record *)(ring->data + offset);
	memcpy(ring->split, ring->data + offset, rest);
	memcpy((uint8_t *)ring->split + rest, ring->data, length - rest);
	return (const struct record *)ring->split;
}

const struct record *ring_peek(struct ring *ring)
{
	while (ring->position < ring->limit) {
		uint32_t header = __atomic_load_n(ring_header(ring), __ATOMIC_ACQUIRE);

		if (header & BPF_RINGBUF_BUSY_BIT)
			return NULL;
		if (!(header & BPF_RINGBUF_DISCARD_BIT))
			return ring_record(ring, header);
		ring->position += ring_step(header);
	}
	return NULL;
}

void ring_next(struct ring *ring)
{
	ring->position += ring_step(*ring_header(ring));
}

void ring_release(struct ring *ring)
{
	__atomic_store_n(ring->consumer_pos, ring->position, __ATOMIC_RELEASE);
}
