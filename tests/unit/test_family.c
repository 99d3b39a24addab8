// SPDX-License-Identifier: GPL-2.0-only
/* What is compared where nobody says what: groups, which of them, and how they are called. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/family.h"
#include "analysis/limit.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static void numbers_at_the_end_make_a_group(void **state)
{
	static const char *const names[][2] = {
		{ "web", "web" },
		{ "web-7", "web-*" },
		{ "web-12", "web-*" },
		{ "pool-1-thread-3", "pool-1-thread-*" },
		{ "kworker/0:1", "kworker/*" },
		{ "kworker/u8:2-ev", "kworker/*" },
		{ "ksoftirqd/11", "ksoftirqd/*" },
		{ "CPU 0/KVM", "CPU 0/KVM" },
		{ "python3", "python3" },
		{ "irq/45-nvme0q1", "irq/45-nvme0q1" },
		{ "12", "12" },
		{ "", "" },
		{ "a_1_2", "a_1_*" },
	};

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		char name[FAMILY_NAME_MAX];

		family_group_name(name, names[i][0]);
		assert_string_equal(name, names[i][1]);
	}
}

struct made {
	struct summary *rows;
	struct task_table tasks;
};

static void begin(struct made *run)
{
	run->rows = summary_new(SUMMARY_BY_TASK_CPU);
	assert_non_null(run->rows);
	assert_int_equal(task_table_init(&run->tasks), 0);
}

static void end(struct made *run)
{
	summary_free(run->rows);
	task_table_free(&run->tasks);
}

/* A task with so many waits of so many us each. */
static void add(struct made *run, const char *comm, enum delay_kind kind, uint32_t waits,
		uint32_t us)
{
	struct task_identity identity = { .task = run->tasks.count,
					  .tid = 100 + run->tasks.count,
					  .pid = 100 + run->tasks.count };

	snprintf(identity.comm, sizeof(identity.comm), "%s", comm);
	assert_int_equal(task_table_put(&run->tasks, &identity), 0);
	for (uint32_t i = 0; i < waits; i++) {
		uint64_t start_ns = 1000000ull * (i + 1);
		struct event e = {
			.type = EVENT_SLICE,
			.cpu = i % 2,
			.time_ns = start_ns + 10,
			.slice = { .task = identity.task,
				   .start_ns = start_ns,
				   .kind = kind,
				   .waking_ns = kind == DELAY_WAKE ? start_ns - us * 1000ull : 0,
				   .prev_out_ns = start_ns - us * 1000ull,
				   .waker = TASK_UNKNOWN,
				   .prev_cpu = 0,
				   .chosen_cpu = 0,
				   .waker_cpu = CPU_UNKNOWN,
				   .out_state = 1 }
		};

		assert_int_equal(summary_add(run->rows, &e), 0);
	}
}

/* As one text, a line each. */
static void expect(const struct made *runs, uint32_t count, const char *const *texts, uint32_t n,
		   uint32_t left_out)
{
	struct family_run family_runs[4];
	struct family family;

	for (uint32_t i = 0; i < count; i++)
		family_runs[i] = (struct family_run){ runs[i].rows, &runs[i].tasks, i > 0 };
	assert_int_equal(family_make(&family, family_runs, count), 0);
	for (uint32_t i = 0; i < family.count && i < n; i++)
		assert_string_equal(family.texts[i], texts[i]);
	assert_int_equal(family.count, n);
	assert_int_equal(family.left_out, left_out);
	family_free(&family);
}

static void groups_that_waited_longest_in_the_baselines_come_first(void **state)
{
	static const char *const texts[] = {
		"p50(wake_delay)",
		"p99(wake_delay)",
		"p99(preempt_delay)",
		"p50(wake_delay, task=web-*)",
		"p99(wake_delay, task=web-*)",
		"p50(wake_delay, task=db)",
		"p99(wake_delay, task=db)",
		"p99(preempt_delay, task=batch)",
	};
	struct made runs[3];

	for (int i = 0; i < 3; i++) {
		begin(&runs[i]);
		/* The new run's own waits (i == 0) have no say. */
		add(&runs[i], "db", DELAY_WAKE, 150, i ? 30 : 900);
		add(&runs[i], "web-1", DELAY_WAKE, 60, 100);
		add(&runs[i], "web-2", DELAY_WAKE, 60, 100);
		add(&runs[i], "batch", DELAY_PREEMPT, 120, 1);
		add(&runs[i], "rare", DELAY_WAKE, 99, 500); /* too few samples */
	}
	add(&runs[0], "only-new", DELAY_WAKE, 200, 5);
	add(&runs[1], "only-then", DELAY_WAKE, 200, 5);
	expect(runs, 3, texts, COUNT_OF(texts), 2);
	for (int i = 0; i < 3; i++)
		end(&runs[i]);
}

static void at_most_ten_groups_are_compared(void **state)
{
	const char *texts[2 + 2 * FAMILY_GROUPS] = { "p50(wake_delay)", "p99(wake_delay)" };
	char storage[2 * FAMILY_GROUPS][64];
	struct made runs[2];

	for (int i = 0; i < 2; i++) {
		begin(&runs[i]);
		for (int t = 0; t < FAMILY_GROUPS + 3; t++) {
			char comm[TASK_COMM_LEN] = { 'a' + t };

			add(&runs[i], comm, DELAY_WAKE, 100, 100 - t);
		}
	}
	for (int t = 0; t < 2 * FAMILY_GROUPS; t++) {
		snprintf(storage[t], sizeof(storage[t]), "p%s(wake_delay, task=%c)",
			 t % 2 ? "99" : "50", 'a' + t / 2);
		texts[2 + t] = storage[t];
	}
	expect(runs, 2, texts, COUNT_OF(texts), 3);
	for (int i = 0; i < 2; i++)
		end(&runs[i]);
}

/* Every text is one that the language takes; a name that it has no words for is left out. */
static void names_can_be_said(void **state)
{
	static const char *const comms[] = { "CPU 0/KVM", "a(b)c", "x#y",  "a,b", "812",
					     "vcpu",	  "sta*r", "q\"q", "" };
	static const bool taken[] = { true, true, true, false, false, false, false, false, false };
	uint32_t expected = 0;
	struct made runs[2];
	struct family_run family_runs[2];
	struct family family;

	for (int i = 0; i < 2; i++) {
		begin(&runs[i]);
		for (size_t t = 0; t < COUNT_OF(comms); t++)
			add(&runs[i], comms[t], DELAY_WAKE, 100, 50);
		family_runs[i] = (struct family_run){ runs[i].rows, &runs[i].tasks, i > 0 };
	}
	for (size_t t = 0; t < COUNT_OF(comms); t++)
		expected += taken[t];
	assert_int_equal(family_make(&family, family_runs, 2), 0);
	assert_int_equal(family.groups, expected);
	for (uint32_t i = 0; i < family.count; i++) {
		struct limit_error error = {};
		struct limit limit;

		assert_int_equal(limit_parse_compared(&limit, family.texts[i], &error), 0);
		limit_free(&limit);
	}
	family_free(&family);
	for (int i = 0; i < 2; i++)
		end(&runs[i]);
}

static void what_is_nearly_all_is_asked_once(void **state)
{
	static const char *const texts[] = { "p50(wake_delay, task=web)",
					     "p99(wake_delay, task=web)" };
	struct made runs[2];

	for (int i = 0; i < 2; i++) {
		begin(&runs[i]);
		add(&runs[i], "web", DELAY_WAKE, 900, 30);
		add(&runs[i], "rare", DELAY_WAKE, 99, 30);
	}
	expect(runs, 2, texts, COUNT_OF(texts), 1);
	for (int i = 0; i < 2; i++)
		end(&runs[i]);
}

static void nothing_in_common_is_an_empty_family(void **state)
{
	struct made runs[2];

	for (int i = 0; i < 2; i++)
		begin(&runs[i]);
	add(&runs[0], "web", DELAY_WAKE, 500, 5);
	expect(runs, 2, NULL, 0, 1);
	for (int i = 0; i < 2; i++)
		end(&runs[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_at_the_end_make_a_group),
		cmocka_unit_test(groups_that_waited_longest_in_the_baselines_come_first),
		cmocka_unit_test(at_most_ten_groups_are_compared),
		cmocka_unit_test(names_can_be_said),
		cmocka_unit_test(what_is_nearly_all_is_asked_once),
		cmocka_unit_test(nothing_in_common_is_an_empty_family),
	};

	return cmocka_run_group_tests_name("family", tests, NULL, NULL);
}
