// SPDX-License-Identifier: GPL-2.0-only
/* How durations, times, counts and sizes look, and text from outside made safe: see output.h. */
#include "output/output.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct output output_stdout(bool json)
{
	const char *no_colour = getenv("NO_COLOR");
	const char *term = getenv("TERM");
	bool colour = isatty(STDOUT_FILENO) && !(no_colour && *no_colour) &&
		      !(term && !strcmp(term, "dumb"));

	return (struct output){ .file = stdout, .colour = colour && !json, .json = json };
}

char *format_count(char buf[COUNT_MAX], uint64_t n)
{
	char digits[COUNT_MAX];
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, n);
	char *p = buf;

	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			*p++ = ',';
		*p++ = digits[i];
	}
	*p = '\0';
	return buf;
}

char *format_duration(char buf[DURATION_MAX], uint64_t ns)
{
	uint64_t unit = 1000;
	const char *name = "us";

	if (ns < 1000) {
		snprintf(buf, DURATION_MAX, "%" PRIu64 " ns", ns);
		return buf;
	}
	if (ns >= 1000000000) {
		unit = 1000000000;
		name = "s";
	} else if (ns >= 1000000) {
		unit = 1000000;
		name = "ms";
	}
	snprintf(buf, DURATION_MAX, "%" PRIu64 ".%03" PRIu64 " %s", ns / unit,
		 ns % unit / (unit / 1000), name);
	return buf;
}

char *format_msec(char buf[DURATION_MAX], uint64_t ns)
{
	char count[COUNT_MAX];

	snprintf(buf, DURATION_MAX, "%s.%03" PRIu64, format_count(count, ns / 1000000),
		 ns % 1000000 / 1000);
	return buf;
}

char *format_time(char buf[DURATION_MAX], uint64_t time_ns)
{
	snprintf(buf, DURATION_MAX, "%" PRIu64 ".%06" PRIu64, time_ns / 1000000000,
		 time_ns % 1000000000 / 1000);
	return buf;
}

char *format_bytes(char buf[COUNT_MAX], uint64_t n)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	int shift = 10;
	size_t unit = 0;

	if (n < 1024) {
		snprintf(buf, COUNT_MAX, "%" PRIu64 " B", n);
		return buf;
	}
	while (unit + 1 < sizeof(units) / sizeof(units[0]) && n >> shift >= 1024) {
		shift += 10;
		unit++;
	}
	/* The tenth, from the ten bits below the unit: no overflow, whatever n. */
	snprintf(buf, COUNT_MAX, "%" PRIu64 ".%" PRIu64 " %s", n >> shift,
		 (n >> (shift - 10) & 1023) * 10 / 1024, units[unit]);
	return buf;
}

/* Length of the UTF-8 sequence at p, or 0 where there is none that is well formed (RFC 3629). */
static int utf8_length(const unsigned char *p)
{
	uint32_t code;
	int len;

	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		len = 2;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		len = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		len = 4;
	else
		return 0;
	code = p[0] & (0xff >> (len + 1));
	for (int i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (p[i] & 0x3f);
	}
	if ((len == 3 && code < 0x800) || (len == 4 && code < 0x10000) || code > 0x10ffff ||
	    (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return len;
}

size_t text_clean(char *text)
{
	unsigned char *from = (unsigned char *)text, *to = from;

	while (*from) {
		int len = utf8_length(from);
		/* U+0080..U+009F: a terminal may take them as escape sequences. */
		bool c1 = len == 2 && from[0] == 0xc2 && from[1] < 0xa0;

		if (!len || c1 || *from < ' ' || *from == 0x7f) {
			*to++ = '?';
			from += len ? len : 1;
			continue;
		}
		while (len--)
			*to++ = *from++;
	}
	*to = '\0';
	return to - (unsigned char *)text;
}

size_t text_width(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}
