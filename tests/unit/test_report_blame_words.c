// SPDX-License-Identifier: GPL-2.0-only
/* How the reports on who pays word small numbers, what is not known, and what they leave out. */
#include "unit/blame_stage.h"

static void expect_blame(const struct stage *s, const char *expected)
{
	struct blame_report report = blame_report(s);
	struct text text;

	text_open(&text, false);
	assert_int_equal(report_blame(&text.out, &report), 0);
	report_who_pays(&text.out, &report);
	assert_int_equal(report_steal(&text.out, &s->who, s->machines, s->machine_count), 0);
	report_blame_stories(&text.out, &report);
	expect_text(&text, expected);
}

static void where_nobody_waited_there_is_one_line(void **state)
{
	static const struct event events[] = {
		SLICE(KSMD, 43, 0, 100, .kind = DELAY_WAKE, .waking_ns = AT(0)),
	};
	struct idleness_report idleness;
	struct text text;
	struct stage s;

	stage_open(&s, 3);
	stage_finish(&s, NULL);
	expect_blame(&s, "delay       0 ns in 0 waits of 0 tasks\n");
	idleness = idleness_report(&s);
	text_open(&text, false);
	assert_int_equal(report_idleness(&text.out, &idleness), 0);
	expect_text(&text, "");
	stage_close(&s);
	stage_open(&s, 3);
	ADD(&s, events);
	stage_finish(&s, NULL);
	expect_blame(&s, "delay       0 ns in 1 wait of 1 task\n");
	stage_close(&s);
}

static void what_is_left_out_is_told_also_where_nothing_is_known(void **state)
{
	static const struct event events[] = {
		SLICE(KSMD, 43, 0, 100, .flags = SLICE_GAP),
	};
	struct stage s;

	stage_open(&s, 3);
	ADD(&s, events);
	stage_finish(&s, NULL);
	expect_blame(&s, "delay       0 ns in 0 waits of 0 tasks\n"
			 "Left out: 1 wait of which is not known when it began (before the trace, "
			 "a gap, a loss).\n");
	stage_close(&s);
}

static void one_wait_of_one_task_is_no_plural(void **state)
{
	static const struct event events[] = {
		SLICE(KSMD, 43, 0, 100),
		SLICE(NEWBORN, 43, 100, 100, .kind = DELAY_WAKE, .waking_ns = AT(95), .waker = KSMD,
		      .context = WAKER_TASK, .waker_cpu = 43),
	};
	struct stage s;

	stage_open(&s, 1);
	ADD(&s, events);
	stage_finish(&s, NULL);
	expect_blame(
		&s,
		"delay       5.000 us in 1 wait of 1 task\n"
		"\n"
		"victim     waited for   delay  waits  total   share    p99  worst        since\n"
		"[tid/pid]  [tid/pid]                   (ms)     (%)   (ms)   (ms)          (s)\n"
		"sh[20200]               wake       1  0.005  100.00  0.005  0.005  1119.000095\n"
		"             ksmd[510]  wake       1  0.005  100.00  0.005  0.005  1119.000095\n"
		"Left out: 1 wait of which is not known when it began (before the trace, a gap, a "
		"loss).\n"
		"who pays    sh[20200] waited 5.000 us: for ksmd[510] 100 %\n"
		"\n"
		"longest waits, and who ran ahead:\n"
		"\n"
		"sh[20200] waited 5.000 us on CPU 43, since 1119.000095 s: woken by ksmd[510] from "
		"CPU 43\n"
		"  1119.000095  CPU   43        5.000 us  ksmd[510]\n"
		"  1119.000100  CPU   43         it runs\n");
	stage_close(&s);
}

/* Victims that never waited stand at the end; they are not among those that are not shown. */
static void victims_not_shown_are_those_that_waited(void **state)
{
	static const struct event events[] = {
		SLICE(KSMD, 43, 0, 100),
		SLICE(NEWBORN, 43, 100, 110, .kind = DELAY_WAKE, .waking_ns = AT(95)),
		SLICE(QEMU, 43, 110, 120, .kind = DELAY_WAKE, .waking_ns = AT(107)),
	};
	struct blame_report report;
	struct text text;
	struct stage s;

	stage_open(&s, 0);
	ADD(&s, events);
	stage_finish(&s, NULL);
	report = blame_report(&s);
	report.victims = 1;
	text_open(&text, false);
	assert_int_equal(report_blame(&text.out, &report), 0);
	fflush(text.out.file);
	assert_non_null(strstr(text.text, "delay       8.000 us in 2 waits of 2 tasks\n"));
	assert_non_null(strstr(text.text, "\n1 more victim not shown.\n"));
	fclose(text.out.file);
	free(text.text);
	stage_close(&s);
}

/* Two culprits and a third: no row and no word "1 others". */
static void a_single_other_is_named(void **state)
{
	static const struct event events[] = {
		SLICE(KSMD, 43, 0, 100),
		SLICE(QEMU, 43, 100, 150),
		SLICE(NEWBORN, 43, 150, 180),
		SLICE(LONGNAME, 43, 180, 200),
		SLICE(VCPU, 43, 200, 210, .kind = DELAY_WAKE, .waking_ns = AT(0)),
	};
	struct blame_report report;
	struct text text;
	struct stage s;

	stage_open(&s, 0);
	ADD(&s, events);
	stage_finish(&s, NULL);
	report = blame_report(&s);
	text_open(&text, false);
	report_who_pays(&text.out, &report);
	assert_int_equal(report_steal(&text.out, &s.who, s.machines, s.machine_count), 0);
	expect_golden(&text, "blame-single-other.txt");
	stage_close(&s);
}

/* Of 100 slices the last 64 are kept, and 7 of those told: the rest is summed up. */
static void a_long_story_sums_up_what_it_skips(void **state)
{
	struct blame_report report;
	struct event e;
	struct text text;
	struct stage s;

	stage_open(&s, 1);
	for (uint64_t i = 0; i < 100; i++) {
		e = (struct event)SLICE(i % 2 ? QEMU : KSMD, 43, 10 * i, 10 * (i + 1));
		stage_add(&s, &e, 1);
	}
	e = (struct event)SLICE(NEWBORN, 43, 1000, 1010, .kind = DELAY_PREEMPT,
				.prev_out_ns = AT(0));
	stage_add(&s, &e, 1);
	stage_finish(&s, NULL);
	report = blame_report(&s);
	text_open(&text, false);
	report_blame_stories(&text.out, &report);
	expect_golden(&text, "blame-long-story.txt");
	stage_close(&s);
}

static void expect_owner(const struct stage *s, const char *expected)
{
	struct interlopers_report report = interlopers_report(s);
	struct text text;

	text_open(&text, false);
	assert_int_equal(report_interlopers(&text.out, &report), 0);
	expect_text(&text, expected);
}

static void why_there_is_no_owner_is_told(void **state)
{
	static const struct event events[] = {
		SLICE(KSMD, 43, 0, 100),
	};
	struct filter owners = {};
	struct stage s;

	stage_open(&s, 0);
	ADD(&s, events);
	stage_finish(&s, NULL);
	expect_owner(&s, "owner       not known: neither a vCPU thread nor a task bound to these "
			 "CPUs alone ran there; --owner names it\n\n");
	stage_close(&s);
	stage_open(&s, 0);
	ADD(&s, events);
	assert_int_equal(filter_add_tasks(&owners, "nginx"), 0);
	stage_finish(&s, &owners);
	expect_owner(&s, "owner       not seen: no task that --owner names ran there\n\n");
	stage_close(&s);
	filter_free(&owners);
}

static void a_rhythm_is_told_with_three_digits_and_its_unit(void **state)
{
	const struct rhythm slow = {
		.period_ns = 1234567890, .jitter_ns = 45000000, .run_p50_ns = 999, .duty = 0.004
	};
	const struct rhythm fast = {
		.period_ns = 250600, .jitter_ns = 1200, .run_p50_ns = 12345, .duty = 0.0493
	};
	char text[RHYTHM_TEXT_MAX];

	assert_string_equal(report_rhythm(text, &slow),
			    "every 1.23 s ± 0.04, 999 ns long, duty 0 %");
	assert_string_equal(report_rhythm(text, &fast), "every 251 us ± 1, 12.3 us long, duty 5 %");
}

static void shares_are_not_rounded_away(void **state)
{
	char text[SHARE_MAX];

	assert_string_equal(report_share(text, 0, 1000), "0 %");
	assert_string_equal(report_share(text, 1, 1000), "<1 %");
	assert_string_equal(report_share(text, 9, 1000), "<1 %");
	assert_string_equal(report_share(text, 990, 1000), "99 %");
	assert_string_equal(report_share(text, 991, 1000), ">99 %");
	assert_string_equal(report_share(text, 1000, 1000), "100 %");
	assert_string_equal(report_share(text, UINT64_MAX - 1, UINT64_MAX), ">99 %");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(where_nobody_waited_there_is_one_line),
		cmocka_unit_test(what_is_left_out_is_told_also_where_nothing_is_known),
		cmocka_unit_test(one_wait_of_one_task_is_no_plural),
		cmocka_unit_test(victims_not_shown_are_those_that_waited),
		cmocka_unit_test(a_single_other_is_named),
		cmocka_unit_test(a_long_story_sums_up_what_it_skips),
		cmocka_unit_test(why_there_is_no_owner_is_told),
		cmocka_unit_test(a_rhythm_is_told_with_three_digits_and_its_unit),
		cmocka_unit_test(shares_are_not_rounded_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
