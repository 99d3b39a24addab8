// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host snapshot as JSON text, and back. What is absent is left out; a reader takes a missing
 * key for an absent fact, ignores keys it does not know, and refuses what it cannot hold.
 */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "host/cpulist.h"
#include "host/snapshot.h"

#define SNAPSHOT_VERSION 1

/* Bounds for untrusted input: NODES_SHIFT goes up to 10; PID_MAX_LIMIT is 4 Mi. */
#define NODES_MAX     1024
#define TASKS_MAX     (4u << 20)
#define KSM_FILES_MAX 1024

/* JSON is UTF-8; a comm is whatever bytes a program chose. */
static json_t *text_to_json(const char *text)
{
	json_t *value = json_string(text);
	char *clean;

	if (value)
		return value;
	clean = strdup(text);
	if (!clean)
		return NULL;
	for (char *c = clean; *c; c++) {
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	}
	value = json_string(clean);
	free(clean);
	return value;
}

/* json_object_set_new refuses a NULL value, so a failure to make one shows here. */
static int put(json_t *object, const char *key, json_t *value)
{
	return json_object_set_new(object, key, value) ? -ENOMEM : 0;
}

static int put_text(json_t *object, const char *key, const char *text)
{
	return text ? put(object, key, text_to_json(text)) : 0;
}

static int put_cpus(json_t *object, const char *key, hwloc_const_bitmap_t set)
{
	char *list;
	int err;

	if (!set)
		return 0;
	list = cpulist_format(set);
	if (!list)
		return -ENOMEM;
	err = put_text(object, key, list);
	free(list);
	return err;
}

/* An id that is unknown (-1) is left out. */
static int put_id(json_t *object, const char *key, int id)
{
	return id < 0 ? 0 : put(object, key, json_integer(id));
}

static int cpus_to_json(json_t *array, const struct host_snapshot *host)
{
	for (uint32_t i = 0; i < host->cpu_count; i++) {
		const struct host_cpu *cpu = &host->cpus[i];
		json_t *object = json_object();

		if (json_array_append_new(array, object) ||
		    put_id(object, "package", cpu->package) || put_id(object, "core", cpu->core) ||
		    put_id(object, "llc", cpu->llc) || put_id(object, "node", cpu->node) ||
		    put_cpus(object, "siblings", cpu->siblings))
			return -ENOMEM;
	}
	return 0;
}

static int distances_to_json(json_t *array, const struct host_snapshot *host)
{
	for (uint32_t i = 0; i < host->node_count; i++) {
		json_t *row = json_array();

		if (json_array_append_new(array, row))
			return -ENOMEM;
		for (uint32_t j = 0; j < host->node_count; j++) {
			uint32_t distance = host->distances[i * host->node_count + j];

			if (json_array_append_new(row, json_integer(distance)))
				return -ENOMEM;
		}
	}
	return 0;
}

static int tasks_to_json(json_t *array, const struct host_snapshot *host)
{
	for (uint32_t i = 0; i < host->task_count; i++) {
		const struct host_task *task = &host->tasks[i];
		json_t *object = json_object();

		if (json_array_append_new(array, object) ||
		    put(object, "tid", json_integer(task->tid)) ||
		    put(object, "pid", json_integer(task->pid)) ||
		    put(object, "ppid", json_integer(task->ppid)) ||
		    put_text(object, "comm", task->comm) ||
		    put(object, "flags", json_integer((json_int_t)task->flags)) ||
		    put(object, "start_ticks", json_integer((json_int_t)task->start_ticks)) ||
		    put(object, "policy", json_integer(task->policy)) ||
		    put(object, "nice", json_integer(task->nice)) ||
		    put(object, "rt_priority", json_integer(task->rt_priority)) ||
		    put(object, "last_cpu", json_integer(task->last_cpu)) ||
		    put_cpus(object, "allowed", task->allowed))
			return -ENOMEM;
	}
	return 0;
}

static int ksm_to_json(json_t *object, const struct host_snapshot *host)
{
	for (uint32_t i = 0; i < host->ksm_file_count; i++) {
		if (put_text(object, host->ksm_files[i].name, host->ksm_files[i].value))
			return -ENOMEM;
	}
	return 0;
}

/* The container that object now holds; NULL, which takes no elements, without memory. */
static json_t *put_new(json_t *object, const char *key, json_t *container)
{
	return put(object, key, container) ? NULL : container;
}

static int snapshot_to_json(json_t *root, const struct host_snapshot *host)
{
	if (put(root, "version", json_integer(SNAPSHOT_VERSION)) ||
	    put_text(root, "hostname", host->hostname) ||
	    put_text(root, "kernel_release", host->kernel_release) ||
	    put_text(root, "kernel_version", host->kernel_version) ||
	    put_text(root, "machine", host->machine) || put_text(root, "cmdline", host->cmdline) ||
	    put_cpus(root, "possible", host->possible) ||
	    put_cpus(root, "present", host->present) || put_cpus(root, "online", host->online) ||
	    put_cpus(root, "isolated", host->isolated) ||
	    put_cpus(root, "nohz_full", host->nohz_full) ||
	    cpus_to_json(put_new(root, "cpus", json_array()), host) ||
	    put(root, "node_count", json_integer(host->node_count)))
		return -ENOMEM;
	if (host->distances && distances_to_json(put_new(root, "distances", json_array()), host))
		return -ENOMEM;
	if (ksm_to_json(put_new(root, "ksm", json_object()), host) ||
	    tasks_to_json(put_new(root, "tasks", json_array()), host))
		return -ENOMEM;
	return 0;
}

char *host_snapshot_to_json(const struct host_snapshot *host)
{
	json_t *root = json_object();
	char *text = NULL;

	if (!root)
		return NULL;
	if (!snapshot_to_json(root, host))
		text = json_dumps(root, JSON_COMPACT | JSON_PRESERVE_ORDER);
	json_decref(root);
	return text;
}

/* What goes wrong while reading, told once. */
struct reader {
	char *why;
	size_t why_size;
};

static int __attribute__((format(printf, 2, 3))) refuse(struct reader *in, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (in->why_size)
		vsnprintf(in->why, in->why_size, format, args);
	va_end(args);
	return -EINVAL;
}

static int get_text(struct reader *in, char **text, const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	if (!value)
		return 0;
	if (!json_is_string(value))
		return refuse(in, "%s is not text", key);
	*text = strdup(json_string_value(value));
	return *text ? 0 : -ENOMEM;
}

/* A number that is missing keeps the value it has. */
static int get_number(struct reader *in, int64_t *number, const json_t *object, const char *key,
		      int64_t min, int64_t max)
{
	const json_t *value = json_object_get(object, key);

	if (!value)
		return 0;
	if (!json_is_integer(value) || json_integer_value(value) < min ||
	    json_integer_value(value) > max)
		return refuse(in, "%s is not a number from %" PRId64 " to %" PRId64, key, min, max);
	*number = json_integer_value(value);
	return 0;
}

static int get_int(struct reader *in, int *number, const json_t *object, const char *key, int min)
{
	int64_t wide = *number;
	int err = get_number(in, &wide, object, key, min, INT_MAX);

	*number = (int)wide;
	return err;
}

static int get_u32(struct reader *in, uint32_t *number, const json_t *object, const char *key,
		   uint32_t max)
{
	int64_t wide = *number;
	int err = get_number(in, &wide, object, key, 0, max);

	*number = (uint32_t)wide;
	return err;
}

static int get_u64(struct reader *in, uint64_t *number, const json_t *object, const char *key)
{
	int64_t wide = (int64_t)*number;
	int err = get_number(in, &wide, object, key, 0, INT64_MAX);

	*number = (uint64_t)wide;
	return err;
}

/* set is allocated already; a list that is missing leaves it empty. */
static int get_cpus(struct reader *in, hwloc_bitmap_t set, const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	int err;

	if (!value)
		return 0;
	if (!json_is_string(value))
		return refuse(in, "%s is not text", key);
	err = cpulist_parse(set, json_string_value(value));
	if (err == -ENOMEM)
		return err;
	return err ? refuse(in, "%s is not a list of CPUs below %d", key, CPULIST_CPU_MAX) : 0;
}

/* An array of at most max elements; missing: NULL, and an empty one. */
static int get_array(struct reader *in, const json_t **array, size_t *size, const json_t *object,
		     const char *key, size_t max)
{
	*array = json_object_get(object, key);
	*size = json_array_size(*array);
	if (*array && !json_is_array(*array))
		return refuse(in, "%s is not an array", key);
	if (*size > max)
		return refuse(in, "%s has %zu elements, more than %zu", key, *size, max);
	return 0;
}

static int get_cpu(struct reader *in, struct host_cpu *cpu, const json_t *object)
{
	int err;

	*cpu = (struct host_cpu){ -1, -1, -1, -1, hwloc_bitmap_alloc() };
	if (!cpu->siblings)
		return -ENOMEM;
	if (!json_is_object(object))
		return refuse(in, "cpus has an element that is no object");
	if ((err = get_int(in, &cpu->package, object, "package", 0)) ||
	    (err = get_int(in, &cpu->core, object, "core", 0)) ||
	    (err = get_int(in, &cpu->llc, object, "llc", 0)) ||
	    (err = get_int(in, &cpu->node, object, "node", 0)) ||
	    (err = get_cpus(in, cpu->siblings, object, "siblings")))
		return err;
	return 0;
}

static int get_all_cpus(struct reader *in, struct host_snapshot *host, const json_t *root)
{
	const json_t *array;
	size_t count;
	int err;

	err = get_array(in, &array, &count, root, "cpus", CPULIST_CPU_MAX);
	if (err || !count)
		return err;
	host->cpus = calloc(count, sizeof(*host->cpus));
	if (!host->cpus)
		return -ENOMEM;
	for (size_t i = 0; i < count && !err; i++) {
		host->cpu_count++;
		err = get_cpu(in, &host->cpus[i], json_array_get(array, i));
	}
	/* So that a reader may use them as indexes. */
	for (size_t i = 0; i < count && !err; i++) {
		if (host->cpus[i].node >= (int)host->node_count)
			err = refuse(in, "CPU %zu: node is not below node_count", i);
		if (hwloc_bitmap_last(host->cpus[i].siblings) >= (int)count)
			err = refuse(in, "CPU %zu: siblings are not among the CPUs", i);
	}
	return err;
}

static int get_distances(struct reader *in, struct host_snapshot *host, const json_t *root)
{
	const json_t *rows, *row, *cell;
	size_t count;
	int err;

	err = get_array(in, &rows, &count, root, "distances", NODES_MAX);
	if (err || !rows)
		return err;
	if (count != host->node_count)
		return refuse(in, "distances has %zu rows for %u nodes", count, host->node_count);
	host->distances = calloc(count * count + 1, sizeof(*host->distances));
	if (!host->distances)
		return -ENOMEM;
	for (size_t i = 0; i < count * count; i++) {
		row = json_array_get(rows, i / count);
		cell = json_array_get(row, i % count);
		if (json_array_size(row) != count || !json_is_integer(cell) ||
		    json_integer_value(cell) < 0 || json_integer_value(cell) > UINT32_MAX)
			return refuse(in, "distances is not a square of numbers");
		host->distances[i] = (uint32_t)json_integer_value(cell);
	}
	return 0;
}

static int get_ksm(struct reader *in, struct host_snapshot *host, const json_t *root)
{
	json_t *object = json_object_get(root, "ksm"), *value;
	struct host_file *file;
	const char *name;

	if (!object)
		return 0;
	if (!json_is_object(object) || json_object_size(object) > KSM_FILES_MAX)
		return refuse(in, "ksm is not an object of at most %d files", KSM_FILES_MAX);
	host->ksm_files = calloc(json_object_size(object) + 1, sizeof(*host->ksm_files));
	if (!host->ksm_files)
		return -ENOMEM;
	json_object_foreach(object, name, value)
	{
		if (!json_is_string(value))
			return refuse(in, "ksm holds something that is not text");
		file = &host->ksm_files[host->ksm_file_count++];
		file->name = strdup(name);
		file->value = strdup(json_string_value(value));
		if (!file->name || !file->value)
			return -ENOMEM;
	}
	return 0;
}

static int get_task(struct reader *in, struct host_task *task, const json_t *object)
{
	const char *comm = json_string_value(json_object_get(object, "comm"));
	int err;

	if (!json_is_object(object))
		return refuse(in, "tasks has an element that is no object");
	if ((err = get_u32(in, &task->tid, object, "tid", INT_MAX)) ||
	    (err = get_u32(in, &task->pid, object, "pid", INT_MAX)) ||
	    (err = get_u32(in, &task->ppid, object, "ppid", INT_MAX)) ||
	    (err = get_u64(in, &task->flags, object, "flags")) ||
	    (err = get_u64(in, &task->start_ticks, object, "start_ticks")) ||
	    (err = get_int(in, &task->policy, object, "policy", INT_MIN)) ||
	    (err = get_int(in, &task->nice, object, "nice", INT_MIN)) ||
	    (err = get_int(in, &task->rt_priority, object, "rt_priority", INT_MIN)) ||
	    (err = get_int(in, &task->last_cpu, object, "last_cpu", INT_MIN)))
		return err;
	if (!comm || strlen(comm) >= sizeof(task->comm))
		return refuse(in, "task %u: comm is not text of at most 15 bytes", task->tid);
	strcpy(task->comm, comm);
	if (!json_object_get(object, "allowed"))
		return 0;
	task->allowed = hwloc_bitmap_alloc();
	return task->allowed ? get_cpus(in, task->allowed, object, "allowed") : -ENOMEM;
}

static int get_tasks(struct reader *in, struct host_snapshot *host, const json_t *root)
{
	const json_t *array;
	size_t count;
	int err;

	err = get_array(in, &array, &count, root, "tasks", TASKS_MAX);
	if (err || !count)
		return err;
	host->tasks = calloc(count, sizeof(*host->tasks));
	if (!host->tasks)
		return -ENOMEM;
	for (size_t i = 0; i < count && !err; i++) {
		host->task_count++;
		err = get_task(in, &host->tasks[i], json_array_get(array, i));
		if (!err && i && host->tasks[i].tid <= host->tasks[i - 1].tid)
			err = refuse(in, "tasks are not in the order of their tids");
	}
	return err;
}

static int get_sets(struct reader *in, struct host_snapshot *host, const json_t *root)
{
	const struct {
		hwloc_bitmap_t *set;
		const char *key;
	} sets[] = {
		{ &host->possible, "possible" },   { &host->present, "present" },
		{ &host->online, "online" },	   { &host->isolated, "isolated" },
		{ &host->nohz_full, "nohz_full" },
	};
	int err = 0;

	for (size_t i = 0; i < sizeof(sets) / sizeof(*sets) && !err; i++) {
		*sets[i].set = hwloc_bitmap_alloc();
		err = *sets[i].set ? get_cpus(in, *sets[i].set, root, sets[i].key) : -ENOMEM;
	}
	return err;
}

static int snapshot_from_json(struct reader *in, struct host_snapshot *host, const json_t *root)
{
	int64_t version = 0;
	int err;

	if (!json_is_object(root))
		return refuse(in, "not an object");
	err = get_number(in, &version, root, "version", 1, SNAPSHOT_VERSION);
	if (err)
		return err;
	if (!version)
		return refuse(in, "version is missing");
	if ((err = get_text(in, &host->hostname, root, "hostname")) ||
	    (err = get_text(in, &host->kernel_release, root, "kernel_release")) ||
	    (err = get_text(in, &host->kernel_version, root, "kernel_version")) ||
	    (err = get_text(in, &host->machine, root, "machine")) ||
	    (err = get_text(in, &host->cmdline, root, "cmdline")) ||
	    (err = get_sets(in, host, root)) ||
	    (err = get_u32(in, &host->node_count, root, "node_count", NODES_MAX)) ||
	    (err = get_all_cpus(in, host, root)) || (err = get_distances(in, host, root)) ||
	    (err = get_ksm(in, host, root)))
		return err;
	return get_tasks(in, host, root);
}

int host_snapshot_from_json(struct host_snapshot *host, const char *json, char *why,
			    size_t why_size)
{
	struct reader in = { why, why_size };
	json_error_t error;
	json_t *root;
	int err;

	memset(host, 0, sizeof(*host));
	root = json_loads(json, JSON_REJECT_DUPLICATES, &error);
	if (!root)
		return refuse(&in, "line %d: %s", error.line, error.text);
	err = snapshot_from_json(&in, host, root);
	json_decref(root);
	if (err)
		host_snapshot_free(host);
	return err;
}
