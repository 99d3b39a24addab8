// SPDX-License-Identifier: GPL-2.0-only
/* How ksmd works: see ksm_model.h. */
#include "analysis/ksm_model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/ksm_timer.h"

#define GIB	1073741824.0
#define HOUR_NS 3600e9

/* Of the longest and of the shortest batches, what share is left out of the mean. */
#define TRIM 0.1
/* A stretch between two samples counts if so much of it lies within the trace. */
#define WITHIN 0.9

static bool same_value(const struct ksm_state *a, const struct ksm_state *b, enum ksm_field field)
{
	return ksm_knows(a, field) == ksm_knows(b, field) && a->value[field] == b->value[field];
}

static bool is_setting_of_batch(enum ksm_field field)
{
	return field == KSM_PAGES_TO_SCAN || field == KSM_SLEEP_MILLISECS;
}

/* Settings that make pages different. */
static bool same_cost(const struct ksm_state *a, const struct ksm_state *b)
{
	for (int i = KSM_RUN; i <= KSM_STABLE_NODE_CHAINS_PRUNE_MILLISECS; i++)
		if (!is_setting_of_batch(i) && !same_value(a, b, i))
			return false;
	return a->there == b->there;
}

static bool same_settings(const struct ksm_state *a, const struct ksm_state *b)
{
	return same_cost(a, b) && same_value(a, b, KSM_PAGES_TO_SCAN) &&
	       same_value(a, b, KSM_SLEEP_MILLISECS);
}

/* The samples of a stretch, from first to last. */
struct stretch {
	uint32_t first, last;
};

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* The part of the time between two samples that lies within the trace. */
static uint64_t length_of(const struct ksm_model_input *in, uint32_t first, uint32_t last)
{
	uint64_t from_ns = later(in->samples->list[first].time_ns, in->start_ns);
	uint64_t to_ns = earlier(in->samples->list[last].time_ns, in->end_ns);

	return to_ns > from_ns ? to_ns - from_ns : 0;
}

static struct stretch longest_stretch(const struct ksm_model_input *in)
{
	const struct ksm_sample *list = in->samples->list;
	struct stretch best = { 0, 0 }, now = { 0, 0 };

	for (uint32_t i = 0; i < in->samples->count; i++) {
		if (!same_settings(&list[now.first].state, &list[i].state))
			now.first = i;
		now.last = i;
		/* Of equals the later: it is nearer to what is now. */
		if (length_of(in, now.first, now.last) >= length_of(in, best.first, best.last))
			best = now;
	}
	return best;
}

static struct stretch find_stretch(struct ksm_model *m, const struct ksm_model_input *in)
{
	struct stretch stretch = longest_stretch(in);
	const struct ksm_sample *list = in->samples->list;

	m->one_state = in->samples->count == 1;
	m->changed = stretch.first || stretch.last + 1 != in->samples->count;
	if (m->changed) {
		m->from_ns = later(list[stretch.first].time_ns, in->start_ns);
		m->to_ns = earlier(list[stretch.last].time_ns, in->end_ns);
	} else {
		m->from_ns = in->start_ns;
		m->to_ns = in->end_ns;
	}
	if (m->to_ns < m->from_ns)
		m->to_ns = m->from_ns;
	m->pages_to_scan = ksm_value(&list[stretch.first].state, KSM_PAGES_TO_SCAN, -1);
	m->sleep_ms = ksm_value(&list[stretch.first].state, KSM_SLEEP_MILLISECS, -1);
	m->still_so = same_cost(&list[stretch.first].state, &m->now);
	return stretch;
}

/* What a counter grew by, or -1. */
static double growth(const struct ksm_sample *from, const struct ksm_sample *to,
		     enum ksm_field field)
{
	if (!ksm_knows(&from->state, field) || !ksm_knows(&to->state, field) ||
	    to->state.value[field] < from->state.value[field])
		return -1;
	return (double)to->state.value[field] - (double)from->state.value[field];
}

/*
 * ns per page by pages_scanned, from each two samples that follow one another. *run_ns: on how much
 * run it rests.
 */
static double cost_by_pages(const struct ksm_model_input *in, struct stretch stretch,
			    double *run_ns)
{
	double pages = 0;

	*run_ns = 0;
	for (uint32_t i = stretch.first; i < stretch.last; i++) {
		const struct ksm_sample *a = &in->samples->list[i], *b = a + 1;
		uint64_t from_ns = later(a->time_ns, in->start_ns);
		uint64_t to_ns = earlier(b->time_ns, in->end_ns);
		double scanned = growth(a, b, KSM_PAGES_SCANNED), within;

		if (scanned < 0 || to_ns <= from_ns ||
		    bursts_breaks_until(in->bursts, from_ns) !=
			    bursts_breaks_until(in->bursts, to_ns))
			continue;
		within = (double)(to_ns - from_ns) / (double)(b->time_ns - a->time_ns);
		if (within < WITHIN)
			continue;
		pages += scanned * within;
		*run_ns +=
			bursts_run_until(in->bursts, to_ns) - bursts_run_until(in->bursts, from_ns);
	}
	return pages > 0 && *run_ns > 0 ? *run_ns / pages : NAN;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* The nearest rank; values ascending. NAN for none. */
static double quantile_of(const double *values, uint64_t n, double quantile)
{
	double rank = ceil(quantile * (double)n);

	if (!n)
		return NAN;
	return values[rank < 1 ? 0 : (uint64_t)rank - 1];
}

/* Some number of each kept burst in the stretch, ascending. */
struct values {
	double *list;
	uint64_t count;
};

static double run_of(const struct burst *burst)
{
	return (double)burst->run_ns;
}

static double sleep_of(const struct burst *burst)
{
	return burst->sleep_ns ? (double)burst->sleep_ns : NAN;
}

static double awake_of(const struct burst *burst)
{
	return (double)(burst->end_ns - burst->due_ns);
}

static bool is_within(const struct ksm_model *m, const struct burst *burst)
{
	return burst->due_ns >= m->from_ns && burst->end_ns <= m->to_ns &&
	       burst->end_ns >= burst->due_ns;
}

static void collect(struct values *values, const struct ksm_model *m, const struct bursts *b,
		    double (*number_of)(const struct burst *))
{
	values->count = 0;
	for (uint32_t i = 0; i < b->count; i++) {
		double value = number_of(&b->kept[i]);

		if (is_within(m, &b->kept[i]) && !isnan(value))
			values->list[values->count++] = value;
	}
	qsort(values->list, values->count, sizeof(*values->list), by_size);
}

/* How many of the shortest batches to take as short; all of them where pages cannot be told. */
static uint64_t count_short(const struct values *runs, double scans)
{
	double median = quantile_of(runs->list, runs->count, 0.5);
	uint64_t count = 0;

	if (scans * 3 > (double)runs->count)
		return runs->count;
	while (count < runs->count && runs->list[count] < 0.75 * median)
		count++;
	if (scans >= 0)
		return scans < (double)count ? (uint64_t)ceil(scans) : count;
	return count * 3 > runs->count ? runs->count : count;
}

/* The trimmed mean, and its standard error as a share (Tukey and McLaughlin, 1963). */
static double trimmed_mean(const double *list, uint64_t n, double *error)
{
	uint64_t cut = (uint64_t)(TRIM * (double)n);
	double sum = 0, square = 0, mean, winsorized = 0;

	for (uint64_t i = cut; i < n - cut; i++)
		sum += list[i];
	mean = sum / (double)(n - 2 * cut);
	for (uint64_t i = 0; i < n; i++)
		winsorized += list[i < cut ? cut : i >= n - cut ? n - cut - 1 : i];
	winsorized /= (double)n;
	for (uint64_t i = 0; i < n; i++) {
		double off = list[i < cut ? cut : i >= n - cut ? n - cut - 1 : i] - winsorized;

		square += off * off;
	}
	*error = sqrt(square / (double)(n - 1) / (double)n) / (1 - 2 * TRIM) / mean;
	return mean;
}

/* full_scans of the stretch, for those of its batches that are kept; -1: not known. */
static double scans_of(const struct ksm_model *m, const struct ksm_model_input *in,
		       struct stretch stretch, uint64_t batches)
{
	const struct ksm_sample *a = &in->samples->list[stretch.first];
	const struct ksm_sample *b = &in->samples->list[stretch.last];
	double scans = growth(a, b, KSM_FULL_SCANS);
	double length_ns = (double)(b->time_ns - a->time_ns);

	if (scans < 0 || length_ns <= 0 || !m->bursts)
		return -1;
	return scans * fmin(1, (double)(m->to_ns - m->from_ns) / length_ns) * (double)batches /
	       (double)m->bursts;
}

/* Of the runs in the stretch: the cost by batches, and how it varies. */
static void measure_batches(struct ksm_model *m, const struct ksm_model_input *in,
			    struct stretch stretch, const struct values *runs, double *error)
{
	const double *full;
	uint64_t n;

	m->burst_p50_ns = quantile_of(runs->list, runs->count, 0.5);
	m->burst_p99_ns = quantile_of(runs->list, runs->count, 0.99);
	if (runs->count < KSM_BATCHES_MIN)
		return;
	m->short_bursts = count_short(runs, scans_of(m, in, stretch, runs->count));
	full = runs->list + m->short_bursts;
	n = runs->count - m->short_bursts;
	if (n < KSM_BATCHES_MIN || m->pages_to_scan < 1 || quantile_of(full, n, 0.5) <= 0)
		return;
	m->by_batches_ns = trimmed_mean(full, n, error) / (double)m->pages_to_scan;
	for (int i = 0; i < KSM_PERCENTILES; i++)
		m->page_ns[i] = quantile_of(full, n, i / 100.0) / (double)m->pages_to_scan;
}

static void choose_cost(struct ksm_model *m, double run_ns, double batches_error)
{
	double off = fabs(m->by_pages_ns - m->by_batches_ns) / m->by_batches_ns;

	if (!isnan(m->by_pages_ns) && !(off > KSM_DISAGREE)) {
		m->source = KSM_COST_BY_PAGES;
		m->ns_per_page = m->by_pages_ns;
		m->error = fmax(m->burst_p50_ns / run_ns, batches_error);
	} else if (!isnan(m->by_batches_ns)) {
		m->source = KSM_COST_BY_BATCHES;
		m->ns_per_page = m->by_batches_ns;
		m->error = batches_error;
	}
}

/* Where something of the run is missing, what a usual batch tells must do. */
static void measure_time(struct ksm_model *m, const struct ksm_model_input *in,
			 const struct values *runs)
{
	double length_ns = (double)(m->to_ns - m->from_ns), mean_ns = 0;

	if (!m->breaks && length_ns > 0) {
		m->duty = (bursts_run_until(in->bursts, m->to_ns) -
			   bursts_run_until(in->bursts, m->from_ns)) /
			  length_ns;
		return;
	}
	for (uint64_t i = 0; i < runs->count; i++)
		mean_ns += runs->list[i] / (double)runs->count;
	m->duty = runs->count ? mean_ns / m->period_ns : NAN;
}

static void measure_sleep(struct ksm_model *m, const struct ksm_model_input *in,
			  struct values *values)
{
	collect(values, m, in->bursts, sleep_of);
	m->sleep_ns = quantile_of(values->list, values->count, 0.5);
	collect(values, m, in->bursts, awake_of);
	m->awake_ns = quantile_of(values->list, values->count, 0.5);
	m->period_ns = m->sleep_ns + m->awake_ns;
	if (m->sleep_ms < 0)
		return;
	m->sleep_extra_ns = m->sleep_ns - (double)m->sleep_ms * 1e6;
	m->tick_ns = ksm_timer_tick_ns(m->period_ns, (uint64_t)m->sleep_ms, m->awake_ns);
}

/* By the kernel's count; else by the batches, of which a short one has half the pages on average.
 */
static void measure_rate(struct ksm_model *m, const struct ksm_model_input *in,
			 struct stretch stretch, uint64_t kept)
{
	const struct ksm_sample *a = &in->samples->list[stretch.first];
	const struct ksm_sample *b = &in->samples->list[stretch.last];
	double pages = growth(a, b, KSM_PAGES_SCANNED), scans = growth(a, b, KSM_FULL_SCANS);
	double length_s = (double)(b->time_ns - a->time_ns) / 1e9;
	double batch = NAN;

	if (!isnan(m->by_batches_ns) && kept)
		batch = (double)m->pages_to_scan *
			(1 - 0.5 * (double)m->short_bursts / (double)kept);
	/* What the kernel counts is not to be trusted where the costs differ. */
	if (pages > 0 && length_s > 0 && m->source == KSM_COST_BY_PAGES) {
		m->rate = pages / length_s;
		m->pages_per_burst = m->rate * m->period_ns / 1e9;
	} else {
		m->rate = batch * 1e9 / m->period_ns;
		m->pages_per_burst = batch;
	}
	if (scans >= 2)
		m->scan_s = length_s / scans;
}

static uint64_t count_bursts(const struct ksm_model *m, const struct bursts *b)
{
	const struct burst *first = NULL, *last = NULL;

	for (uint32_t i = 0; i < b->count; i++) {
		if (!is_within(m, &b->kept[i]))
			continue;
		first = first ? first : &b->kept[i];
		last = &b->kept[i];
	}
	return first ? last->nth - first->nth + 1 : 0;
}

static int measure(struct ksm_model *m, const struct ksm_model_input *in)
{
	struct stretch stretch = find_stretch(m, in);
	double run_ns, error = NAN;
	struct values values, runs;

	runs.list = calloc(in->bursts->count + 1u, sizeof(*runs.list));
	values.list = calloc(in->bursts->count + 1u, sizeof(*values.list));
	if (!runs.list || !values.list) {
		free(runs.list);
		free(values.list);
		return -ENOMEM;
	}
	m->seen_run_ns = (double)in->bursts->run_total_ns;
	m->bursts = count_bursts(m, in->bursts);
	m->breaks = bursts_breaks_until(in->bursts, m->to_ns) -
		    bursts_breaks_until(in->bursts, m->from_ns);
	collect(&runs, m, in->bursts, run_of);
	measure_batches(m, in, stretch, &runs, &error);
	m->by_pages_ns = cost_by_pages(in, stretch, &run_ns);
	choose_cost(m, run_ns, error);
	measure_sleep(m, in, &values);
	measure_time(m, in, &runs);
	measure_rate(m, in, stretch, runs.count);
	free(runs.list);
	free(values.list);
	return 0;
}

static void measure_saved(struct ksm_model *m, const struct ksm_model_input *in)
{
	double traced_ns = (double)(in->end_ns - in->start_ns);

	m->page_size = in->page_size;
	m->saved_is_profit = ksm_knows(&m->now, KSM_GENERAL_PROFIT);
	if (m->saved_is_profit)
		m->saved_bytes = (double)m->now.value[KSM_GENERAL_PROFIT];
	else if (ksm_knows(&m->now, KSM_PAGES_SHARING) && in->page_size)
		m->saved_bytes = (double)m->now.value[KSM_PAGES_SHARING] * (double)in->page_size;
	m->others_delay_ns = in->others_delay_ns;
	if (m->saved_bytes > 0 && in->end_ns > in->start_ns)
		m->price_ms =
			m->others_delay_ns / 1e6 * (HOUR_NS / traced_ns) / (m->saved_bytes / GIB);
}

static void know_nothing(struct ksm_model *m)
{
	*m = (struct ksm_model){
		.pages_to_scan = -1,
		.sleep_ms = -1,
		.seen_run_ns = NAN,
		.ns_per_page = NAN,
		.error = NAN,
		.by_pages_ns = NAN,
		.by_batches_ns = NAN,
		.pages_per_burst = NAN,
		.burst_p50_ns = NAN,
		.burst_p99_ns = NAN,
		.sleep_ns = NAN,
		.awake_ns = NAN,
		.sleep_extra_ns = NAN,
		.tick_ns = NAN,
		.period_ns = NAN,
		.duty = NAN,
		.rate = NAN,
		.scan_s = NAN,
		.saved_bytes = NAN,
		.others_delay_ns = NAN,
		.price_ms = NAN,
	};
	for (int i = 0; i < KSM_PERCENTILES; i++)
		m->page_ns[i] = NAN;
}

int ksm_model_make(struct ksm_model *m, const struct ksm_model_input *in)
{
	know_nothing(m);
	if (!in->samples || !in->samples->count)
		return 0;
	m->state_known = true;
	m->now = in->samples->list[in->samples->count - 1].state;
	measure_saved(m, in);
	return in->bursts ? measure(m, in) : 0;
}

double ksm_model_burst_ns(const struct ksm_model *m, double pages, double quantile)
{
	double median = m->page_ns[50], measured = (double)m->pages_to_scan, off;
	int percentile = (int)lround(fmin(fmax(quantile, 0), 1) * 100);

	if (isnan(median))
		return percentile == 50 ? m->ns_per_page * pages : NAN;
	off = (m->page_ns[percentile] - median) * measured;
	off *= pages < measured ? sqrt(pages / measured) : pages / measured;
	return fmax(0, median * pages + off);
}

/* What it waits itself while it is awake goes on as it was; fmax() takes an unknown for none. */
double ksm_model_period_ns(const struct ksm_model *m, double pages, uint64_t sleep_ms)
{
	double waits_ns = fmax(0, m->awake_ns - m->burst_p50_ns);
	double awake_ns = m->ns_per_page * pages + waits_ns;

	if (!sleep_ms)
		return NAN;
	if (!isnan(m->tick_ns))
		return ksm_timer_period_ns(m->tick_ns, sleep_ms, awake_ns);
	return awake_ns + (double)sleep_ms * 1e6 + fmax(0, m->sleep_extra_ns);
}

double ksm_model_duty(const struct ksm_model *m, double pages, uint64_t sleep_ms)
{
	return m->ns_per_page * pages / ksm_model_period_ns(m, pages, sleep_ms);
}

double ksm_model_rate(const struct ksm_model *m, double pages, uint64_t sleep_ms)
{
	return pages * 1e9 / ksm_model_period_ns(m, pages, sleep_ms);
}
