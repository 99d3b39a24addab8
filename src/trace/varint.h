/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Integers in the trace file's columns: LEB128 varints, zigzag for signed differences, and the
 * symbol form for durations: one byte (Huffman-coded by zstd later) with the exponent and the two
 * bits below the leading one, and the remaining bits, which are noise, packed in a bit stream.
 */
#ifndef INTERLOPER_TRACE_VARINT_H
#define INTERLOPER_TRACE_VARINT_H

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t zigzag(uint64_t difference)
{
	return (difference << 1) ^ (uint64_t)-(int64_t)(difference >> 63);
}

static inline uint64_t unzigzag(uint64_t v)
{
	return (v >> 1) ^ -(v & 1);
}

/* At most 10 bytes; returns the position behind. */
static inline uint8_t *put_varint(uint8_t *p, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		*p++ = v | 0x80;
	*p++ = v;
	return p;
}

/* Reads from *p, never at or past end. False if the bytes end or the value passes 64 bits. */
static inline bool get_varint(const uint8_t **p, const uint8_t *end, uint64_t *v)
{
	uint64_t value = 0;

	for (unsigned int shift = 0; shift < 64 && *p < end; shift += 7) {
		uint8_t byte = *(*p)++;

		value |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80) {
			*v = value;
			return true;
		}
	}
	return false;
}

static inline uint64_t load_le64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return le64toh(v);
}

static inline void store_le64(uint8_t *p, uint64_t v)
{
	v = htole64(v);
	memcpy(p, &v, sizeof(v));
}

/* Appends bits, lowest first. The buffer needs 8 bytes of room behind the last bit. */
struct bit_writer {
	uint8_t *p;
	uint64_t pending;
	unsigned int fill; /* bits in pending: below 8 between calls */
};

static inline void bit_writer_put_few(struct bit_writer *w, uint64_t bits, unsigned int n)
{
	w->pending |= bits << w->fill; /* n <= 56, fill < 8: nothing is shifted out */
	w->fill += n;
	store_le64(w->p, w->pending);
	w->p += w->fill / 8;
	w->pending >>= w->fill & ~7u;
	w->fill &= 7;
}

static inline void bit_writer_put(struct bit_writer *w, uint64_t bits, unsigned int n)
{
	if (n > 56) {
		bit_writer_put_few(w, bits & UINT32_MAX, 32);
		bits >>= 32;
		n -= 32;
	}
	bit_writer_put_few(w, bits, n);
}

/* The position behind the last byte that holds bits. */
static inline uint8_t *bit_writer_end(const struct bit_writer *w)
{
	return w->p + (w->fill != 0);
}

/* Reads what a bit_writer wrote. 16 readable bytes must follow the last; past it, bits are junk. */
struct bit_reader {
	const uint8_t *base;
	uint64_t at, end; /* in bits; at > end: overrun */
};

static inline uint64_t bit_reader_get_few(struct bit_reader *r, unsigned int n)
{
	uint64_t at = r->at;

	r->at += n;
	if (__builtin_expect(at > r->end, 0))
		return 0;
	return load_le64(r->base + at / 8) >> (at & 7) & ((1ull << n) - 1);
}

static inline uint64_t bit_reader_get(struct bit_reader *r, unsigned int n)
{
	uint64_t low;

	if (__builtin_expect(n <= 56, 1))
		return bit_reader_get_few(r, n);
	low = bit_reader_get_few(r, 32);
	return low | bit_reader_get_few(r, n - 32) << 32;
}

/* Returns v's symbol and appends its other bits. */
static inline uint8_t put_symbol(struct bit_writer *w, uint64_t v)
{
	unsigned int exponent;

	if (v < 4)
		return v;
	exponent = 63 - __builtin_clzll(v);
	bit_writer_put(w, v & ((1ull << (exponent - 2)) - 1), exponent - 2);
	return (exponent - 1) << 2 | (v >> (exponent - 2) & 3);
}

static inline uint64_t get_symbol(struct bit_reader *r, uint8_t symbol)
{
	unsigned int n;

	if (symbol < 8)
		return symbol;
	n = (symbol >> 2) - 1; /* at most 62, by a symbol no writer makes */
	return (uint64_t)(4 | (symbol & 3)) << n | bit_reader_get(r, n);
}

#endif
