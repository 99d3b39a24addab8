// SPDX-License-Identifier: GPL-2.0-only
/*
 * Distributions as terminal histograms: the fine buckets merged to octaves, halves or quarters of
 * them, so that each fits a screen; the percentiles come from the fine ones.
 */
#include "output/report.h"

#include <string.h>

#include "output/labels.h"

#define LINES_MAX	20
#define BAR_MAX		40
#define EMPTY_LINES_MAX 2 /* more of them in a row are one "..." */

/* Buckets of the histogram, merged group by group. */
struct lines {
	const struct histogram *h;
	unsigned int first, last; /* non-empty buckets */
	unsigned int group;	  /* buckets a line: LOGLIN_SUB is an octave */
	uint64_t most;		  /* largest count of a line */
};

static uint64_t line_count(const struct lines *lines, unsigned int line)
{
	uint64_t count = 0;

	for (unsigned int i = 0; i < lines->group; i++)
		count += histogram_bucket_count(lines->h, line * lines->group + i);
	return count;
}

/* Empty lines from this one on. */
static unsigned int empty_lines(const struct lines *lines, unsigned int line)
{
	unsigned int empty = 0;

	while ((line + empty) * lines->group <= lines->last && !line_count(lines, line + empty))
		empty++;
	return empty;
}

/* Lines that add_lines() will print. */
static unsigned int lines_printed(const struct lines *lines)
{
	unsigned int printed = 0, line = lines->first / lines->group;

	while (line <= lines->last / lines->group) {
		unsigned int empty = empty_lines(lines, line);

		line += empty > EMPTY_LINES_MAX ? empty : 1;
		printed++;
	}
	return printed;
}

static void lines_choose(struct lines *lines)
{
	bool found = false;

	for (unsigned int i = 0; i < LOGLIN_BUCKETS; i++) {
		if (!histogram_bucket_count(lines->h, i))
			continue;
		if (!found)
			lines->first = i;
		found = true;
		lines->last = i;
	}
	for (lines->group = LOGLIN_SUB / 4; lines->group < LOGLIN_SUB; lines->group *= 2)
		if (lines_printed(lines) <= LINES_MAX)
			break;
	for (unsigned int line = lines->first / lines->group; line <= lines->last / lines->group;
	     line++) {
		uint64_t count = line_count(lines, line);

		if (count > lines->most)
			lines->most = count;
	}
}

/* '#' for the share of the longest bar; '.' where that is less than half of one. */
static const char *bar(char buf[BAR_MAX + 1], uint64_t count, uint64_t most)
{
	int len = (double)count * BAR_MAX / most + 0.5;

	if (!len && count)
		return strcpy(buf, ".");
	memset(buf, '#', len);
	buf[len] = '\0';
	return buf;
}

static void add_line(struct table *table, const struct lines *lines, unsigned int line,
		     uint64_t count)
{
	char from[DURATION_MAX], to[DURATION_MAX], n[COUNT_MAX], text[BAR_MAX + 1];
	unsigned int end = (line + 1) * lines->group;

	table_cell(table, "%s", format_duration(from, loglin_lower(line * lines->group)));
	table_cell(table, "%s",
		   end < LOGLIN_BUCKETS ? format_duration(to, loglin_lower(end)) : "and more");
	table_cell(table, "%s", format_count(n, count));
	table_cell(table, "%.2f", 100.0 * count / lines->h->count);
	table_cell(table, "%s", bar(text, count, lines->most));
	table_end_row(table);
}

static void add_lines(struct table *table, const struct lines *lines)
{
	unsigned int line = lines->first / lines->group, last = lines->last / lines->group;

	while (line <= last) {
		unsigned int empty = empty_lines(lines, line);

		if (empty > EMPTY_LINES_MAX) {
			table_cell(table, "...");
			table_end_row(table);
			line += empty;
			continue;
		}
		add_line(table, lines, line, line_count(lines, line));
		line++;
	}
}

static void print_numbers(const struct output *out, const struct histogram *h)
{
	static const struct {
		const char *name;
		double p;
	} percentiles[] = {
		{ "p50", 50 }, { "p90", 90 }, { "p99", 99 }, { "p99.9", 99.9 }, { "p99.99", 99.99 },
	};
	char text[DURATION_MAX], count[COUNT_MAX];

	fprintf(out->file, "%s value%s\nmean %s", format_count(count, h->count),
		h->count == 1 ? "" : "s", format_duration(text, histogram_mean_ns(h)));
	for (size_t i = 0; i < sizeof(percentiles) / sizeof(percentiles[0]); i++) {
		/* Of too few values it would only be the maximum by another name. */
		if (percentiles[i].p > 99 && h->count * (100 - percentiles[i].p) < 100)
			continue;
		fprintf(out->file, ", %s %s", percentiles[i].name,
			format_duration(text, histogram_percentile_ns(h, percentiles[i].p)));
	}
	fprintf(out->file, ", max %s\n", format_duration(text, h->max_ns));
}

static void print_histogram(const struct output *out, const char *key, const char *name,
			    const struct histogram *h)
{
	struct lines lines = { .h = h };
	struct table *table;

	fprintf(out->file, "%s%s: %s%s: ", out->colour ? COLOUR_BOLD : "", key, name,
		out->colour ? COLOUR_RESET : "");
	if (!h->count) {
		fputs("no values\n\n", out->file);
		return;
	}
	print_numbers(out, h);
	lines_choose(&lines);
	table = table_new();
	if (table) {
		table_column(table, "from", NULL, TABLE_RIGHT);
		table_column(table, "below", NULL, TABLE_RIGHT);
		table_column(table, "count", NULL, TABLE_RIGHT);
		table_column(table, "%", NULL, TABLE_RIGHT);
		table_column(table, "", NULL, TABLE_LEFT);
		add_lines(table, &lines);
	}
	if (!table || table_print(table, out))
		fputs("Not enough memory for the histogram.\n", out->file);
	fputc('\n', out->file);
	table_free(table);
}

void report_distribution(const struct output *out, struct distribution_row *const *rows, uint32_t n,
			 const struct task_table *tasks)
{
	char label[TASK_LABEL_MAX], key[TASK_LABEL_MAX + 32];

	if (!n) {
		fputs("No slices.\n", out->file);
		return;
	}
	for (uint32_t i = 0; i < n; i++) {
		const struct distribution_row *row = rows[i];
		bool task = row->task != TASK_UNKNOWN, cpu = row->cpu != CPU_UNKNOWN;

		if (task)
			label_text(label, tasks, row->task);
		if (task && cpu)
			snprintf(key, sizeof(key), "%s on CPU %u", label, row->cpu);
		else if (task)
			snprintf(key, sizeof(key), "%s", label);
		else if (cpu)
			snprintf(key, sizeof(key), "CPU %u", row->cpu);
		else
			snprintf(key, sizeof(key), "all tasks");
		print_histogram(out, key, "run", &row->run);
		print_histogram(out, key, "wake delay", &row->wake_delay);
		print_histogram(out, key, "preempt delay", &row->preempt_delay);
	}
	fputs("Percentiles are off by at most 3.125 %; counts, means and maxima are exact.\n",
	      out->file);
}
