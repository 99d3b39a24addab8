/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that runs out: to be included before the sources whose allocations shall fail, each in turn.
 * Those of libraries do not.
 */
#ifndef INTERLOPER_TESTS_SCARCE_H
#define INTERLOPER_TESTS_SCARCE_H

#include <errno.h>
#include <hwloc.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static int allowed; /* allocations until they fail; < 0: they never do */

static inline bool fails(void)
{
	return allowed >= 0 && allowed-- == 0;
}

static inline void *scarce_malloc(size_t size)
{
	return fails() ? NULL : malloc(size);
}

static inline void *scarce_calloc(size_t n, size_t size)
{
	return fails() ? NULL : calloc(n, size);
}

static inline void *scarce_realloc(void *p, size_t size)
{
	return fails() ? NULL : realloc(p, size);
}

static inline void *scarce_aligned_alloc(size_t alignment, size_t size)
{
	return fails() ? NULL : aligned_alloc(alignment, size);
}

static inline char *scarce_strdup(const char *s)
{
	return fails() ? NULL : strdup(s);
}

static inline char *scarce_strndup(const char *s, size_t n)
{
	return fails() ? NULL : strndup(s, n);
}

static inline hwloc_bitmap_t scarce_bitmap_alloc(void)
{
	return fails() ? NULL : hwloc_bitmap_alloc();
}

static inline hwloc_bitmap_t scarce_bitmap_dup(hwloc_const_bitmap_t set)
{
	return fails() ? NULL : hwloc_bitmap_dup(set);
}

/*
 * Runs a scenario with its first, second, ... allocation failing until it no longer reaches one. Each
 * failure must be told.
 */
static inline void fail_each_in_turn(int (*scenario)(void))
{
	int n = 0, err;

	for (;; n++) {
		allowed = n;
		err = scenario();
		if (allowed >= 0)
			break;
		assert_int_equal(err, -ENOMEM);
	}
	allowed = -1;
	assert_int_equal(err, 0);
	assert_true(n > 1); /* it did allocate, and did fail */
}

#define malloc	      scarce_malloc
#define calloc	      scarce_calloc
#define realloc	      scarce_realloc
#define aligned_alloc scarce_aligned_alloc
#undef strdup
#undef strndup
#define strdup	scarce_strdup
#define strndup scarce_strndup
#undef hwloc_bitmap_alloc
#undef hwloc_bitmap_dup
#define hwloc_bitmap_alloc scarce_bitmap_alloc
#define hwloc_bitmap_dup   scarce_bitmap_dup

#endif
