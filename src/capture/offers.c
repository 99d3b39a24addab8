// SPDX-License-Identifier: GPL-2.0-only
/* What follows from what BPF offers and this user may do: see offers.h. */
#include "capture/offers.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "capture/internal.h"

#define NOT_TRIED "cannot be tried, as this user may load no program"

/* The kernel's own ENOTSUPP gets out to user space here and there, and libc does not know it. */
static const char *refusal(int err)
{
	return err == -524 ? "not supported" : strerror(-err);
}

/* The capabilities that matter here, held or missing, as "CAP_BPF, CAP_PERFMON" or "none". */
static const char *list_capabilities(char *text, size_t size, const struct privilege *privilege,
				     bool held)
{
	static const struct {
		enum capability capability;
		const char *name;
	} known[] = {
		{ CAPABILITY_SYS_ADMIN, "CAP_SYS_ADMIN" },
		{ CAPABILITY_BPF, "CAP_BPF" },
		{ CAPABILITY_PERFMON, "CAP_PERFMON" },
		{ CAPABILITY_SYS_NICE, "CAP_SYS_NICE" },
	};
	int length = 0;

	text[0] = '\0';
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		/* Kernels before 5.8 have only CAP_SYS_ADMIN for all of it. */
		if (privilege_has(privilege, known[i].capability) != held ||
		    (!held && known[i].capability == CAPABILITY_SYS_ADMIN) ||
		    (privilege->last_capability >= 0 &&
		     (int)known[i].capability > privilege->last_capability))
			continue;
		length += snprintf(text + length, size - length, "%s%s", length ? ", " : "",
				   known[i].name);
	}
	return length ? text : "none";
}

static void tell_missing_capabilities(struct findings *findings, const struct privilege *privilege,
				      const char *held)
{
	bool old = privilege->last_capability >= 0 && privilege->last_capability < CAPABILITY_BPF;
	struct finding *finding;
	char missing[128];

	if (old)
		finding = findings_add(findings, "capabilities", VERDICT_MISSING,
				       "%s held; CAP_SYS_ADMIN is missing", held);
	else
		finding = findings_add(
			findings, "capabilities", VERDICT_MISSING, "%s held; missing: %s", held,
			list_capabilities(missing, sizeof(missing), privilege, false));
	finding_means(finding, "No live tracing; trace files can be read.");
	if (old)
		finding_remedy(finding, "run it as root, by sudo");
	else
		finding_remedy(finding, "run it as root, by sudo; or once, as root: setcap "
					"cap_bpf,cap_perfmon,cap_sys_nice+ep on the program");
}

static void check_capabilities(struct findings *findings, const struct privilege *privilege)
{
	struct finding *finding;
	char text[128];
	const char *held = list_capabilities(text, sizeof(text), privilege, true);

	if (!privilege->capabilities_known) {
		findings_add(findings, "capabilities", VERDICT_UNKNOWN,
			     "/proc/self/status cannot be read");
	} else if (privilege->user_namespace) {
		finding = findings_add(findings, "capabilities", VERDICT_MISSING,
				       "%s held, but only in a user namespace", held);
		finding_means(finding, "No live tracing: there they do not count for BPF.");
		finding_remedy(finding, "run it outside of the container, or in one that is "
					"privileged: CAP_BPF and CAP_PERFMON of the host");
	} else if (!privilege_may_trace(privilege)) {
		tell_missing_capabilities(findings, privilege, held);
	} else if (!privilege_has(privilege, CAPABILITY_SYS_NICE)) {
		finding = findings_add(findings, "capabilities", VERDICT_LIMITED,
				       "%s held; missing: CAP_SYS_NICE", held);
		finding_means(finding, "The recorder has ordinary priority: behind many runnable "
				       "tasks it may come too late, and events are lost.");
		finding_remedy(finding, "add CAP_SYS_NICE, or a larger --ring-size");
	} else {
		findings_add(findings, "capabilities", VERDICT_OK, "%s", held);
	}
}

static void check_lockdown(struct findings *findings, enum lockdown lockdown)
{
	struct finding *finding;

	switch (lockdown) {
	case LOCKDOWN_NONE:
		findings_add(findings, "lockdown", VERDICT_OK, "none");
		break;
	case LOCKDOWN_INTEGRITY:
		finding = findings_add(findings, "lockdown", VERDICT_OK, "integrity");
		finding_means(finding, "Tracepoints are allowed, and they are enough.");
		break;
	case LOCKDOWN_CONFIDENTIALITY:
		finding = findings_add(findings, "lockdown", VERDICT_MISSING, "confidentiality");
		finding_means(finding,
			      "It forbids BPF to read kernel memory, which trace and record "
			      "need.");
		finding_remedy(finding, "boot with lockdown=integrity or none");
		break;
	case LOCKDOWN_UNMOUNTED:
	case LOCKDOWN_UNKNOWN:
		finding = findings_add(findings, "lockdown", VERDICT_UNKNOWN,
				       lockdown == LOCKDOWN_UNMOUNTED
					       ? "securityfs, which tells, is not mounted here"
					       : "/sys/kernel/security/lockdown cannot be read");
		finding_optional(finding);
		finding_means(finding, "Only lockdown=confidentiality would be in the way.");
		break;
	}
}

static void check_unprivileged(struct findings *findings, const struct privilege *privilege)
{
	struct finding *finding;

	if (privilege->unprivileged_bpf >= 0) {
		finding = findings_add(findings, "unprivileged BPF", VERDICT_OK, "%s (%d)",
				       privilege->unprivileged_bpf ? "disabled" : "allowed",
				       privilege->unprivileged_bpf);
		finding_means(finding, "Tracing needs privilege in any case.");
	} else if (privilege->sysctls_known) {
		finding = findings_add(findings, "unprivileged BPF", VERDICT_MISSING,
				       "no such sysctl: a kernel without BPF (CONFIG_BPF_SYSCALL)");
		finding_means(finding, "No live tracing; trace files can be read.");
	} else {
		findings_add(findings, "unprivileged BPF", VERDICT_UNKNOWN,
			     "/proc/sys cannot be read");
	}
}

void offers_privilege(struct findings *findings, const struct privilege *privilege)
{
	check_capabilities(findings, privilege);
	check_lockdown(findings, privilege->lockdown);
	check_unprivileged(findings, privilege);
}

static void check_btf(struct findings *findings, const struct facilities *facilities,
		      const struct btf_facts *btf)
{
	int err = facilities->btf_error;
	struct finding *finding;

	if (!err && btf->readable) {
		findings_add(findings, "BTF", VERDICT_OK, "/sys/kernel/btf/vmlinux");
		return;
	}
	finding = findings_add(findings, "BTF",
			       err && err != -ENOENT ? VERDICT_UNKNOWN : VERDICT_MISSING,
			       "/sys/kernel/btf/vmlinux: %s", err ? strerror(-err) : "damaged");
	finding_means(finding,
		      "No live tracing as it is: the programs are fitted to the kernel by it.");
	if (err == -ENOENT)
		finding_remedy(finding, "boot a kernel built with CONFIG_DEBUG_INFO_BTF, or name a "
					"file that has its types with --btf");
}

/* Something that the programs use. In its place: what they do without it, if they run at all. */
static void check_tried(struct findings *findings, const char *check, int tried,
			const struct probe *probe, const char *works, const char *in_place)
{
	struct finding *finding;

	if (!tried) {
		findings_add(findings, check, VERDICT_OK, "%s", works);
	} else if (probe_lacks_privilege(probe)) {
		finding = findings_add(findings, check, VERDICT_UNKNOWN, NOT_TRIED);
		finding_optional(finding);
	} else {
		finding = findings_add(findings, check, VERDICT_MISSING,
				       "the kernel refuses it: %s", refusal(tried));
		finding_means(finding, "%s",
			      probe->tried[PROBE_RAW_TP] ? "No live tracing." : in_place);
	}
}

static void check_tp_btf(struct findings *findings, const struct probe *probe)
{
	int tried = probe->tried[PROBE_TP_BTF];
	struct finding *finding;

	if (tried && !probe->btf.readable) {
		finding = findings_add(findings, "tp_btf", VERDICT_UNKNOWN,
				       "cannot be tried without BTF");
		finding_optional(finding);
	} else if (tried && probe_lacks_privilege(probe) && probe->btf.sched_switch) {
		findings_add(findings, "tp_btf", VERDICT_OK,
			     "BTF has it; not tried, as this user may load no program");
	} else {
		check_tried(
			findings, "tp_btf", tried, probe, "tracing programs load",
			"Raw tracepoints are used: dearer, and waits cut by the trace's end are "
			"not told.");
	}
}

void offers_needed(struct findings *findings, const struct facilities *facilities,
		   const struct probe *probe)
{
	check_btf(findings, facilities, &probe->btf);
	check_tp_btf(findings, probe);
	check_tried(findings, "mapped arrays", probe->tried[PROBE_MAPPED_ARRAY], probe,
		    "arrays that user space can map: the rings",
		    "No live tracing: the rings are such an array (Linux 5.5).");
	check_tried(findings, "atomics", probe->tried[PROBE_ATOMICS], probe,
		    "atomics that return a value",
		    "Task states are kept in a hash, which is dearer (Linux 5.12 has them).");
}

static uint64_t mib(uint64_t bytes)
{
	return (bytes + (1 << 20) - 1) >> 20;
}

/* libbpf lifts the limit where it may: with CAP_SYS_RESOURCE, or up to a hard limit of none. */
static bool limit_is_lifted(const struct privilege *privilege)
{
	return privilege->locked_hard == LOCKED_UNLIMITED ||
	       (privilege_has(privilege, CAPABILITY_SYS_RESOURCE) && !privilege->user_namespace);
}

void offers_memlock(struct findings *findings, const struct privilege *privilege,
		    const struct probe *probe, uint64_t ring_bytes)
{
	uint64_t needed = ring_bytes + TASK_SLOTS_MAX * TASK_HASH_BYTES;
	struct finding *finding;

	if (!probe->btf.readable) {
		finding = findings_add(findings, "memlock", VERDICT_UNKNOWN, "no BTF to tell by");
		finding_optional(finding);
	} else if (probe->btf.memory_cgroups) {
		findings_add(findings, "memlock", VERDICT_OK,
			     "not needed: BPF memory is the memory cgroup's");
	} else if (!privilege->locked_known) {
		findings_add(findings, "memlock", VERDICT_UNKNOWN,
			     "/proc/self/limits cannot be read");
	} else if (limit_is_lifted(privilege) || privilege->locked_soft >= needed) {
		findings_add(findings, "memlock", VERDICT_OK,
			     "rings and task states take %" PRIu64 " MiB, %s", mib(needed),
			     limit_is_lifted(privilege) ? "and the limit is raised for them"
							: "which the limit allows");
	} else {
		finding = findings_add(findings, "memlock", VERDICT_LIMITED,
				       "rings and task states take %" PRIu64
				       " MiB, the limit is %" PRIu64 " KiB",
				       mib(needed), privilege->locked_soft >> 10);
		finding_means(finding,
			      "A kernel before 5.11 counts BPF memory as locked, and refuses.");
		finding_remedy(finding, "ulimit -l unlimited (systemd: LimitMEMLOCK=infinity, a "
					"container: --ulimit memlock=-1), CAP_SYS_RESOURCE, or a "
					"smaller --ring-size");
	}
}

/* Both hang on the same means, so mostly both are there or neither is; --hooks uses fexit alone. */
static void check_functions(struct findings *findings, const struct probe *probe)
{
	int entry = probe->tried[PROBE_FENTRY], leave = probe->tried[PROBE_FEXIT];
	static const char check[] = "fentry, fexit";
	struct finding *finding;

	if (!entry && !leave)
		finding = findings_add(findings, check, VERDICT_OK, "at select_task_rq_fair");
	else if (!entry || !leave)
		finding = findings_add(findings, check, VERDICT_LIMITED,
				       "select_task_rq_fair: only %s", entry ? "fexit" : "fentry");
	else if (probe->btf.readable && !probe->btf.choice)
		finding = findings_add(findings, check, VERDICT_MISSING,
				       "BTF has no select_task_rq_fair");
	else if (probe_lacks_privilege(probe))
		finding = findings_add(findings, check, VERDICT_UNKNOWN, "%s" NOT_TRIED,
				       probe->btf.choice ? "BTF has select_task_rq_fair; " : "");
	else
		finding = findings_add(findings, check, VERDICT_MISSING,
				       "select_task_rq_fair is refused: %s", refusal(leave));
	finding_optional(finding);
	finding_means(finding, "%s",
		      !leave ? "Not needed; --hooks sees by fexit how a CPU was chosen."
			     : "Not needed: the chosen CPU comes from tracepoints, its branch from "
			       "the model, unless kprobes let --hooks see more.");
}

static void check_kprobes(struct findings *findings, enum presence kprobes)
{
	struct finding *finding;

	if (kprobes == PRESENCE_YES)
		finding = findings_add(findings, "kprobes", VERDICT_OK, "there");
	else if (kprobes == PRESENCE_NO)
		finding = findings_add(findings, "kprobes", VERDICT_MISSING,
				       "no kprobe events (CONFIG_KPROBE_EVENTS)");
	else
		finding = findings_add(findings, "kprobes", VERDICT_UNKNOWN,
				       "/sys/bus/event_source cannot be read");
	finding_optional(finding);
	finding_means(finding, "%s",
		      kprobes != PRESENCE_NO
			      ? "Not needed; --hooks uses them where fexit is refused."
			      : "Not needed: where fexit is refused too, --hooks sees nothing, and "
				"branches are the model's answer.");
}

static void check_ring_buffer(struct findings *findings, const struct probe *probe)
{
	int tried = probe->tried[PROBE_RING_BUFFER];
	struct finding *finding;

	if (!tried)
		finding = findings_add(findings, "ring buffer", VERDICT_OK, "there");
	else if (probe_lacks_privilege(probe))
		finding = findings_add(findings, "ring buffer", VERDICT_UNKNOWN, NOT_TRIED);
	else
		finding = findings_add(findings, "ring buffer", VERDICT_MISSING,
				       "no such map (Linux 5.8): %s", refusal(tried));
	finding_optional(finding);
	finding_means(finding, "Not needed: the rings are in a mapped array of our own.");
}

void offers_optional(struct findings *findings, const struct facilities *facilities,
		     const struct probe *probe)
{
	check_functions(findings, probe);
	check_kprobes(findings, facilities->kprobes);
	check_ring_buffer(findings, probe);
}

void offers_others(struct findings *findings, const struct others *others)
{
	struct finding *finding;

	if (others->error) {
		finding = findings_add(findings, "other BPF", VERDICT_UNKNOWN,
				       "cannot be looked at: %s",
				       others->error == -EPERM	  ? "it takes CAP_SYS_ADMIN"
				       : others->error == -EINVAL ? "it takes Linux 5.8"
								  : refusal(others->error));
		finding_optional(finding);
		finding_means(finding, "Not needed; other tracers would cost time.");
	} else if (others->sched) {
		finding = findings_add(findings, "other BPF", VERDICT_LIMITED,
				       "%" PRIu32 " on the scheduler's way: %s", others->sched,
				       others->names ? others->names : "names not known");
		finding_means(finding, "They cost time at every switch or wakeup, which the trace "
				       "measures too.");
		finding_remedy(finding, "end the programs that made them: bpftool link shows whose "
					"they are");
	} else if (others->classic) {
		findings_add(findings, "other BPF", VERDICT_OK,
			     "none seen; %" PRIu32
			     " tracepoint program%s the kernel does not place",
			     others->classic, others->classic == 1 ? "" : "s");
	} else {
		findings_add(findings, "other BPF", VERDICT_OK, "none on the scheduler's way");
	}
}

uint64_t offers_default_ring_bytes(uint32_t online)
{
	return (uint64_t)capture_default_ring_bytes(online) * online;
}
