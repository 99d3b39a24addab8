// SPDX-License-Identifier: GPL-2.0-only
/* Summaries of many traces added up: see merge.h. The files they are of: merge_files.c. */
#include "analysis/merge_internal.h"

#include <errno.h>
#include <search.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/family.h"

int merge_refuse(struct merge_told *told, int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(told->why, told->size, format, args);
	va_end(args);
	return err;
}

struct merge *merge_new(enum summary_by by, bool by_group)
{
	struct merge *merge = calloc(1, sizeof(*merge));

	if (!merge)
		return NULL;
	merge->by = by;
	merge->files.by_group = by_group;
	merge->rows = summary_new(by);
	merge->cpus = hwloc_bitmap_alloc();
	rows_init(&merge->places, by == SUMMARY_BY_CPU ? ROWS_BY_CPU : ROWS_BY_TASK,
		  sizeof(struct merge_places));
	if (merge->rows && merge->cpus)
		return merge;
	merge_free(merge);
	return NULL;
}

/* The tree's nodes have nothing of their own. */
static void free_nothing(void *group)
{
	(void)group;
}

void merge_free(struct merge *merge)
{
	if (!merge)
		return;
	merge_files_free(merge);
	summary_free(merge->rows);
	rows_free(&merge->places);
	hwloc_bitmap_free(merge->cpus);
	free(merge->rests_on);
	tdestroy(merge->by_name, free_nothing);
	for (uint32_t i = 0; i < merge->group_count; i++)
		free(merge->groups[i]);
	free(merge->groups);
	free(merge);
}

/* Tasks without a name come before all others. */
static int compare_groups(const void *a, const void *b)
{
	const struct merge_group *x = a, *y = b;

	if (x->nameless != y->nameless)
		return x->nameless ? -1 : 1;
	return strcmp(x->name, y->name);
}

static int make_group(struct merge *merge, const struct merge_group *like,
		      struct merge_group **group)
{
	struct merge_group **groups = merge->groups;
	uint32_t count = merge->group_count;

	/* In powers of two. */
	if (!(count & (count - 1))) {
		groups = realloc(groups,
				 (count ? 2 * (size_t)count : 1) * sizeof(struct merge_group *));
		if (!groups)
			return -ENOMEM;
		merge->groups = groups;
	}
	*group = malloc(sizeof(**group));
	if (!*group)
		return -ENOMEM;
	**group = *like;
	(*group)->id = count + 1;
	if (!tsearch(*group, &merge->by_name, compare_groups)) {
		free(*group);
		return -ENOMEM;
	}
	groups[merge->group_count++] = *group;
	return 0;
}

/* Our id of a task of a summary: that of its name. */
static int group_of(struct merge *merge, const struct saved_summary *saved, uint32_t task,
		    uint32_t *id)
{
	const struct task_identity *identity = task_table_get(&saved->tasks, task);
	struct merge_group like = { .nameless = identity->task == TASK_UNKNOWN }, *group;
	char name[FAMILY_NAME_MAX];
	void *found;
	int err;

	*id = task;
	if (task == TASK_IDLE)
		return 0;
	if (merge->files.by_group)
		family_group_name(name, identity->comm);
	else
		snprintf(name, sizeof(name), "%s", identity->comm);
	if (!like.nameless)
		snprintf(like.name, sizeof(like.name), "%.*s", TASK_COMM_LEN - 1, name);
	found = tfind(&like, &merge->by_name, compare_groups);
	if (found) {
		*id = (*(struct merge_group **)found)->id;
		return 0;
	}
	err = make_group(merge, &like, &group);
	if (!err)
		*id = group->id;
	return err;
}

static const size_t spreads[MERGE_SPREADS] = {
	offsetof(struct summary_row, run),
	offsetof(struct summary_row, wake_delay),
	offsetof(struct summary_row, preempt_delay),
};

static struct summary_spread *spread_of(struct summary_row *row, int i)
{
	return (struct summary_spread *)((char *)row + spreads[i]);
}

static const struct summary_spread *const_spread_of(const struct summary_row *row, int i)
{
	return (const struct summary_spread *)((const char *)row + spreads[i]);
}

static int compare_tasks(const struct merge *merge, uint32_t a, uint32_t b)
{
	if (a == b)
		return 0;
	if (a == TASK_IDLE || b == TASK_UNKNOWN)
		return -1;
	if (b == TASK_IDLE || a == TASK_UNKNOWN)
		return 1;
	return compare_groups(merge->groups[a - 1], merge->groups[b - 1]);
}

/* Whether a is the place to tell of two equal maxima: by nothing that depends on who came first. */
static bool is_before(const struct merge *merge, const struct merge_place *a,
		      const struct merge_place *b)
{
	int order;

	if (a->at_ns != b->at_ns)
		return a->at_ns < b->at_ns;
	if (a->cpu != b->cpu)
		return a->cpu < b->cpu;
	order = merged_file_compare(&merge->files.files[a->file], &merge->files.files[b->file]);
	return order ? order < 0 : compare_tasks(merge, a->task, b->task) < 0;
}

/* Whose maximum it is: in rows by name, that name's. */
static int place_task(struct merge *merge, const struct saved_summary *saved,
		      const struct summary_row *row, uint32_t max_task, uint32_t *task)
{
	*task = merge->by == SUMMARY_BY_CPU ? TASK_UNKNOWN : row->task;
	if (merge->by != SUMMARY_BY_CPU || max_task == TASK_UNKNOWN)
		return 0;
	return group_of(merge, saved, max_task, task);
}

/* Before a row is added to into (NULL: there is none yet). */
static int take_places(struct merge *merge, const struct saved_summary *saved,
		       const struct summary_row *row, const struct summary_row *into,
		       uint32_t first_file)
{
	struct merge_places *places = rows_find(&merge->places, row->cpu, row->task);

	if (!places)
		places = rows_make(&merge->places, row->cpu, row->task);
	if (!places)
		return -ENOMEM;
	for (int i = 0; i < MERGE_SPREADS; i++) {
		const struct summary_spread *from = const_spread_of(row, i);
		const struct summary_spread *to = into ? const_spread_of(into, i) : NULL;
		struct merge_place place = { .at_ns = from->max_at_ns,
					     .cpu = from->max_cpu,
					     .file = first_file + from->max_file };

		if (!from->ns.count)
			continue;
		if (place_task(merge, saved, row, from->max_task, &place.task))
			return -ENOMEM;
		if (!to || !to->ns.count || from->ns.max_ns > to->ns.max_ns ||
		    (from->ns.max_ns == to->ns.max_ns && is_before(merge, &place, &places->of[i])))
			places->of[i] = place;
	}
	return 0;
}

/* Whether JSON can tell a row's numbers. That a gap's bound is not known, it can. */
static bool fits(const struct summary_row *row)
{
	const uint64_t counts[] = { row->slices,	  row->run_total_ns,   row->voluntary,
				    row->involuntary,	  row->wakeups,	       row->spare_wakes,
				    row->migrations,	  row->moves,	       row->gaps,
				    row->cut_slices,	  row->unknown_delays, row->cut_waits,
				    row->cut_wait_max_ns, row->idle_ns };

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		if (counts[i] > INT64_MAX)
			return false;
	if (row->gap_max_ns > INT64_MAX && row->gap_max_ns != UINT64_MAX)
		return false;
	for (int i = 0; i < MERGE_SPREADS; i++) {
		const struct summary_spread *spread = const_spread_of(row, i);

		if (spread->ns.count > INT64_MAX || spread->ns.sum_ns > INT64_MAX ||
		    spread->ns.max_ns > INT64_MAX || spread->max_at_ns > INT64_MAX)
			return false;
	}
	return true;
}

static int add_row(struct merge *merge, const struct saved_summary *saved,
		   const struct summary_row *from, uint32_t first_file)
{
	struct summary_row row = *from; /* its buckets stay those of from */
	int err = 0;

	/* A move away from a target CPU makes a row for a CPU that is none. */
	if (merge->by == SUMMARY_BY_CPU && !hwloc_bitmap_isset(saved->meta.target_cpus, from->cpu))
		return 0;
	if (merge->by == SUMMARY_BY_TASK) {
		row.cpu = CPU_UNKNOWN;
		err = group_of(merge, saved, from->task, &row.task);
	}
	if (err)
		return err;
	err = take_places(merge, saved, &row, summary_find(merge->rows, row.task, row.cpu),
			  first_file);
	if (!err)
		err = summary_put(merge->rows, &row);
	if (!err && !fits(summary_find(merge->rows, row.task, row.cpu)))
		err = -ERANGE;
	return err;
}

/* The table that the merge is by: rows by task and CPU are rows by task, too, in parts. */
static const struct summary *table_of(const struct merge *merge, const struct saved_summary *saved)
{
	if (merge->by == SUMMARY_BY_CPU)
		return saved->by_cpu;
	return saved->by_task ? saved->by_task : saved->by_task_cpu;
}

static int check_input(const struct merge *merge, const struct saved_summary *saved,
		       struct merge_told *told)
{
	if (!table_of(merge, saved))
		return merge_refuse(told, -EINVAL, "it has no rows by %s",
				    merge->by == SUMMARY_BY_CPU ? "CPU" : "task");
	if (saved->merged && saved->merged->by_group && !merge->files.by_group)
		return merge_refuse(told, -EINVAL,
				    "it was merged with --group: its names are not known any more");
	return 0;
}

static enum summary_by table_merged(const struct merge *merge, const struct saved_summary *saved)
{
	return merge->by == SUMMARY_BY_TASK && !saved->by_task ? SUMMARY_BY_TASK_CPU : merge->by;
}

int merge_add(struct merge *merge, const struct saved_summary *saved, const char *file, char *why,
	      size_t why_size)
{
	struct merge_told told = { why, why_size };
	const struct summary *table = table_of(merge, saved);
	uint32_t first_file = merge->files.count;
	const struct summary_row *const *rows;
	uint32_t n;
	int err;

	if ((err = check_input(merge, saved, &told)) ||
	    (err = merge_files_add(merge, saved, table_merged(merge, saved), file, &told)))
		return err;
	n = summary_rows(table, &rows);
	for (uint32_t i = 0; i < n; i++) {
		err = add_row(merge, saved, rows[i], first_file);
		if (err == -ERANGE)
			merge_refuse(&told, err, "the counts do not fit when added");
		if (err)
			return err;
	}
	return 0;
}

static int compare_group_places(const void *a, const void *b)
{
	return compare_groups(*(struct merge_group *const *)a, *(struct merge_group *const *)b);
}

/* In rows by CPU, names whose maximum was outdone are not in the result: ids must not tell of them.
 */
static void mark_used(struct merge *merge)
{
	for (uint32_t i = 0; i < merge->places.count; i++) {
		const struct merge_places *places = merge->places.all[i];

		for (int j = 0; j < MERGE_SPREADS; j++)
			if (places->of[j].task != TASK_IDLE && places->of[j].task != TASK_UNKNOWN)
				merge->groups[places->of[j].task - 1]->used = true;
	}
	if (merge->by == SUMMARY_BY_TASK)
		for (uint32_t i = 0; i < merge->group_count; i++)
			merge->groups[i]->used = true;
}

/* The result's ids, by name. groups stays as it is: our ids are places in it. */
static int number_groups(struct merge *merge, struct task_table *tasks)
{
	struct merge_group **sorted =
		malloc((merge->group_count + 1) * sizeof(struct merge_group *));
	uint32_t next = TASK_IDLE + 1;
	int err = 0;

	if (!sorted)
		return -ENOMEM;
	if (merge->group_count)
		memcpy(sorted, merge->groups, merge->group_count * sizeof(*sorted));
	qsort(sorted, merge->group_count, sizeof(*sorted), compare_group_places);
	mark_used(merge);
	for (uint32_t i = 0; i < merge->group_count && !err; i++) {
		struct task_identity identity = { .task = next };

		if (!sorted[i]->used)
			continue;
		sorted[i]->number = next++;
		memcpy(identity.comm, sorted[i]->name, sizeof(identity.comm));
		if (!sorted[i]->nameless)
			err = task_table_put(tasks, &identity);
	}
	free(sorted);
	return err;
}

static uint32_t number_of(const struct merge *merge, uint32_t task)
{
	return task == TASK_IDLE || task == TASK_UNKNOWN ? task : merge->groups[task - 1]->number;
}

static int put_row(const struct merge *merge, struct summary *into, const struct summary_row *from,
		   const uint16_t *file_numbers)
{
	const struct merge_places *places = rows_find(&merge->places, from->cpu, from->task);
	struct summary_row row = *from;

	row.task = number_of(merge, from->task);
	for (int i = 0; i < MERGE_SPREADS; i++) {
		struct summary_spread *spread = spread_of(&row, i);

		if (!spread->ns.count)
			continue;
		spread->max_at_ns = places->of[i].at_ns;
		spread->max_cpu = places->of[i].cpu;
		spread->max_file = file_numbers[places->of[i].file];
		spread->max_task = number_of(merge, places->of[i].task);
	}
	return summary_put(into, &row);
}

/* In the order of their names, or of CPUs: sums of them must not depend on how they came, either.
 */
static int put_rows(const struct merge *merge, struct summary *into, const uint16_t *file_numbers)
{
	const struct summary_row *const *rows;
	uint32_t n = summary_rows(merge->rows, &rows);
	const struct summary_row **by_number =
		calloc((size_t)merge->group_count + UINT16_MAX + 2, sizeof(*by_number));
	size_t last = 0;
	int err = 0;

	if (!by_number)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++) {
		size_t number = merge->by == SUMMARY_BY_CPU ? rows[i]->cpu
							    : number_of(merge, rows[i]->task);

		by_number[number] = rows[i];
		last = number > last ? number : last;
	}
	for (size_t i = 0; i <= last && !err; i++)
		if (by_number[i])
			err = put_row(merge, into, by_number[i], file_numbers);
	free(by_number);
	return err;
}

static int make_result(struct merge *merge, struct saved_summary *result, struct merge_told *told)
{
	struct summary **into = merge->by == SUMMARY_BY_CPU ? &result->by_cpu : &result->by_task;
	uint16_t *file_numbers = calloc((size_t)merge->files.count + 1, sizeof(*file_numbers));
	int err = file_numbers ? task_table_init(&result->tasks) : -ENOMEM;

	if (!err)
		err = number_groups(merge, &result->tasks);
	/* Takes the files: from here on they are the result's. */
	if (!err)
		err = merge_files_finish(merge, result, file_numbers, told);
	*into = err ? NULL : summary_new(merge->by);
	if (!err)
		err = *into ? put_rows(merge, *into, file_numbers) : -ENOMEM;
	free(file_numbers);
	return err;
}

int merge_finish(struct merge *merge, struct saved_summary *result, char *why, size_t why_size)
{
	struct merge_told told = { why, why_size };
	int err;

	memset(result, 0, sizeof(*result));
	err = make_result(merge, result, &told);
	if (err)
		saved_summary_free(result);
	return err;
}

int merge_total(const struct saved_summary *merged, struct summary **total)
{
	const struct summary_row *const *rows;
	uint32_t n = summary_rows(merged->by_cpu ? merged->by_cpu : merged->by_task, &rows);
	int err = 0;

	*total = summary_new(SUMMARY_BY_CPU);
	if (!*total)
		return -ENOMEM;
	for (uint32_t i = 0; i < n && !err; i++) {
		struct summary_row row = *rows[i];

		row.cpu = 0;
		err = summary_put(*total, &row);
	}
	if (!err && n && !fits(summary_find(*total, 0, 0)))
		err = -ERANGE;
	if (err) {
		summary_free(*total);
		*total = NULL;
	}
	return err;
}
