// SPDX-License-Identifier: GPL-2.0-only
/* Two traces side by side: see report_diff.h. */
#include "output/report_diff.h"

#include <errno.h>
#include <string.h>

#include "host/cpulist.h"
#include "output/json.h"
#include "output/report_check_internal.h"

static const char *const side_names[2] = { "before", "after" };

static const char *verdict_text(const struct check_row *row)
{
	switch (row->verdict) {
	case CHECK_REGRESSION:
		return "worse";
	case CHECK_INCONCLUSIVE:
		return "unknown";
	default:
		return row->answer.verdict == COMPARE_IMPROVED ? "better" : "no change";
	}
}

static const char *colour_of(const struct check_row *row)
{
	switch (row->verdict) {
	case CHECK_REGRESSION:
		return COLOUR_RED;
	case CHECK_INCONCLUSIVE:
		return COLOUR_YELLOW;
	default:
		return NULL;
	}
}

/* "before: mon.ilt, 8.001 s of CPUs 0-3, Linux 6.1.0" */
static void print_side(const struct output *out, const struct diff_report *report, int side)
{
	const struct diff_side *its = &report->sides[side];
	char *cpus = cpulist_format(its->meta->target_cpus);
	char duration[DURATION_MAX], lost[COUNT_MAX];

	fprintf(out->file, "%-7s ", side_names[side]);
	check_put_clean(out->file, its->name);
	if (its->meta->end_ns > its->meta->start_ns)
		fprintf(out->file, ": %s",
			format_duration(duration, its->meta->end_ns - its->meta->start_ns));
	fprintf(out->file, " of CPU%s %s",
		hwloc_bitmap_weight(its->meta->target_cpus) == 1 ? "" : "s", cpus ? cpus : "?");
	if (its->kernel) {
		fputs(", Linux ", out->file);
		check_put_clean(out->file, its->kernel);
	}
	if (trace_meta_lost(its->meta))
		fprintf(out->file, ", %s events lost",
			format_count(lost, trace_meta_lost(its->meta)));
	fputc('\n', out->file);
	free(cpus);
}

static void put_row(struct table *table, const struct check_row *row)
{
	char before[CHECK_BASELINE_MAX], after[CHECK_VALUE_MAX], change[CHECK_VALUE_MAX],
		noise[CHECK_VALUE_MAX], chance[CHECK_VALUE_MAX];

	table_cell(table, "%s", verdict_text(row));
	table_cell(table, "%s", row->what->text);
	table_cell(table, "%s", check_baseline(before, row, false));
	table_cell(table, "%s", check_found(after, row));
	table_cell(table, "%s", check_change(change, &row->answer));
	table_cell(table, "%s", check_noise(noise, &row->answer));
	table_cell(table, "%s", check_chance(chance, &row->answer));
	table_cell(table, "%s", row->why ? row->why : "");
	table_row_colour(table, colour_of(row));
	table_end_row(table);
}

static int print_changes(const struct output *out, const struct check_file *file)
{
	struct table *table = table_new();
	int err;

	if (!table)
		return -ENOMEM;
	table_column(table, "verdict", NULL, TABLE_LEFT);
	table_column(table, "quantity", NULL, TABLE_LEFT);
	table_column(table, "before", NULL, TABLE_RIGHT);
	table_column(table, "after", NULL, TABLE_RIGHT);
	table_column(table, "change", NULL, TABLE_RIGHT);
	table_column(table, "noise", NULL, TABLE_RIGHT);
	table_column(table, "chance", NULL, TABLE_RIGHT);
	table_column(table, "why", NULL, TABLE_LEFT);
	for (uint32_t i = 0; i < file->count; i++)
		put_row(table, &file->rows[i]);
	err = table_print(table, out);
	table_free(table);
	return err;
}

/* "wake_delay, task=web*": of an expression's text, what it is of; p50 and p99 of that share their
 * longest. */
static void put_selection(struct table *table, const char *text)
{
	const char *begin = strchr(text, '('), *end = strrchr(text, ')');

	if (begin && end > begin + 1)
		table_cell(table, "%.*s", (int)(end - begin - 1), begin + 1);
	else
		table_cell(table, "%s", text);
}

static bool is_repeated(const struct check_file *file, uint32_t i)
{
	const char *text = strchr(file->rows[i].what->text, '('), *before;

	for (uint32_t j = 0; j < i && text; j++) {
		before = strchr(file->rows[j].what->text, '(');
		if (before && !strcmp(text, before))
			return true;
	}
	return false;
}

static int print_worst(const struct output *out, const struct check_file *file)
{
	struct table *table = table_new();
	int err;

	if (!table)
		return -ENOMEM;
	table_column(table, "longest of", NULL, TABLE_LEFT);
	table_column(table, "before", NULL, TABLE_LEFT);
	table_column(table, "after", NULL, TABLE_LEFT);
	for (uint32_t i = 0; i < file->count; i++) {
		const struct check_row *row = &file->rows[i];

		if (is_repeated(file, i) || (!*row->worst && !*row->worst_before))
			continue;
		put_selection(table, row->what->text);
		table_cell(table, "%s", *row->worst_before ? row->worst_before : "-");
		table_cell(table, "%s", *row->worst ? row->worst : "-");
		table_end_row(table);
	}
	err = table_print(table, out);
	table_free(table);
	return err;
}

static int report_text(const struct output *out, const struct diff_report *report)
{
	const struct check_file *file = report->file;
	int err;

	print_side(out, report, 0);
	print_side(out, report, 1);
	for (uint32_t i = 0; i < file->note_count; i++) {
		fputs("note: ", out->file);
		check_put_clean(out->file, file->notes[i]);
		fputc('\n', out->file);
	}
	fputc('\n', out->file);
	err = print_changes(out, file);
	if (err)
		return err;
	check_put_legend(out, &report->options, 1, file->count);
	fputc('\n', out->file);
	return print_worst(out, file);
}

static json_t *side_json(const struct diff_side *side)
{
	const struct trace_meta *meta = side->meta;
	json_t *object = json_object();

	json_put(&object, "file", json_text(side->name));
	json_put(&object, "start_ns", json_u64_if(meta->start_ns, meta->start_ns));
	json_put(&object, "end_ns", json_u64_if(meta->end_ns, meta->end_ns));
	json_put(&object, "target_cpus", json_cpus(meta->target_cpus));
	json_put(&object, "kernel", json_text(side->kernel));
	json_put(&object, "lost", json_u64(trace_meta_lost(meta)));
	return object;
}

static json_t *row_json(const struct check_row *row)
{
	json_t *object = check_answer_json(row);

	json_put(&object, "verdict", json_string(verdict_text(row)));
	return object;
}

static int report_json(const struct output *out, const struct diff_report *report)
{
	json_t *object = json_object(), *rows = json_array(), *notes = json_array();
	const struct check_file *file = report->file;
	int err;

	for (uint32_t i = 0; i < file->note_count; i++)
		json_add(&notes, json_text(file->notes[i]));
	for (uint32_t i = 0; i < file->count; i++)
		json_add(&rows, row_json(&file->rows[i]));
	json_put(&object, "before", side_json(&report->sides[0]));
	json_put(&object, "after", side_json(&report->sides[1]));
	json_put(&object, "notes", notes);
	json_put(&object, "min_change", json_real(report->options.min_change));
	json_put(&object, "min_delta_ns", json_u64(report->options.min_delta_ns));
	json_put(&object, "chance", json_real(report->options.chance));
	json_put(&object, "comparisons", rows);
	json_put(&object, "tasks_not_compared", json_u64(file->left_out));
	if (!object)
		return -ENOMEM;
	err = json_dumpf(object, out->file, JSON_INDENT(2)) ? -EIO : 0;
	fputc('\n', out->file);
	json_decref(object);
	return err;
}

int report_diff(const struct output *out, const struct diff_report *report)
{
	return out->json ? report_json(out, report) : report_text(out, report);
}
