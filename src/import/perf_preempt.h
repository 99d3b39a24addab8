/* SPDX-License-Identifier: GPL-2.0-only */
/* The bit of sched_switch's prev_state that stands for "R+", from its print format. */
#ifndef INTERLOPER_PERF_PREEMPT_H
#define INTERLOPER_PERF_PREEMPT_H

#include <stdint.h>

/*
 * include/trace/events/sched.h ends the state with `prev_state & MASK ? "+" : ""`, where MASK is a
 * number, or since 4.14 a sum of them: "(((0x00 | 0x01 | ...) + 1) << 1)". 0: there is none, or it
 * is no single bit.
 */
uint64_t perf_preempt_bit(const char *print_format);

#endif
