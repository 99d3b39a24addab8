// SPDX-License-Identifier: GPL-2.0-only
/* Who ran on the target CPUs beside their owners: see interlopers.h. */
#include "analysis/interlopers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/rows.h"

static int compare(const void *a, const void *b)
{
	const struct interloper *one = a, *other = b;

	if (one->delay_ns != other->delay_ns)
		return one->delay_ns < other->delay_ns ? 1 : -1;
	if (one->visits->run_total_ns != other->visits->run_total_ns)
		return one->visits->run_total_ns < other->visits->run_total_ns ? 1 : -1;
	return (one->visits->task > other->visits->task) -
	       (one->visits->task < other->visits->task);
}

/* Splits who ran there into owners and the others. */
static int split(struct interlopers *r, const struct visits *visits, const struct task_table *tasks,
		 const struct owner_options *options)
{
	const struct visits_row *const *rows;
	uint32_t n = visits_rows(visits, &rows);

	r->owners = calloc(n + 1, sizeof(*r->owners));
	r->list = calloc(n + 1, sizeof(*r->list));
	if (!r->owners || !r->list)
		return -ENOMEM;
	/* Lent to the rule: who ran there at all. */
	for (uint32_t i = 0; i < n; i++)
		r->owners[i] = rows[i]->task;
	r->asked = options->asked && filter_has_tasks(options->asked);
	r->rule = owner_rule_of(options, r->owners, n, tasks);
	for (uint32_t i = 0; i < n; i++) {
		if (owner_is(options, r->rule, task_table_get(tasks, rows[i]->task))) {
			r->owners[r->owner_count++] = rows[i]->task;
			r->owners_run_ns += rows[i]->run_total_ns;
		} else {
			r->list[r->count++].visits = rows[i];
			r->run_ns += rows[i]->run_total_ns;
		}
	}
	return 0;
}

static void add_pair(struct interloper *interloper, const struct blame_pair *pair)
{
	for (int kind = 0; kind < BLAME_KINDS; kind++) {
		const struct blame_sum *sum = &pair->sums[kind];

		interloper->waits += sum->count;
		interloper->delay_ns += sum->total_ns;
		if (sum->worst_ns > interloper->worst_ns) {
			interloper->worst_ns = sum->worst_ns;
			interloper->worst_since_ns = sum->worst_since_ns;
		}
	}
}

/* What each cost the owners. by_task: rows of struct interloper *. */
static void charge(struct interlopers *r, const struct rows *by_task, const struct blame *blame,
		   const struct task_table *tasks, const struct owner_options *options)
{
	const struct blame_victim *const *victims;
	const struct blame_pair *const *pairs = blame_pairs(blame);
	uint32_t n = blame_victims(blame, &victims);

	for (uint32_t i = 0; i < n; i++) {
		const struct blame_victim *victim = victims[i];

		if (!owner_is(options, r->rule, task_table_get(tasks, victim->task)))
			continue;
		r->owners_waits += blame_count(victim->delays);
		r->owners_delay_ns += blame_total_ns(victim->delays);
		for (uint32_t p = 0; p < victim->pair_count; p++) {
			const struct blame_pair *pair = pairs[victim->first_pair + p];
			struct interloper **row = pair->culprit == TASK_UNKNOWN
							  ? NULL
							  : rows_find(by_task, 0, pair->culprit);

			if (!row)
				continue;
			add_pair(*row, pair);
			r->caused_ns += blame_total_ns(pair->sums);
		}
	}
}

static int index_by_task(struct rows *by_task, struct interlopers *r)
{
	for (uint32_t i = 0; i < r->count; i++) {
		struct interloper **row = rows_make(by_task, 0, r->list[i].visits->task);

		if (!row)
			return -ENOMEM;
		*row = &r->list[i];
	}
	return 0;
}

int interlopers_make(struct interlopers *r, const struct visits *visits, const struct blame *blame,
		     const struct task_table *tasks, const struct owner_options *options,
		     uint32_t rhythms)
{
	struct rows by_task;
	int err;

	memset(r, 0, sizeof(*r));
	rows_init(&by_task, ROWS_BY_TASK, sizeof(struct interloper *));
	err = split(r, visits, tasks, options);
	if (!err)
		err = index_by_task(&by_task, r);
	if (!err)
		charge(r, &by_task, blame, tasks, options);
	rows_free(&by_task);
	if (err) {
		interlopers_free(r);
		return err;
	}
	qsort(r->list, r->count, sizeof(*r->list), compare);
	for (uint32_t i = 0; i < r->count && i < rhythms; i++) {
		const struct visits_row *row = r->list[i].visits;

		r->list[i].is_rhythmic =
			rhythm_find(row->starts_ns, row->runs_ns, row->kept, &r->list[i].rhythm);
	}
	return 0;
}

void interlopers_free(struct interlopers *r)
{
	free(r->owners);
	free(r->list);
	memset(r, 0, sizeof(*r));
}
