/* SPDX-License-Identifier: GPL-2.0-only */
/* CPU lists as the kernel writes them ("0-3,8,12-15"), strictly parsed into hwloc bitmaps. */
#ifndef INTERLOPER_CPULIST_H
#define INTERLOPER_CPULIST_H

#include <hwloc.h>
#include <stddef.h>

/* The largest NR_CPUS a kernel can be configured with (arch/x86/Kconfig, MAXSMP). */
#define CPULIST_CPU_MAX 8192

/*
 * Parses a list; spaces and a final newline are allowed around it; an empty list is an empty set.
 * 0, -EINVAL (malformed, or a range that runs backwards), -ERANGE (a CPU >= CPULIST_CPU_MAX),
 * -ENOMEM.
 */
int cpulist_parse(hwloc_bitmap_t set, const char *text);

/*
 * Parses a mask as "%*pb" prints it ("ff,00000000": 32 bits a word, the highest CPUs first), length
 * characters of text. Errors as above.
 */
int cpulist_parse_mask(hwloc_bitmap_t set, const char *text, size_t length);

/* "0-3,8" as a string that the caller frees; "" for an empty set; NULL without memory. */
char *cpulist_format(hwloc_const_bitmap_t set);

/*
 * "ff,00000000": the mask of CPUs 0 to cpus - 1 as "%*pb" prints it; further ones are not in it.
 * Caller frees; NULL without memory.
 */
char *cpulist_format_mask(hwloc_const_bitmap_t set, unsigned int cpus);

/*
 * Reads a file with one list (/sys/devices/system/cpu/isolated). "(null)" and an empty line, which
 * some kernels print for "none", are an empty set. Errors as above, or those of open and read.
 */
int cpulist_read(hwloc_bitmap_t set, const char *path);

#endif
