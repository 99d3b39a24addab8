// SPDX-License-Identifier: GPL-2.0-only
/* Which limits held: see report_check.h. */
#include "output/report_check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "output/json.h"
#include "output/report_check_internal.h"

const char *check_format_name(enum check_format format)
{
	static const char *const names[CHECK_FORMATS] = {
		[CHECK_TEXT] = "text", [CHECK_JSON] = "json",	      [CHECK_JUNIT] = "junit",
		[CHECK_TAP] = "tap",   [CHECK_MARKDOWN] = "markdown", [CHECK_GITHUB] = "github",
	};

	return names[format];
}

const char *check_verdict_name(enum check_verdict verdict)
{
	static const char *const names[CHECK_VERDICTS] = {
		[CHECK_PASS] = "pass",
		[CHECK_FAIL] = "fail",
		[CHECK_REGRESSION] = "regression",
		[CHECK_INCONCLUSIVE] = "inconclusive",
	};

	return names[verdict];
}

void check_file_free(struct check_file *file)
{
	for (uint32_t i = 0; i < file->note_count; i++)
		free(file->notes[i]);
	free(file->notes);
	free(file->rows);
	*file = (struct check_file){};
}

struct check_counts check_count(const struct check_file *files, uint32_t count)
{
	struct check_counts counts = {};

	for (uint32_t i = 0; i < count; i++) {
		for (uint32_t j = 0; j < files[i].count; j++) {
			const struct check_row *row = &files[i].rows[j];

			counts.all++;
			counts.of[row->verdict]++;
			counts.improved += row->verdict == CHECK_PASS && row->what->compared &&
					   row->answer.verdict == COMPARE_IMPROVED;
		}
	}
	return counts;
}

static const char *colour_of(enum check_verdict verdict)
{
	switch (verdict) {
	case CHECK_FAIL:
	case CHECK_REGRESSION:
		return COLOUR_RED;
	case CHECK_INCONCLUSIVE:
		return COLOUR_YELLOW;
	default:
		return NULL;
	}
}

static const char *why_or_worst(const struct check_row *row)
{
	return row->why ? row->why : row->worst;
}

static void put_limit(struct table *table, const struct check_row *row)
{
	char found[CHECK_VALUE_MAX], samples[COUNT_MAX];

	table_cell(table, "%s", check_verdict_name(row->verdict));
	table_cell(table, "%s", row->what->text);
	table_cell(table, "%s", check_found(found, row));
	table_cell(table, "%s", format_count(samples, row->samples));
	table_cell(table, "%s", why_or_worst(row));
	table_row_colour(table, colour_of(row->verdict));
	table_end_row(table);
}

static int print_limits(const struct output *out, const struct check_file *file, uint32_t limits)
{
	struct table *table = table_new();
	int err;

	if (!table)
		return -ENOMEM;
	table_column(table, "verdict", NULL, TABLE_LEFT);
	table_column(table, "limit", NULL, TABLE_LEFT);
	table_column(table, "found", NULL, TABLE_RIGHT);
	table_column(table, "samples", NULL, TABLE_RIGHT);
	table_column(table, "longest, or why", NULL, TABLE_LEFT);
	for (uint32_t i = 0; i < limits; i++)
		put_limit(table, &file->rows[i]);
	err = table_print(table, out);
	table_free(table);
	return err;
}

static void put_comparison(struct table *table, const struct check_row *row, bool range)
{
	char baseline[CHECK_BASELINE_MAX], found[CHECK_VALUE_MAX], change[CHECK_VALUE_MAX],
		noise[CHECK_VALUE_MAX], chance[CHECK_VALUE_MAX];
	bool improved = row->answer.verdict == COMPARE_IMPROVED;

	table_cell(table, "%s%s", check_verdict_name(row->verdict),
		   row->verdict == CHECK_PASS && improved ? ", improved" : "");
	table_cell(table, "%s", row->what->text);
	table_cell(table, "%s", check_baseline(baseline, row, range));
	table_cell(table, "%s", check_found(found, row));
	table_cell(table, "%s", check_change(change, &row->answer));
	table_cell(table, "%s", check_noise(noise, &row->answer));
	table_cell(table, "%s", check_chance(chance, &row->answer));
	table_cell(table, "%s", why_or_worst(row));
	table_row_colour(table, colour_of(row->verdict));
	table_end_row(table);
}

/* What needs a look comes first. */
static void put_comparisons(struct table *table, const struct check_file *file, uint32_t limits,
			    bool range)
{
	static const enum check_verdict order[] = { CHECK_REGRESSION, CHECK_INCONCLUSIVE,
						    CHECK_PASS };

	for (size_t o = 0; o < sizeof(order) / sizeof(order[0]); o++)
		for (uint32_t i = limits; i < file->count; i++)
			if (file->rows[i].verdict == order[o])
				put_comparison(table, &file->rows[i], range);
}

static int print_comparisons(const struct output *out, const struct check_report *report,
			     const struct check_file *file, uint32_t limits)
{
	struct table *table = table_new();
	int err;

	if (!table)
		return -ENOMEM;
	table_column(table, "verdict", NULL, TABLE_LEFT);
	table_column(table, "quantity", NULL, TABLE_LEFT);
	table_column(table, report->baseline_count > 1 ? "baselines" : "baseline", NULL,
		     TABLE_RIGHT);
	table_column(table, "now", NULL, TABLE_RIGHT);
	table_column(table, "change", NULL, TABLE_RIGHT);
	table_column(table, "noise", NULL, TABLE_RIGHT);
	table_column(table, "chance", NULL, TABLE_RIGHT);
	table_column(table, "longest now, or why", NULL, TABLE_LEFT);
	put_comparisons(table, file, limits, report->baseline_count > 1);
	err = table_print(table, out);
	table_free(table);
	if (!err)
		check_put_legend(out, &report->options, report->baseline_count,
				 file->count - limits);
	return err;
}

static void print_baselines(const struct output *out, const struct check_report *report)
{
	fprintf(out->file, "against %u baseline%s:", report->baseline_count,
		report->baseline_count == 1 ? "" : "s");
	for (uint32_t i = 0; i < report->baseline_count; i++) {
		fputc(' ', out->file);
		check_put_clean(out->file, report->baselines[i]);
	}
	fputc('\n', out->file);
}

static void print_notes(const struct output *out, const struct check_file *file)
{
	for (uint32_t i = 0; i < file->note_count; i++) {
		fputs("note: ", out->file);
		check_put_clean(out->file, file->notes[i]);
		fputc('\n', out->file);
	}
}

static int print_file(const struct output *out, const struct check_report *report,
		      const struct check_file *file)
{
	uint32_t limits = 0;
	int err = 0;

	while (limits < file->count && !file->rows[limits].what->compared)
		limits++;
	check_put_clean(out->file, file->name);
	fputc('\n', out->file);
	if (limits)
		err = print_limits(out, file, limits);
	if (limits && report->baseline_count)
		fputc('\n', out->file);
	if (report->baseline_count)
		print_baselines(out, report);
	print_notes(out, file);
	if (!err && file->count > limits)
		err = print_comparisons(out, report, file, limits);
	fputc('\n', out->file);
	return err;
}

static int report_text(const struct output *out, const struct check_report *report)
{
	struct check_counts counts = check_count(report->files, report->count);
	int err = 0;

	for (uint32_t i = 0; i < report->count && !err; i++)
		err = print_file(out, report, &report->files[i]);
	fprintf(out->file, "%u trace%s: %u pass", report->count, report->count == 1 ? "" : "s",
		counts.of[CHECK_PASS]);
	if (counts.improved)
		fprintf(out->file, " (%u improved)", counts.improved);
	fprintf(out->file, ", %u fail", counts.of[CHECK_FAIL]);
	if (report->baseline_count)
		fprintf(out->file, ", %u regression%s", counts.of[CHECK_REGRESSION],
			counts.of[CHECK_REGRESSION] == 1 ? "" : "s");
	fprintf(out->file, ", %u inconclusive\n", counts.of[CHECK_INCONCLUSIVE]);
	return err;
}

static json_t *limit_json(const struct check_row *row)
{
	bool fraction = limit_unit(row->what) == LIMIT_FRACTION;
	json_t *object = check_row_json(row);

	json_put(&object, "limit", json_text(row->what->text));
	json_put(&object, "bound",
		 fraction ? json_real(row->what->value) : json_u64(row->what->value));
	return object;
}

static json_t *file_json(const struct check_file *file)
{
	json_t *object = json_object(), *limits = json_array(), *comparisons = json_array();
	json_t *notes = json_array();

	for (uint32_t i = 0; i < file->count; i++) {
		const struct check_row *row = &file->rows[i];

		if (row->what->compared)
			json_add(&comparisons, check_answer_json(row));
		else
			json_add(&limits, limit_json(row));
	}
	for (uint32_t i = 0; i < file->note_count; i++)
		json_add(&notes, json_text(file->notes[i]));
	json_put(&object, "file", json_text(file->name));
	json_put(&object, "notes", notes);
	json_put(&object, "limits", limits);
	json_put(&object, "comparisons", comparisons);
	json_put(&object, "tasks_not_compared", json_u64(file->left_out));
	return object;
}

static json_t *baselines_json(const struct check_report *report)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < report->baseline_count; i++)
		json_add(&array, json_text(report->baselines[i]));
	return array;
}

static int report_json(const struct output *out, const struct check_report *report)
{
	struct check_counts counts = check_count(report->files, report->count);
	json_t *object = json_object(), *array = json_array();
	int err;

	for (uint32_t i = 0; i < report->count; i++)
		json_add(&array, file_json(&report->files[i]));
	json_put(&object, "pass", json_u64(counts.of[CHECK_PASS]));
	json_put(&object, "improved", json_u64(counts.improved));
	json_put(&object, "fail", json_u64(counts.of[CHECK_FAIL]));
	json_put(&object, "regression", json_u64(counts.of[CHECK_REGRESSION]));
	json_put(&object, "inconclusive", json_u64(counts.of[CHECK_INCONCLUSIVE]));
	json_put(&object, "baselines", baselines_json(report));
	json_put(&object, "min_change", json_real(report->options.min_change));
	json_put(&object, "min_delta_ns", json_u64(report->options.min_delta_ns));
	json_put(&object, "chance", json_real(report->options.chance));
	json_put(&object, "traces", array);
	if (!object)
		return -ENOMEM;
	err = json_dumpf(object, out->file, JSON_INDENT(2)) ? -EIO : 0;
	fputc('\n', out->file);
	json_decref(object);
	return err;
}

int report_check(const struct output *out, enum check_format format,
		 const struct check_report *report)
{
	switch (format) {
	case CHECK_JSON:
		return report_json(out, report);
	case CHECK_JUNIT:
		return report_check_junit(out, report);
	case CHECK_TAP:
		return report_check_tap(out, report);
	case CHECK_MARKDOWN:
		return report_check_markdown(out, report);
	case CHECK_GITHUB:
		return report_check_github(out, report);
	default:
		return report_text(out, report);
	}
}
