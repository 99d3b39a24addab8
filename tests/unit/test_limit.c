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
		"blamed < 1ms",
		"blamed(task=ksmd, interloper) == 0ns",
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
		{ "blamed(cpu=1) == 0ns", 8, "not told by CPU" },
		{ "blamed == 0", 12, "a unit" },
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

static void what_is_compared_has_no_value(void **state)
{
	static const struct {
		const char *text;
		unsigned int column;
		const char *why;
	} bad[] = {
		{ "p99(run) < 1ms", 10, "the end" },
		{ "max(run)", 1, "give it a limit" },
		{ "trespasses", 1, "give it a limit" },
		{ "lost", 1, "give it a limit" },
		{ "p99", 4, "(" },
	};
	struct limit_error error;
	struct limit l = parsed("compare p99(wake_delay, task=web*)  # all of them");

	assert_true(l.compared);
	assert_string_equal(l.text, "p99(wake_delay, task=web*)");
	limit_free(&l);
	assert_int_equal(limit_parse_compared(&l, " share(cpu=1) ", &error), 0);
	assert_true(l.compared);
	assert_string_equal(l.text, "share(cpu=1)");
	limit_free(&l);
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		assert_int_equal(limit_parse_compared(&l, bad[i].text, &error), -EINVAL);
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
	static const struct limit_blamed blamed[] = { { KSMD, 7, 2000000 }, { OTHER, 2, 500000 } };

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
		.blamed = blamed,
		.blamed_count = 2,
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
		{ "max(run, task=ksmd) < 10ms", LIMIT_FAIL, 10e6, 1 },
		{ "max(run, task=ksmd) <= 10ms", LIMIT_PASS, 10e6, 1 },
		{ "max(run, cpu=0-1) <= 40us", LIMIT_PASS, 40e3, 201 },
		{ "min(wake_delay, task=web*) == 1us", LIMIT_PASS, 1e3, 201 },
		{ "mean(run, task=web-a) != 10us", LIMIT_FAIL, 10e3, 200 },
		{ "total(run, task=\"web-a,ksmd\") > 11ms", LIMIT_PASS, 12e6, 201 },
		{ "count(slices, task=web*) >= 201", LIMIT_PASS, 201, 201 },
		{ "count(slices, cpu=isolated, interloper) == 0", LIMIT_FAIL, 1, 1 },
		{ "count(slices, cpu=isolated, owner) == 0", LIMIT_PASS, 0, 0 },
		{ "count(run, task=800) == 201", LIMIT_PASS, 201, 201 },
		{ "share(task=ksmd, cpu=2) < 1%", LIMIT_FAIL, 0.01, 1 },
		{ "share(task=ksmd) < 1%", LIMIT_PASS, 0.01 / 3, 1 },
		{ "blamed(task=ksmd) < 1ms", LIMIT_FAIL, 2e6, 7 },
		{ "blamed <= 2.5ms", LIMIT_PASS, 2.5e6, 9 },
		{ "blamed(owner) == 0ns", LIMIT_PASS, 0, 0 },
		{ "trespasses == 0", LIMIT_FAIL, 4, 4 },
		{ "trespasses(task=ksmd) <= 3", LIMIT_PASS, 3, 3 },
		{ "trespasses(cpu=0) == 0", LIMIT_PASS, 0, 0 },
		{ "lost == 0", LIMIT_PASS, 0, 0 },
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
	assert_int_equal(r.verdict, LIMIT_FAIL);
	assert_true(r.value > 190e3 && r.value < 205e3);
	assert_int_equal(r.samples, 200);
	assert_int_equal(r.worst_ns, 200000);
	assert_int_equal(r.worst_at_ns, 200000000);
	assert_int_equal(r.worst_cpu, 0);
	assert_int_equal(r.worst_task, WEB_A);
	r = checked(&s, "p99.9(wake_delay, task=web-a) < 1s");
	assert_int_equal(r.verdict, LIMIT_INCONCLUSIVE);
	assert_string_equal(r.why, "too few samples for this percentile");
	r = checked(&s, "p99.5(wake_delay, task=web-a) < 1s");
	assert_int_equal(r.verdict, LIMIT_PASS);
	stage_end(&s);
}

static void what_is_not_there_is_no_success(void **state)
{
	static const struct {
		const char *text;
		enum limit_verdict verdict;
		const char *why;
	} cases[] = {
		{ "max(run, task=typo) < 1ms", LIMIT_INCONCLUSIVE, "no such task in the trace" },
		{ "max(run, task=typo) < 1ms allow-empty", LIMIT_PASS,
		  "no such task in the trace" },
		{ "count(slices, task=typo) == 0", LIMIT_INCONCLUSIVE,
		  "no such task in the trace" },
		{ "max(preempt_delay, task=ksmd) < 1ms", LIMIT_INCONCLUSIVE, "no sample" },
		{ "max(preempt_delay, task=ksmd) < 1ms allow-empty", LIMIT_PASS, "no sample" },
		{ "max(run, task=ksmd, cpu=0) < 1ms", LIMIT_INCONCLUSIVE, "no sample" },
		{ "count(slices, cpu=7) == 0", LIMIT_INCONCLUSIVE,
		  "not all of these CPUs were traced" },
		{ "count(slices, cpu=7) == 0 allow-empty", LIMIT_INCONCLUSIVE,
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
	assert_int_equal(checked(&s, "count(slices, interloper) == 0").verdict, LIMIT_INCONCLUSIVE);
	s.facts.trespasses = NULL;
	assert_int_equal(checked(&s, "trespasses == 0").verdict, LIMIT_INCONCLUSIVE);
	s.facts.blamed = NULL;
	assert_int_equal(checked(&s, "blamed < 1s").verdict, LIMIT_INCONCLUSIVE);
	s.facts.window_ns = 0;
	assert_int_equal(checked(&s, "share < 100%").verdict, LIMIT_INCONCLUSIVE);
	hwloc_bitmap_zero(s.host.isolated);
	assert_string_equal(checked(&s, "count(slices, cpu=isolated) == 0").why,
			    "no CPU is isolated");
	assert_int_equal(checked(&s, "count(slices, cpu=isolated) == 0 allow-empty").verdict,
			 LIMIT_PASS);
	s.facts.trespasses = &(struct limit_trespass){ KSMD, 2, 0 };
	assert_string_equal(checked(&s, "trespasses == 0").why, "no CPU is isolated");
	s.facts.host = NULL;
	assert_string_equal(checked(&s, "count(slices, cpu=isolated) == 0").why,
			    "which CPUs are isolated is not known");
	stage_end(&s);
}

/* A slice of ksmd on CPU 2 whose start was missed: before it is seen another one, or none since 11
 * ms. */
static void add_gap(struct stage *s, bool bounded)
{
	struct event e = { .type = EVENT_SLICE,
			   .cpu = 2,
			   .time_ns = 900030000,
			   .slice = { .task = KSMD,
				      .start_ns = 900000000,
				      .flags = SLICE_GAP,
				      .waker = TASK_UNKNOWN,
				      .prev_cpu = CPU_UNKNOWN,
				      .chosen_cpu = CPU_UNKNOWN,
				      .waker_cpu = CPU_UNKNOWN } };

	if (bounded)
		run(s, WEB_B, 2, 899990, 10, 7);
	assert_int_equal(summary_add(s->rows, &e), 0);
}

static void a_gap_leaves_open_what_it_could_turn(void **state)
{
	static const struct {
		const char *text;
		enum limit_verdict verdict;
	} cases[] = {
		{ "max(run, task=ksmd) < 20ms", LIMIT_INCONCLUSIVE }, /* it may have run longer */
		{ "max(run, task=ksmd) < 10ms", LIMIT_FAIL },	      /* that is so anyway */
		{ "max(run, task=ksmd) > 5ms", LIMIT_PASS },
		{ "min(run, task=ksmd) > 5ms", LIMIT_INCONCLUSIVE },
		{ "max(run, task=ksmd) == 10ms", LIMIT_INCONCLUSIVE },
		{ "max(run, task=ksmd) != 5ms", LIMIT_PASS },
		{ "mean(run, task=ksmd) > 4ms", LIMIT_PASS },
		{ "mean(run, task=ksmd) > 6ms", LIMIT_INCONCLUSIVE },
		{ "count(run, task=ksmd) < 2", LIMIT_INCONCLUSIVE },
		{ "count(run, task=ksmd) < 3", LIMIT_PASS },
		{ "count(slices, task=ksmd) == 2", LIMIT_PASS },
		{ "total(run, task=ksmd) < 11ms", LIMIT_INCONCLUSIVE },
		{ "share(task=ksmd) < 2%", LIMIT_INCONCLUSIVE },
		{ "p50(run) < 20us", LIMIT_PASS }, /* one of 203 moves no median so far */
		{ "p99.5(run) < 50us", LIMIT_INCONCLUSIVE },
		{ "max(run, task=web-a) < 20us", LIMIT_PASS }, /* not its gap */
	};
	struct stage s;

	stage_begin(&s);
	add_gap(&s, false);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct limit_result r = checked(&s, cases[i].text);

		if (r.verdict != cases[i].verdict)
			print_error("%s: %f: %s\n", cases[i].text, r.value, r.why ? r.why : "-");
		assert_int_equal(r.verdict, cases[i].verdict);
		assert_true(r.known);
		if (r.verdict == LIMIT_INCONCLUSIVE)
			assert_non_null(strstr(r.why, "gaps"));
	}
	stage_end(&s);
}

/* Nothing was seen on its CPU for 30 us: longer it cannot have run. */
static void a_gap_of_bounded_length_leaves_less_open(void **state)
{
	static const struct {
		const char *text;
		enum limit_verdict verdict;
	} cases[] = {
		{ "max(run, task=ksmd) < 10.1ms", LIMIT_PASS },
		{ "max(run, task=ksmd) < 1us", LIMIT_FAIL },
		{ "total(run, task=ksmd) < 10.1ms", LIMIT_PASS },
		{ "total(run, task=ksmd) < 10.01ms", LIMIT_INCONCLUSIVE },
		{ "mean(run, task=ksmd) < 11ms", LIMIT_PASS },
		{ "mean(run, task=ksmd) > 9ms", LIMIT_INCONCLUSIVE },
		{ "share(task=ksmd) < 0.34%", LIMIT_PASS },
		{ "max(wake_delay, task=ksmd) < 1s",
		  LIMIT_INCONCLUSIVE }, /* of its wait nothing is known */
	};
	struct stage s;

	stage_begin(&s);
	add_gap(&s, true);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct limit_result r = checked(&s, cases[i].text);

		if (r.verdict != cases[i].verdict)
			print_error("%s: %f: %s\n", cases[i].text, r.value, r.why ? r.why : "-");
		assert_int_equal(r.verdict, cases[i].verdict);
	}
	stage_end(&s);
}

static void a_task_that_still_waits_is_no_success(void **state)
{
	struct event e = { .type = EVENT_WAITING,
			   .cpu = 0,
			   .time_ns = 1000000000,
			   .slice = { .task = WEB_A,
				      .waking_ns = 995000000,
				      .kind = DELAY_WAKE,
				      .waker = TASK_UNKNOWN,
				      .prev_cpu = 0,
				      .chosen_cpu = 0,
				      .waker_cpu = CPU_UNKNOWN } };
	struct limit_result r;
	struct stage s;

	stage_begin(&s);
	assert_int_equal(summary_add(s.rows, &e), 0);
	r = checked(&s, "max(wake_delay, task=web-a) < 1ms");
	assert_int_equal(r.verdict, LIMIT_INCONCLUSIVE);
	assert_non_null(strstr(r.why, "still waited"));
	/* It waits no longer than is allowed: so far, as all others. */
	assert_int_equal(checked(&s, "max(wake_delay, task=web-a) < 10ms").verdict, LIMIT_PASS);
	assert_int_equal(checked(&s, "p50(wake_delay, task=web-a) < 1ms").verdict, LIMIT_PASS);
	assert_int_equal(checked(&s, "max(run, task=web-a) < 1ms").verdict, LIMIT_PASS);
	stage_end(&s);
}

static struct limit_result measured(const struct stage *s, const char *text)
{
	struct limit_error error;
	struct limit_result r;
	struct limit l;

	assert_int_equal(limit_parse_compared(&l, text, &error), 0);
	assert_int_equal(limit_measure(&r, &l, &s->facts), 0);
	limit_free(&l);
	return r;
}

static void what_is_compared_does_not_depend_on_the_length(void **state)
{
	struct stage s;

	stage_begin(&s);
	s.facts.window_ns = 2000000000;
	assert_true(measured(&s, "count(slices, task=web-a)").value == 100);
	assert_true(measured(&s, "total(run, task=web-a)").value == 1e6);
	assert_true(measured(&s, "mean(run, task=web-a)").value == 10e3);
	assert_true(measured(&s, "share(task=ksmd, cpu=2)").value == 0.005);
	assert_int_equal(measured(&s, "p99(wake_delay, task=web-a)").samples, 200);
	assert_false(measured(&s, "p99(preempt_delay, task=web-a)").known);
	assert_string_equal(measured(&s, "p99(run, task=typo)").why, "no such task in the trace");
	s.facts.window_ns = 0;
	assert_false(measured(&s, "count(slices, task=web-a)").known);
	stage_end(&s);
}

static void expressions_are_told_apart_by_what_they_select(void **state)
{
	static const struct {
		const char *one, *other;
		bool same;
	} cases[] = {
		{ "compare p50(run)", "compare p99(wake_delay)", true },
		{ "compare p50(run, task=a)", "compare share(task=a)", true },
		{ "compare p50(run, task=a)", "compare p50(run, task=b)", false },
		{ "compare p50(run, task=a)", "compare p50(run)", false },
		{ "compare p50(run, task=1)", "compare p50(run, task=2)", false },
		{ "compare p50(run, cpu=1-2)", "compare p50(run, cpu=1,2)", true },
		{ "compare p50(run, cpu=1)", "compare p50(run)", false },
		{ "compare p50(run, cpu=isolated)", "compare p50(run)", false },
		{ "compare p50(run, owner)", "compare p50(run, interloper)", false },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct limit one = parsed(cases[i].one), other = parsed(cases[i].other);

		assert_int_equal(limit_same_selection(&one, &other), cases[i].same);
		limit_free(&one);
		limit_free(&other);
	}
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
		cmocka_unit_test(what_is_compared_has_no_value),
		cmocka_unit_test(a_gap_leaves_open_what_it_could_turn),
		cmocka_unit_test(a_gap_of_bounded_length_leaves_less_open),
		cmocka_unit_test(a_task_that_still_waits_is_no_success),
		cmocka_unit_test(what_is_compared_does_not_depend_on_the_length),
		cmocka_unit_test(expressions_are_told_apart_by_what_they_select),
	};

	return cmocka_run_group_tests_name("limit", tests_, NULL, NULL);
}
