// SPDX-License-Identifier: GPL-2.0-only
/* JSON from outside, strictly read: see json_in.h. */
#include "host/json_in.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "host/cpulist.h"

int json_in_refuse(struct json_in *in, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (in->why_size)
		vsnprintf(in->why, in->why_size, format, args);
	va_end(args);
	return -EINVAL;
}

int json_in_text(struct json_in *in, char **text, const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	if (!value)
		return 0;
	if (!json_is_string(value))
		return json_in_refuse(in, "%s is not text", key);
	*text = strdup(json_string_value(value));
	return *text ? 0 : -ENOMEM;
}

int json_in_number(struct json_in *in, int64_t *number, const json_t *object, const char *key,
		   int64_t min, int64_t max)
{
	const json_t *value = json_object_get(object, key);

	if (!value)
		return 0;
	if (!json_is_integer(value) || json_integer_value(value) < min ||
	    json_integer_value(value) > max)
		return json_in_refuse(in, "%s is not a number from %" PRId64 " to %" PRId64, key,
				      min, max);
	*number = json_integer_value(value);
	return 0;
}

int json_in_int(struct json_in *in, int *number, const json_t *object, const char *key, int min)
{
	int64_t wide = *number;
	int err = json_in_number(in, &wide, object, key, min, INT_MAX);

	*number = (int)wide;
	return err;
}

int json_in_u32(struct json_in *in, uint32_t *number, const json_t *object, const char *key,
		uint32_t max)
{
	int64_t wide = *number;
	int err = json_in_number(in, &wide, object, key, 0, max);

	*number = (uint32_t)wide;
	return err;
}

int json_in_u64(struct json_in *in, uint64_t *number, const json_t *object, const char *key)
{
	int64_t wide = (int64_t)*number;
	int err = json_in_number(in, &wide, object, key, 0, INT64_MAX);

	*number = (uint64_t)wide;
	return err;
}

int json_in_cpus(struct json_in *in, hwloc_bitmap_t set, const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	int err;

	if (!value)
		return 0;
	if (!json_is_string(value))
		return json_in_refuse(in, "%s is not text", key);
	err = cpulist_parse(set, json_string_value(value));
	if (err == -ENOMEM)
		return err;
	return err ? json_in_refuse(in, "%s is not a list of CPUs below %d", key, CPULIST_CPU_MAX)
		   : 0;
}

int json_in_cpus_if(struct json_in *in, hwloc_bitmap_t *set, const json_t *object, const char *key)
{
	if (!json_object_get(object, key))
		return 0;
	*set = hwloc_bitmap_alloc();
	return *set ? json_in_cpus(in, *set, object, key) : -ENOMEM;
}

int json_in_array(struct json_in *in, const json_t **array, size_t *size, const json_t *object,
		  const char *key, size_t max)
{
	*array = json_object_get(object, key);
	*size = json_array_size(*array);
	if (*array && !json_is_array(*array))
		return json_in_refuse(in, "%s is not an array", key);
	if (*size > max)
		return json_in_refuse(in, "%s has %zu elements, more than %zu", key, *size, max);
	return 0;
}
