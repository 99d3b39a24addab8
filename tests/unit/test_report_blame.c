// SPDX-License-Identifier: GPL-2.0-only
/*
 * The reports on who pays, of a literal scene: a virtual machine of two vCPUs on CPUs 43 and 44,
 * which ksmd visits in a rhythm. Read by eye once, then kept.
 */
#include "unit/blame_stage.h"

#define ROUNDS 10
#define QUEUED (SLICE_INVOLUNTARY | SLICE_LEFT_QUEUED)

/* 20 ms: ksmd takes CPU 43 for 12 of them; CPU 44 is idle when its vCPU is woken. */
static void add_round(struct stage *s, uint64_t at)
{
	const struct event events[] = {
		SLICE(TASK_IDLE, 44, at, at + 5000, .kind = DELAY_NONE),
		SLICE(VCPU, 43, at, at + 8000, .kind = DELAY_PREEMPT,
		      .prev_out_ns = AT(at) - 12000000, .flags = QUEUED),
		SLICE(VCPU1, 44, at + 5000, at + 9000, .kind = DELAY_WAKE,
		      .waking_ns = AT(at + 4997), .waker = QEMU, .waker_cpu = 2,
		      .context = WAKER_TASK, .out_state = 1),
		SLICE(KSMD, 43, at + 8000, at + 20000, .kind = DELAY_WAKE,
		      .waking_ns = AT(at + 7990), .waker_cpu = 2, .context = WAKER_SOFTIRQ,
		      .out_state = 1),
		SLICE(TASK_IDLE, 44, at + 9000, at + 20000, .kind = DELAY_NONE),
	};

	ADD(s, events);
}

/* A stretch with many culprits, one of which nobody saw, and the trace's end. */
static void add_end(struct stage *s, uint64_t at)
{
	const struct event events[] = {
		SLICE(VCPU, 43, at, at + 1000, .kind = DELAY_PREEMPT,
		      .prev_out_ns = AT(at) - 12000000, .flags = QUEUED),
		SLICE(KSMD, 43, at + 1000, at + 4000, .kind = DELAY_WAKE, .waking_ns = AT(at + 990),
		      .context = WAKER_SOFTIRQ, .waker_cpu = 2, .out_state = 1),
		SLICE(NEWBORN, 43, at + 4000, at + 5100, .out_state = 1),
		SLICE(LONGNAME, 43, at + 5100, at + 6300, .out_state = 1),
		SLICE(QEMU, 43, at + 6300, at + 7600, .out_state = 1),
		SLICE(NEWBORN, 43, at + 7600, at + 9000, .out_state = 1),
		SLICE(LONGNAME, 43, at + 9000, at + 10500, .out_state = 1),
		SLICE(QEMU, 43, at + 10500, at + 12100, .out_state = 1),
		/* 12100 to 13000: lost. */
		SLICE(NEWBORN, 43, at + 13000, at + 14000, .out_state = 1),
		SLICE(TASK_IDLE, 44, at, at + 14500, .kind = DELAY_NONE),
		SLICE(LONGNAME, 43, at + 14000, at + 15000, .out_state = 1),
		SLICE(RENAMED, 43, at + 15000, at + 15007, .out_state = 1),
		SLICE(VCPU, 43, at + 15007, at + 20000, .kind = DELAY_PREEMPT,
		      .prev_out_ns = AT(at + 1000), .out_state = 1),
		/* A wait of nothing, and one of which is not known when it began. */
		SLICE(WORKER, 44, at + 14500, at + 16000, .kind = DELAY_WAKE,
		      .waking_ns = AT(at + 14500), .out_state = 1),
		SLICE(VCPU1, 44, at + 16000, at + 16010, .flags = SLICE_GAP, .out_state = 1),
		{ .type = EVENT_WAITING,
		  .time_ns = AT(at + 40000),
		  .cpu = 44,
		  .slice = { .task = VCPU1,
			     .start_ns = AT(at + 40000),
			     NO_WAKEUP,
			     .kind = DELAY_WAKE,
			     .waking_ns = AT(at + 17000) } },
		SLICE(TASK_IDLE, 43, at + 20000, at + 40000, .kind = DELAY_NONE,
		      .flags = SLICE_CUT_END),
		SLICE(LONGNAME, 44, at + 16010, at + 40000, .flags = SLICE_CUT_END),
		SLICE(TASK_IDLE, 45, 0, at + 40000, .kind = DELAY_NONE,
		      .flags = SLICE_CUT_START | SLICE_CUT_END),
	};

	ADD(s, events);
}

static void stage_scene(struct stage *s, uint32_t stories)
{
	static const struct event head[] = {
		SLICE(TASK_IDLE, 44, 0, 20000, .kind = DELAY_NONE, .flags = SLICE_CUT_START),
		SLICE(KSMD, 43, 0, 20000, .flags = SLICE_CUT_START, .out_state = 1),
	};

	stage_open(s, stories);
	ADD(s, head);
	for (uint64_t i = 1; i <= ROUNDS; i++)
		add_round(s, i * 20000);
	add_end(s, (ROUNDS + 1) * 20000);
	stage_finish(s, NULL);
}

/* As the command prints them. */
static void print_all(const struct output *out, const struct stage *s)
{
	struct interlopers_report interlopers = interlopers_report(s);
	struct blame_report blame = blame_report(s);
	struct idleness_report idleness = idleness_report(s);

	assert_int_equal(report_interlopers(out, &interlopers), 0);
	assert_int_equal(report_blame(out, &blame), 0);
	assert_int_equal(report_steal(out, &s->who, s->machines, s->machine_count), 0);
	report_blame_stories(out, &blame);
	assert_int_equal(report_idleness(out, &idleness), 0);
}

static void who_pays_and_to_whom_is_told_in_full(void **state)
{
	struct stage s;
	struct text text;

	stage_scene(&s, 3);
	text_open(&text, false);
	print_all(&text.out, &s);
	expect_golden(&text, "blame.txt");
	stage_close(&s);
}

static void the_first_interlopers_and_victims_have_a_line_each(void **state)
{
	struct interlopers_report interlopers;
	struct blame_report report;
	struct text text;
	struct stage s;

	stage_scene(&s, 0);
	report = blame_report(&s);
	interlopers = interlopers_report(&s);
	interlopers.limit = 2;
	report.victims = 2;
	report.culprits = 2;
	text_open(&text, true);
	report_interlopers_lines(&text.out, &interlopers);
	report_who_pays(&text.out, &report);
	expect_golden(&text, "blame-who-pays.txt");
	stage_close(&s);
}

static json_t *all_json(const struct stage *s)
{
	struct interlopers_report interlopers = interlopers_report(s);
	struct blame_report blame = blame_report(s);
	struct idleness_report idleness = idleness_report(s);
	json_t *object = json_object();

	json_put(&object, "blame", report_blame_json(&blame));
	json_put(&object, "interlopers", report_interlopers_json(&interlopers));
	json_put(&object, "machines", report_steal_json(&s->who, s->machines, s->machine_count));
	json_put(&object, "idle_while_waiting", report_idleness_json(&idleness));
	assert_non_null(object);
	return object;
}

static void the_same_as_json(void **state)
{
	struct stage s;
	json_t *json;
	char *text, *line;

	stage_scene(&s, 3);
	json = all_json(&s);
	text = json_dumps(json, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
	assert_true(asprintf(&line, "%s\n", text) > 0);
	compare_golden(line, "blame.json");
	free(line);
	free(text);
	json_decref(json);
	stage_close(&s);
}

static json_int_t number(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	assert_true(json_is_integer(value));
	return json_integer_value(value);
}

static json_int_t sum_of(const json_t *array, const char *key)
{
	json_int_t sum = 0;

	for (size_t i = 0; i < json_array_size(array); i++)
		sum += number(json_array_get(array, i), key);
	return sum;
}

static json_int_t kind_ns(const json_t *object, const char *kind)
{
	return number(json_object_get(object, kind), "total_ns");
}

static void assert_victim_adds_up(const json_t *victim)
{
	const json_t *culprits = json_object_get(victim, "culprits");
	json_int_t wake_ns = 0, preempt_ns = 0;
	double shares = 0;

	for (size_t i = 0; i < json_array_size(culprits); i++) {
		const json_t *culprit = json_array_get(culprits, i);

		wake_ns += kind_ns(culprit, "wake_delay");
		preempt_ns += kind_ns(culprit, "preempt_delay");
		shares += json_real_value(json_object_get(culprit, "share"));
	}
	assert_int_equal(wake_ns, kind_ns(victim, "wake_delay"));
	assert_int_equal(preempt_ns, kind_ns(victim, "preempt_delay"));
	assert_int_equal(wake_ns + preempt_ns, number(victim, "total_ns"));
	assert_int_equal(sum_of(culprits, "total_ns"), number(victim, "total_ns"));
	if (json_array_size(culprits))
		assert_true(shares > 1 - 1e-9 && shares < 1 + 1e-9);
}

/* A wait's slices, told or left out, fill it. */
static void assert_story_adds_up(const json_t *wait)
{
	assert_int_equal(sum_of(json_object_get(wait, "slices"), "length_ns") +
				 number(wait, "left_out_ns"),
			 number(wait, "delay_ns"));
}

static void assert_parts_add_up(const json_t *parts)
{
	assert_int_equal(number(parts, "own_ns") + number(parts, "llc_ns") +
				 number(parts, "node_ns") + number(parts, "anywhere_ns") +
				 number(parts, "none_ns") + number(parts, "unknown_ns"),
			 number(parts, "waited_ns"));
}

static void in_json_the_parts_are_the_whole(void **state)
{
	const json_t *blame, *victims, *worst, *machines, *idle, *tasks;
	struct stage s;
	json_t *json;

	stage_scene(&s, 100);
	json = all_json(&s);
	blame = json_object_get(json, "blame");
	victims = json_object_get(blame, "victims");
	worst = json_object_get(blame, "worst");
	machines = json_object_get(json, "machines");
	idle = json_object_get(json, "idle_while_waiting");
	tasks = json_object_get(idle, "tasks");
	assert_true(json_array_size(victims) >= 3);
	for (size_t i = 0; i < json_array_size(victims); i++)
		assert_victim_adds_up(json_array_get(victims, i));
	assert_int_equal(sum_of(json_object_get(blame, "culprits"), "total_ns"),
			 sum_of(victims, "total_ns"));
	assert_true(json_array_size(worst) >= 3);
	for (size_t i = 0; i < json_array_size(worst); i++)
		assert_story_adds_up(json_array_get(worst, i));
	assert_int_equal(json_array_size(machines), 1);
	assert_int_equal(
		sum_of(json_object_get(json_array_get(machines, 0), "culprits"), "total_ns"),
		number(json_array_get(machines, 0), "steal_ns"));
	assert_int_equal(number(json_object_get(idle, "all"), "waited_ns"),
			 sum_of(victims, "total_ns"));
	assert_parts_add_up(json_object_get(idle, "all"));
	for (size_t i = 0; i < json_array_size(tasks); i++)
		assert_parts_add_up(json_array_get(tasks, i));
	json_decref(json);
	stage_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_pays_and_to_whom_is_told_in_full),
		cmocka_unit_test(the_first_interlopers_and_victims_have_a_line_each),
		cmocka_unit_test(the_same_as_json),
		cmocka_unit_test(in_json_the_parts_are_the_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
