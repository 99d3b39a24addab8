// SPDX-License-Identifier: GPL-2.0-only
/* Capabilities, lockdown, locked memory: parsed from literal text, read from literal trees. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "host/privilege.h"
#include "tree.h"

static char root[PATH_MAX];
static struct privilege privilege;

static int set_up(void **state)
{
	tree_make(root);
	return 0;
}

static int tear_down(void **state)
{
	tree_remove(root);
	return 0;
}

static void put_process(const char *effective)
{
	char status[128];

	snprintf(status, sizeof(status), "Name:\tx\nCapPrm:\t%s\nCapEff:\t%s\nCapBnd:\t0\n",
		 effective, effective);
	tree_put(root, "proc/self/status", status);
	tree_put(root, "proc/self/uid_map", "         0          0 4294967295\n");
}

static void the_effective_mask_is_read(void **state)
{
	uint64_t mask = 0;

	assert_true(privilege_parse_effective("Name:\tx\nCapInh:\t0000000000000000\n"
					      "CapPrm:\tffffffffffffffff\n"
					      "CapEff:\t000000c000000000\n",
					      &mask));
	assert_int_equal(mask, 0xc000000000);
	assert_false(privilege_parse_effective("CapPrm:\t000001ffffffffff\n", &mask));
	assert_false(privilege_parse_effective("CapEff:\t\n", &mask));
	assert_false(privilege_parse_effective("CapEff:\t12x4\n", &mask));
	assert_false(privilege_parse_effective("", &mask));
}

static void the_level_in_brackets_is_the_lockdown(void **state)
{
	assert_int_equal(privilege_parse_lockdown("[none] integrity confidentiality"),
			 LOCKDOWN_NONE);
	assert_int_equal(privilege_parse_lockdown("none [integrity] confidentiality"),
			 LOCKDOWN_INTEGRITY);
	assert_int_equal(privilege_parse_lockdown("none integrity [confidentiality]"),
			 LOCKDOWN_CONFIDENTIALITY);
	assert_int_equal(privilege_parse_lockdown("none integrity"), LOCKDOWN_UNKNOWN);
	assert_int_equal(privilege_parse_lockdown(""), LOCKDOWN_UNKNOWN);
}

static void the_limit_of_locked_memory_is_in_bytes(void **state)
{
	static const char limits[] =
		"Limit                     Soft Limit           Hard Limit           Units     \n"
		"Max processes             7951                 7951                 processes \n"
		"Max locked memory         65536                unlimited            bytes     \n";
	uint64_t soft, hard;

	assert_true(privilege_parse_locked(limits, &soft, &hard));
	assert_int_equal(soft, 65536);
	assert_int_equal(hard, LOCKED_UNLIMITED);
	assert_false(privilege_parse_locked("Max processes 1 1\n", &soft, &hard));
	assert_false(privilege_parse_locked("Max locked memory   x y\n", &soft, &hard));
}

static bool may_trace(const char *effective)
{
	put_process(effective);
	privilege_read(&privilege, root);
	return privilege_may_trace(&privilege);
}

static void tracing_takes_bpf_and_perfmon_or_sys_admin(void **state)
{
	assert_true(may_trace("000000c000000000"));
	assert_true(may_trace("0000000000200000"));
	assert_true(may_trace("000001ffffffffff"));
	assert_false(may_trace("0000008000000000"));
	assert_false(may_trace("0000004000000000"));
	assert_false(may_trace("0000000000000000"));
}

static void capabilities_of_a_user_namespace_do_not_count(void **state)
{
	assert_true(may_trace("000001ffffffffff"));
	tree_put(root, "proc/self/uid_map", "         0       1000          1\n");
	privilege_read(&privilege, root);
	assert_true(privilege.user_namespace);
	assert_false(privilege_may_trace(&privilege));
}

static void an_empty_tree_is_not_known(void **state)
{
	privilege_read(&privilege, root);
	assert_false(privilege.capabilities_known);
	assert_false(privilege.locked_known);
	assert_false(privilege.sysctls_known);
	assert_int_equal(privilege.unprivileged_bpf, -1);
	assert_int_equal(privilege.last_capability, -1);
	assert_int_equal(privilege.lockdown, LOCKDOWN_UNMOUNTED);
	assert_false(privilege_may_trace(&privilege));
}

static void securityfs_without_lockdown_is_none(void **state)
{
	tree_put(root, "sys/kernel/security/lsm", "capability,yama");
	privilege_read(&privilege, root);
	assert_int_equal(privilege.lockdown, LOCKDOWN_NONE);
	tree_put(root, "sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
	privilege_read(&privilege, root);
	assert_int_equal(privilege.lockdown, LOCKDOWN_INTEGRITY);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_effective_mask_is_read),
		TEST(the_level_in_brackets_is_the_lockdown),
		TEST(the_limit_of_locked_memory_is_in_bytes),
		TEST(tracing_takes_bpf_and_perfmon_or_sys_admin),
		TEST(capabilities_of_a_user_namespace_do_not_count),
		TEST(an_empty_tree_is_not_known),
		TEST(securityfs_without_lockdown_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
