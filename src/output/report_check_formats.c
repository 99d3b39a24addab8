// SPDX-License-Identifier: GPL-2.0-only
/*
 * The forms that CI systems read.
 *
 * JUnit: a testsuite a trace, a testcase a limit. Broken is a failure, unknown an error: a suite
 * with one is not green in Jenkins or GitLab, which have nothing between the two.
 *
 * TAP, version 13: unknown is "not ok", too, as what is marked to be done later or skipped would
 * count as passed.
 *
 * GitHub: an annotation for each that is not kept, "::error title=...::...".
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

/* "found 1.2 ms in 812 samples; longest 3.4 ms at ..." */
static void put_evidence(FILE *file, const struct check_row *row)
{
	char found[CHECK_VALUE_MAX], samples[COUNT_MAX];

	if (row->why) {
		check_put_clean(file, row->why);
		if (!row->result.known)
			return;
		fputs("; ", file);
	}
	fprintf(file, "found %s", check_found(found, row));
	if (limit_unit(row->limit) == LIMIT_NS)
		fprintf(file, " in %s sample%s", format_count(samples, row->result.samples),
			row->result.samples == 1 ? "" : "s");
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

static int put_testcase(FILE *file, const char *trace, const struct check_row *row)
{
	const char *tag = row->result.verdict == LIMIT_BROKEN ? "failure" : "error";
	char *text = evidence(row);

	if (!text)
		return -ENOMEM;
	fputs("    <testcase classname=\"", file);
	put_xml(file, trace);
	fputs("\" name=\"", file);
	put_xml(file, row->limit->text);
	fputs("\"", file);
	if (row->result.verdict == LIMIT_KEPT) {
		fputs("/>\n", file);
	} else {
		fprintf(file, ">\n      <%s message=\"", tag);
		put_xml(file, text);
		fprintf(file, "\" type=\"%s\"/>\n    </testcase>\n",
			check_verdict_name(row->result.verdict));
	}
	free(text);
	return 0;
}

int report_check_junit(const struct output *out, const struct check_file *files, uint32_t count)
{
	struct check_counts all = check_count(files, count);
	int err = 0;

	fprintf(out->file,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<testsuites name=\"interloper\" tests=\"%u\" failures=\"%u\" errors=\"%u\">\n",
		all.all, all.of[LIMIT_BROKEN], all.of[LIMIT_UNKNOWN]);
	for (uint32_t i = 0; i < count && !err; i++) {
		struct check_counts its = check_count(&files[i], 1);

		fputs("  <testsuite name=\"", out->file);
		put_xml(out->file, files[i].name);
		fprintf(out->file, "\" tests=\"%u\" failures=\"%u\" errors=\"%u\">\n", its.all,
			its.of[LIMIT_BROKEN], its.of[LIMIT_UNKNOWN]);
		for (uint32_t j = 0; j < files[i].count && !err; j++)
			err = put_testcase(out->file, files[i].name, &files[i].rows[j]);
		fputs("  </testsuite>\n", out->file);
	}
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

int report_check_tap(const struct output *out, const struct check_file *files, uint32_t count)
{
	uint32_t number = 0;

	fprintf(out->file, "TAP version 13\n1..%u\n", check_count(files, count).all);
	for (uint32_t i = 0; i < count; i++) {
		for (uint32_t j = 0; j < files[i].count; j++) {
			const struct check_row *row = &files[i].rows[j];

			fprintf(out->file, "%sok %u - ",
				row->result.verdict == LIMIT_KEPT ? "" : "not ", ++number);
			put_tap(out->file, files[i].name);
			fputs(": ", out->file);
			put_tap(out->file, row->limit->text);
			fprintf(out->file, "\n# %s: ", check_verdict_name(row->result.verdict));
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

int report_check_markdown(const struct output *out, const struct check_file *files, uint32_t count)
{
	FILE *file = out->file;
	char found[CHECK_VALUE_MAX], samples[COUNT_MAX];

	for (uint32_t i = 0; i < count; i++) {
		fputs(i ? "\n### " : "### ", file);
		put_cell(file, files[i].name);
		fputs("\n\n| verdict | limit | found | samples | longest, or why |\n"
		      "|---|---|---:|---:|---|\n",
		      file);
		for (uint32_t j = 0; j < files[i].count; j++) {
			const struct check_row *row = &files[i].rows[j];
			bool kept = row->result.verdict == LIMIT_KEPT;

			fprintf(file, "| %s%s%s | ", kept ? "" : "**",
				check_verdict_name(row->result.verdict), kept ? "" : "**");
			put_cell(file, row->limit->text);
			fprintf(file, " | %s | %s | ", check_found(found, row),
				format_count(samples, row->result.samples));
			put_cell(file, row->why ? row->why : row->worst);
			fputs(" |\n", file);
		}
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

int report_check_github(const struct output *out, const struct check_file *files, uint32_t count)
{
	struct check_counts counts = check_count(files, count);

	for (uint32_t i = 0; i < count; i++) {
		for (uint32_t j = 0; j < files[i].count; j++) {
			const struct check_row *row = &files[i].rows[j];
			char *text;

			if (row->result.verdict == LIMIT_KEPT)
				continue;
			text = evidence(row);
			if (!text)
				return -ENOMEM;
			fprintf(out->file, "::%s title=",
				row->result.verdict == LIMIT_BROKEN ? "error" : "warning");
			put_annotation(out->file, row->limit->text, true);
			fputs("::", out->file);
			put_annotation(out->file, files[i].name, false);
			fprintf(out->file, ": %s: ", check_verdict_name(row->result.verdict));
			put_annotation(out->file, text, false);
			fputc('\n', out->file);
			free(text);
		}
	}
	fprintf(out->file, "%u limits held, %u broken, %u unknown\n", counts.of[LIMIT_KEPT],
		counts.of[LIMIT_BROKEN], counts.of[LIMIT_UNKNOWN]);
	return 0;
}
