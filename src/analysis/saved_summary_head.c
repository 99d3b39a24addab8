// SPDX-License-Identifier: GPL-2.0-only
/* The head of a saved summary: host, trace, losses, and what the report left out. */
#include "analysis/saved_summary_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/cpulist.h"

static int read_host(struct saved_reading *reading, const json_t *root)
{
	struct host_snapshot *host = &reading->saved->host;
	struct json_in *in = &reading->in;
	const json_t *object;
	int err;

	host->numa_balancing = host->watchdog = host->nmi_watchdog = -1;
	if (!saved_is_known(root, "host"))
		return 0;
	if ((err = saved_object(in, &object, root, "host")) ||
	    (err = saved_text_if(in, &host->hostname, object, "hostname")) ||
	    (err = saved_text_if(in, &host->kernel_release, object, "kernel_release")) ||
	    (err = saved_text_if(in, &host->kernel_version, object, "kernel_version")) ||
	    (err = saved_text_if(in, &host->machine, object, "machine")) ||
	    (err = saved_cpus_if(in, &host->online, object, "online_cpus")) ||
	    (err = saved_cpus_if(in, &host->isolated, object, "isolated_cpus")) ||
	    (err = saved_cpus_if(in, &host->nohz_full, object, "nohz_full_cpus")))
		return err;
	reading->saved->has_host = true;
	reading->saved->kernel = host->kernel_release;
	return 0;
}

static int read_trace(struct saved_reading *reading, const json_t *object)
{
	struct saved_summary *saved = reading->saved;
	struct trace_meta *meta = &saved->meta;
	struct json_in *in = &reading->in;
	int err;

	if (!saved_is_known(object, "cpus"))
		return json_in_refuse(in, "cpus is missing");
	if ((err = saved_cpus_if(in, &meta->target_cpus, object, "cpus")) ||
	    (err = saved_u64(in, &meta->start_ns, object, "start_ns")) ||
	    (err = saved_u64_if(in, &meta->end_ns, object, "end_ns")) ||
	    (err = saved_bool(in, &meta->all_cpus, object, "all_cpus")) ||
	    (err = saved_text_if(in, &meta->task_filter, object, "task_filter")) ||
	    (err = saved_text_if(in, &meta->command, object, "command")) ||
	    (err = saved_text_if(in, &meta->rests_on, object, "rests_on")) ||
	    (err = saved_bool(in, &meta->incomplete, object, "incomplete")) ||
	    (err = saved_text_if(in, &saved->damage, object, "damage")))
		return err;
	saved->damaged = saved->damage != NULL;
	if (!saved_is_known(object, "realtime_offset_ns"))
		return 0;
	return json_in_number(in, &meta->realtime_offset_ns, object, "realtime_offset_ns",
			      INT64_MIN, INT64_MAX);
}

static int read_filter(struct saved_reading *reading, const json_t *object)
{
	struct summary_scope *scope = &reading->saved->scope;
	struct json_in *in = &reading->in;
	const json_t *filter;
	int err;

	if (!saved_is_known(object, "filter"))
		return 0;
	if ((err = saved_object(in, &filter, object, "filter")) ||
	    (err = saved_cpus_if(in, &scope->cpus, filter, "cpus")) ||
	    (err = saved_text_if(in, &scope->tasks, filter, "tasks")) ||
	    (err = saved_u64_if(in, &scope->from_ns, filter, "from_ns")))
		return err;
	return saved_u64_if(in, &scope->to_ns, filter, "to_ns");
}

static int read_rows_left_out(struct saved_reading *reading, const json_t *object)
{
	const json_t *counts;
	int err = saved_object(&reading->in, &counts, object, "rows_left_out");

	for (enum summary_by by = 0; by < SUMMARY_TABLES && !err; by++) {
		uint64_t n = 0;

		err = saved_u64(&reading->in, &n, counts, summary_table_name(by));
		if (!err && n > UINT32_MAX)
			err = json_in_refuse(&reading->in, "rows_left_out does not fit");
		reading->saved->scope.rows_left_out[by] = n;
		reading->saved->rows_left_out |= n > 0;
	}
	return err;
}

/* What the report left out is not in the rows: meta tells of what is. */
static int narrow(struct saved_reading *reading, const json_t *object)
{
	struct saved_summary *saved = reading->saved;
	struct summary_scope *scope = &saved->scope;
	struct trace_meta *meta = &saved->meta;
	struct json_in *in = &reading->in;
	int err;

	meta->end_ns = 0;
	if ((err = saved_u64(in, &meta->start_ns, object, "start_ns")) ||
	    (err = saved_u64_if(in, &meta->end_ns, object, "end_ns")))
		return err;
	if (meta->end_ns && meta->end_ns < meta->start_ns)
		return json_in_refuse(in, "end_ns is before start_ns");
	if (scope->cpus) {
		meta->all_cpus = false;
		if (hwloc_bitmap_and(meta->target_cpus, meta->target_cpus, scope->cpus))
			return -ENOMEM;
	}
	if (!scope->tasks || meta->task_filter)
		return 0;
	meta->task_filter = strdup(scope->tasks);
	return meta->task_filter ? 0 : -ENOMEM;
}

static int read_scope(struct saved_reading *reading, const json_t *object)
{
	int err;

	if ((err = read_filter(reading, object)) || (err = read_rows_left_out(reading, object)))
		return err;
	reading->saved->filtered = summary_scope_filters(&reading->saved->scope);
	return narrow(reading, object);
}

/* The CPU of an entry, which must be above the one before: cpu's value, -1 at first. */
static int next_cpu(struct json_in *in, int64_t *cpu, const json_t *entry)
{
	int64_t before = *cpu;

	if (!json_object_get(entry, "cpu"))
		return json_in_refuse(in, "cpu is missing");
	if (json_in_number(in, cpu, entry, "cpu", 0, CPULIST_CPU_MAX - 1))
		return -EINVAL;
	return *cpu > before ? 0 : json_in_refuse(in, "CPUs are not in rising order");
}

/* Raises last to the highest CPU of an array's entries. */
static int find_last_cpu(struct json_in *in, int64_t *last, const json_t *array, const char *name)
{
	int64_t cpu = -1;
	int err;

	for (size_t i = 0; i < json_array_size(array); i++) {
		err = next_cpu(in, &cpu, json_array_get(array, i));
		if (err)
			return saved_refuse_at(in, "%s[%zu]", name, i);
	}
	*last = cpu > *last ? cpu : *last;
	return 0;
}

/* One CPU more than the highest: there is always one that lost nothing. */
static int allocate_cpus(struct saved_summary *saved, int64_t last)
{
	uint32_t count = (uint32_t)last + 2;

	saved->meta.cpus = calloc(count, sizeof(*saved->meta.cpus));
	saved->losses.cpus = calloc(count, sizeof(*saved->losses.cpus));
	if (!saved->meta.cpus || !saved->losses.cpus)
		return -ENOMEM;
	saved->meta.cpu_count = count;
	saved->losses.cpu_count = count;
	return 0;
}

static int read_bursts(struct json_in *in, struct loss_window *window, const json_t *object)
{
	int err;

	if ((err = saved_u64(in, &window->bursts, object, "bursts")) ||
	    (err = saved_u64_if(in, &window->first_ns, object, "first_ns")))
		return err;
	return saved_u64_if(in, &window->last_ns, object, "last_ns");
}

/* A sum that JSON could not tell again does not fit either. */
static int add_to(struct json_in *in, uint64_t *sum, uint64_t more)
{
	if (__builtin_add_overflow(*sum, more, sum) || *sum > INT64_MAX)
		return json_in_refuse(in, "the counts do not fit when added");
	return 0;
}

/*
 * What one CPU lost; lost sums up all kinds of all CPUs. Merged losses are of no CPU: they are told
 * as those of one, and kept on CPU 0.
 */
static int read_cpu_losses(struct saved_reading *reading, const json_t *entry, uint64_t *lost,
			   uint64_t *made)
{
	static const char *const kinds[LOST_KINDS] = { "slices", "tasks", "moves", "choices" };
	uint32_t cpu = (uint32_t)json_integer_value(json_object_get(entry, "cpu"));
	struct loss_window *window = &reading->saved->losses.cpus[cpu];
	struct loss_window *all = &reading->saved->losses.all;
	struct cpu_counts *counts = &reading->saved->meta.cpus[cpu];
	struct json_in *in = &reading->in;
	int err;

	for (int kind = 0; kind < LOST_KINDS; kind++) {
		if ((err = saved_u64(in, &counts->lost[kind], entry, kinds[kind])) ||
		    (err = add_to(in, lost, counts->lost[kind])))
			return err;
		window->count[kind] = counts->lost[kind];
		all->count[kind] += counts->lost[kind];
	}
	if ((err = saved_u64(in, &counts->state_lost, entry, "states")) ||
	    (err = add_to(in, lost, counts->state_lost)) ||
	    (err = saved_u64_if(in, &counts->slices_made, entry, "slices_made")) ||
	    (err = add_to(in, made, counts->slices_made)))
		return err;
	return read_bursts(in, window, entry);
}

static int read_lossy_cpus(struct saved_reading *reading, const json_t *cpus, uint64_t *lost,
			   uint64_t *made)
{
	for (size_t i = 0; i < json_array_size(cpus); i++) {
		int err = read_cpu_losses(reading, json_array_get(cpus, i), lost, made);

		if (err)
			return saved_refuse_at(&reading->in, "cpus[%zu]", i);
	}
	return 0;
}

static int read_offline(struct saved_reading *reading, const json_t *offline)
{
	struct losses *losses = &reading->saved->losses;

	for (size_t i = 0; i < json_array_size(offline); i++) {
		const json_t *entry = json_array_get(offline, i);
		struct loss_window *window =
			&losses->cpus[json_integer_value(json_object_get(entry, "cpu"))];

		if (saved_u64(&reading->in, &window->offline_ns, entry, "offline_ns") ||
		    add_to(&reading->in, &losses->all.offline_ns, window->offline_ns))
			return saved_refuse_at(&reading->in, "offline[%zu]", i);
	}
	return 0;
}

/* The slices that CPUs without losses made are told of all of them together. */
static int read_slices_made(struct saved_reading *reading, const json_t *object,
			    const json_t *lossy_cpus, uint64_t of_lossy)
{
	uint64_t made = of_lossy;
	uint32_t cpu = 0;
	int err = saved_u64_if(&reading->in, &made, object, "slices_made");

	if (err)
		return err;
	if (made < of_lossy)
		return json_in_refuse(&reading->in, "slices_made are fewer than its CPUs'");
	/* They are in rising order. */
	for (size_t i = 0; i < json_array_size(lossy_cpus); i++, cpu++)
		if (json_integer_value(json_object_get(json_array_get(lossy_cpus, i), "cpu")) !=
		    cpu)
			break;
	reading->saved->meta.cpus[cpu].slices_made += made - of_lossy;
	return 0;
}

static int read_losses(struct saved_reading *reading, const json_t *object)
{
	struct saved_summary *saved = reading->saved;
	uint64_t total = 0, lost = 0, made = 0, skipped = 0;
	struct json_in *in = &reading->in;
	const json_t *cpus, *offline;
	int64_t last = saved->merged ? 0 : hwloc_bitmap_last(saved->meta.target_cpus);
	int err;

	if ((err = saved_array(in, &cpus, object, "cpus")) ||
	    (err = saved_array(in, &offline, object, "offline")) ||
	    (err = find_last_cpu(in, &last, cpus, "cpus")) ||
	    (err = find_last_cpu(in, &last, offline, "offline")) ||
	    (err = allocate_cpus(saved, last)) ||
	    (err = saved->merged ? read_cpu_losses(reading, object, &lost, &made)
				 : read_lossy_cpus(reading, cpus, &lost, &made)) ||
	    (err = read_offline(reading, offline)) ||
	    (err = read_slices_made(reading, object, cpus, made)) ||
	    (err = read_bursts(in, &saved->losses.all, object)) ||
	    (err = saved_u64(in, &skipped, object, "programs_skipped")) ||
	    (err = add_to(in, &lost, skipped)) || (err = saved_u64(in, &total, object, "total")))
		return err;
	saved->meta.cpus[0].programs_skipped = skipped;
	return lost == total ? 0 : json_in_refuse(in, "total is not the sum of the counts");
}

int saved_read_head(struct saved_reading *reading, const json_t *root)
{
	static const struct {
		const char *key;
		int (*read)(struct saved_reading *reading, const json_t *object);
	} parts[] = { { "trace", read_trace },
		      { "losses", read_losses },
		      { "summary", read_scope } };
	struct json_in *in = &reading->in;
	int err;

	/* Older versions, and other reports. */
	if (!json_is_object(json_object_get(root, "summary")))
		return json_in_refuse(in, "not the JSON of a summary that can be read back "
					  "(interloper summary --json makes it)");
	err = read_host(reading, root);
	if (err)
		return err == -EINVAL ? saved_refuse_at(in, "host") : err;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		const json_t *object;

		err = saved_object(in, &object, root, parts[i].key);
		if (err)
			return err;
		err = parts[i].read(reading, object);
		if (err)
			return err == -EINVAL ? saved_refuse_at(in, "%s", parts[i].key) : err;
	}
	return 0;
}
