// SPDX-License-Identifier: GPL-2.0-only
/* What is compared where nobody says what: see family.h. */
#include "analysis/family.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "group.h"

void family_group_name(char name[FAMILY_NAME_MAX], const char *comm)
{
	char padded[GROUP_NAME_MAX] = "";

	memcpy(padded, comm, strnlen(comm, GROUP_NAME_MAX - 1));
	group_name(name, padded);
}

/* A group in one run. */
struct waits {
	char name[FAMILY_NAME_MAX];
	uint32_t run;
	uint64_t wakes, preempts, total_ns;
};

/* A group in all runs. */
struct group {
	const char *name;
	uint32_t runs;
	bool is_new;		  /* a run that is no baseline has it */
	uint64_t wakes, preempts; /* the least of any run */
	uint64_t waits, total_ns; /* in the baselines */
};

static int by_name(const void *a, const void *b)
{
	const struct waits *one = a, *other = b;
	int order = strcmp(one->name, other->name);

	return order ? order : (one->run > other->run) - (one->run < other->run);
}

static int by_total(const void *a, const void *b)
{
	const struct group *one = a, *other = b;

	if (one->total_ns != other->total_ns)
		return one->total_ns < other->total_ns ? 1 : -1;
	return strcmp(one->name, other->name);
}

/* What the filter language has no word for: its own signs, and what would read as an id. */
static bool can_be_said(const char *name)
{
	const char *star = strchr(name, '*');

	if (!*name || strpbrk(name, "\",") || (star && star[1]) || !strcmp(name, "vcpu") ||
	    !strcmp(name, "*") || name[0] == ' ' || name[strlen(name) - 1] == ' ')
		return false;
	for (const char *c = name; *c; c++)
		if ((unsigned char)*c < ' ' || *c == '\177')
			return false;
	return strspn(name, "0123456789") != strlen(name);
}

/* The row's waits, as those of its group; all: those of the group of all tasks, whose name is
 * empty. */
static void take_row(struct waits *waits, const struct summary_row *row, const char *comm,
		     uint32_t run, bool all)
{
	if (all)
		waits->name[0] = '\0';
	else
		family_group_name(waits->name, comm);
	waits->run = run;
	waits->wakes = row->wake_delay.ns.count;
	waits->preempts = row->preempt_delay.ns.count;
	waits->total_ns = row->wake_delay.ns.sum_ns + row->preempt_delay.ns.sum_ns;
}

/* Sorted, rows of one group and run added up; their number. */
static uint32_t add_up(struct waits *waits, uint32_t count)
{
	uint32_t kept = 0;

	qsort(waits, count, sizeof(*waits), by_name);
	for (uint32_t i = 0; i < count; i++) {
		struct waits *last = kept ? &waits[kept - 1] : NULL;

		if (!last || by_name(last, &waits[i])) {
			waits[kept++] = waits[i];
			continue;
		}
		last->wakes += waits[i].wakes;
		last->preempts += waits[i].preempts;
		last->total_ns += waits[i].total_ns;
	}
	return kept;
}

/* All runs' groups; NULL without memory. */
static struct waits *collect(const struct family_run *runs, uint32_t count, uint32_t *n)
{
	const struct summary_row *const *rows;
	struct waits *waits;
	size_t most = 1;

	*n = 0;
	for (uint32_t r = 0; r < count; r++)
		most += 2 * (size_t)summary_rows(runs[r].rows, &rows);
	waits = calloc(most, sizeof(*waits));
	if (!waits)
		return NULL;
	for (uint32_t r = 0; r < count; r++) {
		uint32_t number = summary_rows(runs[r].rows, &rows);

		for (uint32_t i = 0; i < number; i++) {
			const char *comm = task_table_get(runs[r].tasks, rows[i]->task)->comm;

			take_row(&waits[(*n)++], rows[i], comm, r, true);
			take_row(&waits[(*n)++], rows[i], comm, r, false);
		}
	}
	*n = add_up(waits, *n);
	return waits;
}

static void take_waits(struct group *group, const struct waits *waits, const struct family_run *run)
{
	group->wakes = group->runs && group->wakes < waits->wakes ? group->wakes : waits->wakes;
	group->preempts = group->runs && group->preempts < waits->preempts ? group->preempts
									   : waits->preempts;
	group->runs++;
	if (run->is_baseline) {
		group->waits += waits->wakes + waits->preempts;
		group->total_ns += waits->total_ns;
	} else {
		group->is_new = true;
	}
}

static uint32_t make_groups(struct group *groups, const struct waits *waits, uint32_t n,
			    const struct family_run *runs)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < n; i++) {
		if (!i || strcmp(waits[i].name, waits[i - 1].name))
			groups[count++] = (struct group){ .name = waits[i].name };
		take_waits(&groups[count - 1], &waits[i], &runs[waits[i].run]);
	}
	return count;
}

static int add_text(struct family *family, const char *quantity, const char *name)
{
	char *text;

	if (*name ? asprintf(&text, "%s, task=%s%s%s)", quantity, strpbrk(name, " ()#") ? "\"" : "",
			     name, strpbrk(name, " ()#") ? "\"" : "") < 0
		  : asprintf(&text, "%s)", quantity) < 0)
		return -ENOMEM;
	family->texts[family->count++] = text;
	return 0;
}

static int add_group(struct family *family, const struct group *group)
{
	int err = 0;

	if (group->wakes >= FAMILY_SAMPLES) {
		err = add_text(family, "p50(wake_delay", group->name);
		if (!err)
			err = add_text(family, "p99(wake_delay", group->name);
	}
	if (!err && group->preempts >= FAMILY_SAMPLES)
		err = add_text(family, "p99(preempt_delay", group->name);
	return err;
}

static bool is_comparable(const struct group *group, uint32_t runs)
{
	return group->runs == runs &&
	       (group->wakes >= FAMILY_SAMPLES || group->preempts >= FAMILY_SAMPLES);
}

/* Whether nearly all waits are those of one group that is compared itself. */
static bool is_one_group(const struct group *groups, uint32_t count, const struct group *all,
			 uint32_t runs)
{
	for (uint32_t i = 0; i < count; i++)
		if (*groups[i].name && is_comparable(&groups[i], runs) &&
		    can_be_said(groups[i].name) && groups[i].waits >= 0.9 * all->waits)
			return true;
	return false;
}

static int choose(struct family *family, const struct group *groups, uint32_t count, uint32_t runs)
{
	int err = 0;

	family->texts = calloc(3 * (FAMILY_GROUPS + 1), sizeof(*family->texts));
	if (!family->texts)
		return -ENOMEM;
	for (uint32_t i = 0; i < count && !err; i++)
		if (!*groups[i].name && is_comparable(&groups[i], runs) &&
		    !is_one_group(groups, count, &groups[i], runs))
			err = add_group(family, &groups[i]);
	for (uint32_t i = 0; i < count && !err; i++) {
		const struct group *group = &groups[i];

		if (!*group->name)
			continue;
		if (family->groups < FAMILY_GROUPS && is_comparable(group, runs) &&
		    can_be_said(group->name)) {
			family->groups++;
			err = add_group(family, group);
		} else {
			family->left_out += group->is_new;
		}
	}
	return err;
}

int family_make(struct family *family, const struct family_run *runs, uint32_t count)
{
	struct group *groups = NULL;
	struct waits *waits;
	uint32_t n;
	int err = -ENOMEM;

	memset(family, 0, sizeof(*family));
	waits = collect(runs, count, &n);
	if (waits)
		groups = calloc(n + 1, sizeof(*groups));
	if (groups) {
		n = make_groups(groups, waits, n, runs);
		qsort(groups, n, sizeof(*groups), by_total);
		err = choose(family, groups, n, count);
	}
	free(groups);
	free(waits);
	if (err)
		family_free(family);
	return err;
}

void family_free(struct family *family)
{
	for (uint32_t i = 0; i < family->count; i++)
		free(family->texts[i]);
	free(family->texts);
	memset(family, 0, sizeof(*family));
}
