// SPDX-License-Identifier: GPL-2.0-only
/* The host snapshot as JSON text. What is absent is left out. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "host/cpulist.h"
#include "host/domains.h"
#include "host/snapshot.h"
#include "host/snapshot_keys.h"
#include "host/vcpu.h"

const char *const snapshot_cpusets[] = {
	[CPUSETS_UNKNOWN] = NULL,
	[CPUSETS_V1] = "v1",
	[CPUSETS_UNBALANCED] = "v1 unbalanced",
	[CPUSETS_V2] = "v2",
};

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

/* A set that has a CPU if it is known. */
static int put_some_cpus(json_t *object, const char *key, hwloc_const_bitmap_t set)
{
	return set && !hwloc_bitmap_iszero(set) ? put_cpus(object, key, set) : 0;
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
		    put_some_cpus(object, "siblings", cpu->siblings))
			return -ENOMEM;
		if (cpu->llc_id_known && put(object, "sd_llc_id", json_integer(cpu->llc_id)))
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

static int vms_to_json(json_t *array, const struct host_snapshot *host)
{
	for (uint32_t i = 0; i < host->vm_count; i++) {
		const struct host_vm *vm = &host->vms[i];
		json_t *object = json_object();

		if (json_array_append_new(array, object) ||
		    put(object, "pid", json_integer(vm->pid)) ||
		    put_text(object, "name", vm->name) ||
		    put_text(object, "vmm", vmm_name(vm->vmm)) ||
		    put(object, "vcpus_named", json_boolean(vm->vcpus_named)))
			return -ENOMEM;
	}
	return 0;
}

static int irqs_to_json(json_t *array, const struct host_snapshot *host)
{
	for (uint32_t i = 0; i < host->irq_count; i++) {
		const struct host_irq *irq = &host->irqs[i];
		json_t *object = json_object();

		if (json_array_append_new(array, object) ||
		    put(object, "irq", json_integer(irq->number)) ||
		    put_text(object, "actions", irq->actions) ||
		    put_cpus(object, "affinity", irq->affinity) ||
		    put_cpus(object, "effective", irq->effective) ||
		    (irq->fixed && put(object, "fixed", json_true())))
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

static int domain_to_json(json_t *object, const struct host_domain *domain)
{
	if (put(object, "level", json_integer(domain->level)) ||
	    put_text(object, "name", domain->name) || put_text(object, "flags", domain->flags) ||
	    put_cpus(object, "span", domain->span))
		return -ENOMEM;
	/* NUMA levels may overlap; everything else is said once. */
	if (hwloc_bitmap_isequal(domain->cpus, domain->span))
		return 0;
	return put_cpus(object, "cpus", domain->cpus);
}

static int domains_to_json(json_t *object, const struct host_domains *domains)
{
	json_t *list = json_array();

	if (put_text(object, "source", domains_source_name(domains->source)) ||
	    put_text(object, "spans", domains_source_name(domains->spans)) ||
	    put_text(object, "flags", domains_source_name(domains->flags)) ||
	    put_cpus(object, "told", domains->told) || put(object, "list", list))
		return -ENOMEM;
	for (uint32_t i = 0; i < domains->count; i++) {
		json_t *domain = json_object();

		if (json_array_append_new(list, domain) ||
		    domain_to_json(domain, &domains->list[i]))
			return -ENOMEM;
	}
	return 0;
}

/* The container that object now holds; NULL, which takes no elements, without memory. */
static json_t *put_new(json_t *object, const char *key, json_t *container)
{
	return put(object, key, container) ? NULL : container;
}

static int knobs_to_json(json_t *root, const struct host_snapshot *host)
{
	if (put_cpus(root, "workqueue_cpus", host->workqueue_cpus) ||
	    put_id(root, "watchdog", host->watchdog) ||
	    put_id(root, "nmi_watchdog", host->nmi_watchdog) ||
	    put_cpus(root, "watchdog_cpus", host->watchdog_cpus))
		return -ENOMEM;
	if (!host->irqs_known)
		return 0;
	if (host->irqs_left_out && put(root, "irqs_left_out", json_integer(host->irqs_left_out)))
		return -ENOMEM;
	return irqs_to_json(put_new(root, "irqs", json_array()), host);
}

static int snapshot_to_json(json_t *root, const struct host_snapshot *host)
{
	if (put(root, "version", json_integer(SNAPSHOT_VERSION)) ||
	    put_text(root, "hostname", host->hostname) ||
	    put_text(root, "kernel_release", host->kernel_release) ||
	    put_text(root, "kernel_version", host->kernel_version) ||
	    put_text(root, "machine", host->machine) || put_text(root, "cmdline", host->cmdline) ||
	    (host->page_size && put(root, "page_size", json_integer(host->page_size))) ||
	    put_some_cpus(root, "possible", host->possible) ||
	    put_some_cpus(root, "present", host->present) ||
	    put_some_cpus(root, "online", host->online) ||
	    put_cpus(root, "isolated", host->isolated) ||
	    put_cpus(root, "boot_isolated", host->boot_isolated) ||
	    put_cpus(root, "partitions", host->partitions) ||
	    put_text(root, "partition_names", host->partition_names) ||
	    put_text(root, "broken_partition", host->broken_partition) ||
	    put_text(root, "cpusets", snapshot_cpusets[host->cpusets]) ||
	    put_id(root, "numa_balancing", host->numa_balancing) ||
	    put_cpus(root, "nohz_full", host->nohz_full) ||
	    cpus_to_json(put_new(root, "cpus", json_array()), host) ||
	    put(root, "node_count", json_integer(host->node_count)))
		return -ENOMEM;
	if (host->distances && distances_to_json(put_new(root, "distances", json_array()), host))
		return -ENOMEM;
	if (host->domains.source &&
	    domains_to_json(put_new(root, "domains", json_object()), &host->domains))
		return -ENOMEM;
	if (ksm_to_json(put_new(root, "ksm", json_object()), host) ||
	    tasks_to_json(put_new(root, "tasks", json_array()), host) ||
	    vms_to_json(put_new(root, "vms", json_array()), host))
		return -ENOMEM;
	return knobs_to_json(root, host);
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
