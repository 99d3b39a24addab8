// SPDX-License-Identifier: GPL-2.0-only
/* Which settings of KSM keep limits: see ksm_plan.h. */
#include "analysis/ksm_plan.h"

/* The largest value of low..high of which a test holds, that holds up to some value; else low - 1.
 */
static int64_t last_that(bool (*holds)(const struct ksm_plan *, const struct ksm_model *, int64_t),
			 const struct ksm_plan *plan, const struct ksm_model *model, int64_t low,
			 int64_t high)
{
	int64_t below = low - 1;

	while (below < high) {
		int64_t middle = below + (high - below + 1) / 2;

		if (holds(plan, model, middle))
			below = middle;
		else
			high = middle - 1;
	}
	return below;
}

static bool batch_fits(const struct ksm_plan *plan, const struct ksm_model *m, int64_t pages)
{
	if (plan->slice_by_median)
		return ksm_model_burst_ns(m, (double)pages, 0.5) <= plan->limits.slice_max_ns / 2;
	return ksm_model_burst_ns(m, (double)pages, 0.99) <=
	       plan->limits.slice_max_ns * (1 - KSM_MARGIN);
}

/* The rate that the plan is to reach, and not to pass by more than a page. */
static double target_rate(const struct ksm_plan *plan, const struct ksm_model *m)
{
	double allowed = plan->limits.duty_max * 1e9 / m->ns_per_page;

	return fmin(plan->before.rate, allowed);
}

/* With batches of plan->pages. */
static bool sleep_reaches_rate(const struct ksm_plan *plan, const struct ksm_model *m,
			       int64_t sleep_ms)
{
	/* Not for what the last digit of a sum is. */
	return ksm_model_rate(m, (double)plan->pages, (uint64_t)sleep_ms) >=
	       target_rate(plan, m) * (1 - 1e-9);
}

static bool sleep_is_over_duty(const struct ksm_plan *plan, const struct ksm_model *m,
			       int64_t sleep_ms)
{
	return ksm_model_duty(m, (double)plan->pages, (uint64_t)sleep_ms) > plan->limits.duty_max;
}

/* With plan->sleep_ms. */
static bool pages_miss_rate(const struct ksm_plan *plan, const struct ksm_model *m, int64_t pages)
{
	return ksm_model_rate(m, (double)pages, (uint64_t)plan->sleep_ms) <
	       target_rate(plan, m) * (1 - 1e-9);
}

static bool pages_within_duty(const struct ksm_plan *plan, const struct ksm_model *m, int64_t pages)
{
	return !(ksm_model_duty(m, (double)pages, (uint64_t)plan->sleep_ms) >
		 plan->limits.duty_max);
}

/* Batches below the cap: the longest sleep, and then the fewest pages, that reach the target. */
static void plan_smaller_batches(struct ksm_plan *plan, const struct ksm_model *m, int64_t cap)
{
	plan->pages = cap;
	plan->sleep_ms = last_that(sleep_reaches_rate, plan, m, 1, KSM_SLEEP_MAX_MS);
	if (plan->sleep_ms >= 1) {
		plan->pages = last_that(pages_miss_rate, plan, m, 1, cap) + 1;
		if (plan->pages > cap)
			plan->pages = cap;
	} else {
		plan->sleep_ms = 1;
	}
	if (!pages_within_duty(plan, m, plan->pages))
		plan->pages = last_that(pages_within_duty, plan, m, 1, plan->pages);
	/* One page is too much: the sleep must do it. */
	if (plan->pages < 1) {
		plan->pages = 1;
		plan->sleep_ms = last_that(sleep_is_over_duty, plan, m, 1, KSM_SLEEP_MAX_MS) + 1;
	}
}

/* The batches stay; the sleep gets as long as the duty needs it. */
static void plan_longer_sleep(struct ksm_plan *plan, const struct ksm_model *m)
{
	/* The prediction may be within a limit that what was measured is over. */
	bool must = plan->duty_over && plan->pages == plan->pages_now;
	int64_t least_ms = plan->sleep_now_ms + must;

	plan->sleep_ms = last_that(sleep_is_over_duty, plan, m, least_ms > 0 ? least_ms : 1,
				   KSM_SLEEP_MAX_MS) +
			 1;
}

/* The advisor's batches, at most so large. */
static void plan_advised_batches(struct ksm_plan *plan, const struct ksm_model *m)
{
	int64_t back_ms;

	plan_longer_sleep(plan, m);
	back_ms = last_that(sleep_reaches_rate, plan, m, 1, plan->sleep_ms);
	if (back_ms < 1)
		back_ms = 1;
	if (sleep_is_over_duty(plan, m, back_ms))
		back_ms++;
	if (back_ms < plan->sleep_ms)
		plan->later_sleep_ms = back_ms;
}

static void plan_batches(struct ksm_plan *plan, const struct ksm_model *m)
{
	bool smaller;
	int64_t cap = plan->pages_now;

	if (!isnan(plan->limits.slice_max_ns)) {
		cap = last_that(batch_fits, plan, m, 1, UINT32_MAX);
		plan->slice_unreachable = cap < 1;
		if (cap < 1)
			cap = 1;
	}
	smaller = plan->slice_over && cap < plan->pages_now;
	plan->pages = smaller ? cap : plan->pages_now;
	if (ksm_is_advised(&m->now))
		plan_advised_batches(plan, m);
	else if (smaller)
		plan_smaller_batches(plan, m, cap);
	else
		plan_longer_sleep(plan, m);
	plan->duty_unreachable = plan->sleep_ms > KSM_SLEEP_MAX_MS;
	if (plan->duty_unreachable)
		plan->sleep_ms = KSM_SLEEP_MAX_MS;
}

static struct ksm_figures figures_at(const struct ksm_model *m, int64_t pages, int64_t sleep_ms)
{
	return (struct ksm_figures){
		.slice_p50_ns = ksm_model_burst_ns(m, (double)pages, 0.5),
		.slice_p99_ns = ksm_model_burst_ns(m, (double)pages, 0.99),
		.duty = ksm_model_duty(m, (double)pages, (uint64_t)sleep_ms),
		.rate = ksm_model_rate(m, (double)pages, (uint64_t)sleep_ms),
	};
}

static void predict(struct ksm_plan *plan, const struct ksm_model *m)
{
	plan->after = figures_at(m, plan->pages, plan->sleep_ms);
	plan->rate_ratio = plan->after.rate / plan->before.rate;
	plan->rate_kept = plan->rate_ratio >= KSM_RATE_KEPT;
}

/* What it is set to that is too much; -1 where it may stay. */
static int64_t lower(const struct ksm_state *now, enum ksm_field field, int64_t most)
{
	return ksm_knows(now, field) && now->value[field] > most ? most : -1;
}

static void plan_advisor(struct ksm_plan *plan, const struct ksm_model *m)
{
	double percent = floor(plan->limits.duty_max * 100 + 1e-9);
	double scan_s = (double)ksm_value(&m->now, KSM_ADVISOR_TARGET_SCAN_TIME, -1);

	plan->kind = KSM_PLAN_ADVISOR;
	plan->advisor_max_pages = lower(&m->now, KSM_ADVISOR_MAX_PAGES_TO_SCAN, plan->pages);
	plan->advisor_min_pages = lower(&m->now, KSM_ADVISOR_MIN_PAGES_TO_SCAN, plan->pages);
	if (!isnan(percent))
		plan->advisor_max_cpu =
			lower(&m->now, KSM_ADVISOR_MAX_CPU,
			      (int64_t)fmax(KSM_ADVISOR_MIN_CPU, fmin(percent, 100)));
	if (plan->rate_kept || scan_s < 1 || !(plan->rate_ratio > 0))
		return;
	/* What a scan takes at the rate that remains, if that is more than what it is to take. */
	scan_s = fmax(scan_s, (isnan(m->scan_s) ? scan_s : m->scan_s) / plan->rate_ratio);
	plan->advisor_target_scan_s = (int64_t)ceil(fmin(scan_s, 1e9) - 1e-9);
	if (plan->advisor_target_scan_s == m->now.value[KSM_ADVISOR_TARGET_SCAN_TIME])
		plan->advisor_target_scan_s = -1;
}

static void take_what_is(struct ksm_plan *plan, const struct ksm_model *m)
{
	plan->pages_now = ksm_value(&m->now, KSM_PAGES_TO_SCAN, -1);
	plan->sleep_now_ms = ksm_value(&m->now, KSM_SLEEP_MILLISECS, -1);
	plan->before_is_measured = m->still_so && plan->pages_now == m->pages_to_scan &&
				   plan->sleep_now_ms == m->sleep_ms;
	if (plan->before_is_measured)
		plan->before = (struct ksm_figures){
			.slice_p50_ns = m->burst_p50_ns,
			.slice_p99_ns = m->burst_p99_ns,
			.duty = m->duty,
			.rate = m->rate,
		};
	else if (m->still_so && plan->pages_now >= 0 && plan->sleep_now_ms >= 0)
		plan->before = figures_at(m, plan->pages_now, plan->sleep_now_ms);
	plan->slice_over = plan->before.slice_p99_ns > plan->limits.slice_max_ns;
	plan->duty_over = plan->before.duty > plan->limits.duty_max;
	if (!plan->sleep_now_ms)
		plan->slice_over = !isnan(plan->limits.slice_max_ns);
}

/* Each limit that is on holds, by a number that is known. */
static bool limits_hold(const struct ksm_plan *plan)
{
	return !plan->slice_over && !plan->duty_over &&
	       (isnan(plan->limits.slice_max_ns) || !isnan(plan->before.slice_p99_ns)) &&
	       (isnan(plan->limits.duty_max) || !isnan(plan->before.duty));
}

static bool can_plan(const struct ksm_plan *plan, const struct ksm_model *m)
{
	return (plan->slice_over || plan->duty_over) && m->ns_per_page > 0 &&
	       plan->before.rate > 0 && plan->pages_now >= 1 && plan->pages_now <= UINT32_MAX &&
	       plan->sleep_now_ms >= 0 && plan->sleep_now_ms < KSM_SLEEP_MAX_MS;
}

void ksm_plan_make(struct ksm_plan *plan, const struct ksm_model *m,
		   const struct ksm_limits *limits)
{
	*plan = (struct ksm_plan){
		.limits = *limits,
		.pages = -1,
		.sleep_ms = -1,
		.before = { NAN, NAN, NAN, NAN },
		.after = { NAN, NAN, NAN, NAN },
		.rate_ratio = NAN,
		.advisor_max_pages = -1,
		.advisor_min_pages = -1,
		.advisor_max_cpu = -1,
		.advisor_target_scan_s = -1,
		.later_sleep_ms = -1,
	};
	take_what_is(plan, m);
	if (limits_hold(plan)) {
		plan->kind = KSM_PLAN_HOLDS;
		return;
	}
	if (!can_plan(plan, m))
		return;
	plan->kind = KSM_PLAN_SCAN;
	plan->slice_by_median = isnan(m->page_ns[50]);
	plan_batches(plan, m);
	predict(plan, m);
	if (ksm_is_advised(&m->now))
		plan_advisor(plan, m);
}
