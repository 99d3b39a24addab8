// SPDX-License-Identifier: GPL-2.0-only
/* What stands above and below the timehist's rows: the columns' names, the marks that were used. */
#include "output/timehist_row.h"

#define DASHES "------------------------------"

static void header_line(const struct row_style *style, FILE *file, const char *const cells[9],
			bool dashes)
{
	const struct timehist_options *o = &style->options;

	fprintf(file, "%s%15s %*s ", style->colour ? COLOUR_BOLD : "", cells[0], dashes ? -6 : 6,
		cells[1]);
	if (style->visual_cpus) {
		fputs(" ", file);
		for (uint32_t cpu = 0; cpu < style->visual_cpus; cpu++)
			fputc(dashes ? '-' : *cells[0] ? "0123456789abcdef"[cpu % 16] : ' ', file);
		fputs(" ", file);
	}
	fprintf(file, " %-*s", LABEL_WIDTH, cells[2]);
	if (o->prio)
		fprintf(file, "  %-*.*s", PRIO_WIDTH, PRIO_WIDTH, dashes ? DASHES : cells[3]);
	fprintf(file, "  %9s  %9s  %9s", cells[4], cells[5], cells[6]);
	if (o->state)
		fprintf(file, "  %5s", dashes ? "-----" : *cells[0] ? "state" : "");
	if (o->next)
		fprintf(file, "  %-*s", NEXT_WIDTH, dashes ? DASHES : *cells[0] ? "next" : "");
	fprintf(file, "  %-7s  %-*s", cells[7], CPUS_WIDTH,
		dashes	    ? "---------"
		: *cells[0] ? "from>to"
			    : "(cpu)");
	if (o->placement)
		fprintf(file, "  %-*.*s  %-*.*s", CLASS_WIDTH, CLASS_WIDTH,
			dashes	    ? DASHES
			: *cells[0] ? "class"
				    : "",
			BRANCH_WIDTH, BRANCH_WIDTH,
			dashes	    ? DASHES
			: *cells[0] ? "branch"
				    : "");
	fprintf(file, "  %s%s\n", cells[8], style->colour ? COLOUR_RESET : "");
}

void row_header(const struct row_style *style, FILE *file)
{
	static const char *const names[9] = { "time",	  "cpu",       "task name",
					      "prio",	  "wait time", "sch delay",
					      "run time", "delay",     "waker" };
	static const char *const units[9] = { "",	"",	  "[tid/pid]", "",    "(msec)",
					      "(msec)", "(msec)", "kind",      "@cpu" };
	static const char *const dashes[9] = { "---------------", "------",    DASHES,
					       "--------",	  "---------", "---------",
					       "---------",	  "-------",   "--------------" };

	header_line(style, file, names, false);
	header_line(style, file, units, false);
	header_line(style, file, dashes, true);
}

void row_legend(const struct row_style *style, FILE *file)
{
	static const struct {
		unsigned int mark;
		const char *text;
	} legends[] = {
		{ MARK_CUT, ">=      at least this long: cut by the trace's edge" },
		{ MARK_GAP, "?       its start was not seen: a bound, left out of all statistics" },
		{ MARK_REQUEUED, "3=3     woken where it was still queued: no CPU was chosen" },
		{ MARK_MOVED, "3>4>5   woken onto 4, but moved on to 5 before it ran" },
		{ MARK_UNSURE, "branch? the likeliest one: another gives the same CPU" },
		{ MARK_LATE, "(late)  out of order: known only when its slice ended" },
		{ MARK_NONE, "-       not known, or there was none" },
	};

	if (style->marks)
		fputc('\n', file);
	for (size_t i = 0; i < sizeof(legends) / sizeof(legends[0]); i++)
		if (style->marks & legends[i].mark)
			fprintf(file, "%s\n", legends[i].text);
}
