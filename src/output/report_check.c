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

const char *check_verdict_name(enum limit_verdict verdict)
{
	static const char *const names[] = {
		[LIMIT_KEPT] = "kept",
		[LIMIT_BROKEN] = "broken",
		[LIMIT_UNKNOWN] = "unknown",
	};

	return names[verdict];
}

char *check_value(char buf[CHECK_VALUE_MAX], const struct limit *limit, double value)
{
	switch (limit_unit(limit)) {
	case LIMIT_NS:
		format_duration(buf, value);
		break;
	case LIMIT_FRACTION:
		snprintf(buf, CHECK_VALUE_MAX, "%.3g %%", 100 * value);
		break;
	default:
		format_count(buf, value);
	}
	return buf;
}

char *check_found(char buf[CHECK_VALUE_MAX], const struct check_row *row)
{
	if (!row->result.known)
		return strcpy(buf, "-");
	return check_value(buf, row->limit, row->result.value);
}

struct check_counts check_count(const struct check_file *files, uint32_t count)
{
	struct check_counts counts = {};

	for (uint32_t i = 0; i < count; i++) {
		for (uint32_t j = 0; j < files[i].count; j++) {
			counts.all++;
			counts.of[files[i].rows[j].result.verdict]++;
		}
	}
	return counts;
}

static const char *colour_of(enum limit_verdict verdict)
{
	switch (verdict) {
	case LIMIT_BROKEN:
		return COLOUR_RED;
	case LIMIT_UNKNOWN:
		return COLOUR_YELLOW;
	default:
		return NULL;
	}
}

static int print_table(const struct output *out, const struct check_file *file)
{
	struct table *table = table_new();
	char found[CHECK_VALUE_MAX];
	int err = -ENOMEM;

	if (!table)
		return err;
	table_column(table, "verdict", NULL, TABLE_LEFT);
	table_column(table, "limit", NULL, TABLE_LEFT);
	table_column(table, "found", NULL, TABLE_RIGHT);
	table_column(table, "samples", NULL, TABLE_RIGHT);
	table_column(table, "longest, or why", NULL, TABLE_LEFT);
	for (uint32_t i = 0; i < file->count; i++) {
		const struct check_row *row = &file->rows[i];
		char samples[COUNT_MAX];

		table_cell(table, "%s", check_verdict_name(row->result.verdict));
		table_cell(table, "%s", row->limit->text);
		table_cell(table, "%s", check_found(found, row));
		table_cell(table, "%s", format_count(samples, row->result.samples));
		table_cell(table, "%s", row->why ? row->why : row->worst);
		table_row_colour(table, colour_of(row->result.verdict));
		table_end_row(table);
	}
	err = table_print(table, out);
	table_free(table);
	return err;
}

static int report_text(const struct output *out, const struct check_file *files, uint32_t count)
{
	struct check_counts counts = check_count(files, count);
	int err = 0;

	for (uint32_t i = 0; i < count && !err; i++) {
		check_put_clean(out->file, files[i].name);
		fputc('\n', out->file);
		if (files[i].note) {
			fputs("note: ", out->file);
			check_put_clean(out->file, files[i].note);
			fputc('\n', out->file);
		}
		err = print_table(out, &files[i]);
		fputc('\n', out->file);
	}
	fprintf(out->file, "%u limit%s held against %u trace%s: %u kept, %u broken, %u unknown\n",
		count ? files[0].count : 0, count && files[0].count == 1 ? "" : "s", count,
		count == 1 ? "" : "s", counts.of[LIMIT_KEPT], counts.of[LIMIT_BROKEN],
		counts.of[LIMIT_UNKNOWN]);
	return err;
}

static json_t *value_json(const struct limit *limit, bool known, double value)
{
	if (!known)
		return json_null();
	return limit_unit(limit) == LIMIT_FRACTION ? json_real(value) : json_u64(value);
}

static json_t *row_json(const struct check_row *row)
{
	static const char *const units[] = { "ns", "ratio", "count" };
	const struct limit_result *r = &row->result;
	json_t *object = json_object();

	json_put(&object, "limit", json_text(row->limit->text));
	json_put(&object, "verdict", json_string(check_verdict_name(r->verdict)));
	json_put(&object, "why", json_text(row->why));
	json_put(&object, "unit", json_string(units[limit_unit(row->limit)]));
	json_put(&object, "value", value_json(row->limit, r->known, r->value));
	json_put(&object, "bound", value_json(row->limit, true, row->limit->value));
	json_put(&object, "samples", json_u64(r->samples));
	json_put(&object, "worst_ns", json_u64_if(r->worst_at_ns, r->worst_ns));
	json_put(&object, "worst_at_ns", json_u64_if(r->worst_at_ns, r->worst_at_ns));
	json_put(&object, "worst", json_text(*row->worst ? row->worst : NULL));
	return object;
}

static json_t *file_json(const struct check_file *file)
{
	json_t *object = json_object(), *rows = json_array();

	for (uint32_t i = 0; i < file->count; i++)
		json_add(&rows, row_json(&file->rows[i]));
	json_put(&object, "file", json_text(file->name));
	json_put(&object, "note", json_text(file->note));
	json_put(&object, "limits", rows);
	return object;
}

static int report_json(const struct output *out, const struct check_file *files, uint32_t count)
{
	struct check_counts counts = check_count(files, count);
	json_t *object = json_object(), *array = json_array();
	int err;

	for (uint32_t i = 0; i < count; i++)
		json_add(&array, file_json(&files[i]));
	json_put(&object, "kept", json_u64(counts.of[LIMIT_KEPT]));
	json_put(&object, "broken", json_u64(counts.of[LIMIT_BROKEN]));
	json_put(&object, "unknown", json_u64(counts.of[LIMIT_UNKNOWN]));
	json_put(&object, "traces", array);
	if (!object)
		return -ENOMEM;
	err = json_dumpf(object, out->file, JSON_INDENT(2)) ? -EIO : 0;
	fputc('\n', out->file);
	json_decref(object);
	return err;
}

int report_check(const struct output *out, enum check_format format, const struct check_file *files,
		 uint32_t count)
{
	switch (format) {
	case CHECK_JSON:
		return report_json(out, files, count);
	case CHECK_JUNIT:
		return report_check_junit(out, files, count);
	case CHECK_TAP:
		return report_check_tap(out, files, count);
	case CHECK_MARKDOWN:
		return report_check_markdown(out, files, count);
	case CHECK_GITHUB:
		return report_check_github(out, files, count);
	default:
		return report_text(out, files, count);
	}
}
