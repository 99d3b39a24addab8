// SPDX-License-Identifier: GPL-2.0-only
/* Summaries of many traces as one: see report_merge.h. */
#include "output/report_merge.h"

#include <string.h>
#include <time.h>

#include "output/json.h"
#include "output/line.h"

#define NAMES_SHOWN 5
#define FILES_SHOWN 5

static enum summary_by table_of(const struct saved_summary *merged)
{
	return merged->by_cpu ? SUMMARY_BY_CPU : SUMMARY_BY_TASK;
}

/* The wall clock at a file's start, or its end, ns since 1970; false where it is not known. */
static bool wall_ns(const struct merged_file *file, bool at_end, int64_t *ns)
{
	uint64_t time_ns = at_end ? file->end_ns : file->start_ns;

	return file->realtime_offset_ns && (!at_end || file->end_ns) &&
	       !__builtin_add_overflow((int64_t)time_ns, file->realtime_offset_ns, ns);
}

/* When the first file starts, or the last one ends; false where that is not known of all. */
static bool find_edge(const struct merged *merged, bool at_end, int64_t *edge_ns)
{
	for (uint32_t i = 0; i < merged->count; i++) {
		int64_t ns;

		if (!wall_ns(&merged->files[i], at_end, &ns))
			return false;
		if (!i || (at_end ? ns > *edge_ns : ns < *edge_ns))
			*edge_ns = ns;
	}
	return merged->count > 0;
}

/* In UTC with milliseconds; NULL where it is not known. */
static const char *edge_text(char *buf, size_t size, const struct merged *merged, bool at_end,
			     const char *format)
{
	int64_t ns;
	struct tm tm;
	time_t sec;
	size_t length;

	if (!find_edge(merged, at_end, &ns) || ns < 0)
		return NULL;
	sec = ns / 1000000000;
	if (!gmtime_r(&sec, &tm))
		return NULL;
	length = strftime(buf, size, format, &tm);
	snprintf(buf + length, size - length, ".%03d", (int)(ns / 1000000 % 1000));
	return buf;
}

static json_t *edge_json(const struct merged *merged, bool at_end)
{
	char text[64];

	if (!edge_text(text, sizeof(text) - 1, merged, at_end, "%Y-%m-%dT%H:%M:%S"))
		return json_null();
	strcat(text, "Z");
	return json_string(text);
}

static json_t *lost_json(const struct merged_file *file)
{
	const struct loss_view *lost = &file->lost;
	json_t *object = json_object();

	json_put(&object, "total", json_u64(loss_view_total(lost)));
	json_put(&object, "slices", json_u64(lost->lost[LOST_SLICE]));
	json_put(&object, "tasks", json_u64(lost->lost[LOST_TASK]));
	json_put(&object, "moves", json_u64(lost->lost[LOST_MOVE]));
	json_put(&object, "choices", json_u64(lost->lost[LOST_CHOICE]));
	json_put(&object, "states", json_u64(lost->state_lost));
	json_put(&object, "programs_skipped", json_u64(lost->programs_skipped));
	json_put(&object, "bursts", json_u64(lost->bursts));
	return object;
}

static json_t *file_json(const struct merged_file *file)
{
	bool wall = file->realtime_offset_ns != 0;
	json_t *object = json_object();

	json_put(&object, "file", json_text(file->file));
	json_put(&object, "host", json_text(file->host));
	json_put(&object, "kernel", json_text(file->kernel));
	json_put(&object, "start_ns", json_u64(file->start_ns));
	json_put(&object, "end_ns", json_u64_if(file->end_ns, file->end_ns));
	json_put(&object, "realtime_offset_ns",
		 wall ? json_integer(file->realtime_offset_ns) : json_null());
	json_put(&object, "task_filter", json_text(file->task_filter));
	json_put(&object, "filtered", json_boolean(file->filtered));
	json_put(&object, "rows_left_out", json_u64(file->rows_left_out));
	json_put(&object, "incomplete", json_boolean(file->incomplete));
	json_put(&object, "damage", json_text(file->damage));
	json_put(&object, "slices_made", json_u64_if(!file->incomplete, file->slices_made));
	json_put(&object, "lost", lost_json(file));
	json_put(&object, "offline_ns", json_u64(file->offline_ns));
	return object;
}

/* A file's host, or its kernel. */
static const char *name_of(const struct merged_file *file, bool kernel)
{
	return kernel ? file->kernel : file->host;
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Each once, sorted; to be freed. NULL without memory. */
static const char **names_of(const struct merged *merged, bool kernel, uint32_t *count)
{
	const char **names = calloc((size_t)merged->count + 1, sizeof(*names));

	uint32_t all = 0;

	*count = 0;
	if (!names)
		return NULL;
	for (uint32_t i = 0; i < merged->count; i++)
		if (name_of(&merged->files[i], kernel))
			names[all++] = name_of(&merged->files[i], kernel);
	qsort(names, all, sizeof(*names), compare_texts);
	for (uint32_t i = 0; i < all; i++)
		if (!*count || strcmp(names[i], names[*count - 1]) != 0)
			names[(*count)++] = names[i];
	return names;
}

static json_t *names_json(const struct merged *merged, bool kernel)
{
	uint32_t count;
	const char **names = names_of(merged, kernel, &count);
	json_t *array = names ? json_array() : NULL;

	for (uint32_t i = 0; i < count; i++)
		json_add(&array, json_text(names[i]));
	free(names);
	return array;
}

static json_t *merged_json(const struct merged *merged)
{
	uint64_t window_ns = merged_window_ns(merged);
	json_t *object = json_object(), *files = json_array();

	for (uint32_t i = 0; i < merged->count; i++)
		json_add(&files, file_json(&merged->files[i]));
	json_put(&object, "by_group", json_boolean(merged->by_group));
	json_put(&object, "window_ns", json_u64_if(window_ns, window_ns));
	json_put(&object, "first_start_time", edge_json(merged, false));
	json_put(&object, "last_end_time", edge_json(merged, true));
	json_put(&object, "hosts", names_json(merged, false));
	json_put(&object, "kernels", names_json(merged, true));
	json_put(&object, "files", files);
	return object;
}

static void put_max_files(json_t *object, const struct summary_row *row)
{
	const struct {
		const char *key;
		const struct summary_spread *spread;
	} spreads[] = { { "run", &row->run },
			{ "wake_delay", &row->wake_delay },
			{ "preempt_delay", &row->preempt_delay } };

	for (size_t i = 0; i < sizeof(spreads) / sizeof(spreads[0]); i++)
		json_object_set_new(
			json_object_get(object, spreads[i].key), "max_file",
			json_u64_if(spreads[i].spread->ns.count > 0, spreads[i].spread->max_file));
}

static json_t *rows_json(const struct merge_report *report)
{
	const struct saved_summary *merged = report->merged;
	json_t *array = report_summary_json(table_of(merged), report->rows, report->count,
					    &merged->tasks, &merged->meta);

	for (uint32_t i = 0; array && i < report->count; i++)
		put_max_files(json_array_get(array, i), report->rows[i]);
	return array;
}

/* A row of no task and no CPU; null: there is none. */
static json_t *total_json(const struct merge_report *report)
{
	const struct saved_summary *merged = report->merged;
	const struct summary_row *const *rows, *row;
	struct trace_meta meta = merged->meta;
	struct summary_row total;
	json_t *array, *object;

	if (!summary_rows(report->total, &rows))
		return json_null();
	total = *rows[0];
	total.cpu = CPU_UNKNOWN;
	row = &total;
	/* Idle time is that of CPUs: without their rows, it is not known. */
	if (!merged->by_cpu)
		meta.task_filter = (char *)"";
	array = report_summary_json(SUMMARY_BY_CPU, &row, 1, &merged->tasks, &meta);
	if (!array)
		return NULL;
	object = json_incref(json_array_get(array, 0));
	json_decref(array);
	put_max_files(object, row);
	return object;
}

/* Losses are of no CPU that has a number for all hosts, and at no time that all clocks know. */
static void clear_loss_places(json_t *object)
{
	json_t *losses = json_object_get(object, "losses");

	json_object_set_new(losses, "first_ns", json_null());
	json_object_set_new(losses, "last_ns", json_null());
	json_object_set_new(losses, "cpus", json_array());
}

json_t *report_merge_json(const struct merge_report *report)
{
	const struct saved_summary *merged = report->merged;
	json_t *object = report_header_json(&merged->meta, merged->has_host ? &merged->host : NULL,
					    &merged->losses, merged->damage);

	clear_loss_places(object);
	json_put(&object, "merged", merged_json(merged->merged));
	json_put(&object, "total", total_json(report));
	json_put(&object, summary_table_name(table_of(merged)), rows_json(report));
	json_put(&object, "summary", report_scope_json(&merged->scope, &merged->meta));
	return object;
}

static void print_names(const struct output *out, const char *title, const struct merged *merged,
			bool kernel)
{
	uint32_t count, unknown = 0;
	const char **names = names_of(merged, kernel, &count);
	struct line line;

	for (uint32_t i = 0; i < merged->count; i++)
		unknown += !name_of(&merged->files[i], kernel);
	if (names && line_begin(&line)) {
		for (uint32_t i = 0; i < count && i < NAMES_SHOWN; i++)
			fprintf(line.file, "%s%s", i ? ", " : "", names[i]);
		if (count > NAMES_SHOWN)
			fprintf(line.file, " and %u more", count - NAMES_SHOWN);
		if (unknown)
			fprintf(line.file, "%snot known of %u file%s", count ? "; " : "", unknown,
				unknown == 1 ? "" : "s");
		line_end(&line, out, title, NULL);
	}
	free(names);
}

static void print_when(const struct output *out, const struct merged *merged)
{
	char from[64], to[64], duration[DURATION_MAX];
	uint64_t window_ns = merged_window_ns(merged);
	struct line line;

	if (!line_begin(&line))
		return;
	fprintf(line.file, "%u", merged->count);
	if (edge_text(from, sizeof(from), merged, false, "%Y-%m-%d %H:%M:%S") &&
	    edge_text(to, sizeof(to), merged, true, "%Y-%m-%d %H:%M:%S"))
		fprintf(line.file, ", from %s to %s UTC", from, to);
	if (window_ns)
		fprintf(line.file, ", together %s long", format_duration(duration, window_ns));
	else
		fputs(", length not known", line.file);
	line_end(&line, out, "files", NULL);
}

/* incomplete: of a file the final counts are missing. */
static void print_losses(const struct output *out, const struct merged *merged, bool incomplete)
{
	struct loss_view all = merged_losses(merged);
	uint64_t total = loss_view_total(&all), slices = all.lost[LOST_SLICE];
	char count[COUNT_MAX], of_them[COUNT_MAX];
	uint32_t files = 0;

	for (uint32_t i = 0; i < merged->count; i++)
		files += loss_view_total(&merged->files[i].lost) > 0;
	if (!total) {
		line_print(out, "losses", "%s",
			   incomplete ? "none seen; final counts are missing" : "none lost");
		return;
	}
	line_print(out, "losses", "%s%s events in %u file%s, %s of them slices",
		   incomplete ? "at least " : "", format_count(count, total), files,
		   files == 1 ? "" : "s", format_count(of_them, slices));
}

/* A file that is less than a whole trace: the sums are of what is there. */
static bool has_flaw(const struct merged_file *file)
{
	return file->damage || file->incomplete || file->rows_left_out || file->filtered;
}

static void print_flaws(FILE *out, const struct merged_file *file)
{
	fputs(file->file, out);
	if (file->host)
		fprintf(out, " of %s", file->host);
	if (file->incomplete)
		fputs(": its recorder did not finish", out);
	if (file->damage)
		fprintf(out, ": %s", file->damage);
	if (file->rows_left_out)
		fprintf(out, ": without %u rows (--limit)", file->rows_left_out);
	if (file->filtered)
		fputs(": a part of its trace alone", out);
}

static void print_flawed(const struct output *out, const struct merged *merged)
{
	uint32_t shown = 0, more = 0;
	struct line line;

	for (uint32_t i = 0; i < merged->count; i++) {
		if (!has_flaw(&merged->files[i]))
			continue;
		if (shown == FILES_SHOWN) {
			more++;
			continue;
		}
		if (!line_begin(&line))
			return;
		print_flaws(line.file, &merged->files[i]);
		line_end(&line, out, shown++ ? "" : "NOT WHOLE", COLOUR_RED);
	}
	if (more)
		line_print(out, "", "and %u more", more);
}

static const struct summary_spread *worse(const struct summary_spread *a,
					  const struct summary_spread *b)
{
	if (!b->ns.count)
		return a;
	return !a->ns.count || b->ns.max_ns > a->ns.max_ns ? b : a;
}

/* Where to look: the table has no room for it. */
static void print_worst(const struct output *out, const struct merge_report *report)
{
	const struct saved_summary *merged = report->merged;
	char label[TASK_LABEL_MAX], duration[DURATION_MAX], at[DURATION_MAX];
	const struct summary_row *const *rows;
	const struct summary_spread *worst;
	const struct merged_file *file;

	if (!summary_rows(report->total, &rows))
		return;
	worst = worse(&rows[0]->wake_delay, &rows[0]->preempt_delay);
	if (!worst->ns.count)
		return;
	file = &merged->merged->files[worst->max_file];
	task_label(label, task_table_get(&merged->tasks, worst->max_task));
	line_print(out, "worst delay", "%s, %s at %s s in %s%s%s%s",
		   format_duration(duration, worst->ns.max_ns), label,
		   format_time(at, worst->max_at_ns), file->file, file->host ? " (" : "",
		   file->host ? file->host : "", file->host ? ")" : "");
}

void report_merge(const struct output *out, const struct merge_report *report, uint32_t limit,
		  bool wide)
{
	const struct saved_summary *merged = report->merged;

	print_names(out, "hosts", merged->merged, false);
	print_names(out, "kernels", merged->merged, true);
	print_when(out, merged->merged);
	print_losses(out, merged->merged, merged->meta.incomplete);
	print_flawed(out, merged->merged);
	print_worst(out, report);
	fputc('\n', out->file);
	report_summary(out, table_of(merged), report->rows, report->count, limit, &merged->tasks,
		       &merged->meta, wide);
}

static void clean(char *text)
{
	if (text)
		text_clean(text);
}

void merge_clean_text(struct saved_summary *saved)
{
	for (uint32_t i = 1; i < saved->tasks.count; i++)
		text_clean(saved->tasks.tasks[i].comm);
	clean(saved->host.hostname);
	clean(saved->host.kernel_release);
	clean(saved->meta.task_filter);
	clean(saved->meta.rests_on);
	clean(saved->damage);
	for (uint32_t i = 0; saved->merged && i < saved->merged->count; i++) {
		clean(saved->merged->files[i].file);
		clean(saved->merged->files[i].host);
		clean(saved->merged->files[i].kernel);
		clean(saved->merged->files[i].task_filter);
		clean(saved->merged->files[i].damage);
	}
}
