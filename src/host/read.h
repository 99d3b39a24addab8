/* SPDX-License-Identifier: GPL-2.0-only */
/* Small files of /proc and /sys below a root: "" is the live machine, a folder is a test's. */
#ifndef INTERLOPER_HOST_READ_H
#define INTERLOPER_HOST_READ_H

#include <hwloc.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Reads up to size - 1 bytes of a file into text and terminates it; a longer file is cut. Relative
 * paths start at the folder open as dir_fd (or AT_FDCWD). The length, or open's or read's -errno.
 */
long host_read_at(int dir_fd, const char *path, char *text, size_t size);

/* The whole of a small file (64 KiB at most) without its final newline; caller frees; NULL: absent. */
char *host_read_text(const char *root, const char *path);

/* The same for a file of up to max bytes; a longer one is NULL, for a part of it may mislead. */
char *host_read_long_text(const char *root, const char *path, size_t max);

/* The number of a file that holds one; -1: absent, or no number from 0 on. */
int host_read_number(const char *root, const char *path);

/* The line after this one of a text in memory; NULL: it is the last. */
const char *host_next_line(const char *line);

/* cpulist_read() below a root; a file that is absent or malformed leaves the set empty: false. */
bool host_read_cpus(hwloc_bitmap_t set, const char *root, const char *path);

#endif
