// SPDX-License-Identifier: GPL-2.0-only
/* The timehist: perf's columns, nothing unknown as a number, nothing out of order unmarked. */
#include "unit/printing.h"

#include <errno.h>
#include <unistd.h>

#include "output/timehist.h"

/* Prints events as a command would: identities go into the table before they are passed on. */
static void print_events(struct text *text, const struct timehist_options *options,
			 const struct event *events, size_t n)
{
	struct task_table tasks;
	struct trace_meta meta;
	struct timehist *t;

	story_task_table(&tasks);
	story_meta(&meta);
	meta.cpu_count = 8;
	t = timehist_new(&text->out, options, &tasks, &meta);
	assert_non_null(t);
	timehist_header(t);
	for (size_t i = 0; i < n; i++) {
		if (events[i].type == EVENT_TASK)
			task_table_put(&tasks, &events[i].identity);
		assert_int_equal(timehist_add(t, &events[i]), 0);
	}
	assert_int_equal(timehist_flush(t), 0);
	timehist_free(t);
	meta.cpu_count = 96;
	trace_meta_free(&meta);
	task_table_free(&tasks);
}

static void print_story(const struct timehist_options *options, bool colour, const char *golden)
{
	struct text text;

	text_open(&text, colour);
	print_events(&text, options, story, ARRAY_SIZE(story));
	expect_golden(&text, golden);
}

static void a_story_reads_as_it_was(void **state)
{
	const struct timehist_options options = { .idle = true };

	(void)state;
	print_story(&options, false, "timehist.txt");
}

static void idle_rows_are_left_out_unless_asked_for(void **state)
{
	const struct timehist_options options = { 0 };

	(void)state;
	print_story(&options, false, "timehist-no-idle.txt");
}

static void every_option_adds_its_columns_and_rows(void **state)
{
	const struct timehist_options options = { .state = true,
						  .prio = true,
						  .next = true,
						  .wakeups = true,
						  .migrations = true,
						  .cpu_visual = true,
						  .idle = true };

	(void)state;
	print_story(&options, false, "timehist-all.txt");
}

static void wakeups_stand_at_their_own_time(void **state)
{
	const struct timehist_options options = { .wakeups = true, .migrations = true };

	(void)state;
	print_story(&options, false, "timehist-wakeups.txt");
}

static void a_terminal_gets_bold_headers_and_red_losses(void **state)
{
	const struct timehist_options options = { .state = true };

	(void)state;
	print_story(&options, true, "timehist-colour.txt");
}

/* The line of a text that contains a word. */
static char *line_with(const char *text, const char *word)
{
	const char *found = strstr(text, word), *begin = found;

	assert_non_null(found);
	while (begin > text && begin[-1] != '\n')
		begin--;
	return strndup(begin, strchrnul(found, '\n') - begin);
}

static void expect_row(const struct event *event, const char *expected)
{
	const struct timehist_options options = { .state = true, .idle = true };
	struct text text;
	char *line;

	text_open(&text, false);
	print_events(&text, &options, event, 1);
	assert_int_equal(fclose(text.out.file), 0);
	line = line_with(strstr(text.text, "--------------\n") + 15, "[");
	assert_string_equal(line, expected);
	free(line);
	free(text.text);
}

static void the_first_columns_are_perfs_to_the_character(void **state)
{
	/* As perf 6.1 prints it: "%15s [%04d]  %-30s  %9s  %9s  %9s  %5c". */
	const struct event woken =
		SLICE(KSMD, 43, 400, 12734, .kind = DELAY_WAKE, .waking_ns = AT(396),
		      .prev_out_ns = AT(100), .context = WAKER_HARDIRQ, .waker_cpu = 2,
		      .prev_cpu = 43, .chosen_cpu = 43, .out_state = 0x1);

	(void)state;
	expect_row(&woken, "    1119.012734 [0043]  ksmd[510]                      "
			   "     0.300      0.004     12.334      S  wake     43>43      irq@2");
}

static void times_are_truncated_as_perf_does(void **state)
{
	struct event e = SLICE(KSMD, 0, 0, 0, .kind = DELAY_PREEMPT, .out_state = 0x1);

	(void)state;
	e.slice.prev_out_ns = 1999999999;
	e.slice.start_ns = e.slice.prev_out_ns + 1999;
	e.time_ns = e.slice.start_ns + 999;
	expect_row(&e, "       2.000002 [0000]  ksmd[510]                      "
		       "     0.001      0.001      0.000      S  preempt  -          -");
}

static void huge_values_widen_their_row_and_lose_no_digit(void **state)
{
	struct event e = SLICE(KSMD, 12345, 0, 0, .kind = DELAY_PREEMPT, .out_state = 0x1);

	(void)state;
	e.slice.prev_out_ns = 1;
	e.slice.start_ns = 1234567890123456789;
	e.time_ns = e.slice.start_ns + 3600000000001;
	expect_row(&e, "1234571490.123456 [12345]  ksmd[510]                      "
		       "1234567890123.456 1234567890123.456 3600000.000      S  preempt  -"
		       "          -");
}

static void a_label_wider_than_its_column_loses_nothing(void **state)
{
	const struct event e = SLICE(LONGNAME, 4, 10, 20, .out_state = 0x1);

	(void)state;
	expect_row(&e, "    1119.000020 [0004]  a-very-long-com[4194301/4194304]          -"
		       "          -      0.010      S  -        -          -");
}

static void what_is_not_known_is_never_a_zero(void **state)
{
	const struct event unknown = SLICE(KSMD, 1, 10, 20, .out_state = 0x1);
	const struct event known_zero =
		SLICE(KSMD, 1, 10, 10, .kind = DELAY_WAKE, .waking_ns = AT(10),
		      .prev_out_ns = AT(10), .waker = QEMU, .context = WAKER_TASK, .waker_cpu = 3,
		      .prev_cpu = 1, .chosen_cpu = 1, .out_state = 0x1);

	(void)state;
	expect_row(&unknown, "    1119.000020 [0001]  ksmd[510]                      "
			     "         -          -      0.010      S  -        -          -");
	expect_row(&known_zero, "    1119.000010 [0001]  ksmd[510]                      "
				"     0.000      0.000      0.000      S  wake     1>1        "
				"qemu-system-aar[20170]@3");
}

static void states_are_the_letters_of_ps(void **state)
{
	static const struct {
		uint16_t raw, flags;
		char letter;
	} cases[] = {
		{ 0, 0, 'R' },
		{ 0x1, 0, 'S' },
		{ 0x2001, 0, 'S' },
		{ 0x2, 0, 'D' },
		{ 0x102, 0, 'D' },
		{ 0x402, 0, 'I' },
		{ 0x104, 0, 'T' },
		{ 0x4, 0, 'T' },
		{ 0x8, 0, 't' },
		{ 0x10, 0, 'X' },
		{ 0x20, 0, 'Z' },
		{ 0x40, 0, 'P' },
		{ 0x80, 0, 'X' },
		{ 0x1000, 0, 'D' },
		{ 0x8000, 0, 'D' },
		{ 0x100, 0, 'R' },
		{ 0x1, SLICE_INVOLUNTARY | SLICE_LEFT_QUEUED, 'R' },
		{ 0x1, SLICE_LEFT_QUEUED, 'R' },
		{ 0x1, SLICE_CUT_END, '-' },
	};
	const struct timehist_options options = { .state = true };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct event e =
			SLICE(KSMD, 0, 1, 2, .out_state = cases[i].raw, .flags = cases[i].flags);
		struct text text;
		char *line;

		text_open(&text, false);
		print_events(&text, &options, &e, 1);
		fclose(text.out.file);
		line = line_with(text.text, "ksmd");
		assert_int_equal(line[93], cases[i].letter);
		free(line);
		free(text.text);
	}
}

static void a_name_is_the_one_it_had_at_that_time(void **state)
{
	const struct timehist_options options = { 0 };
	struct text text;
	char *before, *after;

	(void)state;
	text_open(&text, false);
	print_events(&text, &options, story, ARRAY_SIZE(story));
	fclose(text.out.file);
	before = line_with(text.text, "perf-exec[20300]");
	after = line_with(text.text, "sched-pipe[20300]");
	assert_non_null(strstr(before, "1119.013160"));
	assert_non_null(strstr(after, "1119.013180"));
	free(before);
	free(after);
	free(text.text);
}

static void a_hostile_name_cannot_reach_the_terminal(void **state)
{
	const struct task_identity evil = { .task = KSMD,
					    .tid = 1,
					    .pid = 1,
					    .comm = "\033[2J\xc2\x9b\xff"
						    "evil" };
	const struct event events[] = {
		{ .type = EVENT_TASK, .time_ns = AT(1), .identity = evil },
		SLICE(KSMD, 0, 10, 20, .out_state = 0x1, .waker = KSMD, .waker_cpu = 1,
		      .kind = DELAY_WAKE, .waking_ns = AT(5), .prev_cpu = 0, .chosen_cpu = 0),
	};
	const struct timehist_options options = { 0 };
	struct text text;

	(void)state;
	text_open(&text, false);
	print_events(&text, &options, events, ARRAY_SIZE(events));
	fclose(text.out.file);
	assert_null(strchr(text.text, '\033'));
	assert_non_null(strstr(text.text, "?[2J??evil[1]       "));
	assert_non_null(strstr(text.text, "  ?[2J??evil[1]@1\n"));
	free(text.text);
}

static void a_move_says_by_whom_and_why_where_that_was_seen(void **state)
{
	static const struct {
		uint8_t flags, context;
		bool asleep;
		const char *who, *end;
	} cases[] = {
		{ 0, WAKER_UNKNOWN, false, "sh[20200] ", " 4 => 5" },
		{ MOVE_NUMA, WAKER_TASK, true, "sh[20200] ", " 4 => 5 (asleep)" },
		{ MOVE_SEEN, WAKER_SOFTIRQ, false, "softirq ", " 4 => 5 (pulled by balancing)" },
		{ MOVE_SEEN, WAKER_TASK, true, "sh[20200] ",
		  " 4 => 5 (asleep, pulled by balancing)" },
		{ MOVE_SEEN | MOVE_BY_STOPPER | MOVE_FROM_FORBIDDEN, WAKER_TASK, false,
		  "sh[20200] ", " 4 => 5 (affinity change)" },
		{ MOVE_SEEN | MOVE_FROM_FORBIDDEN, WAKER_TASK, false, "sh[20200] ",
		  " 4 => 5 (affinity change)" },
		{ MOVE_SEEN | MOVE_BY_STOPPER | MOVE_NUMA, WAKER_TASK, false, "sh[20200] ",
		  " 4 => 5 (NUMA balancing)" },
		{ MOVE_SEEN | MOVE_BY_STOPPER | MOVE_NUMA_SWAP, WAKER_TASK, false, "sh[20200] ",
		  " 4 => 5 (NUMA swap)" },
		{ MOVE_SEEN | MOVE_BY_STOPPER | MOVE_EXEC, WAKER_TASK, false, "sh[20200] ",
		  " 4 => 5 (exec)" },
		{ MOVE_SEEN | MOVE_BY_STOPPER | MOVE_HOTPLUG, WAKER_TASK, false, "sh[20200] ",
		  " 4 => 5 (CPU hotplug)" },
		{ MOVE_SEEN | MOVE_BY_STOPPER, WAKER_TASK, false, "sh[20200] ",
		  " 4 => 5 (active balance or stop request)" },
	};
	const struct timehist_options options = { .migrations = true };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct event e = { .type = EVENT_MOVE,
					 .time_ns = AT(10),
					 .cpu = 5,
					 .move = { .task = KSMD,
						   .by = NEWBORN,
						   .from = 4,
						   .to = 5,
						   .asleep = cases[i].asleep,
						   .flags = cases[i].flags,
						   .context = cases[i].context } };
		struct text text;
		char *line;

		text_open(&text, false);
		print_events(&text, &options, &e, 1);
		assert_int_equal(fclose(text.out.file), 0);
		line = line_with(text.text, "migrated: ");
		assert_ptr_equal(strstr(line, cases[i].who), line + 24);
		assert_string_equal(strstr(line, " 4 => 5"), cases[i].end);
		free(line);
		free(text.text);
	}
}

static void a_choice_of_cpu_has_no_row(void **state)
{
	const struct event e = { .type = EVENT_CHOICE,
				 .time_ns = AT(10),
				 .choice = { .task = KSMD, .looks = CHOICE_NO_TRAIL } };
	const struct timehist_options plain = { 0 }, all = { .wakeups = true, .migrations = true };
	struct text text;

	(void)state;
	for (int i = 0; i < 2; i++) {
		text_open(&text, false);
		print_events(&text, i ? &all : &plain, &e, 1);
		assert_int_equal(fclose(text.out.file), 0);
		assert_null(strstr(text.text, "1119.000010"));
		free(text.text);
	}
}

static void a_lost_choice_is_told_like_other_losses(void **state)
{
	const struct event e = { .type = EVENT_LOST,
				 .time_ns = AT(10),
				 .cpu = 3,
				 .lost = { .count = 2, .kind = LOST_CHOICE } };
	const struct timehist_options options = { 0 };
	struct text text;

	(void)state;
	text_open(&text, false);
	print_events(&text, &options, &e, 1);
	assert_int_equal(fclose(text.out.file), 0);
	assert_non_null(strstr(text.text, "*** lost 2 CPU choices on CPU 3 ***"));
	free(text.text);
}

static uint64_t row_time(const char *line)
{
	double sec = strtod(line, NULL);

	return sec * 1000000 + 0.5;
}

static void held_rows_come_in_order_of_time(void **state)
{
	const struct timehist_options options = {
		.wakeups = true, .migrations = true, .next = true, .idle = true
	};
	uint64_t last = 0;
	struct text text;
	char *line;

	(void)state;
	text_open(&text, false);
	print_events(&text, &options, story, ARRAY_SIZE(story));
	fclose(text.out.file);
	line = strstr(text.text, "--------------\n") + 15;
	while (*line != '\n') {
		assert_true(row_time(line) >= last);
		last = row_time(line);
		line = strchr(line, '\n') + 1;
	}
	assert_true(last == 1119020000);
	free(text.text);
}

static void next_is_who_followed_on_the_cpu_without_a_break(void **state)
{
	const struct event events[] = {
		SLICE(VCPU, 1, 0, 10, .out_state = 0x1),
		SLICE(QEMU, 2, 0, 15, .out_state = 0x1),
		SLICE(KSMD, 1, 10, 20, .out_state = 0x1),
		SLICE(NEWBORN, 1, 25, 30, .out_state = 0x1),	 /* not at 20: one is missing */
		SLICE(TASK_IDLE, 1, 30, 40, .kind = DELAY_NONE), /* hidden, yet it was next */
		SLICE(VCPU, 1, 40, 50, .flags = SLICE_GAP),
	};
	const struct timehist_options options = { .next = true };
	struct text text;

	(void)state;
	text_open(&text, false);
	print_events(&text, &options, events, ARRAY_SIZE(events));
	expect_golden(&text, "timehist-next.txt");
}

static void a_filtered_slice_still_names_itself_as_next(void **state)
{
	const struct event shown = SLICE(VCPU, 1, 0, 10, .out_state = 0x1);
	const struct event hidden = SLICE(KSMD, 1, 10, 20, .out_state = 0x1);
	const struct timehist_options options = { .next = true };
	struct task_table tasks;
	struct trace_meta meta;
	struct timehist *t;
	struct text text;

	(void)state;
	story_task_table(&tasks);
	story_meta(&meta);
	text_open(&text, false);
	t = timehist_new(&text.out, &options, &tasks, &meta);
	timehist_add(t, &shown);
	timehist_pass(t, &hidden);
	timehist_flush(t);
	timehist_free(t);
	fclose(text.out.file);
	assert_non_null(strstr(text.text, "next: ksmd[510] "));
	assert_null(strstr(text.text, "1119.000020"));
	free(text.text);
	trace_meta_free(&meta);
	task_table_free(&tasks);
}

static void a_row_too_late_for_its_place_is_printed_and_marked(void **state)
{
	const struct timehist_options options = { .wakeups = true, .hold_ns = 1000000 };
	const struct event events[] = {
		SLICE(QEMU, 2, 0, 100, .out_state = 0x1),
		SLICE(QEMU, 2, 3000, 3100, .out_state = 0x1),
		SLICE(QEMU, 2, 3200, 5000, .out_state = 0x1),
		/* Ran for 5 ms: its wakeup belongs before the second row, which is gone. */
		SLICE(KSMD, 1, 1000, 6000, .kind = DELAY_WAKE, .waking_ns = AT(900),
		      .prev_out_ns = AT(800), .waker = QEMU, .waker_cpu = 2, .prev_cpu = 1,
		      .chosen_cpu = 1, .out_state = 0x1),
		SLICE(QEMU, 2, 6000, 9000, .out_state = 0x1),
	};
	struct text text;

	(void)state;
	text_open(&text, false);
	print_events(&text, &options, events, ARRAY_SIZE(events));
	expect_golden(&text, "timehist-late.txt");
}

static void without_a_limit_in_time_the_same_row_is_in_its_place(void **state)
{
	const struct timehist_options options = { .wakeups = true };
	const struct event events[] = {
		SLICE(QEMU, 2, 0, 100, .out_state = 0x1),
		SLICE(QEMU, 2, 3000, 3100, .out_state = 0x1),
		SLICE(QEMU, 2, 3200, 5000, .out_state = 0x1),
		SLICE(KSMD, 1, 1000, 6000, .kind = DELAY_WAKE, .waking_ns = AT(900),
		      .prev_out_ns = AT(800), .waker = QEMU, .waker_cpu = 2, .prev_cpu = 1,
		      .chosen_cpu = 1, .out_state = 0x1),
	};
	struct text text;

	(void)state;
	text_open(&text, false);
	print_events(&text, &options, events, ARRAY_SIZE(events));
	fclose(text.out.file);
	assert_null(strstr(text.text, "late"));
	assert_true(strstr(text.text, "1119.000900") < strstr(text.text, "1119.003100"));
	free(text.text);
}

static void more_rows_than_are_held_keep_their_number(void **state)
{
	const struct timehist_options options = { .next = true, .wakeups = true };
	struct task_table tasks;
	struct trace_meta meta;
	size_t rows = 0, n = TIMEHIST_HOLD + 1000;
	struct timehist *t;
	struct text text;

	(void)state;
	story_task_table(&tasks);
	story_meta(&meta);
	text_open(&text, false);
	t = timehist_new(&text.out, &options, &tasks, &meta);
	for (size_t i = 0; i < n; i++) {
		const struct event e = SLICE(KSMD, i % 96, i * 10, i * 10 + 5, .out_state = 0x1);

		assert_int_equal(timehist_add(t, &e), 0);
	}
	timehist_flush(t);
	timehist_free(t);
	fclose(text.out.file);
	/* Not strstr(): under AddressSanitizer each call walks the whole text. */
	for (const char *p = text.text; (p = memmem(p, text.text + text.size - p, "ksmd[510]", 9));
	     p++)
		rows++;
	assert_int_equal(rows, n);
	free(text.text);
	trace_meta_free(&meta);
	task_table_free(&tasks);
}

static void a_full_disk_is_reported(void **state)
{
	const struct timehist_options options = { 0 };
	const struct event e = SLICE(KSMD, 0, 10, 20, .out_state = 0x1);
	struct output out = { .file = fopen("/dev/full", "w") };
	struct task_table tasks;
	struct trace_meta meta;
	struct timehist *t;

	(void)state;
	if (!out.file)
		skip();
	story_task_table(&tasks);
	story_meta(&meta);
	t = timehist_new(&out, &options, &tasks, &meta);
	for (int i = 0; i < 10000; i++)
		timehist_add(t, &e);
	assert_int_equal(timehist_flush(t), -ENOSPC);
	assert_int_equal(timehist_add(t, &e), -ENOSPC);
	timehist_free(t);
	fclose(out.file);
	trace_meta_free(&meta);
	task_table_free(&tasks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_story_reads_as_it_was),
		cmocka_unit_test(idle_rows_are_left_out_unless_asked_for),
		cmocka_unit_test(every_option_adds_its_columns_and_rows),
		cmocka_unit_test(wakeups_stand_at_their_own_time),
		cmocka_unit_test(a_terminal_gets_bold_headers_and_red_losses),
		cmocka_unit_test(the_first_columns_are_perfs_to_the_character),
		cmocka_unit_test(times_are_truncated_as_perf_does),
		cmocka_unit_test(huge_values_widen_their_row_and_lose_no_digit),
		cmocka_unit_test(a_label_wider_than_its_column_loses_nothing),
		cmocka_unit_test(what_is_not_known_is_never_a_zero),
		cmocka_unit_test(states_are_the_letters_of_ps),
		cmocka_unit_test(a_name_is_the_one_it_had_at_that_time),
		cmocka_unit_test(a_hostile_name_cannot_reach_the_terminal),
		cmocka_unit_test(a_move_says_by_whom_and_why_where_that_was_seen),
		cmocka_unit_test(a_choice_of_cpu_has_no_row),
		cmocka_unit_test(a_lost_choice_is_told_like_other_losses),
		cmocka_unit_test(held_rows_come_in_order_of_time),
		cmocka_unit_test(next_is_who_followed_on_the_cpu_without_a_break),
		cmocka_unit_test(a_filtered_slice_still_names_itself_as_next),
		cmocka_unit_test(a_row_too_late_for_its_place_is_printed_and_marked),
		cmocka_unit_test(without_a_limit_in_time_the_same_row_is_in_its_place),
		cmocka_unit_test(more_rows_than_are_held_keep_their_number),
		cmocka_unit_test(a_full_disk_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
