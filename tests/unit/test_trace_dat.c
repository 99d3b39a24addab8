// SPDX-License-Identifier: GPL-2.0-only
/* Scheduler events from a trace.dat of version 6, made here byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include "import/trace_dat.h"
#include "tree.h"

#define PAGE	    4096
#define MISSED	    (1u << 31)
#define MISSED_KEPT (1u << 30)

static char root[PATH_MAX], path[2 * PATH_MAX], why[RECORDING_WHY_MAX];
static struct trace_dat *trace;
static struct sched_event events[16];
static FILE *file;
static const char *uname;

static const char header_page[] = "\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n"
				  "\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;\n"
				  "\tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;\n"
				  "\tfield: char data;\toffset:16;\tsize:4080;\tsigned:0;\n";

#define COMMON                                                                                     \
	"format:\n"                                                                                \
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"                     \
	"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"                     \
	"\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"             \
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"

static const char switch_format[] = "name: sched_switch\nID: 372\n" COMMON
				    "\tfield:char prev_comm[16];\toffset:8;\tsize:16;\tsigned:0;\n"
				    "\tfield:pid_t prev_pid;\toffset:24;\tsize:4;\tsigned:1;\n"
				    "\tfield:int prev_prio;\toffset:28;\tsize:4;\tsigned:1;\n"
				    "\tfield:long prev_state;\toffset:32;\tsize:8;\tsigned:1;\n"
				    "\tfield:char next_comm[16];\toffset:40;\tsize:16;\tsigned:0;\n"
				    "\tfield:pid_t next_pid;\toffset:56;\tsize:4;\tsigned:1;\n"
				    "\tfield:int next_prio;\toffset:60;\tsize:4;\tsigned:1;\n\n"
				    "print fmt: \"prev_pid=%d\", REC->prev_pid\n";

static const char waking_format[] = "name: sched_waking\nID: 375\n" COMMON
				    "\tfield:char comm[16];\toffset:8;\tsize:16;\tsigned:0;\n"
				    "\tfield:pid_t pid;\toffset:24;\tsize:4;\tsigned:1;\n"
				    "\tfield:int prio;\toffset:28;\tsize:4;\tsigned:1;\n"
				    "\tfield:int target_cpu;\toffset:32;\tsize:4;\tsigned:1;\n\n"
				    "print fmt: \"pid=%d\", REC->pid\n";

struct switch_record {
	uint16_t type;
	uint8_t flags, preempt;
	int32_t current;
	char comm[16];
	int32_t tid, prio;
	int64_t state;
	char other_comm[16];
	int32_t other_tid, other_prio;
};

struct waking_record {
	uint16_t type;
	uint8_t flags, preempt;
	int32_t current;
	char comm[16];
	int32_t tid, prio, target_cpu;
};

static void put(const void *bytes, size_t size)
{
	assert_int_equal(fwrite(bytes, 1, size, file), size);
}

static void put_number(uint64_t number, size_t size)
{
	put(&number, size);
}

static void put_text(const char *text)
{
	put_number(strlen(text), 8);
	put(text, strlen(text));
}

static void put_option(uint16_t id, const char *text)
{
	put_number(id, 2);
	put_number(strlen(text) + 1, 4);
	put(text, strlen(text) + 1);
}

/* All before the CPUs' pages, which begin at the second page and have two CPUs. */
static void put_head(const char *clock, uint64_t told_size)
{
	put("\x17\x08\x44tracing6\0\0\x08", 14);
	put_number(PAGE, 4);
	put("header_page", 12);
	put_text(header_page);
	put("header_event", 13);
	put_text("unused");
	put_number(0, 4);
	put_number(1, 4);
	put("sched", 6);
	put_number(2, 4);
	put_text(switch_format);
	put_text(waking_format);
	put_number(0, 4);
	put_number(0, 4);
	put_number(0, 8);
	put_number(2, 4);
	put("options  ", 10);
	put_option(4, clock);
	put_option(5, uname);
	put_number(0, 2);
	put("flyrecord", 10);
	for (uint64_t cpu = 0; cpu < 2; cpu++) {
		put_number((cpu + 1) * PAGE, 8);
		put_number(told_size, 8);
	}
	assert_true(ftell(file) < PAGE);
}

static unsigned char page[PAGE];
static size_t page_used;

static void start_page(uint64_t time_ns)
{
	memset(page, 0, sizeof(page));
	memcpy(page, &time_ns, 8);
	page_used = 16;
}

static void add(uint32_t delta_ns, const void *record, size_t size)
{
	uint32_t head = (uint32_t)(size + 3) / 4 | delta_ns << 5;

	memcpy(page + page_used, &head, 4);
	memcpy(page + page_used + 4, record, size);
	page_used += 4 + (size + 3) / 4 * 4;
}

static void end_page(int cpu, uint32_t missed, uint64_t missed_count)
{
	uint64_t commit = (page_used - 16) | missed;

	memcpy(page + 8, &commit, 8);
	memcpy(page + page_used, &missed_count, 8);
	fseek(file, (cpu + 1) * PAGE, SEEK_SET);
	put(page, sizeof(page));
}

static void put_pages(void)
{
	struct switch_record change = { .type = 372,
					.current = 7,
					.comm = "a b",
					.tid = 7,
					.prio = 120,
					.state = 0x100,
					.other_comm = "ksmd",
					.other_tid = 510,
					.other_prio = 125 };
	struct waking_record waking = { .type = 375,
					.flags = 0x11,
					.current = 0,
					.comm = "a b",
					.tid = 7,
					.prio = 120,
					.target_cpu = 1 };
	uint16_t other[4] = { 999 };

	start_page(1000);
	add(0, &change, sizeof(change));
	add(10, other, sizeof(other));
	change.state = 2;
	add(20, &change, sizeof(change));
	end_page(0, 0, 0);
	start_page(1005);
	add(0, &waking, sizeof(waking));
	waking.target_cpu = 70000;
	add(50, &waking, sizeof(waking));
	end_page(1, MISSED | MISSED_KEPT, 12);
}

static int open_file(void)
{
	fclose(file);
	file = NULL;
	return trace_dat_open(&trace, path, why);
}

static int set_up(void **state)
{
	uname = "Linux web-7 5.10.0 aarch64";
	tree_make(root);
	snprintf(path, sizeof(path), "%s/trace.dat", root);
	file = fopen(path, "w");
	assert_non_null(file);
	return 0;
}

static int tear_down(void **state)
{
	trace_dat_close(trace);
	trace = NULL;
	if (file)
		fclose(file);
	file = NULL;
	tree_remove(root);
	return 0;
}

static void events_of_all_cpus_come_in_the_order_of_time(void **state)
{
	put_head("local [mono] global", PAGE);
	put_pages();
	assert_int_equal(open_file(), 0);
	assert_int_equal(trace_dat_next(trace, events, 16), 5);
	assert_int_equal(events[0].type, SCHED_SWITCH);
	assert_int_equal(events[0].time_ns, 1000);
	assert_int_equal(events[0].cpu, 0);
	assert_int_equal(events[0].current_tid, 7);
	assert_int_equal(events[0].tid, 7);
	assert_string_equal(events[0].comm, "a b");
	assert_int_equal(events[0].state, 0);
	assert_true(events[0].preempt);
	assert_string_equal(events[0].other_comm, "ksmd");
	assert_int_equal(events[0].other_tid, 510);
	assert_int_equal(events[0].other_prio, 125);
	/* The page says that the kernel dropped 12 before its first. */
	assert_int_equal(events[1].type, SCHED_LOST);
	assert_int_equal(events[1].cpu, 1);
	assert_int_equal(events[1].lost, 12);
	assert_int_equal(events[1].time_ns, 1005);
	assert_int_equal(events[2].type, SCHED_WAKING);
	assert_int_equal(events[2].current_tid, 0);
	assert_int_equal(events[2].orig_cpu, 1);
	assert_int_equal(events[2].context, WAKER_SOFTIRQ);
	assert_int_equal(events[3].time_ns, 1030);
	assert_int_equal(events[3].state, 2);
	assert_false(events[3].preempt);
	/* CPU 70000: damaged, as good as lost. */
	assert_int_equal(events[4].type, SCHED_LOST);
	assert_int_equal(events[4].lost, 1);
	assert_int_equal(events[4].lost_since_ns, 1005);
	assert_int_equal(trace_dat_next(trace, events, 16), 0);
}

static void the_head_tells_machine_and_clock(void **state)
{
	const struct recording_facts *facts;

	put_head("local [mono] global", PAGE);
	put_pages();
	assert_int_equal(open_file(), 0);
	facts = trace_dat_facts(trace);
	assert_string_equal(facts->hostname, "web-7");
	assert_string_equal(facts->kernel_release, "5.10.0");
	assert_string_equal(facts->machine, "aarch64");
	assert_string_equal(facts->clock, "monotonic");
	assert_int_equal(facts->cpu_count, 2);
}

/* Which set it also where soft interrupts were only held off. */
static void an_old_kernels_soft_flag_tells_nothing(void **state)
{
	uname = "Linux web-7 4.9.0-13-amd64 x86_64";
	put_head("local [mono] global", PAGE);
	put_pages();
	assert_int_equal(open_file(), 0);
	assert_int_equal(trace_dat_next(trace, events, 16), 5);
	assert_int_equal(events[2].type, SCHED_WAKING);
	assert_int_equal(events[2].context, WAKER_UNKNOWN);
}

static void clocks_that_count_no_time_are_refused(void **state)
{
	put_head("local [counter]", PAGE);
	put_pages();
	assert_int_equal(open_file(), -ENOTSUP);
	assert_non_null(strstr(why, "counter"));
	assert_null(trace);
}

static void what_is_no_whole_trace_dat_is_refused(void **state)
{
	put_head("[local]", 100 * PAGE);
	put_pages();
	assert_int_equal(open_file(), -EINVAL);
	assert_null(strchr(why, '\n'));
	file = fopen(path, "w");
	put("\x17\x08\x44tracing6\0\1\x08", 14);
	assert_int_equal(open_file(), -ENOTSUP);
	file = fopen(path, "w");
	put("\x17\x08\x44tracing6", 11);
	assert_int_equal(open_file(), -EINVAL);
	file = fopen(path, "w");
	put("PERFILE2", 8);
	assert_int_equal(open_file(), -EINVAL);
	unlink(path);
	assert_int_equal(trace_dat_open(&trace, path, why), -ENOENT);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(events_of_all_cpus_come_in_the_order_of_time),
		TEST(the_head_tells_machine_and_clock),
		TEST(an_old_kernels_soft_flag_tells_nothing),
		TEST(clocks_that_count_no_time_are_refused),
		TEST(what_is_no_whole_trace_dat_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
