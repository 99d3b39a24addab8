// SPDX-License-Identifier: GPL-2.0-only
/* Interrupts, the workqueues' CPUs and watchdogs: read from literal trees, to JSON and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "host/cpulist.h"
#include "host/knobs.h"
#include "tree.h"

static char root[PATH_MAX];
static struct host_snapshot host;

static int set_up(void **state)
{
	tree_make(root);
	return 0;
}

static int tear_down(void **state)
{
	host_snapshot_free(&host);
	tree_remove(root);
	return 0;
}

static void put(const char *path, const char *text)
{
	tree_put(root, path, text);
}

static void assert_cpus(hwloc_const_bitmap_t set, const char *expected)
{
	char *list;

	assert_non_null(set);
	list = cpulist_format(set);
	assert_string_equal(list, expected);
	free(list);
}

static void put_machine(void)
{
	put("proc/irq/default_smp_affinity", "ff\n");
	put("proc/irq/120/smp_affinity_list", "0-3\n");
	put("proc/irq/120/effective_affinity_list", "2\n");
	put("sys/kernel/irq/120/actions", "eth0-rx-0,eth0-tx-0\n");
	put("proc/irq/9/smp_affinity_list", "0-63\n");
	put("sys/kernel/irq/9/actions", "acpi\n");
	put("proc/irq/10/smp_affinity_list", "0-63\n");
	put("sys/kernel/irq/10/actions", "\n");
	put("sys/devices/virtual/workqueue/cpumask", "ff,0000000f\n");
	put("proc/sys/kernel/watchdog", "1\n");
	put("proc/sys/kernel/nmi_watchdog", "0\n");
	put("proc/sys/kernel/watchdog_cpumask", "0-63\n");
}

static void interrupts_with_a_handler_are_read_by_number(void **state)
{
	put_machine();
	assert_int_equal(knobs_read(&host, root), 0);
	assert_true(host.irqs_known);
	assert_int_equal(host.irq_count, 2);
	assert_int_equal(host.irqs[0].number, 9);
	assert_null(host.irqs[0].effective);
	assert_int_equal(host.irqs[1].number, 120);
	assert_string_equal(host.irqs[1].actions, "eth0-rx-0,eth0-tx-0");
	assert_cpus(host.irqs[1].affinity, "0-3");
	assert_cpus(host.irqs[1].effective, "2");
	assert_ptr_equal(knobs_irq(&host, 120), &host.irqs[1]);
	assert_null(knobs_irq(&host, 10));
}

static void without_sysfs_folders_name_the_handlers(void **state)
{
	put("proc/irq/33/ahci/x", "");
	put("proc/irq/33/smp_affinity_list", "1\n");
	put("proc/irq/034/ahci/x", "");
	put("proc/irq/35/smp_affinity_list", "1\n");
	assert_int_equal(knobs_read(&host, root), 0);
	assert_int_equal(host.irq_count, 1);
	assert_string_equal(host.irqs[0].actions, "ahci");
}

static void masks_and_watchdogs_are_read(void **state)
{
	put_machine();
	assert_int_equal(knobs_read(&host, root), 0);
	assert_cpus(host.workqueue_cpus, "0-3,32-39");
	assert_int_equal(host.watchdog, 1);
	assert_int_equal(host.nmi_watchdog, 0);
	assert_cpus(host.watchdog_cpus, "0-63");
}

static void what_cannot_be_read_is_unknown(void **state)
{
	put("sys/devices/virtual/workqueue/cpumask", "xyz\n");
	put("proc/sys/kernel/watchdog", "maybe\n");
	put("proc/sys/kernel/watchdog_cpumask", "9-1\n");
	assert_int_equal(knobs_read(&host, root), 0);
	assert_false(host.irqs_known);
	assert_null(host.workqueue_cpus);
	assert_int_equal(host.watchdog, -1);
	assert_int_equal(host.nmi_watchdog, -1);
	assert_null(host.watchdog_cpus);
}

static void names_do_not_spoil_a_terminal(void **state)
{
	put("proc/irq/7/smp_affinity_list", "bad\n");
	put("sys/kernel/irq/7/actions", "a\033[2Jb\n");
	assert_int_equal(knobs_read(&host, root), 0);
	assert_string_equal(host.irqs[0].actions, "a?[2Jb");
	assert_null(host.irqs[0].affinity);
}

static void they_come_back_from_json(void **state)
{
	struct host_snapshot back;
	char *first, *second, why[200];

	put_machine();
	assert_int_equal(knobs_read(&host, root), 0);
	host.irqs[0].fixed = true;
	host.irqs_left_out = 7;
	first = host_snapshot_to_json(&host);
	assert_int_equal(host_snapshot_from_json(&back, first, why, sizeof(why)), 0);
	assert_int_equal(back.irq_count, 2);
	assert_true(back.irqs[0].fixed);
	assert_false(back.irqs[1].fixed);
	assert_int_equal(back.irqs_left_out, 7);
	assert_cpus(back.workqueue_cpus, "0-3,32-39");
	second = host_snapshot_to_json(&back);
	/* All but the sets that were never allocated here. */
	assert_string_equal(strstr(first, "\"workqueue_cpus"), strstr(second, "\"workqueue_cpus"));
	free(first);
	free(second);
	host_snapshot_free(&back);
}

static void an_older_trace_knows_none_of_them(void **state)
{
	char why[200];

	assert_int_equal(host_snapshot_from_json(&host, "{\"version\":1}", why, sizeof(why)), 0);
	assert_false(host.irqs_known);
	assert_int_equal(host.watchdog, -1);
	assert_int_equal(host.nmi_watchdog, -1);
	assert_null(host.workqueue_cpus);
	assert_null(host.watchdog_cpus);
}

static void damaged_json_is_refused(void **state)
{
	static const char *const bad[] = {
		"{\"version\":1,\"irqs\":{}}",
		"{\"version\":1,\"irqs\":[1]}",
		"{\"version\":1,\"irqs\":[{\"irq\":-1}]}",
		"{\"version\":1,\"irqs\":[{\"irq\":2},{\"irq\":2}]}",
		"{\"version\":1,\"irqs\":[{\"irq\":2,\"affinity\":\"9999999\"}]}",
		"{\"version\":1,\"irqs\":[{\"irq\":2,\"fixed\":1}]}",
		"{\"version\":1,\"irqs\":[{\"irq\":2,\"actions\":\"a\\u001bb\"}]}",
		"{\"version\":1,\"irqs\":[{\"irq\":2,\"actions\":\"\"}]}",
		"{\"version\":1,\"irqs\":[],\"irqs_left_out\":-1}",
		"{\"version\":1,\"watchdog\":\"on\"}",
		"{\"version\":1,\"workqueue_cpus\":5}",
	};
	char why[200];

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (host_snapshot_from_json(&host, bad[i], why, sizeof(why)) != -EINVAL)
			fail_msg("taken: %s", bad[i]);
}

static void masks_are_written_as_the_kernel_does(void **state)
{
	static const struct {
		const char *list;
		unsigned int cpus;
		const char *mask;
	} cases[] = {
		{ "0-3", 4, "f" },
		{ "", 0, "00000000" },
		{ "0-63", 96, "00000000,ffffffff,ffffffff" },
		{ "0,36", 40, "10,00000001" },
		{ "0,36", 34, "0,00000001" },
	};
	hwloc_bitmap_t set = hwloc_bitmap_alloc();

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *mask;

		assert_int_equal(cpulist_parse(set, cases[i].list), 0);
		mask = cpulist_format_mask(set, cases[i].cpus);
		assert_string_equal(mask, cases[i].mask);
		free(mask);
	}
	hwloc_bitmap_free(set);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(interrupts_with_a_handler_are_read_by_number),
		TEST(without_sysfs_folders_name_the_handlers),
		TEST(masks_and_watchdogs_are_read),
		TEST(what_cannot_be_read_is_unknown),
		TEST(names_do_not_spoil_a_terminal),
		TEST(they_come_back_from_json),
		TEST(an_older_trace_knows_none_of_them),
		TEST(damaged_json_is_refused),
		TEST(masks_are_written_as_the_kernel_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
