// SPDX-License-Identifier: GPL-2.0-only
/* Which settings of KSM keep limits. */
#include "unit/ksm_stage.h"
#include "analysis/ksm_plan.h"

static const struct ksm_limits default_limits = { KSM_SLICE_MAX_NS, KSM_DUTY_MAX };
static const struct ksm_limits slice_only = { KSM_SLICE_MAX_NS, NAN };

/* 100 batches of a ksmd without any variance, whose timer is exact. */
static void stage_steady(struct ksm_stage *s, struct ksm_model *m, int64_t pages, int64_t sleep_ms,
			 uint64_t page_ns)
{
	stage_begin(s, pages, sleep_ms);
	stage_sample(s);
	stage_batches(s, 100, (uint64_t)sleep_ms * MS, page_ns);
	stage_sample(s);
	stage_end(s, m);
}

static void plan_of(struct ksm_plan *plan, const struct ksm_limits *limits, int64_t pages,
		    int64_t sleep_ms, uint64_t page_ns)
{
	struct ksm_stage s;
	struct ksm_model m;

	stage_steady(&s, &m, pages, sleep_ms, page_ns);
	ksm_plan_make(plan, &m, limits);
}

static void assert_settings(const struct ksm_plan *plan, int64_t pages, int64_t sleep_ms)
{
	assert_int_equal(plan->kind, KSM_PLAN_SCAN);
	assert_int_equal(plan->pages, pages);
	assert_int_equal(plan->sleep_ms, sleep_ms);
}

/* 10 ms every 30 ms; 50 pages and 1 ms of sleep are 0.5 ms every 1.5 ms. */
static void the_rate_is_kept_exactly_where_it_can_be(void **state)
{
	struct ksm_plan plan;

	plan_of(&plan, &slice_only, 1000, 20, 10 * US);
	assert_settings(&plan, 50, 1);
	assert_true(plan.slice_over);
	assert_true(plan.rate_kept);
	assert_near(plan.rate_ratio, 1, 1e-9);
	assert_near(plan.before.rate, 1000 / 0.03, 1e-9);
	assert_near(plan.before.slice_p99_ns, 10e6, 1e-9);
	assert_near(plan.after.slice_p50_ns, 0.5e6, 1e-9);
	assert_near(plan.after.slice_p99_ns, 0.5e6, 1e-9);
	assert_near(plan.after.duty, 1.0 / 3, 1e-9);
}

/* At 250 HZ up to 4 ms of sleep are 8 ms from batch to batch; 334 pages make 41750 a second. */
static void the_timers_tick_is_reckoned_with(void **state)
{
	const struct ksm_limits limits = { 0.5e6, NAN };
	struct ksm_stage s;
	struct ksm_plan plan;
	struct ksm_model m;

	stage_begin(&s, 1000, 20);
	stage_sample(&s);
	stage_batches(&s, 100, 23 * MS, 1 * US);
	stage_end(&s, &m);
	assert_near(m.tick_ns, 4e6, 1e-9);
	ksm_plan_make(&plan, &m, &limits);
	assert_settings(&plan, 334, 4);
	assert_near(plan.after.rate, 334 / 0.008, 1e-9);
	assert_true(plan.rate_kept);
}

/* At 100 HZ no sleep is shorter than 20 ms from batch to batch. */
static void a_rate_that_the_tick_forbids_falls(void **state)
{
	struct ksm_stage s;
	struct ksm_plan plan;
	struct ksm_model m;

	stage_begin(&s, 1000, 20);
	stage_sample(&s);
	stage_batches(&s, 100, 25 * MS, 5 * US);
	stage_end(&s, &m);
	assert_near(m.tick_ns, 10e6, 1e-9);
	ksm_plan_make(&plan, &m, &slice_only);
	assert_settings(&plan, 180, 1);
	assert_false(plan.rate_kept);
	assert_near(plan.rate_ratio, (180 / 0.02) / (1000 / 0.03), 1e-9);
}

/* 12 ms every 32 ms: 5 % of a CPU are 4167 pages a second. */
static void the_founding_case_keeps_both_limits_at_a_lower_rate(void **state)
{
	struct ksm_plan plan;

	plan_of(&plan, &default_limits, 1000, 20, 12 * US);
	assert_settings(&plan, 74, 17);
	assert_true(plan.slice_over && plan.duty_over);
	assert_near(plan.before.duty, 12.0 / 32, 1e-9);
	assert_near(plan.after.duty, 0.888 / 17.888, 1e-9);
	assert_near(plan.after.slice_p99_ns, 0.888e6, 1e-9);
	assert_false(plan.rate_kept);
	assert_near(plan.rate_ratio, (74 / 17.888) / (1000 / 32.0), 1e-9);
}

static void a_duty_alone_needs_a_longer_sleep_alone(void **state)
{
	struct ksm_plan plan;

	plan_of(&plan, &default_limits, 100, 4, 9 * US);
	assert_settings(&plan, 100, 18);
	assert_false(plan.slice_over);
	assert_near(plan.after.duty, 0.9 / 18.9, 1e-9);
}

static void what_varies_stays_below_the_limit_with_a_margin(void **state)
{
	struct ksm_stage s;
	struct ksm_plan plan;
	struct ksm_model m;

	stage_begin(&s, 1000, 20);
	stage_sample(&s);
	for (int i = 0; i < 200; i++)
		stage_batch(&s, 20 * MS, (uint64_t)(900 + i) * 10 * US, 1000);
	stage_end(&s, &m);
	ksm_plan_make(&plan, &m, &slice_only);
	assert_int_equal(plan.kind, KSM_PLAN_SCAN);
	assert_true(plan.after.slice_p99_ns <= 0.9 * KSM_SLICE_MAX_NS);
	assert_true(plan.after.slice_p99_ns > plan.after.slice_p50_ns);
}

static void limits_that_hold_change_nothing(void **state)
{
	const struct ksm_limits off = { NAN, NAN };
	struct ksm_plan plan;

	plan_of(&plan, &default_limits, 100, 20, 2 * US);
	assert_int_equal(plan.kind, KSM_PLAN_HOLDS);
	assert_int_equal(plan.pages, -1);
	plan_of(&plan, &off, 10000, 1, 20 * US);
	assert_int_equal(plan.kind, KSM_PLAN_HOLDS);
}

/* A page takes 2 ms. */
static void a_limit_below_one_page_is_told_and_the_other_kept(void **state)
{
	struct ksm_plan plan;

	plan_of(&plan, &default_limits, 4, 20, 2000 * US);
	assert_settings(&plan, 1, 38);
	assert_true(plan.slice_unreachable);
	assert_false(plan.duty_unreachable);
	assert_near(plan.after.duty, 0.05, 1e-9);
}

static void a_duty_that_no_sleep_keeps_is_told(void **state)
{
	const struct ksm_limits limits = { NAN, 1e-9 };
	struct ksm_plan plan;

	plan_of(&plan, &limits, 100, 20, 10 * US);
	assert_settings(&plan, 100, KSM_SLEEP_MAX_MS);
	assert_true(plan.duty_unreachable);
}

/* It never sleeps: its one burst is cut, but the kernel counted what it scanned. */
static void without_sleep_the_counted_pages_lead_to_a_plan(void **state)
{
	struct ksm_stage s;
	struct ksm_plan plan;
	struct ksm_model m;

	stage_begin(&s, 1000, 0);
	stage_set(&s, KSM_PAGES_SCANNED, 0);
	stage_sample(&s);
	for (int i = 0; i < 100; i++) {
		const struct event e =
			PREEMPTED(KSMD, 3, s.now_ns, s.now_ns, s.now_ns + 10 * MS, .flags = QUEUED);

		assert_int_equal(bursts_add(&s.bursts, &e), 0);
		s.now_ns += 10 * MS;
	}
	s.state.value[KSM_PAGES_SCANNED] += 100000;
	stage_sample(&s);
	stage_end(&s, &m);
	assert_int_equal(m.source, KSM_COST_BY_PAGES);
	assert_near(m.ns_per_page, 10e3, 1e-9);
	assert_near(m.duty, 1, 1e-9);
	ksm_plan_make(&plan, &m, &default_limits);
	/* 50 pages would be half the limit; 48 and 9 ms were 5.06 %. */
	assert_settings(&plan, 47, 9);
	assert_true(plan.slice_over && plan.duty_over && plan.slice_by_median);
	assert_near(plan.after.duty, 0.47 / 9.47, 1e-9);
}

static void what_is_not_known_is_not_planned(void **state)
{
	struct ksm_stage s;
	struct ksm_plan plan;
	struct ksm_model m;

	stage_begin(&s, 1000, 20);
	stage_sample(&s);
	stage_batches(&s, 3, 20 * MS, 10 * US);
	stage_end(&s, &m);
	ksm_plan_make(&plan, &m, &default_limits);
	assert_int_equal(plan.kind, KSM_PLAN_UNKNOWN);
	assert_true(plan.slice_over);
}

/* Measured at 1000 pages, but now it is 500: 6 ms every 26 ms. */
static void settings_that_changed_are_predicted_from_what_was_measured(void **state)
{
	struct ksm_stage s;
	struct ksm_plan plan;
	struct ksm_model m;

	stage_begin(&s, 1000, 20);
	stage_sample(&s);
	stage_batches(&s, 100, 20 * MS, 12 * US);
	stage_sample(&s);
	stage_set(&s, KSM_PAGES_TO_SCAN, 500);
	stage_batches(&s, 5, 20 * MS, 12 * US);
	stage_sample(&s);
	stage_end(&s, &m);
	ksm_plan_make(&plan, &m, &default_limits);
	assert_false(plan.before_is_measured);
	assert_near(plan.before.slice_p99_ns, 6e6, 1e-9);
	assert_near(plan.before.duty, 6.0 / 26, 1e-9);
	assert_settings(&plan, 74, 17);
	/* Smart scan makes another cost of a page. */
	m.still_so = false;
	ksm_plan_make(&plan, &m, &default_limits);
	assert_int_equal(plan.kind, KSM_PLAN_UNKNOWN);
	assert_true(isnan(plan.before.duty));
}

static void an_active_advisor_gets_its_own_knobs(void **state)
{
	struct ksm_stage s;
	struct ksm_plan plan;
	struct ksm_model m;

	stage_begin(&s, 1000, 20);
	s.state.advisor = KSM_ADVISOR_SCAN_TIME;
	stage_set(&s, KSM_ADVISOR_MAX_CPU, 70);
	stage_set(&s, KSM_ADVISOR_MIN_PAGES_TO_SCAN, 500);
	stage_set(&s, KSM_ADVISOR_MAX_PAGES_TO_SCAN, 30000);
	stage_set(&s, KSM_ADVISOR_TARGET_SCAN_TIME, 200);
	stage_sample(&s);
	stage_batches(&s, 100, 20 * MS, 12 * US);
	stage_sample(&s);
	stage_end(&s, &m);
	ksm_plan_make(&plan, &m, &default_limits);
	assert_int_equal(plan.kind, KSM_PLAN_ADVISOR);
	assert_int_equal(plan.pages, 75);
	assert_int_equal(plan.sleep_ms, 20);
	assert_int_equal(plan.advisor_max_pages, 75);
	assert_int_equal(plan.advisor_min_pages, 75);
	assert_int_equal(plan.advisor_max_cpu, 10);
	/* 75 pages in 20.9 ms are 11.48 % of 1000 in 32 ms. */
	assert_int_equal(plan.advisor_target_scan_s, 1742);
	assert_int_equal(plan.later_sleep_ms, 18);
	assert_false(plan.rate_kept);
}

static void an_advisor_that_is_off_is_none(void **state)
{
	struct ksm_stage s;
	struct ksm_plan plan;
	struct ksm_model m;

	stage_steady(&s, &m, 1000, 20, 12 * US);
	m.now.advisor = KSM_ADVISOR_NONE;
	ksm_plan_make(&plan, &m, &default_limits);
	assert_settings(&plan, 74, 17);
	assert_int_equal(plan.advisor_max_pages, -1);
}

static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* Of any ksmd: a plan keeps the limits, or says that it does not, and never asks for more. */
static void any_plan_keeps_the_limits_by_its_prediction(void **state)
{
	uint64_t seed = 4711, planned = 0;

	for (int i = 0; i < 2000; i++) {
		int64_t pages = 1 + (int64_t)(next_random(&seed) % 3000);
		int64_t sleep = 1 + (int64_t)(next_random(&seed) % 300);
		uint64_t cost = 100 + next_random(&seed) % 30000;
		struct ksm_limits limits = { 1e5 * (double)(1 + next_random(&seed) % 50),
					     0.001 * (double)(1 + next_random(&seed) % 200) };
		struct ksm_plan plan;

		plan_of(&plan, &limits, pages, sleep, cost);
		if (plan.kind == KSM_PLAN_HOLDS)
			continue;
		assert_int_equal(plan.kind, KSM_PLAN_SCAN);
		planned++;
		assert_true(plan.pages >= 1 && plan.pages <= pages && plan.sleep_ms >= 1);
		assert_true(plan.slice_unreachable ||
			    plan.after.slice_p99_ns <= limits.slice_max_ns);
		assert_true(plan.duty_unreachable || plan.after.duty <= limits.duty_max + 1e-12);
		assert_false(plan.duty_unreachable);
		/* Never much more than it was: by a page of a batch. */
		assert_true(plan.rate_ratio <= 1.001 + 1.0 / (double)plan.pages);
	}
	assert_true(planned > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_rate_is_kept_exactly_where_it_can_be),
		cmocka_unit_test(the_timers_tick_is_reckoned_with),
		cmocka_unit_test(a_rate_that_the_tick_forbids_falls),
		cmocka_unit_test(the_founding_case_keeps_both_limits_at_a_lower_rate),
		cmocka_unit_test(a_duty_alone_needs_a_longer_sleep_alone),
		cmocka_unit_test(what_varies_stays_below_the_limit_with_a_margin),
		cmocka_unit_test(limits_that_hold_change_nothing),
		cmocka_unit_test(a_limit_below_one_page_is_told_and_the_other_kept),
		cmocka_unit_test(a_duty_that_no_sleep_keeps_is_told),
		cmocka_unit_test(without_sleep_the_counted_pages_lead_to_a_plan),
		cmocka_unit_test(what_is_not_known_is_not_planned),
		cmocka_unit_test(settings_that_changed_are_predicted_from_what_was_measured),
		cmocka_unit_test(an_active_advisor_gets_its_own_knobs),
		cmocka_unit_test(an_advisor_that_is_off_is_none),
		cmocka_unit_test(any_plan_keeps_the_limits_by_its_prediction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
