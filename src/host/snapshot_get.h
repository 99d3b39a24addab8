/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The values of a host snapshot's JSON, strictly read: a key that is missing leaves what is there, a
 * value of another type or out of its bounds is refused. All return 0, -EINVAL (told in the
 * reader's why) or -ENOMEM.
 */
#ifndef INTERLOPER_SNAPSHOT_GET_H
#define INTERLOPER_SNAPSHOT_GET_H

#include <hwloc.h>
#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "host/snapshot.h"

/* What goes wrong while reading, told once. */
struct reader {
	char *why;
	size_t why_size;
};

/* Tells why, and returns -EINVAL. */
int refuse(struct reader *in, const char *format, ...) __attribute__((format(printf, 2, 3)));

int get_text(struct reader *in, char **text, const json_t *object, const char *key);
int get_number(struct reader *in, int64_t *number, const json_t *object, const char *key,
	       int64_t min, int64_t max);
int get_int(struct reader *in, int *number, const json_t *object, const char *key, int min);
int get_u32(struct reader *in, uint32_t *number, const json_t *object, const char *key,
	    uint32_t max);
int get_u64(struct reader *in, uint64_t *number, const json_t *object, const char *key);
/* set is allocated already; a list that is missing leaves it empty. */
int get_cpus(struct reader *in, hwloc_bitmap_t set, const json_t *object, const char *key);
/* The same for a set that is NULL where it is not known. */
int get_cpus_if(struct reader *in, hwloc_bitmap_t *set, const json_t *object, const char *key);
/* An array of at most max elements; missing: NULL, and an empty one. */
int get_array(struct reader *in, const json_t **array, size_t *size, const json_t *object,
	      const char *key, size_t max);

/* host/snapshot_parse_knobs.c: interrupts, the workqueues' CPUs, watchdogs. */
int get_knobs(struct reader *in, struct host_snapshot *host, const json_t *root);

#endif
