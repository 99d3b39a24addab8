// SPDX-License-Identifier: GPL-2.0-only
/* Scheduler events from the text of perf script, ftrace and trace-cmd report. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "import/perf_script.h"
#include "import/script_line.h"

static struct sched_event event;

static void read_event(const char *line)
{
	assert_int_equal(script_line_read(&event, line), SCRIPT_LINE_EVENT);
}

static void assert_line(const char *line, enum script_line expected)
{
	assert_int_equal(script_line_read(&event, line), expected);
}

static void assert_head(uint64_t time_ns, uint32_t cpu, int32_t pid, int32_t tid)
{
	assert_int_equal(event.time_ns, time_ns);
	assert_int_equal(event.cpu, cpu);
	assert_int_equal(event.current_pid, pid);
	assert_int_equal(event.current_tid, tid);
}

#define SWITCH                                                                                     \
	"prev_comm=a b prev_pid=7 prev_prio=120 prev_state=S ==> next_comm=swapper/1 "             \
	"next_pid=0 next_prio=120"

static void a_switch_of_perf_script_is_read_whole(void **state)
{
	read_event("             a b     7 [001] 76652.964882:       sched:sched_switch: " SWITCH);
	assert_head(76652964882000, 1, TID_UNKNOWN, 7);
	assert_int_equal(event.type, SCHED_SWITCH);
	assert_int_equal(event.tid, 7);
	assert_string_equal(event.comm, "a b");
	assert_int_equal(event.prio, 120);
	assert_int_equal(event.state, 1);
	assert_false(event.preempt);
	assert_int_equal(event.other_tid, 0);
	assert_string_equal(event.other_comm, "swapper/1");
	assert_int_equal(event.other_prio, 120);
	assert_int_equal(event.pid, TID_UNKNOWN);
}

static void heads_of_all_layouts_are_read(void **state)
{
	/* pid/tid, --ns, a period, no "sched:", tid -1, no task at all. */
	read_event("a b 5/7 [001] 76652.964882123:   1 sched:sched_switch: " SWITCH);
	assert_head(76652964882123, 1, 5, 7);
	read_event("    :-1    -1 [095] 0.000001: sched_switch: " SWITCH);
	assert_head(1000, 95, TID_UNKNOWN, TID_UNKNOWN);
	read_event("[001] 1.5: sched:sched_switch: " SWITCH);
	assert_head(1500000000, 1, TID_UNKNOWN, TID_UNKNOWN);
	read_event("    7 [001] 1.5: sched:sched_switch: " SWITCH);
	assert_head(1500000000, 1, TID_UNKNOWN, 7);
	/* ftrace, with flags of before and after 6.0; with its process; trace-cmd report. */
	read_event("          <idle>-0       [003] d..2 12.345678: sched_switch: " SWITCH);
	assert_head(12345678000, 3, TID_UNKNOWN, 0);
	read_event("   a-3 b (x)-17   (     12) [003] d..2. 12.345678: sched_switch: " SWITCH);
	assert_head(12345678000, 3, 12, 17);
	read_event("   a-17   (-----) [003] d..2. 12.345678: sched_switch: " SWITCH);
	assert_head(12345678000, 3, TID_UNKNOWN, 17);
	read_event("           sleep-1234  [000]    12.345678: sched_switch:         " SWITCH);
	assert_head(12345678000, 0, TID_UNKNOWN, 1234);
}

#define WAKEE "comm=b pid=8 prio=120 target_cpu=001"

static void flags_behind_the_cpu_tell_the_context(void **state)
{
	static const struct {
		const char *flags;
		uint8_t waking, wakeup;
	} cases[] = {
		{ "d..2.", WAKER_TASK, WAKER_TASK },
		{ "dNh2.", WAKER_HARDIRQ, WAKER_HARDIRQ },
		{ "d.H31", WAKER_HARDIRQ, WAKER_HARDIRQ },
		{ "bns..", WAKER_SOFTIRQ, WAKER_SOFTIRQ },
		{ "d.Z2.", WAKER_NMI, WAKER_NMI },
		{ "d.z2.", WAKER_NMI, WAKER_NMI },
		/* Of a kernel that may be old. */
		{ "d..2", WAKER_TASK, WAKER_UNKNOWN },
		{ "d.h2", WAKER_HARDIRQ, WAKER_UNKNOWN },
		{ "d.s2", WAKER_UNKNOWN, WAKER_UNKNOWN },
		/* perf's columns, and what is none. */
		{ "", WAKER_UNKNOWN, WAKER_UNKNOWN },
		{ "K", WAKER_UNKNOWN, WAKER_UNKNOWN },
		{ "d.h", WAKER_UNKNOWN, WAKER_UNKNOWN },
		{ "d.h2..", WAKER_UNKNOWN, WAKER_UNKNOWN },
		{ "x.h2.", WAKER_UNKNOWN, WAKER_UNKNOWN },
		{ "d.x2.", WAKER_UNKNOWN, WAKER_UNKNOWN },
		{ "d.h2x", WAKER_UNKNOWN, WAKER_UNKNOWN },
	};
	char line[128];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		snprintf(line, sizeof(line), "a-7 [003] %s 1.5: sched_waking: " WAKEE,
			 cases[i].flags);
		read_event(line);
		assert_int_equal(event.context, cases[i].waking);
		snprintf(line, sizeof(line), "a-7 [003] %s 1.5: sched_wakeup: " WAKEE,
			 cases[i].flags);
		read_event(line);
		assert_int_equal(event.context, cases[i].wakeup);
	}
	read_event("a-7 [003] d.h2. 1.5: sched_switch: " SWITCH);
	assert_int_equal(event.context, WAKER_UNKNOWN);
}

static void names_may_look_like_anything(void **state)
{
	read_event("[0] 1.1: x: 3 44 [002] 2.500000: sched:sched_waking: "
		   "comm=p pid=1 pid=2 pid=77 prio=98 target_cpu=012");
	assert_head(2500000000, 2, TID_UNKNOWN, 44);
	assert_string_equal(event.comm, "p pid=1 pid=2");
	assert_int_equal(event.tid, 77);
	assert_int_equal(event.prio, 98);
	assert_int_equal(event.orig_cpu, 12);
	read_event("x 1 [000] 1.0: sched:sched_switch: a ==> b [1]:9 [120] D ==> c:d: 3:10 [-1]");
	assert_string_equal(event.comm, "a ==> b [1]");
	assert_int_equal(event.tid, 9);
	assert_int_equal(event.state, 2);
	assert_string_equal(event.other_comm, "c:d: 3");
	assert_int_equal(event.other_tid, 10);
	assert_int_equal(event.other_prio, -1);
	read_event(" 1 [000] 1.0: sched:sched_waking: comm= pid=77 prio=98 target_cpu=012");
	assert_string_equal(event.comm, "");
}

static void the_plugins_spelling_is_read(void **state)
{
	read_event("swapper 0 [000] 1.0: sched:sched_switch: swapper/0:0 [120] R ==> rcu_sched:10 "
		   "[120]");
	assert_int_equal(event.tid, 0);
	assert_int_equal(event.state, 0);
	assert_string_equal(event.other_comm, "rcu_sched");
	read_event("x 1 [000] 1.0: sched:sched_wakeup: kworker/0:1:33 [120]<success=1> CPU:001");
	assert_string_equal(event.comm, "kworker/0:1");
	assert_int_equal(event.tid, 33);
	assert_int_equal(event.orig_cpu, 1);
	read_event("x 1 [000] 1.0: sched:sched_wakeup: a:33 [120]<CANT FIND FIELD success>CPU:007");
	assert_int_equal(event.orig_cpu, 7);
	read_event("x 1 [000] 1.0: sched:sched_wakeup_new: a:33 [120]");
	assert_int_equal(event.orig_cpu, UINT32_MAX);
	assert_int_equal(event.type, SCHED_WAKEUP_NEW);
	assert_line("x 1 [000] 1.0: sched_wakeup: a:33 [120] success=0 CPU:007",
		    SCRIPT_LINE_NOTHING);
}

static void states_are_bits(void **state)
{
	static const struct {
		const char *text;
		uint32_t bits;
		bool preempt;
	} states[] = {
		{ "R", 0, false },   { "R+", 0, true },	  { "S", 1, false },
		{ "D", 2, false },   { "T", 4, false },	  { "t", 8, false },
		{ "X", 16, false },  { "x", 16, false },  { "Z", 32, false },
		{ "P", 64, false },  { "I", 128, false }, { "D|K", 2, false },
		{ "D|W", 2, false }, { "S|D+", 3, true }, { "S|0x2000", 1, false },
	};
	char line[256];

	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++) {
		snprintf(line, sizeof(line),
			 "x 1 [000] 1.0: sched:sched_switch: prev_comm=a prev_pid=1 prev_prio=120 "
			 "prev_state=%s ==> next_comm=b next_pid=2 next_prio=120",
			 states[i].text);
		read_event(line);
		assert_int_equal(event.state, states[i].bits);
		assert_int_equal(event.preempt, states[i].preempt);
	}
	assert_line("x 1 [000] 1.0: sched:sched_switch: prev_comm=a prev_pid=1 prev_prio=120 "
		    "prev_state=K ==> next_comm=b next_pid=2 next_prio=120",
		    SCRIPT_LINE_DAMAGED);
}

static void other_events_of_tasks_are_read(void **state)
{
	read_event("x 1 [000] 1.0: sched:sched_migrate_task: comm=m pid=5 prio=120 orig_cpu=3 "
		   "dest_cpu=4");
	assert_int_equal(event.type, SCHED_MIGRATE);
	assert_int_equal(event.orig_cpu, 3);
	assert_int_equal(event.dest_cpu, 4);
	read_event("sh 1 [000] 1.0: sched:sched_process_fork: comm=sh pid=1 child_comm=sh "
		   "child_pid=2");
	assert_int_equal(event.type, SCHED_FORK);
	assert_int_equal(event.tid, 2);
	assert_int_equal(event.other_tid, 1);
	read_event("ls 8 [001] 1.0: sched:sched_process_exec: filename=/a pid=3 old_pid=4 pid=8 "
		   "old_pid=9");
	assert_int_equal(event.type, SCHED_EXEC);
	assert_int_equal(event.tid, 8);
	assert_int_equal(event.other_tid, 9);
	assert_string_equal(event.comm, "ls");
	read_event(
		"ls 8 [001] 1.0: sched:sched_process_exit: comm=ls pid=8 prio=120 group_dead=true");
	assert_int_equal(event.type, SCHED_EXIT);
	read_event("ls 8 [001] 1.0: PERF_RECORD_COMM exec: ls:7/8");
	assert_int_equal(event.type, SCHED_NAME);
	assert_int_equal(event.pid, 7);
	assert_int_equal(event.tid, 8);
}

static void what_is_no_event_of_ours_is_told_apart(void **state)
{
	assert_line("", SCRIPT_LINE_COMMENT);
	assert_line("# tracer: nop", SCRIPT_LINE_COMMENT);
	assert_line("x 1 [000] 1.0: sched:sched_stat_runtime: comm=a pid=1", SCRIPT_LINE_OTHER);
	assert_line("\tffffffff81c0 __schedule ([kernel.kallsyms])", SCRIPT_LINE_FOREIGN);
	assert_line("the sched_switch event", SCRIPT_LINE_FOREIGN);
	assert_line("a 7 76652.964882: sched:sched_switch: " SWITCH, SCRIPT_LINE_NO_CPU);
	assert_line("a 7 [001] sched:sched_switch: " SWITCH, SCRIPT_LINE_NO_TIME);
	assert_line("a-7 [001] d..2. 4711: sched_switch: " SWITCH, SCRIPT_LINE_NO_TIME);
	assert_line("a 7 [70000] 1.0: sched:sched_switch: " SWITCH, SCRIPT_LINE_NO_CPU);
	assert_line("a 7 [001] 99999999999999999999.0: sched_switch: " SWITCH, SCRIPT_LINE_NO_TIME);
	assert_line("a 7 [001] 1.0: sched:sched_switch: prev_comm=a prev_pid=99999999999",
		    SCRIPT_LINE_DAMAGED);
}

static int open_text(struct perf_script **script, const char *text, char *why)
{
	return perf_script_open_fd(script, -1, text, strlen(text), why);
}

#define WAKING(time, cpu, tid)                                                                     \
	"x 1 [" cpu "] " time ": sched:sched_waking: comm=a pid=" tid " prio=120 target_cpu=0\n"

static void losses_stand_before_the_event_that_follows_them(void **state)
{
	struct sched_event events[8];
	struct perf_script *script;
	char why[RECORDING_WHY_MAX];

	assert_int_equal(
		open_text(&script,
			  "# hostname : web-7\n" WAKING(
				  "1.0", "001",
				  "1") "CPU:1 [LOST 12 "
				       "EVENTS]\n" WAKING("3.0", "001", "2") "noise\n" WAKING(
					       "2.0", "000", "3") "x 1 [000] "
								  "4.0: "
								  "sched_"
								  "waking: "
								  "?\n" WAKING("5.0", "000", "4"),
			  why),
		0);
	assert_int_equal(perf_script_next(script, events, 8), 5);
	assert_int_equal(events[0].tid, 1);
	assert_int_equal(events[1].type, SCHED_LOST);
	assert_int_equal(events[1].cpu, 1);
	assert_int_equal(events[1].lost, 12);
	assert_int_equal(events[1].time_ns, 3000000000);
	assert_int_equal(events[1].lost_since_ns, 1000000000);
	assert_int_equal(events[2].tid, 2);
	/* One that came too late and one that is damaged, both of CPU 0, on which nothing was yet.
	 */
	assert_int_equal(events[3].type, SCHED_LOST);
	assert_int_equal(events[3].cpu, 0);
	assert_int_equal(events[3].lost, 2);
	assert_int_equal(events[3].lost_since_ns, 0);
	assert_int_equal(events[4].tid, 4);
	assert_int_equal(perf_script_next(script, events, 8), 0);
	assert_int_equal(perf_script_counts(script).foreign, 1);
	assert_int_equal(perf_script_counts(script).backwards, 1);
	assert_int_equal(perf_script_counts(script).damaged, 1);
	assert_int_equal(perf_script_facts(script)->has,
			 SCHED_HAS(SCHED_WAKING) | SCHED_HAS(SCHED_LOST));
	assert_string_equal(perf_script_facts(script)->hostname, "web-7");
	perf_script_close(script);
}

static void a_line_without_end_is_passed_over(void **state)
{
	size_t size = 300000;
	char *text = malloc(size + 1000), why[RECORDING_WHY_MAX];
	struct perf_script *script;
	struct sched_event got[4];

	strcpy(text, WAKING("1.0", "001", "1"));
	memset(text + strlen(text), 'x', size);
	strcpy(text + size, "\n" WAKING("2.0", "001", "2"));
	assert_int_equal(open_text(&script, text, why), 0);
	assert_int_equal(perf_script_next(script, got, 4), 2);
	assert_int_equal(got[1].tid, 2);
	assert_int_equal(perf_script_counts(script).foreign, 1);
	assert_int_equal(perf_script_counts(script).lines, 3);
	perf_script_close(script);
	free(text);
}

static void text_without_our_events_is_refused_in_one_line(void **state)
{
	static const struct {
		const char *text, *why;
		int err;
	} texts[] = {
		{ "", "no scheduler events", -EINVAL },
		{ "hello\nworld\n", "no scheduler events", -EINVAL },
		{ "x 1 [000] 1.0: cycles: 12\n", "without scheduler events", -ENOMSG },
		{ "a 7 1.0: sched:sched_switch: " SWITCH "\n", "have no CPU", -EINVAL },
		{ "a 7 [000] 12: sched:sched_switch: " SWITCH "\n", "have no time", -EINVAL },
		{ "a 7 [000] 1.2: sched:sched_switch: ?\n", "cannot be read", -EINVAL },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		char why[RECORDING_WHY_MAX];
		struct perf_script *script;

		assert_int_equal(open_text(&script, texts[i].text, why), texts[i].err);
		assert_null(script);
		assert_non_null(strstr(why, texts[i].why));
		assert_null(strchr(why, '\n'));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_switch_of_perf_script_is_read_whole),
		cmocka_unit_test(heads_of_all_layouts_are_read),
		cmocka_unit_test(flags_behind_the_cpu_tell_the_context),
		cmocka_unit_test(names_may_look_like_anything),
		cmocka_unit_test(the_plugins_spelling_is_read),
		cmocka_unit_test(states_are_bits),
		cmocka_unit_test(other_events_of_tasks_are_read),
		cmocka_unit_test(what_is_no_event_of_ours_is_told_apart),
		cmocka_unit_test(losses_stand_before_the_event_that_follows_them),
		cmocka_unit_test(a_line_without_end_is_passed_over),
		cmocka_unit_test(text_without_our_events_is_refused_in_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
