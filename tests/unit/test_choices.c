// SPDX-License-Identifier: GPL-2.0-only
/* What hooks told of a choice is joined to the wakeup it was made for, and to no other. */
#include "unit/stream.h"

#include "analysis/choices.h"

#define CHOSEN(task_, time, chosen, ...)                                                           \
	((struct event){ .time_ns = (time),                                                        \
			 .type = EVENT_CHOICE,                                                     \
			 .choice = { .task = (task_), .chosen_cpu = (chosen), __VA_ARGS__ } })

#define PLACED(task, waking, start, end, ...)                                                      \
	WOKEN(task, 0, waking, start, end, .prev_cpu = 0, .chosen_cpu = 0, ##__VA_ARGS__)

#define NONE (-1)

/* Feeds a story; of each slice the chosen CPUs of its choice and of its fallback, or NONE. */
static void expect_joins(const struct event *events, size_t n, const int (*expected)[2])
{
	struct choices *choices = choices_new();

	assert_non_null(choices);
	for (size_t i = 0; i < n; i++) {
		struct told_choice told;

		assert_int_equal(choices_add(choices, &events[i]), 0);
		if (events[i].type == EVENT_CHOICE)
			continue;
		told = choices_take(choices, &events[i]);
		assert_int_equal(told.choice ? told.choice->chosen_cpu : NONE, (*expected)[0]);
		assert_int_equal(told.fallback ? told.fallback->chosen_cpu : NONE, (*expected)[1]);
		expected++;
	}
	choices_free(choices);
}

#define EXPECT_JOINS(events, ...)                                                                  \
	do {                                                                                       \
		static const int expected[][2] = { __VA_ARGS__ };                                  \
		expect_joins(events, COUNT_OF(events), expected);                                  \
	} while (0)

static void a_choice_belongs_to_the_wakeup_it_was_made_for(void **state)
{
	const struct event events[] = {
		CHOSEN(1, 101, 4), CHOSEN(2, 102, 5),	     PLACED(1, 100, 110, 120),
		CHOSEN(1, 131, 6), PLACED(2, 101, 110, 140), PLACED(1, 130, 140, 150),
	};

	EXPECT_JOINS(events, { 4, NONE }, { 5, NONE }, { 6, NONE });
}

static void a_choice_at_the_waking_or_at_the_switch_in_counts(void **state)
{
	const struct event events[] = {
		CHOSEN(1, 100, 4),
		PLACED(1, 100, 110, 120),
		CHOSEN(1, 140, 5),
		PLACED(1, 130, 140, 150),
	};

	EXPECT_JOINS(events, { 4, NONE }, { 5, NONE });
}

static void a_choice_older_than_the_waking_is_stale(void **state)
{
	/* The slice that the first choice led to was lost; the second wakeup had none told. */
	const struct event events[] = { CHOSEN(1, 101, 4), PLACED(1, 130, 140, 150) };

	EXPECT_JOINS(events, { NONE, NONE });
}

static void a_choice_is_handed_out_once(void **state)
{
	/* A slice of no length: its choice lies within the next wakeup's times too. */
	const struct event events[] = {
		CHOSEN(1, 100, 4),
		PLACED(1, 100, 100, 100),
		PLACED(1, 100, 110, 120),
	};

	EXPECT_JOINS(events, { 4, NONE }, { NONE, NONE });
}

static void a_balance_at_execve_does_not_hide_the_wakeups_choice(void **state)
{
	/* Chosen at 101 for the wakeup, at 115 by execve() while it runs. */
	const struct event events[] = {
		CHOSEN(1, 101, 4),
		CHOSEN(1, 115, 5),
		PLACED(1, 100, 110, 120),
		PLACED(1, 130, 140, 150),
	};

	EXPECT_JOINS(events, { 4, NONE }, { NONE, NONE });
}

static void a_new_tasks_choice_comes_before_its_wakeup(void **state)
{
	const struct event events[] = {
		CHOSEN(1, 99, 4),
		PLACED(1, 100, 110, 120, .flags = SLICE_NEW),
		CHOSEN(2, 99, 5),
		PLACED(2, 100, 110, 125),
	};

	EXPECT_JOINS(events, { 4, NONE }, { NONE, NONE });
}

static void a_new_tasks_choice_is_not_older_than_another_wakeup(void **state)
{
	/* A fork was told of a task that had been woken before: not to be joined over that. */
	const struct event events[] = {
		CHOSEN(1, 90, 4),
		PLACED(1, 100, 110, 120),
		PLACED(1, 130, 140, 150, .flags = SLICE_NEW),
	};

	EXPECT_JOINS(events, { NONE, NONE }, { NONE, NONE });
}

static void a_fallback_overrides_the_choice_before_it(void **state)
{
	const struct event events[] = {
		CHOSEN(1, 101, 4),
		CHOSEN(1, 102, 7, .fallback = true),
		PLACED(1, 100, 110, 120),
		/* Of a real-time task only the fallback is hooked. */
		CHOSEN(1, 131, 6, .fallback = true),
		PLACED(1, 130, 140, 150),
		/* Of the hotplug that moved the task in its sleep: no wakeup's. */
		CHOSEN(1, 155, 2, .fallback = true),
		CHOSEN(1, 161, 4),
		PLACED(1, 160, 170, 180),
	};

	EXPECT_JOINS(events, { 4, 7 }, { NONE, 6 }, { 4, NONE });
}

static void a_slice_that_no_wakeup_led_to_takes_no_choice(void **state)
{
	const struct event events[] = {
		CHOSEN(1, 101, 4),
		PREEMPTED(1, 0, 100, 110, 120, .waking_ns = 100, .chosen_cpu = 0),
		WAITING(1, 0, 150, .kind = DELAY_WAKE, .waking_ns = 101, .prev_cpu = 0),
	};

	EXPECT_JOINS(events, { NONE, NONE }, { 4, NONE });
}

static void choices_of_nobody_are_ignored(void **state)
{
	const struct event events[] = {
		CHOSEN(TASK_UNKNOWN, 101, 4),
		CHOSEN(TASK_IDLE, 101, 4),
		PLACED(TASK_UNKNOWN, 100, 110, 120),
		PLACED(TASK_IDLE, 100, 110, 120),
	};

	EXPECT_JOINS(events, { NONE, NONE }, { NONE, NONE });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_choice_belongs_to_the_wakeup_it_was_made_for),
		cmocka_unit_test(a_choice_at_the_waking_or_at_the_switch_in_counts),
		cmocka_unit_test(a_choice_older_than_the_waking_is_stale),
		cmocka_unit_test(a_choice_is_handed_out_once),
		cmocka_unit_test(a_balance_at_execve_does_not_hide_the_wakeups_choice),
		cmocka_unit_test(a_new_tasks_choice_comes_before_its_wakeup),
		cmocka_unit_test(a_new_tasks_choice_is_not_older_than_another_wakeup),
		cmocka_unit_test(a_fallback_overrides_the_choice_before_it),
		cmocka_unit_test(a_slice_that_no_wakeup_led_to_takes_no_choice),
		cmocka_unit_test(choices_of_nobody_are_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
