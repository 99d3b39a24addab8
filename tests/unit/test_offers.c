// SPDX-License-Identifier: GPL-2.0-only
/* What follows from what BPF offers and the user may do: literal facts in, findings out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include "capture/offers.h"

#define ALL_CAPABILITIES 0x1ffffffffffull

static struct findings findings;
static struct privilege privilege;
static struct facilities facilities;
static struct probe probe;

/* A recent kernel and its root; each test takes away what it is about. */
static int set_up(void **state)
{
	privilege = (struct privilege){ .capabilities_known = true,
					.effective = ALL_CAPABILITIES,
					.last_capability = 40,
					.lockdown = LOCKDOWN_NONE,
					.unprivileged_bpf = 2,
					.sysctls_known = true,
					.locked_known = true,
					.locked_soft = 8 << 20,
					.locked_hard = 8 << 20 };
	facilities = (struct facilities){ .kprobes = PRESENCE_YES };
	memset(&probe, 0, sizeof(probe));
	probe.btf = (struct btf_facts){ true, true, true, true };
	return 0;
}

static int tear_down(void **state)
{
	findings_free(&findings);
	return 0;
}

static void examine(void)
{
	findings_free(&findings);
	offers_privilege(&findings, &privilege);
	offers_needed(&findings, &facilities, &probe);
	offers_memlock(&findings, &privilege, &probe, 8 << 20);
	offers_optional(&findings, &facilities, &probe);
	offers_others(&findings, &probe.others);
}

static void expect(const char *check, enum verdict verdict, bool problem, const char *found)
{
	const struct finding *finding = findings_get(&findings, check);

	assert_non_null(finding);
	assert_string_equal(finding->found, found);
	assert_string_equal(verdict_name(finding->verdict), verdict_name(verdict));
	assert_int_equal(finding_is_problem(finding), problem);
}

static const char *remedy(const char *check)
{
	const struct finding *finding = findings_get(&findings, check);

	return finding && finding->remedy ? finding->remedy : "";
}

static void refuse_everything(int err)
{
	for (int i = 0; i < PROBE_COUNT; i++)
		probe.tried[i] = err;
}

static void root_on_a_recent_kernel_has_no_problem(void **state)
{
	examine();
	for (uint32_t i = 0; i < findings.count; i++)
		assert_int_equal(findings.list[i].verdict, VERDICT_OK);
	assert_int_equal(findings.count, 12);
}

static void missing_capabilities_are_named(void **state)
{
	privilege.effective = 0;
	examine();
	expect("capabilities", VERDICT_MISSING, true,
	       "none held; missing: CAP_BPF, CAP_PERFMON, CAP_SYS_NICE");
	privilege.effective = 1ull << CAPABILITY_BPF;
	examine();
	expect("capabilities", VERDICT_MISSING, true,
	       "CAP_BPF held; missing: CAP_PERFMON, CAP_SYS_NICE");
}

static void a_kernel_without_cap_bpf_needs_sys_admin(void **state)
{
	privilege.effective = 0;
	privilege.last_capability = 37;
	examine();
	expect("capabilities", VERDICT_MISSING, true, "none held; CAP_SYS_ADMIN is missing");
	assert_null(strstr(remedy("capabilities"), "setcap"));
}

static void ordinary_priority_is_a_limit(void **state)
{
	privilege.effective = 1ull << CAPABILITY_BPF | 1ull << CAPABILITY_PERFMON;
	examine();
	expect("capabilities", VERDICT_LIMITED, true,
	       "CAP_BPF, CAP_PERFMON held; missing: CAP_SYS_NICE");
}

static void root_of_a_user_namespace_cannot_trace(void **state)
{
	privilege.user_namespace = true;
	examine();
	assert_int_equal(findings_get(&findings, "capabilities")->verdict, VERDICT_MISSING);
}

static void only_confidentiality_forbids_tracing(void **state)
{
	privilege.lockdown = LOCKDOWN_INTEGRITY;
	examine();
	expect("lockdown", VERDICT_OK, false, "integrity");
	privilege.lockdown = LOCKDOWN_CONFIDENTIALITY;
	examine();
	expect("lockdown", VERDICT_MISSING, true, "confidentiality");
	privilege.lockdown = LOCKDOWN_UNMOUNTED;
	examine();
	expect("lockdown", VERDICT_UNKNOWN, false, "securityfs, which tells, is not mounted here");
}

static void a_kernel_without_bpf_is_told_by_its_sysctl(void **state)
{
	privilege.unprivileged_bpf = -1;
	examine();
	expect("unprivileged BPF", VERDICT_MISSING, true,
	       "no such sysctl: a kernel without BPF (CONFIG_BPF_SYSCALL)");
}

static void no_btf_is_told_apart_from_a_damaged_one(void **state)
{
	probe.btf = (struct btf_facts){ .readable = false };
	examine();
	expect("BTF", VERDICT_MISSING, true, "/sys/kernel/btf/vmlinux: damaged");
	facilities.btf_error = -ENOENT;
	examine();
	expect("BTF", VERDICT_MISSING, true, "/sys/kernel/btf/vmlinux: No such file or directory");
	facilities.btf_error = -EACCES;
	examine();
	expect("BTF", VERDICT_UNKNOWN, true, "/sys/kernel/btf/vmlinux: Permission denied");
}

static void without_privilege_nothing_is_called_missing(void **state)
{
	refuse_everything(-EPERM);
	examine();
	expect("mapped arrays", VERDICT_UNKNOWN, false,
	       "cannot be tried, as this user may load no program");
	expect("atomics", VERDICT_UNKNOWN, false,
	       "cannot be tried, as this user may load no program");
	expect("fentry, fexit", VERDICT_UNKNOWN, false,
	       "BTF has select_task_rq_fair; cannot be tried, as this user may load no program");
	expect("tp_btf", VERDICT_OK, false,
	       "BTF has it; not tried, as this user may load no program");
	probe.btf.sched_switch = false;
	examine();
	expect("tp_btf", VERDICT_UNKNOWN, false,
	       "cannot be tried, as this user may load no program");
}

static void what_the_kernel_lacks_is_missing(void **state)
{
	probe.tried[PROBE_TP_BTF] = -EINVAL;
	probe.tried[PROBE_ATOMICS] = -EINVAL;
	examine();
	expect("tp_btf", VERDICT_MISSING, true, "the kernel refuses it: Invalid argument");
	expect("atomics", VERDICT_MISSING, true, "the kernel refuses it: Invalid argument");
}

static void a_kernel_without_bpf_has_nothing_in_place(void **state)
{
	refuse_everything(-ENOSYS);
	examine();
	expect("atomics", VERDICT_MISSING, true, "the kernel refuses it: Function not implemented");
	assert_string_equal(findings_get(&findings, "atomics")->consequence, "No live tracing.");
}

static void without_btf_there_is_no_tp_btf_to_try(void **state)
{
	probe.btf = (struct btf_facts){ .readable = false };
	probe.tried[PROBE_TP_BTF] = -ENOENT;
	examine();
	expect("tp_btf", VERDICT_UNKNOWN, false, "cannot be tried without BTF");
	expect("memlock", VERDICT_UNKNOWN, false, "no BTF to tell by");
}

/* As under lockdown: tracepoints are allowed, functions are refused. */
static void a_refused_function_is_no_problem(void **state)
{
	probe.tried[PROBE_FENTRY] = -EPERM;
	probe.tried[PROBE_FEXIT] = -EPERM;
	examine();
	expect("fentry, fexit", VERDICT_MISSING, false,
	       "select_task_rq_fair is refused: Operation not permitted");
	probe.tried[PROBE_FENTRY] = -524;
	probe.tried[PROBE_FEXIT] = -524;
	examine();
	expect("fentry, fexit", VERDICT_MISSING, false,
	       "select_task_rq_fair is refused: not supported");
	probe.tried[PROBE_FENTRY] = 0;
	examine();
	expect("fentry, fexit", VERDICT_LIMITED, false, "select_task_rq_fair: only fentry");
	probe.tried[PROBE_FENTRY] = -ENOENT;
	probe.btf.choice = false;
	examine();
	expect("fentry, fexit", VERDICT_MISSING, false, "BTF has no select_task_rq_fair");
}

static void expect_consequence(const char *check, const char *words)
{
	assert_non_null(strstr(findings_get(&findings, check)->consequence, words));
}

/* --hooks hangs on fexit, not on fentry; else on kprobes, without which the model is left. */
static void what_hooks_lose_is_told(void **state)
{
	probe.tried[PROBE_FENTRY] = -EPERM;
	examine();
	expect_consequence("fentry, fexit", "--hooks sees by fexit");
	expect_consequence("kprobes", "--hooks uses them where fexit is refused");
	probe.tried[PROBE_FENTRY] = 0;
	probe.tried[PROBE_FEXIT] = -524;
	facilities.kprobes = PRESENCE_NO;
	examine();
	expect_consequence("fentry, fexit", "unless kprobes let --hooks see more");
	expect_consequence("kprobes", "--hooks sees nothing, and branches are the model's answer");
}

static void locked_memory_matters_only_where_bpf_is_charged_to_it(void **state)
{
	privilege.effective = 0;
	privilege.locked_soft = 65536;
	examine();
	expect("memlock", VERDICT_OK, false, "not needed: BPF memory is the memory cgroup's");
	probe.btf.memory_cgroups = false;
	examine();
	expect("memlock", VERDICT_LIMITED, true,
	       "rings and task states take 17 MiB, the limit is 64 KiB");
	assert_non_null(strstr(remedy("memlock"), "ulimit -l"));
}

static void a_limit_that_libbpf_can_raise_is_none(void **state)
{
	probe.btf.memory_cgroups = false;
	privilege.locked_soft = 65536;
	examine();
	expect("memlock", VERDICT_OK, false,
	       "rings and task states take 17 MiB, and the limit is raised for them");
	privilege.effective = 0;
	privilege.locked_hard = LOCKED_UNLIMITED;
	examine();
	expect("memlock", VERDICT_OK, false,
	       "rings and task states take 17 MiB, and the limit is raised for them");
	privilege.locked_hard = 65536;
	privilege.locked_soft = 17 << 20;
	examine();
	expect("memlock", VERDICT_OK, false,
	       "rings and task states take 17 MiB, which the limit allows");
}

static void default_rings_shrink_on_large_machines(void **state)
{
	assert_int_equal(offers_default_ring_bytes(2), 8 << 20);
	assert_int_equal(offers_default_ring_bytes(128), 512 << 20);
	assert_int_equal(offers_default_ring_bytes(129), 129 * (2 << 20));
}

static void other_tracers_are_a_problem_where_they_are_known(void **state)
{
	probe.others = (struct others){ .sched = 1, .names = "sched_switch (wprof)" };
	examine();
	expect("other BPF", VERDICT_LIMITED, true,
	       "1 on the scheduler's way: sched_switch (wprof)");
	probe.others = (struct others){ .classic = 2 };
	examine();
	expect("other BPF", VERDICT_OK, false,
	       "none seen; 2 tracepoint programs the kernel does not place");
	probe.others = (struct others){ .error = -EPERM };
	examine();
	expect("other BPF", VERDICT_UNKNOWN, false, "cannot be looked at: it takes CAP_SYS_ADMIN");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(root_on_a_recent_kernel_has_no_problem),
		TEST(missing_capabilities_are_named),
		TEST(a_kernel_without_cap_bpf_needs_sys_admin),
		TEST(ordinary_priority_is_a_limit),
		TEST(root_of_a_user_namespace_cannot_trace),
		TEST(only_confidentiality_forbids_tracing),
		TEST(a_kernel_without_bpf_is_told_by_its_sysctl),
		TEST(no_btf_is_told_apart_from_a_damaged_one),
		TEST(without_privilege_nothing_is_called_missing),
		TEST(what_the_kernel_lacks_is_missing),
		TEST(a_kernel_without_bpf_has_nothing_in_place),
		TEST(without_btf_there_is_no_tp_btf_to_try),
		TEST(a_refused_function_is_no_problem),
		TEST(what_hooks_lose_is_told),
		TEST(locked_memory_matters_only_where_bpf_is_charged_to_it),
		TEST(a_limit_that_libbpf_can_raise_is_none),
		TEST(default_rings_shrink_on_large_machines),
		TEST(other_tracers_are_a_problem_where_they_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
