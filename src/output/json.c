// SPDX-License-Identifier: GPL-2.0-only
/* The values that every JSON report shares: see json.h. */
#include "output/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/cpulist.h"
#include "output/output.h"

void json_put(json_t **object, const char *key, json_t *value)
{
	/* Takes the value even where the object is NULL. */
	if (!json_object_set_new(*object, key, value))
		return;
	json_decref(*object);
	*object = NULL;
}

void json_add(json_t **array, json_t *value)
{
	if (!json_array_append_new(*array, value))
		return;
	json_decref(*array);
	*array = NULL;
}

json_t *json_u64(uint64_t n)
{
	return json_integer(n > INT64_MAX ? INT64_MAX : (json_int_t)n);
}

json_t *json_u64_if(bool known, uint64_t n)
{
	return known ? json_u64(n) : json_null();
}

json_t *json_text(const char *text)
{
	json_t *value;
	char *clean;

	if (!text)
		return json_null();
	clean = strdup(text);
	if (!clean)
		return NULL;
	text_clean(clean);
	value = json_string(clean);
	free(clean);
	return value;
}

json_t *json_cpu(uint16_t cpu)
{
	return json_u64_if(cpu != CPU_UNKNOWN, cpu);
}

json_t *json_cpus(hwloc_const_bitmap_t set)
{
	json_t *value;
	char *list;

	if (!set)
		return json_null();
	list = cpulist_format(set);
	if (!list)
		return NULL;
	value = json_string(list);
	free(list);
	return value;
}

json_t *json_ratio(uint64_t part, uint64_t whole)
{
	return whole ? json_real((double)part / whole) : json_null();
}

json_t *json_task(const struct task_table *tasks, uint32_t id)
{
	const struct task_identity *task = task_table_get(tasks, id);
	bool known = task->task != TASK_UNKNOWN;
	bool one = known && (task->tid || id == TASK_IDLE);
	json_t *object;

	if (id == TASK_UNKNOWN)
		return json_null();
	object = json_object();
	json_put(&object, "id", json_u64(id));
	json_put(&object, "tid", json_u64_if(one, task->tid));
	json_put(&object, "pid", json_u64_if(one && (task->pid || id == TASK_IDLE), task->pid));
	json_put(&object, "comm", json_text(known ? task->comm : NULL));
	return object;
}

json_t *json_histogram(const struct histogram *h)
{
	static const struct {
		const char *name;
		double p;
	} percentiles[] = {
		{ "p50_ns", 50 },     { "p90_ns", 90 },	      { "p99_ns", 99 },
		{ "p99_9_ns", 99.9 }, { "p99_99_ns", 99.99 },
	};
	json_t *object = json_object();
	bool known = h->count > 0;

	json_put(&object, "count", json_u64(h->count));
	json_put(&object, "total_ns", json_u64(h->sum_ns));
	json_put(&object, "min_ns", json_u64_if(known, h->min_ns));
	json_put(&object, "mean_ns", json_u64_if(known, histogram_mean_ns(h)));
	for (size_t i = 0; i < sizeof(percentiles) / sizeof(percentiles[0]); i++)
		json_put(&object, percentiles[i].name,
			 json_u64_if(known, histogram_percentile_ns(h, percentiles[i].p)));
	json_put(&object, "max_ns", json_u64_if(known, h->max_ns));
	return object;
}

static bool holds_numbers_alone(const json_t *value)
{
	if (!json_is_array(value))
		return json_is_number(value);
	for (size_t i = 0; i < json_array_size(value); i++)
		if (!holds_numbers_alone(json_array_get(value, i)))
			return false;
	return true;
}

static int print_scalar(FILE *file, const json_t *value)
{
	return json_dumpf(value, file, JSON_COMPACT | JSON_ENCODE_ANY) ? -EIO : 0;
}

static int print_key(FILE *file, const char *key)
{
	json_t *text = json_string(key);
	int err = text ? print_scalar(file, text) : -ENOMEM;

	json_decref(text);
	if (!err)
		fputs(": ", file);
	return err;
}

static void print_break(FILE *file, const char *text, unsigned int depth)
{
	fprintf(file, "%s\n%*s", text, 2 * depth, "");
}

static int print_at(FILE *file, json_t *value, unsigned int depth);

static int print_object(FILE *file, json_t *object, unsigned int depth)
{
	const char *key, *before = "{";
	json_t *value;
	int err = 0;

	json_object_foreach(object, key, value)
	{
		print_break(file, before, depth + 1);
		before = ",";
		if ((err = print_key(file, key)) || (err = print_at(file, value, depth + 1)))
			return err;
	}
	print_break(file, "", depth);
	fputc('}', file);
	return 0;
}

static int print_array(FILE *file, json_t *array, unsigned int depth)
{
	int err = 0;

	for (size_t i = 0; i < json_array_size(array) && !err; i++) {
		print_break(file, i ? "," : "[", depth + 1);
		err = print_at(file, json_array_get(array, i), depth + 1);
	}
	print_break(file, "", depth);
	fputc(']', file);
	return err;
}

static int print_at(FILE *file, json_t *value, unsigned int depth)
{
	if (json_is_object(value) && json_object_size(value))
		return print_object(file, value, depth);
	if (json_is_array(value) && !holds_numbers_alone(value))
		return print_array(file, value, depth);
	return print_scalar(file, value);
}

int json_print(FILE *file, json_t *value)
{
	return print_at(file, value, 0);
}
