// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPU lists as the kernel writes them. The grammar is that of lib/bitmap.c's bitmap_parselist()
 * output side (%*pbl): decimal numbers and ranges between commas. Its input side also knows "all",
 * "0-31:2/16" and "N"; no kernel file prints those, so they are malformed here.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "host/cpulist.h"

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Takes a decimal CPU number at *text. Digits are bounded by value, so it cannot overflow. */
static int take_cpu(const char **text, unsigned int *cpu)
{
	const char *p = *text;
	unsigned int value = 0;

	if (*p < '0' || *p > '9')
		return -EINVAL;
	for (; *p >= '0' && *p <= '9'; p++) {
		value = value * 10 + (unsigned int)(*p - '0');
		if (value >= CPULIST_CPU_MAX)
			return -ERANGE;
	}
	*text = p;
	*cpu = value;
	return 0;
}

/* "3" or "3-7" */
static int take_range(const char **text, hwloc_bitmap_t set)
{
	unsigned int first, last;
	int err;

	err = take_cpu(text, &first);
	if (err)
		return err;
	last = first;
	if (**text == '-') {
		(*text)++;
		err = take_cpu(text, &last);
		if (err)
			return err;
		if (last < first)
			return -EINVAL;
	}
	return hwloc_bitmap_set_range(set, first, (int)last) ? -ENOMEM : 0;
}

int cpulist_parse(hwloc_bitmap_t set, const char *text)
{
	int err;

	hwloc_bitmap_zero(set);
	while (is_space(*text))
		text++;
	while (*text) {
		err = take_range(&text, set);
		if (err)
			return err;
		if (*text != ',')
			break;
		/* A comma promises another CPU: take_range refuses "0," */
		text++;
		if (!*text)
			return -EINVAL;
	}
	while (is_space(*text))
		text++;
	return *text ? -EINVAL : 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* From the lowest digit up: only the highest word may have fewer than eight. */
int cpulist_parse_mask(hwloc_bitmap_t set, const char *text, size_t length)
{
	unsigned int cpu = 0, digits = 0;
	int digit;

	hwloc_bitmap_zero(set);
	if (!length || text[0] == ',')
		return -EINVAL;
	while (length--) {
		if (text[length] == ',' && digits == 8) {
			digits = 0;
			continue;
		}
		digit = hex_digit(text[length]);
		if (digit < 0 || digits == 8)
			return -EINVAL;
		for (unsigned int bit = 0; bit < 4; bit++) {
			if (!(digit & 1 << bit))
				continue;
			if (cpu + bit >= CPULIST_CPU_MAX)
				return -ERANGE;
			if (hwloc_bitmap_set(set, cpu + bit))
				return -ENOMEM;
		}
		cpu += 4;
		digits++;
	}
	return digits ? 0 : -EINVAL;
}

char *cpulist_format(hwloc_const_bitmap_t set)
{
	char *text = NULL;

	/* hwloc would write an endless set as "0-": no machine has one, so it must not get here. */
	if (hwloc_bitmap_weight(set) < 0)
		return NULL;
	if (hwloc_bitmap_list_asprintf(&text, set) < 0)
		return NULL;
	return text;
}

char *cpulist_format_mask(hwloc_const_bitmap_t set, unsigned int cpus)
{
	unsigned int words = cpus ? (cpus + 31) / 32 : 1;
	char *text = malloc(9 * words), *p = text;

	if (!text)
		return NULL;
	while (words--) {
		unsigned int word = 0, digits = 8;

		for (unsigned int bit = 0; bit < 32 && 32 * words + bit < cpus; bit++)
			if (hwloc_bitmap_isset(set, 32 * words + bit))
				word |= 1u << bit;
		/* The highest word has as many digits as its CPUs need. */
		if (p == text && cpus % 32)
			digits = (cpus % 32 + 3) / 4;
		p += sprintf(p, "%0*x%s", (int)digits, word, words ? "," : "");
	}
	return text;
}

int cpulist_read(hwloc_bitmap_t set, const char *path)
{
	/* 8192 CPUs, every other one: 4096 numbers of up to 4 digits and a comma. */
	char text[CPULIST_CPU_MAX / 2 * 5 + 64];
	size_t length = 0;
	ssize_t got;
	int fd, err = 0;

	hwloc_bitmap_zero(set);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while (length < sizeof(text) - 1) {
		got = read(fd, text + length, sizeof(text) - 1 - length);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			err = -errno;
		if (got <= 0)
			break;
		length += (size_t)got;
	}
	close(fd);
	if (err)
		return err;
	if (length == sizeof(text) - 1)
		return -EINVAL;
	text[length] = '\0';
	/* A NUL inside would hide what follows it from the parser. */
	if (strlen(text) != length)
		return -EINVAL;
	/* "%*pbl" of a cpumask that was never allocated, e.g. nohz_full without the parameter. */
	if (!strncmp(text, "(null)", 6) && strspn(text + 6, " \n") == length - 6)
		return 0;
	return cpulist_parse(set, text);
}
