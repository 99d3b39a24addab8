// SPDX-License-Identifier: GPL-2.0-only
/* "Why here" and the stories, of literal rows on a literal machine: read by eye once, then kept. */
#include "unit/printing.h"
#include "unit/machine.h"

#include "output/report_trespass.h"

#define KTHREAD		0x00200040u
#define NO_SETAFFINITY	0x04000000u
#define SECTION_LINES	8
#define LONGEST_COMMAND "a-very-long-com"

enum { MERGER = 1, RCU, KOMPACT, SHELL, WORKER, STOPPER, LOST = 50 };

static const struct task_identity people[] = {
	{ .task = MERGER,
	  .tid = 46,
	  .pid = 46,
	  .comm = "ksmd",
	  .flags = KTHREAD,
	  .cpus_allowed = 8 },
	{ .task = RCU,
	  .tid = 16,
	  .pid = 16,
	  .comm = "rcu_preempt",
	  .flags = KTHREAD,
	  .cpus_allowed = 8 },
	{ .task = KOMPACT,
	  .tid = 44,
	  .pid = 44,
	  .comm = "kcompactd0",
	  .flags = KTHREAD,
	  .cpus_allowed = 4 },
	{ .task = SHELL,
	  .tid = 4194301,
	  .pid = 4194304,
	  .comm = LONGEST_COMMAND,
	  .cpus_allowed = 6 },
	{ .task = WORKER,
	  .tid = 300,
	  .pid = 300,
	  .comm = "kworker/u16:3",
	  .flags = KTHREAD | NO_SETAFFINITY,
	  .cpus_allowed = 8 },
	{ .task = STOPPER,
	  .tid = 22,
	  .pid = 22,
	  .comm = "migration/3",
	  .flags = KTHREAD,
	  .cpus_allowed = 1 },
};

#define BEFORE                                                                                     \
	{                                                                                          \
		.door = DOOR_BEFORE, .from_cpu = CPU_UNKNOWN, .by = TASK_UNKNOWN,                  \
		.by_cpu = CPU_UNKNOWN                                                              \
	}

/* One residence, which is all that the row has. */
static struct arrival_row row_of(uint32_t task, uint16_t cpu, bool isolated, uint64_t slices,
				 uint64_t run_us, struct arrival arrival, uint64_t stays)
{
	struct residence r = {
		.task = task,
		.cpu = cpu,
		.arrival = arrival,
		.first_ns = AT(100),
		.last_ns = AT(900),
		.slices = slices,
		.run_ns = run_us * 1000,
		.stays = stays,
	};
	struct arrival_row row = {
		.task = task,
		.cpu = cpu,
		.isolated = isolated,
		.residences = 1,
		.slices = slices,
		.run_ns = run_us * 1000,
		.run_max_ns = run_us * 1000 / (slices > 1 ? 2 : 1),
		.stays = stays,
	};

	r.stay_branches[BRANCH_PREV_IDLE] = stays;
	row.doors[arrival.door] = 1;
	row.first = row.longest = r;
	return row;
}

struct scene {
	struct host_snapshot host;
	struct placement_host *placement;
	struct task_table tasks;
	struct trespasses trespasses;
};

static void scene_open(struct scene *s, const char *isolated, const struct arrival_row *rows,
		       uint32_t n)
{
	const struct arrival_row *pointers[8];

	memset(s, 0, sizeof(*s));
	machine_make(&s->host, isolated, "6.1.0");
	machine_add_task(&s->host, 2, "kthreadd", KTHREAD, 0, "0-7");
	machine_add_task(&s->host, 16, "rcu_preempt", KTHREAD, 0, "0-7");
	machine_add_task(&s->host, 44, "kcompactd0", KTHREAD, 0, "0-3");
	machine_add_task(&s->host, 46, "ksmd", KTHREAD, 0, "0-7");
	/* Of CPU 1, isolated at boot, never set; that of the others' LLC is its first CPU. */
	s->host.cpus[1].llc_id_known = s->host.cpus[3].llc_id_known = true;
	s->host.cpus[1].llc_id = s->host.cpus[3].llc_id = 0;
	s->placement = placement_host_new(&s->host);
	assert_int_equal(task_table_init(&s->tasks), 0);
	for (size_t i = 0; i < ARRAY_SIZE(people); i++)
		assert_int_equal(task_table_put(&s->tasks, &people[i]), 0);
	for (uint32_t i = 0; i < n; i++)
		pointers[i] = &rows[i];
	assert_int_equal(
		trespasses_make(&s->trespasses, pointers, n, &s->tasks, s->placement, &s->host), 0);
}

static void scene_close(struct scene *s)
{
	trespasses_free(&s->trespasses);
	task_table_free(&s->tasks);
	placement_host_free(s->placement);
	host_snapshot_free(&s->host);
}

/* The section, which has a limit of its own, and all stories. */
static void expect_scene(const struct scene *s, const char *golden)
{
	struct text text;
	int lines = 0;

	text_open(&text, false);
	report_why_here(&text.out, &s->trespasses, &s->tasks);
	fflush(text.out.file);
	for (size_t i = 1; i < text.size; i++)
		lines += text.text[i] == '\n';
	assert_in_range(lines, 0, SECTION_LINES);
	report_stories(&text.out, &s->trespasses, &s->tasks, 0);
	expect_golden(&text, golden);
}

static void expect_json(const struct scene *s, const char *golden)
{
	json_t *json = report_trespasses_json(&s->trespasses, &s->tasks);
	char *text, *line;

	assert_non_null(json);
	text = json_dumps(json, JSON_INDENT(2));
	assert_true(asprintf(&line, "%s\n", text) > 0);
	compare_golden(line, golden);
	free(line);
	free(text);
	json_decref(json);
}

static void the_founding_case_is_told_with_its_stays_cause_and_remedy(void **state)
{
	const struct arrival before = BEFORE;
	struct arrival_row rows[] = {
		row_of(MERGER, 0, true, 299, 497012, before, 298),
		row_of(RCU, 0, true, 41, 310, before, 40),
		row_of(KOMPACT, 0, true, 2, 50, before, 1),
		row_of(SHELL, 0, true, 1, 8, before, 0),
	};
	struct scene s;

	rows[0].longest.stay_branches[BRANCH_PREV_IDLE] = 294;
	rows[0].longest.stay_branches[BRANCH_NONE_IDLE] = 4;
	rows[0].first = rows[0].longest;
	scene_open(&s, "0-1", rows, ARRAY_SIZE(rows));
	expect_scene(&s, "why-here-founding.txt");
	expect_json(&s, "why-here-founding.json");
	scene_close(&s);
}

static const struct arrival by_recent = {
	.time_ns = AT(34000),
	.door = DOOR_WAKEUP,
	.verdict = { BRANCH_RECENT, SURE },
	.from_cpu = 3,
	.by = TASK_IDLE,
	.by_cpu = 0,
	.context = WAKER_HARDIRQ,
};

static void an_arrival_in_the_trace_is_told_before_its_stays(void **state)
{
	struct arrival_row row = row_of(MERGER, 1, true, 3715, 7000000, by_recent, 3714);
	struct scene s;

	scene_open(&s, "1", &row, 1);
	expect_scene(&s, "why-here-arrival.txt");
	expect_json(&s, "why-here-arrival.json");
	scene_close(&s);
}

static const struct arrival by_mask = {
	.time_ns = AT(5000),
	.door = DOOR_FALLBACK,
	.verdict = { BRANCH_FALLBACK, OBSERVED },
	.from_cpu = 3,
	.by = SHELL,
	.by_cpu = 2,
	.context = WAKER_TASK,
};
static const struct arrival by_numa = {
	.time_ns = AT(6000),
	.door = DOOR_NUMA,
	.from_cpu = 3,
	.by = STOPPER,
	.by_cpu = 3,
	.context = WAKER_TASK,
};
static const struct arrival by_fork = {
	.time_ns = AT(7000),
	.door = DOOR_FORK,
	.from_cpu = 1,
	.by = RCU,
	.by_cpu = 1,
	.context = WAKER_TASK,
};

static void each_way_in_has_its_words(void **state)
{
	struct arrival balanced = by_numa, unseen = BEFORE, chosen = by_recent, pushed = by_numa;
	struct arrival_row rows[8];
	struct scene s;

	balanced.door = DOOR_BALANCE;
	balanced.context = WAKER_SOFTIRQ;
	pushed.door = DOOR_AFFINITY;
	unseen.door = DOOR_UNKNOWN;
	unseen.from_cpu = 6;
	chosen.verdict = (struct placement_verdict){ BRANCH_UNKNOWN, UNSURE };
	rows[0] = row_of(MERGER, 1, true, 9, 900, by_mask, 8);
	rows[1] = row_of(KOMPACT, 1, true, 8, 800, by_numa, 0);
	rows[2] = row_of(SHELL, 1, true, 7, 700, by_fork, 1);
	rows[3] = row_of(RCU, 1, true, 1, 600, balanced, 0);
	rows[3].longest.left = rows[3].first.left = true;
	rows[4] = row_of(MERGER, 5, true, 5, 500, unseen, 4);
	rows[5] = row_of(RCU, 5, true, 4, 400, chosen, 3);
	rows[6] = row_of(KOMPACT, 5, true, 3, 300, pushed, 2);
	scene_open(&s, "1,5", rows, 7);
	expect_scene(&s, "why-here-doors.txt");
	expect_json(&s, "why-here-doors.json");
	scene_close(&s);
}

static void of_many_residences_the_longest_is_told_and_the_first(void **state)
{
	struct arrival_row row = row_of(MERGER, 1, true, 1200, 60000, by_recent, 900);
	struct scene s;

	row.residences = 1003;
	row.doors[DOOR_WAKEUP] = 1001;
	row.doors[DOOR_BEFORE] = 1;
	row.doors[DOOR_UNKNOWN] = 1;
	row.first.first_ns = AT(10);
	row.first.arrival = (struct arrival)BEFORE;
	row.first.left = true;
	row.longest.stays = row.longest.stay_branches[BRANCH_PREV_IDLE] = 12;
	scene_open(&s, "1", &row, 1);
	expect_scene(&s, "why-here-often.txt");
	scene_close(&s);
}

static void on_a_cpu_that_is_not_isolated_a_line_each_is_enough(void **state)
{
	struct arrival chosen = by_recent, idle = by_recent;
	struct arrival_row rows[7];
	struct scene s;

	chosen.verdict = (struct placement_verdict){ BRANCH_IDLE_CPU, UNSURE };
	idle.verdict = (struct placement_verdict){ BRANCH_TARGET_IDLE, SURE };
	idle.context = WAKER_TASK;
	idle.by = MERGER;
	rows[0] = row_of(MERGER, 6, false, 90, 9000, chosen, 80);
	rows[1] = row_of(RCU, 6, false, 80, 8000, idle, 0);
	rows[2] = row_of(KOMPACT, 6, false, 70, 7000, by_numa, 1);
	rows[3] = row_of(SHELL, 6, false, 1, 6000, by_fork, 0);
	rows[4] = row_of(WORKER, 6, false, 5, 5000, by_mask, 4);
	rows[5] = row_of(MERGER, 7, false, 4, 4000, by_recent, 3);
	rows[6] = row_of(LOST, 6, false, 3, 3000, by_recent, 2);
	scene_open(&s, "", rows, 7);
	expect_scene(&s, "why-here-not-isolated.txt");
	scene_close(&s);
}

static void isolated_cpus_come_first_however_little_ran_there(void **state)
{
	struct arrival_row rows[6];
	struct scene s;

	for (int i = 0; i < 5; i++)
		rows[i] = row_of(MERGER + i, 6, false, 90, 9000 - 1000 * i, by_recent, 80);
	rows[5] = row_of(MERGER, 1, true, 2, 11, by_recent, 1);
	scene_open(&s, "1", rows, 6);
	expect_scene(&s, "why-here-mixed.txt");
	scene_close(&s);
}

static void who_cannot_be_moved_is_told_so(void **state)
{
	const struct arrival before = BEFORE;
	const struct arrival_row rows[] = {
		row_of(WORKER, 1, true, 30, 900, before, 29),
		row_of(LOST, 1, true, 3, 90, before, 2),
	};
	struct scene s;

	scene_open(&s, "1", rows, 2);
	expect_scene(&s, "why-here-fixed.txt");
	expect_json(&s, "why-here-fixed.json");
	scene_close(&s);
}

static void without_housekeeping_cpus_there_is_nowhere_to_go(void **state)
{
	const struct arrival before = BEFORE;
	const struct arrival_row row = row_of(MERGER, 1, true, 30, 900, before, 29);
	struct scene s;
	json_t *json;

	scene_open(&s, "0-7", &row, 1);
	expect_scene(&s, "why-here-nowhere.txt");
	json = report_trespasses_json(&s.trespasses, &s.tasks);
	assert_true(json_is_null(json_object_get(json_array_get(json, 0), "may_be_moved_to")));
	json_decref(json);
	scene_close(&s);
}

static void without_rows_there_is_no_section_and_no_story(void **state)
{
	struct text text;
	struct scene s;
	json_t *json;

	scene_open(&s, "1", NULL, 0);
	text_open(&text, false);
	report_why_here(&text.out, &s.trespasses, &s.tasks);
	expect_text(&text, "");
	text_open(&text, false);
	report_stories(&text.out, &s.trespasses, &s.tasks, 5);
	expect_text(&text,
		    "\nstories: how they came, and why they stay\n  none: no task that may run "
		    "elsewhere ran on an isolated or target CPU\n");
	json = report_trespasses_json(&s.trespasses, &s.tasks);
	assert_true(json_is_array(json));
	assert_int_equal(json_array_size(json), 0);
	json_decref(json);
	scene_close(&s);
}

static void a_limit_of_stories_tells_how_many_are_left(void **state)
{
	const struct arrival before = BEFORE;
	const struct arrival_row rows[] = {
		row_of(MERGER, 6, false, 30, 900, before, 29),
		row_of(RCU, 6, false, 3, 90, before, 2),
		row_of(KOMPACT, 6, false, 1, 40, before, 0),
	};
	struct text text;
	struct scene s;

	scene_open(&s, "", rows, 3);
	text_open(&text, false);
	report_stories(&text.out, &s.trespasses, &s.tasks, 1);
	expect_text(&text,
		    "\nstories: how they came, and why they stay\n"
		    "  ksmd[46] on CPU 6 (not isolated): 30 slices, 900.000 us, longest "
		    "450.000 us; it may run on CPUs 0-7\n"
		    "    how     there before the trace began; stayed for 29 wakeups: previous "
		    "CPU idle\n"
		    "    before  last on CPU 0 when the trace began; its parent kthreadd[2] on CPU "
		    "0\n"
		    "  and 2 more\n");
	scene_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_founding_case_is_told_with_its_stays_cause_and_remedy),
		cmocka_unit_test(an_arrival_in_the_trace_is_told_before_its_stays),
		cmocka_unit_test(each_way_in_has_its_words),
		cmocka_unit_test(of_many_residences_the_longest_is_told_and_the_first),
		cmocka_unit_test(on_a_cpu_that_is_not_isolated_a_line_each_is_enough),
		cmocka_unit_test(isolated_cpus_come_first_however_little_ran_there),
		cmocka_unit_test(who_cannot_be_moved_is_told_so),
		cmocka_unit_test(without_housekeeping_cpus_there_is_nowhere_to_go),
		cmocka_unit_test(without_rows_there_is_no_section_and_no_story),
		cmocka_unit_test(a_limit_of_stories_tells_how_many_are_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
