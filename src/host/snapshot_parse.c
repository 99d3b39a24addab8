// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host snapshot from JSON text. A missing key is an absent fact, a key that is not known is
 * ignored, and what cannot be held is refused.
 */
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "host/cpulist.h"
#include "host/domains.h"
#include "host/snapshot.h"
#include "host/json_in.h"
#include "host/snapshot_keys.h"
#include "host/vcpu.h"

/* Bounds for untrusted input: NODES_SHIFT goes up to 10; PID_MAX_LIMIT is 4 Mi. */
#define NODES_MAX     1024
#define TASKS_MAX     (4u << 20)
#define KSM_FILES_MAX 1024
/* Every CPU in ten domains of its own. */
#define DOMAINS_MAX (10 * CPULIST_CPU_MAX)

static int get_cpu(struct json_in *in, struct host_cpu *cpu, const json_t *object)
{
	int err;

	*cpu = (struct host_cpu){ -1, -1, -1, -1, hwloc_bitmap_alloc(), false, 0 };
	if (!cpu->siblings)
		return -ENOMEM;
	if (!json_is_object(object))
		return json_in_refuse(in, "cpus has an element that is no object");
	if ((err = json_in_int(in, &cpu->package, object, "package", 0)) ||
	    (err = json_in_int(in, &cpu->core, object, "core", 0)) ||
	    (err = json_in_int(in, &cpu->llc, object, "llc", 0)) ||
	    (err = json_in_int(in, &cpu->node, object, "node", 0)) ||
	    (err = json_in_int(in, &cpu->llc_id, object, "sd_llc_id", -1)) ||
	    (err = json_in_cpus(in, cpu->siblings, object, "siblings")))
		return err;
	cpu->llc_id_known = json_object_get(object, "sd_llc_id");
	return 0;
}

static int get_all_cpus(struct json_in *in, struct host_snapshot *host, const json_t *root)
{
	const json_t *array;
	size_t count;
	int err;

	err = json_in_array(in, &array, &count, root, "cpus", CPULIST_CPU_MAX);
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
			err = json_in_refuse(in, "CPU %zu: node is not below node_count", i);
		if (hwloc_bitmap_last(host->cpus[i].siblings) >= (int)count)
			err = json_in_refuse(in, "CPU %zu: siblings are not among the CPUs", i);
	}
	return err;
}

static int get_distances(struct json_in *in, struct host_snapshot *host, const json_t *root)
{
	const json_t *rows, *row, *cell;
	size_t count;
	int err;

	err = json_in_array(in, &rows, &count, root, "distances", NODES_MAX);
	if (err || !rows)
		return err;
	if (count != host->node_count)
		return json_in_refuse(in, "distances has %zu rows for %u nodes", count,
				      host->node_count);
	host->distances = calloc(count * count + 1, sizeof(*host->distances));
	if (!host->distances)
		return -ENOMEM;
	for (size_t i = 0; i < count * count; i++) {
		row = json_array_get(rows, i / count);
		cell = json_array_get(row, i % count);
		if (json_array_size(row) != count || !json_is_integer(cell) ||
		    json_integer_value(cell) < 0 || json_integer_value(cell) > UINT32_MAX)
			return json_in_refuse(in, "distances is not a square of numbers");
		host->distances[i] = (uint32_t)json_integer_value(cell);
	}
	return 0;
}

static int get_domain(struct json_in *in, struct host_domain *domain, const json_t *object)
{
	int err;

	domain->span = hwloc_bitmap_alloc();
	domain->cpus = hwloc_bitmap_alloc();
	if (!domain->span || !domain->cpus)
		return -ENOMEM;
	if (!json_is_object(object))
		return json_in_refuse(in, "domains has an element that is no object");
	if ((err = json_in_u32(in, &domain->level, object, "level", CPULIST_CPU_MAX)) ||
	    (err = json_in_text(in, &domain->name, object, "name")) ||
	    (err = json_in_text(in, &domain->flags, object, "flags")) ||
	    (err = json_in_cpus(in, domain->span, object, "span")))
		return err;
	if (json_object_get(object, "cpus"))
		return json_in_cpus(in, domain->cpus, object, "cpus");
	return hwloc_bitmap_copy(domain->cpus, domain->span) ? -ENOMEM : 0;
}

/* A source that is not known here is as good as none. */
static int get_source(struct json_in *in, enum domains_source *source, const json_t *object,
		      const char *key)
{
	char *name = NULL;
	int err = json_in_text(in, &name, object, key);

	*source = name ? domains_source_of(name) : DOMAINS_UNKNOWN;
	free(name);
	return err;
}

static int get_domains(struct json_in *in, struct host_domains *domains, const json_t *root)
{
	const json_t *object = json_object_get(root, "domains"), *array;
	size_t count;
	int err;

	if (!object)
		return 0;
	domains->told = hwloc_bitmap_alloc();
	if (!domains->told)
		return -ENOMEM;
	if (!json_is_object(object))
		return json_in_refuse(in, "domains is not an object");
	if ((err = get_source(in, &domains->source, object, "source")) ||
	    (err = get_source(in, &domains->spans, object, "spans")) ||
	    (err = get_source(in, &domains->flags, object, "flags")) ||
	    (err = json_in_cpus(in, domains->told, object, "told")) ||
	    (err = json_in_array(in, &array, &count, object, "list", DOMAINS_MAX)) || !count)
		return err;
	domains->list = calloc(count, sizeof(*domains->list));
	if (!domains->list)
		return -ENOMEM;
	while (domains->count < count && !err) {
		err = get_domain(in, &domains->list[domains->count],
				 json_array_get(array, domains->count));
		domains->count++;
	}
	return err;
}

static int get_cpusets(struct json_in *in, enum cpusets *cpusets, const json_t *root)
{
	char *name = NULL;
	int err = json_in_text(in, &name, root, "cpusets");

	for (int i = CPUSETS_V1; i <= CPUSETS_V2 && name; i++)
		if (!strcmp(snapshot_cpusets[i], name))
			*cpusets = i;
	free(name);
	return err;
}

#define PAGE_SIZE_MAX (1u << 24)

static int get_page_size(struct json_in *in, struct host_snapshot *host, const json_t *root)
{
	int err = json_in_u32(in, &host->page_size, root, "page_size", PAGE_SIZE_MAX);

	if (!err && host->page_size & (host->page_size - 1))
		err = json_in_refuse(in, "page_size: %u is no power of two", host->page_size);
	return err;
}

static int get_isolation(struct json_in *in, struct host_snapshot *host, const json_t *root)
{
	int err;

	host->numa_balancing = -1;
	host->partitions = hwloc_bitmap_alloc();
	if (!host->partitions)
		return -ENOMEM;
	if ((err = json_in_cpus(in, host->partitions, root, "partitions")) ||
	    (err = json_in_text(in, &host->partition_names, root, "partition_names")) ||
	    (err = json_in_text(in, &host->broken_partition, root, "broken_partition")) ||
	    (err = get_cpusets(in, &host->cpusets, root)) ||
	    (err = json_in_int(in, &host->numa_balancing, root, "numa_balancing", 0)))
		return err;
	return json_in_cpus_if(in, &host->boot_isolated, root, "boot_isolated");
}

static int get_ksm(struct json_in *in, struct host_snapshot *host, const json_t *root)
{
	json_t *object = json_object_get(root, "ksm"), *value;
	struct host_file *file;
	const char *name;

	if (!object)
		return 0;
	if (!json_is_object(object) || json_object_size(object) > KSM_FILES_MAX)
		return json_in_refuse(in, "ksm is not an object of at most %d files",
				      KSM_FILES_MAX);
	host->ksm_files = calloc(json_object_size(object) + 1, sizeof(*host->ksm_files));
	if (!host->ksm_files)
		return -ENOMEM;
	json_object_foreach(object, name, value)
	{
		if (!json_is_string(value))
			return json_in_refuse(in, "ksm holds something that is not text");
		file = &host->ksm_files[host->ksm_file_count++];
		file->name = strdup(name);
		file->value = strdup(json_string_value(value));
		if (!file->name || !file->value)
			return -ENOMEM;
	}
	return 0;
}

static int get_task(struct json_in *in, struct host_task *task, const json_t *object)
{
	const char *comm = json_string_value(json_object_get(object, "comm"));
	int err;

	if (!json_is_object(object))
		return json_in_refuse(in, "tasks has an element that is no object");
	if ((err = json_in_u32(in, &task->tid, object, "tid", INT_MAX)) ||
	    (err = json_in_u32(in, &task->pid, object, "pid", INT_MAX)) ||
	    (err = json_in_u32(in, &task->ppid, object, "ppid", INT_MAX)) ||
	    (err = json_in_u64(in, &task->flags, object, "flags")) ||
	    (err = json_in_u64(in, &task->start_ticks, object, "start_ticks")) ||
	    (err = json_in_int(in, &task->policy, object, "policy", INT_MIN)) ||
	    (err = json_in_int(in, &task->nice, object, "nice", INT_MIN)) ||
	    (err = json_in_int(in, &task->rt_priority, object, "rt_priority", INT_MIN)) ||
	    (err = json_in_int(in, &task->last_cpu, object, "last_cpu", INT_MIN)))
		return err;
	if (!comm || strlen(comm) >= sizeof(task->comm))
		return json_in_refuse(in, "task %u: comm is not text of at most 15 bytes",
				      task->tid);
	strcpy(task->comm, comm);
	return json_in_cpus_if(in, &task->allowed, object, "allowed");
}

static int get_tasks(struct json_in *in, struct host_snapshot *host, const json_t *root)
{
	const json_t *array;
	size_t count;
	int err;

	err = json_in_array(in, &array, &count, root, "tasks", TASKS_MAX);
	if (err || !count)
		return err;
	host->tasks = calloc(count, sizeof(*host->tasks));
	if (!host->tasks)
		return -ENOMEM;
	for (size_t i = 0; i < count && !err; i++) {
		host->task_count++;
		err = get_task(in, &host->tasks[i], json_array_get(array, i));
		if (!err && i && host->tasks[i].tid <= host->tasks[i - 1].tid)
			err = json_in_refuse(in, "tasks are not in the order of their tids");
	}
	return err;
}

static int get_vmm(struct json_in *in, enum vmm *vmm, const json_t *object)
{
	char *name = NULL;
	int err = json_in_text(in, &name, object, "vmm");

	*vmm = name ? vmm_of_name(name) : VMM_UNKNOWN;
	free(name);
	return err;
}

static int get_vm(struct json_in *in, struct host_vm *vm, const json_t *object)
{
	const json_t *named = json_object_get(object, "vcpus_named");
	int err;

	if (!json_is_object(object))
		return json_in_refuse(in, "vms has an element that is no object");
	if ((err = json_in_u32(in, &vm->pid, object, "pid", INT_MAX)) ||
	    (err = json_in_text(in, &vm->name, object, "name")) ||
	    (err = get_vmm(in, &vm->vmm, object)))
		return err;
	if (vm->name && !vm_name_is_valid(vm->name))
		return json_in_refuse(in, "VM %u: name is not text of 1 to %d bytes", vm->pid,
				      VM_NAME_SIZE - 1);
	if (named && !json_is_boolean(named))
		return json_in_refuse(in, "VM %u: vcpus_named is neither true nor false", vm->pid);
	vm->vcpus_named = json_is_true(named);
	return 0;
}

static int get_vms(struct json_in *in, struct host_snapshot *host, const json_t *root)
{
	const json_t *array;
	size_t count;
	int err;

	err = json_in_array(in, &array, &count, root, "vms", TASKS_MAX);
	if (err || !count)
		return err;
	host->vms = calloc(count, sizeof(*host->vms));
	if (!host->vms)
		return -ENOMEM;
	for (size_t i = 0; i < count && !err; i++) {
		host->vm_count++;
		err = get_vm(in, &host->vms[i], json_array_get(array, i));
		if (!err && i && host->vms[i].pid <= host->vms[i - 1].pid)
			err = json_in_refuse(in, "vms are not in the order of their pids");
	}
	return err;
}

static int get_sets(struct json_in *in, struct host_snapshot *host, const json_t *root)
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
		err = *sets[i].set ? json_in_cpus(in, *sets[i].set, root, sets[i].key) : -ENOMEM;
	}
	return err;
}

static int snapshot_from_json(struct json_in *in, struct host_snapshot *host, const json_t *root)
{
	int64_t version = 0;
	int err;

	if (!json_is_object(root))
		return json_in_refuse(in, "not an object");
	err = json_in_number(in, &version, root, "version", 1, SNAPSHOT_VERSION);
	if (err)
		return err;
	if (!version)
		return json_in_refuse(in, "version is missing");
	if ((err = json_in_text(in, &host->hostname, root, "hostname")) ||
	    (err = json_in_text(in, &host->kernel_release, root, "kernel_release")) ||
	    (err = json_in_text(in, &host->kernel_version, root, "kernel_version")) ||
	    (err = json_in_text(in, &host->machine, root, "machine")) ||
	    (err = json_in_text(in, &host->cmdline, root, "cmdline")) ||
	    (err = get_page_size(in, host, root)) || (err = get_sets(in, host, root)) ||
	    (err = get_isolation(in, host, root)) ||
	    (err = json_in_u32(in, &host->node_count, root, "node_count", NODES_MAX)) ||
	    (err = get_all_cpus(in, host, root)) || (err = get_distances(in, host, root)) ||
	    (err = get_domains(in, &host->domains, root)) || (err = get_ksm(in, host, root)) ||
	    (err = get_tasks(in, host, root)) || (err = get_vms(in, host, root)))
		return err;
	return snapshot_parse_knobs(in, host, root);
}

int host_snapshot_from_json(struct host_snapshot *host, const char *json, char *why,
			    size_t why_size)
{
	struct json_in in = { why, why_size };
	json_error_t error;
	json_t *root;
	int err;

	memset(host, 0, sizeof(*host));
	root = json_loads(json, JSON_REJECT_DUPLICATES, &error);
	if (!root)
		return json_in_refuse(&in, "line %d: %s", error.line, error.text);
	err = snapshot_from_json(&in, host, root);
	json_decref(root);
	if (err)
		host_snapshot_free(host);
	return err;
}
