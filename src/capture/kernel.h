/* SPDX-License-Identifier: GPL-2.0-only */
/* What this kernel's type information (BTF) says of it, before anything is loaded. */
#ifndef INTERLOPER_KERNEL_H
#define INTERLOPER_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

struct kernel_facts {
	bool switch_tells_state; /* sched_switch has prev_state, since 5.18 (fa2c3254d7cf) */
	bool knows_preempt_count, has_rdonly_cast;
	int64_t preempt_count_distance; /* bpf/flavors.h */
};

/* 0, or -ENOENT (no BTF) with one line in why. */
int kernel_learn(struct kernel_facts *facts, char *why);

#endif
