// SPDX-License-Identifier: GPL-2.0-only
/* A CPU, and whether a task may come there, as JSON: see report_explain.h. */
#include <string.h>

#include "host/taskflags.h"
#include "output/json.h"
#include "output/report_doctor.h"
#include "output/report_explain.h"

static json_t *id_json(int id)
{
	return json_u64_if(id >= 0, (uint64_t)id);
}

/* null where it is not known. */
static json_t *known_cpus(hwloc_const_bitmap_t set)
{
	return set && !hwloc_bitmap_iszero(set) ? json_cpus(set) : json_null();
}

static json_t *domain_json(const struct host_domain *domain)
{
	json_t *object = json_object();

	json_put(&object, "level", json_u64(domain->level));
	json_put(&object, "name", json_text(domain->name));
	json_put(&object, "cpus", known_cpus(domain->span));
	json_put(&object, "flags", json_text(domain->flags));
	return object;
}

static json_t *membership_json(enum membership membership)
{
	if (membership == MEMBERSHIP_UNKNOWN)
		return json_null();
	return json_boolean(membership == MEMBERSHIP_SOME);
}

static json_t *cpu_json(const struct explanation *e)
{
	const struct host_domains *domains = &e->host->domains;
	const struct host_cpu *cpu = &e->host->cpus[e->cpu];
	const struct host_domain *domain;
	json_t *object = json_object(), *array = json_array();

	for (uint32_t level = 0; (domain = domains_get(domains, e->cpu, level)); level++)
		json_add(&array, domain_json(domain));
	json_put(&object, "cpu", json_u64(e->cpu));
	json_put(&object, "online",
		 hwloc_bitmap_iszero(e->host->online)
			 ? json_null()
			 : json_boolean(hwloc_bitmap_isset(e->host->online, e->cpu)));
	json_put(&object, "in_domains", membership_json(e->membership));
	json_put(&object, "nohz_full",
		 json_boolean(hwloc_bitmap_isset(e->host->nohz_full, e->cpu)));
	json_put(&object, "package", id_json(cpu->package));
	json_put(&object, "core", id_json(cpu->core));
	json_put(&object, "core_cpus", known_cpus(cpu->siblings));
	json_put(&object, "llc", id_json(cpu->llc));
	json_put(&object, "llc_cpus", known_cpus(e->llc));
	json_put(&object, "node", id_json(cpu->node));
	json_put(&object, "node_cpus", known_cpus(e->node));
	json_put(&object, "domains", array);
	json_put(&object, "domains_source", json_text(domains_source_name(domains->source)));
	json_put(&object, "domain_cpus_source", json_text(domains_source_name(domains->spans)));
	json_put(&object, "domain_flags_source", json_text(domains_source_name(domains->flags)));
	return object;
}

static json_t *distances_json(const struct host_snapshot *host)
{
	json_t *rows = json_array();

	if (!host->distances) {
		json_decref(rows);
		return json_null();
	}
	for (uint32_t i = 0; i < host->node_count; i++) {
		json_t *row = json_array();

		for (uint32_t j = 0; j < host->node_count; j++) {
			uint32_t distance = host->distances[i * host->node_count + j];

			json_add(&row, json_u64_if(distance, distance));
		}
		json_add(&rows, row);
	}
	return rows;
}

static json_t *host_json(const struct explanation *e)
{
	const struct host_snapshot *host = e->host;
	json_t *object = json_object();

	json_put(&object, "hostname", json_text(host->hostname));
	json_put(&object, "kernel_release", json_text(host->kernel_release));
	json_put(&object, "machine", json_text(host->machine));
	json_put(&object, "online_cpus", known_cpus(host->online));
	json_put(&object, "isolated_cpus", json_cpus(host->isolated));
	json_put(&object, "boot_isolated_cpus", json_cpus(host->boot_isolated));
	json_put(&object, "partition_cpus", json_cpus(host->partitions));
	json_put(&object, "partitions", json_text(host->partition_names));
	json_put(&object, "nohz_full_cpus", json_cpus(host->nohz_full));
	json_put(&object, "numa_type",
		 e->numa == NUMA_UNKNOWN ? json_null() : json_text(numa_type_name(e->numa)));
	json_put(&object, "numa_distances", distances_json(host));
	json_put(&object, "numa_balancing", id_json(host->numa_balancing));
	return object;
}

static json_t *flags_json(uint64_t flags)
{
	json_t *array = json_array();

	for (uint64_t bit = 1; bit; bit <<= 1)
		if (flags & bit && task_flag_name(bit))
			json_add(&array, json_text(task_flag_name(bit)));
	return array;
}

static json_t *ksm_json(const struct host_snapshot *host)
{
	json_t *object = json_object();

	for (uint32_t i = 0; i < host->ksm_file_count; i++)
		json_put(&object, host->ksm_files[i].name, json_text(host->ksm_files[i].value));
	return object;
}

static json_t *brief_json(const struct host_task *task)
{
	json_t *object = json_object();

	json_put(&object, "tid", json_u64(task->tid));
	json_put(&object, "pid", json_u64(task->pid));
	json_put(&object, "comm", json_text(task->comm));
	json_put(&object, "kernel_thread", json_boolean(task->flags & TASK_KTHREAD));
	json_put(&object, "policy", json_text(task_policy_name(task->policy)));
	json_put(&object, "allowed_cpus", json_cpus(task->allowed));
	return object;
}

static json_t *task_json(const struct explanation *e)
{
	const struct host_task *task = e->task;
	const struct task_cpuset *cpuset = e->cpuset;
	json_t *object;

	if (!task)
		return json_null();
	object = brief_json(task);
	json_put(&object, "parent_pid", json_u64(task->ppid));
	json_put(&object, "nice", json_integer(task->nice));
	json_put(&object, "rt_priority", json_integer(task->rt_priority));
	json_put(&object, "last_cpu", id_json(task->last_cpu));
	json_put(&object, "flags", json_u64(task->flags));
	json_put(&object, "flag_names", flags_json(task->flags));
	json_put(&object, "mask_origin", json_text(mask_origin_name(e->origin)));
	json_put(&object, "cpuset", json_text(cpuset ? cpuset->path : NULL));
	json_put(&object, "cpuset_cpus", cpuset ? known_cpus(cpuset->cpus) : json_null());
	json_put(&object, "more_matches", json_u64(e->others));
	json_put(&object, "ksm", e->is_ksmd ? ksm_json(e->host) : json_null());
	return object;
}

static json_t *ways_json(const struct reach *reach)
{
	json_t *array = json_array();

	for (int id = 0; id < REACH_WAYS; id++) {
		json_t *object;

		if (!reach->ways[id].asked)
			continue;
		object = json_object();
		json_put(&object, "way", json_text(reach_way_name(id)));
		json_put(&object, "answer", json_text(reach_answer_name(reach->ways[id].answer)));
		json_put(&object, "why", json_text(reach->ways[id].why));
		json_add(&array, object);
	}
	return array;
}

static json_t *answer_json(const struct explanation *e)
{
	json_t *object = json_object();

	if (!e->task) {
		json_decref(object);
		return json_null();
	}
	json_put(&object, "answer", json_text(reach_answer_name(e->reach.answer)));
	json_put(&object, "why", json_text(e->reach.why));
	json_put(&object, "keep_on_cpus", known_cpus(e->reach.home));
	json_put(&object, "ways", ways_json(&e->reach));
	return object;
}

json_t *report_explain_json(const struct explanation *explanation)
{
	json_t *object = json_object(), *array = json_array();

	for (uint32_t i = 0; i < explanation->movable_count; i++)
		json_add(&array, brief_json(explanation->movable[i]));
	json_put(&object, "host", host_json(explanation));
	json_put(&object, "cpu", cpu_json(explanation));
	json_put(&object, "findings", report_findings_json(&explanation->findings));
	json_put(&object, "task", task_json(explanation));
	json_put(&object, "reach", answer_json(explanation));
	json_put(&object, "movable_tasks", array);
	json_put(&object, "bound_tasks", json_u64(explanation->bound_count));
	return object;
}
