/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers written into a row by hand: a timehist prints millions of rows, and printf() would cost
 * more than reading them. Each function writes at p and returns the end of what it wrote; it may
 * scribble up to PUT_SLACK bytes past that.
 */
#ifndef INTERLOPER_OUTPUT_PUT_H
#define INTERLOPER_OUTPUT_PUT_H

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define PUT_SLACK 64

/* Writes value so that it ends before end; returns its first byte. */
static inline char *put_back(char *end, uint32_t value)
{
	while (value >= 10) {
		*--end = '0' + value % 10;
		value /= 10;
	}
	*--end = '0' + value;
	return end;
}

static inline char *put_uint(char *p, uint32_t value)
{
	uint64_t above = 10;
	int digits = 1;

	while (value >= above) {
		above *= 10;
		digits++;
	}
	put_back(p + digits, value);
	return p + digits;
}

/* All nine digits of a value below 10^9. */
static inline char *put_nine(char *p, uint32_t value)
{
	for (char *digit = p + 9; digit > p; value /= 10)
		*--digit = '0' + value % 10;
	return p + 9;
}

static inline char *put_u64(char *p, uint64_t value)
{
	if (value <= UINT32_MAX)
		return put_uint(p, value);
	return put_nine(put_u64(p, value / 1000000000), value % 1000000000);
}

static inline char *put_blanks(char *p, int n)
{
	memset(p, ' ', n);
	return p + n;
}

/* sec.usec, right-aligned in 15; wider after 3 years of uptime. */
static inline char *put_time(char *p, uint64_t ns)
{
	uint64_t sec = ns / 1000000000;
	uint32_t usec = ns % 1000000000 / 1000;
	char *end = p + 15;

	if (sec >= 100000000)
		return p + sprintf(p, "%" PRIu64 ".%06" PRIu32, sec, usec);
	memset(p, ' ', 16);
	for (int i = 0; i < 6; i++) {
		*--end = '0' + usec % 10;
		usec /= 10;
	}
	*--end = '.';
	put_back(end, sec);
	return p + 15;
}

/* msec.usec, truncated, right-aligned in 11 with at least one blank before it. */
static inline char *put_msec(char *p, uint64_t ns)
{
	uint64_t usec = ns / 1000;
	uint32_t us, ms;

	if (usec >= 1000000000)
		return p +
		       sprintf(p, " %" PRIu64 ".%03u", usec / 1000, (unsigned int)(usec % 1000));
	us = usec;
	ms = us / 1000;
	us %= 1000;
	memset(p, ' ', 16);
	p[10] = '0' + us % 10;
	p[9] = '0' + us / 10 % 10;
	p[8] = '0' + us / 100;
	p[7] = '.';
	put_back(p + 7, ms);
	return p + 11;
}

#endif
