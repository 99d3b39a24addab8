// SPDX-License-Identifier: GPL-2.0-only
/* What a page costs ksmd, and what follows from that. */
#include "unit/ksm_stage.h"
#include "analysis/ksm_timer.h"

static void a_steady_ksmd_is_told_exactly(void **state)
{
	struct ksm_stage s;
	struct ksm_model m;

	stage_begin(&s, 1000, 20);
	stage_sample(&s);
	stage_batches(&s, 100, 24 * MS - 10 * US * 100, 1 * US);
	stage_sample(&s);
	stage_end(&s, &m);
	assert_true(m.state_known);
	assert_false(m.changed);
	assert_false(m.one_state);
	assert_int_equal(m.bursts, 100);
	assert_int_equal(m.short_bursts, 0);
	assert_int_equal(m.source, KSM_COST_BY_BATCHES);
	assert_near(m.ns_per_page, 1000, 1e-9);
	assert_near(m.error, 0, 0);
	assert_near(m.pages_per_burst, 1000, 1e-9);
	assert_near(m.burst_p50_ns, 1e6, 1e-9);
	assert_near(m.burst_p99_ns, 1e6, 1e-9);
	assert_near(m.sleep_ns, 23e6, 1e-9);
	assert_near(m.sleep_extra_ns, 3e6, 1e-9);
	assert_near(m.period_ns, 24e6, 1e-9);
	/* 250 HZ: five ticks and one more. */
	assert_near(m.tick_ns, 4e6, 1e-9);
	assert_near(m.duty, 1.0 / 24, 1e-9);
	assert_near(m.rate, 1000 / 0.024, 1e-9);
	assert_near(ksm_model_burst_ns(&m, 250, 0.99), 250e3, 1e-9);
	assert_near(ksm_model_burst_ns(&m, 4000, 0.5), 4e6, 1e-9);
	assert_true(isnan(m.scan_s));
	assert_true(isnan(m.saved_bytes));
	assert_true(isnan(m.price_ms));
}

static void the_kernels_count_of_pages_is_the_truth(void **state)
{
	struct ksm_stage s;
	struct ksm_model m;

	stage_begin(&s, 1000, 20);
	stage_set(&s, KSM_PAGES_SCANNED, 5);
	stage_sample(&s);
	stage_batches(&s, 50, 20 * MS, 1 * US);
	stage_sample(&s);
	/* 50 pages of each batch were not counted. */
	stage_batches(&s, 50, 20 * MS, 1 * US);
	s.state.value[KSM_PAGES_SCANNED] -= 50 * 100;
	stage_sample(&s);
	stage_end(&s, &m);
	assert_int_equal(m.source, KSM_COST_BY_PAGES);
	assert_near(m.by_batches_ns, 1000, 1e-9);
	assert_near(m.by_pages_ns, 100e6 / 95000, 1e-9);
	assert_near(m.ns_per_page, 100e6 / 95000, 1e-9);
	assert_near(m.error, 0.01, 1e-9);
	assert_near(m.rate, 95000 / 2.1, 1e-9);
}

/* As until 6.10, at scans that are as long as a batch and a half. */
static void a_count_that_leaves_pages_out_is_not_believed(void **state)
{
	struct ksm_stage s;
	struct ksm_model m;

	stage_begin(&s, 1000, 20);
	stage_set(&s, KSM_PAGES_SCANNED, 0);
	stage_sample(&s);
	stage_batches(&s, 100, 20 * MS, 1 * US);
	s.state.value[KSM_PAGES_SCANNED] /= 2;
	stage_sample(&s);
	stage_end(&s, &m);
	assert_int_equal(m.source, KSM_COST_BY_BATCHES);
	assert_near(m.by_pages_ns, 2000, 1e-9);
	assert_near(m.ns_per_page, 1000, 1e-9);
}

static void batches_cut_by_the_scans_end_do_not_bend_the_cost(void **state)
{
	for (int known = 0; known < 2; known++) {
		struct ksm_stage s;
		struct ksm_model m;

		stage_begin(&s, 1000, 20);
		if (known)
			stage_set(&s, KSM_FULL_SCANS, 7);
		stage_sample(&s);
		for (int i = 0; i < 20; i++) {
			stage_batches(&s, 9, 20 * MS, 1 * US);
			stage_batch(&s, 20 * MS, (uint64_t)(i + 1) * 30 * US, 0);
			if (known)
				s.state.value[KSM_FULL_SCANS]++;
		}
		stage_sample(&s);
		stage_end(&s, &m);
		assert_int_equal(m.short_bursts, 20);
		assert_near(m.ns_per_page, 1000, 1e-9);
		assert_near(m.burst_p50_ns, 1e6, 1e-9);
		assert_near(ksm_model_burst_ns(&m, 1000, 0.99), 1e6, 1e-9);
		if (known)
			assert_near(m.scan_s, (double)(s.now_ns - s.begin_ns) / 1e9 / 20, 1e-9);
	}
}

/* Pages of two kinds: no scan came to its end, so none of it is short. */
static void batches_that_vary_are_not_short(void **state)
{
	struct ksm_stage s;
	struct ksm_model m;

	stage_begin(&s, 1000, 20);
	stage_set(&s, KSM_FULL_SCANS, 7);
	stage_sample(&s);
	for (int i = 0; i < 100; i++)
		stage_batch(&s, 20 * MS, i % 5 < 2 ? 500 * US : 1000 * US, 1000);
	stage_sample(&s);
	stage_end(&s, &m);
	assert_int_equal(m.short_bursts, 0);
	/* 30 and 50 of them are left when the 10 shortest and longest are gone. */
	assert_near(m.ns_per_page, (30 * 500 + 50 * 1000) / 80.0, 1e-9);
}

/* The memory is smaller than a batch: what pages a batch has is not what is set. */
static void batches_that_are_whole_scans_tell_no_cost(void **state)
{
	struct ksm_stage s;
	struct ksm_model m;

	stage_begin(&s, 1000, 20);
	stage_set(&s, KSM_FULL_SCANS, 0);
	stage_sample(&s);
	for (int i = 0; i < 100; i++) {
		stage_batch(&s, 20 * MS, 300 * US, 300);
		s.state.value[KSM_FULL_SCANS]++;
	}
	stage_sample(&s);
	stage_end(&s, &m);
	assert_int_equal(m.source, KSM_COST_UNKNOWN);
	assert_true(isnan(m.ns_per_page));
	assert_true(isnan(m.rate));
	assert_near(m.burst_p99_ns, 300e3, 1e-9);
	assert_near(m.duty, 0.3 / 20.3, 1e-9);
}

static void unless_the_kernel_counts_the_pages(void **state)
{
	struct ksm_stage s;
	struct ksm_model m;

	stage_begin(&s, 1000, 20);
	stage_set(&s, KSM_FULL_SCANS, 0);
	stage_set(&s, KSM_PAGES_SCANNED, 0);
	stage_sample(&s);
	for (int i = 0; i < 100; i++) {
		stage_batch(&s, 20 * MS, 300 * US, 300);
		s.state.value[KSM_FULL_SCANS]++;
	}
	stage_sample(&s);
	stage_end(&s, &m);
	assert_int_equal(m.source, KSM_COST_BY_PAGES);
	assert_near(m.ns_per_page, 1000, 1e-9);
	assert_near(m.pages_per_burst, 300, 1e-9);
	assert_near(ksm_model_burst_ns(&m, 500, 0.5), 500e3, 1e-9);
	assert_true(isnan(ksm_model_burst_ns(&m, 500, 0.99)));
}

static void of_changed_settings_only_one_stretch_is_used(void **state)
{
	struct ksm_stage s;
	struct ksm_model m;

	stage_begin(&s, 1000, 20);
	stage_sample(&s);
	stage_batches(&s, 30, 20 * MS, 1 * US);
	stage_sample(&s);
	stage_set(&s, KSM_PAGES_TO_SCAN, 2000);
	stage_batches(&s, 5, 20 * MS, 1 * US);
	stage_sample(&s);
	stage_batches(&s, 60, 20 * MS, 1 * US);
	stage_sample(&s);
	stage_end(&s, &m);
	assert_true(m.changed);
	assert_true(m.still_so);
	assert_int_equal(m.pages_to_scan, 2000);
	assert_int_equal(m.bursts, 60);
	assert_near(m.ns_per_page, 1000, 1e-9);
	assert_near(m.burst_p50_ns, 2e6, 1e-9);
	assert_near(m.duty, 2.0 / 22, 1e-9);
}

static void settings_that_always_changed_tell_nothing(void **state)
{
	struct ksm_stage s;
	struct ksm_model m;

	stage_begin(&s, 1000, 20);
	stage_sample(&s);
	stage_batches(&s, 50, 20 * MS, 1 * US);
	stage_set(&s, KSM_PAGES_TO_SCAN, 500);
	stage_batches(&s, 50, 20 * MS, 1 * US);
	stage_sample(&s);
	stage_end(&s, &m);
	assert_true(m.changed);
	assert_int_equal(m.source, KSM_COST_UNKNOWN);
	assert_true(isnan(m.ns_per_page));
	assert_true(isnan(m.duty));
	assert_true(isnan(m.burst_p99_ns));
}

static void one_state_alone_is_taken_for_the_whole_trace(void **state)
{
	struct ksm_stage s;
	struct ksm_model m;

	stage_begin(&s, 1000, 20);
	s.now_ns -= SEC;
	stage_sample(&s);
	s.now_ns += SEC;
	stage_batches(&s, 100, 20 * MS, 1 * US);
	stage_end(&s, &m);
	assert_true(m.one_state);
	assert_false(m.changed);
	assert_near(m.ns_per_page, 1000, 1e-9);
	assert_near(m.rate, 1000 / 0.021, 1e-9);
}

static void no_state_and_no_bursts_are_unknown(void **state)
{
	const struct ksm_model_input nothing = { .others_delay_ns = 5, .page_size = 4096 };
	struct ksm_stage s;
	struct ksm_model m;

	assert_int_equal(ksm_model_make(&m, &nothing), 0);
	assert_false(m.state_known);
	assert_true(isnan(m.ns_per_page));
	stage_begin(&s, 100, 20);
	stage_sample(&s);
	s.now_ns += SEC;
	stage_end(&s, &m);
	assert_true(m.state_known);
	assert_int_equal(m.bursts, 0);
	assert_true(isnan(m.ns_per_page));
	assert_true(isnan(m.burst_p50_ns));
	assert_true(isnan(m.period_ns));
	assert_true(m.duty == 0);
	assert_true(isnan(ksm_model_burst_ns(&m, 100, 0.5)));
	assert_true(isnan(ksm_model_rate(&m, 100, 20)));
}

/* A GiB, and 10 ms of delay in 36 s: 1000 ms in an hour. */
static void the_price_is_delay_per_hour_and_gib_saved(void **state)
{
	struct ksm_stage s;
	struct ksm_model m;

	for (int profit = 0; profit < 2; profit++) {
		stage_begin(&s, 1000, 20);
		stage_set(&s, KSM_PAGES_SHARING, 262144);
		if (profit)
			stage_set(&s, KSM_GENERAL_PROFIT, 1 << 29);
		stage_sample(&s);
		s.others_ns = 10e6;
		s.now_ns += 36 * SEC;
		stage_end(&s, &m);
		assert_int_equal(m.saved_is_profit, profit);
		assert_near(m.saved_bytes, profit ? 536870912.0 : 1073741824.0, 0);
		assert_near(m.price_ms, profit ? 2000 : 1000, 1e-9);
	}
	stage_begin(&s, 1000, 20);
	stage_set(&s, KSM_GENERAL_PROFIT, -1);
	stage_sample(&s);
	s.others_ns = 10e6;
	s.now_ns += 36 * SEC;
	stage_end(&s, &m);
	assert_near(m.saved_bytes, -1, 0);
	assert_true(isnan(m.price_ms));
}

static void fewer_pages_vary_more_and_more_pages_in_proportion(void **state)
{
	struct ksm_stage s;
	struct ksm_model m;

	stage_begin(&s, 400, 20);
	stage_sample(&s);
	for (int i = 0; i < 100; i++)
		stage_batch(&s, 20 * MS, i % 10 ? 400 * US : 800 * US, 400);
	stage_end(&s, &m);
	assert_near(ksm_model_burst_ns(&m, 400, 0.5), 400e3, 1e-9);
	assert_near(ksm_model_burst_ns(&m, 400, 0.99), 800e3, 1e-9);
	assert_near(ksm_model_burst_ns(&m, 100, 0.99), 100e3 + 200e3, 1e-9);
	assert_near(ksm_model_burst_ns(&m, 800, 0.99), 800e3 + 800e3, 1e-9);
}

static void the_timer_rounds_up_to_ticks_and_waits_one_more(void **state)
{
	/* 100 HZ: 20 ms are two ticks. */
	assert_near(ksm_timer_period_ns(10e6, 20, 1e6), 30e6, 1e-9);
	assert_near(ksm_timer_period_ns(10e6, 20, 12e6), 40e6, 1e-9);
	assert_near(ksm_timer_period_ns(10e6, 1, 1e6), 20e6, 1e-9);
	/* 1000 HZ: exact up to 62 ms, then by 8 ms. */
	assert_near(ksm_timer_period_ns(1e6, 62, 0.1e6), 63e6, 1e-9);
	assert_near(ksm_timer_period_ns(1e6, 100, 0.1e6), 104e6, 1e-9);
	/* 250 HZ: 500 ms of kcompactd were measured as 512. */
	assert_near(ksm_timer_period_ns(4e6, 500, 0.01e6), 512e6, 1e-9);
	/* 300 HZ: 20 ms are six ticks, not seven. */
	assert_near(ksm_timer_period_ns(1e9 / 300, 20, 1e6), 7e9 / 300, 1e-9);
	assert_near(ksm_timer_tick_ns(30e6, 20, 1e6), 10e6, 1e-9);
	assert_near(ksm_timer_tick_ns(24e6, 20, 1e6), 4e6, 1e-9);
	assert_near(ksm_timer_tick_ns(21.1e6, 20, 0.5e6), 1e6, 1e-9);
	assert_true(isnan(ksm_timer_tick_ns(26e6, 20, 1e6)));
	assert_true(isnan(ksm_timer_tick_ns(26e6, 0, 1e6)));
	assert_true(isnan(ksm_timer_tick_ns(NAN, 20, 1e6)));
}

static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static double next_share(uint64_t *seed)
{
	return (double)(next_random(seed) >> 11) / (double)(UINT64_C(1) << 53);
}

/* A batch in up to four slices, on any CPUs. */
static void play_split(struct ksm_stage *s, uint64_t *seed, uint64_t run_ns)
{
	uint64_t at = s->now_ns + 20 * MS, parts = 1 + next_random(seed) % 4, out = s->out_ns;

	for (uint64_t i = 0; i < parts; i++) {
		bool last = i + 1 == parts;
		uint64_t run = last ? run_ns - run_ns / parts * i : run_ns / parts;
		uint16_t cpu = (uint16_t)(next_random(seed) % 4);
		uint16_t flags = last ? 0 : QUEUED;
		struct event e = PREEMPTED(KSMD, cpu, out, at, at + run, .flags = flags);

		if (!i) {
			e.slice.kind = DELAY_WAKE;
			e.slice.waking_ns = at;
		}
		e.slice.out_state = last;
		assert_int_equal(bursts_add(&s->bursts, &e), 0);
		out = at + run;
		at = out + next_random(seed) % MS;
	}
	s->now_ns = s->out_ns = out;
}

static void random_batches_are_estimated_within_two_percent(void **state)
{
	uint64_t seed = 20090617;

	for (int round = 0; round < 400; round++) {
		int64_t pages = 50 + (int64_t)(next_random(&seed) % 5000);
		double page_ns = 300 + 20000 * next_share(&seed);
		bool ends = round % 2, counts = round % 4 > 1;
		struct ksm_stage s;
		struct ksm_model m;

		stage_begin(&s, pages, 20);
		stage_set(&s, KSM_FULL_SCANS, 0);
		if (counts)
			stage_set(&s, KSM_PAGES_SCANNED, 0);
		for (int i = 0; i < 200; i++) {
			double noise = 0.9 + 0.2 * next_share(&seed);
			double share = ends && i % 10 == 9 ? next_share(&seed) : 1;
			int64_t scanned = (int64_t)((double)pages * share);

			if (i % 20 == 0)
				stage_sample(&s);
			play_split(&s, &seed, (uint64_t)((double)scanned * page_ns * noise));
			s.state.value[KSM_FULL_SCANS] += share < 1;
			s.state.value[KSM_PAGES_SCANNED] += counts ? scanned : 0;
		}
		stage_sample(&s);
		stage_end(&s, &m);
		assert_int_equal(m.source, counts ? KSM_COST_BY_PAGES : KSM_COST_BY_BATCHES);
		assert_near(m.ns_per_page, page_ns, 0.02);
		assert_near(m.by_batches_ns, page_ns, 0.02);
		assert_true(m.error < 0.01);
		/* 99 % of them are below 1.098 times the mean. */
		assert_near(ksm_model_burst_ns(&m, (double)pages, 0.99),
			    1.098 * page_ns * (double)pages, 0.02);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_steady_ksmd_is_told_exactly),
		cmocka_unit_test(the_kernels_count_of_pages_is_the_truth),
		cmocka_unit_test(a_count_that_leaves_pages_out_is_not_believed),
		cmocka_unit_test(batches_cut_by_the_scans_end_do_not_bend_the_cost),
		cmocka_unit_test(batches_that_vary_are_not_short),
		cmocka_unit_test(batches_that_are_whole_scans_tell_no_cost),
		cmocka_unit_test(unless_the_kernel_counts_the_pages),
		cmocka_unit_test(of_changed_settings_only_one_stretch_is_used),
		cmocka_unit_test(settings_that_always_changed_tell_nothing),
		cmocka_unit_test(one_state_alone_is_taken_for_the_whole_trace),
		cmocka_unit_test(no_state_and_no_bursts_are_unknown),
		cmocka_unit_test(the_price_is_delay_per_hour_and_gib_saved),
		cmocka_unit_test(fewer_pages_vary_more_and_more_pages_in_proportion),
		cmocka_unit_test(the_timer_rounds_up_to_ticks_and_waits_one_more),
		cmocka_unit_test(random_batches_are_estimated_within_two_percent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
