// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hooks on the functions that choose a CPU: what they were asked, what they answered, which CPUs
 * they looked at on the way. An object of its own, since a kernel may refuse it; its maps are those
 * of sched.bpf.c. The choice for a wakee follows its sched_waking on the same CPU with interrupts
 * off, so the two are joined by time: the record has the waking's.
 *
 * By fexit, else by kretprobe, without the trail. At most one of each pair is loaded.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

#include "record.h"
#include "flavors.h"
#include "state.h"
#include "ring.h"

char LICENSE[] SEC("license") = "GPL";

#define CHOICE_LOOK_IDLE 0x8000

/* kernel/sched/sched.h since 5.11: the first three are SD_BALANCE_EXEC, _FORK and _WAKE too. */
#define WF_EXEC		    0x02
#define WF_FORK		    0x04
#define WF_TTWU		    0x08
#define WF_SYNC		    0x10
#define WF_SYNC_BEFORE_5_11 0x01

/* What was said by two arguments before 5.11 (3aef1551e942), as it is said since. */
static __always_inline __u32 wake_flags_of(__u32 sd_flag, __u32 wake_flags)
{
	return (sd_flag & (WF_EXEC | WF_FORK | WF_TTWU)) |
	       (wake_flags & WF_SYNC_BEFORE_5_11 ? WF_SYNC : 0);
}

static __always_inline bool is_of_interest(__u32 prev_cpu, __u32 chosen_cpu)
{
	struct cpu_state *a, *b;

	if (config.all_cpus)
		return true;
	a = cpu_state_get(prev_cpu);
	b = cpu_state_get(chosen_cpu);
	return (a && a->target) || (b && b->target);
}

static __always_inline void choice_emit(struct cpu_state *cs, __u32 id, __u64 time_ns, bool trail,
					__u32 prev_cpu, __u32 flags, __u32 chosen_cpu,
					bool fallback)
{
	struct record_choice *record = ring_reserve(cs, time_ns, RECORD_LOST_CHOICE);

	if (!record)
		return;
	record->head.time_ns = time_ns;
	record->head.type = RECORD_CHOICE;
	record->head.task = id;
	record->prev_cpu = prev_cpu;
	record->chosen_cpu = chosen_cpu;
	record->wake_flags = flags;
	record->fallback = fallback;
	record->looks = trail ? cs->looks : 255;
	__builtin_memcpy(record->trail, cs->trail, sizeof(record->trail));
	record->spare = 0;
	ring_submit(cs);
}

/*
 * A wakeup's wakee is known from its waking. At an execve() the task balances itself. A fork's task
 * has no id yet, and needs no hook: sched_wakeup_new tells its choice.
 */
static __always_inline int on_choice(__u64 p, __u32 prev_cpu, __u32 flags, __u32 chosen_cpu,
				     bool fallback)
{
	struct cpu_state *cs = cpu_state_get(bpf_get_smp_processor_id());
	bool waking;

	if (!cs || !control.active || flags & WF_FORK)
		return 0;
	waking = cs->placing == p;
	if (!waking && (cs->task != p || !cs->id || cs->id == RECORD_NO_TASK))
		return 0;
	if (is_of_interest(prev_cpu, chosen_cpu))
		choice_emit(cs, waking ? cs->placing_id : cs->id,
			    waking ? cs->placing_ns : bpf_ktime_get_ns(), waking && !fallback,
			    prev_cpu, flags, chosen_cpu, fallback);
	cs->searching = 0;
	return 0;
}

SEC("?fexit/select_task_rq_fair")
int BPF_PROG(choice_exit, struct task_struct *p, int prev_cpu, int wake_flags, int chosen_cpu)
{
	return on_choice((__u64)p, prev_cpu, wake_flags, chosen_cpu, false);
}

/*
 * Before 5.11 with sd_flag. A program with fewer arguments than the function takes the
 * wrong one for the result, and nothing refuses it: the loader counts them in BTF.
 */
SEC("?fexit/select_task_rq_fair")
int BPF_PROG(choice_exit_before_5_11, struct task_struct *p, int prev_cpu, int sd_flag,
	     int wake_flags, int chosen_cpu)
{
	return on_choice((__u64)p, prev_cpu, wake_flags_of(sd_flag, wake_flags), chosen_cpu, false);
}

SEC("?fexit/select_fallback_rq")
int BPF_PROG(fallback_exit, int cpu, struct task_struct *p, int chosen_cpu)
{
	return on_choice((__u64)p, cpu, 0, chosen_cpu, true);
}

SEC("?fexit/available_idle_cpu")
int BPF_PROG(look_exit, int cpu, int idle)
{
	struct cpu_state *cs = cpu_state_get(bpf_get_smp_processor_id());

	if (!cs || !cs->searching || cs->looks == 254)
		return 0;
	if (cs->looks < CHOICE_TRAIL)
		cs->trail[cs->looks & (CHOICE_TRAIL - 1)] = cpu | (idle ? CHOICE_LOOK_IDLE : 0);
	cs->looks++;
	return 0;
}

/* A kretprobe does not see the arguments: its entry keeps them. */
static __always_inline int on_entry(__u64 p, __u32 prev_cpu, __u32 flags)
{
	struct cpu_state *cs = cpu_state_get(bpf_get_smp_processor_id());

	if (!cs)
		return 0;
	cs->asked_for = p;
	cs->asked_prev_cpu = prev_cpu;
	cs->asked_flags = flags;
	return 0;
}

static __always_inline int on_return(struct pt_regs *ctx, bool fallback)
{
	struct cpu_state *cs = cpu_state_get(bpf_get_smp_processor_id());

	if (!cs || !cs->asked_for)
		return 0;
	on_choice(cs->asked_for, cs->asked_prev_cpu, cs->asked_flags, (int)PT_REGS_RC(ctx),
		  fallback);
	cs->asked_for = 0;
	return 0;
}

SEC("?kprobe/select_task_rq_fair")
int BPF_KPROBE(choice_entry_probe, struct task_struct *p, int prev_cpu, int wake_flags)
{
	return on_entry((__u64)p, prev_cpu, wake_flags);
}

SEC("?kprobe/select_task_rq_fair")
int BPF_KPROBE(choice_entry_probe_before_5_11, struct task_struct *p, int prev_cpu, int sd_flag,
	       int wake_flags)
{
	return on_entry((__u64)p, prev_cpu, wake_flags_of(sd_flag, wake_flags));
}

SEC("?kretprobe/select_task_rq_fair")
int BPF_KRETPROBE(choice_exit_probe)
{
	return on_return(ctx, false);
}

SEC("?kprobe/select_fallback_rq")
int BPF_KPROBE(fallback_entry_probe, int cpu, struct task_struct *p)
{
	return on_entry((__u64)p, cpu, 0);
}

SEC("?kretprobe/select_fallback_rq")
int BPF_KRETPROBE(fallback_exit_probe)
{
	return on_return(ctx, true);
}
