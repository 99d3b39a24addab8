// SPDX-License-Identifier: GPL-2.0-only
/* What limits come to: see limit.h. */
#include "analysis/limit.h"

#include <errno.h>
#include <math.h>
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

bool limit_selects_task(const struct limit *l, const struct limit_facts *f, uint32_t task)
{
	return filter_matches_task(&l->tasks, task_table_get(f->tasks, task)) &&
	       (!l->interlopers || has_id(f->interlopers, f->interloper_count, task)) &&
	       (!l->owners || has_id(f->owners, f->owner_count, task));
}

bool limit_selects_cpu(const struct limit *l, const struct limit_facts *f, uint16_t cpu)
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

static const char no_isolated[] = "no CPU is isolated", no_task[] = "no such task in the trace",
		  no_window[] = "how long it was traced is not known";

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
	if (l->statistic == LIMIT_BLAMED && !f->blamed)
		return "who waited for whom is not known of this trace";
	if (l->statistic == LIMIT_SHARE && !f->window_ns)
		return no_window;
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
	uint64_t gaps, gap_max_ns, cut_waits, cut_wait_max_ns;
};

static void note_worst(struct limit_result *r, const struct summary_spread *spread)
{
	if (!spread->ns.count || (r->worst_at_ns && spread->ns.max_ns <= r->worst_ns))
		return;
	r->worst_ns = spread->ns.max_ns;
	r->worst_at_ns = spread->max_at_ns;
	r->worst_cpu = spread->max_cpu;
	r->worst_task = spread->max_task;
}

static int sum_up(struct sums *sums, struct limit_result *r, const struct limit *l,
		  const struct limit_facts *f)
{
	const struct summary_row *const *rows;
	uint32_t n = summary_rows(f->rows, &rows);

	for (uint32_t i = 0; i < n; i++) {
		const struct summary_row *row = rows[i];
		const struct summary_spread *spread = spread_of(row, l->quantity);

		if (!limit_selects_task(l, f, row->task) || !limit_selects_cpu(l, f, row->cpu))
			continue;
		sums->count += count_of(row, l->quantity);
		sums->run_ns += row->run_total_ns;
		sums->gaps += row->gaps;
		if (row->gap_max_ns > sums->gap_max_ns)
			sums->gap_max_ns = row->gap_max_ns;
		sums->cut_waits += row->cut_waits;
		if (row->cut_wait_max_ns > sums->cut_wait_max_ns)
			sums->cut_wait_max_ns = row->cut_wait_max_ns;
		if (!spread)
			continue;
		note_worst(r, spread);
		if (histogram_merge(&sums->ns, &spread->ns))
			return -ENOMEM;
	}
	return 0;
}

static uint64_t count_trespasses(const struct limit *l, const struct limit_facts *f)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < f->trespass_count; i++)
		if (limit_selects_task(l, f, f->trespasses[i].task) &&
		    limit_selects_cpu(l, f, f->trespasses[i].cpu))
			sum += f->trespasses[i].count;
	return sum;
}

static void sum_blame(struct limit_result *r, const struct limit *l, const struct limit_facts *f)
{
	for (uint32_t i = 0; i < f->blamed_count; i++) {
		if (!limit_selects_task(l, f, f->blamed[i].task))
			continue;
		r->samples += f->blamed[i].waits;
		r->value += f->blamed[i].ns;
	}
}

uint32_t limit_cpus(const struct limit *l, const struct limit_facts *f)
{
	uint32_t cpus = 0;
	int cpu;

	hwloc_bitmap_foreach_begin (cpu, f->cpus)
		cpus += limit_selects_cpu(l, f, cpu);
	hwloc_bitmap_foreach_end();
	return cpus;
}

static double share_of(const struct limit *l, const struct limit_facts *f, uint64_t run_ns)
{
	uint32_t cpus = limit_cpus(l, f);

	return cpus ? (double)run_ns / ((double)f->window_ns * cpus) : 0;
}

bool limit_is_enough(const struct limit *l, uint64_t samples)
{
	return l->statistic != LIMIT_PERCENTILE ||
	       (double)samples * (100 - l->percentile) >= 100 - 1e-9;
}

static void set_value(struct limit_result *r, const struct limit *l, const struct limit_facts *f,
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
	case LIMIT_BLAMED:
		r->samples = 0;
		sum_blame(r, l, f);
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

/* Between what a value may lie, with all that was not seen whole at its smallest, or at its
 * largest. */
struct bounds {
	double low, high;
};

/* Samples that were not seen: so many, of at most so much each. */
struct unseen {
	uint64_t count, most_ns;
};

static int percentile_with(double *value, const struct limit *l, const struct histogram *seen,
			   const struct unseen *unseen, bool largest)
{
	uint64_t ns = largest ? unseen->most_ns : 0;
	struct histogram all = {};
	int err = histogram_merge(&all, seen);

	if (!err)
		err = histogram_add_bucket(&all, loglin_bucket(ns), unseen->count);
	if (!err) {
		all.min_ns = ns < all.min_ns ? ns : all.min_ns;
		all.max_ns = ns > all.max_ns ? ns : all.max_ns;
		*value = histogram_percentile_ns(&all, l->percentile);
	}
	histogram_free(&all);
	return err;
}

/* b: of what was seen; made to hold more. 0 or -ENOMEM. */
static int spread_bounds(struct bounds *b, const struct limit *l, const struct sums *sums,
			 const struct unseen *unseen)
{
	double most_ns = unseen->most_ns == UINT64_MAX ? INFINITY : unseen->most_ns;
	double value = b->high, part = (double)unseen->count / (sums->ns.count + unseen->count);
	int err;

	if (!unseen->count)
		return 0;
	switch (l->statistic) {
	case LIMIT_PERCENTILE:
		err = percentile_with(&b->low, l, &sums->ns, unseen, false);
		return err ? err : percentile_with(&b->high, l, &sums->ns, unseen, true);
	case LIMIT_MIN:
		b->low = 0;
		break;
	case LIMIT_MAX:
		b->high = fmax(value, most_ns);
		break;
	case LIMIT_MEAN:
		b->low = value * (1 - part);
		b->high = fmax(value, b->low + most_ns * part);
		break;
	case LIMIT_TOTAL:
		b->high = value + most_ns * unseen->count;
		break;
	case LIMIT_COUNT:
		b->high = value + (l->quantity < LIMIT_SLICES ? unseen->count : 0);
		break;
	default:
		break;
	}
	return 0;
}

static bool could_turn(const struct limit *l, const struct bounds *b)
{
	if (l->comparison == LIMIT_EQ || l->comparison == LIMIT_NE)
		return b->low != b->high && l->value >= b->low && l->value <= b->high;
	return holds(l, b->low) != holds(l, b->high);
}

static bool is_of_delays(const struct limit *l)
{
	return needs_samples(l) &&
	       (l->quantity == LIMIT_WAKE_DELAY || l->quantity == LIMIT_PREEMPT_DELAY);
}

/* What gaps may have made of a value. */
static int spread_by_gaps(struct bounds *b, const struct limit *l, const struct sums *sums,
			  const struct limit_facts *f)
{
	struct unseen unseen = { sums->gaps, is_of_delays(l) ? UINT64_MAX : sums->gap_max_ns };

	if (l->statistic == LIMIT_SHARE && unseen.count && limit_cpus(l, f))
		b->high += unseen.most_ns == UINT64_MAX
				   ? INFINITY
				   : (double)unseen.most_ns * unseen.count /
					     ((double)f->window_ns * limit_cpus(l, f));
	return spread_bounds(b, l, sums, &unseen);
}

/* What waits that the trace's end cut may have made of it, where they were longer than it allows
 * already. */
static int spread_by_cut_waits(struct bounds *b, const struct limit *l, const struct sums *sums)
{
	struct unseen unseen = { 0, UINT64_MAX };

	if (is_of_delays(l) && sums->cut_wait_max_ns > sums->ns.max_ns &&
	    !holds(l, sums->cut_wait_max_ns))
		unseen.count = sums->cut_waits;
	return spread_bounds(b, l, sums, &unseen);
}

/* *why: NULL where nothing could turn the verdict. 0 or -ENOMEM. */
static int find_open(const char **why, const struct limit *l, const struct sums *sums,
		     const struct limit_facts *f, double value)
{
	struct bounds gaps = { value, value }, cut = gaps;
	int err = spread_by_gaps(&gaps, l, sums, f);

	*why = NULL;
	if (!err)
		err = spread_by_cut_waits(&cut, l, sums);
	if (err)
		return err;
	if (could_turn(l, &gaps))
		*why = "slices whose start was missed (gaps) could change it";
	else if (could_turn(l, &cut))
		*why = "a task still waited, for longer, when the trace ended";
	return 0;
}

static int judge(struct limit_result *r, const struct limit *l, const struct sums *sums,
		 const struct limit_facts *f)
{
	if (needs_samples(l) && !r->samples) {
		r->known = false;
		r->value = 0;
		r->why = "no sample";
		r->verdict = l->allow_empty ? LIMIT_PASS : LIMIT_INCONCLUSIVE;
		return 0;
	}
	if (!limit_is_enough(l, r->samples)) {
		r->why = "too few samples for this percentile";
		r->verdict = LIMIT_INCONCLUSIVE;
		return 0;
	}
	if (find_open(&r->why, l, sums, f, r->value))
		return -ENOMEM;
	if (r->why)
		r->verdict = LIMIT_INCONCLUSIVE;
	else
		r->verdict = holds(l, r->value) ? LIMIT_PASS : LIMIT_FAIL;
	return 0;
}

/* Sums up what is selected, if anything can be known of it; 0, 1 (r says why not), -ENOMEM. */
static int find(struct sums *sums, struct limit_result *r, const struct limit *l,
		const struct limit_facts *f)
{
	*r = (struct limit_result){ .verdict = LIMIT_INCONCLUSIVE,
				    .worst_cpu = CPU_UNKNOWN,
				    .worst_task = TASK_UNKNOWN };
	r->why = why_unknown(l, f);
	if (r->why)
		return 1;
	if (l->statistic >= LIMIT_BLAMED)
		return 0;
	return sum_up(sums, r, l, f);
}

int limit_check(struct limit_result *r, const struct limit *l, const struct limit_facts *f)
{
	struct sums sums = {};
	int err = find(&sums, r, l, f);

	if (err > 0 && l->allow_empty && (r->why == no_isolated || r->why == no_task))
		r->verdict = LIMIT_PASS;
	if (!err) {
		set_value(r, l, f, &sums);
		err = judge(r, l, &sums, f);
	}
	histogram_free(&sums.ns);
	return err < 0 ? err : 0;
}

int limit_measure(struct limit_result *r, const struct limit *l, const struct limit_facts *f)
{
	struct sums sums = {};
	int err = find(&sums, r, l, f);

	if (!err) {
		set_value(r, l, f, &sums);
		if (needs_samples(l) && !r->samples) {
			r->known = false;
			r->why = "no sample";
		} else if ((l->statistic == LIMIT_COUNT || l->statistic == LIMIT_TOTAL) &&
			   !f->window_ns) {
			r->known = false;
			r->why = no_window;
		}
	}
	if (!err && r->known) {
		r->verdict = LIMIT_PASS;
		if (l->statistic == LIMIT_PERCENTILE)
			r->value = histogram_percentile_interpolated_ns(&sums.ns, l->percentile);
		else if (l->statistic == LIMIT_COUNT || l->statistic == LIMIT_TOTAL)
			r->value *= 1e9 / f->window_ns;
	}
	histogram_free(&sums.ns);
	return err < 0 ? err : 0;
}

static bool same_tasks(const struct filter *a, const struct filter *b)
{
	if (a->comm_count != b->comm_count || a->pid_count != b->pid_count || a->vcpus != b->vcpus)
		return false;
	for (uint32_t i = 0; i < a->comm_count; i++)
		if (strcmp(a->comms[i], b->comms[i]) != 0)
			return false;
	for (uint32_t i = 0; i < a->pid_count; i++)
		if (a->pids[i] != b->pids[i])
			return false;
	return true;
}

bool limit_same_selection(const struct limit *a, const struct limit *b)
{
	if (a->isolated != b->isolated || a->interlopers != b->interlopers ||
	    a->owners != b->owners || !a->cpus != !b->cpus ||
	    (a->cpus && !hwloc_bitmap_isequal(a->cpus, b->cpus)))
		return false;
	return same_tasks(&a->tasks, &b->tasks);
}
