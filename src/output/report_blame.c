// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who pays, and to whom, as text. Durations are in milliseconds, as in the timehist; times are
 * those of its first column.
 */
#include "output/report_blame.h"

#include <errno.h>
#include <stdio.h>

#include "output/cells.h"
#include "output/labels.h"
#include "output/line.h"

#define STORY_LINES 8 /* stays told of one wait; the others are summed up */

static const char *const kind_names[BLAME_KINDS] = { "wake", "preempt" };

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

char *report_culprit(char buf[WHO_MAX], const struct who *who, uint32_t culprit)
{
	if (culprit == TASK_IDLE)
		snprintf(buf, WHO_MAX, "idle CPU");
	else if (culprit == TASK_UNKNOWN)
		snprintf(buf, WHO_MAX, "not known");
	else
		who_text(buf, who, culprit);
	return buf;
}

char *report_share(char buf[SHARE_MAX], uint64_t part_ns, uint64_t whole_ns)
{
	double percent = whole_ns ? 100.0 * part_ns / whole_ns : 0;

	if (part_ns && percent < 1)
		snprintf(buf, SHARE_MAX, "<1 %%");
	else if (part_ns < whole_ns && percent > 99)
		snprintf(buf, SHARE_MAX, ">99 %%");
	else
		snprintf(buf, SHARE_MAX, "%.0f %%", percent);
	return buf;
}

static void columns(struct table *table)
{
	table_column(table, "victim", "[tid/pid]", TABLE_LEFT);
	table_column(table, "waited for", "[tid/pid]", TABLE_LEFT);
	table_column(table, "delay", NULL, TABLE_LEFT);
	table_column(table, "waits", NULL, TABLE_RIGHT);
	table_column(table, "total", "(ms)", TABLE_RIGHT);
	table_column(table, "share", "(%)", TABLE_RIGHT);
	table_column(table, "p99", "(ms)", TABLE_RIGHT);
	table_column(table, "worst", "(ms)", TABLE_RIGHT);
	table_column(table, "since", "(s)", TABLE_RIGHT);
}

/* The rest of a row, from its kind on. whole_ns: the victim's delay. */
static void sum_cells(struct table *table, const struct blame *blame, enum blame_kind kind,
		      const struct blame_sum *sum, uint64_t whole_ns)
{
	uint64_t p99_ns = 0;
	bool has_p99 = blame_p99_ns(blame, sum, &p99_ns);
	char since[DURATION_MAX];

	table_cell(table, "%s", kind_names[kind]);
	cell_count(table, sum->count);
	cell_msec(table, true, sum->total_ns);
	cell_share(table, true, sum->total_ns, whole_ns);
	cell_msec(table, has_p99, p99_ns);
	cell_msec(table, true, sum->worst_ns);
	table_cell(table, "%s", format_time(since, sum->worst_since_ns));
	table_end_row(table);
}

static void sums_rows(struct table *table, const struct blame *blame, const char *victim,
		      const char *culprit, const struct blame_sum sums[BLAME_KINDS],
		      uint64_t whole_ns)
{
	for (int kind = 0; kind < BLAME_KINDS; kind++) {
		if (!sums[kind].count)
			continue;
		table_cell(table, "%s", victim);
		table_cell(table, "%s", culprit);
		sum_cells(table, blame, kind, &sums[kind], whole_ns);
		victim = "";
	}
}

/* Of the culprits that are not shown. A percentile or a maximum of theirs would be of no wait; and
 * a wait may have parts of several, so that they cannot be counted together. */
static void others_row(struct table *table, const struct blame_pair *const *pairs, uint32_t n,
		       uint64_t whole_ns)
{
	uint64_t total_ns = 0;

	for (uint32_t i = 0; i < n; i++)
		total_ns += blame_total_ns(pairs[i]->sums);
	table_cell(table, " ");
	table_cell(table, "  %u others", n);
	table_cell(table, "both");
	table_cell(table, "-");
	cell_msec(table, true, total_ns);
	cell_share(table, true, total_ns, whole_ns);
	table_cell(table, "-");
	table_cell(table, "-");
	table_cell(table, "-");
	table_end_row(table);
}

/* How many of a victim's culprits are told. One that would stand for "others" alone is, too. */
static uint32_t told_culprits(const struct blame_report *report, const struct blame_victim *victim)
{
	if (!report->culprits || report->culprits + 1 >= victim->pair_count)
		return victim->pair_count;
	return report->culprits;
}

static void victim_rows(struct table *table, const struct blame_report *report,
			const struct blame_victim *victim)
{
	const struct blame_pair *const *pairs = blame_pairs(report->blame) + victim->first_pair;
	uint32_t shown = told_culprits(report, victim);
	uint64_t whole_ns = blame_total_ns(victim->delays);
	char label[WHO_MAX], culprit[WHO_MAX], indented[WHO_MAX + 2];

	table_row_colour(table, COLOUR_BOLD);
	sums_rows(table, report->blame, who_text(label, &report->who, victim->task), "",
		  victim->delays, whole_ns);
	for (uint32_t i = 0; i < shown; i++) {
		snprintf(indented, sizeof(indented), "  %s",
			 report_culprit(culprit, &report->who, pairs[i]->culprit));
		sums_rows(table, report->blame, " ", indented, pairs[i]->sums, whole_ns);
	}
	if (shown < victim->pair_count)
		others_row(table, pairs + shown, victim->pair_count - shown, whole_ns);
}

/* Tasks of which no wait is known are in the notes alone. */
static void print_sum(const struct output *out, const struct blame_victim *const *victims,
		      uint32_t n)
{
	uint64_t waits = 0, total_ns = 0, tasks = 0;
	char count[COUNT_MAX], total[DURATION_MAX], number[COUNT_MAX];

	for (uint32_t i = 0; i < n; i++) {
		waits += blame_count(victims[i]->delays);
		total_ns += blame_total_ns(victims[i]->delays);
		tasks += blame_count(victims[i]->delays) > 0;
	}
	fprintf(out->file, "delay       %s in %s wait%s of %s task%s\n",
		format_duration(total, total_ns), format_count(count, waits), plural(waits),
		format_count(number, tasks), plural(tasks));
}

/* What is no measured delay, and what limits cost. */
static void print_notes(const struct output *out, const struct blame *blame,
			const struct blame_victim *const *victims, uint32_t n)
{
	uint64_t cut = 0, cut_ns = 0, unknown = 0;
	char count[COUNT_MAX], time[DURATION_MAX];

	for (uint32_t i = 0; i < n; i++) {
		cut += victims[i]->cut_waits;
		cut_ns += victims[i]->cut_ns;
		unknown += victims[i]->unknown_waits;
	}
	if (cut)
		fprintf(out->file,
			"%s of the waits went on after the trace: %s with the %s that was seen.\n",
			format_count(count, cut), cut == 1 ? "it counts" : "they count",
			format_duration(time, cut_ns));
	if (unknown)
		fprintf(out->file,
			"Left out: %s wait%s of which is not known when %s began (before the "
			"trace, a gap, a loss).\n",
			format_count(count, unknown), plural(unknown),
			unknown == 1 ? "it" : "they");
	if (blame_forced(blame))
		fprintf(out->file,
			"Too many tasks were moved while they waited: parts of %s wait%s are \"not "
			"known\".\n",
			format_count(count, blame_forced(blame)), plural(blame_forced(blame)));
	if (blame_forgotten(blame))
		fprintf(out->file,
			"%s slice%s too old to be kept: of longer waits such parts are \"not "
			"known\".\n",
			format_count(count, blame_forgotten(blame)),
			blame_forgotten(blame) == 1 ? " was" : "s were");
}

static int print_victims(const struct output *out, const struct blame_report *report,
			 const struct blame_victim *const *victims, uint32_t n)
{
	uint32_t shown = report->victims && report->victims < n ? report->victims : n;
	struct table *table = table_new();
	int err;

	if (!table)
		return -ENOMEM;
	columns(table);
	for (uint32_t i = 0; i < shown; i++)
		victim_rows(table, report, victims[i]);
	fputc('\n', out->file);
	err = table_finish(table, out);
	if (shown < n)
		fprintf(out->file, "%u more victim%s not shown.\n", n - shown, plural(n - shown));
	return err;
}

int report_blame(const struct output *out, const struct blame_report *report)
{
	const struct blame_victim *const *victims;
	uint32_t n = blame_victims(report->blame, &victims), waited = n;
	int err = 0;

	print_sum(out, victims, n);
	/* A task that never waited is no victim. */
	while (waited && !blame_total_ns(victims[waited - 1]->delays))
		waited--;
	if (waited)
		err = print_victims(out, report, victims, waited);
	print_notes(out, report->blame, victims, n);
	return err;
}

/* "nginx[812] waited 203.2 ms: for ksmd[510] 81 %, idle CPU 12 %, 3 others 7 %" */
static void who_pays_line(const struct output *out, const struct blame_report *report,
			  const char *name, const struct blame_victim *victim)
{
	const struct blame_pair *const *pairs = blame_pairs(report->blame) + victim->first_pair;
	uint64_t whole_ns = blame_total_ns(victim->delays), rest_ns = whole_ns;
	uint32_t shown = told_culprits(report, victim);
	char label[WHO_MAX], total[DURATION_MAX], share[SHARE_MAX];
	struct line line;

	if (!line_begin(&line))
		return;
	fprintf(line.file, "%s waited %s: for", who_text(label, &report->who, victim->task),
		format_duration(total, whole_ns));
	for (uint32_t i = 0; i < shown; i++) {
		uint64_t part_ns = blame_total_ns(pairs[i]->sums);

		fprintf(line.file, "%s %s %s", i ? "," : "",
			report_culprit(label, &report->who, pairs[i]->culprit),
			report_share(share, part_ns, whole_ns));
		rest_ns -= part_ns;
	}
	if (shown < victim->pair_count)
		fprintf(line.file, ", %u others %s", victim->pair_count - shown,
			report_share(share, rest_ns, whole_ns));
	line_end(&line, out, name, NULL);
}

void report_who_pays(const struct output *out, const struct blame_report *report)
{
	const struct blame_victim *const *victims;
	uint32_t n = blame_victims(report->blame, &victims);

	for (uint32_t i = 0; i < n && (!report->victims || i < report->victims); i++)
		if (blame_total_ns(victims[i]->delays))
			who_pays_line(out, report, i ? "" : "who pays", victims[i]);
}

static void story_head(const struct output *out, const struct blame_report *report,
		       const struct wait *wait)
{
	char victim[WHO_MAX], waker[WHO_MAX], delay[DURATION_MAX], since[DURATION_MAX];
	const char *context = label_context(wait->context);

	fprintf(out->file, "\n%s waited %s%s on CPU %u, since %s s: ",
		who_text(victim, &report->who, wait->task), wait->cut ? "at least " : "",
		format_duration(delay, wait->until_ns - wait->since_ns), wait->cpu,
		format_time(since, wait->since_ns));
	if (wait->kind == DELAY_PREEMPT)
		fputs("preempted", out->file);
	else if (context)
		fprintf(out->file, "woken by %s", context);
	else if (wait->waker != TASK_UNKNOWN)
		fprintf(out->file, "woken by %s", who_text(waker, &report->who, wait->waker));
	else
		fputs("woken", out->file);
	if (wait->kind == DELAY_WAKE && wait->waker_cpu != CPU_UNKNOWN)
		fprintf(out->file, " from CPU %u", wait->waker_cpu);
	fputc('\n', out->file);
}

static void stay_line(const struct output *out, const struct blame_report *report,
		      const struct blame_stay *stay)
{
	char culprit[WHO_MAX], from[DURATION_MAX], length[DURATION_MAX];

	fprintf(out->file, "  %s  ", format_time(from, stay->from_ns));
	if (stay->cpu == CPU_UNKNOWN)
		fputs("CPU    -", out->file);
	else
		fprintf(out->file, "CPU %4u", stay->cpu);
	fprintf(out->file, "  %14s  %s\n", format_duration(length, stay->to_ns - stay->from_ns),
		report_culprit(culprit, &report->who, stay->task));
}

/* The first of them, then how many more, then the last one. */
static void print_story(const struct output *out, const struct blame_report *report,
			const struct blame_story *story)
{
	uint32_t n = story->stay_count, skipped = 0;
	char from[DURATION_MAX], length[DURATION_MAX];
	uint64_t skipped_ns = 0;

	story_head(out, report, &story->wait);
	if (story->left_out)
		fprintf(out->file, "  before these: %u slice%s, %s\n", story->left_out,
			plural(story->left_out), format_duration(length, story->left_out_ns));
	for (uint32_t i = 0; i < n; i++) {
		if (n > STORY_LINES && i >= STORY_LINES - 2 && i < n - 1) {
			skipped++;
			skipped_ns += story->stays[i].to_ns - story->stays[i].from_ns;
			continue;
		}
		if (skipped) {
			fprintf(out->file, "  %s  ... %u more slices, %s in all\n",
				format_time(from, story->stays[i - skipped].from_ns), skipped,
				format_duration(length, skipped_ns));
			skipped = 0;
		}
		stay_line(out, report, &story->stays[i]);
	}
	if (!story->wait.cut)
		fprintf(out->file, "  %s  CPU %4u  %14s\n", format_time(from, story->wait.until_ns),
			story->wait.cpu, "it runs");
	else
		fprintf(out->file, "  %s  the trace ends, and it still waits\n",
			format_time(from, story->wait.until_ns));
}

void report_blame_stories(const struct output *out, const struct blame_report *report)
{
	const struct blame_story *stories;
	uint32_t n = blame_stories(report->blame, &stories);

	if (n)
		fputs("\nlongest waits, and who ran ahead:\n", out->file);
	for (uint32_t i = 0; i < n; i++)
		print_story(out, report, &stories[i]);
}
