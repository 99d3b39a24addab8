// SPDX-License-Identifier: GPL-2.0-only
/* What to do, as text, JSON and a script; and that the script does it, and undoes it. */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/cpulist.h"
#include "host/taskscan.h"
#include "output/report_advice.h"
#include "unit/printing.h"

static void add_file(struct advice_list *list, struct advice *advice, const char *path,
		     const char *from, const char *to)
{
	struct change change;

	assert_int_equal(change_file(&change, CHANGE_NUMBER, path, from, to), 0);
	advice_change(list, advice, &change);
}

static void add_mask(struct advice_list *list, struct advice *advice, uint32_t tid,
		     uint64_t start_ticks, const char *from, const char *to)
{
	struct change change;

	assert_int_equal(change_affinity(&change, tid, start_ticks, "ksmd", from, to), 0);
	advice_change(list, advice, &change);
}

static void add_move(struct advice_list *list)
{
	struct advice *advice = advice_add(list, "move-task", KSMD, ADVICE_SURE);

	advice->cost_ns = 9000000;
	advice->run_ns = 12334000;
	advice_text(list, &advice->title, "move ksmd[510] to CPUs 0-63");
	advice_text(list, &advice->seen,
		    "ran 12.3 ms on CPU 43 in 1 visit; CPU 0/KVM[20177] waited 9.00 ms for it");
	advice_text(
		list, &advice->why,
		"its mask, 0-95, has CPU 43, so any wakeup or balancing may put it there; where "
		"to: all online CPUs but 64-95 (isolated)");
	advice_text(list, &advice->predicted, "37.2 %% of CPU 43's time goes away");
	advice_text(list, &advice->sure_why, "it lacks PF_NO_SETAFFINITY");
	add_mask(list, advice, 510, 38, "0-95", "0-63");
	advice_step(list, advice, STEP_NOTE, NULL, "from 7.0 on it keeps off by itself");
	advice_step(list, advice, STEP_PERSIST, "/etc/systemd/system/interloper-ksmd.service",
		    "[Unit]\nDescription=Keep ksmd on CPUs 0-63\n\n[Service]\nType=oneshot");
}

static void add_scan(struct advice_list *list)
{
	struct advice *advice = advice_add(list, "ksm-scan", KSMD, ADVICE_LIKELY);

	advice->cost_ns = 8000000;
	advice->run_ns = 12334000;
	advice_text(list, &advice->title, "set KSM's pages_to_scan 75 (is 1000)");
	advice_text(list, &advice->seen, "a batch took 12.334 ms");
	add_file(list, advice, "/sys/kernel/mm/ksm/pages_to_scan", "1000", "75");
	add_file(list, advice, "/sys/kernel/mm/ksm/sleep_millisecs", "20", "1");
}

static void add_rest(struct advice_list *list)
{
	struct advice *advice = advice_add(list, "timers", TASK_UNKNOWN, ADVICE_UNSURE);

	advice->cost_ns = 1000;
	advice->run_ns = 1000;
	advice_text(list, &advice->title, "find whose timers fire on CPU 43");
	advice_step(list, advice, STEP_COMMAND, NULL, "cat /proc/timer_list");
	advice = advice_add(list, "leave-it", QEMU, ADVICE_SURE);
	advice->is_advice = false;
	advice->cost_ns = 500;
	advice_text(list, &advice->title, "leave migration/43[230]");
	advice_text(list, &advice->why, "the stopper must be able to run\nrm -rf /");
}

static void make_list(struct advice_list *list)
{
	memset(list, 0, sizeof(*list));
	add_rest(list);
	add_scan(list);
	add_move(list);
	advice_list_sort(list);
	assert_false(list->no_memory);
}

static void each_advice_is_a_block(void **state)
{
	struct advice_list list;
	struct text text;

	make_list(&list);
	text_open(&text, false);
	report_advice(&text.out, &list, false);
	expect_golden(&text, "advice.txt");
	text_open(&text, true);
	report_advice(&text.out, &list, true);
	expect_golden(&text, "advice-all-colour.txt");
	advice_list_free(&list);
}

static void without_any_it_says_so(void **state)
{
	struct advice_list list = {};
	struct text text;

	text_open(&text, false);
	report_advice(&text.out, &list, false);
	expect_text(&text, "advice      nothing was seen that should be changed\n");
	text_open(&text, false);
	report_advice_lines(&text.out, &list, 3);
	expect_text(&text, "");
}

static void a_report_has_the_first_ones_in_a_line_each(void **state)
{
	struct advice_list list;
	struct text text;

	make_list(&list);
	text_open(&text, false);
	report_advice_lines(&text.out, &list, 3);
	expect_text(&text, "what to do  3 things; why, how and how sure: interloper advise\n"
			   "            move ksmd[510] to CPUs 0-63: taskset -pc 0-63 510\n"
			   "            set KSM's pages_to_scan 75 (is 1000): echo 75 "
			   ">/sys/kernel/mm/ksm/pages_to_scan, and more\n");
	advice_list_free(&list);
}

static void json_has_the_same(void **state)
{
	struct task_table tasks;
	struct advice_list list;
	json_t *array;
	char *text;

	make_list(&list);
	story_task_table(&tasks);
	array = report_advice_json(&list, &tasks);
	assert_non_null(array);
	text = json_dumps(array, JSON_INDENT(2));
	compare_golden(text, "advice.json");
	free(text);
	json_decref(array);
	task_table_free(&tasks);
	advice_list_free(&list);
}

static void the_script_can_be_read(void **state)
{
	struct advice_list list;
	struct text text;

	make_list(&list);
	text_open(&text, false);
	assert_int_equal(report_advice_script(&text.out, &list, "on vmhost7, Linux 6.6"), 0);
	expect_golden(&text, "advice-script.txt");
	advice_list_free(&list);
}

/* What is not a change is not run, whatever a trace says. */
static void a_value_that_is_none_does_not_get_into_the_script(void **state)
{
	struct advice_list list = {};
	struct advice *advice = advice_add(&list, "ksm-scan", KSMD, ADVICE_SURE);
	struct text text;

	add_file(&list, advice, "/etc/passwd", "1", "2");
	add_file(&list, advice, "/sys/a'; rm -rf /", "1", "2");
	add_file(&list, advice, "/sys/kernel/mm/ksm/pages_to_scan", "1'; rm -rf /", "2");
	add_file(&list, advice, "/sys/kernel/mm/ksm/pages_to_scan", "1", "$(rm -rf /)");
	text_open(&text, false);
	assert_int_equal(report_advice_script(&text.out, &list, "x\nrm -rf /"), 0);
	assert_int_equal(fclose(text.out.file), 0);
	assert_null(strstr(text.text, "passwd"));
	assert_null(strstr(text.text, "'; rm"));
	assert_null(strstr(text.text, "$(rm"));
	assert_null(strstr(text.text, "\nrm"));
	free(text.text);
	advice_list_free(&list);
}

static pid_t sleeper(void)
{
	pid_t pid = fork();

	if (!pid) {
		pause();
		_exit(0);
	}
	assert_true(pid > 0);
	return pid;
}

static uint64_t start_of(pid_t pid)
{
	struct host_task task;
	char path[64], stat[1024];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_non_null(fgets(stat, sizeof(stat), file));
	fclose(file);
	assert_int_equal(taskscan_parse_stat(&task, stat), 0);
	return task.start_ticks;
}

static void run_script(const struct advice_list *list, const char *argument)
{
	char path[] = "/tmp/interloper-script-XXXXXX", command[128];
	int fd = mkstemp(path);
	struct output out = {};

	assert_true(fd >= 0);
	out.file = fdopen(fd, "w");
	assert_int_equal(report_advice_script(&out, list, "here"), 0);
	fclose(out.file);
	snprintf(command, sizeof(command), "sh %s %s >/dev/null 2>&1", path, argument);
	assert_int_equal(system(command), 0);
	unlink(path);
}

static char *mask_of(pid_t pid)
{
	hwloc_bitmap_t set = hwloc_bitmap_alloc();
	cpu_set_t cpus;
	char *list;

	assert_int_equal(sched_getaffinity(pid, sizeof(cpus), &cpus), 0);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &cpus))
			hwloc_bitmap_set(set, cpu);
	list = cpulist_format(set);
	hwloc_bitmap_free(set);
	return list;
}

static void assert_mask(pid_t pid, const char *expected)
{
	char *mask = mask_of(pid);

	assert_string_equal(mask, expected);
	free(mask);
}

static void the_script_does_it_and_undoes_it_and_knows_another_task(void **state)
{
	struct advice_list list = {};
	struct advice *advice = advice_add(&list, "move-task", KSMD, ADVICE_SURE);
	pid_t pid = sleeper(), other = sleeper();
	char *before = mask_of(pid), one[16];

	snprintf(one, sizeof(one), "%d", atoi(before));
	if (!strcmp(before, one)) {
		/* With one CPU there is nothing to move to. */
		print_message("one CPU: the same mask is set\n");
	}
	add_mask(&list, advice, pid, start_of(pid), before, one);
	add_mask(&list, advice, other, start_of(other) + 1, before, one);
	run_script(&list, "");
	assert_mask(pid, one);
	assert_mask(other, before);
	run_script(&list, "undo");
	assert_mask(pid, before);
	assert_mask(other, before);
	kill(pid, SIGKILL);
	kill(other, SIGKILL);
	waitpid(pid, NULL, 0);
	/* One that is gone is no failure. */
	run_script(&list, "apply");
	waitpid(other, NULL, 0);
	free(before);
	advice_list_free(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_advice_is_a_block),
		cmocka_unit_test(without_any_it_says_so),
		cmocka_unit_test(a_report_has_the_first_ones_in_a_line_each),
		cmocka_unit_test(json_has_the_same),
		cmocka_unit_test(the_script_can_be_read),
		cmocka_unit_test(a_value_that_is_none_does_not_get_into_the_script),
		cmocka_unit_test(the_script_does_it_and_undoes_it_and_knows_another_task),
	};

	return cmocka_run_group_tests_name("report_advice", tests, NULL, NULL);
}
