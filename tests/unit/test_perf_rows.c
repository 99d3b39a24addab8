// SPDX-License-Identifier: GPL-2.0-only
/* perf's own rows: what `perf sched timehist` prints of the same events, and what is wrong with it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "output/perf_layout.h"

#define US  1000ull
#define SEC 1000000000ull

#define SLEEPS 0x1
#define DISK   0x2
#define DEAD   0x10
#define ZOMBIE 0x20
#define PARKED 0x40
#define RUNS   0x0

/* Times are microseconds after 100 s. */
#define AT(us) (100 * SEC + (us)*US)

#define NAME(tid_, pid_, comm_)                                                                    \
	((struct sched_event){ .type = SCHED_NAME, .tid = (tid_), .pid = (pid_), .comm = comm_ })
#define SWITCH(us, cpu_, from, from_pid, state_, to)                                               \
	((struct sched_event){ .type = SCHED_SWITCH,                                               \
			       .time_ns = AT(us),                                                  \
			       .cpu = (cpu_),                                                      \
			       .current_tid = (from),                                              \
			       .current_pid = (from_pid),                                          \
			       .tid = (from),                                                      \
			       .pid = TID_UNKNOWN,                                                 \
			       .comm = "left",                                                     \
			       .state = (state_),                                                  \
			       .other_tid = (to),                                                  \
			       .other_comm = "next" })
#define WAKE(type_, us, tid_)                                                                      \
	((struct sched_event){ .type = (type_),                                                    \
			       .time_ns = AT(us),                                                  \
			       .tid = (tid_),                                                      \
			       .pid = TID_UNKNOWN,                                                 \
			       .current_tid = 1,                                                   \
			       .current_pid = 1 })
#define WAKING(us, tid) WAKE(SCHED_WAKING, us, tid)
#define FORK(us, child, child_pid, parent, parent_pid)                                             \
	((struct sched_event){ .type = SCHED_FORK,                                                 \
			       .time_ns = AT(us),                                                  \
			       .tid = (child),                                                     \
			       .pid = (child_pid),                                                 \
			       .other_tid = (parent),                                              \
			       .current_tid = (parent),                                            \
			       .current_pid = (parent_pid) })
#define EXIT(us, tid_, pid_)                                                                       \
	((struct sched_event){                                                                     \
		.type = SCHED_EXIT, .time_ns = AT(us), .tid = (tid_), .pid = (pid_) })
#define LOST(us, cpu_, n)                                                                          \
	((struct sched_event){ .type = SCHED_LOST, .time_ns = AT(us), .cpu = (cpu_), .lost = (n) })

static struct sched_event preempted(struct sched_event e)
{
	e.preempt = true;
	return e;
}

static struct sched_event of_dead(struct sched_event e)
{
	e.current_tid = -1;
	return e;
}

struct scene {
	struct perf_rows *rows;
	struct perf_layout layout;
	const struct perf_defect_counts *counts;
	char *text;
	size_t size;
};

static void scene_begin(struct scene *s, enum perf_compat version, bool state, bool next)
{
	struct perf_rows_options options = {
		.version = version,
		.has = SCHED_HAS(SCHED_SWITCH) | SCHED_HAS(SCHED_WAKING) | SCHED_HAS(SCHED_NAME),
	};

	s->rows = perf_rows_new(&options);
	assert_non_null(s->rows);
	s->counts = perf_rows_defects(s->rows);
	perf_layout_init(&s->layout, open_memstream(&s->text, &s->size), version, state, next);
	assert_non_null(s->layout.file);
}

/* With other options than scene_begin() gives. */
static void scene_begin_as(struct scene *s, const struct perf_rows_options *options)
{
	scene_begin(s, options->version, false, false);
	perf_rows_free(s->rows);
	s->rows = perf_rows_new(options);
	assert_non_null(s->rows);
	s->counts = perf_rows_defects(s->rows);
}

static void scene_play(struct scene *s, const struct sched_event *events, size_t n)
{
	struct perf_row row;
	int made;

	for (size_t i = 0; i < n; i++) {
		made = perf_rows_add(s->rows, &events[i], &row);
		assert_true(made >= 0);
		if (made)
			perf_layout_row(&s->layout, &row);
	}
	fflush(s->layout.file);
}

#define PLAY(s, ...)                                                                               \
	scene_play(s, (struct sched_event[]){ __VA_ARGS__ },                                       \
		   sizeof((struct sched_event[]){ __VA_ARGS__ }) / sizeof(struct sched_event))

static void scene_end(struct scene *s)
{
	fclose(s->layout.file);
	free(s->text);
	perf_rows_free(s->rows);
}

static void head_is_perfs(void **state)
{
	struct scene s;

	scene_begin(&s, PERF_6_1, true, false);
	perf_layout_head(&s.layout);
	fflush(s.layout.file);
	assert_string_equal(s.text, "           time    cpu  task name                       wait "
				    "time  sch delay   run time  state\n"
				    "                        [tid/pid]                          "
				    "(msec)     (msec)     (msec)       \n"
				    "--------------- ------  ------------------------------  "
				    "---------  ---------  ---------  -----\n");
	scene_end(&s);
}

static void a_row_has_wait_delay_and_run_cut_to_microseconds(void **state)
{
	struct scene s;

	scene_begin(&s, PERF_6_1, false, false);
	PLAY(&s, NAME(7, 7, "cat"), NAME(9, 8, "dog"), SWITCH(10, 1, 7, 7, SLEEPS, 0),
	     WAKING(1000, 7), SWITCH(1005, 1, 0, 0, RUNS, 7), SWITCH(3007, 1, 7, 7, SLEEPS, 9),
	     SWITCH(3010, 1, 9, 8, SLEEPS, 0));
	assert_string_equal(s.text, "     100.000010 [0001]  cat[7]                              "
				    "0.000      0.000      0.000 \n"
				    "     100.001005 [0001]  <idle>                              "
				    "0.000      0.000      0.995 \n"
				    "     100.003007 [0001]  cat[7]                              "
				    "0.995      0.005      2.002 \n"
				    "     100.003010 [0001]  dog[9/8]                            "
				    "0.000      0.000      0.003 \n");
	assert_int_equal(s.counts->defects[PERF_FIRST], 1);
	assert_int_equal(s.counts->defects[PERF_UNKNOWN_WAIT], 1);
	assert_int_equal(s.counts->defects[PERF_RIGHT], 2);
	scene_end(&s);
}

static void next_and_state_are_columns_of_their_own(void **state)
{
	struct scene s;

	scene_begin(&s, PERF_6_1, true, true);
	PLAY(&s, NAME(7, 7, "cat"), SWITCH(10, 12345, 7, 7, DISK, 0),
	     SWITCH(20, 12345, 0, 0, RUNS, 7));
	assert_string_equal(s.text,
			    "     100.000010 [12345]  cat[7]                              0.000    "
			    "  0.000      0.000      D  next: next[0]                 \n"
			    "     100.000020 [12345]  <idle>                              0.000    "
			    "  0.000      0.010      I  next: next[7]                 \n");
	scene_end(&s);
}

/* The letter of one switch. */
static char letter(enum perf_compat version, struct sched_event e)
{
	struct perf_rows_options options = { .version = version };
	struct perf_rows *rows = perf_rows_new(&options);
	struct perf_row row = { 0 };

	assert_int_equal(perf_rows_add(rows, &e, &row), 1);
	perf_rows_free(rows);
	return row.state;
}

static void states_are_those_of_each_perfs_table(void **state)
{
	static const struct {
		uint32_t state;
		char old, new;
	} cases[] = {
		{ RUNS, 'R', 'R' },   { SLEEPS, 'S', 'S' }, { DISK, 'D', 'D' },
		{ 0x4, 'T', 'T' },    { 0x8, 't', 't' },    { DEAD, 'Z', 'X' },
		{ ZOMBIE, 'X', 'Z' }, { PARKED, 'x', 'P' }, { 0x80, 'K', 'I' },
		{ 0x200, 'P', 'R' },  { 0x400, '?', 'R' },  { 0x80000000, '?', 'R' },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct sched_event e = SWITCH(1, 0, 7, 7, cases[i].state, 0);

		assert_int_equal(letter(PERF_6_1, e), cases[i].old);
		assert_int_equal(letter(PERF_6_12, e), cases[i].new);
	}
	assert_int_equal(letter(PERF_6_1, preempted(SWITCH(1, 0, 7, 7, RUNS, 0))), 'W');
	assert_int_equal(letter(PERF_6_12, preempted(SWITCH(1, 0, 7, 7, RUNS, 0))), 'R');
}

static void woken_while_running_shows_no_delay_and_is_counted(void **state)
{
	struct scene s;

	scene_begin(&s, PERF_6_1, false, false);
	PLAY(&s, NAME(7, 7, "cat"), NAME(8, 8, "dog"), SWITCH(0, 0, 8, 8, SLEEPS, 7), WAKING(90, 7),
	     SWITCH(100, 0, 7, 7, SLEEPS, 8), SWITCH(300, 0, 8, 8, SLEEPS, 7),
	     SWITCH(400, 0, 7, 7, SLEEPS, 0));
	assert_non_null(strstr(s.text, "     100.000400 [0000]  cat[7]                             "
				       " 0.200      0.000      0.100 \n"));
	assert_int_equal(s.counts->defects[PERF_WOKEN_RUNNING], 1);
	perf_layout_footer(&s.layout, s.counts);
	fflush(s.layout.file);
	assert_non_null(
		strstr(s.text,
		       "\n1 row where perf shows 0.000: the task was woken while still running\n"));
	scene_end(&s);
}

/* Nobody waited: 0.000 is the truth. */
static void woken_while_running_with_no_wait_is_right(void **state)
{
	struct scene s;

	scene_begin(&s, PERF_6_1, false, false);
	PLAY(&s, NAME(7, 7, "cat"), SWITCH(0, 0, 0, 0, RUNS, 7), WAKING(90, 7),
	     SWITCH(100, 0, 7, 7, SLEEPS, 0), SWITCH(100, 0, 0, 0, RUNS, 7),
	     SWITCH(400, 0, 7, 7, SLEEPS, 0));
	assert_int_equal(s.counts->defects[PERF_WOKEN_RUNNING], 0);
	assert_int_equal(s.counts->defects[PERF_RIGHT], 2);
	scene_end(&s);
}

#define PREEMPTION                                                                                 \
	NAME(7, 7, "cat"), NAME(8, 8, "dog"), SWITCH(0, 0, 8, 8, SLEEPS, 7),                       \
		preempted(SWITCH(100, 0, 7, 7, RUNS, 8)), SWITCH(300, 0, 8, 8, SLEEPS, 7),         \
		SWITCH(400, 0, 7, 7, SLEEPS, 0), SWITCH(500, 0, 0, 0, RUNS, 7)

static void a_preempted_task_has_no_delay_in_6_1(void **state)
{
	struct scene s;

	scene_begin(&s, PERF_6_1, false, false);
	PLAY(&s, PREEMPTION);
	assert_non_null(strstr(
		s.text, "cat[7]                              0.200      0.000      0.100 \n"));
	assert_int_equal(s.counts->defects[PERF_PREEMPTED], 1);
	scene_end(&s);
}

static void a_preempted_task_has_its_delay_in_6_12(void **state)
{
	struct scene s;

	scene_begin(&s, PERF_6_12, false, false);
	PLAY(&s, PREEMPTION);
	assert_non_null(strstr(
		s.text, "cat[7]                              0.200      0.200      0.100 \n"));
	assert_int_equal(s.counts->defects[PERF_PREEMPTED], 0);
	scene_end(&s);
}

static void a_wakeup_of_a_queued_task_shortens_the_delay(void **state)
{
	struct scene s;

	scene_begin(&s, PERF_6_1, false, false);
	PLAY(&s, NAME(7, 7, "cat"), NAME(8, 8, "dog"), SWITCH(0, 0, 8, 8, SLEEPS, 7),
	     preempted(SWITCH(100, 0, 7, 7, RUNS, 8)), WAKING(250, 7),
	     SWITCH(300, 0, 8, 8, SLEEPS, 7), SWITCH(400, 0, 7, 7, SLEEPS, 0));
	assert_non_null(strstr(
		s.text, "cat[7]                              0.200      0.050      0.100 \n"));
	assert_int_equal(s.counts->defects[PERF_WOKEN_QUEUED], 1);
	scene_end(&s);
}

static void the_idle_task_waits_in_6_12(void **state)
{
	struct scene s;

	scene_begin(&s, PERF_6_12, false, false);
	PLAY(&s, SWITCH(0, 0, 0, 0, RUNS, 7), SWITCH(100, 0, 7, 7, SLEEPS, 0),
	     SWITCH(300, 0, 0, 0, RUNS, 7));
	assert_non_null(strstr(
		s.text, "<idle>                              0.100      0.100      0.200 \n"));
	assert_int_equal(s.counts->defects[PERF_IDLE_DELAY], 1);
	scene_end(&s);
}

static void every_cpu_has_its_own_idle_task(void **state)
{
	struct scene s;

	scene_begin(&s, PERF_6_1, false, false);
	PLAY(&s, SWITCH(0, 0, 0, 0, RUNS, 7), SWITCH(10, 5, 0, 0, RUNS, 8),
	     SWITCH(100, 0, 7, 7, SLEEPS, 0), SWITCH(200, 5, 8, 8, SLEEPS, 0),
	     SWITCH(300, 5, 0, 0, RUNS, 8), SWITCH(400, 0, 0, 0, RUNS, 7));
	assert_non_null(strstr(s.text, "     100.000300 [0005]  <idle>                             "
				       " 0.190      0.000      0.100 \n"
				       "     100.000400 [0000]  <idle>                             "
				       " 0.100      0.000      0.300 \n"));
	scene_end(&s);
}

static void only_the_first_wakeup_counts(void **state)
{
	struct scene s;

	scene_begin(&s, PERF_6_1, false, false);
	PLAY(&s, NAME(7, 7, "cat"), SWITCH(0, 0, 7, 7, SLEEPS, 0), WAKING(50, 7), WAKING(80, 7),
	     SWITCH(100, 0, 0, 0, RUNS, 7), SWITCH(200, 0, 7, 7, SLEEPS, 0));
	assert_non_null(strstr(
		s.text, "cat[7]                              0.100      0.050      0.100 \n"));
	scene_end(&s);
}

static void wakeup_counts_only_where_waking_was_not_recorded(void **state)
{
	static const char *const want[] = {
		"cat[7]                              0.100      0.000      0.100 \n",
		"cat[7]                              0.100      0.050      0.100 \n",
	};
	struct scene s;

	for (int with = 0; with < 2; with++) {
		scene_begin_as(&s, &(struct perf_rows_options){
					   .has = with ? SCHED_HAS(SCHED_NAME)
						       : SCHED_HAS(SCHED_NAME) |
								  SCHED_HAS(SCHED_WAKING) });
		PLAY(&s, NAME(7, 7, "cat"), SWITCH(0, 0, 7, 7, SLEEPS, 0),
		     WAKE(SCHED_WAKEUP, 50, 7), SWITCH(100, 0, 0, 0, RUNS, 7),
		     SWITCH(200, 0, 7, 7, SLEEPS, 0));
		assert_non_null(strstr(s.text, want[with]));
		assert_int_equal(s.counts->defects[PERF_NO_WAKEUP], !with);
		scene_end(&s);
	}
}

static void a_new_task_has_its_parents_name_until_it_has_one(void **state)
{
	struct scene s;

	scene_begin(&s, PERF_6_1, false, false);
	PLAY(&s, NAME(7, 7, "cat"), FORK(10, 20, 20, 7, 7), WAKE(SCHED_WAKEUP_NEW, 15, 20),
	     SWITCH(25, 0, 7, 7, SLEEPS, 20), SWITCH(40, 0, 20, 20, RUNS, 21),
	     NAME(20, 20, "kitten"), SWITCH(50, 0, 21, 21, RUNS, 20),
	     SWITCH(60, 0, 20, 20, SLEEPS, 0));
	assert_non_null(strstr(
		s.text, "cat[20]                             0.000      0.010      0.015 \n"));
	assert_non_null(strstr(
		s.text, ":21[21]                             0.000      0.000      0.010 \n"));
	assert_non_null(strstr(
		s.text, "kitten[20]                          0.010      0.000      0.010 \n"));
	assert_int_equal(s.counts->nameless, 1);
	scene_end(&s);
}

/* A wakeup mentions its wakee with the process 0, and perf never learns better but by a fork. */
static void a_task_first_met_in_a_wakeup_has_no_ids(void **state)
{
	struct scene s;

	scene_begin(&s, PERF_6_1, false, false);
	PLAY(&s, WAKING(5, 30), SWITCH(10, 0, 0, 0, RUNS, 30), SWITCH(20, 0, 30, 29, RUNS, 0),
	     NAME(30, 29, "bee"), SWITCH(30, 0, 0, 0, RUNS, 30), SWITCH(40, 0, 30, 29, SLEEPS, 0));
	assert_non_null(strstr(
		s.text, " :30                                 0.000      0.005      0.010 \n"));
	assert_non_null(strstr(
		s.text, " bee                                 0.010      0.000      0.010 \n"));
	scene_end(&s);
}

static void a_fork_forgets_who_had_the_tid(void **state)
{
	struct scene s;

	scene_begin(&s, PERF_6_1, false, false);
	PLAY(&s, NAME(7, 7, "cat"), NAME(20, 20, "old"), SWITCH(10, 0, 20, 20, DEAD, 7),
	     FORK(20, 20, 7, 7, 7), WAKE(SCHED_WAKEUP_NEW, 25, 20), SWITCH(30, 0, 7, 7, SLEEPS, 20),
	     SWITCH(40, 0, 20, 7, SLEEPS, 0));
	assert_non_null(strstr(
		s.text, "cat[20/7]                           0.000      0.005      0.010 \n"));
	scene_end(&s);
}

/* sched_process_fork and sched_process_exit tell no process: perf does not look at them. */
static void tracepoints_of_tasks_change_nothing(void **state)
{
	struct scene s;

	scene_begin(&s, PERF_6_12, false, false);
	PLAY(&s, NAME(7, 7, "cat"), NAME(20, 20, "old"), FORK(20, 20, TID_UNKNOWN, 7, 7),
	     EXIT(30, 20, TID_UNKNOWN), SWITCH(40, 0, 20, 20, SLEEPS, 0));
	assert_non_null(strstr(s.text, "old[20] "));
	scene_end(&s);
}

static void exited_tasks_are_all_minus_one(void **state)
{
	struct scene s;

	scene_begin(&s, PERF_6_1, false, false);
	PLAY(&s, NAME(7, 7, "cat"), SWITCH(10, 0, 0, 0, RUNS, 7),
	     of_dead(SWITCH(20, 0, 7, 7, DEAD, 8)), of_dead(SWITCH(50, 0, 8, 6, DEAD, 0)));
	assert_non_null(strstr(s.text, "     100.000020 [0000]  :-1[-1/7]                          "
				       " 0.000      0.000      0.010 \n"
				       "     100.000050 [0000]  :-1[-1/7]                          "
				       " 0.000      0.000      0.030 \n"));
	assert_int_equal(s.counts->defects[PERF_EXITED], 2);
	scene_end(&s);
}

static void perf_6_12_forgets_a_task_at_its_exit(void **state)
{
	static const char *const want[] = {
		"cat[7]                              0.100      0.050      0.010 \n",
		":7[7]                               0.000      0.000      0.010 \n",
	};
	struct scene s;

	for (enum perf_compat version = PERF_6_1; version <= PERF_6_12; version++) {
		scene_begin(&s, version, false, false);
		PLAY(&s, NAME(7, 7, "cat"), SWITCH(0, 0, 7, 7, SLEEPS, 0), WAKING(50, 7),
		     SWITCH(100, 0, 0, 0, RUNS, 7), EXIT(105, 7, 7), SWITCH(110, 0, 7, 7, DEAD, 0));
		assert_non_null(strstr(s.text, want[version]));
		assert_int_equal(s.counts->nameless, version == PERF_6_12);
		assert_int_equal(s.counts->defects[PERF_FORGOTTEN], version == PERF_6_12);
		scene_end(&s);
	}
}

static void losses_have_rows_and_make_what_crosses_them_unknown(void **state)
{
	struct scene s;

	scene_begin(&s, PERF_6_1, false, false);
	PLAY(&s, NAME(7, 7, "cat"), SWITCH(0, 0, 7, 7, SLEEPS, 0), WAKING(50, 7), LOST(60, 0, 12),
	     SWITCH(100, 0, 0, 0, RUNS, 7), SWITCH(200, 0, 7, 7, SLEEPS, 0));
	assert_non_null(strstr(s.text, "\n     100.000060 lost 12 events on cpu 0\n"));
	assert_int_equal(s.counts->lost_rows, 1);
	assert_int_equal(s.counts->defects[PERF_GAP], 1);
	assert_int_equal(s.counts->defects[PERF_UNKNOWN_WAIT], 1);
	scene_end(&s);
}

static void who_had_not_come_is_a_gap(void **state)
{
	struct scene s;

	scene_begin(&s, PERF_6_1, false, false);
	PLAY(&s, SWITCH(0, 0, 7, 7, SLEEPS, 0), SWITCH(100, 0, 8, 8, SLEEPS, 0));
	assert_int_equal(s.counts->defects[PERF_GAP], 1);
	scene_end(&s);
}

/* perf sched record -C: wakeups and slices elsewhere are not there, without a loss. */
static void on_a_part_of_the_cpus_nothing_is_claimed(void **state)
{
	struct scene s;

	scene_begin_as(&s, &(struct perf_rows_options){ .has = SCHED_HAS(SCHED_WAKING) |
							       SCHED_HAS(SCHED_NAME),
							.partial = true });
	PLAY(&s, NAME(7, 7, "cat"), NAME(8, 8, "dog"), SWITCH(0, 0, 8, 8, SLEEPS, 7), WAKING(90, 7),
	     SWITCH(100, 0, 7, 7, SLEEPS, 8), SWITCH(300, 0, 8, 8, RUNS, 7),
	     SWITCH(400, 0, 7, 7, SLEEPS, 8), SWITCH(500, 0, 8, 8, SLEEPS, 0));
	assert_int_equal(s.counts->defects[PERF_WOKEN_RUNNING], 0);
	assert_int_equal(s.counts->defects[PERF_PREEMPTED], 0);
	assert_int_equal(s.counts->defects[PERF_NO_WAKEUP], 2);
	assert_int_equal(s.counts->defects[PERF_UNKNOWN_WAIT], 2);
	scene_end(&s);
}

static void without_records_of_names_the_switch_tells_them(void **state)
{
	struct sched_event e = SWITCH(10, 0, 7, 7, SLEEPS, 0);
	struct scene s;

	scene_begin_as(&s, &(struct perf_rows_options){ .has = SCHED_HAS(SCHED_SWITCH) });
	e.current_tid = e.current_pid = TID_UNKNOWN;
	PLAY(&s, e);
	assert_non_null(strstr(s.text, "  left[7/-1] "));
	scene_end(&s);
}

static void long_names_are_cut_and_widen_the_column(void **state)
{
	struct scene s;

	scene_begin(&s, PERF_6_1, false, true);
	PLAY(&s, NAME(4194303, 4194302, "fifteen letters"), NAME(7, 7, "cat"),
	     SWITCH(0, 0, 7, 7, SLEEPS, 4194303), SWITCH(10, 0, 4194303, 4194302, SLEEPS, 7),
	     SWITCH(20, 0, 7, 7, SLEEPS, 0));
	assert_string_equal(s.text,
			    "     100.000000 [0000]  cat[7]                              0.000     "
			    " 0.000      0.000  next: next[4194303]           \n"
			    "     100.000010 [0000]  fifteen letters[4194303/4194302      0.000    "
			    "  0.000      0.010  next: next[7]                  \n"
			    "     100.000020 [0000]  cat[7]                               0.010    "
			    "  0.000      0.010  next: next[0]                  \n");
	assert_int_equal(s.counts->cut_names, 1);
	scene_end(&s);
}

static void what_comes_next_is_cut_at_29(void **state)
{
	struct sched_event e = SWITCH(0, 0, 0, 0, RUNS, 4194303);
	struct scene s;

	memcpy(e.other_comm, "fifteen letters", 16);
	scene_begin(&s, PERF_6_1, false, true);
	PLAY(&s, e);
	assert_non_null(strstr(s.text, "0.000  next: fifteen letters[4194303 \n"));
	scene_end(&s);
}

static void control_characters_do_not_reach_the_terminal(void **state)
{
	struct scene s;

	scene_begin(&s, PERF_6_1, false, false);
	PLAY(&s, NAME(7, 7, "a\033[2Jb\xff"), SWITCH(0, 0, 7, 7, SLEEPS, 0));
	assert_non_null(strstr(s.text, "a?[2Jb?[7] "));
	scene_end(&s);
}

static void impossible_ids_and_cpus_are_left_out(void **state)
{
	struct sched_event e = FORK(10, 20, 20, 7, INT32_MAX);
	struct scene s;

	scene_begin(&s, PERF_6_1, false, false);
	PLAY(&s, SWITCH(0, 65536, 7, 7, SLEEPS, 0), SWITCH(0, 0, INT32_MAX, 7, SLEEPS, 0),
	     SWITCH(0, 0, 7, 7, SLEEPS, -2), WAKING(0, 4194305), NAME(7, -5, "x"), e);
	assert_int_equal(s.counts->skipped, 6);
	assert_int_equal(s.counts->rows, 0);
	scene_end(&s);
}

/* Whatever comes: no crash, and the kinds of rows sum up. */
static void any_stream_is_survived(void **state)
{
	static const int32_t ids[] = { -1, 0, 1, 2, 3, 4194304, INT32_MAX, TID_UNKNOWN, -2 };
	uint64_t sum = 0, random = 1;
	struct scene s;

	scene_begin(&s, PERF_6_12, true, true);
	for (int i = 0; i < 200000; i++) {
		struct sched_event e = {};
		unsigned char *bytes = (unsigned char *)&e;

		for (size_t j = 0; j < sizeof(e); j++) {
			random = random * 6364136223846793005ull + 1442695040888963407ull;
			bytes[j] = random >> 56;
		}
		e.preempt = random >> 40 & 1;
		e.type %= SCHED_EVENT_TYPES + 2;
		e.cpu %= 70000;
		e.tid = ids[(uint32_t)e.tid % 9];
		e.other_tid = ids[(uint32_t)e.other_tid % 9];
		e.pid = ids[(uint32_t)e.pid % 9];
		e.current_tid = ids[(uint32_t)e.current_tid % 9];
		e.current_pid = ids[(uint32_t)e.current_pid % 9];
		scene_play(&s, &e, 1);
	}
	for (int i = 0; i < PERF_DEFECTS; i++)
		sum += s.counts->defects[i];
	assert_int_equal(sum, s.counts->rows);
	assert_true(sum > 1000);
	scene_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(head_is_perfs),
		cmocka_unit_test(a_row_has_wait_delay_and_run_cut_to_microseconds),
		cmocka_unit_test(next_and_state_are_columns_of_their_own),
		cmocka_unit_test(states_are_those_of_each_perfs_table),
		cmocka_unit_test(woken_while_running_shows_no_delay_and_is_counted),
		cmocka_unit_test(woken_while_running_with_no_wait_is_right),
		cmocka_unit_test(a_preempted_task_has_no_delay_in_6_1),
		cmocka_unit_test(a_preempted_task_has_its_delay_in_6_12),
		cmocka_unit_test(a_wakeup_of_a_queued_task_shortens_the_delay),
		cmocka_unit_test(the_idle_task_waits_in_6_12),
		cmocka_unit_test(every_cpu_has_its_own_idle_task),
		cmocka_unit_test(only_the_first_wakeup_counts),
		cmocka_unit_test(wakeup_counts_only_where_waking_was_not_recorded),
		cmocka_unit_test(a_new_task_has_its_parents_name_until_it_has_one),
		cmocka_unit_test(a_task_first_met_in_a_wakeup_has_no_ids),
		cmocka_unit_test(a_fork_forgets_who_had_the_tid),
		cmocka_unit_test(tracepoints_of_tasks_change_nothing),
		cmocka_unit_test(exited_tasks_are_all_minus_one),
		cmocka_unit_test(perf_6_12_forgets_a_task_at_its_exit),
		cmocka_unit_test(losses_have_rows_and_make_what_crosses_them_unknown),
		cmocka_unit_test(who_had_not_come_is_a_gap),
		cmocka_unit_test(on_a_part_of_the_cpus_nothing_is_claimed),
		cmocka_unit_test(without_records_of_names_the_switch_tells_them),
		cmocka_unit_test(long_names_are_cut_and_widen_the_column),
		cmocka_unit_test(what_comes_next_is_cut_at_29),
		cmocka_unit_test(control_characters_do_not_reach_the_terminal),
		cmocka_unit_test(impossible_ids_and_cpus_are_left_out),
		cmocka_unit_test(any_stream_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
