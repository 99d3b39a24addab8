/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Summaries of many traces, of one host or of many, added up to one.
 *
 *   exact    count, sum, minimum, maximum and every bucket of a distribution, and every counter, are those
 *            of all traces' slices together: nothing is estimated, and what does not fit in JSON's
 *            numbers is refused. In whatever order and in however many steps files are merged, the
 *            result is the same
 *   rows     a task of one host is none of another: rows are by name, all tasks of a name are one row. By
 *            group, names that differ in a number at their end are one (family.h). Tasks whose name was
 *            lost are one row, too. A CPU of one host is none of another, either: rows by CPU are made of
 *            files of one host alone
 *   window   the sum of all files' windows, which shares refer to: a name that kept half a CPU busy on each of
 *            ten hosts has a share of 0.5. Not known where one of them is not
 *   maximum  its place has the file it is in; of equals it is the earliest, then that on the lowest CPU,
 *            then that in the first of the files (in the order of the result: by host, then by name)
 *   exited, waiting, gap_max_ns   of any, of all, the largest of the tasks of a row
 */
#ifndef INTERLOPER_MERGE_H
#define INTERLOPER_MERGE_H

#include "analysis/saved_summary.h"

struct merge;

/* by: SUMMARY_BY_TASK (that is, by name; by group: of names) or SUMMARY_BY_CPU. NULL without memory. */
struct merge *merge_new(enum summary_by by, bool by_group);
void merge_free(struct merge *merge);

/*
 * Adds a summary, or a merged one; nothing of it is kept. Text in it must be clean (text_clean), as JSON's
 * is. file: its name, which a merged one does not need: it knows those of its own files. 0; -EINVAL (it
 * cannot be merged with the others: why has the rest of a line that begins with its name); -ERANGE (so,
 * too: counts do not fit); -ENOMEM. After an error merge is only to be freed.
 */
int merge_add(struct merge *merge, const struct saved_summary *saved, const char *file, char *why,
	      size_t why_size);

/*
 * All that was added, as the summary that JSON makes of it and saved_summary_parse() reads: files sorted,
 * tasks numbered by name. To be freed with saved_summary_free(). 0; -EINVAL (why: a whole line) where
 * there is a file twice, or nothing was added; -ERANGE (so, too); -ENOMEM. merge is then only to be freed.
 */
int merge_finish(struct merge *merge, struct saved_summary *result, char *why, size_t why_size);

/*
 * The sum of all rows of a merged summary: a row by CPU, on CPU 0. 0; -ERANGE where it does not fit;
 * -ENOMEM.
 */
int merge_total(const struct saved_summary *merged, struct summary **total);

#endif
