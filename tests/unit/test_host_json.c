// SPDX-License-Identifier: GPL-2.0-only
/* The host snapshot's JSON: what goes out comes back, and what cannot be held is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "host/domains.h"
#include "host/snapshot.h"

static void assert_reads_back(const struct host_snapshot *host)
{
	struct host_snapshot back;
	char why[200] = "";
	char *first, *second;

	first = host_snapshot_to_json(host);
	assert_non_null(first);
	if (host_snapshot_from_json(&back, first, why, sizeof(why)))
		fail_msg("not read back: %s", why);
	second = host_snapshot_to_json(&back);
	assert_non_null(second);
	assert_string_equal(first, second);
	free(first);
	free(second);
	host_snapshot_free(&back);
}

static void this_machine_reads_back(void **state)
{
	struct host_snapshot host;

	(void)state;
	assert_int_equal(host_snapshot_take(&host, ""), 0);
	assert_reads_back(&host);
	host_snapshot_free(&host);
}

static void a_missing_fact_is_absent(void **state)
{
	struct host_snapshot host, nothing = { 0 };
	char *json = host_snapshot_to_json(&nothing);
	char why[200];

	(void)state;
	assert_non_null(json);
	assert_null(strstr(json, "hostname"));
	assert_null(strstr(json, "isolated"));
	assert_null(strstr(json, "distances"));
	assert_int_equal(host_snapshot_from_json(&host, json, why, sizeof(why)), 0);
	assert_null(host.hostname);
	assert_true(hwloc_bitmap_iszero(host.isolated));
	assert_null(host.distances);
	assert_int_equal(host.cpu_count, 0);
	assert_reads_back(&host);
	free(json);
	host_snapshot_free(&host);
}

/* A small machine by hand: keys in no order, a key from the future, all facts present. */
static const char small[] =
	"{\"future\":{\"x\":[1]},\"node_count\":2,\"tasks\":[{\"tid\":1,\"comm\":\"init\"},"
	"{\"tid\":510,\"pid\":510,\"ppid\":2,\"comm\":\"ksmd\",\"flags\":2097216,"
	"\"start_ticks\":9007199254740993,\"policy\":0,\"nice\":5,\"rt_priority\":0,"
	"\"last_cpu\":1,\"allowed\":\"0-1\"}],"
	"\"cpus\":[{\"package\":0,\"core\":0,\"llc\":0,\"node\":0,\"siblings\":\"0-1\"},{}],"
	"\"distances\":[[10,20],[20,10]],\"ksm\":{\"run\":\"1\",\"sleep_millisecs\":\"20\"},"
	"\"possible\":\"0-1\",\"present\":\"0-1\",\"online\":\"0\",\"isolated\":\"1\","
	"\"nohz_full\":\"\",\"hostname\":\"h\",\"kernel_release\":\"r\","
	"\"kernel_version\":\"v\",\"machine\":\"m\",\"cmdline\":\"c\",\"version\":1}";

static void a_file_by_hand_is_understood(void **state)
{
	struct host_snapshot host;
	char why[200];

	(void)state;
	assert_int_equal(host_snapshot_from_json(&host, small, why, sizeof(why)), 0);
	assert_string_equal(host.hostname, "h");
	assert_string_equal(host.kernel_release, "r");
	assert_string_equal(host.kernel_version, "v");
	assert_string_equal(host.machine, "m");
	assert_string_equal(host.cmdline, "c");
	assert_int_equal(hwloc_bitmap_weight(host.possible), 2);
	assert_int_equal(hwloc_bitmap_first(host.isolated), 1);
	assert_true(hwloc_bitmap_iszero(host.nohz_full));
	assert_int_equal(host.cpu_count, 2);
	assert_int_equal(host.cpus[0].llc, 0);
	assert_int_equal(hwloc_bitmap_weight(host.cpus[0].siblings), 2);
	assert_int_equal(host.cpus[1].llc, -1);
	assert_int_equal(host.cpus[1].package, -1);
	assert_int_equal(host.distances[1], 20);
	assert_int_equal(host.distances[3], 10);
	assert_int_equal(host.ksm_file_count, 2);
	assert_string_equal(host.ksm_files[1].name, "sleep_millisecs");
	assert_string_equal(host.ksm_files[1].value, "20");
	assert_int_equal(host.task_count, 2);
	assert_null(host.tasks[0].allowed);
	assert_string_equal(host.tasks[1].comm, "ksmd");
	assert_int_equal(host.tasks[1].flags, 0x200040);
	/* Beyond 2^53: a reader that goes through doubles would lose the last digit. */
	assert_true(host.tasks[1].start_ticks == 9007199254740993ULL);
	assert_int_equal(host.tasks[1].nice, 5);
	assert_int_equal(host.tasks[1].last_cpu, 1);
	assert_int_equal(hwloc_bitmap_weight(host.tasks[1].allowed), 2);
	assert_reads_back(&host);
	host_snapshot_free(&host);
}

static const char explained[] =
	"{\"version\":1,\"boot_isolated\":\"3\",\"partitions\":\"2\",\"cpusets\":\"v2\","
	"\"partition_names\":\"/vms (2)\",\"page_size\":65536,\"numa_balancing\":1,\"domains\":{"
	"\"source\":\"schedstat\",\"spans\":\"schedstat\",\"flags\":\"debugfs\",\"told\":\"0-3\","
	"\"list\":[{\"level\":0,\"name\":\"MC\",\"flags\":\"SD_BALANCE_NEWIDLE\",\"span\":\"0-1\"},"
	"{\"level\":1,\"name\":\"NUMA\",\"span\":\"0-1,4-5\",\"cpus\":\"0\"}]}}";

static void domains_and_partitions_are_understood(void **state)
{
	const struct host_domains *domains;
	struct host_snapshot host;
	char why[200];

	(void)state;
	assert_int_equal(host_snapshot_from_json(&host, explained, why, sizeof(why)), 0);
	domains = &host.domains;
	assert_int_equal(hwloc_bitmap_first(host.boot_isolated), 3);
	assert_int_equal(hwloc_bitmap_first(host.partitions), 2);
	assert_string_equal(host.partition_names, "/vms (2)");
	assert_null(host.broken_partition);
	assert_int_equal(host.cpusets, CPUSETS_V2);
	assert_int_equal(host.numa_balancing, 1);
	assert_int_equal(host.page_size, 65536);
	assert_int_equal(domains->source, DOMAINS_SCHEDSTAT);
	assert_int_equal(domains->flags, DOMAINS_DEBUGFS);
	assert_int_equal(domains->count, 2);
	assert_string_equal(domains->list[0].flags, "SD_BALANCE_NEWIDLE");
	/* All of its span's, where nothing else is said. */
	assert_true(hwloc_bitmap_isset(domains->list[0].cpus, 1));
	assert_false(hwloc_bitmap_isset(domains->list[1].cpus, 1));
	assert_true(hwloc_bitmap_isset(domains->list[1].span, 5));
	assert_int_equal(domains_membership(domains, 3), MEMBERSHIP_NONE);
	assert_reads_back(&host);
	host_snapshot_free(&host);
}

/* A trace from before these keys: that is not the same as no isolated CPU. */
static void an_old_snapshot_knows_no_domains(void **state)
{
	struct host_snapshot host;
	char why[200];

	(void)state;
	assert_int_equal(host_snapshot_from_json(&host, small, why, sizeof(why)), 0);
	assert_null(host.boot_isolated);
	assert_int_equal(host.cpusets, CPUSETS_UNKNOWN);
	assert_int_equal(host.numa_balancing, -1);
	assert_int_equal(host.page_size, 0);
	assert_int_equal(host.domains.source, DOMAINS_UNKNOWN);
	assert_int_equal(domains_membership(&host.domains, 0), MEMBERSHIP_UNKNOWN);
	host_snapshot_free(&host);
}

static void names_that_are_no_utf8_become_question_marks(void **state)
{
	struct host_task task = { .tid = 1, .pid = 1, .comm = "\xff\xfe ok" };
	struct host_task umlaut = { .tid = 1, .pid = 1, .comm = "\xc3\xbc" };
	struct host_snapshot host = { .task_count = 1, .tasks = &task };
	char *json = host_snapshot_to_json(&host);

	(void)state;
	assert_non_null(json);
	assert_non_null(strstr(json, "\"?? ok\""));
	free(json);
	host.tasks = &umlaut;
	json = host_snapshot_to_json(&host);
	assert_non_null(strstr(json, "\"\xc3\xbc\""));
	free(json);
}

static void control_characters_survive(void **state)
{
	struct host_task task = { .tid = 1, .pid = 1, .comm = "a\n\"\\\x01" };
	struct host_snapshot back, host = { .task_count = 1, .tasks = &task };
	char *json = host_snapshot_to_json(&host);
	char why[200];

	(void)state;
	assert_non_null(json);
	assert_null(strchr(json, '\n'));
	assert_int_equal(host_snapshot_from_json(&back, json, why, sizeof(why)), 0);
	assert_string_equal(back.tasks[0].comm, task.comm);
	free(json);
	host_snapshot_free(&back);
}

static void refused_input_says_why_in_one_line(void **state)
{
	static const char *const texts[] = {
		"",
		"{",
		"[]",
		"1",
		"{}",
		"{\"version\":2}",
		"{\"version\":\"1\"}",
		"{\"version\":1,\"version\":1}",
		"{\"version\":1,\"hostname\":1}",
		"{\"version\":1,\"online\":\"1-0\"}",
		"{\"version\":1,\"online\":[0]}",
		"{\"version\":1,\"online\":\"8192\"}",
		"{\"version\":1,\"node_count\":-1}",
		"{\"version\":1,\"node_count\":1025}",
		"{\"version\":1,\"node_count\":1.5}",
		"{\"version\":1,\"cpus\":{}}",
		"{\"version\":1,\"cpus\":[1]}",
		"{\"version\":1,\"cpus\":[{\"package\":-1}]}",
		"{\"version\":1,\"cpus\":[{\"node\":0}]}",
		"{\"version\":1,\"cpus\":[{\"siblings\":\"1\"}]}",
		"{\"version\":1,\"node_count\":2,\"distances\":[[10,20]]}",
		"{\"version\":1,\"node_count\":2,\"distances\":[[10,20],[20]]}",
		"{\"version\":1,\"node_count\":1,\"distances\":[[-1]]}",
		"{\"version\":1,\"node_count\":1,\"distances\":[[4294967296]]}",
		"{\"version\":1,\"distances\":[[10]]}",
		"{\"version\":1,\"numa_balancing\":-1}",
		"{\"version\":1,\"page_size\":4095}",
		"{\"version\":1,\"boot_isolated\":\"x\"}",
		"{\"version\":1,\"domains\":[]}",
		"{\"version\":1,\"domains\":{\"list\":[1]}}",
		"{\"version\":1,\"domains\":{\"source\":1}}",
		"{\"version\":1,\"domains\":{\"list\":[{\"level\":-1}]}}",
		"{\"version\":1,\"domains\":{\"list\":[{\"span\":\"8192\"}]}}",
		"{\"version\":1,\"ksm\":[]}",
		"{\"version\":1,\"ksm\":{\"run\":1}}",
		"{\"version\":1,\"tasks\":[{\"tid\":1}]}",
		"{\"version\":1,\"tasks\":[{\"tid\":-1,\"comm\":\"\"}]}",
		"{\"version\":1,\"tasks\":[{\"tid\":4294967296,\"comm\":\"\"}]}",
		"{\"version\":1,\"tasks\":[{\"tid\":1,\"comm\":\"1234567890123456\"}]}",
		"{\"version\":1,\"tasks\":[{\"tid\":2,\"comm\":\"\"},{\"tid\":1,\"comm\":\"\"}]}",
		"{\"version\":1,\"tasks\":[{\"tid\":1,\"comm\":\"\",\"allowed\":\"x\"}]}",
		"{\"version\":1,\"tasks\":[{\"tid\":1,\"comm\":\"\",\"flags\":-1}]}",
	};
	struct host_snapshot host;
	char why[200];

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		why[0] = '\0';
		if (host_snapshot_from_json(&host, texts[i], why, sizeof(why)) != -EINVAL)
			fail_msg("not refused: %s", texts[i]);
		if (!*why || strchr(why, '\n'))
			fail_msg("%s: no one line of why: \"%s\"", texts[i], why);
		assert_null(host.cpus);
	}
}

static void too_many_cpus_are_refused(void **state)
{
	size_t size = 8193 * 3 + 64;
	struct host_snapshot host;
	char *json = malloc(size);
	char why[200];
	size_t length;

	(void)state;
	assert_non_null(json);
	length = (size_t)snprintf(json, size, "{\"version\":1,\"cpus\":[{}");
	for (int cpu = 1; cpu <= 8192; cpu++)
		length += (size_t)snprintf(json + length, size - length, ",{}");
	snprintf(json + length, size - length, "]}");
	assert_int_equal(host_snapshot_from_json(&host, json, why, sizeof(why)), -EINVAL);
	free(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(this_machine_reads_back),
		cmocka_unit_test(a_missing_fact_is_absent),
		cmocka_unit_test(a_file_by_hand_is_understood),
		cmocka_unit_test(domains_and_partitions_are_understood),
		cmocka_unit_test(an_old_snapshot_knows_no_domains),
		cmocka_unit_test(names_that_are_no_utf8_become_question_marks),
		cmocka_unit_test(control_characters_survive),
		cmocka_unit_test(refused_input_says_why_in_one_line),
		cmocka_unit_test(too_many_cpus_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
