// SPDX-License-Identifier: GPL-2.0-only
/* Looks at tables that programs write meanwhile: src/capture/groups.c. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "unit/group_session.h"

#define SECOND 1000000000ull

/* A slice of a group ends on a CPU, as bpf/groups.h notes it. */
static void run(struct capture *capture, uint32_t cpu, uint32_t place, const char *name,
		uint64_t ns)
{
	struct group_slot *slot = session_slot(capture, cpu, place);

	if (strcmp(slot->name, name) != 0) {
		memset(slot->name, 0, sizeof(slot->name));
		memcpy(slot->name, name, strlen(name));
		slot->generation++;
	}
	slot->last_ns = session_clock_ns;
	slot->counts.slices++;
	slot->counts.series[GROUP_RUN].sum_ns += ns;
	slot->counts.series[GROUP_RUN].buckets[group_bucket(ns)]++;
	capture->cpu_states[cpu].slices_made++;
}

static struct capture_look look_at(struct capture *capture)
{
	struct capture_look look;

	session_clock_ns += SECOND;
	capture_look(capture, &look);
	return look;
}

static uint64_t run_sum(const struct group_change *change)
{
	return change->now->series[GROUP_RUN].sum_ns - change->before->series[GROUP_RUN].sum_ns;
}

static void what_changed_since_the_last_look_is_told_once(void **state)
{
	struct capture capture;
	struct capture_look look;

	session_clock_ns = 100 * SECOND;
	assert_int_equal(session_open(&capture, 2), 0);
	look = look_at(&capture);
	assert_int_equal(look.groups.change_count, 0);
	capture_look_taken(&capture);

	run(&capture, 1, 7, "ksmd", 12000000);
	look = look_at(&capture);
	assert_int_equal(look.groups.change_count, 1);
	assert_int_equal(look.groups.changes[0].cpu, 1);
	assert_string_equal(look.groups.changes[0].name, "ksmd");
	assert_int_equal(run_sum(&look.groups.changes[0]), 12000000);
	assert_int_equal(look.groups.now_ns, session_clock_ns);
	capture_look_taken(&capture);
	assert_int_equal(look_at(&capture).groups.change_count, 0);

	run(&capture, 1, 7, "ksmd", 1000);
	look = look_at(&capture);
	assert_int_equal(run_sum(&look.groups.changes[0]), 1000);
	session_close(&capture);
}

static void a_look_that_was_not_taken_is_told_again(void **state)
{
	struct capture capture;
	struct capture_look look;

	session_clock_ns = 100 * SECOND;
	assert_int_equal(session_open(&capture, 1), 0);
	run(&capture, 0, 0, "ksmd", 500);
	look_at(&capture);
	run(&capture, 0, 0, "ksmd", 700);
	look = look_at(&capture);
	assert_int_equal(look.groups.change_count, 1);
	assert_int_equal(run_sum(&look.groups.changes[0]), 1200);
	session_close(&capture);
}

static void a_slot_given_away_tells_of_its_new_group(void **state)
{
	struct capture capture;
	struct capture_look look;

	session_clock_ns = 1000 * SECOND;
	assert_int_equal(session_open(&capture, 1), 0);
	run(&capture, 0, 3, "gone", 500);
	look_at(&capture);
	capture_look_taken(&capture);
	session_clock_ns += CAPTURE_LOOK_MAX_NS - 2 * SECOND;
	run(&capture, 0, 3, "come", 700);
	look = look_at(&capture);
	assert_string_equal(look.groups.changes[0].name, "come");
	assert_int_equal(run_sum(&look.groups.changes[0]), 700);
	session_close(&capture);
}

static void after_too_long_a_break_such_a_slot_may_be_of_both(void **state)
{
	struct capture capture;
	struct capture_look look;

	session_clock_ns = 1000 * SECOND;
	assert_int_equal(session_open(&capture, 1), 0);
	run(&capture, 0, 3, "gone", 500);
	run(&capture, 0, 4, "stays", 500);
	look_at(&capture);
	capture_look_taken(&capture);
	session_clock_ns += CAPTURE_LOOK_MAX_NS + SECOND;
	run(&capture, 0, 3, "gone", 40);
	run(&capture, 0, 3, "come", 700);
	run(&capture, 0, 4, "stays", 6);
	look = look_at(&capture);
	assert_int_equal(look.groups.change_count, 2);
	assert_string_equal(look.groups.changes[0].name, GROUPS_OTHER);
	assert_int_equal(run_sum(&look.groups.changes[0]), 740);
	assert_string_equal(look.groups.changes[1].name, "stays");
	session_close(&capture);
}

static void what_had_no_room_is_other_of_its_class(void **state)
{
	struct capture capture;
	struct capture_look look;
	struct group_slot *rest;

	session_clock_ns = 100 * SECOND;
	assert_int_equal(session_open(&capture, 1), 0);
	rest = &capture.groups->live[capture.groups->cpus[0].first + GROUP_REALTIME];
	rest->last_ns = session_clock_ns;
	rest->counts.slices++;
	look = look_at(&capture);
	assert_int_equal(look.groups.change_count, 1);
	assert_string_equal(look.groups.changes[0].name, GROUPS_OTHER);
	assert_int_equal(look.groups.changes[0].class, GROUP_REALTIME);
	session_close(&capture);
}

static void who_runs_is_told_since_when(void **state)
{
	struct capture capture;
	struct capture_look look;

	session_clock_ns = 100 * SECOND;
	assert_int_equal(session_open(&capture, 2), 0);
	run(&capture, 1, 5, "CPU 0/KVM", 900);
	capture.cpu_states[1].histogram = capture.groups->cpus[1].first + GROUP_CLASSES + 5 + 1;
	capture.cpu_states[1].begin.start_ns = 99 * SECOND;
	look = look_at(&capture);
	assert_int_equal(look.groups.running_count, 1); /* CPU 0 is idle */
	assert_int_equal(look.groups.running[0].cpu, 1);
	assert_string_equal(look.groups.running[0].name, "CPU 0/KVM");
	assert_int_equal(look.groups.running[0].since_ns, 99 * SECOND);

	/* Not where its start is not known, nor from after the look. */
	capture.cpu_states[1].begin.start_ns = 0;
	assert_int_equal(look_at(&capture).groups.running_count, 0);
	capture.cpu_states[1].begin.start_ns = session_clock_ns + 2 * SECOND;
	assert_int_equal(look_at(&capture).groups.running_count, 0);
	session_close(&capture);
}

static void cpus_that_are_no_targets_are_not_looked_at(void **state)
{
	struct capture capture;
	struct capture_look look;

	session_clock_ns = 100 * SECOND;
	assert_int_equal(session_open(&capture, 2), 0);
	capture.cpu_states[0].target = 0;
	capture.cpu_states[0].state_lost = 4;
	run(&capture, 0, 5, "bash", 900);
	look = look_at(&capture);
	assert_int_equal(look.groups.change_count, 0);
	assert_int_equal(look.cpu_count, 2);
	assert_false(look.cpus[0].target);
	assert_int_equal(look.cpus[0].state_lost, 4);
	assert_true(look.cpus[1].target);
	session_close(&capture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_changed_since_the_last_look_is_told_once),
		cmocka_unit_test(a_look_that_was_not_taken_is_told_again),
		cmocka_unit_test(a_slot_given_away_tells_of_its_new_group),
		cmocka_unit_test(after_too_long_a_break_such_a_slot_may_be_of_both),
		cmocka_unit_test(what_had_no_room_is_other_of_its_class),
		cmocka_unit_test(who_runs_is_told_since_when),
		cmocka_unit_test(cpus_that_are_no_targets_are_not_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
