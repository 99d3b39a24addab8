// SPDX-License-Identifier: GPL-2.0-only
/* CPUs, KSM, ftrace and what follows from them, from literal trees. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include "host/checkup.h"
#include "tree.h"

static char root[PATH_MAX];
static struct facilities facilities;
static struct isolation isolation;
static struct findings findings;

static int set_up(void **state)
{
	tree_make(root);
	return 0;
}

static int tear_down(void **state)
{
	findings_free(&findings);
	facilities_free(&facilities);
	isolation_free(&isolation);
	tree_remove(root);
	return 0;
}

static void put(const char *path, const char *text)
{
	tree_put(root, path, text);
}

static void examine(void)
{
	assert_int_equal(facilities_read(&facilities, root), 0);
	assert_int_equal(isolation_read(&isolation, root), 0);
	checkup_machine(&findings, &facilities);
	checkup_ksm(&findings, &facilities, &isolation);
	checkup_ftrace(&findings, &facilities.ftrace);
	checkup_accounting(&findings, &facilities);
}

static const struct finding *expect(const char *check, enum verdict verdict, const char *found)
{
	const struct finding *finding = findings_get(&findings, check);

	assert_non_null(finding);
	assert_string_equal(finding->found, found);
	assert_string_equal(verdict_name(finding->verdict), verdict_name(verdict));
	return finding;
}

static void put_cpus(void)
{
	put("sys/devices/system/cpu/possible", "0-7\n");
	put("sys/devices/system/cpu/present", "0-3\n");
	put("sys/devices/system/cpu/online", "0-3\n");
	put("sys/devices/system/cpu/isolated", "\n");
	put("sys/devices/system/cpu/smt/active", "1\n");
	put("sys/devices/system/node/online", "0-1\n");
}

static void cpus_are_counted(void **state)
{
	put_cpus();
	put("proc/sys/kernel/osrelease", "6.6.0\n");
	put("proc/sys/kernel/arch", "aarch64\n");
	examine();
	expect("kernel", VERDICT_OK, "Linux 6.6.0 aarch64");
	expect("CPUs", VERDICT_OK, "4 online, 8 possible; 2 NUMA nodes; SMT on");
}

static void cpus_that_are_offline_are_named(void **state)
{
	const struct finding *finding;

	put_cpus();
	put("sys/devices/system/cpu/online", "0,2\n");
	examine();
	finding = expect("CPUs", VERDICT_OK, "2 online, 8 possible; 2 NUMA nodes; SMT on");
	assert_non_null(strstr(finding->consequence, "CPUs 1,3 offline"));
}

static void an_empty_tree_is_unknown(void **state)
{
	examine();
	assert_int_equal(facilities.btf_error, -ENOENT);
	assert_int_equal(facilities.kprobes, PRESENCE_UNKNOWN);
	expect("kernel", VERDICT_UNKNOWN, "Linux (release unknown) ");
	expect("CPUs", VERDICT_UNKNOWN, "/sys/devices/system/cpu has none");
	expect("KSM", VERDICT_OK, "not in this kernel");
	expect("ftrace", VERDICT_UNKNOWN, "tracefs is not mounted, or for root only");
	expect("schedstat", VERDICT_UNKNOWN, "/proc cannot be read");
}

static void kprobe_events_are_where_perf_finds_them(void **state)
{
	put("sys/bus/event_source/devices/software/type", "1\n");
	examine();
	assert_int_equal(facilities.kprobes, PRESENCE_NO);
	facilities_free(&facilities);
	put("sys/bus/event_source/devices/kprobe/type", "8\n");
	assert_int_equal(facilities_read(&facilities, root), 0);
	assert_int_equal(facilities.kprobes, PRESENCE_YES);
}

/* A stat line as kernel 6.18 wrote it, last on CPU 43. */
#define STAT(tid, comm, flags)                                                                     \
	tid " (" comm ") S 2 0 0 0 -1 " flags " 0 0 0 0 5 7 0 0 25 5 1 0 24 0 0 "                  \
	    "18446744073709551615 0 0 0 0 0 0 0 2147483647 0 0 0 0 17 43 0 0 0 0 0 0 0 0 0 0 0 0 " \
	    "0\n"

static void put_ksm(const char *run)
{
	put_cpus();
	put("sys/kernel/mm/ksm/run", run);
	put("sys/kernel/mm/ksm/pages_to_scan", "100\n");
	put("sys/kernel/mm/ksm/sleep_millisecs", "20\n");
	put("proc/12/stat", STAT("12", "ksmd", "4194304"));
	put("proc/37/stat", STAT("37", "ksmd", "2097216"));
	put("proc/37/status", "Name:\tksmd\nCpus_allowed_list:\t0-3\nMems:\t1\n");
}

static void ksmd_is_the_kernels_thread_and_no_namesake(void **state)
{
	put_ksm("0\n");
	examine();
	assert_int_equal(facilities.ksm.tid, 37);
	expect("KSM", VERDICT_OK,
	       "off: 100 pages a scan, 20 ms sleep; ksmd[37] last on CPU 43, allowed on 0-3");
}

static void ksmd_that_may_run_on_isolated_cpus_is_a_problem(void **state)
{
	const struct finding *finding;

	put_ksm("1\n");
	put("sys/devices/system/cpu/isolated", "2-3\n");
	examine();
	finding = expect(
		"KSM", VERDICT_LIMITED,
		"on: 100 pages a scan, 20 ms sleep; ksmd[37] last on CPU 43, allowed on 0-3");
	assert_true(finding_is_problem(finding));
	assert_non_null(strstr(finding->consequence, "isolated CPUs 2-3"));
	assert_non_null(strstr(finding->remedy, "taskset -pc 0-1 37"));
}

static void ksmd_that_was_moved_away_is_no_problem(void **state)
{
	put_ksm("1\n");
	put("sys/kernel/mm/ksm/advisor_mode", "none [scan-time]\n");
	put("sys/devices/system/cpu/isolated", "2-3\n");
	put("proc/37/status", "Name:\tksmd\nCpus_allowed_list:\t0-1\nMems:\t1\n");
	examine();
	expect("KSM", VERDICT_OK,
	       "on: 100 pages a scan (set by its scan-time advisor), 20 ms sleep; ksmd[37] last on "
	       "CPU 43, allowed on 0-1");
}

static void an_advisor_is_in_the_way_of_fewer_pages(void **state)
{
	put_ksm("1\n");
	put("sys/kernel/mm/ksm/advisor_mode", "none [scan-time]\n");
	put("sys/devices/system/cpu/isolated", "2-3\n");
	examine();
	assert_non_null(strstr(findings_get(&findings, "KSM")->remedy, "advisor_mode"));
}

static void tracers_that_are_on_cost_time(void **state)
{
	const struct finding *finding;

	put("sys/kernel/tracing/current_tracer", "function\n");
	put("sys/kernel/tracing/events/sched/enable", "X\n");
	put("sys/kernel/tracing/events/sched/sched_switch/enable", "1\n");
	put("sys/kernel/tracing/events/sched/sched_waking/enable", "0\n");
	examine();
	finding =
		expect("ftrace", VERDICT_LIMITED, "tracer function, events on: sched:sched_switch");
	assert_true(finding_is_problem(finding));
}

static void an_instance_traces_too(void **state)
{
	put("sys/kernel/debug/tracing/current_tracer", "nop\n");
	put("sys/kernel/debug/tracing/events/sched/enable", "0\n");
	put("sys/kernel/debug/tracing/instances/mine/events/sched/enable", "1\n");
	examine();
	expect("ftrace", VERDICT_LIMITED, "events on: all of sched");
}

static void tracers_that_are_off_are_ok(void **state)
{
	put("sys/kernel/tracing/current_tracer", "nop\n");
	put("sys/kernel/tracing/events/sched/enable", "0\n");
	examine();
	expect("ftrace", VERDICT_OK, "off");
}

static void what_is_not_needed_is_no_problem(void **state)
{
	put("proc/self/status", "x\n");
	examine();
	assert_false(finding_is_problem(expect("schedstat", VERDICT_MISSING,
					       "no /proc/PID/schedstat (CONFIG_SCHED_INFO)")));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(cpus_are_counted),
		TEST(cpus_that_are_offline_are_named),
		TEST(an_empty_tree_is_unknown),
		TEST(kprobe_events_are_where_perf_finds_them),
		TEST(ksmd_is_the_kernels_thread_and_no_namesake),
		TEST(ksmd_that_may_run_on_isolated_cpus_is_a_problem),
		TEST(ksmd_that_was_moved_away_is_no_problem),
		TEST(an_advisor_is_in_the_way_of_fewer_pages),
		TEST(tracers_that_are_on_cost_time),
		TEST(an_instance_traces_too),
		TEST(tracers_that_are_off_are_ok),
		TEST(what_is_not_needed_is_no_problem),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
