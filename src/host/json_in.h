/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * JSON from outside, strictly read: a key that is missing leaves what is there, a value of another type
 * or out of its bounds is refused. All return 0, -EINVAL (told in why) or -ENOMEM.
 */
#ifndef INTERLOPER_JSON_IN_H
#define INTERLOPER_JSON_IN_H

#include <hwloc.h>
#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/* What goes wrong while reading, told once. */
struct json_in {
	char *why;
	size_t why_size;
};

/* Tells why, and returns -EINVAL. */
int json_in_refuse(struct json_in *in, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

int json_in_text(struct json_in *in, char **text, const json_t *object, const char *key);
int json_in_number(struct json_in *in, int64_t *number, const json_t *object, const char *key,
		   int64_t min, int64_t max);
int json_in_int(struct json_in *in, int *number, const json_t *object, const char *key, int min);
int json_in_u32(struct json_in *in, uint32_t *number, const json_t *object, const char *key,
		uint32_t max);
int json_in_u64(struct json_in *in, uint64_t *number, const json_t *object, const char *key);
/* set is allocated already; a list that is missing leaves it empty. */
int json_in_cpus(struct json_in *in, hwloc_bitmap_t set, const json_t *object, const char *key);
/* The same for a set that is NULL where it is not known. */
int json_in_cpus_if(struct json_in *in, hwloc_bitmap_t *set, const json_t *object, const char *key);
/* An array of at most max elements; missing: NULL, and an empty one. */
int json_in_array(struct json_in *in, const json_t **array, size_t *size, const json_t *object,
		  const char *key, size_t max);

#endif
