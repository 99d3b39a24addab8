// SPDX-License-Identifier: GPL-2.0-only
/*
 * The core programs: enough for every report, and needing nothing but tp_btf (or raw_tp, built from
 * the same source with INTERLOPER_RAW_TP). The loader attaches all of them with the gate
 * `control.active` closed, then opens it.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

#include "record.h"
#include "flavors.h"
#include "state.h"
#include "filter.h"
#include "ring.h"
#include "identity.h"
#include "aggregate.h"
#include "placement.h"
#include "groups.h"
#include "wakeup.h"
#include "move.h"
#include "settle.h"
#include "slice.h"
#ifndef INTERLOPER_RAW_TP
#include "scan.h"
#endif

char LICENSE[] SEC("license") = "GPL";

/* The fourth argument came with 5.18 (fa2c3254d7cf): reading the state after it races. */
SEC(SCHED_TP("sched_switch"))
int BPF_PROG(sched_switch, bool preempt, struct task_struct *prev, struct task_struct *next,
	     unsigned int prev_state)
{
	return control.active ? TIMED(on_switch(preempt, prev, next, prev_state)) : 0;
}

SEC(SCHED_TP("sched_switch"))
int BPF_PROG(sched_switch_before_5_18, bool preempt, struct task_struct *prev,
	     struct task_struct *next)
{
	return control.active ? TIMED(on_switch(preempt, prev, next, task_raw_state(prev))) : 0;
}

SEC(SCHED_TP("sched_waking"))
int BPF_PROG(sched_waking, struct task_struct *p)
{
	return control.active ? TIMED(on_waking(ctx, p)) : 0;
}

SEC(SCHED_TP("sched_wakeup_new"))
int BPF_PROG(sched_wakeup_new, struct task_struct *p)
{
	return control.active ? TIMED(on_wakeup_new(ctx, p)) : 0;
}

SEC(SCHED_TP("sched_migrate_task"))
int BPF_PROG(sched_migrate_task, struct task_struct *p, int dest_cpu)
{
	return control.active ? TIMED(on_migrate(ctx, p, dest_cpu)) : 0;
}

/* These two need CONFIG_NUMA_BALANCING. */
SEC(SCHED_TP("sched_move_numa"))
int BPF_PROG(sched_move_numa, struct task_struct *p)
{
	return control.active ? on_move_asked(p, RECORD_MOVE_NUMA) : 0;
}

SEC(SCHED_TP("sched_swap_numa"))
int BPF_PROG(sched_swap_numa, struct task_struct *p, int from_cpu, struct task_struct *other)
{
	if (!control.active)
		return 0;
	on_move_asked(other, RECORD_MOVE_NUMA_SWAP);
	return on_move_asked(p, RECORD_MOVE_NUMA_SWAP);
}

/* Before each step of a CPU's way up or down: target is where that ends. */
SEC(SCHED_TP("cpuhp_enter"))
int BPF_PROG(cpuhp_enter, unsigned int cpu, int target)
{
	return on_hotplug_step(cpu, target);
}

/* Fires where the step was ordered, not on the CPU that is gone. Also while the gate is closed. */
SEC(SCHED_TP("cpuhp_exit"))
int BPF_PROG(cpuhp_exit, unsigned int cpu, int state, unsigned int step, int err)
{
	return is_cpu_teardown(step) && !err ? on_offline(cpu) : 0;
}

/* A thread that execs takes its leader's tid; its name changes too. */
SEC(SCHED_TP("sched_process_exec"))
int BPF_PROG(sched_process_exec, struct task_struct *p, int old_tid)
{
	return control.active ? on_exec(p, old_tid) : 0;
}

SEC(SCHED_TP("task_rename"))
int BPF_PROG(task_rename, struct task_struct *p)
{
	return control.active ? on_identity_change(p) : 0;
}
