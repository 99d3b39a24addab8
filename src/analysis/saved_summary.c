// SPDX-License-Identifier: GPL-2.0-only
/* A summary's JSON, read back: the whole, and the values it is made of. See saved_summary.h. */
#include "analysis/saved_summary.h"
#include "analysis/saved_summary_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/cpulist.h"

bool summary_scope_filters(const struct summary_scope *scope)
{
	return scope->cpus || scope->tasks || scope->from_ns || scope->to_ns;
}

const char *summary_table_name(enum summary_by by)
{
	static const char *const names[SUMMARY_TABLES] = {
		[SUMMARY_BY_TASK] = "tasks",
		[SUMMARY_BY_CPU] = "cpus",
		[SUMMARY_BY_TASK_CPU] = "tasks_by_cpu",
	};

	return names[by];
}

int saved_refuse_at(struct json_in *in, const char *format, ...)
{
	char where[80], what[256];
	va_list args;

	if (!in->why_size)
		return -EINVAL;
	va_start(args, format);
	vsnprintf(where, sizeof(where), format, args);
	va_end(args);
	snprintf(what, sizeof(what), "%s", in->why);
	return json_in_refuse(in, "%s: %s", where, what);
}

bool saved_is_known(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return value && !json_is_null(value);
}

static int require(struct json_in *in, const json_t *object, const char *key)
{
	return json_object_get(object, key) ? 0 : json_in_refuse(in, "%s is missing", key);
}

int saved_u64(struct json_in *in, uint64_t *number, const json_t *object, const char *key)
{
	int err = require(in, object, key);

	return err ? err : json_in_u64(in, number, object, key);
}

int saved_bool(struct json_in *in, bool *value, const json_t *object, const char *key)
{
	const json_t *found = json_object_get(object, key);

	if (!json_is_boolean(found))
		return json_in_refuse(in, "%s is neither true nor false", key);
	*value = json_is_true(found);
	return 0;
}

int saved_object(struct json_in *in, const json_t **value, const json_t *object, const char *key)
{
	*value = json_object_get(object, key);
	return json_is_object(*value) ? 0 : json_in_refuse(in, "%s is not an object", key);
}

int saved_array(struct json_in *in, const json_t **array, const json_t *object, const char *key)
{
	*array = json_object_get(object, key);
	return json_is_array(*array) ? 0 : json_in_refuse(in, "%s is not an array", key);
}

int saved_u64_if(struct json_in *in, uint64_t *number, const json_t *object, const char *key)
{
	return saved_is_known(object, key) ? json_in_u64(in, number, object, key) : 0;
}

int saved_cpu_if(struct json_in *in, uint16_t *cpu, const json_t *object, const char *key)
{
	int64_t number = *cpu;
	int err;

	if (!saved_is_known(object, key))
		return 0;
	err = json_in_number(in, &number, object, key, 0, CPULIST_CPU_MAX - 1);
	*cpu = (uint16_t)number;
	return err;
}

int saved_text_if(struct json_in *in, char **text, const json_t *object, const char *key)
{
	return saved_is_known(object, key) ? json_in_text(in, text, object, key) : 0;
}

int saved_cpus_if(struct json_in *in, hwloc_bitmap_t *set, const json_t *object, const char *key)
{
	return saved_is_known(object, key) ? json_in_cpus_if(in, set, object, key) : 0;
}

static int read_document(struct saved_reading *reading, const json_t *root)
{
	int err = task_table_init(&reading->saved->tasks);

	if (!err)
		err = saved_read_merged(reading, root);
	if (!err)
		err = saved_read_head(reading, root);
	if (!err)
		err = saved_check_merged(reading);
	return err ? err : saved_read_tables(reading, root);
}

int saved_summary_parse(struct saved_summary *saved, const char *json, size_t length, char *why,
			size_t why_size)
{
	struct saved_reading reading = { { why, why_size }, .next_id = TASK_IDLE + 1 };
	json_error_t error;
	json_t *root;
	int err;

	memset(saved, 0, sizeof(*saved));
	reading.saved = saved;
	root = json_loadb(json, length, JSON_REJECT_DUPLICATES, &error);
	if (!root)
		return json_in_refuse(&reading.in, "line %d: %s", error.line, error.text);
	rows_init(&reading.ids, ROWS_BY_CPU_TASK, sizeof(uint32_t));
	err = read_document(&reading, root);
	rows_free(&reading.ids);
	json_decref(root);
	if (err)
		saved_summary_free(saved);
	return err;
}

void saved_summary_free(struct saved_summary *saved)
{
	trace_meta_free(&saved->meta);
	losses_free(&saved->losses);
	host_snapshot_free(&saved->host);
	task_table_free(&saved->tasks);
	summary_free(saved->by_task);
	summary_free(saved->by_cpu);
	summary_free(saved->by_task_cpu);
	hwloc_bitmap_free(saved->scope.cpus);
	free(saved->scope.tasks);
	free(saved->damage);
	saved_free_merged(saved->merged);
	memset(saved, 0, sizeof(*saved));
}

bool saved_summary_looks_so(const char *bytes, size_t n)
{
	size_t i = 0;

	while (i < n && strchr(" \t\r\n", bytes[i]) && bytes[i])
		i++;
	return i < n && bytes[i] == '{';
}
