// SPDX-License-Identifier: GPL-2.0-only
/* What limits come to: see limit.h. */
#include "analysis/limit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int compare_ids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static bool has_id(const uint32_t *ids, uint32_t count, uint32_t id)
{
	return bsearch(&id, ids, count, sizeof(*ids), compare_ids) != NULL;
}

static bool selects_task(const struct limit *l, const struct limit_facts *f, uint32_t task)
{
	return filter_matches_task(&l->tasks, task_table_get(f->tasks, task)) &&
	       (!l->interlopers || has_id(f->interlopers, f->interloper_count, task)) &&
	       (!l->owners || has_id(f->owners, f->owner_count, task));
}

static bool selects_cpu(const struct limit *l, const struct limit_facts *f, uint16_t cpu)
{
	return (!l->cpus || hwloc_bitmap_isset(l->cpus, cpu)) &&
	       (!l->isolated || hwloc_bitmap_isset(f->host->isolated, cpu));
}

static bool any_task_is_selected(const struct limit *l, const struct limit_facts *f)
{
	if (!filter_has_tasks(&l->tasks))
		return true;
	for (uint32_t id = 1; id < f->tasks->count; id++)
		if (filter_matches_task(&l->tasks, &f->tasks->tasks[id]))
			return true;
	return false;
}

static const char no_isolated[] = "no CPU is isolated", no_task[] = "no such task in the trace";

/* Why nothing can be said, whatever was seen; NULL: something can. */
static const char *why_unknown(const struct limit *l, const struct limit_facts *f)
{
	/* A trespass is onto an isolated CPU: where there is none, none says nothing. */
	bool of_isolated = l->isolated || l->statistic == LIMIT_TRESPASSES;

	if (of_isolated && (!f->host || !f->host->isolated))
		return "which CPUs are isolated is not known";
	if (of_isolated && hwloc_bitmap_iszero(f->host->isolated))
		return no_isolated;
	if ((l->cpus && !hwloc_bitmap_isincluded(l->cpus, f->cpus)) ||
	    (l->isolated && !l->cpus && !hwloc_bitmap_isincluded(f->host->isolated, f->cpus)))
		return "not all of these CPUs were traced";
	if ((l->interlopers && !f->interlopers) || (l->owners && !f->owners))
		return "who owns the CPUs is not known: trace them with -C";
	if (l->statistic == LIMIT_TRESPASSES && !f->trespasses)
		return "placements were not traced";
	if (l->statistic == LIMIT_SHARE && !f->window_ns)
		return "how long it was traced is not known";
	if (!any_task_is_selected(l, f))
		return no_task;
	return NULL;
}

static const struct summary_spread *spread_of(const struct summary_row *row,
					      enum limit_quantity quantity)
{
	switch (quantity) {
	case LIMIT_RUN:
		return &row->run;
	case LIMIT_WAKE_DELAY:
		return &row->wake_delay;
	case LIMIT_PREEMPT_DELAY:
		return &row->preempt_delay;
	default:
		return NULL;
	}
}

static uint64_t count_of(const struct summary_row *row, enum limit_quantity quantity)
{
	switch (quantity) {
	case LIMIT_SLICES:
		return row->slices;
	case LIMIT_WAKEUPS:
		return row->wakeups;
	case LIMIT_MIGRATIONS:
		return row->migrations;
	case LIMIT_PREEMPTIONS:
		return row->involuntary;
	default:
		return spread_of(row, quantity)->ns.count;
	}
}

/* What the selected rows come to. */
struct sums {
	struct histogram ns;
	uint64_t count, run_ns;
};

static void note_worst(struct limit_result *r, const struct summary_row *row,
		       const struct summary_spread *spread)
{
	if (!spread->ns.count || (r->worst_at_ns && spread->ns.max_ns <= r->worst_ns))
		return;
	r->worst_ns = spread->ns.max_ns;
	r->worst_at_ns = spread->max_at_ns;
	r->worst_cpu = row->cpu;
	r->worst_task = row->task;
}

static int sum_up(struct sums *sums, struct limit_result *r, const struct limit *l,
		  const struct limit_facts *f)
{
	const struct summary_row *const *rows;
	uint32_t n = summary_rows(f->rows, &rows);

	for (uint32_t i = 0; i < n; i++) {
		const struct summary_row *row = rows[i];
		const struct summary_spread *spread = spread_of(row, l->quantity);

		if (!selects_task(l, f, row->task) || !selects_cpu(l, f, row->cpu))
			continue;
		sums->count += count_of(row, l->quantity);
		sums->run_ns += row->run_total_ns;
		if (!spread)
			continue;
		note_worst(r, row, spread);
		if (histogram_merge(&sums->ns, &spread->ns))
			return -ENOMEM;
	}
	return 0;
}

static uint64_t count_trespasses(const struct limit *l, const struct limit_facts *f)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < f->trespass_count; i++)
		if (selects_task(l, f, f->trespasses[i].task) &&
		    selects_cpu(l, f, f->trespasses[i].cpu))
			sum += f->trespasses[i].count;
	return sum;
}

static double share_of(const struct limit *l, const struct limit_facts *f, uint64_t run_ns)
{
	uint32_t cpus = 0;
	int cpu;

	hwloc_bitmap_foreach_begin (cpu, f->cpus)
		cpus += selects_cpu(l, f, cpu);
	hwloc_bitmap_foreach_end();
	return cpus ? (double)run_ns / ((double)f->window_ns * cpus) : 0;
}

bool limit_is_enough(const struct limit *l, uint64_t samples)
{
	return l->statistic != LIMIT_PERCENTILE ||
	       (double)samples * (100 - l->percentile) >= 100 - 1e-9;
}

static void take_value(struct limit_result *r, const struct limit *l, const struct limit_facts *f,
		       const struct sums *sums)
{
	const struct histogram *ns = &sums->ns;

	r->samples = l->statistic == LIMIT_COUNT ? sums->count : ns->count;
	r->known = true;
	switch (l->statistic) {
	case LIMIT_PERCENTILE:
		r->value = histogram_percentile_ns(ns, l->percentile);
		break;
	case LIMIT_MAX:
		r->value = ns->max_ns;
		break;
	case LIMIT_MIN:
		r->value = ns->min_ns;
		break;
	case LIMIT_MEAN:
		r->value = histogram_mean_ns(ns);
		break;
	case LIMIT_TOTAL:
		r->value = ns->sum_ns;
		break;
	case LIMIT_COUNT:
		r->value = sums->count;
		break;
	case LIMIT_SHARE:
		r->value = share_of(l, f, sums->run_ns);
		break;
	case LIMIT_TRESPASSES:
		r->samples = r->value = count_trespasses(l, f);
		break;
	case LIMIT_LOST:
		r->samples = r->value = f->lost;
		break;
	}
}

static bool holds(const struct limit *l, double value)
{
	switch (l->comparison) {
	case LIMIT_LT:
		return value < l->value;
	case LIMIT_LE:
		return value <= l->value;
	case LIMIT_GT:
		return value > l->value;
	case LIMIT_GE:
		return value >= l->value;
	case LIMIT_EQ:
		return value == l->value;
	default:
		return value != l->value;
	}
}

/* Whether a value without any sample is none: of counts and shares it is 0. */
static bool needs_samples(const struct limit *l)
{
	return l->statistic <= LIMIT_MEAN;
}

static void judge(struct limit_result *r, const struct limit *l)
{
	if (needs_samples(l) && !r->samples) {
		r->known = false;
		r->value = 0;
		r->why = "no sample";
		r->verdict = l->allow_empty ? LIMIT_KEPT : LIMIT_UNKNOWN;
	} else if (!limit_is_enough(l, r->samples)) {
		r->why = "too few samples for this percentile";
		r->verdict = LIMIT_UNKNOWN;
	} else {
		r->verdict = holds(l, r->value) ? LIMIT_KEPT : LIMIT_BROKEN;
	}
}

int limit_check(struct limit_result *r, const struct limit *l, const struct limit_facts *f)
{
	struct sums sums = {};
	int err;

	*r = (struct limit_result){ .verdict = LIMIT_UNKNOWN,
				    .worst_cpu = CPU_UNKNOWN,
				    .worst_task = TASK_UNKNOWN };
	r->why = why_unknown(l, f);
	if (r->why) {
		if (l->allow_empty && (r->why == no_isolated || r->why == no_task))
			r->verdict = LIMIT_KEPT;
		return 0;
	}
	err = l->statistic == LIMIT_LOST || l->statistic == LIMIT_TRESPASSES
		      ? 0
		      : sum_up(&sums, r, l, f);
	if (!err) {
		take_value(r, l, f, &sums);
		judge(r, l);
	}
	histogram_free(&sums.ns);
	return err;
}
