/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers from a file, at any address: perf's records are not always aligned. */
#ifndef INTERLOPER_PERF_BYTES_H
#define INTERLOPER_PERF_BYTES_H

#include <stdint.h>
#include <string.h>

static inline uint16_t get_u16(const uint8_t *at)
{
	uint16_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static inline uint32_t get_u32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static inline uint64_t get_u64(const uint8_t *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

#endif
