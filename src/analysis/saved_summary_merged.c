// SPDX-License-Identifier: GPL-2.0-only
/* What a merged summary was made of, read back, and what follows from it: see saved_summary.h. */
#include "analysis/saved_summary_internal.h"

#include <stdlib.h>
#include <string.h>

void merged_file_free(struct merged_file *file)
{
	free(file->file);
	free(file->host);
	free(file->kernel);
	free(file->task_filter);
	free(file->damage);
	memset(file, 0, sizeof(*file));
}

void saved_free_merged(struct merged *merged)
{
	if (!merged)
		return;
	for (uint32_t i = 0; i < merged->count; i++)
		merged_file_free(&merged->files[i]);
	free(merged->files);
	free(merged);
}

uint64_t merged_window_ns(const struct merged *merged)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < merged->count; i++) {
		const struct merged_file *file = &merged->files[i];

		if (file->end_ns <= file->start_ns ||
		    __builtin_add_overflow(sum, file->end_ns - file->start_ns, &sum) ||
		    sum > INT64_MAX)
			return 0;
	}
	return sum;
}

struct loss_view merged_losses(const struct merged *merged)
{
	struct loss_view all = { 0 };

	for (uint32_t i = 0; i < merged->count; i++) {
		const struct loss_view *lost = &merged->files[i].lost;

		for (int kind = 0; kind < LOST_KINDS; kind++)
			all.lost[kind] += lost->lost[kind];
		all.state_lost += lost->state_lost;
		all.programs_skipped += lost->programs_skipped;
		all.bursts += lost->bursts;
	}
	return all;
}

static int read_lost(struct json_in *in, struct loss_view *lost, const json_t *object)
{
	const struct {
		const char *key;
		uint64_t *count;
	} counts[] = {
		{ "slices", &lost->lost[LOST_SLICE] },
		{ "tasks", &lost->lost[LOST_TASK] },
		{ "moves", &lost->lost[LOST_MOVE] },
		{ "choices", &lost->lost[LOST_CHOICE] },
		{ "states", &lost->state_lost },
		{ "bursts", &lost->bursts },
		{ "programs_skipped", &lost->programs_skipped },
	};
	int err = 0;

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]) && !err; i++)
		err = saved_u64(in, counts[i].count, object, counts[i].key);
	return err;
}

static int read_numbers(struct json_in *in, struct merged_file *file, const json_t *object)
{
	const json_t *lost;
	int err;

	if ((err = saved_u64(in, &file->start_ns, object, "start_ns")) ||
	    (err = saved_u64_if(in, &file->end_ns, object, "end_ns")) ||
	    (err = saved_u64_if(in, &file->slices_made, object, "slices_made")) ||
	    (err = saved_u64(in, &file->offline_ns, object, "offline_ns")) ||
	    (err = json_in_u32(in, &file->rows_left_out, object, "rows_left_out", UINT32_MAX)) ||
	    (err = saved_object(in, &lost, object, "lost")) ||
	    (err = read_lost(in, &file->lost, lost)))
		return err;
	if (file->end_ns && file->end_ns <= file->start_ns)
		return json_in_refuse(in, "end_ns is not after start_ns");
	if (file->incomplete)
		file->slices_made = 0;
	if (!saved_is_known(object, "realtime_offset_ns"))
		return 0;
	return json_in_number(in, &file->realtime_offset_ns, object, "realtime_offset_ns",
			      INT64_MIN, INT64_MAX);
}

static int read_merged_file(struct json_in *in, struct merged_file *file, const json_t *object)
{
	int err;

	if (!saved_is_known(object, "file"))
		return json_in_refuse(in, "file is missing");
	if ((err = saved_text_if(in, &file->file, object, "file")) ||
	    (err = saved_text_if(in, &file->host, object, "host")) ||
	    (err = saved_text_if(in, &file->kernel, object, "kernel")) ||
	    (err = saved_text_if(in, &file->task_filter, object, "task_filter")) ||
	    (err = saved_text_if(in, &file->damage, object, "damage")) ||
	    (err = saved_bool(in, &file->incomplete, object, "incomplete")) ||
	    (err = saved_bool(in, &file->filtered, object, "filtered")))
		return err;
	return read_numbers(in, file, object);
}

static int read_files(struct saved_reading *reading, struct merged *merged, const json_t *object)
{
	struct json_in *in = &reading->in;
	const json_t *array;
	size_t n;
	int err = saved_array(in, &array, object, "files");

	if (err)
		return err;
	n = json_array_size(array);
	if (!n || n > MERGED_FILES_MAX)
		return json_in_refuse(in, "files are none, or too many");
	merged->files = calloc(n, sizeof(*merged->files));
	if (!merged->files)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		/* Counted before it is read, so that it is freed whatever comes of it. */
		err = read_merged_file(in, &merged->files[merged->count++],
				       json_array_get(array, i));
		if (err)
			return err == -EINVAL ? saved_refuse_at(in, "files[%zu]", i) : err;
	}
	return 0;
}

int saved_read_merged(struct saved_reading *reading, const json_t *root)
{
	struct saved_summary *saved = reading->saved;
	struct json_in *in = &reading->in;
	const json_t *object;
	int err;

	if (!saved_is_known(root, "merged"))
		return 0;
	err = saved_object(in, &object, root, "merged");
	if (err)
		return err;
	saved->merged = calloc(1, sizeof(*saved->merged));
	if (!saved->merged)
		return -ENOMEM;
	err = saved_bool(in, &saved->merged->by_group, object, "by_group");
	if (!err)
		err = read_files(reading, saved->merged, object);
	return err == -EINVAL ? saved_refuse_at(in, "merged") : err;
}

int saved_check_merged(struct saved_reading *reading)
{
	struct saved_summary *saved = reading->saved;
	const struct merged *merged = saved->merged;
	struct loss_view lost;

	if (!merged)
		return 0;
	lost = merged_losses(merged);
	if (loss_view_total(&lost) != trace_meta_lost(&saved->meta))
		return json_in_refuse(&reading->in,
				      "merged: its files' losses are not those of losses");
	if (saved->meta.start_ns || saved->meta.end_ns != merged_window_ns(merged))
		return json_in_refuse(&reading->in,
				      "merged: its files' windows are not that of summary");
	for (uint32_t i = 0; i < merged->count; i++)
		saved->filtered |= merged->files[i].filtered;
	return 0;
}
