// SPDX-License-Identifier: GPL-2.0-only
/* Limits: what is understood, what is refused and where, and what they come to. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/limit.h"
#include "host/cpulist.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

enum { KSMD = 1, WEB_A, WEB_B, OTHER };

static const struct task_identity tasks[] = {
	{ .task = KSMD, .tid = 510, .pid = 510, .ppid = 2, .comm = "ksmd" },
	{ .task = WEB_A, .tid = 801, .pid = 800, .comm = "web-a" },
	{ .task = WEB_B, .tid = 802, .pid = 800, .comm = "web-b" },
	{ .task = OTHER, .tid = 900, .pid = 900, .comm = "a,b(c)" },
};

static struct limit parsed(const char *text)
{
	struct limit_error error = {};
	struct limit limit;
	int err = limit_parse(&limit, text, &error);

	if (err)
		print_error("%s: column %u: %s\n", text, error.column, error.why);
	assert_int_equal(err, 0);
	return limit;
}

static void a_limit_is_read_in_all_its_parts(void **state)
{
	struct limit l =
		parsed("  p99.9( wake_delay , task=web*,cpu=0-3,8 ) <= 1.5ms allow-empty  # web");

	assert_string_equal(l.text,
			    "p99.9( wake_delay , task=web*,cpu=0-3,8 ) <= 1.5ms allow-empty");
	assert_int_equal(l.statistic, LIMIT_PERCENTILE);
	assert_true(l.percentile == 99.9);
	assert_int_equal(l.quantity, LIMIT_WAKE_DELAY);
	assert_int_equal(l.tasks.comm_count, 1);
	assert_int_equal(hwloc_bitmap_weight(l.cpus), 5);
	assert_true(hwloc_bitmap_isset(l.cpus, 8));
	assert_int_equal(l.comparison, LIMIT_LE);
	assert_true(l.value == 1.5e6);
	assert_true(l.allow_empty);
	assert_int_equal(limit_unit(&l), LIMIT_NS);
	limit_free(&l);
}

static void the_examples_of_the_help_are_limits(void **state)
{
	const char *at = limit_help;
	uint32_t read = 0;

	while ((at = strstr(at, "\n  "))) {
		size_t length = strcspn(at + 1, "\n");
		char line[200];
		struct limit l;

		at++;
		/* What is indented more goes on with a line of the table. */
		if (at[2] == ' ')
			continue;
		memcpy(line, at, length);
		line[length] = '\0';
		l = parsed(line);
		limit_free(&l);
		read++;
	}
	assert_int_equal(read, 5);
}

static void every_word_of_the_language_is_understood(void **state)
{
	static const char *const good[] = {
		"max(run)<1s",
		"min(preempt_delay) >= 0ns",
		"mean(run, interloper) < 10us",
		"total(wake_delay, owner, cpu=isolated) == 0ns",
		"count(slices) > 5",
		"count(wakeups, task=812) != 3",
		"count(migrations, task=\"web*,812,vcpu\") < 1",
		"count(preemptions) < 10 allow-empty",
		"count(run, task=\"a,b(c)\") < 10",
		"share() < 2%",
		"share < 2%",
		"share(task=ksmd, cpu=43) < 0.5 %",
		"trespasses(task=ksmd) == 0",
		"trespasses==0",
		"lost == 0",
		"p50(run)<1 us",
	};

	for (size_t i = 0; i < COUNT_OF(good); i++) {
		struct limit l = parsed(good[i]);

		limit_free(&l);
	}
}

static void what_is_wrong_is_said_with_its_column(void **state)
{
	static const struct {
		const char *text;
		unsigned int column;
		const char *why;
	} bad[] = {
		{ "p100(run) < 1ms", 1, "p99" },
		{ "p0(run) < 1ms", 1, "p99" },
		{ "p9.9.9(run) < 1ms", 1, "p99" },
		{ "p1e1(run) < 1ms", 1, "p99" },
		{ "average(run) < 1ms", 1, "mean" },
		{ "p99 < 1ms", 5, "(" },
		{ "p99(slices) < 1ms", 5, "only a count" },
		{ "p99(foo) < 1ms", 5, "wake_delay" },
		{ "count(foo) < 1", 7, "migrations" },
		{ "p99(run task=ksmd) < 1ms", 9, "\",\" or \")\"" },
		{ "p99(run, tusk=ksmd) < 1ms", 10, "task=" },
		{ "p99(run, task=) < 1ms", 15, "a prefix" },
		{ "p99(run, task=\"ksmd) < 1ms", 15, "a prefix" },
		{ "p99(run, cpu=x) < 1ms", 14, "43" },
		{ "p99(run, cpu=3-1) < 1ms", 14, "43" },
		{ "p99(run, cpu=9999) < 1ms", 14, "43" },
		{ "p99(run) = 1ms", 10, "<=" },
		{ "p99(run) < ms", 12, "a number" },
		{ "p99(run) < 1.2.3ms", 12, "a number" },
		{ "p99(run) < 1", 13, "a unit" },
		{ "p99(run) < 1%", 13, "a unit" },
		{ "share < 1ms", 10, "%" },
		{ "count(slices) < 1ms", 18, "no unit" },
		{ "p99(run) < 1ms allow", 16, "allow-empty" },
		{ "lost(cpu=1) == 0", 5, "losses are not told" },
		{ "p99(run", 8, "\",\" or \")\"" },
		{ "p99(run,", 9, "task=" },
	};

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct limit_error error = {};
		struct limit limit;

		assert_int_equal(limit_parse(&limit, bad[i].text, &error), -EINVAL);
		if (error.column != bad[i].column || !strstr(error.why, bad[i].why))
			print_error("%s: column %u: %s\n", bad[i].text, error.column, error.why);
		assert_int_equal(error.column, bad[i].column);
		assert_non_null(strstr(error.why, bad[i].why));
	}
}

static void a_line_without_a_limit_is_none(void **state)
{
	struct limit_error error;
	struct limit limit;

	assert_int_equal(limit_parse(&limit, "", &error), 1);
	assert_int_equal(limit_parse(&limit, "  \t # only a comment", &error), 1);
}

/* Three CPUs, 2 isolated, in 1 s; times in us. */
struct stage {
	struct summary *rows;
	struct task_table tasks;
	struct host_snapshot host;
	hwloc_bitmap_t cpus;
	struct limit_facts facts;
};

static void run(struct stage *s, uint32_t task, uint16_t cpu, uint64_t start_us, uint64_t run_us,
		uint64_t waited_us)
{
	struct event e = { .type = EVENT_SLICE,
			   .cpu = cpu,
			   .time_ns = (start_us + run_us) * 1000,
			   .slice = { .task = task,
				      .start_ns = start_us * 1000,
				      .kind = DELAY_WAKE,
				      .waking_ns = (start_us - waited_us) * 1000,
				      .waker = TASK_UNKNOWN,
				      .prev_cpu = cpu,
				      .chosen_cpu = cpu,
				      .waker_cpu = CPU_UNKNOWN,
				      .out_state = 1 } };

	assert_int_equal(summary_add(s->rows, &e), 0);
}

static void stage_begin(struct stage *s)
{
	static const uint32_t interlopers[] = { KSMD }, owners[] = { WEB_A, WEB_B };
	static const struct limit_trespass trespasses[] = { { KSMD, 2, 3 }, { OTHER, 2, 1 } };

	memset(s, 0, sizeof(*s));
	s->rows = summary_new(SUMMARY_BY_TASK_CPU);
	assert_int_equal(task_table_init(&s->tasks), 0);
	for (size_t i = 0; i < COUNT_OF(tasks); i++)
		assert_int_equal(task_table_put(&s->tasks, &tasks[i]), 0);
	s->host.isolated = hwloc_bitmap_alloc();
	hwloc_bitmap_set(s->host.isolated, 2);
	s->cpus = hwloc_bitmap_alloc();
	hwloc_bitmap_set_range(s->cpus, 0, 2);
	/* ksmd: 10 ms on CPU 2; web-a: 200 slices of 10 us after 1 .. 200 us on CPU 0. */
	run(s, KSMD, 2, 1000, 10000, 5);
	for (uint32_t i = 1; i <= 200; i++)
		run(s, WEB_A, 0, 1000 * i, 10, i);
	run(s, WEB_B, 1, 5000, 40, 7);
	s->facts = (struct limit_facts){
		.rows = s->rows,
		.tasks = &s->tasks,
		.host = &s->host,
		.cpus = s->cpus,
		.interlopers = interlopers,
		.interloper_count = 1,
		.owners = owners,
		.owner_count = 2,
		.trespasses = trespasses,
		.trespass_count = 2,
		.window_ns = 1000000000,
	};
}

static void stage_end(struct stage *s)
{
	summary_free(s->rows);
	task_table_free(&s->tasks);
	hwloc_bitmap_free(s->host.isolated);
	hwloc_bitmap_free(s->cpus);
}

static struct limit_result checked(const struct stage *s, const char *text)
{
	struct limit l = parsed(text);
	struct limit_result r;

	assert_int_equal(limit_check(&r, &l, &s->facts), 0);
	limit_free(&l);
	return r;
}

static void values_are_those_of_what_is_selected(void **state)
{
	static const struct {
		const char *text;
		enum limit_verdict verdict;
		double value;
		uint64_t samples;
	} cases[] = {
		{ "max(run, task=ksmd) < 10ms", LIMIT_BROKEN, 10e6, 1 },
		{ "max(run, task=ksmd) <= 10ms", LIMIT_KEPT, 10e6, 1 },
		{ "max(run, cpu=0-1) <= 40us", LIMIT_KEPT, 40e3, 201 },
		{ "min(wake_delay, task=web*) == 1us", LIMIT_KEPT, 1e3, 201 },
		{ "mean(run, task=web-a) != 10us", LIMIT_BROKEN, 10e3, 200 },
		{ "total(run, task=\"web-a,ksmd\") > 11ms", LIMIT_KEPT, 12e6, 201 },
		{ "count(slices, task=web*) >= 201", LIMIT_KEPT, 201, 201 },
		{ "count(slices, cpu=isolated, interloper) == 0", LIMIT_BROKEN, 1, 1 },
		{ "count(slices, cpu=isolated, owner) == 0", LIMIT_KEPT, 0, 0 },
		{ "count(run, task=800) == 201", LIMIT_KEPT, 201, 201 },
		{ "share(task=ksmd, cpu=2) < 1%", LIMIT_BROKEN, 0.01, 1 },
		{ "share(task=ksmd) < 1%", LIMIT_KEPT, 0.01 / 3, 1 },
		{ "trespasses == 0", LIMIT_BROKEN, 4, 4 },
		{ "trespasses(task=ksmd) <= 3", LIMIT_KEPT, 3, 3 },
		{ "trespasses(cpu=0) == 0", LIMIT_KEPT, 0, 0 },
		{ "lost == 0", LIMIT_KEPT, 0, 0 },
	};
	struct stage s;

	stage_begin(&s);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct limit_result r = checked(&s, cases[i].text);

		if (r.verdict != cases[i].verdict || r.samples != cases[i].samples)
			print_error("%s: %f of %u: %s\n", cases[i].text, r.value,
				    (unsigned int)r.samples, r.why ? r.why : "-");
		assert_int_equal(r.verdict, cases[i].verdict);
		assert_true(r.known);
		assert_true(r.value > cases[i].value * 0.999999 - 1e-12 &&
			    r.value < cases[i].value * 1.000001 + 1e-12);
		assert_int_equal(r.samples, cases[i].samples);
	}
	stage_end(&s);
}

static void a_percentile_needs_its_samples(void **state)
{
	struct limit_result r;
	struct stage s;

	stage_begin(&s);
	/* Of 200 delays 1 .. 200 us: rank 198, within a bucket. */
	r = checked(&s, "p99(wake_delay, task=web-a) < 190us");
	assert_int_equal(r.verdict, LIMIT_BROKEN);
	assert_true(r.value > 190e3 && r.value < 205e3);
	assert_int_equal(r.samples, 200);
	assert_int_equal(r.worst_ns, 200000);
	assert_int_equal(r.worst_at_ns, 200000000);
	assert_int_equal(r.worst_cpu, 0);
	assert_int_equal(r.worst_task, WEB_A);
	r = checked(&s, "p99.9(wake_delay, task=web-a) < 1s");
	assert_int_equal(r.verdict, LIMIT_UNKNOWN);
	assert_string_equal(r.why, "too few samples for this percentile");
	r = checked(&s, "p99.5(wake_delay, task=web-a) < 1s");
	assert_int_equal(r.verdict, LIMIT_KEPT);
	stage_end(&s);
}

static void what_is_not_there_is_no_success(void **state)
{
	static const struct {
		const char *text;
		enum limit_verdict verdict;
		const char *why;
	} cases[] = {
		{ "max(run, task=typo) < 1ms", LIMIT_UNKNOWN, "no such task in the trace" },
		{ "max(run, task=typo) < 1ms allow-empty", LIMIT_KEPT,
		  "no such task in the trace" },
		{ "count(slices, task=typo) == 0", LIMIT_UNKNOWN, "no such task in the trace" },
		{ "max(preempt_delay, task=ksmd) < 1ms", LIMIT_UNKNOWN, "no sample" },
		{ "max(preempt_delay, task=ksmd) < 1ms allow-empty", LIMIT_KEPT, "no sample" },
		{ "max(run, task=ksmd, cpu=0) < 1ms", LIMIT_UNKNOWN, "no sample" },
		{ "count(slices, cpu=7) == 0", LIMIT_UNKNOWN, "not all of these CPUs were traced" },
		{ "count(slices, cpu=7) == 0 allow-empty", LIMIT_UNKNOWN,
		  "not all of these CPUs were traced" },
	};
	struct stage s;

	stage_begin(&s);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct limit_result r = checked(&s, cases[i].text);

		assert_int_equal(r.verdict, cases[i].verdict);
		assert_string_equal(r.why, cases[i].why);
		assert_false(r.known);
	}
	stage_end(&s);
}

static void what_is_not_known_is_said(void **state)
{
	struct stage s;

	stage_begin(&s);
	s.facts.interlopers = NULL;
	assert_int_equal(checked(&s, "count(slices, interloper) == 0").verdict, LIMIT_UNKNOWN);
	s.facts.trespasses = NULL;
	assert_int_equal(checked(&s, "trespasses == 0").verdict, LIMIT_UNKNOWN);
	s.facts.window_ns = 0;
	assert_int_equal(checked(&s, "share < 100%").verdict, LIMIT_UNKNOWN);
	hwloc_bitmap_zero(s.host.isolated);
	assert_string_equal(checked(&s, "count(slices, cpu=isolated) == 0").why,
			    "no CPU is isolated");
	assert_int_equal(checked(&s, "count(slices, cpu=isolated) == 0 allow-empty").verdict,
			 LIMIT_KEPT);
	s.facts.trespasses = &(struct limit_trespass){ KSMD, 2, 0 };
	assert_string_equal(checked(&s, "trespasses == 0").why, "no CPU is isolated");
	s.facts.host = NULL;
	assert_string_equal(checked(&s, "count(slices, cpu=isolated) == 0").why,
			    "which CPUs are isolated is not known");
	stage_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests_[] = {
		cmocka_unit_test(a_limit_is_read_in_all_its_parts),
		cmocka_unit_test(the_examples_of_the_help_are_limits),
		cmocka_unit_test(every_word_of_the_language_is_understood),
		cmocka_unit_test(what_is_wrong_is_said_with_its_column),
		cmocka_unit_test(a_line_without_a_limit_is_none),
		cmocka_unit_test(values_are_those_of_what_is_selected),
		cmocka_unit_test(a_percentile_needs_its_samples),
		cmocka_unit_test(what_is_not_there_is_no_success),
		cmocka_unit_test(what_is_not_known_is_said),
	};

	return cmocka_run_group_tests_name("limit", tests_, NULL, NULL);
}
