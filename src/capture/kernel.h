/* SPDX-License-Identifier: GPL-2.0-only */
/* What this kernel's type information (BTF) says of it, before anything is loaded. */
#ifndef INTERLOPER_KERNEL_H
#define INTERLOPER_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

struct kernel_facts {
	bool switch_tells_state; /* sched_switch has prev_state, since 5.18 (fa2c3254d7cf) */
	bool knows_preempt_count, has_rdonly_cast;
	bool counts_irq_disable; /* preempt_count does: 7.x, include/linux/interrupt_rc.h */
	int64_t preempt_count_distance; /* bpf/flavors.h */
	bool tells_hotplug; /* has the tracepoints cpuhp_enter and _exit: not without CONFIG_SMP */
	bool tells_numa_moves; /* sched_move_numa, sched_swap_numa: not without NUMA balancing */
	bool knows_llc_id;
	int64_t llc_id_distance; /* from a CPU's runqueue to its sd_llc_id, bytes */
	int choice_arguments; /* of select_task_rq_fair(): 3, or 4 before 5.11; 0: not there */
	bool has_fallback, has_look; /* select_fallback_rq(), available_idle_cpu() */
	bool has_btf; /* its own, which tp_btf and the task iterator need, whatever file we read */
};

/*
 * btf_file: what to read in place of the kernel's own BTF; NULL: that. 0, or a negative errno with
 * one line in why: -ENOENT (the kernel has none), -EINVAL (the file has none of a kernel), or open's.
 */
int kernel_learn(struct kernel_facts *facts, const char *btf_file, char *why);

#endif
