// SPDX-License-Identifier: GPL-2.0-only
/* Any text is either no CPU list, or one whose canonical form reads as the same set. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "host/cpulist.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	hwloc_bitmap_t set = hwloc_bitmap_alloc(), again = hwloc_bitmap_alloc();
	char *text = malloc(size + 1), *list;

	memcpy(text, data, size);
	text[size] = '\0';
	if (!cpulist_parse(set, text)) {
		if (hwloc_bitmap_last(set) >= CPULIST_CPU_MAX)
			abort();
		list = cpulist_format(set);
		if (!list || cpulist_parse(again, list) || !hwloc_bitmap_isequal(set, again))
			abort();
		free(list);
	}
	free(text);
	hwloc_bitmap_free(set);
	hwloc_bitmap_free(again);
	return 0;
}
