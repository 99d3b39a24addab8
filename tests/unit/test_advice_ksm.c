// SPDX-License-Identifier: GPL-2.0-only
/* What is said to do about ksmd. */
#include "unit/ksm_stage.h"
#include "analysis/advice_ksm.h"

#include <stdlib.h>
#include <string.h>

static const struct ksm_limits default_limits = { KSM_SLICE_MAX_NS, KSM_DUTY_MAX };

static void advise(struct advice_list *list, struct ksm_stage *s)
{
	struct ksm_plan plan;
	struct ksm_model m;

	stage_end(s, &m);
	ksm_plan_make(&plan, &m, &default_limits);
	*list = (struct advice_list){ 0 };
	advice_ksm(list, &(struct ksm_advice_input){ &m, &plan, KSMD });
	assert_false(list->no_memory);
	assert_true(list->count >= 1);
}

static void assert_has(const char *text, const char *part)
{
	assert_non_null(text);
	if (!strstr(text, part))
		fail_msg("\"%s\" does not say \"%s\"", text, part);
}

static void assert_change(const struct advice *advice, uint32_t i, const char *name,
			  const char *from, const char *to)
{
	const struct change *change;

	assert_true(i < advice->change_count);
	change = &advice->changes[i];
	assert_int_equal(change->kind, CHANGE_FILE);
	assert_int_equal(change->value, CHANGE_NUMBER);
	assert_string_equal(strrchr(change->path, '/') + 1, name);
	assert_string_equal(change->from, from);
	assert_string_equal(change->to, to);
}

static const struct advice_step *step_of(const struct advice *advice, const char *part)
{
	for (uint32_t i = 0; i < advice->step_count; i++)
		if (strstr(advice->steps[i].text, part))
			return &advice->steps[i];
	return NULL;
}

/* The founding case, sampled before and after. */
static void stage_founding(struct ksm_stage *s)
{
	stage_begin(s, 1000, 20);
	stage_set(s, KSM_PAGES_SHARING, 262144);
	stage_set(s, KSM_FULL_SCANS, 3);
	stage_sample(s);
	stage_batches(s, 100, 20 * MS, 12 * US);
	stage_sample(s);
	s->others_ns = 7e6;
}

static void the_founding_case_is_told_with_its_numbers(void **state)
{
	struct advice_list list;
	const struct advice *advice;
	const struct advice_step *step;
	struct ksm_stage s;

	stage_founding(&s);
	advise(&list, &s);
	assert_int_equal(list.count, 1);
	advice = &list.list[0];
	assert_string_equal(advice->rule, "ksm-scan");
	assert_true(advice->is_advice);
	assert_int_equal(advice->task, KSMD);
	assert_int_equal(advice->cost_ns, 7000000);
	assert_int_equal(advice->sure, ADVICE_SURE);
	assert_string_equal(advice->title, "set KSM's pages_to_scan 74 (is 1000), "
					   "sleep_millisecs 17 (is 20)");
	assert_string_equal(
		advice->seen,
		"ksmd ran 100 batches of at most 1000 pages, 12.000 ms each at the "
		"median, 12.000 ms at the 99th percentile; 12.00 us a page (by the "
		"batches); 37.5 % of a CPU; 31250 pages/s. KSM saves 1.00 GiB "
		"(pages_sharing, without what KSM itself needs). Others waited 7.000 ms "
		"for ksmd: 7875 ms per GiB saved and hour.");
	assert_string_equal(advice->why,
			    "A batch lasts as long as its pages take, and then ksmd sleeps. The "
			    "limits are a batch of 1.000 ms and 5.0 % of a CPU.");
	assert_string_equal(advice->predicted,
			    "Batches of 0.888 ms at the median, 0.888 ms at the 99th percentile; "
			    "5.0 % of a CPU, now 37.5 %; the scan rate falls to 4137 pages/s, 13 % "
			    "of the 31250 that it is.");
	assert_has(advice->sure_why, "100 batches, its standard error is 0.0 %");
	/* Lower first: at no time more than before. */
	assert_int_equal(advice->change_count, 2);
	assert_change(advice, 0, "pages_to_scan", "1000", "74");
	assert_change(advice, 1, "sleep_millisecs", "20", "17");
	assert_string_equal(advice->undo, "echo 20 >/sys/kernel/mm/ksm/sleep_millisecs; "
					  "echo 1000 >/sys/kernel/mm/ksm/pages_to_scan");
	step = step_of(advice, "w /sys");
	assert_int_equal(step->kind, STEP_PERSIST);
	assert_string_equal(step->file, "/etc/tmpfiles.d/interloper-ksm.conf");
	assert_string_equal(step->text, "w /sys/kernel/mm/ksm/pages_to_scan - - - - 74\n"
					"w /sys/kernel/mm/ksm/sleep_millisecs - - - - 17");
	assert_has(step_of(advice, "run = 2")->text,
		   "unmerges all: 262144 pages, which take 1.00 GiB of memory again");
	assert_has(step_of(advice, "run = 0")->text, "what is merged stays merged");
	advice_list_free(&list);
}

static void an_active_advisor_gets_its_own_rule(void **state)
{
	struct advice_list list;
	const struct advice *advice;
	struct ksm_stage s;

	stage_begin(&s, 1000, 20);
	s.state.advisor = KSM_ADVISOR_SCAN_TIME;
	stage_set(&s, KSM_ADVISOR_MAX_CPU, 70);
	stage_set(&s, KSM_ADVISOR_MIN_PAGES_TO_SCAN, 500);
	stage_set(&s, KSM_ADVISOR_MAX_PAGES_TO_SCAN, 30000);
	stage_set(&s, KSM_ADVISOR_TARGET_SCAN_TIME, 200);
	stage_sample(&s);
	stage_batches(&s, 100, 20 * MS, 12 * US);
	stage_sample(&s);
	advise(&list, &s);
	advice = &list.list[0];
	assert_string_equal(advice->rule, "ksm-advisor");
	assert_int_equal(advice->change_count, 4);
	assert_change(advice, 0, "advisor_max_pages_to_scan", "30000", "75");
	assert_change(advice, 1, "advisor_min_pages_to_scan", "500", "75");
	assert_change(advice, 2, "advisor_max_cpu", "70", "10");
	assert_change(advice, 3, "advisor_target_scan_time", "200", "1742");
	assert_has(advice->why, "sets pages_to_scan itself and refuses other values");
	assert_has(advice->why, "takes an advisor_max_cpu below 10 as 10");
	assert_has(advice->predicted, "with the largest batches that the advisor may take");
	assert_non_null(step_of(advice, "sleep_millisecs 18"));
	/* Once all is so, there is nothing left to do. */
	advice_list_free(&list);
	stage_begin(&s, 1000, 20);
	s.state.advisor = KSM_ADVISOR_SCAN_TIME;
	stage_set(&s, KSM_ADVISOR_MAX_PAGES_TO_SCAN, 70);
	stage_sample(&s);
	stage_batches(&s, 100, 20 * MS, 12 * US);
	advise(&list, &s);
	assert_false(list.list[0].is_advice);
	advice_list_free(&list);
}

/* Its one burst never ends; what the kernel counted tells what a page costs. */
static void without_any_sleep_the_reason_is_said(void **state)
{
	struct advice_list list;
	const struct advice *advice;
	struct ksm_stage s;

	stage_begin(&s, 1000, 0);
	stage_set(&s, KSM_PAGES_SCANNED, 0);
	stage_sample(&s);
	s.now_ns += SEC;
	s.state.value[KSM_PAGES_SCANNED] += 100000;
	assert_int_equal(bursts_add(&s.bursts, &SLICE(KSMD, 3, s.begin_ns, s.now_ns,
						      .flags = SLICE_CUT_START | SLICE_CUT_END)),
			 0);
	stage_sample(&s);
	advise(&list, &s);
	advice = &list.list[0];
	assert_true(advice->is_advice);
	assert_int_equal(advice->sure, ADVICE_UNSURE);
	assert_has(advice->seen, "No batch of ksmd was seen from its wakeup to its sleep; 10.00 us "
				 "a page (by pages_scanned); 100.0 % of a CPU; 100000 pages/s");
	assert_has(advice->why, "with sleep_millisecs 0 ksmd does not sleep between them");
	assert_has(advice->sure_why, "twice the median was taken");
	advice_list_free(&list);
}

static void limits_that_hold_are_told_so(void **state)
{
	struct advice_list list;
	struct ksm_stage s;

	stage_begin(&s, 100, 20);
	stage_sample(&s);
	stage_batches(&s, 100, 20 * MS, 2 * US);
	stage_sample(&s);
	advise(&list, &s);
	assert_int_equal(list.count, 1);
	assert_false(list.list[0].is_advice);
	assert_string_equal(list.list[0].rule, "ksm-scan");
	assert_string_equal(list.list[0].title, "KSM may stay as it is: ksmd is within a batch of "
						"1.000 ms and 5.0 % of a CPU");
	advice_list_free(&list);
}

static void nothing_merged_is_told_beside_the_advice(void **state)
{
	struct advice_list list;
	struct ksm_stage s;

	stage_begin(&s, 1000, 20);
	stage_set(&s, KSM_PAGES_SHARING, 0);
	stage_set(&s, KSM_FULL_SCANS, 0);
	stage_sample(&s);
	stage_batches(&s, 100, 20 * MS, 12 * US);
	stage_sample(&s);
	advise(&list, &s);
	assert_int_equal(list.count, 2);
	assert_true(list.list[0].is_advice);
	assert_false(list.list[1].is_advice);
	assert_string_equal(list.list[1].rule, "ksm-idle");
	assert_string_equal(list.list[1].seen,
			    "pages_sharing is 0, but no scan has come to its end yet");
	advice_list_free(&list);
}

static void assert_off(struct ksm_stage *s, const char *title)
{
	struct advice_list list;

	advise(&list, s);
	assert_int_equal(list.count, 1);
	assert_false(list.list[0].is_advice);
	assert_string_equal(list.list[0].rule, "ksm-off");
	assert_string_equal(list.list[0].title, title);
	advice_list_free(&list);
}

static void absent_off_and_idle_ksm_are_told_apart(void **state)
{
	struct ksm_stage s;

	stage_begin(&s, 100, 20);
	assert_off(&s, "the state of KSM is not known");
	stage_begin(&s, 100, 20);
	s.state = (struct ksm_state){ .there = false };
	stage_sample(&s);
	assert_off(&s, "there is no KSM: no /sys/kernel/mm/ksm");
	stage_begin(&s, 100, 20);
	stage_set(&s, KSM_RUN, 0);
	stage_sample(&s);
	assert_off(&s, "KSM is off");
	stage_begin(&s, 100, 20);
	stage_set(&s, KSM_RUN, 2);
	stage_sample(&s);
	assert_off(&s, "KSM is off");
	stage_begin(&s, 100, 20);
	stage_sample(&s);
	assert_off(&s, "KSM is on, but ksmd was not seen to run in this trace");
	stage_begin(&s, 100, 20);
	for (int i = KSM_PAGES_SHARED; i <= KSM_PAGES_VOLATILE; i++)
		stage_set(&s, i, 0);
	stage_sample(&s);
	assert_off(&s, "KSM is on, but has no page to scan");
}

static void changed_settings_lead_to_no_advice_but_a_reason(void **state)
{
	struct advice_list list;
	struct ksm_stage s;

	stage_begin(&s, 1000, 20);
	stage_sample(&s);
	stage_batches(&s, 50, 20 * MS, 12 * US);
	stage_set(&s, KSM_PAGES_TO_SCAN, 500);
	stage_batches(&s, 50, 20 * MS, 12 * US);
	stage_sample(&s);
	advise(&list, &s);
	assert_int_equal(list.count, 1);
	assert_false(list.list[0].is_advice);
	assert_int_equal(list.list[0].sure, ADVICE_UNSURE);
	assert_has(list.list[0].why, "settings changed in the trace");
	advice_list_free(&list);
}

static void a_limit_below_one_page_is_said(void **state)
{
	struct advice_list list;
	struct ksm_stage s;

	stage_begin(&s, 4, 20);
	stage_sample(&s);
	stage_batches(&s, 100, 20 * MS, 2 * 1000 * US);
	stage_sample(&s);
	advise(&list, &s);
	assert_true(list.list[0].is_advice);
	assert_has(list.list[0].predicted,
		   "Not even batches of one page keep the limit of 1.000 ms");
	advice_list_free(&list);
}

static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* Small or absurd. */
static int64_t any_number(uint64_t *seed)
{
	uint64_t bits = next_random(seed) % 63;

	return (int64_t)(next_random(seed) & ((UINT64_C(2) << bits) - 1) & INT64_MAX);
}

static void stage_anything(struct ksm_stage *s, uint64_t *seed, int round)
{
	stage_begin(s, 1 + any_number(seed) % 5000, any_number(seed) % 100);
	s->state.advisor = next_random(seed) % 4;
	if (round % 4)
		stage_set(s, KSM_FULL_SCANS, 0);
	if (round % 8 < 4)
		stage_set(s, KSM_PAGES_SCANNED, 0);
	for (int i = KSM_ADVISOR_MAX_CPU; i <= KSM_ADVISOR_TARGET_SCAN_TIME; i++)
		stage_set(s, i, any_number(seed));
	s->others_ns = next_random(seed) % 2 ? NAN : (double)any_number(seed);
	for (int i = 0; i < 200; i++) {
		uint64_t draw = next_random(seed) % (round % 2 ? 100 : 1000);

		if (draw < 10 || !i)
			stage_sample(s);
		else if (draw == 10)
			stage_set(s, next_random(seed) % KSM_FIELDS, any_number(seed));
		else if (draw == 11)
			s->out_ns += 5; /* a slice of it is missing */
		else
			stage_batch(s, next_random(seed) % (30 * MS), next_random(seed) % (9 * MS),
				    any_number(seed) % 5000);
	}
	/* So that there is something to say. */
	if (next_random(seed) % 4)
		stage_set(s, KSM_RUN, 1);
	stage_sample(s);
}

static void assert_said(const char *text)
{
	if (text && (strstr(text, "nan") || strstr(text, "inf")))
		fail_msg("\"%s\"", text);
}

/* Whatever the files say: what is not known is not said, and what is written is a setting. */
static void no_state_leads_to_nonsense(void **state)
{
	uint64_t seed = 20260101, advices = 0, advised = 0;

	for (int round = 0; round < 3000; round++) {
		struct advice_list list;
		struct ksm_stage s;

		stage_anything(&s, &seed, round);
		advise(&list, &s);
		for (uint32_t i = 0; i < list.count; i++) {
			const struct advice *advice = &list.list[i];

			advices += advice->is_advice;
			advised += !strcmp(advice->rule, "ksm-advisor") && advice->is_advice;
			assert_true(advice->is_advice == (advice->change_count > 0));
			assert_non_null(advice->title);
			assert_said(advice->title);
			assert_said(advice->seen);
			assert_said(advice->why);
			assert_said(advice->predicted);
			assert_said(advice->sure_why);
			for (uint32_t c = 0; c < advice->change_count; c++)
				assert_true(atoll(advice->changes[c].to) >= 1);
			for (uint32_t c = 0; c < advice->step_count; c++)
				assert_said(advice->steps[c].text);
		}
		advice_list_free(&list);
	}
	assert_true(advices > 300 && advised > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_founding_case_is_told_with_its_numbers),
		cmocka_unit_test(an_active_advisor_gets_its_own_rule),
		cmocka_unit_test(without_any_sleep_the_reason_is_said),
		cmocka_unit_test(limits_that_hold_are_told_so),
		cmocka_unit_test(nothing_merged_is_told_beside_the_advice),
		cmocka_unit_test(absent_off_and_idle_ksm_are_told_apart),
		cmocka_unit_test(changed_settings_lead_to_no_advice_but_a_reason),
		cmocka_unit_test(a_limit_below_one_page_is_said),
		cmocka_unit_test(no_state_leads_to_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
