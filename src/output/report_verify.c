// SPDX-License-Identifier: GPL-2.0-only
/* Before and after a change, side by side: see report_verify.h. */
#include "output/report_verify.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "output/cells.h"
#include "output/json.h"
#include "output/line.h"

#define VALUE_MAX (DURATION_MAX + 2)

/* A damaged trace may have absurd times: those are cut to what an integer takes. */
static uint64_t whole(double value)
{
	return value < 9e18 ? (uint64_t)(value + 0.5) : INT64_MAX;
}

/* A value, or a change of it (signed), in the quantity's unit, without that. */
static char *value_text(char buf[VALUE_MAX], enum verify_quantity q, double value, bool is_signed)
{
	double size = fabs(value);
	char text[DURATION_MAX];
	bool is_zero;

	switch (q) {
	case VERIFY_SHARE:
		snprintf(text, sizeof(text), "%.2f", 100 * size);
		is_zero = size < 0.00005;
		break;
	case VERIFY_SCAN:
		format_count(text, whole(size));
		is_zero = size < 0.5;
		break;
	default:
		format_msec(text, whole(size));
		is_zero = whole(size) < 1000;
	}
	snprintf(buf, VALUE_MAX, "%s%s", is_signed && !is_zero ? (value < 0 ? "-" : "+") : "",
		 text);
	return buf;
}

static bool is_of_owners(enum verify_quantity q)
{
	return q >= VERIFY_P50 && q <= VERIFY_DELAY;
}

/* A quantity nobody asked for has no row. */
static bool is_shown(const struct verify_report *r, enum verify_quantity q)
{
	if (is_of_owners(q))
		return r->before->owner_slices || r->after->owner_slices;
	if (q == VERIFY_SCAN)
		return r->before->scan_samples || r->after->scan_samples;
	return true;
}

/* Printed to a text that is then cleaned: names come from outside. */
static void print_change(FILE *file, const struct verify_report *r)
{
	static const char *const units[VERIFY_QUANTITIES] = {
		[VERIFY_SHARE] = " %", [VERIFY_P99] = " ms", [VERIFY_DELAY] = " ms a second"
	};
	enum verify_quantity q = r->result->decided_by;
	const struct verify_metric *m = &r->result->metrics[q];
	bool changed = r->result->verdict != VERIFY_NO_CHANGE;
	char before[VALUE_MAX], after[VALUE_MAX];

	if (q == VERIFY_SHARE)
		fprintf(file, "%s%s share of CPUs %s", r->interlopers ? r->interlopers : "",
			r->interlopers ? "'s" : "the interlopers'", r->cpus);
	else
		fprintf(file, "the owners' %s on CPUs %s",
			q == VERIFY_P99 ? "99th percentile of delay" : "delay", r->cpus);
	fprintf(file, " %s %s%s %s %s%s", changed ? "went from" : "was",
		value_text(before, q, m->before.value, false), units[q], changed ? "to" : "and is",
		value_text(after, q, m->after.value, false), units[q]);
}

static int print_verdict(const struct output *out, const struct verify_report *r)
{
	const char *colour = r->result->verdict == VERIFY_WORSE ? COLOUR_RED : COLOUR_BOLD;
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (!file)
		return -ENOMEM;
	fprintf(file, "%s: ", verify_verdict_name(r->result->verdict));
	if (r->result->verdict == VERIFY_UNKNOWN)
		fprintf(file, "%s", verify_reason_text(r->result->reason));
	else
		print_change(file, r);
	if (r->result->reason >= VERIFY_LOST && r->result->reason <= VERIFY_SHORT)
		fprintf(file, " (in the trace %s)", r->result->reason_after ? "after" : "before");
	if (fclose(file)) {
		free(text);
		return -ENOMEM;
	}
	text_clean(text);
	fprintf(out->file, "%s%s%s\n\n", out->colour ? colour : "", text,
		out->colour ? COLOUR_RESET : "");
	free(text);
	return 0;
}

static void print_count(FILE *file, const char *before, uint64_t n, const char *one,
			const char *many)
{
	char text[COUNT_MAX];

	fprintf(file, "%s%s %s", before, format_count(text, n), n == 1 ? one : many);
}

/* "10.000 s, 312 stays (1 cut), 320 waits of owners (2 cut, 1 not known since when)" */
static void print_side(const struct output *out, const char *name, const struct verify_side *side)
{
	uint64_t waits = side->waits + side->cut_waits;
	char text[DURATION_MAX];
	struct line line;

	if (!line_begin(&line))
		return;
	fputs(format_duration(text, side->end_ns - side->begin_ns), line.file);
	print_count(line.file, ", ", side->slices, "stay", "stays");
	if (side->cut_slices)
		print_count(line.file, " (", side->cut_slices, "cut)", "cut)");
	if (side->owner_slices) {
		print_count(line.file, ", ", waits, "wait of owners", "waits of owners");
		if (side->cut_waits)
			print_count(line.file, " (", side->cut_waits, "cut)", "cut)");
	} else {
		fputs(", no owner seen", line.file);
	}
	if (side->unknown_waits)
		print_count(line.file, "; left out: ", side->unknown_waits,
			    "wait, not known since when", "waits, not known since when");
	if (side->gaps) {
		print_count(line.file, "; ", side->gaps, "gap", "gaps");
		fprintf(line.file, " of %s", format_duration(text, side->gap_ns));
	}
	if (side->lost)
		print_count(line.file, "; ", side->lost, "event lost", "events lost");
	if (side->scan_samples)
		print_count(line.file, "; ", side->scan_samples, "reading of the scan rate",
			    "readings of the scan rate");
	line_end(&line, out, name, side->lost ? COLOUR_YELLOW : NULL);
}

static const char *const row_names[VERIFY_QUANTITIES] = {
	[VERIFY_SHARE] = "share (%)",
	[VERIFY_LONGEST] = "longest stay (ms)",
	[VERIFY_P50] = "owners' delay p50 (ms)",
	[VERIFY_P99] = "owners' delay p99 (ms)",
	[VERIFY_MAX] = "owners' delay max (ms)",
	[VERIFY_DELAY] = "owners' delay (ms a second)",
	[VERIFY_SCAN] = "scan rate (pages/s)",
};

static void cell_value(struct table *table, enum verify_quantity q, const struct verify_value *v)
{
	char text[VALUE_MAX];

	if (v->known)
		table_cell(table, "%s%s", v->at_least ? ">" : "",
			   value_text(text, q, v->value, false));
	else
		table_cell(table, "-");
}

static void cell_verdict(struct table *table, const struct verify_result *result,
			 const struct verify_metric *m)
{
	if (m->verdict != VERIFY_UNKNOWN)
		table_cell(table, "%s", verify_verdict_name(m->verdict));
	else if (m->reason == VERIFY_SINGLE || m->reason == VERIFY_NO_VALUE)
		table_cell(table, "-");
	else if (result->reason == m->reason)
		table_cell(table, "unknown"); /* the first line says why */
	else
		table_cell(table, "unknown: %s", verify_reason_text(m->reason));
}

static void quantity_row(struct table *table, const struct verify_report *r, enum verify_quantity q)
{
	const struct verify_metric *m = &r->result->metrics[q];
	char low[VALUE_MAX], high[VALUE_MAX];

	if (q == VERIFY_SHARE || q == VERIFY_LONGEST)
		table_cell(table, "%s%s %s", r->interlopers ? r->interlopers : "",
			   r->interlopers ? "'s" : "interlopers'", row_names[q]);
	else
		table_cell(table, "%s", row_names[q]);
	cell_value(table, q, &m->before);
	cell_value(table, q, &m->after);
	table_cell(table, "%s", m->change_known ? value_text(low, q, m->change, true) : "-");
	if (m->interval_known)
		table_cell(table, "%s to %s", value_text(low, q, m->low, true),
			   value_text(high, q, m->high, true));
	else
		table_cell(table, "-");
	cell_verdict(table, r->result, m);
	if (m->verdict == VERIFY_WORSE)
		table_row_colour(table, COLOUR_RED);
	table_end_row(table);
}

int report_verify(const struct output *out, const struct verify_report *r)
{
	struct table *table = table_new();
	int err = table ? print_verdict(out, r) : -ENOMEM;

	if (err) {
		table_free(table);
		return err;
	}
	print_side(out, "before", r->before);
	print_side(out, "after", r->after);
	fputc('\n', out->file);
	table_column(table, "what", NULL, TABLE_LEFT);
	table_column(table, "before", NULL, TABLE_RIGHT);
	table_column(table, "after", NULL, TABLE_RIGHT);
	table_column(table, "change", NULL, TABLE_RIGHT);
	table_column(table, "95 % interval", NULL, TABLE_RIGHT);
	table_column(table, "verdict", NULL, TABLE_LEFT);
	for (int q = 0; q < VERIFY_QUANTITIES; q++)
		if (is_shown(r, q))
			quantity_row(table, r, q);
	err = table_finish(table, out);
	if (r->result->metrics[VERIFY_SHARE].interval_known)
		fputs("Share, p99 and delay a second decide; "
		      "their intervals hold together in 95 % of cases.\n",
		      out->file);
	return err;
}

static json_t *number_json(enum verify_quantity q, bool known, double value)
{
	if (!known)
		return json_null();
	if (q == VERIFY_SHARE || q == VERIFY_DELAY || q == VERIFY_SCAN)
		return json_real(value);
	return json_integer(value < 0 ? -(json_int_t)whole(-value) : (json_int_t)whole(value));
}

static json_t *metric_json(enum verify_quantity q, const struct verify_metric *m)
{
	json_t *object = json_object();

	json_put(&object, "before", number_json(q, m->before.known, m->before.value));
	json_put(&object, "before_at_least", json_boolean(m->before.at_least));
	json_put(&object, "after", number_json(q, m->after.known, m->after.value));
	json_put(&object, "after_at_least", json_boolean(m->after.at_least));
	json_put(&object, "change", number_json(q, m->change_known, m->change));
	json_put(&object, "low", number_json(q, m->interval_known, m->low));
	json_put(&object, "high", number_json(q, m->interval_known, m->high));
	json_put(&object, "decides", json_boolean(verify_is_primary(q)));
	json_put(&object, "verdict", json_text(verify_verdict_name(m->verdict)));
	json_put(&object, "reason", json_text(verify_reason_text(m->reason)));
	return object;
}

static json_t *side_json(const struct verify_side *side)
{
	json_t *object = json_object();

	json_put(&object, "start_ns", json_u64(side->begin_ns));
	json_put(&object, "end_ns", json_u64(side->end_ns));
	json_put(&object, "stays", json_u64(side->slices));
	json_put(&object, "cut_stays", json_u64(side->cut_slices));
	json_put(&object, "owner_seen", json_boolean(side->owner_slices > 0));
	json_put(&object, "waits", json_u64(side->waits + side->cut_waits));
	json_put(&object, "cut_waits", json_u64(side->cut_waits));
	json_put(&object, "unknown_waits", json_u64(side->unknown_waits));
	json_put(&object, "gaps", json_u64(side->gaps));
	json_put(&object, "gap_ns", json_u64(side->gap_ns));
	json_put(&object, "lost", json_u64(side->lost));
	json_put(&object, "scan_samples", json_u64(side->scan_samples));
	return object;
}

json_t *report_verify_json(const struct verify_report *r)
{
	const struct verify_result *result = r->result;
	bool known = result->verdict != VERIFY_UNKNOWN;
	bool of_side = result->reason >= VERIFY_LOST && result->reason <= VERIFY_SHORT;
	json_t *object = json_object(), *quantities = json_object();

	for (int q = 0; q < VERIFY_QUANTITIES; q++)
		json_put(&quantities, verify_quantity_name(q), metric_json(q, &result->metrics[q]));
	json_put(&object, "verdict", json_text(verify_verdict_name(result->verdict)));
	json_put(&object, "decided_by",
		 json_text(known ? verify_quantity_name(result->decided_by) : NULL));
	json_put(&object, "reason", json_text(verify_reason_text(result->reason)));
	json_put(&object, "reason_side",
		 json_text(of_side ? (result->reason_after ? "after" : "before") : NULL));
	json_put(&object, "interlopers", json_text(r->interlopers));
	json_put(&object, "cpus", json_text(r->cpus));
	json_put(&object, "before", side_json(r->before));
	json_put(&object, "after", side_json(r->after));
	json_put(&object, "quantities", quantities);
	return object;
}
