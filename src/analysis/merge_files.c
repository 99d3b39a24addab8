// SPDX-License-Identifier: GPL-2.0-only
/* The files of which summaries are added up, and what is said of them all: see merge.h. */
#include "analysis/merge_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare_texts(const char *a, const char *b)
{
	if (!a || !b)
		return !!a - !!b;
	return strcmp(a, b);
}

static int compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int compare_losses(const struct loss_view *a, const struct loss_view *b)
{
	int order = compare_numbers(a->state_lost, b->state_lost);

	for (int kind = 0; kind < LOST_KINDS && !order; kind++)
		order = compare_numbers(a->lost[kind], b->lost[kind]);
	if (!order)
		order = compare_numbers(a->programs_skipped, b->programs_skipped);
	return order ? order : compare_numbers(a->bursts, b->bursts);
}

int merged_file_compare(const struct merged_file *a, const struct merged_file *b)
{
	int order;

	if ((order = compare_texts(a->host, b->host)) ||
	    (order = compare_texts(a->file, b->file)) ||
	    (order = compare_numbers(a->start_ns, b->start_ns)) ||
	    (order = compare_numbers(a->end_ns, b->end_ns)) ||
	    (order = compare_texts(a->kernel, b->kernel)) ||
	    (order = compare_texts(a->task_filter, b->task_filter)) ||
	    (order = compare_texts(a->damage, b->damage)) ||
	    (order = compare_numbers((uint64_t)a->realtime_offset_ns,
				     (uint64_t)b->realtime_offset_ns)) ||
	    (order = compare_numbers(a->incomplete, b->incomplete)) ||
	    (order = compare_numbers(a->filtered, b->filtered)) ||
	    (order = compare_numbers(a->rows_left_out, b->rows_left_out)) ||
	    (order = compare_numbers(a->slices_made, b->slices_made)) ||
	    (order = compare_numbers(a->offline_ns, b->offline_ns)))
		return order;
	return compare_losses(&a->lost, &b->lost);
}

void merge_files_free(struct merge *merge)
{
	for (uint32_t i = 0; i < merge->files.count; i++)
		merged_file_free(&merge->files.files[i]);
	free(merge->files.files);
	merge->files.files = NULL;
	merge->files.count = 0;
}

/* Room for more files; merge->files.files is then not NULL. */
static int make_room(struct merge *merge, uint32_t more, struct merge_told *told)
{
	uint64_t needed = (uint64_t)merge->files.count + more, room = merge->file_room;
	struct merged_file *files;

	if (needed > MERGED_FILES_MAX)
		return merge_refuse(told, -EINVAL, "these are more than %d files",
				    MERGED_FILES_MAX);
	if (needed <= room)
		return 0;
	room = 2 * needed;
	files = realloc(merge->files.files, room * sizeof(*files));
	if (!files)
		return -ENOMEM;
	merge->files.files = files;
	merge->file_room = (uint32_t)room;
	return 0;
}

static int copy_text(char **to, const char *from)
{
	if (!from)
		return 0;
	*to = strdup(from);
	return *to ? 0 : -ENOMEM;
}

/* from's texts are another's. The file counts at once: what was copied is freed with the others. */
static int append(struct merge *merge, const struct merged_file *from)
{
	struct merged_file *file = &merge->files.files[merge->files.count++];
	int err;

	*file = *from;
	file->file = file->host = file->kernel = file->task_filter = file->damage = NULL;
	if ((err = copy_text(&file->file, from->file)) ||
	    (err = copy_text(&file->host, from->host)) ||
	    (err = copy_text(&file->kernel, from->kernel)) ||
	    (err = copy_text(&file->task_filter, from->task_filter)))
		return err;
	return copy_text(&file->damage, from->damage);
}

static uint64_t slices_made(const struct trace_meta *meta)
{
	uint64_t made = 0;

	for (uint32_t cpu = 0; cpu < meta->cpu_count; cpu++)
		made += meta->cpus[cpu].slices_made;
	return meta->incomplete ? 0 : made;
}

static struct merged_file file_of(const struct saved_summary *saved, enum summary_by table,
				  const char *name)
{
	const struct trace_meta *meta = &saved->meta;
	struct merged_file file = {
		.file = (char *)name,
		.host = saved->has_host ? saved->host.hostname : NULL,
		.kernel = (char *)saved->kernel,
		.task_filter = meta->task_filter,
		.damage = saved->damage,
		.start_ns = meta->start_ns,
		.end_ns = meta->end_ns > meta->start_ns ? meta->end_ns : 0,
		.realtime_offset_ns = meta->realtime_offset_ns,
		.incomplete = meta->incomplete,
		.filtered = saved->filtered,
		.rows_left_out = saved->scope.rows_left_out[table],
		.slices_made = slices_made(meta),
		.offline_ns = saved->losses.all.offline_ns,
		.lost = loss_view_all(meta, &saved->losses),
	};

	file.lost.first_ns = file.lost.last_ns = 0;
	return file;
}

/* CPUs of several hosts have nothing in common but their numbers. */
static int check_host(const struct merge *merge, const struct merged_file *file,
		      struct merge_told *told)
{
	const struct merged_file *first = merge->files.files;

	if (merge->by != SUMMARY_BY_CPU)
		return 0;
	if (!file->host)
		return merge_refuse(
			told, -EINVAL,
			"CPUs can be merged of one host alone, and its host is not known");
	if (strcmp(file->host, first->host) != 0)
		return merge_refuse(
			told, -EINVAL,
			"CPUs can be merged of one host alone: this is %s, and %s is %s",
			file->host, first->file, first->host);
	return 0;
}

static int append_files(struct merge *merge, const struct saved_summary *saved,
			enum summary_by table, const char *name, struct merge_told *told)
{
	struct merged_file own;
	int err = 0;

	if (!saved->merged) {
		own = file_of(saved, table, name);
		err = append(merge, &own);
		return err ? err
			   : check_host(merge, &merge->files.files[merge->files.count - 1], told);
	}
	for (uint32_t i = 0; i < saved->merged->count && !err; i++) {
		err = append(merge, &saved->merged->files[i]);
		if (!err)
			err = check_host(merge, &merge->files.files[merge->files.count - 1], told);
	}
	return err;
}

/* What no file keeps for itself, as it adds up without: CPUs, and what the numbers rest on. */
static int take_common(struct merge *merge, const struct saved_summary *saved, bool first)
{
	const struct trace_meta *meta = &saved->meta;

	merge->some_cpus |= !meta->all_cpus;
	if (hwloc_bitmap_or(merge->cpus, merge->cpus, meta->target_cpus))
		return -ENOMEM;
	if (first) {
		merge->rests_on_known = meta->rests_on != NULL;
		return copy_text(&merge->rests_on, meta->rests_on);
	}
	if (compare_texts(merge->rests_on, meta->rests_on) != 0)
		merge->rests_on_known = false;
	return 0;
}

int merge_files_add(struct merge *merge, const struct saved_summary *saved, enum summary_by table,
		    const char *file, struct merge_told *told)
{
	bool first = !merge->files.count;
	int err;

	if ((err = make_room(merge, saved->merged ? saved->merged->count : 1, told)) ||
	    (err = append_files(merge, saved, table, file, told)))
		return err;
	return take_common(merge, saved, first);
}

static bool add_up(uint64_t *sum, uint64_t more)
{
	return !__builtin_add_overflow(*sum, more, sum) && *sum <= INT64_MAX;
}

/* Whether the files' numbers can be told as one. */
static bool files_fit(const struct merged *files)
{
	uint64_t lost = 0, bursts = 0, made = 0, offline_ns = 0, window_ns = 0, rows = 0;

	for (uint32_t i = 0; i < files->count; i++) {
		const struct merged_file *file = &files->files[i];

		for (int kind = 0; kind < LOST_KINDS; kind++)
			if (!add_up(&lost, file->lost.lost[kind]))
				return false;
		if (!add_up(&lost, file->lost.state_lost) ||
		    !add_up(&lost, file->lost.programs_skipped) ||
		    !add_up(&bursts, file->lost.bursts) || !add_up(&made, file->slices_made) ||
		    !add_up(&offline_ns, file->offline_ns) || file->start_ns > INT64_MAX ||
		    file->end_ns > INT64_MAX || !add_up(&rows, file->rows_left_out) ||
		    rows > UINT32_MAX ||
		    (file->end_ns && !add_up(&window_ns, file->end_ns - file->start_ns)))
			return false;
	}
	return true;
}

struct numbered {
	struct merged_file file;
	uint32_t came;
};

static int compare_numbered(const void *a, const void *b)
{
	return merged_file_compare(&((const struct numbered *)a)->file,
				   &((const struct numbered *)b)->file);
}

static int sort_files(struct merged *files, uint16_t *numbers)
{
	struct numbered *sorted = calloc((size_t)files->count + 1, sizeof(*sorted));

	if (!sorted)
		return -ENOMEM;
	for (uint32_t i = 0; i < files->count; i++)
		sorted[i] = (struct numbered){ files->files[i], i };
	qsort(sorted, files->count, sizeof(*sorted), compare_numbered);
	for (uint32_t i = 0; i < files->count; i++) {
		files->files[i] = sorted[i].file;
		numbers[sorted[i].came] = (uint16_t)i;
	}
	free(sorted);
	return 0;
}

/* One that came twice would count twice. */
static int check_files(const struct merged *files, struct merge_told *told)
{
	if (!files->count)
		return merge_refuse(told, -EINVAL, "there is nothing to merge");
	if (!files_fit(files))
		return merge_refuse(told, -ERANGE,
				    "the files' losses or windows do not fit when added");
	for (uint32_t i = 1; i < files->count; i++)
		if (!merged_file_compare(&files->files[i - 1], &files->files[i]))
			return merge_refuse(told, -EINVAL, "%s%s%s is among the files twice",
					    files->files[i].file,
					    files->files[i].host ? " of " : "",
					    files->files[i].host ? files->files[i].host : "");
	return 0;
}

/* A text that all files share; NULL: they do not. */
static const char *common_text(const struct merged *files, size_t offset)
{
	const char *first = *(char **)((char *)files->files + offset);

	for (uint32_t i = 1; i < files->count; i++)
		if (compare_texts(first, *(char **)((char *)(files->files + i) + offset)) != 0)
			return NULL;
	return first;
}

static int make_host(struct saved_summary *result)
{
	struct host_snapshot *host = &result->host;
	const char *name = common_text(result->merged, offsetof(struct merged_file, host));
	const char *kernel = common_text(result->merged, offsetof(struct merged_file, kernel));

	host->numa_balancing = host->watchdog = host->nmi_watchdog = -1;
	if (!name && !kernel)
		return 0;
	result->has_host = true;
	if (copy_text(&host->hostname, name) || copy_text(&host->kernel_release, kernel))
		return -ENOMEM;
	result->kernel = host->kernel_release;
	return 0;
}

/* Some tasks alone, be it in one file, and idle time is not known. */
static int make_task_filter(struct saved_summary *result)
{
	const struct merged *files = result->merged;
	const char *common = common_text(files, offsetof(struct merged_file, task_filter));
	bool any = false;

	for (uint32_t i = 0; i < files->count; i++)
		any |= files->files[i].task_filter != NULL;
	return any ? copy_text(&result->meta.task_filter, common ? common : "others in each file")
		   : 0;
}

static int make_damage(struct saved_summary *result)
{
	uint32_t damaged = 0;

	for (uint32_t i = 0; i < result->merged->count; i++)
		damaged += result->merged->files[i].damage != NULL;
	if (!damaged)
		return 0;
	result->damaged = true;
	return asprintf(&result->damage, "%u of %u files %s damaged", damaged,
			result->merged->count, damaged == 1 ? "is" : "are") < 0
		       ? -ENOMEM
		       : 0;
}

static int make_losses(struct saved_summary *result)
{
	struct loss_view lost = merged_losses(result->merged);
	struct losses *losses = &result->losses;
	struct cpu_counts *counts = result->meta.cpus;

	losses->cpus = calloc(1, sizeof(*losses->cpus));
	if (!losses->cpus)
		return -ENOMEM;
	losses->cpu_count = 1;
	for (int kind = 0; kind < LOST_KINDS; kind++)
		counts->lost[kind] = losses->all.count[kind] = lost.lost[kind];
	counts->state_lost = lost.state_lost;
	counts->programs_skipped = lost.programs_skipped;
	losses->all.bursts = lost.bursts;
	losses->cpus[0] = losses->all;
	return 0;
}

static int make_meta(const struct merge *merge, struct saved_summary *result, enum summary_by by)
{
	const struct merged *files = result->merged;
	struct trace_meta *meta = &result->meta;

	if (trace_meta_init(meta, 1) || hwloc_bitmap_copy(meta->target_cpus, merge->cpus))
		return -ENOMEM;
	meta->all_cpus = !merge->some_cpus;
	meta->end_ns = merged_window_ns(files);
	if (merge->rests_on_known && copy_text(&meta->rests_on, merge->rests_on))
		return -ENOMEM;
	for (uint32_t i = 0; i < files->count; i++) {
		meta->incomplete |= files->files[i].incomplete;
		meta->cpus[0].slices_made += files->files[i].slices_made;
		result->filtered |= files->files[i].filtered;
		result->scope.rows_left_out[by] += files->files[i].rows_left_out;
	}
	if (meta->incomplete)
		meta->cpus[0].slices_made = 0;
	result->rows_left_out = result->scope.rows_left_out[by] > 0;
	return make_task_filter(result);
}

int merge_files_finish(struct merge *merge, struct saved_summary *result, uint16_t *numbers,
		       struct merge_told *told)
{
	int err;

	if ((err = sort_files(&merge->files, numbers)) || (err = check_files(&merge->files, told)))
		return err;
	result->merged = calloc(1, sizeof(*result->merged));
	if (!result->merged)
		return -ENOMEM;
	*result->merged = merge->files;
	merge->files.files = NULL;
	merge->files.count = 0;
	if ((err = make_meta(merge, result, merge->by)) || (err = make_losses(result)) ||
	    (err = make_host(result)))
		return err;
	return make_damage(result);
}
