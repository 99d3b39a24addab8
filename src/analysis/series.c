// SPDX-License-Identifier: GPL-2.0-only
/* Series of a CPU and a group of tasks: see series.h. */
#include "analysis/series.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMELESS "?"

/* A group's time, at first that of one of its tasks. */
struct ranked {
	char name[FAMILY_NAME_MAX];
	uint64_t total_ns;
};

static void name_group(char name[FAMILY_NAME_MAX], const char *comm, size_t (*clean)(char *text))
{
	char text[TASK_COMM_LEN];

	snprintf(text, sizeof(text), "%.*s", TASK_COMM_LEN - 1, comm);
	if (clean)
		clean(text);
	family_group_name(name, *text ? text : NAMELESS);
}

static uint64_t add_clamped(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct ranked *)a)->name, ((const struct ranked *)b)->name);
}

/* What is other by its own name comes last: it can not be kept. */
static int by_rank(const void *a, const void *b)
{
	const struct ranked *one = a, *two = b;
	int order = !strcmp(one->name, SERIES_OTHER) - !strcmp(two->name, SERIES_OTHER);

	if (order)
		return order;
	if (one->total_ns != two->total_ns)
		return one->total_ns < two->total_ns ? 1 : -1;
	return strcmp(one->name, two->name);
}

/* Sorted, one of each name, their times added up; how many. */
static uint32_t add_up(struct ranked *ranked, uint32_t n)
{
	uint32_t kept = 0;

	qsort(ranked, n, sizeof(*ranked), by_name);
	for (uint32_t i = 0; i < n; i++) {
		struct ranked *last = kept ? &ranked[kept - 1] : NULL;

		if (last && !by_name(last, &ranked[i]))
			last->total_ns = add_clamped(last->total_ns, ranked[i].total_ns);
		else
			ranked[kept++] = ranked[i];
	}
	return kept;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* The names of those that are kept, and other. Takes ranked as it wants. */
static int choose(struct series *series, struct ranked *ranked, uint32_t n, uint32_t max_tasks)
{
	uint32_t kept;

	n = add_up(ranked, n);
	qsort(ranked, n, sizeof(*ranked), by_rank);
	kept = n < max_tasks ? n : max_tasks;
	if (kept && !strcmp(ranked[kept - 1].name, SERIES_OTHER))
		kept--;
	series->names = calloc((size_t)kept + 1, sizeof(*series->names));
	if (!series->names)
		return -ENOMEM;
	for (uint32_t i = 0; i < kept; i++)
		strcpy(series->names[i], ranked[i].name);
	strcpy(series->names[kept], SERIES_OTHER);
	series->name_count = kept + 1;
	series->left_out = n - kept;
	qsort(series->names, series->name_count, sizeof(*series->names), compare_names);
	return 0;
}

static uint32_t find_name(const struct series *series, const char *name)
{
	const char(*found)[FAMILY_NAME_MAX] = bsearch(name, series->names, series->name_count,
						      sizeof(*series->names), compare_names);

	return found ? found - series->names : find_name(series, SERIES_OTHER);
}

uint32_t series_group(const struct series *series, const char *comm)
{
	char name[FAMILY_NAME_MAX];

	name_group(name, comm, series->clean);
	return find_name(series, name);
}

static bool says_something(const struct summary_row *row)
{
	return row->slices || row->cut_waits || row->run.ns.count || row->wake_delay.ns.count ||
	       row->preempt_delay.ns.count;
}

/* The i-th row of what is given, as a summary's; its histograms stay the giver's. */
struct given {
	const struct summary_row *const *rows;
	struct distribution_row *const *distributions; /* instead */
	uint32_t count;
	const struct task_table *tasks;
};

static struct summary_row given_row(const struct given *given, uint32_t i)
{
	const struct distribution_row *from;
	struct summary_row row = { 0 };

	if (given->rows)
		return *given->rows[i];
	from = given->distributions[i];
	row.task = from->task;
	row.cpu = from->cpu;
	row.run_total_ns = from->run.sum_ns;
	row.run.ns = from->run;
	row.wake_delay.ns = from->wake_delay;
	row.preempt_delay.ns = from->preempt_delay;
	return row;
}

static const char *given_comm(const struct given *given, const struct summary_row *row)
{
	return task_table_get(given->tasks, row->task)->comm;
}

static int rank(struct series *series, const struct given *given, uint32_t max_tasks)
{
	struct ranked *ranked = calloc((size_t)given->count + 1, sizeof(*ranked));
	uint32_t n = 0;
	int err;

	if (!ranked)
		return -ENOMEM;
	for (uint32_t i = 0; i < given->count; i++) {
		struct summary_row row = given_row(given, i);

		if (!says_something(&row))
			continue;
		name_group(ranked[n].name, given_comm(given, &row), series->clean);
		ranked[n].total_ns =
			add_clamped(row.run_total_ns, add_clamped(row.wake_delay.ns.sum_ns,
								  row.preempt_delay.ns.sum_ns));
		n++;
	}
	err = choose(series, ranked, n, max_tasks);
	free(ranked);
	return err;
}

/* To the row of its CPU goes all but the distributions. */
static int merge_cpu(struct series *series, const struct summary_row *row)
{
	struct summary_row counts = *row;

	memset(&counts.run, 0, sizeof(counts.run));
	memset(&counts.wake_delay, 0, sizeof(counts.wake_delay));
	memset(&counts.preempt_delay, 0, sizeof(counts.preempt_delay));
	return summary_put(series->by_cpu, &counts);
}

static int merge(struct series *series, const struct given *given)
{
	int err = 0;

	for (uint32_t i = 0; i < given->count && !err; i++) {
		struct summary_row row = given_row(given, i);

		if (!says_something(&row))
			continue;
		row.task = series_group(series, given_comm(given, &row));
		err = summary_put(series->by_group, &row);
		if (!err && !series->durations_only)
			err = merge_cpu(series, &row);
	}
	return err;
}

static int by_cpu_then_task(const void *a, const void *b)
{
	const struct summary_row *one = *(const struct summary_row *const *)a;
	const struct summary_row *two = *(const struct summary_row *const *)b;

	if (one->cpu != two->cpu)
		return one->cpu < two->cpu ? -1 : 1;
	return (one->task > two->task) - (one->task < two->task);
}

static int sort_rows(const struct summary *summary, const struct summary_row ***sorted, uint32_t *n)
{
	const struct summary_row *const *rows;
	uint32_t count = summary_rows(summary, &rows);

	*sorted = calloc((size_t)count + 1, sizeof(**sorted));
	if (!*sorted)
		return -ENOMEM;
	*n = count;
	for (uint32_t i = 0; i < count; i++)
		(*sorted)[i] = rows[i];
	qsort(*sorted, count, sizeof(**sorted), by_cpu_then_task);
	return 0;
}

static int make(struct series *series, const struct given *given, uint32_t max_tasks)
{
	int err;

	for (uint32_t i = 0; i < given->count; i++) {
		struct summary_row row = given_row(given, i);

		if (row.task == TASK_UNKNOWN || (row.cpu == CPU_UNKNOWN) != series->of_all_cpus)
			return -EINVAL;
	}
	series->by_group = summary_new(SUMMARY_BY_TASK_CPU);
	series->by_cpu = summary_new(SUMMARY_BY_CPU);
	err = series->by_group && series->by_cpu ? rank(series, given, max_tasks) : -ENOMEM;
	if (!err)
		err = merge(series, given);
	if (!err)
		err = sort_rows(series->by_group, &series->rows, &series->row_count);
	return err ? err : sort_rows(series->by_cpu, &series->cpus, &series->cpu_count);
}

static int make_or_free(struct series *series, const struct given *given,
			const struct series_options *options)
{
	int err;

	memset(series, 0, sizeof(*series));
	series->clean = options->clean;
	series->of_all_cpus = options->of_all_cpus;
	series->durations_only = given->distributions;
	err = make(series, given, options->max_tasks);
	if (err)
		series_free(series);
	return err;
}

int series_from_summary(struct series *series, const struct summary *summary,
			const struct task_table *tasks, const struct series_options *options)
{
	struct given given = { .tasks = tasks };

	given.count = summary_rows(summary, &given.rows);
	return make_or_free(series, &given, options);
}

int series_from_distribution(struct series *series, struct distribution *distribution,
			     const struct task_table *tasks, const struct series_options *options)
{
	struct given given = { .tasks = tasks };

	given.count = distribution_rows(distribution, &given.distributions);
	return make_or_free(series, &given, options);
}

/* The row of a CPU and a group, or the number of rows. */
static uint32_t find_row(const struct series *series, uint16_t cpu, uint32_t group)
{
	const struct summary_row key = { .cpu = cpu, .task = group }, *to_key = &key;
	const struct summary_row **found = bsearch(&to_key, series->rows, series->row_count,
						   sizeof(*series->rows), by_cpu_then_task);

	return found ? found - series->rows : series->row_count;
}

int series_add_trespasses(struct series *series, const struct placement_counts *counts,
			  const struct task_table *tasks)
{
	const struct tally *tally = &counts->trespasses;

	series->trespasses = calloc((size_t)series->row_count + 1, sizeof(*series->trespasses));
	if (!series->trespasses)
		return -ENOMEM;
	/* What has no row is counted behind the last one: there is none if both had the same
	 * events. */
	for (uint64_t i = 0; i < tally->slot_count; i++) {
		const struct tally_slot *slot = &tally->slots[i];
		uint32_t group;

		if (!slot->count)
			continue;
		group = series_group(series, task_table_get(tasks, slot->row)->comm);
		series->trespasses[find_row(series, slot->value, group)] += slot->count;
	}
	return 0;
}

void series_free(struct series *series)
{
	free(series->names);
	free(series->rows);
	free(series->cpus);
	free(series->trespasses);
	summary_free(series->by_group);
	summary_free(series->by_cpu);
	memset(series, 0, sizeof(*series));
}
