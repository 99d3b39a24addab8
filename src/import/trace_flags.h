/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a tracepoint's common_flags say of the context that it fired in. The rule is that of
 * bpf/wakeup.h: an NMI before a hard interrupt, before a soft one.
 */
#ifndef INTERLOPER_IMPORT_TRACE_FLAGS_H
#define INTERLOPER_IMPORT_TRACE_FLAGS_H

#include <stdbool.h>
#include <stdint.h>

#include "import/sched_event.h"

/* TRACE_FLAG_HARDIRQ, _SOFTIRQ, _NMI: include/linux/trace_events.h. */
enum trace_flags { TRACE_HARDIRQ = 0x08, TRACE_SOFTIRQ = 0x10, TRACE_NMI = 0x40 };

/*
 * For sched_event.context. type: enum sched_event_type. modern: the kernel is known to be 4.14 or
 * newer. Up to 4.9 the soft flag was set also where soft interrupts were only held off, and up to 3.1
 * other CPUs' wakeups were completed in an interrupt that no flag told of: so there neither the soft
 * flag nor a sched_wakeup tells anything.
 */
static inline uint8_t trace_flags_context(uint8_t flags, uint8_t type, bool modern)
{
	if (type != SCHED_WAKING && type != SCHED_WAKEUP_NEW && (type != SCHED_WAKEUP || !modern))
		return WAKER_UNKNOWN;
	if (flags & TRACE_NMI)
		return WAKER_NMI;
	if (flags & TRACE_HARDIRQ)
		return WAKER_HARDIRQ;
	if (flags & TRACE_SOFTIRQ)
		return modern ? WAKER_SOFTIRQ : WAKER_UNKNOWN;
	return WAKER_TASK;
}

#endif
