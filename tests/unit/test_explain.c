// SPDX-License-Identifier: GPL-2.0-only
/* What "explain" finds out and how it looks, on the founding machine and others by hand. */
#include "unit/printing.h"

#include "analysis/explain.h"
#include "host/taskflags.h"
#include "output/report_explain.h"
#include "unit/hosts.h"

#define KTHREAD (TASK_KTHREAD | 0x40)

static struct host_snapshot host;
static struct isolation isolation;
static struct explanation explanation;

static int tear_down(void **state)
{
	explain_free(&explanation);
	isolation_free(&isolation);
	host_snapshot_free(&host);
	return 0;
}

static void explain_it(uint32_t cpu, const struct host_task *task, const struct task_cpuset *cpuset)
{
	explain_free(&explanation);
	isolation_free(&isolation);
	assert_int_equal(isolation_from_snapshot(&isolation, &host), 0);
	assert_int_equal(explain(&explanation, &host, &isolation, cpu, task, cpuset), 0);
}

static void put_ksm(const char *name, const char *value)
{
	host.ksm_files =
		realloc(host.ksm_files, (host.ksm_file_count + 1) * sizeof(*host.ksm_files));
	host.ksm_files[host.ksm_file_count++] = (struct host_file){ strdup(name), strdup(value) };
}

/* 96 CPUs in two packages of two nodes, 64-95 isolated at boot; KSM on, ksmd on CPU 70. */
static void founding(void)
{
	static const uint32_t distances[] = { 10, 12, 20, 22, 12, 10, 22, 24,
					      20, 22, 10, 12, 22, 24, 12, 10 };
	static const char flags[] = "SD_BALANCE_NEWIDLE SD_BALANCE_EXEC SD_BALANCE_FORK "
				    "SD_WAKE_AFFINE SD_SHARE_PKG_RESOURCES SD_PREFER_SIBLING";

	machine_make(&host, "package:2 numa:2 l3:1 core:24 pu:1", "64-95");
	host.distances = malloc(sizeof(distances));
	memcpy(host.distances, distances, sizeof(distances));
	host.hostname = strdup("vmhost7");
	host.kernel_release = strdup("5.10.0-136.aarch64");
	host.machine = strdup("aarch64");
	host.cmdline = strdup("isolcpus=domain,managed_irq,64-95 nohz_full=64-95");
	hwloc_bitmap_set_range(host.nohz_full, 64, 95);
	assert_int_equal(domains_read(&host, "/no/such/root"), 0);
	for (uint32_t i = 0; i < host.domains.count; i++)
		if (host.domains.list[i].level == 0)
			host.domains.list[i].flags = strdup(flags);
	host.domains.flags = DOMAINS_SYSCTL;
	put_ksm("advisor_mode", "none [scan-time]");
	put_ksm("pages_to_scan", "5000");
	put_ksm("run", "1");
	put_ksm("sleep_millisecs", "20");
	machine_task(&host, 1, "systemd", 0x100, "0-63", 1);
	machine_task(&host, 2, "kthreadd", KTHREAD, "0-95", 5);
	machine_task(&host, 430, "migration/70", KTHREAD | TASK_NO_SETAFFINITY, "70", 70);
	machine_task(&host, 510, "ksmd", KTHREAD, "0-95", 70)->nice = 5;
	machine_task(&host, 20177, "CPU 0/KVM", 0, "70", 70);
	machine_task(&host, 20300, "ksmtuned", 0, "0-95", 70);
}

static void compare(const char *golden)
{
	struct text text;

	text_open(&text, false);
	assert_int_equal(report_explain(&text.out, &explanation), 0);
	expect_golden(&text, golden);
}

static void the_founding_case_is_answered(void **state)
{
	founding();
	explain_it(70, explain_find_tid(&host, 510), NULL);
	assert_true(explanation.is_ksmd);
	assert_int_equal(explanation.origin, MASK_KTHREADD);
	assert_int_equal(explanation.numa, NUMA_GLUELESS_MESH);
	compare("explain-founding.txt");
}

static void a_cpu_in_domains_shows_them(void **state)
{
	founding();
	explain_it(43, explain_find_tid(&host, 510), NULL);
	compare("explain-domains.txt");
}

static void a_cpu_alone_shows_who_was_there(void **state)
{
	founding();
	explain_it(70, NULL, NULL);
	assert_int_equal(explanation.movable_count, 2);
	assert_int_equal(explanation.bound_count, 2);
	assert_string_equal(explanation.movable[0]->comm, "ksmd");
	compare("explain-cpu.txt");
}

static void json_has_the_same_facts(void **state)
{
	char *dump, *line;
	json_t *json;

	founding();
	explain_it(70, explain_find_tid(&host, 510), NULL);
	json = report_explain_json(&explanation);
	assert_non_null(json);
	dump = json_dumps(json, JSON_INDENT(2));
	assert_true(asprintf(&line, "%s\n", dump) > 0);
	compare_golden(line, "explain.json");
	free(line);
	free(dump);
	json_decref(json);
}

static void names_are_matched_as_everywhere(void **state)
{
	uint32_t others;

	founding();
	assert_int_equal(explain_find_name(&host, "ksmd", &others)->tid, 510);
	assert_int_equal(others, 0);
	assert_int_equal(explain_find_name(&host, "ksm*", &others)->tid, 510);
	assert_int_equal(others, 1);
	assert_int_equal(explain_find_name(&host, "*", &others)->tid, 1);
	assert_int_equal(others, 5);
	assert_null(explain_find_name(&host, "ksm", &others));
	assert_null(explain_find_name(&host, "", &others));
	assert_null(explain_find_tid(&host, 511));
}

static void expect_origin(uint64_t flags, uint32_t ppid, const char *allowed,
			  const struct task_cpuset *cpuset, enum mask_origin expected)
{
	struct host_task *task = machine_task(&host, 30000, "task", flags, allowed, 1);

	task->ppid = ppid;
	explain_it(43, task, cpuset);
	assert_int_equal(explanation.origin, expected);
	hwloc_bitmap_free(task->allowed);
	host.task_count--;
}

static void a_mask_tells_where_it_comes_from(void **state)
{
	struct task_cpuset cpuset = { (char *)"/vms", machine_set("8-15") };

	founding();
	expect_origin(KTHREAD, 2, "0-95", NULL, MASK_KTHREADD);
	expect_origin(KTHREAD, 2, "24-47", NULL, MASK_NODE);
	expect_origin(KTHREAD, 2, "24-46", NULL, MASK_SET);
	expect_origin(KTHREAD | TASK_NO_SETAFFINITY, 2, "0-95", NULL, MASK_BOUND);
	expect_origin(0, 1, "0-95", NULL, MASK_ALL);
	expect_origin(0, 1, "0-63", NULL, MASK_PARENT);
	expect_origin(0, 1, "8-15", &cpuset, MASK_CPUSET);
	expect_origin(0, 1, "8-15", NULL, MASK_SET);
	expect_origin(0, 1, "24-47", NULL, MASK_SET);
	expect_origin(0, 1, NULL, NULL, MASK_UNKNOWN);
	hwloc_bitmap_free(cpuset.cpus);
}

/* init 0-63 before; the partition 40-43 made it all CPUs but these. */
static void an_isolcpus_that_a_partition_made_forgotten_is_found(void **state)
{
	const struct finding *finding;

	founding();
	explain_it(70, NULL, NULL);
	assert_null(findings_get(&explanation.findings, "isolcpus= forgotten"));
	machine_partition(&host, "40-43,64-95");
	host.partition_names = strdup("/vms (40-43)");
	explain_it(70, NULL, NULL);
	assert_null(findings_get(&explanation.findings, "isolcpus= forgotten"));
	assert_int_equal(cpulist_parse(host.tasks[0].allowed, "0-39,44-95"), 0);
	explain_it(70, NULL, NULL);
	finding = findings_get(&explanation.findings, "isolcpus= forgotten");
	assert_non_null(finding);
	assert_true(finding_is_problem(finding));
	/* Somebody set it so: no partition's doing. */
	assert_int_equal(cpulist_parse(host.tasks[0].allowed, "0-95"), 0);
	explain_it(70, NULL, NULL);
	assert_null(findings_get(&explanation.findings, "isolcpus= forgotten"));
}

/* Of derived domains it would say nothing: they follow from the same files. */
static void domains_that_contradict_the_other_files_are_found(void **state)
{
	founding();
	host.domains.source = DOMAINS_SCHEDSTAT;
	explain_it(70, NULL, NULL);
	assert_null(findings_get(&explanation.findings, "domains"));
	hwloc_bitmap_clr(host.isolated, 70);
	explain_it(70, NULL, NULL);
	assert_non_null(findings_get(&explanation.findings, "domains"));
	explain_it(43, NULL, NULL);
	assert_null(findings_get(&explanation.findings, "domains"));
	hwloc_bitmap_set(host.isolated, 43);
	explain_it(43, NULL, NULL);
	assert_non_null(findings_get(&explanation.findings, "domains"));
	host.domains.source = DOMAINS_DERIVED;
	explain_it(43, NULL, NULL);
	assert_null(findings_get(&explanation.findings, "domains"));
}

/* A program may be named ksmd; its mask and KSM have nothing to do with each other. */
static void a_program_named_ksmd_is_not_ksmd(void **state)
{
	founding();
	host.tasks[3].flags = 0;
	explain_it(70, explain_find_tid(&host, 510), NULL);
	assert_false(explanation.is_ksmd);
}

#define EXPLAIN_TEST(test) cmocka_unit_test_teardown(test, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EXPLAIN_TEST(the_founding_case_is_answered),
		EXPLAIN_TEST(a_cpu_in_domains_shows_them),
		EXPLAIN_TEST(a_cpu_alone_shows_who_was_there),
		EXPLAIN_TEST(json_has_the_same_facts),
		EXPLAIN_TEST(names_are_matched_as_everywhere),
		EXPLAIN_TEST(a_mask_tells_where_it_comes_from),
		EXPLAIN_TEST(an_isolcpus_that_a_partition_made_forgotten_is_found),
		EXPLAIN_TEST(domains_that_contradict_the_other_files_are_found),
		EXPLAIN_TEST(a_program_named_ksmd_is_not_ksmd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
