// SPDX-License-Identifier: GPL-2.0-only
/* What changed, and whether that is more than chance: see verify.h. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/verify_internal.h"

#define BLOCKS_MIN  8
#define P50_MIN	    20
#define P99_MIN	    100
#define SAMPLES_MIN 2

/* A change must be larger than both. */
static const struct rule {
	const char *name;
	double floor, fraction;
	bool is_primary, more_is_better;
} rules[VERIFY_QUANTITIES] = {
	[VERIFY_SHARE] = { "share", 0.001, 0.05, true, false },
	[VERIFY_LONGEST] = { "longest_ns", 0, 0, false, false },
	[VERIFY_P50] = { "delay_p50_ns", 10e3, 0.10, false, false },
	[VERIFY_P99] = { "delay_p99_ns", 10e3, 0.10, true, false },
	[VERIFY_MAX] = { "delay_max_ns", 0, 0, false, false },
	[VERIFY_DELAY] = { "delay_ns_per_s", 100e3, 0.05, true, false },
	[VERIFY_SCAN] = { "scan_pages_per_s", 1, 0.05, false, true },
};

static uint64_t window_ns(const struct verify_side *side)
{
	return side->end_ns - side->begin_ns;
}

/* Why nothing can be concluded from a side. */
static enum verify_reason damage(const struct verify_side *side)
{
	if (side->lost)
		return VERIFY_LOST;
	if (side->impossible)
		return VERIFY_IMPOSSIBLE;
	return verify_block_count(side) < BLOCKS_MIN ? VERIFY_SHORT : VERIFY_KNOWN;
}

static struct verify_value value_if(bool known, double value)
{
	return (struct verify_value){ .known = known, .value = known ? value : 0 };
}

static struct verify_value longest_of(uint64_t whole_ns, uint64_t cut_ns, bool known)
{
	struct verify_value v = value_if(known, whole_ns > cut_ns ? whole_ns : cut_ns);

	v.at_least = known && cut_ns > whole_ns;
	return v;
}

/* What a side is worth as a sample. */
struct sample {
	struct verify_value values[VERIFY_QUANTITIES];
	unsigned int blocks_run, blocks_delay, blocks_waits; /* with any of these */
	uint64_t waits;
	uint32_t scan_samples;
	bool has_owner;
	double gap_share; /* so much more may the interlopers' share be in truth */
	double left;	  /* verify_spells_left() on the other side; 1: it has stays, too */
};

static int sample_make(struct sample *s, const struct verify_side *side)
{
	struct verify_value *v = s->values;
	uint64_t run_ns = 0, delay_ns = 0;
	struct histogram delays = {};
	bool scans = side->scan_samples && side->scan_pages_per_s >= 0 &&
		     isfinite(side->scan_pages_per_s);

	memset(s, 0, sizeof(*s));
	for (unsigned int b = 0; b < VERIFY_BLOCKS; b++) {
		const struct verify_block *block = &side->blocks[b];

		run_ns += block->run_ns;
		delay_ns += block->delay_ns;
		s->blocks_run += block->run_ns > 0;
		s->blocks_delay += block->waits > 0;
		s->blocks_waits += block->delays.count > 0;
		if (histogram_merge(&delays, &block->delays)) {
			histogram_free(&delays);
			return -ENOMEM;
		}
	}
	s->waits = side->waits;
	s->has_owner = side->owner_slices > 0;
	s->scan_samples = scans ? side->scan_samples : 0;
	if (window_ns(side)) {
		v[VERIFY_SHARE] = value_if(true, verify_share(run_ns, window_ns(side), side->cpus));
		s->gap_share = verify_share(side->gap_ns, window_ns(side), side->cpus);
		v[VERIFY_DELAY] =
			value_if(s->has_owner, verify_delay_rate(delay_ns, window_ns(side)));
	}
	v[VERIFY_LONGEST] = longest_of(side->longest_ns, side->longest_cut_ns, side->slices);
	v[VERIFY_P50] = value_if(side->waits, histogram_percentile_ns(&delays, 50));
	v[VERIFY_P99] = value_if(side->waits, histogram_percentile_ns(&delays, 99));
	v[VERIFY_MAX] = longest_of(side->max_delay_ns, side->max_cut_delay_ns,
				   side->waits || side->cut_waits);
	v[VERIFY_SCAN] = value_if(scans, side->scan_pages_per_s);
	histogram_free(&delays);
	return 0;
}

static bool is_small(enum verify_quantity q, const struct verify_metric *m)
{
	double size = fabs(m->change);

	return size <= rules[q].floor || size <= rules[q].fraction * m->before.value;
}

/* Enough on the side that has more: where nothing came on the other, that is what changed. */
static bool few_blocks(unsigned int before, unsigned int after)
{
	unsigned int more = before > after ? before : after;

	return more && more < BLOCKS_MIN;
}

/* Stays on one side alone, in too many spells for chance. */
static bool is_one_sided(const struct sample *before, const struct sample *after)
{
	return fmin(before->left, after->left) < 1;
}

static bool few_waits(const struct sample *before, const struct sample *after, uint64_t min)
{
	return before->waits < min || after->waits < min || before->blocks_waits < BLOCKS_MIN ||
	       after->blocks_waits < BLOCKS_MIN;
}

/* Why a quantity has no verdict. */
static enum verify_reason why_unknown(enum verify_quantity q, const struct verify_metric *m,
				      const struct sample *before, const struct sample *after)
{
	bool of_owner = q == VERIFY_P50 || q == VERIFY_P99 || q == VERIFY_MAX || q == VERIFY_DELAY;

	if (of_owner && !(before->has_owner && after->has_owner))
		return VERIFY_NO_OWNER;
	switch (q) {
	case VERIFY_SHARE:
		if (few_blocks(before->blocks_run, after->blocks_run) && !is_small(q, m) &&
		    !is_one_sided(before, after))
			return VERIFY_FEW;
		break;
	case VERIFY_DELAY:
		if (few_blocks(before->blocks_delay, after->blocks_delay) && !is_small(q, m))
			return VERIFY_FEW;
		break;
	case VERIFY_P50:
	case VERIFY_P99:
		if (few_waits(before, after, q == VERIFY_P50 ? P50_MIN : P99_MIN))
			return VERIFY_FEW;
		break;
	case VERIFY_SCAN:
		if (m->change_known &&
		    (before->scan_samples < SAMPLES_MIN || after->scan_samples < SAMPLES_MIN))
			return VERIFY_FEW;
		break;
	default:
		if (m->change_known)
			return VERIFY_SINGLE;
	}
	return m->change_known ? VERIFY_KNOWN : VERIFY_NO_VALUE;
}

static int by_value(const void *a, const void *b)
{
	double one = *(const double *)a, other = *(const double *)b;

	return (one > other) - (one < other);
}

/* From both sides' deviations. */
static void set_interval(struct verify_metric *m, const double *before, const double *after)
{
	double change[VERIFY_DRAWS];
	unsigned int n = 0, tail;

	for (unsigned int d = 0; d < VERIFY_DRAWS; d++)
		if (!isnan(before[d]) && !isnan(after[d]))
			change[n++] = m->change + after[d] - before[d];
	if (!m->change_known || n < VERIFY_DRAWS / 2)
		return;
	qsort(change, n, sizeof(*change), by_value);
	tail = n * VERIFY_TAIL;
	m->low = fmin(change[tail], m->change);
	m->high = fmax(change[n - 1 - tail], m->change);
	m->interval_known = true;
}

/* That all spells are on one side says more than how long they are, which is all that a bootstrap
 * goes by. */
static void narrow_by_spells(struct verify_metric *m, const struct sample *before,
			     const struct sample *after)
{
	double left = fmin(before->left, after->left);

	if (!m->interval_known || !is_one_sided(before, after))
		return;
	if (m->change < 0)
		m->high = fmin(m->high, (1 - left) * m->change);
	else
		m->low = fmax(m->low, (1 - left) * m->change);
}

static int set_intervals(struct verify_result *r, const struct verify_side *before,
			 const struct verify_side *after)
{
	struct verify_draws *draws = malloc(2 * sizeof(*draws));
	struct verify_metric *m = r->metrics;

	if (!draws || verify_draw(before, 0x9e3779b97f4a7c15, &draws[0]) ||
	    verify_draw(after, 0xd1b54a32d192ed03, &draws[1])) {
		free(draws);
		return -ENOMEM;
	}
	set_interval(&m[VERIFY_SHARE], draws[0].share, draws[1].share);
	set_interval(&m[VERIFY_P50], draws[0].p50, draws[1].p50);
	set_interval(&m[VERIFY_P99], draws[0].p99, draws[1].p99);
	set_interval(&m[VERIFY_DELAY], draws[0].delay, draws[1].delay);
	free(draws);
	return 0;
}

static enum verify_verdict verdict_of(enum verify_quantity q, const struct verify_metric *m)
{
	if (is_small(q, m) || (m->interval_known && m->low <= 0 && m->high >= 0))
		return VERIFY_NO_CHANGE;
	return (m->change > 0) == rules[q].more_is_better ? VERIFY_BETTER : VERIFY_WORSE;
}

/*
 * Slices without a start may have been the interlopers' own: so much wider is the share's interval,
 * and a verdict that does not survive that is none.
 */
static void allow_for_gaps(struct verify_metric *m, const struct sample *before,
			   const struct sample *after)
{
	enum verify_verdict bare = m->verdict;
	double floor = rules[VERIFY_SHARE].floor;

	m->low -= before->gap_share;
	m->high += after->gap_share;
	if (bare == VERIFY_NO_CHANGE ? before->gap_share <= floor && after->gap_share <= floor
				     : verdict_of(VERIFY_SHARE, m) == bare)
		return;
	m->verdict = VERIFY_UNKNOWN;
	m->reason = VERIFY_GAPS;
}

static void judge(enum verify_quantity q, struct verify_metric *m, const struct sample *before,
		  const struct sample *after)
{
	m->reason = why_unknown(q, m, before, after);
	if (m->reason) {
		m->interval_known = false;
		m->low = m->high = 0;
		return;
	}
	m->verdict = verdict_of(q, m);
	if (q == VERIFY_SHARE && m->interval_known)
		allow_for_gaps(m, before, after);
}

/* The overall verdict, and the first quantity that has it. */
static void decide(struct verify_result *r)
{
	static const enum verify_verdict order[] = { VERIFY_WORSE, VERIFY_BETTER,
						     VERIFY_NO_CHANGE };

	for (unsigned int i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		for (int q = 0; q < VERIFY_QUANTITIES; q++) {
			if (!rules[q].is_primary || r->metrics[q].verdict != order[i])
				continue;
			r->verdict = order[i];
			r->decided_by = q;
			return;
		}
	}
	r->reason = r->metrics[VERIFY_SHARE].reason;
}

int verify_compare(const struct verify_side *before, const struct verify_side *after,
		   struct verify_result *r)
{
	struct sample was, is;

	memset(r, 0, sizeof(*r));
	if (sample_make(&was, before) || sample_make(&is, after))
		return -ENOMEM;
	for (int q = 0; q < VERIFY_QUANTITIES; q++) {
		struct verify_metric *m = &r->metrics[q];

		m->before = was.values[q];
		m->after = is.values[q];
		m->change_known = m->before.known && m->after.known;
		m->change = m->change_known ? m->after.value - m->before.value : 0;
	}
	r->reason = damage(before);
	if (!r->reason) {
		r->reason = damage(after);
		r->reason_after = r->reason != VERIFY_KNOWN;
	}
	if (r->reason) {
		for (int q = 0; q < VERIFY_QUANTITIES; q++)
			r->metrics[q].reason = r->reason;
		return 0;
	}
	if (set_intervals(r, before, after))
		return -ENOMEM;
	was.left = is.blocks_run ? 1 : verify_spells_left(before, after);
	is.left = was.blocks_run ? 1 : verify_spells_left(after, before);
	narrow_by_spells(&r->metrics[VERIFY_SHARE], &was, &is);
	for (int q = 0; q < VERIFY_QUANTITIES; q++)
		judge(q, &r->metrics[q], &was, &is);
	decide(r);
	return 0;
}

bool verify_is_primary(enum verify_quantity q)
{
	return q < VERIFY_QUANTITIES && rules[q].is_primary;
}

const char *verify_quantity_name(enum verify_quantity q)
{
	return q < VERIFY_QUANTITIES ? rules[q].name : NULL;
}

const char *verify_verdict_name(enum verify_verdict verdict)
{
	static const char *const names[] = {
		[VERIFY_UNKNOWN] = "unknown",
		[VERIFY_NO_CHANGE] = "no change",
		[VERIFY_BETTER] = "better",
		[VERIFY_WORSE] = "worse",
	};

	return names[verdict <= VERIFY_WORSE ? verdict : VERIFY_UNKNOWN];
}

const char *verify_reason_text(enum verify_reason reason)
{
	static const char *const texts[] = {
		[VERIFY_LOST] = "events were lost",
		[VERIFY_GAPS] = "slices whose start was missed may have been theirs",
		[VERIFY_IMPOSSIBLE] = "the trace contradicts itself",
		[VERIFY_SHORT] = "the trace ended too early",
		[VERIFY_NO_OWNER] = "no owner was seen",
		[VERIFY_FEW] = "too few samples",
		[VERIFY_SINGLE] = "a single event has no interval",
		[VERIFY_NO_VALUE] = "there is no value on both sides",
	};

	return reason <= VERIFY_NO_VALUE ? texts[reason] : NULL;
}
