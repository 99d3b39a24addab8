// SPDX-License-Identifier: GPL-2.0-only
/* Perf's own rows of a recording: see timehist_compat.h. */
#include "commands/timehist_compat.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/commands.h"
#include "commands/gather.h"
#include "commands/options.h"
#include "import/foreign.h"
#include "import/perf_rows.h"
#include "output/output.h"
#include "output/perf_layout.h"

#define EVENTS_A_READ 1024

bool timehist_compat_is(const char *perf)
{
	return !strcmp(perf, "perf") || !strcmp(perf, "perf-6.1") || !strcmp(perf, "perf-6.12");
}

/* "perf" is the one that recorded: its timehist is what its user would see. */
static enum perf_compat version_of(const char *perf, const struct recording_facts *facts)
{
	unsigned int major, minor;

	if (!strcmp(perf, "perf-6.12"))
		return PERF_6_12;
	if (!strcmp(perf, "perf-6.1") || !facts->version ||
	    sscanf(facts->version, "%u.%u", &major, &minor) != 2)
		return PERF_6_1;
	return major > 6 || (major == 6 && minor >= 12) ? PERF_6_12 : PERF_6_1;
}

static int print_rows(struct foreign *foreign, struct perf_rows *rows, struct perf_layout *layout)
{
	const struct sched_event *events[EVENTS_A_READ];
	struct perf_row row;
	int n = 0, err = 0;

	while (err >= 0 && (n = foreign_next(foreign, events, EVENTS_A_READ)) > 0)
		for (int i = 0; i < n && err >= 0; i++) {
			err = perf_rows_add(rows, events[i], &row);
			if (err > 0)
				perf_layout_row(layout, &row);
		}
	if (err < 0)
		return fail("out of memory");
	return n;
}

static int print_all(struct foreign *foreign, const struct compat_options *options)
{
	const struct recording_facts *facts = foreign_facts(foreign);
	struct perf_rows_options how = { .version = version_of(options->perf, facts),
					 .has = facts->has,
					 .partial = facts->recorded_cpus != NULL };
	struct perf_rows *rows = perf_rows_new(&how);
	struct output out = output_stdout(false);
	struct perf_layout layout;
	int n, result;

	if (!rows)
		return fail("out of memory");
	perf_layout_init(&layout, out.file, how.version, options->state, options->next);
	perf_layout_head(&layout);
	n = print_rows(foreign, rows, &layout);
	perf_layout_footer(&layout, perf_rows_defects(rows));
	perf_rows_free(rows);
	result = finish_output(&out);
	if (n == EXIT_FAILED || result)
		return EXIT_FAILED;
	return n < 0 ? fail("%s: %s", options->file, foreign_why(foreign)) : EXIT_DONE;
}

int timehist_compat(const struct compat_options *options)
{
	const char *name = strcmp(options->file, "-") ? options->file : "stdin";
	char why[RECORDING_WHY_MAX];
	struct foreign *foreign;
	int result;

	if (foreign_open(&foreign, options->file, why))
		return fail("--compat is for what perf recorded: %s: %s", name, why);
	result = print_all(foreign, options);
	foreign_close(foreign);
	return result;
}
