// SPDX-License-Identifier: GPL-2.0-only
/* The tables of a saved summary: rows, distributions, tasks. */
#include "analysis/saved_summary_internal.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "host/cpulist.h"

/* Where our id of one of the text's is kept; it is 0 where the task is new. */
static int our_id(struct saved_reading *reading, uint32_t id, uint32_t **ours)
{
	*ours = rows_find(&reading->ids, 0, id);
	if (!*ours)
		*ours = rows_make(&reading->ids, 0, id);
	return *ours ? 0 : -ENOMEM;
}

/* tid, pid and comm; an identity that was lost has none of them, all tasks of a name have comm
 * alone. */
static int read_identity(struct json_in *in, struct task_identity *identity, const json_t *object,
			 bool merged)
{
	const char *comm = json_string_value(json_object_get(object, "comm"));
	bool named = saved_is_known(object, "comm");
	int err;

	if (!saved_is_known(object, "tid") && !(merged && named)) {
		if (saved_is_known(object, "pid") || named)
			return json_in_refuse(in, "a task without tid has pid or comm");
		identity->task = TASK_UNKNOWN;
		return 0;
	}
	if (!comm || strlen(comm) >= TASK_COMM_LEN)
		return json_in_refuse(in, "comm is not a task's name");
	memcpy(identity->comm, comm, strlen(comm));
	if (merged)
		return 0;
	if (!json_object_get(object, "pid"))
		return json_in_refuse(in, "pid is missing");
	err = json_in_u32(in, &identity->tid, object, "tid", UINT32_MAX);
	if (!err && !saved_is_known(object, "pid"))
		return 0; /* a recording may not tell it */
	return err ? err : json_in_u32(in, &identity->pid, object, "pid", UINT32_MAX);
}

/* The idle task has a name of its own; others must be the same whenever they are named. */
static int take_identity(struct saved_reading *reading, uint32_t ours, bool is_new,
			 struct task_identity *identity, uint64_t id)
{
	const struct task_identity *known = task_table_get(&reading->saved->tasks, ours);

	if (is_new && identity->task != TASK_UNKNOWN) {
		identity->task = ours;
		return task_table_put(&reading->saved->tasks, identity);
	}
	if (is_new || ours == TASK_IDLE)
		return 0;
	if ((identity->task == TASK_UNKNOWN) != (known->task == TASK_UNKNOWN) ||
	    (identity->task != TASK_UNKNOWN &&
	     (identity->tid != known->tid || identity->pid != known->pid ||
	      strcmp(identity->comm, known->comm) != 0)))
		return json_in_refuse(&reading->in, "task %" PRIu64 " is two different ones", id);
	return 0;
}

/* Our id of the task that a key names; one that is null leaves what is there. */
static int read_task(struct saved_reading *reading, uint32_t *task, const json_t *parent,
		     const char *key)
{
	struct task_identity identity = { 0 };
	struct json_in *in = &reading->in;
	const json_t *object;
	uint32_t *ours;
	uint64_t id = 0;
	bool is_new;
	int err;

	if (!saved_is_known(parent, key))
		return 0;
	if ((err = saved_object(in, &object, parent, key)) ||
	    (err = saved_u64(in, &id, object, "id")))
		return err;
	if (id >= TASK_UNKNOWN)
		return json_in_refuse(in, "%s: no task has the id %" PRIu64, key, id);
	err = read_identity(in, &identity, object, reading->saved->merged != NULL);
	if (err || (err = our_id(reading, (uint32_t)id, &ours)))
		return err;
	is_new = id != TASK_IDLE && !*ours;
	if (is_new)
		*ours = reading->next_id++;
	*task = *ours;
	return take_identity(reading, *ours, is_new, &identity, id);
}

/* A pair of a bucket's lower bound and its count; before: the bucket before it, -1 at first. */
static int read_bucket(struct json_in *in, struct histogram *h, int *before, const json_t *pair)
{
	const json_t *lower = json_array_get(pair, 0), *count = json_array_get(pair, 1);
	unsigned int bucket;
	json_int_t n;

	if (json_array_size(pair) != 2 || !json_is_integer(lower) || !json_is_integer(count) ||
	    json_integer_value(lower) < 0 || json_integer_value(count) < 1)
		return json_in_refuse(in, "buckets has an element that is no pair of a time and a "
					  "count");
	n = json_integer_value(lower);
	bucket = loglin_bucket((uint64_t)n);
	if (loglin_lower(bucket) != (uint64_t)n)
		return json_in_refuse(in, "buckets: none begins at %" PRId64 " ns", (int64_t)n);
	if ((int)bucket <= *before)
		return json_in_refuse(in, "buckets are not in rising order");
	*before = (int)bucket;
	n = json_integer_value(count);
	if ((uint64_t)n > UINT64_MAX - h->count)
		return json_in_refuse(in, "buckets: their counts do not fit when added");
	return histogram_add_bucket(h, bucket, (uint64_t)n);
}

/*
 * Whether values of these buckets, of which one is the minimum and one the maximum, can have that
 * sum. Products of two numbers below 2^64 need more bits than one has.
 */
static bool sum_is_possible(const struct histogram *h, uint64_t min_ns, uint64_t max_ns,
			    uint64_t sum_ns)
{
	unsigned int first = loglin_bucket(min_ns), last = loglin_bucket(max_ns);
	unsigned __int128 least = 0, most = 0;
	uint64_t low = 0;

	for (unsigned int i = first; i <= last; i++) {
		uint64_t count = histogram_bucket_count(h, i), high;

		low = i == first ? min_ns : loglin_lower(i);
		high = i == last ? max_ns : loglin_lower(i + 1) - 1;
		least += (unsigned __int128)count * low;
		most += (unsigned __int128)count * high;
		if (i == first)
			most -= high - min_ns;
	}
	least += max_ns - low;
	return sum_ns >= least && sum_ns <= most;
}

static bool ends_fit(const struct histogram *h, uint64_t min_ns, uint64_t max_ns, int last)
{
	unsigned int first = loglin_bucket(min_ns);

	if (min_ns > max_ns || (int)loglin_bucket(max_ns) != last)
		return false;
	for (unsigned int i = 0; i < first; i++)
		if (histogram_bucket_count(h, i))
			return false;
	return histogram_bucket_count(h, first) > 0;
}

static int read_extremes(struct json_in *in, struct histogram *h, const json_t *object, int last)
{
	uint64_t total = 0, min_ns = 0, max_ns = 0;
	int err = saved_u64(in, &total, object, "total_ns");

	if (err)
		return err;
	if (!h->count)
		return total ? json_in_refuse(in, "total_ns is of no values") : 0;
	if ((err = saved_u64(in, &min_ns, object, "min_ns")) ||
	    (err = saved_u64(in, &max_ns, object, "max_ns")))
		return err;
	if (!ends_fit(h, min_ns, max_ns, last))
		return json_in_refuse(in, "min_ns and max_ns are not in the first and the last of "
					  "buckets");
	if (!sum_is_possible(h, min_ns, max_ns, total))
		return json_in_refuse(in, "total_ns cannot be the sum of what is in buckets");
	h->sum_ns = total;
	h->min_ns = min_ns;
	h->max_ns = max_ns;
	return 0;
}

static int read_distribution(struct json_in *in, struct histogram *h, const json_t *object)
{
	const json_t *buckets;
	uint64_t count = 0;
	int last = -1, err;

	if ((err = saved_u64(in, &count, object, "count")) ||
	    (err = saved_array(in, &buckets, object, "buckets")))
		return err;
	for (size_t i = 0; i < json_array_size(buckets); i++) {
		err = read_bucket(in, h, &last, json_array_get(buckets, i));
		if (err)
			return err;
	}
	if (h->count != count)
		return json_in_refuse(in, "count is %" PRIu64 ", but buckets have %" PRIu64, count,
				      h->count);
	return read_extremes(in, h, object, last);
}

/* Of a merged summary: in which of its files the maximum is. */
static int read_file(struct saved_reading *reading, uint16_t *file, const json_t *object)
{
	const struct merged *merged = reading->saved->merged;
	int64_t index = 0;
	int err;

	if (!merged)
		return 0;
	if (!saved_is_known(object, "max_file"))
		return json_in_refuse(&reading->in, "max_file is missing");
	err = json_in_number(&reading->in, &index, object, "max_file", 0,
			     (int64_t)merged->count - 1);
	*file = (uint16_t)index;
	return err;
}

static int read_spread(struct saved_reading *reading, struct summary_spread *spread,
		       const json_t *object)
{
	struct json_in *in = &reading->in;
	int err = read_distribution(in, &spread->ns, object);

	/* Without values, the place of the largest is nothing. */
	if (err || !spread->ns.count)
		return err;
	spread->max_cpu = CPU_UNKNOWN;
	spread->max_task = TASK_UNKNOWN;
	if ((err = saved_u64(in, &spread->max_at_ns, object, "max_at_ns")) ||
	    (err = saved_cpu_if(in, &spread->max_cpu, object, "max_cpu")) ||
	    (err = read_file(reading, &spread->max_file, object)))
		return err;
	return read_task(reading, &spread->max_task, object, "max_task");
}

static int read_spreads(struct saved_reading *reading, struct summary_row *row,
			const json_t *object)
{
	const struct {
		const char *key;
		struct summary_spread *spread;
	} spreads[] = { { "run", &row->run },
			{ "wake_delay", &row->wake_delay },
			{ "preempt_delay", &row->preempt_delay } };
	int err = 0;

	for (size_t i = 0; i < sizeof(spreads) / sizeof(spreads[0]) && !err; i++) {
		const json_t *value;

		err = saved_object(&reading->in, &value, object, spreads[i].key);
		if (err)
			return err;
		err = read_spread(reading, spreads[i].spread, value);
		if (err == -EINVAL)
			saved_refuse_at(&reading->in, "%s", spreads[i].key);
	}
	return err;
}

static int read_counts(struct json_in *in, struct summary_row *row, const json_t *object)
{
	const struct {
		const char *key;
		uint64_t *count;
	} counts[] = {
		{ "slices", &row->slices },
		{ "run_total_ns", &row->run_total_ns },
		{ "voluntary_switches", &row->voluntary },
		{ "involuntary_switches", &row->involuntary },
		{ "wakeups", &row->wakeups },
		{ "spare_wakeups", &row->spare_wakes },
		{ "migrations", &row->migrations },
		{ "moves", &row->moves },
		{ "gaps", &row->gaps },
		{ "cut_slices", &row->cut_slices },
		{ "unknown_delays", &row->unknown_delays },
	};
	const json_t *waiting;
	int err = 0;

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]) && !err; i++)
		err = saved_u64(in, counts[i].count, object, counts[i].key);
	row->gap_max_ns = row->gaps ? UINT64_MAX : 0;
	if (!err)
		err = saved_u64_if(in, &row->gap_max_ns, object, "gap_at_most_ns");
	if (err || (err = saved_object(in, &waiting, object, "waiting")) ||
	    (err = saved_u64(in, &row->cut_waits, waiting, "count")))
		return err;
	return saved_u64_if(in, &row->cut_wait_max_ns, waiting, "longest_ns");
}

/* Which row it is; a table's rows have no task, or no CPU, where they are not by it. */
static int read_key(struct saved_reading *reading, enum summary_by by, struct summary_row *row,
		    const json_t *object)
{
	bool has_task = saved_is_known(object, "task"), has_cpu = saved_is_known(object, "cpu");
	struct json_in *in = &reading->in;
	int err;

	row->task = TASK_UNKNOWN;
	row->cpu = CPU_UNKNOWN;
	if (has_task != (by != SUMMARY_BY_CPU))
		return json_in_refuse(in, has_task ? "a row by CPU has a task" : "task is missing");
	if (has_cpu != (by != SUMMARY_BY_TASK))
		return json_in_refuse(in, has_cpu ? "a row by task has a CPU" : "cpu is missing");
	if ((err = saved_cpu_if(in, &row->cpu, object, "cpu")))
		return err;
	return read_task(reading, &row->task, object, "task");
}

static bool sums_to(uint64_t sum, uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t added;

	return !__builtin_add_overflow(a, b, &added) && !__builtin_add_overflow(added, c, &added) &&
	       added == sum;
}

/* What summary.h says of how a row's numbers belong together. */
static int check_row(struct json_in *in, const struct summary_row *row)
{
	if (!sums_to(row->slices, row->run.ns.count, row->gaps, row->cut_slices))
		return json_in_refuse(in, "slices are not those of run, gaps and cut_slices");
	if (!sums_to(row->slices, row->wake_delay.ns.count, row->preempt_delay.ns.count,
		     row->unknown_delays))
		return json_in_refuse(in, "slices are not those with a delay and unknown_delays");
	if (row->run_total_ns < row->run.ns.sum_ns)
		return json_in_refuse(in, "run_total_ns is less than the total of run");
	if (row->spare_wakes > row->wakeups)
		return json_in_refuse(in, "spare_wakeups are more than wakeups");
	return 0;
}

static int read_values(struct saved_reading *reading, enum summary_by by, struct summary_row *row,
		       const json_t *object)
{
	struct json_in *in = &reading->in;
	int err;

	if ((err = read_counts(in, row, object)) || (err = read_spreads(reading, row, object)))
		return err;
	if (by == SUMMARY_BY_CPU)
		err = saved_u64_if(in, &row->idle_ns, object, "idle_ns");
	else
		err = saved_bool(in, &row->exited, object, "exited");
	return err ? err : check_row(in, row);
}

static int read_row(struct saved_reading *reading, enum summary_by by, struct summary *summary,
		    const json_t *object)
{
	struct summary_row row = { 0 };
	int err;

	if (!json_is_object(object))
		return json_in_refuse(&reading->in, "not an object");
	err = read_key(reading, by, &row, object);
	if (!err && summary_find(summary, row.task, row.cpu))
		err = json_in_refuse(&reading->in, "the same as a row before");
	if (!err)
		err = read_values(reading, by, &row, object);
	if (!err)
		err = summary_put(summary, &row);
	histogram_free(&row.run.ns);
	histogram_free(&row.wake_delay.ns);
	histogram_free(&row.preempt_delay.ns);
	return err;
}

static int read_table(struct saved_reading *reading, enum summary_by by, struct summary **summary,
		      const json_t *root)
{
	const char *name = summary_table_name(by);
	const json_t *array;
	int err;

	if (!json_object_get(root, name))
		return 0;
	err = saved_array(&reading->in, &array, root, name);
	if (err)
		return err;
	*summary = summary_new(by);
	if (!*summary)
		return -ENOMEM;
	for (size_t i = 0; i < json_array_size(array); i++) {
		err = read_row(reading, by, *summary, json_array_get(array, i));
		if (err)
			return err == -EINVAL ? saved_refuse_at(&reading->in, "%s[%zu]", name, i)
					      : err;
	}
	return 0;
}

int saved_read_tables(struct saved_reading *reading, const json_t *root)
{
	struct saved_summary *saved = reading->saved;
	int err;

	if ((err = read_table(reading, SUMMARY_BY_TASK, &saved->by_task, root)) ||
	    (err = read_table(reading, SUMMARY_BY_CPU, &saved->by_cpu, root)) ||
	    (err = read_table(reading, SUMMARY_BY_TASK_CPU, &saved->by_task_cpu, root)))
		return err;
	if (!saved->by_task && !saved->by_cpu && !saved->by_task_cpu)
		return json_in_refuse(&reading->in, "there is no table in it");
	return 0;
}
